"""Time to an event, for readers: sentences, tables, and steps with bands over the school years."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from academic_workplace.cohorts.contrasts import DOUBTS, Estimate
from academic_workplace.cohorts.events import CAUTIONS, Comparison, Curve, Point, TimeToEvent
from academic_workplace.disclosure import fewest, shown_count
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.language import Text, default_language, same
from academic_workplace.report.document import (
    ACCENT,
    INK,
    LINE,
    PAPER,
    SOFT,
    SUN,
    Block,
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
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, count, decimal, interval, of_hundred

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 4  # curves in one picture, and in the sentences
TOLD = 3  # comparisons in the sentences
STUB = 0.22  # years that a curve goes on, so that its last step is seen
LIMITS = 0.5  # years in which the limits of several curves stand side by side
LETTER = 0.069  # inches of a letter of a label
ACROSS = {False: 90, True: 46}  # letters of a title on a line
CUT = 0.3  # the axis starts higher when all limits lie above this
BANDS = 2  # more bands than this hide each other: limits then stand at the end only
ROW = 0.17  # inches of a line of numbers or of the key
GAP = 0.19  # inches between two labels at the end of curves
STYLES: tuple[dict[str, Any], ...] = (
    {"color": ACCENT, "ls": "-", "lw": 2.2, "marker": "o", "ms": 5, "mfc": ACCENT},
    {"color": SUN, "ls": (0, (5, 2)), "lw": 1.8, "marker": "s", "ms": 4.6, "mfc": PAPER},
    {"color": INK, "ls": (0, (1.5, 1.5)), "lw": 1.7, "marker": "^", "ms": 5, "mfc": INK},
    {"color": SOFT, "ls": (0, (7, 2, 1.5, 2)), "lw": 1.6, "marker": "D", "ms": 4.2, "mfc": PAPER},
)
EVERYONE = Text("alle leerlingen", "all pupils")
WITHHELD = Text(
    f"Een getal staat er niet als het over minder dan {fewest()} leerlingen gaat, of als zo'n getal"
    " eruit te berekenen is.",
    f"A number is left out when it is about fewer than {fewest()} pupils, or when such a number"
    " could be worked out from it.",
)
NO_PICTURE = Text(
    "Er is niets te tekenen: alles gaat over minder dan tien leerlingen.",
    "There is nothing to draw: everything is about fewer than ten pupils.",
)
JOIN = Text("Voeg groepen, cohorten of soorten samen.", "Join groups, cohorts or kinds.")


# ---------------------------------------------------------------- sentences


def events_sentences(result: TimeToEvent, language: str) -> str:
    """How many of a hundred are left at the horizon, how far groups are apart, and the doubts."""
    nl = dutch(language)
    curves = chosen(result)
    said = [_curve_sentence(curve, result, language) for curve in curves]
    more = sum(not c.withheld for c in result) - len(curves)
    if more > 0:
        said.append(f"De tabel toont ook de andere groepen ({count(more, language)})." if nl else (
            f"The table shows the other groups too ({count(more, language)})."
        ))  # fmt: skip
    if not said:
        said.append(NO_PICTURE[language])
    if any(c.horizon and c.horizon.survival and c.horizon.survival.low is not None for c in curves):
        said.append(
            "Tussen haakjes staan de waarschijnlijke grenzen."
            if nl
            else "The likely limits are in brackets."
        )
    said += [_comparison(c, result, language) for c in _told(result)]
    left = result.lost + result.never_followed
    if shown_count(left):
        said.append(
            f"{count(left, language)} leerlingen doen niet mee: er ontbreekt iets, of ze zijn niet"
            " gevolgd."
            if nl
            else f"{count(left, language)} pupils are left out: something is missing, or they were"
            " not followed."
        )
    said += [CAUTIONS[caution][language] for caution in result.cautions]
    said += [DOUBTS[doubt][language] for doubt in result.doubts]
    if _hides(result):
        said.append(WITHHELD[language])
    return " ".join(said)


def _hides(result: TimeToEvent) -> bool:
    return any(
        c.withheld or any(p.survival is None or p.followed is None for p in c.points)
        for c in result
    )


def _told(result: TimeToEvent) -> list[Comparison]:
    """The comparisons that sentences tell: those of the last cohort and of the first group."""
    known = [c for c in result.comparisons if c.raw is not None]
    if len(known) <= TOLD:
        return known
    last = result.items[-1].cohort
    groups = [c for c in known if not c.cohorts and c.at == last]
    cohorts = [c for c in known if c.cohorts and c.of == last]
    return [*groups[:TOLD], *cohorts[: max(1, TOLD - len(groups))]]


def curve_name(curve: Curve, language: str, labels: dict[str, Text] | None = None) -> str:
    """``praktisch, 2018``, or all pupils."""
    words = labels or {}
    parts = [words[p][language] if p in words else p for p in (curve.group, curve.cohort) if p]
    return ", ".join(parts) or EVERYONE[language]


def _name(curve: Curve, result: TimeToEvent, language: str) -> str:
    return curve_name(curve, language, dict(result.labels))


def _label(value: str, result: TimeToEvent, language: str) -> str:
    return result.labels[value][language] if value in result.labels else f"‘{value}’"


def still_words(result: TimeToEvent, language: str) -> str:
    """What pupils without the event do."""
    if result.still is not None:
        return result.still[language]
    return "zonder dat dit gebeurde" if dutch(language) else "without this having happened"


def kind_words(result: TimeToEvent, k: int, language: str) -> str:
    """What a kind of event is called; the value of a column stands between quotes."""
    words = result.words[k]
    return f"‘{words.nl}’" if words == same(result.kinds[k]) else words[language]


def _curve_sentence(curve: Curve, result: TimeToEvent, language: str) -> str:
    nl, end = dutch(language), curve.horizon
    if end is None or end.survival is None:
        return ""
    h = result.horizon
    of = f"{_capital(_name(curve, result, language))}: v" if curve.group or curve.cohort else "V"
    years = _years(h, language)
    left, still = hundred(end.survival, language), still_words(result, language)
    if nl:
        verb = "is" if of_hundred(end.survival.value) == 1 else "zijn"
        said = [f"{of}an elke 100 leerlingen {verb} er na {years} nog {left} {still}."]
    else:
        of = of[:-1] + ("o" if of.endswith("v") else "O")
        said = [f"{of}f every 100 pupils {left} are still {still} after {years}."]
    if result.still is None:
        said = [said[0].replace(" nog ", " ").replace(" still ", " ")]
    if len(result.kinds) > 1 and end.incidence:
        parts = [f"{hundred(each, language)} {kind_words(result, k, language)}"
                 for k, each in enumerate(end.incidence)]  # fmt: skip
        listed = _listed(parts, language)
        said.append(f"Verder zijn er {listed}." if nl else f"Also, there are {listed}.")
    if curve.mean is not None:
        mean = decimal(curve.mean.value, 1, language)
        said.append(
            f"Gemiddeld duurt het {mean} van deze {years} tot er iets gebeurt."
            if nl
            else f"On average it takes {mean} of these {years} until something happens."
        )
    return " ".join(said)


def _comparison(c: Comparison, result: TimeToEvent, language: str) -> str:
    """One difference at the horizon, in pupils of a hundred, also at equal background."""
    nl = dutch(language)
    if c.raw is None:
        return ""
    of, than = _label(c.of, result, language), _label(c.than, result, language)
    within = (f" ({_label(c.at, result, language)})" if c.at else "")  # fmt: skip
    years = _years(result.horizon, language)
    start = (
        f"Na {years} zijn er bij {of}{within} van elke 100 leerlingen"
        if nl
        else f"After {years}, in every 100 pupils {of}{within} has"
    )
    what = still_words(result, language)
    said = f"{start} {_apart(c.raw.survival, than, what, language)}"
    if c.adjusted is None:
        return said
    given = _listed([_label(g, result, language) for g in result.given], language)
    told = _apart(c.adjusted.survival, than, "", language)
    if nl:
        return f"{said} Zijn leerlingen gelijk in {given}, dan zijn het er {told}"
    return f"{said} Among pupils equal in {given} that is {told}"


def _apart(found: Estimate, than: str, what: str, language: str) -> str:
    """``14 minder op hetzelfde niveau dan bij ‘x’ (2 minder tot 25 minder).``"""
    nl = dutch(language)
    beside = f"dan bij {than}" if nl else f"than {than}"
    size = _more(found.value, language)
    what = f" {what}" if what else ""
    if of_hundred(abs(found.value)) == 0:
        size = "ongeveer evenveel" if nl else "about as many"
        beside = f"als bij {than}" if nl else f"as {than}"
    if found.low is None or found.high is None:
        return f"{size}{what} {beside}."
    low, high = _more(found.low, language), _more(found.high, language)
    span = f"{low} tot {high}" if nl else f"{low} to {high}"
    if found.low <= 0 <= found.high:
        chance = "dat kan toeval zijn" if nl else "that may be chance"
        return f"{size}{what} {beside}; {chance} ({span})."
    return f"{size}{what} {beside} ({span})."


def _more(x: float, language: str) -> str:
    """``14 minder`` or ``3 meer``."""
    n = of_hundred(abs(x))
    if n == 0:
        return "0"
    words = ("meer", "minder") if dutch(language) else ("more", "fewer")
    return f"{n} {words[0] if x > 0 else words[1]}"


def hundred(found: Estimate, language: str) -> str:
    """``57 (43 tot 69)``: out of a hundred, with the limits where there are any."""
    n = str(of_hundred(found.value))
    if found.low is None or found.high is None:
        return n
    word = "tot" if dutch(language) else "to"
    return f"{n} ({of_hundred(found.low)} {word} {of_hundred(found.high)})"


def _years(h: int, language: str) -> str:
    if dutch(language):
        return f"{h} jaar"
    return f"{h} year{'s' if h > 1 else ''}"


def _listed(parts: Sequence[str], language: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {'en' if dutch(language) else 'and'} {parts[-1]}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


# ---------------------------------------------------------------- tables


def curves_table(result: TimeToEvent, language: str) -> Table:
    """Of every hundred pupils, per curve and year; the mean time without event in the last column."""
    nl, h = dutch(language), result.horizon
    rows = []
    for curve in result:
        shares = [NONE] * h
        for p in curve.points[1:]:
            if p.survival is not None:
                shares[p.year - 1] = hundred(p.survival, language)
        mean = NONE
        if curve.mean is not None:
            mean = decimal(curve.mean.value, 1, language)
            if curve.mean.low is not None:
                mean += f" ({interval(curve.mean.low, curve.mean.high, 1, language)})"
        pupils = f"< {fewest()}" if curve.pupils is None else count(curve.pupils, language)
        rows.append((_name(curve, result, language), pupils, *shares, mean))
    header = (
        "Groep" if nl else "Group", "Leerlingen" if nl else "Pupils",
        *(f"Na {y} jaar" if nl else f"After {_years(y, language)}" for y in range(1, h + 1)),
        "Gemiddeld aantal jaren" if nl else "Mean years",
    )  # fmt: skip
    caption = f"{_title(result, None, language)}, {'met de grenzen' if nl else 'with limits'}"
    note = WITHHELD[language] if _hides(result) else ""
    return Table(caption, header, tuple(rows), (False, *(True,) * (len(header) - 1)), note)


def comparisons_table(result: TimeToEvent, language: str) -> Table:
    """A row per comparison: of a hundred pupils, raw and adjusted, and the odds ratio per year."""
    nl = dutch(language)
    rows = []
    for c in result.comparisons:
        name = f"{c.of} − {c.than}" + (f", {c.at}" if c.at else "")
        raw = NONE if c.raw is None else _points(c.raw.survival, language)
        adjusted = NONE if c.adjusted is None else _points(c.adjusted.survival, language)
        mean = NONE
        if c.raw is not None and c.raw.mean is not None:
            mean = _ranged(c.raw.mean, 2, language)
        odds = NONE if c.by_year is None else _ranged(c.by_year.odds_ratio, 2, language)
        rows.append((name, raw, adjusted, mean, odds))
    header = (
        ("Vergelijking", "Van elke 100", "Bij gelijke achtergrond", "Gemiddelde jaren",
         "Kansverhouding per jaar (odds)")
        if nl
        else ("Comparison", "Of every 100", "At equal background", "Mean years",
              "Odds ratio per year")
    )  # fmt: skip
    used = [i for i in range(len(header)) if i != 2 or result.given]
    header_used = tuple(header[i] for i in used)
    told = tuple(tuple(row[i] for i in used) for row in rows)
    years = _years(result.horizon, language)
    caption = f"Verschil na {years}" if nl else f"Difference after {years}"
    note = WITHHELD[language] if any(c.withheld for c in result.comparisons) else ""
    return Table(caption, header_used, told, (False, *(True,) * (len(used) - 1)), note)


def _points(found: Estimate, language: str) -> str:
    return _ranged(Estimate(100 * found.value, low=_times(found.low), high=_times(found.high)),
                   0, language)  # fmt: skip


def _times(x: float | None) -> float | None:
    return None if x is None else 100 * x


def _ranged(found: Estimate, digits: int, language: str) -> str:
    value = decimal(found.value, digits, language)
    if found.low is None:
        return value
    return f"{value} ({interval(found.low, found.high, digits, language)})"


def events_notebook(result: TimeToEvent) -> str:
    """The table below the sentences of a result."""
    table = curves_table(result, default_language())
    return notebook_table([Text(h, h) for h in table.header], table.rows)


# ---------------------------------------------------------------- pictures


def chosen(result: TimeToEvent, kind: int | None = None) -> list[Curve]:
    """The curves that one picture can carry: with many cohorts the first and the last."""
    known = [c for c in result if _end(c, kind) is not None]
    if len(known) <= MOST:
        return known
    cohorts = list(dict.fromkeys(c.cohort for c in known))
    ends = [c for c in known if c.cohort in (cohorts[0], cohorts[-1])]
    return ends[:MOST]


def _end(curve: Curve, kind: int | None) -> Estimate | None:
    return None if curve.horizon is None else _of(curve.horizon, kind)


def _of(point: Point, kind: int | None) -> Estimate | None:
    if kind is None:
        return point.survival
    return point.incidence[kind] if len(point.incidence) > kind else None


def _title(result: TimeToEvent, kind: int | None, language: str) -> str:
    what = still_words(result, language) if kind is None else kind_words(result, kind, language)
    nog = ("nog " if dutch(language) else "still ") * (kind is None and result.still is not None)
    return f"{'Van elke 100 leerlingen' if dutch(language) else 'Of every 100 pupils'}: {nog}{what}"


def events_alternative(result: TimeToEvent, kind: int | None, language: str) -> str:
    """What the picture shows, in numbers."""
    nl = dutch(language)
    lines = []
    for curve in chosen(result, kind):
        steps = []
        for p in curve.points[1:]:
            found = _of(p, kind)
            if found is not None:
                last = p.year == result.horizon
                n = hundred(found, language) if last else str(of_hundred(found.value))
                steps.append(f"{n} na {p.year} jaar" if nl else (
                    f"{n} after {_years(p.year, language)}"
                ))  # fmt: skip
        lines.append(f"{_capital(_name(curve, result, language))}: {_listed(steps, language)}.")
    kind_of = "Lijnen met een trap per jaar." if nl else "Lines with a step per year."
    return f"{kind_of} {_title(result, kind, language)}. {' '.join(lines)}"


def _size(curves: Sequence[Curve], *, narrow: bool) -> float:
    """The height of the picture in inches."""
    return (2.5 if narrow else 2.45) + _top(curves, narrow=narrow) + _foot(curves)


def _top(curves: Sequence[Curve], *, narrow: bool) -> float:
    return 0.36 + (ROW * (len(curves) + 1) + 0.12) * narrow


def _foot(curves: Sequence[Curve]) -> float:
    return 0.62 + ROW * len(curves)


def events_figure(
    result: TimeToEvent, kind: int | None, language: str, *, narrow: bool = False
) -> Figure:  # fmt: skip
    """The curves on a figure of their own."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    curves = _require(result, kind)
    width, height = NARROW if narrow else WIDE, _size(curves, narrow=narrow)
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    _draw(figure.add_axes(_box(result, curves, kind, language, narrow=narrow)), result, curves,
          kind, language, narrow=narrow)  # fmt: skip
    return figure


