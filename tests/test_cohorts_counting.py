"""One pass over pupils: the same cells from a table, a file, and parts of it, to the last pupil."""

import itertools

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace import engines
from academic_workplace.cohorts import counting, grouping
from academic_workplace.errors import DataError, PlanError

BY = ("cohort", "school", "sex", "year", "fee")
NUMBERS = ("score", "paid", "passed")


def pupils(rows=4000, seed=7):
    """Pupils with every kind of label, some of which are missing."""
    rng = np.random.default_rng(seed)
    school = np.array(["De Brug", "De Kring", "Het Ven", ""], dtype=object)
    table = pd.DataFrame({
        "cohort": rng.choice([2019, 2020, 2021], rows),
        "school": school[rng.integers(0, 4, rows)],
        "sex": np.array(["girl", "boy", None], dtype=object)[rng.integers(0, 3, rows)],
        "year": pd.array(rng.integers(1, 4, rows)).astype("Int64"),
        "fee": rng.random(rows) < 0.3,
        "score": rng.normal(540, 8, rows),
        "paid": rng.integers(0, 40, rows),
        "passed": rng.integers(0, 2, rows).astype(float),
    })  # fmt: skip
    table.loc[rng.random(rows) < 0.1, "year"] = pd.NA
    table.loc[rng.random(rows) < 0.1, "score"] = np.nan
    table.loc[rng.random(rows) < 0.05, "passed"] = np.nan
    return table


def parquet(table, path, group=600):
    engine = duckdb.connect()
    engine.register("pupils", table)
    engine.execute(f"COPY pupils TO '{path}' (FORMAT PARQUET, ROW_GROUP_SIZE {group})")
    return path


def by_rows(table, by, numbers):
    """A plain group-by: pupils, and of those with all numbers their sums and centred products."""
    out = {}
    for key, part in table.groupby(list(by), dropna=False):
        x = part[list(numbers)].to_numpy(dtype=float, na_value=np.nan)
        x = x[~np.isnan(x).any(axis=1)]
        d = x - x.mean(axis=0) if len(x) else x
        out[tuple(None if pd.isna(k) else str(k).removesuffix(".0") for k in key)] = (
            len(part), len(x), x.sum(axis=0), d.T @ d
        )  # fmt: skip
    return out


def as_dict(cells):
    rows = cells.table()[list(cells.by)].itertuples(index=False)
    keys = [tuple(None if pd.isna(k) else str(k).removesuffix(".0") for k in row) for row in rows]
    assert len(set(keys)) == len(keys)
    parts = zip(cells.pupils, cells.known, cells.sums, cells.within, strict=True)
    return dict(zip(keys, parts, strict=True))


def assert_same(found, expected, rel=1e-12):
    assert found.keys() == expected.keys()
    for key, (n, known, total, within) in expected.items():
        assert found[key][:2] == (n, known)
        np.testing.assert_allclose(found[key][2], total, rtol=rel)
        np.testing.assert_allclose(found[key][3], within, rtol=1e-9, atol=1e-8)


WAYS = {
    "as they stand": {"MANY": 1 << 60},
    "learnt": {"MANY": 1, "OFTEN": 1 << 60},
    "learnt from a few rows": {"MANY": 1, "OFTEN": 0, "SPOT": 8},
}


def file_of(way, table, folder, monkeypatch):
    """The file of a table, the words of which are to be learnt in this way."""
    for name, value in WAYS[way].items():
        monkeypatch.setattr(grouping, name, value)
    return parquet(table, folder / "leerlingen.parquet")


def passes(monkeypatch):
    """What is asked in every pass over a file."""
    seen, group = [], grouping._group

    def spy(engine, table, asked):
        seen.append([label.words for label in asked.labels])
        return group(engine, table, asked)

    monkeypatch.setattr(grouping, "_group", spy)
    return seen


@pytest.mark.proves("cohorts.count", "a plain group-by of the rows, with pandas")
def test_every_cell_is_that_of_a_plain_group_by(tmp_path, agree):
    table = pupils()
    expected = by_rows(table, BY, NUMBERS)
    for source in (table, parquet(table, tmp_path / "leerlingen.parquet")):
        found = aw.cohorts.count(source, by=BY, numbers=NUMBERS)
        assert found.pupils.sum() == len(table)
        assert_same(as_dict(found), expected)
        cells = as_dict(found)
        for cell, (n, *_) in expected.items():
            agree(cells[cell][0], n)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("numbers", [(), NUMBERS])
