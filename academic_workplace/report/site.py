"""All reports of a workplace as a web site that needs no server: it works from a file share.

Two arrangements (by ambition, by workgroup) in two languages. The reports themselves are copied as
they were released; nothing is computed here.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import html
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from academic_workplace.errors import Fault, PlanError, ReportError
from academic_workplace.knowledge import check_results, local_results
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import Plan, read_plan, study_name
from academic_workplace.report.house import house
from academic_workplace.report.logo import as_address, beside
from academic_workplace.report.numerals import day
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.html import Around

if TYPE_CHECKING:
    from academic_workplace.report.site_pages import Page, Workplace

SAY = phrases("site")
STEMS = {"nl": "rapport", "en": "report"}
ENDINGS = ("pdf", "docx", "xlsx", "pptx")  # beside the page itself, in the order they are named
PAGES = {  # arrangement -> language -> file
    "ambition": {"nl": "index.html", "en": "index-en.html"},
    "workgroup": {"nl": "werkgroepen.html", "en": "workgroups.html"},
}
TABLE = re.compile(r"results(-.+)?\.csv")  # the numbers, for who checks them: one, or several
STUDIES = "studies"
MONITOR = "monitor"  # the kind of a report that follows actions
OWN = {"site.json", STUDIES, *(file for pages in PAGES.values() for file in pages.values())}
WORD = re.compile(r"[^\W_]{3,}")  # what is searched for: words of three letters and more
MARKUP = re.compile(r"<(style|script|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One study on the site.

    plan_date: of a plan without a report. date: of the report, None when there is none. outdated:
    whether its plan has changed since. names: the files to copy. kind: of what is no study.
    """

    name: str
    title: Text
    message: Mapping[str, str]
    ambition: Text
    workgroup: Text
    synthetic: bool
    folder: Path | None = None
    names: tuple[str, ...] = ()
    date: datetime.date | None = None
    plan_date: datetime.date | None = None
    outdated: bool = False
    kind: str = ""

    def state(self, language: str) -> str:
        """What there is of this study, and since when."""
        if self.date is not None:
            said = SAY["state.outdated" if self.outdated else "state.reported"]
            return said[language].format(date=day(self.date, language))
        if self.plan_date is None:
            return SAY["state.planned_undated"][language]
        return SAY["state.planned"][language].format(date=day(self.plan_date, language))

    def address(self, name: str) -> str:
        """Where a file of this study stands, also when its folder has a ‘#’ in its name."""
        return quote(f"{STUDIES}/{self.name}/{name}")

    def page(self, language: str) -> tuple[str, str] | None:
        """The address of the report and its language; in the other language when it must be."""
        for code in (language, *(each for each in LANGUAGES if each != language)):
            if f"{STEMS[code]}.html" in self.names:
                return self.address(f"{STEMS[code]}.html"), code
        return None


def write_site(
    reports: str | Path,
    folder: str | Path,
    *,
    plans: Iterable[str | Path] = (),
    workplace: Workplace | None = None,
    date: datetime.date | None = None,
) -> Path:
    """Write the site of all reports and give the path of its first page.

    reports: the folder that holds a folder per report. plans: of studies, of which those without a
    report are listed as planned. workplace: agendas, published research and values of the monitor, for
    the pages beside the studies; without it there are none. folder: is replaced whole, or left as
    it is when something fails.

    A workplace without a single report has a site as well: what was agreed, and that there is no
    data yet.

    Raises ReportError for a folder of reports that is not there, or that is empty when there is no
    workplace either, naming every manifest that cannot be used, for a folder with other files, and
    one that cannot be written, and for values that were told otherwise before, by a few; PlanError for a plan that is none, and naming every report about an
    action that is not in the agendas.
    """
    reports, folder = Path(reports), Path(folder)
    if workplace is None and not reports.is_dir():
        raise ReportError([
            Fault(SAY["fault.no_folder"], SAY["fault.no_folder_remedy"], file=reports.name)
        ])  # fmt: skip
    entries = _entries(reports, folder, [Path(plan) for plan in plans])
    if not entries and workplace is None:
        raise ReportError([
            Fault(SAY["fault.none"], SAY["fault.none_remedy"], file=reports.name)
        ])  # fmt: skip
    _refuse_other_files(folder)
    today = date or datetime.date.today()
    more = _more(workplace, reports, entries, today)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (
            _kept(workplace, reports, today),
            tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as new,
        ):
            made = Path(new, "site")
            _write(entries, more, made, today)
            if folder.exists():
                folder.replace(Path(new, "before"))
            made.replace(folder)
    except OSError:
        raise ReportError([
            Fault(SAY["fault.cannot_write"], SAY["fault.cannot_write_remedy"], file=folder.name)
        ]) from None  # fmt: skip
    return folder / PAGES["ambition"]["nl"]


