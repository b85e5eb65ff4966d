"""Interviews and open answers: reading, coding, counting, and what may be quoted."""

import datetime
import itertools
import json
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import traces
from hypothesis import given, settings
from hypothesis import strategies as st

from academic_workplace import voices
from academic_workplace.disclosure import DUTCH_5, OPENSAFELY, PROFILES, may_leave, rounded, under
from academic_workplace.disclosure.attack import attack
from academic_workplace.errors import DataError, PlanError, WorkplaceError
from academic_workplace.intake.scales import kappa, krippendorff_alpha
from academic_workplace.language import Text
from academic_workplace.voices.agreement import alpha_sums, alphas, kappa_sums, kappas
from academic_workplace.voices.codes import Code
from academic_workplace.voices.frequencies import ALL, mentions
from academic_workplace.voices.quotes import Refused, Tick
from academic_workplace.voices.saturation import expected, variance
from academic_workplace.voices.study import Setup
from academic_workplace.voices.traces import Trace, kinds_in

ROOT = Path(__file__).parents[1]
STEMMEN = ROOT / "data" / "stemmen"
REFERENCE = json.loads((Path(__file__).parent / "reference" / "scales.json").read_text())
DAY = datetime.date(2026, 11, 20)
CLEAN = "De les was fijn."


def code(key: str) -> Code:
    return Code(key, Text(key, key), Text("wanneer", "when"), Text("zoals", "such as"))


def fragments_of(groups: dict[str, str], texts: dict[str, str] | None = None) -> pd.DataFrame:
    """A fragment per respondent."""
    texts = texts or {}
    rows = [(f"f{r}", r, g, "q1", texts.get(f"f{r}", CLEAN)) for r, g in groups.items()]
    return pd.DataFrame(rows, columns=["fragment", "respondent", "group", "question", "text"])


def coded(said: np.ndarray, groups: list[str], second: np.ndarray | None = None) -> voices.Codings:
    """Codings by one coder. said: (respondents, codes) in the first fragment of each respondent;
    second: the same of a second fragment."""
    table = fragments_of({f"r{i:03d}": group for i, group in enumerate(groups)})
    pieces = list(zip(table["fragment"], said, strict=True))
    if second is not None:
        more = table.assign(fragment="s" + table["fragment"])
        table = pd.concat([table, more], ignore_index=True)
        pieces += list(zip(more["fragment"], second, strict=True))
    codes = tuple(code(f"c{k}") for k in range(said.shape[1]))
    given_ = [(key, "A", ", ".join(f"c{k}" for k in np.flatnonzero(row))) for key, row in pieces]
    rows = pd.DataFrame(given_, columns=["fragment", "coder", "codes"])
    return voices.read_codings(rows, voices.read_fragments(table), codes)


def rated(x: np.ndarray, respondents: int) -> voices.Codings:
    """Codings of one code. x: (fragments, coders) 0, 1 or nan; fragments go round respondents."""
    rows = [(f"f{i:03d}", f"r{i % respondents:03d}", "g", "q", CLEAN) for i in range(len(x))]
    table = pd.DataFrame(rows, columns=["fragment", "respondent", "group", "question", "text"])
    read = [
        (f"f{i:03d}", f"coder{j}", "c0" if x[i, j] else "")
        for i, j in zip(*np.nonzero(~np.isnan(x)), strict=True)
    ]
    codings = pd.DataFrame(read, columns=["fragment", "coder", "codes"])
    return voices.read_codings(
        codings, voices.read_fragments(table), (code("c0"),), leading="coder0"
    )


# ---------------------------------------------------------------- traces of persons


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Ik zat naast Anouar.", [Trace.NAME]),
        ("Anouar zei dat het mocht.", [Trace.NAME]),
        ("ik zat naast fatima en dat was fijn", [Trace.NAME]),
        ("juf xandrine was streng", [Trace.NAME]),
        ("Wij wonen in Leiden.", [Trace.PLACE]),
        ("wij wonen in leiden", [Trace.PLACE]),
        ("Dat kan leiden tot ruzie, en ik ben daar bang voor.", []),
        ("Op het Vlietstroom College was het druk.", [Trace.SCHOOL]),
        ("Ik zat op obs De Zwaluw.", [Trace.SCHOOL]),
        ("Mijn zoon van 9 slaapt slecht.", [Trace.AGE]),
        ("Toen ik tien was gingen we weg.", [Trace.AGE]),
        ("Hij is al tien jaar mentor, twee keer per week.", []),
        ("Ze zit in klas 2b.", [Trace.CLASS]),
        ("Dat was op 12 maart.", [Trace.DATE]),
        ("Bel mij op 06-12345678.", [Trace.PHONE]),
        ("Mail naar een.ouder@voorbeeld.nl graag.", [Trace.EMAIL]),
        ("Het staat op www.voorbeeld.nl te lezen.", [Trace.WEB]),
        ("Wij wonen op 2311 CS, aan de overkant.", [Trace.ADDRESS]),
        ("Mijn nummer is 111222333.", [Trace.NUMBER]),
        ("Volgens [Naam] van [School] kan het.", []),
        ("In Teams staat al het huiswerk voor Engels en Nederlands.", []),
    ],
)
def test_what_can_point_at_a_person_is_found_in_running_text(text, kinds):
    assert list(kinds_in(text)) == kinds


