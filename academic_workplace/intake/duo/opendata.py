"""What a file of Dutch open data holds: schools, and counts within bounds."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.codebook import CODEBOOK, Codebook, Column, Form
from academic_workplace.intake.duo.layouts import ALSO_KEY, DIMENSIONS, Family, Kind
from academic_workplace.intake.duo.levels import AdviceLevel
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.intake.duo.regime import Advice, Regime
from academic_workplace.language import Text, both

SHOWN_VALUES = 20


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OpenData:
    """One file of DUO (or several years of it) as counts with bounds.

    schools: one row per school, school year and kind of school; ``school`` is six-character text.
    parts: what is counted apart (levels of advice, providers, postcodes, ...). Every count n is of
    school ``unit[n]`` and part ``part[n]``; ``written`` are its bounds as they stand in the file
    and ``counts`` what is left of them when a published total was used. ``hidden``: written as
    ``<5`` or -1. mean: the average score that stands beside a count, NaN where there is none;
    averages of different providers have no common scale. total: the published total of a school
    (without one: zero or more). beside: counts that are no part of the total.
    """

    kind: Kind
    family: Family
    sources: tuple[str, ...]
    schools: pd.DataFrame
    parts: tuple[str, ...]
    unit: NDArray[np.intp]
    part: NDArray[np.intp]
    written: Bounds
    counts: Bounds
    hidden: NDArray[np.bool_]
    total: Bounds
    mean: NDArray[np.float64] | None = None
    beside: tuple[tuple[str, Bounds], ...] = ()
    notes: tuple[Text, ...] = ()
    licence: str = ""

    @property
    def school_years(self) -> tuple[str, ...]:
        """As ``2018-2019``, in order."""
        return tuple(sorted(self.schools["school_year"].unique()))

    @property
    def advice(self) -> Advice | None:
        """Which of the three advices is counted: DUO publishes the final one."""
        return Advice.FINAL if self.kind is Kind.ADVICE else None

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """The rules under which the advice was given; more than one cannot be taken together."""
        if self.kind is not Kind.ADVICE:
            return ()
        return tuple(r for r in Regime if r.value in set(self.schools["regime"]))

    def only(self, column: str, *values: str) -> OpenData:
        """The same of the schools with one of these values in a column of ``schools``.

        Raises DataError when there is no such column, and naming every value no school has.
        """
        if column not in self.schools:
            raise DataError([_absent(column, "", list(self.schools.columns))])
        known = list(dict.fromkeys(self.schools[column]))
        if faults := [_absent(column, str(v), known) for v in values or [""] if v not in known]:
            raise DataError(faults)
        keep = self.schools[column].isin(values).to_numpy(bool)
        cells = keep[self.unit]

        def units(bounds: Bounds) -> Bounds:
            return Bounds(bounds.low[keep], bounds.high[keep])

        return replace(
            self,
            schools=self.schools[keep].reset_index(drop=True),
            unit=(np.cumsum(keep) - 1)[self.unit[cells]],
            part=self.part[cells],
            written=Bounds(self.written.low[cells], self.written.high[cells]),
            counts=Bounds(self.counts.low[cells], self.counts.high[cells]),
            hidden=self.hidden[cells],
            total=units(self.total),
            mean=None if self.mean is None else self.mean[cells],
            beside=tuple((name, units(bounds)) for name, bounds in self.beside),
        )

    def table(self) -> pd.DataFrame:
        """A row per count: the school, its year, what is counted, and the bounds."""
        dimension = DIMENSIONS[self.kind]
        table = self.schools.take(self.unit).reset_index(drop=True)
        table[dimension] = pd.Categorical.from_codes(self.part, pd.Index(self.parts))
        table["low"], table["high"] = self.counts.low, self.counts.high
        table["hidden"] = self.hidden
        if self.mean is not None:
            table["mean"] = self.mean
        table.attrs |= {"source": ", ".join(self.sources), "reading": self.notes}
        table.attrs[CODEBOOK] = Codebook({name: self._column(name) for name in table.columns})
        return table

    def explain(self, language: str = "nl") -> str:
        """What was read, what is hidden, and what to mind."""
        from academic_workplace.report.opendata import data_sentence

        return data_sentence(self, language)

    def _column(self, name: str) -> Column:
        numbers = ("low", "high", "mean")
        form = Form.NUMBER if name in numbers else Form.TEXT
        levels = {}
        if name == "level":
            form = Form.CATEGORY
            levels = {part: AdviceLevel(part).label for part in self.parts}
        return Column(MEANINGS.get(name, Text(name, name)), form, levels=levels)

    def _repr_html_(self) -> str:
        from academic_workplace.report.opendata import data_html

        return both(self.explain) + data_html(self)

    def __repr__(self) -> str:
        return f"<OpenData: {self.kind.value}, {', '.join(self.school_years)}>"


MEANINGS = {
    "school": Text("instellingscode en vestiging, zes tekens", "school and location code"),
    "school_year": Text("schooljaar", "school year"),
    "regime": Text("regel voor het definitieve advies", "rule for the final advice"),
    "name": Text("naam van de vestiging", "name of the location"),
    "postcode": Text("postcode van de vestiging", "postcode of the location"),
    "town": Text("plaats", "town"),
    "municipality": Text("gemeentecode, vier cijfers", "municipality code, four digits"),
    "municipality_name": Text("gemeente", "municipality"),
    "province": Text("provincie", "province"),
    "sector": Text("soort onderwijs", "kind of school"),
    "denomination": Text("denominatie", "denomination"),
    "board": Text("bevoegd gezag", "school board"),
    "level": Text("definitief schooladvies", "final school advice"),
    "low": Text("laagste aantal leerlingen dat kan", "lowest possible count of pupils"),
    "high": Text("hoogste aantal leerlingen dat kan", "highest possible count of pupils"),
    "hidden": Text("in het bestand verborgen (1 tot en met 4)", "hidden in the file (1 to 4)"),
    "mean": Text("gemiddelde score, op de schaal van de aanbieder",
                 "average score, on the scale of the provider"),
}  # fmt: skip


def _absent(column: str, value: str, known: Sequence[str]) -> Fault:
    """There is no such column, or no school with this value in it; and what may be meant."""
    rule = Text(
        f"Er zijn geen scholen met {column} {value}".strip() + ".",
        f"There are no schools with {column} {value}".strip() + ".",
    )
    short = {name.casefold().lstrip("0"): name for name in reversed(known)}
    near = difflib.get_close_matches(value.casefold().lstrip("0"), short, n=1)
    listed = ", ".join(known[:SHOWN_VALUES]) + (", …" if len(known) > SHOWN_VALUES else "")
    remedy = Text(f"Er is bekend: {listed}.", f"Known are: {listed}.")
    if near:
        remedy = Text(f"Bedoelt u ‘{short[near[0]]}’?", f"Do you mean ‘{short[near[0]]}’?")
    return Fault(rule, remedy, column=column)


def together(data: Sequence[OpenData]) -> OpenData:
    """Several files of one kind (as a file per year) as one.

    Raises DataError when their kinds differ or a school stands in two of them for one year.
    """
    if not data:
        raise DataError([_fault("Er zijn geen gegevens.", "There are no data.", "")])
    kinds = {each.kind for each in data}
    if len(kinds) > 1:
        listed = ", ".join(sorted(kind.value for kind in kinds))
        raise DataError([_fault("Deze bestanden tellen verschillende dingen.",
                                "These files count different things.", listed)])  # fmt: skip
    schools = pd.concat([each.schools for each in data], ignore_index=True)
    keys = ["school", "school_year", *(name for name in ALSO_KEY if name in schools)]
    schools = schools.fillna(dict.fromkeys(schools.columns, ""))
    again = schools.duplicated(keys)
    if again.any():
        years = ", ".join(sorted(schools.loc[again, "school_year"].unique()))
        raise DataError([_fault("Een school staat voor hetzelfde schooljaar in twee bestanden.",
                                "A school stands in two files for the same school year.",
                                years)])  # fmt: skip
    parts = tuple(dict.fromkeys(part for each in data for part in each.parts))
    if data[0].kind is Kind.ADVICE:
        parts = tuple(level.value for level in AdviceLevel if level.value in parts)
    place = {part: n for n, part in enumerate(parts)}
    firsts = np.cumsum([0, *(len(each.schools) for each in data)])
    means = [
        each.mean if each.mean is not None else np.full(len(each.unit), np.nan) for each in data
    ]
    names = [name for name, _ in data[0].beside]
    shared = [name for name in names if all(name in dict(each.beside) for each in data)]
    return replace(
        data[0],
        sources=tuple(source for each in data for source in each.sources),
        schools=schools,
        parts=parts,
        unit=np.concatenate([d.unit + first for d, first in zip(data, firsts, strict=False)]),
        part=np.concatenate([np.array([place[p] for p in d.parts])[d.part] for d in data]),
        written=_joined([d.written for d in data]),
        counts=_joined([d.counts for d in data]),
        hidden=np.concatenate([d.hidden for d in data]),
        total=_joined([d.total for d in data]),
        mean=np.concatenate(means) if any(d.mean is not None for d in data) else None,
        beside=tuple((name, _joined([dict(d.beside)[name] for d in data])) for name in shared),
        notes=tuple(dict.fromkeys(note for each in data for note in each.notes)),
        licence=", ".join(dict.fromkeys(each.licence for each in data if each.licence)),
    )


def _joined(bounds: Sequence[Bounds]) -> Bounds:
    return Bounds(np.concatenate([b.low for b in bounds]), np.concatenate([b.high for b in bounds]))


def _fault(nl: str, en: str, column: str) -> Fault:
    remedy = Text("Geef bestanden van dezelfde soort, elk schooljaar één keer.",
                  "Give files of one kind, every school year once.")  # fmt: skip
    return Fault(Text(nl, en), remedy, column=column)
