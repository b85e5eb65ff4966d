"""What a series in time adds to a report: the line measured, and as it would have gone on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest, may_leave, profile
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
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.series import Band, Curve, Kind, Time, line_picture, lines_on
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    digits_for,
    hidden,
    interval,
    p_value,
    pupils_of,
)
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

SAY = phrases("series")
CLUSTERS = SAY["clusters"]
COUNTS = 0.05  # a donor with less weight hides nobody
NEEDED = 19  # others, below which a place among them says nothing at 95 %
MIDDLE = (0.1, 0.9)  # of the placebos: the area drawn; no school has a line of its own
MOST_TELLING = 5  # so many placebos at least, or two quantiles would tell of single schools
ON_PAGE = (SeriesFlag.FEW_BEFORE, SeriesFlag.FEW_AFTER, SeriesFlag.UNCONTROLLED)
ON_PAGE_MIXTURE = (
    SyntheticFlag.POOR_FIT,
    SyntheticFlag.PERFECT_FIT,
    SyntheticFlag.OUTSIDE,
    SyntheticFlag.FEW_BEFORE,
)


# ---------------------------------------------------------------- sentences


def series_sentence(detail: Series, language: str, clusters: Text = CLUSTERS) -> str:
    """How far the line lies from where it would have been, and what that supposes."""
    dutch(language)  # refuses any third language
    uncontrolled = () if detail.controlled else (SERIES_FLAGS[SeriesFlag.UNCONTROLLED][language],)
    return " ".join([_found(detail, language), _assumes(detail, clusters, language), *uncontrolled])


def _found(detail: Series, language: str) -> str:
    found = detail.fit.average
    size, side = _apart(found.estimate, found.low, found.high, language)
    if found.low is None or found.high is None:
        told = SAY[f"found.{side}"][language].format(size=size)
        return f"{told} {SERIES_FLAGS[SeriesFlag.NO_SPREAD][language]}"
    span = interval(found.low, found.high, _digits([], found.low, found.high), language)
    return SAY[f"found_within.{side}"][language].format(size=size, span=span)


def _assumes(detail: Series, clusters: Text, language: str) -> str:
    said = SAY["assumes.beside" if detail.controlled else "assumes.alone"]
    return said[language].format(clusters=clusters[language])


def synthetic_sentence(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> str:
    """How far those that started lie from the mixture, and how many others do as much."""
    dutch(language)  # refuses any third language
    size, side = _apart(detail.fit.average, *_limits(detail), language)
    told = SAY[f"mixture.{side}"][language].format(size=size, clusters=clusters[language])
    return " ".join([told, rank_sentence(detail, language, clusters)]).strip()


def rank_sentence(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> str:
    """The place of those that started among all, as if each had.

    That others are too few where they are: a report without an answer tells no place either.
    """
    others, more = len(detail.placebos.names) - 1, detail.placebos.rank - 1
    words = {"clusters": clusters[language], "others": str(others), "more": str(more)}
    if others < NEEDED:
        return SAY["rank.too_few"][language].format(needed=NEEDED, **words)
    if not _has_answer(detail):
        return ""
    return SAY["rank.some" if more else "rank.none"][language].format(**words)


def _has_answer(detail: Synthetic) -> bool:
    """Whether the placebos give an interval (it may be without limits)."""
    return detail.limits is not None


def _limits(detail: Synthetic) -> tuple[float | None, float | None]:
    return detail.limits or (None, None)


def _apart(x: float, low: float | None, high: float | None, language: str) -> tuple[str, str]:
    """How far, and on which side: the end of a key."""
    size = decimal(abs(x), _digits([x], low, high), language)
    return size, "higher" if x >= 0 else "lower"


# ---------------------------------------------------------------- what may be shown


def _seen(pupils: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.array([may_leave(int(n)) for n in pupils])


def _known(detail: Series) -> NDArray[np.bool_]:
    """(T,) whether enough pupils, of enough schools, stand behind the comparison (if there is one)."""
    if detail.fit.comparison is None or detail.pupils_comparison is None:
        return np.ones(len(detail.periods), dtype=bool)
    several = detail.clusters[1] >= profile().units  # one school would be told of by itself
    return _seen(detail.pupils_comparison) & several


def _mixed(detail: Synthetic) -> NDArray[np.bool_]:
    """(T,) whether enough pupils stand behind the mixture: those of schools that really count."""
    counts = detail.fit.w >= COUNTS
    several = int(counts.sum()) >= profile().units
    return _seen(detail.pupils_donors[:, counts].sum(axis=1)) & several


def _placebos(detail: Synthetic) -> tuple[Floats, Floats] | None:
    """(T,) between which the middle 80 % of the placebos lie; None when these are too few."""
    enough = np.flatnonzero((detail.pupils_donors >= fewest()).all(axis=0)) + 1
    if len(enough) < MOST_TELLING:
        return None
    low, high = np.quantile(detail.placebos.gaps[:, enough], MIDDLE, axis=1)
    return low, high


# ---------------------------------------------------------------- pictures


def series_curves(detail: Series, language: str, clusters: Text = CLUSTERS) -> list[Curve]:
    """The lines of a series; a point with fewer than ten pupils is left open."""
    fit, known = detail.fit, _known(detail)
    curves = [
        _curve(fit.y, _seen(detail.pupils), "started", Kind.MEASURED, language, clusters),
        _curve(fit.counterfactual, known, "without", Kind.EXPECTED, language, clusters),
    ]
    if fit.comparison is not None:
        curves.append(_curve(fit.comparison, known, "others", Kind.BESIDE, language, clusters))
    return [c for c in curves if np.isfinite(c.values).any()]


def synthetic_curves(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> list[Curve]:
    """Those that started, and the mixture."""
    fit = detail.fit
    curves = [
        _curve(fit.y, _seen(detail.pupils), "started", Kind.MEASURED, language, clusters),
        _curve(fit.mixture, _mixed(detail), "mixture", Kind.EXPECTED, language, clusters),
    ]
    return [c for c in curves if np.isfinite(c.values).any()]


def gap_curves(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> list[Curve]:
    """The gap of those that started."""
    told = _seen(detail.pupils) & _mixed(detail)
    gaps = detail.placebos.gaps[:, 0]
    return [_curve(gaps, told, "started", Kind.MEASURED, language, clusters)]


def gap_band(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> Band | None:
    """Where the middle of the others lie, as if they had started; None when they are too few."""
    found = _placebos(detail)
    name = SAY["line.as_if"][language].format(clusters=clusters[language])
    return Band(*found, name) if found else None


def _curve(
    values: Floats, told: NDArray[np.bool_], name: str, kind: Kind, language: str, clusters: Text
) -> Curve:
    label = SAY[f"line.{name}"][language].format(clusters=clusters[language])
    return Curve(np.where(told, values, np.nan), label, kind)


def _time(detail: Series | Synthetic) -> Time:
    return Time(detail.periods, detail.times, detail.fit.start)


def plot_series(detail: Series, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    return lines_on(ax, series_curves(detail, language), _time(detail), language)


def plot_synthetic(detail: Synthetic, language: str, ax: Axes | None) -> Axes:
    """The same of a mixture."""
    return lines_on(ax, synthetic_curves(detail, language), _time(detail), language)


def series_drawing(detail: Series, language: str) -> Drawing:
    """The picture of a series, for a notebook."""
    figure = line_picture(series_curves(detail, language), _time(detail), language)
    return Drawing(png(figure), series_alternative(detail, language))


def synthetic_drawing(detail: Synthetic, language: str) -> Drawing:
    """The picture of a mixture, for a notebook."""
    figure = line_picture(synthetic_curves(detail, language), _time(detail), language)
    return Drawing(png(figure), synthetic_alternative(detail, language))


def series_alternative(detail: Series, language: str, clusters: Text = CLUSTERS) -> str:
    """What the picture of a series shows, for who cannot see it."""
    found, curves = detail.fit.average, series_curves(detail, language, clusters)
    size, side = _apart(found.estimate, found.low, found.high, language)
    beside = any(c.kind is Kind.BESIDE for c in curves)
    said = SAY[f"alt.beside.{side}"] if beside else SAY[f"alt.series.{side}"]
    text = said[language].format(size=size, **_span(detail, clusters, language))
    return " ".join([text, *_left_open(curves, clusters, language)])


def synthetic_alternative(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> str:
    """What the picture of a mixture shows."""
    curves = synthetic_curves(detail, language, clusters)
    size, side = _apart(detail.fit.average, *_limits(detail), language)
    said = SAY[f"alt.mixture.{side}"][language]
    text = said.format(size=size, **_span(detail, clusters, language))
    return " ".join([text, *_left_open(curves, clusters, language)])


def gap_alternative(detail: Synthetic, language: str, clusters: Text = CLUSTERS) -> str:
    """What the picture of the gaps shows."""
    said = SAY["alt.gap" if _placebos(detail) else "alt.gap_alone"][language]
    parts = [said.format(clusters=clusters[language])]
    return " ".join(
        [*parts, *_left_open(gap_curves(detail, language, clusters), clusters, language)]
    )


def _span(detail: Series | Synthetic, clusters: Text, language: str) -> dict[str, str]:
    periods = detail.periods
    return {
        "clusters": clusters[language],
        "first": periods[0],
        "last": periods[-1],
        "begin": periods[detail.fit.start],
    }


def _left_open(curves: Sequence[Curve], clusters: Text, language: str) -> list[str]:
    """Why a line stops, where one does."""
    if all(np.isfinite(c.values).all() for c in curves):
        return []
    words = {"minimum": fewest(), "units": profile().units, "clusters": clusters[language]}
    return [SAY["alt.hidden"][language].format(**words)]


# ---------------------------------------------------------------- the report


def page(detail: Series | Synthetic, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The picture, and how to read it."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    name = plan.study.cluster_label
    if isinstance(detail, Series):
        curves = series_curves(detail, language, name)
        words = series_alternative(detail, language, name)
    else:
        curves = synthetic_curves(detail, language, name)
        words = synthetic_alternative(detail, language, name)
    if not curves:
        return []
    picture = _block(curves, detail, words, _caption(effect, plan, language), language)
    return [picture, Paragraph(SAY["page.read"][language])]


def sure(detail: Series | Synthetic, effect: Effect, plan: Plan, language: str) -> list[str]:
    """What the line without the programme supposes, and what makes it doubtful."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    name = plan.study.cluster_label
    if isinstance(detail, Series):
        flags = [SERIES_FLAGS[f][language] for f in detail.fit.flags if f in ON_PAGE]
        told = [_assumes(detail, name, language), " ".join(flags)]
    else:
        doubts = [SYNTHETIC_FLAGS[f][language] for f in detail.fit.flags if f in ON_PAGE_MIXTURE]
        assumes = SAY["assumes.mixture"][language].format(clusters=name[language])
        told = [assumes, " ".join([rank_sentence(detail, language, name), *doubts]).strip()]
    return [text for text in told if text]


