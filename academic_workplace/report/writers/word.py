"""Write a report as a Word document: real styles, native tables and lists, texts to edit."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.text.paragraph import CT_P
from docx.section import Section, _Footer, _Header
from docx.shared import Emu, Mm, Pt
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as WordParagraph

from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    KeyMessage,
    Notice,
    Paragraph,
    Picture,
    Report,
    Table,
    Terms,
    lies,
    numbered,
)
from academic_workplace.report.house import house
from academic_workplace.report.logo import as_png
from academic_workplace.report.writers.package import packed, unpacked
from academic_workplace.report.writers.word_styles import (
    TABLE_STYLE,
    add_missing,
    numbering_of,
    set_styles,
    xml,
)
from academic_workplace.report.writers.word_template import opened

LANGUAGES = {"nl": "nl-NL", "en": "en-GB"}
SHORT, LONG = Mm(210), Mm(297)  # A4
SIDE, TOP, BOTTOM = Mm(17), Mm(20), Mm(17)
COLUMN = int(SHORT - 2 * SIDE)  # the width of running text, also on a sheet on its side
GAP = Mm(8)  # between two columns
SPREAD = 1.5  # how much wider than its texts a table may be, where there is room
USUAL = 10.5  # points, where nothing has to fit
LEAST, MOST = 8.5, 11.0
SPARE = 0.95  # of the pictures: Word sets lines further apart than the PDF does
AFTER_COLUMNS = (  # of a section, in the order of the standard
    "formProt", "vAlign", "noEndnote", "titlePg", "textDirection", "bidi", "rtlGutter", "docGrid",
    "printerSettings", "sectPrChange",
)  # fmt: skip
LOGO = Mm(11)  # high at most
MOST_IN_PROPERTY = 255  # characters that Word takes


def word(report: Report) -> bytes:
    """Give the report as the bytes of a docx file; the same report gives the same bytes.

    In the template of the house, when it has one: its styles, paper, header and footer are kept.
    """
    template = house().template
    file = docx.Document() if template is None else opened(template)
    _set_language(file, LANGUAGES[report.language])
    scale, air, share = _fit(report)
    if template is None:
        set_styles(file, scale, air)
        _lay(file.sections[0], lying=False)
    else:
        add_missing(file)
    _set_properties(file, report)
    _stamp(file.sections[0], report, file)
    file.add_paragraph(report.title, style="Title")
    if report.subtitle:
        file.add_paragraph(report.subtitle, style="Subtitle")
    _draw(file, report.summary, _room(file), share=share)
    if report.summary and report.page:
        _start(file, WD_SECTION.NEW_PAGE)
    if report.page and report.page_title:
        _draw_part_title(file, report.page_title)
    _draw(file, report.page, _room(file), depth=1 if report.page_title else 0)
    _draw_appendix(file, report)
    saved = io.BytesIO()
    file.save(saved)
    return packed(unpacked(saved.getvalue()))


def _fit(report: Report) -> tuple[float, float, float]:
    """How large the type, the room between lines and the pictures are, for as few sheets as a PDF."""
    if not report.summary and not report.appendix:
        return 1, 1, 1
    from academic_workplace.report.writers.pdf import form

    found = form(replace(report, appendix=()))
    scale = min(max(found.size, LEAST), MOST) / USUAL
    return scale, min(found.air, 1), found.share * SPARE


def _draw_part_title(file: Document, text: str) -> None:
    title = file.add_paragraph(style="Heading 1")
    title.paragraph_format.space_before = Pt(0)
    title.add_run(text, style="Part Title")


def _draw_appendix(file: Document, report: Report) -> None:
    """Add the appendix on new sheets, which lie on their side when it holds a wide table."""
    appendix = numbered(report.appendix, report.labels)
    if not appendix:
        return
    section = _start(file, WD_SECTION.NEW_PAGE)
    if lies(appendix):
        _lay_down(section)
        if house().template is None:
            _stamp(section, report, file)
    _draw_part_title(file, report.appendix_title)
    _draw(file, appendix, _room(file), depth=1)


# --- blocks ------------------------------------------------------------------------------------


def _draw(
    file: Document, blocks: tuple[Block, ...], room: int, depth: int = 0, share: float = 1
) -> None:
    """Add blocks in reading order.

    room: the width of the text in EMU. depth: of the heading above them. share: of the width that
    pictures take. What is read in lines never runs wider than on a sheet that stands.
    """
    for block in blocks:
        first = len(file.paragraphs) if room > COLUMN else 0
        match block:
            case Heading():
                file.add_paragraph(block.text, style=f"Heading {block.level - 1 + depth}")
            case Paragraph():
                file.add_paragraph(block.text)
            case KeyMessage():
                _draw_key(file, block)
            case Notice():
                file.add_paragraph(block.text, style="Notice")
            case Picture():
                _draw_picture(file, block, int(min(room, COLUMN) * share))
            case Table():
                _draw_table(file, block, room)
            case Items():
                _draw_items(file, block)
            case Terms():
                _draw_terms(file, block)
            case Columns():
                _draw_columns(file, block, room, depth, share)
        if room > COLUMN and not isinstance(block, Table | Columns):
            for line in file.paragraphs[first:]:
                line.paragraph_format.right_indent = Emu(room - COLUMN)


def _draw_columns(file: Document, block: Columns, room: int, depth: int, share: float) -> None:
    """Two columns of the text itself, so that they are read and edited as running text."""
    half = (room - GAP) // 2
    _divide(_start(file, WD_SECTION.CONTINUOUS), 2)
    _draw(file, block.left, half, depth, share)
    first = len(file.element.body)
    _draw(file, block.right, half, depth, share)
    opener = file.element.body[first - 1]  # the last element is that of the section
    if opener.tag == qn("w:p"):
        _break_before(opener)
        WordParagraph(opener, file._body).paragraph_format.space_before = Pt(0)
    _divide(_start(file, WD_SECTION.CONTINUOUS), 1)


def _break_before(paragraph: CT_P) -> None:
    """Let a paragraph begin in the next column."""
    run = xml('<w:r {w}><w:br w:type="column"/></w:r>')
    properties = paragraph.pPr
    if properties is None:
        paragraph.insert(0, run)
    else:
        properties.addnext(run)


def _draw_terms(file: Document, block: Terms) -> None:
    for term, meaning in block.terms:
        line = file.add_paragraph(style="Term")
        line.add_run(term, style="Term Name")
        line.add_run(f": {meaning}")


def _draw_key(file: Document, block: KeyMessage) -> None:
    key = file.add_paragraph(block.text, style="Key Message")
    if block.small:
        key.paragraph_format.keep_with_next = True
        file.add_paragraph(block.small, style="Key Message Small")


def _draw_picture(file: Document, block: Picture, room: int) -> None:
    holder = file.add_paragraph(style="Figure")
    holder.paragraph_format.keep_with_next = bool(block.caption)
    _add_picture(holder, block.png, block.alt, width=Emu(int(room * block.width)))
    if block.caption:
        file.add_paragraph(block.caption, style="Caption")


def _add_picture(
    line: WordParagraph, png: bytes, alt: str, width: Emu | None = None, height: Emu | None = None
) -> None:
    shape = line.add_run().add_picture(io.BytesIO(png), width=width, height=height)
    shape._inline.docPr.set("descr", alt)
    for side in ("distT", "distB", "distL", "distR"):  # LibreOffice takes none for 3 mm
        shape._inline.set(side, "0")


def _draw_items(file: Document, block: Items) -> None:
    style = "List Number" if block.ordered else "List Bullet"
    lines = [file.add_paragraph(text, style=style) for text in block.items]
    if block.ordered and lines:
        fresh = _fresh_numbering(file)
        for line in lines:
            properties = line._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = fresh


def _fresh_numbering(file: Document) -> int:
    """Give the id of a numbering that looks like List Number and starts at 1."""
    style = file.styles["List Number"].element
    numbering = numbering_of(file)
    base = numbering.num_having_numId(style.pPr.numPr.numId.val)
    fresh = numbering.add_num(base.abstractNumId.val)
    fresh.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(fresh.numId)


def _draw_table(file: Document, block: Table, room: int) -> None:
    if block.caption:
        caption = file.add_paragraph(style="Caption")
        caption.paragraph_format.keep_with_next = True
        caption.add_run(block.caption, style="Table Title")
    size = Pt(8) if block.wide else Pt(9)
    table = file.add_table(0, len(block.header), style=TABLE_STYLE)
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    widths = _widths(block, room, size)
    # python-docx looks a style up among all others, cell after cell
    head, text_of = (file.styles[f"Table {name}"].style_id for name in ("Head", "Text"))
    for index, texts in enumerate((block.header, *block.rows)):
        row = table.add_row()
        for cell, text, number, width in zip(row.cells, texts, block.numeric, widths, strict=True):
            cell.width = Emu(width)
            _fill(cell, text, text_of if index else head, number, size)
        _flag_row(row, index)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Emu(width)
    note = file.add_paragraph(block.note, style="Table Note")
    note.paragraph_format.space_before = Pt(3 if block.note else 0)


def _fill(cell: _Cell, text: str, style: str, number: bool, size: Pt) -> None:
    """Write a cell. style: the id of its style in the file."""
    line = cell.paragraphs[0]
    line._p.style = style
    line.add_run(text).font.size = size
    if number:
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _flag_row(row: _Row, index: int) -> None:
    """Keep a row on one page; repeat the first one at the top of every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(xml('<w:cantSplit {w} w:val="true"/>'))
    if index == 0:
        properties.append(xml('<w:tblHeader {w} w:val="true"/>'))


