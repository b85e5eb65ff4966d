"""What a report says and draws of a series or a synthetic control, and what it keeps to itself."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from test_over_time_effects import PLAN, answers, run

from academic_workplace.effects.series import series
from academic_workplace.effects.synthetic import synthetic
from academic_workplace.plan import STARTED
from academic_workplace.report import series as told
from academic_workplace.report.document import Block, Paragraph, Picture, Table, walk

BOTH = [series, synthetic]
CAUSAL = ("leidde", "bewezen", "door het programma", "dankzij", "veroorzaak", "effect van",
          "led to", "proved", "because of", "caused", "effect of")  # fmt: skip


def parts(table: pd.DataFrame, estimator, language: str):
    found = run(table, estimator)
    (effect,), detail = found.effects, found.details["score", "", STARTED]
    return detail, [
        part(detail, effect, PLAN, language) for part in (told.page, told.sure, told.appendix)
    ]


def words(blocks: list[Block]) -> str:
    out = []
    for block in walk(tuple(blocks)):
        if isinstance(block, Picture):
            out += [block.alt, block.caption]
        elif isinstance(block, Table):
            out += [block.caption, block.note, *block.header, *(c for r in block.rows for c in r)]
        else:
            out.append(getattr(block, "text", ""))
    return " ".join(out)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("estimator", BOTH)
def test_the_page_has_one_picture_the_appendix_its_numbers(estimator, language) -> None:
    detail, (page, sure, appendix) = parts(answers(size=14), estimator, language)
    pictures = [b for b in page if isinstance(b, Picture)]
    assert len(pictures) == 1
    assert "2019" in pictures[0].alt
    tables = [b for b in appendix if isinstance(b, Table)]
    measured = detail.table()["measured"].iloc[-1]
    decimal_sign = "," if language == "nl" else "."
    assert f"{measured:.2f}".replace(".", decimal_sign) in words(tables)
    assert 1 <= len(sure) <= 2
    assert any(isinstance(b, Paragraph) for b in page)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("estimator", BOTH)
def test_no_sentence_claims_a_cause_and_no_school_is_named(estimator, language) -> None:
    detail, (page, sure, appendix) = parts(answers(size=14), estimator, language)
    text = " ".join([words(page), *sure, words(appendix), detail.explain(language)])
    assert not [word for word in CAUSAL if word in text.lower()]
    assert not [name for name in (f"S{i:02d}" for i in range(10)) if name in text]
    assert "nan" not in text.lower()
    assert "None" not in text


def test_the_two_languages_differ_and_a_third_is_refused() -> None:
    for estimator in BOTH:
        detail = run(answers(), estimator).details["score", "", STARTED]
        assert detail.explain("nl") != detail.explain("en")
        with pytest.raises(Exception, match="de"):
            detail.explain("de")


def test_a_point_of_fewer_than_ten_pupils_is_neither_drawn_nor_told() -> None:
    table = answers(2, size=14)
    thin = table.drop(table[(table["school"] == "S00") & (table["jaar"] == 2015)].index[9:])
    thin_detail, (_, _, appendix) = parts(thin, series, "nl")
    line = told.series_curves(thin_detail, "nl")[0].values
    assert np.flatnonzero(np.isnan(line)).tolist() == [5]
    (row,) = [r for b in appendix if isinstance(b, Table) for r in b.rows if r[0] == "2015"]
    assert row[1] == "–"
    assert row[-1] == "< 10"
    whole, _ = parts(table, series, "nl")
    assert np.isfinite(told.series_curves(whole, "nl")[0].values).all()


def test_a_comparison_of_few_pupils_hides_what_is_expected_as_well() -> None:
    table = answers(3, others=1, size=14)
    thin = table.drop(table[(table["school"] == "S01") & (table["jaar"] == 2012)].index[9:])
    detail, _ = parts(thin, series, "nl")
    for curve in told.series_curves(detail, "nl")[1:]:
        assert np.flatnonzero(np.isnan(curve.values)).tolist() == [2]


def test_a_donor_of_few_pupils_is_no_grey_line_and_no_mixture_of_its_own() -> None:
    table = answers(4, others=6, size=14)
    thin = table.drop(table[(table["school"] == "S03") & (table["jaar"] == 2012)].index[9:])
    detail = run(thin, synthetic).details["score", "", STARTED]
    assert len(told.gap_curves(detail, "nl")) == 1 + 5
    pair = table[table["school"].isin(["S00", "S01", "S02"])]
    few = pair.drop(pair[(pair["school"] != "S00") & (pair["jaar"] == 2012)].index[8:])
    detail, (_, _, appendix) = parts(few, synthetic, "nl")
    mixed = told.synthetic_curves(detail, "nl")[1].values
    assert np.isnan(mixed[2])
    row = next(r for b in appendix if isinstance(b, Table) for r in b.rows if r[0] == "2012")
    assert row[2] == row[3] == "–"


def test_donors_without_weight_hide_nobody() -> None:
    from dataclasses import replace

    detail = run(answers(4, others=4, size=14), synthetic).details["score", "", STARTED]
    alone = replace(detail, fit=replace(detail.fit, w=np.array([0.96, 0.02, 0.02, 0.0])))
    few = alone.pupils_donors.copy()
    few[3] = (9, 50, 50, 50)
    mixed = told.synthetic_curves(replace(alone, pupils_donors=few), "nl")[1].values
    assert np.flatnonzero(np.isnan(mixed)).tolist() == [3]


def test_groups_of_few_pupils_show_nothing_at_all() -> None:
    from dataclasses import replace

    found = run(answers(5))
    effect, detail = replace(found.effects[0], pupils_arm=9), found.details["score", "", STARTED]
    for part in (told.page, told.sure, told.appendix):
        assert part(detail, effect, PLAN, "nl") == []


def test_the_page_says_when_points_are_few_and_nothing_is_compared() -> None:
    _, (_, sure, _) = parts(answers(6, years=7, start=2015, treated=3, others=0), series, "nl")
    text = " ".join(sure)
    assert "minder dan 8 metingen" in text
    assert "minder dan 3 metingen" in text
    assert "Alles wat rond de start ook veranderde" in text


def test_labels_at_the_ends_of_lines_do_not_overlap() -> None:
    from matplotlib.figure import Figure

    detail = run(answers(7, effect=0.0)).details["score", "", STARTED]
    ends = (5.0, 5.01, 5.02, 5.03, 9.0)
    curves = [told.Curve(np.full(12, y), f"lijn {y}", told.BESIDE) for y in ends]
    figure = told.line_picture(curves, detail.periods, detail.times, 9, "nl")
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    boxes = sorted(
        (t.get_window_extent() for t in figure.axes[0].texts if t.get_text().startswith("lijn")),
        key=lambda box: box.y0,
    )
    assert len(boxes) == 5
    assert all(a.y1 <= b.y0 for a, b in pairwise(boxes))


@pytest.mark.parametrize("narrow", [True, False])
def test_names_of_periods_do_not_overlap(narrow) -> None:
    detail = run(answers(7)).details["score", "", STARTED]
    curves = told.series_curves(detail, "nl")
    for names in (detail.periods, tuple(f"{p}/{int(p) + 1}" for p in detail.periods)):
        figure = told.line_picture(curves, names, detail.times, 9, "nl", narrow=narrow)
        figure.canvas.draw()
        boxes = [t.get_window_extent() for t in figure.axes[0].get_xticklabels()]
        assert len(boxes) >= 2
        assert all(a.x1 < b.x0 for a, b in pairwise(boxes))
        assert boxes[-1].x1 <= figure.bbox.x1


def test_marks_are_round_and_have_as_many_decimals_as_they_need() -> None:
    assert told._marks(5.4, 7.6) == ([5.5, 6.0, 6.5, 7.0, 7.5], 1)
    marks, digits = told._marks(-0.013, 0.011)
    assert digits == 3
    np.testing.assert_allclose(marks, [-0.01, -0.005, 0, 0.005, 0.01], atol=1e-15)
    assert told._marks(12, 98)[1] == 0


@pytest.mark.parametrize("estimator", BOTH)
def test_a_detail_shows_itself_in_a_notebook(estimator) -> None:
    from matplotlib import pyplot

    detail = run(answers(8), estimator).details["score", "", STARTED]
    picture = detail.picture("en")
    assert picture.png.startswith(b"\x89PNG")
    assert "2019" in picture.alt
    _, ax = pyplot.subplots()
    assert detail.plot(ax, language="nl") is ax
    assert len(ax.lines) >= 3
    assert detail.plot() is not ax
    pyplot.close("all")
    assert "<table" in detail._repr_html_()