def _box(
    result: TimeToEvent, curves: Sequence[Curve], kind: int | None, language: str, *, narrow: bool
) -> tuple[float, float, float, float]:
    """Where the axes stand in the figure: names need room at the right, or above on a phone."""
    width, height = NARROW if narrow else WIDE, _size(curves, narrow=narrow)
    longest = max(len(_ending(c, result, kind, language)) for c in curves)
    left, right = 0.5, 0.12 if narrow else min(0.2 + LETTER * longest, 3.2)
    top, foot = _top(curves, narrow=narrow), _foot(curves)
    return (left / width, foot / height, (width - left - right) / width,
            (height - top - foot) / height)  # fmt: skip


def _require(result: TimeToEvent, kind: int | None) -> list[Curve]:
    curves = chosen(result, kind)
    if not curves:
        raise PlanError([Fault(NO_PICTURE, JOIN, column="kind" if kind is not None else "")])
    return curves


def _ending(curve: Curve, result: TimeToEvent, kind: int | None, language: str) -> str:
    end = _end(curve, kind)
    value = "" if end is None else str(of_hundred(end.value))
    return f"{value}  {_name(curve, result, language)}"


def _draw(
    ax: Axes, result: TimeToEvent, curves: Sequence[Curve], kind: int | None, language: str, *,
    narrow: bool,
) -> None:  # fmt: skip
    small, h, nl = SIZES[narrow][0], result.horizon, dutch(language)
    low, high = _range(curves, kind)
    several = len(curves) > BANDS
    ax.set_xlim(-0.04 * h, h + (LIMITS if several else STUB))
    ax.set_ylim(low, high)
    for i, (curve, style) in enumerate(zip(curves, STYLES, strict=False)):
        _steps(ax, curve, kind, style, h, band=not several)
        end = _end(curve, kind)
        if several and end is not None:
            x = h + LIMITS * (0.3 + 0.65 * i / len(curves))
            ax.plot([x, x], _limits(end), color=style["color"], lw=1.6, zorder=5)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(LINE)
    ax.grid(axis="y", color=LINE, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=SOFT)
    every = max(1, math.ceil(h / (8 if narrow else 14)))
    years = [y for y in range(h + 1) if (h - y) % every == 0]
    ax.set_xticks(years, [str(y) for y in years])
    step = 20 if high - low > 0.6 else 10
    marks = [m for m in range(0, 101, step) if low <= m / 100 <= high + 1e-9]
    ax.set_yticks([m / 100 for m in marks], [str(m) for m in marks])
    title = _title(result, kind, language)
    cut = round(100 * low)
    if cut:
        title += f" (as vanaf {cut})" if nl else f" (axis from {cut})"
    title = textwrap.fill(title, ACROSS[narrow])
    above = 72 * (_top(curves, narrow=narrow) - 0.1)
    style_of: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False}
    ax.annotate(title, (0, 1), xycoords="axes fraction", xytext=(-30, above), size=small, color=INK,
                weight="bold", va="top", **style_of)  # fmt: skip
    years_word = "jaar na het begin" if nl else "years after the start"
    ax.annotate(years_word, (1, 0), xycoords="axes fraction", xytext=(0, -25), size=small,
                color=SOFT, ha="right", **style_of)  # fmt: skip
    _numbers(ax, curves, years, language, small, style_of)
    if narrow:
        _key(ax, result, curves, kind, language, small)
    else:
        _ends(ax, result, curves, kind, language, small)