def test_a_word_of_the_study_is_found_in_any_case_and_only_whole():
    found = voices.find("daar in de slaagh en de slaaghers", watch=["Slaagh"])
    assert [(one.start, one.end, one.kind) for one in found] == [(11, 17, Trace.WATCHED)]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_looked_at_and_findings_never_overlap(text):
    found = voices.find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.fixture(scope="module")
def measured():
    return traces.measure(list(traces.sentences()))


def test_the_figures_in_the_readme_are_those_that_are_measured_now():
    text = traces.README.read_text(encoding="utf-8")
    assert traces.page(text) == text, "run tests/traces.py"


def test_detection_in_running_text_holds_its_minimum(measured):
    for frame, (found, _, of) in measured.recall.items():
        assert found / of >= (0.5 if "without a capital" in frame else 0.95), frame
    assert measured.right / measured.said >= 0.97
    assert all(left / of >= 0.95 for left, of in measured.clean.values())


def test_detection_holds_on_sentences_that_no_rule_was_made_from():
    held = traces.measure(traces.held_out())
    found, _, of = held.recall["held out"]
    assert found / of >= 0.9
    assert held.right / held.said >= 0.9


@pytest.mark.parametrize(
    "text",
    ["Drie jaar was ik ziek.", "De gemengde leerweg paste beter.", "Het schoolplein is klein.",
     "Wij speelden op het schoolplein.", "We kozen plan B. en dat ging goed.",
     "In klas 2 en klas 3 was het druk.", "Het werd volgende week tien graden.",
     "Dat nummer was van 2023.", "Hij is nog geen tien minuten weg."],
)  # fmt: skip
def test_what_only_looks_like_an_age_a_street_or_an_initial_is_left_alone(text: str) -> None:
    assert voices.find(text) == ()


# ---------------------------------------------------------------- reading


def test_every_fault_of_fragments_is_told_at_once_and_no_word_of_a_text(tmp_path):
    table = fragments_of({f"r{i}": "g" for i in range(6)})
    named = ["Ik zat naast Anouar in de klas.", "Wij wonen in Rijpwetering.", "Ik ben twaalf."]
    table["text"] = [named[0], "", CLEAN, named[1], named[2], CLEAN]
    more = pd.DataFrame(
        [("fr2", "r2", "g", "q1", "Iets anders."), ("fr9", "r5", "h", "q1", CLEAN)],
        columns=table.columns,
    )
    table = pd.concat([table, more], ignore_index=True)
    path = tmp_path / "fragments.csv"
    table.to_csv(path, sep=";", index=False)
    for source in (table, path):
        with pytest.raises(DataError) as caught:
            voices.read_fragments(source)
        told = caught.value.explain("nl") + caught.value.explain("en") + repr(caught.value)
        assert len(caught.value.faults) == 6
        for secret in ("Anouar", "Rijpwetering", "twaalf", "naast"):
            assert secret not in told
        for said in ("‘fr0’ lijkt een naam", "‘fr3’ lijkt een plaats", "‘fr4’ lijkt een leeftijd",
                     "Hier staat niets", "meer dan eens", "in twee groepen"):  # fmt: skip
            assert said in told


@pytest.mark.parametrize(
    ("column", "words"),
    [("group", "leerlingen van juf Anja"), ("group", "ouders van het Marecollege"),
     ("question", "Wat vond je van Fatima?")],
)  # fmt: skip
def test_a_group_or_a_question_may_not_point_at_a_person_either(column: str, words: str) -> None:
    table = fragments_of({f"r{i}": "ouders" for i in range(4)})
    assert len(voices.read_fragments(table)) == len(table)
    with pytest.raises(DataError) as caught:
        voices.read_fragments(table.assign(**{column: words}))
    (fault,) = caught.value.faults
    assert (fault.column, fault.count) == (column, len(table))
    assert words not in str(caught.value)


def test_no_error_ever_holds_what_was_found():
    told = [one for one in traces.sentences() if one.traces]
    table = fragments_of({f"r{i:03d}": "g" for i in range(len(told))})
    table["text"] = [one.text for one in told]
    with pytest.raises(DataError) as caught:
        voices.read_fragments(table)
    said = caught.value.explain("nl") + caught.value.explain("en") + repr(caught.value.faults)
    said = said.replace("[naam]", "").replace("[name]", "")
    secret = {one.text[start:end] for one in told for start, end, _ in one.traces}
    plain = {word for word in secret if not word.isdigit()}  # a key may hold the same digits
    assert len(caught.value.faults) > 200
    assert [word for word in plain if re.search(rf"\b{re.escape(word)}\b", said)] == []


@pytest.mark.parametrize(
    "read",
    [
        lambda: voices.read_fragments(pd.DataFrame()),
        lambda: voices.read_fragments(fragments_of({"r1": "g"}).head(0)),
        lambda: voices.read_fragments("nergens.csv"),
        lambda: voices.read_fragments(fragments_of({"r1": "g"}).assign(respondent=[np.nan])),
        lambda: voices.read_ticks("nergens.toml"),
        lambda: voices.read_codes("nergens.toml"),
        lambda: voices.read_setup("nergens.toml"),
        lambda: voices.read_voices("nergens"),
        lambda: voices.read_codings(
            pd.DataFrame(columns=["fragment", "coder", "codes"]),
            voices.read_fragments(fragments_of({"r1": "g"})),
            (code("c0"),),
        ),
    ],
)
def test_bad_input_is_told_and_never_a_traceback(read):
    with pytest.raises(WorkplaceError) as caught:
        read()
    assert caught.value.explain("nl") != caught.value.explain("en")


