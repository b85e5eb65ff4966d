"""What designs of their own add to a report: one entry a kind of detail, one file each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from academic_workplace.disclosure import shown_count
from academic_workplace.effects.complier import Complier
from academic_workplace.effects.counts import Counts
from academic_workplace.effects.discontinuity import Discontinuity
from academic_workplace.effects.growth import Growth
from academic_workplace.effects.imputed import Imputed
from academic_workplace.effects.logistic import Logistic
from academic_workplace.effects.logistic_multilevel import LogisticMultilevel
from academic_workplace.effects.multilevel import Multilevel
from academic_workplace.effects.result import Detail, Effect
from academic_workplace.effects.series import Series
from academic_workplace.effects.staggered import GroupTimes
from academic_workplace.effects.synthetic import Synthetic
from academic_workplace.effects.together import Source
from academic_workplace.effects.weighted import Weighted
from academic_workplace.evidence.description import (
    alike_of,
    ones_of,
    rare_share,
    spread_told,
)
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import EVERYONE, NEVER, Plan
from academic_workplace.report import (
    comparison,
    complier,
    counts,
    discontinuity,
    growth,
    imputed,
    logistic,
    logistic_multilevel,
    multilevel,
    over_time,
    series,
)
from academic_workplace.report.document import Block, Paragraph
from academic_workplace.report.findings import hidden_losses

Blocks = Callable[[Any, Effect, Plan, str], list[Block]]
Sentences = Callable[[Any, Effect, Plan, str], list[str]]


class Part(NamedTuple):
    """What one kind of detail adds: blocks on the page, sentences on how sure, an appendix."""

    page: Blocks | None
    sure: Sentences | None
    appendix: Blocks | None


PARTS: dict[type, Part] = {
    Imputed: Part(None, imputed.sure, imputed.appendix),
    Multilevel: Part(multilevel.page, multilevel.sure, multilevel.appendix),
    Growth: Part(growth.page, growth.sure, growth.appendix),
    GroupTimes: Part(over_time.page, over_time.sure, over_time.appendix),
    Weighted: Part(comparison.page, comparison.sure, comparison.appendix),
    Series: Part(series.page, series.sure, series.appendix),
    Synthetic: Part(series.page, series.sure, series.appendix),
    Complier: Part(complier.page, complier.sure, complier.appendix),
    Logistic: Part(None, logistic.sure, logistic.appendix),
    LogisticMultilevel: Part(None, logistic_multilevel.sure, logistic_multilevel.appendix),
    Counts: Part(None, counts.sure, counts.appendix),
    Discontinuity: Part(discontinuity.page, discontinuity.sure, discontinuity.appendix),
}


def page_blocks(evidence: Evidence, effect: Effect, language: str) -> list[Block]:
    """What stands on the page below the key picture: at most one more picture."""
    out: list[Block] = []
    for told in _told(evidence, effect):
        if told.part.page:
            own = told.part.page(told.detail, told.effect, evidence.plan, language)
            if own and told.of_complete is not None:
                note = imputed.own_sentence(told.of_complete, evidence.plan, language)
                own = [*own, Paragraph(note)]
            out += own
    return out


def large_blocks(evidence: Evidence, effect: Effect, language: str, *, clear: bool) -> list[Block]:
    """What the number means in pupils, for outcomes of which that is no normal distribution."""
    for detail in (told.detail for told in _told(evidence, effect) if told.effect is effect):
        if isinstance(detail, Logistic):
            return logistic.large(detail, effect, language, clear=clear)
        if isinstance(detail, LogisticMultilevel):
            return logistic_multilevel.large(detail, effect, language, clear=clear)
        if isinstance(detail, Counts):
            return counts.large(detail, effect, language, clear=clear)
    return []


def sure_sentences(evidence: Evidence, effect: Effect, language: str) -> list[str]:
    """What the design says of how sure the answer is."""
    out: list[str] = []
    for told in _told(evidence, effect):
        if told.part.sure:
            own = told.part.sure(told.detail, told.effect, evidence.plan, language)
            if own and told.of_complete is not None:
                note = imputed.counted_sentence(told.of_complete, evidence.plan, language)
                own = [*own, note]
            out += own
    return out


def appendix_blocks(evidence: Evidence, effect: Effect, language: str) -> list[Block]:
    """Tables and pictures for whoever checks the answer."""
    out: list[Block] = []
    for told in _told(evidence, effect):
        if told.part.appendix:
            own = told.part.appendix(told.detail, told.effect, evidence.plan, language)
            if own and told.whole is not None:
                note = imputed.own_sentence(told.whole, evidence.plan, language)
                own = [*own, Paragraph(note)]
            out += own
    return out


def pupils_told(evidence: Evidence, effect: Effect) -> tuple[int | None, int | None]:
    """How many pupils of the arm and of the comparison may stand beside an effect.

    None where that number, beside the number of all who could be compared, would tell how few were
    left out (matching with a largest distance, for one).
    """
    detail, _ = _part(evidence, effect)
    if isinstance(detail, Weighted):
        return comparison.used_told(detail)
    t, c = effect.pupils_arm, effect.pupils_comparison
    if isinstance(detail, Imputed):  # all who were there at the start, where that may be told
        few = hidden_losses(evidence)
        arms = (EVERYONE,) * 2 if effect.plan.dose else (effect.arm, effect.comparison)
        return None if arms[0] in few else t, None if arms[1] in few else c
    if effect.plan.dose or effect.plan.period is not None:  # no arms whose mean is told
        return t, c
    key = effect.outcome, effect.wave
    all_of = {d.arm: d.pupils for d in evidence.descriptions if (d.outcome, d.wave) == key}
    start = dict[str, int]()
    if isinstance(detail, Growth) and detail.model is not None:  # who has no score at all is out
        start = {p.arm: p.start for p in evidence.losses if (p.outcome, p.wave) == key}
    few_t, few_c = (
        any(shown_count(abs(known.get(arm, n) - n)) is None for known in (all_of, start))
        for arm, n in ((effect.arm, t), (effect.comparison, c))
    )
    return None if few_t else t, None if few_c else c


class _Told(NamedTuple):
    """A detail with the effect that it is of. whole: what holds it, where values were filled in."""

    detail: Detail
    effect: Effect
    part: Part
    whole: Imputed | None = None

    @property
    def of_complete(self) -> Imputed | None:
        """The same where the detail is of complete cases, and the effect of everybody."""
        of = None if self.whole is None else self.whole.source
        return self.whole if of is Source.COMPLETE else None


def _told(evidence: Evidence, effect: Effect) -> list[_Told]:
    """What lies behind an effect, where that may leave: nothing of a result that stays inside.

    Where values were filled in it is first what the method itself tells.
    """
    inside = any(f.withheld for f in evidence.findings if f.effect is effect)
    detail, part = _part(evidence, effect)
    if inside or detail is None or part is None:
        return []
    if isinstance(detail, Imputed):
        whole = imputed.may_tell(detail)
        return [*_behind(whole, effect), _Told(whole, effect, part)]
    if isinstance(detail, Multilevel) and not spread_told(effect):
        return []  # it is how alike they are; the table of effects says why not
    if evidence.plan.period is None:
        return [_Told(detail, effect, part)]
    m = next(m for m in evidence.effects.moments.samples if m.key == (effect.outcome, effect.wave))
    by_start = isinstance(detail, GroupTimes)
    if _scarce_in_a_period(m, by_start=by_start):
        return []
    if isinstance(detail, GroupTimes):
        detail = over_time.of_several(detail, _clusters(m))
    return [_Told(detail, effect, part)]


def _behind(whole: Imputed, effect: Effect) -> list[_Told]:
    """What the method tells of values filled in: of everybody, or of complete cases."""
    own, of = whole.behind, effect
    if whole.source is Source.COMPLETE and whole.complete is not None:
        of = whole.complete
    part = PARTS.get(type(own))
    if own is None or part is None or (isinstance(own, Multilevel) and not spread_told(of)):
        return []
    return [_Told(own, of, part, whole)]


def _scarce_in_a_period(m: SampleMoments, *, by_start: bool) -> bool:
    """Whether in some period all of a line are alike, or all but few; then no line is told.

    A line is those that started and those that never do, or by_start those of every start.
    """
    lines = np.array(m.arms) if by_start else np.array(m.arms) == NEVER
    periods, last = np.array(m.blocks), len(m.columns) - 1
    for line, period in set(zip(lines.tolist(), m.blocks, strict=True)):
        here = (lines == line) & (periods == period)
        ones, n = ones_of(m, last, here), round(float(m.pupils[here].sum()))
        if alike_of(m, last, here) or (ones is not None and rare_share(ones, n)):
            return True
    return False


def _clusters(m: SampleMoments) -> dict[str, int]:
    """How many clusters every start has."""
    pairs = set(zip(m.arms, m.clusters, strict=True))
    return {arm: sum(of == arm for of, _ in pairs) for arm in set(m.arms)}


def _part(evidence: Evidence, effect: Effect) -> tuple[Detail | None, Part | None]:
    detail = evidence.effects.detail(effect)
    return detail, PARTS.get(type(detail))