def _range(curves: Sequence[Curve], kind: int | None) -> tuple[float, float]:
    """The axis: from 0, or from a round number below all limits when these lie far above it."""
    found = [e for c in curves for p in c.points if (e := _of(p, kind)) is not None]
    low = min(e.value if e.low is None else e.low for e in found)
    high = max(e.value if e.high is None else e.high for e in found)
    if kind is None:
        return (math.floor(low * 10) / 10 if low > CUT else 0.0), 1.0
    return 0.0, min(1.0, math.ceil(high * 10 + 1e-9) / 10)


def _steps(
    ax: Axes, curve: Curve, kind: int | None, style: dict[str, Any], h: int, *, band: bool
) -> None:
    """A step at every year that is shown; over years that are not a thin straight line."""
    known = [(p.year, e) for p in curve.points if (e := _of(p, kind)) is not None]
    line = {k: style[k] for k in ("color", "ls", "lw")}
    for (x, a), (x2, b) in zip(known, [*known[1:], (h + STUB * band, known[-1][1])], strict=True):
        limits = [_limits(a), _limits(b)]
        if x2 - x > 1 + STUB:
            ax.plot([x, x2], [a.value, b.value], color=style["color"], lw=0.9, ls=(0, (1, 2)),
                    zorder=3)  # fmt: skip
            if band:
                ax.fill_between([x, x2], [p[0] for p in limits], [p[1] for p in limits],
                                color=style["color"], alpha=0.08, lw=0, zorder=1)  # fmt: skip
            continue
        ax.plot([x, x2, x2], [a.value, a.value, b.value], zorder=3, solid_joinstyle="miter", **line)
        if band:
            ax.fill_between([x, x2], [limits[0][0]] * 2, [limits[0][1]] * 2, color=style["color"],
                            alpha=0.14, lw=0, zorder=1)  # fmt: skip
    ax.plot([x for x, _ in known], [e.value for _, e in known], ls="", color=style["color"],
            marker=style["marker"], ms=style["ms"], mfc=style["mfc"], mec=style["color"], mew=1.3,
            zorder=4, clip_on=False)  # fmt: skip


