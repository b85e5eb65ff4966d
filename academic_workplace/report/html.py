"""Write a report as one HTML page that asks nothing of the network and needs no script."""

from __future__ import annotations

import re
from importlib.resources import files
from xml.etree import ElementTree

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from academic_workplace.report import document
from academic_workplace.report.document import Block, Picture, Report, Table, numbered

PHONE_ROOM = 34  # characters of table text that fit beside each other on the smallest phone
SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


def html(report: Report) -> str:
    """Give the report as the text of a complete HTML document."""
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.globals.update(kind=_kind, drawing=_drawing, scrolls=_scrolls, colour=document)
    source = files("academic_workplace.report").joinpath("page.html.j2").read_text("utf-8")
    template = environment.from_string(source)
    appendix = numbered(report.appendix, report.labels)
    return template.render(report=report, appendix=appendix)


def _kind(block: Block) -> str:
    return type(block).__name__


def _scrolls(table: Table) -> bool:
    """Whether a table may be wider than the smallest phone, going by what cannot be broken."""
    columns = zip(table.header, *table.rows, strict=True)
    return sum(_stiff(cells, n) + 2 for cells, n in zip(columns, table.numeric, strict=True)) > (
        PHONE_ROOM
    )


def _stiff(cells: tuple[str, ...], numeric: bool) -> int:
    """The least characters that a column is wide: a number does not break, a text at spaces."""
    words = [*cells[0].split(), *cells[1:]] if numeric else " ".join(cells).split()
    return max(map(len, words), default=0)


def _drawing(picture: Picture, key: str) -> Markup:
    """Give the SVG of a picture, wide and narrow; style sheets show one of the two."""
    if picture.narrow_svg in ("", picture.wide_svg):
        return _inline(picture.wide_svg, picture.alt, key, "")
    wide = _inline(picture.wide_svg, picture.alt, f"{key}w", "wide")
    return wide + _inline(picture.narrow_svg, picture.alt, f"{key}n", "narrow")


def _inline(svg: str, alt: str, key: str, css_class: str) -> Markup:
    """Make an SVG file part of a page: one image with a name, whose ids and rules stay its own."""
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own drawing, not a user's file
    for unwanted in ("metadata", "title", "desc"):
        for parent in list(root.iter()):
            for child in parent.findall(SVG + unwanted):
                parent.remove(child)
    for element in root.iter():
        _keep_apart(element, key)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.attrib.update({"id": key, "role": "img", "aria-label": alt, "focusable": "false"})
    if css_class:
        root.set("class", css_class)
    return Markup(_text(root))  # noqa: S704 -- serialised by ElementTree, which escapes


def _text(root: ElementTree.Element) -> str:
    """Serialise with plain tag names, as HTML wants its SVG."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _keep_apart(element: ElementTree.Element, key: str) -> None:
    """Prefix the ids of one element, and what refers to them, with the picture's key."""
    if HREF in element.attrib:
        element.set("href", element.attrib.pop(HREF))
    for name, value in element.attrib.items():
        if name == "id":
            element.set(name, f"{key}-{value}")
        elif name == "href" and value.startswith("#"):
            element.set(name, f"#{key}-{value[1:]}")
        else:
            element.set(name, value.replace("url(#", f"url(#{key}-"))
    if element.tag == SVG + "style" and element.text:
        element.text = _scoped(element.text, key)


def _scoped(css: str, key: str) -> str:
    """Let the rules of an embedded style sheet hold within the picture only."""

    def own(rule: re.Match[str]) -> str:
        selectors = rule[1].replace("#", f"#{key}-").split(",")
        return ", ".join(f"#{key} {selector.strip()}" for selector in selectors) + "{"

    return re.sub(r"([^{}]+)\{", own, css)
