"""What is known of an action: read back from reports and from publications, and never added up."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_golden_texts import evidence_of

from academic_workplace.agenda import Agendas
from academic_workplace.agenda.reading import read_agenda
from academic_workplace.disclosure import DUTCH_10, under
from academic_workplace.errors import PlanError, ReportError
from academic_workplace.evidence.weighing import Evidence, Verdict
from academic_workplace.knowledge import (
    Entry,
    Figure,
    Fits,
    Library,
    LocalFinding,
    LocalResult,
    Measure,
    Raise,
    Unknown,
    card,
    check_results,
    local_results,
    main_findings,
    read_library,
)
from academic_workplace.language import Text, same
from academic_workplace.plan import Allocation
from academic_workplace.report.findings import key_message
from academic_workplace.report.manifest import as_json, manifest, released_findings, told

DATA = Path(__file__).parents[1] / "data"
DAY = datetime.date(2026, 11, 22)
ACTION = "gka/levensvaardigheden"


# ---------------------------------------------------------------- what the tests are made of


def released(
    reports: Path,
    name: str,
    evidence: Evidence,
    *,
    actions: tuple[str, ...] = (ACTION,),
    synthetic: bool = False,
) -> Path:
    """A folder as ``write`` leaves it, without the pages."""
    folder = reports / name
    folder.mkdir(parents=True)
    study = replace(evidence.plan.study, actions=actions, synthetic=synthetic)
    messages = {code: key_message(evidence, code) for code in ("nl", "en")}
    made = manifest(evidence, "") | {"report": told(study, messages, DAY), "synthetic": synthetic}
    results = released_findings(evidence)
    (folder / "manifest.json").write_bytes(as_json(made))
    (folder / "results.json").write_bytes(as_json({"synthetic": synthetic, "effects": results}))
    return folder


def changed(folder: Path, change: Callable[[dict[str, Any]], object], *names: str) -> None:
    """Change files of a folder that are already there."""
    for name in names or ("manifest.json",):
        content = json.loads((folder / name).read_text("utf-8"))
        change(content)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


def finding(
    g: float | None = 0.3, low: float | None = 0.1, high: float | None = 0.5, **more: Any
) -> LocalFinding:
    made: dict[str, Any] = {
        "outcome": same("Uitkomst"), "moment": same("na een jaar"), "arm": same("met"),
        "allocation": Allocation.CHOICE, "pupils": 200, "clusters": (12, 12),
        "verdict": Verdict.FAVOURABLE, "primary": True, "much_missing": False,
    }  # fmt: skip
    return LocalFinding(g=g, low=low, high=high, **made | more)


def local(*findings: LocalFinding, **more: Any) -> LocalResult:
    made: dict[str, Any] = {
        "study": "onze-studie", "title": same("Onze studie"), "question": same("Helpt het?"),
        "workgroup": same("Maatwerk"), "actions": (ACTION,),
        "message": {"nl": "Het antwoord.", "en": "The answer."}, "date": DAY, "synthetic": False,
        "folder": "onze-studie", "design": same("loting"), "fits": Fits.EXPERIMENT,
        "units": Text("scholen", "schools"), "people": Text("leerlingen", "pupils"),
        "over_time": False, "smallest_effect": 0.1,
    }  # fmt: skip
    return LocalResult(findings=findings or (finding(),), **made | more)


@pytest.fixture(scope="module")
def agendas() -> Agendas:
    return read_agenda(DATA / "agenda")


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(DATA / "evidence")


NOTHING = Library(kinds=(), entries=())


# ---------------------------------------------------------------- local results


def test_a_report_is_read_back_as_it_was_weighed(tmp_path: Path) -> None:
    evidence = evidence_of("gain")
    released(tmp_path, "lezen", evidence)
    (study,) = local_results(tmp_path)
    (one,) = study.findings
    first = evidence.findings[0]
    assert (one.g, one.low, one.high) == (first.g, first.low, first.high)
    assert one.verdict is first.verdict
    assert one.pupils == first.effect.pupils
    assert one.clusters == (first.effect.clusters_arm, first.effect.clusters_comparison)
    assert one.outcome == evidence.plan.measure("after").label
    assert study.message["nl"] == key_message(evidence, "nl")
    assert (study.folder, study.date, study.actions) == ("lezen", DAY, (ACTION,))
    assert study.fits is Fits.EXPERIMENT
    assert study.smallest_effect == evidence.plan.smallest_effect


def test_less_of_what_is_bad_is_above_zero_and_called_so(tmp_path: Path) -> None:
    evidence = evidence_of("gain_where_lower_is_better")
    released(tmp_path, "minder", evidence)
    (one,) = local_results(tmp_path)[0].findings
    effect = evidence.findings[0].effect
    assert effect.g is not None
    low = evidence.findings[0].low
    assert low is not None
    assert effect.g < 0 < low
    assert (one.g, one.low) == (evidence.findings[0].g, evidence.findings[0].low)
    assert one.outcome == evidence.plan.measure(effect.outcome).better_label


def test_what_was_withheld_stays_withheld(tmp_path: Path) -> None:
    released(tmp_path, "weinig", evidence_of("withheld"))
    (one,) = local_results(tmp_path)[0].findings
    assert one.withheld
    assert (one.g, one.low, one.high, one.pupils, one.clusters) == (None,) * 4 + ((None, None),)


def test_what_stricter_rules_would_withhold_is_withheld_on_reading(tmp_path: Path) -> None:
    """A report of before the rules of the house were made stricter."""
    released(tmp_path, "eerder", evidence_of("gain"))
    with under(replace(DUTCH_10, minimum=500)):
        (one,) = local_results(tmp_path)[0].findings
    assert one.withheld
    assert (one.g, one.pupils, one.verdict) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("gain", Fits.EXPERIMENT), ("gain_without_a_lot", Fits.QUASI_EXPERIMENT),
        ("weighted", Fits.EXPERIMENT), ("pupils_most_alike", Fits.QUASI_EXPERIMENT),
        ("cutoff", Fits.QUASI_EXPERIMENT), ("staggered", Fits.QUASI_EXPERIMENT),
        ("series", Fits.CHANGE), ("synthetic", Fits.QUASI_EXPERIMENT),
    ],
)  # fmt: skip
def test_a_design_fits_a_kind_of_research(name: str, fits: Fits, tmp_path: Path) -> None:
    released(tmp_path, name.replace("_", "-"), evidence_of(name))
    (study,) = local_results(tmp_path)
    assert study.fits is fits
    assert study.over_time is (name in ("staggered", "series", "synthetic"))
    assert study.design.nl
    assert study.design.nl != study.design.en


def test_other_pages_are_no_studies_and_stories_have_no_effects(tmp_path: Path) -> None:
    for kind in ("monitor", "story", "voices"):
        folder = released(tmp_path, kind, evidence_of("gain"))
        changed(folder, lambda made, kind=kind: made.update(kind=kind))
    found = {one.study: one for one in local_results(tmp_path)}
    assert set(found) == {"story", "voices"}
    assert all(one.findings == () and one.fits is Fits.DESCRIPTION for one in found.values())


def test_every_damaged_folder_is_named_at_once(tmp_path: Path) -> None:
    damage: dict[str, Callable[[Path], object]] = {
        "leeg": lambda f: (f / "manifest.json").write_text("", encoding="utf-8"),
        "lijst": lambda f: (f / "manifest.json").write_text("[]", encoding="utf-8"),
        "zonder": lambda f: (f / "results.json").unlink(),
        "anders": lambda f: changed(f, lambda m: m["effects"][0].update(g=9.0), "results.json"),
        "eerder": lambda f: changed(f, lambda m: m.pop("report")),
        "buiten": lambda f: (
            changed(f, lambda m: m["results"][0].update(g=9.0)),
            changed(f, lambda m: m["effects"][0].update(g=9.0), "results.json"),
        ),
        "veel": lambda f: (
            changed(f, lambda m: m["results"][0].update(pupils="veel")),
            changed(f, lambda m: m["effects"][0].update(pupils="veel"), "results.json"),
        ),
        "oordeel": lambda f: changed(f, lambda m: m["results"][0].update(verdict="mooi")),
        "dag": lambda f: changed(f, lambda m: m["report"].update(date="gisteren")),
        "verzonnen": lambda f: changed(f, lambda m: m.update(synthetic="nee")),
    }
    released(tmp_path, "goed", evidence_of("gain"))
    for name, break_it in damage.items():
        break_it(released(tmp_path, name, evidence_of("gain")))
    with pytest.raises(ReportError) as found:
        local_results(tmp_path)
    files = [fault.file for fault in found.value.faults]
    assert [file.split("/")[0] for file in files] == sorted(damage)
    assert {file for file in files if file.endswith("results.json")} == {
        "anders/results.json", "zonder/results.json",
    }  # fmt: skip


def test_a_report_that_says_too_many_are_missing_is_believed(tmp_path: Path) -> None:
    for name, level in (("veel", "high"), ("weinig", "low"), ("niet-gezegd", None)):
        folder = released(tmp_path, name, evidence_of("gain"))
        changed(folder, lambda m, level=level: m["results"][0].update(attrition=level))
        changed(folder, lambda m, level=level: m["effects"][0].update(attrition=level),
                "results.json")  # fmt: skip
    found = {one.study: one.findings[0].much_missing for one in local_results(tmp_path)}
    assert found == {"veel": True, "weinig": False, "niet-gezegd": None}
    folder = released(tmp_path, "anders", evidence_of("gain"))
    changed(folder, lambda m: m["results"][0].update(attrition="nogal"))
    changed(folder, lambda m: m["effects"][0].update(attrition="nogal"), "results.json")
    with pytest.raises(ReportError):
        local_results(tmp_path)


def test_every_report_about_a_removed_action_is_named_at_once(agendas: Agendas) -> None:
    gone = [local(actions=("actieplan/5.2", f"gka/weg-{n}"), folder=f"study-{n}") for n in (1, 2)]
    with pytest.raises(PlanError) as caught:
        check_results(agendas, [local(actions=("actieplan/5.2",)), *gone])
    said = [(one.file, one.rule.en.split("’")[0]) for one in caught.value.faults]
    assert said == [(f"study-{n}/manifest.json", f"‘gka/weg-{n}") for n in (1, 2)]
    check_results(agendas, [])


def test_a_folder_of_reports_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="niet"):
        local_results(tmp_path / "nergens")


# ---------------------------------------------------------------- the library


def test_the_library_of_this_project_bears_on_its_own_agenda(agendas: Agendas) -> None:
    found = read_library(DATA / "evidence", agendas)
    assert {kind.key for kind in found.kinds} == {about for e in found.entries for about in e.about}
    assert all(one.source.nl for one in found.entries)


def test_what_nobody_checked_is_kept_apart(library: Library) -> None:
    checked = library.checked
    assert all(not one.unverified for one in checked.entries)
    assert all(not figure.unverified for one in checked.entries for figure in one.figures)
    assert len(checked.entries) < len(library.entries)
    kept = {(one.key, f.outcome.en, f.value) for one in checked.entries for f in one.figures}
    assert kept == {  # every other figure waits for somebody to read it in its source
        ("raposa-2019", "all outcomes together", 0.21),
        ("tolan-2014", "academic achievement", 0.11), ("tolan-2014", "less aggression", 0.29),
    }  # fmt: skip


ENTRY = """
[[kinds]]
key = "mentoring"
title = {{ nl = "mentoren", en = "mentors" }}
bears_on = ["{action}"]

