"""Dutch open data: every layout is read as it was meant, and what contradicts itself is named."""

import hashlib
import itertools
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from academic_workplace.errors import DataError, PlanError, WorkplaceError
from academic_workplace.intake import duo
from academic_workplace.intake.codebook import codebook_of
from academic_workplace.intake.duo import AdviceLevel, Kind, Regime, Threshold
from academic_workplace.intake.duo.whose import year_of, years_in

SAMPLES = Path(__file__).parents[1] / "data" / "duo-voorbeeld"
OLD = "04.-leerlingen-bo-sbo-schooladviezen-2013-2014.csv"
MIDDLE = "04.-leerlingen-bo-sbo-schooladviezen-2018-2019.csv"
NEW = "04-leerlingen-bo-sbo-schooladviezen-2022-2023.csv"
NEWEST = "04-leerlingen-bo-sbo-schooladviezen-2024-2025.csv"
LONG = "brin6_advies.csv"
SCORES = "05-gemiddelde-eindscores-bo-sbo-2024-2025.csv"
REFERENCE = "06-referentieniveaus-bo-sbo-2024-2025.csv"
SECONDARY = "02.-leerlingen-per-vestiging-naar-postcode-en-leerjaar-2024.csv"
FUNDED = "bekostigde-leerlingen-per-vestiging-2024.csv"
VHV = "achterstandsscores_scholen_vhv_2024_voorbeeld.xlsx"
PO_2019 = "achterstandsscores-scholen-2019-voorbeeld.xlsx"
LEVELS = [level.value for level in AdviceLevel]
HEADER = ["PEILDATUM_LEERLINGEN", "INSTELLINGSCODE", "VESTIGINGSCODE", *LEVELS, "TOTAAL_ADVIES"]


def read(name: str) -> duo.OpenData:
    return duo.read(SAMPLES / name)


def notes(data: duo.OpenData | duo.Disadvantage) -> str:
    return "\n".join(note.nl for note in data.notes)


def line(
    brin: str = "99XA",
    location: str = "00",
    total: str = "15",
    date: str = "20221001",
    **counts: str,
) -> str:
    """One row of advice; ten at havo and five at vwo unless told otherwise."""
    told = {"HAVO": "10", "VWO": "5"} | counts
    return ";".join([date, brin, location, *(told.get(level, "0") for level in LEVELS), total])


def text(*lines: str, header: list[str] = HEADER) -> str:
    return "\n".join([";".join(header), *lines])


def faults(path: Path) -> list[str]:
    with pytest.raises(DataError) as raised:
        duo.read(path)
    for language in ("nl", "en"):
        assert raised.value.explain(language)
    return [fault.explain("nl") for fault in raised.value.faults]


# ---------------------------------------------------------------- levels

SPELLINGS = {
    "VSO": ["vso", "VSO"],
    "PRO": ["PrO", "praktijkonderwijs", "advies pro"],
    "VMBO_B": ["VMBO BL", "vmbo-b", "vmbo bbl", "Vmbo basisberoepsgerichte leerweg", "VMBO_BL"],
    "VMBO_B_K": ["VMBO BL-KL", "vmbo b/k", "vmbo basis/kader", "vmbo-bk", "VMBO_BL_KL"],
    "VMBO_K": ["VMBO_KL", "vmbo-kb", "vmbo kader", "kaderberoepsgericht"],
    "VMBO_K_GT": ["VMBO KL-GT", "vmbo kader/tl", "vmbo-kgt", "VMBO_KL_GT"],
    "VMBO_GT": ["vmbo-t", "VMBO GL/TL", "mavo", "vmbo theoretische leerweg", "vmbo gemengd"],
    "VMBO_GT_HAVO": ["vmbo tl/havo", "mavo/havo", "T/H", "VMBO GT-HAVO", "vmbo-t of havo"],
    "HAVO": ["havo", "H"],
    "HAVO_VWO": ["havo/vwo", "HAVO-VWO", "h/v", "vwo/havo"],
    "VWO": ["vwo", "Gymnasium", "atheneum", "vwo (gymnasium)"],
    "ADVIES_NIET_MOGELIJK": ["Advies niet mogelijk", "ADVIES_NIET_MOGELIJK"],
}


@pytest.mark.parametrize(
    ("spelling", "level"), [(s, level) for level, found in SPELLINGS.items() for s in found]
)
def test_levels_are_known_by_the_spellings_of_duo_and_of_schools(spelling, level):
    assert duo.level_of(spelling) is AdviceLevel(level)


@pytest.mark.parametrize(
    "spelling",
    ["", "vmbo", "havo+", "havo plus", "k/havo", "pro/vmbo b", "3 havo", "vmbo t/m havo", "hbo",
     "vmbo b/k/gt", 5, None, float("nan")],
)  # fmt: skip
def test_what_names_no_one_level_is_no_level(spelling):
    assert duo.level_of(spelling) is None


def test_a_spelling_that_is_almost_right_gets_a_suggestion_and_nothing_more():
    assert duo.nearest("havoo") is AdviceLevel.HAVO
    assert duo.level_of("havoo") is None
    assert duo.nearest("Pietje Puk") is None


def test_levels_stand_in_the_order_of_the_ladder_and_half_steps_between_their_parts():
    assert sorted(duo.LADDER, reverse=True)[::-1] == list(duo.LADDER)
    assert len(duo.LADDER) == 11
    halves = [level for level in AdviceLevel if level.half_step]
    assert [level.value for level in halves] == ["VMBO_B_K", "VMBO_K_GT", "VMBO_GT_HAVO",
                                                 "HAVO_VWO"]  # fmt: skip
    for level in halves:
        low, high = level.parts
        assert low < level < high
        assert low <= level <= high
        assert not level < level
        assert not level > level
    assert AdviceLevel.HAVO.parts == (AdviceLevel.HAVO,)
    assert all(level.label.nl and level.label.en for level in AdviceLevel)


