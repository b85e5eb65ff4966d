"""Exports of survey tools: Qualtrics, LimeSurvey, Microsoft Forms and Google Forms.

They are known by the names of the columns that the tool itself adds. Rows of previews and tests are
left out, codes for "not shown" and "seen, not answered" are declared missing, and the text of each
question is its meaning in the codebook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from academic_workplace.intake.codebook import Column, MissingCode
from academic_workplace.intake.files.grid import Head, Row, as_cell
from academic_workplace.language import Text, same


class Survey(StrEnum):
    """The tool that made an export."""

    NONE = "none"
    QUALTRICS = "qualtrics"
    LIMESURVEY = "limesurvey"
    FORMS = "forms"  # of Microsoft or Google


SHOWN = {
    Survey.QUALTRICS: "Qualtrics", Survey.LIMESURVEY: "LimeSurvey",
    Survey.FORMS: "Microsoft/Google Forms",
}  # fmt: skip
# What the tools add of their own, in the forms that were seen; compared without capitals.
QUALTRICS = frozenset({
    "startdate", "enddate", "status", "ipaddress", "progress", "duration (in seconds)", "finished",
    "recordeddate", "responseid", "recipientlastname", "recipientfirstname", "recipientemail",
    "externalreference", "locationlatitude", "locationlongitude", "distributionchannel",
    "userlanguage",
})  # fmt: skip
SURELY_QUALTRICS = {"startdate", "enddate", "finished", "recordeddate"}
LIMESURVEY = {
    "id": ("id", "response id", "antwoord-id", "antwoord id"),
    "submitdate": ("submitdate", "date submitted", "datum ingestuurd", "datum verzonden",
                   "verzenddatum"),
    "lastpage": ("lastpage", "last page", "laatste pagina"),
    "startlanguage": ("startlanguage", "start language", "starttaal", "begintaal"),
    "": ("seed", "token", "startdate", "datestamp", "ipaddr", "refurl", "interviewtime",
         "date started", "date last action", "datum gestart", "datum laatste actie", "toegangscode",
         "access code", "ip address", "ip-adres", "referrer url", "total time", "totale tijd"),
}  # fmt: skip
FORMS_START = ("start time", "begintijd", "starttijd", "tijd van starten", "begin tijd")
FORMS_END = ("completion time", "tijd van voltooien", "voltooiingstijd", "eindtijd",
             "tijd voltooid", "tijd van voltooiing")  # fmt: skip
FORMS = ("id", *FORMS_START, *FORMS_END, "email", "e-mail", "name", "naam", "last modified time",
         "laatst gewijzigd", "tijd laatste wijziging", "total points", "totale punten")  # fmt: skip
GOOGLE = ("timestamp", "tijdstempel")
GOOGLE_OWN = (*GOOGLE, "email address", "e-mailadres", "username", "gebruikersnaam", "score")
# Qualtrics counts these in bits: 1 preview, 2 test, 4 imported, 8 spam, 16 offline.
NO_PUPIL_BITS = 1 | 2 | 8
NO_PUPIL = {
    "survey preview", "preview", "survey test", "test", "spam", "possible spam",
    "enquêtevoorbeeld", "voorbeeld van enquête", "enquêtetest", "test van enquête",
}  # fmt: skip
NO = {"false", "0", "onwaar", "nee", "no"}
SEEN = MissingCode("-99", Text("gezien, niet beantwoord", "seen, not answered"))
NOT_SHOWN = MissingCode("N/A", Text("vraag niet gesteld", "question not asked"))


@dataclass(frozen=True, slots=True)
class Found:
    """A survey export: of which tool, the rows between its header and its answers, the questions.

    questions: their text, one for each column; none when the export has only names.
    """

    tool: Survey
    below: tuple[int, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether its rows and codes cannot be taken as they stand."""
        return self.tool in (Survey.QUALTRICS, Survey.LIMESURVEY)


NO_SURVEY = Found(Survey.NONE)


def recognise(head: Head, rows: Sequence[Row], told: Survey | None = None) -> Found:
    """Whether this header, with the first filled rows of the file, is that of a survey tool."""
    if told is Survey.NONE or not head.rows or len(head.rows) > 1:
        return NO_SURVEY
    names = [name.casefold() for name in head.names]
    after = [(number, [*map(as_cell, cells)]) for number, cells in rows if number > head.rows[0]]
    ids = next((number for number, cells in after[:2] if _holds_ids(cells)), None)
    if told is Survey.QUALTRICS or (
        told is None and (ids is not None or set(names) >= SURELY_QUALTRICS)
    ):
        below = [row for row in after[:2] if ids is not None and row[0] <= ids]
        if ids is None and after and _holds_questions(names, after[0][1]):
            below = after[:1]
        width = len(names)
        texts = [*below[0][1], *[""] * width][:width] if below and below[0][0] != ids else []
        return Found(Survey.QUALTRICS, tuple(n for n, _ in below), tuple(map(_plain, texts)))
    if told is Survey.LIMESURVEY or (told is None and _is_limesurvey(names)):
        return Found(Survey.LIMESURVEY, (), tuple(_after_code(name) for name in head.names))
    if told is Survey.FORMS or (told is None and _is_forms(names)):
        return Found(Survey.FORMS, (), tuple(map(_plain, head.names)))
    return NO_SURVEY


