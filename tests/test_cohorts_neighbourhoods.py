"""A map of invented neighbourhoods: beta-binomial by integration, boundaries, what is withheld."""

import copy
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

import academic_workplace as aw
from academic_workplace.cohorts import neighbourhoods as own
from academic_workplace.cohorts.boundaries import (
    Grid,
    area_of,
    inside,
    place_for_words,
    read_boundaries,
)
from academic_workplace.language import Text
from academic_workplace.report import neighbourhoods as words
from academic_workplace.report.figures import neighbourhoods as figures
from academic_workplace.report.house import house
from academic_workplace.report.wording import bounded

FILE = Path(__file__).parent / "reference" / "data" / "buurten.geojson"
TOWN = json.loads(FILE.read_text())
SIZES = [120, 240, 60, 90, 300, 150, 85, 70, 200, 130, 66, 75]
EVENTS = [57, 24, 27, 20, 84, 41, 30, 14, 48, 60, 22, 15]
LABELS = {"e": Text("advies onder de toets", "advice below the test")}
SMALL = settings(max_examples=30, deadline=None)


def table(events=EVENTS, sizes=SIZES):
    keys = [f"BU9999{i:04d}" for i in range(12)]
    return pd.DataFrame({"area": keys, "e": events, "n": sizes})


def mapped(rates=None, where=FILE, **options):
    asked = {"key": "buurtcode", "name": "buurtnaam", "area": "area", "event": "e", "pupils": "n"}
    return aw.cohorts.neighbourhood_map(
        table() if rates is None else rates, where, **(asked | {"labels": LABELS} | options)
    )


def by_key(found):
    return {a.key: a for a in found}


# ---------------------------------------------------------------- smoothing


@pytest.mark.proves("cohorts.neighbourhood_map", "beta-binomial by integration (scipy.integrate)")
@pytest.mark.parametrize(("e", "n", "m", "rho"), [(3, 20, 0.25, 0.05), (30, 40, 0.5, 0.2),
                                                  (12, 90, 0.1, 0.01)])  # fmt: skip
def test_smoothing_is_the_posterior_of_a_beta_binomial(agree, e, n, m, rho):
    s = 1 / rho - 1

    def joint(p):
        return stats.binom.pmf(e, n, p) * stats.beta.pdf(p, m * s, (1 - m) * s)

    def over(f, top=1.0):
        return integrate.quad(f, 0, top, epsabs=0, epsrel=1e-11, limit=200)[0]

    B = own.weight(n, rho)
    mean = over(lambda p: p * joint(p)) / over(joint)
    agree(B * e / n + (1 - B) * m, mean, rel=1e-9)
    low, high = own.posterior(e, n, m, rho)
    agree([over(joint, low) / over(joint), over(joint, high) / over(joint)], [0.025, 0.975])


@pytest.mark.proves("cohorts.neighbourhood_map", "moments on the counts themselves (rows)")
def test_every_area_gets_its_posterior_mean_with_the_spread_of_all(agree):
    e, n = np.array(EVENTS), np.array(SIZES)
    m, N, I = e.sum() / n.sum(), n.sum(), len(n)  # noqa: E741  # the letter of the paper
    Q = float(np.sum(n * (e / n - m) ** 2)) / (m * (1 - m))
    rho = (Q - (I - 1)) / (N - (n**2).sum() / N - (I - 1))
    found = by_key(mapped())
    s = 1 / rho - 1
    each = [found[key] for key in table()["area"]]
    agree([a.smoothed.low for a in each], (e + m * s) / (n + s), rel=1e-10)
    agree([a.low for a in each], stats.beta.ppf(0.025, e + m * s, n - e + (1 - m) * s), rel=1e-8)
    agree([a.high for a in each], stats.beta.ppf(0.975, e + m * s, n - e + (1 - m) * s), rel=1e-8)
    assert mapped().rho.low == pytest.approx(rho)