def appendix(detail: Series | Synthetic, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The numbers of the pictures, the model, the placebos. No school is named."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    name = plan.study.cluster_label
    said = SYNTHETIC_FLAGS[SyntheticFlag.FEW_DONORS]  # the sentence on the placebos says it as well
    notes = " ".join(flag[language] for flag in detail.flags if flag != said)
    if isinstance(detail, Series):
        told = [_found(detail, language), _assumes(detail, name, language), notes]
        return [
            Heading(SAY["title.series"][language], 2),
            Paragraph(" ".join(part for part in told if part)),
            _series_table(detail, effect, plan, language),
            _model_table(detail, effect, plan, language),
        ]
    title = SAY["title.mixture"][language].format(clusters=name[language])
    gaps, band = gap_curves(detail, language, name), gap_band(detail, language, name)
    blocks: list[Block] = [
        Heading(title, 2),
        Paragraph(f"{synthetic_sentence(detail, language, name)} {notes}".strip()),
    ]
    if np.isfinite(gaps[0].values).any():
        drawn = SAY["caption.gap" if band else "caption.gap_alone"][language]
        words = gap_alternative(detail, language, name)
        caption = drawn.format(clusters=name[language])
        blocks.append(_block(gaps, detail, words, caption, language, band=band, zero=True))
    return [
        *blocks,
        _gap_table(detail, effect, plan, language),
        _fit_table(detail, plan, language),
        _weight_table(detail, plan, language),
    ]


def _block(
    curves: Sequence[Curve], detail: Series | Synthetic, alternative: str, caption: str,
    language: str, *, band: Band | None = None, zero: bool = False,
) -> Picture:  # fmt: skip
    def draw(narrow: bool) -> Figure:
        return line_picture(curves, _time(detail), language, band=band, zero=zero, narrow=narrow)

    return in_both_widths(draw, alternative, caption)


def _caption(effect: Effect, plan: Plan, language: str) -> str:
    measure = plan.measure(effect.outcome)
    label = measure.label[language]
    return SAY["caption.measure"][language].format(
        measure=f"{label[:1].upper()}{label[1:]}", unit=measure.unit[language]
    )


def _columns(names: Sequence[str], language: str) -> tuple[str, ...]:
    return tuple(SAY[f"column.{name}"][language] for name in names)


def _note(which: str, plan: Plan, language: str) -> str:
    return SAY[f"table.{which}.note"][language].format(
        clusters=plan.study.cluster_label[language], minimum=fewest(), units=profile().units
    )


def _answers(pupils: NDArray[np.int64], language: str) -> list[str]:
    """The counts of all periods, or of none: one alone would follow from their sum."""
    if not _seen(pupils).all():
        return [hidden(language)] * len(pupils)
    return [pupils_of(int(n), language) for n in pupils]


def _series_table(detail: Series, effect: Effect, plan: Plan, language: str) -> Table:
    fit, beside = detail.fit, detail.fit.comparison
    names = ["period", "measured", "expected", "difference", "interval"]
    header = _columns([*names, *(["others"] if beside is not None else []), "answers"], language)
    each: list[Estimate | None] = [None] * fit.start
    each += [fit.at(later) for later in range(fit.after)]
    digits = _digits(np.concatenate([fit.y, fit.counterfactual]), None, None) + 1
    seen, known, answers = _seen(detail.pupils), _known(detail), _answers(detail.pupils, language)
    withheld, rows = hidden(language), []
    for t, found in enumerate(each):
        gap = [NONE, NONE]
        if found and seen[t] and known[t]:
            gap = [decimal(found.estimate, digits, language),
                   interval(found.low, found.high, digits, language)]  # fmt: skip
        elif found:
            gap = [withheld, withheld]
        row = [
            detail.periods[t],
            decimal(float(fit.y[t]), digits, language) if seen[t] else withheld,
            decimal(float(fit.counterfactual[t]), digits, language) if known[t] else withheld,
            *gap,
        ]
        if beside is not None:
            row.append(decimal(float(beside[t]), digits, language) if known[t] else withheld)
        rows.append((*row, answers[t]))
    numeric = (False, *(True,) * (len(header) - 1))
    note = _note("series", plan, language)
    return Table(_caption(effect, plan, language), header, tuple(rows), numeric, note)


TERMS = {name: SAY[f"model.{name}"] for name in ("constant", "trend", "level", "slope")}


def _model_table(detail: Series, effect: Effect, plan: Plan, language: str) -> Table:
    fit = detail.fit
    header = ("", *_columns(["estimate"], language), "SE", "df",
              *_columns(["interval"], language), "p")  # fmt: skip
    found = [fit.contrast(c) for c in np.eye(len(fit.names))]
    words = [TERMS[n][language] if n in TERMS else n for n in fit.names]
    rows = []
    named = zip([*words, SAY["model.mean"][language]], [*found, fit.average], strict=True)
    for word, e in named:
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
    of = []
    if fit.comparison is not None:
        name = plan.study.cluster_label[language]
        of.append(SAY["model.of_gap"][language].format(clusters=name))
    told = "; ".join(f"{k}: {v}" for k, v in facts.items() if v is not None)
    title = SAY["model.title"][language].format(
        measure=plan.measure(effect.outcome).label[language]
    )
    return Table(title, header, tuple(rows), (False, *(True,) * 5), " ".join([*of, f"{told}."]))


def _gap_table(detail: Synthetic, effect: Effect, plan: Plan, language: str) -> Table:
    fit, band, known = detail.fit, _placebos(detail), _mixed(detail)
    names = ("period", "measured", "mixture", "gap", "placebos", "answers")
    digits = _digits(np.concatenate([fit.y, fit.mixture]), None, None) + 1
    seen, answers = _seen(detail.pupils), _answers(detail.pupils, language)
    withheld, rows = hidden(language), []
    for t, period in enumerate(detail.periods):
        span = withheld
        if band is not None:
            span = interval(float(band[0][t]), float(band[1][t]), digits, language)
        told = (
            (fit.y, seen[t]),
            (fit.mixture, known[t]),
            (fit.gap, seen[t] and known[t]),
        )
        numbers = (decimal(float(x[t]), digits, language) if ok else withheld for x, ok in told)
        rows.append((period, *numbers, span, answers[t]))
    numeric = (False, *(True,) * 5)
    note = _note("gap", plan, language)
    caption = _caption(effect, plan, language)
    return Table(caption, _columns(names, language), tuple(rows), numeric, note)


def _fit_table(detail: Synthetic, plan: Plan, language: str) -> Table:
    fit, placebos = detail.fit, detail.placebos
    before, after = fit.rmspe
    low, high = _limits(detail)
    digits = _digits([before, after], low, high) + 1
    name = plan.study.cluster_label[language]
    told = {
        "before": decimal(before, digits, language),
        "after": decimal(after, digits, language),
        "ratio": decimal(fit.ratio, 1, language),
        "mean": decimal(fit.average, digits, language),
    }
    if _has_answer(detail):
        p, least = (p_value(x, language) for x in (placebos.p_value(), placebos.smallest))
        told |= {
            "place": f"{placebos.rank} / {len(placebos.names)}",
            "p": f"{p} ({least})",
            "interval": interval(low, high, digits, language),
        }
    if detail.earlier is not None:
        told["earlier"] = decimal(detail.earlier.average, digits, language)
    if detail.without:
        values = list(detail.without.values())
        told["without"] = interval(min(values), max(values), digits, language)
    at = detail.periods[detail.earlier.start] if detail.earlier is not None else ""
    rows = tuple(
        (SAY[f"fit.{key}"][language].format(at=at, clusters=name), cell)
        for key, cell in told.items()
    )
    few = len(placebos.names) - 1 < NEEDED
    note = SAY["fit.note_too_few" if few else "fit.note"][language]
    note = note if few or _has_answer(detail) else ""
    header = ("", *_columns(["value"], language))
    return Table(
        SAY["fit.title"][language], header, rows, (False, True),
        note.format(clusters=name, needed=NEEDED),
    )  # fmt: skip


def _weight_table(detail: Synthetic, plan: Plan, language: str) -> Table:
    """The weights, largest first; no school is named."""
    name = plan.study.cluster_label[language]
    order = np.argsort(-detail.fit.w)
    used = [j for j in order.tolist() if detail.fit.w[j] >= 0.005]
    digits = _digits(detail.fit.rmspe, None, None) + 1
    rows = tuple(
        (str(i), decimal(float(detail.fit.w[j]), 2, language),
         decimal(detail.without.get(detail.fit.names[j]), digits, language))
        for i, j in enumerate(used, 1)
    )  # fmt: skip
    rest = len(order) - len(used)
    header = _columns(["number", "weight", "gap_without"], language)
    note = SAY["weights.rest"][language].format(n=rest, clusters=name) if rest else ""
    title = SAY["weights.title"][language].format(clusters=name)
    return Table(title, header, rows, (False, True, True), note)


def _digits(values: Sequence[float] | Floats, low: float | None, high: float | None) -> int:
    """Decimals for an interval, or for numbers that lie as far apart as these."""
    if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
        return digits_for(high - low)
    known = [float(x) for x in values if math.isfinite(x)]
    spread = max(known) - min(known) if len(known) > 1 else max(map(abs, known), default=0.0)
    return digits_for(spread)