def test_every_way_to_find_a_cell_gives_the_same(way, numbers, tmp_path, monkeypatch):
    table = pupils()
    path = file_of(way, table, tmp_path, monkeypatch)
    seen = passes(monkeypatch)
    for by in (BY, ("sex",), ("year", "cohort"), ("school", "fee"), ("sex", "school")):
        found = aw.cohorts.count(path, by=by, numbers=numbers)
        expected = aw.cohorts.count(table, by=by, numbers=numbers)
        assert found.pupils.sum() == len(table)
        assert_same(as_dict(found), by_rows(table, by, numbers))
        assert as_dict(found).keys() == as_dict(expected).keys()
        kinds = found.table()[list(by)].dtypes
        assert kinds.equals(aw.cohorts.count(aw.read(path), by=by).table().dtypes[list(by)])
    assert any(any(words) for words in seen) == (way != "as they stand")
    assert len(seen) == 5 or way == "learnt from a few rows"


def test_a_word_that_was_not_met_is_learnt_and_the_pass_made_again(tmp_path, monkeypatch):
    table = pd.DataFrame({
        "school": [f"school {i // 100}" for i in range(9000)],
        "level": ["vwo" if i == 8000 else "havo" if i % 9 else None for i in range(9000)],
    })  # fmt: skip
    path = file_of("learnt from a few rows", table, tmp_path, monkeypatch)
    seen = passes(monkeypatch)
    found = aw.cohorts.count(path, by=("school", "level"))
    assert seen == [[True, True]] * 2
    assert_same(as_dict(found), by_rows(table, ("school", "level"), ()))
    monkeypatch.setattr(grouping, "MOST_WORDS", 50)  # too many to learn: as they stand
    again = aw.cohorts.count(path, by=("school", "level"))
    assert seen[2:] == [[True, True], [False, False]]
    assert_same(as_dict(again), as_dict(found))


def test_words_are_not_learnt_where_there_is_no_room_for_all_cells(tmp_path, monkeypatch):
    table = pupils()
    path = file_of("learnt", table, tmp_path, monkeypatch)
    monkeypatch.setattr(grouping, "ROOM", 1 << 10)
    seen = passes(monkeypatch)
    found = aw.cohorts.count(path, by=("sex", "school"), numbers="score")
    assert seen == [[False, False]]
    assert_same(as_dict(found), by_rows(table, ("sex", "school"), ("score",)))


def test_words_that_turn_out_too_many_for_the_room_are_left_as_they_stand(tmp_path, monkeypatch):
    table = pd.DataFrame({
        "school": [f"school {i // 100}" for i in range(9000)],
        "level": ["vwo" if i % 3 else "havo" for i in range(9000)],
    })  # fmt: skip
    path = file_of("learnt from a few rows", table, tmp_path, monkeypatch)
    with engines.connect() as engine:
        (threads,) = engines.ask(engine, ["current_setting('threads')"], "range(1)")
    monkeypatch.setattr(grouping, "ROOM", 8 * threads << 7)
    seen = passes(monkeypatch)
    found = aw.cohorts.count(path, by=("school", "level"))
    assert seen == [[True, True], [False, False]]
    assert_same(as_dict(found), by_rows(table, ("school", "level"), ()))


@pytest.mark.parametrize("way", WAYS)
def test_labels_that_appear_late_and_numbers_far_apart_are_all_counted(way, tmp_path, monkeypatch):
    table = pd.DataFrame({
        "school": [f"school '{i // 5}'" if i % 13 else None for i in range(3000)],
        "number": pd.array([10**9 * (i % 7) if i % 11 else None for i in range(3000)], "Int64"),
        "sex": ["girl" if i % 3 else None for i in range(3000)],
        "file_row_number": ["a" if i % 5 else "é" for i in range(3000)],
    })  # fmt: skip
    path = file_of(way, table, tmp_path, monkeypatch)
    for by in (("school", "sex"), tuple(table)):
        assert_same(as_dict(aw.cohorts.count(path, by=by)), by_rows(table, by, ()))


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_a_number_is_missing_and_not_a_sum(way, tmp_path, monkeypatch):
    table = pupils(500)
    path = file_of(way, table, tmp_path, monkeypatch)
    engine = duckdb.connect()
    engine.register("pupils_", table)
    engine.execute(f"COPY (SELECT * REPLACE (coalesce(score, 'nan'::DOUBLE) AS score) FROM pupils_)"
                   f" TO '{path}' (FORMAT PARQUET)")  # fmt: skip
    with duckdb.connect() as own:  # an unfinished result on the shared one stops other tests
        (holes,) = own.execute(f"SELECT count(*) FROM '{path}' WHERE isnan(score)").fetchall()
    assert holes[0] > 20
    found = aw.cohorts.count(path, by=("cohort", "sex"), numbers=NUMBERS)
    assert_same(as_dict(found), by_rows(table, ("cohort", "sex"), NUMBERS))


