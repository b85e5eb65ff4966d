"""Gaps from counts that are hidden or ranges: read in one way, bounded by every filling, told."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.cohorts.ranges import range_of
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text
from academic_workplace.report import gaps as words
from academic_workplace.report.figures.gaps import bounds_over, ordered_over
from academic_workplace.report.figures.over import picture

SMALL = settings(max_examples=30, deadline=None)
LABELS = {
    "laag": Text("ouders zonder hbo of wo", "parents without a degree"),
    "vwo": Text("een vwo-advies", "a vwo advice"),
}


@pytest.fixture
def table() -> pd.DataFrame:
    """Two cohorts, two groups, two schools; some counts hidden, some ranges."""
    return pd.DataFrame({
        "groep": ["laag", "laag", "hoog", "hoog"] * 2,
        "jaar": ["2021/22"] * 4 + ["2022/23"] * 4,
        "vwo": ["<5", 12, 30, "25-29", 16, "-1", "30", 28.0],
        "n": [40, "55", 60, 50, 41, 52, 60, "50–54"],
    })  # fmt: skip


def asked(table: pd.DataFrame, **more: object) -> aw.cohorts.GapBounds:
    settings: dict[str, object] = {
        "outcome": "vwo", "pupils": "n", "group": "groep", "reference": "hoog",
    }  # fmt: skip
    return aw.cohorts.gap(table, **(settings | more))


def ends(bounds: Bounds) -> tuple[float, float]:
    return float(bounds.low), float(bounds.high)


# ---------------------------------------------------------------- what a cell can mean


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("<5", (1, 4)), ("-1", (1, 4)), (-1, (1, 4)), ("5-9", (5, 9)), (" 5 – 9 ", (5, 9)),
        ("5 t/m 9", (5, 9)), (7, (7, 7)), (7.0, (7, 7)), ("0", (0, 0)), ("9-5", None), (-3, None),
        ("-3", None), (7.5, None), ("", None), ("<10", None), (True, None), ("x", None),
    ],
)  # fmt: skip
def test_a_cell_means_a_count_a_range_or_nothing(word, meaning):
    assert range_of(word) == meaning


# ---------------------------------------------------------------- every filling


@pytest.mark.proves("cohorts.gap", "every completion of small tables of counts")
def test_gaps_and_changes_of_counts_have_the_bounds_of_every_completion(agree):
    rng = np.random.default_rng(12)
    for _ in range(15):
        yes = rng.integers(0, 4, (4, 2))  # group by cohort, two rows each
        yes_high = yes + rng.integers(0, 3, (4, 2))
        n = yes + rng.integers(0, 4, (4, 2)) + 1
        n_high = n + rng.integers(0, 2, (4, 2))
        shares = []
        for cell in range(4):
            ways = [
                (x, m)
                for row in range(2)
                for x, m in [(range(yes[cell, row], yes_high[cell, row] + 1),
                              range(n[cell, row], n_high[cell, row] + 1))]
            ]  # fmt: skip
            found = [
                (a + b) / (p + q)
                for a, p in itertools.product(*ways[0])
                for b, q in itertools.product(*ways[1])
                if a <= p and b <= q
            ]
            shares.append((min(found), max(found)))
        rows = [
            {"g": "ab"[cell // 2], "t": cell % 2, "x": f"{yes[cell, row]}-{yes_high[cell, row]}",
             "n": f"{n[cell, row]}-{n_high[cell, row]}"}
            for cell in range(4) for row in range(2)
        ]  # fmt: skip
        gaps = aw.cohorts.gap(pd.DataFrame(rows), outcome="x", pupils="n", group="g",
                              reference="b", cohort="t", published=True)  # fmt: skip
        expected = [
            (shares[t][0] - shares[2 + t][1], shares[t][1] - shares[2 + t][0]) for t in (0, 1)
        ]
        agree([ends(g.gap) for g in gaps], expected, abs=1e-12)
        agree([ends(g.share) for g in gaps], shares[:2], abs=1e-12)
        (change,) = gaps.changes
        agree(ends(change.gap), (expected[1][0] - expected[0][1], expected[1][1] - expected[0][0]),
              abs=1e-12)  # fmt: skip


def test_counts_that_are_all_known_give_the_gap_of_the_pupils_themselves():
    rng = np.random.default_rng(2)
    pupils = pd.DataFrame({"g": rng.choice(["a", "b"], 400), "yes": rng.integers(0, 2, 400)})
    counts = pupils.groupby("g").agg(yes=("yes", "sum"), n=("yes", "size")).reset_index()
    (of_counts,) = aw.cohorts.gap(counts, outcome="yes", pupils="n", group="g", reference="a")
    (of_pupils,) = aw.cohorts.gap(pupils, outcome="yes", group="g", reference="a")
    assert ends(of_counts.gap) == pytest.approx((of_pupils.raw.value,) * 2)
    assert ends(of_counts.pupils) == (of_pupils.pupils,) * 2
    assert of_counts.exact
    assert "niet precies bekend" not in of_counts.explain("nl")


@SMALL
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=4, max_size=4))
def test_swapping_the_groups_turns_the_bounds(cells):
    x = [f"{a}-{a + b}" for a, b in cells]
    table = pd.DataFrame({"vwo": x, "n": 30, "groep": ["laag", "laag", "hoog", "hoog"]})
    there = asked(table, published=True)[0].gap
    back = asked(table, reference="laag", published=True)[0].gap
    assert ends(there) == pytest.approx((-float(back.high), -float(back.low)))


def test_a_change_has_a_direction_only_when_every_filling_has_it():
    def told(vwo: list[object], groups: tuple[str, str] = ("laag", "hoog")) -> str:
        table = pd.DataFrame({"vwo": vwo, "n": 100, "groep": [*groups] * 2,
                              "jaar": [1, 1, 2, 2]})  # fmt: skip
        return asked(table, cohort="jaar").changes[0].direction.value

    assert told([20, 60, "30-35", 60]) == "smaller"
    assert told([20, 60, "10-15", 60]) == "larger"
    assert told([20, 60, "15-25", 60]) == "open"
    assert told([60, 20, "70-75", 20]) == "larger"
    assert told([20, 60, 60, 20]) == "open"  # it went to the other side
    assert told([20, 60, 20, 60]) == "open"


# ---------------------------------------------------------------- words, pictures, tables


def test_counts_with_ranges_are_told_shown_and_tabled(table):
    gaps = asked(table, cohort="jaar", labels=LABELS)
    assert len(gaps) == 2
    told = gaps.explain("nl")
    assert "In 2022/23: van de 100 leerlingen in de groep ouders zonder hbo of wo" in told
    assert "geldt een vwo-advies voor 18 tot 22" in told
    assert "In de groep ‘hoog’ is dat 51 tot 53. Dat is 29 tot 34 minder." in told
    assert "In 2022/23 is het verschil" in told or "Of het verschil in 2022/23" in told
    assert told.endswith("niet waar het vandaan komt.")
    assert "29 to 34 fewer" in gaps.explain("en")
    rows = words.bounds_table(gaps, "nl").rows
    assert ("ouders zonder hbo of wo", "2022/23", "verschil, per 100 leerlingen", "−34", "−29") in (
        rows
    )
    shown = picture(bounds_over(gaps, "nl"), "nl")
    assert "2022/23 −34 tot −29" in shown.alt
    assert shown.wide_svg != shown.narrow_svg
    assert "<table>" in gaps._repr_html_()
    assert len(gaps.table()) == 10
    assert list(gaps.changes_table().columns)[-1] == "direction"
    for one in gaps:
        assert one.explain("nl").startswith(f"In {one.at}")
        assert one.picture("en").png
        assert len(one.table()) == 5


def test_a_gap_that_hidden_counts_leave_open_is_said_to_be_open():
    table = pd.DataFrame({"vwo": ["20-40", 30], "n": 100, "groep": ["laag", "hoog"]})
    assert "Welke groep meer heeft, weten we niet: het ligt tussen 10 minder en 10 meer" in (
        asked(table).explain("nl")
    )


def test_a_share_that_tells_of_few_is_withheld_unless_it_is_public(table):
    few = table.assign(vwo=[2, "<5", 30, 25, 16, 3, 30, 28])
    gaps = asked(few, cohort="jaar")
    assert [gap.withheld for gap in gaps] == [True, False]
    assert not gaps.changes
    assert gaps.table().query("withheld")[["low", "high"]].isna().all(axis=None)
    assert "tonen we niets" in gaps.explain("nl")
    assert {row[3] for row in words.bounds_table(gaps, "en").rows[:5]} == {"not shown"}
    assert "2021/22 niet getoond" in gaps.picture("nl").alt
    assert not any(gap.withheld for gap in asked(few, cohort="jaar", published=True))


def test_a_share_gap_takes_words_and_explains_itself():
    called = {"group": Text("de groep die telt", "those counted")}
    found = aw.cohorts.share_gap(["<5", 12], [30, 40], ["20-24"], [30], labels=called)
    one = aw.cohorts.share_gap(Bounds([1, 12], [4, 12]), Bounds([30, 40]), Bounds([20], [24]),
                               Bounds([30]))  # fmt: skip
    assert ends(found.gap) == ends(one.gap)
    assert "de groep die telt geldt de uitkomst voor 16 tot 19" in found.explain("nl")
    assert "In the group B that is 40 to 44" in one.explain("en")
    assert found.picture("nl").alt.endswith("de groep die telt: −29 tot −21.")
    assert len(found.table()) == 5
    assert "<table>" in found._repr_html_()
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert found.plot(ax, language="en") is ax


def test_a_gap_by_order_explains_itself():
    exact = aw.cohorts.ordered_gap([10, 20, 30, 9], [30, 20, 10, 4])
    hidden = aw.cohorts.ordered_bounds([10, "<5", 30, 9], ["5-9", 20, 10, 4])
    assert "72 van de 100 keer hoger" in exact.explain("nl")
    assert "64 to 68 times in 100" in hidden.explain("en")
    assert "niet precies bekend" in hidden.explain("nl")
    assert "0,88 (0,50 tot 1,27)" in exact.picture("nl").alt
    assert "64 tot 68" in hidden.picture("nl").alt
    assert len(exact.table()) == 4
    assert len(hidden.table()) == 2
    auc, V = hidden
    assert (auc, V) == (hidden.auc, hidden.V)
    kinds = [type(block).__name__ for found in (exact, hidden)
             for block in words.ordered_blocks(found, "nl")]  # fmt: skip
    assert kinds == ["Paragraph", "Picture", "Table"] * 2
    few = aw.cohorts.ordered_gap([1, 2], [30, 20])
    assert "tonen we niets" in few.explain("nl")
    assert words.ordered_table(few, "nl").rows[0][1:] == ("niet getoond", "niet getoond")
    assert ordered_over(few, "nl").lines[0].values == (None,)


def test_counts_without_overlap_have_no_end_of_v_and_still_a_picture():
    found = aw.cohorts.ordered_bounds(["0-9", 20], [20, "0-9"])
    assert math.isinf(float(found.V.high))
    assert found.picture("nl").alt.endswith("tot 100.")
    assert words.ordered_table(found, "nl").rows[1][2] == "–"


def test_the_word_for_no_difference_stands_where_nothing_is_drawn():
    from academic_workplace.cohorts.contrasts import Estimate
    from academic_workplace.report.figures.over import Dots, Over, figure

    def place(first: float) -> float:
        values = tuple(Estimate(v, low=v - 1, high=v + 1) for v in (first, 30.0, 30.0))
        shown = figure(Over(("a", "b", "c"), (Dots("", values),), "kop", "geen verschil"), "nl")
        (word,) = (t for t in shown.axes[0].texts if t.get_text() == "geen verschil")
        return float(word.xy[0])

    assert place(30.0) == -0.45
    assert place(0.5) > 0


def test_dollar_signs_on_axes_of_ones_own_are_no_formula(tmp_path):
    from matplotlib.figure import Figure

    table = pd.DataFrame({"vwo": [20, 40] * 2, "n": 100, "groep": ["$_$", "$^$"] * 2,
                          "jaar": ["$_$ 1", "$_$ 1", "$_$ 2", "$_$ 2"]})  # fmt: skip
    gaps = asked(table, reference="$^$", cohort="jaar")
    figure = Figure()
    ax = figure.add_subplot()
    own = ax.text(0, 0, "$x^2$")
    gaps.plot(ax)
    assert own.get_parse_math()  # theirs stays a formula
    figure.savefig(tmp_path / "a.png")  # and ours would fail as one


# ---------------------------------------------------------------- what cannot be


def columns(raised: pytest.ExceptionInfo[aw.WorkplaceError]) -> list[str]:
    return [fault.column for fault in raised.value.faults]


def test_counts_that_cannot_be_are_all_named_with_their_rows(table):
    wrong = table.assign(n=["x", 55, -3, 50, 41, 52, 3, "9-5"])
    with pytest.raises(aw.DataError) as raised:
        asked(wrong, cohort="jaar")
    assert columns(raised) == ["n", "vwo"]
    assert [fault.rows for fault in raised.value.faults] == [(1, 3, 8), (7,)]
    assert "5-9" in raised.value.explain("en")
    with pytest.raises(aw.DataError, match="ontbreekt de groep"):
        asked(table.assign(groep=[None, *table.groep[1:]]))
    with pytest.raises(aw.DataError, match="kolom is leeg"):
        asked(table.assign(groep=None))
    with pytest.raises(aw.DataError, match="maar één groep"):
        asked(table.assign(groep="hoog"))
    with pytest.raises(aw.DataError, match=r"‘laag’ heeft geen leerlingen in ‘2022/23’"):
        asked(table[(table.groep != "laag") | (table.jaar != "2022/23")], cohort="jaar")


def test_what_only_pupils_have_is_not_asked_of_counts(table):
    with pytest.raises(aw.PlanError) as raised:
        asked(table, school="groep", given="jaar", weights="n", provider="jaar")
    assert columns(raised) == ["school", "given", "weights", "provider"]
    with pytest.raises(aw.PlanError, match="Kies uit: groep, jaar, vwo, n"):
        asked(table, pupils="m")
    with pytest.raises(aw.PlanError, match="één kolom"):
        asked(table, outcome=None)


@pytest.mark.parametrize(
    ("sides", "total", "word"),
    [
        ((["<5", 12], [30], [20], [30]), None, "even veel"),
        ((["9-5", -3], [3, 4], [20], [30]), None, "bereik dat niet kan"),
        (([1], [2], [30.5], [3]), None, "niet heel"),
        (([1], [2], [3], [4]), ["8"], "totaal"),
        (([[1, 2]], [2], [3], [4]), None, "geen aantallen"),
        ((None, [2], [3], [4]), None, "leeg"),
    ],
)
def test_a_share_gap_of_what_cannot_be_is_refused(sides, total, word):
    with pytest.raises(aw.DataError, match=word):
        aw.cohorts.share_gap(*sides, total=total)


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (lambda c: c.ordered_gap(["<5", 3], [1, 2]), "ordered_bounds"),
        (lambda c: c.ordered_gap("abc", [1, 2]), "geen aantallen"),
        (lambda c: c.ordered_bounds([1, 2], [1, 2, 3]), "niveaus"),
        (lambda c: c.ordered_bounds([1, 2], [1, 2], total="<5", total_reference="x"), "geen aant"),
        (lambda c: c.ordered_bounds([1, 2], [1, 2], total=[3, 3]), "totaal"),
        (lambda c: c.ordered_bounds([0, 0], [1, 2]), "niemand"),
        (lambda c: c.segregation_of_counts(["<5", 3], [1, 2]), "segregation_bounds"),
        (lambda c: c.segregation_bounds([1, 2], [1, 2, 3]), "even veel"),
        (lambda c: c.segregation_bounds(["x", 2], [1, 2]), "geen aantallen"),
        (lambda _: Bounds([1, 5], [2, 4]), "Rijen: 2"),
        (lambda _: Bounds([[1, 1], [5, 1]], [[2, 2], [4, 2]]), "Rijen: 2"),
        (lambda _: Bounds(["<5"]), "geen getal"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_are_refused_everywhere(found, word):
    with pytest.raises(aw.DataError, match=word):
        found(aw.cohorts)


def test_segregation_takes_words_as_well():
    some = aw.cohorts.segregation_bounds(["<5", 12, "5-9"], [30, 25, 20])
    same = aw.cohorts.segregation_bounds(Bounds([1, 12, 5], [4, 12, 9]), Bounds([30, 25, 20]))
    assert ends(some.dissimilarity) == ends(same.dissimilarity)
    table = words.segregation_bounds_table(some, "nl")
    assert len(table.rows) == 4
    known = aw.cohorts.segregation_bounds([20, 12, 7], [30, 25, 20])
    assert "niet precies bekend" not in known.explain("nl")
