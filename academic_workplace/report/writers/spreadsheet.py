"""Write the tables of a report as an Excel file: a sheet each, numbers that can be worked with.

The numbers are those that the report shows, no finer: what was rounded or withheld stays so.
"""

from __future__ import annotations

import datetime
import html
import io
import math
import re
from typing import TYPE_CHECKING

from academic_workplace.report.document import Report, Table, numbered, walk
from academic_workplace.report.house import house
from academic_workplace.report.logo import as_png
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.package import packed, unpacked

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

SAY = phrases("writers")

NARROWEST, WIDEST = 8, 44  # characters
LINE = 15  # points
LOGO_HIGH, LOGO_WIDE = 36, 150  # points at most
PIXEL = 0.75  # points
MOST_DIGITS = 15  # that a number of Excel holds
MARKS = {"nl": (".", ","), "en": (",", ".")}  # of thousands, and before decimals
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what no sheet may hold


def spreadsheet(report: Report) -> bytes:
    """Give the tables as the bytes of an xlsx file; the same report gives the same bytes.

    The first sheet lists the others. A report without tables has that sheet only.
    """
    from openpyxl import Workbook

    book = Workbook()
    blocks = report.blocks + numbered(report.appendix, report.labels)
    tables = [block for block in walk(blocks) if isinstance(block, Table)]
    names = [SAY["sheet.name"][report.language].format(number=n) for n in range(1, len(tables) + 1)]
    _list(book.worksheets[0], report, tables, names)
    for number, (table, name) in enumerate(zip(tables, names, strict=True), 1):
        _sheet(book.create_sheet(name), report, table, number)
    _set_properties(book, report)
    saved = io.BytesIO()
    book.save(saved)
    return packed(_described(_dated(unpacked(saved.getvalue()), report.date), report))


def as_number(text: str, language: str) -> tuple[float, str] | None:
    """A number and how Excel is to show it, of a text that is a plain number; None of any other.

    >>> as_number("−1.234,50", "nl")
    (-1234.5, '#,##0.00')
    >>> as_number("12 %", "nl")
    (0.12, '0%')
    >>> as_number("0,10 tot 0,24", "nl") is as_number("< 10", "nl") is None
    True
    """
    point, comma = map(re.escape, MARKS[language])
    whole = rf"(?P<whole>\d{{1,3}}(?:{point}\d{{3}})+|\d+)"
    found = re.fullmatch(
        rf"(?P<minus>[−-]?){whole}(?:{comma}(?P<part>\d+))?(?P<share>[ \u00a0]?%)?", text
    )
    if found is None:
        return None
    whole, part = re.sub(point, "", found["whole"]), found["part"] or ""
    if len(whole + part) > MOST_DIGITS:
        return None
    grouped = whole != found["whole"]
    shape = ("#,##0" if grouped else "0") + (f".{'0' * len(part)}" if part else "")
    number = float(f"{'-' if found['minus'] else ''}{whole}.{part or '0'}")
    return (number / 100, f"{shape}%") if found["share"] else (number, shape)


