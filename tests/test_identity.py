"""What identifies is found, taken out and never told; pseudonyms are stable; waves are counted."""

import datetime as dt
import hashlib
import hmac
import itertools
import os
import pickle
import re
from base64 import b32encode
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import identities
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academic_workplace import DataError, read
from academic_workplace.intake import identity
from academic_workplace.intake.codebook import CODEBOOK, Codebook, Column, Form, codebook_of
from academic_workplace.intake.identity import (
    Identifier,
    Key,
    Kind,
    Layout,
    Near,
    Reach,
    Why,
    find,
    join_waves,
    near,
    new_key,
    patterns,
    pseudonymise,
    pseudonymise_file,
    read_key,
    remove,
)
from academic_workplace.language import Text

KEY = bytes(range(32))
ROOT = Path(__file__).parents[1]
N = 40
RNG = np.random.default_rng(4)


def kinds(table: pd.DataFrame) -> dict[str, Kind]:
    return {each.column: each.kind for each in find(table) if each.reach is Reach.COLUMN}


def whole(cells: list[object], header: str = "V7") -> Kind | None:
    return kinds(pd.DataFrame({header: cells})).get(header)


def book_of(table: pd.DataFrame) -> Codebook:
    """The codebook that travels with a table that has one."""
    book = codebook_of(table)
    assert book is not None
    return book


# ---------------------------------------------------------------- what is found


@pytest.fixture(scope="module")
def measured() -> identities.Measured:
    return identities.measure()


def test_the_figures_in_the_readme_are_those_that_are_measured_now(measured) -> None:
    text = identities.README.read_text()
    assert identities.page(text, measured) == text, "run tests/identities.py"


def test_detection_holds_its_minimum(measured) -> None:
    assert measured.removed.share >= 0.97
    assert measured.innocent.share >= 0.99
    for kind in Kind:
        told, untold = measured.recall[kind, True], measured.recall[kind, False]
        assert told.of >= 10
        assert told.share >= (0.95 if kind is Kind.NAME else 0.98), kind
        assert not untold.of or untold.share >= (0.75 if kind is Kind.NAME else 0.95), kind
        assert measured.precision[kind].share >= 0.97, kind
    assert all(count.share >= 0.98 for count in measured.hidden.values())


def test_the_interval_of_the_figures_is_that_of_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint

    for right, of in ((0, 9), (7, 9), (9, 9), (180, 200)):
        expected = proportion_confint(right, of, 0.05, method="wilson")
        assert identities.Count(right, of).interval == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "study", ["levensvaardigheden", "star", "mentoring", "ouderbetrokkenheid", "extra-leestijd"]
)
def test_nothing_is_found_in_the_studies_that_come_along(study: str) -> None:
    path = ROOT / "data" / study / "pupils.csv"
    assert find(pd.read_csv(path, sep=None, engine="python")) == ()


@pytest.mark.parametrize(
    ("number", "valid"),
    [("111222333", True), ("123456782", True), ("123456789", False), ("000000000", False),
     ("101222331", True), ("101222332", False), ("10000009", False), ("1234567", False)],
)  # fmt: skip
def test_the_eleven_test_knows_valid_numbers_and_education_numbers(
    number: str, valid: bool
) -> None:
    assert patterns.eleven_test(number) is valid


def test_a_number_passes_the_eleven_test_once_in_eleven() -> None:
    passed = [patterns.eleven_test(f"{number:09d}") for number in range(200_000_000, 200_011_000)]
    assert sum(passed) == 1000


@given(tried=st.integers(1, 60), passed=st.integers(0, 60))
def test_more_pass_than_by_chance_when_the_binomial_tail_says_so(tried: int, passed: int) -> None:
    from scipy.stats import binom

    passed = min(passed, tried)
    expected = passed * 2 >= tried and binom.sf(passed - 1, tried, 1 / 11) < 1e-3
    assert patterns.beyond_chance(passed, tried) == (expected and passed > 0)


def test_random_numbers_of_nine_digits_are_no_service_numbers() -> None:
    rng = np.random.default_rng(1)
    found = [whole([int(x) for x in rng.integers(10**8, 10**9, 30)]) for _ in range(50)]
    assert found == [None] * 50


@given(day=st.dates(dt.date(1950, 1, 1), dt.date(2024, 12, 31)))
def test_a_date_is_read_in_every_way_it_is_written(day: dt.date) -> None:
    month = identities.words(
        "januari februari maart april mei juni juli augustus september oktober november december"
    )[day.month - 1]
    ways = [f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day.day}-{day.month}-{day.year}",
            f"{day:%d/%m/%Y}", f"{day.day} {month} {day.year}", f"{day} 00:00:00"]  # fmt: skip
    assert {patterns.day_of(way) for way in ways} == {day}
    assert patterns.day_of_serial((day - dt.date(1899, 12, 30)).days) == day
    assert patterns.day_of(f"{day} 10:15") is None
    assert patterns.has_time(f"{day} 10:15")


@pytest.mark.parametrize(
    "number",
    ["0612345678", "06-12345678", "06 12 34 56 78", "+31612345678", "+31 6 1234 5678",
     "0031612345678", "071-5123456", "(071) 512 34 56", "071 5123456", "0172-512345",
     "+32 470 12 34 56", "bel 06-12345678 na vijven"],
)  # fmt: skip
def test_a_phone_number_is_one_however_written(number: str) -> None:
    assert patterns.holds(number, Kind.PHONE)


