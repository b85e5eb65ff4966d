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
import openpyxl
import pptx
import pypdf
import pytest
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from page_validation import faults
from pptx.enum.shapes import MSO_SHAPE_TYPE

from academic_workplace.language import Text
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
    Terms,
    lies,
    numbered,
    walk,
)
from academic_workplace.report.house import LEIDEN, House, dressed
from academic_workplace.report.logo import as_png, read_logo
from academic_workplace.report.numerals import decimal
from academic_workplace.report.writers import pdf as pdf_writer
from academic_workplace.report.writers.html import html
from academic_workplace.report.writers.pdf import pdf
from academic_workplace.report.writers.slide import slide
from academic_workplace.report.writers.spreadsheet import as_number, spreadsheet
from academic_workplace.report.writers.word import word
from academic_workplace.report.writers.word_styles import NEEDED
from academic_workplace.report.writers.word_template import as_document

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


LOGO_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><style>.a{fill:#7a1f3d}</style>'
    b'<circle class="a" cx="5" cy="5" r="5"/></svg>'
)
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
            Terms((("loting", "Het toeval wijst aan."), ("<b>", "Wat & waarom."))),
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
        case Terms():
            return tuple(text for term in block.terms for text in term)
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


@pytest.mark.parametrize("write", [html, pdf, word, spreadsheet, slide])
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
    levels = [int(e.tag[1]) for e in a_page().iter("h1", "h2", "h3", "h4")]
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
    assert len(used) == 8 + 1  # and the link past the top of the page
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
    assert faults(pdf(a_report()), profile) == []


def test_every_page_of_the_pdf_carries_mark_brand_and_its_number() -> None:
    pages = pdf_pages(pdf(a_report()))
    assert len(pages) >= 3
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
    assert styles_of("Technische bijlage") == styles_of("Bespreek samen") == ["Heading 1"]
    assert styles_of("Opzet") == ["Heading 2"]
    assert styles_of("Loting") == ["Heading 3"]
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
    last = a_file().sections[-1]
    room, column = last.page_width - 2 * last.left_margin, a_room()
    assert column * 0.98 < sum(column.width for column in table.columns) <= room + 12 * TWIP


def test_every_picture_in_word_has_its_alt_text_and_its_width() -> None:
    shapes = a_file().inline_shapes
    assert [s._inline.docPr.get("descr")[:10] for s in shapes] == ["Beeld bij "] * 2
    assert abs(shapes[0].width - a_room() * 0.8) < TWIP


def a_room() -> int:
    """The width of running text in Word."""
    return a_file().sections[0].page_width - 2 * a_file().sections[0].left_margin


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


def test_word_is_a4_and_only_an_appendix_with_a_wide_table_lies() -> None:
    sections = list(a_file().sections)
    ways = [section.orientation for section in sections]
    assert set(ways[:-1]) == {WD_ORIENT.PORTRAIT}
    assert ways[-1] == WD_ORIENT.LANDSCAPE
    sizes = [(round(s.page_width.mm), round(s.page_height.mm)) for s in sections]
    assert sizes == [(210, 297)] * (len(sizes) - 1) + [(297, 210)]


def test_columns_in_word_are_columns_of_running_text() -> None:
    columns = [s._sectPr.xpath("w:cols/@w:num") for s in a_file().sections]
    assert columns[1:3] == [["2"], ["1"]]
    assert len(a_file().element.xpath("//w:br[@w:type='column']")) == 1


def test_every_section_in_word_has_the_mark_above_and_the_page_number_below() -> None:
    for section in a_file().sections:
        assert MARK in "".join(p.text for p in section.header.paragraphs)
        fields = section.footer._element.xpath(".//w:fldSimple/@w:instr")
        assert [field.strip() for field in fields] == ["PAGE", "NUMPAGES"]


# --- a summary before the rest -------------------------------------------------------------------


