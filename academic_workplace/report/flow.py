"""The flow of pupils: who was asked, who was there, and who could be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.errors import dutch
from academic_workplace.intake.pupils import STAGES, Flow
from academic_workplace.language import Text
from academic_workplace.plan import Plan
from academic_workplace.report.document import ACCENT, BAND, INK, LINE, PAPER, SOFT, Picture, Table
from academic_workplace.report.figures.effects import GROUP, ROW
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.numerals import NONE, count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS = {
    "asked": Text("gevraagd", "asked"),
    "start": Text("in het bestand bij de start", "in the file at the start"),
    "answered": Text("met deze meting", "with this measurement"),
    "analysed": Text("vergeleken (alles bekend)", "compared (all is known)"),
}
NAME = {False: 80, True: 38}  # letters of the name of an arm for which a picture has room
EDGE, BAR = 2.0, 5.6  # where the bars begin and the longest ends, in inches
FOOT = 0.1


@dataclass(frozen=True, slots=True)
class Step:
    """How many pupils of an arm came so far; None where the count may not be shown."""

    stage: str
    pupils: int | None


@dataclass(frozen=True, slots=True)
class ArmFlow:
    """The steps of one arm in one analysis, from asked to analysed."""

    arm: str
    steps: tuple[Step, ...]


def flow_of_arms(flow: Flow, plan: Plan, sample: int = 0) -> tuple[ArmFlow, ...]:
    """The steps of every arm in one analysis (the first is the primary outcome at the main wave).

    A count is None when it is 1 to 9, or when it and the next one shown tell of 1 to 9 pupils, or
    who started and who was compared in another analysis do; a step of which no arm may show its
    count is left out.
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
        for stage, n in reversed(found.items()):
            inside = told[:, a].tolist() if stage in ("asked", "start") else []
            inside += [] if later is None else [later]
            hidden = any(0 < abs(apart) < fewest() for apart in (n, *(n - m for m in inside)))
            steps.append(Step(stage, None if hidden else n))
            later = later if hidden else n
        out.append(ArmFlow(arm, tuple(reversed(steps))))
    kept = {step.stage for arm in out for step in arm.steps if step.pupils is not None}
    return tuple(ArmFlow(a.arm, tuple(s for s in a.steps if s.stage in kept)) for a in out)


def flow_table(flow: Flow, plan: Plan, language: str) -> Table:
    """The numbers under the picture."""
    nl = dutch(language)
    arms = flow_of_arms(flow, plan)
    stages = [stage for stage in STEPS if any(s.stage == stage for arm in arms for s in arm.steps)]
    header = ("Stap" if nl else "Step", *(_capital(plan.arm(a.arm).label[language]) for a in arms))
    found = [{step.stage: step.pupils for step in arm.steps} for arm in arms]
    rows = [
        (_capital(STEPS[stage][language]), *(_cell(each.get(stage), language) for each in found))
        for stage in stages
    ]
    caption = "Hoeveel leerlingen er waren" if nl else "How many pupils there were"
    note = (
        f"Een aantal staat er niet als het over minder dan {fewest()} leerlingen gaat, of als dat"
        " eruit te berekenen is."
        if nl
        else f"A number is left out when it is about fewer than {fewest()} pupils, or when such a"
        " number could be worked out from it."
    )
    hides = any(step.pupils is None for arm in arms for step in arm.steps)
    return Table(caption, header, tuple(rows), (False, *[True] * len(arms)), note if hides else "")


def flow_picture(flow: Flow, plan: Plan, language: str, *, narrow: bool = False) -> Figure:
    """A bar for every step of every arm, the numbers beside them."""
    from matplotlib.figure import Figure

    arms = flow_of_arms(flow, plan)
    figure = Figure(figsize=(NARROW if narrow else WIDE, _height(arms, narrow=narrow)),
                    facecolor=PAPER)  # fmt: skip
    _draw(figure.add_axes((0, 0, 1, 1)), arms, plan, language, narrow=narrow)
    return figure


