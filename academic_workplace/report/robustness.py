"""Words and tables of what makes an effect believable: would it stand?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from academic_workplace.disclosure import fewest, may_leave, profile, rounded, shown_count
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.evidence.attrition import Attrition, AttritionLevel, attrition
from academic_workplace.evidence.balance import START, Balance, BaselineVerdict
from academic_workplace.evidence.equivalence import Equivalence, NonInferiority, Shown
from academic_workplace.evidence.influence import Influence, Influences
from academic_workplace.evidence.multiplicity import Multiplicity
from academic_workplace.evidence.specifications import Curve, Curves
from academic_workplace.evidence.weighing import Verdict
from academic_workplace.report.comparing import WAYS
from academic_workplace.report.document import Picture, Table
from academic_workplace.report.figures.robustness import (
    control,
    curve_picture,
    influence_picture,
    title_of,
)
from academic_workplace.report.figures.robustness import told as told
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.findings import (
    CLEAR,
    WORSE,
    characteristics,
    finding_sentence,
    how_far,
    per_step,
    shown,
    units_of,
)
from academic_workplace.report.numerals import NONE, decimal, digits_for, hidden, interval
from academic_workplace.report.wording import joined
from academic_workplace.report.words import phrases

SAY = phrases("robustness")
EFFECTS = phrases("findings")


def _how_many(n: int) -> str:
    """Which of the sentences about a number is said."""
    return "none" if n == 0 else "one" if n == 1 else "many"


# ---------------------------------------------------------------- who is missing


def attrition_sentence(
    found: Attrition, language: str, *, other: Sequence[Attrition] = (), hide: bool = False
) -> str:
    """How many are missing, how much that differs between the arms, and whether it is too much.

    other: what else it could be, where it may not be told which (``findings.attrition_told``).
    hide: these numbers may not be told, as they would tell of another analysis.
    """
    dutch(language)  # refuses any third language
    if other:
        said = (SAY[f"attrition.{key}"][language] for key in ("hidden", "hidden_level", "care"))
        return " ".join(said)
    lost = (found.assigned_t - found.analysed_t, found.assigned_c - found.analysed_c)
    few = not may_leave(found.analysed_t, found.analysed_c) or None in map(shown_count, lost)
    printed = None if few or hide else _as_printed(found)
    seen = printed is not None and printed.verdict is found.verdict
    found = printed if printed is not None and seen else found
    limit, level = found.limit or 0.0, found.verdict.name.lower()
    if seen:
        points = decimal(found.differential, _digits(found.differential, limit), language)
        counts = SAY["attrition.counts"][language]
        parts = [counts.format(overall=found.overall, points=points)]
    else:
        parts = [SAY["attrition.hidden"][language]]
    if found.limit is None:
        parts.append(SAY["attrition.beyond"][language])
    elif seen:
        line = decimal(limit, 1, language)
        parts.append(SAY[f"attrition.{level}"][language].format(limit=line))
    else:
        parts.append(SAY[f"attrition.hidden_{level}"][language])
    if found.verdict is AttritionLevel.HIGH:
        parts.append(SAY["attrition.care"][language])
    return " ".join(parts)


def _as_printed(found: Attrition) -> Attrition:
    """The same of the counts as they are printed: with the others it would tell them."""
    if profile().rounding == 1:
        return found
    t, c = rounded(found.assigned_t), rounded(found.assigned_c)
    return attrition(
        assigned_t=t, assigned_c=c, analysed_t=min(t, rounded(found.analysed_t)),
        analysed_c=min(c, rounded(found.analysed_c)), boundary=found.boundary,
    )  # fmt: skip


def _digits(x: float, line: float) -> int:
    """One decimal, or as many more as show on which side of the line a number lies."""
    return next((d for d in (1, 2, 3) if round(x, d) != round(line, d)), 1)


# ---------------------------------------------------------------- how alike the arms were


def balance_sentence(balance: Balance, language: str) -> str:
    """Of how many characteristics the arms were equal: at the start, and among those compared."""
    dutch(language)  # refuses any third language
    groups = list(dict.fromkeys(c.group for c in balance))
    chosen = [g for g in groups if g == START] + [g for g in groups if g != START][:1]
    parts = []
    for group in chosen:
        if alike := _alike(balance.within(group), language):
            where = SAY["balance.at_start" if group == START else "balance.compared"]
            first, *more = alike
            parts.append(" ".join([where[language].format(found=first), *more]))
    judged = {
        name
        for name, found in characteristics(balance).items()
        for c in found
        if c.group in chosen and c.standardised is not None
    }
    if parts and any("=" in c.column for c in balance):
        looked = SAY[f"balance.looked.{'one' if len(judged) == 1 else 'many'}"]
        parts.insert(0, looked[language].format(n=len(judged)))
    inside = any(
        c.standardised is not None or not may_leave(c.n_arm, c.n_comparison) for c in balance
    )
    return " ".join(parts) or SAY["balance.hidden" if inside else "balance.unknown"][language]


def _alike(balance: Balance, language: str) -> list[str]:
    """How many are how far apart, and in sentences what was done about it; empty without any."""
    worst = [max(found, key=how_far) for found in characteristics(balance).values()]
    found = {v: [c for c in worst if c.verdict is v] for v in BaselineVerdict}
    known = (BaselineVerdict.SATISFIED, BaselineVerdict.ADJUST, BaselineVerdict.NOT)
    counts: list[str] = []
    for verdict in known:
        if n := len(found[verdict]):
            form = "more" if counts else _how_many(n)
            counts.append(SAY[f"alike.{verdict.name.lower()}.{form}"][language].format(n=n))
    if not counts:
        return []
    out = [joined(counts, language)]
    unequal = [*found[BaselineVerdict.ADJUST], *found[BaselineVerdict.NOT]]
    if adjusted := [c.adjusted for c in unequal if c.adjusted is not None]:
        said = SAY["balance.allowed" if all(adjusted) else "balance.not_all_allowed"]
        out.append(said[language])
    if found[BaselineVerdict.NOT]:
        out.append(SAY["balance.care"][language])
    return out


# ---------------------------------------------------------------- several outcomes at once

CHANCE = 0.05


def multiplicity_sentence(found: Multiplicity, language: str) -> str:
    """How many differences are clear alone, and how many when all that were looked at count."""
    dutch(language)  # refuses any third language
    tested = [item for item in found if item.adjusted is not None]
    alone = sum((item.p_value or 0) < CHANCE for item in tested)
    together = sum((item.adjusted or 0) < CHANCE for item in tested)
    parts = [SAY[f"several.{_how_many(len(tested))}"][language].format(n=len(tested))]
    if len(tested) > 1:
        parts.append(SAY[f"alone.{_how_many(alone)}"][language].format(n=alone))
        if alone:
            parts.append(SAY[f"together.{_how_many(together)}"][language].format(n=together))
    return " ".join(parts)


# ---------------------------------------------------------------- too small to matter, or not worse


def equivalence_sentence(found: Equivalence, language: str) -> str:
    """Whether a difference that matters is ruled out.

    The interval of the two tests (90 %) is not told: beside that of the effect it would confuse.
    """
    dutch(language)  # refuses any third language
    margin = decimal(found.margin, digits_for(found.margin), language)
    return SAY[f"equivalence.{found.verdict.name.lower()}"][language].format(margin=margin)


def noninferiority_sentence(found: NonInferiority, language: str) -> str:
    """Whether being worse by what matters is ruled out."""
    dutch(language)  # refuses any third language
    if found.low is None:
        return SAY["equivalence.no_answer"][language]
    margin = decimal(found.margin, digits_for(found.margin), language)
    shown_so = found.verdict is Shown.NOT_INFERIOR
    said = SAY["not_worse.shown" if shown_so else "not_worse.not_shown"]
    return said[language].format(margin=margin)


# ---------------------------------------------------------------- without one of the clusters


def influence_sentence(influence: Influence, language: str) -> str:
    """The range without one of the clusters, and whether the conclusion stays; names none."""
    dutch(language)  # refuses any third language
    effect, plan = influence.effect, influence.effect.plan
    found = [w.estimate for w in told(influence) if w.estimate is not None]
    if not found or influence.finding.verdict is Verdict.NO_ANSWER:
        return finding_sentence(influence.finding, plan, language)
    digits = _digits_of(effect, min(found), max(found))
    low, high, full = (
        decimal(x, digits, language) for x in (min(found), max(found), effect.estimate)
    )
    units = plan.study.cluster_label[language]
    said = SAY["without.range_step" if plan.dose else "without.range"][language]
    parts = [
        said.format(
            units=units, unit=plan.measure(effect.outcome).unit[language],
            step=per_step(plan, language), low=low, high=high, full=full,
        )
    ]  # fmt: skip
    changed, unanswered, n = (
        len(part) for part in (influence.changed, influence.unanswered, influence.without)
    )
    same_side = {_side(w.verdict) for w in influence.changed} == {_side(influence.finding.verdict)}
    large = influence.finding.verdict in (Verdict.MATTERS, Verdict.HARMS)
    if changed and same_side and large and not unanswered:
        one = units_of(plan, 1, language)
        smaller = SAY["without.smaller"][language]
        parts.append(smaller.format(one=one, changed=changed, n=n, units=units))
    elif changed:
        changes = SAY["without.as_sure" if same_side else "without.changes"][language]
        parts.append(changes.format(changed=changed, n=n, units=units))
    if unanswered:
        none = SAY["without.unanswered"][language]
        parts.append(none.format(unanswered=unanswered, n=n, units=units))
    if not changed and not unanswered:
        parts.append(SAY["without.same"][language])
    return " ".join(parts)


def _side(verdict: Verdict) -> str | Verdict:
    """Verdicts that differ only in how large a difference surely is, are on one side."""
    if verdict in CLEAR:
        return "worse" if verdict in WORSE else "better"
    return verdict


def _digits_of(effect: Effect, low: float, high: float) -> int:
    """How many decimals tell the interval of an effect, or else the range given."""
    width = math.inf if effect.low is None or effect.high is None else effect.high - effect.low
    return digits_for(width if math.isfinite(width) else high - low)


def influence_drawing(influences: Influences, language: str) -> Drawing:
    """The picture for a notebook, with its alternative text."""
    picture = png(influence_picture(influences, language))
    return Drawing(picture, influence_alternative(influences, language))


def influence_block(influences: Influences, language: str) -> Picture:
    """The picture for a report."""
    units = influences[0].effect.plan.study.cluster_label[language]
    return in_both_widths(
        lambda narrow: influence_picture(influences, language, narrow=narrow),
        influence_alternative(influences, language),
        SAY["without.caption"][language].format(units=units),
    )


def influence_alternative(influences: Influences, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    dutch(language)  # refuses any third language
    units = influences[0].effect.plan.study.cluster_label[language]
    parts = [SAY["without.alt"][language].format(units=units)]
    for item in influences:
        found = [w.finding.g for w in told(item) if w.finding and w.finding.g is not None]
        name = _name(item.effect, language)
        if not found:
            parts.append(SAY["without.alt_hidden"][language].format(name=name))
            continue
        value = decimal(item.finding.g, 2, language)
        span = interval(min(found), max(found), 2, language)
        parts.append(SAY["without.alt_row"][language].format(name=name, value=value, span=span))
    return " ".join([*parts, EFFECTS["picture.alt_end"][language]])


def influence_table(influences: Influences, language: str) -> Table:
    """Every effect, its range without one cluster, and how often the conclusion changes."""
    units = influences[0].effect.plan.study.cluster_label[language]
    header = _header(("difference", "without", "g", "g_without", "other"), language)
    rows = []
    for item in influences:
        first = _cells(item.effect, language)
        found = [w.finding for w in told(item) if w.finding]
        estimates = [f.effect.estimate for f in found if f.effect.estimate is not None]
        sizes = [f.effect.g for f in found if f.effect.g is not None]
        if not estimates:
            rows.append((*first, *(NONE if shown(item.finding) else hidden(language),) * 5))
            continue
        digits = _digits_of(item.effect, min(estimates), max(estimates))
        other = len(item.changed) + len(item.unanswered)
        rows.append((
            *first, decimal(item.effect.estimate, digits, language),
            interval(min(estimates), max(estimates), digits, language),
            decimal(item.effect.g, 2, language),
            interval(min(sizes), max(sizes), 2, language) if sizes else NONE,
            SAY["of"][language].format(n=other, all=len(item.without)),
        ))  # fmt: skip
    caption = SAY["without.table"][language].format(units=units)
    note = SAY["without.note"][language].format(
        units=units, minimum=fewest(), people=influences[0].effect.plan.study.people[language]
    )
    return Table(caption, header, tuple(rows), (False,) * 3 + (True,) * 5, note)


def _header(columns: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Outcome, moment and arm, and the columns after them."""
    names = ("outcome", "moment", "group", *columns)
    return tuple(SAY[f"column.{name}"][language] for name in names)


