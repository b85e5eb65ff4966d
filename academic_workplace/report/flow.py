"""The flow of pupils: who was asked, who was there, and who could be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academic_workplace.disclosure import fewest, may_leave, rounded
from academic_workplace.errors import dutch
from academic_workplace.intake.pupils import STAGES, Flow
from academic_workplace.plan import Plan
from academic_workplace.report.document import Picture, Table
from academic_workplace.report.figures.flow import ArmFlow, Step, arms_on, arms_picture, number
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.numerals import NONE
from academic_workplace.report.withheld import stands_in_one
from academic_workplace.report.wording import capital
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("flow")
ENDS = ("start", "analysed")
STEPS = {stage: SAY[f"step.{stage}"] for stage in ("asked", "start", "answered", "analysed")}


def flow_of_arms(flow: Flow, plan: Plan, sample: int = 0) -> tuple[ArmFlow, ...]:
    """The steps of every arm in one analysis (the first is the primary outcome at the main wave).

    A count is None when it is 1 to 9, or when it and the next one shown tell of 1 to 9 pupils, or
    who started and who was compared in another analysis do; a step of which no arm may show its
    count is left out. Of an arm in one school only who was compared is told: a loss would be that
    of the school.
    """
    pupils = flow.counts[sample].sum(axis=0)
    told = flow.counts[..., STAGES.index("analysed")].sum(
        axis=1
    )  # of every analysis, in the report
    order = {arm: i for i, arm in enumerate(plan.study.arms)}
    out = []
    for a in sorted(range(len(flow.arms)), key=lambda a: order.get(flow.arms[a], len(order))):
        arm = flow.arms[a]
        found = {stage: int(pupils[a, STAGES.index(stage)]) for stage in STEPS if stage in STAGES}
        if arm in plan.asked:
            found = {"asked": plan.asked[arm], **found}
        steps: list[Step] = []
        later: int | None = None
        alone = _in_one(flow, flow.arms[a], sample)
        for stage, n in reversed(found.items()):
            inside = told[:, a].tolist() if stage in ("asked", "start") else []
            inside += [] if later is None else [later]
            hidden = any(0 < abs(apart) < fewest() for apart in (n, *(n - m for m in inside)))
            hidden = hidden or (alone and stage != "analysed")
            steps.append(Step(stage, None if hidden else rounded(n)))
            later = later if hidden else n
        out.append(ArmFlow(arm, tuple(reversed(steps))))
    kept = {step.stage for arm in out for step in arm.steps if step.pupils is not None}
    return tuple(ArmFlow(a.arm, tuple(s for s in a.steps if s.stage in kept)) for a in out)


def _in_one(flow: Flow, arm: str, sample: int = 0) -> bool:
    """Whether an arm stands in one school, at the start or among those compared."""
    clusters = (flow.counts[sample, :, flow.arms.index(arm)] > 0).sum(axis=0)
    return any(stands_in_one(int(clusters[STAGES.index(stage)])) for stage in ENDS)


def flow_table(flow: Flow, plan: Plan, language: str) -> Table:
    """The numbers under the picture."""
    dutch(language)  # refuses any third language
    arms = flow_of_arms(flow, plan)
    stages = [stage for stage in STEPS if any(s.stage == stage for arm in arms for s in arm.steps)]
    header = (SAY["column"][language], *(capital(plan.arm(a.arm).label[language]) for a in arms))
    found = [{step.stage: number(step.pupils, language) for step in arm.steps} for arm in arms]
    rows = [
        (capital(STEPS[stage][language]), *(each.get(stage, NONE) for each in found))
        for stage in stages
    ]
    people = plan.study.people[language]
    hides = any(step.pupils is None for arm in arms for step in arm.steps)
    notes = []
    if hides:
        notes.append(SAY["note"][language].format(minimum=fewest(), people=people))
    if any(_in_one(flow, arm) for arm in flow.arms):
        notes.append(SAY["note_one"][language])
    caption, numeric = SAY["table"][language].format(people=people), (False, *[True] * len(arms))
    return Table(caption, header, tuple(rows), numeric, " ".join(notes))


def flow_picture(flow: Flow, plan: Plan, language: str, *, narrow: bool = False) -> Figure:
    """A bar for every step of every arm, the numbers beside them."""
    return arms_picture(flow_of_arms(flow, plan), plan, language, narrow=narrow)


def plot_flow(flow: Flow, plan: Plan, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    return arms_on(ax, flow_of_arms(flow, plan), plan, language)


def flow_drawing(flow: Flow, plan: Plan, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(flow_picture(flow, plan, language)), flow_alternative(flow, plan, language))


def flow_block(flow: Flow, plan: Plan, language: str) -> Picture:
    """The picture for a page, with its alternative text."""
    return in_both_widths(
        lambda narrow: flow_picture(flow, plan, language, narrow=narrow),
        flow_alternative(flow, plan, language),
        _caption(plan, flow, language),
    )


def flow_alternative(flow: Flow, plan: Plan, language: str) -> str:
    """What the picture shows, in words."""
    dutch(language)  # refuses any third language
    out = []
    for arm in flow_of_arms(flow, plan):
        steps = [
            SAY["alt_step"][language].format(
                step=STEPS[step.stage][language], number=number(step.pupils, language)
            )
            for step in arm.steps
        ]
        label = plan.arm(arm.arm).label[language]
        out.append(SAY["alt_arm"][language].format(arm=label, steps=", ".join(steps)))
    people = plan.study.people[language]
    return SAY["alt"][language].format(people=people, arms=" ".join(out)).strip()


def _caption(plan: Plan, flow: Flow, language: str) -> str:
    outcome, wave = flow.samples[0]
    name = plan.measure(outcome).label[language]
    when = plan.wave_label(outcome, wave)[language]
    about = ", ".join(part for part in (name, when) if part)
    return SAY["caption"][language].format(about=about)


def shows(flow: Flow) -> bool:
    """Whether any arm is large enough for a picture."""
    return bool(len(flow.samples)) and may_leave(int(flow.counts[0, :, :, 0].sum()))