def test_an_index_of_a_table_makes_no_difference_and_a_name_among_codes_is_not_repeated():
    table = fragments_of({"r1": "g", "r2": "g"})
    other = table.set_axis(["x", "y"], axis=0)
    found = voices.read_fragments(other)
    assert found.digest == voices.read_fragments(table).digest
    rows = pd.DataFrame({"fragment": ["fr1", "fr2"], "coder": "A", "codes": ["c0", "c0 fatima"]})
    with pytest.raises(DataError, match=r"‘\?’ is hier onbekend"):
        voices.read_codings(rows.set_axis(["x", "y"], axis=0), found, (code("c0"),))


def test_a_text_is_never_shown_by_chance():
    found = voices.read_fragments(fragments_of({"r1": "g"}, {"fr1": "De woorden zelf."}))
    told = repr(found) + repr(found.items) + repr(found.items[0])
    assert "woorden" not in told


def test_columns_may_have_dutch_or_own_names_and_a_missing_one_is_named():
    table = fragments_of({"r1": "g"})
    dutch = table.set_axis(["Fragment", "deelnemer", "Groep", "vraag", "TEKST"], axis=1)
    own = table.rename(columns={"text": "citaat"})
    assert voices.read_fragments(dutch).items == voices.read_fragments(table).items
    assert (
        voices.read_fragments(own, columns={"text": "citaat"}).digest
        == voices.read_fragments(table).digest
    )
    with pytest.raises(DataError, match="tekst"):
        voices.read_fragments(own)


def test_a_key_that_holds_a_name_is_refused_by_its_row():
    table = fragments_of({"r1": "g"}).assign(respondent="Fatima Benali")
    with pytest.raises(DataError, match="Rijen: 2") as caught:
        voices.read_fragments(table)
    assert "Fatima" not in str(caught.value)


def test_what_a_person_cleared_is_read_as_long_as_nobody_changes_it():
    text = "De Vlieger hangt aan het plafond."
    table = fragments_of({"r1": "g"}, {"fr1": text})
    with pytest.raises(DataError):
        voices.read_fragments(table)
    cleared = [voices.fingerprint(text)]
    assert len(voices.read_fragments(table, cleared=cleared)) == 1
    with pytest.raises(DataError):
        voices.read_fragments(table.assign(text=text + " Echt."), cleared=cleared)


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(shuffle):
    table = pd.read_csv(STEMMEN / "fragments.csv", sep=";", encoding="utf-8-sig").head(40)
    codings = pd.read_csv(STEMMEN / "codings.csv", sep=";", encoding="utf-8-sig")
    codings = codings[codings["fragment"].isin(table["fragment"])]
    codes = voices.read_codes(STEMMEN / "codes.toml")
    seed = shuffle.randrange(2**32)
    one = voices.read_codings(codings, voices.read_fragments(table), codes)
    other = voices.read_codings(
        codings.sample(frac=1, random_state=seed),
        voices.read_fragments(table.sample(frac=1, random_state=seed)),
        codes,
    )
    assert one.fragments.digest == other.fragments.digest
    assert one.digest == other.digest
    for work in (voices.frequencies, voices.co_occurrence, voices.saturation):
        pd.testing.assert_frame_equal(work(one).table(), work(other).table())
    a, b = (voices.agreement(each, draws=50).table() for each in (one, other))
    pd.testing.assert_frame_equal(a.drop(columns="limits"), b.drop(columns="limits"))


def test_every_fault_of_codings_is_told_at_once():
    found = voices.read_fragments(fragments_of({"r1": "g", "r2": "g"}))
    rows = pd.DataFrame(
        [("fr1", "A", "c0, vreemd"), ("fr8", "A", "c0"), ("fr2", "", "c0")],
        columns=["fragment", "coder", "codes"],
    )
    with pytest.raises(DataError) as caught:
        voices.read_codings(rows, found, (code("c0"),))
    assert [(one.column, one.rows) for one in caught.value.faults] == [
        ("fragment", (3,)), ("coder", (4,)), ("codes", (2,)),
    ]  # fmt: skip
    with pytest.raises(DataError, match="las 1 fragmenten niet"):
        voices.read_codings(rows.head(1).assign(codes="c0"), found, (code("c0"),))
    with pytest.raises(DataError, match="codeur"):
        voices.read_codings(pd.DataFrame({"iets": [1]}), found, (code("c0"),))


