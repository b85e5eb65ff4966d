"""An organisation's logo: a picture from elsewhere, so only what is safe of it is kept."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast
from xml.etree import ElementTree

from academic_workplace.errors import Fault
from academic_workplace.language import Text
from academic_workplace.report.words import phrases

SAY = phrases("house")

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
PNG_SIGN = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 300_000
MOST_PIXELS = 4_000  # wide or high
FLATTEST, TALLEST = 12.0, 0.25  # width over height
MOST_REPEATED = 20  # <use>: each may double what the one before it draws
SHAPES = frozenset({
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs", "use",
    "symbol", "clipPath", "mask", "linearGradient", "radialGradient", "stop", "style",
})  # fmt: skip
WORDS_ONLY = ("title", "desc", "metadata")  # what it says of itself; the report has its own words
PPI = 300.0
LAYOUT = b"""#set page(width: 6cm, height: auto, margin: 0pt, fill: none)
#image("logo.svg", width: 100%)"""


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo that is safe to put in a report. ratio: its width over its height."""

    kind: Literal["svg", "png"]
    content: bytes
    alt: Text
    ratio: float


class UnsafeError(Exception):
    """Something in an SVG file that may not be in a report; `what` says what."""

    def __init__(self, what: Text) -> None:
        self.what = what


def read_logo(content: bytes, alt: Text) -> Logo | Fault:
    """The logo of a PNG or SVG file, without what it says of itself, or why it cannot be used."""
    if len(content) > MOST_BYTES:
        gaps = {"found": len(content) // 1000, "most": MOST_BYTES // 1000}
        return Fault(filled(SAY["logo.large"], **gaps), SAY["logo.large_remedy"])
    try:
        logo = _png(content, alt) if content.startswith(PNG_SIGN) else _svg(content, alt)
    except UnsafeError as unsafe:
        rule = Text(*(SAY["logo.unsafe"][to].format(what=unsafe.what[to]) for to in ("nl", "en")))
        return Fault(rule, SAY["logo.unsafe_remedy"])
    if logo is None:
        return Fault(SAY["logo.no_picture"], SAY["logo.no_picture_remedy"])
    if not TALLEST <= logo.ratio <= FLATTEST:
        return Fault(SAY["logo.shape"], SAY["logo.shape_remedy"])
    return logo


def beside(logo: Logo | None, name: str, language: str) -> str:
    """The words of a logo that stands beside a name; empty when they say only that name again."""
    alt = logo.alt[language] if logo is not None else ""
    return "" if alt == name else alt


def as_address(logo: Logo | None) -> str:
    """The logo as the address of a picture, which asks nothing of a network; empty without one."""
    if logo is None:
        return ""
    kind = "svg+xml" if logo.kind == "svg" else "png"
    return f"data:image/{kind};base64,{b64encode(logo.content).decode()}"


@cache
def as_png(logo: Logo) -> bytes:
    """The logo in pixels, for files that take no SVG. Raises RuntimeError on what is no picture."""
    if logo.kind == "png":
        return logo.content
    import typst

    files: dict[str, bytes] = {"main.typ": LAYOUT, "logo.svg": logo.content}
    return typst.compile(cast(Any, files), format="png", ppi=PPI)


def as_svg(logo: Logo) -> bytes:
    """The logo as SVG; one of pixels is wrapped, for typst takes no other files from memory."""
    if logo.kind == "svg":
        return logo.content
    data = b64encode(logo.content).decode()
    return (
        f'<svg xmlns="{SVG[1:-1]}" viewBox="0 0 {100 * logo.ratio:.6g} 100"><image width="100%"'
        f' height="100%" href="data:image/png;base64,{data}"/></svg>'
    ).encode()


def _png(content: bytes, alt: Text) -> Logo | None:
    """A PNG read and written again: without the place, the maker or a hidden second picture."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if max(image.size) > MOST_PIXELS:
                return None
            colours = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    out = io.BytesIO()
    colours.save(out, "PNG", optimize=True)
    return Logo("png", out.getvalue(), alt, colours.width / colours.height)