# ---------------------------------------------------------------- what there is


def _entries(reports: Path, folder: Path, plans: Sequence[Path]) -> list[Entry]:
    faults: list[Fault] = []
    known: dict[str, Plan] = {}
    for path in plans:
        try:
            plan = read_plan(path)
        except PlanError as error:
            faults += error.faults
            continue
        known[plan.fingerprint] = plan
    entries, told = [], set()
    for manifest in sorted(reports.glob("*/manifest.json")):
        if manifest.parent.resolve() == folder.resolve():
            continue
        try:
            made = json.loads(manifest.read_text(encoding="utf-8"))
            fingerprint = (made.get("plan") or {}).get("fingerprint")
        except (OSError, ValueError, AttributeError):
            place = f"{manifest.parent.name}/{manifest.name}"
            faults.append(Fault(SAY["fault.unreadable"], SAY["fault.again"], file=place))
            continue
        try:
            entry = _reported(manifest.parent, made)
        except (KeyError, TypeError, ValueError):
            place = f"{manifest.parent.name}/{manifest.name}"
            faults.append(Fault(SAY["fault.earlier"], SAY["fault.again"], file=place))
            continue
        file = (made.get("plan") or {}).get("file")
        now = _plan_of(manifest.parent, file, plans)
        told |= {fingerprint, now}
        outdated = now is not None and now != fingerprint
        entries.append(replace(entry, outdated=outdated))
    for fingerprint, plan in known.items():
        if fingerprint not in told:
            entries.append(_planned(plan))
    if faults:
        raise ReportError(faults)
    return entries


def _reported(folder: Path, made: Mapping[str, Any]) -> Entry:
    told = made["report"]
    ours = {f"{stem}.{ending}" for stem in STEMS.values() for ending in ("html", *ENDINGS)}
    names = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file()
        and (path.name.startswith("results") or path.name in {*ours, "manifest.json"})
    )
    return Entry(
        folder.name,
        _text(told["question"]) or _text(told["title"]) or Text(folder.name, folder.name),
        {code: str(said) for code, said in told["message"].items()},
        _text(told["ambition"]),
        _text(told["workgroup"]),
        bool(made["synthetic"]),
        folder,
        tuple(names),
        datetime.date.fromisoformat(told["date"]),
        kind=str(made.get("kind", "")),
    )


def _planned(plan: Plan) -> Entry:
    study = plan.study
    name = study_name(plan.file) if plan.file is not None else study.title.nl
    title = study.question or study.title or Text(name, name)
    return Entry(
        name, title, {}, study.ambition, study.workgroup, study.synthetic,
        plan_date=study.registered,
    )  # fmt: skip


def _plan_of(folder: Path, file: str | None, plans: Sequence[Path]) -> str | None:
    """The fingerprint that the plan of a report has now; None when it is not among the plans."""
    if not file:
        return None
    path = (folder / file).resolve()
    if path not in {plan.resolve() for plan in plans}:
        return None
    return read_plan(path).fingerprint


def _text(value: Mapping[str, str]) -> Text:
    return Text(value["nl"], value["en"])


def _refuse_other_files(folder: Path) -> None:
    """Raise ReportError when a folder holds what is not of a site: it would be lost."""
    if not folder.exists():
        return
    own = OWN | _pages_of(folder / "site.json")
    other = sorted(path.name for path in folder.iterdir() if path.name not in own)
    if other or (any(folder.iterdir()) and not (folder / "site.json").is_file()):
        names = ", ".join(other[:5]) or folder.name
        rule = Text(*(SAY["fault.other_files"][code].format(names=names) for code in LANGUAGES))
        raise ReportError([Fault(rule, SAY["fault.other_files_remedy"], file=folder.name)])


def _pages_of(file: Path) -> set[str]:
    """The pages beside the studies that a site has."""
    try:
        return set(map(str, json.loads(file.read_text(encoding="utf-8")).get("pages", ())))
    except (OSError, ValueError, AttributeError, TypeError):
        return set()


# ---------------------------------------------------------------- what is written


