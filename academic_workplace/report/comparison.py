"""Whether weights or matches made the arms alike: the love plot, the overlap, and plain words."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academic_workplace.comparison.balance import Overlap
from academic_workplace.comparison.weighting import Flag
from academic_workplace.disclosure import fewest, may_leave, shown_count
from academic_workplace.effects.result import Effect
from academic_workplace.effects.weighted import Weighted
from academic_workplace.errors import dutch
from academic_workplace.evidence.balance import (
    ADJUSTABLE,
    AT_THE_LINE,
    EQUAL,
    Balance,
    BaselineVerdict,
    Characteristic,
    Measure,
    baseline_verdict,
    weighted_balance,
)
from academic_workplace.language import Text
from academic_workplace.plan import Estimand, Method, Plan
from academic_workplace.report.document import (
    ACCENT,
    BAND,
    INK,
    LINE,
    PAPER,
    SOFT,
    SUN,
    Block,
    Heading,
    Paragraph,
    Picture,
    Table,
)
from academic_workplace.report.figures.style import (
    NARROW,
    SIZES,
    WIDE,
    Drawing,
    in_both_widths,
    png,
)
from academic_workplace.report.numerals import NONE, count, decimal, digits_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# ---------------------------------------------------------------- words of the ways of comparing

WEIGHED = Text("wegen", "weights")
MATCHED = Text("koppelen", "matching")
GROUPED = Text("indelen", "grouping")
BY = {
    Method.NEAREST: MATCHED,
    Method.OPTIMAL: MATCHED,
    Method.SUBCLASSES: GROUPED,
}
AFTER = {  # at the start of a sentence
    WEIGHED: Text("Na het wegen", "After weighting"),
    MATCHED: Text("Na het koppelen", "After matching"),
    GROUPED: Text("Na het indelen", "After grouping"),
}
FOR_WHOM = {
    Estimand.ATT: Text(
        "De vergelijking geldt voor de leerlingen die meededen.",
        "The comparison holds for the pupils who took part.",
    ),
    Estimand.ATE: Text(
        "De vergelijking geldt voor alle leerlingen.", "The comparison holds for all pupils."
    ),
    Estimand.ATO: Text(
        "De vergelijking geldt voor leerlingen die net zo goed wel als niet hadden kunnen meedoen.",
        "The comparison holds for pupils who might as well have taken part as not.",
    ),
}
HOW = {
    Estimand.ATT: Text(
        "Wie niet meedeed, telt zwaarder als die leerling vooraf meer leek op wie wel meedeed.",
        "A pupil who did not take part counts for more the more alike that pupil was beforehand to"
        " those who did.",
    ),
    Estimand.ATE: Text(
        "Een leerling telt zwaarder als er in de eigen groep minder zulke leerlingen zijn dan in de"
        " andere.",
        "A pupil counts for more when there are fewer such pupils in the own group than in the"
        " other.",
    ),
    Estimand.ATO: Text(
        "Een leerling telt zwaarder als er net zulke leerlingen in de andere groep zijn.",
        "A pupil counts for more when there are pupils just like that in the other group.",
    ),
    MATCHED: Text(
        "Bij leerlingen die meededen zochten we leerlingen die vooraf op hen leken en niet meededen.",
        "For pupils who took part we looked for pupils who were alike beforehand and did not.",
    ),
    GROUPED: Text(
        "We vergeleken steeds leerlingen die vooraf ongeveer even veel kans hadden om mee te doen.",
        "We compared pupils who beforehand had about the same chance to take part.",
    ),
}
TOOK_PART = {
    "nl": ["leerlingen die meededen", "leerlingen die niet meededen"],
    "en": ["pupils who took part", "pupils who did not take part"],
}
NOT_MEASURED = Text(
    "De groepen kunnen nog verschillen in wat niet is gemeten. Daar houdt de berekening geen"
    " rekening mee.",
    "The groups may still differ in what was not measured. The calculation does not allow for that.",
)
NO_P_VALUE = Text(
    "Bij deze verschillen staat geen p-waarde: die hangt af van hoeveel leerlingen er zijn, en de"
    " vraag is alleen hoe ver juist deze twee groepen uit elkaar liggen.",
    "These differences have no p-value: that depends on how many pupils there are, and the only"
    " question is how far apart these two very groups are.",
)
FLAG = {
    Flag.FEW_EFFECTIVE: Text(
        "Een van de groepen telt voor minder dan 10 leerlingen. Een paar leerlingen bepalen dan de"
        " uitkomst.",
        "One of the groups counts for fewer than 10 pupils. The result then hangs on a few.",
    ),
    Flag.ONE_PUPIL: Text(
        "Eén leerling telt wel heel zwaar: voor een kwart of meer van de groep. Zonder die leerling"
        " kan het beeld anders zijn.",
        "One pupil counts for very much: a quarter or more of the group. Without that pupil the"
        " picture may be different.",
    ),
}
ZONE = {
    BaselineVerdict.SATISFIED: Text("bijna gelijk", "almost equal"),
    BaselineVerdict.ADJUST: Text("klein verschil", "small difference"),
    BaselineVerdict.NOT: Text("groot verschil", "large difference"),
    BaselineVerdict.UNKNOWN: Text("niet bekend", "not known"),
}
WORDS = {
    "nl": {
        "before": "zonder\n{}",
        "after": "met\n{}",
        "difference": "verschil",
        "hidden": "niet getoond",
        "unknown": "niet bekend",
        "outlined": "zo tellen zij met {}",
        "alone": "niemand om mee te vergelijken",
        "small chance": "← kleine kans om mee te doen",
        "large chance": "grote kans →",
    },
    "en": {
        "before": "without\n{}",
        "after": "with\n{}",
        "difference": "difference",
        "hidden": "not shown",
        "unknown": "not known",
        "outlined": "how they count with {}",
        "alone": "nobody to compare with",
        "small chance": "← small chance to take part",
        "large chance": "large chance →",
    },
}
ORDER = (BaselineVerdict.SATISFIED, BaselineVerdict.ADJUST, BaselineVerdict.NOT)
MOSTLY = 0.95  # of an arm: pupils that count for so many all count about alike
NAMED_AT_MOST = 2  # characteristics in a sentence
MOST = 8  # characteristics in the picture on the page; the appendix has all


def way(method: Method) -> Text:
    """How the arms were made alike: weights, matching, or grouping."""
    return BY.get(method, WEIGHED)


# ---------------------------------------------------------------- what is shown of a balance


def told(balance: Balance) -> list[Characteristic]:
    """A row a characteristic: of a category with two levels the second, for the first says the same.

    Those with the largest difference (without weights) come first; unknown ones last.
    """
    levels: dict[str, list[str]] = {}
    for c in balance:
        levels.setdefault(_name(c), []).append(c.column)
    twice = {found[0] for found in levels.values() if len(found) == 2}
    rows = [c for c in balance if c.column not in twice]
    return sorted(rows, key=lambda c: -abs(c.standardised or 0.0) if _known(c) else 1.0)


def _name(c: Characteristic) -> str:
    return c.column.split("=")[0]


def _known(c: Characteristic) -> bool:
    return c.standardised is not None and not rare(c)


def rare(c: Characteristic) -> bool:
    """Whether it is of fewer than 10 pupils, or a share that tells of 1 to 9."""
    if not may_leave(c.n_arm, c.n_comparison):
        return True
    counted = ((c.mean_arm, c.n_arm), (c.mean_comparison, c.n_comparison))
    return c.measure is Measure.COX and any(
        None in (shown_count(round(p * n)), shown_count(round((1 - p) * n))) for p, n in counted
    )


def worst(balance: Balance, *, weights: bool) -> dict[str, BaselineVerdict]:
    """Per characteristic its verdict, without or with weights; of a category that of its worst."""
    out: dict[str, BaselineVerdict] = {}
    for c in told(balance):
        verdict = c.weighted.verdict if weights and c.weighted else c.verdict
        if rare(c) or verdict is BaselineVerdict.UNKNOWN:
            continue
        held = out.setdefault(_name(c), verdict)
        out[_name(c)] = max(held, verdict, key=ORDER.index)
    return out


# ---------------------------------------------------------------- the love plot

LEFT, RIGHT = 2.5, 5.62  # of the scale on a page, in inches
NARROW_LEFT, NARROW_RIGHT = 0.22, NARROW - 0.2  # and on a phone, where it has a line of its own
WITHOUT, WITH = 6.32, 7.0  # where the numbers end
LABEL, NARROW_LABEL = 36, 37  # letters on a line of a label
ONE_LINE, MORE_LINES = 0.24, 0.15  # of height, and for each further line of a label
APART = 0.06  # on a phone: room above a label, so that it belongs to the marks below it
MARKS = 0.22  # on a phone: height of the line of marks under a label
HEAD, NAMES, BELOW = 0.42, 0.24, 0.24  # words of the zones, names of the marks, numbers below
TALL = 0.135  # of a line of type
BEARING = 0.03  # of a letter at its sides
CENTURY = 100  # a spread below it and means like years: then they are years
FARTHEST = 1.0  # of the scale: what lies beyond stands at the edge, with an arrow
LEAST = 0.4
GROUND = "#d3e6e9"  # behind what is almost equal; a small difference has the lighter BAND


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the love plot: how far apart without and with weights, never below 0."""

    label: str
    before: float | None
    after: float | None
    hidden: bool = False


