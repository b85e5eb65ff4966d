"""One pass over pupils: the same cells from a table, a file, and parts of it, to the last pupil."""

import itertools
import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import academic_workplace as aw
from academic_workplace.cohorts import counting
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


def file_of(kind, table, folder, monkeypatch):
    """The file of a table, to be counted by one of both engines and not by the other."""
    if kind == "arrow":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed (the extra arrow)")
        from academic_workplace.cohorts import batches

        monkeypatch.setattr(counting, "_grouped", None)
        monkeypatch.setattr(batches, "BATCH", 128)
    else:
        monkeypatch.setattr(counting, "find_spec", lambda _: None)
    return parquet(table, folder / "leerlingen.parquet")


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


@pytest.mark.parametrize("kind", ["duckdb", "arrow"])
def test_without_numbers_only_pupils_are_counted(kind, tmp_path, monkeypatch):
    table = pupils()
    path = file_of(kind, table, tmp_path, monkeypatch)
    for by in (BY, ("sex",), ("year", "cohort")):
        found, expected = aw.cohorts.count(path, by=by), aw.cohorts.count(table, by=by)
        assert list(found.table().columns) == [*by, "pupils"]
        assert found.pupils.sum() == len(table)
        assert_same(as_dict(found), by_rows(table, by, ()))
        assert as_dict(found).keys() == as_dict(expected).keys()


@pytest.mark.parametrize("kind", ["duckdb", "arrow"])
def test_labels_that_appear_late_and_numbers_far_apart_are_all_counted(kind, tmp_path, monkeypatch):
    table = pd.DataFrame({
        "school": [f"school {i // 5}" if i % 13 else None for i in range(3000)],
        "number": pd.array([10**9 * (i % 7) if i % 11 else None for i in range(3000)], "Int64"),
        "sex": ["girl" if i % 3 else None for i in range(3000)],
    })  # fmt: skip
    found = aw.cohorts.count(file_of(kind, table, tmp_path, monkeypatch), by=tuple(table))
    assert_same(as_dict(found), by_rows(table, tuple(table), ()))


def test_what_is_not_a_number_is_missing_and_not_a_sum(tmp_path):
    table = pupils(500)
    path = tmp_path / "leerlingen.parquet"
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


def test_the_kernel_is_only_loaded_where_pyarrow_is():
    code = "import sys, academic_workplace as aw; aw.cohorts.count; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "academic_workplace.cohorts.counting" in out.stdout.split()
    assert not {"academic_workplace.cohorts.batches", "pyarrow.parquet"} & set(out.stdout.split())