[[entries]]
key = "een-2020"
authors = "Een"
year = {year}
title = "Titel"
doi = "{doi}"
about = ["{about}"]
design = {{ nl = "overzicht", en = "review" }}
finding = {{ nl = "Beter.", en = "Better." }}
read = "{read}"
{unverified}
source = {{ nl = "samenvatting", en = "abstract" }}
added = 2026-11-22
figures = [{{ outcome = {{ nl = "alles", en = "all" }}, measure = "{measure}", value = {value}, {limits} unverified = false }}]
"""  # noqa: E501  # TOML has no line break within a table
GOOD = {
    "action": ACTION, "year": 2020, "doi": "10.1000/182", "about": "mentoring",
    "read": "abstract", "unverified": "unverified = false", "measure": "g", "value": 0.2,
    "limits": "low = 0.1, high = 0.3,",
}  # fmt: skip


def test_a_library_shows_no_figure_that_nobody_read(library: Library) -> None:
    table = library.table()
    assert len(table) == len(library.entries)
    told = sum(len(cell.split("; ")) for cell in table["figures"] if cell)
    assert told == sum(len(one.figures) for one in library.checked.entries)
    assert not table["checked"].all()
    assert "Raposa" in library._repr_html_()


def folder_of(tmp_path: Path, **changes: object) -> Path:
    (tmp_path / "een.toml").write_text(ENTRY.format(**GOOD | changes), encoding="utf-8")
    return tmp_path


def test_a_good_entry_is_read(tmp_path: Path, agendas: Agendas) -> None:
    (one,) = read_library(folder_of(tmp_path), agendas).entries
    assert one.name("nl") == "Een, 2020"
    assert one.figures == (
        Figure(outcome=Text("alles", "all"), measure=Measure.G, value=0.2, low=0.1, high=0.3,
               unverified=False),
    )  # fmt: skip
    assert (one.studies, one.pupils) == (None, None)


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        ({"doi": "https://doi.org/10.1000/182"}, "doi", "DOI"),
        ({"doi": "11.1000/182"}, "doi", "DOI"),
        ({"doi": "10.1000"}, "doi", "DOI"),
        ({"value": 0.4}, "low, high", "bevat 0.4 niet"),
        ({"limits": "low = 0.1,"}, "low, high", "twee grenzen"),
        ({"measure": "eta"}, "measure", "onbekend"),
        ({"measure": "r", "value": 1.2, "limits": ""}, "value", "-1 en 1"),
        ({"measure": "r", "limits": "low = -1.4, high = 0.3,"}, "value", "-1 en 1"),
        ({"value": "nan", "limits": ""}, "value", "geen getal"),
        ({"value": "true", "limits": ""}, "value", "geen getal"),
        ({"unverified": ""}, "unverified", "ontbreekt"),
        ({"unverified": 'unverified = "nee"'}, "unverified", "geen waarde"),
        ({"read": "titel"}, "read", "onbekend"),
        ({"about": "coaching"}, "about", "onbekend"),
        ({"action": "gka/weg"}, "bears_on", "onbekend"),
        ({"year": 2031}, "year", "geen jaar"),
        ({"year": 0}, "year", "geheel getal"),
        ({"unverified": "unverified = false\npagina = 3"}, "", "onbekend"),
    ],
)
def test_every_fault_of_an_entry_is_told(
    changes: dict[str, object], column: str, words: str, tmp_path: Path, agendas: Agendas
) -> None:
    with pytest.raises(PlanError) as found:
        read_library(folder_of(tmp_path, **changes), agendas)
    (fault,) = found.value.faults
    assert fault.file == "een.toml"
    assert fault.column.endswith(column)
    assert words in fault.rule.nl


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path, agendas: Agendas) -> None:
    folder_of(tmp_path, doi="x", measure="eta", unverified="", value=7)
    (tmp_path / "kapot.toml").write_text("[[entries", encoding="utf-8")
    (tmp_path / "twee.toml").write_text(ENTRY.format(**GOOD), encoding="utf-8")
    (tmp_path / "drie.toml").write_text("[artikelen]\n[[entries]]\n", encoding="utf-8")
    with pytest.raises(PlanError) as found:
        read_library(tmp_path, agendas)
    told_of = {fault.file for fault in found.value.faults}
    assert {"een.toml", "kapot.toml", "drie.toml"} <= told_of
    double = [fault for fault in found.value.faults if "2 keer" in fault.rule.nl]
    assert {fault.column for fault in double} == {"[[kinds]]", "[[entries]]"}
    assert all("een.toml" in fault.file and "twee.toml" in fault.file for fault in double)


def test_a_folder_without_files_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="TOML"):
        read_library(tmp_path)


# ---------------------------------------------------------------- the card


def test_a_card_sets_side_by_side_and_adds_nothing_up(agendas: Agendas, library: Library) -> None:
    here = local(finding(0.25, 0.1, 0.4), actions=("actieplan/5.2",))
    found = card("actieplan/5.2", agendas, library, [here, local()])
    assert found.local == (here,)
    published = {f.value for e in found.published for f in e.figures if f.measure.difference}
    assert published
    assert [bar.value for bar in found.bars][:1] == [0.25]
    assert {bar.value for bar in found.bars} == {0.25} | published
    assert all(bar.local is not None or bar.entry is not None for bar in found.bars)


def test_a_correlation_never_stands_on_the_axis_of_differences(
    agendas: Agendas, library: Library
) -> None:
    """Also when somebody has checked every figure."""
    checked = tuple(
        replace(
            one, unverified=False, figures=tuple(replace(f, unverified=False) for f in one.figures)
        )
        for one in library.entries
    )
    everything = replace(library, entries=checked)
    seen = 0
    for kind in everything.kinds:
        for key in kind.bears_on:
            found = card(key, agendas, everything, [local(actions=(key,))])
            assert all(bar.measure is not Measure.R for bar in found.bars)
            assert all(figure.measure is Measure.R for _, figure in found.together)
            values = sum(len(entry.figures) for entry in found.published)
            assert len(found.bars) - 1 + len(found.together) == values
            seen += len(found.together)
    assert seen


def test_one_result_of_each_outcome_is_drawn_that_of_the_main_moment() -> None:
    study = local(
        finding(0.4, 0.2, 0.6, moment=same("later")), finding(0.1, -0.1, 0.3),
        finding(0.2, 0.1, 0.3, outcome=same("Iets anders")),
    )  # fmt: skip
    assert [one.g for one in main_findings(study)] == [0.4, 0.2]


def test_a_result_that_is_withheld_or_has_no_limits_is_not_drawn(agendas: Agendas) -> None:
    hidden = finding(None, None, None, verdict=None, pupils=None)
    open_ended = finding(0.3, None, None, outcome=same("Zonder grenzen"))
    found = card(ACTION, agendas, NOTHING, [local(hidden, open_ended)])
    assert found.bars == ()
    assert Raise.AN_ANSWER in found.raises
    assert Unknown.UNCLEAR in found.unknown


def raised(agendas: Agendas, *studies: LocalResult) -> tuple[Raise, ...]:
    return card(ACTION, agendas, NOTHING, studies).raises


def test_what_would_raise_certainty_follows_from_the_study(agendas: Agendas) -> None:
    long = (finding(), finding(moment=same("later")))
    lot, other = local(*long), local(*long, study="tweede")
    assert raised(agendas) == (Raise.FIRST_STUDY, Raise.COMPARISON_GROUP)
    assert raised(agendas, lot, other) == ()
    assert raised(agendas, lot) == (Raise.SECOND_STUDY,)
    assert raised(agendas, local(), other) == (Raise.LONGER,)
    assert raised(agendas, local(over_time=True), other) == ()
    few = tuple(replace(one, clusters=(9, 30)) for one in long)
    assert raised(agendas, local(*few), other) == (Raise.MORE_GROUPS,)
    alone = tuple(replace(one, clusters=(10, None)) for one in long)
    assert raised(agendas, local(*alone), other) == ()
    gone = tuple(replace(one, much_missing=True) for one in long)
    assert raised(agendas, local(*gone), other) == (Raise.LESS_LOSS,)
    chosen = {"fits": Fits.QUASI_EXPERIMENT}
    assert raised(agendas, local(*long, **chosen), replace(other, **chosen)) == (Raise.LOT,)
    alone_in_time = local(*long, fits=Fits.CHANGE)
    assert raised(agendas, alone_in_time) == (Raise.COMPARISON_GROUP, Raise.SECOND_STUDY)
    example = replace(lot, synthetic=True)
    assert raised(agendas, example, replace(other, synthetic=True)) == (Raise.REAL_DATA,)


def test_the_strongest_design_answers_and_the_newest_of_equals(agendas: Agendas) -> None:
    earlier = datetime.date(2025, 1, 1)
    studies = [
        local(study="a", fits=Fits.DESCRIPTION), local(study="b", fits=Fits.QUASI_EXPERIMENT),
        local(study="c", date=earlier), local(study="d"),
    ]  # fmt: skip
    found = card(ACTION, agendas, NOTHING, studies)
    assert [one.study for one in found.local] == ["d", "c", "b", "a"]


def test_what_is_not_known_follows_from_what_there_is(agendas: Agendas, library: Library) -> None:
    def not_known(key: str, *studies: LocalResult) -> tuple[Unknown, ...]:
        return card(key, agendas, library, studies).unknown

    assert not_known("actieplan/1.1") == (Unknown.HERE, Unknown.ELSEWHERE)
    assert not_known("gka/mentoring-coaching") == (Unknown.HERE, Unknown.MARGIN)
    assert not_known(ACTION, local()) == (Unknown.LATER, Unknown.FIGURES)
    untold = local(finding(much_missing=None))
    assert not_known(ACTION, untold) == (Unknown.LATER, Unknown.LOSS, Unknown.FIGURES)
    inside = local(finding(None, None, None, much_missing=None, verdict=None))
    assert Unknown.LOSS not in not_known(ACTION, inside)
    unsure = local(finding(0.1, -0.1, 0.3), synthetic=True, fits=Fits.QUASI_EXPERIMENT)
    assert not_known(ACTION, unsure)[:3] == (Unknown.INVENTED, Unknown.UNCLEAR, Unknown.CAUSE)


def test_only_correlations_are_said_to_be_no_effects(agendas: Agendas, library: Library) -> None:
    together = tuple(
        replace(one, figures=tuple(replace(f, unverified=False) for f in one.figures))
        for one in library.entries
    )
    found = card("actieplan/4.3", agendas, replace(library, entries=together), [])
    assert found.together
    assert Unknown.TOGETHER in found.unknown
    assert found.bars == ()


def test_a_theme_shares_the_studies_of_actions_of_its_kind(
    agendas: Agendas, library: Library
) -> None:
    study = local(actions=("actieplan/5.2",))
    assert card("gka/mentoring-coaching", agendas, library, [study]).local == (study,)
    assert card("gka/ouderbetrokkenheid", agendas, library, [study]).local == ()
    assert card(ACTION, agendas, library, [study]).local == ()


def test_different_smallest_effects_are_not_drawn_as_one(agendas: Agendas) -> None:
    one, other = local(), local(study="tweede", smallest_effect=0.2)
    assert card(ACTION, agendas, NOTHING, [one, one]).smallest_effect == 0.1
    assert card(ACTION, agendas, NOTHING, [one, other]).smallest_effect is None
    assert card(ACTION, agendas, NOTHING, []).smallest_effect is None


def test_an_unknown_action_is_said_with_what_was_meant(agendas: Agendas) -> None:
    with pytest.raises(PlanError, match="gka/levensvaardigheden"):
        card("gka/levensvaardigheid", agendas, NOTHING, [])


def test_what_waits_to_be_checked_is_only_counted(agendas: Agendas, library: Library) -> None:
    found = card("gka/mentoring-coaching", agendas, library, [])
    waiting = [one for one in library.entries if one.unverified and "mentoring" in one.about]
    assert found.unchecked == len(waiting) == 1
    assert not {one.key for one in waiting} & {one.key for one in found.published}


def test_an_entry_without_a_year_comes_last_and_is_named_without(library: Library) -> None:
    kinds = library.kinds_of("actieplan/4.3")
    entries: tuple[Entry, ...] = library.about(kinds)
    years = [one.year or 0 for one in entries]
    assert years == sorted(years, reverse=True)
    assert [entries[1].name(code) for code in ("nl", "en")] == [
        "Castro e.a., 2015", "Castro et al., 2015",
    ]  # fmt: skip
    assert entries[-1].name("nl") == "Driessen"
