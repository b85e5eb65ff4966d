"""Write a report as a Word document: real styles, native tables and lists, texts to edit."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import cast

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import Section
from docx.shared import Emu, Mm, Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from academic_workplace.report import document
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
    numbered,
    sheets,
)

LANGUAGES = {"nl": "nl-NL", "en": "en-GB"}
FONT = "Calibri"
SHORT, LONG = Mm(210), Mm(297)  # A4
SIDE, TOP, BOTTOM = Mm(20), Mm(24), Mm(22)
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can hold
TABLE_STYLE = "House Table"


def word(report: Report) -> bytes:
    """Give the report as the bytes of a docx file; the same report gives the same bytes."""
    file = docx.Document()
    _set_language(file, LANGUAGES[report.language])
    _set_styles(file)
    _set_properties(file, report)
    section = file.sections[0]
    _lay(section, report, lying=False)
    file.add_paragraph(report.title, style="Title")
    if report.subtitle:
        file.add_paragraph(report.subtitle, style="Subtitle")
    _draw(file, report.page, _room(section))
    _draw_appendix(file, report)
    return _repacked(file)


def _draw_appendix(file: Document, report: Report) -> None:
    """Add the appendix on new pages, wide tables on sheets that lie on their side."""
    appendix = numbered(report.appendix, report.labels)
    for number, (lying, blocks) in enumerate(sheets(appendix)):
        section = file.add_section(WD_SECTION.NEW_PAGE)
        _lay(section, report, lying)
        if number == 0:
            title = file.add_paragraph(style="Heading 1")
            title.paragraph_format.space_before = Pt(0)
            title.add_run(report.appendix_title, style="Appendix Title")
        _draw(file, blocks, _room(section))


# --- blocks ------------------------------------------------------------------------------------


def _draw(file: Document, blocks: tuple[Block, ...], room: int) -> None:
    """Add blocks in reading order; `room` is the width of the text in EMU."""
    for block in blocks:
        match block:
            case Heading():
                file.add_paragraph(block.text, style=f"Heading {block.level - 1}")
            case Paragraph():
                file.add_paragraph(block.text)
            case KeyMessage():
                _draw_key(file, block)
            case Notice():
                file.add_paragraph(block.text, style="Notice")
            case Picture():
                _draw_picture(file, block, room)
            case Table():
                _draw_table(file, block, room)
            case Items():
                _draw_items(file, block)
            case Columns():
                _draw(file, block.left, room // 2)
                _draw(file, block.right, room // 2)


def _draw_key(file: Document, block: KeyMessage) -> None:
    key = file.add_paragraph(block.text, style="Key Message")
    if block.small:
        key.paragraph_format.keep_with_next = True
        file.add_paragraph(block.small, style="Key Message Small")


def _draw_picture(file: Document, block: Picture, room: int) -> None:
    holder = file.add_paragraph(style="Figure")
    holder.paragraph_format.keep_with_next = bool(block.caption)
    shape = holder.add_run().add_picture(io.BytesIO(block.png), width=Emu(int(room * block.width)))
    shape._inline.docPr.set("descr", block.alt)
    for side in ("distT", "distB", "distL", "distR"):  # LibreOffice takes none for 3 mm
        shape._inline.set(side, "0")
    if block.caption:
        file.add_paragraph(block.caption, style="Caption")


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
    style = cast(ParagraphStyle, file.styles["List Number"])
    numbering = file.part.numbering_part.element
    base = numbering.num_having_numId(style.element.pPr.numPr.numId.val)
    fresh = numbering.add_num(base.abstractNumId.val)
    fresh.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(fresh.numId)


def _draw_table(file: Document, block: Table, room: int) -> None:
    if block.caption:
        caption = file.add_paragraph(style="Caption")
        caption.paragraph_format.keep_with_next = True
        caption.add_run(block.caption, style="Table Title")
    size = Pt(8) if block.wide else Pt(9.5)
    table = file.add_table(0, len(block.header), style=TABLE_STYLE)
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    widths = _widths(block, room, size)
    for index, row in enumerate((block.header, *block.rows)):
        cells = table.add_row().cells
        for cell, text, number, width in zip(cells, row, block.numeric, widths, strict=True):
            cell.width = Emu(width)
            _fill(cell, text, "Table Text" if index else "Table Head", number, size)
        _flag_row(table, index)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Emu(width)
    note = file.add_paragraph(block.note, style="Table Note")
    note.paragraph_format.space_before = Pt(3 if block.note else 0)


def _fill(cell: _Cell, text: str, style: str, number: bool, size: Pt) -> None:
    line = cell.paragraphs[0]
    line.style = style
    line.add_run(text).font.size = size
    if number:
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _flag_row(table: WordTable, index: int) -> None:
    """Keep a row on one page; repeat the first one at the top of every page."""
    properties = table.rows[index]._tr.get_or_add_trPr()
    properties.append(_xml('<w:cantSplit {w} w:val="true"/>'))
    if index == 0:
        properties.append(_xml('<w:tblHeader {w} w:val="true"/>'))


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
    return [int(room * width / sum(widths)) for width in widths]


# --- paper, header, footer ---------------------------------------------------------------------


def _lay(section: Section, report: Report, lying: bool) -> None:
    """Give a section its paper, and a header and footer as wide as its text."""
    section.orientation = WD_ORIENT.LANDSCAPE if lying else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG, SHORT) if lying else (SHORT, LONG)
    section.left_margin = section.right_margin = SIDE
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.header_distance = section.footer_distance = Mm(11)
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    end = Emu(_room(section))
    head = section.header.paragraphs[0]
    _stop_at(head, end)
    head.add_run(report.brand)
    if report.mark:
        head.add_run("\t")
        head.add_run(f"\u00a0{report.mark}\u00a0", style="Mark")
    foot = section.footer.paragraphs[0]
    foot.add_run(report.footer)
    _number_pages(section.footer.add_paragraph(style="Footer"), report.labels.page_words)


def _number_pages(line: WordParagraph, words: tuple[str, str, str]) -> None:
    before, between, after = words
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    line.add_run(before)
    _add_field(line, "PAGE")
    line.add_run(between)
    _add_field(line, "NUMPAGES")
    line.add_run(after)


def _add_field(line: WordParagraph, name: str) -> None:
    """Add a number that Word works out itself; 1 stands there until it does."""
    field = _xml(f'<w:fldSimple {{w}} w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>')
    line._p.append(field)


def _stop_at(line: WordParagraph, end: Emu) -> None:
    line.paragraph_format.tab_stops.add_tab_stop(end, WD_TAB_ALIGNMENT.RIGHT)


def _room(section: Section) -> int:
    """Give the width of the text in EMU."""
    return int(section.page_width or 0) - 2 * int(SIDE)


# --- styles ------------------------------------------------------------------------------------


def _set_styles(file: Document) -> None:
    """Put the house in the styles, so that who edits the document keeps it."""
    normal = _style(file, "Normal", 10.5, document.INK)
    normal.paragraph_format.space_after = Pt(5)
    normal.paragraph_format.line_spacing = 1.12
    _style(file, "Title", 21, document.INK, bold=True, before=0, after=3)
    _style(file, "Subtitle", 11, document.SOFT, before=0, after=12)
    _style(file, "Heading 1", 13, document.INK, bold=True, before=13, after=3)
    _style(file, "Heading 2", 11.5, document.ACCENT, bold=True, before=10, after=3)
    _style(file, "Caption", 9.5, document.SOFT, before=2, after=8)
    _style(file, "Header", 9, document.ACCENT, bold=True, after=0)
    _style(file, "Footer", 8.5, document.SOFT, after=0)
    _style(file, "List Number", 10.5, document.INK, after=3)
    _style(file, "List Bullet", 10.5, document.INK, after=3)
    _new(file, "Figure", "Normal", 10.5, document.INK, before=4, after=2)
    _new(file, "Table Text", "Normal", 9.5, document.INK, before=2, after=2)
    _new(file, "Table Head", "Table Text", 9.5, document.ACCENT, bold=True, before=2, after=2)
    _new(file, "Table Note", "Normal", 9, document.SOFT, after=8)
    notice = _new(file, "Notice", "Normal", 10.5, document.INK, before=6, after=8)
    key = _new(file, "Key Message", "Normal", 13, document.INK, before=0, after=10)
    small = _new(file, "Key Message Small", "Key Message", 10.5, document.SOFT, after=12)
    for style, ground, edge in (
        (key, document.BAND, document.ACCENT),
        (small, document.BAND, document.ACCENT),
        (notice, document.PAPER, document.SUN),
    ):
        _frame(style, ground, edge)
    _clear(file, "Title", "w:pBdr")  # a line below it
    _clear(file, "Subtitle", "w:numPr")
    for name in ("Header", "Footer"):
        _clear(file, name, "w:tabs")  # for another paper
    for name in ("List Number", "List Bullet"):
        _clear(file, name, "w:contextualSpacing")  # no room between items
    _add_text_styles(file)
    _add_table_style(file)


def _style(
    file: Document,
    name: str,
    size: float,
    colour: str,
    bold: bool = False,
    before: float | None = None,
    after: float | None = None,
) -> ParagraphStyle:
    """Dress a paragraph style; sizes and distances in points."""
    style = cast(ParagraphStyle, file.styles[name])
    style.font.name = FONT
    _drop_theme(style)
    style.font.size = Pt(size)
    style.font.bold = bold
    style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(colour[1:].upper())
    if before is not None:
        style.paragraph_format.space_before = Pt(before)
    if after is not None:
        style.paragraph_format.space_after = Pt(after)
    return style


def _new(
    file: Document,
    name: str,
    base: str,
    size: float,
    colour: str,
    bold: bool = False,
    before: float | None = None,
    after: float | None = None,
) -> ParagraphStyle:
    """Add a paragraph style of our own, based on another."""
    style = cast(ParagraphStyle, file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH))
    style.base_style = file.styles[base]
    style.quick_style = True
    return _style(file, name, size, colour, bold, before, after)


def _drop_theme(style: ParagraphStyle) -> None:
    """Remove the theme fonts and letter spacing of the template; they go before a plain name."""
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]
    for name in ("w:eastAsia", "w:cs"):
        fonts.set(qn(name), FONT)
    for tag in ("w:spacing", "w:kern"):
        for element in properties.findall(qn(tag)):
            properties.remove(element)


def _frame(style: ParagraphStyle, ground: str, edge: str) -> None:
    """Give a paragraph style a tinted ground and a thick edge on the left."""
    rim = document.BAND if ground == document.BAND else document.LINE
    thin = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="6" w:color="{rim[1:]}"/>'
        for side in ("bottom", "right")
    )
    borders = _xml(
        f'<w:pBdr {{w}}><w:top w:val="single" w:sz="4" w:space="6" w:color="{rim[1:]}"/>'
        f'<w:left w:val="single" w:sz="36" w:space="9" w:color="{edge[1:]}"/>{thin}</w:pBdr>'
    )
    shading = _xml(f'<w:shd {{w}} w:val="clear" w:color="auto" w:fill="{ground[1:]}"/>')
    properties = style.element.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
    properties.insert_element_before(shading, "w:tabs", "w:spacing", "w:ind", "w:jc")
    style.paragraph_format.left_indent = Pt(12)
    style.paragraph_format.right_indent = Pt(7)
    style.paragraph_format.keep_together = True


def _clear(file: Document, name: str, tag: str) -> None:
    """Remove what the template says about paragraphs of a style."""
    properties = file.styles[name].element.get_or_add_pPr()
    for element in properties.findall(qn(tag)):
        properties.remove(element)


def _add_text_styles(file: Document) -> None:
    """Add the styles for words within a line: titles of appendix and table, and the mark."""
    title = cast(CharacterStyle, file.styles.add_style("Appendix Title", WD_STYLE_TYPE.CHARACTER))
    title.font.size = Pt(18)
    table = cast(CharacterStyle, file.styles.add_style("Table Title", WD_STYLE_TYPE.CHARACTER))
    table.font.bold = True
    table.font.color.rgb = RGBColor.from_string(document.INK[1:].upper())
    mark = cast(CharacterStyle, file.styles.add_style("Mark", WD_STYLE_TYPE.CHARACTER))
    mark.font.bold = True
    mark.font.color.rgb = RGBColor.from_string(document.MARK_TEXT[1:].upper())
    ground = f'<w:shd {{w}} w:val="clear" w:color="auto" w:fill="{document.MARK_GROUND[1:]}"/>'
    mark.element.get_or_add_rPr().append(_xml(ground))


def _add_table_style(file: Document) -> None:
    """Add a table style of rules only: the house colour around, a thin line between rows."""
    accent, line = document.ACCENT[1:], document.LINE[1:]
    file.styles.element.append(
        _xml(f"""<w:style {{w}} w:type="table" w:customStyle="1" w:styleId="HouseTable">
  <w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/>
  <w:tblPr>
    <w:tblBorders>
      <w:top w:val="single" w:sz="12" w:space="0" w:color="{accent}"/>
      <w:bottom w:val="single" w:sz="6" w:space="0" w:color="{accent}"/>
      <w:insideH w:val="single" w:sz="4" w:space="0" w:color="{line}"/>
    </w:tblBorders>
    <w:tblCellMar>
      <w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>
    </w:tblCellMar>
  </w:tblPr>
  <w:tblStylePr w:type="firstRow">
    <w:tcPr>
      <w:tcBorders><w:bottom w:val="single" w:sz="6" w:space="0" w:color="{accent}"/></w:tcBorders>
      <w:vAlign w:val="bottom"/>
    </w:tcPr>
  </w:tblStylePr>
</w:style>""")
    )


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


MOST_IN_PROPERTY = 255  # characters that Word takes


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


def _repacked(file: Document) -> bytes:
    """Save with the same times in the zip file, whenever that is."""
    saved, packed = io.BytesIO(), io.BytesIO()
    file.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return packed.getvalue()


def _xml(text: str) -> BaseOxmlElement:
    """Parse one element; {w} stands for the declaration of Word's namespace."""
    return parse_xml(text.format(w=nsdecls("w")))
