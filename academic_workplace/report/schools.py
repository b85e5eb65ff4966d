"""Schools beside each other in words, pictures and tables: by name, never by result."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from academic_workplace.cohorts.places import by_name
from academic_workplace.cohorts.schools import (
    LIMITS,
    Funnel,
    FunnelPlace,
    FunnelSchool,
    Overdispersion,
    SchoolDoubt,
    SchoolOrder,
    SchoolValue,
    ValueAdded,
)
from academic_workplace.errors import dutch
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.language import Text, default_language
from academic_workplace.report.document import (
    ACCENT,
    BAND,
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
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    digits_for,
    interval,
    of_hundred,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED = 40  # schools that get a row with their name; more stand side by side, named in the table
ROW = 0.215
TOLD = 12  # names in a sentence
NOT_HOW_GOOD = Text(
    "Dit is geen ranglijst, en het zegt niet hoe goed een school is. Wat we niet hebben gemeten,"
    " zit nog in de verschillen. Waar ze vandaan komen, weten we niet.",
    "This is no ranking, and it does not say how good a school is. What was not measured is still"
    " in the differences. Where they come from is not known.",
)
NO_VERDICT = Text(
    "Buiten de lijnen liggen is een reden om samen te kijken, en geen oordeel. Dit is geen"
    " ranglijst.",
    "To lie beyond the lines is a reason to look together, and no verdict. This is no ranking.",
)
DOUBTS = {
    SchoolDoubt.FEW_SCHOOLS: Text(
        "Er zijn minder dan 10 scholen. Hoeveel scholen van elkaar verschillen, is dan zelf"
        " onzeker, en de grenzen zijn dat ook.",
        "There are fewer than 10 schools. How much schools differ is then uncertain itself, and so"
        " are the limits.",
    ),
    SchoolDoubt.NO_SPREAD: Text(
        "De scholen verschillen niet meer van elkaar dan toeval al geeft. Er zijn daarom geen"
        " grenzen om naast elkaar te leggen.",
        "The schools differ no more than chance would make them. So there are no limits to lay"
        " beside each other.",
    ),
    SchoolDoubt.NOTHING_GIVEN: Text(
        "Er is niets gelijk gehouden: dit zijn gewone gemiddelden, en geen toegevoegde waarde.",
        "Nothing was held equal: these are plain means, and no value added.",
    ),
}


def name_of(word: str, labels: Mapping[str, Text], language: str) -> str:
    """A column in words for readers, or as it stands between quotes."""
    dutch(language)  # refuses any third language
    return labels[word][language] if word in labels else f"‘{word}’"


def joined(words: Sequence[str], language: str) -> str:
    """``a, b en c``."""
    last = " en " if dutch(language) else " and "
    return last.join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def bounded(b: Bounds | None, times: float, digits: int, language: str) -> str:
    """``12``, or ``2 tot 9`` where counts are hidden."""
    if b is None:
        return NONE
    low, high = (decimal(float(x) * times, digits, language) for x in (b.low, b.high))
    return low if low == high else f"{low} {'tot' if dutch(language) else 'to'} {high}"


# ---------------------------------------------------------------- value added


def value_sentence(found: ValueAdded, language: str) -> str:
    """What is compared, how much lies between schools, how many pairs differ, what it is not."""
    nl, out = dutch(language), []
    outcome = name_of(found.outcome, found.labels, language)
    k = len(found)
    equal = ""
    if found.given:
        words = joined([name_of(x, found.labels, language) for x in found.given], language)
        equal = (
            f", bij leerlingen die gelijk zijn in {words}"
            if nl
            else f", among pupils alike in {words}"
        )
    out.append(
        f"We leggen {count(k, language)} scholen naast elkaar voor {outcome}{equal}."
        if nl
        else f"We lay {count(k, language)} schools beside each other for {outcome}{equal}."
    )
    part, low, high = (of_hundred(x) for x in (found.icc, found.icc_low, found.icc_high))
    out.append(
        f"Van de verschillen die overblijven, zit ongeveer {part} % tussen scholen (waarschijnlijk"
        f" {low} tot {high} %) en de rest binnen scholen."
        if nl
        else f"Of the differences that are left, about {part}% lies between schools (probably {low}"
        f" to {high}%), and the rest within schools."
    )
    if found.factor is not None and found.pairs:
        chance = decimal(found.pairs / 20, 0, language)
        out.append(
            f"Twee scholen verschillen duidelijk als hun lijnen elkaar niet raken. Dat geldt voor"
            f" {count(found.apart, language)} van de {count(found.pairs, language)} paren; als"
            f" scholen gelijk zijn, voor hoogstens ongeveer {chance}. Kleine scholen zijn naar het"
            " gemiddelde getrokken, want over weinig leerlingen is weinig zeker."
            if nl
            else f"Two schools clearly differ when their lines do not touch. That holds for"
            f" {count(found.apart, language)} of the {count(found.pairs, language)} pairs; when"
            f" schools are alike, for about {chance} at most. Small schools are drawn in to the"
            " average, since little is sure about few pupils."
        )
    out.append(_hidden(sum(s.withheld for s in found), language))
    doubts = [DOUBTS[d][language] for d in found.doubts]
    return " ".join(x for x in [*out, *doubts, NOT_HOW_GOOD[language]] if x)


def _hidden(n: int, language: str) -> str:
    if not n:
        return ""
    if dutch(language):
        who = "1 school" if n == 1 else f"{count(n, language)} scholen"
        return f"Over {who} tonen we niets: dat zou iets zeggen over minder dan 10 leerlingen."
    who = "1 school" if n == 1 else f"{count(n, language)} schools"
    return f"Of {who} nothing is shown: that would tell of fewer than 10 pupils."


def value_heading(found: ValueAdded, order: SchoolOrder, language: str) -> str:
    """Above the picture."""
    nl, outcome = dutch(language), name_of(found.outcome, found.labels, language)
    by = {
        SchoolOrder.NAME: Text("op volgorde van naam", "in order of name"),
        SchoolOrder.PUPILS: Text("van weinig naar veel leerlingen", "from few to many pupils"),
    }[order][language]
    return (
        f"Hoger of lager voor {outcome} dan de gemiddelde school bij zulke leerlingen; {by}, geen"
        " ranglijst"
        if nl
        else f"Higher or lower for {outcome} than the average school with such pupils; {by}, no"
        " ranking"
    )


def in_order(found: ValueAdded, order: SchoolOrder) -> list[SchoolValue]:
    """By name, or by pupils (and then by name); those not shown last."""
    if order is SchoolOrder.NAME:
        return list(found)
    return sorted(found, key=lambda s: (s.pupils or float("inf"), by_name(s.school)))


def value_figure(
    found: ValueAdded, order: SchoolOrder, language: str, *, narrow: bool = False
) -> Figure:
    """A row per school with its interval; side by side when there are many."""
    from matplotlib.figure import Figure

    size = (NARROW if narrow else WIDE, _height(found, order, language, narrow=narrow))
    figure = Figure(figsize=size, facecolor=PAPER)
    _draw_value(figure.add_axes((0, 0, 1, 1)), found, order, language, narrow=narrow)
    return figure


def _heads(text: str, *, narrow: bool) -> list[str]:
    return textwrap.wrap(text, 50 if narrow else 104)


def _height(found: ValueAdded, order: SchoolOrder, language: str, *, narrow: bool) -> float:
    heads = 0.18 * len(_heads(value_heading(found, order, language), narrow=narrow))
    body = ROW * len(found) if len(found) <= NAMED else 2.9
    return heads + 0.16 + body + 0.42


def _draw_value(
    ax: Axes, found: ValueAdded, order: SchoolOrder, language: str, *, narrow: bool
) -> None:  # fmt: skip
    """In inches from the top left."""
    nl, (small, _) = dutch(language), SIZES[narrow]
    width, height = NARROW if narrow else WIDE, _height(found, order, language, narrow=narrow)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    heads = _heads(value_heading(found, order, language), narrow=narrow)
    for i, head in enumerate(heads):
        ax.text(0, 0.1 + 0.18 * i, head, size=small, color=SOFT, va="center")
    top, bottom = 0.18 * len(heads) + 0.16, height - 0.42
    schools = in_order(found, order)
    ends = [x for s in schools for x in (s.value, s.low, s.high) if x is not None]
    low, high = min([-1e-9, *ends]), max([1e-9, *ends])
    if len(found) > NAMED:
        _draw_many(ax, schools, (low, high), (top, bottom), language, narrow=narrow)
        return
    left, right = (1.12, width - 0.1) if narrow else (1.95, 6.3)

    def at(x: float) -> float:
        return left + (x - low) / (high - low) * (right - left)

    ticks, digits = _ticks(low, high)
    for tick in ticks:
        zero = tick == 0
        ax.plot([at(tick)] * 2, [top, bottom], color=SOFT if zero else LINE, lw=0.9, zorder=1)
        text = decimal(tick, digits, language)
        ax.text(at(tick), bottom + 0.11, text, size=small, color=SOFT, ha="center", va="center")
    words = "gemiddelde school" if nl else "average school"
    half = 0.033 * len(words)
    ax.text(min(max(at(0), half), width - half), bottom + 0.29, words, size=small, color=SOFT,
            ha="center", va="center")  # fmt: skip
    if not narrow:
        ax.text(width, top - 0.06, "leerlingen" if nl else "pupils", size=small, color=SOFT,
                ha="right", va="center")  # fmt: skip
    names = shortened([s.school for s in schools], 17 if narrow else 29)
    for i, s in enumerate(schools):
        y = top + ROW * (i + 0.5)
        ax.text(0, y, names[s.school], size=small, color=INK, va="center")
        if s.value is None:
            ax.text(at(0) + 0.06, y, "niet getoond" if nl else "not shown", size=small, color=SOFT,
                    va="center", bbox={"facecolor": PAPER, "lw": 0, "pad": 1})  # fmt: skip
            continue
        if s.low is not None and s.high is not None:
            ax.plot([at(s.low), at(s.high)], [y, y], color=ACCENT, lw=2, solid_capstyle="butt",
                    zorder=2)  # fmt: skip
        ax.plot(at(s.value), y, "o", ms=5, mfc=PAPER, mec=ACCENT, mew=1.4, zorder=3)
        if not narrow:
            ax.text(width, y, count(s.pupils, language), size=small, color=SOFT, ha="right",
                    va="center")  # fmt: skip


def _draw_many(
    ax: Axes, schools: Sequence[SchoolValue], ends: tuple[float, float],
    edges: tuple[float, float], language: str, *, narrow: bool,
) -> None:  # fmt: skip
    """A standing line per school; the names are in the table."""
    nl, (small, _) = dutch(language), SIZES[narrow]
    (low, high), (top, bottom) = ends, edges
    left, right = 0.42, (NARROW if narrow else WIDE) - 0.05
    shown = [s for s in schools if s.value is not None]

    def at(y: float) -> float:
        return bottom - (y - low) / (high - low) * (bottom - top)

    ticks, digits = _ticks(low, high)
    for tick in ticks:
        ax.plot([left, right], [at(tick)] * 2, color=SOFT if tick == 0 else LINE, lw=0.9, zorder=1)
        text = decimal(tick, digits, language)
        ax.text(left - 0.08, at(tick), text, size=small, color=SOFT, ha="right", va="center")
    step = (right - left) / max(len(shown), 1)
    for i, s in enumerate(shown):
        x = left + step * (i + 0.5)
        if s.low is not None and s.high is not None:
            ax.plot([x, x], [at(s.low), at(s.high)], color=ACCENT, lw=min(1.6, 40 * step),
                    solid_capstyle="butt", zorder=2)  # fmt: skip
        if s.value is not None:
            ax.plot(x, at(s.value), "o", ms=min(3.2, 72 * step * 0.8), mfc=INK, mec=INK, mew=0,
                    zorder=3)  # fmt: skip
    words = (
        f"{count(len(shown), language)} scholen; hun namen staan in de tabel"
        if nl
        else f"{count(len(shown), language)} schools; their names are in the table"
    )
    ax.text(left, bottom + 0.22, words, size=small, color=SOFT, va="center")


def _ticks(low: float, high: float) -> tuple[list[float], int]:
    """Round numbers between two ends, 0 among them, and how many decimals they need."""
    from matplotlib.ticker import MaxNLocator

    ticks = [float(x) for x in MaxNLocator(7, steps=[1, 2, 5, 10]).tick_values(low, high)]
    digits = next((d for d in range(9) if all(abs(x - round(x, d)) < 1e-9 for x in ticks)), 9)
    return [x for x in ticks if low <= x <= high], digits


def _short(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1].rstrip() + "…"


def shortened(names: Sequence[str], letters: int) -> dict[str, str]:
    """Names that fit: what all begin with is left out first, so that they can be told apart."""
    words = [name.split() for name in names]
    same = 0
    while len(names) > 1 and all(len(w) > same + 1 and w[same] == words[0][same] for w in words):
        same += 1
    fits = max(map(len, names), default=0) <= letters
    return {
        name: name if fits else _short(" ".join(w[same:]), letters)
        for name, w in zip(names, words, strict=True)
    }


def value_alternative(found: ValueAdded, order: SchoolOrder, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    nl, heading = dutch(language), value_heading(found, order, language)
    shown = [s for s in in_order(found, order) if s.value is not None]
    told = []
    for s in shown if len(found) <= NAMED else []:
        d = _digits(s)
        span = f" ({interval(s.low, s.high, d, language)})" if s.low is not None else ""
        told.append(f"{s.school} {decimal(s.value, d, language)}{span}")
    hidden = [s.school for s in found if s.withheld] if len(found) <= NAMED else []
    if hidden:
        told.append(f"{', '.join(hidden)}: {'niet getoond' if nl else 'not shown'}")
    pairs = (
        f"Van de {count(found.pairs, language)} paren scholen raken {count(found.apart, language)}"
        " elkaar niet."
        if nl
        else f"Of the {count(found.pairs, language)} pairs of schools {count(found.apart, language)}"
        " do not touch."
    )
    if not told:
        told = [f"{count(len(shown), language)} {'scholen' if nl else 'schools'}"]
    return f"{heading}. {'; '.join(told)}. {pairs}"


def _digits(s: SchoolValue) -> int:
    return 1 if s.low is None or s.high is None else digits_for(s.high - s.low)


def plot_value(found: ValueAdded, order: SchoolOrder, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        size = (WIDE, _height(found, order, language, narrow=False))
        ax = pyplot.figure(figsize=size).add_axes((0, 0, 1, 1))
    _draw_value(ax, found, order, language, narrow=False)
    return ax


def value_drawing(found: ValueAdded, order: SchoolOrder, language: str) -> Drawing:
    """For a notebook."""
    return Drawing(png(value_figure(found, order, language)),
                   value_alternative(found, order, language))  # fmt: skip


def value_picture(
    found: ValueAdded, language: str, order: SchoolOrder = SchoolOrder.NAME
) -> Picture:
    """For a report, wide and for a phone."""

    def draw(narrow: bool) -> Figure:
        return value_figure(found, order, language, narrow=narrow)

    return in_both_widths(draw, value_alternative(found, order, language),
                          value_heading(found, order, language))  # fmt: skip


def value_table(found: ValueAdded, language: str) -> Table:
    """A row per school, by name."""
    nl = dutch(language)
    header = ("School", "Leerlingen" if nl else "Pupils", "Verschil" if nl else "Difference",
              "Om te vergelijken" if nl else "To compare by",
              "Betrouwbaarheid" if nl else "Reliability")  # fmt: skip
    rows = []
    for s in found:
        if s.withheld:
            rows.append((s.school, "niet getoond" if nl else "not shown", NONE, NONE, NONE))
            continue
        d = _digits(s)
        rows.append((s.school, count(s.pupils, language), decimal(s.value, d, language),
                     interval(s.low, s.high, d, language), decimal(s.reliability, 2, language)))  # fmt: skip
    note = (
        "Verschil met de gemiddelde school, na krimp (empirical Bayes, REML). Verschillen twee"
        " scholen niet, dan overlappen deze grenzen gemiddeld in 95 van de 100 paren (Goldstein &"
        " Healy, 1995). Betrouwbaarheid: 0 is niets zeker, 1 is heel zeker."
        if nl
        else "Difference from the average school, after shrinkage (empirical Bayes, REML). When two"
        " schools do not differ, these limits overlap in 95 of 100 pairs on average (Goldstein &"
        " Healy, 1995). Reliability: 0 is nothing sure, 1 very sure."
    )
    caption = "Scholen op volgorde van naam" if nl else "Schools in order of name"
    return Table(caption, header, tuple(rows), (False, True, True, True, True), note)


def value_blocks(found: ValueAdded, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    out: list[Block] = [Paragraph(value_sentence(found, language))]
    if any(s.value is not None for s in found):
        out.append(value_picture(found, language))
    return [*out, value_table(found, language)]


def value_notebook(found: ValueAdded) -> str:
    """The table below the sentences in a notebook."""
    return _notebook(*(value_table(found, language) for language in ("nl", "en")))


def _notebook(nl: Table, en: Table) -> str:
    head = [Text(a, b) for a, b in zip(nl.header, en.header, strict=True)]
    rows = (nl if default_language() == "nl" else en).rows
    more = (len(rows) - NAMED, Text("rij", "row"), Text("rijen", "rows"))
    return notebook_table(head, rows[:NAMED], more)


# ---------------------------------------------------------------- funnel


def funnel_sentence(found: Funnel, language: str) -> str:
    """The share of all, who lies beyond the lines, what chance already gives, what it is not."""
    nl, out = dutch(language), []
    event = name_of(found.event, found.labels, language)
    share = bounded(found.share, 100, 0, language)
    if found.given:
        out.append(
            f"De streefwaarde is {share} van de 100 leerlingen ({event})."
            if nl
            else f"The target is {share} of 100 pupils ({event})."
        )
    else:
        out.append(
            f"Van de 100 leerlingen geldt {event} voor {share}, over alle scholen samen."
            if nl
            else f"Of 100 pupils {event} holds for {share}, over all schools together."
        )
    shown = found.shown
    if shown:
        beyond, far = found.outside(LIMITS[0]), found.outside(LIMITS[1])
        out.append(_beyond(len(beyond), len(far), len(shown), language))
        out.append(_by_chance(found, language))
        unknown = sum(s.place[LIMITS[0]] is FunnelPlace.UNKNOWN for s in shown)
        if unknown:
            who = count(unknown, language)
            out.append(
                f"Van {who} {'school' if unknown == 1 else 'scholen'} is dat niet te zeggen: de"
                " aantallen zijn alleen als bereik bekend."
                if nl
                else f"Of {who} {'school' if unknown == 1 else 'schools'} that cannot be told: the"
                " counts are known as a range only."
            )
    out.append(_widened(found, language))
    out.append(_hidden(sum(s.withheld for s in found), language))
    return " ".join(x for x in [*out, NO_VERDICT[language]] if x)


def _beyond(n: int, far: int, shown: int, language: str) -> str:
    nl, total = dutch(language), count(shown, language)
    if not n:
        return (
            f"Alle scholen van wie we het weten, liggen binnen de lijnen ({total} scholen)."
            if nl
            else f"All schools of which it is known lie within the lines ({total} schools)."
        )
    a, b = count(n, language), count(far, language)
    return (
        f"Van de {total} scholen {'ligt' if n == 1 else 'liggen'} er {a} buiten de binnenste lijnen"
        f" (95 %), en {b if far else 'geen'} daarvan ook buiten de buitenste (99,8 %)."
        if nl
        else f"Of the {total} schools {a} {'lies' if n == 1 else 'lie'} beyond the inner lines"
        f" (95%), and {b if far else 'none'} of those beyond the outer ones (99.8%) as well."
    )


def _by_chance(found: Funnel, language: str) -> str:
    """``Van 24 scholen ligt er door toeval al 1 buiten de binnenste lijnen.``"""
    nl, expected = dutch(language), found.expected(LIMITS[0])
    total = len(found.shown)
    if expected < 0.5:
        return (
            "Door toeval ligt er ook weleens een school buiten de binnenste lijnen."
            if nl
            else "By chance a school lies beyond the inner lines now and then as well."
        )
    n = max(1, round(expected))
    return (
        f"Van {count(total, language)} scholen {'ligt' if n == 1 else 'liggen'} er door toeval al"
        f" ongeveer {count(n, language)} buiten de binnenste lijnen."
        if nl
        else f"Of {count(total, language)} schools about {count(n, language)}"
        f" {'lies' if n == 1 else 'lie'} beyond the inner lines by chance alone."
    )


def _widened(found: Funnel, language: str) -> str:
    nl = dutch(language)
    if found.overdispersion is Overdispersion.NONE:
        return (
            "De lijnen rekenen alleen met toeval: met gewone verschillen tussen scholen niet."
            if nl
            else "The lines allow for chance alone, and not for ordinary differences between"
            " schools."
        )
    between = found.overdispersion is Overdispersion.BETWEEN
    wide = found.rho.high > 0 if between else found.phi.high > 1
    if not wide:
        return (
            "Scholen verschillen niet meer van elkaar dan door toeval; de lijnen zijn niet verruimd."
            if nl
            else "Schools differ no more than by chance; the lines were not widened."
        )
    return (
        "De lijnen zijn verruimd, want scholen verschillen altijd wat meer van elkaar dan door"
        " toeval."
        if nl
        else "The lines were widened, since schools always differ somewhat more than by chance."
    )


def funnel_heading(found: Funnel, language: str) -> str:
    """Above the picture."""
    nl, event = dutch(language), name_of(found.event, found.labels, language)
    head = (
        f"{event}: van de 100 leerlingen, per school, naar het aantal leerlingen"
        if nl
        else f"{event}: of 100 pupils, per school, by the number of pupils"
    )
    if not (found.share.exact and found.rho.exact and found.phi.exact):
        head += (
            "; de lijnen zijn de ruimste die bij de bereiken passen"
            if nl
            else "; the lines are the widest that fit the ranges"
        )
    return head


def funnel_figure(found: Funnel, language: str, *, narrow: bool = False) -> Figure:
    """The schools between their limits."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(NARROW, 3.7) if narrow else (WIDE, 4.1), facecolor=PAPER)
    _draw_funnel(
        figure.add_axes(_box(found, language, narrow=narrow)), found, language, narrow=narrow
    )
    return figure


