"""Schools that came, went or changed their name between two years."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.duo.opendata import OpenData
from academic_workplace.language import Text, both


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SchoolChanges:
    """What happened to the schools between two years.

    renamed: same key, other name. gone, new: keys that only one of the years has. merged: for a
    key that is gone, a school of the later year at the same postcode or of the same BRIN; that may
    be a merger or a new code, and a person has to look.
    """

    first: str
    second: str
    same: int
    renamed: pd.DataFrame
    gone: pd.DataFrame
    new: pd.DataFrame
    merged: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """All changes under each other: what changed, the school, and its successor."""
        parts = [
            self.renamed.assign(change="renamed"),
            self.gone.assign(change="gone"),
            self.new.assign(change="new"),
            self.merged.assign(change="perhaps merged"),
        ]
        columns = ["change", "school", "name", "later_school", "later_name", "because"]
        return pd.concat(parts, ignore_index=True).reindex(columns=columns).fillna("")

    def explain(self, language: str = "nl") -> str:
        """How many of each, in a sentence."""
        from academic_workplace.report.opendata import changes_sentence

        return changes_sentence(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.opendata import changes_html

        return both(self.explain) + changes_html(self)


def compare_schools(first: OpenData, second: OpenData) -> SchoolChanges:
    """Mergers, renames, keys gone and keys new, from an earlier year to a later one.

    Names that differ only in capitals, accents or signs are the same. Raises PlanError when one of
    the two holds several school years, or the first is not the earlier.
    """
    for name, data in (("first", first), ("second", second)):
        if len(data.school_years) != 1:
            _refuse(name, Text("Hierin staan meer schooljaren.", "This holds several years."))
    if first.school_years >= second.school_years:
        _refuse("second", Text("Dit is niet het latere schooljaar.", "This is not the later year."))
    a, b = _schools(first), _schools(second)
    same = a.index.intersection(b.index)
    gone, new = a.loc[a.index.difference(b.index)], b.loc[b.index.difference(a.index)]
    names = zip(same, a.loc[same, "name"], b.loc[same, "name"], strict=True)
    other = [key for key, was, now in names if was and now and _plain(was) != _plain(now)]
    renamed = pd.DataFrame({
        "school": other,
        "name": a.loc[other, "name"].to_numpy(),
        "later_name": b.loc[other, "name"].to_numpy(),
    })  # fmt: skip
    return SchoolChanges(
        first.school_years[0],
        second.school_years[0],
        len(same),
        renamed,
        _listed(gone),
        _listed(new),
        _successors(gone, b, new.index),
    )


def _refuse(argument: str, rule: Text) -> None:
    remedy = Text("Geef eerst het vroegere en dan het latere jaar, elk apart gelezen.",
                  "Give the earlier year first and then the later, each read alone.")  # fmt: skip
    raise PlanError([Fault(rule, remedy, column=argument)])


def _schools(data: OpenData) -> pd.DataFrame:
    """Name and postcode by key; '' where the file does not tell."""
    wanted = data.schools.reindex(columns=["school", "name", "postcode"], fill_value="")
    return wanted.drop_duplicates("school").set_index("school").sort_index().fillna("")


def _listed(schools: pd.DataFrame) -> pd.DataFrame:
    return schools.reset_index()[["school", "name"]]


def _successors(gone: pd.DataFrame, later: pd.DataFrame, new: pd.Index) -> pd.DataFrame:
    """Per key that is gone: who is at its address now; else who bears its BRIN for the first time.

    A school that merges keeps its building and gets a location of the other's BRIN.
    """
    there = later[later["postcode"] != ""].reset_index().groupby("postcode")["school"].agg(list)
    rows = []
    for key, school in gone.iterrows():
        at_address = there.get(school["postcode"], []) if school["postcode"] else []
        of_brin = [other for other in new if other[:4] == str(key)[:4]]
        found = [(other, "same postcode") for other in at_address]
        found += [(other, "same BRIN") for other in of_brin if other not in at_address]
        rows += [(key, school["name"], other, later.at[other, "name"], why) for other, why in found]
    return pd.DataFrame(rows, columns=["school", "name", "later_school", "later_name", "because"])


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()