def _svg(content: bytes, alt: Text) -> Logo | None:
    """An SVG of shapes alone; everything else that would be drawn or run is refused."""
    try:
        text = re.sub(r"<!DOCTYPE[^\[>]*>", "", content.decode("utf-8-sig"))
        if "<!" in re.sub(r"<!--.*?-->|<!\[CDATA\[", "", text, flags=re.DOTALL):
            raise UnsafeError(filled(SAY["logo.element"], name="DOCTYPE"))
        root = ElementTree.fromstring(text)  # noqa: S314  # no document type, so no entities
    except (UnicodeDecodeError, ElementTree.ParseError):
        return None
    ratio = _ratio(root)
    if root.tag != f"{SVG}svg" or ratio is None:
        return None
    _strip(root)
    for element in root.iter():
        _keep_safe(element)
    repeated = sum(1 for _ in root.iter(f"{SVG}use"))
    if repeated > MOST_REPEATED:
        raise UnsafeError(filled(SAY["logo.repeated"], name="use"))
    ElementTree.register_namespace("", SVG[1:-1])
    ElementTree.register_namespace("xlink", XLINK[1:-1])
    logo = Logo("svg", ElementTree.tostring(root, encoding="utf-8"), alt, ratio)
    try:
        as_png(logo)
    except RuntimeError:  # of typst: it draws nothing, or it cannot be drawn
        return None
    return logo


def _ratio(root: ElementTree.Element) -> float | None:
    """Width over height, from the view box or else from the size; None without either."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())[2:]
    sizes = box if len(box) == 2 else [root.get("width", ""), root.get("height", "")]
    numbers = [re.fullmatch(r"(\d+\.?\d*|\.\d+)(px|pt|mm|cm|in)?", size) for size in sizes]
    wide, high = (float(number[1]) if number else 0.0 for number in numbers)
    return wide / high if wide > 0 and high > 0 else None


def _strip(root: ElementTree.Element) -> None:
    """Take out what is not drawn: words about the picture, and what editors keep for themselves."""
    for parent in list(root.iter()):
        for child in list(parent):
            name = child.tag.removeprefix(SVG)
            if not child.tag.startswith(SVG) or name in WORDS_ONLY:
                parent.remove(child)


def _keep_safe(element: ElementTree.Element) -> None:
    """Raise UnsafeError on what could run, or be fetched; drop the attributes of editors."""
    name = element.tag.removeprefix(SVG)
    if name == "script":
        raise UnsafeError(filled(SAY["logo.script"], name=name))
    if name not in SHAPES:
        raise UnsafeError(filled(SAY["logo.element"], name=name))
    for key, value in list(element.attrib.items()):
        plain = key.removeprefix(XLINK)
        if plain == "href":
            if not value.startswith("#"):
                raise UnsafeError(SAY["logo.reference"])
        elif "}" in key:
            del element.attrib[key]
        elif plain.lower().startswith("on"):
            raise UnsafeError(filled(SAY["logo.script"], name=plain))
        else:
            _keep_inside(value)
    if name == "style":
        _keep_inside(element.text or "")
        if "@" in (element.text or ""):  # @import, @font-face
            raise UnsafeError(SAY["logo.reference"])


def _keep_inside(style: str) -> None:
    """Raise UnsafeError when a style may point outside the file."""
    without = re.sub(r"url\(\s*(['\"]?)#[\w.-]+\1\s*\)", "", style)
    if re.search(r"url|image|src\s*\(|expression|javascript:|data:|\\|/\*", without, re.IGNORECASE):
        raise UnsafeError(SAY["logo.reference"])


def filled(said: Text, **gaps: object) -> Text:
    """A text with its gaps filled, in both languages."""
    return Text(said.nl.format(**gaps), said.en.format(**gaps))