def _widths(block: Table, room: int, size: Pt) -> list[int]:
    """Share the room: first every column its longest word, then the rest by the texts in it."""
    columns = list(zip(block.header, *block.rows, strict=True))
    words = [max(len(part) for cell in cells for part in [*cell.split(), ""]) for cells in columns]
    least = [1.45 * length + 2 for length in words]  # headings are bold
    wished = [
        max(floor, min(max(map(len, cells)), 40) + 2)
        for floor, cells in zip(least, columns, strict=True)
    ]
    spare = max(room / (0.5 * size) - sum(least), 0)  # in letters of half the type size
    extra = sum(wished) - sum(least)
    part = min(spare / extra, 1) if extra else 0
    widths = [a + part * (b - a) for a, b in zip(least, wished, strict=True)]
    # on a sheet on its side a few short columns stand not so far apart that the eye loses its row
    most = min(room, max(COLUMN, int(SPREAD * sum(wished) * 0.5 * size)))
    return [int(most * width / sum(widths)) for width in widths]


# --- paper, header, footer ---------------------------------------------------------------------


def _lay(section: Section, lying: bool) -> None:
    """Give a section our own paper."""
    section.page_width, section.page_height = SHORT, LONG
    section.left_margin = section.right_margin = SIDE
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.header_distance = section.footer_distance = Mm(8)
    if lying:
        _lay_down(section)


