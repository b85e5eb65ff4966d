"""Where the table stands among the rows of a sheet or a file of text.

Above it there may be titles, below it sources and totals, its header may take two rows and return
further down. What is left out is always told, and may be told otherwise beforehand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from academic_workplace.intake.files.numbers import ABSENT, COMMA, DUTCH, POINT
from academic_workplace.language import Text

LOOKED_AT = 100  # filled rows in which the header must stand
YEARS = range(1900, 2101)
# The first word below a table that is no pupil, and what a line beside it may be called.
TOTALS = frozenset({
    "totaal", "total", "totalen", "totals", "eindtotaal", "subtotaal", "subtotal", "som", "sum",
    "gemiddelde", "gemiddeld", "mean", "average", "mediaan", "median", "sd", "standaarddeviatie",
})  # fmt: skip
TOTALS_AND_MORE = ("totaal ", "total ", "eindtotaal ", "gemiddelde ")
MARKS = ("bron:", "bron ", "bronnen:", "source:", "sources:", "noot:", "noten:", "note:", "notes:",
         "toelichting", "peildatum", "let op", "n.b.", "nb:", "legenda", "opmerking:", "*", "©",
         "(c)", "†", "¹", "http")  # fmt: skip

Row = tuple[int, Sequence[object]]  # its number as in a spreadsheet, and its cells


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells made one: first and last row, first and last column, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a table: the numbers of its rows, its names, and the filled rows above it.

    names: as they stand there, '' where there is none. told: given by the user, not found.
    """

    rows: tuple[int, ...]
    names: tuple[str, ...]
    above: tuple[int, ...] = ()
    told: bool = False

    @property
    def notes(self) -> list[Text]:
        """What was found, unless the header is simply the first row."""
        out = []
        if len(self.rows) > 1:
            shown = f"{self.rows[0]}–{self.rows[-1]}"
            out.append(Text(f"kopregels op rij {shown}", f"header on rows {shown}"))
        elif self.rows and self.rows != (1,):
            row = self.rows[0]
            out.append(Text(f"kopregel op rij {row}", f"header on row {row}"))
        elif not self.rows:
            out.append(Text("geen kopregel", "no header"))
        if self.above:
            n = len(self.above)
            nl = "1 regel erboven" if n == 1 else f"{n} regels erboven"
            en = "1 line above it" if n == 1 else f"{n} lines above it"
            out.append(Text(f"{nl} weggelaten", f"{en} left out"))
        return out


def as_cell(cell: object) -> str:
    """A cell as text that reads back as the same number."""
    if type(cell) is str:  # most often
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None or cell != cell else str(cell).strip()


def is_words(cell: object) -> bool:
    """Whether a filled cell is text, and not a number written as text."""
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    return bool(text) and text not in ABSENT and not re.fullmatch(f"({POINT})|({DUTCH})", text)


def is_number(cell: object) -> bool:
    """Whether a cell is a number, or text that is one."""
    if isinstance(cell, str):
        return bool(re.fullmatch(f"({POINT})|({COMMA})|({DUTCH})", cell.strip()))
    return isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell == cell


def _can_name(cell: object) -> bool:
    """Whether a filled cell can stand in a header: words, or a year."""
    text = as_cell(cell)
    return is_words(cell) or (text.isdecimal() and len(text) == 4 and int(text) in YEARS)


def _places(cells: Sequence[object]) -> list[int]:
    """Which cells are filled, counted from 0."""
    return [i for i, cell in enumerate(cells) if as_cell(cell)]


# ---------------------------------------------------------------- the header