@SMALL
@given(st.lists(st.tuples(st.integers(10, 60), st.integers(10, 60)), min_size=12, max_size=12))
def test_a_smoothed_share_lies_between_the_counted_one_and_that_of_all(cells):
    e, n = [a for a, _ in cells], [a + b for a, b in cells]
    found = mapped(table(e, n))
    m = float(found.share.low)
    assert not any(a.withheld for a in found)
    for a in found:
        low, high = sorted([float(a.share.low), m])
        assert low - 1e-12 <= a.smoothed.low <= high + 1e-12
        assert a.low <= a.smoothed.low <= a.high
        assert found.breaks[0] <= a.smoothed.low <= found.breaks[-1]
        assert found.class_of(a) is not None
    assert len(found.breaks) <= own.CLASSES + 1


def test_areas_that_differ_no_more_than_chance_all_get_the_share_of_all():
    found = mapped(table([n // 2 for n in SIZES], [n // 2 * 2 for n in SIZES]))
    assert found.rho.high == 0
    assert {float(a.smoothed.low) for a in found} == {0.5}
    assert "hetzelfde getal" in found.explain("nl")
    assert "same number" in found.explain("en")


def test_order_of_rows_spaces_around_codes_and_a_row_per_pupil_change_nothing():
    first = mapped().table()
    mixed = table().sample(frac=1, random_state=3)
    mixed["area"] = mixed["area"] + "  "
    pd.testing.assert_frame_equal(mapped(mixed).table(), first)
    t = table()
    each = pd.DataFrame({
        "area": np.repeat(t["area"], t["n"]),
        "e": np.concatenate([np.arange(n) < e for e, n in zip(EVENTS, SIZES, strict=True)]),
    })  # fmt: skip
    pd.testing.assert_frame_equal(mapped(each, pupils=None).table(), first)


@pytest.mark.proves("cohorts.neighbourhood_map", "every completion of hidden counts (rows)")
def test_bounds_contain_every_completion(agree):
    hidden = table(["<5", "-1", *EVENTS[2:]])
    whole = by_key(mapped(hidden, published=True))
    assert whole["BU99990000"].low is None  # no interval where counts are hidden
    seen = []
    for a, b in itertools.product(range(1, 5), repeat=2):
        one = by_key(mapped(table([a, b, *EVENTS[2:]]), published=True))
        for key, area in whole.items():
            for name in ("share", "smoothed", "reliability"):
                bounds, x = getattr(area, name), getattr(one[key], name)
                assert bounds.low - 1e-12 <= x.low <= bounds.high + 1e-12
        seen.append(float(one["BU99990000"].share.low))
    agree(whole["BU99990000"].share.low, min(seen))
    agree(whole["BU99990000"].share.high, max(seen))


# ---------------------------------------------------------------- what is withheld


def test_small_areas_are_withheld_and_another_goes_with_one_that_stands_alone():
    sizes, events = list(SIZES), list(EVENTS)
    sizes[3], events[3] = 9, 5
    found = by_key(mapped(table(events, sizes)))
    hidden = [key for key, a in found.items() if a.withheld]
    assert "BU99990003" in hidden
    assert len(hidden) == 2  # one alone would follow from the total
    for key in hidden:
        a = found[key]
        assert (a.pupils, a.share, a.smoothed, a.low, a.reliability) == (None,) * 5
    whole = mapped(table(events, sizes))
    text = whole.picture("nl").alt
    assert "Niet getoond: " in text
    assert whole.table().set_index("key").loc[hidden, "smoothed_low"].isna().all()
    public = by_key(mapped(table(events, sizes), published=True))
    assert [key for key, a in public.items() if a.withheld] == ["BU99990003"]


@pytest.mark.parametrize("few", [0, 4, 9])
def test_areas_in_which_few_do_or_do_not_are_withheld_unless_published(few):
    for events in ([few, *EVENTS[1:]], [SIZES[0] - few, *EVENTS[1:]]):
        whole = mapped(table(events))
        found = by_key(whole)
        assert found["BU99990000"].withheld
        assert "over alle leerlingen daar" in whole.explain("nl")
        assert "of all pupils there" in whole.explain("en")
        assert sum(a.withheld for a in found.values()) >= 2
        assert not by_key(mapped(table(events), published=True))["BU99990000"].withheld


def test_areas_without_pupils_are_named_and_not_withheld():
    found = by_key(mapped(table().drop(index=10), empty=["BU99990010"]))
    assert found["BU99990010"].empty
    assert not found["BU99990010"].withheld


# ---------------------------------------------------------------- boundaries


def test_holes_stay_open_and_parts_belong_together():
    where = read_boundaries(FILE, key="buurtcode", name="buurtnaam")
    areas = {a.name: a for a in where.areas}
    assert where.grid is Grid.DEGREES
    assert where.aspect == pytest.approx(1 / np.cos(np.radians(52.156)), rel=1e-4)
    outer, hole = areas["Tuindorp"].polygons[0]
    assert area_of(outer) > 0 > area_of(hole)
    assert len(areas["Lage Kade"].polygons) == 2
    x, y, reach = place_for_words(areas["Tuindorp"].polygons[0], where.aspect)
    point = np.array([[x, y]])
    assert inside(point, areas["Tuindorp"].polygons[0]).all()
    assert not inside(point, areas["Kerkeiland"].polygons[0]).any()
    assert reach > 0
    path = figures._path(areas["Tuindorp"], np.asarray)
    assert path.contains_point((x, y))


def test_rings_run_one_way_whichever_way_the_file_has_them():
    other = copy.deepcopy(TOWN)
    for feature in other["features"]:
        if feature["geometry"]["type"] == "Polygon":
            for ring in feature["geometry"]["coordinates"]:
                ring.reverse()
    for where in (TOWN, other):
        for area in read_boundaries(where, key="buurtcode").areas:
            for outer, *holes in area.polygons:
                assert area_of(outer) > 0
                assert all(area_of(hole) < 0 for hole in holes)


def test_words_stand_in_the_middle_of_a_square():
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], float)
    x, y, reach = place_for_words((square,), 1.0)
    assert (x, y, reach) == pytest.approx((2, 2, 2), abs=0.1)
    assert inside(np.array([[1.0, 1.0], [5.0, 1.0]]), (square,)).tolist() == [True, False]


def moved(content, function):
    out = copy.deepcopy(content)
    for feature in out["features"]:
        geometry = feature["geometry"]
        parts = geometry["coordinates"]
        for rings in [parts] if geometry["type"] == "Polygon" else parts:
            for ring in rings:
                ring[:] = [function(*point) for point in ring]
    return out


def test_metres_of_the_dutch_grid_are_drawn_as_they_are():
    metres = moved(
        TOWN, lambda x, y: [(x - 4) * 68_000 + 60_000, (y - 52) * 111_000 + 445_000, 0.0]
    )
    where = read_boundaries(metres, key="buurtcode")
    assert (where.grid, where.aspect) == (Grid.METRES, 1.0)
    metres["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    assert read_boundaries(metres, key="buurtcode").grid is Grid.METRES
    one, two = mapped(), mapped(where=metres)
    pd.testing.assert_frame_equal(one.table(), two.table())
    ratio = [np.divide(*figures.map_figure(found, "nl").get_size_inches()) for found in (one, two)]
    assert ratio[0] == pytest.approx(ratio[1], rel=0.02)


def first_ring(content):
    return content["features"][0]["geometry"]["coordinates"][0]


def broken(change):
    content = copy.deepcopy(TOWN)
    change(content)
    return content


@pytest.mark.parametrize(
    ("change", "nl", "en"),
    [
        (lambda c: c.update(type="Feature"), "geen GeoJSON", "no GeoJSON"),
        (lambda c: c.update(features=[]), "geen GeoJSON", "no GeoJSON"),
        (lambda c: c["features"][0]["properties"].pop("buurtcode"), "geen eigenschap",
         "no property"),
        (lambda c: c["features"].append(c["features"][0]), "2 keer in", "there 2 times"),
        (lambda c: c["features"][0].update(geometry=None), "geen Polygon", "no Polygon"),
        (lambda c: c["features"][0]["geometry"].update(type="Point"), "geen Polygon", "no Polygon"),
        (lambda c: first_ring(c).pop(), "niet gesloten", "not closed"),
        (lambda c: first_ring(c).__setitem__(slice(2, -1), []), "vier punten", "four points"),
        (lambda c: first_ring(c).__setitem__(1, ["x", 52.0]), "geen getal", "no number"),
        (lambda c: first_ring(c).__setitem__(1, [4.47]), "geen getal", "no number"),
        (lambda c: first_ring(c).__setitem__(slice(None), [[4.5, 52.1]] * 4), "omsluit niets",
         "encloses nothing"),
        (lambda c: c["features"][0]["geometry"].update(coordinates=[[]]), "vier punten",
         "four points"),
        (lambda c: c.update(crs={"properties": {"name": "EPSG::3857"}}), "onbekend", "not known"),
        (lambda c: c.update(crs={"properties": {"name": "EPSG::28992"}}), "passen niet",
         "do not fit"),
    ],
)  # fmt: skip
def test_boundaries_that_cannot_be_are_named_in_both_languages(change, nl, en):
    with pytest.raises(aw.DataError) as caught:
        mapped(where=broken(change))
    assert nl in caught.value.explain("nl")
    assert en in caught.value.explain("en")


@pytest.mark.parametrize(
    ("function", "nl", "en"),
    [
        (lambda x, y: [y, x], "breedtegraad staat voorop", "latitude comes first"),
        (lambda x, y: [x * 1e6, y * 1e6], "geen graden", "no degrees"),
    ],
)
def test_coordinates_that_cannot_be_are_named(function, nl, en):
    with pytest.raises(aw.DataError) as caught:
        mapped(where=moved(TOWN, function))
    assert nl in caught.value.explain("nl")
    assert en in caught.value.explain("en")


def test_files_that_are_not_there_or_no_json_are_named(tmp_path):
    with pytest.raises(aw.DataError, match="kan niet geopend"):
        mapped(where=tmp_path / "none.geojson")
    other = tmp_path / "map.shp"
    other.write_bytes(b"\x00\x00\x27\x0a")
    with pytest.raises(aw.DataError, match="geen JSON") as caught:
        mapped(where=other)
    assert caught.value.faults[0].file == str(other)
    assert "QGIS" in caught.value.explain("en")


def test_keys_on_one_side_only_are_listed_with_file_key_and_remedy():
    rates = table()
    rates.loc[3, "area"] = "BU9999003"
    with pytest.raises(aw.DataError) as caught:
        mapped(rates, empty=["BU99990001", "elders"])
    unknown, missing, empty = caught.value.faults
    assert (unknown.column, unknown.count) == ("area", 1)
    assert "BU9999003" in unknown.rule.nl
    assert "Bedoelt u ‘BU99990003’?" in unknown.remedy.nl
    assert (missing.file, missing.column) == (str(FILE), "buurtcode")
    assert "BU99990003" in missing.rule.en
    assert "empty" in missing.remedy.en
    assert "BU99990001, elders" in empty.rule.en  # one has figures, the other is not on the map


def test_faults_of_table_and_boundaries_are_named_at_once():
    with pytest.raises(aw.DataError) as caught:
        mapped(table([-1.5, *EVENTS[1:]]), broken(lambda c: first_ring(c).pop()))
    assert [f.column for f in caught.value.faults] == ["e", "buurtcode"]


@pytest.mark.parametrize("breaks", [(0.2,), (0.3, 0.2), (0, 1.2), (0, 0.1, 0.2, 0.3, 0.4, 0.5, 1)])
def test_edges_that_cannot_be_are_refused(breaks):
    with pytest.raises(aw.PlanError, match="grenzen"):
        mapped(breaks=breaks)


# ---------------------------------------------------------------- words and picture


def luminance(colour):
    from matplotlib.colors import to_rgb

    x = np.array(to_rgb(colour))
    linear = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_classes_are_told_apart_in_grey_and_words_read_on_them():
    light = [luminance(shade) for shade in figures.SHADES]
    for a, b in itertools.pairwise(light):
        assert (a + 0.05) / (b + 0.05) > 1.3
    for i, each in enumerate(light):
        text = luminance(house().paper if i >= figures.DARK else house().ink)
        high, low = max(each, text), min(each, text)
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_the_map_draws_every_area_and_hatches_what_is_withheld():
    events, sizes = list(EVENTS), list(SIZES)
    sizes[3], events[3] = 9, 5
    found = mapped(table(events, sizes))
    ax = figures.map_figure(found, "nl").axes[0]
    hatched = [p for p in ax.patches if p.get_hatch() == "////"]
    assert len(hatched) == sum(a.withheld for a in found) + 1  # and in the legend
    assert len([p for p in ax.patches if p.get_hatch() is None]) > len(found)
    texts = " ".join(text.get_text().replace("\n", " ") for text in ax.texts)
    for a in found.shown:
        number = bounded(a.smoothed, 100, 0, "nl")
        assert f"{a.name} {number}" in texts or f"{a.name} ({number})" in texts
    assert "niet getoond" in texts


@pytest.mark.parametrize("language", ["nl", "en"])
def test_words_alternative_text_and_table_hold_every_area(language):
    found = mapped(breaks=(0, 0.2, 0.3, 0.4, 1))
    alt, text = found.picture(language).alt, found.explain(language)
    assert all(a.name in alt for a in found)
    assert LABELS["e"][language] in text
    assert ("waar ze vandaan komen" if language == "nl" else "where they come from") in text
    rows = words.map_table(found, language).rows
    assert [row[0] for row in rows] == sorted(a.name for a in found)
    blocks = words.map_blocks(found, language)
    assert [type(b).__name__ for b in blocks] == ["Paragraph", "Picture", "Table"]
    assert blocks[1].narrow_svg
    assert "<table>" in found._repr_html_()


@pytest.mark.parametrize("narrow", [False, True])
def test_an_area_whose_name_does_not_fit_has_a_letter_that_is_explained(narrow):
    town = copy.deepcopy(TOWN)
    for feature in town["features"]:
        own = feature["properties"]
        own["buurtnaam"] = f"Bedrijventerrein {own['buurtnaam']}-Zuidwest $x$"
    found = mapped(where=town)
    figure = figures.map_figure(found, "nl", narrow=narrow)
    figure.canvas.draw()
    told = [t.get_text() for t in figure.axes[0].texts]
    on_map = [t.split("\n") for t in told if "\n" in t]
    named = " ".join(" ".join(t) for t in on_map)
    key = " ".join(told)
    for a in found:
        number = bounded(a.smoothed, 100, 0, "nl")
        letters = [t[0] for t in on_map if len(t) == 2 and f"{t[0]} {a.name} ({number})" in key]
        assert f"{a.name} {number}" in named or len(set(letters)) == 1
    assert any("Bedrijventerrein" in t for t in told if "\n" not in t)
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert figure.bbox.x0 - 1 <= box.x0, text.get_text()
        assert box.x1 <= figure.bbox.x1 + 1, text.get_text()
        assert not text.get_parse_math()


def test_a_withheld_area_says_so_in_its_whole_row():
    events, sizes = list(EVENTS), list(SIZES)
    sizes[3], events[3] = 9, 5
    found = mapped(table(events, sizes))
    rows = {row[0]: set(row[1:]) for row in words.map_table(found, "en").rows}
    for a in found:
        assert (rows[a.name] == {"not shown"}) is a.withheld


def test_a_class_that_depends_on_hidden_counts_is_not_given():
    found = mapped(table(["<5", *EVENTS[1:]]), published=True, breaks=(0, 0.03, 0.3, 1))
    area = by_key(found)["BU99990000"]
    assert found.class_of(area) is None
    assert "Depends on hidden counts: Havenkwartier" in found.picture("en").alt
    hatches = {p.get_hatch() for p in figures.map_figure(found, "en").axes[0].patches}
    assert "xx" in hatches


def test_plot_takes_axes_and_a_third_language_is_refused():
    from matplotlib.figure import Figure

    found = mapped()
    ax = Figure().add_subplot()
    assert found.plot(ax) is ax
    for call in (found.plot, found.explain, found.picture):
        with pytest.raises(aw.PlanError):
            call(language="fr")