def test_no_advice_possible_has_no_place_in_the_order():
    nothing = AdviceLevel.NOT_POSSIBLE
    assert nothing.parts == ()
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        with pytest.raises(TypeError, match="no order"):
            getattr(nothing, compare)(AdviceLevel.HAVO)
        with pytest.raises(TypeError, match="no order"):
            getattr(AdviceLevel.HAVO, compare)(nothing)
    with pytest.raises(TypeError):
        assert AdviceLevel.HAVO < "VWO"


def test_a_column_of_levels_becomes_an_ordered_category():
    found = duo.ladder(["vwo", "mavo/havo", "advies niet mogelijk", AdviceLevel.HAVO])
    assert found.ordered
    assert found.codes.tolist() == [10, 7, -1, 8]
    assert found.max() == "VWO"


def test_at_least_havo_is_said_with_or_without_the_half_step():
    assert [level.value for level in duo.at_least("HAVO")] == ["HAVO", "HAVO_VWO", "VWO"]
    assert AdviceLevel.VMBO_GT_HAVO in duo.at_least(AdviceLevel.VMBO_GT_HAVO)


# ---------------------------------------------------------------- the samples, all layouts

KINDS = {
    OLD: (Kind.ADVICE, "2013-2014"), MIDDLE: (Kind.ADVICE, "2018-2019"),
    NEW: (Kind.ADVICE, "2022-2023"), NEWEST: (Kind.ADVICE, "2024-2025"),
    SCORES: (Kind.SCORES, "2024-2025"), REFERENCE: (Kind.REFERENCE, "2024-2025"),
    SECONDARY: (Kind.GRADES, "2024-2025"), FUNDED: (Kind.PUPILS, "2023-2024"),
    "brin6_noat.csv": (Kind.BACKGROUND, "2024-2025"),
    "brin6_pc4.csv": (Kind.POSTCODE, "2024-2025"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_layout_is_recognised_with_its_school_year_and_keys(name):
    data = read(name)
    kind, year = KINDS[name]
    assert (data.kind, data.school_years) == (kind, (year,))
    table = data.table()
    assert table["school"].str.fullmatch("[0-9]{2}[A-Z]{2}[0-9]{2}").all()
    assert (table["low"] <= table["high"]).all()
    assert "niet gelezen" not in notes(data)
    hidden = table[table["hidden"]]
    assert hidden["low"].min() >= 1 if len(hidden) else True
    assert hidden["high"].max() <= 4 if len(hidden) else True
    assert "municipality" not in table or table["municipality"].str.fullmatch("[0-9]{4}").all()
    for shown in (data.explain("nl"), data.explain("en"), data._repr_html_(), repr(data)):
        assert year in shown
    book = codebook_of(table)
    assert book is not None
    assert set(book.columns) == set(table.columns)


def test_a_table_says_which_advice_it_counts_and_under_which_rule():
    old, new = read(NEW), read(NEWEST)
    assert old.advice is new.advice is duo.Advice.FINAL
    assert old.regimes == (Regime.RECONSIDER,)
    assert new.regimes == (Regime.ADJUST,)
    assert set(old.table()["regime"]) == {"until 2022-2023"}
    assert read(SCORES).advice is None
    assert "regime" not in read(SCORES).table()
    assert list(old.table()["level"].cat.categories) == LEVELS


def test_the_rule_changes_with_the_school_year_2023_2024():
    assert duo.regime_of("2022-2023") is Regime.RECONSIDER
    assert duo.regime_of("2023-2024") is Regime.ADJUST
    assert all(rule.label.nl and rule.label.en for rule in Regime)


def test_all_generations_of_the_header_give_the_same_tidy_columns():
    columns = [list(read(name).table().columns) for name in (OLD, MIDDLE, NEW, NEWEST)]
    assert all(found == columns[0] for found in columns)


def test_both_families_tell_the_same_of_the_same_year():
    long, wide = read(LONG), duo.together([read(NEW), read(NEWEST)])
    wanted = ["school", "school_year", "level"]
    a, b = (data.table().astype({"level": str}).set_index(wanted) for data in (long, wide))
    both = a.merge(b, left_index=True, right_index=True, suffixes=("_long", "_wide"))
    assert len(both) == len(a)
    assert (both["low_long"] <= both["low_wide"]).all()  # the wide file has a total in 2022-2023
    assert (both["high_long"] >= both["high_wide"]).all()
    assert (both["hidden_long"] == both["hidden_wide"]).all()
    left = b.drop(index=a.index)  # zeros are not written in the long family
    assert (left.loc[left.index.get_level_values("level") != LEVELS[-1], "high"] == 0).all()
    assert "advies niet mogelijk" in notes(long)


def test_a_hidden_count_is_one_to_four_and_zero_is_zero(save):
    small = line("99XB", PRO="< 5", HAVO="0", VWO="0", total="<5")
    data = duo.read(save(text(line(PRO="<5", VSO="0", total="19"), small)))
    cells = data.table().set_index(["school", "level"])[["low", "high"]]
    assert cells.loc[("99XA00", "PRO")].tolist() == [4, 4]  # 19 less 10 and 5
    assert cells.loc[("99XA00", "VSO")].tolist() == [0, 0]
    assert cells.loc[("99XB00", "PRO")].tolist() == [1, 4]
    assert (data.written.low[data.hidden] == 1).all()
    assert (data.written.high[data.hidden] == 4).all()
    assert "19" not in notes(data)
    assert "verborgen" in data.explain("nl").lower()


@pytest.mark.parametrize(
    ("brin", "location", "key"),
    [
        ("02QZ", "0", "02QZ00"), ("02QZ", "00", "02QZ00"), ("02QZ", "02QZ01", "02QZ01"),
        ("2QZ", "1", "02QZ01"), ("02qz", "00", "02QZ00"), ("", "00ZR00", "00ZR00"),
        (" 02QZ ", " 12", "02QZ12"), ("02QZ", "03QZ00", None), ("02QZ", "", None),
        ("Totaal", "", None), ("Q2QZ", "00", None), ("", "00", None), ("02QZ", "123", None),
        ("rommel", "02QZ00", None),
    ],
)  # fmt: skip
def test_the_key_of_a_school_is_six_characters_or_none(brin, location, key):
    assert duo.school_key(brin, location) == key


@pytest.mark.parametrize(
    ("word", "year"),
    [
        ("2018", "2018-2019"), ("2018.0", "2018-2019"), ("20181001", "2018-2019"),
        ("20190417", "2018-2019"), ("20190731", "2018-2019"), ("20190801", "2019-2020"),
        ("01-10-2018", "2018-2019"), ("2018-10-01", "2018-2019"), ("2018/2019", "2018-2019"),
        ("2018-2019", "2018-2019"), ("2018-2020", ""), ("20181301", ""), ("1012019", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_school_year_comes_from_a_year_or_a_date(word, year):
    assert year_of(word) == year


def test_a_school_year_comes_from_the_name_of_a_file_only_when_it_is_clear():
    assert years_in("04-schooladviezen-2024-2025.csv") == "2024-2025"
    assert years_in("leerlingen-2024.csv") == "2024"
    assert years_in("leerlingen-2022-2024.csv") == years_in("van 2019 tot 2024.csv") == ""
    assert years_in("12024.csv") == years_in("leerlingen.csv") == ""


def test_a_file_without_a_year_asks_for_one(save):
    header = HEADER[1:]
    path = save(text(line().partition(";")[2], header=header), "adviezen.csv")
    assert "school_year" in faults(path)[0]
    assert duo.read(path, school_year="2017-2018").school_years == ("2017-2018",)
    with pytest.raises(DataError, match="2018-2019"):
        duo.read(path, school_year="2017")


def test_a_year_that_was_given_counts_and_what_the_file_says_is_told(save):
    data = duo.read(save(text(line())), school_year="2021-2022")
    assert data.school_years == ("2021-2022",)
    assert "2022-2023" in notes(data)


def test_the_content_counts_above_the_name_of_the_file(save):
    data = duo.read(save(text(line()), "schooladviezen-2016-2017.csv"))
    assert data.school_years == ("2022-2023",)
    assert "2016-2017" in notes(data)


def test_the_year_without_a_test_is_told(save):
    assert "geen eindtoets" in notes(duo.read(save(text(line(date="20191001")))))


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "latin-1"]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoted=st.booleans(),
    spaced=st.booleans(),
)
@example(encoding="cp1252", end="\r\n", quoted=True, spaced=True)
def test_a_file_reads_the_same_however_it_is_written(
    encoding, end, quoted, spaced, tmp_path_factory
):
    header = [*HEADER, "INSTELLINGSNAAM_VESTIGING", "GEMEENTENUMMER"]
    lines = [header, [*line(PRO="<5", total="18").split(";"), "’t Één" if encoding != "latin-1"
                      else "t Één", "546"]]  # fmt: skip
    if spaced:
        lines[0] = [name.replace("_", " ") for name in header]
    cells = [[f'"{cell}"' if quoted else cell for cell in row] for row in lines]
    path = tmp_path_factory.getbasetemp() / "adviezen.csv"
    path.write_bytes(end.join(";".join(row) for row in cells).encode(encoding))
    data = duo.read(path)
    assert data.schools.loc[0, "name"].endswith("t Één")
    assert data.schools.loc[0, "municipality"] == "0546"
    assert data.counts.low.sum() == data.counts.high.sum() == 18


# ---------------------------------------------------------------- scores, levels, postcodes


def test_a_provider_that_was_not_used_has_count_zero_and_no_average():
    table = read(SCORES).table()
    unused = table[table["high"] == 0]
    assert unused["mean"].isna().all()
    used = table[table["high"] > 0]
    assert len(used) == table["school"].nunique()
    assert used["mean"].between(50, 500).all()
    assert (used["mean"] % 1 > 0).any()  # decimal comma
    assert "niet te vergelijken" in duo.total(read(SCORES), by="sector").explain("nl")


def scored(save: Callable[..., Path], count: str, mean: str) -> Path:
    head = "PEILDATUM_LEERLINGEN;INSTELLINGSCODE;VESTIGINGSCODE;ONTHEFFING_REDEN_ND"
    rows = f"{head};IEP_AANTAL;IEP_GEM;LIB_AANTAL;LIB_GEM\n20241001;99XA;00;<5;{count};{mean};0;0\n"
    return save(rows)


def test_an_average_of_few_pupils_is_missing_and_an_average_of_none_is_a_fault(save):
    data = duo.read(scored(save, "<5", ""))
    assert np.isnan(data.mean).all()
    assert "niet zijn gepubliceerd" in notes(data)
    assert data.beside[0][0] == "exempted"
    assert (data.beside[0][1].low[0], data.beside[0][1].high[0]) == (1, 4)
    assert duo.read(scored(save, "21", "81,4")).mean[0] == 81.4
    assert "nul leerlingen" in faults(scored(save, "0", "81,4"))[0]
    assert "geen gemiddelde" in faults(scored(save, "21", "goed"))[0]


def test_reference_levels_have_shares_within_their_subject():
    data = read(REFERENCE)
    whole = ["REKENEN_LAGER1F", "REKENEN_1F", "REKENEN_1S"]
    found = duo.share(data, "REKENEN_1S", within=whole, by="municipality_name")
    assert ((found.value.low >= 0) & (found.value.high <= 1)).all()
    with pytest.raises(PlanError, match="within"):
        duo.share(data, "LV_2F", within=whole)


@pytest.mark.parametrize("of", ["REKENEN_1S", ["LV_1F", "LV_2F"], "TV_LAGER1F"])
def test_a_pupil_is_not_counted_once_for_every_subject(of):
    data = read(REFERENCE)
    subject = (of if isinstance(of, str) else of[0]).split("_")[0]
    whole = [part for part in data.parts if part.startswith(subject)]
    alone, told = duo.share(data, of, by="school"), duo.share(data, of, within=whole, by="school")
    pd.testing.assert_frame_equal(alone.table(), told.table())
    for ask in (
        lambda: duo.total(data),
        lambda: duo.total(data, ["LV_1F", "TV_1F"]),
        lambda: duo.share(data, ["LV_1F", "TV_1F"]),
        lambda: duo.share(data, "LV_1F", within=["LV_1F", "TV_1F"]),
    ):
        with pytest.raises(PlanError, match="vakken"):
            ask()
    assert duo.total(data, whole).value.low.sum() > 0


def test_pupils_are_counted_by_postcode_and_grade_whatever_the_spaces_in_the_header():
    data = read(SECONDARY)
    assert data.parts == ("1", "2", "3", "4", "5", "6")
    assert set(data.schools["pupil_postcode"]) == {"0998", "0999"}
    assert duo.total(data, by="school").units.tolist() == [1, 1]  # not one per postcode


def test_a_code_of_an_advice_that_is_not_known_asks_what_it_means(save):
    rows = "INSTELLINGSCODE,VESTIGINGSCODE,TYPE_PO,PEILJAAR,ADVIES,AANTAL_LEERLINGEN\n"
    path = save(rows + "99XA,00,BO,2022,11,7\n99XA,00,BO,2022,12,-1\n")
    assert "‘12’" in faults(path)[0]
    data = duo.read(path, codes={"12": AdviceLevel.NOT_POSSIBLE})
    assert data.parts == ("VWO", "ADVIES_NIET_MOGELIJK")
    assert data.counts.high.tolist() == [7, 4]


def test_the_long_family_with_another_column_is_counted_by_it(save):
    rows = "INSTELLINGSCODE,VESTIGINGSCODE,PEILJAAR,THUISTAAL,AANTAL_LEERLINGEN\n"
    data = duo.read(save(rows + "99XA,0,2022.0,x,7\n99XA,0,2022.0,,3\n"))
    assert (data.kind, data.parts) == (Kind.OTHER, ("", "x"))
    assert data.school_years == ("2022-2023",)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("start", ["<!DOCTYPE html><html>", "\ufeff  <html lang='nl'>", "<?xml"])
def test_a_web_page_instead_of_data_is_named_so(save, start):
    assert "webpagina" in faults(save(start + "<body>Pagina niet gevonden</body></html>"))[0]


def test_a_workbook_is_pointed_to_its_own_reader():
    assert "read_disadvantage" in faults(SAMPLES / VHV)[0]


@pytest.mark.parametrize(
    "content", ["", "  \n ", ";".join(HEADER), ";".join(HEADER) + "\n;;;\n"], ids=range(4)
)
def test_a_file_without_rows_is_refused(save, content):
    assert faults(save(content))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert "niet geopend" in faults(tmp_path / "weg.csv")[0]


def test_an_unknown_layout_lists_what_was_found_and_what_is_known(save):
    message = faults(save("LEERLING;PEILJAAR\n1;2024\n"))[0]
    assert "LEERLING, PEILJAAR" in message
    assert "VMBO_BL" in message
    assert "AANTAL_LEERLINGEN" in message


def test_a_column_that_is_there_twice_is_named_unless_it_may_be_a_value(save):
    assert "[VSO]" in faults(save("BRIN;VSO;VSO\n1;1;2\n"))[0]
    assert "[" not in faults(save("Piet;7;Piet\n1;2;3\n"))[0].replace("[leerlingen.csv]", "")


@pytest.mark.parametrize("row", ["Piet;Puk;2012-05-01", "Piet;7", "Piet;Puk", "Piet;Puk;VWO"])
def test_a_file_of_pupils_without_a_header_is_not_shown(save, row):
    other = ";".join("x" for _ in row.split(";"))
    message = faults(save(f"{row}\n{other}\n"))[0]
    assert "geen kop van DUO" in message
    assert "Piet" not in message


def test_columns_that_are_absent_or_double_are_named(save):
    header = [name for name in HEADER if name != "HAVO_VWO"]
    row = line().split(";")
    del row[HEADER.index("HAVO_VWO")]
    assert "HAVO_VWO" in faults(save(text(";".join(row), header=header)))[0]
    twice = [*HEADER, "VMBO_BL"]
    message = faults(save(text(line() + ";0", header=twice)))
    assert len(message) == 1
    assert "[VMBO_BL]" in message[0]
    assert "VMBO_B" in message[0]


def test_every_fault_is_named_at_once_with_its_column_and_rows(save):
    rows = [
        line(),
        line("XX", HAVO="veel"),
        line("99XB", date="ooit", VWO="-2"),
        line("99XC", VWO="4.5"),
    ]
    found = faults(save(text(*rows)))
    assert [f.split("]")[0] + "]" + f.split("]")[1] for f in found]
    columns = [f.split("[")[2].split("]")[0] for f in found]
    assert columns == ["VESTIGINGSCODE", "PEILDATUM_LEERLINGEN", "HAVO", "VWO"]
    assert "Rijen: 3." in found[0]
    assert "Rijen: 4." in found[1]
    assert "‘-2’, ‘4.5’" in found[3]
    assert "Rijen: 4, 5." in found[3]


def test_a_remark_in_a_cell_is_never_shown_for_it_may_be_about_a_pupil(save):
    rows = "INSTELLINGSCODE,VESTIGINGSCODE,TYPE_PO,PEILJAAR,ADVIES,AANTAL_LEERLINGEN\n"
    said = "Piet is ziek", "123456782", "piet@school.nl"
    for word in said:
        wide = faults(save(text(line(VWO=word), line("99XB", VWO="<10"))))
        long = faults(save(rows + f"99XA,00,BO,2022,{word},7\n"))
        assert word not in " ".join(wide + long)
    assert "‘<10’" in wide[0]
    assert "Rijen: 2, 3." in wide[0]


def test_a_line_for_excel_or_a_title_above_the_header_is_no_header(save):
    data = duo.read(save("sep=;\n" + text(line(PRO="<5", total="18"), line("99XB", VWO="5"))))
    assert data.schools["school"].tolist() == ["99XA00", "99XB00"]
    assert "Rijen: 4." in faults(save("sep=;\n" + text(line(), line("99XB", VWO="vijf"))))[0]
    assert "eerste rij" in faults(save("Schooladviezen\n\n" + text(line())))[0]


def test_a_thousands_point_is_no_count(save):
    assert "‘1.250’, ‘1.000’" in faults(save(text(line(VWO="1.250"), line("99XB", VWO="1.000"))))[0]
    assert duo.read(save(text(line(VWO="5,0")))).counts.low.sum() == 15


def test_counts_that_contradict_their_total_are_named_by_row(save):
    found = faults(save(text(line(), line("99XB", total="14"), line("99XC", PRO="<5", total="20"))))
    assert len(found) == 1
    assert "[TOTAAL_ADVIES]" in found[0]
    assert "Rijen: 3, 4." in found[0]
    assert duo.read(save(text(line("99XC", PRO="<5", total="19")))).counts.low.sum() == 19


def test_a_repeated_header_and_exact_repeats_are_left_out_and_told(save):
    data = duo.read(save(text(line(), ";".join(HEADER), line("99XB"), line(), ";" * 15)))
    assert len(data.schools) == 2
    assert "kopregel in het bestand: 1 weggelaten (rij 3)" in notes(data)
    assert "gelijk is aan een eerdere: 1 weggelaten (rij 5)" in notes(data)


def test_rows_that_contradict_each_other_are_named(save):
    found = faults(save(text(line(), line("99XB"), line(HAVO="9", VWO="6"))))
    assert len(found) == 1
    assert "Rijen: 2, 4." in found[0]


def test_a_row_that_is_too_short_or_too_long_is_named(save):
    assert "Rijen: 3" in faults(save(text(line(), "20221001;99XB;00;1")))[0]
    assert "Rijen: 3" in faults(save(text(line(), line("99XB") + ";1;2")))[0]


def test_an_empty_cell_is_zero_or_more_and_never_silently_zero(save):
    data = duo.read(save(text(line(PRO="", total="19"), line("99XB", PRO="", total=""))))
    cells = data.table().set_index(["school", "level"])[["low", "high"]]
    assert cells.loc[("99XA00", "PRO")].tolist() == [4, 4]
    assert cells.loc[("99XB00", "PRO")].tolist() == [0, np.inf]
    assert "onbekend, nul of meer: PRO (2), TOTAAL_ADVIES (1)" in notes(data)
    assert "15 of meer" in duo.total(data.only("school", "99XB00")).explain("nl")


def test_the_oldest_heading_for_no_advice_is_read_and_told(save):
    header = [name if name != "ADVIES_NIET_MOGELIJK" else "ONBEKEND" for name in HEADER]
    data = duo.read(save(text(line(), header=header)))
    assert data.parts[-1] == "ADVIES_NIET_MOGELIJK"
    assert "ONBEKEND is gelezen als" in notes(data)


def test_columns_that_are_not_read_are_named(save):
    data = duo.read(save(text(line() + ";x", header=[*HEADER, "NIEUWE KOLOM"])))
    assert "niet gelezen: NIEUWE KOLOM" in notes(data)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(drawn=st.data())
def test_a_damaged_file_is_read_or_refused_with_reasons(drawn, tmp_path_factory):
    name = drawn.draw(st.sampled_from([OLD, NEW, LONG, SCORES, REFERENCE, SECONDARY, FUNDED]))
    content = bytearray((SAMPLES / name).read_bytes())
    for _ in range(drawn.draw(st.integers(1, 6))):
        place = drawn.draw(st.integers(0, len(content) - 1))
        if drawn.draw(st.booleans()):
            content[place] = drawn.draw(st.integers(0, 255))
        else:
            del content[place : place + drawn.draw(st.integers(1, 40))]
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(bytes(content))
    try:
        data, reasons = duo.read(path), None
    except WorkplaceError as error:
        data, reasons = None, error
    if data is None:
        assert reasons.faults
        assert reasons.explain("nl") != reasons.explain("en")
    else:
        assert (data.counts.low <= data.counts.high).all()


# ---------------------------------------------------------------- groups of schools


def test_groups_add_up_and_shares_lie_within_their_bounds():
    data = read(NEW)
    whole, by = duo.total(data), duo.total(data, by="municipality_name")
    assert (by.value.low.sum(), by.value.high.sum()) == (whole.value.low[0], whole.value.high[0])
    assert by.units.sum() == whole.units[0] == len(data.schools)
    assert by.hidden.sum() == data.hidden.sum()
    shares = duo.share(data, "VWO", by=("school_year", "municipality"))
    assert list(shares.table().columns) == ["school_year", "municipality", "low", "high", "of_low",
                                            "of_high", "schools", "hidden"]  # fmt: skip
    assert shares.of.exact.all()  # the total is published
    assert "van" in shares.explain("nl")
    assert "hides" in shares.explain("en")
    assert "<table" in shares._repr_html_()


def test_a_published_total_makes_a_share_narrower():
    with_total = read(NEW)
    without = duo.OpenData(**{
        name: getattr(with_total, name) for name in duo.OpenData.__slots__
    } | {
        "counts": with_total.written,
        "total": duo.Bounds(np.zeros(8), np.full(8, np.inf)),
    })  # fmt: skip
    a, b = (duo.share(data, duo.at_least("HAVO")).value for data in (with_total, without))
    assert b.low[0] < a.low[0] < a.high[0] < b.high[0]


def test_schools_can_be_grouped_by_the_user_and_others_are_left_out():
    data = read(NEW)
    groups = {"99XA00": "met", "99XB00": "met", "99XC00": "zonder"}
    found = duo.total(data, "HAVO", by=groups)
    assert found.groups["group"].tolist() == ["met", "zonder"]
    assert found.units.tolist() == [2, 1]
    apart = duo.difference(data, duo.at_least("HAVO"), by=groups, first="met", second="zonder")
    shares = duo.share(data, duo.at_least("HAVO"), by=groups).value
    assert apart.value.low[0] == shares.low[0] - shares.high[1]
    assert apart.value.high[0] == shares.high[0] - shares.low[1]
    assert apart.units.tolist() == [3]
    assert "procentpunt" in apart.explain("nl")
    with pytest.raises(PlanError, match="99ZZ00"):
        duo.total(data, by={"99ZZ00": "met"})


def test_advice_of_both_regimes_is_not_pooled_silently():
    data = duo.together([read(NEW), read(NEWEST)])
    assert data.regimes == (Regime.RECONSIDER, Regime.ADJUST)
    for pooled in (duo.share, duo.total):
        with pytest.raises(PlanError, match="bijstellen"):
            pooled(data, "VWO")
        with pytest.raises(PlanError, match="bijstellen"):
            pooled(data, "VWO", by="municipality")
        assert len(pooled(data, "VWO", by="regime")) == 2
        assert len(pooled(data, "VWO", pool_regimes=True)) == 1
    same_rule = duo.together([read(MIDDLE), read(NEW)])
    assert len(duo.share(same_rule, "VWO")) == 1


def test_a_difference_across_the_change_of_rules_says_so():
    data = duo.together([read(MIDDLE), read(NEW), read(NEWEST)])
    across = duo.difference(data, "VWO", by="school_year", first="2024-2025", second="2022-2023")
    assert "betekent" in across.explain("nl")
    assert "means something else" in across.explain("en")
    assert across.units[0] == duo.share(data, "VWO", pool_regimes=True).units[0] == 9  # not twice
    before = duo.difference(data, "VWO", by="school_year", first="2022-2023", second="2018-2019")
    assert "betekent" not in before.explain("nl")


def test_what_cannot_be_asked_is_named():
    data = read(NEW)
    with pytest.raises(PlanError, match="GYMNASIUM 1"):
        duo.total(data, "GYMNASIUM 1")
    with pytest.raises(PlanError, match="–"):
        duo.share(data, [])
    with pytest.raises(PlanError, match="wijk"):
        duo.total(data, by="wijk")
    with pytest.raises(PlanError, match="Rotterdam"):
        duo.difference(data, "VWO", by="municipality_name", first="Rotterdam", second="Rotterdam")
    with pytest.raises(DataError, match="Rotterdam"):
        data.only("municipality_name", "Rotterdam")
    with pytest.raises(DataError, match="Rotterdam"):
        data.only("municipality_name", "Verzonnen Proefdorp", "Rotterdam")
    with pytest.raises(DataError, match="‘0099’"):
        data.only("municipality", 99)
    with pytest.raises(DataError, match="‘Verzonnen Proefdorp’"):
        data.only("municipality_name", "VERZONNEN PROEFDORP")
    for nothing in ([], ["x"]):
        with pytest.raises(DataError, match="municipality"):
            data.only("municipality" if not nothing else "gemeente", *nothing)
    with pytest.raises(PlanError, match="zes tekens"):
        duo.total(data, by={})
    with pytest.raises(PlanError, match="dezelfde groep"):
        duo.difference(data, "VWO", by="board", first="99001", second="99001")
    for level in ("HAVOO", "ADVIES_NIET_MOGELIJK"):
        with pytest.raises(PlanError, match="niveau"):
            duo.at_least(level)
    with pytest.raises(PlanError, match="without threshold"):
        duo.read_disadvantage(SAMPLES / VHV, threshold="zonder")


# ---------------------------------------------------------------- as a notebook shows it

HOSTILE = "<img src=x onerror=alert(1)>"


def test_a_notebook_shows_bounds_in_words_and_no_name_as_markup(save, monkeypatch):
    header = [*HEADER, "INSTELLINGSNAAM_VESTIGING"]
    lines = [f"{line(b, PRO='<5', total='')};{HOSTILE}" for b in ("99XA", "99XB", "99XC")]
    lines += [f"{line(f'99Y{letter}', total='')};x" for letter in "ABCD"]
    old = duo.read(save(text(*lines, header=header), f"{HOSTILE[:8]}.csv"))
    newer = duo.read(SAMPLES / NEWEST)
    shown = {
        "data": old._repr_html_(),
        "share": duo.share(old, "VWO", by="name")._repr_html_(),
        "changes": duo.compare_schools(old, newer)._repr_html_(),
        "scores": duo.read_disadvantage(SAMPLES / VHV)._repr_html_(),
    }
    for html in shown.values():
        assert "<table" in html
        assert "<img" not in html
        assert "0.3" not in html.partition("<table")[2]  # figures as a Dutch reader writes them
    assert "1 tot 4" in shown["data"]
    assert "En nog 2 rijen." in shown["data"]
    assert "33%" in shown["share"]
    assert "andere naam" in shown["changes"]
    monkeypatch.setenv("WORKPLACE_LANGUAGE", "en")
    assert "1 to 4" in old._repr_html_()
    assert "And 2 more rows." in old._repr_html_()


def test_only_what_a_total_solves_is_called_exact(save):
    solved = duo.read(save(text(line(PRO="<5", total="18")))).explain("nl")
    assert "maakt er 1 nauwer, en 1 daarvan precies." in solved
    narrower = duo.read(save(text(line(PRO="<5", VSO="<5", total="18")))).explain("nl")
    assert "maakt er 2 nauwer." in narrower


def test_what_was_guessed_in_reading_is_told(save):
    told = duo.read(save(text(line(VWO="")), "adviezen-2016-2017.csv")).explain("nl")
    assert "VWO (1)" in told
    assert "de naam van het bestand zegt 2016-2017" in told


def test_a_share_of_nobody_is_no_share(save):
    data = duo.read(save(text(line(HAVO="0", VWO="0", total="0"), line("99XB"))))
    found = duo.share(data, "VWO", by="school")
    assert np.isnan(found.value.low[0])
    assert found.value.low[1] == found.value.high[1] == 5 / 15
    assert "99XA00 geen leerlingen; 99XB00 33%" in found.explain("nl")
    apart = duo.difference(data, "VWO", by="school", first="99XA00", second="99XB00")
    assert apart.explain("nl").endswith("niet te zeggen: een van beide heeft geen leerlingen.")


def test_what_is_unknown_is_not_said_to_be_hidden(save):
    data = duo.read(save(text(line(HAVO="", VWO="", total=""))))
    for found in (duo.total(data), duo.share(data, "VWO")):
        assert "onbekend" in found.explain("nl")
        assert "unknown" in found.explain("en")
        assert "verbergt" not in found.explain("nl")
        assert "cel leeg" in found.explain("nl")


def test_bounds_on_paper_are_rounded_outwards(save):
    data = duo.read(save(text(line(PRO="<5", VWO="<5", HAVO="95", total="100"))))
    assert "tot 4%" in duo.share(data, "VWO").explain("nl")
    assert "Aandeel vwo: alle scholen 1 tot 4% van 100 leerlingen." in duo.share(
        data, "VWO"
    ).explain("nl")


def test_only_keeps_the_schools_that_are_meant():
    data = read(SCORES)
    part = data.only("municipality_name", "Verzonnen Proefdorp")
    assert set(part.table()["municipality_name"]) == {"Verzonnen Proefdorp"}
    both = data.table()
    kept = both[both["municipality_name"] == "Verzonnen Proefdorp"].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.table(), kept)
    assert len(part.beside[0][1].low) == len(part.schools)


def test_several_years_are_one_and_none_is_there_twice():
    years = [read(MIDDLE), read(NEW)]
    data = duo.together(years)
    assert data.school_years == ("2018-2019", "2022-2023")
    pd.testing.assert_frame_equal(
        data.table(), pd.concat([y.table() for y in years], ignore_index=True)
    )
    with pytest.raises(DataError, match="2022-2023"):
        duo.together([read(NEW), read(NEW)])
    with pytest.raises(DataError, match="verschillende dingen"):
        duo.together([read(NEW), read(SCORES)])
    with pytest.raises(DataError):
        duo.together([])


def test_the_licence_is_kept_with_the_data():
    assert duo.read(SAMPLES / NEW, licence="CC0").licence == "CC0"


# ---------------------------------------------------------------- schools that change


def test_mergers_renames_and_keys_that_come_and_go_are_reported():
    found = duo.compare_schools(read(MIDDLE), read(NEWEST))
    assert found.same == 7
    assert found.renamed["school"].tolist() == ["99XD00"]
    assert found.gone["school"].tolist() == ["99XG00"]
    assert found.new["school"].tolist() == ["99XE01"]
    assert found.merged[["school", "later_school", "because"]].to_numpy().tolist() == [
        ["99XG00", "99XE01", "same postcode"]
    ]
    assert len(found.table()) == 4
    assert "fusie" in found.explain("nl")
    assert "merger" in found.explain("en")
    assert "<table" in found._repr_html_()


def test_a_name_that_differs_in_capitals_only_is_the_same_name(save):
    def named(name: str, date: str) -> Path:
        header = [*HEADER, "INSTELLINGSNAAM_VESTIGING"]
        return save(text(f"{line(date=date)};{name}", header=header), f"{date}.csv")

    first = duo.read(named("’t Één-hoorn", "20211001"))
    assert duo.compare_schools(first, duo.read(named("T EEN HOORN", "20221001"))).renamed.empty
    other = duo.compare_schools(first, duo.read(named("De Tweehoorn", "20221001")))
    assert len(other.renamed) == 1


def test_schools_are_compared_from_one_year_to_a_later_one():
    both = duo.together([read(MIDDLE), read(NEW)])
    for first, second in ((read(NEW), read(MIDDLE)), (read(NEW), read(NEW)), (both, read(NEWEST))):
        with pytest.raises(PlanError):
            duo.compare_schools(first, second)
    long = duo.compare_schools(read(MIDDLE), read("brin6_pc4.csv"))  # without names or postcodes
    assert long.renamed.empty


# ---------------------------------------------------------------- CBS


@pytest.mark.parametrize(("name", "sheet"), [(VHV, "Tabel 2"), (PO_2019, "Tabel 1")])
def test_the_scores_without_threshold_are_found_by_title_and_divided_by_pupils(name, sheet):
    found = duo.read_disadvantage(SAMPLES / name)
    assert (found.sheet, found.threshold) == (sheet, Threshold.WITHOUT)
    table = found.table()
    assert len(table) == 8
    assert (table["per_pupil"] * table["pupils"]).to_numpy() == pytest.approx(table["score"])
    assert table["per_pupil"].between(0.2, 2).all()
    assert table["school"].str.fullmatch("[0-9]{2}[A-Z]{2}[0-9]{2}").all()
    assert "zonder drempel" in found.explain("nl")
    assert "without threshold" in found.explain("en")
    assert "<table" in found._repr_html_()


def test_scores_with_a_threshold_are_only_read_when_asked():
    found = duo.read_disadvantage(SAMPLES / VHV, threshold="with threshold")
    assert found.sheet == "Tabel 1"
    assert (found.schools["score"] == 0).any()
    assert "vergelijk daarmee geen scholen" in found.explain("nl")
    assert "do not compare" in found.explain("en")
    with pytest.raises(DataError, match="zonder drempel"):
        duo.read_disadvantage(SAMPLES / PO_2019, threshold=Threshold.WITH)


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        for row in [*rows, []]:
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    book.save(path)
    return path


HEAD = ["Vestigingsnummer", "Aantal leerlingen", "Achterstandsscore"]


def scores(title: str, *rows: list[object]) -> list[list[object]]:
    return [["Tabel"], [title], [None], HEAD, [None], *rows]


def refused(path: Path, **options: str) -> str:
    with pytest.raises(DataError) as raised:
        duo.read_disadvantage(path, **options)
    assert raised.value.explain("en")
    return raised.value.explain("nl")


def test_a_title_that_does_not_tell_the_threshold_is_refused_unless_one_chooses(tmp_path):
    path = workbook(tmp_path / "a.xlsx", Blad=scores("Achterstandsscores", ["99XA00", 200, 80]))
    assert "Geen werkblad zegt" in refused(path)
    found = duo.read_disadvantage(path, sheet="Blad")
    assert found.schools["per_pupil"].tolist() == [0.4]
    assert "zelf gekozen" in notes(found)
    both = scores("met drempel; zie tabel 2 voor zonder drempel", ["99XA00", 200, 80])
    assert "Geen werkblad zegt" in refused(workbook(tmp_path / "b.xlsx", Blad=both))
    with_threshold = scores("Scores met drempel", ["99XA00", 200, 80])
    path = workbook(tmp_path / "c.xlsx", Blad=with_threshold)
    assert "met drempel" in refused(path, sheet="Blad")


def test_a_workbook_that_openpyxl_rejects_is_read(tmp_path):
    broken = tmp_path / "kapot.xlsx"
    with zipfile.ZipFile(SAMPLES / VHV) as old, zipfile.ZipFile(broken, "w") as new:
        for item in old.namelist():
            cells = old.read(item)
            if item == "xl/styles.xml":
                cells = cells.replace(b'patternType="gray125"', b'patternType="bont"')
            new.writestr(item, cells)
    with pytest.raises(ValueError, match="stylesheet"):
        openpyxl.load_workbook(broken)
    assert len(duo.read_disadvantage(broken).schools) == 8


def test_figures_that_are_not_told_are_missing_and_those_that_cannot_be_are_named(tmp_path):
    rows = [["99XA00", 200, "80,5"], ["99XB00", 0, 5], ["99XC00", 150, "."], ["Bron: CBS"]]
    found = duo.read_disadvantage(
        workbook(tmp_path / "a.xlsx", Blad=scores("zonder drempel", *rows))
    )
    assert found.schools["per_pupil"].tolist() == pytest.approx(
        [0.4025, np.nan, np.nan], nan_ok=True
    )
    assert "voetnoot): 1" in notes(found)
    assert "scholen zonder score per leerling: 2" in notes(found)
    rows = [["99XA00", 200, "veel"], ["99XB00", 100, 1], ["99XB00", 100, 2]]
    message = refused(workbook(tmp_path / "b.xlsx", Blad=scores("zonder drempel", *rows)))
    assert "Dit is geen getal" in message
    assert "Rijen: 6." in message
    assert "Rijen: 7, 8." in message


def test_workbooks_of_another_kind_are_refused(tmp_path, save):
    assert "geen achterstandsscores" in refused(workbook(tmp_path / "a.xlsx", Blad=[["a"], [1]]))
    assert "geen werkmap" in refused(save("geen werkmap"))
    assert "geen werkmap" in refused(tmp_path / "weg.xlsx")
    no_pupils = [["zonder drempel"], ["Vestigingsnummer", "Achterstandsscore"], ["99XA00", 8]]
    assert "aantal leerlingen" in refused(workbook(tmp_path / "b.xlsx", Blad=no_pupils))
    twice = scores("zonder drempel", ["99XA00", 200, 80])
    assert "Meer dan één" in refused(workbook(tmp_path / "c.xlsx", A=twice, B=twice))
    assert "Er staat geen school" in refused(
        workbook(tmp_path / "d.xlsx", Blad=scores("zonder drempel"))
    )


# ---------------------------------------------------------------- the folder of samples


def test_the_samples_are_made_again_byte_for_byte_and_call_themselves_invented(tmp_path):
    shutil.copy(SAMPLES / "make.py", tmp_path)
    subprocess.run([sys.executable, tmp_path / "make.py"], check=True, capture_output=True)
    made = {p.name for p in tmp_path.iterdir()} - {"make.py", "__pycache__"}
    assert made == {p.name for p in SAMPLES.iterdir()} - {"make.py", "README.md", "__pycache__"}
    for name in made:
        digests = [hashlib.sha256((d / name).read_bytes()).digest() for d in (tmp_path, SAMPLES)]
        assert name.endswith(".xlsx") or digests[0] == digests[1]
    for name in (VHV, PO_2019):  # the bytes of a workbook hang on the version that wrote it
        pd.testing.assert_frame_equal(
            duo.read_disadvantage(tmp_path / name).table(),
            duo.read_disadvantage(SAMPLES / name).table(),
        )
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert "alles verzonnen" in readme
    assert "all invented" in readme
    for name in (OLD, MIDDLE, NEW, NEWEST, SCORES, REFERENCE, SECONDARY):
        content = (SAMPLES / name).read_bytes().decode("cp1252").lower()
        assert "verzonnen" in content
    keys = set(itertools.chain.from_iterable(read(name).schools["school"] for name in KINDS))
    assert all(key.startswith("99") for key in keys)