def _middle(found: Funnel, language: str) -> str:
    """What stands beside the line in the middle."""
    nl = dutch(language)
    name = ("doel" if nl else "target") if found.given else ("alle" if nl else "all")
    return f"{name} {bounded(found.share, 100, 0, language)}"


def _box(found: Funnel, language: str, *, narrow: bool) -> tuple[float, float, float, float]:
    """Where the axes stand: the words on their right side fit."""
    words = 0.12 + 0.068 * max(6, len(_middle(found, language)))
    if narrow:
        return 0.115, 0.13, 0.885 - words / NARROW, 0.73
    return 0.065, 0.12, 0.935 - words / WIDE, 0.79


def _draw_funnel(ax: Axes, found: Funnel, language: str, *, narrow: bool) -> None:
    nl, (small, _) = dutch(language), SIZES[narrow]
    shown = found.shown
    sizes = [float(s.pupils.high) for s in shown if s.pupils is not None] or [10.0, 100.0]
    most = 1.06 * max(sizes)
    grid = np.unique(np.linspace(min(*sizes, 0.8 * most) * 0.9, most, 160).round())
    grid = grid[grid >= 2]
    lines = []
    for level, style in zip(LIMITS, ((0, (4, 2)), "-"), strict=True):
        lower, upper = found.curves(grid, level)
        name = f"{decimal(100 * level, 0 if level == LIMITS[0] else 1, language)}%"
        for widest in (lower.low, upper.high):
            ax.plot(grid, 100 * widest, color=SOFT, lw=1.1, ls=style, zorder=2)
            lines.append((float(100 * widest[-1]), name))
    middle = [100 * float(found.share.low), 100 * float(found.share.high)]
    ax.fill_between(grid[[0, -1]], middle[0], middle[1], color=BAND, lw=0)
    ax.plot(grid[[0, -1]], [sum(middle) / 2] * 2, color=INK, lw=1, zorder=2)
    lines.append((sum(middle) / 2, _middle(found, language)))
    tops = [100 * float(s.share.high) for s in shown if s.share is not None]
    lows = [100 * float(s.share.low) for s in shown if s.share is not None]
    outer = found.curves(grid, LIMITS[1])
    high = min(100.0, 1.04 * max([*tops, float(100 * np.quantile(outer[1].high, 0.9))]))
    low = max(0.0, 0.9 * min([*lows, float(100 * np.quantile(outer[0].low, 0.1))]))
    ax.set_xlim(grid[0], grid[-1])
    ax.set_ylim(low - 0.02 * (high - low), high)
    names = shortened([s.school for s in shown], 17 if narrow else 29)
    for s in shown:
        _point(ax, s, names[s.school], small)
    gap = (high - low) * (0.052 if narrow else 0.045)
    for y, text in _apart(lines, gap):
        ax.annotate(text, (grid[-1], y), xytext=(4, 0), textcoords="offset points", size=small,
                    color=SOFT, va="center", annotation_clip=False)  # fmt: skip
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(LINE)
    ax.tick_params(labelsize=small, labelcolor=SOFT, color=LINE, length=3)
    ax.set_xlabel("leerlingen per school" if nl else "pupils per school", size=small, color=SOFT)
    heading = textwrap.fill(funnel_heading(found, language), 52 if narrow else 104)
    ax.text(-0.15 if narrow else -0.075, 1.03, heading, transform=ax.transAxes, size=small,
            color=SOFT, va="bottom")  # fmt: skip


