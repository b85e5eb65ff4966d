"""Write a report as a PDF that a screen reader can read (PDF/UA-1) and an archive can keep (A-2a).

The words travel to typst as JSON and come out as they are: nothing in them is markup.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias, cast

import matplotlib
import typst

from academic_workplace.report.document import Block, Columns, Picture, Report, lies, numbered
from academic_workplace.report.house import house
from academic_workplace.report.logo import as_svg

REGIONS = {"nl": "NL", "en": "GB"}

Store: TypeAlias = dict[str, bytes]  # file name to contents, as typst sees them


@dataclass(frozen=True, slots=True)
class Form:
    """How a report fits on paper: the first sheet, and what follows it.

    size: of the type on the first sheet, in points. air, share: how much room between the blocks,
    and how large the pictures, where 1 is as usual. fits: whether the first part is one sheet.
    rest, appendix: size of the type on the sheets after a summary, and of the appendix.
    """

    size: float
    air: float
    share: float
    fits: bool
    rest: float
    appendix: float


def pdf(report: Report) -> bytes:
    """Give the report as the bytes of a PDF file; the same report gives the same bytes.

    Raises typst.TypstError when the file cannot be made accessible, and RuntimeError when typst
    has a remark, such as a font that is not there.
    """
    store = _store()
    drawn = _report(report, store) | {"form": asdict(form(report))}
    return _compile(store, json.dumps(drawn, ensure_ascii=False))


@lru_cache(maxsize=8)
def form(report: Report) -> Form:
    """The largest type at which the first part is one sheet, if need be with smaller pictures.

    Measured by setting it, in a wide typeface: in Word and in a browser it takes less room. Most
    of that is for the appendix: leave it out of the report where its size is not asked.
    """
    if not report.appendix:
        return _measured(report)
    found, alone = form(replace(report, appendix=())), replace(report, summary=(), page_title="")
    return replace(found, appendix=_measured(replace(alone, page=())).appendix)


def _measured(report: Report) -> Form:
    store = _store()
    data = json.dumps(_report(report, store) | {"form": None}, ensure_ascii=False)
    found = typst.query(
        cast(Any, store), "<form>", field="value", one=True,
        font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"data": data},
    )  # fmt: skip
    return Form(**json.loads(found))


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Those that come with matplotlib; looking for them takes longer than setting a short page."""
    place = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, font_paths=[place])


def _compile(store: Store, data: str) -> bytes:
    """Run typst on files in memory."""
    output, remarks = typst.compile_with_warnings(
        cast(Any, store),  # a dict of files is accepted; typst's own annotations lack it
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards=["ua-1", "a-2a"],
    )
    if remarks:
        raise RuntimeError("typst: " + "; ".join(remark.message for remark in remarks))
    return output


def _store() -> Store:
    source = files("academic_workplace.report.writers").joinpath("page.typ")
    return {"main.typ": source.read_bytes()}


def _report(report: Report, store: Store) -> dict[str, object]:
    """Give what page.typ draws, and put the pictures in the store."""
    appendix = numbered(report.appendix, report.labels)
    logo = house().logo
    if logo is not None:
        store["logo.svg"] = as_svg(logo)
    return {
        "language": report.language,
        "region": REGIONS[report.language],
        "brand": report.brand,
        "logo": "logo.svg" if logo is not None else "",
        "logo_ratio": logo.ratio if logo is not None else 1,
        "mark": report.mark,
        "title": report.title,
        "subtitle": report.subtitle,
        "date": [report.date.year, report.date.month, report.date.day],
        "description": report.description,
        "summary": _blocks(report.summary, store),
        "page_title": report.page_title,
        "page": _blocks(report.page, store),
        "appendix_title": report.appendix_title,
        "appendix": _blocks(appendix, store),
        "lying": lies(appendix),
        "footer": report.footer,
        "page_of": report.labels.page_words,
        "colours": house().colours,
    }


def _blocks(blocks: tuple[Block, ...], store: Store) -> list[dict[str, object]]:
    return [_block(block, store) for block in blocks]


def _block(block: Block, store: Store) -> dict[str, object]:
    """Give one block as plain values with its kind."""
    kind = type(block).__name__
    if isinstance(block, Columns):
        left, right = _blocks(block.left, store), _blocks(block.right, store)
        return {"kind": kind, "left": left, "right": right}
    if isinstance(block, Picture):
        name = f"picture{len(store)}.svg"
        store[name] = block.wide_svg.encode("utf-8")
        shown = {"alt": block.alt, "caption": block.caption, "width": block.width}
        return {"kind": kind, "file": name, **shown}
    return {"kind": kind, **{field.name: getattr(block, field.name) for field in fields(block)}}