def _limits(e: Estimate) -> tuple[float, float]:
    return (e.value if e.low is None else e.low, e.value if e.high is None else e.high)


def _sample(ax: Axes, style: dict[str, Any], up: float, corner: int) -> None:
    """A piece of a curve at the left of the axes, up points above their foot (0) or top (1)."""
    from matplotlib.transforms import Affine2D, ScaledTranslation

    place = Affine2D().scale(1 / 72) + ax.figure.dpi_scale_trans
    place += ScaledTranslation(0, corner, ax.transAxes)  # type: ignore[arg-type]  # takes one too
    for x, marker in (((-30.0, -10.0), ""), ((-20.0,), style["marker"])):
        ax.plot(x, [up] * len(x), transform=place, clip_on=False, marker=marker, zorder=5,
                ms=style["ms"] * 0.85, color=style["color"], lw=style["lw"] * 0.8,
                ls="" if marker else style["ls"], mfc=style["mfc"], mec=style["color"])  # fmt: skip


def _numbers(
    ax: Axes, curves: Sequence[Curve], years: Sequence[int], language: str, small: float,
    style_of: dict[str, Any],
) -> None:  # fmt: skip
    """How many pupils are still followed without event, under the years; hidden below ten."""
    heading = "leerlingen nog gevolgd" if dutch(language) else "pupils still followed"
    ax.annotate(heading, (0, 0), xycoords="axes fraction", xytext=(-30, -25), size=small,
                color=SOFT, **style_of)  # fmt: skip
    for i, (curve, style) in enumerate(zip(curves, STYLES, strict=False)):
        y = -25 - 72 * ROW * (i + 1) - 1
        _sample(ax, style, y + 3, 0)
        for p in curve.points:
            if p.year in years:
                told = NONE if p.followed is None else count(p.followed, language)
                ax.annotate(told, (p.year, 0), xycoords=("data", "axes fraction"), xytext=(0, y),
                            size=small, color=INK, ha="center", **style_of)  # fmt: skip


