"""Whether the difference is larger for some pupils: what is said of it, drawn and put in a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from academic_workplace.disclosure import Reason, rounded, shown_count
from academic_workplace.effects.result import Effect
from academic_workplace.effects.subgroups import ByGroup, Subgroups
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.evidence.weighing import Evidence, Verdict, weigh_one
from academic_workplace.language import Text
from academic_workplace.report.document import Block, Heading, Picture, Table
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.figures.subgroups import (
    Panel,
    Row,
    subgroups_on,
    subgroups_picture,
)
from academic_workplace.report.findings import difference, primary, shown, unit_after
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    digits_for,
    hidden,
    interval,
    p_said,
)
from academic_workplace.report.withheld import cell
from academic_workplace.report.withheld import notes as why_notes
from academic_workplace.report.wording import capital
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAY = phrases("subgroups")
FOUND, PAGE = phrases("findings"), phrases("page")

# ---------------------------------------------------------------- sentences


def subgroups_sentence(found: Subgroups, language: str) -> str:
    """Everything that was asked, with its answer; and what is not done."""
    dutch(language)  # refuses any third language
    told = [group_sentence(item, language) for item in _told(found)]
    told += [text[language] for text in found.not_done]
    people = found.plan.study.people[language]
    return " ".join(told) or SAY["nothing"][language].format(people=people)


def group_sentence(item: ByGroup, language: str) -> str:
    """Whether the effect differs between the groups of one column, and by how much."""
    plan, kind = item.plan, _kind(item)
    gaps = {"people": plan.study.people[language], "units": plan.study.cluster_label[language]}
    column = plan.column_label(item.column)[language]
    asked = SAY[f"asked.{kind}"][language].format(
        column=column, more=_more(item, language), people=gaps["people"]
    )
    if item.withheld:
        return f"{asked} {SAY['withheld.all'][language].format(**gaps)}"
    if item.p_value is None:
        reason = item.reason[language] if item.reason else ""
        return f"{asked} {SAY['no_answer'][language].format(reason=reason)}"
    parts = [asked, *_answer(item, kind, language)]
    if item.hidden[0]:
        parts.append(SAY["withheld.some"][language].format(**gaps))
    if not item.planned:
        parts.append(SAY["searched"][language])
    return " ".join(parts)


def _answer(item: ByGroup, kind: str, language: str) -> list[str]:
    """Yes, with how much; no; or not seen yet, with how much it may be."""
    if not item.clear:
        return _not_clear(item, language)
    parts = [SAY[f"yes.{kind}"][language]]
    if item.difference is None:
        away = item.hidden[0]
        seen = [
            (weigh_one(e).g or 0.0, level)
            for level, e in zip(item.levels, item.effects, strict=True)
            if level in item.tested and level not in away
        ]
        parts.append(SAY["clear.some"][language])
        if len(seen) > 1:
            (_, worse), (_, better) = min(seen), max(seen)
            parts.append(_between(SAY["clear.more"], item, better, worse, language))
        return parts
    first, second = item.levels
    finding = weigh_one(item.difference)
    better, worse = (first, second) if (finding.g or 0.0) > 0 else (second, first)
    parts.append(_between(SAY["clear.two"], item, better, worse, language))
    d, plan = item.difference, item.plan
    if d.estimate is not None and d.low is not None and d.high is not None:
        ends = sorted(map(abs, (d.low, d.high)))
        digits = digits_for(d.high - d.low)
        value, low, high = (decimal(x, digits, language) for x in (abs(d.estimate), *ends))
        unit = unit_after(plan.measure(d.outcome).unit[language], value, language)
        said = SAY["clear.by"][language].format(value=value, unit=unit, low=low, high=high)
        parts.append(said)
    if item.narrows is not None:
        said = SAY["gap.smaller" if item.narrows else "gap.larger"][language]
        arm, other = (plan.arm(a).pupils[language] for a in (d.arm, d.comparison))
        parts.append(said.format(arm=arm, other=other))
    return parts


def _between(said: Text, item: ByGroup, better: str, worse: str, language: str) -> str:
    one, other = (level_label(item, level, language) for level in (better, worse))
    return said[language].format(better=one, worse=other)


def _not_clear(item: ByGroup, language: str) -> list[str]:
    """That nothing is seen yet, and how far the groups may be apart; never that they are equal."""
    d = item.difference
    if d is None or d.low is None or d.high is None:
        return [SAY["unclear.plain"][language]]
    finding = weigh_one(d)
    if finding.verdict is Verdict.NEGLIGIBLE:
        return [SAY["negligible"][language]]
    if not d.low <= 0 <= d.high:  # alone it is clear; among the others it is not
        return [SAY["unclear.plain"][language], SAY["unclear.among"][language]]
    low, high = d.low, d.high
    first, second = item.levels
    if set(item.levels) <= {"0", "1"}:  # who has it beside who has not
        first, second, low, high = second, first, -high, -low
    if item.plan.measure(d.outcome).better == "lower":
        low, high = -high, -low
    digits = digits_for(high - low)
    less, more = decimal(-low, digits, language), decimal(high, digits, language)
    first, second = (level_label(item, level, language) for level in (first, second))
    unit = unit_after(item.plan.measure(d.outcome).unit[language], less, language)
    said = SAY["unclear.range"][language].format(
        first=first, second=second, less=less, more=more, unit=unit
    )
    return [SAY["unclear.plain"][language], said]


def _kind(item: ByGroup) -> str:
    return "planned" if item.planned else "explored"


def _more(item: ByGroup, language: str) -> str:
    """Of which outcome or arm, where there are several."""
    plan, parts = item.plan, list[str]()
    if len(plan.primary or plan.outcomes[:1]) > 1:
        parts.append(plan.measure(item.overall.outcome).label[language].lower())
    if len(item.sizes.arms) > 2:
        parts.append(plan.arm(item.overall.arm).label[language])
    return "".join(f"; {part}" for part in parts)


def level_label(item: ByGroup, level: str, language: str) -> str:
    """How a group is named: as the plan names it, without the name of its column before it."""
    plan, column = item.plan, item.plan.column_label(item.column)[language]
    name = f"{item.column}={level}"
    if name in plan.study.columns:
        return plan.study.columns[name][language].removeprefix(f"{column}: ")
    if set(item.levels) <= {"0", "1"}:
        return SAY["level.yes" if level == "1" else "level.no"][language].format(column=column)
    return level


def _told(found: Subgroups) -> list[ByGroup]:
    """Those of arms that are shown at all."""
    return [item for item in found if item.told]


def _in_order(item: ByGroup) -> list[tuple[str, Effect]]:
    """The groups in the order in which the plan names them, else in their own."""
    named = list(item.plan.study.columns)
    pairs = list(zip(item.levels, item.effects, strict=False))
    names = [f"{item.column}={level}" for level, _ in pairs]
    if not set(names) <= set(named):
        return pairs
    return sorted(pairs, key=lambda pair: named.index(f"{item.column}={pair[0]}"))


# ---------------------------------------------------------------- for the report


def sentences(evidence: Evidence, language: str) -> list[str]:
    """What is said of groups beside the main result, and of others where they differ clearly."""
    first = primary(evidence).effect
    main = first.outcome, first.wave, first.arm
    told = [
        group_sentence(item, language)
        for item in _items(evidence)
        if item.key == main or (item.clear and not item.withheld)
    ]
    if told and any(_drawn(found) for found in leaving(evidence)):
        told[-1] += f" {SAY['drawn'][language]}"
    return told


def title(evidence: Evidence, language: str) -> str:
    """The question that the sentences answer."""
    return SAY["title"][language].format(people=evidence.plan.study.people[language])


def appendix(evidence: Evidence, language: str) -> list[Block]:
    """The picture, and a table for every column, outcome and arm."""
    items = _items(evidence)
    if not items:
        return []
    tests = [item.planned for item in items if item.p_value is not None]
    return [
        Heading(title(evidence, language), 2),
        *(picture_of(found, language) for found in leaving(evidence) if _drawn(found)),
        *(table_of(x, tests.count(x.planned), language) for x in items if x.effects),
    ]


def leaving(evidence: Evidence) -> tuple[Subgroups, ...]:
    """What is told of: groups of effects that may themselves leave."""
    effects = (f.effect for f in evidence.findings if shown(f))
    keys = {(e.outcome, e.wave, e.arm) for e in effects}
    kept = (
        replace(found, items=tuple(item for item in _told(found) if item.key in keys))
        for found in evidence.subgroups
    )
    return tuple(found for found in kept if len(found))


def _items(evidence: Evidence) -> list[ByGroup]:
    return [item for found in leaving(evidence) for item in found]


def table_of(item: ByGroup, tests: int, language: str) -> Table:
    """The effect in every group, and of two groups how far these are apart.

    tests: how many were adjusted for each other.
    """
    plan, people = item.plan, item.plan.study.people[language]
    units = plan.study.cluster_label[language]
    away, uncounted = item.hidden
    rows = []
    for level, e in _in_order(item):
        name = capital(level_label(item, level, language))
        numbers = _inside(item, 4, language) if level in away else _numbers(e, language)
        counts = (hidden(language),) * 2 if level in away else _inside(item, 2, language)
        if level not in uncounted:
            counts = _pair(e, language, pupils=True), _pair(e, language, pupils=False)
        rows.append((name, *numbers, *counts))
    if item.difference is not None:
        first, second = (level_label(item, level, language) for level in item.levels)
        name = SAY["row.apart"][language].format(first=first, second=second)
        told = _inside(item, 4, language) if item.withheld else _numbers(item.difference, language)
        rows.append((name, *told, NONE, NONE))
    names = ("group", "difference", "interval", "df", "g")
    header = tuple(SAY[f"column.{name}"][language] for name in names)
    caption = SAY[f"table.{_kind(item)}"][language].format(
        column=plan.column_label(item.column)[language],
        measure=plan.measure(item.overall.outcome).label[language],
        arm=plan.arm(item.overall.arm).label[language],
    )
    header = (*header, capital(people), capital(units))
    numeric = (False, *(True,) * 6)
    return Table(caption, header, tuple(rows), numeric, " ".join(_notes(item, tests, language)))


def _inside(item: ByGroup, n: int, language: str) -> tuple[str, ...]:
    """So many cells of what is not shown; the first says why."""
    why = cell(item.why, item.plan, language) if item.why else hidden(language)
    return why, *(hidden(language),) * (n - 1)


def _numbers(e: Effect, language: str) -> tuple[str, str, str, str]:
    """Difference, interval, degrees of freedom and g; without uncertainty a difference misleads."""
    if e.estimate is None or e.low is None or e.high is None:
        return (NONE,) * 4
    digits = max(2, digits_for(e.high - e.low))
    g = NONE
    if e.g is not None:
        g = f"{decimal(e.g, 2, language)} ({interval(e.g_low, e.g_high, 2, language)})"
    limits = interval(e.low, e.high, digits, language)
    return decimal(e.estimate, digits, language), limits, decimal(e.df, 1, language), g


def _pair(e: Effect, language: str, *, pupils: bool) -> str:
    """How many, of the arm and of the comparison; of a dose there is one group."""
    of = (e.clusters_arm, e.clusters_comparison)
    if pupils:
        of = (rounded(e.pupils_arm), rounded(e.pupils_comparison))
    alone = (e.arm in e.plan.alone, e.comparison in e.plan.alone)  # they are no clusters
    told = [
        NONE if is_so and not pupils else count(n, language)
        for n, is_so in zip(of, alone, strict=True)
    ]
    return " / ".join(told[:1] if e.plan.dose else told)


def _notes(item: ByGroup, tests: int, language: str) -> list[str]:
    """How it was worked out, the test, and who is not in it."""
    people = item.plan.study.people[language]
    _, uncounted = item.hidden
    notes = [SAY["note.model"][language]]
    measure = item.plan.measure(item.overall.outcome)
    if measure.better == "lower":
        notes.append(PAGE["effects.lower"][language].format(names=measure.label[language]))
    if item.F is not None and item.p_value is not None and not item.withheld:
        test = SAY["note.test"][language].format(
            F=decimal(item.F, 2, language), df1=count(item.df1, language),
            df2=decimal(item.df2, 1, language), p=p_said(item.p_value, language),
        )  # fmt: skip
        notes.append(test)
        if tests > 1:
            p = p_said(item.p_adjusted, language)
            notes.append(SAY["note.holm"][language].format(n=tests, p=p))
        if item.difference is not None:
            notes.append(SAY["note.gap"][language])
    unknown = int(item.sizes.unknown.sum())
    if unknown and (uncounted or shown_count(unknown) is None):
        notes.append(SAY["note.unknown_few"][language].format(people=people))
    elif unknown:
        n = count(shown_count(unknown), language)
        notes.append(SAY["note.unknown"][language].format(n=n, people=people))
    if uncounted:
        few = (Reason.FEW,) if item.why == (Reason.FOLLOWS,) else ()  # that is what would follow
        notes += why_notes((*few, *item.why), item.plan, language)
    reasons = {e.reason[language] for e in item.effects if e.reason is not None}
    reasons |= {item.reason[language]} if item.reason else set()
    if not item.planned:
        notes.append(SAY["searched"][language])
    return [*notes, *sorted(reasons)]


# ---------------------------------------------------------------- the picture


def _drawn(found: Subgroups) -> list[ByGroup]:
    """Those of which at least one group is shown."""
    return [
        item
        for item in _told(found)
        if item.effects and set(item.levels) - item.hidden[0]
    ]  # fmt: skip


def panels(found: Subgroups, language: str) -> tuple[Panel, ...]:
    """What the picture shows. Raises PlanError when no group may be shown."""
    items = _drawn(found)
    if not items:
        raise PlanError([Fault(SAY["none.rule"], SAY["none.remedy"], column="subgroups")])
    out = []
    for item in items:
        away, _ = item.hidden
        rows = []
        for level, e in _in_order(item):
            name = level_label(item, level, language)
            if level in away:
                rows.append(Row(name, None, hidden(language)))
            else:
                rows.append(Row(name, weigh_one(e), FOUND["picture.no_answer"][language]))
        people = item.plan.study.people[language]
        whole = Row(
            SAY["picture.whole"][language].format(people=people), weigh_one(item.overall),
            FOUND["picture.no_answer"][language],
        )  # fmt: skip
        title = capital(item.plan.column_label(item.column)[language]) + _more(item, language)
        kind = SAY["picture.planned" if item.planned else "picture.explored"][language]
        out.append(Panel(title, kind, whole, tuple(rows)))
    return tuple(out)


def picture_of(found: Subgroups, language: str) -> Picture:
    """The picture for a report."""
    drawn, smallest = panels(found, language), found.plan.smallest_effect
    kinds = {item.planned for item in _drawn(found)}
    kind = "both" if len(kinds) > 1 else "planned" if kinds == {True} else "explored"
    caption = SAY["caption.main"][language].format(
        difference=difference(found.plan, language), smallest=decimal(smallest, 2, language),
        people=found.plan.study.people[language],
    )  # fmt: skip
    return in_both_widths(
        lambda narrow: subgroups_picture(drawn, smallest, language, narrow=narrow),
        alternative(found, language),
        f"{caption} {SAY[f'caption.{kind}'][language]}",
    )


def drawing(found: Subgroups, language: str) -> Drawing:
    """The same for a notebook."""
    dutch(language)  # refuses any third language
    figure = subgroups_picture(panels(found, language), found.plan.smallest_effect, language)
    return Drawing(png(figure), alternative(found, language))


def plot_subgroups(found: Subgroups, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    return subgroups_on(ax, panels(found, language), found.plan.smallest_effect, language)


def alternative(found: Subgroups, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    parts = [SAY["alt.main"][language].format(difference=difference(found.plan, language))]
    for panel in panels(found, language):
        each = "; ".join(
            f"{row.name}: {_told_row(row, language)}" for row in (panel.whole, *panel.groups)
        )
        parts.append(f"{panel.title} ({panel.note}). {each}.")
    return " ".join([*parts, SAY["alt.end"][language]])


def _told_row(row: Row, language: str) -> str:
    f = row.finding
    if f is None or f.g is None or f.low is None or f.high is None:
        return row.why
    return f"{decimal(f.g, 2, language)} ({interval(f.low, f.high, 2, language)})"
