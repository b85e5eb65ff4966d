"""An empty file for a workgroup to hand in its values: a row per indicator, and how to fill it."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING

from academic_workplace.agenda import Agendas, Indicator, Measured
from academic_workplace.errors import DataError, Fault, PlanError, dutch, not_known
from academic_workplace.language import Text
from academic_workplace.monitor.values import ENDINGS, FILLED, HEADINGS, period_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

WIDTHS = {
    "key": 30, "action": 34, "title": 34, "definition": 44, "period": 13, "numerator": 11,
    "denominator": 11, "source": 26, "date": 14, "note": 34,
}  # fmt: skip
ROWS = 200  # as many rows are checked while they are filled in
FACE, LINE = "Calibri", 15.5  # and the height of a line, in points
INK, GIVEN, EDGE, HEAD = "FF16202A", "FFEEF4F5", "FFD8DEE4", "FF0B5A6B"

SHEETS = (Text("Waarden", "Values"), Text("Uitleg", "Explanation"))
HOW = (
    Text("Zo vult u dit in", "How to fill this in"),
    Text("Elke rij is één indicator. De grijze kolommen zijn al ingevuld: laat die staan.",
         "Every row is one indicator. The grey columns are filled in: leave them."),
    Text("teller: hoeveel kinderen, ouders of professionals meetellen. Een heel getal, zonder punt"
         " of komma.",
         "numerator: how many children, parents or professionals count. A whole number, without a"
         " point or comma."),
    Text("noemer: van hoeveel. Laat deze leeg als er ‘geen noemer’ bij de indicator staat.",
         "denominator: of how many. Leave it empty where the indicator says ‘no denominator’."),
    Text("Zijn het er 1 tot 4, en geeft de bron geen getal? Schrijf dan <5.",
         "Are there 1 to 4, and does the source give no number? Then write <5."),
    Text("bron: waar het getal vandaan komt. datum: de dag van de telling, zoals 31-12-2025.",
         "source: where the number comes from. date: the day of the count, such as 31-12-2025."),
    Text("Weet u een getal nog niet? Laat de cellen leeg. Dan staat er ‘nog geen gegevens’.",
         "Do you not know a number yet? Leave the cells empty. Then it says ‘no data yet’."),
    Text("Ook een eerdere periode mag: kopieer de rij en verander de periode.",
         "An earlier period may be added: copy the row and change the period."),
    Text("Schrijf nooit namen van personen in dit bestand.",
         "Never write names of persons in this file."),
)  # fmt: skip
COLUMNS = (
    Text("Indicator", "Indicator"), Text("Teller", "Numerator"), Text("Noemer", "Denominator"),
    Text("Waar het vandaan komt", "Where it comes from"), Text("Wanneer", "When"),
)  # fmt: skip
NO_DENOMINATOR = Text("geen noemer", "no denominator")
WRONG_NUMBER = Text("Schrijf een heel getal, 0 of meer, of <5.",
                    "Write a whole number, 0 or more, or <5.")  # fmt: skip
WRONG_DATE = Text("Schrijf een datum, zoals 31-12-2025.", "Write a date, such as 31-12-2025.")


def template(
    agendas: Agendas, workgroup: str, period: str, path: str | Path, *, language: str = "nl"
) -> Path:
    """Write the file in which a workgroup hands in its values for a period, and give its path.

    workgroup: its key; the rows are the indicators that it owns. path: ends in .xlsx or .csv.
    Raises PlanError on a workgroup, period or ending that is not known, or without indicators, and
    DataError when the file stands there already or cannot be written.
    """
    dutch(language)
    path, found = Path(path), period_of(period)
    faults: list[Fault] = []
    keys = tuple(one.key for one in agendas.workgroups())
    owned = tuple(one for one in agendas.indicators if one.owner == workgroup)
    if workgroup not in keys:
        faults.append(not_known("workgroup", workgroup, keys))
    elif not owned:
        rule = Text("Deze werkgroep heeft geen indicatoren.", "This workgroup has no indicators.")
        remedy = Text("Zet ze in de agenda, met deze werkgroep als owner.",
                      "Put them in the agenda, with this workgroup as owner.")  # fmt: skip
        faults.append(Fault(rule, remedy, column="workgroup"))
    if found is None:
        rule = Text(f"‘{period}’ is geen periode.", f"‘{period}’ is no period.")
        remedy = Text(
            "Schrijf een schooljaar als 2023-2024, of 2024-1 voor een deel van 2024.",
            "Write a school year as 2023-2024, or 2024-1 for a part of 2024.",
        )
        faults.append(Fault(rule, remedy, column="period"))
    if path.suffix.lower() not in ENDINGS:
        faults.append(not_known("path", path.suffix, ENDINGS))
    if found is None or faults:
        raise PlanError(faults)
    rows = [_row(agendas, one, found, language) for one in owned]
    csv_file = path.suffix.lower() == ".csv"
    content = _csv(rows, language) if csv_file else _xlsx(owned, rows, language)
    _write(path, content)
    return path


def _row(agendas: Agendas, one: Indicator, period: str, language: str) -> dict[str, str]:
    action = agendas.action(one.action)
    return {
        "key": one.key,
        "action": one.action if action is None else action.title[language],
        "title": one.title[language],
        "definition": one.definition[language],
        "period": period,
    }


def _write(path: Path, content: bytes) -> None:
    """A file that somebody may have filled in is never written over."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        rule = Text("Dit bestand staat er al.", "This file stands there already.")
        remedy = Text(
            "Kies een andere naam, of haal het weg.", "Choose another name, or remove it."
        )
        raise DataError([Fault(rule, remedy, file=path.name)]) from None
    except OSError:
        rule = Text("Dit bestand kan niet geschreven worden.", "This file cannot be written.")
        remedy = Text("Kies een andere map.", "Choose another folder.")
        raise DataError([Fault(rule, remedy, file=path.name)]) from None