@dataclass(frozen=True, slots=True)
class _More:
    """What stands beside the studies: pages, by language their files, and other files.

    order: the ambitions and workgroups as the agendas have them.
    """

    pages: tuple[Page, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, bytes] = field(default_factory=dict)
    order: tuple[Text, ...] = ()

    @property
    def names(self) -> list[str]:
        """Of all files."""
        return [*self.written, *self.others]


def _more(
    workplace: Workplace | None, reports: Path, entries: Sequence[Entry], date: datetime.date
) -> _More:
    if workplace is None:
        return _More()
    from academic_workplace.report.site_pages import extra_files, pages, written

    agendas = workplace.agendas
    local = local_results(reports) if reports.is_dir() else ()
    check_results(workplace.agendas, local)
    found = pages(workplace, local, date)
    made = {
        page.file[to]: written(page, to, _around(found, page, entries, to))
        for page in found
        for to in LANGUAGES
    }
    order = (*(a.title for a in agendas.ambitions()), *(w.title for w in agendas.workgroups()))
    return _More(found, made, extra_files(workplace, date), order)


@contextmanager
def _kept(workplace: Workplace | None, reports: Path, date: datetime.date) -> Iterator[None]:
    """Remember which values the site tells; refuse those that tell of few beside what left before.

    Raises ReportError.
    """
    if workplace is None or not len(workplace.values):
        yield
        return
    from academic_workplace.monitor import follow
    from academic_workplace.report.monitor import RELEASED, published_of
    from academic_workplace.report.released import check_release

    told = published_of(follow(workplace.agendas, workplace.values))
    file = workplace.released or reports / RELEASED
    with check_release(told, file, reports / "no-manifest", date).kept():
        yield


def _around(pages: Sequence[Page], page: Page, entries: Sequence[Entry], language: str) -> Around:
    """The ways from one page to the others, and to the studies that it names."""
    links = {each.title[language]: each.file[language] for each in pages if each.way is None}
    for entry in entries:
        there = entry.page(language)
        if there is not None:
            links.setdefault(entry.title[language], there[0])
    other = next(code for code in LANGUAGES if code != language)
    ways = _ways(pages, page.file[language], language)
    switch = SAY["other_language"][language], page.file[other], other
    return Around(SAY["ways"][language], ways, switch, links)


def _ways(pages: Sequence[Page], here: str, language: str) -> tuple[tuple[str, str, bool], ...]:
    """The pages that every page leads to."""
    studies = [(SAY[f"by_{view}"][language], files[language]) for view, files in PAGES.items()]
    others = [(p.way[language], p.file[language]) for p in pages if p.way is not None]
    return tuple((words, file, file == here) for words, file in (*studies, *others))


def _write(entries: Sequence[Entry], more: _More, folder: Path, date: datetime.date) -> None:
    folder.mkdir()
    for entry in entries:
        if entry.folder is not None:
            to = folder / STUDIES / entry.name
            to.mkdir(parents=True)
            for name in entry.names:
                shutil.copyfile(entry.folder / name, to / name)
    template = _template()
    for arranged, pages in PAGES.items():
        for language, name in pages.items():
            page = _page(template, entries, more, arranged, language, date)
            (folder / name).write_text(page, encoding="utf-8")
    for name, page in more.written.items():
        (folder / name).write_text(page, encoding="utf-8")
    for name, content in more.others.items():
        (folder / name).write_bytes(content)
    about = {
        "studies": [entry.name for entry in entries],
        "pages": more.names,
        "date": date.isoformat(),
    }
    (folder / "site.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _page(
    template: Any,
    entries: Sequence[Entry],
    more: _More,
    arranged: str,
    language: str,
    date: datetime.date,
) -> str:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        of = (entry.ambition if arranged == "ambition" else entry.workgroup)[language]
        if not of and entry.kind == MONITOR:
            of = SAY["way.monitor"][language]
        groups.setdefault(of, []).append(entry)
    news = {} if arranged == "ambition" else _news_of(more, language)
    for name in news:  # also of a workgroup without a report
        groups.setdefault(name, [])
    none = SAY["no_ambition" if arranged == "ambition" else "no_workgroup"][language]
    place = {title[language]: i for i, title in reversed(list(enumerate(more.order)))}
    order = sorted(
        groups, key=lambda name: (not name, place.get(name, len(place)), name.casefold())
    )
    sections = [
        (name or none, [_card(e, arranged, language) for e in groups[name]], news.get(name))
        for name in order
    ]
    found = [
        (page.title[language], page.report[language].description, page.file[language])
        for page in more.pages
    ]
    index = {e.name: _words(e, language) for e in entries}
    index |= {page: _once(_plain(more.written[page])) for *_, page in found}
    script = files("academic_workplace.report").joinpath("site.js").read_text("utf-8")
    data = json.dumps(
        {"words": index, "said": [SAY[f"found.{n}"][language] for n in ("none", "one", "many")]},
        ensure_ascii=False,
    ).replace("<", "\\u003c")
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page: str = template.render(
        language=language,
        say={
            "title": SAY["title"][language],
            "lead": SAY["lead"][language],
            "skip": SAY["skip"][language],
            "search": SAY["search"][language],
            "arranged": SAY["arranged"][language],
            "other_language": SAY["other_language"][language],
            "invented": SAY["invented"][language],
            "as_file": SAY["as_file"][language],
            "of": SAY["of"][language],
            "pages": SAY["pages"][language],
            "news": SAY["news"][language],
            "no_report": SAY["no_report"][language],
        },
        other=PAGES[arranged][next(code for code in LANGUAGES if code != language)],
        other_code=next(code for code in LANGUAGES if code != language),
        views=_ways(more.pages, PAGES[arranged][language], language),
        sections=sections,
        pages=found,
        house=house(),
        logo=as_address(house().logo),
        logo_text=beside(house().logo, house().name[language], language),
        made=SAY["made"][language].format(date=day(date, language)),
        script=Markup(script),  # noqa: S704 -- our own file
        data=Markup(data),  # noqa: S704 -- JSON in which no tag can begin
        script_hash=hashed,
    )  # fmt: skip
    return page