def with_summary(lines: int = 4) -> Report:
    """The same report, with a sheet for the meeting before it."""
    line = Paragraph("Er deden maar twaalf scholen mee, door loting verdeeld over twee groepen.")
    questions = (Heading("Bespreek samen", 2), Items(("Herkennen we dit?",), ordered=True))
    told = (KeyMessage("Het verschil is klein."), a_picture("Het beeld"), *(line,) * lines)
    return replace(a_report(), summary=told + questions, page_title="Het hele verhaal")


@pytest.mark.parametrize("lines", [1, 12, 36])
def test_a_summary_is_one_sheet_and_the_rest_begins_on_the_next(lines: int) -> None:
    pages = pdf_pages(pdf(with_summary(lines)))
    assert "Herkennen we dit?" in pages[0]
    assert a_report().footer in pages[0]
    assert "Het hele verhaal" not in pages[0]
    assert "Het hele verhaal" in pages[1]


def test_a_summary_with_nothing_after_it_leaves_no_empty_sheet() -> None:
    alone = replace(with_summary(), page=(), appendix=())
    assert len(pdf_pages(pdf(alone))) == 1
    assert "Het hele verhaal" not in read_html(alone)
    file = docx.Document(io.BytesIO(word(alone)))
    assert [s.start_type for s in file.sections][1:] == []
    with_appendix = docx.Document(io.BytesIO(word(replace(alone, appendix=a_report().appendix))))
    assert len(with_appendix.sections) == 2


def test_every_sheet_says_what_is_not_shown() -> None:
    line = Paragraph("Er deden maar twaalf scholen mee, en dat maakt het antwoord onzeker. " * 3)
    pages = pdf_pages(pdf(replace(a_report(), page=(line,) * 60)))
    assert len(pages) > 4
    assert all(text.count(a_report().footer) == 1 for text in pages)


def test_a_fuller_summary_takes_smaller_type_and_says_when_it_does_not_fit() -> None:
    some, more, much = (pdf_writer.form(with_summary(n)) for n in (1, 26, 90))
    assert some.fits
    assert more.fits
    assert some.size > more.size >= 8
    assert not much.fits


def test_the_files_of_a_summary_share_the_order_of_reading() -> None:
    order = (
        "Het verschil is klein.",
        "Bespreek samen",
        "Het hele verhaal",
        "Drie scholen",
        "Opzet",
    )
    for read in (read_html, read_pdf, read_word):
        seen = squeezed(read(with_summary()))
        places = [seen.index(squeezed(text)) for text in order]
        assert places == sorted(places), read


def test_headings_below_the_title_of_a_part_stand_one_deeper() -> None:
    page = lxml.html.document_fromstring(html(with_summary()))
    tags = {h.text_content(): h.tag for h in page.iter("h1", "h2", "h3", "h4")}
    assert (tags["Het hele verhaal"], tags["Wie deden mee?"], tags["Loting"]) == ("h2", "h3", "h4")
    file = docx.Document(io.BytesIO(word(with_summary())))
    styles = {p.text: p.style.name for p in file.paragraphs}
    assert styles["Het hele verhaal"] == "Heading 1"
    assert styles["Wie deden mee?"] == "Heading 2"


def test_the_summary_in_word_ends_with_its_sheet() -> None:
    file = docx.Document(io.BytesIO(word(with_summary())))
    last = next(p for p in file.paragraphs if p._p.xpath("w:pPr/w:sectPr"))
    assert last.text == "Herkennen we dit?"  # and no empty line for the break itself
    assert file.sections[1].start_type == WD_SECTION.NEW_PAGE


def test_a_summary_passes_the_machine_checkable_rules() -> None:
    for profile in ("PDF_UA_1", "PDF_A_2A"):
        assert faults(pdf(with_summary()), profile) == []


# --- words that are explained --------------------------------------------------------------------


def links(*blocks: Block) -> list[tuple[str, str]]:
    terms = Terms((("interval", "Van tot."), ("95%-interval", "Bijna altijd."), ("p", "Kans.")))
    page = lxml.html.document_fromstring(html(replace(a_report(), page=(*blocks, terms))))
    places = {dt.get("id"): dt.text for dt in page.iter("dt")}
    return [(a.text, places[a.get("href")[1:]]) for a in page.find_class("term")]


