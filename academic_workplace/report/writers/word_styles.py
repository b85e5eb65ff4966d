"""The styles of a Word report: the house in styles, so that who edits the document keeps it.

In a template of the organisation's own its styles stay as they are, and only what it lacks is added.
"""

from __future__ import annotations

import copy
from typing import cast

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.parts.numbering import NumberingPart
from docx.shared import Pt, RGBColor
from docx.styles.style import BaseStyle, CharacterStyle, ParagraphStyle

from academic_workplace.report.house import house

FONT = "Calibri"
TABLE_STYLE = "House Table"
LISTS = ("List Bullet", "List Number")
NEEDED = (  # each after what it is based on
    "Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "Caption", "Header", "Footer", *LISTS,
    "Figure", "Table Text", "Table Head", "Table Note", "Notice", "Key Message", "Key Message Small",
    "Term", "Term Name", "Part Title", "Table Title", "Mark", TABLE_STYLE,
)  # fmt: skip


def add_missing(file: Document) -> None:
    """Give a template the styles that a report needs and it has not, in its own typeface."""
    ours = docx.Document()
    set_styles(ours)
    for name in NEEDED:
        if name not in file.styles:
            file.styles.element.append(_adapted(ours.styles[name], ours, file))
    for name in LISTS:
        style = file.styles[name].element
        if not style.xpath("w:pPr/w:numPr/w:numId"):
            style.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = _list_of(
                ours, name, file
            )


def _adapted(style: BaseStyle, ours: Document, file: Document) -> BaseOxmlElement:
    """A copy of a style that refers to the styles of another file, which may call them otherwise."""
    element: BaseOxmlElement = copy.deepcopy(style.element)
    for tag in ("w:basedOn", "w:next", "w:link"):
        for reference in element.findall(qn(tag)):
            same = [s for s in ours.styles if s.style_id == reference.get(qn("w:val"))]
            if same and tag != "w:link" and same[0].name in file.styles:
                reference.set(qn("w:val"), file.styles[same[0].name].style_id)
            else:
                element.remove(reference)
    taken = {other.style_id for other in file.styles}
    if style.style_id in taken:
        element.set(qn("w:styleId"), f"House{style.style_id}")
    for unwanted in element.xpath("w:rPr/w:rFonts | w:pPr/w:numPr"):
        unwanted.getparent().remove(unwanted)
    return element


def _list_of(ours: Document, name: str, file: Document) -> int:
    """The id, in a file, of a copy of the bullets or numbers of a style of ours."""
    number = ours.styles[name].element.xpath("w:pPr/w:numPr/w:numId/@w:val")[0]
    source = ours.part.numbering_part.element
    kind = source.xpath(f"w:num[@w:numId='{number}']/w:abstractNumId/@w:val")[0]
    numbering = numbering_of(file)
    copied = copy.deepcopy(source.xpath(f"w:abstractNum[@w:abstractNumId='{kind}']")[0])
    for own in [*copied.iter(qn("w:pStyle"), qn("w:nsid"), qn("w:tmpl"))]:
        own.getparent().remove(own)
    fresh = max(map(int, numbering.xpath("w:abstractNum/@w:abstractNumId")), default=-1) + 1
    copied.set(qn("w:abstractNumId"), str(fresh))
    before = numbering.xpath("w:abstractNum")  # they come before the numbers that use them
    numbering.insert(numbering.index(before[-1]) + 1 if before else 0, copied)
    return int(numbering.add_num(fresh).numId)


def numbering_of(file: Document) -> BaseOxmlElement:
    """The lists that a file knows; a part for them is made when it has none."""
    try:
        numbering: BaseOxmlElement = file.part.numbering_part.element
    except (KeyError, NotImplementedError):
        part = NumberingPart(
            PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING,
            xml("<w:numbering {w}/>"), file.part.package,
        )  # fmt: skip
        file.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
        numbering = part.element
    return numbering