def _key(
    ax: Axes, result: TimeToEvent, curves: Sequence[Curve], kind: int | None, language: str,
    small: float,
) -> None:  # fmt: skip
    """On a phone: the names above the picture, each with a piece of its line."""
    for i, (curve, style) in enumerate(zip(curves, STYLES, strict=False)):
        up = 72 * (0.16 + ROW * (len(curves) - 1 - i))
        ax.annotate(_ending(curve, result, kind, language), (0, 1), xycoords="axes fraction",
                    xytext=(-4, up), size=small, color=style["color"], va="center",
                    textcoords="offset points", annotation_clip=False)  # fmt: skip
        _sample(ax, style, up, 1)


def _ends(
    ax: Axes, result: TimeToEvent, curves: Sequence[Curve], kind: int | None, language: str,
    small: float,
) -> None:  # fmt: skip
    """The value and name of each curve at its end, apart from each other."""
    low, high = ax.get_ylim()
    inches = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted()).height
    gap, above = GAP / inches * (high - low), math.inf
    ends = [(e.value, c, s) for c, s in zip(curves, STYLES, strict=False)
            if (e := _end(c, kind)) is not None]  # fmt: skip
    placed = []
    for value, curve, style in sorted(ends, key=lambda each: -each[0]):
        above = min(value, above - gap)
        placed.append((above, curve, style))
    lift = max(0.0, low + 0.02 * (high - low) - min((y for y, _, _ in placed), default=low))
    for y, curve, style in placed:
        ax.annotate(_ending(curve, result, kind, language), (1, y + lift),
                    xycoords=("axes fraction", "data"), xytext=(6, 0), size=small, va="center",
                    textcoords="offset points", color=style["color"], weight="bold",
                    annotation_clip=False)  # fmt: skip


