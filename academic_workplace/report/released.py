"""What was released of a study before, and whether a new report tells too much beside it.

``released.json`` stands beside the plan and is kept with it: per edition the fingerprints and the
counts that were printed, and nothing that was withheld.
"""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from academic_workplace.cohorts.story import Story
from academic_workplace.cohorts.told import counts_told
from academic_workplace.disclosure import fewest, may_leave, profile, rounded, shown_count
from academic_workplace.disclosure.editions import Edition, Links, told_together
from academic_workplace.disclosure.protect import Chosen
from academic_workplace.effects.subgroups import ByGroup
from academic_workplace.errors import Fault, ReportError
from academic_workplace.evidence.attrition import Loss
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import OVER_WAVES
from academic_workplace.report.document import Report, Table, walk
from academic_workplace.report.findings import hidden_losses, of_one_cluster
from academic_workplace.report.fingerprints import KEY_FILE
from academic_workplace.report.growth import changes
from academic_workplace.report.manifest import COUNTS as RESULT_COUNTS
from academic_workplace.report.manifest import NUMBERS, as_json, digest, released_findings
from academic_workplace.report.numbers import COUNTS, frames
from academic_workplace.report.numerals import hidden
from academic_workplace.report.subgroups import leaving
from academic_workplace.report.withheld import said_in
from academic_workplace.report.words import phrases

SAY = phrases("released")
FILE = "released.json"
FORMAT = 1
BETWEEN = " | "  # the parts of the name of a place


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What a report prints of pupils, and fingerprints of what went in.

    columns: of each column of the data, in their order; none of a story. key: the name of the key
    these are made with; without one there are none. results: of the numbers that are printed.
    """

    edition: Edition
    plan: str
    data: str
    columns: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    results: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Released:
    """What released.json is to hold once the report stands; None when there is nothing new."""

    file: Path
    content: Mapping[str, object] | None

    def write(self) -> None:
        """Write the file as a whole, or leave it. Raises ReportError when it cannot be written."""
        if self.content is None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.file.parent, prefix=".new-") as new:
                (Path(new) / FILE).write_bytes(as_json(self.content))
                (Path(new) / FILE).replace(self.file)
        except OSError:
            raise ReportError(
                [Fault(SAY["unwritable"], SAY["unwritable_remedy"], file=self.file.name)]
            ) from None

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Write the file first, for what may have left is never forgotten; a report that is refused
        within the block never left, and what was there comes back."""
        folder = self.file.parent
        made = not folder.exists()
        before = self.file.read_bytes() if self.file.is_file() else None
        self.write()
        try:
            yield
        except ReportError:
            with suppress(OSError):
                if before is not None:
                    self.file.write_bytes(before)
                elif self.content is not None:
                    self.file.unlink()
                if made:
                    folder.rmdir()
            raise