@pytest.mark.parametrize(
    "text",
    ["06-11-2023 10:22", "2023-06-12 08:30", "0000012345", "0123", "12,06", "99061234567812",
     "R_06a12345678", "0612345", "1 2 3 4 5 6 7 8 9 10"],
)  # fmt: skip
def test_a_date_a_code_or_a_score_is_no_phone_number(text: str) -> None:
    assert not patterns.holds(text, Kind.PHONE)


def test_dates_of_measurement_are_no_birth_dates_and_birth_dates_are() -> None:
    born = [dt.date(2012, 1, 1) + dt.timedelta(days=int(d)) for d in RNG.integers(0, 700, N)]
    tested = list(pd.bdate_range("2015-10-05", periods=4).date)
    assert whole([pd.Timestamp(day) for day in born]) is Kind.BIRTH_DATE
    assert whole([f"{day:%d-%m-%Y}" for day in born] * 3) is Kind.BIRTH_DATE  # three waves
    assert whole([tested[i % 4] for i in range(N)], "datum") is None
    assert whole([pd.Timestamp(day) for day in born], "afnamedatum") is None
    lessons = list(pd.date_range("2014-09-01", periods=12, freq="60D"))
    assert whole([lessons[i % 12] for i in range(300)]) is None  # a class a day
    school_days = list(pd.bdate_range("2014-09-01", periods=60, freq="7B"))
    assert whole(list(school_days)) is None  # never in a weekend


def test_a_school_has_a_postcode_and_a_phone_number_without_that_being_a_pupils() -> None:
    school = ["02QZ00", "14AB01", "27HM00", "05KL02"]
    codes = ["2311 CS", "2332 KD", "2321 AJ", "2312 EX"]
    phones = ["071-5123456", "071-5654321", "071-5222222", "071-5333333"]
    table = pd.DataFrame({"BRIN": school, "postcode": codes, "telefoon": phones})
    assert find(table) == ()  # a row per school
    of_pupils = pd.concat([table] * 2, ignore_index=True)
    assert find(of_pupils) == ()  # the same for all of a school
    at_home = [f"23{i:02d} AB" for i in range(10, 18)]
    assert kinds(of_pupils.assign(postcode=at_home)) == {"postcode": Kind.POSTCODE}


def test_four_digits_are_a_postcode_only_when_the_header_says_so() -> None:
    digits: list[object] = [2311, 2312, 2321, 2332] * 5
    assert whole(digits, "PC4") is Kind.POSTCODE
    assert whole(digits, "inkomen") is None
    assert whole(digits, "postcode_school") is None


def test_a_number_of_days_is_a_birth_date_only_when_the_header_says_so() -> None:
    days: list[object] = [40_000 + 13 * i for i in range(20)]
    assert whole(days, "geboortedatum") is Kind.BIRTH_DATE
    assert whole(days, "bedrag") is None


def test_a_statement_with_a_telling_word_is_no_name_and_no_address() -> None:
    answers: list[object] = ["oneens", "eens", "helemaal eens", "neutraal"] * 10
    for statement in (
        "Mijn leraar kent mijn voornaam",
        "Ik voel me veilig op straat",
        "Thuis mag ik mijn mobiel gebruiken",
        "Ik krijg een mail van school",
    ):
        assert whole(answers, statement) is None
        assert whole([1, 2, 3, 4] * 10, statement) is None


def test_the_meaning_in_the_codebook_counts_as_a_header() -> None:
    table = pd.DataFrame({"v3": ["Xaqira", "Juwelto", "Roxandi", "Bilqe"] * 5})
    assert find(table) == ()
    book = Codebook({"v3": Column(meaning=Text("Voornaam van het kind", "First name"))})
    (found,) = find(table, book)
    assert (found.kind, found.why) == (Kind.NAME, Why.HEADER)


def test_surnames_beside_names_are_found_without_a_header() -> None:
    first = [f"{name}" for name in ("Emma", "Noah", "Daan", "Sara", "Lotte", "Finn", "Anna", "Tim")]
    last = ["Kwek", "Tuinhof", "Brugsma", "Waterink", "Zandlaar", "Heidburg", "Elswijk", "Hagema"]
    assert kinds(pd.DataFrame({"V1": first, "V2": last, "V3": range(8)})) == {
        "V1": Kind.NAME,
        "V2": Kind.NAME,
    }
    assert kinds(pd.DataFrame({"V2": last, "V3": range(8)})) == {}


def test_one_address_in_a_column_of_remarks_is_found_and_only_that_cell_goes() -> None:
    cells = pd.Series(["goed", "ziek", "verhuisd"] * 10)
    cells[7] = "mail naar jan.bos@voorbeeld.nl"
    cells[9] = "bsn 123456782"
    table = pd.DataFrame({"reden": cells, "cijfer": range(30)})
    found = find(table)
    assert {(x.kind, x.reach, x.count) for x in found} == {
        (Kind.EMAIL, Reach.CELLS, 1), (Kind.BSN, Reach.CELLS, 1),
    }  # fmt: skip
    clean, notes = remove(table, found)
    assert clean["reden"].isna().sum() == 2
    assert list(clean["reden"].dropna()) == list(cells.drop([7, 9]))
    assert len(notes) == 2
    assert table["reden"].notna().all()  # nothing is changed in place


