"""What a series in time adds to a report: the line measured, and as it would have gone on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.effects.result import Effect
from academic_workplace.effects.series import Series
from academic_workplace.effects.synthetic import Synthetic
from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.over_time.series import FLAGS as SERIES_FLAGS
from academic_workplace.over_time.series import Estimate
from academic_workplace.over_time.series import Flag as SeriesFlag
from academic_workplace.over_time.synthetic import FLAGS as SYNTHETIC_FLAGS
from academic_workplace.over_time.synthetic import Flag as SyntheticFlag
from academic_workplace.plan import Plan
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
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    digits_for,
    interval,
    p_value,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

HEIGHT = {False: 3.0, True: 2.9}  # of a picture, in inches; on a phone
GREY = "#9aa5b1"  # a placebo: seen, and not the point
ACROSS = {False: 4.6, True: 2.9}  # inches of the axis of time, on a phone
LETTER = 0.085  # inches of a letter under it
STEP = 0.19  # inches between two labels at the end of lines
KEY = 0.2  # inches of a row of the key, on a phone
COUNTS = 0.05  # a donor with less weight hides nobody
BEYOND = 0.9  # the placebos whose whole line must fit in the picture

STARTED_WORDS = Text("{} die begonnen", "{} that started")
OTHERS = Text("andere {}", "other {}")
WITHOUT = Text("verwacht zonder het programma", "expected without the programme")
MIXTURE = Text("mix van andere {}", "mixture of other {}")
AS_IF = Text("andere {}, alsof ze begonnen", "other {}, as if they started")
START = Text("start", "start")
CLUSTERS = Text("scholen (clusters)", "schools (clusters)")
ASSUMES = Text(
    "We nemen aan: zonder het programma was de lijn van vóór de start zo doorgegaan.",
    "We suppose: without the programme the line from before the start would have gone on.",
)
ASSUMES_BESIDE = Text(
    "We nemen aan: zonder het programma waren deze {0} na de start net zo veranderd als de andere"
    " {0}. Wat er bij allebei gebeurde, telt niet mee.",
    "We suppose: without the programme these {0} would have changed after the start as the other"
    " {0} did. What happened to both does not count.",
)
ASSUMES_MIXTURE = Text(
    "We nemen aan: zonder het programma was het bij deze {0} gegaan zoals bij de mix van"
    " andere {0} dat er vóór de start het meest op leek.",
    "We suppose: without the programme these {0} would have gone as did the mixture of other {0}"
    " that was most like them before the start.",
)
ON_PAGE = (SeriesFlag.FEW_BEFORE, SeriesFlag.FEW_AFTER, SeriesFlag.UNCONTROLLED)
ON_PAGE_MIXTURE = (
    SyntheticFlag.POOR_FIT,
    SyntheticFlag.PERFECT_FIT,
    SyntheticFlag.OUTSIDE,
    SyntheticFlag.FEW_BEFORE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A line of a picture: (T,) values (NaN where it stops), its name, how it is drawn."""

    values: Floats
    name: str
    style: dict[str, Any]


MEASURED: dict[str, Any] = {"color": ACCENT, "lw": 2.2, "marker": "o", "ms": 5.5, "zorder": 5}
EXPECTED: dict[str, Any] = {"color": INK, "lw": 1.5, "ls": (0, (4, 2.5)), "zorder": 4}
BESIDE: dict[str, Any] = {"color": SUN, "lw": 1.3, "marker": "s", "ms": 4.2, "mfc": PAPER,
                          "zorder": 3}  # fmt: skip
PLACEBO: dict[str, Any] = {"color": GREY, "lw": 0.8, "zorder": 1}


# ---------------------------------------------------------------- sentences


def series_sentence(detail: Series, language: str, clusters: Text = CLUSTERS) -> str:
    """How far the line lies from where it would have been, and what that supposes."""
    return " ".join([_found(detail, language), *_supposes(detail, clusters[language], language)])


def _found(detail: Series, language: str) -> str:
    found = detail.fit.average
    apart = _apart(found.estimate, found.low, found.high, language)
    told = (
        f"Na de start ligt de lijn gemiddeld {apart} dan verwacht"
        if dutch(language)
        else f"After the start the line lies {apart} than expected on average"
    )
    if found.low is None or found.high is None:
        return f"{told}. {SERIES_FLAGS[SeriesFlag.NO_SPREAD][language]}"
    span = interval(found.low, found.high, _digits([], found.low, found.high), language)
    return f"{told} ({'95%-interval' if dutch(language) else '95% interval'}: {span})."