def test_a_column_per_code_gives_the_same_as_a_list():
    found = voices.read_fragments(fragments_of({"r1": "g", "r2": "g"}))
    codes = (code("c0"), code("c1"))
    wide = pd.DataFrame({"fragment": ["fr1", "fr2"], "codeur": "A", "c0": [1, 0], "c1": [1, 0]})
    listed = pd.DataFrame({"fragment": ["fr1", "fr2"], "codeur": "A", "codes": ["c0; c1", None]})
    assert (
        voices.read_codings(wide, found, codes).digest
        == voices.read_codings(listed, found, codes).digest
    )
    rows = pd.DataFrame(
        {"fragment": ["fr1", "fr1", "fr2"], "codeur": "A", "codes": ["c0", "c1", ""]}
    )
    assert (
        voices.read_codings(rows, found, codes).digest
        == voices.read_codings(listed, found, codes).digest
    )
    with pytest.raises(DataError, match="0 of een 1"):
        voices.read_codings(wide.assign(c0=[2, 0]), found, codes)


def test_every_fault_of_a_codebook_is_told_at_once(tmp_path):
    path = tmp_path / "codes.toml"
    path.write_text('[Foute]\n[a]\nlabel.nl = "a"\nkleur = 1\n')
    with pytest.raises(PlanError) as caught:
        voices.read_codes(path)
    assert len(caught.value.faults) == 5  # the key, the unknown word, and three texts
    path.write_text("geen toml")
    with pytest.raises(PlanError, match="TOML"):
        voices.read_codes(path)


def test_the_faults_of_all_files_of_a_study_come_together(tmp_path):
    folder = tmp_path / "stemmen"
    shutil.copytree(STEMMEN, folder)
    (folder / "codes.toml").write_text("[a]\n")
    (folder / "stemmen.toml").write_text("kleur = 1\nwatch = [3]\n")
    (folder / "released-quotes.toml").write_text("[[quote]]\n")
    text = (folder / "fragments.csv").read_text(encoding="utf-8-sig")
    lines = text.splitlines()
    (folder / "fragments.csv").write_text(
        "\n".join([*lines, "F999;R001;ouders;hulp;Dat zei Anouar ook."])
    )
    with pytest.raises(PlanError) as caught:
        voices.read_voices(folder)
    files = {fault.file for fault in caught.value.faults}
    assert {"codes.toml", "stemmen.toml", "released-quotes.toml", "fragments.csv"} <= files
    assert "Anouar" not in str(caught.value)


def test_faults_of_codings_and_of_themes_come_with_those_of_fragments(tmp_path):
    folder = tmp_path / "stemmen"
    shutil.copytree(STEMMEN, folder)
    theme = 'code = "vliegen"\nfigure = "x"\nmeaning = {nl = "a", en = "b"}'
    for name, more in (
        ("fragments.csv", "F999;R001;leerlingen;hulp;Dat zei Anouar ook.\n"),
        ("codings.csv", "F999;A;zweven\n"),
        ("stemmen.toml", f"\n[[display]]\n{theme}\n"),
    ):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8-sig") + more, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        voices.read_voices(folder)
    told = " ".join(fault.rule.nl for fault in caught.value.faults)
    assert len(caught.value.faults) == 3
    for words in ("F999", "zweven", "vliegen"):
        assert words in told


def test_a_day_that_is_still_to_come_signs_nothing(tmp_path):
    found = voices.read_fragments(fragments_of({f"r{i:02d}": "a" for i in range(14)}))
    ahead = DAY + datetime.timedelta(days=1)
    tick = Tick("fr00", voices.fingerprint(CLEAN), "EV", ahead)
    quoted = voices.quotations(found, [tick], today=DAY)
    assert (len(quoted), dict(quoted.refused)) == (0, {"fr00": Refused.AHEAD})
    assert "nog moet komen (1)" in quoted.explain("nl")
    assert len(voices.quotations(found, [tick], today=ahead)) == 1


def test_what_a_study_cleared_counts_only_when_somebody_signed(tmp_path):
    folder = tmp_path / "stemmen"
    shutil.copytree(STEMMEN, folder)
    path = folder / "fragments.csv"
    text = "Aan het plafond hangt de Vlieger."
    path.write_text(path.read_text(encoding="utf-8-sig") + f"F999;R001;leerlingen;hulp;{text}\n")
    codings = folder / "codings.csv"
    codings.write_text(codings.read_text(encoding="utf-8-sig") + "F999;A;\n")
    with pytest.raises(DataError, match="F999"):
        voices.read_voices(folder)
    listed = voices.candidates(path)
    (folder / "cleared.toml").write_text(listed.ticked(["F999"], by="", date=DAY))
    with pytest.raises(DataError, match="F999"):
        voices.read_voices(folder)
    (folder / "cleared.toml").write_text(listed.ticked(["F999"], by="EV", date=DAY))
    assert voices.read_voices(folder).fragments == 344


# ---------------------------------------------------------------- do coders agree

ONE_CODE = st.integers(0, 2**32 - 1)


def drawn(seed: int, coders: int, missing: float) -> np.ndarray:
    """(fragments, coders) 0, 1 or nan; the first coder read everything."""
    rng = np.random.default_rng(seed)
    x = (rng.random((60, 1)) < rng.uniform(0.3, 0.7)).astype(float)
    x = np.where(rng.random((60, coders)) < 0.2, 1 - x, x)
    x[rng.random((60, coders)) < missing] = np.nan
    x[np.isnan(x[:, 0]), 0] = 0
    return x