def test_numbers_far_from_nought_keep_their_digits(tmp_path):
    table = pupils(2000)
    table["score"] = np.arange(2000) % 7 + 1e8
    expected = table.groupby("cohort")["score"].apply(lambda x: ((x - x.mean()) ** 2).sum())
    for source in (table, parquet(table, tmp_path / "leerlingen.parquet")):
        found = aw.cohorts.count(source, by=("cohort",), numbers=("score",))
        np.testing.assert_allclose(found.within[:, 0, 0], expected, rtol=1e-9)


def test_a_file_of_text_is_counted_as_it_would_be_read(tmp_path):
    table = pupils(500).drop(columns="fee")
    table["score"] = table["score"].map(
        lambda x: "" if np.isnan(x) else f"{x:.3f}".replace(".", ",")
    )
    table["code"] = np.where(table["paid"] > 20, "1.500", "2.500")  # beside a comma: two meanings
    path = tmp_path / "leerlingen.csv"
    table.to_csv(path, sep=";", index=False)
    by = ("cohort", "school", "sex", "year", "code")
    found = aw.cohorts.count(path, by=by, numbers=("score",))
    whole = aw.read(path)
    assert_same(as_dict(found), by_rows(whole, by, ("score",)))
    assert found.table().dtypes.equals(aw.cohorts.count(whole, by=by, numbers=("score",))
                                       .table().dtypes)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 300), max_size=3), seed=st.integers(0, 99))
def test_parts_add_up_to_the_whole(cuts, seed):
    table = pupils(300, seed)
    edges = [0, *sorted(cuts), 300]
    parts = [
        aw.cohorts.count(table.iloc[a:b], by=BY, numbers=NUMBERS)
        for a, b in itertools.pairwise(edges)
    ]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    assert_same(as_dict(whole), by_rows(table, BY, NUMBERS))


def test_fewer_columns_are_the_sums_over_the_others():
    cells = aw.cohorts.count(pupils(), by=BY, numbers=NUMBERS)
    fewer = cells.over(("sex", "cohort"))
    assert_same(as_dict(fewer), by_rows(pupils(), ("sex", "cohort"), NUMBERS))


def test_categories_keep_their_own_order():
    levels = ["low", "middle", "high"]
    table = pd.DataFrame({"level": pd.Categorical(["high", "low", "middle", None], levels)})
    cells = aw.cohorts.count(table, by="level")
    assert list(cells.labels[0]) == levels
    assert list((cells + cells).table()["level"].cat.categories) == levels
    assert (cells + cells).pupils.tolist() == [2, 2, 2, 2]


def test_what_is_not_there_is_named(tmp_path):
    path = parquet(pupils(50), tmp_path / "leerlingen.parquet")
    with pytest.raises(PlanError) as found:
        aw.cohorts.count(path, by=("chort", "sex"), numbers=("skore",))
    assert {fault.column for fault in found.value.faults} == {"chort", "skore"}
    with pytest.raises(PlanError):
        aw.cohorts.count(path, by=())
    with pytest.raises(PlanError):
        aw.cohorts.count(path, by=("score",), numbers=("score",))
    cells = aw.cohorts.count(path, by=("cohort", "sex"))
    with pytest.raises(PlanError):
        cells + cells.over(("sex",))
    with pytest.raises(PlanError):
        cells.over(("school",))


def test_text_among_numbers_and_numbers_without_end_are_refused(tmp_path):
    table = pupils(50)
    with pytest.raises(DataError) as found:
        aw.cohorts.count(parquet(table, tmp_path / "a.parquet"), by="cohort", numbers="school")
    assert [fault.column for fault in found.value.faults] == ["school"]
    table.loc[3, "score"] = np.inf
    for source in (table, parquet(table, tmp_path / "b.parquet")):
        with pytest.raises(DataError) as found:
            aw.cohorts.count(source, by="cohort", numbers=("score",))
        assert [fault.column for fault in found.value.faults] == ["score"]


def test_a_damaged_or_empty_file_is_refused(tmp_path):
    path = parquet(pupils(2000), tmp_path / "a.parquet")
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes(200) + content[400:])
    with pytest.raises(DataError):
        aw.cohorts.count(path, by=BY)
    with pytest.raises(DataError):
        aw.cohorts.count(parquet(pupils(0), tmp_path / "b.parquet"), by="sex")


def test_more_cells_than_counting_is_for_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(counting, "MOST_CELLS", 100)
    table = pupils(400)
    for source in (table, parquet(table, tmp_path / "a.parquet")):
        with pytest.raises(DataError):
            aw.cohorts.count(source, by=("school", "paid"))