def _csv(rows: list[dict[str, str]], language: str) -> bytes:
    """As Dutch Excel reads it: semicolons, and a mark that it is UTF-8."""
    out = io.StringIO(newline="")
    written = csv.writer(out, delimiter=";", lineterminator="\r\n")
    written.writerow([heading[language] for heading in HEADINGS.values()])
    written.writerows([[row.get(name, "") for name in HEADINGS] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _xlsx(owned: tuple[Indicator, ...], rows: list[dict[str, str]], language: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    _values_sheet(book, rows, owned, language)
    _explanation(book, owned, language)
    book.properties.title = rows[0]["period"]
    book.properties.language = language
    book.properties.creator = ""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _values_sheet(
    book: Workbook, rows: list[dict[str, str]], owned: tuple[Indicator, ...], language: str
) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    sheet = book.worksheets[0]
    sheet.title = SHEETS[0][language]
    sheet.append([heading[language] for heading in HEADINGS.values()])
    line = Side(style="thin", color=EDGE)
    edge = Border(left=line, right=line, top=line, bottom=line)
    for row in rows:
        sheet.append([row.get(name) for name in HEADINGS])
    for i, name in enumerate(HEADINGS, 1):
        sheet.column_dimensions[get_column_letter(i)].width = WIDTHS[name]
        head = sheet.cell(1, i)
        head.font = Font(name=FACE, bold=True, color="FFFFFFFF")
        head.fill = PatternFill("solid", fgColor=HEAD)
        head.alignment = Alignment(vertical="center", wrap_text=True)
        for row_at, one in enumerate(owned, 2):
            cell = sheet.cell(row_at, i)
            given = name not in FILLED
            closed = name == "denominator" and one.measured is Measured.COUNT
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.border = edge
            cell.font = Font(name=FACE, color=INK)
            if given or closed:
                cell.fill = PatternFill("solid", fgColor=GIVEN)
        if name == "period":
            for row_at in range(2, ROWS):  # 2024-1 would become a date
                sheet.cell(row_at, i).number_format = "@"
        if name == "date":
            for row_at in range(2, ROWS):
                sheet.cell(row_at, i).number_format = "dd-mm-yyyy"
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 24
    for row_at, row in enumerate(rows, 2):
        sheet.row_dimensions[row_at].height = _height([(row.get(n, ""), WIDTHS[n]) for n in WIDTHS])
    _checks(sheet, language)
    _set_page(sheet)
    sheet.print_title_rows = "1:1"


def _height(cells: list[tuple[str, int]]) -> float:
    """Points for the highest cell of a row: its text and how many letters a line of it holds."""
    return LINE * max(math.ceil(1.1 * len(text) / wide) or 1 for text, wide in cells)


def _set_page(sheet: Worksheet) -> None:
    """As wide as a sheet of paper on its side."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _checks(sheet: Worksheet, language: str) -> None:
    """What Excel says at once when a cell cannot be right."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    names = list(HEADINGS)
    for name in ("numerator", "denominator"):
        at = get_column_letter(names.index(name) + 1)
        count = f'OR({at}2="<5",AND(ISNUMBER({at}2),{at}2>=0,INT({at}2)={at}2))'
        check = DataValidation("custom", formula1=count, allow_blank=True, showErrorMessage=True)
        check.errorTitle, check.error = HEADINGS[name][language], WRONG_NUMBER[language]
        check.add(f"{at}2:{at}{ROWS}")
        sheet.add_data_validation(check)
    at = get_column_letter(names.index("date") + 1)
    check = DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True,
                           showErrorMessage=True)  # fmt: skip
    check.errorTitle, check.error = HEADINGS["date"][language], WRONG_DATE[language]
    check.add(f"{at}2:{at}{ROWS}")
    sheet.add_data_validation(check)


def _explanation(book: Workbook, owned: tuple[Indicator, ...], language: str) -> None:
    """How to fill it in, in both languages, and what is counted for every indicator."""
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(SHEETS[1][language])
    widths = (44, 44, 44, 36, 30)
    for i, width in enumerate(widths):
        sheet.column_dimensions["ABCDE"[i]].width = width
    other = "en" if language == "nl" else "nl"
    for code in (language, other):
        for i, line in enumerate(HOW):
            sheet.append([line[code]])
            cell = sheet.cell(sheet.max_row, 1)
            cell.font = Font(name=FACE, bold=i == 0, size=13 if i == 0 else 11, color=INK)
        sheet.append([None])
    sheet.append([column[language] for column in COLUMNS])
    for i in range(1, len(COLUMNS) + 1):
        sheet.cell(sheet.max_row, i).font = Font(name=FACE, bold=True, color=INK)
    for one in owned:
        below = one.denominator if one.measured is Measured.SHARE else NO_DENOMINATOR
        told = (one.title, one.numerator, below, one.origin, one.wave)
        sheet.append([text[language] for text in told])
        for i in range(1, len(COLUMNS) + 1):
            cell = sheet.cell(sheet.max_row, i)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.font = Font(name=FACE, color=INK)
        texts = [text[language] for text in told]
        sheet.row_dimensions[sheet.max_row].height = _height([*zip(texts, widths, strict=True)])
    _set_page(sheet)