def set_styles(file: Document, scale: float = 1, air: float = 1) -> None:
    """Dress an empty document.

    scale: of all sizes, where 1 is text of 10.5 points. air: of the room before and after lines.
    """
    now = house()
    rows: tuple[tuple[str, str, float, str, bool, float, float], ...] = (
        # style, what a new one is based on, points, colour, bold, points before and after
        ("Normal", "", 10.5, now.ink, False, 0, 5),
        ("Title", "", 20, now.ink, True, 0, 3),
        ("Subtitle", "", 11, now.soft, False, 0, 9),
        ("Heading 1", "", 13, now.ink, True, 10, 3),
        ("Heading 2", "", 12, now.ink, True, 10, 3),
        ("Heading 3", "", 11, now.accent, True, 9, 3),
        ("Caption", "", 9.5, now.soft, False, 2, 7),
        ("Header", "", 9, now.accent, True, 0, 0),
        ("Footer", "", 8.5, now.soft, False, 0, 0),
        ("List Number", "", 10.5, now.ink, False, 0, 3),
        ("List Bullet", "", 10.5, now.ink, False, 0, 3),
        ("Figure", "Normal", 10.5, now.ink, False, 4, 2),
        ("Table Text", "Normal", 9.5, now.ink, False, 1.5, 1.5),
        ("Table Head", "Table Text", 9.5, now.accent, True, 1.5, 1.5),
        ("Table Note", "Normal", 9, now.soft, False, 0, 8),
        ("Term", "Normal", 10.5, now.ink, False, 0, 3),
        ("Notice", "Normal", 10.5, now.ink, False, 6, 8),
        ("Key Message", "Normal", 13, now.ink, False, 0, 9),
        ("Key Message Small", "Key Message", 10.5, now.soft, False, 0, 10),
    )
    for name, base, size, colour, bold, before, after in rows:
        if base:
            style = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style, style.quick_style = file.styles[base], True
        style = cast(ParagraphStyle, file.styles[name])
        _dress(style, size * scale, colour, bold)
        style.paragraph_format.space_before = Pt(before * scale * air)
        style.paragraph_format.space_after = Pt(after * scale * air)
    file.styles["Normal"].paragraph_format.line_spacing = 1.0 if air < 1 else 1.04
    file.styles["Term"].paragraph_format.left_indent = Pt(12)
    file.styles["Term"].paragraph_format.first_line_indent = Pt(-12)
    for name, ground, edge, rim in (
        ("Key Message", now.band, now.accent, now.band),
        ("Key Message Small", now.band, now.accent, now.band),
        ("Notice", now.paper, now.second, now.line),
    ):
        _frame(cast(ParagraphStyle, file.styles[name]), ground, edge, rim)
    _clear(file, "Title", "w:pBdr")  # a line below it
    _clear(file, "Subtitle", "w:numPr")
    for name in ("Header", "Footer"):
        _clear(file, name, "w:tabs")  # for another paper
    for name in LISTS:
        _clear(file, name, "w:contextualSpacing")  # no room between items
    _add_text_styles(file)
    _add_table_style(file)


def _dress(style: ParagraphStyle, size: float, colour: str, bold: bool) -> None:
    style.font.name = FONT
    _drop_theme(style)
    style.font.size = Pt(round(2 * size) / 2)  # Word knows half points
    style.font.bold = bold
    style.font.italic = False
    style.font.color.rgb = _rgb(colour)


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:].upper())


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


def _frame(style: ParagraphStyle, ground: str, edge: str, rim: str) -> None:
    """Give a paragraph style a ground, a thick edge on the left and a thin rim elsewhere."""
    thin = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="6" w:color="{rim[1:]}"/>'
        for side in ("bottom", "right")
    )
    borders = xml(
        f'<w:pBdr {{w}}><w:top w:val="single" w:sz="4" w:space="6" w:color="{rim[1:]}"/>'
        f'<w:left w:val="single" w:sz="36" w:space="9" w:color="{edge[1:]}"/>{thin}</w:pBdr>'
    )
    shading = xml(f'<w:shd {{w}} w:val="clear" w:color="auto" w:fill="{ground[1:]}"/>')
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
    """Add the styles for words within a line: titles of parts and tables, terms, and the mark."""
    now = house()
    part, table, term, mark = (
        cast(CharacterStyle, file.styles.add_style(name, WD_STYLE_TYPE.CHARACTER))
        for name in ("Part Title", "Table Title", "Term Name", "Mark")
    )
    part.font.size = Pt(18)
    for style, colour in ((table, now.ink), (term, now.ink), (mark, now.mark_text)):
        style.font.bold = True
        style.font.color.rgb = _rgb(colour)
    ground = f'<w:shd {{w}} w:val="clear" w:color="auto" w:fill="{now.mark_ground[1:]}"/>'
    mark.element.get_or_add_rPr().append(xml(ground))


def _add_table_style(file: Document) -> None:
    """Add a table style of rules only: the house colour around, a thin line between rows."""
    accent, line = house().accent[1:], house().line[1:]
    file.styles.element.append(
        xml(f"""<w:style {{w}} w:type="table" w:customStyle="1" w:styleId="HouseTable">
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


def xml(text: str) -> BaseOxmlElement:
    """Parse one element; {w} stands for the declaration of Word's namespace."""
    return parse_xml(text.format(w=nsdecls("w")))