def plot_events(
    result: TimeToEvent, kind: int | None, language: str, ax: Axes | None
) -> Axes:  # fmt: skip
    """The curves on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    curves = _require(result, kind)
    if ax is None:
        from matplotlib import pyplot

        figure = pyplot.figure(figsize=(WIDE, _size(curves, narrow=False)))
        ax = figure.add_axes(_box(result, curves, kind, language, narrow=False))
    _draw(ax, result, curves, kind, language, narrow=False)
    return ax


def events_drawing(result: TimeToEvent, kind: int | None, language: str) -> Drawing:
    """The curves, for a notebook."""
    figure = events_figure(result, kind, language)
    return Drawing(png(figure), events_alternative(result, kind, language))


def events_picture(result: TimeToEvent, kind: int | None, language: str) -> Picture:
    """The curves, for a report."""

    def draw(narrow: bool) -> Figure:
        return events_figure(result, kind, language, narrow=narrow)

    return in_both_widths(draw, events_alternative(result, kind, language),
                          _title(result, kind, language))  # fmt: skip


def events_blocks(result: TimeToEvent, language: str) -> list[Block]:
    """The sentences, the picture and the tables, for a report."""
    out: list[Block] = [Paragraph(events_sentences(result, language))]
    if chosen(result):
        out.append(events_picture(result, None, language))
    out.append(curves_table(result, language))
    return [*out, comparisons_table(result, language)] if _told(result) else out
