"""Write a report as a PDF that a screen reader can read (PDF/UA-1) and an archive can keep (A-2a).

The words travel to typst as JSON and come out as they are: nothing in them is markup.
"""

from __future__ import annotations

import json
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias, cast

import matplotlib
import typst

from academic_workplace.report import document
from academic_workplace.report.document import Block, Columns, Picture, Report, numbered, sheets

REGIONS = {"nl": "NL", "en": "GB"}
COLOURS = ("INK", "SOFT", "LINE", "PAPER", "ACCENT", "SUN", "BAND", "MARK_GROUND", "MARK_TEXT")

Store: TypeAlias = dict[str, bytes]  # file name to contents, as typst sees them


def pdf(report: Report) -> bytes:
    """Give the report as the bytes of a PDF file; the same report gives the same bytes.

    Raises typst.TypstError when the file cannot be made accessible, and RuntimeError when typst
    has a remark, such as a font that is not there.
    """
    store: Store = {
        "main.typ": files("academic_workplace.report").joinpath("page.typ").read_bytes()
    }
    data = json.dumps(_report(report, store), ensure_ascii=False)
    return _compile(store, data)


def _compile(store: Store, data: str) -> bytes:
    """Run typst on files in memory; the fonts are those that come with matplotlib."""
    output, remarks = typst.compile_with_warnings(
        cast(Any, store),  # a dict of files is accepted; typst's own annotations lack it
        font_paths=[Path(matplotlib.get_data_path()) / "fonts" / "ttf"],
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards=["ua-1", "a-2a"],
    )
    if remarks:
        raise RuntimeError("typst: " + "; ".join(remark.message for remark in remarks))
    return output


def _report(report: Report, store: Store) -> dict[str, object]:
    """Give what page.typ draws, and put the pictures in the store."""
    appendix = numbered(report.appendix, report.labels)
    return {
        "language": report.language,
        "region": REGIONS[report.language],
        "brand": report.brand,
        "mark": report.mark,
        "title": report.title,
        "subtitle": report.subtitle,
        "date": [report.date.year, report.date.month, report.date.day],
        "description": report.description,
        "page": _blocks(report.page, store),
        "appendix_title": report.appendix_title,
        "appendix": [
            {"lying": lying, "blocks": _blocks(blocks, store)} for lying, blocks in sheets(appendix)
        ],
        "footer": report.footer,
        "page_of": report.labels.page_words,
        "colours": {name: getattr(document, name) for name in COLOURS},
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