def find_head(rows: Sequence[Row], merged: Sequence[Merged] = ()) -> Head:
    """The header among the first filled rows (at least one) of a sheet or file.

    Lines above are those with no more than one cell, or half of what the widest row has. A header
    of two rows has groups over names: merged cells, or names that repeat without the groups.
    """
    rows = rows[:LOOKED_AT]
    filled = [_places(cells) for _, cells in rows]
    width = max(map(len, filled))
    narrow = max(1, width // 2)
    top = next(i for i, places in enumerate(filled) if len(places) > narrow or width == 1)
    if top + 1 < len(rows) and _is_group(rows[top], rows[top + 1], rows[top + 2 :], merged):
        return _two(rows, top, merged)
    if top and _is_group(rows[top - 1], rows[top], rows[top + 1 :], merged):
        return _two(rows, top - 1, merged)
    named = all(_can_name(rows[top][1][i]) for i in filled[top])
    if not named:
        top = 0
    number, cells = rows[top]
    return Head((number,), _written(cells), tuple(n for n, _ in rows[:top]))


def head_as_told(
    rows: Sequence[Row], told: Sequence[int], merged: Sequence[Merged] = ()
) -> Head | None:
    """The header that stands on these rows; no rows: a table without a header. None: not there."""
    if not told:
        width = max(max(_places(cells), default=0) + 1 for _, cells in rows)
        return Head((), ("",) * width, told=True)
    lines = dict(rows)
    if any(number not in lines for number in told):
        return None
    above = tuple(number for number, _ in rows if number < min(told))
    names = list(_written(lines[told[-1]]))
    for number in reversed(told[:-1]):
        groups = _spread(number, lines[number], len(names), merged)
        names = _joined(groups, names)
    return Head(tuple(told), tuple(names), above, told=True)


def _written(cells: Sequence[object]) -> tuple[str, ...]:
    """Names as they stand in a header; a line break within one is a space."""
    return tuple(re.sub(r"\s*[\r\n]+\s*", " ", as_cell(cell)) for cell in cells)


def _two(rows: Sequence[Row], top: int, merged: Sequence[Merged]) -> Head:
    (upper, groups), (lower, cells) = rows[top : top + 2]
    width = max(len(groups), len(cells))
    names = [*_written(cells), *[""] * (width - len(cells))]
    names = _joined(_spread(upper, groups, width, merged), names)
    return Head((upper, lower), tuple(names), tuple(n for n, _ in rows[:top]))


def _spread(
    number: int, cells: Sequence[object], width: int, merged: Sequence[Merged]
) -> list[str]:
    """The groups of a header, each over its own columns: as far as it was merged, or to the next.

    Where cells were merged, only those reach further than their own column.
    """
    out = [*_written(cells), *[""] * (width - len(cells))][:width]
    here = [m for m in merged if m.top <= number <= m.bottom and m.right > m.left]
    for m in here:
        out[m.left - 1 : m.right] = [out[m.left - 1]] * len(out[m.left - 1 : m.right])
    if not here:
        for i in range(1, width):
            out[i] = out[i] or out[i - 1]
    return out


def _joined(groups: Sequence[str], names: Sequence[str]) -> list[str]:
    return [
        f"{group} {name}".strip() if group != name else name
        for group, name in zip(groups, names, strict=True)
    ]


def _is_group(upper: Row, lower: Row, below: Sequence[Row], merged: Sequence[Merged]) -> bool:
    """Whether the upper row names groups of columns, and the lower row the columns."""
    number, groups = upper
    places, named = _places(groups), _places(lower[1])
    if not places or not named or lower[0] != number + 1:
        return False
    if not all(_can_name(lower[1][i]) for i in named):
        return False
    if not all(_can_name(groups[i]) for i in places):
        return False
    wide = [m for m in merged if m.top <= number <= m.bottom and m.right > m.left]
    if wide:
        title = len(places) == 1 and wide[0].left <= min(named[0], places[0]) + 1
        over = any(sum(m.left <= i + 1 <= m.right for i in named) > 1 for m in wide)
        return over and not title
    width = max(len(groups), len(lower[1]))
    names = [*_written(lower[1]), *[""] * (width - len(lower[1]))]
    known = [name for name in names if name]
    joined = [name for name in _joined(_spread(number, groups, width, ()), names) if name]
    repeats = len(set(known)) < len(known) and len(set(joined)) == len(joined)
    gaps = [i for i in range(width) if i >= len(groups) or not as_cell(groups[i])]
    if repeats and gaps and len(places) <= max(1, len(known) // 2):
        return True
    # Names only where groups have gaps, above numbers: a first row of pupils is never like that.
    fits = all(i in named for i in gaps if i > places[0]) and len(gaps) > 0
    bare = any(i not in named for i in places)
    over_numbers = any(
        len(cells) > 1 and all(map(is_number, cells))
        for i in named
        if (cells := [c[i] for _, c in below[:LOOKED_AT] if i < len(c) and as_cell(c[i])])
    )
    return fits and bare and over_numbers and len(set(joined)) == len(joined)


def columns_of(names: Sequence[str]) -> tuple[str, ...]:
    """Names of columns; one without a name gets its number."""
    return tuple(name or f"#{i}" for i, name in enumerate(names, 1))


def repeated_in(names: Iterable[str]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, often in Counter(names).items() if often > 1]


# ---------------------------------------------------------------- what is no pupil


@dataclass(slots=True)
class LeftOut:
    """The rows that were left out, by their numbers; filled while the rows go by.

    between: totals between the pupils, which may be a category; they are not left out.
    """

    footers: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    headers: list[int] = field(default_factory=list)
    titles: list[int] = field(default_factory=list)
    between: list[int] = field(default_factory=list)

    @property
    def notes(self) -> list[Text]:
        """What was left out, and where it stood."""
        kinds = (
            (self.headers, ("herhaalde kopregel", "herhaalde kopregels"),
             ("repeated header", "repeated headers")),
            (self.titles, ("titel boven een herhaalde kopregel",
             "titels boven een herhaalde kopregel"),
             ("title above a repeated header", "titles above a repeated header")),
            (self.totals, ("regel met totalen", "regels met totalen"),
             ("line of totals", "lines of totals")),
            (self.footers, ("voetregel", "voetregels"), ("footer row", "footer rows")),
        )  # fmt: skip
        out = [
            Text(
                f"{len(rows)} {nl[len(rows) > 1]} weggelaten (rij {shown_rows(sorted(rows)).nl})",
                f"{len(rows)} {en[len(rows) > 1]} left out (row {shown_rows(sorted(rows)).en})",
            )
            for rows, nl, en in kinds
            if rows
        ]
        if self.between:
            n, where = len(self.between), shown_rows(self.between)
            nl = "1 regel met totalen tussen de leerlingen telt mee"
            en = "1 line of totals between the pupils is read as well"
            if n > 1:
                nl = f"{n} regels met totalen tussen de leerlingen tellen mee"
                en = f"{n} lines of totals between the pupils are read as well"
            out.append(Text(f"{nl} (rij {where.nl})", f"{en} (row {where.en})"))
        return out


def shown_rows(rows: Sequence[int]) -> Text:
    """The first ten numbers, and whether there are more."""
    shown = ", ".join(map(str, rows[:10]))
    return Text(f"{shown} en meer", f"{shown} and more") if len(rows) > 10 else Text(shown, shown)


def pupils_only(
    rows: Iterable[Row],
    header: Sequence[Sequence[object]],
    width: int,
    left_out: LeftOut,
    footer: int | None = None,
) -> Iterator[Row]:
    """The filled rows without headers that return, and without totals and notes below the table.

    header: the cells of its rows. footer: how many filled rows at the end to leave out; None: as
    many as are clearly no data.
    """
    held: list[Row] = []
    heads = [[as_cell(cell).casefold() for cell in c] for c in header] if width > 1 else []
    first = [cells[0] for cells in heads]
    words: Counter[str] = Counter()  # of totals, so as not to take a category for one
    last = 0
    for row in rows:
        number, cells = row
        if first and as_cell(cells[0]).casefold() in first and _is_header(cells, heads):
            left_out.headers.append(number)
            if footer is None:  # what was held may be the title of what follows
                while held and _may_be_title(held[-1][1]):
                    left_out.titles.append(held.pop()[0])
            continue
        if footer is not None:
            held.append(row)
            if len(held) > footer:
                yield held.pop(0)
            continue
        if width > 1 and _may_be_footer(cells, width):
            held.append(row)
            continue
        for each in held:
            total = _total(each[1])
            words[total] += 1
            if total and not all(as_cell(cell) for cell in [*each[1], *[None] * width][:width]):
                left_out.between.append(each[0])
            yield each
        held.clear()
        last = number
        yield row
    if footer is not None:
        left_out.footers += [number for number, _ in held]
        return
    kept = _footers_from(held, width, last, words)
    yield from held[:kept]
    for number, cells in held[kept:]:
        (left_out.totals if _total(cells) else left_out.footers).append(number)


def _is_header(cells: Sequence[object], heads: Sequence[Sequence[str]]) -> bool:
    found = [as_cell(cell).casefold() for cell in cells]
    while found and not found[-1]:
        found.pop()
    return any(found == list(head[: len(found)]) and not any(head[len(found) :]) for head in heads)


def _may_be_title(cells: Sequence[object]) -> bool:
    """Whether a row is one line of words, and not a lone code."""
    filled = [text for cell in cells if (text := as_cell(cell))]
    return len(filled) == 1 and (" " in filled[0] or ":" in filled[0])


def _total(cells: Sequence[object]) -> str:
    """The word that says that a row holds totals; '' when none does."""
    text = next((text for cell in cells if (text := as_cell(cell))), "").casefold().rstrip(":")
    return text if text in TOTALS or text.startswith(TOTALS_AND_MORE) else ""


def _may_be_footer(cells: Sequence[object], width: int) -> bool:
    """Whether a row has few cells, or begins as totals do; looks no further than it must."""
    if not as_cell(cells[0]):
        return bool(_total(cells))
    if len(cells) > 1 and as_cell(cells[1]) and width < 4:
        return bool(_total(cells[:1]))
    filled = 0
    for cell in cells:
        filled += bool(as_cell(cell))
        if filled > max(1, width // 2):
            return bool(_total(cells[:1]))
    if filled == 1:
        return is_words(cells[0])
    return bool(_total(cells[:1])) or _is_marked(cells)


def _is_marked(cells: Sequence[object]) -> bool:
    text = as_cell(cells[0]).casefold()
    return text.startswith(MARKS) and (len(text) > 6 or text.endswith(":"))


def _footers_from(held: Sequence[Row], width: int, last: int, words: Counter[str]) -> int:
    """From which of the last rows on there is surely no pupil."""
    for i, (number, cells) in enumerate(held):
        before = held[i - 1][0] if i else last
        total = _total(cells)
        if total and not words[total]:
            return i
        if _is_marked(cells):
            return i
        text = as_cell(cells[0])
        apart = number > before + 1 or len(cells) < min(width, 2)
        if not total and " " in text and (apart or len(text.split()) > 3):
            return i
    return len(held)