def test_numbers_that_happen_to_pass_among_many_that_do_not_are_left_alone() -> None:
    rng = np.random.default_rng(2)
    cells = [f"dossier {x}" for x in rng.integers(200_000_000, 10**9, 200)]
    assert any(patterns.holds(cell, Kind.BSN) for cell in cells)
    assert find(pd.DataFrame({"reden": cells})) == ()


def test_a_cell_that_goes_leaves_no_category_and_no_label_behind() -> None:
    words = pd.Series(["goed", "ziek"] * 10)
    words[3] = "jan@voorbeeld.nl"
    levels = {"1": "goed", "2": "ziek", "3": "jan@voorbeeld.nl"}
    book = Codebook({"reden": Column(levels={k: Text(v, v) for k, v in levels.items()})})
    table = pd.DataFrame({"reden": words.astype("category")})
    table.attrs = {CODEBOOK: book, "source": "x.sav"}
    clean, _ = remove(table, find(table))
    assert set(clean["reden"].cat.categories) == {"goed", "ziek"}
    left = codebook_of(clean)
    assert left is not None
    assert set(left["reden"].levels) == {"1", "2"}
    assert clean.attrs["source"] == "x.sav"
    assert codebook_of(table) is book


def test_what_leaves_the_table_leaves_the_codebook() -> None:
    book = Codebook({"naam": Column(meaning=Text("Naam", "Name")), "na": Column()})
    table = pd.DataFrame({"naam": ["Emma Bos", "Daan Smit", "Noor de Wit"], "na": [1, 2, 3]})
    table.attrs[CODEBOOK] = book
    clean, notes = remove(table, find(table))
    assert list(clean.columns) == ["na"]
    assert set(book_of(clean).columns) == {"na"}
    assert [note.nl for note in notes] == ["naam: weggelaten, dit lijken namen (3 cellen)"]
    assert [note.en for note in notes] == ["naam: left out, this looks like names (3 cells)"]


def test_labels_of_numbers_that_are_names_leave_the_codebook_and_the_numbers_stay() -> None:
    names = ["Emma Bos", "Daan Smit", "Noor de Wit", "Tim Bakker"]
    levels = MappingProxyType({str(i): Text(name, name) for i, name in enumerate(names)})
    table = pd.DataFrame({"leerling": [0, 1, 2, 3, 4]})
    table.attrs[CODEBOOK] = Codebook({"leerling": Column(levels=levels, type=Form.NUMBER)})
    found = find(table)
    assert [(x.kind, x.reach, x.count) for x in found] == [(Kind.NAME, Reach.LABELS, 4)]
    clean, _ = remove(table, found)
    assert list(clean["leerling"]) == [0, 1, 2, 3, 4]
    assert not book_of(clean)["leerling"].levels


def test_a_column_that_is_kept_stays_as_it_is_and_one_that_is_not_there_is_a_fault() -> None:
    table = pd.DataFrame({"e-mail": ["a@b.nl", "c@d.nl"], "x": [1, 2]})
    clean, notes = remove(table, find(table), keep="e-mail")
    assert list(clean.columns) == ["e-mail", "x"]
    assert notes == []
    with pytest.raises(DataError, match="keep"):
        remove(table, find(table), keep=("email",))


def test_a_file_without_a_header_shows_no_value_as_the_name_of_a_column() -> None:
    table = pd.DataFrame({"Sanne de Vries": ["Tim Bos", "Noor Smit", "Daan Kok", "Eva Mulder"],
                          "sanne@voorbeeld.nl": ["a@b.nl", "c@d.nl", "e@f.nl", "g@h.nl"],
                          "123456782": ["111222333"] * 4})  # fmt: skip
    found = find(table)
    assert [each.shown for each in found][:2] == ["#1", "#2"]
    told = repr(found) + "".join(note.nl + note.en for note in remove(table, found)[1])
    assert not re.search("sanne|Vries|123456782", told, re.IGNORECASE)


@pytest.mark.parametrize("seed", range(6))
def test_what_was_cleaned_is_clean_and_nothing_else_was_touched(seed: int) -> None:
    made = identities.make(np.random.default_rng(seed))
    found = find(made.table)
    clean, notes = remove(made.table, found)
    assert find(clean) == ()
    assert len(notes) == len(found)
    touched = {each.column for each in found}
    others = [name for name in made.table if name not in touched]
    pd.testing.assert_frame_equal(clean[others], made.table[others])


def test_odd_tables_are_looked_at_without_a_fall() -> None:
    table = pd.DataFrame({
        "leeg": [None, None, None], "waar": [True, False, True], "lijst": [dt.date(2020, 1, 1)] * 3,
        "door elkaar": [1, "Jan", 2.5], "duur": pd.to_timedelta([1, 2, 3], unit="D"),
        "inf": [np.inf, -np.inf, np.nan], "cat": pd.Categorical([1, 2, None]),
        "Int": pd.array([1, None, 3], dtype="Int64"), 5: [1, 2, 3],
        "tijd": pd.to_datetime(["2020-01-01", None, "2020-01-03"]).tz_localize("UTC"),
    })  # fmt: skip
    assert find(table) == ()
    assert find(table.iloc[:0]) == ()
    assert find(pd.DataFrame()) == ()
    doubled = pd.DataFrame([["a@b.nl", "c@d.nl"]] * 3, columns=["x", "x"])
    assert remove(doubled, find(doubled))[0].shape == (3, 0)