def test_only_the_first_use_of_a_term_leads_to_what_it_means() -> None:
    text = Paragraph("Het Interval is breed, dat interval ook.")
    assert links(text, Items(("een interval",))) == [("Interval", "interval")]


def test_a_term_is_a_whole_word_and_the_longest_one_wins() -> None:
    assert links(Paragraph("op p-waarde, tijdsinterval, intervallen")) == []
    found = links(Paragraph("Het 95%-interval: p klein; een interval."))
    assert found == [("95%-interval", "95%-interval"), ("p", "p"), ("interval", "interval")]


def test_a_term_that_is_told_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="told once"):
        Terms((("Loting", "a"), ("loting", "b")))


def test_terms_are_a_list_of_definitions_on_the_page_and_a_style_in_word() -> None:
    page = lxml.html.document_fromstring(html(a_report()))
    (found,) = page.iter("dl")
    assert [dt.text for dt in found.iter("dt")] == ["loting", "<b>"]
    assert styles_of("loting: Het toeval wijst aan.") == ["Term"]


# --- another house -------------------------------------------------------------------------------


def test_the_colours_are_those_of_the_house() -> None:
    plain = replace(a_report(), page=a_report().page[:1], appendix=())
    with dressed(House(accent="#7a1f3d")):
        page, made = html(plain), pdf(plain)
        file = docx.Document(io.BytesIO(word(plain)))
    assert "#7a1f3d" in page
    assert LEIDEN.accent not in page
    assert str(file.styles["Header"].font.color.rgb) == "7A1F3D"
    assert made != pdf(plain)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_logo_stands_on_every_page_of_every_file(kind: str) -> None:
    content = LOGO_SVG if kind == "svg" else as_png(read_logo(LOGO_SVG, Text("a", "a")))
    logo = read_logo(content, Text("Beeldmerk <Oost>", "Emblem"))
    plain = replace(a_report(), page=a_report().page[:1])
    with dressed(House(logo=logo)):
        page = lxml.html.document_fromstring(html(plain))
        file = docx.Document(io.BytesIO(word(plain)))
        made = pdf(plain)
    (holder,) = page.find_class("logo")
    found = {e.get("aria-label") or e.get("alt") for e in holder.iter()}
    assert "Beeldmerk <Oost>" in found
    assert [e.tag for e in holder.iter()][:2] == (["span", "svg"] if kind == "svg" else ["img"])
    for section in file.sections:
        assert section.header._element.xpath(".//wp:docPr/@descr") == ["Beeldmerk <Oost>"]
    for profile in ("PDF_UA_1", "PDF_A_2A"):
        assert faults(made, profile) == []
    drawn = pdf(plain)
    assert len(pdf_pages(made)) == len(pdf_pages(drawn))
    assert len(made) > len(drawn)
    assert all(squeezed(a_report().brand) in squeezed(text) for text in pdf_pages(made))


def test_the_logo_stands_above_every_printed_sheet_of_the_page() -> None:
    with dressed(House(logo=read_logo(LOGO_SVG, Text("a", "a")))):
        page = lxml.html.document_fromstring(html(a_report()))
    (style,) = page.iterfind("head/style")
    (source,) = re.findall(
        r'@top-left \{ content: url\("data:image/svg\+xml;base64,(.*?)"\)', style.text
    )
    drawn = lxml.etree.fromstring(b64decode(source))
    assert (drawn.get("width"), drawn.get("height")) == ("36mm", "9mm")


def test_a_logo_that_only_says_the_name_again_is_not_read_aloud() -> None:
    logo = read_logo(LOGO_SVG, Text(a_report().brand, "x"))
    with dressed(House(logo=logo)):
        page = lxml.html.document_fromstring(html(a_report()))
    (holder,) = page.find_class("logo")
    assert next(holder.iter("svg")).get("aria-hidden") == "true"