def lines(balance: Balance, plan: Plan | None, language: str) -> list[Line]:
    """The rows from top to bottom: the largest difference without weights first."""
    out = []
    for c in told(balance):
        label, hide = label_of(c, plan, language), rare(c)
        before, after = c.standardised, c.weighted.standardised if c.weighted else None
        before, after = (None if hide or x is None else abs(x) for x in (before, after))
        out.append(Line(label, before, after, hide))
    return out


def label_of(c: Characteristic, plan: Plan | None, language: str) -> str:
    """A characteristic in words; by the name of its column where there is no plan."""
    label = plan.column_label(c.column)[language] if plan else c.column.replace("=", ": ")
    return label[:1].upper() + label[1:]


def _number(x: float | None, language: str) -> str:
    """Two decimals, or as many more as show on which side of a limit a difference lies."""
    near = (line for line in (EQUAL, ADJUSTABLE) if x is not None and round(abs(x), 2) == line)
    line = next(near, None)
    if x is None or line is None or abs(x) <= line + AT_THE_LINE:
        return decimal(x, 2, language)
    return decimal(x, next((d for d in (3, 4, 5) if round(abs(x), d) > line), 2), language)


def love_picture(
    rows: Sequence[Line], by: Text | None, language: str, *, narrow: bool = False
) -> Figure:
    """How far apart the arms were per characteristic, and how far they are with weights.

    by: what made them alike; None when nothing did and there are no second marks.
    """
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    size = (NARROW if narrow else WIDE, _love_height(rows, by, narrow=narrow))
    figure = Figure(figsize=size, facecolor=PAPER)
    _draw_love(figure.add_axes((0, 0, 1, 1)), rows, by, language, narrow=narrow)
    return figure


def _label(row: Line, *, narrow: bool) -> list[str]:
    width = NARROW_LABEL if narrow else LABEL
    return textwrap.wrap(row.label, width, max_lines=2, placeholder=" …") or [""]


def _row_height(row: Line, *, narrow: bool) -> float:
    height = ONE_LINE + MORE_LINES * (len(_label(row, narrow=narrow)) - 1)
    if not narrow:
        return height
    return height + APART + (MARKS if _has_marks(row) else 0)


def _has_marks(row: Line) -> bool:
    return row.before is not None or row.after is not None


def _love_height(rows: Sequence[Line], by: Text | None, *, narrow: bool) -> float:
    return HEAD + (NAMES if by else 0.06) + sum(_row_height(r, narrow=narrow) for r in rows) + BELOW


