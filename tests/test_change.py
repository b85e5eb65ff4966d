"""How every arm moved: means with uncertainty over clusters, against rows and the effect."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import academic_workplace as aw
from academic_workplace.disclosure import NCO, under
from academic_workplace.evidence import Change, change
from academic_workplace.evidence.change import cluster_mean
from academic_workplace.language import Text
from academic_workplace.plan import Arm, Measure, Study
from academic_workplace.report.build import description_table
from academic_workplace.report.change import (
    alternative,
    change_blocks,
    change_picture,
    change_sentences,
    change_table,
)
from academic_workplace.report.document import Paragraph, Picture
from academic_workplace.report.figures.change import draw_change

PLAN = aw.Plan(
    outcome=("lezen", "rekenen"), treatment="arm", comparison="nee", cluster="school",
    pupil="leerling", wave="moment", baseline="voor", waves=("na", "later"), main_wave="later",
    study=Study(
        arms={"ja": Arm(Text("met les", "with"), Text("kinderen met les", "children with lessons")),
              "nee": Arm(Text("zonder les", "without"), Text("kinderen zonder les", "the others"))},
        measures={"lezen": Measure(Text("Lezen", "Reading"), Text("meer", "more"),
                                   unit=Text("punten", "points"))},
        waves={"voor": Text("vooraf in mei", "before, in May")},
    ),
)  # fmt: skip


def table(schools: int = 8, pupils: int = 15, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for school in range(schools):
        level = rng.normal()
        for pupil in range(pupils + school):
            arm = "ja" if school % 2 else "nee"
            for k, moment in enumerate(("voor", "na", "later")):
                gain = 0.4 * k * (arm == "ja")
                lezen, rekenen = rng.normal(level + gain, 1, 2)
                rows.append((f"{school}-{pupil}", f"s{school}", arm, moment, lezen, rekenen))
    return pd.DataFrame(rows, columns=["leerling", "school", "arm", "moment", "lezen", "rekenen"])


def of(frame: pd.DataFrame, plan: aw.Plan = PLAN) -> Change:
    return change(aw.collect(frame, plan), plan)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return table()


@pytest.mark.proves("evidence.change", "brute force on rows: mean and N x N hat matrix")
@pytest.mark.parametrize("seed", range(40))
def test_a_mean_its_error_and_df_equal_brute_force_on_rows(agree, seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 10, size=rng.integers(2, 7))
    g = np.repeat(np.arange(len(sizes)), sizes)
    y = rng.normal(size=len(sizes))[g] + rng.normal(size=len(g))
    mean, se, df = cluster_mean(np.bincount(g).astype(float), np.bincount(g, y))
    N = len(y)
    left = np.eye(N) - 1 / N  # I - H of a constant alone
    v, P = 0.0, []
    for k in range(len(sizes)):
        s = g == k
        w, Q = np.linalg.eigh(left[np.ix_(s, s)])
        a = Q @ np.diag(w**-0.5) @ Q.T @ np.ones(s.sum()) / N
        v += float(a @ (left @ y)[s]) ** 2
        P.append(left[s].T @ a)
    G = np.array(P) @ np.array(P).T
    agree([mean, df], [y.mean(), np.trace(G) ** 2 / (G**2).sum()], rel=1e-9)
    agree(se, np.sqrt(v), rel=1e-7, abs=1e-12)


def test_the_errors_of_two_arms_together_are_that_of_their_difference(frame):
    found = {(m.wave, m.arm): m for m in of(frame) if m.outcome == "lezen"}
    plan = replace(PLAN, method="difference", inference="CR2")
    effects = {e.wave: e for e in aw.estimate(frame, plan) if e.outcome == "lezen"}
    for wave in ("na", "later"):
        two = found[wave, "ja"], found[wave, "nee"]
        assert effects[wave].estimate == pytest.approx(two[0].mean - two[1].mean, rel=1e-10)
        assert effects[wave].se == pytest.approx(np.hypot(two[0].se, two[1].se), rel=1e-9)


def test_every_arm_stands_in_order_of_time_with_the_means_of_its_pupils(frame):
    found = of(frame).table()
    assert found["wave"].tolist() == [w for w in ("", "na", "later") for _ in range(2)] * 2
    wide = frame.pivot(index=["leerling", "school", "arm"], columns="moment", values="lezen")
    for row in found[found.outcome == "lezen"].itertuples():
        here = wide.xs(row.arm, level="arm")[row.wave or "voor"]
        assert row.mean == pytest.approx(here.mean(), rel=1e-12)
        assert (row.pupils, row.clusters) == (len(here), here.index.get_level_values(1).nunique())
        assert row.low < row.mean < row.high


def test_order_of_rows_does_not_matter(frame):
    mixed = frame.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(of(frame).table(), of(mixed).table(), rtol=1e-10)


def test_one_school_has_a_mean_and_no_interval(frame):
    few = frame[(frame.arm == "ja") | (frame.school == "s0")]
    found = {m.arm: m for m in of(few) if m.wave == "later"}
    assert (found["nee"].clusters, found["nee"].low) == (1, None)
    assert found["ja"].low is not None
    with under(NCO):  # a report for the school itself
        picture = change_picture(of(few), "nl")
    assert picture is not None
    assert "niet te zeggen hoe onzeker" in picture.caption


def test_the_mean_of_one_school_is_in_no_picture_no_sentence_and_no_number(frame):
    few = of(frame[(frame.arm == "ja") | (frame.school == "s0")])
    rows = [row for row in change_table(few, "nl").rows if row[2] == "zonder les"]
    assert rows
    assert all(row[3:5] == ("niet getoond: één school", "niet getoond") for row in rows)
    assert all(row[5].isdecimal() for row in rows)
    told = [m for m in few if m.arm == "ja" and m.outcome == "lezen"]
    for said in (alternative(few, "nl"), few.explain("nl")):
        assert "zonder les" not in said
        assert "met les" in said
        assert f"{told[-1].mean:.1f}".replace(".", ",").replace("-", "−") in said


def test_a_wide_table_with_one_measurement_after_has_two_points():
    rng = np.random.default_rng(2)
    wide = pd.DataFrame(
        {"school": np.repeat(list("abcdef"), 20), "arm": np.repeat(["ja", "nee"], 60),
         "voor": rng.normal(size=120), "na": rng.normal(size=120)}
    )  # fmt: skip
    plan = aw.Plan(
        outcome="na", baseline="voor", treatment="arm", comparison="nee", cluster="school"
    )
    found = of(wide, plan)
    assert [(m.wave, m.arm) for m in found] == [
        (w, a) for w in ("", "after") for a in ("ja", "nee")
    ]
    assert "vooraf" in alternative(found, "nl")
    assert "afterwards" in alternative(found, "en")


@pytest.mark.parametrize(
    "other",
    [
        {"wave": None, "pupil": None, "waves": (), "main_wave": None, "baseline": None},
        {"estimand": "ATT", "method": "entropy balancing", "assigned": "pupil"},
    ],
)
def test_where_plain_means_would_mislead_or_nothing_was_measured_before_it_says_so(frame, other):
    plan = replace(PLAN, **other)
    moments = aw.collect(frame, PLAN)
    with pytest.raises(aw.PlanError, match="verandering per groep"):
        change(moments, plan)


def test_the_sentence_tells_where_each_arm_went_and_is_no_effect(frame):
    said = of(frame).explain("nl")
    means = {(m.wave, m.arm): m.mean for m in of(frame) if m.outcome == "lezen"}
    for arm, name in {"ja": "kinderen met les", "nee": "kinderen zonder les"}.items():
        first, last = (
            f"{means[w, arm]:.1f}".replace(".", ",").replace("-", "−") for w in ("", "later")
        )
        assert f"Bij {name} was het gemiddelde voor lezen vooraf {first} en later {last}." in said
    assert said.endswith("Dit zijn gemiddelden. Hoe de groepen verschillen, staat bij de uitkomst.")
    assert "children with lessons" in of(frame).explain("en")


def test_who_stayed_as_they_were_is_told_so(frame):
    plain = frame.assign(lezen=frame.groupby("leerling")["lezen"].transform("first"))
    assert "bleef het gemiddelde voor lezen later" in of(plain).explain("nl")


def test_an_arm_of_nine_pupils_is_in_no_picture_no_sentence_and_no_number():
    found = of(table(schools=4, pupils=3))  # 3 + 5 pupils without, 4 + 6 with
    assert {m.arm for m in found if m.pupils < 10} == {"nee"}
    rows = [row for row in change_table(found, "nl").rows if row[2] == "zonder les"]
    assert rows
    few = "niet getoond: te weinig leerlingen"
    assert all(row[3:] == (few, "niet getoond", "< 10") for row in rows)
    assert "zonder les" not in alternative(found, "nl")
    assert "zonder les" not in found.explain("nl")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_blocks_hold_the_picture_and_every_number_again_as_a_table(frame, language):
    blocks = change_blocks(of(frame), language)
    assert [type(b).__name__ for b in blocks] == ["Heading", "Paragraph", "Picture", "Table"]
    picture = next(b for b in blocks if isinstance(b, Picture))
    grid = change_table(of(frame), language)
    for row in grid.rows:
        if row[0] in ("Lezen", "Reading"):
            assert row[3] in picture.alt
    assert isinstance(blocks[1], Paragraph)


@pytest.mark.parametrize("before", ["vooraf in mei", "aan het begin van groep 7"])
@pytest.mark.parametrize("narrow", [True, False])
def test_no_words_of_the_picture_run_over_its_edge_or_each_other(narrow, before):
    long = Arm(Text("een school met een heel lange naam erbij", "x" * 30), Text("a", "b"))
    waves = {"voor": Text(before, before), "later": Text("een half jaar later", "later")}
    plan = replace(PLAN, study=replace(PLAN.study, arms={"ja": long, "nee": long}, waves=waves))
    figure = draw_change(of(table(), plan), "nl", narrow=narrow)
    FigureCanvasAgg(figure).draw()
    whole = figure.bbox
    boxes = [t.get_window_extent() for t in figure.axes[0].texts if t.get_text()]
    assert len(boxes) >= 8
    for i, box in enumerate(boxes):
        assert whole.x0 - 1 <= box.x0
        assert box.x1 <= whole.x1 + 1
        assert whole.y0 - 1 <= box.y0
        assert box.y1 <= whole.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[:i])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_mean_has_as_many_digits_in_picture_sentence_words_and_table(language):
    rows = table()
    well = rows["arm"] == "nee"  # one arm is known far better than the other
    rows.loc[well, "lezen"] = 3 + 0.02 * rows.loc[well, "lezen"]
    moved = of(rows, replace(PLAN, outcome=("lezen",)))
    mark = "," if language == "nl" else "."
    number = re.compile(rf"\d+{re.escape(mark)}\d+")
    figure = draw_change(moved, language, narrow=True)
    drawn = [t.get_text() for t in figure.axes[0].texts if t.get_weight() == "bold"]
    told = [cell for row in change_table(moved, language).rows for cell in row[3:4]]
    sentence = number.findall(change_sentences(moved, language))
    found = [*drawn, *told, *sentence, *number.findall(alternative(moved, language))]
    assert len(drawn) == 2
    assert set(drawn) <= set(sentence) & set(told)
    assert len({len(text.partition(mark)[2]) for text in found}) == 1


def test_a_plot_draws_on_the_axes_of_the_caller(frame):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert of(frame).plot(ax) is ax
    assert ax.texts
    assert "image/png" in of(frame).picture()._repr_mimebundle_()[0]


def test_a_share_that_tells_of_a_few_leaves_in_no_mean_and_no_picture():
    plain = table(schools=6, pupils=12)
    half = plain.groupby(["moment", "arm"])["rekenen"].rank(pct=True) > 0.5
    few = plain.assign(lezen=0.0, rekenen=half.astype(float))
    few.loc[few.index[few["arm"] == "ja"][:9], "lezen"] = 1.0  # three pupils, three times
    found = of(few)
    ones = {(m.outcome, m.wave, m.arm): m.ones for m in found}
    assert ones["lezen", "", "ja"] == 3
    assert ones["lezen", "", "nee"] == 0
    counted = few.groupby(["moment", "arm"])["rekenen"].sum()
    assert ones["rekenen", "later", "nee"] == counted["later", "nee"]
    assert {m.ones for m in of(plain)} == {None}  # no share
    assert change_picture(found, "nl") is None
    assert "0,0" not in found.explain("nl")
    for row in change_table(found, "nl").rows:
        assert (row[3] == "niet getoond: bijna iedereen gelijk") == (row[0] == "Lezen")
    evidence = aw.weigh(aw.estimate(few, PLAN), PLAN)
    rows = description_table(evidence, "nl").rows
    alike = {"niet getoond: bijna iedereen gelijk"}
    assert {row[3] for row in rows if row[0] == "Lezen"} == alike
    assert not any("niet getoond" in row[3] for row in rows if row[0] != "Lezen")
