"""What a report says and draws of a series or a synthetic control, and what it keeps to itself."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from test_over_time_effects import PLAN, answers, run

from academic_workplace.effects.series import series
from academic_workplace.effects.synthetic import synthetic
from academic_workplace.errors import PlanError
from academic_workplace.plan import STARTED
from academic_workplace.report import series as told
from academic_workplace.report.document import Block, Paragraph, Picture, Table, walk
from academic_workplace.report.figures import series as drawn
from academic_workplace.report.figures.scale import round_numbers

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
        with pytest.raises(PlanError, match="taal"):
            detail.explain("de")


def test_a_point_of_fewer_than_ten_pupils_is_neither_drawn_nor_told() -> None:
    table = answers(2, size=14)
    thin = table.drop(table[(table["school"] == "S00") & (table["jaar"] == 2015)].index[9:])
    thin_detail, (_, _, appendix) = parts(thin, series, "nl")
    line = told.series_curves(thin_detail, "nl")[0].values
    assert np.flatnonzero(np.isnan(line)).tolist() == [5]
    (row,) = [r for b in appendix if isinstance(b, Table) for r in b.rows if r[0] == "2015"]
    assert row[1] == "niet getoond"
    tables = [b for b in appendix if isinstance(b, Table) and b.header[-1] == "Antwoorden"]
    assert {r[-1] for r in tables[0].rows} == {"niet getoond"}  # one would follow from their sum
    whole, _ = parts(table, series, "nl")
    assert np.isfinite(told.series_curves(whole, "nl")[0].values).all()


def test_a_comparison_of_few_pupils_hides_what_is_expected_as_well() -> None:
    table = answers(3, others=2, size=14)
    other = table["school"].isin(["S01", "S02"])
    thin = table.drop(table[other & (table["jaar"] == 2012)].index[9:])
    detail, _ = parts(thin, series, "nl")
    for curve in told.series_curves(detail, "nl")[1:]:
        assert np.flatnonzero(np.isnan(curve.values)).tolist() == [2]


def test_no_school_has_a_line_of_its_own_among_the_placebos() -> None:
    table = answers(4, others=12, size=14)
    detail, (_, _, appendix) = parts(table, synthetic, "nl")
    band = told.gap_band(detail, "nl")
    assert band is not None
    gaps = detail.placebos.gaps[:, 1:]
    for edge in (band.low, band.high):
        assert not np.isclose(edge[:, None], gaps).any()
        assert ((gaps.min(axis=1) < edge) & (edge < gaps.max(axis=1))).all()
    assert len(told.gap_curves(detail, "nl")) == 1
    table = next(b for b in appendix if isinstance(b, Table) and "Placebo" in b.header[4])
    assert " tot " in table.rows[0][4]


def test_a_donor_of_few_pupils_is_no_placebo_and_no_mixture_of_its_own() -> None:
    table = answers(4, others=6, size=14)
    thin = table.drop(table[(table["school"] == "S03") & (table["jaar"] == 2012)].index[9:])
    whole, one_less = (run(t, synthetic).details["score", "", STARTED] for t in (table, thin))
    assert told.gap_band(whole, "nl") is not None
    kept = np.delete(one_less.placebos.gaps, [0, 3], axis=1)
    np.testing.assert_allclose(told.gap_band(one_less, "nl").low, np.quantile(kept, 0.1, axis=1))
    fewer = thin.drop(thin[(thin["school"] == "S04") & (thin["jaar"] == 2012)].index[9:])
    detail, (_, _, appendix) = parts(fewer, synthetic, "nl")
    assert told.gap_band(detail, "nl") is None  # two quantiles of four would tell of each
    table = next(b for b in appendix if isinstance(b, Table) and "Placebo" in b.header[4])
    assert {row[4] for row in table.rows} == {"niet getoond"}
    pair = answers(4, others=2, size=14)
    few = pair.drop(pair[(pair["school"] != "S00") & (pair["jaar"] == 2012)].index[8:])
    detail, (_, _, appendix) = parts(few, synthetic, "nl")
    mixed = [c for c in told.synthetic_curves(detail, "nl") if c.kind is drawn.Kind.EXPECTED]
    assert not mixed or np.isnan(mixed[0].values[2])
    row = next(r for b in appendix if isinstance(b, Table) for r in b.rows if r[0] == "2012")
    assert row[2] == row[3] == "niet getoond"


def test_a_mixture_of_one_school_is_that_school_and_not_shown() -> None:
    from dataclasses import replace

    detail = run(answers(4, others=4, size=14), synthetic).details["score", "", STARTED]
    for w, shown in (([0.96, 0.02, 0.02, 0.0], False), ([0.5, 0.46, 0.04, 0.0], True)):
        own = replace(detail, fit=replace(detail.fit, w=np.array(w)))
        assert (len(told.synthetic_curves(own, "nl")) == 2) is shown


def test_one_school_to_compare_with_is_not_shown_as_a_line() -> None:
    detail, (page, _, appendix) = parts(answers(3, others=1, size=14), series, "nl")
    assert [c.kind for c in told.series_curves(detail, "nl")] == [drawn.Kind.MEASURED]
    (picture,) = [b for b in page if isinstance(b, Picture)]
    assert "andere" not in picture.alt
    table = next(b for b in appendix if isinstance(b, Table))
    for row in table.rows:
        assert row[2] == row[5] == "niet getoond"
        assert row[1] != "niet getoond"
    two, _ = parts(answers(3, others=2, size=14), series, "nl")
    assert len(told.series_curves(two, "nl")) == 3


def test_donors_without_weight_hide_nobody() -> None:
    from dataclasses import replace

    detail = run(answers(4, others=4, size=14), synthetic).details["score", "", STARTED]
    two = replace(detail, fit=replace(detail.fit, w=np.array([0.5, 0.46, 0.04, 0.0])))
    few = two.pupils_donors.copy()
    few[3] = (4, 5, 50, 50)
    mixed = told.synthetic_curves(replace(two, pupils_donors=few), "nl")[1].values
    assert np.flatnonzero(np.isnan(mixed)).tolist() == [3]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_place_is_told_where_there_is_no_answer(language) -> None:
    place = {"nl": "Plaats onder alle", "en": "Place among all"}[language]
    for others in (9, 20):
        detail, (_, sure, appendix) = parts(answers(9, others=others, size=14), synthetic, language)
        said = " ".join([*sure, words(appendix), detail.explain(language)])
        answer = detail.limits is not None
        assert answer is (others == 20)
        assert (place in said) is answer
        many = {"nl": "minstens 19 nodig", "en": "at least 19"}[language]
        assert (many in said) is not answer
        assert ("p-waarde (" in said or "p-value (" in said) is answer


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
    curves = [told.Curve(np.full(12, y), f"lijn {y}", drawn.Kind.BESIDE) for y in ends]
    figure = told.line_picture(curves, drawn.Time(detail.periods, detail.times, 9), "nl")
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
        time = drawn.Time(names, detail.times, 9)
        figure = told.line_picture(curves, time, "nl", narrow=narrow)
        figure.canvas.draw()
        boxes = [t.get_window_extent() for t in figure.axes[0].get_xticklabels()]
        assert len(boxes) >= 2
        assert all(a.x1 < b.x0 for a, b in pairwise(boxes))
        assert boxes[-1].x1 <= figure.bbox.x1


def test_marks_are_round_and_have_as_many_decimals_as_they_need() -> None:
    assert round_numbers(5.4, 7.6, drawn.TICKS) == ([5.5, 6.0, 6.5, 7.0, 7.5], 1)
    marks, digits = round_numbers(-0.013, 0.011, drawn.TICKS)
    assert digits == 3
    np.testing.assert_allclose(marks, [-0.01, -0.005, 0, 0.005, 0.01], atol=1e-15)
    assert round_numbers(12, 98, drawn.TICKS)[1] == 0


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