def _draw_love(
    ax: Axes, rows: Sequence[Line], by: Text | None, language: str, *, narrow: bool
) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    words, small = WORDS[language], SIZES[narrow][0]
    width, height = NARROW if narrow else WIDE, _love_height(rows, by, narrow=narrow)
    left, right = (NARROW_LEFT, NARROW_RIGHT) if narrow else (LEFT, RIGHT)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    values = [x for row in rows for x in (row.before, row.after) if x is not None]
    end = min(FARTHEST, max([LEAST, *(1.05 * x for x in values)]))

    def at(x: float) -> float:
        return left + min(x, end) / end * (right - left)

    grey: dict[str, Any] = {"size": small, "color": SOFT}
    bottom = height - BELOW
    if not narrow:
        _bands(ax, at, HEAD, bottom)
    for x in (EQUAL, ADJUSTABLE):
        ax.text(at(x), bottom + 0.12, decimal(x, 2, language), ha="center", va="center", **grey)
    _zones(ax, at, language, grey)
    if by and not narrow:
        for x, which, colour in ((WITHOUT, "before", SOFT), (WITH, "after", ACCENT)):
            _head(ax, x, words[which].format(by[language]), "right", size=small, color=colour)
    elif not narrow:
        _head(ax, WITHOUT, words["difference"], "right", **grey)
    y = HEAD + (NAMES if by else 0.06)
    first = next((r for r in rows if r.before is not None and r.after is not None), None)
    if by and first is not None and first.before is not None and first.after is not None:
        _name_marks(ax, at(first.before), at(first.after), by, y - 0.1, width, language, small)
    for row in rows:
        step = _row_height(row, narrow=narrow)
        label = _label(row, narrow=narrow)
        line_y = y + (step - MARKS / 2 - 0.02 if narrow else step / 2)
        label_y = y + APART + 0.11 if narrow else line_y
        if narrow and _has_marks(row):  # no band behind the letters
            _bands(ax, at, line_y - MARKS / 2, line_y + MARKS / 2 - 0.01)
        ax.text(0, label_y if not narrow else y + APART + 0.05, "\n".join(label), size=small, color=INK,
                va="top" if narrow else "center", linespacing=1.1)  # fmt: skip
        _love_marks(ax, row, at, end, line_y)
        _love_numbers(ax, row, label_y, words, language, narrow=narrow)
        y += step


def _bands(ax: Axes, at: Callable[[float], float], top: float, bottom: float) -> None:
    """The three zones: almost equal, a small difference, a large one."""
    ax.fill_between([at(0), at(EQUAL)], top, bottom, color=GROUND, lw=0)
    ax.fill_between([at(EQUAL), at(ADJUSTABLE)], top, bottom, color=BAND, lw=0)
    for x in (0.0, EQUAL, ADJUSTABLE):
        ax.plot([at(x)] * 2, [top, bottom], color=LINE if x else SOFT, lw=0.9, zorder=1)


def _head(ax: Axes, x: float, text: str, side: str, **style: Any) -> None:
    """Words above the rows, their lowest line always at the same height."""
    for i, part in enumerate(reversed(text.split("\n"))):
        ax.text(x, HEAD - 0.08 - i * TALL, part, ha=side, va="baseline", **style)