@settings(deadline=None, max_examples=60)
@given(cells=st.lists(st.one_of(st.none(), st.text(max_size=30)), min_size=1, max_size=12),
       header=st.text(max_size=12))  # fmt: skip
def test_any_text_is_looked_at_without_a_fall(cells: list[str | None], header: str) -> None:
    table = pd.DataFrame({header: pd.Series(cells, dtype=object)})
    clean, _ = remove(table, find(table))
    assert len(clean) == len(cells)


# ---------------------------------------------------------------- no value is told

SECRETS = ("Sanne-Lot Brugman", "sanne.brugman@voorbeeld.nl", "06-12345678", "123456782",
           "2311 CS", "Breestraat 71b", "NL91ABNA0417164300", "14-03-2012",
           "Mijn vader zegt dat ik het heel erg moeilijk heb thuis")  # fmt: skip


def everything_told(table: pd.DataFrame, folder: Path) -> str:
    """Every word that this room says of a table: notes, pages, errors."""
    told: list[str] = []

    def hear(what: Callable[[], object]) -> None:
        try:
            result = what()
        except DataError as error:
            told.append(error.explain("nl") + error.explain("en") + repr(error))
        else:
            told.append(repr(result))
            for language in ("nl", "en"):
                if hasattr(result, "explain"):
                    told.append(result.explain(language))
            if hasattr(result, "_repr_html_") and not isinstance(result, pd.DataFrame):
                told.append(result._repr_html_())

    found = find(table)
    hear(lambda: found)
    told += [each.explain(language) for each in found for language in ("nl", "en")]
    hear(lambda: remove(table, found)[1])
    hear(lambda: remove(table, found, keep="bestaat niet"))
    key = folder / "sleutel.key"
    new_key(key)
    hear(lambda: read_key(key))
    for column in table.columns:
        hear(lambda c=column: pseudonymise(table, [c, "weg"], KEY))
        hear(lambda c=column: pseudonymise(table, c, b"kort"))
        hear(lambda c=column: pseudonymise_file(
            "in.csv", folder / f"{c}.csv", c, key, reader=lambda *_: table,
            writer=lambda _, path: path.write_text("x")))  # fmt: skip
        for layout in Layout:
            other = table.iloc[::-1].reset_index(drop=True)
            hear(lambda c=column, k=layout, o=other: join_waves(
                {"voor": table, "na": o.iloc[:-2]}, c, layout=k, constant=[]))  # fmt: skip
            hear(lambda c=column, k=layout, o=other: join_waves(
                {"voor": table, "na": o.assign(**{str(c): "x" + o[c].astype(str)})}, c, layout=k,
                constant=[name for name in table.columns if name != c][:2]))  # fmt: skip
    return "\n".join(told)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_planted_identifier_reaches_no_note_page_or_error(secret: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    others = [f"{a} {b}" for a, b in itertools.product(("rood", "blauw"), range(10))]
    table = pd.DataFrame({
        "eerste": [secret, *[f"anders {i}" for i in range(19)]], "tweede": rng.permutation(others),
        "vol": [secret] * 20, "na": rng.normal(size=20).round(1),
    })  # fmt: skip
    table["soort"] = table["eerste"].astype("category")
    levels = {"1": Text(secret, secret)}
    table.attrs[CODEBOOK] = Codebook({"na": Column(levels=levels, type=Form.NUMBER)})
    told = everything_told(table, tmp_path)
    assert len(told) > 1000
    pieces = [secret, *re.findall(r"[\w@.]{6,}", secret)]
    assert [piece for piece in pieces if piece.lower() in told.lower()] == []


# ---------------------------------------------------------------- pseudonyms


def test_a_pseudonym_is_the_cut_hmac_of_what_identifies() -> None:
    made = pseudonymise(pd.DataFrame({"nr": ["0012"]}), "nr", KEY)["nr"][0]
    message = b"academic-workplace pseudonym 1\0" + b"4:0012"
    digest = hmac.new(KEY, message, hashlib.sha256).digest()
    assert made == "p" + b32encode(digest[:10]).decode().lower()
    assert re.fullmatch("p[a-z2-7]{16}", made)


def test_the_same_pupil_has_the_same_pseudonym_in_every_wave_and_another_with_another_key() -> None:
    one = pseudonymise(pd.DataFrame({"nr": [7, 8, 9], "x": 1}), "nr", KEY)
    two = pseudonymise(pd.DataFrame({"nr": ["9", "7", None]}), "nr", KEY)
    assert list(two["nr"][:2]) == [one["nr"][2], one["nr"][0]]
    assert two["nr"].isna().tolist() == [False, False, True]
    other = pseudonymise(pd.DataFrame({"nr": [7, 8, 9]}), "nr", KEY[::-1])
    assert not set(other["nr"]) & set(one["nr"])


@pytest.mark.parametrize(
    ("one", "two"),
    [("Jan de Vries", " jan  DE vries "), ("Zoe\u0308", "Zoë"), ("14-3-2012", "2012-03-14"),
     (dt.date(2012, 3, 14), "14/03/2012"), (pd.Timestamp("2012-03-14"), "14-03-2012"),
     (12, "12"), (12.0, "12")],
)  # fmt: skip
def test_differences_that_mean_nothing_make_no_other_pseudonym(one: object, two: object) -> None:
    both = [pseudonymise(pd.DataFrame({"a": pd.Series([x], dtype=object)}), "a", KEY)["a"][0]
            for x in (one, two)]  # fmt: skip
    assert both[0] == both[1]


def test_leading_zeros_and_short_years_do() -> None:
    cells = ["7", "07", "007", "1-2-13", "01-02-13"]
    assert pseudonymise(pd.DataFrame({"a": cells}), "a", KEY)["a"].nunique() == 5


@given(rows=st.lists(st.tuples(st.text("ab:1", max_size=4), st.text("ab:1", max_size=4)),
                     min_size=1, max_size=30))  # fmt: skip
def test_several_columns_make_one_pseudonym_that_only_they_make(
    rows: list[tuple[str, str]],
) -> None:
    table = pd.DataFrame(rows, columns=["school", "nr"], dtype="str")
    made = pseudonymise(table, ["school", "nr"], KEY, into="wie")
    assert list(made.columns) == ["wie"]
    for (a, p), (b, q) in itertools.combinations(zip(rows, made["wie"], strict=True), 2):
        if all(a) and all(b):
            assert (p == q) == (a == b)
    assert made["wie"].isna().tolist() == [not all(row) for row in rows]


def test_the_pseudonym_stands_where_the_first_column_stood_and_the_codebook_follows() -> None:
    table = pd.DataFrame({"x": [1], "nr": ["1"], "y": [2], "naam": ["Jan"]})
    table.attrs[CODEBOOK] = Codebook({"x": Column(), "naam": Column(meaning=Text("Jan", "Jan"))})
    made = pseudonymise(table, ["naam", "nr"], KEY, into="wie")
    assert list(made.columns) == ["x", "y", "wie"]
    assert set(book_of(made).columns) == {"x", "wie"}
    assert list(table.columns) == ["x", "nr", "y", "naam"]


def test_a_school_that_says_whose_number_it_is_may_stay_beside_the_pseudonym() -> None:
    table = pd.DataFrame({"school": ["A", "B"], "nr": [1, 1]})
    made = pseudonymise(table, ["nr", "school"], KEY, keep=["school"])
    assert list(made.columns) == ["school", "nr"]
    assert list(made["school"]) == ["A", "B"]
    assert made["nr"].nunique() == 2
    with pytest.raises(DataError, match="school"):
        pseudonymise(table, ["school", "nr"], KEY, keep=["school"])


def test_pseudonyms_are_not_taken_for_identifiers_nor_for_numbers() -> None:
    made = pseudonymise(pd.DataFrame({"BSN": [f"{i:09d}" for i in range(2000)]}), "BSN", KEY)
    assert find(made) == ()
    assert pd.to_numeric(made["BSN"], errors="coerce").isna().all()
    assert made["BSN"].nunique() == 2000


def test_every_reason_why_a_pseudonym_cannot_be_made_is_told_at_once() -> None:
    with pytest.raises(DataError) as caught:
        pseudonymise(pd.DataFrame({"a": [1], "b": [2]}), ["nr", "naam"], b"kort", into="b")
    assert len(caught.value.faults) == 4


# ---------------------------------------------------------------- the key


def test_a_key_is_random_private_and_read_back(tmp_path: Path) -> None:
    one, two = new_key(tmp_path / "een.key"), new_key(tmp_path / "twee.key")
    assert len(read_key(one)) == 32
    assert read_key(one) != read_key(two)
    if os.name == "posix":
        assert one.stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten_shown_or_pickled(tmp_path: Path) -> None:
    path = new_key(tmp_path / "een.key")
    before = path.read_text()
    with pytest.raises(DataError, match="nooit overschreven"):
        new_key(path)
    assert path.read_text() == before
    key = read_key(path)
    shown = f"{key!r} {key} {key!s} {[key]}"
    assert shown == "Key(32 bytes) Key(32 bytes) Key(32 bytes) [Key(32 bytes)]"
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(key)


@pytest.mark.parametrize("sign", [".git", "plan.toml", "pyproject.toml"])
def test_a_key_is_refused_inside_a_project(sign: str, tmp_path: Path) -> None:
    inside = tmp_path / "studie" / "map"
    inside.mkdir(parents=True)
    outside = new_key(tmp_path / "goed.key")
    (tmp_path / "studie" / sign).write_text("")
    with pytest.raises(DataError, match="buiten het project"):
        new_key(inside / "een.key")
    (inside / "gekopieerd.key").write_bytes(outside.read_bytes())
    with pytest.raises(DataError, match="buiten het project"):
        read_key(inside / "gekopieerd.key")
    link = tmp_path / "link"
    link.symlink_to(inside, target_is_directory=True)
    with pytest.raises(DataError, match="buiten het project"):
        new_key(link / "een.key")
    assert not (inside / "een.key").exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "geheim",
        "academic-workplace key 1\nabc\n",
        "academic-workplace key 2\n" + "ab" * 32 + "\n",
        "academic-workplace key 1\n" + "g" * 64 + "\n",
    ],
)
def test_another_file_is_no_key_and_its_content_is_not_told(content: str, tmp_path: Path) -> None:
    path = tmp_path / "x.key"
    path.write_text(content)
    with pytest.raises(DataError, match="geen sleutelbestand") as caught:
        read_key(path)
    assert "ggg" not in str(caught.value)
    assert "geheim" not in str(caught.value)
    for absent in (tmp_path / "weg.key", tmp_path / "weg" / "een.key"):
        with pytest.raises(DataError, match="kan niet gelezen"):
            read_key(absent)
    with pytest.raises(DataError, match="map bestaat"):
        new_key(tmp_path / "weg" / "een.key")