def _point(ax: Axes, s: FunnelSchool, name: str, small: float) -> None:
    """A school: a dot, a square where it cannot be told, a bar where only a range is known; filled
    and named beyond the lines."""
    from matplotlib.patheffects import withStroke

    if s.pupils is None or s.share is None:
        return
    x = float(s.pupils.low + s.pupils.high) / 2
    low, high = 100 * float(s.share.low), 100 * float(s.share.high)
    far = s.place[LIMITS[1]] in (FunnelPlace.BELOW, FunnelPlace.ABOVE)
    out = far or s.place[LIMITS[0]] in (FunnelPlace.BELOW, FunnelPlace.ABOVE)
    colour = SUN if out else ACCENT
    if high > low:
        ax.plot([x, x], [low, high], color=colour, lw=2.2, alpha=0.65, solid_capstyle="butt",
                zorder=3)  # fmt: skip
    else:
        unknown = s.place[LIMITS[0]] is FunnelPlace.UNKNOWN
        ax.plot(x, low, "D" if out else "s" if unknown else "o", ms=6 if out else 5.4, mfc=colour if out else PAPER,
                mec=colour, mew=1.3, zorder=4)  # fmt: skip
    if out:
        left = x > sum(ax.get_xlim()) / 2
        ax.annotate(name, (x, (low + high) / 2),
                    xytext=(-6 if left else 6, 0), textcoords="offset points", size=small,
                    color=INK, va="center", ha="right" if left else "left", zorder=5,
                    path_effects=[withStroke(linewidth=3, foreground=PAPER)])  # fmt: skip