def _wide(text: str, size: float, weight: str = "normal") -> float:
    """How wide a text is, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    path = TextPath((0, 0), text, size=size, prop=FontProperties(weight=weight))
    return float(path.get_extents().width) / 72


def _zones(ax: Axes, at: Callable[[float], float], language: str, grey: dict[str, Any]) -> None:
    """The names of the zones above them; that of the narrow first one may reach to the left."""
    names = {v: ZONE[v][language].replace(" ", "\n") for v in ORDER}
    half = {v: max(_wide(t, grey["size"]) for t in names[v].split("\n")) / 2 for v in ORDER}
    middle = (at(EQUAL) + at(ADJUSTABLE)) / 2
    room = middle - half[BaselineVerdict.ADJUST] - 0.08 - half[BaselineVerdict.SATISFIED]
    first = max(min((at(0) + at(EQUAL)) / 2, room), half[BaselineVerdict.SATISFIED])
    _head(ax, first, names[BaselineVerdict.SATISFIED], "center", **grey)
    _head(ax, middle, names[BaselineVerdict.ADJUST], "center", **grey)
    _head(ax, at(ADJUSTABLE) + 0.08, names[BaselineVerdict.NOT], "left", **grey)


def _name_marks(
    ax: Axes, before: float, after: float, by: Text, y: float, width: float, language: str,
    size: float,
) -> None:  # fmt: skip
    """What the two marks are, above the first pair; the names keep clear of each other."""
    words = WORDS[language]
    texts = {
        "before": "○ " + words["before"].format(by[language]).replace("\n", " "),
        "after": "● " + words["after"].format(by[language]).replace("\n", " "),
    }
    weights = {"before": "normal", "after": "bold"}
    half = {w: _wide(text, size, weights[w]) / 2 + BEARING for w, text in texts.items()}
    order = ("after", "before") if after <= before else ("before", "after")
    first, second = _apart(
        (min(before, after), max(before, after)), (half[order[0]], half[order[1]]), width
    )
    for which, x in zip(order, (first, second), strict=True):
        ax.text(x, y, texts[which], size=size, color=ACCENT if which == "after" else SOFT,
                ha="center", va="center", weight=weights[which], zorder=4,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1})  # fmt: skip


def _apart(
    wanted: tuple[float, float], half: tuple[float, float], width: float
) -> tuple[float, float]:
    """The middles of two texts side by side, as near to where they are wanted as there is room."""
    need = half[0] + half[1] + 0.12
    push = max(0.0, need - (wanted[1] - wanted[0])) / 2
    first = max(wanted[0] - push, half[0])
    second = min(max(wanted[1] + push, first + need), width - half[1])
    return min(first, second - need), second


def _love_marks(ax: Axes, row: Line, at: Callable[[float], float], end: float, y: float) -> None:
    """An open mark without weights, a filled one with them, and the way between."""
    if row.before is not None and row.after is not None:
        ax.plot([at(row.before), at(row.after)], [y, y], color=SOFT, lw=1.1, zorder=2)
    for x, filled in ((row.before, False), (row.after, True)):
        if x is None:
            continue
        far, colour = filled and _far(x), _colour(x) if filled else SOFT
        ax.plot(at(x), y, "D" if far else "o", ms=5.8 if far else 7, mew=1.4, mec=colour,
                mfc=colour if filled else PAPER, zorder=4)  # fmt: skip
        if x > end:
            ax.plot(at(x) + 0.12, y, ">", ms=4.5, color=colour, zorder=4)


def _far(x: float) -> bool:
    return baseline_verdict(x) is BaselineVerdict.NOT


def _colour(after: float | None) -> str:
    """Of what remains with weights: a large difference stands out."""
    return SUN if after is not None and _far(after) else ACCENT


def _love_numbers(
    ax: Axes, row: Line, y: float, words: dict[str, str], language: str, *, narrow: bool
) -> None:
    """The numbers of a row: in two columns, or together on a phone."""
    small = SIZES[narrow][0]
    style: dict[str, Any] = {"size": small, "ha": "right", "va": "center"}
    if row.before is None and row.after is None:
        why = words["hidden" if row.hidden else "unknown"]
        ax.text(NARROW if narrow else WITH, y, why, color=SOFT, **style)
        return
    before, after = (_number(x, language) for x in (row.before, row.after))
    colour = _colour(row.after)
    if narrow:
        text = f"{before} → {after}" if row.after is not None else before
        ax.text(NARROW, y, text, color=SOFT if row.after is None else colour, **style)
        return
    ax.text(WITHOUT, y, before, color=SOFT, **style)
    if row.after is not None:
        ax.text(WITH, y, after, color=colour, weight="bold", **style)


def love_rows(balance: Balance) -> Balance:
    """Of one analysis and arm: the first with weights, or else the first there is."""
    chosen = next((c for c in balance if c.weighted), None) or next(iter(balance), None)
    return balance.within(chosen.group, chosen.arm) if chosen else balance


def plot_love(balance: Balance, language: str, ax: Axes | None, plan: Plan | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    own = love_rows(balance)
    rows, by = lines(own, plan, language), _by(own)
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _love_height(rows, by, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    _draw_love(ax, rows, by, language, narrow=False)
    return ax


def love_drawing(balance: Balance, language: str, plan: Plan | None) -> Drawing:
    """The picture for a notebook, with its alternative text."""
    own = love_rows(balance)
    rows, by = lines(own, plan, language), _by(own)
    return Drawing(png(love_picture(rows, by, language)), love_alternative(rows, by, language))


def plot_balance(
    detail: Weighted, language: str, ax: Axes | None, plan: Plan | None = None
) -> Axes:
    """``plot_love`` of one weighted or matched effect."""
    return plot_love(weighted_balance(detail), language, ax, plan)


def balance_drawing(detail: Weighted, language: str, plan: Plan | None = None) -> Drawing:
    """``love_drawing`` of one weighted or matched effect."""
    return love_drawing(weighted_balance(detail), language, plan)


def _by(balance: Balance) -> Text | None:
    """What made the arms of one analysis alike; None when nothing did."""
    return next((way(c.weighted.method) for c in balance if c.weighted), None)


def love_block(
    rows: Sequence[Line], by: Text | None, language: str, *, part: bool = False
) -> Picture:
    """The picture for a report. part: whether the rows are not all there are."""
    nl = dutch(language)
    caption = (
        "Hoe ver de groepen vooraf uit elkaar liggen, per kenmerk. Hoe verder naar links, hoe meer"
        " ze op elkaar lijken. De grenzen zijn die van de What Works Clearinghouse."
        if nl
        else "How far apart the groups are beforehand, per characteristic. The further to the left,"
        " the more alike they are. The limits are those of the What Works Clearinghouse."
    )
    if any(x is not None and x > FARTHEST for row in rows for x in (row.before, row.after)):
        caption += (
            " Een pijltje: het verschil is groter dan 1."
            if nl
            else " An arrow: the difference is larger than 1."
        )
    if part:
        caption += (
            " De figuur toont per kenmerk de waarde die het meest verschilt. De rest staat in de"
            " bijlage."
            if nl
            else " The picture shows of each characteristic the value that differs most. The rest is"
            " in the appendix."
        )
    return in_both_widths(
        lambda narrow: love_picture(rows, by, language, narrow=narrow),
        love_alternative(rows, by, language),
        caption,
    )


def love_alternative(rows: Sequence[Line], by: Text | None, language: str) -> str:
    """What the love plot shows, for who cannot see it."""
    nl = dutch(language)
    and_ = "en" if nl else "and"
    marks = [WORDS[language][w].format(by[language]).replace("\n", " ") if by else ""
             for w in ("before", "after")]  # fmt: skip
    start = (
        "Figuur met per kenmerk hoe ver de groepen vooraf uit elkaar liggen"
        if nl
        else "Picture with, per characteristic, how far apart the groups are beforehand"
    )
    parts = [f"{start}, {marks[0]} {and_} {marks[1]}." if by else f"{start}."]
    for row in rows:
        numbers = f" {and_} ".join(
            _number(x, language) for x in (row.before, row.after) if x is not None
        )
        why = WORDS[language]["hidden" if row.hidden else "unknown"]
        parts.append(f"{row.label}: {numbers or why}.")
    low, high = (decimal(x, 2, language) for x in (EQUAL, ADJUSTABLE))
    parts.append(
        f"Tot {low} is bijna gelijk, tot {high} een klein verschil. De getallen staan ook in de"
        " tabel."
        if nl
        else f"Up to {low} is almost equal, up to {high} a small difference. The numbers are also in"
        " the table."
    )
    return " ".join(parts)


def love_table(balance: Balance, by: Text, plan: Plan | None, language: str) -> Table:
    """The numbers of the love plot, with the direction of each difference and the verdict."""
    nl, words = dutch(language), WORDS[language]
    marks = [words[w].format(by[language]).replace("\n", " ") for w in ("before", "after")]
    rows = []
    for c in told(balance):
        before, after = c.standardised, c.weighted.standardised if c.weighted else None
        verdict = c.weighted.verdict if c.weighted else c.verdict
        judged = ZONE[verdict][language]
        if rare(c):
            before, after, judged = None, None, words["hidden"]
        numbers = (_number(x, language) for x in (before, after))
        rows.append((label_of(c, plan, language), *numbers, judged))
    low, high = (decimal(x, 2, language) for x in (EQUAL, ADJUSTABLE))
    header = (
        ("Kenmerk", f"Verschil {marks[0]}", marks[1].capitalize(), f"Oordeel {marks[1]}")
        if nl
        else ("Characteristic", f"Difference {marks[0]}", marks[1].capitalize(),
              f"Verdict {marks[1]}")
    )  # fmt: skip
    caption = (
        f"Hoe ver de groepen uit elkaar liggen, {marks[0]} en {marks[1]}"
        if nl
        else f"How far apart the groups are, {marks[0]} and {marks[1]}"
    )
    note = (
        "Verschil in standaarddeviaties (g); bij aandelen de Cox-index. Beide kolommen delen door"
        f" dezelfde standaarddeviatie, die {marks[0]}. Onder nul: lager bij wie meedeed. De figuur"
        f" toont de grootte. What Works Clearinghouse: tot {low} gelijk, tot {high} alleen als de"
        " berekening er ook rekening mee houdt, daarboven niet. Streepje: niet te berekenen, of"
        f" minder dan {fewest()} leerlingen."
        if nl
        else "Difference in standard deviations (g); for shares the Cox index. Both columns divide"
        f" by the same standard deviation, that {marks[0]}. Below zero: lower among those who took"
        f" part. The picture shows the size. What Works Clearinghouse: equal up to {low}, up to"
        f" {high} only when the calculation allows for it as well, beyond that not. Dash: cannot be"
        f" computed, or fewer than {fewest()} pupils."
    )
    return Table(caption, header, tuple(rows), (False, True, True, False), note)


def means_table(balance: Balance, by: Text, plan: Plan | None, language: str) -> Table:
    """The means of both groups and the ratio of their variances, without and with weights."""
    nl, words = dutch(language), WORDS[language]
    marks = [words[w].format(by[language]).replace("\n", " ") for w in ("before", "after")]
    hide = {_name(c) for c in balance if rare(c)}  # a share follows from the others
    rows = []
    for c in told(balance):
        cells = [NONE] * 6
        if _name(c) not in hide:
            means = [c.mean_arm, None, c.mean_comparison, None]
            ratios = [c.variance_ratio, None]
            if c.weighted:
                means[1], means[3] = c.weighted.mean_arm, c.weighted.mean_comparison
                ratios[1] = c.weighted.variance_ratio
            cells = [*_means(means, c.sd, language), *(decimal(r, 2, language) for r in ratios)]
        rows.append((label_of(c, plan, language), *cells))
    header = (
        ("Kenmerk", f"Groep, {marks[0]}", marks[1], f"Vergelijking, {marks[0]}", marks[1],
         f"Varianties, {marks[0]}", marks[1])
        if nl
        else ("Characteristic", f"Group, {marks[0]}", marks[1], f"Comparison, {marks[0]}", marks[1],
              f"Variances, {marks[0]}", marks[1])
    )  # fmt: skip
    caption = "Gemiddelden en spreiding" if nl else "Means and spread"
    note = (
        "Gemiddelde per groep, en de variantie van de groep gedeeld door die van de vergelijking"
        " (1: evenveel spreiding; van een aandeel volgt die uit het gemiddelde). Streepje: niet te"
        f" berekenen, of een aandeel dat over minder dan {fewest()} leerlingen gaat."
        if nl
        else "Mean of each group, and the variance of the group over that of the comparison (1: as"
        " much spread; of a share it follows from the mean). Dash: cannot be computed, or a share"
        f" that is about fewer than {fewest()} pupils."
    )
    return Table(caption, header, tuple(rows), (False, *(True,) * 6), note)


def _means(means: Iterable[float | None], sd: float | None, language: str) -> list[str]:
    """As precise as their spread; what looks like a year stands without a sign for thousands."""
    found = list(means)
    texts = [decimal(m, digits_for(sd) if sd else 2, language) for m in found]
    if sd is None or sd >= CENTURY or not all(m is None or 1000 <= m <= 2100 for m in found):
        return texts
    return [text.replace("." if dutch(language) else ",", "") for text in texts]


# ---------------------------------------------------------------- who could have taken part

TALLEST = 1.15  # of a bar, in inches
SIDE = 0.12  # of the picture, left and right
NAMED, COUNTED, AXIS = 0.2, 0.2, 0.5  # height of a line of words, of counts, and of the axis
NAME, NARROW_NAME = 80, 38  # letters on a line of a name
CHANCES = (0, 25, 50, 75, 100)
SAME = 1e-6  # weights that change a bar by no more than this share of the tallest change nothing
QUIET = "#b9c2cb"  # the bars of the comparison: in grey lighter than those of who took part


@dataclass(frozen=True, slots=True)
class _Side:
    """One half of the overlap: its name, its bars (plain and weighted) over the highest, its note.

    up: -1 above the line, 1 below it.
    """

    name: list[str]  # lines of it
    note: str
    beside: bool  # whether the note fits beside the name, or comes below it
    counts: list[int]
    plain: list[float]
    weighted: list[float]
    up: int

    @property
    def words(self) -> float:
        """How high its words are, in inches."""
        return NAMED * (len(self.name) + (not self.beside))

    @property
    def tall(self) -> float:
        return max(*self.plain, *self.weighted) * TALLEST

    @property
    def changed(self) -> bool:
        return any(abs(x - y) > SAME for x, y in zip(self.plain, self.weighted, strict=True))


def _sides(
    found: Overlap, names: tuple[str, str], by: Text, language: str, *, narrow: bool
) -> tuple[_Side, _Side]:
    words, (small, normal) = WORDS[language], SIZES[narrow]
    wide = [b - a for a, b in itertools.pairwise(found.edges.tolist())]
    counts = found.treated.tolist(), found.comparison.tolist()
    plain = [[n / sum(own) / w for n, w in zip(own, wide, strict=True)] for own in counts]
    shares = found.weight_treated.tolist(), found.weight_comparison.tolist()
    weighted = [[x / w for x, w in zip(own, wide, strict=True)] for own in shares]
    top = max(x for each in (*plain, *weighted) for x in each)
    notes = (
        f"▨ {words['alone']}" if _alone(found) else "",
        f"▭ {words['outlined'].format(by[language])}",
    )
    room = (NARROW if narrow else WIDE) - 2 * SIDE - 0.2

    def side(i: int) -> _Side:
        fits = _wide(names[i], normal, "bold") + _wide(notes[i], small) < room
        name = textwrap.wrap(names[i], NARROW_NAME if narrow else NAME, max_lines=2)
        as_they_are, with_weights = ([x / top for x in each[i]] for each in (plain, weighted))
        return _Side(
            name, notes[i], len(name) == 1 and fits, counts[i], as_they_are, with_weights,
            (-1, 1)[i],
        )  # fmt: skip

    return side(0), side(1)


def _alone(found: Overlap) -> int:
    """How many of who took part have a chance that nobody in the comparison has."""
    return int(found.treated[found.comparison == 0].sum())


def overlap_picture(
    found: Overlap, names: tuple[str, str], by: Text, language: str, *, narrow: bool = False
) -> Figure:
    """Two histograms of the chance to take part: who did above the line, who did not below it.

    names: of the two groups. The area of a group is the same, whatever its size. The line around
    the bars is how much they count with weights.
    """
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    sides = _sides(found, names, by, language, narrow=narrow)
    height = sum(side.words + COUNTED + side.tall for side in sides) + AXIS
    figure = Figure(figsize=(NARROW if narrow else WIDE, height), facecolor=PAPER)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_ylim(height, 0)
    _draw_overlap(ax, found, sides, language, narrow=narrow)
    return figure


def _draw_overlap(
    ax: Axes, found: Overlap, sides: tuple[_Side, _Side], language: str, *, narrow: bool
) -> None:
    """Draw in inches from the top left, so that type and spacing never stretch."""
    words, (small, normal) = WORDS[language], SIZES[narrow]
    above, below = sides
    width = NARROW if narrow else WIDE
    zero = above.words + COUNTED + above.tall
    foot = zero + below.tall + COUNTED
    ax.set_xlim(0, width)
    ax.axis("off")

    def at(chance: float) -> float:
        return SIDE + chance * (width - 2 * SIDE)

    edges = [at(edge) for edge in found.edges.tolist()]
    grey: dict[str, Any] = {"size": small, "color": SOFT, "va": "center"}
    for side, top in ((above, 0.0), (below, foot)):
        colour = ACCENT if side is above else SOFT
        for i, line in enumerate(side.name):
            ax.text(at(0), top + NAMED * i + 0.1, line, size=normal, color=colour, weight="bold",
                    va="center")  # fmt: skip
        x, where = (at(1), "right") if side.beside else (at(0), "left")
        ax.text(x, top + side.words - 0.1, side.note, size=small, ha=where,
                color=SUN if side is above else INK, va="center")  # fmt: skip
        for b, n in enumerate(side.counts):
            if not n:
                continue
            ends = edges[b], edges[b + 1]
            alone = side is above and not below.counts[b]
            _bar(ax, ends, zero, side.up * side.plain[b] * TALLEST, above=side is above,
                 alone=alone)  # fmt: skip
            text, high = count(n, language), max(side.plain[b], side.weighted[b]) * TALLEST
            if _wide(text, small) + 0.05 <= ends[1] - ends[0]:
                ax.text(sum(ends) / 2, zero + side.up * (high + 0.1), text, ha="center", **grey)
        if side.changed:
            steps = [zero + side.up * x * TALLEST for x in side.weighted for _ in (0, 1)]
            ax.plot([x for x in edges for _ in (0, 1)], [zero, *steps, zero], color=INK, lw=1.5,
                    zorder=4, solid_joinstyle="miter")  # fmt: skip
    ax.plot([at(0), at(1)], [zero] * 2, color=SOFT, lw=0.9, zorder=5)
    foot += below.words + 0.06
    ax.plot([at(0), at(1)], [foot] * 2, color=SOFT, lw=0.8)
    for chance in CHANCES:
        ax.plot([at(chance / 100)] * 2, [foot, foot + 0.04], color=SOFT, lw=0.8)
        ax.text(at(chance / 100), foot + 0.13, str(chance), ha="center", **grey)
    ax.text(0, foot + 0.32, words["small chance"], **grey)
    ax.text(width, foot + 0.32, words["large chance"], ha="right", **grey)


def _bar(
    ax: Axes, ends: tuple[float, float], zero: float, high: float, *, above: bool, alone: bool
) -> None:
    """One bar; of who has nobody to be compared with it is hatched."""
    from matplotlib.patches import Rectangle

    gap = 0.012
    face, edge = (ACCENT, ACCENT) if above else (QUIET, QUIET)
    face, edge = (PAPER, SUN) if alone else (face, edge)
    ax.add_patch(
        Rectangle((ends[0] + gap, zero), ends[1] - ends[0] - 2 * gap, high, facecolor=face,
                  edgecolor=edge, hatch="////" if alone else None, lw=0.8, zorder=2)
    )  # fmt: skip


def overlap_block(found: Overlap, names: tuple[str, str], by: Text, language: str) -> Picture:
    """The picture for a report."""
    nl = dutch(language)
    caption = (
        "Hoeveel van de 100 leerlingen met dezelfde kenmerken meededen (geschat). Boven: wie"
        " meedeed. Onder: wie niet meedeed, en omlijnd hoe zwaar deze leerlingen tellen."
        " Waar boven en onder staven staan, is er iemand om mee te vergelijken. Getallen: leerlingen;"
        f" een staaf is er pas vanaf {fewest()}."
        if nl
        else "How many of 100 pupils with the same characteristics took part (estimated). Above:"
        " those who did. Below: those who did not, and outlined how much these pupils count. Where"
        " bars stand above and below, there is somebody to compare with. Numbers: pupils; a bar has"
        f" at least {fewest()}."
    )
    return in_both_widths(
        lambda narrow: overlap_picture(found, names, by, language, narrow=narrow),
        overlap_alternative(found, names, language),
        caption,
    )


def overlap_alternative(found: Overlap, names: tuple[str, str], language: str) -> str:
    """What the overlap shows, for who cannot see it."""
    nl = dutch(language)
    parts = [
        "Figuur met de kans om mee te doen, voor wie meedeed en wie niet. Leerlingen per kans:"
        if nl
        else "Picture with the chance to take part, of those who did and did not. Pupils per chance:"
    ]
    for row in overlap_table(found, names, WEIGHED, language).rows:
        parts.append(f"{row[0]}: {row[1]} ({names[0]}), {row[2]} ({names[1]}).")
    parts.append(
        "De getallen staan ook in de tabel." if nl else "The numbers are also in the table."
    )
    return " ".join(parts)


def overlap_table(found: Overlap, names: tuple[str, str], by: Text, language: str) -> Table:
    """The numbers of the overlap: pupils per bar, and how much of the weight they have."""
    nl = dutch(language)
    mark = WORDS[language]["after"].format(by[language]).replace("\n", " ")
    to = "tot" if nl else "to"
    chances = [decimal(100 * edge, 0, language) for edge in found.edges.tolist()]
    rows = tuple(
        (f"{low} {to} {high}", count(int(t), language), count(int(c), language),
         decimal(100 * w_t, 0, language), decimal(100 * w_c, 0, language))
        for (low, high), t, c, w_t, w_c in zip(
            itertools.pairwise(chances), found.treated, found.comparison, found.weight_treated,
            found.weight_comparison, strict=True,
        )
        if t or c
    )  # fmt: skip
    first, caption, note = (
        (
            "Kans (van de 100)",
            "Kans om mee te doen, in beide groepen",
            f"Aantallen leerlingen, en van elke 100 punten gewicht hoeveel zij {mark} hebben. Kansen"
            f" met 1 tot {fewest() - 1} leerlingen zijn samengevoegd.",
        )
        if nl
        else (
            "Chance (of 100)",
            "Chance to take part, in both groups",
            f"Numbers of pupils, and of every 100 points of weight how many they have {mark}."
            f" Chances with 1 to {fewest() - 1} pupils were joined.",
        )
    )
    header = (first, names[0], names[1], f"{names[0]}, {mark}", f"{names[1]}, {mark}")
    return Table(caption, header, rows, (False, True, True, True, True), note)


# ---------------------------------------------------------------- in plain words


def verdict_sentence(balance: Balance, by: Text, language: str) -> str:
    """On how many characteristics the groups are alike, without and with weights."""
    nl = dutch(language)
    before, after = (worst(balance, weights=w) for w in (False, True))
    n, found = len(after), list(after.values())
    if not n:
        return (
            "We weten niet hoe goed de groepen vooraf op elkaar leken."
            if nl
            else "We do not know how alike the groups were beforehand."
        )
    was = sum(v is BaselineVerdict.SATISFIED for v in before.values())
    equal, *unequal = (found.count(v) for v in ORDER)
    mark, all_ = by[language], f"{'alle' if nl else 'all'} {n}"
    now = (all_ if n > 1 else 1) if equal == n else equal or ("geen" if nl else "none")
    if nl:
        of = "het ene kenmerk" if n == 1 else f"de {n} kenmerken"
        text = (
            f"Zonder {mark} waren de groepen vooraf op {was or 'geen'} van {of} bijna gelijk. Met"
            f" {mark} zijn ze dat op {now}"
        )
        left = [f"{k} is er een {ZONE[v].nl}" for k, v in zip(unequal, ORDER[1:], strict=True) if k]
        return text + (f"; bij {' en bij '.join(left)}." if left else ".")
    of = "the one characteristic" if n == 1 else f"the {n} characteristics"
    text = (
        f"Without {mark} the groups were almost equal beforehand on {was or 'none'} of {of}. With"
        f" {mark} they are on {now}"
    )
    left = [f"{k} there is a {ZONE[v].en}" for k, v in zip(unequal, ORDER[1:], strict=True) if k]
    return text + (f"; on {' and on '.join(left)}." if left else ".")


def norm_sentence(balance: Balance, plan: Plan | None, language: str) -> str:
    """What the What Works Clearinghouse says of it, all characteristics together."""
    nl = dutch(language)
    after = worst(balance, weights=True)
    if not after:
        return ""
    if BaselineVerdict.NOT in after.values():
        which = {_name(c): _lower(label_of(c, plan, language)) for c in told(balance) if _is_far(c)}
        names = _and(which.values(), nl=nl)
        if len(which) > NAMED_AT_MOST:
            names = f"{len(which)} {'kenmerken' if nl else 'characteristics'}"
        return (
            f"Volgens een bekende norm is het verschil dat overblijft te groot ({names}). Lees de"
            " uitkomst voorzichtig."
            if nl
            else f"A well-known standard calls the difference that remains too large ({names})."
            " Read the result with care."
        )
    small = [
        c for c in told(balance)
        if not rare(c) and c.weighted and c.weighted.verdict is BaselineVerdict.ADJUST
    ]  # fmt: skip
    if not small:
        return (
            "Zoals we ze vergelijken, lijken de groepen volgens een bekende norm genoeg op elkaar in"
            " wat is gemeten."
            if nl
            else "As we compare them, the groups are by a well-known standard alike enough in what was"
            " measured."
        )
    allowed = [bool(c.established) for c in small]
    if nl:
        here = "Dat gebeurt hier." if all(allowed) else "Dat gebeurt hier niet"
        here += "" if all(allowed) else " met alle verschillen." if any(allowed) else "."
        return (
            "Er blijven kleine verschillen over. Een bekende norm vraagt dan dat de berekening daar"
            f" ook nog rekening mee houdt. {here}"
        )
    here = "It does here." if all(allowed) else "It does not here"
    here += "" if all(allowed) else " for all of them." if any(allowed) else "."
    return (
        "Small differences remain. A well-known standard then asks that the calculation allows for"
        f" them as well. {here}"
    )


def _is_far(c: Characteristic) -> bool:
    verdict = c.weighted.verdict if c.weighted else c.verdict
    return not rare(c) and verdict is BaselineVerdict.NOT


def whom_sentence(detail: Weighted, language: str) -> str:
    """For whom the comparison holds, and who of them was left out."""
    nl, text = dutch(language), FOR_WHOM[detail.estimand][language]
    lost = detail.left_out[0]
    if not lost:
        return text
    few = shown_count(lost) is None
    who = (
        ("Enkele van hen tellen" if few else f"{count(lost, language)} van hen tellen")
        if nl
        else ("A few of them do" if few else f"{count(lost, language)} of them do")
    )
    if detail.estimand is not Estimand.ATT:
        who = (
            (
                "Enkelen die meededen tellen"
                if few
                else f"{count(lost, language)} die meededen tellen"
            )
            if nl
            else (f"{'A few' if few else count(lost, language)} who took part do")
        )
    return f"{text} {who}" + (
        " niet mee: er was geen leerling om hen goed mee te vergelijken."
        if nl
        else " not count: there was no pupil to compare them well with."
    )


def counts_sentence(detail: Weighted, language: str) -> str:
    """For how many pupils an arm counts, where some of its pupils count for more than others."""
    nl, mark = dutch(language), way(detail.method)[language]
    out = []
    counts = zip(detail.pupils, detail.used, detail.left_out, strict=True)
    # beside the number of those used, that of all would tell how few were left out
    shown = [used if shown_count(lost) is None else n for n, used, lost in counts]
    for name, n, ess in zip(TOOK_PART[language], shown, detail.ess, strict=True):
        if not may_leave(n) or ess > MOSTLY * n:
            continue
        if nl:
            many = f"ongeveer {_about(ess, language)}" if ess >= fewest() else "minder dan 10"
            out.append(
                f"De {count(n, language)} {name} zeggen met {mark} samen evenveel als {many} leerlingen."
            )
        else:
            many = f"about {_about(ess, language)}" if ess >= fewest() else "fewer than 10"
            out.append(
                f"With {mark} the {count(n, language)} {name} together count for {many} pupils."
            )
    return " ".join(out)


def _about(x: float, language: str) -> str:
    """To two figures: more would say more than is known."""
    size = 10 ** max(0, math.floor(math.log10(x)) - 1)
    return count(round(x / size) * size, language)


def flag_sentences(detail: Weighted, language: str) -> list[str]:
    """What a reader must know before the result."""
    nl = dutch(language)
    out = [FLAG[flag][language] for flag in detail.flags]
    alone = _alone(detail.overlap) if detail.overlap is not None else 0
    if alone and detail.estimand is not Estimand.ATO and not detail.left_out[0]:
        n = count(alone, language)
        out.append(
            f"Voor {n} leerlingen die meededen is er niemand in de andere groep die daarop lijkt."
            " Over hen zegt de vergelijking weinig."
            if nl
            else f"For {n} pupils who took part there is nobody like them in the other group. The"
            " comparison says little about them."
        )
    return out


def alike_sentence(balance: Balance, language: str) -> str:
    """The same of the first analysis with weights, for a balance with several."""
    own = love_rows(balance)
    return verdict_sentence(own, _by(own) or WEIGHED, language)


def weighted_sentence(detail: Weighted, language: str) -> str:
    """How alike the groups are now, for whom that holds, and what to mind."""
    own = weighted_balance(detail)
    too_far = BaselineVerdict.NOT in worst(own, weights=True).values()
    parts = [
        verdict_sentence(own, way(detail.method), language),
        norm_sentence(own, detail.plan, language) if too_far else "",
        whom_sentence(detail, language),
        counts_sentence(detail, language),
        *flag_sentences(detail, language),
        NOT_MEASURED[language],
    ]
    return " ".join(part for part in parts if part)


def _and(parts: Iterable[str], *, nl: bool) -> str:
    found, word = list(parts), "en" if nl else "and"
    return f" {word} ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


# ---------------------------------------------------------------- in a report


def for_page(balance: Balance) -> Balance:
    """A row a characteristic, of a category its least alike value, and no more than fit on a page.

    Least alike is what is so with weights; among those that are alike then, without them.
    """
    best: dict[str, Characteristic] = {}
    for c in told(balance):
        if _known(c) and (_name(c) not in best or _unlike(c) > _unlike(best[_name(c)])):
            best[_name(c)] = c
    return Balance(tuple(sorted(best.values(), key=_unlike, reverse=True)[:MOST]))


def _unlike(c: Characteristic) -> tuple[int, float]:
    after = c.weighted.verdict if c.weighted else c.verdict
    return ORDER.index(after) if after in ORDER else 0, abs(c.standardised or 0.0)


def page(detail: Weighted, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """Whether the groups became alike, for whom the comparison holds, and the love plot."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    own, by = weighted_balance(detail), way(detail.method)
    how = HOW.get(by if by is not WEIGHED else detail.estimand, HOW[Estimand.ATT])
    title = "Leken de groepen op elkaar?" if dutch(language) else "Were the groups alike?"
    blocks: list[Block] = [
        Heading(title, 2),
        Paragraph(f"{how[language]} {verdict_sentence(own, by, language)}"),
    ]
    chosen = for_page(own)
    if chosen:
        rows = lines(chosen, plan, language)
        blocks.append(love_block(rows, by, language, part=len(chosen) < len(told(own))))
    whom = f"{whom_sentence(detail, language)} {counts_sentence(detail, language)}"
    blocks.append(Paragraph(whom.strip()))
    return blocks