# ---------------------------------------------------------------- a file


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return new_key(tmp_path / "sleutel.key")


PUPILS = pd.DataFrame({
    "leerlingnummer": ["12", "12 ", "13", None], "cijfer": [6, 7, 8, 9],
    "naam": ["Emma Bos", "Emma Bos", "Daan Smit", "Noor de Wit"],
})  # fmt: skip


def written(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False)


def test_a_file_is_written_with_pseudonyms_and_without_other_identifiers(
    tmp_path: Path, key_file: Path
) -> None:
    asked: list[object] = []

    def reader(path: Path, keep: object) -> pd.DataFrame:
        asked.append((path.name, keep))
        return PUPILS

    target = tmp_path / "uit.csv"
    result = pseudonymise_file("in.csv", target, "leerlingnummer", key_file,
                               reader=reader, writer=written)  # fmt: skip
    assert asked == [("in.csv", ("leerlingnummer",))]
    again = pd.read_csv(target)
    assert list(again.columns) == ["leerlingnummer", "cijfer"]
    assert (result.rows, result.pupils, result.without, result.spellings) == (4, 2, 1, 1)
    assert "naam: weggelaten" in result.explain("nl")
    assert "Without a pseudonym" in result.explain("en")
    assert again["leerlingnummer"][0] == again["leerlingnummer"][1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sleutel.key", "uit.csv"]


def test_two_files_read_and_written_as_they_are_can_be_joined(
    tmp_path: Path, key_file: Path
) -> None:
    made = []
    for name, marks in (("voor", "6,5"), ("na", "7,5")):
        lines = ["leerlingnummer;naam;e-mail;cijfer"]
        lines += [f"00{i};Emma Bos;emma{i}@voorbeeld.nl;{marks}" for i in range(10, 20)]
        source = tmp_path / f"{name}.csv"
        source.write_text("\n".join(lines))
        target = tmp_path / f"{name}-veilig.csv"
        result = pseudonymise_file(source, target, "leerlingnummer", key_file)
        assert (result.rows, result.pupils) == (10, 10)
        assert "e-mail: weggelaten" in result.explain("nl")
        made.append(read(target))
    assert list(made[0].columns) == ["leerlingnummer", "cijfer"]
    assert (tmp_path / "voor-veilig.codebook.toml").exists()
    assert join_waves(dict(zip(("voor", "na"), made, strict=True)), "leerlingnummer").in_all == 10


def test_a_file_that_exists_is_not_replaced_and_a_failure_leaves_nothing(
    tmp_path: Path, key_file: Path
) -> None:
    target = tmp_path / "uit.csv"

    def fails(table: pd.DataFrame, path: Path) -> None:
        path.write_text("half")
        raise DataError([])

    with pytest.raises(DataError):
        pseudonymise_file("in.csv", target, "leerlingnummer", key_file,
                          reader=lambda *_: PUPILS, writer=fails)  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["sleutel.key"]
    target.write_text("van een ander")
    with pytest.raises(DataError, match="bestaat al"):
        pseudonymise_file("in.csv", target, "leerlingnummer", key_file,
                          reader=lambda *_: PUPILS, writer=written)  # fmt: skip
    assert target.read_text() == "van een ander"
    with pytest.raises(DataError, match="map"):
        pseudonymise_file("in.csv", tmp_path / "weg" / "uit.csv", "leerlingnummer", key_file,
                          reader=lambda *_: PUPILS, writer=written)  # fmt: skip


# ---------------------------------------------------------------- waves


def wave(keys: list[object], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"nr": pd.Series(keys), **columns})


