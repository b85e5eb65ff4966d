"""A notebook as one page for a lector: what it found in full view, its code folded.

nbconvert with a template of our own: no request to a network, the language said, an alternative text
with every picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import as_file, files
from itertools import count
from pathlib import Path
from typing import Any

from academic_workplace.errors import Fault, ReportError
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.report.house import house
from academic_workplace.report.logo import as_address, beside
from academic_workplace.report.words import phrases

SAY = phrases("lector")
LANGUAGE = re.compile(r"^\s*language\s*=\s*[\"'](nl|en)[\"']", re.MULTILINE)
PICTURES = ("image/png", "image/svg+xml")
REGION = re.compile(r'(<div aria-label="[^"]*)(" class="shown")')
CORNER = re.compile(r"<th>\s*</th>")  # of a pandas table: no heading, since nothing stands below it
OLD = re.compile(r' (?:border="\d+"|class="dataframe"|style="text-align: right;")')
OWN_STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.DOTALL)


def lector_page(notebook: str | Path) -> str:
    """The HTML of a notebook as it was run and saved; nothing is computed here.

    Its language is that of its cell ``language = "nl"`` (Dutch when it has none).
    Raises ReportError naming everything in the way: no notebook, steps that were not run or stopped
    at an error, pictures without a description, nbconvert absent.
    """
    try:
        import nbformat
        from nbconvert import HTMLExporter
    except ModuleNotFoundError:
        raise ReportError([Fault(SAY["fault.nbconvert"], SAY["fault.nbconvert_remedy"])]) from None
    path = Path(notebook)
    try:
        content = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # no types
    except Exception:  # noqa: BLE001 -- nbformat raises many kinds, all of which mean this
        fault = Fault(SAY["fault.no_notebook"], SAY["fault.no_notebook_remedy"], file=path.name)
        raise ReportError([fault]) from None
    faults = list(_faults(content, path.name))
    if faults:
        raise ReportError(faults)
    code = "\n".join(cell.source for cell in content.cells if cell.cell_type == "code")
    found = LANGUAGE.search(code)
    language = found[1] if found else LANGUAGES[0]
    said: dict[str, Any] = {
        "kind": SAY["kind"][language],
        "code": SAY["code"][language],
        "result": SAY["result"][language],
        "language": language,
        "title": content.metadata.get("title", path.stem),
        "house": house().name[language],
        "logo": as_address(house().logo),
        "logo_text": beside(house().logo, house().name[language], language),
        "colours": house(),
        "footer": SAY["footer"][language].format(name=path.name),
    }
    with as_file(files("academic_workplace.report").joinpath("notebook_template")) as templates:
        exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]  # nbconvert has no types
            template_name="lector",
            extra_template_basedirs=[str(templates)],
            exclude_anchor_links=True,
            exclude_input_prompt=True,
            exclude_output_prompt=True,
        )
        page, _ = exporter.from_notebook_node(content, resources={"workplace": said})
    plain = OLD.sub("", OWN_STYLE.sub("", page))
    number = count(1)  # a name of its own for every result, by which a screen reader lists them
    named = REGION.sub(lambda found: f"{found[1]} {next(number)}{found[2]}", plain)
    return CORNER.sub("<td></td>", named)


def _faults(content: Any, name: str) -> Iterator[Fault]:
    cells = [cell for cell in content.cells if cell.cell_type == "code" and cell.source.strip()]
    if any(cell.execution_count is None for cell in cells):
        yield Fault(SAY["fault.not_run"], SAY["fault.not_run_remedy"], file=name)
    outputs = [output for cell in cells for output in cell.outputs]
    if any(output.output_type == "error" for output in outputs):
        yield Fault(SAY["fault.stopped"], SAY["fault.not_run_remedy"], file=name)
    bare = sum(
        any(
            kind in output.data and not output.metadata.get(kind, {}).get("alt")
            for kind in PICTURES
        )
        for output in outputs
        if "data" in output
    )
    if bare:
        rule = Text(*(SAY["fault.no_alt"][code].format(n=bare) for code in LANGUAGES))
        yield Fault(rule, SAY["fault.no_alt_remedy"], file=name)