@pytest.mark.proves("voices.agreement", "rows: every pair of ratings")
def test_alpha_of_a_code_is_that_of_its_formula_pair_by_pair(agree):
    x = drawn(3, 3, 0.3)
    x[:30] = x[:30][:, [0, 2, 1]]
    (found,) = voices.agreement(rated(x, 30), draws=100)
    rows = [row[~np.isnan(row)] for row in x]
    rows = [row for row in rows if len(row) > 1]
    n = sum(map(len, rows))
    apart = sum(
        sum(a != b for a, b in itertools.permutations(row, 2)) / (len(row) - 1) for row in rows
    )
    values = np.concatenate(rows)
    chance = sum(a != b for a, b in itertools.permutations(values, 2)) / (n - 1)
    agree(found.alpha, 1 - apart / chance)
    pairs = [np.mean([a == b for a, b in itertools.combinations(row, 2)]) for row in rows]
    agree(found.observed, float(np.mean(pairs)))
    assert found.kappa is None


@pytest.mark.proves("voices.agreement", "its formula by hand, psych 2.2.9 for all levels (A42)")
def test_kappa_of_a_code_is_that_of_psych_for_two_levels(agree):
    # The table of A42 for its first level against the others, where R says the same by hand.
    table = np.array(REFERENCE["A42-agreement"]["data"])
    cells = {(1, 1): table[0, 0], (1, 0): table[0, 1:].sum(), (0, 1): table[1:, 0].sum(),
             (0, 0): table[1:, 1:].sum()}  # fmt: skip
    x = np.array([pair for pair, n in cells.items() for _ in range(n)], dtype=float)
    (found,) = voices.agreement(rated(x, 40), draws=100)
    n = sum(cells.values())
    p, q = (cells[1, 1] + cells[1, 0]) / n, (cells[1, 1] + cells[0, 1]) / n
    observed, chance = (cells[1, 1] + cells[0, 0]) / n, p * q + (1 - p) * (1 - q)
    agree(found.kappa, (observed - chance) / (1 - chance))
    expected_whole = REFERENCE["A42-agreement"]["expected"]["unweighted"]
    first = np.repeat(np.arange(3), table.sum(1))
    second = np.concatenate([np.repeat(np.arange(3), row) for row in table])
    whole = kappa(first, second).value
    agree(whole, expected_whole)


@settings(max_examples=40, deadline=None)
@given(ONE_CODE, st.integers(2, 4), st.sampled_from([0.0, 0.3]))
def test_sums_over_respondents_give_the_alpha_and_kappa_of_the_scales(seed, coders, missing):
    x = drawn(seed, coders, missing)
    who = np.arange(len(x)) % 17
    alpha = alphas(alpha_sums(x, who).sum(axis=0)[None])[0]
    known = krippendorff_alpha(x, "nominal", draws=0).value
    assert known is not None
    assert alpha == pytest.approx(known, abs=1e-12)
    if coders == 2 and not missing:
        found = kappas(kappa_sums(x, who).sum(axis=0)[None])[0]
        assert found == pytest.approx(kappa(list(x[:, 0]), list(x[:, 1])).value, abs=1e-12)


def test_a_bootstrap_draws_respondents_with_all_their_fragments():
    x = drawn(5, 2, 0.0)
    each = voices.agreement(rated(x[:30], 30), draws=4000, seed=7)[0]
    twice = voices.agreement(rated(np.vstack([x[:30]] * 4), 30), draws=4000, seed=7)[0]
    # Four times the same fragments of the same people tell nothing more.
    assert twice.alpha_low == pytest.approx(each.alpha_low, abs=0.05)
    assert twice.alpha_high == pytest.approx(each.alpha_high, abs=0.05)
    assert each.alpha_low < each.alpha < each.alpha_high
    again = voices.agreement(rated(x[:30], 30), draws=4000, seed=7)[0]
    assert (again.alpha_low, again.kappa_high) == (each.alpha_low, each.kappa_high)


def test_a_code_that_is_too_rare_tells_nothing_and_full_agreement_has_no_interval():
    rare = np.zeros((60, 2))
    rare[:9] = 1
    (found,) = voices.agreement(rated(rare, 60), draws=100)
    assert (found.alpha, found.kappa, found.observed) == (None, None, None)
    assert "Te zeldzaam" in found.limits[0].nl
    full = np.zeros((60, 2))
    full[:30] = 1
    (found,) = voices.agreement(rated(full, 60), draws=100)
    assert (found.alpha, found.alpha_low) == (1.0, None)
    (few,) = voices.agreement(rated(drawn(1, 2, 0.0), 19), draws=100)
    assert (few.alpha is not None, few.alpha_low) == (True, None)
    with pytest.raises(DataError, match="twee mensen"):
        voices.agreement(coded(np.ones((12, 1), dtype=bool), ["g"] * 12))


# ---------------------------------------------------------------- how many mention a code


def test_a_respondent_counts_once_whatever_they_say():
    table = pd.read_csv(STEMMEN / "fragments.csv", sep=";", encoding="utf-8-sig")
    found = voices.read_voices(STEMMEN)
    given_ = pd.read_csv(STEMMEN / "codings.csv", sep=";", encoding="utf-8-sig")
    own = given_[(given_["codeur"] == "A") & given_["codes"].fillna("").str.contains("spanning")]
    who = table[table["fragment"].isin(own["fragment"])].groupby("groep")["respondent"].nunique()
    assert found.frequencies.of("spanning", "leerlingen").mentioned == who["leerlingen"]
    assert found.frequencies.of("spanning").mentioned == who.sum()
    assert found.respondents[ALL] == table["respondent"].nunique()