CODES = st.lists(st.one_of(st.none(), st.sampled_from("ABCDEFGH")), max_size=12)


@given(first=CODES, second=CODES, third=CODES)
def test_the_counts_of_waves_are_those_of_sets(
    first: list[str | None], second: list[str | None], third: list[str | None]
) -> None:
    lists = {"t1": first, "t2": second, "t3": third}
    waves = join_waves({name: wave(list(keys), y=1.0) for name, keys in lists.items()}, "nr")
    sets = [{key for key in keys if key} for keys in lists.values()]
    a, b, c = sets
    table = waves.table().set_index("wave")
    assert waves.in_all == len(a & b & c)
    assert list(table["pupils"]) == [len(each) for each in sets]
    assert list(table["matched"]) == [0, len(a & b), len(b & c)]
    assert list(table["back"]) == [0, 0, len((c & a) - b)]
    assert list(table["new"]) == [len(a), len(b - a), len(c - a - b)]
    assert list(table["left"]) == [0, len(a - b), len(b - c)]
    assert list(table["empty"]) == [keys.count(None) for keys in lists.values()]
    repeated = [sum(keys.count(k) > 1 for k in keys if k) for keys in lists.values()]
    assert list(table["repeated"]) == repeated
    assert len(waves.data) == sum(len(keys) - keys.count(None) for keys in lists.values())
    assert (table["matched"] + table["back"] + table["new"] == table["pupils"]).all()


