"""Open the PDF, Word, Excel and PowerPoint files of reports as their readers do.

Exit 1 when a PDF does not say its number of pages, a summary is not one sheet or a report more than
four, an office program cannot open a file, or Word's XML lacks headings, alt texts or header rows.
Use: python papers.py reports/star reports/mentoring ...
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import docx
import pypdf
from docx.oxml.ns import qn

MOST_SHEETS = 4
LANGUAGES = {"rapport": "nl-NL", "report": "en-GB", "codeboek": "nl-NL", "codebook": "en-GB"}


def words(path: Path) -> list[str]:
    """The text of each page, without white space."""
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]


def opened(path: Path, folder: Path) -> Path | None:
    """The file as PDF, made by LibreOffice; None when it cannot open it."""
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path)]
    subprocess.run(command, capture_output=True, check=False, timeout=120)
    made = folder / f"{path.stem}.pdf"
    return made if made.exists() else None


def parts_of(path: Path) -> list[str]:
    """The titles of the parts of a Word report: of more to read, and of the appendix."""
    return [
        paragraph.text
        for paragraph in docx.Document(str(path)).paragraphs
        if any(run.style.name == "Part Title" for run in paragraph.runs)
    ]


def sheets(pages: list[str], parts: list[str]) -> Iterator[str]:
    """What is wrong with how many sheets the parts take; the last title is that of the appendix."""
    starts = [
        next((n for n, text in enumerate(pages) if "".join(title.split()) in text[:200]), None)
        for title in parts
    ]
    if None in starts:
        yield f"the parts do not begin a sheet: {dict(zip(parts, starts, strict=True))}"
        return
    if len(parts) == 2 and starts[0] != 1:
        yield f"the summary is {starts[0]} sheets"
    if starts and int(starts[-1] or 0) > MOST_SHEETS:
        yield f"the report is {starts[-1]} sheets"


def pdf_faults(path: Path, parts: list[str]) -> Iterator[str]:
    pages = words(path)
    for number, text in enumerate(pages, 1):
        if not re.search(rf"(pagina|page){number}(van|of){len(pages)}", text):
            yield f"page {number} does not say that it is {number} of {len(pages)}"
    yield from sheets(pages, parts)


def word_faults(path: Path, parts: list[str], folder: Path) -> Iterator[str]:
    file = docx.Document(str(path))
    names = [paragraph.style.name for paragraph in file.paragraphs]
    levels = [int(name.split()[1]) for name in names if name.startswith("Heading")]
    if not levels or "Title" not in names:
        yield "no title or no headings"
    if any(after > before + 1 for before, after in pairwise([0, *levels])):
        yield f"a heading skips a level: {levels}"
    pictures = list(file.element.body.iter(qn("wp:docPr")))
    if not all(picture.get("descr", "").strip() for picture in pictures):
        yield "a picture without an alt text"
    for number, table in enumerate(file.tables, 1):
        flags = [bool(row._tr.xpath("w:trPr/w:tblHeader")) for row in table.rows]
        if flags[:1] != [True] or any(flags[1:]):
            yield f"table {number} has no header row, or several"
    wanted = LANGUAGES.get(path.stem, "")
    found = file.styles.element.xpath("w:docDefaults//w:lang/@w:val")
    if wanted and found != [wanted]:
        yield f"the language is {found}, not {wanted}"
    made = opened(path, folder)
    if made is None:
        yield "does not open"
    elif parts:
        yield from sheets(words(made), parts)


def faults(path: Path, folder: Path) -> Iterator[str]:
    """What is wrong with one file."""
    sister = path.with_suffix(".docx")
    parts = parts_of(sister) if sister.exists() else []
    if path.suffix == ".pdf":
        yield from pdf_faults(path, parts)
    elif path.suffix == ".docx":
        yield from word_faults(path, parts, folder)
    elif opened(path, folder) is None:
        yield "does not open"


def main(folders: list[str]) -> int:
    bad = 0
    if shutil.which("soffice") is None:
        print("No LibreOffice: Word, Excel and PowerPoint files were not opened.")  # noqa: T201 -- a script
        return 1
    for place in folders:
        for path in sorted(Path(place).iterdir()):
            if path.suffix not in (".pdf", ".docx", ".xlsx", ".pptx"):
                continue
            with tempfile.TemporaryDirectory() as made:
                found = list(faults(path, Path(made)))
            print(f"{path}: {len(found)} faults", *found, sep="\n  ")  # noqa: T201 -- a script
            bad += len(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