def _cells(effect: Effect, language: str) -> tuple[str, str, str]:
    """Outcome, moment and arm of a row of a table."""
    plan = effect.plan
    wave = plan.wave_label(effect.outcome, effect.wave)[language] or NONE
    return plan.measure(effect.outcome).label[language], wave, plan.arm(effect.arm).label[language]


def _name(effect: Effect, language: str) -> str:
    """Outcome, moment and arm in one run."""
    plan = effect.plan
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    parts = (title_of(effect, language), wave, plan.arm(effect.arm).label[language])
    return ", ".join(part for part in parts if part)


# ---------------------------------------------------------------- under other choices


def curve_sentence(curve: Curve, language: str) -> str:
    """The range over the specifications, and how often the conclusion is the same."""
    dutch(language)  # refuses any third language
    effect, plan, span = curve.effect, curve.effect.plan, curve.range
    verdict = curve.planned.finding.verdict
    if not shown(curve.planned.finding) or span is None or verdict is Verdict.NO_ANSWER:
        return finding_sentence(curve.planned.finding, plan, language)
    digits, n = _digits_of(effect, *span), len(curve.specifications)
    low, high, middle, own = (
        decimal(x, digits, language) for x in (*span, curve.median, effect.estimate)
    )
    lies = f"{'range' if low != high else 'constant'}{'_step' if plan.dose else ''}"
    parts = [
        SAY[f"choices.{lies}"][language].format(
            n=n, low=low, high=high, middle=middle, own=own, step=per_step(plan, language),
            unit=plan.measure(effect.outcome).unit[language],
        )
    ]  # fmt: skip
    if curve.same == n:
        parts.append(SAY["choices.all_same"][language])
    elif verdict in CLEAR:
        after = SAY["choices.same_after"][language].format(same=curve.same)
        parts += [_way(curve, language), after]
    else:
        parts.append(SAY["choices.some_same"][language].format(same=curve.same, n=n))
    return " ".join(parts)