def check_release(
    published: Published, file: Path, manifest_file: Path, date: datetime.date | None = None
) -> Released:
    """Whether a report may be released beside all that was released before.

    file: released.json of the study; it need not be there. manifest_file: of the report that stands
    in the folder, if any. The same counts of the same data are no new edition. Where an edition has
    no fingerprints of its data, or those of another key, what was printed decides: the same counts
    and the same results are no new edition, and other results count as other data.

    Raises ReportError naming every place of which the reports together tell of too few pupils;
    where an edition has the same counts of other data, as the two then tell what changed for one
    pupil; where the file is damaged; and where it is missing although there is an edition of other
    data. What a report tells by itself is kept inside by the report, and no reason here.

    Such an edition is found in the folder itself, and in the folders beside it whose manifest names
    a plan that lies where released.json should. One that was written elsewhere, or of which the
    manifest is gone, is not found.
    """
    before = _read(file)
    if before is None and (
        _stands(manifest_file, published) or _beside(manifest_file, file, published)
    ):
        remedy = _filled("missing_remedy", file=file.name)
        raise ReportError([Fault(SAY["missing"], remedy, file=file.name)])
    entries = [_unguessable(one) for one in before or []]
    new, rules = published.edition, profile()
    earlier = [
        Edition(
            f"{entry['name']} ({entry['date']})", entry["counts"], _links(entry["links"]),
            shares=entry.get("shares", {}), means=entry.get("means", {}),
        )
        for entry in entries
        if (entry["counts"], entry.get("means", {})) != (new.counts, new.means)  # tells no more
    ]  # fmt: skip
    told = told_together(new, earlier, rules) if earlier else ()
    if told:
        alone = {(one.place, one.how) for one in told_together(new, [], rules)}
        told = tuple(one for one in told if (one.place, one.how) not in alone)
    if told:
        remedy = _filled("remedy", minimum=rules.minimum, file=file.name)
        raise ReportError([
            Fault(_filled(one.how.value, place=one.place, name=one.name, minimum=rules.minimum),
                  remedy, file=file.name)
            for one in told
        ])  # fmt: skip
    _refuse_other_data(published, entries, file)
    entry = {
        "name": new.name,
        "date": (date or datetime.date.today()).isoformat(),
        "plan": published.plan,
        "key": published.key,
        "data": published.data,
        "columns": dict(published.columns),
        "results": published.results,
        "profile": rules.name,
        "counts": dict(sorted(new.counts.items())),
        "links": [[total, list(parts)] for total, parts in new.links],
        "shares": dict(sorted(new.shares.items())),
        "means": dict(sorted(new.means.items())),
    }
    same = ("name", "profile", "counts")
    if any(
        _tells_the_same(published, one) and all(one[key] == entry[key] for key in same)
        for one in entries
    ):
        return Released(file, None)
    return Released(file, {"format": FORMAT, "editions": [*entries, entry]})


def _refuse_other_data(
    published: Published, entries: Sequence[Mapping[str, Any]], file: Path
) -> None:
    """Raises ReportError for an edition that has these counts of other data: from two means of
    equally many pupils follows what changed, were it for one of them."""
    alike = [one for one in entries if one["counts"] == published.edition.counts]
    if any(_tells_the_same(published, one) for one in alike):
        return
    for one in alike:
        if _is_other_data(published, one):
            name, minimum = f"{one['name']} ({one['date']})", fewest()
            if _comparable(published, one.get("key")):
                rule = _filled("other_data", name=name)
                remedy = _filled("other_data_remedy", minimum=minimum, file=file.name)
            else:
                rule = _filled("other_results", name=name)
                remedy = _filled(
                    "other_results_remedy", minimum=minimum, file=file.name, kept=KEY_FILE
                )
            raise ReportError([Fault(rule, remedy, file=file.name)])


def _comparable(published: Published, key: object) -> bool:
    """Whether fingerprints of data were made with the same key; those of a story need none."""
    return not published.plan or (bool(published.key) and key == published.key)


def _tells_the_same(published: Published, entry: Mapping[str, Any]) -> bool:
    """Whether an edition is of the same data; where that is not known, has the same results."""
    if _comparable(published, entry.get("key")):
        return bool(entry["data"] == published.data)
    return bool(published.results) and entry.get("results") == published.results


def _is_other_data(published: Published, entry: Mapping[str, Any]) -> bool:
    """Whether an edition is of other data. Another plan may need other columns of the same data:
    then those that both have decide. Of a story no data are known, only its numbers. Where nothing
    is known of the data, other results say that they are others."""
    if not published.plan:
        return False
    if not _comparable(published, entry.get("key")):
        return not _tells_the_same(published, entry)
    then: Mapping[str, str] = entry.get("columns") or {}
    now = published.columns
    if entry["plan"] == published.plan or (then and list(then) == list(now)):
        return bool(entry["data"] != published.data)
    return any(then[name] != now[name] for name in then.keys() & now.keys())