@pytest.mark.proves("voices.frequencies", "statsmodels: Wilson, and Newcombe's difference")
def test_limits_are_those_of_wilson_and_newcombe(agree):
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    said = np.zeros((120, 1), dtype=bool)
    said[:25], said[60:75] = True, True
    found = voices.frequencies(coded(said, ["a"] * 60 + ["b"] * 60))
    one = found.of("c0", "a")
    agree([one.low, one.high], list(proportion_confint(25, 60, method="wilson")))
    (apart,) = found.differences
    limits = confint_proportions_2indep(25, 60, 15, 60, method="newcomb", compare="diff")
    agree([apart.low, apart.estimate, apart.high], [limits[0], 10 / 60, limits[1]])


def test_differences_that_are_told_together_are_wider():
    said = np.zeros((180, 1), dtype=bool)
    said[:25], said[60:75], said[120:150] = True, True, True
    groups = ["a"] * 60 + ["b"] * 60 + ["c"] * 60
    three = voices.frequencies(coded(said, groups)).differences
    two = voices.frequencies(coded(said[:120], groups[:120])).differences
    assert len(three) == 3
    assert three[0].low < two[0].low < two[0].high < three[0].high


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(24, 70), st.integers(1, 4), st.integers(1, 4),
    st.sampled_from(sorted(PROFILES)),
)  # fmt: skip
def test_nobody_works_out_a_small_count_from_all_that_is_told(seed, n, codes, groups, rules):
    rng = np.random.default_rng(seed)
    said = rng.random((n, codes)) < rng.uniform(0, 1, codes)
    where = [f"g{i}" for i in rng.integers(0, groups, n)]
    apart = rng.random((n, codes)) < 0.5
    codings = coded(said & ~apart, where, said & apart)
    with under(PROFILES[rules]):
        counted = voices.counts_of(codings)
        minimum = PROFILES[rules].minimum
    value, hidden = counted.value.astype(float), counted.hidden
    assert not ((value > 0) & (value < minimum) & ~hidden).any()
    with under(PROFILES[rules]):  # what is printed may have been rounded
        room, printed = PROFILES[rules].rounding // 2, np.array([rounded(int(n)) for n in value])
    low = np.where(hidden, 0, np.maximum(printed - room, 0))
    high = np.where(hidden, np.inf, printed + room)
    ranges = attack(low, high, counted.sums)
    small = (value > 0) & (value < minimum)
    assert (ranges.width[hidden] > 0).all()
    assert ranges.spans(1, minimum - 1)[small].all()


def test_the_tables_hold_nothing_that_stays_inside():
    rng = np.random.default_rng(2)
    codings = coded(rng.random((40, 4)) < [0.5, 0.3, 0.1, 0.9], ["a"] * 20 + ["b"] * 20)
    counted = voices.counts_of(codings)
    table = voices.frequencies(codings).table()
    for row in table.itertuples():
        shown = counted.shown("yes", row.code, row.group)
        assert (shown is None) == pd.isna(row.mentioned)
        assert (shown is None) == pd.isna(row.share)
    pairs = voices.co_occurrence(codings).table()
    assert pairs["together"].isna().any()
    assert (pairs["together"].isna() <= pairs["jaccard"].isna()).all()
    assert not may_leave(*(int(x) for x in counted.value[counted.hidden] if x > 0))


@pytest.mark.proves("voices.co_occurrence", "rows")
def test_jaccard_is_the_share_of_those_who_mention_either(agree):
    rng = np.random.default_rng(4)
    said = rng.random((200, 2)) < 0.5
    (pair,) = voices.co_occurrence(coded(said, ["a"] * 200))
    assert pair.together == (said[:, 0] & said[:, 1]).sum()
    agree(pair.jaccard, (said[:, 0] & said[:, 1]).sum() / (said[:, 0] | said[:, 1]).sum())


def test_codes_of_one_fragment_are_counted_per_respondent():
    keys = [(f"f{i:03d}", f"r{i // 2:02d}", "g", "q", CLEAN) for i in range(120)]
    table = pd.DataFrame(keys, columns=["fragment", "respondent", "group", "question", "text"])
    # Of 60 the first 15 say both at once, the next 12 one after the other, 13 the first only.
    codes = ["c0 c1", ""] * 15 + ["c0", "c1"] * 12 + ["c0", ""] * 13 + ["", ""] * 20
    rows = pd.DataFrame({"fragment": table["fragment"], "coder": "A", "codes": codes})
    found = voices.read_fragments(table)
    pair_of = (code("c0"), code("c1"))
    (pair,) = voices.co_occurrence(voices.read_codings(rows, found, pair_of))
    assert (pair.together, pair.one_fragment) == (None, None)  # nobody says the second alone
    rows.loc[118:, "codes"] = "c1"
    rows.loc[100:117, "codes"] = ["c1", ""] * 9
    (pair,) = voices.co_occurrence(voices.read_codings(rows, found, pair_of))
    assert (pair.together, pair.one_fragment) == (27, 15)
    rows.loc[30:35, "codes"] = "c0 c1"  # three more at once: nine are left who say both apart
    (pair,) = voices.co_occurrence(voices.read_codings(rows, found, pair_of))
    assert (pair.together, pair.one_fragment) == (27, None)