def test_a_name_cannot_leave_the_style_sheet() -> None:
    brand = 'Oost" } </style><script>x</script> \\ é'
    page = lxml.html.document_fromstring(html(replace(a_report(), brand=brand)))
    assert not list(page.iter("script"))
    (style,) = page.iterfind("head/style")
    assert '"Oost\\22 ' in style.text


def a_template(change: Callable[[docx.document.Document], None] = lambda _: None) -> bytes:
    """A template in another language of Word, with little in it."""
    file = docx.Document()
    for name in ("Caption", "List Bullet", "List Number", "Heading 3"):
        file.styles[name].delete()
    normal = file.styles["Normal"]
    normal.font.name = "Georgia"
    for style in file.styles.element.xpath("w:style[@w:styleId='Normal']"):
        style.set(qn("w:styleId"), "Standaard")
    for reference in file.styles.element.xpath("//*[@w:val='Normal' and not(self::w:name)]"):
        reference.set(qn("w:val"), "Standaard")
    file.styles["Heading 1"].font.size = docx.shared.Pt(31)
    file.add_paragraph("Hier komt uw tekst")
    section = file.sections[0]
    section.left_margin, section.page_width = docx.shared.Mm(40), docx.shared.Mm(210)
    section.header.paragraphs[0].text = "Stichting Oost"
    change(file)
    out = io.BytesIO()
    file.save(out)
    return as_document(out.getvalue())


def in_template(
    change: Callable[[docx.document.Document], None] = lambda _: None,
) -> docx.document.Document:
    with dressed(House(template=a_template(change))):
        return docx.Document(io.BytesIO(word(a_report())))


def test_a_template_keeps_its_styles_margins_and_header() -> None:
    file = in_template()
    assert file.styles["Heading 1"].font.size.pt == 31
    assert file.styles["Normal"].font.name == "Georgia"
    assert "Hier komt uw tekst" not in "".join(p.text for p in file.paragraphs)
    assert {round(s.left_margin.mm) for s in file.sections} == {40}
    head = [p.text for p in file.sections[-1].header.paragraphs]
    assert head[0] == "Stichting Oost"
    assert MARK in head[-1]


def test_what_a_template_lacks_is_added_in_its_own_letters() -> None:
    file = in_template()
    ids = {style.style_id for style in file.styles}
    for name in NEEDED:
        style = file.styles[name]
        for reference in style.element.xpath("w:basedOn/@w:val | w:next/@w:val"):
            assert reference in ids, name
        if name in ("Caption", "Key Message"):
            assert style.font.name is None
    used = {p.style.style_id for p in file.paragraphs}
    assert used <= ids
    numbering = file.part.numbering_part.element
    for name in ("List Bullet", "List Number"):
        number = file.styles[name].element.pPr.numPr.numId.val
        assert numbering.num_having_numId(number) is not None
    kinds = [e.tag for e in numbering if e.tag in (qn("w:abstractNum"), qn("w:num"))]
    assert kinds == sorted(kinds, key=lambda tag: tag == qn("w:num"))


def test_a_template_whose_first_page_differs_carries_the_mark_there_too() -> None:
    def differ(file: docx.document.Document) -> None:
        section = file.sections[0]
        section.different_first_page_header_footer = True
        section.first_page_header.paragraphs[0].text = "Voorblad"
        section.footer.paragraphs[0].text = "Postbus 1"

    file = in_template(differ)
    first = file.sections[0]
    assert first.first_page_header.paragraphs[0].text == "Voorblad"
    assert MARK in first.first_page_header.paragraphs[-1].text
    assert MARK in first.header.paragraphs[-1].text
    assert first.footer.paragraphs[0].text == "Postbus 1"
    assert a_report().footer in first.footer.paragraphs[-1].text


