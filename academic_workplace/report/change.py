"""How every arm moved from one measurement to the next, for readers: a sentence, picture, table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from academic_workplace.disclosure import Reason, fewest, may_leave
from academic_workplace.evidence.change import AFTER
from academic_workplace.evidence.description import withheld_means
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.change import draw_change
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.numerals import (
    NONE,
    decimal,
    digits_for,
    hidden,
    interval,
    pupils_of,
    share_told,
)
from academic_workplace.report.withheld import cell, first_of, notes
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from academic_workplace.evidence.change import ArmMean, Change
    from academic_workplace.plan import Plan

SAY = phrases("change")


def moment(plan: Plan, outcome: str, wave: str, language: str) -> str:
    """When it was measured, in the plan's words where it has them."""
    if wave == "":
        start = str(plan.baseline) if plan.wave is not None else ""
        named = plan.study.waves[start][language] if start in plan.study.waves else ""
        return named or SAY["before"][language]
    named = plan.wave_label(outcome, "" if wave == AFTER and plan.wave is None else wave)[language]
    return named or SAY["after"][language]


def digits(means: Sequence[ArmMean]) -> int:
    """Decimals of the means of an outcome, as many for every arm wherever they stand.

    They tell the means apart of the arm that is known least well: more would be more than is known.
    """
    widths: dict[str, list[float]] = {}
    for m in means:
        if m.low is not None and m.high is not None:
            widths.setdefault(m.arm, []).append(m.high - m.low)
    return max(1, min(digits_for(min(each)) for each in widths.values())) if widths else 2


def shown_means(change: Change, outcome: str) -> dict[str, list[ArmMean]]:
    """Arm -> its means in order of time, of arms of which every mean may be shown."""
    found: dict[str, list[ArmMean]] = {}
    for mean in change:
        if mean.outcome == outcome:
            found.setdefault(mean.arm, []).append(mean)
    order = {arm: i for i, arm in enumerate(change.plan.study.arms)}
    arms = sorted(found, key=lambda arm: order.get(arm, len(order)))
    inside = withheld_means(change)
    if any(of == outcome and Reason.ALIKE in why for (of, _, _), why in inside.items()):
        return {}
    gone = {arm for of, _, arm in inside if of == outcome}
    return {arm: found[arm] for arm in arms if arm not in gone}


def change_sentences(change: Change, language: str) -> str:
    """How each arm moved on the first outcome, without a comparison."""
    plan, outcome = change.plan, change.plan.outcomes[0]
    name = plan.measure(outcome).label[language].lower()
    shown = shown_means(change, outcome)
    at = digits([m for means in shown.values() for m in means])
    said = []
    for arm, means in shown.items():
        if len(means) < 2:
            continue
        start = next((m for m in means if m.wave == ""), means[0])  # there may be earlier ones
        first, last = (decimal(_mean(m, plan), at, language) for m in (start, means[-1]))
        said.append(
            SAY["same" if first == last else "up"][language].format(
                pupils=plan.arm(arm).pupils[language],
                outcome=name,
                moment=moment(plan, outcome, means[-1].wave, language),
                first=first,
                last=last,
            )
        )
    if not said:
        return SAY["nothing"][language].format(people=plan.study.people[language])
    return " ".join([*said, SAY["no_effect"][language]])


def alternative(change: Change, language: str) -> str:
    """What the picture shows, number by number."""
    plan, outcome = change.plan, change.plan.outcomes[0]
    name = plan.measure(outcome).label[language].lower()
    said, shown = [SAY["alt.start"][language].format(outcome=name)], shown_means(change, outcome)
    at = digits([m for means in shown.values() for m in means])
    for arm, means in shown.items():
        steps = []
        for m in means:
            told = SAY["alt.step" if m.low is None else "alt.step_with_range"][language]
            steps.append(
                told.format(
                    moment=moment(plan, outcome, m.wave, language),
                    mean=decimal(_mean(m, plan), at, language),
                    range=interval(m.low, m.high, at, language),
                )
            )
        label = plan.arm(arm).label[language]
        said.append(SAY["alt.arm"][language].format(arm=label, steps=", ".join(steps)))
    return " ".join(said)


def change_picture(change: Change, language: str) -> Picture | None:
    """The lines of the first outcome; None when no arm may be shown."""
    plan, outcome = change.plan, change.plan.outcomes[0]
    means = shown_means(change, outcome)
    if not means:
        return None
    measure = plan.measure(outcome)
    clusters = plan.study.cluster_label[language]
    caption = SAY["caption"][language].format(
        outcome=measure.label[language], unit=measure.unit[language], clusters=clusters
    ).replace(", .", ".")  # fmt: skip
    if any(m.low is None for each in means.values() for m in each):
        caption += f" {SAY['no_bars'][language]}"
    return in_both_widths(
        lambda narrow: draw_change(change, language, narrow=narrow),
        alternative(change, language),
        caption,
    )


def change_drawing(change: Change, language: str) -> Drawing:
    """The same for a notebook."""
    return Drawing(png(draw_change(change, language, narrow=False)), alternative(change, language))


def change_table(change: Change, language: str) -> Table:
    """Every mean of every outcome; what may not leave is not in it."""
    plan = change.plan
    columns = ("outcome", "moment", "arm", "mean", "range", "pupils")
    header = tuple(SAY[f"table.{name}"][language] for name in columns)
    rows, inside = [], withheld_means(change)
    for m in change:
        at = digits([x for x in change if x.outcome == m.outcome])
        first = (
            plan.measure(m.outcome).label[language],
            moment(plan, m.outcome, m.wave, language),
            plan.arm(m.arm).label[language],
        )
        why = inside.get((m.outcome, m.wave, m.arm), ())
        if why:
            n = pupils_of(m.pupils, language) if may_leave(m.pupils) else f"< {fewest()}"
            rows.append((*first, cell(why, plan, language), hidden(language), n))
            continue
        limits = NONE if m.low is None else interval(m.low, m.high, at, language)
        rows.append(
            (*first, decimal(_mean(m, plan), at, language), limits, pupils_of(m.pupils, language))
        )
    note = SAY["table.note"][language].format(
        clusters=plan.study.cluster_label[language], people=plan.study.people[language]
    )
    seen = {reason for why in inside.values() for reason in first_of(why)}
    note = " ".join([note, *notes(seen, plan, language)])
    numeric = (False, False, False, True, True, True)
    return Table(SAY["table.caption"][language], header, tuple(rows), numeric, note)


def _mean(m: ArmMean, plan: Plan) -> float | None:
    """A mean as it is printed: where the rules round counts, a share is that of those printed."""
    return share_told(m.mean, m.ones if plan.weights is None else None, m.pupils)


def change_blocks(change: Change, language: str) -> list[Block]:
    """For the appendix: heading, sentence, picture, table."""
    picture = change_picture(change, language)
    return [
        Heading(SAY["title"][language], 2),
        Paragraph(change_sentences(change, language)),
        *([] if picture is None else [picture]),
        change_table(change, language),
    ]
