"""How many respondents mention a code, per group, and which codes go together.

The unit is the respondent: who mentions a code five times counts once. All counts that are told, of
codes and of pairs of codes, hang together (who mentions one and who does not make up the group, the
groups make up the whole, a pair is part of both codes), so what may be shown is decided at once
(`disclosure.protect`). The limits of a share are those of Wilson (1927), and of a difference those
of Newcombe (1998, method 10). They suppose that the respondents stand for others like them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.cohorts.transitions.shares import wilson
from academic_workplace.disclosure import Sum, all_alike, fewest, rounded
from academic_workplace.disclosure.protect import protect
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.sizes import risk_difference
from academic_workplace.voices.codes import Code, Codings

if TYPE_CHECKING:
    from academic_workplace.report.figures.style import Drawing

Bools = NDArray[np.bool_]
ALL = ""  # the place of all groups together
CELLS = ("both", "first", "second", "none")  # of a pair: who mentions which of the two
Name = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """How many of a group mention a code; ``group`` '' is everyone. None: it stays inside.

    low, high: of the share. of: how many were asked.
    """

    code: Code
    group: str
    mentioned: int | None
    of: int | None
    share: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDifference:
    """The share that mentions a code in one group minus that in another.

    low, high: with all differences that are told together right in ``level`` of the cases
    (Bonferroni).
    """

    code: Code
    group: str
    other: str
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frequencies(Items[Frequency]):
    """Everyone first and then every group, code by code in the order of the codebook."""

    groups: tuple[str, ...]
    labels: Mapping[str, Text]
    differences: tuple[GroupDifference, ...]
    level: float

    def of(self, code: str, group: str = ALL) -> Frequency:
        """That of one code and group. Raises StopIteration when there is none."""
        return next(one for one in self.items if (one.code.key, one.group) == (code, group))

    @property
    def ranked(self) -> tuple[Code, ...]:
        """Codes by how many mention them, most first; those that stay inside last."""
        told = [one for one in self.items if one.group == ALL]
        order = sorted(told, key=lambda one: -1 if one.mentioned is None else -2 - one.mentioned)
        return tuple(one.code for one in order)

    def table(self) -> pd.DataFrame:
        """A row per code and group."""
        return pd.DataFrame([asdict(one) | {"code": one.code.key} for one in self.items])

    def explain(self, language: str = "nl") -> str:
        """The themes that most people mention, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.voices import frequency_sentences

        return " ".join(frequency_sentences(self, language))

    def picture(self, language: str = "nl") -> Drawing:
        """How many of every 100 mention each theme, everyone and per group."""
        from academic_workplace.report.voices import themes_drawing

        return themes_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two codes: how many respondents mention both, how many of them in one and the same fragment,
    and the share that mentions both of those who mention either (Jaccard, 1912). None: it stays
    inside."""

    code: Code
    other: Code
    together: int | None
    one_fragment: int | None = None
    jaccard: float | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CoOccurrence(Items[Pair]):
    """Every pair of codes once."""

    def table(self) -> pd.DataFrame:
        """A row per pair."""
        return pd.DataFrame([
            asdict(one) | {"code": one.code.key, "other": one.other.key} for one in self.items
        ])  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """Which themes go together most, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.voices import pair_sentences

        return " ".join(pair_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """All counts that may be told of, and which are not shown. Inside only.

    value, hidden: by name: ("asked", group), ("yes" or "no", code, group), and for pairs
    ("both", "first", "second" or "none", code, other), and of who mentions both ("same" or "apart",
    code, other): in one fragment or never in one.
    """

    names: tuple[Name, ...]
    value: NDArray[np.intp]
    hidden: Bools
    sums: tuple[Sum, ...]

    def shown(self, *name: str) -> int | None:
        """A count as the rules that hold now print it, or None when it stays inside."""
        i = self.names.index(name)
        return None if self.hidden[i] else rounded(int(self.value[i]))


def mentions(codings: Codings) -> tuple[tuple[str, ...], Bools]:
    """The group of every respondent (n,), and whether they mention each code (n, codes)."""
    who = codings.fragments.respondents
    place = {name: i for i, name in enumerate(who)}
    out = np.zeros((len(who), len(codings.codes)), dtype=bool)
    rows = [place[one.respondent] for one in codings.fragments]
    np.logical_or.at(out, rows, codings.counted)
    return tuple(who.values()), out


def counts_of(codings: Codings) -> Counts:
    """Every count of codes, groups and pairs, and what of it stays inside by the rules of now.

    Of a group it is told neither that all of them mention a code nor that nobody does. Where both
    totals of a pair are shown, its four cells follow from one of them: they are shown together or
    not at all. Where they stay inside and the totals still tell too much of a small cell, the
    smaller total stays inside as well, and so do all pairs of that code.
    """
    of, said = mentions(codings)
    group, keys = np.array(of), [code.key for code in codings.codes]
    groups = list(codings.fragments.groups)
    value: dict[Name, int] = {}
    sums: list[tuple[Name, tuple[Name, ...]]] = []
    for place in (ALL, *groups):
        own = said if place == ALL else said[group == place]
        value["asked", place] = len(own)
        for k, key in enumerate(keys):
            value["yes", key, place] = int(own[:, k].sum())
            value["no", key, place] = len(own) - value["yes", key, place]
            sums.append((("asked", place), (("yes", key, place), ("no", key, place))))
    sums.append((("asked", ALL), tuple(("asked", place) for place in groups)))
    for key in keys:
        for kind in ("yes", "no"):
            sums.append(((kind, key, ALL), tuple((kind, key, place) for place in groups)))
    pairs = list(combinations(keys, 2))
    hidden = _hidden_totals(value, sums, pairs, said, keys)
    for one, other in pairs:
        a, b = said[:, keys.index(one)], said[:, keys.index(other)]
        cells = (a & b, a & ~b, ~a & b, ~a & ~b)
        value |= {(kind, one, other): int(n.sum()) for kind, n in zip(CELLS, cells, strict=True)}
        told = not any(
            ("yes", key, ALL) in hidden or ("no", key, ALL) in hidden for key in (one, other)
        )
        if not told or any(value[kind, one, other] < fewest() for kind in CELLS):
            hidden |= {(kind, one, other) for kind in CELLS}
        same = int(_together(codings, keys.index(one), keys.index(other)))
        parts: dict[Name, int] = {
            ("same", one, other): same,
            ("apart", one, other): value["both", one, other] - same,
        }
        value |= parts
        sums.append((("both", one, other), tuple(parts)))
        if ("both", one, other) in hidden or any(n < fewest() for n in parts.values()):
            hidden |= set(parts)
        for key, yes, no in ((one, ("both", "first"), ("second", "none")),
                             (other, ("both", "second"), ("first", "none"))):  # fmt: skip
            sums.append((("yes", key, ALL), tuple((kind, one, other) for kind in yes)))
            sums.append((("no", key, ALL), tuple((kind, one, other) for kind in no)))
    names = tuple(value)
    at = {name: i for i, name in enumerate(names)}
    lines = tuple(Sum(at[total], tuple(at[part] for part in parts)) for total, parts in sums)
    return Counts(
        names, np.array([*value.values()]), np.array([name in hidden for name in names]), lines
    )


def _together(codings: Codings, one: int, other: int) -> int:
    """How many respondents mention two codes in one fragment."""
    said = codings.counted
    pairs = zip(codings.fragments, said[:, one] & said[:, other], strict=True)
    return len({fragment.respondent for fragment, both_said in pairs if both_said})


def _hidden_totals(
    value: Mapping[Name, int],
    sums: list[tuple[Name, tuple[Name, ...]]],
    pairs: list[tuple[str, str]],
    said: Bools,
    keys: list[str],
) -> set[Name]:
    """What stays inside of the counts of codes and groups, for their own sake and for the pairs."""
    names = tuple(value)
    at = {name: i for i, name in enumerate(names)}
    lines = [Sum(at[total], tuple(at[part] for part in parts)) for total, parts in sums]
    also = np.array(
        [name[0] != "asked" and all_alike(n, value["asked", name[2]]) for name, n in value.items()]
    )
    # Least is lost when groups go before totals, and nobody loses how many were asked.
    worth = np.array([2 if name[0] == "asked" else int(name[2] == ALL) for name in names])
    while True:
        found = protect([*value.values()], lines, also=also, worth=worth)
        hidden = {name for name, out in zip(names, found.hidden, strict=True) if out}
        more = set()
        for one, other in pairs:
            n = [value["yes", key, ALL] for key in (one, other)]
            if any((kind, key, ALL) in hidden for kind in ("yes", "no") for key in (one, other)):
                continue
            together = int((said[:, keys.index(one)] & said[:, keys.index(other)]).sum())
            if _too_narrow(together, n[0], n[1], len(said)):
                more.add(one if n[0] < n[1] else other)
        if not more:
            return hidden
        also = also | np.array(
            [name[0] == "yes" and name[1:] in {(m, ALL) for m in more} for name in names]
        )


def _too_narrow(both_said: int, a: int, b: int, N: int) -> bool:
    """Whether the totals alone tell of a small cell of two codes that it cannot be 1, or cannot be
    one less than the minimum."""
    cells = (both_said, a - both_said, b - both_said, N - a - b + both_said)
    least = (max(0, a + b - N), max(0, a - b), max(0, b - a), max(0, N - a - b))
    most = (min(a, b), min(a, N - b), min(b, N - a), min(N - a, N - b))
    return any(
        0 < n < fewest() and (low > 1 or high < fewest() - 1)
        for n, low, high in zip(cells, least, most, strict=True)
    )


def frequencies(
    codings: Codings,
    *,
    labels: Mapping[str, Text] | None = None,
    level: float = 0.95,
    counts: Counts | None = None,
) -> Frequencies:
    """Of everyone and of every group how many mention each code, and how groups differ.

    labels: what a group is called. counts: as ``counts_of`` gives them, when they are there.
    """
    counted = counts or counts_of(codings)
    groups = codings.fragments.groups
    out = []
    for code in codings.codes:
        for group in (ALL, *groups):
            n, of = counted.shown("yes", code.key, group), counted.shown("asked", group)
            if n is None or of is None or counted.shown("no", code.key, group) is None:
                out.append(Frequency(code=code, group=group, mentioned=None, of=of))
                continue
            low, high = wilson(n, of, level)
            out.append(
                Frequency(
                    code=code, group=group, mentioned=n, of=of, share=n / of, low=low, high=high
                )
            )
    return Frequencies(tuple(out), groups, dict(labels or {}), _differences(out, level), level)


def _differences(found: list[Frequency], level: float) -> tuple[GroupDifference, ...]:
    """Between every two groups of which both shares are shown."""
    told = [one for one in found if one.group != ALL and one.mentioned is not None]
    pairs = [(a, b) for a, b in combinations(told, 2) if a.code == b.code]
    each = 1 - (1 - level) / max(len(pairs), 1)
    out = []
    for a, b in pairs:
        size = risk_difference(
            _known(a.share),
            _known(b.share),
            n_treated=a.of or 0,
            n_comparison=b.of or 0,
            level=each,
        )
        low, value, high = (_known(x) for x in (size.low, size.value, size.high))
        out.append(
            GroupDifference(
                code=a.code, group=a.group, other=b.group, estimate=value, low=low, high=high
            )
        )
    return tuple(out)


def _known(x: float | None) -> float:
    if x is None:
        raise ValueError("a share that is shown has a value")
    return x


def co_occurrence(codings: Codings, *, counts: Counts | None = None) -> CoOccurrence:
    """For every two codes how many respondents mention both, anywhere and in one fragment.

    Jaccard's measure needs the three counts it is made of; where one of them stays inside, it does.
    """
    counted = counts or counts_of(codings)
    out = []
    for one, other in combinations(codings.codes, 2):
        cells = [counted.shown(kind, one.key, other.key) for kind in ("both", "first", "second")]
        known = [n for n in cells if n is not None]
        jaccard = (
            known[0] / sum(known) if len(known) == len(cells) and sum(known) >= fewest() else None
        )
        same = counted.shown("same", one.key, other.key)
        out.append(
            Pair(code=one, other=other, together=cells[0], one_fragment=same, jaccard=jaccard)
        )
    return CoOccurrence(tuple(out))
