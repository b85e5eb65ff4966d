"""Balance and overlap as a teacher reads them: the same numbers in picture, table and words."""

import itertools
import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

import academic_workplace as aw
from academic_workplace.comparison import propensity, propensity_weights
from academic_workplace.comparison.balance import balance_table, overlap
from academic_workplace.comparison.inputs import OF_WEIGHTS
from academic_workplace.comparison.weighting import FLAGS, Flag
from academic_workplace.disclosure import profile, under
from academic_workplace.effects.weighted import Weighted
from academic_workplace.evidence.balance import Balance, BaselineVerdict, weighted_balance
from academic_workplace.language import Text
from academic_workplace.plan import COMPARING, Arm, Comparing, Estimand, Measure, Method, Study
from academic_workplace.report import comparison as report
from academic_workplace.report.document import Heading, Paragraph, Picture, Table
from academic_workplace.report.figures import balance as love
from academic_workplace.report.figures.overlap import alone, overlap_picture
from academic_workplace.report.house import House, dressed, house
from academic_workplace.report.numerals import decimal

LONG = Text(
    "zorg van de leerkracht over de overgang van de basisschool naar het voortgezet onderwijs",
    "the teacher's concern about the transition from primary school to secondary education",
)
STUDY = Study(
    arms=MappingProxyType({
        "1": Arm(Text("met mentor", "with a mentor"),
                 Text("leerlingen met een mentor", "pupils with a mentor")),
        "0": Arm(Text("zonder mentor", "without a mentor"),
                 Text("leerlingen zonder mentor", "pupils without a mentor")),
    }),
    columns=MappingProxyType({
        "concern": LONG,
        "advice": Text("advies", "advice"),
        "advice=high": Text("advies: hoog", "advice: high"),
        "advice=low": Text("advies: laag", "advice: low"),
        "advice=middle": Text("advies: midden", "advice: middle"),
        "girl=yes": Text("meisje", "girl"),
        "age": Text("leeftijd", "age"),
    }),
    measures=MappingProxyType({
        "after": Measure(Text("Zelfvertrouwen", "Self-confidence"), Text("meer", "more"))
    }),
)  # fmt: skip
PLAN = aw.Plan(
    outcome="after", treatment="mentor", cluster="school",
    covariates=("concern", "advice", "girl", "age"), study=STUDY,
)  # fmt: skip
DATA = Path(__file__).parents[1] / "data"
LANGUAGES = ("nl", "en")
MANY = 40


