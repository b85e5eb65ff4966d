"""What may be quoted: only what a person looked at, ticked, and nobody changed since.

A quotation leaves when its key is on the release list, who looked and when stands beside it, its
text is the one that was looked at (a fingerprint), and nothing in it points at a person
(`traces.py`). Nothing is sent anywhere; a person decides.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pandas as pd

from academic_workplace.disclosure import may_leave
from academic_workplace.errors import DataError, Fault
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.toml import read_toml
from academic_workplace.voices.codes import Codings
from academic_workplace.voices.fragments import (
    COLUMNS,
    Fragment,
    Fragments,
    Source,
    as_text,
    fingerprint,
    rows_of,
    table_of,
)
from academic_workplace.voices.traces import Trace, everyday_of, kinds_in

ENTRY = ("fragment", "fingerprint", "by", "date")


@dataclass(frozen=True, slots=True)
class Tick:
    """A person looked at a fragment: which, what its text was then, who (initials) and when."""

    fragment: str
    fingerprint: str
    by: str
    date: datetime.date | None


class Refused(StrEnum):
    """Why a fragment on the list is not quoted."""

    UNKNOWN = "unknown"  # there is no such fragment
    UNTICKED = "unticked"  # nobody, or no day, stands beside it
    AHEAD = "ahead"  # the day beside it is still to come
    CHANGED = "changed"  # the text is another than the one that was looked at
    TRACE = "trace"  # something in it can point at a person


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that may be told. group: '' where the group is too small to be named."""

    fragment: str
    group: str
    question: str
    codes: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quotations(Items[Quotation]):
    """What may be quoted, in the order of the keys, and what on the list may not and why."""

    refused: tuple[tuple[str, Refused], ...]

    def about(self, code: str) -> tuple[Quotation, ...]:
        """Those to which a code was given."""
        return tuple(one for one in self.items if code in one.codes)

    def table(self) -> pd.DataFrame:
        """A row per quotation."""
        return pd.DataFrame(
            [(q.fragment, q.group, q.question, ", ".join(q.codes), q.text) for q in self.items],
            columns=["fragment", "group", "question", "codes", "text"],
        )

    def explain(self, language: str = "nl") -> str:
        """How many may be quoted, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.voices import quotation_sentences

        return " ".join(quotation_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain) + str(self.table().to_html(index=False))


def read_ticks(source: Source) -> tuple[Tick, ...]:
    """A release list, or a list of what was looked at: a TOML file with a table ``[[quote]]`` a
    fragment, or a table with the columns fragment, fingerprint, by and date.

    An empty name or day is no fault: such a fragment is not quoted. Raises DataError for a file
    that cannot be read, unknown or missing words, and a fragment that is listed twice.
    """
    name = "" if isinstance(source, pd.DataFrame) else Path(source).name
    if isinstance(source, pd.DataFrame) or Path(source).suffix.lower() != ".toml":
        table, name = table_of(source, ENTRY)
        low = {str(column).strip().lower(): column for column in table}
        raw: object = [
            dict(zip([e for e in ENTRY if e in low], row, strict=True))
            for row in zip(*(as_text(table[low[e]]) for e in ENTRY if e in low), strict=True)
        ]
    else:
        found = read_toml(source)
        if isinstance(found, Fault):
            raise DataError([found])
        raw = found.get("quote", []) if set(found) <= {"quote"} else None
    return _ticks(raw, name)


def _ticks(raw: object, name: str) -> tuple[Tick, ...]:
    entries = [e for e in raw if isinstance(e, dict)] if isinstance(raw, list) else []
    whole = isinstance(raw, list) and len(entries) == len(raw)
    if not whole or any(not e.get("fragment") or set(e) - set(ENTRY) for e in entries):
        rule = Text("Deze lijst heeft een andere vorm.", "This list has another form.")
        remedy = Text("Geef per fragment: fragment, fingerprint, by en date.",
                      "Give per fragment: fragment, fingerprint, by and date.")  # fmt: skip
        raise DataError([Fault(rule, remedy, name)])
    out = tuple(
        Tick(
            str(e["fragment"]),
            str(e.get("fingerprint", "")),
            str(e.get("by", "")).strip(),
            _day(e.get("date")),
        )
        for e in entries
    )
    keys = [tick.fragment for tick in out]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        rule = Text(
            f"Dubbel op de lijst: {', '.join(twice)}.", f"Twice on the list: {', '.join(twice)}."
        )
        raise DataError(
            [Fault(rule, Text("Noem elk fragment één keer.", "Name every fragment once."), name)]
        )
    return out


def _day(raw: object) -> datetime.date | None:
    if isinstance(raw, datetime.date):
        return raw
    try:
        return datetime.date.fromisoformat(str(raw)[:10])
    except ValueError:
        return None


def quotations(
    fragments: Fragments,
    ticks: Iterable[Tick],
    *,
    codings: Codings | None = None,
    watch: Sequence[str] = (),
    today: datetime.date | None = None,
) -> Quotations:
    """Every fragment on a release list that may be quoted, and why the others may not.

    codings: what gives a quotation its codes. watch: the study's own words that may not leave. A
    group is only named when it has as many respondents as any number that leaves. today: after it
    nobody can have looked.
    """
    today = today or datetime.date.today()
    by_key = fragments.by_key
    everyday = everyday_of(one.text for one in fragments)
    sizes = pd.Series(list(fragments.respondents.values())).value_counts()
    given: Mapping[str, tuple[str, ...]] = {}
    if codings is not None:
        given = {
            one.key: tuple(code.key for code, yes in zip(codings.codes, row, strict=True) if yes)
            for one, row in zip(codings.fragments, codings.counted, strict=True)
        }
    out, refused = [], []
    for tick in sorted(ticks, key=lambda one: one.fragment):
        one = by_key.get(tick.fragment)
        if one is None:
            refused.append((tick.fragment, Refused.UNKNOWN))
        elif not tick.by or tick.date is None:
            refused.append((tick.fragment, Refused.UNTICKED))
        elif tick.date > today:
            refused.append((tick.fragment, Refused.AHEAD))
        elif tick.fingerprint != one.fingerprint:
            refused.append((tick.fragment, Refused.CHANGED))
        elif kinds_in(one.text, watch=watch, everyday=everyday):
            refused.append((tick.fragment, Refused.TRACE))
        else:
            group = one.group if may_leave(int(sizes[one.group])) else ""
            out.append(Quotation(one.key, group, one.question, given.get(one.key, ()), one.text))
    return Quotations(tuple(out), tuple(refused))


# ---------------------------------------------------------------- what helps who looks


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fragment, and what in it can point at a person. Without its text."""

    fragment: str
    group: str
    question: str
    kinds: tuple[Trace, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Candidates(Items[Candidate]):
    """All fragments, for who chooses what to quote. A table names keys and kinds, never words."""

    texts: Mapping[str, str] = field(repr=False)

    def table(self) -> pd.DataFrame:
        """A row per fragment; ``found`` holds the kinds."""
        rows = [
            (one.fragment, one.group, one.question, ", ".join(one.kinds), one.fingerprint)
            for one in self.items
        ]
        return pd.DataFrame(rows, columns=["fragment", "group", "question", "found", "fingerprint"])

    def text(self, fragment: str) -> str:
        """The words of one fragment, for the person who looks. Raises KeyError."""
        return self.texts[fragment]

    def ticked(self, keys: Iterable[str], *, by: str, date: datetime.date) -> str:
        """What to add to a release list once a person has looked at these fragments, as TOML."""
        prints = {one.fragment: one.fingerprint for one in self.items}
        return "\n".join(
            f'[[quote]]\nfragment = "{key}"\nfingerprint = "{prints[key]}"\n'
            f'by = "{by}"\ndate = {date}\n'
            for key in keys
        )

    def _repr_html_(self) -> str:
        return str(self.table().to_html(index=False))


def candidates(
    source: Source | Fragments,
    *,
    columns: Mapping[str, str] | None = None,
    watch: Sequence[str] = (),
) -> Candidates:
    """Every fragment with the kinds of what can point at a person; nothing leaves memory.

    source: as ``read_fragments`` takes it, also when that refuses it.
    """
    if isinstance(source, Fragments):
        rows = pd.DataFrame(
            [(f.key, f.respondent, f.group, f.question, f.text) for f in source],
            columns=[*COLUMNS],
        )
    else:
        rows, _ = rows_of(source, columns)
        rows = rows.drop_duplicates().sort_values("fragment", kind="stable")
    everyday = everyday_of(rows["text"])
    out = tuple(
        Candidate(
            row.key,
            row.group,
            row.question,
            kinds_in(row.text, watch=watch, everyday=everyday),
            fingerprint(row.text),
        )
        for row in (
            Fragment(*map(str, cells)) for cells in rows[[*COLUMNS]].itertuples(index=False)
        )
    )
    return Candidates(out, dict(zip(rows["fragment"], rows["text"], strict=True)))