def test_a_template_without_lists_or_numbers_gets_them() -> None:
    file = docx.Document(io.BytesIO(a_template()))
    for key, link in list(file.part.rels.items()):
        if link.reltype.endswith("/numbering"):
            del file.part.rels[key]
    out = io.BytesIO()
    file.save(out)
    with dressed(House(template=as_document(out.getvalue()))):
        made = docx.Document(io.BytesIO(word(a_report())))
    numbering = made.part.numbering_part.element
    lists = [p for p in made.paragraphs if p.style.name in ("List Number", "List Bullet")]
    assert lists
    assert numbering.xpath("w:abstractNum")


# --- Excel ---------------------------------------------------------------------------------------


def a_book(report: Report) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(spreadsheet(report)))


def test_every_table_has_a_sheet_and_the_first_sheet_lists_them() -> None:
    book = a_book(a_report())
    assert book.sheetnames == ["Tabellen", "Tabel 1", "Tabel 2"]
    listed = {
        cell.value: cell.hyperlink.location for cell in book["Tabellen"]["A"] if cell.hyperlink
    }
    assert listed == {"Tabel 1": "'Tabel 1'!A1", "Tabel 2": "'Tabel 2'!A1"}
    captions = [book[name]["A1"].value for name in book.sheetnames[1:]]
    assert captions == ["Drie scholen", "Tabel 1. Alle schattingen"]


def test_every_sheet_carries_the_mark_and_the_name() -> None:
    for sheet in a_book(a_report()):
        assert MARK in [cell.value for cell in sheet["A"]]
        assert sheet.oddHeader.right.text == MARK
    for sheet in a_book(replace(a_report(), mark="")):
        assert MARK not in [cell.value for cell in sheet["A"]]


def test_a_sheet_knows_its_headings_and_its_note() -> None:
    sheet = a_book(a_report())["Tabel 2"]
    (table,) = sheet.tables.values()
    assert table.headerRowCount == 1
    top = sheet[table.ref.split(":")[0]].row
    assert [cell.value for cell in sheet[top]] == list(a_table("", 12, 1).header)
    assert sheet.freeze_panes == f"B{top + 1}"
    assert sheet.print_title_rows == f"${top}:${top}"
    assert table.autoFilter is None
    assert "Noot bij Alle schattingen" in [cell.value for cell in sheet["A"]]


def test_headings_that_are_alike_or_empty_still_make_a_sheet() -> None:
    table = Table("t", ("", "met", "Met"), (("a", "1", "2"),), (False, True, True))
    sheet = a_book(replace(a_report(), page=(table,), appendix=()))["Tabel 1"]
    assert not sheet.tables
    assert sheet.print_title_rows


def cells(*texts: str, language: str = "nl", numeric: bool = True) -> list[tuple[object, str]]:
    table = Table("t", ("a", "b"), tuple(("x", text) for text in texts), (False, numeric))
    report = replace(a_report(), page=(table,), appendix=(), language=language)
    sheet = a_book(report).worksheets[1]
    (named,) = sheet.tables.values()
    rows = sheet[named.ref]
    return [(row[1].value, row[1].number_format) for row in rows[1:]]


def test_a_plain_number_is_a_number_and_anything_else_stays_a_text() -> None:
    found = cells("1.184", "−0,21", "12 %", "0,0", "1980,11", "10")
    assert found == [
        (1184, "#,##0"), (-0.21, "0.00"), (0.12, "0%"), (0, "0.0"), (1980.11, "0.00"), (10, "0"),
    ]  # fmt: skip
    texts = ("< 10", "–", "0,10 tot 0,24", "6 / 6", "1,5e+7", "45 (12 %)", "1.2", "1.18.4", "")
    assert [value or "" for value, _ in cells(*texts)] == list(texts)


def test_numbers_are_read_in_the_language_of_the_report() -> None:
    found = cells("1,184", "0.50", "12%", "1.184", language="en")
    assert found == [(1184, "#,##0"), (0.5, "0.00"), (0.12, "0%"), (1.184, "0.000")]
    assert cells("2024", numeric=False) == [("2024", "General")]