def _apart(lines: Sequence[tuple[float, str]], gap: float) -> list[tuple[float, str]]:
    """Words at the ends of lines, moved so that none covers another."""
    out: list[tuple[float, str]] = []
    ordered = sorted(lines)
    at = [y for y, _ in ordered]
    for _ in range(100):
        moved = False
        for i in range(len(at) - 1):
            short = gap - (at[i + 1] - at[i])
            if short > 1e-9:
                at[i], at[i + 1], moved = at[i] - short / 2, at[i + 1] + short / 2, True
        if not moved:
            break
    out = [(y, text) for y, (_, text) in zip(at, ordered, strict=True)]
    return out


PLACES = {
    FunnelPlace.BELOW: Text("eronder", "below"),
    FunnelPlace.WITHIN: Text("binnen", "within"),
    FunnelPlace.ABOVE: Text("erboven", "above"),
    FunnelPlace.UNKNOWN: Text("niet te zeggen", "cannot be told"),
}


def funnel_alternative(found: Funnel, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    nl, shown = dutch(language), found.shown
    parts = [f"{funnel_heading(found, language)}."]
    names = {place: [s.school for s in shown if s.place[LIMITS[0]] is place] for place in PLACES}
    words = {
        FunnelPlace.ABOVE: Text("Boven de lijnen van 95 %", "Above the lines of 95%"),
        FunnelPlace.BELOW: Text("Onder die lijnen", "Below those lines"),
        FunnelPlace.UNKNOWN: Text("Niet te zeggen", "Cannot be told"),
    }
    for place, word in words.items():
        if names[place]:
            told = joined(names[place], language) if len(names[place]) <= TOLD else count(
                len(names[place]), language
            )  # fmt: skip
            parts.append(f"{word[language]}: {told}.")
    inner = count(len(names[FunnelPlace.WITHIN]), language)
    parts.append(f"Erbinnen: {inner} scholen." if nl else f"Within: {inner} schools.")
    ends = [s.share for s in shown if s.share is not None]
    if ends:
        low, high = min(float(b.low) for b in ends), max(float(b.high) for b in ends)
        span = interval(100 * low, 100 * high, 0, language)
        parts.append(f"Alle scholen liggen van {span}." if nl else f"All schools lie from {span}.")
    return " ".join(parts)


def plot_funnel(found: Funnel, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, 4.1)).add_axes(_box(found, language, narrow=False))
    _draw_funnel(ax, found, language, narrow=False)
    return ax