def distance(a: str, b: str) -> int:
    """Optimal string alignment, by the recursion of the textbook."""
    d = {(i, j): i + j for i in range(len(a) + 1) for j in range(len(b) + 1) if 0 in (i, j)}
    for i, j in itertools.product(range(1, len(a) + 1), range(1, len(b) + 1)):
        cost = a[i - 1] != b[j - 1]
        d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + cost)
        if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1]:
            d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return d[len(a), len(b)]


@given(a=st.text("abc1", max_size=6), b=st.text("abc1", max_size=6))
def test_one_apart_is_a_distance_of_at_most_one(a: str, b: str) -> None:
    assert near.one_apart(a, b) == (distance(a, b) <= 1)


KEYS = st.sets(st.text("abcdef12", min_size=3, max_size=8), max_size=15)


@settings(deadline=None)
@given(then=KEYS, now=KEYS)
def test_near_keys_are_those_of_comparing_all_pairs(then: set[str], now: set[str]) -> None:
    written, mistyped = near.near_pairs(then, now)
    if mistyped is None:
        return
    taken = {key for pair in written for key in pair}
    gone, new = then - now - taken, now - then - taken
    close = [(a, b) for a in gone for b in new if distance(a, b) <= 1]
    often = Counter(key for a, b in close for key in ((0, a), (1, b)))
    lone = [(a, b) for a, b in close if often[0, a] == often[1, b] == 1]
    assert sorted(mistyped) == sorted(lone)


def test_keys_that_are_almost_the_same_are_counted_with_their_rows_and_not_joined() -> None:
    then = ["KAREL7", "zebra9", "0042", "tafel12", "stoel55", "bloem81", "vork33", "mes-7"]
    now = ["KAREL7", "Zebra 9", "42", "tafle12", "stoel5", "anders0", "vork33", "pan66"]
    waves = join_waves({"voor": wave(then, y=1), "na": wave(now, y=2)}, "nr")
    assert waves.in_all == 2
    (found,) = waves.near
    assert (found.written, found.mistyped) == (2, 2)
    assert found.rows == ((2, 2), (3, 3), (4, 4), (5, 5))
    assert waves.table()["near"].tolist() == [0, 4]
    assert "tikfout" in waves.explain("nl")
    assert "typing error" in waves.explain("en")


def test_numbers_in_a_row_say_nothing_of_typing_errors_and_pseudonyms_have_none() -> None:
    row = [f"L{i:03d}" for i in range(100)]
    waves = join_waves({"voor": wave(row), "na": wave([*row[10:], "L555"])}, "nr")
    assert waves.near[0].mistyped is None
    assert "niet te zeggen" in waves.explain("nl")
    made = [pseudonymise(wave(part), "nr", KEY) for part in (row, row[10:])]
    waves = join_waves(dict(zip(("voor", "na"), made, strict=True)), "nr")
    assert waves.near == (Near("voor", "na", 0, 0, ()),)
    assert waves.in_all == 90


def test_numbers_and_text_are_the_same_key() -> None:
    for layout in Layout:
        one, two = wave([1, 2, 3], y=1), wave(["1", "2", "9x"], y=2)
        waves = join_waves({"voor": one, "na": two}, "nr", layout=layout)
        assert waves.in_all == 2
        assert set(waves.data["nr"]) == {"1", "2", "3", "9x"}


def test_waves_below_each_other_have_a_column_that_says_which() -> None:
    likert = pd.CategoricalDtype(["nee", "soms", "ja"], ordered=True)
    one = wave(["a", "b"], y=[1.0, 2.0], z=pd.Series(["nee", "ja"], dtype=likert))
    two = wave(["b", None], y=[3.0, 4.0], z=pd.Series(["ja", "soms"], dtype=likert))
    one.attrs = {CODEBOOK: Codebook({"y": Column(unit="punten")}), "source": "een.sav"}
    data = join_waves({"voor": one, "na": two}, "nr").data
    assert data.to_dict("list") == {
        "meting": ["voor", "voor", "na"], "nr": ["a", "b", "b"], "y": [1.0, 2.0, 3.0],
        "z": ["nee", "ja", "ja"],
    }  # fmt: skip
    assert data["z"].dtype == likert
    assert set(book_of(data).columns) == {"y", "meting"}


def test_waves_beside_each_other_have_a_row_per_pupil() -> None:
    one = wave(["a", "b"], school=["x", None], y=[1.0, 2.0])
    two = wave(["c", "b"], school=["z", "x"], y=[3.0, 4.0])
    data = join_waves({"v": one, "n": two}, "nr", layout="wide", constant=["school"]).data
    assert list(data.columns) == ["nr", "school", "y_v", "y_n"]
    rows = data.astype(object).where(data.notna(), None).to_numpy().tolist()
    assert rows == [["a", "x", 1.0, None], ["b", "x", 2.0, 4.0], ["c", "z", None, 3.0]]


