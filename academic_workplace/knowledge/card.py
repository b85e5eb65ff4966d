"""What is known of one action: local results, published research, and what would tell more.

Local and published results are put beside each other and never pooled: they are about other
pupils, other outcomes and other programmes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from academic_workplace.agenda.model import Agendas
from academic_workplace.errors import PlanError, not_known
from academic_workplace.knowledge.library import Entry, Figure, Kind, Library, Measure
from academic_workplace.knowledge.local import Fits, LocalFinding, LocalResult
from academic_workplace.language import Text, both, default_language

if TYPE_CHECKING:
    from academic_workplace.report.figures.style import Drawing

MANY = 10  # groups in an arm: with fewer, which ones happen to take part weighs heavily
TWICE = 2  # local studies that compare: one alone may be luck
MOST = 3  # things that would raise certainty, told at once
STRONG_FIRST = (Fits.EXPERIMENT, Fits.QUASI_EXPERIMENT, Fits.CHANGE, Fits.DESCRIPTION)


class Raise(StrEnum):
    """What would make the answer more certain. In order: what is asked first raises it most."""

    FIRST_STUDY = "first study"  # nobody measured here yet
    REAL_DATA = "real data"  # what there is is an invented example
    COMPARISON_GROUP = "comparison group"
    AN_ANSWER = "an answer"  # the design gives no uncertainty, or too few may be shown
    LESS_LOSS = "less loss"  # too many pupils are missing
    MORE_GROUPS = "more groups"  # schools, mentor groups
    LOT = "lot"
    LONGER = "longer"  # one measurement afterwards
    SECOND_STUDY = "second study"


class Unknown(StrEnum):
    """What is not known, by rule; a kind of action adds its own."""

    HERE = "here"  # no local results
    INVENTED = "invented"  # only an example with invented data
    ELSEWHERE = "elsewhere"  # no published research was found
    UNCLEAR = "unclear"  # the main local result may go either way
    CAUSE = "cause"  # no lot: something else may explain it
    LATER = "later"  # measured once
    LOSS = "loss"  # the report of the main local result does not tell how many are missing
    FIGURES = "figures"  # published research of which no figure was read
    MARGIN = "margin"  # a published figure of which no interval was read
    TOGETHER = "together"  # only correlations were published


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A difference on the one axis: of a local study, or as published. measure: never r."""

    local: LocalResult | None
    entry: Entry | None
    outcome: Text
    measure: Measure
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Card:
    """What is known of an action, an intervention or a theme.

    published: what was checked only. unchecked: how many more publications there are. raises: what
    would make it more certain, most first. synthetic: whether any local result is invented.
    """

    key: str
    title: Text
    place: Text
    kinds: tuple[Kind, ...]
    local: tuple[LocalResult, ...]
    published: tuple[Entry, ...]
    unchecked: int
    raises: tuple[Raise, ...]
    unknown: tuple[Unknown, ...]

    def __repr__(self) -> str:
        return f"Card({self.key!r}, {len(self.local)} local, {len(self.published)} published)"

    def explain(self, language: str = "nl") -> str:
        """What the strongest local study says; else that there is none."""
        from academic_workplace.report.knowledge import card_sentence

        return card_sentence(self, language)

    def picture(self, language: str = "nl") -> Drawing | None:
        """Local and published differences on one axis; None when there are none."""
        from academic_workplace.report.knowledge import card_drawing

        return card_drawing(self, language) if self.bars else None

    def table(self) -> pd.DataFrame:
        """A row per difference in standard deviations, local ones first, in full precision."""
        language = default_language()
        rows = [
            {"where": "local" if bar.local is not None else "published",
             "study": bar.local.study if bar.local is not None else _name(bar, language),
             "outcome": bar.outcome[language], "measure": bar.measure.value,
             "value": bar.value, "low": bar.low, "high": bar.high}
            for bar in self.bars
        ]  # fmt: skip
        columns = ["where", "study", "outcome", "measure", "value", "low", "high"]
        return pd.DataFrame(rows, columns=columns)

    def _repr_html_(self) -> str:
        return both(self.explain)

    @property
    def synthetic(self) -> bool:
        """Whether any local result is invented."""
        return any(one.synthetic for one in self.local)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Differences in standard deviations, local ones first; never a correlation."""
        return (*_local_bars(self.local), *_published_bars(self.published))

    @property
    def together(self) -> tuple[tuple[Entry, Figure], ...]:
        """Published correlations."""
        return tuple(
            (entry, figure)
            for entry in self.published
            for figure in entry.figures
            if not figure.measure.difference
        )

    @property
    def smallest_effect(self) -> float | None:
        """The smallest effect that matters, when all local studies chose the same."""
        chosen = {r.smallest_effect for r in self.local if r.smallest_effect is not None}
        return chosen.pop() if len(chosen) == 1 else None


def card(
    key: str, agendas: Agendas, library: Library, local: Iterable[LocalResult]
) -> Card:  # fmt: skip
    """What is known of an action, intervention or theme. key: as in the agendas.

    A study names actions, so a theme takes the results of what stands under it, and of actions of
    the same kind. Raises PlanError for an unknown key.
    """
    named = {one.key: one.title for one in agendas.actions()}
    named |= {one.key: one.title for one in agendas.themes()}
    if key not in named:
        raise PlanError([not_known("actions", key, list(named))])
    kinds, keys = library.kinds_of(key), {key}
    if agendas.action(key) is None:
        keys |= {one.key for one in agendas.actions() if one.under == key}
        keys |= {other for kind in kinds for other in kind.bears_on}
    mine = [one for one in local if keys & set(one.actions)]
    mine.sort(key=lambda one: (STRONG_FIRST.index(one.fits), -one.date.toordinal(), one.study))
    published = library.checked.about(kinds)
    return Card(
        key=key, title=named[key], place=agendas.place, kinds=kinds, local=tuple(mine),
        published=published, unchecked=len(library.about(kinds)) - len(published),
        raises=tuple(_raises(mine))[:MOST], unknown=tuple(_unknown(mine, published)),
    )  # fmt: skip


def _name(bar: Bar, language: str) -> str:
    return "" if bar.entry is None else bar.entry.name(language)


def main_findings(study: LocalResult) -> tuple[LocalFinding, ...]:
    """One finding for each outcome and arm: that of the main moment, which a report tells first."""
    first: dict[tuple[Text, Text], LocalFinding] = {}
    for one in study.findings:
        first.setdefault((one.outcome, one.arm), one)
    return tuple(first.values())


def _local_bars(local: Iterable[LocalResult]) -> Iterator[Bar]:
    for study in local:
        for one in main_findings(study):
            if one.g is not None and one.low is not None and one.high is not None:
                yield Bar(
                    local=study, entry=None, outcome=one.outcome, measure=Measure.G,
                    value=one.g, low=one.low, high=one.high,
                )  # fmt: skip


def _published_bars(published: Iterable[Entry]) -> Iterator[Bar]:
    for entry in published:
        for one in entry.figures:
            if one.measure.difference and not one.unverified:
                yield Bar(
                    local=None, entry=entry, outcome=one.outcome, measure=one.measure,
                    value=one.value, low=one.low, high=one.high,
                )  # fmt: skip


# ---------------------------------------------------------------- rules


def _raises(local: list[LocalResult]) -> Iterator[Raise]:
    """By the facts of the strongest local study, which stands first."""
    if not local:
        yield Raise.FIRST_STUDY
        yield Raise.COMPARISON_GROUP
        return
    if all(one.synthetic for one in local):
        yield Raise.REAL_DATA
    best = local[0]
    if best.fits in (Fits.CHANGE, Fits.DESCRIPTION):
        yield Raise.COMPARISON_GROUP
    findings = main_findings(best)
    if findings and findings[0].low is None:
        yield Raise.AN_ANSWER
    if any(one.much_missing for one in findings[:1]):
        yield Raise.LESS_LOSS
    if _groups(findings) < MANY:
        yield Raise.MORE_GROUPS
    if best.fits is Fits.QUASI_EXPERIMENT:
        yield Raise.LOT
    if best.findings and _once(best):
        yield Raise.LONGER
    if sum(one.fits in STRONG_FIRST[:2] for one in local) < TWICE:
        yield Raise.SECOND_STUDY


def _unknown(local: list[LocalResult], published: tuple[Entry, ...]) -> Iterator[Unknown]:
    if not local:
        yield Unknown.HERE
    elif all(one.synthetic for one in local):
        yield Unknown.INVENTED
    findings = main_findings(local[0]) if local else ()
    if findings and (_open(findings[0])):
        yield Unknown.UNCLEAR
    if findings and local[0].fits is not Fits.EXPERIMENT:
        yield Unknown.CAUSE
    if findings and _once(local[0]):
        yield Unknown.LATER
    if any(one.much_missing is None and not one.withheld for one in findings[:1]):
        yield Unknown.LOSS
    figures = [figure for entry in published for figure in entry.figures]
    if not published:
        yield Unknown.ELSEWHERE
    elif not figures:
        yield Unknown.FIGURES
    elif all(not one.measure.difference for one in figures):
        yield Unknown.TOGETHER
    elif any(one.low is None for one in figures):
        yield Unknown.MARGIN


def _open(finding: LocalFinding) -> bool:
    """Whether a result may go either way, or nothing says how sure it is."""
    low, high = finding.low, finding.high
    return low is None or high is None or low <= 0 <= high


def _groups(findings: tuple[LocalFinding, ...]) -> float:
    """The groups in the smaller arm of the main finding; none to count is enough."""
    counts = [n for one in findings[:1] for n in one.clusters if n is not None]
    return min(counts, default=MANY)


def _once(study: LocalResult) -> bool:
    """Whether was measured at one moment afterwards only."""
    return not study.over_time and len({one.moment for one in study.findings}) == 1