def funnel_drawing(found: Funnel, language: str) -> Drawing:
    """For a notebook."""
    return Drawing(png(funnel_figure(found, language)), funnel_alternative(found, language))


def funnel_picture(found: Funnel, language: str) -> Picture:
    """For a report, wide and for a phone."""

    def draw(narrow: bool) -> Figure:
        return funnel_figure(found, language, narrow=narrow)

    return in_both_widths(draw, funnel_alternative(found, language),
                          funnel_heading(found, language))  # fmt: skip


def funnel_table(found: Funnel, language: str) -> Table:
    """A row per school, by name: pupils, share, limits and place."""
    nl = dutch(language)
    header: tuple[str, ...] = ("School", "Leerlingen" if nl else "Pupils",
                               "Van de 100" if nl else "Of 100",
                               "Grenzen 95%" if nl else "Limits 95%",
                               "Grenzen 99,8%" if nl else "Limits 99.8%",
                               "Ligt" if nl else "Lies")  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for s in found:
        if s.withheld:
            rows.append((s.school, "niet getoond" if nl else "not shown", *[NONE] * 4))
            continue
        spans = [interval(100 * float(s.limits[level][0].low), 100 * float(s.limits[level][1].high),
                          0, language) for level in LIMITS]  # fmt: skip
        rows.append((s.school, bounded(s.pupils, 1, 0, language),
                     bounded(s.share, 100, 0, language), *spans,
                     PLACES[s.place[LIMITS[0]]][language]))  # fmt: skip
    how = {
        Overdispersion.BETWEEN: Text("verruimd met de verschillen tussen scholen (intraklasse, uit"
                                     " momenten)",
                                     "widened by the differences between schools (intraclass, from"
                                     " moments)"),
        Overdispersion.TIMES: Text("verruimd met een vaste factor (phi)",
                                   "widened by one factor (phi)"),
        Overdispersion.NONE: Text("niet verruimd", "not widened"),
    }[found.overdispersion][language]  # fmt: skip
    note = (
        f"Grenzen: binomiaal, exact en geïnterpoleerd, {how} (Spiegelhalter, 2005). Ligt: ten"
        " opzichte van de grenzen van 95 %."
        if nl
        else f"Limits: binomial, exact and interpolated, {how} (Spiegelhalter, 2005). Lies: with"
        " regard to the limits of 95%."
    )
    caption = "Scholen op volgorde van naam" if nl else "Schools in order of name"
    numeric = (False, True, True, True, True, False)
    return Table(caption, header, tuple(rows), numeric, note)


def funnel_blocks(found: Funnel, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    out: list[Block] = [Paragraph(funnel_sentence(found, language))]
    if found.shown:
        out.append(funnel_picture(found, language))
    return [*out, funnel_table(found, language)]


def funnel_notebook(found: Funnel) -> str:
    """The table below the sentences in a notebook."""
    return _notebook(*(funnel_table(found, language) for language in ("nl", "en")))
