"""The flow of pupils and the page of a check: readable, and nothing that points at a pupil."""

import datetime
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.intake.pupils import Flow
from academic_workplace.language import Text, same
from academic_workplace.plan import Arm
from academic_workplace.report import write_check
from academic_workplace.report.checking import check_page
from academic_workplace.report.document import walk
from academic_workplace.report.figures.style import NARROW, WIDE
from academic_workplace.report.flow import (
    STEPS,
    flow_alternative,
    flow_of_arms,
    flow_picture,
    flow_table,
)
from academic_workplace.report.house import LEIDEN, dressed

TODAY = datetime.date(2026, 11, 22)
PLAN = aw.Plan(outcome="na", treatment="programma", cluster="school", asked={"ja": 420})


def flow(ja, nee, clusters=3):
    """start, answered and analysed of two arms, half in the first and half in the last cluster."""
    counts = np.zeros((1, clusters, 2, 4), np.int64)
    for arm, n in enumerate(map(np.array, (ja, nee))):
        counts[0, 0, arm, :3] = n - n // 2
        counts[0, -1, arm, :3] += n // 2
    return Flow((("na", ""),), tuple("abc"[:clusters]), ("ja", "nee"), counts, 0)


@given(
    st.lists(st.integers(0, 60), min_size=4, max_size=4).map(lambda x: sorted(x, reverse=True)),
)
def test_no_count_that_is_shown_and_no_difference_of_two_is_about_one_to_nine_pupils(steps):
    asked, *rest = steps
    plan = aw.Plan(outcome="na", treatment="programma", cluster="school", asked={"ja": asked})
    shown = [s.pupils for s in flow_of_arms(flow(rest, (0, 0, 0)), plan)[0].steps]
    told = [n for n in shown if n is not None]
    assert all(n == 0 or n >= 10 for n in told)
    assert all(a == b or a - b >= 10 for a, b in pairwise(told))
    if rest[-1] >= 10:
        assert shown[-1] == rest[-1]


def test_a_step_that_no_arm_may_show_is_left_out_and_one_that_one_arm_may_show_is_not():
    arms = flow_of_arms(flow((370, 306, 304), (313, 240, 236)), PLAN)
    assert [s.stage for s in arms[0].steps] == ["asked", "start", "analysed"]
    assert [s.stage for s in arms[1].steps] == ["start", "analysed"]
    arms = flow_of_arms(flow((370, 330, 304), (313, 240, 236)), PLAN)
    assert [s.pupils for s in arms[1].steps] == [313, None, 236]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("long_name", [False, True])
