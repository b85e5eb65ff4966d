"""A new study is filled in as far as the file tells, with what is guessed marked."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.cli import main
from academic_workplace.intake.starting import Roles, new_study, notebook_text, plan_text, roles_of
from academic_workplace.picker import choose
from academic_workplace.plan import parse_plan

DATA = Path(__file__).parents[1] / "data"


def test_the_roles_of_a_long_table_are_guessed_from_names_and_shapes():
    table = aw.read(DATA / "levensvaardigheden" / "pupils.csv")
    roles = roles_of(table)
    assert (roles.pupil, roles.cluster, roles.treatment) == ("leerling", "school", "programma")
    assert roles.comparison == "nee"
    assert roles.waves == ("voormeting", "nameting", "20 maanden")
    assert roles.outcomes == ("zelfeffectiviteit", "zelfbeeld", "probleemgedrag")
    assert set(roles.covariates) == {"meisje", "groep", "opleiding_ouders", "schoolweging"}


def test_the_roles_of_a_wide_table_pair_each_outcome_with_its_measurement_before(pupils):
    table = pupils.rename(columns={"voor": "welbevinden_voor", "na": "welbevinden_na"})
    table["pesten_na"] = np.arange(24) / 7
    table["pesten_voor"] = np.arange(24) / 8
    roles = roles_of(table)
    assert roles.outcomes == ("welbevinden_na", "pesten_na")
    assert roles.baselines == ("welbevinden_voor", "pesten_voor")
    assert (roles.cluster, roles.treatment, roles.comparison) == ("school", "programma", "0")


def awkward(pupils):
    """Tables of all kinds, by what is odd about them."""
    n, half = len(pupils), np.arange(len(pupils)) % 2
    return {
        "a column twice": pd.concat([pupils, pupils[["voor"]]], axis=1),
        "lists": pupils.assign(lijst=[[i] for i in range(n)]),
        "an index of the same name": pupils.set_index("school", drop=False),
        "one row": pupils.head(1),
        "no column of text": pupils[["voor"]],
        "numbers for names": pupils.rename(columns={"voor": 3}),
        "truth": pupils.assign(programma=pd.array(half == 1, dtype="boolean")),
        "categories": pupils.astype({"school": "category", "programma": "category"}),
        "an arm that nobody is in": pupils.assign(programma=None),
    }


def test_a_pupil_who_stands_there_twice_does_not_hide_the_column_of_pupils(pupils):
    twice = pd.concat([pupils, pupils.iloc[[3, 9]]], ignore_index=True)
    assert roles_of(twice).pupil == "leerling"
    assert roles_of(pupils.assign(leerling=[f"L{i // 2}" for i in range(24)])).pupil == ""


def test_of_any_table_a_plan_can_be_begun(pupils):
    for odd, table in awkward(pupils).items():
        text = plan_text("lessen", "p.csv", roles_of(table), "nl")
        wrong: set[str] = set()
        try:
            parse_plan(text)
        except aw.PlanError as error:
            wrong = {fault.column for fault in error.faults}
        assert wrong <= {"outcome", "treatment", "cluster"}, odd  # what is to be filled in


def test_waves_are_in_order_of_time_and_only_those_that_occur(pupils):
    early, late = pd.Timestamp("2024-09-01"), pd.Timestamp("2025-06-01")
    dates = pupils.assign(meting=[late, early] * 12)
    assert roles_of(dates).waves == (str(early), str(late))
    order = pd.Categorical(["na", "voor"] * 12, categories=["ooit", "voor", "na"], ordered=True)
    assert roles_of(pupils.assign(meting=order)).waves == ("voor", "na")


def test_a_wave_in_few_rows_may_be_what_a_pupil_said(pupils):
    said = pupils.assign(moment=["toen Jan ziek was"] * 3 + ["begin", "eind"] * 10 + ["eind"])
    assert roles_of(said).wave == ""
    assert "Jan" not in plan_text("lessen", "p.csv", roles_of(said), "nl")


def test_of_hundreds_of_numbers_the_first_twelve_are_outcomes(pupils):
    items = pd.DataFrame(np.arange(24 * 300).reshape(24, 300) % 7).add_prefix("v")
    roles = roles_of(pd.concat([pupils.drop(columns=["voor", "na"]), items], axis=1))
    assert (len(roles.outcomes), roles.more) == (12, 288)
    assert "En nog 288 kolommen" in plan_text("lessen", "p.csv", roles, "nl")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_guessed_plan_can_be_estimated_with_at_once(language, pupils):
    text = plan_text("lessen", "p.csv", roles_of(pupils), language)
    plan = parse_plan(text)
    assert aw.estimate(pupils, plan)[0].estimate is not None
    fill = {"nl": "VUL IN", "en": "FILL IN"}[language]
    assert sum(f"{fill}:" in line for line in text.splitlines()) == 2  # the question and the source


WITHOUT_A_LOT = {  # the lines to take up, and what has to go or change for it
    "chosen": (("method = \"entropy", "estimand"), ()),
    "pairs": (("method = \"entropy", "[comparing]", "caliper"),
              (("entropy balancing", "nearest neighbour"),)),
    "years": (("period", "method = \"staggered"),
              (("comparison = \"0\"", ""), ("baseline = \"voor\"", ""),
               ("assigned = \"pupil\"", "assigned = \"cluster\""))),
    "cut-off": (("running", "cutoff", "below"), (("\"choice\"", "\"cutoff\""),)),
}  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("design", WITHOUT_A_LOT)
def test_a_new_plan_tells_what_there_is_without_a_lot(design, language, pupils):
    text = plan_text("lessen", "p.csv", roles_of(pupils), language)
    text = text.replace('assigned = "cluster"', 'assigned = "pupil"')
    lines, changes = WITHOUT_A_LOT[design]
    for line in lines:
        assert f"\n# {line}" in text
        text = text.replace(f"\n# {line}", f"\n{line}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    plan = parse_plan(text)
    told = (plan.estimand, plan.comparing.caliper, plan.period, plan.running)
    assert sum(value is not None for value in told) == 1


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_plan_without_a_file_says_everywhere_what_is_to_be_filled_in(language):
    with pytest.raises(aw.PlanError) as caught:
        parse_plan(plan_text("lessen", "", Roles(), language))
    assert {f.column for f in caught.value.faults} >= {"treatment", "cluster", "outcome"}


@given(st.lists(st.text(min_size=1), min_size=4, max_size=4, unique=True))
def test_any_name_of_a_column_makes_a_plan_that_can_be_read(names):
    pupil, cluster, treatment, outcome = names
    roles = Roles(pupil, cluster, treatment, "nee", outcomes=(outcome,))
    plan = parse_plan(plan_text("x", "a.csv", roles, "nl"))
    assert (plan.pupil, plan.cluster, plan.treatment, plan.outcomes) == (
        pupil, cluster, treatment, (outcome,)
    )  # fmt: skip


def test_the_command_makes_a_folder_that_check_and_report_take(
    pupils, as_text, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.csv").write_text(as_text(pupils), encoding="utf-8")
    assert main(["new", "lessen", "--from", "p.csv"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        str(Path("lessen") / name) for name in ("plan.toml", "lessen.ipynb", "codebook.toml")
    ]
    assert main(["check", "lessen/plan.toml"]) == 0
    assert "In orde: 24 leerlingen" in capsys.readouterr().out
    before = {path: path.read_bytes() for path in (tmp_path / "lessen").iterdir()}
    assert main(["new", "lessen"]) == 2
    assert "bestaat al" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (tmp_path / "lessen").iterdir()} == before


@pytest.mark.parametrize("name", ["", "../elders", "a b", ".verborgen"])
def test_a_name_that_is_no_folder_is_refused(name, tmp_path):
    with pytest.raises(aw.PlanError):
        new_study(name, None, None, None, tmp_path, "nl")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(aw.DataError):
        new_study("lessen", None, None, None, tmp_path / "file", "nl")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_notebook_of_a_new_study_runs_from_its_folder(language, pupils, as_text, tmp_path):
    many = pd.concat(
        [pupils.assign(school=pupils.school + s, leerling=pupils.leerling + s) for s in "ab"]
    )
    (tmp_path / "p.csv").write_text(as_text(many), encoding="utf-8")
    table = aw.read(tmp_path / "p.csv")
    paths = new_study("lessen", tmp_path / "p.csv", table, None, tmp_path, language)
    cells = json.loads(notebook_text(language))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert len(sources) == 7
    said = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(paths[0].parent)
        for source in sources:
            exec(compile(source, "cell", "exec"), said)  # noqa: S102  # the notebook's own cells
    assert (paths[0].parent / {"nl": "rapport", "en": "report"}[language]).is_dir()


def test_a_file_is_chosen_by_a_menu_or_by_name(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("b.csv", "a.sav", "in/c.xlsx", "plan.toml", ".d.csv"):
        (tmp_path / name).write_text("x")
    choice = choose(tmp_path)
    assert [file.name for file in choice.files] == ["a.sav", "b.csv", "c.xlsx"]
    assert choice.path.name == "a.sav"
    choice.menu.value = str(tmp_path / "in" / "c.xlsx")
    assert choice.path.name == "c.xlsx"
    assert choose(tmp_path, "b.csv").path.name == "b.csv"
    assert "application/vnd.jupyter.widget-view+json" in choice._repr_mimebundle_()


def test_without_the_library_for_menus_the_files_are_listed(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
    (tmp_path / "<b>.csv").write_text("x")
    choice = choose(tmp_path)
    assert choice.menu is None
    assert choice.path.name == "<b>.csv"
    assert choice._repr_mimebundle_()["text/html"] == "<ul><li>&lt;b&gt;.csv ←</li></ul>"


def test_a_folder_without_data_or_without_that_file_is_told(tmp_path):
    with pytest.raises(aw.DataError):
        choose(tmp_path)
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(aw.DataError) as caught:
        choose(tmp_path, "z.csv")
    assert "z.csv" in str(caught.value)