def _read(file: Path) -> list[dict[str, Any]] | None:
    """The editions of released.json; None when there is no such file."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        editions = found["editions"]
        for one in editions:
            _links(one["links"])
            if not all(isinstance(one[key], str) for key in ("name", "date", "plan", "data")):
                raise ValueError
            if not all(isinstance(n, int) for n in one["counts"].values()):
                raise ValueError
            told = (*one.get("shares", {}).values(), *one.get("means", {}).values())
            if not all(isinstance(each, str) for each in told):
                raise ValueError
        return list(editions) if found["format"] == FORMAT else _damaged(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _damaged(file)


def _unguessable(entry: dict[str, Any]) -> dict[str, Any]:
    """An edition from before there were keys without the fingerprints of its data: these tell it."""
    if not entry["plan"] or entry.get("key"):
        return entry
    return entry | {"key": "", "data": "", "columns": {}}


def _damaged(file: Path) -> list[dict[str, Any]]:
    raise ReportError([Fault(SAY["unreadable"], SAY["unreadable_remedy"], file=file.name)])


def _links(found: object) -> Links:
    if not isinstance(found, list):
        raise TypeError
    return tuple((str(total), tuple(map(str, parts))) for total, parts in found)


def _stands(manifest_file: Path, published: Published) -> bool:
    """Whether there is an edition of other data, or by another plan."""
    if not manifest_file.is_file():
        return False
    try:
        then = json.loads(manifest_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True
    plan, data, key = _fingerprints(then)
    if _comparable(published, key):
        return (plan, data) != (published.plan, published.data)
    return (plan, then.get("printed")) != (published.plan, published.results)


def _beside(manifest_file: Path, file: Path, published: Published) -> bool:
    """Whether a folder beside that of the report holds another edition of the same study: of a plan
    that lies in the folder of released.json."""
    reports, study = manifest_file.parent.resolve().parent, file.parent.resolve()
    for other in reports.glob(f"*/{manifest_file.name}"):
        if other.parent == manifest_file.parent.resolve():
            continue
        try:
            made = json.loads(other.read_text(encoding="utf-8"))
            plan = str(made["plan"]["file"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # somebody else's, or of a story
        if plan and (other.parent / plan).resolve().parent == study and _stands(other, published):
            return True
    return False


def _fingerprints(made: Mapping[str, Any]) -> tuple[str, str, str]:
    """Of plan and data, as a manifest has them, and the name of the key of the latter; of a story
    that of all its numbers. Empty where there is none."""
    if made.get("kind") == "story":
        return "", str(made.get("results")), ""
    plan, data = made.get("plan") or {}, made.get("data") or {}
    return str(plan.get("fingerprint")), str(data.get("rows") or ""), str(data.get("key") or "")


def _filled(key: str, **gaps: object) -> Text:
    """An entry in both languages. place: with its kind in words."""
    said = {
        "difference": SAY["difference"],
        "together": SAY["together"],
        "changed": SAY["changed"],
        "remedy": SAY["remedy"],
        "missing_remedy": SAY["missing_remedy"],
        "other_data": SAY["other_data"],
        "other_data_remedy": SAY["other_data_remedy"],
        "other_results": SAY["other_results"],
        "other_results_remedy": SAY["other_results_remedy"],
    }[key]
    out = []
    for language in LANGUAGES:
        own = dict(gaps)
        if "place" in own:
            kind, _, rest = str(own["place"]).partition(BETWEEN)
            own["place"] = f"{SAY[f'kind.{kind}'][language]} ({rest})"
        out.append(said[language].format(**own))
    return Text(*out)


# ---------------------------------------------------------------- what a report prints


def published(result: Evidence | Story, made: Mapping[str, Any]) -> Published:
    """The counts that a report prints, as places that do not hang on its language.

    made: its manifest.
    """
    plan, data, key = _fingerprints(made)
    if isinstance(result, Story):
        return Published(_of_story(result), plan, data)
    columns = (made.get("data") or {}).get("columns") or {}
    return Published(_of_evidence(result), plan, data, columns, key, _printed(result))


def _printed(evidence: Evidence) -> str:
    """A fingerprint of the numbers of a report as they are printed: all of it can be read there.

    Of results five figures: what may differ between machines is not in it. Of means what their
    tables say, as more figures of a share would tell how many have it.
    """
    from academic_workplace.report.build import balance_table, description_table

    rows = [
        [f"{round(x, 9) + 0.0:.5g}" if isinstance(x, float) else x for x in
         (row[name] for name in ("outcome", "wave", "arm", *NUMBERS, *RESULT_COUNTS))]
        for row in released_findings(evidence)
    ]  # fmt: skip
    tables = [description_table(evidence, LANGUAGES[0])]
    tables += [balance_table(evidence, LANGUAGES[0])] if evidence.balance else []
    cells = [
        [cell for cell, number in zip(row, table.numeric, strict=True) if number]
        for table in tables
        for row in table.rows
    ]
    return digest([as_json([rows, cells])])


def _of_evidence(evidence: Evidence) -> Edition:
    """Who started, who was compared, who is missing and who is in the estimates, per arm."""
    plan = evidence.plan
    counts: dict[str, int] = {}
    few: set[str] = set()
    links: list[tuple[str, tuple[str, ...]]] = []

    def place(kind: str, key: tuple[str, str], arm: str) -> str:
        return BETWEEN.join([kind, *(part for part in key if part), f"{plan.treatment}={arm}"])

    def put(where: str, n: int) -> None:
        shown = shown_count(n)
        if shown is None:
            few.add(where)
        else:
            counts[where] = shown

    hide = hidden_losses(evidence)
    for loss in evidence.losses:
        key = loss.outcome, loss.wave
        start = _start_of(evidence.losses, loss, plan.treatment)
        compared, missing, joined = (
            place(kind, key, loss.arm) for kind in ("compared", "missing", "joined")
        )
        put(compared, loss.analysed)
        if not of_one_cluster(loss):
            put(joined, loss.joined)
        if loss.arm not in hide:
            put(missing, loss.lost)
            if may_leave(loss.start, loss.analysed):
                put(start, loss.start)
        links.append((start, (compared, missing)))
    for told in evidence.descriptions:
        put(place("compared", (told.outcome, told.wave), told.arm), told.pupils)
    moved = changes(evidence.effects) if evidence.effects.method in OVER_WAVES else None
    for mean in moved or ():  # what stands in the table of means beside the waves after
        if mean.wave not in plan.waves:
            put(place("compared", (mean.outcome, mean.wave or "baseline"), mean.arm), mean.pupils)
    for row, finding in zip(released_findings(evidence), evidence.findings, strict=True):
        e = finding.effect
        if plan.dose or plan.period is not None:
            continue
        for arm, n in ((e.arm, row["pupils_arm"]), (e.comparison, row["pupils_comparison"])):
            if not isinstance(n, int):  # few, or it would tell how few were left out
                continue
            key = e.outcome, e.wave
            inside, compared = place("estimated", key, arm), place("compared", key, arm)
            if arm != e.arm:  # every arm may have a comparison of its own
                inside += f" ~ {e.arm}"
            if n == counts.get(compared):
                continue
            put(inside, n)
            if n > counts.get(compared, n):  # a model of all scores: who missed one counts as well
                links.append((inside, (compared, inside.replace("estimated", "partly", 1))))
                continue
            links.append((compared, (inside, inside.replace("estimated", "left", 1))))
    for item in (item for found in leaving(evidence) for item in found):
        links += _put_groups(item, counts, place)
    name = plan.file.name if plan.file is not None else plan.study.title.en
    return Edition(name, counts, tuple(dict.fromkeys(links)), frozenset(few))


def _put_groups(
    item: ByGroup, counts: dict[str, int], place: Callable[[str, tuple[str, str], str], str]
) -> list[tuple[str, tuple[str, ...]]]:
    """The counts of a table by group, with what they and those of unknown group add up to."""
    sizes, (outcome, wave, arm) = item.sizes, item.key
    _, uncounted = item.hidden
    links = []
    for a, name in enumerate(sizes.arms):
        if name not in (arm, item.overall.comparison) and not item.plan.dose:
            continue
        inside = place("subgroup", (outcome, wave), name)
        of = [BETWEEN.join([inside, f"{item.column}={level}"]) for level in sizes.levels]
        for k, level in enumerate(sizes.levels):
            if level not in uncounted and item.effects:
                counts[of[k]] = rounded(int(sizes.pupils[k, a]))
        unknown = BETWEEN.join([inside, f"{item.column}=?"])
        links.append((place("compared", (outcome, wave), name), (*of, unknown)))
    return links


def _start_of(losses: tuple[Loss, ...], loss: Loss, treatment: str) -> str:
    """The place of the pupils at the start: one per arm, as they are the same in every analysis."""
    alike = len({one.start for one in losses if one.arm == loss.arm}) == 1
    key = () if alike else tuple(part for part in (loss.outcome, loss.wave) if part)
    return BETWEEN.join(["start", *key, f"{treatment}={loss.arm}"])


def _of_story(story: Story) -> Edition:
    """Every count of every table of numbers, by the words and years of its row; and by the group it
    is about, with who has an outcome and who has not, as far as a share tells them."""
    counts: dict[str, int] = {}
    for i, (look, file, frame) in enumerate(frames(story)):
        kind = f"{type(look.found).__name__}{file.removeprefix('results-').lstrip('0123456789')}"
        numbers = [name for name in COUNTS if name in frame]
        words = [
            name
            for name in frame
            if name not in numbers
            and (name == "year" or not pd.api.types.is_numeric_dtype(frame[name]))
        ]
        for row in frame.to_dict("records"):
            key = [f"{name}={row[name]}" for name in words if not pd.isna(row[name])]
            for name in numbers:
                where = BETWEEN.join(["story", kind, *key, name])
                if where in counts:  # another look at the same groups
                    where += f" #{i}"
                if not pd.isna(row[name]):
                    counts[where] = int(row[name])
    hang = counts_told(look.found for look in story.looks)
    return Edition(
        story.study.title.en or story.looks[0].question.en, {**counts, **hang.counts}, hang.links,
        shares=hang.shares, means=hang.means,
    )  # fmt: skip


# ---------------------------------------------------------------- what a report withholds


def least_withheld(result: Evidence | Story) -> Chosen | None:
    """How what protects other numbers was chosen, the least sure way of all looks; None where rules
    for each table decide, and nothing was worked out."""
    looks = result.looks if isinstance(result, Story) else ()
    known = {getattr(one.found, "chosen", None) for one in looks}
    return next((way for way in reversed(Chosen) if way in known), None)


def chosen_said(chosen: Chosen | None, language: str) -> str:
    """The same in words, for a reader who checks."""
    return SAY[f"chosen.{'by_rule' if chosen is None else chosen.name.lower()}"][language].format(
        minimum=fewest(), most=fewest() - 1
    )


def audit(document: Report, chosen: Chosen | None = None) -> dict[str, object]:
    """Every place in the tables of a report where a number is withheld, and never the number.

    chosen: how what was withheld as well was chosen; None where rules for each table decide.
    Places are counted from 1, and named by the table, the row and the column, with the reason as far
    as the row names one.
    """
    withheld = (hidden(document.language), *_ranges(document.language))
    found = []
    number = 0
    for block in walk((*document.blocks, *document.appendix)):
        if not isinstance(block, Table):
            continue
        number += 1
        for i, row in enumerate(block.rows, 1):
            reason = said_in(" | ".join(row), document.language)
            for name, cell in zip(block.header, row, strict=True):
                if any(word in cell for word in withheld):
                    place: dict[str, object] = {
                        "table": number, "caption": block.caption,
                        "row": i, "name": row[0], "column": name,
                    }  # fmt: skip
                    found.append(place | ({"reason": reason} if reason else {}))
    out: dict[str, object] = {
        "format": FORMAT, "profile": profile().name, "minimum": fewest(), "withheld": found,
    }  # fmt: skip
    out["method"] = "by rule" if chosen is None else chosen.value
    out["chosen"] = chosen_said(chosen, document.language)
    return out


def _ranges(language: str) -> tuple[str, ...]:
    """How a table says that a count is below the minimum."""
    return f"< {fewest()}", SAY["fewer"][language].format(minimum=fewest())