def _lay_down(section: Section) -> None:
    """Turn the paper of a section a quarter."""
    section.orientation = WD_ORIENT.LANDSCAPE
    wide, high = section.page_height, section.page_width
    section.page_width, section.page_height = wide, high


def _start(file: Document, kind: WD_SECTION) -> Section:
    """Begin a section; the break stands in the last line before it, not in a line of its own."""
    section: Section = file.add_section(kind)
    holder = file.paragraphs[-1]._p
    before = holder.getprevious()
    if before is not None and before.tag == qn("w:p") and not before.xpath("w:pPr/w:sectPr"):
        before.get_or_add_pPr().append(holder.xpath("w:pPr/w:sectPr")[0])
        holder.getparent().remove(holder)
    else:
        WordParagraph(holder, file._body).paragraph_format.line_spacing = Pt(1)
        WordParagraph(holder, file._body).paragraph_format.space_after = Pt(0)
    return section


def _divide(section: Section, columns: int) -> None:
    for old in section._sectPr.findall(qn("w:cols")):
        section._sectPr.remove(old)
    space = int(GAP / 635)  # twentieths of a point
    new = xml(f'<w:cols {{w}} w:num="{columns}" w:space="{space}"/>')
    after = {qn(f"w:{name}") for name in AFTER_COLUMNS}
    place = next((e for e in section._sectPr if e.tag in after), None)
    if place is None:
        section._sectPr.append(new)
    else:
        place.addprevious(new)


def _room(file: Document) -> int:
    """Give the width of the text in EMU."""
    section = file.sections[-1]
    sides = int(section.left_margin or 0) + int(section.right_margin or 0)
    return int(section.page_width or SHORT) - sides