def _way(curve: Curve, language: str) -> str:
    """In how many specifications the difference goes the way of the plan, and clearly so."""
    verdict = curve.planned.finding.verdict
    found, worse = [s.finding for s in curve.specifications], verdict in WORSE
    n = len(found)
    way = sum(f.g is not None and (f.g < 0 if worse else f.g > 0) for f in found)
    clear = sum(_side(f.verdict) == _side(verdict) for f in found)
    many = f"{'all' if way == n else 'some'}{'_clear' if clear == way else ''}"
    said = SAY[f"way.{many}.{'worse' if worse else 'better'}"][language]
    return said.format(n=n, way=way, clear=clear)


def curve_drawing(curve: Curve, language: str) -> Drawing:
    """The picture for a notebook, with its alternative text."""
    return Drawing(png(curve_picture(curve, language)), curve_alternative(curve, language))


def curve_block(curve: Curve, language: str) -> Picture:
    """The picture for a report."""
    smallest = decimal(curve.effect.plan.smallest_effect, 2, language)
    caption = SAY["choices.caption"][language]
    return in_both_widths(
        lambda narrow: curve_picture(curve, language, narrow=narrow),
        curve_alternative(curve, language),
        caption.format(name=_name(curve.effect, language), smallest=smallest),
    )


def curve_alternative(curve: Curve, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    return SAY["choices.alt"][language].format(
        n=len(curve.specifications),
        name=_name(curve.effect, language),
        sentence=curve_sentence(curve, language),
    )


def curves_table(curves: Curves, language: str) -> Table:
    """Every effect: as planned, and the median and range over the specifications."""
    header = _header(("planned", "median", "range", "same"), language)
    rows = []
    for curve in curves:
        span, first = curve.range, _cells(curve.effect, language)
        if not shown(curve.planned.finding) or span is None:
            why = NONE if shown(curve.planned.finding) else hidden(language)
            rows.append((*first, *(why,) * 4))
            continue
        digits = _digits_of(curve.effect, *span)
        own, middle = (decimal(x, digits, language) for x in (curve.effect.estimate, curve.median))
        same = SAY["of"][language].format(n=curve.same, all=len(curve.specifications))
        rows.append((*first, own, middle, interval(*span, digits, language), same))
    people = curves[0].effect.plan.study.people[language]
    caption, note = SAY["choices.table"][language], SAY["choices.note"][language]
    return Table(
        caption, header, tuple(rows), (False,) * 3 + (True,) * 4, note.format(people=people)
    )


CURVE_COLUMNS = ("adjusted", "uncertainty", "difference", "interval", "g", "g_interval", "same")


def curve_table(curve: Curve, language: str) -> Table:
    """Every specification of one effect, in the order of the picture."""
    plan, planned = curve.effect.plan, curve.planned.finding
    header = tuple(SAY[f"column.{name}"][language] for name in CURVE_COLUMNS)
    rows = []
    for s in curve.specifications if shown(planned) else ():
        e = s.effect
        adjusted = "; ".join(control(plan, name, language) for name in s.covariates)
        if s.covariates == curve.controls and len(s.covariates) > 1:
            adjusted = SAY["choices.everything"][language]
        adjusted = adjusted or SAY["choices.nothing"][language]
        if s.planned:
            adjusted = SAY["choices.planned"][language].format(adjusted=adjusted)
        low, high = (e.estimate or 0.0,) * 2 if curve.range is None else curve.range
        digits = _digits_of(curve.effect, low, high)
        alike = s.finding.verdict is planned.verdict
        rows.append((
            adjusted, WAYS[s.inference][language], decimal(e.estimate, digits, language),
            interval(e.low, e.high, digits, language), decimal(e.g, 2, language),
            interval(e.g_low, e.g_high, 2, language),
            SAY["choices.yes" if alike else "choices.no"][language],
        ))  # fmt: skip
    numeric = (False, False, True, True, True, True, False)
    return Table(_name(curve.effect, language), header, tuple(rows), numeric)
