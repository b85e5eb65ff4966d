"""The flow of pupils: a bar for every step of every arm, the numbers beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academic_workplace.errors import dutch
from academic_workplace.plan import Plan
from academic_workplace.report.figures.effects import GROUP, ROW
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE, drawn, drawn_on
from academic_workplace.report.house import house
from academic_workplace.report.numerals import count, hidden
from academic_workplace.report.wording import capital
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAY = phrases("flow")
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


def number(n: int | None, language: str) -> str:
    """A count, or that it is not shown."""
    return hidden(language) if n is None else count(n, language)


def arms_picture(
    arms: Sequence[ArmFlow], plan: Plan, language: str, *, narrow: bool = False
) -> Figure:
    """The steps of every arm, wide or narrow."""
    dutch(language)  # refuses any third language
    return drawn(
        lambda axes: _draw(axes, arms, plan, language, narrow=narrow),
        _height(arms, narrow=narrow),
        narrow=narrow,
    )


def arms_on(ax: Axes | None, arms: Sequence[ArmFlow], plan: Plan, language: str) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    return drawn_on(
        ax,
        lambda axes: _draw(axes, arms, plan, language, narrow=False),
        _height(arms, narrow=False),
    )


def _cut(words: str, letters: int) -> str:
    return words if len(words) <= letters else f"{words[: letters - 1].rstrip()}…"


def _height(arms: Sequence[ArmFlow], *, narrow: bool) -> float:
    step = ROW * (1.75 if narrow else 1.15)
    return sum(GROUP + step * len(arm.steps) for arm in arms) + FOOT


def _draw(ax: Axes, arms: Sequence[ArmFlow], plan: Plan, language: str, *, narrow: bool) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    now, (small, normal) = house(), SIZES[narrow]
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
            ax.plot([0, width], [y + 0.03] * 2, color=now.line, lw=0.8)
        y += GROUP
        name = capital(plan.arm(arm.arm).label[language])
        ax.text(
            0, y - 0.12, _cut(name, NAME[narrow]), size=normal, color=now.ink, weight="bold",
            va="center", parse_math=False,
        )  # fmt: skip
        for step_of in arm.steps:
            last = step_of.stage == "analysed"
            line = y + (step - 0.15 if narrow else step / 2)
            label = SAY[f"step.{step_of.stage}"][language]
            ax.text(0, y + 0.12 if narrow else line, label, size=small, color=now.soft, va="center")
            end = left + (right - left) * (step_of.pupils or 0) / most
            ax.fill_between([left, right], line - 0.08, line + 0.08, color=now.band, lw=0)
            if end > left:
                colour = now.accent if last else now.soft
                ax.fill_between([left, end], line - 0.08, line + 0.08, color=colour, lw=0)
            ax.text(
                right + 0.1, line, number(step_of.pupils, language), va="center",
                size=normal if last else small, color=now.accent if last else now.soft,
                weight="bold" if last else "normal",
            )  # fmt: skip
            y += step