def synthetic_sentence(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> str:
    """How far those that started lie from the mixture, and how many others do as much."""
    nl, name = dutch(language), clusters[language]
    low, high = detail.limits or (None, None)
    apart = _apart(detail.fit.average, low, high, language)
    told = (
        f"Na de start ligt de lijn gemiddeld {apart} dan de mix van andere {name}."
        if nl
        else f"After the start the line lies {apart} than the mixture of other {name} on average."
    )
    return f"{told} {rank_sentence(detail, language, clusters)}"


def rank_sentence(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> str:
    """The place of those that started among all, as if each had."""
    others, more = len(detail.placebos.names) - 1, detail.placebos.rank - 1
    name = clusters[language]
    if dutch(language):
        who = f"Bij {more} daarvan" if more else "Bij geen daarvan"
        size = "minstens zo groot" if more else "zo groot"
        return (
            f"We rekenden ook alsof elk van de {others} andere {name} was begonnen. {who} is het"
            f" verschil {size}. Daarbij telt mee hoe goed de mix vóór de start paste."
        )
    who = f"For {more} of them" if more else "For none of them"
    size = "at least as large" if more else "as large"
    return (
        f"We also calculated as if each of the {others} other {name} had started. {who} the"
        f" difference is {size}. How well the mixture fitted before the start is part of that."
    )


def _apart(x: float, low: float | None, high: float | None, language: str) -> str:
    digits = _digits([x], low, high)
    if dutch(language):
        return f"{decimal(abs(x), digits, language)} {'hoger' if x >= 0 else 'lager'}"
    return f"{decimal(abs(x), digits, language)} {'higher' if x >= 0 else 'lower'}"


def _supposes(detail: Series, name: str, language: str) -> list[str]:
    if detail.controlled:
        return [ASSUMES_BESIDE[language].format(name)]
    return [ASSUMES[language], SERIES_FLAGS[SeriesFlag.UNCONTROLLED][language]]


# ---------------------------------------------------------------- pictures


def series_curves(detail: Series, language: str, clusters: Text = CLUSTERS) -> list[Curve]:
    """The lines of a series; a point with fewer than ten pupils is left open."""
    name, fit = clusters[language], detail.fit
    seen = _seen(detail.pupils)
    measured = np.where(seen, fit.y, np.nan)
    expected, beside = fit.counterfactual, None
    if fit.comparison is not None and detail.pupils_comparison is not None:
        known = _seen(detail.pupils_comparison)
        beside = np.where(known, fit.comparison, np.nan)
        expected = np.where(known, expected, np.nan)
    curves = [
        Curve(measured, STARTED_WORDS[language].format(name), MEASURED),
        Curve(expected, WITHOUT[language], EXPECTED),
    ]
    if beside is not None:
        curves.append(Curve(beside, OTHERS[language].format(name), BESIDE))
    return curves


def synthetic_curves(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> list[Curve]:
    """Those that started, and the mixture."""
    name = clusters[language]
    return [
        Curve(np.where(_seen(detail.pupils), detail.fit.y, np.nan),
              STARTED_WORDS[language].format(name), MEASURED),
        Curve(np.where(_mixed(detail), detail.fit.mixture, np.nan),
              MIXTURE[language].format(name), EXPECTED),
    ]  # fmt: skip


def gap_curves(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> list[Curve]:
    """The gap of those that started, over those of others as if they had: schools of ten or more."""
    name, gaps = clusters[language], detail.placebos.gaps
    grey = [
        Curve(gaps[:, i + 1], "", PLACEBO)
        for i in np.flatnonzero((detail.pupils_donors >= fewest()).all(axis=0))
    ]
    if grey:
        grey[-1] = Curve(grey[-1].values, AS_IF[language].format(name), PLACEBO)
    own = np.where(_seen(detail.pupils) & _mixed(detail), gaps[:, 0], np.nan)
    return [Curve(own, STARTED_WORDS[language].format(name), MEASURED), *grey]


def line_picture(
    curves: Sequence[Curve], periods: Sequence[str], times: Floats, start: int, language: str, *,
    narrow: bool = False, zero: bool = False,
) -> Figure:  # fmt: skip
    """Lines over time, named at their ends (in a key above them on a phone)."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    named = [c for c in curves if c.name]
    width, height = (NARROW if narrow else WIDE), HEIGHT[narrow]
    left, right = 0.42, (0.12 if narrow else 0.15 + 0.07 * max(len(c.name) for c in named))
    top, foot = (0.3 + KEY * len(named) if narrow else 0.28), 0.3
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    box = (left / width, foot / height, (width - left - right) / width,
           (height - top - foot) / height)  # fmt: skip
    ax = figure.add_axes(box)
    _draw(ax, curves, periods, times, start, language, narrow=narrow, zero=zero)
    if narrow:
        for i, curve in enumerate(named):
            y = 1 - (0.12 + KEY * i) / height
            ax.plot([0.02, 0.13], [y, y], transform=figure.transFigure, clip_on=False,
                    **curve.style)  # fmt: skip
            ax.text(0.16, y, curve.name, transform=figure.transFigure, size=SIZES[True][0],
                    color=_ink(curve), va="center")  # fmt: skip
    return figure


def _draw(
    ax: Axes, curves: Sequence[Curve], periods: Sequence[str], times: Floats, start: int,
    language: str, *, narrow: bool, zero: bool,
) -> None:  # fmt: skip
    small = SIZES[narrow][0]
    begin = float(times[start - 1] + times[start]) / 2
    low, high = _range(curves, zero=zero)
    edge = 0.03 * float(times[-1] - times[0])
    ax.set_xlim(float(times[0]) - edge, float(times[-1]) + edge)
    ax.set_ylim(low, high)
    ax.axvspan(begin, float(times[-1]) + edge, color=BAND, lw=0, zorder=0)
    ax.axvline(begin, color=SOFT, lw=0.9, zorder=2)
    ax.annotate(START[language], (begin, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                textcoords="offset points", size=small, color=SOFT, ha="center")  # fmt: skip
    if zero:
        ax.axhline(0, color=SOFT, lw=0.9, zorder=2)
    for curve in curves:
        ax.plot(times, curve.values, **curve.style)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(LINE)
    ax.grid(axis="y", color=LINE, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=SOFT)
    most = int(ACROSS[narrow] / (LETTER * (max(map(len, periods)) + 2)))
    shown = _ticks(len(periods), start, max(most, 1))
    ax.set_xticks([float(times[i]) for i in shown], [periods[i] for i in shown])
    marks, digits = _marks(low, high)
    ax.set_yticks(marks, [decimal(y, digits, language) for y in marks])
    if not narrow:
        _name_ends(ax, curves, small)


def _name_ends(ax: Axes, curves: Sequence[Curve], small: float) -> None:
    """The name of each line at its end, apart from each other."""
    low, high = ax.get_ylim()
    inches = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).height
    gap = STEP / inches * (high - low)
    ends = []
    for curve in curves:
        known = np.flatnonzero(np.isfinite(curve.values))
        if curve.name and len(known):
            ends.append((float(np.clip(curve.values[known[-1]], low, high)), curve))
    above = math.inf
    for end, curve in sorted(ends, key=lambda found: -found[0]):
        y = above = min(end, above - gap)
        ax.annotate(curve.name, (1, y), xycoords=("axes fraction", "data"), xytext=(5, 0),
                    textcoords="offset points", size=small, color=_ink(curve), va="center",
                    annotation_clip=False)  # fmt: skip


def _ink(curve: Curve) -> str:
    """The colour of a name: a grey line has a name that can be read."""
    colour = str(curve.style["color"])
    return SOFT if colour == GREY else colour


def _range(curves: Sequence[Curve], *, zero: bool) -> tuple[float, float]:
    """The lowest and highest value to show; a few placebos may leave the picture."""
    own = [c.values for c in curves if c.style is not PLACEBO]
    values = [float(x) for c in own for x in c[np.isfinite(c)]]
    far = sorted(float(np.abs(c.values).max()) for c in curves if c.style is PLACEBO)
    if far:
        most = far[min(int(BEYOND * len(far)), len(far) - 1)]
        values += [-most, most]
    if zero:
        values.append(0.0)
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


def _marks(low: float, high: float) -> tuple[list[float], int]:
    """Round values from low to high, 1, 2 or 5 apart, and their decimals."""
    rough = (high - low) / 5
    power = math.floor(math.log10(rough))
    step = next(s for s in (1, 2, 5, 10) if s * 10.0**power >= rough) * 10.0**power
    first, last = math.ceil(low / step), math.floor(high / step)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [i * step for i in range(first, last + 1)], digits


def _ticks(T: int, start: int, most: int) -> list[int]:
    """Which periods are named: the start, and as many others as fit."""
    step = max(1, math.ceil(T / most))
    return [i for i in range(T) if (i - start) % step == 0]


def plot_series(detail: Series, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    return _plot(series_curves(detail, language), detail.periods, detail.times, detail.fit.start,
                 language, ax)  # fmt: skip


def plot_synthetic(detail: Synthetic, language: str, ax: Axes | None) -> Axes:
    """The same of a mixture."""
    return _plot(synthetic_curves(detail, language), detail.periods, detail.times,
                 detail.fit.start, language, ax)  # fmt: skip


def _plot(
    curves: Sequence[Curve], periods: Sequence[str], times: Floats, start: int, language: str,
    ax: Axes | None,
) -> Axes:  # fmt: skip
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, HEIGHT[False])).add_axes((0.07, 0.11, 0.6, 0.78))
    _draw(ax, curves, periods, times, start, language, narrow=False, zero=False)
    return ax


def series_drawing(detail: Series, language: str) -> Drawing:
    """The picture of a series, for a notebook."""
    figure = line_picture(series_curves(detail, language), detail.periods, detail.times,
                          detail.fit.start, language)  # fmt: skip
    return Drawing(png(figure), series_alternative(detail, language))


def synthetic_drawing(detail: Synthetic, language: str) -> Drawing:
    """The picture of a mixture, for a notebook."""
    figure = line_picture(synthetic_curves(detail, language), detail.periods, detail.times,
                          detail.fit.start, language)  # fmt: skip
    return Drawing(png(figure), synthetic_alternative(detail, language))


def series_alternative(detail: Series, language: str, clusters: Text = CLUSTERS) -> str:
    """What the picture of a series shows, for who cannot see it."""
    nl, name, periods = dutch(language), clusters[language], detail.periods
    span, begin = f"{periods[0]} – {periods[-1]}", periods[detail.fit.start]
    third = ""
    if detail.fit.comparison is not None:
        third = f", en de lijn van andere {name}" if nl else f", and the line of other {name}"
    apart = _apart(detail.fit.average.estimate, detail.fit.average.low, detail.fit.average.high,
                   language)  # fmt: skip
    return (
        f"Lijnen over {span}: het gemiddelde van {name} die in {begin} begonnen, en hoe dat zonder"
        f" het programma was doorgegaan{third}. Na de start ligt de gemeten lijn gemiddeld {apart}."
        if nl
        else f"Lines over {span}: the mean of {name} that started in {begin}, and how it would have"
        f" gone on without the programme{third}. After the start the measured line lies {apart} on"
        " average."
    )


def synthetic_alternative(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> str:
    """What the picture of a mixture shows."""
    nl, name, periods = dutch(language), clusters[language], detail.periods
    span, begin = f"{periods[0]} – {periods[-1]}", periods[detail.fit.start]
    low, high = detail.limits or (None, None)
    apart = _apart(detail.fit.average, low, high, language)
    return (
        f"Twee lijnen over {span}: het gemiddelde van {name} die in {begin} begonnen, en de mix"
        f" van andere {name}. Na de start ligt de gemeten lijn gemiddeld {apart}."
        if nl
        else f"Two lines over {span}: the mean of {name} that started in {begin}, and the mixture of"
        f" other {name}. After the start the measured line lies {apart} on average."
    )


def gap_alternative(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> str:
    """What the picture of the gaps shows."""
    nl, name, units = dutch(language), clusters[language], len(detail.placebos.names)
    rank = detail.placebos.rank
    return (
        f"Het verschil met de mix in de tijd, voor {name} die begonnen en in grijs voor andere"
        f" {name} alsof ze begonnen. In grootte staat het verschil op plaats {rank} van {units}."
        if nl
        else f"The gap to the mixture over time, of {name} that started and in grey of other {name}"
        f" as if they started. In size the gap has place {rank} of {units}."
    )


# ---------------------------------------------------------------- the report


def page(detail: Series | Synthetic, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The picture, and how to read it."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    nl, name = dutch(language), plan.study.cluster_label
    if isinstance(detail, Series):
        curves, alternative = series_curves(detail, language, name), series_alternative
        picture = _block(curves, detail, alternative(detail, language, name),
                         _caption(effect, plan, language), language)  # fmt: skip
    else:
        curves = synthetic_curves(detail, language, name)
        picture = _block(curves, detail, synthetic_alternative(detail, language, name),
                         _caption(effect, plan, language), language)  # fmt: skip
    read = (
        "De gestreepte lijn laat zien wat we zonder het programma verwachten. Na de start tellen we"
        " hoe ver de dikke lijn daarboven of daaronder ligt."
        if nl
        else "The dashed line shows what we expect without the programme. After the start we count"
        " how far the thick line lies above or below it."
    )
    return [picture, Paragraph(read)]


def sure(detail: Series | Synthetic, effect: Effect, plan: Plan, language: str) -> list[str]:
    """What the line without the programme supposes, and what makes it doubtful."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    name = plan.study.cluster_label[language]
    if isinstance(detail, Series):
        flags = [SERIES_FLAGS[f][language] for f in detail.fit.flags if f in ON_PAGE]
        assumes = (ASSUMES_BESIDE if detail.controlled else ASSUMES)[language].format(name)
        return [assumes, *([" ".join(flags)] if flags else [])]
    doubts = [SYNTHETIC_FLAGS[f][language] for f in detail.fit.flags if f in ON_PAGE_MIXTURE]
    rank = rank_sentence(detail, language, plan.study.cluster_label)
    return [ASSUMES_MIXTURE[language].format(name), " ".join([rank, *doubts])]


def appendix(detail: Series | Synthetic, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The numbers of the pictures, the model, the placebos. No school is named."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    nl, name = dutch(language), plan.study.cluster_label
    notes = " ".join(flag[language] for flag in detail.flags)
    if isinstance(detail, Series):
        assumes = ASSUMES_BESIDE if detail.controlled else ASSUMES
        told = [_found(detail, language), assumes[language].format(name[language]), notes]
        return [
            Heading("De lijn in de tijd" if nl else "The line over time", 2),
            Paragraph(" ".join(part for part in told if part)),
            _series_table(detail, effect, plan, language),
            _model_table(detail, effect, plan, language),
        ]
    gaps = gap_curves(detail, language, name)
    caption = (
        "Verschil met de mix, en hetzelfde voor andere"
        if nl
        else "Gap to the mixture, and the same for other"
    )
    return [
        Heading("De mix van andere scholen" if nl else "The mixture of other schools", 2),
        Paragraph(f"{synthetic_sentence(detail, language, name)} {notes}".strip()),
        _block(gaps, detail, gap_alternative(detail, language, name),
               f"{caption} {name[language]}", language, zero=True),
        _gap_table(detail, effect, plan, language),
        _fit_table(detail, plan, language),
        _weight_table(detail, plan, language),
    ]  # fmt: skip


def _block(
    curves: Sequence[Curve], detail: Series | Synthetic, alternative: str, caption: str,
    language: str, *, zero: bool = False,
) -> Picture:  # fmt: skip
    def draw(narrow: bool) -> Figure:
        return line_picture(curves, detail.periods, detail.times, detail.fit.start, language,
                            narrow=narrow, zero=zero)  # fmt: skip

    return in_both_widths(draw, alternative, caption)


def _caption(effect: Effect, plan: Plan, language: str) -> str:
    measure = plan.measure(effect.outcome)
    label = measure.label[language]
    over = "per periode" if dutch(language) else "per period"
    return f"{label[:1].upper()}{label[1:]} {over}, {measure.unit[language]}"


def _series_table(detail: Series, effect: Effect, plan: Plan, language: str) -> Table:
    nl, fit = dutch(language), detail.fit
    beside = fit.comparison is not None
    header = ("Periode" if nl else "Period", "Gemeten" if nl else "Measured",
              "Verwacht" if nl else "Expected", "Verschil" if nl else "Difference",
              "95%-interval" if nl else "95% interval",
              *(("Andere" if nl else "Other",) if beside else ()),
              "Leerlingen" if nl else "Pupils")  # fmt: skip
    each: list[Estimate | None] = [None] * fit.start
    each += [fit.at(later) for later in range(fit.after)]
    digits = _digits(np.concatenate([fit.y, fit.counterfactual]), None, None) + 1
    others = detail.pupils_comparison
    rows = []
    for t, found in enumerate(each):
        told = may_leave(int(detail.pupils[t]))
        known = others is None or may_leave(int(others[t]))
        both = told and known
        rows.append((
            detail.periods[t],
            decimal(float(fit.y[t]) if told else None, digits, language),
            decimal(float(fit.counterfactual[t]) if known else None, digits, language),
            decimal(found.estimate if found and both else None, digits, language),
            interval(found.low, found.high, digits, language) if found and both else NONE,
            *((decimal(float(fit.comparison[t]) if known else None, digits, language),)
              if fit.comparison is not None else ()),
            count(int(detail.pupils[t]), language) if told else f"< {fewest()}",
        ))  # fmt: skip
    note = (
        "Leerlingen: achter het gemiddelde van de scholen die begonnen. Het interval hoort bij het"
        " verschil tussen de twee lijnen van het model, niet bij het losse punt."
        if nl
        else "Pupils: behind the mean of the schools that started. The interval belongs to the"
        " difference between the two lines of the model, not to the single point."
    )
    numeric = (False, *(True,) * (len(header) - 1))
    return Table(_caption(effect, plan, language), header, tuple(rows), numeric, note)


TERM_WORDS = {
    "constant": Text("niveau bij de start, zonder programma", "level at the start, without it"),
    "trend": Text("stijging per periode, voor de start", "rise per period, before the start"),
    "level": Text("verandering van het niveau", "change of level"),
    "slope": Text("verandering van de stijging", "change of the rise"),
}


def _model_table(detail: Series, effect: Effect, plan: Plan, language: str) -> Table:
    nl, fit = dutch(language), detail.fit
    header = ("", "Schatting" if nl else "Estimate", "SE", "df",
              "95%-interval" if nl else "95% interval", "p")  # fmt: skip
    rows = []
    found = [fit.contrast(c) for c in np.eye(len(fit.names))]
    words = [TERM_WORDS[n][language] if n in TERM_WORDS else n for n in fit.names]
    mean = "gemiddeld verschil na de start" if nl else "mean difference after the start"
    for word, e in zip([*words, mean], [*found, fit.average], strict=True):
        digits = _digits([], e.low, e.high) + 1
        rows.append((word, decimal(e.estimate, digits, language),
                     decimal(e.se, digits, language), decimal(e.df, 1, language),
                     interval(e.low, e.high, digits, language),
                     p_value(e.p_value, language)))  # fmt: skip
    facts = {
        "Newey-West, lags": None if fit.lags is None else count(fit.lags, language),
        "rho": None if fit.rho is None else decimal(fit.rho, 2, language),
        "Durbin-Watson": decimal(fit.durbin_watson, 2, language),
        "Ljung-Box p": decimal(fit.ljung_box, 2, language),
    }
    of = "Van het verschil met de andere scholen. " if nl else "Of the gap to other schools. "
    note = (of if fit.comparison is not None else "") + "; ".join(
        f"{k}: {v}" for k, v in facts.items() if v is not None
    )
    title = "Model van de lijn" if nl else "Model of the line"
    label = plan.measure(effect.outcome).label[language]
    return Table(f"{title}: {label}", header, tuple(rows), (False, *(True,) * 5), f"{note}.")


def _gap_table(detail: Synthetic, effect: Effect, plan: Plan, language: str) -> Table:
    nl, fit = dutch(language), detail.fit
    header = ("Periode" if nl else "Period", "Gemeten" if nl else "Measured",
              "Mix" if nl else "Mixture", "Verschil" if nl else "Gap",
              "Placebo's: laagste tot hoogste" if nl else "Placebos: lowest to highest",
              "Leerlingen" if nl else "Pupils")  # fmt: skip
    shown = np.flatnonzero((detail.pupils_donors >= fewest()).all(axis=0)) + 1
    digits, known = _digits(np.concatenate([fit.y, fit.mixture]), None, None) + 1, _mixed(detail)
    rows = []
    for t, period in enumerate(detail.periods):
        told, mixed = may_leave(int(detail.pupils[t])), bool(known[t])
        others = detail.placebos.gaps[t, shown]
        span = NONE
        if len(shown):
            span = interval(float(others.min()), float(others.max()), digits, language)
        rows.append((
            period,
            decimal(float(fit.y[t]) if told else None, digits, language),
            decimal(float(fit.mixture[t]) if mixed else None, digits, language),
            decimal(float(fit.gap[t]) if told and mixed else None, digits, language),
            span,
            count(int(detail.pupils[t]), language) if told else f"< {fewest()}",
        ))  # fmt: skip
    numeric = (False, *(True,) * (len(header) - 1))
    return Table(_caption(effect, plan, language), header, tuple(rows), numeric)


def _fit_table(detail: Synthetic, plan: Plan, language: str) -> Table:
    nl, fit, placebos = dutch(language), detail.fit, detail.placebos
    before, after = fit.rmspe
    low, high = detail.limits or (None, None)
    digits = _digits([before, after], low, high) + 1
    rows = [
        ("Afwijking voor de start (RMSPE)" if nl else "Misfit before the start (RMSPE)",
         decimal(before, digits, language)),
        ("Afwijking na de start (RMSPE)" if nl else "Misfit after the start (RMSPE)",
         decimal(after, digits, language)),
        ("Verhouding na / voor" if nl else "Ratio after / before",
         decimal(fit.ratio, 1, language)),
        ("Plaats onder alle" if nl else "Place among all",
         f"{placebos.rank} / {len(placebos.names)}"),
        ("p-waarde (kleinst mogelijke)" if nl else "p-value (smallest possible)",
         f"{p_value(placebos.p_value(), language)} ({p_value(placebos.smallest, language)})"),
        ("Gemiddeld verschil" if nl else "Mean gap", decimal(fit.average, digits, language)),
        ("95%-interval" if nl else "95% interval", interval(low, high, digits, language)),
    ]  # fmt: skip
    if detail.earlier is not None:
        at = detail.periods[detail.earlier.start]
        rows.append((
            f"Verschil bij een start die er niet was ({at})" if nl
            else f"Gap at a start that was none ({at})",
            decimal(detail.earlier.average, digits, language),
        ))  # fmt: skip
    if detail.without:
        values = list(detail.without.values())
        rows.append((
            "Zonder één van de gebruikte scholen" if nl else "Without one of the schools used",
            interval(min(values), max(values), digits, language),
        ))  # fmt: skip
    title = "Hoe goed past de mix" if nl else "How well the mixture fits"
    name = plan.study.cluster_label[language]
    note = (
        f"Het interval bevat de gelijkblijvende verschillen die de placebo's (andere {name} alsof ze"
        " begonnen) niet verwerpen."
        if nl
        else f"The interval holds the constant differences that the placebos (other {name} as if"
        " they started) do not reject."
    )
    return Table(title, ("", "Waarde" if nl else "Value"), tuple(rows), (False, True), note)


def _weight_table(detail: Synthetic, plan: Plan, language: str) -> Table:
    """The weights, largest first; no school is named."""
    nl, name = dutch(language), plan.study.cluster_label[language]
    order = np.argsort(-detail.fit.w)
    used = [j for j in order.tolist() if detail.fit.w[j] >= 0.005]
    digits = _digits(detail.fit.rmspe, None, None) + 1
    rows = [
        (str(i), decimal(float(detail.fit.w[j]), 2, language),
         decimal(detail.without.get(detail.fit.names[j]), digits, language))
        for i, j in enumerate(used, 1)
    ]  # fmt: skip
    rest = len(order) - len(used)
    header = ("Nr.", "Gewicht" if nl else "Weight",
              "Verschil zonder" if nl else "Gap without")  # fmt: skip
    note = (
        f"Nog {rest} {name} hebben (bijna) geen gewicht."
        if nl
        else f"{rest} more {name} have (almost) no weight."
    )
    title = f"Gewicht van andere {name}" if nl else f"Weight of other {name}"
    return Table(title, header, tuple(rows), (False, True, True), note if rest else "")


def _digits(values: Sequence[float] | Floats, low: float | None, high: float | None) -> int:
    """Decimals for an interval, or for numbers that lie as far apart as these."""
    if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
        return digits_for(high - low)
    known = [float(x) for x in values if math.isfinite(x)]
    spread = max(known) - min(known) if len(known) > 1 else max(map(abs, known), default=0.0)
    return digits_for(spread)


def _mixed(detail: Synthetic) -> NDArray[np.bool_]:
    """(T,) whether enough pupils stand behind the mixture: those of schools that really count."""
    counts = detail.fit.w >= COUNTS
    return _seen(detail.pupils_donors[:, counts].sum(axis=1))


def _seen(pupils: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.array([may_leave(int(n)) for n in pupils])