def _list(sheet: Worksheet, report: Report, tables: list[Table], names: list[str]) -> None:
    """The first sheet: whose report it is, and what the other sheets hold."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    sheet.title = SAY["sheet.list"][report.language]
    _add_logo(sheet)
    for text, size in ((report.brand, 10), (report.title, 14), (report.subtitle, 11)):
        if text:
            _dress(_append(sheet, text), size=size, bold=size == 14)
    _mark(sheet, report)
    if tables:
        sheet.append([])
        top = sheet.max_row + 1 if sheet.max_row else 1
        for column, key in enumerate(("sheet", "caption"), 1):
            _head(_put(sheet, top + 1, column, SAY[f"sheet.{key}"][report.language]), False)
        for row, (table, name) in enumerate(zip(tables, names, strict=True), top + 2):
            link = _put(sheet, row, 1, name)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{name}'!A1")
            _dress(link, colour=house().accent, underline=True)
            untitled = SAY["sheet.untitled"][report.language]
            _put(sheet, row, 2, table.caption or untitled)
    sheet.append([])
    _dress(_append(sheet, report.footer), colour=house().soft)
    sheet.column_dimensions["A"].width = 16
    sheet.column_dimensions["B"].width = 80
    _set_page(sheet, report, wide=False)


def _add_logo(sheet: Worksheet) -> None:
    """The logo in a row of its own above everything else."""
    from openpyxl.drawing.image import Image

    logo = house().logo
    if logo is None:
        return
    drawn = Image(io.BytesIO(as_png(logo)))
    high = min(LOGO_HIGH, LOGO_WIDE / logo.ratio)
    drawn.height, drawn.width = round(high / PIXEL), round(high * logo.ratio / PIXEL)
    sheet.add_image(drawn, "A1")
    sheet.append([None])
    sheet.row_dimensions[1].height = high + 6  # some air below it


def _described(parts: dict[str, bytes], report: Report) -> dict[str, bytes]:
    """The parts with the words of the logo, for openpyxl calls every picture ‘Picture’."""
    drawing, logo = "xl/drawings/drawing1.xml", house().logo
    if logo is None:
        return parts
    words = html.escape(logo.alt[report.language])
    told = parts[drawing].replace(b'descr="Picture"', f'descr="{words}"'.encode())
    return parts | {drawing: told}


def _sheet(sheet: Worksheet, report: Report, table: Table, number: int) -> None:
    from openpyxl.utils import get_column_letter

    _dress(_append(sheet, table.caption or SAY["sheet.untitled"][report.language]), 13, bold=True)
    _mark(sheet, report)
    top = sheet.max_row + 2
    for column, (text, right) in enumerate(zip(table.header, table.numeric, strict=True), 1):
        _head(_put(sheet, top, column, text), right)
    for row, texts in enumerate(table.rows, top + 1):
        for column, (text, right) in enumerate(zip(texts, table.numeric, strict=True), 1):
            cell = _put(sheet, row, column, text)
            found = as_number(text, report.language) if right else None
            if found is not None:
                cell.value, cell.number_format = found
            _align(cell, right)
    last = top + len(table.rows)
    columns = list(zip(table.header, *table.rows, strict=True))
    widths = [min(max(max(map(len, texts)) + 3, NARROWEST), WIDEST) for texts in columns]
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    _note(sheet, table.note, last + 2, len(widths), sum(widths))
    sheet.freeze_panes = f"B{top + 1}"
    sheet.print_title_rows = f"{top}:{top}"
    end = f"{get_column_letter(len(columns))}{last}"
    _name_header(sheet, table, number, f"A{top}:{end}")
    _set_page(sheet, report, table.wide)


def _name_header(sheet: Worksheet, table: Table, number: int, place: str) -> None:
    """Tell Excel, and who listens to it, which row holds the headings.

    A table of Excel needs a heading of its own above every column; otherwise only printing and
    scrolling know the row.
    """
    from openpyxl.worksheet.table import Table as Named

    shown = [UNSEEN.sub("", text) for text in table.header]
    if not table.rows or not all(shown) or len({t.casefold() for t in shown}) < len(shown):
        return
    named = Named(displayName=f"T{number}", ref=place)
    named._initialise_columns()
    for column, text in zip(named.tableColumns, shown, strict=True):
        column.name = text
    named.autoFilter = None  # no buttons over the headings
    sheet.add_table(named)


def _note(sheet: Worksheet, text: str, row: int, columns: int, width: int) -> None:
    """The words below a table, no wider than the table. width: of it, in characters."""
    from openpyxl.styles import Alignment

    if not text:
        return
    cell = _put(sheet, row, 1, text)
    _dress(cell, colour=house().soft)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=columns)
    lines = math.ceil(1.15 * len(text) / width)  # the last word of a line goes to the next
    sheet.row_dimensions[row].height = LINE * lines


def _mark(sheet: Worksheet, report: Report) -> None:
    """Say on every sheet what kind of numbers these are."""
    from openpyxl.styles import PatternFill

    if not report.mark:
        return
    cell = _append(sheet, report.mark)
    _dress(cell, bold=True, colour=house().mark_text)
    cell.fill = PatternFill("solid", fgColor=house().mark_ground[1:])


def _append(sheet: Worksheet, text: str) -> Cell:
    sheet.append([None])
    return _put(sheet, sheet._current_row, 1, text)


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write a text as a text, also one that looks like a formula."""
    cell: Cell = sheet.cell(row, column)
    cell.value = UNSEEN.sub("", text)
    if text:
        cell.data_type = "s"
    return cell


def _dress(
    cell: Cell, size: int = 11, bold: bool = False, colour: str = "", underline: bool = False
) -> None:
    from openpyxl.styles import Font

    shown = (colour or house().ink)[1:]
    line = "single" if underline else None
    cell.font = Font("Calibri", size, bold=bold, color=shown, underline=line)


def _head(cell: Cell, right: bool) -> None:
    from openpyxl.styles import Alignment, Border, Side

    _dress(cell, bold=True, colour=house().accent)
    colour = house().accent[1:]
    cell.border = Border(top=Side("medium", colour), bottom=Side("thin", colour))
    cell.alignment = Alignment("right" if right else "left", "bottom", wrap_text=True)


def _align(cell: Cell, right: bool) -> None:
    from openpyxl.styles import Alignment, Border, Side

    cell.alignment = Alignment("right" if right else "left", "top", wrap_text=not right)
    cell.border = Border(bottom=Side("thin", house().line[1:]))


def _set_page(sheet: Worksheet, report: Report, wide: bool) -> None:
    """How a sheet is printed: on A4, as wide as the paper, with name and mark above."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if wide else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddHeader.left.text = report.brand.replace("&", "&&")
    sheet.oddHeader.right.text = report.mark.replace("&", "&&")
    sheet.oddFooter.left.text = report.footer.replace("&", "&&")
    sheet.oddFooter.right.text = "&P / &N"


def _set_properties(book: Workbook, report: Report) -> None:
    book.properties.title, book.properties.creator = report.title, report.brand
    book.properties.language = report.language
    book.properties.lastModifiedBy = report.brand


def _dated(parts: dict[str, bytes], date: datetime.date) -> dict[str, bytes]:
    """The parts of a file with the date of the report, in place of the moment it was written."""
    core = "docProps/core.xml"
    moment = rb"\g<1>" + f"{date.isoformat()}T00:00:00Z".encode()
    stamped = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", moment, parts[core])
    return parts | {core: stamped}