def _holds_ids(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    ids = sum(cell.startswith("{") and "ImportId" in cell for cell in filled)
    return ids > len(filled) / 2


def _holds_questions(names: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the first row below the names holds words where a date belongs."""
    dates = [i for i, name in enumerate(names) if name in ("startdate", "enddate", "recordeddate")]
    words = [cells[i] for i in dates if i < len(cells) and cells[i]]
    return bool(words) and not any(sign.isdigit() for word in words for sign in word)


def _is_limesurvey(names: Sequence[str]) -> bool:
    before = {name.split(". ")[0] for name in names} | set(names)
    return sum(bool(before & set(LIMESURVEY[key])) for key in LIMESURVEY if key) >= 3


def _is_forms(names: Sequence[str]) -> bool:
    if len(names) < 3:
        return False
    microsoft = names[0] == "id" and names[1] in FORMS_START and names[2] in FORMS_END
    asked = any(len(name.split()) > 3 or "?" in name for name in names[1:])
    return microsoft or (names[0] in GOOGLE and asked)


def _plain(question: str) -> str:
    """The text of a question without mark-up."""
    breaks = re.sub(r"(?i)<(br|/?p|/?div|/?li)\b[^<>]{0,200}>", " ", question)
    return " ".join(re.sub(r"<[^<>]{0,200}>", "", breaks).split())


def _after_code(name: str) -> str:
    """The question in a heading ``Q1[SQ001]. The question``; the whole heading without a code."""
    found = re.fullmatch(r"[A-Za-z]\w{0,40}(?:\[[^\[\]]{0,80}\])?\. (.+)", name, re.DOTALL)
    return _plain(found[1] if found else name)


def own_columns(tool: Survey, names: Sequence[str]) -> set[str]:
    """The columns that the tool added, which are no questions."""
    if tool is Survey.QUALTRICS:
        known: frozenset[str] | set[str] = QUALTRICS
    elif tool is Survey.LIMESURVEY:
        known = {word for words in LIMESURVEY.values() for word in words}
    else:
        known = set(FORMS) | set(GOOGLE_OWN) if tool is Survey.FORMS else set()
    return {
        name
        for name in names
        if name.casefold() in known
        or (tool is Survey.LIMESURVEY and name.casefold().split(". ")[0] in known)
    }


def answers(
    cells: pd.DataFrame, found: Found
) -> tuple[pd.DataFrame, list[Text], Mapping[str, Column]]:
    """The rows of pupils; what is to be told; what the export says of its columns.

    cells: as they stand in the file. The codes that the tool uses for "missing" are declared where
    they occur, and still stand in the cells.
    """
    if found.tool is Survey.NONE:
        return cells, [], {}
    names = [str(name) for name in cells.columns]
    own = own_columns(found.tool, names)
    notes = [Text(f"export van {SHOWN[found.tool]}", f"export of {SHOWN[found.tool]}")]
    if found.below:
        n = len(found.below) + 1
        notes.append(Text(f"{n} kopregels", f"{n} header rows"))
    if found.tool is Survey.QUALTRICS:
        no_pupil = _previews(cells)
        if no_pupil.any():
            n = int(no_pupil.sum())
            cells = cells[~no_pupil]
            notes.append(
                Text(
                    f"rijen van een voorbeeld, test of spam weggelaten: {n}",
                    f"rows of a preview, test or spam left out: {n}",
                )
            )
    unfinished = _unfinished(cells, found.tool)
    if unfinished:
        notes.append(
            Text(
                f"rijen die niet zijn afgemaakt en wel meetellen: {unfinished}",
                f"rows that were not finished and are kept: {unfinished}",
            )
        )
    code = {Survey.QUALTRICS: SEEN, Survey.LIMESURVEY: NOT_SHOWN}.get(found.tool)
    texts = [*found.questions, *[""] * len(names)]
    columns = {}
    for i, name in enumerate(names):
        has_code = code is not None and name not in own and _words(cells[name]).eq(code.code).any()
        missing = (code,) if code is not None and has_code else ()
        if texts[i] or missing:
            meaning = same(texts[i]) if texts[i] else Text("", "")
            columns[name] = Column(meaning=meaning, missing=missing, source=SHOWN[found.tool])
    return cells, notes, columns


def _words(column: pd.Series) -> pd.Series:
    return column.map(as_cell).astype("str")


def _column(cells: pd.DataFrame, *names: str) -> pd.Series | None:
    for name in cells.columns:
        if str(name).casefold() in names or str(name).casefold().split(". ")[0] in names:
            return _words(cells[name]).str.casefold()
    return None


def _previews(cells: pd.DataFrame) -> pd.Series:
    """Which rows a researcher made when trying out a Qualtrics survey, or a robot."""
    out = pd.Series(False, index=cells.index)
    status = _column(cells, "status")
    if status is not None:
        bits = pd.to_numeric(status.where(status.str.fullmatch("[0-9]{1,2}")), errors="coerce")
        out |= status.isin(NO_PUPIL) | (bits.fillna(0).astype(int) & NO_PUPIL_BITS).astype(bool)
    channel = _column(cells, "distributionchannel")
    if channel is not None:
        out |= channel.isin(["preview", "test"])
    return out


def _unfinished(cells: pd.DataFrame, tool: Survey) -> int:
    if tool is Survey.QUALTRICS:
        finished = _column(cells, "finished")
        return 0 if finished is None else int(finished.isin(NO).sum())
    if tool is Survey.LIMESURVEY:
        sent = _column(cells, *LIMESURVEY["submitdate"])
        return 0 if sent is None else int(sent.isin(["", "n/a"]).sum())
    return 0