def _stamp(section: Section, report: Report, file: Document) -> None:
    """Say above every page whose report it is and what kind of numbers, and number the page.

    Where the header or footer of a template says something, that stays, and only the mark and the
    words below a page are added.
    """
    even = bool(file.settings.odd_and_even_pages_header_footer)
    first = section.different_first_page_header_footer
    kept = house().template is not None
    heads = [section.header, section.first_page_header, section.even_page_header]
    feet = [section.footer, section.first_page_footer, section.even_page_footer]
    for used, head, foot in zip((True, first, even), heads, feet, strict=True):
        if not used:
            continue
        _stamp_head(_own(head, kept), report, _room(file))
        _stamp_foot(_own(foot, kept), report, _room(file))


def _own(part: _Header | _Footer, kept: bool) -> _Header | _Footer:
    """A header or footer to write in: a fresh one, or that of the template."""
    if not kept or not part._has_definition:
        part.is_linked_to_previous = True  # drops what is there
        part.is_linked_to_previous = False
    return part


def _says(part: _Header | _Footer) -> bool:
    return bool(part._element.xpath(".//w:t | .//w:drawing | .//w:pict | .//w:instrText"))


def _last_line(part: _Header | _Footer, style: str) -> WordParagraph:
    """A line of its own below what is there; the empty one where there is nothing."""
    return part.add_paragraph(style=style) if _says(part) else part.paragraphs[0]


def _stamp_head(head: _Header | _Footer, report: Report, room: int) -> None:
    mark = f"\u00a0{report.mark}\u00a0"
    if _says(head):  # of the template: its own name and logo
        if report.mark:
            head.add_paragraph(style="Header").add_run(mark, style="Mark")
        return
    line = head.paragraphs[0]
    line.style = "Header"
    line.paragraph_format.tab_stops.add_tab_stop(Emu(room), WD_TAB_ALIGNMENT.RIGHT)
    logo = house().logo
    if logo is not None:
        height = min(int(LOGO), int(Mm(42) / logo.ratio))
        _add_picture(line, as_png(logo), logo.alt[report.language], height=Emu(height))
        line.add_run("\u00a0\u00a0")
    line.add_run(report.brand)
    if report.mark:
        line.add_run("\t")
        line.add_run(mark, style="Mark")


def _stamp_foot(foot: _Header | _Footer, report: Report, room: int) -> None:
    counts = "PAGE" in "".join(
        foot._element.xpath(".//w:instrText/text() | .//w:fldSimple/@w:instr")
    )
    line = _last_line(foot, "Footer")
    line.style = "Footer"
    line.add_run(report.footer)
    if counts:
        return
    line.paragraph_format.tab_stops.add_tab_stop(Emu(room), WD_TAB_ALIGNMENT.RIGHT)
    line.add_run("\t")
    before, between, after = report.labels.page_words
    line.add_run(before)
    _add_field(line, "PAGE")
    line.add_run(between)
    _add_field(line, "NUMPAGES")
    line.add_run(after)


def _add_field(line: WordParagraph, name: str) -> None:
    """Add a number that Word works out itself; 1 stands there until it does."""
    field = xml(f'<w:fldSimple {{w}} w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>')
    line._p.append(field)


# --- language, properties, bytes ---------------------------------------------------------------


def _set_language(file: Document, language: str) -> None:
    """Set the language of all text, and tell Word that this is a document of today."""
    default = file.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    for name in ("w:val", "w:eastAsia"):
        default.set(qn(name), language)
    settings = file.settings.element
    for theme in settings.findall(qn("w:themeFontLang")):
        theme.set(qn("w:val"), language)
    for choice in settings.iter(qn("w:compatSetting")):
        if choice.get(qn("w:name")) == "compatibilityMode":
            choice.set(qn("w:val"), "15")


def _short(text: str) -> str:
    """A text as a property of the file holds it, cut at a word."""
    if len(text) <= MOST_IN_PROPERTY:
        return text
    return f"{text[: MOST_IN_PROPERTY - 1].rsplit(' ', 1)[0]}…"


def _set_properties(file: Document, report: Report) -> None:
    day = datetime.datetime.combine(report.date, datetime.time())
    properties = file.core_properties
    properties.title, properties.author = report.title, report.brand
    properties.subject, properties.comments = _short(report.description), ""
    properties.language = LANGUAGES[report.language]
    properties.created = properties.modified = day
    properties.last_modified_by = report.brand
    package = file.part.package
    for key, link in list(package.rels.items()):
        if link.reltype == RELATIONSHIP_TYPE.THUMBNAIL:  # a picture of the empty template
            del package.rels[key]
