"""One report, three writers: what must hold for the HTML page, the PDF and the Word file."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise

import docx
import lxml.html
import page as page_validation
import pypdf
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from academic_workplace.report import pdf as pdf_writer
from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    KeyMessage,
    Labels,
    Notice,
    Paragraph,
    Picture,
    Report,
    Table,
    numbered,
    sheets,
    walk,
)
from academic_workplace.report.html import html
from academic_workplace.report.pdf import pdf
from academic_workplace.report.word import word

TRICKY = "Kost #1 * 2 $x$ <a> & @b _c_ `d` {{ e }} meer?"
MARK = "Voorbeeld met verzonnen gegevens"
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhf"
    "DwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SVG = """<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     width="200pt" height="60pt" viewBox="0 0 200 60">
 <metadata>gemaakt door</metadata>
 <defs><style type="text/css">*{stroke-linejoin: round}</style>
  <path id="dot" d="M 10 10 h 9 v 9 z"/>
  <clipPath id="frame"><rect width="90" height="50"/></clipPath>
 </defs>
 <g clip-path="url(#frame)"><use xlink:href="#dot" x="20" style="fill: #0b5a6b"/></g>
</svg>"""


NARROW = SVG.replace("200pt", "100pt").replace("0 0 200", "0 0 100")
TWIP = 635  # Word's own unit, in which it stores widths


def a_picture(caption: str) -> Picture:
    return Picture(SVG, NARROW, PNG, f"Beeld bij {caption} & <b>", caption, 0.8)


def a_table(caption: str, columns: int, rows: int) -> Table:
    header = tuple(f"Kop {n}" for n in range(columns))
    body = tuple((f"Rij {r}", *(f"{r},{c}" for c in range(1, columns))) for r in range(rows))
    numeric = (False,) + (True,) * (columns - 1)
    return Table(caption, header, body, numeric, f"Noot bij {caption}")


@cache
def a_report() -> Report:
    """A Dutch report with every kind of block and everything that trips a writer."""
    return Report(
        language="nl",
        brand="Academische werkplaats · Leiden & omstreken",
        mark=MARK,
        title=TRICKY,
        subtitle="Voor de werkgroep Eén · 29 februari 2024",
        date=datetime.date(2024, 2, 29),
        description="Wat we zien na één jaar.",
        page=(
            KeyMessage("Leerlingen mét de lessen weten iets méér.", "Verschil −0,21 * klein."),
            a_picture("Het verschil per uitkomst"),
            Columns(
                (Heading("Wat betekent dat?", 2), Paragraph("Zóveel = [veel] \\ </script>")),
                (Heading("Wie deden mee?", 2), a_table("Drie scholen", 3, 3)),
            ),
            Notice("Niet getoond: groepen < 10 leerlingen."),
            Heading("Bespreek samen", 2),
            Items(("Herkennen we dit?", "#Hoe nu verder?"), ordered=True),
        ),
        appendix_title="Technische bijlage",
        appendix=(
            Heading("Opzet", 2),
            Heading("Loting", 3),
            Items(("- blokken", "+ scholen")),
            Items(("eerst", "daarna"), ordered=True),
            Heading("Schattingen", 2),
            a_table("Alle schattingen", 12, 40),
            Heading("Beelden", 2),
            a_picture("Nog een keer"),
        ),
        footer="Kleine groepen tonen we niet. Rapport 7f3a",
        labels=Labels("pagina {page} van {pages}", "Toon de getallen", "Tabel", "Figuur"),
    )


# --- what a reader sees --------------------------------------------------------------------------


def texts(report: Report) -> Iterator[str]:
    """Every text in a report that must be readable in each of its files."""
    yield from (report.brand, report.mark, report.title, report.subtitle, report.footer)
    yield report.appendix_title
    for block in walk(report.page + numbered(report.appendix, report.labels)):
        yield from words_of(block)


def words_of(block: Block) -> tuple[str, ...]:
    match block:
        case KeyMessage():
            return block.text, block.small
        case Picture():
            return (block.caption,)
        case Table():
            return block.caption, *block.header, *(t for row in block.rows for t in row), block.note
        case Items():
            return block.items
        case Columns():
            return ()
        case Heading() | Paragraph() | Notice():
            return (block.text,)


def read_html(report: Report) -> str:
    body = lxml.html.document_fromstring(html(report)).body
    return "".join(text for text in body.itertext())


def read_pdf(report: Report) -> str:
    return "".join(pdf_pages(pdf(report)))


def read_word(report: Report) -> str:
    with zipfile.ZipFile(io.BytesIO(word(report))) as parts:
        names = [n for n in parts.namelist() if re.match(r"word/(document|header|footer)", n)]
        trees = [lxml.etree.fromstring(parts.read(name)) for name in names]
    return "".join(text for tree in trees for text in tree.itertext())


def squeezed(text: str) -> str:
    """Without white space, for a line may end anywhere."""
    return "".join(text.split())


def pdf_pages(data: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


# --- all three -----------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [read_html, read_pdf, read_word])
def test_every_text_comes_out_literally(read: Callable[[Report], str]) -> None:
    seen = squeezed(read(a_report()))
    assert [text for text in texts(a_report()) if squeezed(text) not in seen] == []


@pytest.mark.parametrize("write", [html, pdf, word])
def test_a_second_run_gives_the_same_bytes(
    write: Callable[[Report], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(a_report())
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert write(a_report()) == first


@pytest.mark.parametrize("read", [read_html, read_pdf, read_word])
def test_a_report_on_real_data_without_appendix_has_neither_mark_nor_appendix(
    read: Callable[[Report], str],
) -> None:
    seen = read(replace(a_report(), mark="", appendix=()))
    assert squeezed(TRICKY) in squeezed(seen)
    assert squeezed(MARK) not in squeezed(seen)
    assert squeezed("Technische bijlage") not in squeezed(seen)


@pytest.mark.parametrize("read", [read_html, read_pdf, read_word])
def test_the_writers_hold_no_words_of_their_own(read: Callable[[Report], str]) -> None:
    report = replace(a_report(), labels=Labels("{page}/{pages}", "Open", "", ""), language="en")
    seen = squeezed(read(report))
    assert not re.search("Tabel|Figuur[^e]|Table|Figure|pagina|page|Contents", seen)


# --- HTML ----------------------------------------------------------------------------------------


@cache
def a_page() -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html(a_report()))


def test_the_page_says_its_language_and_has_one_title() -> None:
    assert a_page().get("lang") == "nl"
    assert [h.text_content() for h in a_page().iter("h1")] == [TRICKY]
    assert a_page().findtext("head/title") == TRICKY
    assert all(len(list(a_page().iter(tag))) == 1 for tag in ("header", "main", "footer"))


def test_the_page_runs_nothing_and_asks_nothing_of_the_network() -> None:
    active = {"script", "link", "iframe", "img", "object", "embed", "base", "form"}
    assert active.isdisjoint(element.tag for element in a_page().iter())
    for element in a_page().iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name == "xmlns" or "//" not in value
    styles = "".join(style.text_content() for style in a_page().iter("style"))
    assert not re.search(r"url\(|@import|//", styles)


def test_no_heading_of_the_page_skips_a_level() -> None:
    levels = [int(e.tag[1]) for e in a_page().iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_every_picture_is_one_image_with_a_name_and_a_drawing_for_the_phone() -> None:
    for figure in a_page().iter("figure"):
        drawings = list(figure.iter("svg"))
        assert [svg.get("class") for svg in drawings] == ["wide", "narrow"]
        assert {svg.get("role") for svg in drawings} == {"img"}
        assert len({svg.get("aria-label") for svg in drawings}) == 1
        assert "& <b>" in drawings[0].get("aria-label")
        assert drawings[0].get("viewbox") != drawings[1].get("viewbox")


def test_pictures_do_not_touch_each_other_or_the_page() -> None:
    ids = [e.get("id") for e in a_page().iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    page = html(a_report())
    used = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page)
    assert len(used) == 8
    assert all((a or b) in ids for a, b in used)
    rules = [s.text_content() for svg in a_page().iter("svg") for s in svg.iter("style")]
    assert len(rules) == 4
    assert all(re.match(r"#[pa]\d+[wn] \*\{", rule) for rule in rules)


def test_every_table_has_a_caption_and_scoped_headers() -> None:
    tables = list(a_page().iter("table"))
    assert len(tables) == 2
    for table in tables:
        assert table.find("caption").text_content().strip()
        assert {th.get("scope") for th in table.iterfind("thead/tr/th")} == {"col"}
        assert all(row[0].get("scope") == "row" for row in table.iterfind("tbody/tr"))
        assert all(
            "n" in cell.get("class") for row in table.iterfind("tbody/tr") for cell in row[1:]
        )


def test_only_a_table_too_wide_for_a_phone_scrolls_and_keys_can_reach_it() -> None:
    regions = a_page().find_class("scroll")
    assert len(regions) == 1
    assert regions[0].get("tabindex") == "0"
    assert regions[0].get("role") == "region"
    label = a_page().get_element_by_id(regions[0].get("aria-labelledby"))
    assert label.text_content() == "Tabel 1. Alle schattingen"


def test_the_mark_stands_at_the_top_of_the_page_and_of_the_appendix() -> None:
    places = [mark.iterancestors("header", "details") for mark in a_page().find_class("mark")]
    assert [next(place).tag for place in places] == ["header", "details"]


# --- PDF -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["PDF_UA_1", "PDF_A_2A"])
def test_the_pdf_passes_the_machine_checkable_rules(profile: str) -> None:
    chosen = getattr(page_validation.ValidationProfile, profile)
    result = page_validation.validate_pdf_bytes(pdf(a_report()), profile=chosen)
    assert result.is_compliant, list(result.failures)[:5]


def test_every_page_of_the_pdf_carries_mark_brand_and_its_number() -> None:
    pages = pdf_pages(pdf(a_report()))
    assert len(pages) >= 4
    for number, text in enumerate(pages, start=1):
        assert MARK in text
        assert a_report().brand in text
        assert f"pagina {number} van {len(pages)}" in text


def test_the_page_for_the_meeting_is_one_sheet() -> None:
    pages = pdf_pages(pdf(a_report()))
    assert "Bespreek samen" in pages[0]
    assert a_report().footer in pages[0]
    assert "Technische bijlage" in pages[1]


def test_a_fuller_page_takes_smaller_type_and_one_too_full_takes_a_second_sheet() -> None:
    line = Paragraph("Er deden maar twaalf scholen mee, en dat maakt het antwoord onzeker. " * 3)
    plain = replace(a_report(), page=(line,), appendix=())
    sheets_taken = [len(pdf_pages(pdf(replace(plain, page=(line,) * n)))) for n in (1, 17, 60)]
    assert sheets_taken[:2] == [1, 1]
    assert sheets_taken[2] > 1


def test_pictures_give_way_before_the_page_takes_a_second_sheet() -> None:
    pictures = tuple(a_picture(f"Beeld {n}") for n in range(6))
    plain = replace(a_report(), page=pictures, appendix=())
    assert len(pdf_pages(pdf(plain))) == 1


def test_a_wide_table_lies_on_its_side_and_repeats_its_header() -> None:
    data = pdf(a_report())
    assert b"[0 0 841.8898 595.2756]" in data
    assert sum("Kop 11" in text for text in pdf_pages(data)) >= 2


def test_the_pdf_bears_the_date_of_the_report() -> None:
    assert b"D:20240229" in pdf(a_report())


def test_a_font_that_is_not_there_stops_the_pdf() -> None:
    source = b'#set document(title: "t")\n#set text(font: "Nergens")\nwoord'
    with pytest.raises(RuntimeError, match="nergens"):
        pdf_writer._compile({"main.typ": source}, "{}")


# --- Word ----------------------------------------------------------------------------------------


@cache
def a_file() -> docx.document.Document:
    return docx.Document(io.BytesIO(word(a_report())))


def styles_of(text: str) -> list[str]:
    return [p.style.name for p in a_file().paragraphs if p.text == text]


def test_word_knows_titles_headings_captions_and_lists_by_their_styles() -> None:
    assert styles_of(TRICKY) == ["Title"]
    assert styles_of("Technische bijlage") == styles_of("Opzet") == ["Heading 1"]
    assert styles_of("Loting") == ["Heading 2"]
    assert styles_of("Tabel 1. Alle schattingen") == ["Caption"]
    assert styles_of("Figuur 1. Nog een keer") == ["Caption"]
    assert styles_of("- blokken") == ["List Bullet"]
    assert styles_of("eerst") == ["List Number"]


def test_a_second_numbered_list_in_word_starts_at_one() -> None:
    lists = [p._p.pPr.numPr.numId.val for p in a_file().paragraphs if p.style.name == "List Number"]
    assert len(lists) == 4
    assert len(set(lists)) == 2
    numbering = a_file().part.numbering_part.element
    assert all(numbering.num_having_numId(n).xpath("w:lvlOverride/w:startOverride") for n in lists)


def test_the_header_row_of_every_word_table_repeats() -> None:
    assert len(a_file().tables) == 2
    for table in a_file().tables:
        flags = [row._tr.xpath("w:trPr/w:tblHeader") != [] for row in table.rows]
        assert flags == [True] + [False] * (len(table.rows) - 1)
        assert table.style.name == "House Table"


def test_numbers_in_a_word_table_stand_right_and_columns_fill_the_paper() -> None:
    table = a_file().tables[1]
    assert {str(cell.paragraphs[0].alignment) for cell in table.rows[3].cells[1:]} == {"RIGHT (2)"}
    room = a_file().sections[2].page_width - 2 * a_file().sections[2].left_margin
    assert room * 0.98 < sum(column.width for column in table.columns) <= room + 12 * TWIP


def test_every_picture_in_word_has_its_alt_text_and_its_width() -> None:
    shapes = a_file().inline_shapes
    assert [s._inline.docPr.get("descr")[:10] for s in shapes] == ["Beeld bij "] * 2
    room = a_file().sections[0].page_width - 2 * a_file().sections[0].left_margin
    assert abs(shapes[0].width - room * 0.8) < TWIP


def test_captions_in_word_stay_with_what_they_name() -> None:
    by_text = {p.text: p for p in a_file().paragraphs}
    assert by_text["Tabel 1. Alle schattingen"].paragraph_format.keep_with_next
    holders = [p for p in a_file().paragraphs if p._p.xpath(".//w:drawing")]
    assert all(p.paragraph_format.keep_with_next for p in holders)


def test_word_checks_the_spelling_in_the_language_of_the_report() -> None:
    default = a_file().styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr/w:lang")[0]
    assert default.get(qn("w:val")) == "nl-NL"
    assert a_file().core_properties.language == "nl-NL"


def test_the_properties_of_the_word_file_are_those_of_the_report() -> None:
    properties = a_file().core_properties
    assert (properties.title, properties.author) == (TRICKY, a_report().brand)
    assert properties.created.date() == properties.modified.date() == a_report().date
    assert properties.comments == ""


def test_word_is_a4_and_only_the_wide_table_lies() -> None:
    ways = [section.orientation for section in a_file().sections]
    standing, lying = WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE
    assert ways == [standing, standing, lying, standing]
    sizes = [(round(s.page_width.mm), round(s.page_height.mm)) for s in a_file().sections]
    assert sizes == [(210, 297), (210, 297), (297, 210), (210, 297)]


def test_every_section_in_word_has_the_mark_above_and_the_page_number_below() -> None:
    for section in a_file().sections:
        assert MARK in "".join(p.text for p in section.header.paragraphs)
        fields = section.footer._element.xpath(".//w:fldSimple/@w:instr")
        assert [field.strip() for field in fields] == ["PAGE", "NUMPAGES"]


# --- the values themselves -----------------------------------------------------------------------


def test_a_report_refuses_what_no_writer_could_make_right() -> None:
    with pytest.raises(ValueError, match="level 2 or 3"):
        Heading("Te diep", 4)
    with pytest.raises(ValueError, match="needs one of level 2"):
        replace(a_report(), page=(Heading("Te vroeg", 3),))
    with pytest.raises(ValueError, match="2 cells"):
        Table("Scheef", ("a", "b"), (("1",),), (False, True))
    with pytest.raises(ValueError, match="alt text"):
        Picture(SVG, "", PNG, " ", "Zonder woorden")
    with pytest.raises(ValueError, match="0 to 1"):
        Picture(SVG, "", PNG, "Beeld", "Te breed", 1.5)
    with pytest.raises(ValueError, match="page_of"):
        Labels("pagina {page}", "", "", "")
    with pytest.raises(ValueError, match="title"):
        replace(a_report(), title="")


def test_captions_are_counted_by_kind_also_within_columns() -> None:
    table, picture = a_table("t", 2, 1), a_picture("p")
    blocks = (table, Columns((picture,), (table,)), picture, replace(table, caption=""))
    seen = [b.caption for b in walk(numbered(blocks, a_report().labels)) if hasattr(b, "caption")]
    assert seen == ["Tabel 1. t", "Figuur 1. p", "Tabel 2. t", "Figuur 2. p", ""]


def test_a_section_with_a_wide_table_is_laid_on_its_side_as_a_whole() -> None:
    stand, lie = Heading("Staand", 2), Heading("Liggend", 2)
    wide, deep = a_table("Breed", 8, 1), Heading("Dieper", 3)
    assert sheets((stand, lie, deep, wide, lie, wide, stand)) == (
        (False, (stand,)),
        (True, (lie, deep, wide, lie, wide)),
        (False, (stand,)),
    )