def test_counts_are_rounded_where_the_rules_say_so():
    said = np.zeros((61, 1), dtype=bool)
    said[:27] = True
    codings = coded(said, ["a"] * 61)
    with under(OPENSAFELY):
        one = voices.frequencies(codings).of("c0")
        curve = voices.saturation(codings)
    assert (one.mentioned, one.of, one.share) == (25, 60, 25 / 60)
    assert curve.respondents == 60


def test_a_lower_minimum_shows_more():
    rng = np.random.default_rng(9)
    codings = coded(rng.random((60, 3)) < 0.3, ["a", "b", "c"] * 20)
    strict = voices.frequencies(codings).table()["mentioned"].isna().sum()
    with under(DUTCH_5):
        assert voices.frequencies(codings).table()["mentioned"].isna().sum() < strict


# ---------------------------------------------------------------- saturation


@pytest.mark.proves("voices.saturation", "all permutations, rows")
@pytest.mark.parametrize("seed", range(3))
def test_the_curve_is_the_mean_over_every_order(agree, seed):
    said = np.random.default_rng(seed).random((6, 4)) < 0.4
    orders = [list(order) for order in itertools.permutations(range(6))]
    seen = np.array([np.maximum.accumulate(said[order]).sum(axis=1) for order in orders])
    n_k = said.sum(axis=0)
    either = (said[:, :, None] | said[:, None, :]).sum(axis=0)
    agree(expected(n_k, 6), seen.mean(axis=0), abs=1e-12)
    agree(variance(n_k, either, 6), seen.var(axis=0), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 400), st.data())
def test_the_curve_is_the_hypergeometric_formula_and_never_falls(N, data):
    n_k = data.draw(st.lists(st.integers(0, N), min_size=1, max_size=5))
    n = data.draw(st.integers(1, N))
    curve = expected(n_k, N)
    formula = sum(1 - comb(N - k, n) / comb(N, n) for k in n_k)
    assert curve[n - 1] == pytest.approx(formula, rel=1e-9, abs=1e-9)
    assert (np.diff(curve) >= -1e-9).all()
    assert curve[-1] == pytest.approx(sum(k > 0 for k in n_k))


def test_the_curve_that_is_told_rests_on_nothing_that_stays_inside():
    said = np.zeros((60, 3), dtype=bool)
    said[:30, 0], said[20:50, 1], said[:4, 2] = True, True, True
    curve = voices.saturation(coded(said, ["a"] * 60))
    assert (curve.codes, curve.left_out) == (2, 1)
    other = said.copy()
    other[:, 2] = False
    other[50:57, 2] = True
    pd.testing.assert_frame_equal(
        curve.table(), voices.saturation(coded(other, ["a"] * 60)).table()
    )
    hidden_pair = np.zeros((60, 2), dtype=bool)
    hidden_pair[:30, 0], hidden_pair[27:57, 1] = True, True  # three mention both
    told = voices.saturation(coded(hidden_pair, ["a"] * 60)).spread
    n_k, either = hidden_pair.sum(axis=0), np.array([[30, 57], [57, 30]])
    assert (told >= np.sqrt(variance(n_k, either, 60)) - 1e-9).all()
    assert (told > np.sqrt(variance(n_k, either, 60)) + 0.01).any()


# ---------------------------------------------------------------- what may be quoted


def test_only_what_a_person_looked_at_and_nobody_changed_is_quoted():
    texts = {"fr00": "Ik was blij met de hulp.", "fr01": "De Vlieger hangt hier."}
    table = fragments_of({f"r{i:02d}": "a" if i < 14 else "b" for i in range(20)}, texts)
    found = voices.read_fragments(table, cleared=[voices.fingerprint(texts["fr01"])])
    good = voices.fingerprint(CLEAN)
    ticks = [
        Tick("fr00", voices.fingerprint(texts["fr00"]), "EV", DAY),
        Tick("fr01", voices.fingerprint(texts["fr01"]), "EV", DAY),  # cleared, but with a trace
        Tick("fr02", "0" * 16, "EV", DAY),
        Tick("fr03", good, "", DAY),
        Tick("fr04", good, "EV", None),
        Tick("fr15", good, "EV", DAY),
        Tick("fr99", good, "EV", DAY),
    ]
    quoted = voices.quotations(found, ticks)
    assert [(one.fragment, one.group) for one in quoted] == [("fr00", "a"), ("fr15", "")]
    assert dict(quoted.refused) == {
        "fr01": Refused.TRACE, "fr02": Refused.CHANGED, "fr03": Refused.UNTICKED,
        "fr04": Refused.UNTICKED, "fr99": Refused.UNKNOWN,
    }  # fmt: skip
    assert len(voices.quotations(found, ticks, watch=["hulp"])) == 1
    assert len(voices.quotations(found, [])) == 0