def sure(detail: Weighted, effect: Effect, plan: Plan, language: str) -> list[str]:
    """What may still differ, what a standard says, and what to mind."""
    del effect
    norm = norm_sentence(weighted_balance(detail), plan, language)
    return [NOT_MEASURED[language], *([norm] if norm else []), *flag_sentences(detail, language)]


def appendix(detail: Weighted, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The differences of every analysis; of the main one also means, overlap and pictures."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    nl, own, by = dutch(language), weighted_balance(detail), way(detail.method)
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    label, arm = plan.measure(effect.outcome).label[language], plan.arm(effect.arm).label[language]
    of = ", ".join(part for part in (label, wave, arm) if part)
    title = "Hoe de groepen op elkaar lijken" if nl else "How alike the groups are"
    blocks: list[Block] = [Heading(f"{title}: {_lower(of)}", 3)]
    main = (effect.outcome, effect.wave) == (plan.outcomes[0], plan.waves_in_order[0])
    if main and own:
        blocks.append(love_block(lines(own, plan, language), by, language))
    blocks.append(love_table(own, by, plan, language))
    if not main:
        return blocks
    blocks.append(Paragraph(NO_P_VALUE[language]))
    blocks.append(means_table(own, by, plan, language))
    found = detail.overlap
    if found is not None and len(found.treated):
        names = tuple(plan.arm(a).label[language] for a in (effect.arm, effect.comparison))
        pair = names[0], names[1]
        blocks.append(overlap_block(found, pair, by, language))
        blocks.append(overlap_table(found, pair, by, language))
    return blocks