def test_the_picture_names_every_number_of_the_table_and_no_word_leaves_it(
    language, narrow, long_name
):
    long = same("Scholen met_$heel$_lange_namen_" * 5)
    arms = {"nee": Arm(long, long), "ja": Arm(Text("met", "with"), long)} if long_name else {}
    plan = replace(PLAN, study=replace(PLAN.study, arms=arms))
    counts = flow((1370, 1330, 1304), (313, 240, 236))
    figure = flow_picture(counts, plan, language, narrow=narrow)
    assert figure.get_size_inches()[0] == (NARROW if narrow else WIDE)
    figure.canvas.draw()
    texts = figure.axes[0].texts
    boxes = [text.get_window_extent() for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        assert figure.bbox.padded(1).contains(*box.min), text.get_text()
        assert figure.bbox.padded(1).contains(*box.max), text.get_text()
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    said = {text.get_text() for text in texts}
    alternative = flow_alternative(counts, plan, language)
    for row in flow_table(counts, plan, language).rows:
        for cell in row[1:]:
            assert cell == "–" or (cell in said and cell in alternative)
    assert STEPS["analysed"][language] in alternative


def test_the_arms_stand_in_the_order_of_the_plan(pupils, plan):
    checked = aw.check(pupils, plan)
    ax = checked.plot(language="en")
    import matplotlib.pyplot as plt

    plt.close(ax.figure)
    assert checked.picture("nl").alt.startswith("Hoeveel leerlingen er waren, per groep.")


def many(pupils):
    """Three times as many pupils, so that there is something to show."""
    parts = [pupils.assign(leerling=pupils.leerling + str(i), school=pupils.school + str(i))
             for i in range(3)]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(("language", "name"), [("nl", "controle.html"), ("en", "check.html")])
def test_the_page_of_data_that_fit_shows_the_flow_and_what_was_assumed(
    language, name, pupils, plan, tmp_path
):
    checked = aw.check(many(pupils), plan)
    notes = [Text("decimale komma", "decimal comma")]
    page = check_page(plan, checked, language, TODAY, file="a.csv", notes=notes)
    said = " ".join(str(block) for block in walk(page.page))
    assert notes[0][language] in said
    assert checked.notes[0][language] in said
    path = write_check(plan, checked, tmp_path, file="a.csv", language=language, notes=notes)
    assert path.name == name
    html = path.read_text("utf-8")
    assert f'lang="{language}"' in html
    assert "<svg" in html
    assert "L00" not in html


def test_the_page_bears_the_name_of_the_house(pupils, plan):
    with dressed(replace(LEIDEN, name=Text("Werkplaats Oost", "Workplace East"))):
        page = check_page(plan, aw.check(pupils, plan), "en", TODAY, file="a.csv")
    assert page.brand == "Workplace East"


def test_a_count_that_is_withheld_is_called_so_and_a_dash_is_for_what_is_not_there():
    table = flow_table(flow((370, 330, 304), (313, 240, 236)), PLAN, "en")
    assert [row[2] for row in table.rows] == ["–", "313", "not shown", "236"]


def test_of_an_arm_in_one_school_only_who_was_compared_is_told():
    found = flow((370, 306, 304), (313, 240, 236))
    found.counts[0, 0, 0] += found.counts[0, -1, 0]
    found.counts[0, -1, 0] = 0
    one, two = flow_of_arms(found, PLAN)
    assert [(s.stage, s.pupils) for s in one.steps if s.pupils is not None] == [("analysed", 304)]
    assert [s.pupils for s in two.steps] == [313, 236]
    for language, said in (("nl", "één school"), ("en", "one school")):
        assert said in flow_table(found, PLAN, language).note
        assert said not in flow_table(flow((370, 306, 304), (313, 240, 236)), PLAN, language).note


def test_the_table_has_a_row_for_every_step_so_that_a_phone_has_room_for_it():
    table = flow_table(flow((370, 306, 304), (313, 240, 236)), PLAN, "nl")
    assert table.header == ("Stap", "Groep ‘ja’", "Groep ‘nee’")
    assert table.rows[-1] == ("Vergeleken (alles bekend)", "304", "236")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_of_data_that_do_not_fit_lists_every_fault_with_its_rows_and_remedy(
    language, pupils, plan, tmp_path
):
    wrong = pupils.assign(na=pupils.na.astype(object).where(pupils.index > 11, "veel"))
    with pytest.raises(aw.DataError) as caught:
        aw.check(wrong.drop(columns="voor"), plan)
    html = write_check(plan, caught.value, tmp_path, file="a.csv", language=language).read_text(
        "utf-8"
    )
    for fault in caught.value.faults:
        assert fault.rule[language] in html
        assert fault.remedy[language] in html
    assert "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 … (12" in html
    assert "<table" not in html  # of four columns: on a phone what to do would be cut off
    assert "veel" not in html.replace("veel cellen", "")


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(pupils, plan, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(aw.ReportError):
        write_check(plan, aw.check(pupils, plan), tmp_path / "file", file="a.csv")


def test_who_was_asked_stands_first_in_the_table_of_the_flow(pupils):
    plan = aw.Plan(outcome="na", treatment="programma", cluster="school", asked={"1": 40, "0": 30})
    table = aw.check(pupils, plan).table()
    asked = table[table.stage == "asked"]
    assert dict(zip(asked.arm, asked.pupils, strict=True)) == {"1": 40, "0": 30}
    plain = aw.Plan(outcome="na", treatment="programma", cluster="school")
    rest = table[table.stage != "asked"].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, aw.check(pupils, plain).table())