def test_candidates_name_keys_and_kinds_and_help_to_tick():
    table = fragments_of({"r1": "g", "r2": "g"}, {"fr1": "Ik zat naast Anouar."})
    found = voices.candidates(table)
    assert [one.kinds for one in found] == [(Trace.NAME,), ()]
    told = repr(found) + found._repr_html_() + str(found.table())
    assert "Anouar" not in told
    assert CLEAN not in told
    assert found.text("fr1") == "Ik zat naast Anouar."
    listed = found.ticked(["fr2"], by="EV", date=DAY)
    clean = voices.read_fragments(table.tail(1))
    row = {"fragment": "fr2", "fingerprint": voices.fingerprint(CLEAN), "by": "EV", "date": DAY}
    assert f'fingerprint = "{voices.fingerprint(CLEAN)}"' in listed
    assert len(voices.quotations(clean, voices.read_ticks(pd.DataFrame([row])))) == 1
    assert [one.kinds for one in voices.candidates(clean)] == [()]


def test_a_release_list_is_read_and_its_faults_are_told(tmp_path):
    path = tmp_path / "released-quotes.toml"
    found = voices.candidates(fragments_of({"r1": "g"}))
    path.write_text(found.ticked(["fr1"], by="EV", date=DAY))
    assert voices.read_ticks(path) == (Tick("fr1", voices.fingerprint(CLEAN), "EV", DAY),)
    path.write_text(path.read_text() * 2)
    with pytest.raises(DataError, match="Dubbel"):
        voices.read_ticks(path)
    for wrong in ("[[quote]]\nkey = 1", "quote = 3", "niets", "[[citaat]]\nfragment = 'a'"):
        path.write_text(wrong)
        with pytest.raises(DataError):
            voices.read_ticks(path)


def test_a_theme_stands_beside_the_figure_that_it_explains():
    figure = Text("Er is een getal.", "There is a figure.")
    found = voices.read_voices(STEMMEN, {"mentoring": figure})
    rows = {row.code.key: row for row in found.display}
    assert rows["bekende-volwassene"].figure == figure
    assert rows["durven-vragen"].figure is None
    assert rows["taal"].frequency == found.frequencies.of("taal")
    assert all("taal" in one.codes for one in rows["taal"].quotations)
    assert len(found.display.table()) == 3

    class Told:
        def explain(self, language="nl"):
            return f"in {language}"

    theme = voices.Theme("taal", "x", Text("a", "b"))
    (row,) = voices.joint_display([theme], {"x": Told()}, found.frequencies, found.quotations)
    assert row.figure == Text("in nl", "in en")
    wrong = voices.Theme("tael", "x", Text("a", "b"))
    with pytest.raises(PlanError, match="tael"):
        voices.joint_display([wrong], {}, found.frequencies, found.quotations)


# ---------------------------------------------------------------- the invented interviews


def test_the_interviews_are_what_their_script_makes(tmp_path):
    script = shutil.copy(STEMMEN / "make.py", tmp_path)
    subprocess.run([sys.executable, script], check=True, capture_output=True)
    for name in ("fragments.csv", "codings.csv", "released-quotes.toml"):
        assert (tmp_path / name).read_bytes() == (STEMMEN / name).read_bytes()


def test_the_interviews_show_what_is_refused_and_what_is_too_rare():
    found = voices.read_voices(STEMMEN)
    assert [why for _, why in found.quotations.refused] == [Refused.UNTICKED, Refused.CHANGED]
    assert len(found.quotations) >= 8
    assert found.frequencies.of("verhuizing").mentioned is None
    assert found.agreement is not None
    assert found.agreement[-1].alpha is None
    assert found.study.synthetic
    text = (STEMMEN / "README.md").read_text()
    assert f"{found.respondents[ALL]} respondents" in text
    assert f"{found.fragments} fragments" in text
    assert set(found.groups) == set(found.respondents) - {ALL}


def test_codings_are_not_guessed_from_what_a_report_says_of_what_went_in():
    """One code and 30 fragments: whoever tries what was given, without the texts finds nothing."""
    setup = Setup(voices.read_setup(STEMMEN / "stemmen.toml").study, {}, None, (), (), 1)
    given = np.arange(30)[:, None] < 4
    codings = coded(given, ["a"] * 30)
    made = voices.look(setup, codings).made
    assert not {codings.digest, codings.fragments.digest} & set(made.values())
    texts = codings.fragments.digest.encode()
    tried = [
        sha256(room + coded(np.arange(30)[:, None] < k, ["a"] * 30).digest.encode()).hexdigest()
        for room in (b"", b"fragments", texts)
        for k in range(31)
    ]
    assert [i for i, one in enumerate(tried) if one == made["codings"]] == [2 * 31 + 4]
    assert made["fragments"] == sha256(b"fragments" + texts).hexdigest()


def test_a_study_without_a_second_coder_has_no_agreement():
    setup = Setup(voices.read_setup(STEMMEN / "stemmen.toml").study, {}, None, (), (), 1)
    found = voices.look(setup, coded(np.ones((30, 1), dtype=bool), ["a"] * 30))
    assert found.agreement is None
    of, said = mentions(coded(np.eye(12, 2, dtype=bool), ["a"] * 12))
    assert said.sum() == 2
    assert len(of) == 12
