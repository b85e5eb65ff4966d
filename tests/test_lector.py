"""A notebook as a page for who checks it: code folded, pictures described, nothing from outside."""

from __future__ import annotations

import copy
import html
import re
from pathlib import Path

import nbformat
import pytest

import academic_workplace as aw
from academic_workplace.cli import main
from academic_workplace.language import Text
from academic_workplace.report.house import House, dressed
from academic_workplace.report.lector import lector_page
from academic_workplace.report.logo import read_logo

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><path d="M0 0h4v1"/></svg>'
PNG = "iVBORw0KGgo="


def notebook(*cells: object, title: str = "Een titel") -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=list(cells))
    made.metadata["title"] = title
    return made


def step(source: str, *outputs: object, run: int | None = 1) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=run)


def shown(data: dict[str, str], **metadata: object) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("execute_result", data=data, metadata=metadata, execution_count=1)


@pytest.fixture
def page_of(tmp_path):
    def make(made: nbformat.NotebookNode) -> str:
        path = tmp_path / "proef.ipynb"
        nbformat.write(made, path)
        return lector_page(path)

    return make


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_of_the_project_makes_a_page(path):
    text = lector_page(path)
    assert '<html lang="nl">' in text or path.stem == "star"  # which is in English
    assert not re.search(r'(?:src|href)="(?!data:|#)[^"]*//', text)
    assert "<script" not in text
    assert text.count("<img") == text.count(' alt="') > 0
    assert ' alt=""' not in text
    assert "<th></th>" not in text
    assert "NBVAL" not in text
    regions = re.findall(r'<div aria-label="([^"]+)" class="shown"', text)
    assert len(set(regions)) == len(regions) == text.count('class="shown"')
    steps = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert text.count("<details>") == len(steps)


def test_the_code_is_folded_and_what_it_found_is_not(page_of):
    output = nbformat.v4.new_output("stream", text="uitkomst 3 < 4")
    text = page_of(notebook(step("1 < 2", output)))
    folded = re.search(r"<details>(.*?)</details>", text, re.DOTALL)
    assert folded is not None
    assert "1 &lt; 2" in folded[1]
    assert "uitkomst 3 &lt; 4" in text.replace(folded[0], "")


def test_the_language_is_the_one_the_notebook_was_run_in(page_of):
    assert '<html lang="en">' in page_of(notebook(step('language = "en"')))
    assert "Show the code" in page_of(notebook(step('language = "en"')))
    assert '<html lang="nl">' in page_of(notebook(step("x = 1")))


def test_a_title_is_text_and_a_house_has_its_own_colours(page_of):
    made = notebook(step("1"), title="a <b> & c")
    with dressed(House(accent="#7a1f3d")):
        text = page_of(made)
    assert "<title>a &lt;b&gt; &amp; c</title>" in text
    assert "#7a1f3d" in text


def test_a_page_bears_the_logo_of_its_house_with_words_for_who_cannot_see_it(page_of):
    made = notebook(step("1"))
    with dressed(House(logo=read_logo(SVG, Text('Merk "Oost"', "Emblem")))):
        (drawn,) = re.findall("<img[^>]*>", page_of(made))
    assert "alt='Merk \"Oost\"'" in drawn
    assert 'src="data:image/svg+xml;base64,' in drawn
    assert "<img" not in page_of(made)


def test_everything_in_the_way_is_named_at_once(page_of):
    error = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
    bare = shown({"image/png": PNG})
    with pytest.raises(aw.ReportError) as caught:
        page_of(notebook(step("1", run=None), step("2", error), step("3", bare, copy.copy(bare))))
    assert [fault.rule.en.split(".")[0] for fault in caught.value.faults] == [
        "This notebook holds steps that were not run",
        "This notebook stopped at an error",
        "2 pictures in this notebook have no description for who cannot see them",
    ]


def test_a_picture_with_a_description_keeps_it(page_of):
    text = page_of(
        notebook(step("1", shown({"image/png": PNG}, **{"image/png": {"alt": 'zes "scholen"'}})))
    )
    assert 'alt="zes "scholen""' in html.unescape(text).replace("'", '"')


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', "\0"])
def test_what_is_no_notebook_is_said(tmp_path, content):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(aw.ReportError, match=r"x\.ipynb"):
        lector_page(path)
    with pytest.raises(aw.ReportError, match="geen notebook"):
        lector_page(tmp_path / "afwezig.ipynb")


def test_the_command_writes_all_pages_or_none(tmp_path, capsys):
    good = tmp_path / "goed.ipynb"
    nbformat.write(notebook(step("1")), good)
    out = tmp_path / "uit"
    assert main(["notebook", str(good), str(tmp_path / "weg.ipynb"), "--out", str(out)]) == 2
    assert "weg.ipynb" in capsys.readouterr().err
    assert not out.exists()
    assert main(["notebook", str(good), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out / "goed.html")
