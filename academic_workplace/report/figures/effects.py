"""Pictures, in one house style: direct labels, no colour alone, numbers beside the marks."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from academic_workplace.disclosure import Reason, fewest
from academic_workplace.errors import dutch
from academic_workplace.evidence.weighing import Evidence, Finding
from academic_workplace.report.figures.style import NARROW, SIZES, WIDE
from academic_workplace.report.findings import CLEAR as CLEAR
from academic_workplace.report.findings import WORSE as WORSE
from academic_workplace.report.findings import in_time, shown
from academic_workplace.report.house import house
from academic_workplace.report.numerals import decimal, interval
from academic_workplace.report.withheld import cell
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, GROUP = 0.25, 0.34  # height of a line and of an outcome's name, in inches
TOP, FOOT = 0.34, 0.3  # room for the words above and below the lines
NUMBER, RANGE = 5.72, 5.88  # where the numbers end and the ranges begin, in inches
LABEL = 30  # letters of a label that fit before the bars
SHORT, WHOLE = 22, 54  # on a phone: letters beside the numbers, and over the whole width
BELOW = 0.17  # a further line of type

SAY = phrases("findings")


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Line(Generic[Item]):
    """One line of a picture: the name of an outcome, or what was found of it under that."""

    name: str
    note: str = ""
    item: Item | None = None


def lines(evidence: Evidence, language: str) -> list[Line[Finding]]:
    """The lines of the effects picture, from top to bottom."""
    plan = evidence.plan
    out: list[Line[Finding]] = []
    several = len({f.effect.arm for f in evidence.findings}) > 1
    last = None
    for finding in in_time(evidence):
        effect = finding.effect
        measure = plan.measure(effect.outcome)
        wave = plan.wave_label(effect.outcome, effect.wave)[language]
        if effect.outcome != last:
            name = measure.better_label if measure.better == "lower" else measure.label
            informant = measure.informant[language]
            by = SAY["picture.by"][language].format(informant=informant) if informant else ""
            title = name[language][:1].upper() + name[language][1:]
            note = ", ".join(part for part in (by, wave if several else "") if part)
            out.append(Line(title, note))
            last = effect.outcome
        out.append(Line(plan.arm(effect.arm).label[language] if several else wave, "", finding))
    return out


def effects_picture(evidence: Evidence, language: str, *, narrow: bool = False) -> Figure:
    """The effects with intervals against the smallest effect that matters, numbers beside them."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    rows = lines(evidence, language)
    size = (NARROW if narrow else WIDE, _height(rows, narrow=narrow))
    figure = Figure(figsize=size, facecolor=house().paper)
    ax = figure.add_axes((0, 0, 1, 1))
    _draw(ax, rows, evidence.plan.smallest_effect, language, narrow=narrow)
    return figure


def plot_effects(evidence: Evidence, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    rows = lines(evidence, language)
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, _height(rows, narrow=False))).add_axes((0, 0, 1, 1))
    _draw(ax, rows, evidence.plan.smallest_effect, language, narrow=False)
    return ax


def _height(rows: Sequence[Line[Finding]], *, narrow: bool) -> float:
    """Of the picture, in inches."""
    names = [row for row in rows if row.item is None]
    groups = sum(GROUP + BELOW * len(_notes(row)) * narrow for row in names)
    return TOP + groups + (len(rows) - len(names)) * _step(rows, narrow=narrow) + FOOT


def _notes(row: Line[Finding]) -> list[str]:
    """The lines of a note under the name of an outcome, on a phone."""
    return textwrap.wrap(row.note, WHOLE)


def _step(rows: Sequence[Line[Finding]], *, narrow: bool) -> float:
    """The height of a line: more on a phone, and where a label needs two lines."""
    longest = max(len(row.name) for row in rows if row.item is not None)
    if narrow:
        return ROW * 1.75 + (BELOW if longest > SHORT else 0)
    return ROW * (1.35 if longest > LABEL else 1)