def behind(
    X, t, names, *, w=None, estimand="ATT", method=Method.PROPENSITY, score=None, adjusted=(),
    flags=(), left_out=(0, 0),
):  # fmt: skip
    """What lies behind a weighted effect, made from arrays."""
    X, t = np.asarray(X, float), np.asarray(t, bool)
    w = np.ones(len(t)) if w is None else w
    n = int(t.sum()), int((~t).sum())
    ess = tuple(float(w[who].sum() ** 2 / (w[who] ** 2).sum()) for who in (t, ~t))
    return Weighted(
        "after", "", "1", "0", method, Estimand(estimand),
        balance_table(X, t, w, names, estimand), len(names),
        None if score is None else overlap(score, t, w), n, n, (7, 7), left_out, ess, (0.0, 0.0),
        None, adjusted, flags,
    )  # fmt: skip


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures with their words only: drawing takes long."""

    def words(draw, alternative, caption):
        return Picture("<svg/>", "", b"", alternative, caption)

    monkeypatch.setattr(report, "in_both_widths", words)


def invented(seed=1, n=1400):
    """About one in six of 1,400 took part: more concern, lower advice; 30 of them and more."""
    rng = np.random.default_rng(seed)
    concern = rng.integers(1, 6, n).astype(float)
    advice = rng.choice(["low", "middle", "high"], n, p=[0.4, 0.35, 0.25])
    girl = rng.random(n) < 0.5
    chance = 1 / (1 + np.exp(3.4 - 0.45 * concern - 0.8 * (advice == "low")))
    t = rng.random(n) < chance
    X = np.column_stack(
        [concern, *(advice == level for level in ("high", "low", "middle")), ~girl, girl,
         rng.normal(11.5, 0.5, n)]
    ).astype(float)  # fmt: skip
    names = ("concern", "advice=high", "advice=low", "advice=middle", "girl=no", "girl=yes", "age")
    return X, t, names


@pytest.fixture(scope="module")
def detail():
    X, t, names = invented()
    score = propensity(X[:, [0, 2, 3, 5, 6]], t).score
    return behind(X, t, names, w=propensity_weights(score, t, "ATT").w, score=score)


@pytest.fixture(scope="module")
def effect():
    rng = np.random.default_rng(2)
    table = {"school": np.arange(400) % 20, "after": rng.normal(size=400)}
    table |= {"mentor": np.arange(400) % 20 % 2}
    plan = replace(PLAN, covariates=())
    return aw.estimate(pd.DataFrame(table), plan)[0]


def many(k=MANY, seed=3):
    """k columns of long names, of which the first differ much."""
    rng = np.random.default_rng(seed)
    t = np.arange(600) % 3 == 0
    X = rng.normal(size=(600, k)) + np.outer(t, np.linspace(2.2, 0, k))
    w = np.where(t, 1.0, rng.exponential(size=600))
    return behind(X, t, tuple(f"{LONG.nl} {j}" for j in range(k)), w=w)


def texts_in(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def numbers(texts, language="nl"):
    """Every number with decimals, without its sign."""
    mark = "," if language == "nl" else "[.]"
    return set(re.findall(rf"\d+{mark}\d+", " ".join(texts)))


# ---------------------------------------------------------------- the love plot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("narrow", [False, True])
def test_picture_table_and_alternative_text_hold_the_same_numbers(detail, language, narrow):
    own, by = weighted_balance(detail), report.way(detail.method)
    rows = report.lines(own, PLAN, language)
    drawn = numbers(texts_in(love.love_picture(rows, by, language, narrow=narrow)), language)
    table = report.love_table(own, by, PLAN, language)
    in_table = numbers([cell for row in table.rows for cell in row[1:3]], language)
    in_words = numbers([love.love_alternative(rows, by, language)], language)
    limits = {decimal(x, 2, language) for x in (0.05, 0.25)}
    assert len(in_table) > 5
    assert drawn - limits == in_words - limits == in_table - limits
    assert limits <= in_words
    assert [row[0] for row in table.rows] == [row.label for row in rows]


def test_each_mark_stands_where_its_number_says(detail):
    rows = report.lines(weighted_balance(detail), PLAN, "nl")
    ax = love.love_picture(rows, report.WEIGHED, "nl").axes[0]
    marks = [line for line in ax.lines if line.get_marker() in ("o", "D")]
    end = max(love.LEAST, *(1.05 * x for r in rows for x in (r.before, r.after)))
    found = [(line.get_xdata()[0] - love.LEFT) / (love.RIGHT - love.LEFT) * end
             for line in marks]  # fmt: skip
    wanted = [x for row in rows for x in (row.before, row.after)]
    assert found == pytest.approx(wanted)
    assert [m.get_markerfacecolor() for m in marks[::2]] == [house().paper] * len(rows)  # open
    assert all(m.get_markerfacecolor() != house().paper for m in marks[1::2])  # filled


@pytest.mark.parametrize("seed", range(5))
def test_the_largest_difference_without_weights_comes_first(seed):
    for own in (weighted_balance(many(seed=seed)), weighted_balance(behind(*invented(seed)))):
        before = [row.before for row in report.lines(own, PLAN, "nl")]
        assert before == sorted(before, reverse=True)
        page = [row.before for row in report.lines(report.for_page(own), PLAN, "nl")]
        assert page == sorted(page, reverse=True)


def test_characteristics_have_words_and_a_category_of_two_has_one_row(detail):
    for language in LANGUAGES:
        labels = [r.label for r in report.lines(weighted_balance(detail), PLAN, language)]
        words = PLAN.study.columns
        wanted = {words[c][language] for c in ("concern", "advice=low", "girl=yes", "age")}
        assert wanted <= {label[:1].lower() + label[1:] for label in labels}
        assert len(labels) == 6
        assert not any("=" in label for label in labels)


def test_a_large_difference_that_remains_has_another_shape_and_not_only_another_colour():
    rows = [love.Line("a", 0.6, 0.3), love.Line("b", 0.5, 0.1)]
    lines = love.love_picture(rows, report.WEIGHED, "nl").axes[0].lines
    shapes = [line.get_marker() for line in lines if line.get_marker() in ("o", "D")]
    assert shapes == ["o", "D", "o", "o"]


def test_what_lies_beyond_the_scale_stands_at_its_edge_with_an_arrow():
    rows = [love.Line("a", 2.5, 0.01), love.Line("b", 0.5, 0.02)]
    lines = love.love_picture(rows, report.WEIGHED, "nl").axes[0].lines
    arrows = [line for line in lines if line.get_marker() == ">"]
    assert len(arrows) == 1
    far = max(x for line in lines for x in np.atleast_1d(line.get_xdata()))
    assert far == arrows[0].get_xdata()[0] < love.WITHOUT - 0.4
    assert "groter dan 1" in report.love_block(rows, report.WEIGHED, "nl").caption
    assert "larger than 1" in report.love_block(rows, report.WEIGHED, "en").caption


@pytest.mark.parametrize(
    ("x", "nl"),
    [(0.05, "0,05"), (0.0512, "0,051"), (0.0500004, "0,05"), (0.2501, "0,2501"),
     (-0.2504, "−0,2504"), (0.249, "0,25"), (0.256, "0,26"), (0.15 - 0.10, "0,05"),
     (None, "–"), (0.0, "0,00")],
)  # fmt: skip
def test_a_number_shows_on_which_side_of_a_limit_it_lies(x, nl):
    assert love.near_a_limit(x, "nl") == nl


def boxes(figure):
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [(t.get_text(), t.get_window_extent(renderer)) for t in figure.axes[0].texts]


def drawings(language, narrow):
    """Pictures of every extreme kind."""
    by = report.MATCHED
    for count in (1, 8, MANY):
        rows = report.lines(weighted_balance(many(count)), None, language)
        yield love.love_picture(rows, by, language, narrow=narrow)
    rows = [love.Line("Gelijk", 0.0, 0.0), love.Line("Onbekend", None, None),
            love.Line("Weinig", None, None, hidden=True)]  # fmt: skip
    yield love.love_picture(rows, report.WEIGHED, language, narrow=narrow)
    yield love.love_picture([love.Line("x", 3.0, 2.9)], by, language, narrow=narrow)
    yield love.love_picture([love.Line("x", 0.3, None)], None, language, narrow=narrow)
    yield love.love_picture([], None, language, narrow=narrow)
    rng = np.random.default_rng(4)
    names = ("scholen die met het programma begonnen zijn", "scholen die er niet mee begonnen")
    for shift in (0.0, 0.5):
        t = rng.random(2000) < 0.3
        p = np.clip(rng.beta(2, 6, 2000) + shift * t, 0.001, 0.999)
        found = overlap(p, t, propensity_weights(p, t, "ATE").w)
        yield overlap_picture(found, names, by, language, narrow=narrow)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("narrow", [False, True])
def test_no_word_leaves_the_picture_or_covers_another(language, narrow):
    for figure in drawings(language, narrow):
        wide, high = figure.get_size_inches() * figure.dpi
        found = boxes(figure)
        for text, box in found:
            assert box.x0 > -2, text  # two hundredths of an inch: the side bearing of a letter
            assert box.x1 < wide + 2, text
            assert box.y0 > -2, text
            assert box.y1 < high + 2, text
        for (one, a), (two, b) in itertools.combinations(found, 2):
            apart = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert min(apart) < 2, (one, two)


def test_a_picture_asks_for_a_language_that_there_is(detail):
    with pytest.raises(aw.PlanError):
        love.love_picture([], None, "de")
    with pytest.raises(aw.PlanError):
        overlap_picture(detail.overlap, ("a", "b"), report.WEIGHED, "de")


def test_a_result_shows_its_love_plot(detail):
    from matplotlib import pyplot

    own = weighted_balance(detail)
    for shown in (detail, own):
        ax = shown.plot()
        assert "0,05" in [text.get_text() for text in ax.texts]
        pyplot.close(ax.figure)
        for language in LANGUAGES:
            picture = shown.picture(language)
            assert picture.png.startswith(b"\x89PNG")
            assert picture.alt.startswith({"nl": "Figuur", "en": "Picture"}[language])
    mine = pyplot.figure().add_axes((0, 0, 1, 1))
    assert own.plot(mine, plan=PLAN, language="en") is mine
    assert "age" in " ".join(text.get_text() for text in mine.texts).lower()
    pyplot.close(mine.figure)
    assert "van de 4 kenmerken" in own.explain("nl")  # the levels of advice are one


def test_without_weights_there_is_one_mark_and_no_promise_of_another():
    X, t, names = invented()
    plain = Balance(tuple(replace(c, weighted=None) for c in weighted_balance(behind(X, t, names))))
    assert "wegen" not in plain.picture("nl").alt
    rows = report.lines(plain, PLAN, "nl")
    lines = love.love_picture(rows, None, "nl").axes[0].lines
    assert sum(line.get_marker() == "o" for line in lines) == len(rows)


# ---------------------------------------------------------------- who could have taken part


@given(st.integers(0, 10_000), st.floats(0.02, 0.9), st.floats(0, 0.6))
@settings(max_examples=15, deadline=None)
def test_no_bar_is_about_fewer_than_ten_pupils(seed, share, shift):
    rng = np.random.default_rng(seed)
    t = rng.random(300) < share
    t[:2] = [True, False]
    p = np.clip(rng.beta(2, 5, 300) + shift * t, 0.001, 0.999)
    found = overlap(p, t, np.ones(300))
    for side in (found.treated, found.comparison):
        assert not ((side > 0) & (side < 10)).any()
    if not len(found.treated):
        return
    figure = overlap_picture(found, ("a", "b"), report.WEIGHED, "nl")
    bars = figure.axes[0].patches
    assert len(bars) == int((found.treated > 0).sum() + (found.comparison > 0).sum())
    table = report.overlap_table(found, ("a", "b"), report.WEIGHED, "leerlingen", "nl")
    for row in table.rows:
        assert all(int(cell.replace(".", "")) not in range(1, 10) for cell in row[1:3])


def test_nine_others_are_almost_nobody_to_be_compared_with(detail):
    t = np.arange(1000) < 300
    score = np.where(t, 0.97, np.tile([0.02, 0.07], 500))
    score[-9:] = 0.97  # nine of the comparison among them
    found = overlap(score, t, np.ones(1000))
    assert alone(found) == 300
    (bar,) = [b for b in overlap_picture(found, ("a", "b"), report.WEIGHED, "nl").axes[0].patches
              if b.get_hatch()]  # fmt: skip
    assert bar.get_height() < 0
    told = report.flag_sentences(replace(detail, overlap=found), "nl")
    assert any(
        "Voor 300 van wie meedeed is er in de andere groep (bijna) niemand" in s for s in told
    )


def test_without_weights_no_outline_is_promised():
    rng = np.random.default_rng(8)
    t = np.arange(600) % 2 == 0
    p = rng.uniform(0.05, 0.95, 600)
    for w, there in ((np.ones(600), False), (np.where(t, 1, p), True)):
        figure = overlap_picture(overlap(p, t, w), ("a", "b"), report.WEIGHED, "nl")
        assert any("zo tellen" in text for text in texts_in(figure)) is there


def test_a_picture_wears_the_colours_of_the_house_that_holds_now(detail):
    rows = report.lines(weighted_balance(detail), PLAN, "nl")
    own = House(accent="#7a1f3d", soft="#404040", second="#1f5f2e", band="#f4eef0")
    with dressed(own):
        love_plot = love.love_picture(rows, report.WEIGHED, "nl").axes[0]
        bars = overlap_picture(detail.overlap, ("a", "b"), report.WEIGHED, "nl").axes[0]
    colours = {line.get_color() for line in love_plot.lines}
    colours |= {text.get_color() for ax in (love_plot, bars) for text in ax.texts}
    assert "#7a1f3d" in colours
    assert not colours & {house().accent, house().soft, house().second}


def test_a_dollar_sign_in_a_label_is_no_formula():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    love.love_on(ax, [love.Line("inkomen in $1 tot $2", 0.3, 0.1)], report.WEIGHED, "nl")
    assert not any(text.get_parse_math() for text in ax.texts)


@pytest.mark.parametrize("narrow", [False, True])
def test_the_bars_of_an_arm_have_the_areas_of_its_pupils(detail, narrow):
    found = detail.overlap
    figure = overlap_picture(found, ("a", "b"), report.WEIGHED, "nl", narrow=narrow)
    bars = figure.axes[0].patches
    up, down = [b for b in bars if b.get_height() < 0], [b for b in bars if b.get_height() > 0]
    for side, counts in ((up, found.treated), (down, found.comparison)):
        area = np.array([abs(b.get_height()) * (b.get_width() + 0.024) for b in side])
        some = counts[counts > 0]
        assert area / area.sum() == pytest.approx(some / some.sum(), rel=1e-9)
        assert len({round(b.get_y(), 9) for b in side}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overlap_says_the_same_in_picture_table_and_words(detail, language):
    names = tuple(PLAN.arm(a).label[language] for a in "10")
    found = detail.overlap
    table = report.overlap_table(found, names, report.WEIGHED, "", language)
    alt = report.overlap_alternative(found, names, language)
    drawn = texts_in(overlap_picture(found, names, report.WEIGHED, language))
    counts = [cell for row in table.rows for cell in row[1:3]]
    assert all(f"{row[1]} ({names[0]}), {row[2]} ({names[1]})" in alt for row in table.rows)
    whole = [text for text in drawn if re.fullmatch(r"[\d.,]+", text)]
    assert set(whole) - {"0", "25", "50", "75", "100"} <= set(counts)
    assert set(names) <= set(drawn)


def test_who_has_nobody_to_be_compared_with_is_hatched_and_told():
    t = np.arange(400) % 2 == 0
    p = np.where(t, 0.9, 0.2)
    p[:60] = 0.4
    w = np.ones(400)
    found = overlap(p, t, w)
    bars = overlap_picture(found, ("a", "b"), report.WEIGHED, "nl").axes[0].patches
    assert sum(bool(bar.get_hatch()) for bar in bars) == 1
    detail = behind(np.arange(400.0), t, ("age",), score=p)
    for language, word in (("nl", "170 van wie meedeed"), ("en", "170 of those who")):
        told = " ".join(report.flag_sentences(detail, language))
        assert word in told
        assert word not in " ".join(
            report.flag_sentences(replace(detail, estimand=Estimand.ATO), language)
        )


# ---------------------------------------------------------------- nothing about a few pupils


def rare_level():
    """Three who took part have a level that many others have."""
    rng = np.random.default_rng(5)
    t = np.arange(600) % 4 == 0
    level = rng.choice(["low", "middle"], 600)
    level[~t & (np.arange(600) % 3 == 0)] = "high"
    level[np.flatnonzero(t)[:3]] = "high"
    names = ("advice=high", "advice=low", "advice=middle", "age")
    X = np.column_stack([*(level == x for x in ("high", "low", "middle")), rng.normal(size=600)])
    return behind(X, t, names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_level_with_a_few_pupils_is_not_shown_and_does_not_follow_from_others(language):
    own = weighted_balance(rare_level())
    (few,) = [c for c in own if c.column == "advice=high"]
    secret = {love.near_a_limit(abs(few.standardised), language)}
    (row,) = [r for r in report.lines(own, PLAN, language) if r.hidden]
    assert (row.before, row.after) == (None, None)
    rows = report.lines(own, PLAN, language)
    table = report.love_table(own, report.WEIGHED, PLAN, language)
    drawn = texts_in(love.love_picture(rows, report.WEIGHED, language))
    words = love.love_alternative(rows, report.WEIGHED, language)
    shown = numbers([words, *drawn, *(c for r in table.rows for c in r)], language)
    assert not secret & shown
    means = report.means_table(own, report.WEIGHED, PLAN, language)
    for cells in means.rows:  # the share of one level follows from those of the others
        hidden = cells[0].lower().startswith(PLAN.study.columns["advice"][language])
        assert (set(cells[1:]) == {{"nl": "niet getoond", "en": "not shown"}[language]}) is hidden
    assert "advice" in report.worst(own, weights=True)
    assert few.column not in [c.column for c in report.for_page(own)]


def test_what_is_known_of_fewer_than_ten_pupils_is_not_shown(detail):
    own = [*weighted_balance(detail)]
    own[0] = replace(own[0], n_arm=9)
    rows = report.lines(Balance(tuple(own)), PLAN, "nl")
    assert [row.hidden for row in rows] == [False] * (len(rows) - 1) + [True]
    assert "concern" not in report.worst(Balance(tuple(own)), weights=True)


def test_of_fewer_than_ten_pupils_nothing_is_said(detail, effect):
    few = replace(effect, pupils_arm=9)
    for language in LANGUAGES:
        assert report.page(detail, few, PLAN, language) == []
        assert report.appendix(detail, few, PLAN, language) == []


# ---------------------------------------------------------------- in plain words

CAUSAL = ("effect", "leidt tot", "leidde tot", "led to", "leads to", "zorgt", "zorgde", "dankzij",
          "thanks to", "invloed", "influence", "caus", "oorza", "helpt de", "werkt", "bewezen",
          "bewijst", "proven", "proves", "impact", "because of", "vanwege")  # fmt: skip
JARGON = ("propensity", "estimand", "att", "ate", "ato", "smd", "gestandaardiseerd", "standardised",
          "covariate", "covariaat", "variantie", "variance", "significan", "p-waarde", "p-value",
          "bias", "confounder", "standaarddeviatie", "standard deviation", "effectief", "effective",
          "entropy", "entropie", "caliper", "logit", "overlap", "baseline", "cluster", "regressie",
          "regression", "cox", "wwc")  # fmt: skip


def said(detail, effect, language):
    """Everything on the page, without numbers and labels of the study."""
    blocks = report.page(detail, effect, PLAN, language)
    out = [b.text for b in blocks if isinstance(b, Heading | Paragraph)]
    out += [b.caption for b in blocks if isinstance(b, Picture)]
    return [*out, *report.sure(detail, effect, PLAN, language), detail.explain(language)]


def every_kind():
    """Each method for each group, with and without each thing to mind."""
    X, t, names = invented()
    score = propensity(X[:, [0, 2, 3, 5, 6]], t).score
    for method, estimand in itertools.product(COMPARING, OF_WEIGHTS):
        w = propensity_weights(score, t, estimand).w
        yield behind(X, t, names, w=w, estimand=estimand, method=method, score=score)
        flags = tuple(Flag)
        for left_out in ((4, 0), (40, 3)):
            yield behind(X, t, names, w=w**8, estimand=estimand, method=method, flags=flags,
                         left_out=left_out, adjusted=("concern",))  # fmt: skip


@pytest.mark.usefixtures("undrawn")
def test_no_sentence_speaks_of_causes_or_in_jargon(effect):
    for detail, language in itertools.product(every_kind(), LANGUAGES):
        for sentence in said(detail, effect, language):
            lower = sentence.lower()
            for word in CAUSAL:
                assert word not in lower, (word, sentence)
            for word in JARGON:
                assert not re.search(rf"\b{word}", lower), (word, sentence)
            for part in re.split(r"(?<=[.:;])\s", sentence):
                assert len(part.split()) <= 27, part
            assert sentence.rstrip().endswith((".", "?"))
            assert "  " not in sentence


@pytest.mark.usefixtures("undrawn")
def test_the_words_of_both_languages_are_not_mixed(effect):
    for detail in itertools.islice(every_kind(), 12):
        nl, en = (" ".join(said(detail, effect, x)).lower() for x in LANGUAGES)
        assert not re.search(r"\b(the|pupils|weights|matching)\b", nl)
        assert not re.search(r"\b(de|het|leerlingen|wegen|koppelen|niet)\b", en)


@pytest.mark.parametrize(
    ("estimand", "nl", "en"),
    [("ATT", "voor de leerlingen die meededen", "for the pupils who took part"),
     ("ATE", "voor alle leerlingen", "for all pupils"),
     ("ATO", "die net zo goed wel als niet hadden kunnen meedoen",
      "who might as well have taken part as not")],
)  # fmt: skip
@pytest.mark.usefixtures("undrawn")
def test_the_page_says_for_whom_the_comparison_holds(effect, estimand, nl, en):
    detail = behind(*invented(), estimand=estimand)
    for language, words in (("nl", nl), ("en", en)):
        blocks = report.page(detail, effect, PLAN, language)
        assert words in " ".join(b.text for b in blocks if isinstance(b, Paragraph))


@pytest.mark.usefixtures("undrawn")
def test_the_page_says_for_how_many_pupils_the_comparison_counts(detail, effect):
    assert detail.ess[1] < 0.9 * detail.pupils[1]
    n, about = detail.pupils[1], round(detail.ess[1], -1)
    text = " ".join(b.text for b in report.page(detail, effect, PLAN, "en") if hasattr(b, "text"))
    assert f"{n:,} pupils who did not take part together count for about {about:.0f}." in text
    even = replace(detail, ess=(float(detail.pupils[0]), float(n)))
    assert report.counts_sentence(even, "en") == ""
    few = replace(detail, ess=(float(detail.pupils[0]), 7.4))
    assert "fewer than 10" in report.counts_sentence(few, "en")
    assert "7" not in report.counts_sentence(replace(few, pupils=(200, 1000)), "nl")


def test_the_number_of_pupils_does_not_tell_how_few_were_left_out(detail):
    t, c = detail.pupils
    few = replace(detail, left_out=(0, 4), used=(t, c - 4))
    assert f"{c:,} pupils" in report.counts_sentence(few, "en")  # as elsewhere in a report
    assert report.used_told(few) == (t, None)
    many = replace(detail, left_out=(0, 40), used=(t, c - 40))
    assert f"{c:,} pupils" in report.counts_sentence(many, "en")
    assert report.used_told(many) == (t, c - 40)


def test_an_effect_does_not_tell_how_few_found_nobody_to_be_compared_with():
    from academic_workplace.report.details import pupils_told

    plan = aw.read_plan(DATA / "mentoring" / "plan.toml")
    plan = replace(plan, method="nearest neighbour", comparing=Comparing(caliper=0.1))
    evidence = aw.weigh(aw.estimate(aw.read(plan.data), plan), plan)
    seen = set()
    for finding in evidence.findings:
        effect = finding.effect
        detail = evidence.effects.detail(effect)
        told = pupils_told(evidence, effect)
        for n, used, lost in zip(told, detail.used, detail.left_out, strict=True):
            assert n == (None if 0 < lost < 10 else used)
            seen.add(n is None)
    assert seen == {True, False}


def test_the_least_number_told_is_that_of_the_rules_that_hold_now(detail):
    few = replace(detail, flags=(Flag.FEW_EFFECTIVE,), overlap=None)
    with under(replace(profile(), minimum=25)):
        assert "minder dan 25" in report.flag_sentences(few, "nl")[0]
        assert "25" in report.love_table(weighted_balance(detail), report.WEIGHED, PLAN, "nl").note
    assert "minder dan 10" in report.flag_sentences(few, "nl")[0]


def test_pupils_have_the_name_that_their_plan_gives_them(detail):
    parents = replace(STUDY.arms["0"], pupils=Text("ouders zonder cursus", "parents without it"))
    arms = MappingProxyType({**STUDY.arms, "0": parents})
    own = replace(detail, plan=replace(PLAN, study=replace(STUDY, arms=arms)))
    assert "ouders zonder cursus zeggen met wegen" in report.counts_sentence(own, "nl")
    assert report.whom_sentence(own, "en") == "The comparison holds for pupils with a mentor."
    assert "leerlingen" not in report.counts_sentence(own, "nl")


@pytest.mark.parametrize(
    ("ess", "shown"),
    [(10.4, "10"), (99.7, "100"), (312.0, "310"), (1234.0, "1.200"), (12345.0, "12.000")],
)
def test_effective_pupils_have_two_figures(ess, shown):
    assert report._about(ess, "nl") == shown


def judged(before, after, adjusted=()):
    """Columns with these standardised differences, without and with weights."""
    t = np.arange(4000) % 2 == 0
    rng = np.random.default_rng(6)
    names = tuple(f"k{j}" for j in range(len(before)))
    detail = behind(rng.normal(size=(4000, len(before))), t, names, adjusted=adjusted)
    rows = [
        replace(c, standardised=b, verdict=verdict(b),
                weighted=replace(c.weighted, standardised=a, verdict=verdict(a)))
        for c, b, a in zip(weighted_balance(detail), before, after, strict=True)
    ]  # fmt: skip
    return Balance(tuple(rows))


def verdict(x):
    from academic_workplace.evidence.balance import baseline_verdict

    return baseline_verdict(x)


@pytest.mark.parametrize(
    ("after", "adjusted", "words"),
    [((0.01, 0.02), (), "volgens een bekende norm genoeg op elkaar"),
     ((0.01, 0.2), (), "Dat gebeurt hier niet."),
     ((0.1, 0.2), ("k0",), "Dat gebeurt hier niet met alle verschillen."),
     ((0.1, 0.2), ("k0", "k1"), "Dat gebeurt hier."),
     ((0.01, -0.3), ("k0", "k1"), "te groot (k1)"),
     ((-0.4, -0.3), (), "te groot (k0 en k1)")],
)  # fmt: skip
def test_the_standard_has_its_say_in_words(after, adjusted, words):
    balance = judged((0.5, 0.4), after, adjusted)
    assert words in report.norm_sentence(balance, None, "nl")
    assert report.norm_sentence(balance, None, "en")


def test_characteristics_are_counted_without_and_with_weights():
    balance = judged((0.5, 0.4, 0.01), (0.01, 0.2, 0.02))
    assert report.verdict_sentence(balance, report.WEIGHED, "nl") == (
        "Zonder wegen waren de groepen vooraf op 1 van de 3 kenmerken bijna gelijk. Met wegen zijn"
        " ze dat op 2; bij 1 is er een klein verschil."
    )
    assert report.verdict_sentence(balance, report.MATCHED, "en") == (
        "Without matching the groups were almost equal beforehand on 1 of the 3 characteristics."
        " With matching they are on 2; on 1 there is a small difference."
    )
    alike = report.verdict_sentence(judged((0.5, 0.4), (0.01, 0.02)), report.WEIGHED, "nl")
    assert alike.endswith("Met wegen zijn ze dat op alle 2.")
    worse = judged((0.5,), (0.3,))
    assert report.verdict_sentence(worse, report.WEIGHED, "nl") == (
        "Zonder wegen was er vooraf een groot verschil op het ene kenmerk. Met wegen is er een"
        " groot verschil."
    )
    assert "weten niet" in report.verdict_sentence(Balance(()), report.WEIGHED, "nl")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_category_is_as_unlike_as_its_worst_value(order):
    after = (0.3, 0.01, 0.1)
    balance = judged((0.5, 0.4, 0.45), after)
    levels = [replace(balance[j], column=f"advice={j}") for j in order]
    assert report.worst(Balance(tuple(levels)), weights=True) == {"advice": BaselineVerdict.NOT}
    (row,) = report.for_page(Balance(tuple(levels)))
    assert row.weighted.standardised == 0.3


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-0.6, 0.6)), min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_no_difference_that_remains_is_left_off_the_page(pairs):
    balance = judged([b for b, _ in pairs], [a for _, a in pairs])
    shown = report.for_page(balance)
    order = (BaselineVerdict.NOT, BaselineVerdict.ADJUST, BaselineVerdict.SATISFIED)
    worst = sorted(order.index(c.weighted.verdict) for c in balance)[: report.MOST]
    assert sorted(order.index(c.weighted.verdict) for c in shown) == worst


@pytest.mark.usefixtures("undrawn")
def test_why_there_is_no_p_value_is_one_sentence_in_the_appendix(detail, effect):
    for language, word in (("nl", "p-waarde"), ("en", "p-value")):
        blocks = report.appendix(detail, effect, PLAN, language)
        (found,) = [b.text for b in blocks if isinstance(b, Paragraph) and word in b.text]
        assert len(re.findall(r"[.!?](?:\s|$)", found)) == 1
        assert word not in " ".join(said(detail, effect, language))


def test_flags_have_words_of_their_own(detail):
    assert set(report.FLAG) == set(FLAGS)
    for language in LANGUAGES:
        told = report.flag_sentences(replace(detail, flags=tuple(Flag)), language)
        assert len(told) == len(Flag)


@pytest.mark.parametrize(("lost", "nl"), [(0, ""), (4, "Enkele van hen"), (25, "25 van hen")])
def test_who_is_left_out_is_told_and_a_few_are_not_counted(detail, lost, nl):
    text = report.whom_sentence(replace(detail, left_out=(lost, 3)), "nl")
    assert nl in text
    assert ("niet mee" in text) is bool(lost)
    assert "4" not in text


# ---------------------------------------------------------------- in a report


@pytest.mark.usefixtures("undrawn")
def test_the_page_has_one_picture_and_the_appendix_a_table_for_each(detail, effect):
    for language in LANGUAGES:
        page = report.page(detail, effect, PLAN, language)
        assert sum(isinstance(b, Picture) for b in page) == 1
        blocks = report.appendix(detail, effect, PLAN, language)
        assert [type(b) for b in blocks] == [
            Heading, Picture, Table, Paragraph, Table, Picture, Table,
        ]  # fmt: skip
        assert not any(b.wide for b in blocks if isinstance(b, Table))


def test_other_analyses_have_their_differences_only(detail, effect):
    plan = replace(PLAN, outcome=("first", "after"))
    blocks = report.appendix(detail, effect, plan, "nl")
    assert [type(b) for b in blocks] == [Heading, Table]


@pytest.mark.usefixtures("undrawn")
def test_without_a_chance_to_take_part_there_is_no_overlap(detail, effect):
    nobody = overlap(np.array([0.5] * 12), np.arange(12) % 2 == 0, np.ones(12))
    assert len(nobody.treated) == 0
    for found in (None, nobody):
        blocks = report.appendix(replace(detail, overlap=found), effect, PLAN, "nl")
        assert sum(isinstance(b, Picture) for b in blocks) == 1
        assert report.sure(replace(detail, overlap=found), effect, PLAN, "nl")


@pytest.mark.parametrize("k", [1, MANY])
@pytest.mark.usefixtures("undrawn")
def test_one_characteristic_and_very_many_fit(effect, k):
    own = many(k)
    page = report.page(own, effect, PLAN, "nl")
    (picture,) = [b for b in page if isinstance(b, Picture)]
    assert len(re.findall(r": \d", picture.alt)) == min(k, report.MOST)
    assert ("bijlage" in picture.caption) is (k > report.MOST)
    (love,) = [b for b in report.appendix(own, effect, PLAN, "nl") if isinstance(b, Picture)]
    assert len(re.findall(r": \d", love.alt)) == k


@pytest.mark.usefixtures("undrawn")
def test_what_cannot_be_divided_is_a_dash_and_never_nan(effect):
    rng = np.random.default_rng(7)
    t = np.arange(300) % 2 == 0
    same, apart = np.full(300, 0.1), np.where(t, 1.0, 2.0)  # of all, and within each arm
    one_sided = np.where(t, rng.normal(size=300), 0.0)  # no variance in the comparison
    X = np.column_stack([same, apart, one_sided, rng.normal(size=300)])
    detail = behind(X, t, ("same", "apart", "one sided", "age"))
    for language in LANGUAGES:
        blocks = [*report.page(detail, effect, PLAN, language),
                  *report.appendix(detail, effect, PLAN, language)]  # fmt: skip
        cells = [c for b in blocks if isinstance(b, Table) for row in b.rows for c in row]
        cells += [b.alt for b in blocks if isinstance(b, Picture)]
        assert not any("nan" in c.lower().split() or "inf" in c.lower().split() for c in cells)
        assert "–" in cells


def test_years_stand_without_a_sign_for_thousands():
    assert report._means([1985.3, None], 2.0, "nl")[0] == "1985,3"
    assert report._means([1985.3, 2500.0], 2.0, "nl")[0] == "1.985,3"


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_of_it_is_drawn(detail, effect, language):
    for blocks in (report.page, report.appendix):
        for block in blocks(detail, effect, PLAN, language):
            if isinstance(block, Picture):
                assert block.png.startswith(b"\x89PNG")
                assert block.wide_svg != block.narrow_svg


@pytest.mark.usefixtures("undrawn")
def test_a_study_is_told_in_the_words_of_its_plan():
    plan = aw.read_plan(DATA / "mentoring" / "plan.toml")
    effects = aw.estimate(aw.read(plan.data), plan)
    effect = effects[0]
    detail = effects.detail(effect)
    own = weighted_balance(detail)
    for c in own:  # the same as from the moments
        key = (effect.outcome, effect.wave)
        (other,) = [o for o in aw.evidence.balance(effects).within(key) if o.column == c.column]
        assert c.standardised == pytest.approx(other.standardised, rel=1e-8)
        assert c.weighted.standardised == pytest.approx(other.weighted.standardised, abs=1e-10)
    (picture,) = [b for b in report.page(detail, effect, plan, "nl") if isinstance(b, Picture)]
    assert "Zorg van de leerkracht" in picture.alt
    assert "bezorgdheid" not in picture.alt
    assert "op alle 8" in detail.explain("nl")