def plot_flow(flow: Flow, plan: Plan, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)
    arms = flow_of_arms(flow, plan)
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure(figsize=(WIDE, _height(arms, narrow=False))).add_axes((0, 0, 1, 1))
    _draw(ax, arms, plan, language, narrow=False)
    return ax


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
    nl, out = dutch(language), []
    for arm in flow_of_arms(flow, plan):
        steps = [
            f"{STEPS[step.stage][language]} {_number(step.pupils, language)}" for step in arm.steps
        ]
        out.append(f"{plan.arm(arm.arm).label[language]}: {', '.join(steps)}.")
    lead = (
        "Hoeveel leerlingen er waren, per groep." if nl else "How many pupils there were, by arm."
    )
    return " ".join([lead, *out])


def _caption(plan: Plan, flow: Flow, language: str) -> str:
    outcome, wave = flow.samples[0]
    name = plan.measure(outcome).label[language]
    when = plan.wave_label(outcome, wave)[language]
    about = ", ".join(part for part in (name, when) if part)
    lead = "Wie er was en wie we konden vergelijken" if dutch(language) else (
        "Who was there and who could be compared"
    )  # fmt: skip
    return f"{lead} ({about})"


def _cell(n: int | None, language: str) -> str:
    return NONE if n is None else count(n, language)


def _number(n: int | None, language: str) -> str:
    if n is not None:
        return count(n, language)
    return "niet getoond" if dutch(language) else "not shown"


def _cut(words: str, letters: int) -> str:
    return words if len(words) <= letters else f"{words[: letters - 1].rstrip()}…"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _height(arms: Sequence[ArmFlow], *, narrow: bool) -> float:
    step = ROW * (1.75 if narrow else 1.15)
    return sum(GROUP + step * len(arm.steps) for arm in arms) + FOOT


def _draw(ax: Axes, arms: Sequence[ArmFlow], plan: Plan, language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    small, normal = SIZES[narrow]
    width = NARROW if narrow else WIDE
    step = ROW * (1.75 if narrow else 1.15)
    left, right = (0.0, width - 0.95) if narrow else (EDGE, BAR)
    most = max((s.pupils or 0 for arm in arms for s in arm.steps), default=0) or 1
    ax.set_xlim(0, width)
    ax.set_ylim(_height(arms, narrow=narrow), 0)
    ax.axis("off")
    y = 0.0
    for i, arm in enumerate(arms):
        if i:
            ax.plot([0, width], [y + 0.03] * 2, color=LINE, lw=0.8)
        y += GROUP
        name = _capital(plan.arm(arm.arm).label[language])
        ax.text(
            0, y - 0.12, _cut(name, NAME[narrow]), size=normal, color=INK, weight="bold",
            va="center", parse_math=False,
        )  # fmt: skip
        for step_of in arm.steps:
            last = step_of.stage == "analysed"
            line = y + (step - 0.15 if narrow else step / 2)
            label = STEPS[step_of.stage][language]
            ax.text(0, y + 0.12 if narrow else line, label, size=small, color=SOFT, va="center")
            end = left + (right - left) * (step_of.pupils or 0) / most
            ax.fill_between([left, right], line - 0.08, line + 0.08, color=BAND, lw=0)
            if end > left:
                colour = ACCENT if last else SOFT
                ax.fill_between([left, end], line - 0.08, line + 0.08, color=colour, lw=0)
            ax.text(
                right + 0.1, line, _number(step_of.pupils, language), va="center",
                size=normal if last else small, color=ACCENT if last else SOFT,
                weight="bold" if last else "normal",
            )  # fmt: skip
            y += step


def shows(flow: Flow) -> bool:
    """Whether any arm is large enough for a picture."""
    return bool(len(flow.samples)) and may_leave(int(flow.counts[0, :, :, 0].sum()))
