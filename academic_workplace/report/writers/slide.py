"""Write the key picture of a report as a slide: the answer above it, and where it comes from."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

from academic_workplace.report.document import KeyMessage, Notice, Picture, Report, walk
from academic_workplace.report.house import house
from academic_workplace.report.logo import as_png
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.package import packed, unpacked

if TYPE_CHECKING:
    from pptx.dml.color import RGBColor
    from pptx.presentation import Presentation
    from pptx.slide import Slide

SAY = phrases("writers")

LANGUAGES = {"nl": "nl-NL", "en": "en-GB"}
WIDE, HIGH = 13.333, 7.5  # inches: 16 : 9
EDGE = 0.7
TITLE_ONLY = 5  # the layout of python-pptx's own template
SIZES = ((90, 30), (150, 26), (220, 22), (10_000, 19))  # most characters, and points of the title


def slide(report: Report) -> bytes | None:
    """Give the bytes of a pptx file with one slide; None when the report has no picture.

    The same report gives the same bytes.
    """
    picture = next((b for b in walk(report.blocks) if isinstance(b, Picture)), None)
    if picture is None:
        return None
    import pptx
    from pptx.util import Inches

    show = pptx.Presentation()
    _widen(show, WIDE / 10)
    show.slide_width, show.slide_height = Inches(WIDE), Inches(HIGH)
    page = show.slides.add_slide(show.slide_layouts[TITLE_ONLY])
    _title(page, report)
    _draw(page, picture)
    _say(page, picture.caption, (EDGE, 5.92, WIDE - 2 * EDGE, 0.7), 12, house().soft, report)
    subtitle = report.subtitle or report.brand
    source = SAY["slide.source"][report.language].format(title=report.title, subtitle=subtitle)
    _say(page, source, (EDGE, 6.75, WIDE - 2 * EDGE, 0.45), 11, house().soft, report)
    _top(page, report)
    _set_properties(show, report)
    saved = io.BytesIO()
    show.save(saved)
    return packed(unpacked(saved.getvalue()))


def message(report: Report) -> str:
    """What the report answers, or its title when it answers nothing."""
    for block in walk(report.blocks):
        if isinstance(block, KeyMessage | Notice):
            return block.text
    return report.title


def _title(page: Slide, report: Report) -> None:
    from pptx.util import Inches

    text = message(report)
    size = next(points for most, points in SIZES if len(text) <= most)
    title: Any = page.shapes.title  # of this layout it is never None
    title.left, title.top = Inches(EDGE), Inches(0.75)
    title.width, title.height = Inches(WIDE - 2 * EDGE), Inches(1.25)
    _write(title, text, size, house().ink, report, bold=True)


def _draw(page: Slide, picture: Picture) -> None:
    """The picture as large as its place allows, with its words for who cannot see it."""
    from pptx.util import Inches

    room, height = Inches(WIDE - 2 * EDGE), Inches(3.75)
    drawn: Any = page.shapes.add_picture(
        io.BytesIO(picture.png), Inches(0), Inches(2.1), height=height
    )
    if drawn.width > room:
        drawn.width, drawn.height = room, round(drawn.height * room / drawn.width)
    drawn.left = Inches(EDGE) + (room - drawn.width) // 2
    drawn._element.nvPicPr.cNvPr.set("descr", picture.alt)


def _top(page: Slide, report: Report) -> None:
    """Whose it is, and what kind of numbers."""
    from pptx.util import Inches

    logo, left = house().logo, EDGE
    if logo is not None:
        high = min(0.45, 2.2 / logo.ratio)
        image = io.BytesIO(as_png(logo))
        drawn: Any = page.shapes.add_picture(image, Inches(EDGE), Inches(0.2), height=Inches(high))
        drawn._element.nvPicPr.cNvPr.set("descr", logo.alt[report.language])
        left += high * logo.ratio + 0.2
    _say(page, report.brand, (left, 0.22, 7 - left, 0.4), 12, house().accent, report, bold=True)
    if report.mark:
        place = (WIDE - EDGE - 4.2, 0.22, 4.2, 0.4)
        _say(page, report.mark, place, 12, house().mark_text, report, bold=True,
             ground=house().mark_ground)  # fmt: skip


def _say(
    page: Slide,
    text: str,
    place: tuple[float, float, float, float],
    size: float,
    colour: str,
    report: Report,
    bold: bool = False,
    ground: str = "",
) -> None:
    """A line of text. place: left, top, width and height in inches."""
    from pptx.util import Inches

    if not text:
        return
    box = page.shapes.add_textbox(*map(Inches, place))
    _write(box, text, size, colour, report, bold)
    if ground:
        box.fill.solid()
        box.fill.fore_color.rgb = _rgb(ground)


def _write(
    shape: Any, text: str, size: float, colour: str, report: Report, bold: bool = False
) -> None:
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Inches, Pt

    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    frame.margin_left = frame.margin_right = Inches(0.08)
    line = frame.paragraphs[0]
    line.alignment = PP_ALIGN.LEFT
    run = line.add_run()
    run.text = text
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = _rgb(colour)
    run._r.get_or_add_rPr().set("lang", LANGUAGES[report.language])


def _rgb(colour: str) -> RGBColor:
    from pptx.dml.color import RGBColor

    return RGBColor(*bytes.fromhex(colour[1:]))  # type: ignore[no-untyped-call]  # no types


def _widen(show: Presentation, times: float) -> None:
    """Stretch the layouts of the template, so that a slide that is added later fits too."""
    for layout in (show.slide_master, *show.slide_layouts):
        for shape in layout.shapes:
            if shape.element.xpath(".//a:xfrm"):
                shape.left, shape.width = round(shape.left * times), round(shape.width * times)


def _set_properties(show: Presentation, report: Report) -> None:
    from pptx.opc.constants import RELATIONSHIP_TYPE

    properties = show.core_properties
    day = datetime.datetime.combine(report.date, datetime.time())
    properties.title, properties.author = report.title, report.brand
    properties.language, properties.last_modified_by = LANGUAGES[report.language], report.brand
    properties.created = properties.modified = day
    package = show.part.package
    for key, link in list(package._rels.items()):
        if link.reltype == RELATIONSHIP_TYPE.THUMBNAIL:  # a picture of the empty template
            package._rels.pop(key)