def _draw(
    ax: Axes, rows: Sequence[Line[Finding]], smallest: float, language: str, *, narrow: bool
) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    said = {
        name: SAY[f"picture.{name}"][language]
        for name in ("too_small", "difference", "range", "worse", "better")
    }
    colours = house()
    width = NARROW if narrow else WIDE
    left, right = (0.08, width - 0.08) if narrow else (1.95, 5.05)
    ax.set_xlim(0, width)
    ax.set_ylim(_height(rows, narrow=narrow), 0)
    ax.axis("off")
    visible = [r.item for r in rows if r.item and shown(r.item)]
    ends = [x for f in visible for x in (f.low, f.high, f.g) if x is not None]
    low, high = min([-2 * smallest, *ends]), max([2 * smallest, *ends])
    margin = 0.06 * (high - low)
    low, high = low - margin, high + margin

    def at(g: float) -> float:
        return left + (g - low) / (high - low) * (right - left)

    small, normal = SIZES[narrow]
    band = (at(-smallest), at(smallest))
    middle = min(max(at(0), left + 0.55), right - 0.55)  # words stay within the picture
    turn = min(max(at(0), left + 1.1), right - 1.1)
    ax.text(
        middle,
        TOP + 0.06,
        said["too_small"],
        size=small,
        color=colours.soft,
        ha="center",
        va="bottom",
        linespacing=1.1,
    )
    if not narrow:
        ax.text(
            NUMBER,
            TOP + 0.06,
            said["difference"],
            size=small,
            color=colours.soft,
            ha="right",
            va="bottom",
        )
        ax.text(RANGE, TOP + 0.06, said["range"], size=small, color=colours.soft, va="bottom")
    y, first, step = TOP, True, _step(rows, narrow=narrow)
    for i, row in enumerate(rows):
        if row.item is None:
            if not first:
                ax.plot([0, width], [y + 0.03] * 2, color=colours.line, lw=0.8)
            y += GROUP
            name = ax.text(
                0, y - 0.1, row.name, size=normal, color=colours.ink, weight="bold", va="center"
            )
            if narrow:
                for note in _notes(row):
                    y += BELOW
                    ax.text(0, y - 0.1, note, size=small, color=colours.soft, va="center")
            elif row.note:
                ax.annotate(row.note, (1, 0.5), xycoords=name, xytext=(5, 0), size=small,
                            textcoords="offset points", color=colours.soft, va="center")  # fmt: skip
            first = False
            continue
        ends_group = i + 1 == len(rows) or rows[i + 1].item is None
        line_y = y + (step - ROW * 0.49 if narrow else step / 2)
        bottom = y + step - (0.02 if ends_group else 0)
        ax.fill_between(band, (line_y - 0.13 if narrow else y), bottom, color=colours.band, lw=0)
        ax.plot([at(0)] * 2, [(line_y - 0.13 if narrow else y), bottom], color=colours.soft, lw=0.9)
        label_y = y + 0.13 + (step - ROW * 1.75) / 2 if narrow else line_y
        _effect(ax, row, row.item, line_y, label_y, at, language, narrow=narrow)
        y += step
    ax.text(
        turn - 0.07,
        y + 0.16,
        said["worse"],
        size=small,
        color=colours.soft,
        ha="right",
        va="center",
    )
    ax.text(turn + 0.07, y + 0.16, said["better"], size=small, color=colours.soft, va="center")


def _effect(
    ax: Axes,
    row: Line[Finding],
    finding: Finding,
    line_y: float,
    label_y: float,
    at: Callable[[float], float],
    language: str,
    *,
    narrow: bool,
) -> None:
    """One effect: its label, its interval and point, and its numbers."""
    colours, (small, _) = house(), SIZES[narrow]
    label = textwrap.fill(row.name, SHORT if narrow else LABEL)
    ax.text(0, label_y, label, size=small, color=colours.soft, va="center", linespacing=1.05)
    if not shown(finding) or finding.low is None or finding.high is None or finding.g is None:
        plan, why = finding.effect.plan, finding.withheld
        few = SAY["picture.hidden"][language].format(
            minimum=fewest(), people=plan.study.people[language]
        )
        by_few = not why or Reason.FEW in why
        words = {
            "hidden": few if by_few else cell(why, plan, language),
            "no answer": SAY["picture.no_answer"][language],
        }
        no_number(ax, finding, words, label_y, narrow=narrow)
        return
    clear, colour = finding.verdict in CLEAR, colour_of(finding)
    ends, thick = [at(finding.low), at(finding.high)], 2.6 if clear else 1.6
    ax.plot(ends, [line_y] * 2, color=colour, lw=thick, solid_capstyle="round", zorder=3)
    ax.plot(at(finding.g), line_y, "o", ms=7, mfc=colour if clear else colours.paper, mec=colour, mew=1.5,
            zorder=4)  # fmt: skip
    span = interval(finding.low, finding.high, 2, language)
    number(ax, finding, decimal(finding.g, 2, language), span, line_y, label_y, narrow=narrow)


def colour_of(finding: Finding) -> str:
    """Of a clear difference, by its direction; grey otherwise."""
    if finding.verdict not in CLEAR:
        return house().soft
    return house().second if finding.verdict in WORSE else house().accent


def no_number(
    ax: Axes, finding: Finding, words: Mapping[str, str], y: float, *, narrow: bool
) -> None:
    """Why an effect has none, where it would have stood."""
    x, why = NARROW if narrow else NUMBER, words["no answer" if shown(finding) else "hidden"]
    ax.text(x, y, why, size=SIZES[narrow][0], color=house().soft, va="center", ha="right")


def number(
    ax: Axes, finding: Finding, value: str, span: str, line_y: float, label_y: float, *,
    narrow: bool,
) -> None:  # fmt: skip
    """The number of an effect and its range: in two columns, or together on a phone."""
    small, normal = SIZES[narrow]
    style: dict[str, Any] = {"color": colour_of(finding), "va": "center", "ha": "right"}
    style["weight"] = "bold" if finding.verdict in CLEAR else "normal"
    if narrow:
        ax.text(NARROW, label_y, f"{value}  ({span})", size=small, **style)
    else:
        ax.text(NUMBER, line_y, value, size=normal, **style)
        ax.text(RANGE, line_y, span, size=small, color=house().soft, va="center")