def test_a_key_that_repeats_cannot_stand_in_one_row_and_a_constant_must_not_change() -> None:
    twice = {"v": wave(["a", "a"], y=1), "n": wave(["a", "b"], y=2)}
    assert join_waves(twice, "nr").followed[0].repeated == 2
    assert "Neem de school dan mee" in join_waves(twice, "nr").explain("nl")
    assert "take the school into the key" in join_waves(twice, "nr").explain("en")
    with pytest.raises(DataError, match="meer dan eens"):
        join_waves(twice, "nr", layout="wide")
    moved = {"v": wave(["a"], school=["x"]), "n": wave(["a"], school=["y"])}
    with pytest.raises(DataError, match="gelijk te blijven"):
        join_waves(moved, "nr", layout="wide", constant=["school"])


def test_pupils_whose_number_repeats_across_schools_are_told_apart_by_both() -> None:
    one = pd.DataFrame({"school": ["x", "y"], "nr": [1, 1], "s": [5, 6]})
    waves = join_waves({"v": one, "n": one}, ["school", "nr"], layout="wide")
    assert waves.in_all == 2
    assert waves.followed[0].repeated == 0


@pytest.mark.parametrize(
    ("one", "two"),
    [([1, 2, 1], ["m", "v", "v"]), (["m", "v", "m"], ["jongen", "meisje", "meisje"]),
     ([1, 2, 1], [0, 1, 1]), (["ja", "nee", "ja"], ["j", "n", "n"]),
     (["Ja", "Nee", "Ja"], ["ja", "nee", "nee"]), ([1, 2, 1], ["jongen", "meisje", "x"]),
     ([1, 2, 3], ["laag", "midden", "hoog"])],
)  # fmt: skip
def test_a_column_that_is_coded_differently_is_a_fault_that_asks_for_a_recode(
    one: list[object], two: list[object]
) -> None:
    with pytest.raises(DataError, match="recode") as caught:
        join_waves({"v": wave([1, 2, 3], sekse=one), "n": wave([1, 2, 3], sekse=two)}, "nr")
    assert [fault.column for fault in caught.value.faults] == ["sekse"]


@pytest.mark.parametrize(
    ("one", "two"),
    [(["7a", "7b", "7a"], ["8a", "8b", "8b"]), ([1, 2, 3], [2, 3, 4]), (["m", "v", "m"], ["v"] * 3),
     ([1, 2, 9], [1, 2, 2]), ([None] * 3, ["m", "v", "m"]), (["m", "v", "x"], ["m", "v", "m"])],
)  # fmt: skip
def test_a_column_that_only_holds_other_values_is_none(
    one: list[object], two: list[object]
) -> None:
    first, second = wave([1, 2, 3], klas=one), wave([1, 2, 3], klas=two)
    assert join_waves({"v": first, "n": second}, "nr").in_all == 3


def test_codebooks_that_contradict_are_a_fault_for_numbers_and_a_caution_for_labels() -> None:
    def coded(cells: list[object], levels: dict[str, str], form: Form) -> pd.DataFrame:
        table = wave([1, 2], x=cells)
        words = {code: Text(label, label) for code, label in levels.items()}
        table.attrs[CODEBOOK] = Codebook({"x": Column(levels=words, type=form)})
        return table

    there, turned = {"1": "jongen", "2": "meisje"}, {"1": "meisje", "2": "jongen"}
    numbers = {"v": coded([1, 2], there, Form.NUMBER), "n": coded([1, 2], turned, Form.NUMBER)}
    with pytest.raises(DataError, match="betekent hier"):
        join_waves(numbers, "nr")
    cells: list[object] = ["jongen", "meisje"]
    labels = {"v": coded(cells, there, Form.CATEGORY), "n": coded(cells, turned, Form.CATEGORY)}
    waves = join_waves(labels, "nr")
    assert waves.cautions
    assert "[x]" in waves.explain("en")


def test_every_reason_why_waves_cannot_be_joined_is_told_at_once() -> None:
    with pytest.raises(DataError) as caught:
        join_waves({"v": wave([1], meting="x"), "n": pd.DataFrame({"id": [1]})}, "nr")
    assert {fault.column for fault in caught.value.faults} == {"nr", "meting"}
    for waves, on, layout in (({}, "nr", "long"), ({"v": wave([1])}, "nr", "long"),
                              ({"v": wave([1]), "n": wave([1])}, (), "long"),
                              ({"v": wave([1]), "n": wave([1])}, "nr", "lang")):  # fmt: skip
        with pytest.raises(DataError):
            join_waves(waves, on, layout=layout)
    clash = {"v": wave([1], y=1, y_n=2), "n": wave([1], y=1)}
    with pytest.raises(DataError, match="dezelfde naam"):
        join_waves(clash, "nr", layout="wide", constant=["y_n"])


def test_joined_waves_show_counts_and_are_not_pickled() -> None:
    waves = join_waves({"voor": wave(["a", "b"]), "na": wave(["b", "c"])}, "nr")
    assert repr(waves) == "Waves(voor, na: 1 pupils in all)"
    assert "1 leerling in alle metingen" in waves._repr_html_()
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(waves)


def test_everything_public_is_in_the_room() -> None:
    assert all(hasattr(identity, name) for name in identity.__all__)
    assert isinstance(find(pd.DataFrame({"mail": ["a@b.nl"]}))[0], Identifier)
    assert isinstance(Key(KEY), bytes)