@given(st.floats(-1e8, 1e8), st.integers(0, 4), st.sampled_from(["nl", "en"]))
def test_excel_holds_the_number_that_the_report_shows(x: float, digits: int, language: str) -> None:
    text = decimal(x, digits, language)
    number, shape = as_number(text, language)
    assert decimal(number, digits, language) == text
    assert len(shape.partition(".")[2]) == digits


def test_nothing_in_a_sheet_is_run() -> None:
    assert cells("=1+1", '=HYPERLINK("http://a")', "+1", "@a", "\x07b") == [
        ("=1+1", "General"), ('=HYPERLINK("http://a")', "General"), ("+1", "General"),
        ("@a", "General"), ("b", "General"),
    ]  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(spreadsheet(a_report()))) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_a_report_without_tables_still_has_its_first_sheet() -> None:
    assert a_book(replace(a_report(), page=(), appendix=())).sheetnames == ["Tabellen"]


# --- the slide -----------------------------------------------------------------------------------


def a_slide(report: Report) -> pptx.slide.Slide:
    (page,) = pptx.Presentation(io.BytesIO(slide(report))).slides
    return page


def test_a_slide_has_the_answer_as_its_title_and_the_picture_with_its_words() -> None:
    page = a_slide(with_summary())
    assert page.shapes.title.text == "Het verschil is klein."
    (picture,) = (s for s in page.shapes if s.shape_type == MSO_SHAPE_TYPE.PICTURE)
    assert picture._element.nvPicPr.cNvPr.get("descr") == "Beeld bij Het beeld & <b>"
    texts = [s.text for s in page.shapes if s.has_text_frame]
    assert MARK in texts
    assert a_report().brand in texts
    assert any(text.startswith("Bron:") and TRICKY in text for text in texts)
    assert set(page._element.xpath("//a:rPr/@lang")) == {"nl-NL"}


def test_everything_on_a_slide_stands_within_it() -> None:
    show = pptx.Presentation(io.BytesIO(slide(a_report())))
    for shape in show.slides[0].shapes:
        assert shape.left >= 0
        assert shape.left + shape.width <= show.slide_width
        assert shape.top + shape.height <= show.slide_height


def test_a_report_without_a_picture_has_no_slide_and_real_data_no_mark() -> None:
    assert slide(replace(a_report(), page=(Paragraph("a"),))) is None
    page = a_slide(replace(a_report(), mark=""))
    assert MARK not in [s.text for s in page.shapes if s.has_text_frame]


def test_the_slide_bears_the_logo_and_the_colours_of_the_house() -> None:
    logo = read_logo(LOGO_SVG, Text("Beeldmerk", "Emblem"))
    with dressed(House(logo=logo, ink="#102030")):
        page = a_slide(a_report())
    alts = page._element.xpath("//p:pic/p:nvPicPr/p:cNvPr/@descr")
    assert "Beeldmerk" in alts
    assert str(page.shapes.title.text_frame.paragraphs[0].runs[0].font.color.rgb) == "102030"


def test_the_first_sheet_bears_the_logo_above_its_words() -> None:
    logo = read_logo(LOGO_SVG, Text("Beeldmerk <Oost>", "Emblem"))
    with dressed(House(logo=logo)):
        made = spreadsheet(a_report())
        assert made == spreadsheet(a_report())
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        (name,) = [name for name in parts.namelist() if re.match("xl/drawings/[^/]*xml$", name)]
        drawing = lxml.etree.fromstring(parts.read(name))
    assert drawing.xpath("//@descr") == ["Beeldmerk <Oost>"]
    first, *others = openpyxl.load_workbook(io.BytesIO(made)).worksheets
    assert [len(sheet._images) for sheet in (first, *others)] == [1] + [0] * len(others)
    assert first["A1"].value is None
    assert first["A2"].value == a_report().brand
    assert a_book(a_report()).worksheets[0]["A1"].value == a_report().brand


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


def test_an_appendix_lies_when_it_holds_a_wide_table() -> None:
    wide, small = a_table("Breed", 8, 1), a_table("Smal", 7, 1)
    assert not lies((small, Columns((small,), (small,))))
    assert lies((small, Columns((small,), (wide,))))
