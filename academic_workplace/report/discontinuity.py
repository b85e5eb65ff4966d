"""The jump at a cut-off for readers: the picture, plain words, and what makes it believable."""

from __future__ import annotations

import math
import textwrap
from functools import partial
from typing import TYPE_CHECKING, Any

from academic_workplace.cutoff import FLAGS, Check, Flag, Jump, Kind, Line, Point
from academic_workplace.disclosure import may_leave, shown_count
from academic_workplace.effects.discontinuity import ALPHA, Discontinuity
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.intake.layout import samples
from academic_workplace.plan import Plan
from academic_workplace.report.document import (
    ACCENT,
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
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    digits_for,
    interval,
    of_hundred,
    p_value,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TALL = {False: 2.1, True: 2.0}  # of the plot itself, in inches: wide, and on a phone
ROOM = {False: (0.68, 0.14), True: (0.6, 0.1)}  # to the left and right of the plot
FOOT, HEAD, FURTHER = 0.5, 0.76, 0.17  # below it; above it; for every further line of its name
LETTERS = {False: 84, True: 38}  # of a name that fit on a line
TOUCHES = 0.05  # of the height: a jump smaller than that has no room for an arrow
WORD = 0.2  # how much of the width the word for the jump takes


# ---------------------------------------------------------------- words


def _score(x: float, language: str) -> str:
    """A value of the running variable as it was written: 92, or 92,5."""
    digits = next((d for d in range(4) if round(x, d) == x), 4)
    return decimal(x, digits, language)


def _running(detail: Discontinuity, language: str) -> str:
    return detail.plan.column_label(str(detail.plan.running))[language]


def _reach(detail: Discontinuity, language: str) -> tuple[str, str]:
    """From which to which score pupils count."""
    h = detail.jump.bandwidths.h
    digits = digits_for(2 * h)
    low, high = detail.cutoff - h, detail.cutoff + h
    return decimal(low, digits, language), decimal(high, digits, language)


def rule_sentence(detail: Discontinuity, language: str) -> str:
    """Who was offered the programme, and whether all kept to that."""
    name, at = _running(detail, language), _score(detail.cutoff, language)
    nl = dutch(language)
    if nl:
        side = f"lager dan {at}" if detail.below else f"{at} of hoger"
        text = f"Wie bij ‘{name}’ {side} had, mocht meedoen."
    else:
        side = f"below {at}" if detail.below else f"of {at} or higher"
        text = f"Those with a score {side} on ‘{name}’ were offered a place."
    if detail.sharp:
        return text + (" Iedereen hield zich daaraan." if nl else " Everyone kept to that.")
    took, others = _shares(detail)
    if took is None or others is None:
        return text + (" Niet iedereen hield zich daaraan." if nl else " Not everyone kept to it.")
    return text + (
        f" Van hen deed {took} % mee; van de anderen {others} %."
        if nl
        else f" Of them {took}% took part; of the others {others}%."
    )


def _shares(detail: Discontinuity) -> tuple[int | None, int | None]:
    """The shares that took part of both sides; None when it would tell of fewer than ten pupils."""
    out = []
    for took, of in zip(detail.took, detail.offers, strict=True):
        told = all(n == 0 or may_leave(n) for n in (took, of - took))
        out.append(of_hundred(took / of) if told and of else None)
    return out[0], out[1]


def jump_sentence(detail: Discontinuity, language: str) -> str:
    """What happens at the cut-off, with its number and range."""
    jump, plan, nl = detail.jump, detail.plan, dutch(language)
    measure = plan.measure(detail.outcome)
    name, unit, at = (
        measure.label[language],
        measure.unit[language],
        _score(detail.cutoff, language),
    )
    if not (jump.se > 0 and _shown(detail)):
        return (
            f"Bij de grens ({at}) geven we voor ‘{name}’ geen getal."
            if nl
            else f"At the cut-off ({at}) we give no number for ‘{name}’."
        )
    digits = digits_for(jump.high - jump.low)
    size = decimal(abs(jump.estimate), digits, language)
    low, high = (decimal(x, digits, language) for x in (jump.low, jump.high))
    more = jump.estimate > 0
    if nl:
        who = "wie mocht meedoen" if detail.sharp else "wie zich aan de grens hield"
        text = (
            f"Bij de grens ({at}) ligt ‘{name}’ voor {who} {size} {unit}"
            f" {'hoger' if more else 'lager'}; waarschijnlijk ligt het verschil tussen {low} en"
            f" {high}."
        )
    else:
        who = "those offered a place" if detail.sharp else "those who kept to it"
        text = (
            f"At the cut-off ({at}) ‘{name}’ is {size} {unit} {'higher' if more else 'lower'} for"
            f" {who}; the difference probably lies between {low} and {high}."
        )
    return f"{text} {only_near(language)}"


def only_near(language: str) -> str:
    """Of whom it speaks."""
    return (
        "Dit zegt alleen iets over leerlingen rond de grens."
        if dutch(language)
        else "This only tells of pupils around the cut-off."
    )


def _shown(detail: Discontinuity) -> bool:
    return may_leave(*detail.jump.within)


# ---------------------------------------------------------------- the picture


def jump_picture(detail: Discontinuity, language: str, *, narrow: bool = False) -> Figure:
    """Means on both sides, the lines within the bandwidth, and the jump between them."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    size, box = _box(detail, language, narrow=narrow)
    figure = Figure(figsize=size, facecolor=PAPER)
    _draw(figure.add_axes(box), detail, language, narrow=narrow)
    return figure


def _box(
    detail: Discontinuity, language: str, *, narrow: bool
) -> tuple[tuple[float, float], tuple[float, float, float, float]]:
    """The size of a picture in inches, and where in it the plot stands, as shares."""
    width = NARROW if narrow else WIDE
    left, right = ROOM[narrow]
    further = FURTHER * (len(_title(detail, language, narrow=narrow)) - 1)
    tall = FOOT + TALL[narrow] + HEAD + further
    box = (left / width, FOOT / tall, (width - left - right) / width, TALL[narrow] / tall)
    return (width, tall), box


def _title(detail: Discontinuity, language: str, *, narrow: bool) -> list[str]:
    """The name of the outcome, in lines."""
    name = detail.plan.measure(detail.outcome).label[language]
    return textwrap.wrap(name[:1].upper() + name[1:], LETTERS[narrow]) or [""]


def plot_jump(detail: Discontinuity, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        size, box = _box(detail, language, narrow=False)
        ax = pyplot.figure(figsize=size).add_axes(box)
    _draw(ax, detail, language, narrow=False)
    return ax


def jump_drawing(detail: Discontinuity, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(jump_picture(detail, language)), jump_alternative(detail, language))


def jump_block(detail: Discontinuity, language: str) -> Picture:
    """The picture for a report, with its words."""
    nl = dutch(language)
    low, high = _reach(detail, language)
    caption = (
        f"Elk punt is het gemiddelde van minstens 10 leerlingen. De lijnen rusten op leerlingen met"
        f" een score tussen {low} en {high}. De sprong bij de grens is waar het om gaat."
        if nl
        else f"Every point is the mean of at least 10 pupils. The lines rest on pupils with a score"
        f" between {low} and {high}. The jump at the cut-off is what matters."
    )
    if not detail.sharp:
        caption += (
            " Niet iedereen hield zich aan de grens. Daarom is het verschil voor wie dat wel deed groter"
            " dan deze sprong."
            if nl
            else " Not everyone kept to the cut-off. So the difference for those who did is larger than"
            " this jump."
        )
    return in_both_widths(
        lambda narrow: jump_picture(detail, language, narrow=narrow),
        jump_alternative(detail, language),
        caption,
    )


def jump_alternative(detail: Discontinuity, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    nl, (left, right) = dutch(language), detail.lines
    measure = detail.plan.measure(detail.outcome)
    digits = digits_for(max(abs(right.level - left.level), detail.jump.conventional_se, 1e-12))
    levels = [decimal(line.level, digits, language) for line in (left, right)]
    name, at = measure.label[language], _score(detail.cutoff, language)
    running = _running(detail, language)
    return (
        f"Figuur: gemiddelde ‘{name}’ naar ‘{running}’, met een lijn aan elke kant van de grens"
        f" {at}. Net onder de grens komt de lijn uit op {levels[0]}, net erboven op {levels[1]}."
        if nl
        else f"Picture: mean ‘{name}’ by ‘{running}’, with a line on each side of the cut-off {at}."
        f" Just below the cut-off the line ends at {levels[0]}, just above it at {levels[1]}."
    )


def _draw(ax: Axes, detail: Discontinuity, language: str, *, narrow: bool) -> None:
    small, _ = SIZES[narrow]
    c, h, (left, right) = detail.cutoff, detail.jump.bandwidths.h, detail.lines
    ends = _ends(detail)
    heights = [p.y for side in detail.points for p in side]
    for line, x in zip(detail.lines, ends, strict=True):
        heights += [line.level, line.level + line.slope * (x - c)]
    low, high = min(heights), max(heights)
    room = (high - low) or 1.0
    xs = [p.x for side in detail.points for p in side] + list(ends)
    reach = max(c - min(xs), max(xs) - c, h)
    ax.set_xlim(c - 1.04 * reach, c + 1.04 * reach)
    ax.set_ylim(low - 0.1 * room, high + 0.1 * room)
    ax.plot([c, c], ax.get_ylim(), color=SOFT, lw=0.9, ls=(0, (4, 3)), zorder=1)
    sides = zip(detail.points, detail.lines, ends, (detail.below, not detail.below), strict=True)
    for points, line, x, offered in sides:
        colour = ACCENT if offered else SOFT
        ax.plot([p.x for p in points], [p.y for p in points], "o", ms=4.6 if narrow else 5.4,
                mfc=colour if offered else PAPER, mec=colour, mew=1.3, zorder=2)  # fmt: skip
        ax.plot([c, x], [line.level, line.level + line.slope * (x - c)], color=colour, lw=2.2,
                solid_capstyle="round", zorder=3)  # fmt: skip
    if left.level != right.level:
        head = abs(right.level - left.level) > TOUCHES * (high - low)
        style: dict[str, Any] = {"arrowstyle": "-|>" if head else "-", "color": SUN, "lw": 2.0,
                                 "shrinkA": 0, "shrinkB": 0}  # fmt: skip
        first, last = (right, left) if detail.below else (left, right)
        ax.annotate("", (c, last.level), (c, first.level), arrowprops=style, zorder=4)
    _words(ax, detail, language, narrow=narrow)
    ax.tick_params(colors=SOFT, labelsize=small, length=3, width=0.8, color=LINE)
    ax.locator_params(axis="x", nbins=5 if narrow else 8)
    ax.locator_params(axis="y", nbins=5)
    _ticks(ax, language)
    for name in ("top", "right"):
        ax.spines[name].set_visible(False)
    for name in ("left", "bottom"):
        ax.spines[name].set_color(LINE)


def _words(ax: Axes, detail: Discontinuity, language: str, *, narrow: bool) -> None:
    """Names of the axes and sides, of the cut-off, and of the jump."""
    nl, (small, normal) = dutch(language), SIZES[narrow]
    c = detail.cutoff
    where: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "annotation_clip": False,
    }
    grey: dict[str, Any] = {"size": small, "color": SOFT}
    title = "\n".join(_title(detail, language, narrow=narrow))
    ax.annotate(title, (0, 1), (-72 * ROOM[narrow][0], 38), size=normal, color=INK, weight="bold",
                va="bottom", linespacing=1.1, **where)  # fmt: skip
    words = ("mocht meedoen", "mocht niet meedoen") if nl else ("offered a place", "not offered")
    names = words if detail.below else words[::-1]
    for x, name, side, offered in ((0.25, names[0], "center", detail.below),
                                   (0.75, names[1], "center", not detail.below)):  # fmt: skip
        ax.annotate(name, (x, 1), (0, 22), size=small, color=ACCENT if offered else SOFT,
                    weight="bold" if offered else "normal", ha=side, va="bottom", **where)  # fmt: skip
    cut = f"{'grens' if nl else 'cut-off'} {_score(c, language)}"
    ax.annotate(cut, (0.5, 1), (0, 4), ha="center", va="bottom", **grey, **where)
    running = textwrap.shorten(_running(detail, language), LETTERS[narrow], placeholder="…")
    ax.set_xlabel(running, size=small, color=SOFT, labelpad=4)
    x, y = _free(ax, detail)
    ax.annotate("sprong" if nl else "jump", (c, y), (7 * x, 0), textcoords="offset points",
                size=normal, color=SUN, weight="bold", va="center",
                ha="left" if x > 0 else "right", zorder=5)  # fmt: skip


def _free(ax: Axes, detail: Discontinuity) -> tuple[int, float]:
    """Where the word for the jump hides least: on which side of the cut-off, and how high."""
    (x0, x1), (y0, y1) = sorted(ax.get_xlim()), sorted(ax.get_ylim())
    c, ends = detail.cutoff, _ends(detail)
    low, high = sorted(line.level for line in detail.lines)

    def nearest(place: tuple[int, float]) -> float:
        side, y = place
        i = side > 0
        line, reach = detail.lines[i], WORD * (x1 - x0)
        across = [c + side * reach * part for part in (0.15, 0.4, 0.7, 1.0)]
        marks = [(x, line.level + line.slope * (x - c)) for x in across
                 if abs(x - c) <= abs(ends[i] - c)]  # fmt: skip
        marks += [(p.x, p.y) for p in detail.points[i] if abs(p.x - c) <= reach]
        return min((abs(at - y) / (y1 - y0) for _, at in marks), default=1.0)

    heights = [low + part * (high - low) for part in (0.5, 0.35, 0.65, 0.2, 0.8)]
    return max(((side, y) for y in heights for side in (1, -1)), key=nearest)


def _ends(detail: Discontinuity) -> tuple[float, float]:
    """How far the lines are drawn: to the bandwidth, and not beyond what is seen."""
    c, h = detail.cutoff, detail.jump.bandwidths.h
    far = [[abs(p.x - c) for p in side] for side in detail.points]
    below, above = (min(h, max(side, default=h)) for side in far)
    return c - below, c + above


def _ticks(ax: Axes, language: str) -> None:
    """Numbers on the axes as the language writes them."""
    from matplotlib.ticker import FuncFormatter

    for axis in (ax.xaxis, ax.yaxis):
        ticks = axis.get_majorticklocs()
        step = abs(float(ticks[1] - ticks[0])) if len(ticks) > 1 else 1.0
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        axis.set_major_formatter(FuncFormatter(partial(_written, digits, language)))


def _written(digits: int, language: str, value: float, _: int) -> str:
    return decimal(value, digits, language)


# ---------------------------------------------------------------- the report


def page(detail: Discontinuity, _effect: Effect, _plan: Plan, language: str) -> list[Block]:
    """Who was offered the programme, and the picture."""
    if not _shown(detail):
        return []
    text = f"{rule_sentence(detail, language)} {_compared(language)}"
    return [Paragraph(text), jump_block(detail, language)]


def _compared(language: str) -> str:
    return (
        "We vergelijken leerlingen net onder en net boven die grens. "
        if dutch(language)
        else "We compare pupils just below and just above that cut-off. "
    ) + only_near(language)


def sure(detail: Discontinuity, _effect: Effect, _plan: Plan, language: str) -> list[str]:
    """For whom it holds, and what the checks say."""
    if not _shown(detail):
        return []
    nl, (low, high) = dutch(language), _reach(detail, language)
    near = count(sum(detail.jump.within), language)
    out = [
        f"Het antwoord rust op {near} leerlingen met een score tussen {low} en {high}. Over"
        " leerlingen verder van de grens zegt het niets."
        if nl
        else f"The answer rests on {near} pupils with a score between {low} and {high}. Of pupils"
        " further from the cut-off it says nothing."
    ]
    if detail.no_score:
        name, n = _running(detail, language), shown_count(detail.no_score)
        many = count(n, language) if n else ("enkele" if nl else "some")
        out.append(
            f"Van {many} leerlingen ontbreekt de score op ‘{name}’. Zij tellen niet mee."
            if nl
            else f"Of {many} pupils the score on ‘{name}’ is missing. They do not count."
        )
    out += [FLAGS[flag][language] for flag in _all_flags(detail)]
    out.append(_stays(detail, language))
    return [text for text in out if text]


def _all_flags(detail: Discontinuity) -> list[Flag]:
    return list(dict.fromkeys((*detail.flags, *detail.jump.flags)))


def _stays(detail: Discontinuity, language: str) -> str:
    """Whether other bandwidths, and leaving out the nearest, give an answer within the interval."""
    kinds = (Kind.BANDWIDTH, Kind.DONUT)
    found = [c.jump for c in detail.others if c.kind in kinds and c.jump is not None]
    if not found:
        return ""
    nl, jump = dutch(language), detail.jump
    inside = all(jump.low <= other.estimate <= jump.high for other in found)
    if inside:
        return (
            "Nemen we minder of juist meer leerlingen rond de grens, dan blijft het antwoord binnen"
            " dezelfde marge."
            if nl
            else "With fewer or with more pupils around the cut-off the answer stays within the same"
            " range."
        )
    return (
        "Nemen we minder of juist meer leerlingen rond de grens, dan verandert het antwoord"
        " duidelijk. Lees het voorzichtig."
        if nl
        else "With fewer or with more pupils around the cut-off the answer clearly changes. Read it"
        " with care."
    )


def appendix(detail: Discontinuity, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The numbers behind the picture, every jump, and whether scores were moved."""
    if not _shown(detail):
        return []
    nl, name = dutch(language), plan.measure(effect.outcome).label[language]
    title = f"De sprong bij de grens: {name}" if nl else f"The jump at the cut-off: {name}"
    blocks: list[Block] = [Heading(title, 2), Paragraph(_how(detail, language))]
    if samples(plan)[0].key != (effect.outcome, effect.wave):  # the page shows the main one
        blocks.append(jump_block(detail, language))
    blocks += [jumps_table(detail, language), points_table(detail, language)]
    if detail.covariates:
        blocks.append(covariates_table(detail, language))
    return [*blocks, Paragraph(moved_sentence(detail, language))]


def _how(detail: Discontinuity, language: str) -> str:
    """How it was worked out."""
    jump, nl = detail.jump, dutch(language)
    digits = digits_for(jump.bandwidths.h)
    h, b = (decimal(x, digits + 1, language) for x in (jump.bandwidths.h, jump.bandwidths.b))
    alike = (
        (f" Leerlingen van één cluster lijken op elkaar: clusterrobuust, {jump.clusters} clusters.")
        if nl
        else f" Pupils of one cluster are alike: cluster-robust, {jump.clusters} clusters."
    ) * bool(jump.clusters)
    kind = ("scherp" if nl else "sharp") if detail.sharp else ("onscherp" if nl else "fuzzy")
    adjusted = ", ".join(detail.plan.column_label(n)[language] for n in detail.adjusted)
    given = (f" Gecorrigeerd voor: {adjusted}." if nl else f" Adjusted for: {adjusted}.") * bool(
        adjusted
    )
    return (
        f"Regressie-discontinuïteit ({kind}): rechte lijnen aan weerszijden, driehoekige gewichten,"
        f" bandbreedte {h} (correctie: {b}) met de kleinste gemiddelde kwadratische fout, robuust"
        f" interval met correctie voor kromming (Calonico, Cattaneo & Titiunik, 2014).{alike}{given}"
        if nl
        else f"Regression discontinuity ({kind}): local lines, triangular kernel, bandwidth {h}"
        f" (correction: {b}) of least mean squared error, robust bias-corrected interval"
        f" (Calonico, Cattaneo & Titiunik, 2014).{alike}{given}"
    )


def jumps_table(detail: Discontinuity, language: str) -> Table:
    """The effect, what it is made of, and what should stay or should not be there."""
    nl = dutch(language)
    rows = [_jump_row("Sprong (het effect)" if nl else "Jump (the effect)", detail.jump, language)]
    if detail.first is not None:
        rows.append(
            _jump_row("Sprong in de uitkomst" if nl else "Jump in the outcome", detail.offered,
                      language)
        )  # fmt: skip
        rows.append(
            _jump_row("Sprong in meedoen" if nl else "Jump in taking part", detail.first, language)
        )
    rows += [_jump_row(_check_name(c, language), c.jump, language) for c in detail.others]
    header = (
        ("", "Verschil", "95%-interval", "p", "Zonder correctie", "Onder", "Vanaf")
        if nl
        else ("", "Difference", "95% interval", "p", "Uncorrected", "Below", "From")
    )
    strong = (
        (
            f" Sterkte van de sprong in meedoen: F = {decimal(detail.F, 1, language)}."
            if nl
            else f" Strength of the jump in taking part: F = {decimal(detail.F, 1, language)}."
        )
        if detail.F is not None
        else ""
    )
    note = (
        "Verschil: wie mocht meedoen min wie niet. Onder, vanaf: leerlingen binnen de bandbreedte"
        f" onder de grens, en erop of erboven. {NONE}: te weinig leerlingen of geen verschillen.{strong}"
        if nl
        else "Difference: offered less not offered. Below, from: pupils within the bandwidth below"
        f" the cut-off, and at or above it. {NONE}: too few pupils or no differences.{strong}"
    )
    caption = (
        "De sprong, en wat er zou moeten blijven of juist niet zou moeten zijn"
        if nl
        else "The jump, and what should stay or should not be there"
    )
    numeric = (False, True, True, True, True, True, True)
    return Table(caption, header, tuple(rows), numeric, note)


def _check_name(check: Check, language: str) -> str:
    nl, at = dutch(language), check.at
    if check.kind is Kind.PLACEBO:
        x = decimal(at, digits_for(abs(at)) if at else 0, language)
        return f"Op een plek zonder grens ({x})" if nl else f"Where no cut-off is ({x})"
    if check.kind is Kind.DONUT:
        x = decimal(at, digits_for(at) + 1, language)
        return f"Zonder wie binnen {x} staat" if nl else f"Without those within {x}"
    return (
        ("Halve bandbreedte" if nl else "Half the bandwidth")
        if at < 1
        else ("Dubbele bandbreedte" if nl else "Double the bandwidth")
    )


def _jump_row(name: str, jump: Jump | None, language: str) -> tuple[str, ...]:
    if jump is None or not jump.se > 0:
        return (name, *(NONE,) * 6)
    digits = digits_for(jump.high - jump.low)
    return (
        name,
        decimal(jump.estimate, digits, language),
        interval(jump.low, jump.high, digits, language),
        p_value(jump.p_value, language),
        decimal(jump.conventional, digits, language),
        count(jump.within[0], language),
        count(jump.within[1], language),
    )


def points_table(detail: Discontinuity, language: str) -> Table:
    """The numbers of the picture."""
    nl = dutch(language)
    points = [p for side in detail.points for p in side]
    spread = [max(p.y for p in points) - min(p.y for p in points)] if points else [0.0]
    across = digits_for(detail.jump.bandwidths.h)
    rows = tuple(_point_row(p, across + 1, digits_for(spread[0]), language) for p in points)
    left, right = detail.lines
    rows += tuple(
        _line_row(line, digits_for(spread[0]), language, below=below)
        for line, below in ((left, True), (right, False))
    )
    running = _running(detail, language)
    measure = detail.plan.measure(detail.outcome).label[language]
    header = (
        (f"{running} (gemiddeld)", measure, "Leerlingen")
        if nl
        else (f"{running} (mean)", measure, "Pupils")
    )
    caption = "De punten en lijnen van de figuur" if nl else "The points and lines of the picture"
    return Table(caption, header, rows, (True, True, True))


def _point_row(p: Point, across: int, up: int, language: str) -> tuple[str, ...]:
    return decimal(p.x, across, language), decimal(p.y, up, language), count(p.pupils, language)


def _line_row(line: Line, up: int, language: str, *, below: bool) -> tuple[str, ...]:
    nl = dutch(language)
    side = ("onder" if nl else "below") if below else ("boven" if nl else "above")
    name = f"Lijn van {side} de grens, bij de grens" if nl else f"Line from {side}, at the cut-off"
    return name, decimal(line.level, up, language), NONE


def covariates_table(detail: Discontinuity, language: str) -> Table:
    """What should not jump: how pupils were beforehand."""
    nl = dutch(language)
    rows = []
    for c in detail.covariates:
        name = detail.plan.column_label(c.name)[language]
        cells = _jump_row(name, c.jump, language)
        rows.append((*cells[:4], p_value(c.p_holm, language), *cells[5:]))
    header = (
        ("Vooraf", "Verschil", "95%-interval", "p", "p (Holm)", "Onder", "Vanaf")
        if nl
        else ("Beforehand", "Difference", "95% interval", "p", "p (Holm)", "Below", "From")
    )
    caption = (
        "Wat vooraf al bekend was, hoort bij de grens niet te verspringen"
        if nl
        else "What was known beforehand should not jump at the cut-off"
    )
    numeric = (False, True, True, True, True, True, True)
    return Table(caption, header, tuple(rows), numeric)


def moved_sentence(detail: Discontinuity, language: str) -> str:
    """Whether there are as many pupils just below the cut-off as just above it."""
    nl, out = dutch(language), []
    if detail.density is not None:
        d = detail.density
        z, p = decimal(d.z, 2, language), p_value(d.p_value, language)
        doubt = d.flags and (
            " (voor scores met weinig verschillende waarden is hij niet gemaakt)"
            if nl
            else " (it was not made for scores with few different values)"
        )
        out.append(
            f"Toets op een sprong in het aantal leerlingen (Cattaneo, Jansson & Ma, 2020): z = {z},"
            f" p = {p}{doubt or ''}."
            if nl
            else f"Test of a jump in the number of pupils (Cattaneo, Jansson & Ma, 2020): z = {z},"
            f" p = {p}{doubt or ''}."
        )
    c = detail.counts
    p = p_value(c.p_value, language)
    if all(n == 0 or may_leave(n) for n in (c.left, c.right)):
        out.append(
            f"Van de {c.left + c.right} leerlingen die het dichtst bij de grens staan, staan er"
            f" {c.left} onder en {c.right} erop of erboven (muntworpen: p = {p})."
            if nl
            else f"Of the {c.left + c.right} pupils nearest to the cut-off, {c.left} stand below it"
            f" and {c.right} at or above it (tossing coins: p = {p})."
        )
    moved = detail.density.p_value if detail.density and not detail.density.flags else c.p_value
    out.append(
        (
            "We zien geen teken dat scores over de grens zijn geschoven."
            if nl
            else "We see no sign that scores were moved over the cut-off."
        )
        if moved >= ALPHA
        else FLAGS[Flag.DENSITY][language]
    )
    return " ".join(out)
