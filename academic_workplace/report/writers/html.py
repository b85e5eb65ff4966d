"""Write a report as one HTML page that asks nothing of the network and needs no script."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from types import CodeType
from xml.etree import ElementTree

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from academic_workplace.report.document import (
    Block,
    Picture,
    Report,
    Table,
    Terms,
    lies,
    numbered,
    walk,
)
from academic_workplace.report.house import house
from academic_workplace.report.logo import Logo, as_address, as_svg, beside
from academic_workplace.report.words import phrases

SAY = phrases("writers")

LOGO_HIGH, LOGO_WIDE = 9, 40  # mm at most, on paper
PHONE_ROOM = 34  # characters of table text that fit beside each other on the smallest phone
SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a page that is part of a site.

    name: of the ways to other pages. ways: words, address and whether it is this page. other: words,
    address and language of the same page in the other language. links: where an item, a cell or a
    heading is just this text, it leads to this address. files: words and address of the same page
    in other forms.
    """

    name: str
    ways: tuple[tuple[str, str, bool], ...]
    other: tuple[str, str, str]
    links: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()


def html(report: Report, around: Around | None = None) -> str:
    """Give the report as the text of a complete HTML document.

    around: where it is part of a site.
    """
    environment = _environment()
    appendix = numbered(report.appendix, report.labels)
    glossary = _glossary(report.blocks + appendix)
    linked, places = _linker(glossary), {} if around is None else around.links
    environment.globals.update(
        kind=_kind,
        drawing=_drawing,
        scrolls=_scrolls,
        css=_css,
        colour=house(),
        keys=glossary,
        linked=linked,
        led=lambda text: _led(text, places) or linked(text),
        led_plain=lambda text: _led(text, places) or escape(text),
    )
    page = Template.from_code(environment, _page(), environment.make_globals(None))
    return page.render(
        report=report,
        appendix=appendix,
        lying=lies(appendix),
        logo=_logo(house().logo, report),
        printed=_printed(house().logo),
        paper=_paper(report),
        skip=SAY["skip"][report.language],
        around=around,
    )


def _environment() -> Environment:
    return Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )


@lru_cache(maxsize=1)
def _page() -> CodeType:
    """The template as code: compiling it takes longer than most pages that it makes."""
    source = files("academic_workplace.report.writers").joinpath("page.html.j2").read_text("utf-8")
    return _environment().compile(source)


def _paper(report: Report) -> dict[str, float] | None:
    """How a summary is printed on one sheet; None when there is no summary."""
    if not report.summary:
        return None
    from academic_workplace.report.writers.pdf import form

    found = form(replace(report, appendix=()))
    shape = {"size": found.size, "air": min(found.air, 1), "share": found.share}
    return shape | {"larger": found.rest / found.size}


def _logo(logo: Logo | None, report: Report) -> Markup:
    """The logo; a reader that cannot see it is not told twice whose report it is."""
    if logo is None:
        return Markup()
    alt = beside(logo, report.brand, report.language)
    share = f"--ratio: {logo.ratio:.4g}"
    if logo.kind == "png":
        drawing = Markup('<img class="logo" style="{}" src="{}" alt="{}">')
        return drawing.format(share, as_address(logo), alt)
    drawn = _inline(logo.content.decode(), alt, "logo", "")
    return Markup('<span class="logo" style="{}">{}</span>').format(share, drawn)


def _printed(logo: Logo | None) -> Markup:
    """The logo as a part of a style sheet, above every sheet of paper; empty without one."""
    if logo is None:
        return Markup()
    root = ElementTree.fromstring(as_svg(logo))  # noqa: S314  # a safe logo (logo.py)
    high = min(LOGO_HIGH, LOGO_WIDE / logo.ratio)
    root.attrib.update({"width": f"{high * logo.ratio:.4g}mm", "height": f"{high:.4g}mm"})
    source = b64encode(ElementTree.tostring(root)).decode()
    return Markup('url("data:image/svg+xml;base64,{}") "\\a0\\a0 "').format(source)


def _css(text: str) -> Markup:
    """A text as a string within a style sheet."""
    plain = re.sub(r"[^\w .,·-]", lambda sign: f"\\{ord(sign[0]):x} ", text)
    return Markup(f'"{plain}"')  # noqa: S704 -- only letters, digits and escapes are left


def _glossary(blocks: tuple[Block, ...]) -> dict[str, str]:
    """Every term that is explained, as it is looked for, with the place that explains it."""
    terms = [term for block in walk(blocks) if isinstance(block, Terms) for term, _ in block.terms]
    return {term.casefold(): f"t{number}" for number, term in enumerate(terms, 1)}


def _linker(glossary: dict[str, str]) -> Callable[[str], Markup]:
    """Give what makes HTML of a text: the first use of each term leads to what it means."""
    left = dict(glossary)

    def linked(text: str) -> Markup:
        out, end = Markup(), 0
        for found in pattern.finditer(text) if left else ():
            place = left.pop(found[0].casefold(), None)
            if place is not None:
                link = Markup('<a class="term" href="#{}">{}</a>').format(place, found[0])
                out, end = out + text[end : found.start()] + link, found.end()
        return out + escape(text[end:])

    longest = sorted(map(re.escape, glossary), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(longest)})(?![\w-])", re.IGNORECASE)
    return linked


def _led(text: str, places: Mapping[str, str]) -> Markup | None:
    """A text that leads to a page of the site; None when it does not."""
    if text not in places:
        return None
    return Markup('<a href="{}">{}</a>').format(places[text], text)


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
    told = {"role": "img", "aria-label": alt} if alt else {"aria-hidden": "true"}
    root.attrib.update({"id": key, "focusable": "false"} | told)
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
