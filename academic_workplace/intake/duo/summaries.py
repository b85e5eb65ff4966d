"""Sums, shares and differences of counts with bounds, by group of schools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.duo.layouts import Kind
from academic_workplace.intake.duo.levels import AdviceLevel, level_of
from academic_workplace.intake.duo.opendata import OpenData
from academic_workplace.intake.duo.ranges import Bounds, Split, share_of, split
from academic_workplace.language import Text, both

GROUP = "group"
By = str | tuple[str, ...] | Mapping[str, str]
Parts = AdviceLevel | str | Iterable[AdviceLevel | str]
EVERYONE = Text("alle scholen", "all schools")


class Quantity(StrEnum):
    """What is said of a group."""

    TOTAL = "total"
    SHARE = "share"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ranges:
    """One quantity of one or more groups of schools, with the bounds of every group.

    groups: a row per group, its columns are what the groups were made by. value: pupils for a
    total, a share between 0 and 1, or a difference of two shares. parts: what was counted, empty
    for everything. of: pupils of whom a share was taken. units: schools in every group; hidden:
    hidden counts behind it.
    """

    quantity: Quantity
    parts: tuple[str, ...]
    groups: pd.DataFrame
    value: Bounds
    of: Bounds | None
    units: NDArray[np.intp]
    hidden: NDArray[np.intp]
    notes: tuple[Text, ...] = ()

    def __len__(self) -> int:
        return len(self.groups)

    def table(self) -> pd.DataFrame:
        """A row per group: low and high, of how many pupils, and how many schools and hidden."""
        table = self.groups.copy()
        table["low"], table["high"] = self.value.low, self.value.high
        if self.of is not None:
            table["of_low"], table["of_high"] = self.of.low, self.of.high
        table["schools"], table["hidden"] = self.units, self.hidden
        return table

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, with both bounds."""
        from academic_workplace.report.opendata import ranges_sentence

        return ranges_sentence(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.opendata import ranges_html

        return both(self.explain) + ranges_html(self)


def total(
    data: OpenData, of: Parts | None = None, *, by: By = (), pool_regimes: bool = False
) -> Ranges:
    """How many pupils, by group of schools.

    of: what is counted (levels, providers, ...; everything when not given). by: one or more
    columns of ``data.schools``, or a group per school key (schools that are not named are left
    out). The bounds are those of all ways of filling in the hidden counts, no wider.

    Raises PlanError on an unknown part or column, and when advice of both regimes would be added
    up (``pool_regimes=True`` does so knowingly).
    """
    chosen = _chosen(data, of, "of")
    _refuse_subjects(data, chosen, "of")
    asked = _asked(data, chosen, range(len(data.parts)), by, pool_regimes)
    pupils = _grouped(asked.parts.x, asked)
    return _ranges(Quantity.TOTAL, data, chosen if of is not None else [], asked, pupils, None)


def share(
    data: OpenData,
    of: Parts,
    *,
    within: Parts | None = None,
    by: By = (),
    pool_regimes: bool = False,
) -> Ranges:
    """Which share of the pupils ``within`` is counted under ``of``, by group of schools.

    within: everything when not given, and of reference levels all of the same subject, for there
    every pupil counts once per subject. Parts of ``of`` that are not in it are an error, so that
    the numerator stays inside the denominator.
    Arguments, bounds and errors otherwise as in ``total``. A group without pupils has no share
    (NaN).
    """
    asked, chosen = _share_asked(data, of, within, by, pool_regimes)
    value = share_of(asked.parts, asked.codes, len(asked.groups))
    return _ranges(Quantity.SHARE, data, chosen, asked, value, _grouped(asked.parts.whole, asked))


def difference(
    data: OpenData,
    of: Parts,
    *,
    by: str | Mapping[str, str],
    first: str,
    second: str,
    within: Parts | None = None,
    pool_regimes: bool = False,
) -> Ranges:
    """The share of the first group less that of the second: two different groups of ``by``.

    Groups have no school in common, so their hidden counts do not bind each other and the bounds
    are those of all fillings. Across the change of 2023-2024 it is said that advice means
    something else. Raises PlanError as ``share`` does, and on a group that is not there.
    """
    shares = share(data, of, within=within, by=by, pool_regimes=pool_regimes)
    names = list(shares.groups.iloc[:, 0])
    unknown = [name for name in (first, second) if name not in names]
    if unknown:
        listed = ", ".join(map(str, names[:20]))
        raise PlanError([
            Fault(
                Text(f"De groep ‘{name}’ is er niet.", f"There is no group ‘{name}’."),
                Text(f"Er zijn: {listed}.", f"There are: {listed}."),
                column="first" if name == first else "second",
            )
            for name in unknown
        ])  # fmt: skip
    if first == second:
        raise PlanError([
            Fault(
                Text("Dit is twee keer dezelfde groep.", "This is the same group twice."),
                Text("Kies twee groepen.", "Choose two groups."),
                column="second",
            )
        ])  # fmt: skip
    i, j = names.index(first), names.index(second)
    low, high, of_whom = shares.value.low, shares.value.high, shares.of
    assert of_whom is not None  # noqa: S101 (a share has it)
    value = Bounds(low[[i]], high[[i]]) - Bounds(low[[j]], high[[j]])
    notes, (codes, _) = list(shares.notes), _groups(data, by)
    if data.kind is Kind.ADVICE:
        rules = [set(data.schools["regime"][codes == place]) for place in (i, j)]
        if rules[0] != rules[1]:
            notes.append(ACROSS)
    return Ranges(
        quantity=Quantity.DIFFERENCE,
        parts=shares.parts,
        groups=pd.DataFrame({"first": [first], "second": [second]}),
        value=value,
        of=None,
        units=np.array([data.schools["school"][np.isin(codes, (i, j))].nunique()]),
        hidden=shares.hidden[[i]] + shares.hidden[[j]],
        notes=tuple(notes),
    )


ACROSS = Text(
    "Het advies betekent vanaf 2023-2024 iets anders: scholen stellen het sindsdien in principe"
    " bij als de toets hoger uitvalt. Een verschil over die grens is dus geen verschil tussen"
    " leerlingen alleen.",
    "Advice means something else from 2023-2024: since then schools in principle adjust it when"
    " the test comes out higher. A difference across that line is not one between pupils alone.",
)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Units that count, the group of each, and their split into inside and outside."""

    parts: Split
    codes: NDArray[np.intp]
    groups: pd.DataFrame
    hidden: NDArray[np.intp]
    units: NDArray[np.intp]


def _share_asked(
    data: OpenData, of: Parts, within: Parts | None, by: By, pool_regimes: bool
) -> tuple[_Asked, list[int]]:
    chosen, whole = _chosen(data, of, "of"), _chosen(data, within, "within")
    if within is None and data.kind is Kind.REFERENCE:
        subjects = {_subject(data, n) for n in chosen}
        whole = [n for n in whole if _subject(data, n) in subjects]
    _refuse_subjects(data, whole, "of" if within is None else "within")
    outside = [data.parts[n] for n in chosen if n not in whole]
    if outside:
        listed = ", ".join(outside)
        raise PlanError([
            Fault(
                Text(f"Dit zit niet in het geheel: {listed}.",
                     f"This is not inside the whole: {listed}."),
                Text("Neem het op in within.", "Include it in within."),
                column="within",
            )
        ])  # fmt: skip
    return _asked(data, chosen, whole, by, pool_regimes), chosen


def _subject(data: OpenData, part: int) -> str:
    """REKENEN, LV or TV: what a reference level is of."""
    return data.parts[part].partition("_")[0]


def _refuse_subjects(data: OpenData, parts: list[int], argument: str) -> None:
    """Raise PlanError when reference levels of two subjects would be added up."""
    subjects = list(dict.fromkeys(_subject(data, n) for n in parts))
    if data.kind is not Kind.REFERENCE or len(subjects) < 2:
        return
    one = ", ".join(p for n, p in enumerate(data.parts) if _subject(data, n) == subjects[0])
    raise PlanError([
        Fault(
            Text("Bij elk vak staan dezelfde leerlingen: vakken zijn niet op te tellen.",
                 "Every subject counts the same pupils: subjects cannot be added up."),
            Text(f"Kies uit één vak, bijvoorbeeld: {one}.",
                 f"Choose from one subject, for example: {one}."),
            column=argument,
        )
    ])  # fmt: skip


def _asked(
    data: OpenData, inside: Iterable[int], whole: Iterable[int], by: By, pool_regimes: bool
) -> _Asked:
    codes, groups = _groups(data, by)
    _refuse_pooling(data, codes, pool_regimes)
    n, k = len(data.schools), len(data.parts)
    is_inside, is_whole = np.zeros(k, dtype=bool), np.zeros(k, dtype=bool)
    is_inside[list(inside)], is_whole[list(whole)] = True, True
    inside_cells, whole_cells = is_inside[data.part], is_whole[data.part]
    x, y = _summed(data, inside_cells, n), _summed(data, whole_cells & ~inside_cells, n)
    rest = _summed(data, ~whole_cells, n)
    # x + y + rest is the published total.
    left = Bounds(
        np.maximum(data.total.low - rest.high, 0.0), np.maximum(data.total.high - rest.low, 0.0)
    )
    parts = split(x, y, left)
    keep = codes >= 0
    hidden = np.bincount(data.unit, weights=data.hidden & whole_cells, minlength=n).astype(np.intp)
    kept, count = codes[keep], len(groups)
    return _Asked(
        parts=_of_units(parts, keep),
        codes=kept,
        groups=groups,
        hidden=np.bincount(kept, weights=hidden[keep], minlength=count).astype(np.intp),
        units=_distinct(data.schools["school"].to_numpy()[keep], kept, count),
    )


def _distinct(
    schools: NDArray[np.object_], codes: NDArray[np.intp], count: int
) -> NDArray[np.intp]:
    """How many schools every group has; one in two years, or with two rows, is one."""
    pairs = pd.DataFrame({"school": schools, "code": codes}).drop_duplicates()
    return np.bincount(pairs["code"], minlength=count)


def _of_units(parts: Split, keep: NDArray[np.bool_]) -> Split:
    bounds = (parts.x, parts.y, parts.whole)
    return Split(*(Bounds(b.low[keep], b.high[keep]) for b in bounds))


def _summed(data: OpenData, cells: NDArray[np.bool_], n: int) -> Bounds:
    unit = data.unit[cells]
    low, high = data.counts.low[cells], data.counts.high[cells]
    return Bounds(
        np.bincount(unit, weights=low, minlength=n), np.bincount(unit, weights=high, minlength=n)
    )


def _grouped(values: Bounds, asked: _Asked) -> Bounds:
    count = len(asked.groups)
    return Bounds(
        np.bincount(asked.codes, weights=values.low, minlength=count),
        np.bincount(asked.codes, weights=values.high, minlength=count),
    )


def _ranges(
    quantity: Quantity,
    data: OpenData,
    chosen: list[int],
    asked: _Asked,
    value: Bounds,
    of: Bounds | None,
) -> Ranges:
    parts = tuple(data.parts[n] for n in chosen)
    notes = []
    if data.kind is Kind.SCORES:
        notes.append(Text("Dit zijn aantallen; gemiddelde scores van verschillende aanbieders zijn"
                          " niet te vergelijken.",
                          "These are counts; average scores of different providers cannot be"
                          " compared."))  # fmt: skip
    return Ranges(quantity, parts, asked.groups, value, of, asked.units, asked.hidden, tuple(notes))


def _chosen(data: OpenData, parts: Parts | None, argument: str) -> list[int]:
    """The places of the parts that were named; all of them when none was."""
    if parts is None:
        return list(range(len(data.parts)))
    named = [parts] if isinstance(parts, str | AdviceLevel) else list(parts)
    place = {part: n for n, part in enumerate(data.parts)}
    out, unknown = [], []
    for part in named:
        level = level_of(part) if data.kind is Kind.ADVICE else None
        name = level.value if level is not None else str(part)
        if name in place:
            out.append(place[name])
        else:
            unknown.append(name)
    if unknown or not out:
        bad, listed = ", ".join(unknown) or "–", ", ".join(data.parts[:20])
        raise PlanError([
            Fault(
                Text(f"Dit staat niet in de gegevens: {bad}.", f"This is not in the data: {bad}."),
                Text(f"Er zijn: {listed}.", f"There are: {listed}."),
                column=argument,
            )
        ])  # fmt: skip
    return sorted(set(out))


def _groups(data: OpenData, by: By) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """The group of every unit (-1: left out), and the groups in order."""
    schools = data.schools
    if isinstance(by, Mapping):
        labels = schools["school"].map(dict(by))
        unknown = sorted(set(by) - set(schools["school"]))
        if unknown or not by:
            listed = ", ".join(unknown[:10]) or "–"
            raise PlanError([
                Fault(
                    Text(f"Deze scholen staan niet in de gegevens: {listed}.",
                         f"These schools are not in the data: {listed}."),
                    Text("Schrijf zes tekens, zoals 02QZ00.", "Write six characters, as 02QZ00."),
                    column="by",
                )
            ])  # fmt: skip
        codes, found = pd.factorize(labels, sort=True)
        return codes, pd.DataFrame({GROUP: found})
    names = [by] if isinstance(by, str) else list(by)
    wrong = [name for name in names if name not in schools]
    if wrong:
        listed = ", ".join(schools.columns)
        raise PlanError([
            Fault(
                Text(f"De scholen hebben geen kolom ‘{name}’.",
                     f"The schools have no column ‘{name}’."),
                Text(f"Er zijn: {listed}.", f"There are: {listed}."),
                column="by",
            )
            for name in wrong
        ])  # fmt: skip
    if not names:
        return np.zeros(len(schools), dtype=np.intp), pd.DataFrame(index=range(1))
    codes, found = pd.factorize(pd.MultiIndex.from_frame(schools[names]), sort=True)
    return codes, pd.DataFrame(list(found), columns=names)


def _refuse_pooling(data: OpenData, codes: NDArray[np.intp], allowed: bool) -> None:
    if data.kind is not Kind.ADVICE or allowed:
        return
    both_rules = pd.Series(data.schools["regime"].to_numpy()).groupby(codes).nunique()
    if (both_rules[both_rules.index >= 0] > 1).any():
        raise PlanError([
            Fault(
                Text("Adviezen van voor en vanaf 2023-2024 zijn niet zomaar op te tellen: de regel"
                     " voor bijstellen is veranderd.",
                     "Advice from before and from 2023-2024 cannot simply be added up: the rule for"
                     " adjusting has changed."),
                Text("Neem school_year of regime op in by, of zeg pool_regimes=True.",
                     "Include school_year or regime in by, or say pool_regimes=True."),
                column="by",
            )
        ])  # fmt: skip