def _news_of(more: _More, language: str) -> dict[str, str]:
    """Where the news of each workgroup stands."""
    news = SAY["page.news"][language]
    return {
        page.title[language]: page.file[language]
        for page in more.pages
        if page.file[language].startswith(f"{news}-")
    }


def _card(entry: Entry, arranged: str, language: str) -> dict[str, object]:
    """What the page says of one study."""
    beside = entry.workgroup if arranged == "ambition" else entry.ambition
    label = SAY["workgroup" if arranged == "ambition" else "ambition"][language]
    page = entry.page(language)
    links = []
    if page is not None:
        stem = STEMS[page[1]]
        wanted = {f"{stem}.{ending}": SAY[f"file.{ending}"][language] for ending in ENDINGS}
        wanted |= _tables(entry, language) | {"manifest.json": SAY["file.json"][language]}
        links = [
            (kind, entry.address(name)) for name, kind in wanted.items() if name in entry.names
        ]
    code = language if language in entry.message else next(iter(entry.message), language)
    return {
        "name": entry.name,
        "title": entry.title[language],
        "message": entry.message.get(code, ""),
        "code": code,
        "state": entry.state(language),
        "beside": (label, beside[language]) if beside[language] else None,
        "synthetic": entry.synthetic,
        "page": page,
        "links": links,
    }


def _tables(entry: Entry, language: str) -> dict[str, str]:
    """Every file of numbers of a study and what it is called: counted when there are several."""
    names = sorted((name for name in entry.names if TABLE.fullmatch(name)), key=_by_number)
    if len(names) == 1:
        return {names[0]: SAY["file.csv"][language]}
    said = SAY["file.table"][language]
    return {name: said.format(number=number) for number, name in enumerate(names, 1)}


def _by_number(name: str) -> list[tuple[int, str]]:
    """What puts ``results-2-changes.csv`` before ``results-10.csv``, and behind ``results-2.csv``."""
    parts = name.removesuffix(".csv").split("-")
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _words(entry: Entry, language: str) -> str:
    """Every word of a study once, in small letters: its report's own, or those of its title."""
    parts = [entry.title[language], entry.ambition[language], entry.workgroup[language],
             entry.message.get(language, "")]  # fmt: skip
    page = entry.page(language)
    if page is not None and entry.folder is not None:
        whole = (entry.folder / Path(page[0]).name).read_text(encoding="utf-8")
        parts.append(_plain(whole))
    return _once(" ".join(parts))


def _plain(page: str) -> str:
    """The text of a page."""
    return html.unescape(MARKUP.sub(" ", page))


def _once(text: str) -> str:
    """Every word of a text once, in small letters."""
    return " ".join(sorted(set(WORD.findall(text.casefold()))))


def _template() -> Any:
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    source = files("academic_workplace.report").joinpath("site.html.j2").read_text("utf-8")
    return environment.from_string(source)
