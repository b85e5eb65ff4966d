"""What a staggered start adds to a report: the effect by time since the start, and its honesty."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.effects.result import Effect
from academic_workplace.effects.staggered import GroupTimes
from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.plan import Plan
from academic_workplace.report.document import (
    ACCENT,
    BAND,
    INK,
    LINE,
    PAPER,
    SOFT,
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

HEIGHT = {False: 3.1, True: 3.0}  # of the picture, in inches; on a phone
NEAR = 0.07  # of the height: two names closer than this would touch
UNCLEAR = 0.05  # a p-value below this: the groups did not move alike
FIRM = 1.0  # a breakdown of at least this: as large a step as any before would not overturn it
CLUSTERS = Text("scholen (clusters)", "schools (clusters)")
WORDS = {
    "nl": {
        "before": "voor de start",
        "after": "na de start",
        "axis": "metingen sinds de start",
        "one": "dik: dit punt",
        "all": "dun: alle punten samen",
        "hidden": "Niet getoond: punten met minder dan 10 antwoorden.",
    },
    "en": {
        "before": "before the start",
        "after": "after the start",
        "axis": "measurements since the start",
        "one": "thick: this point",
        "all": "thin: all points together",
        "hidden": "Not shown: points with fewer than 10 answers.",
    },
}
ASSUMES = Text(
    "We nemen aan: zonder {0} waren {1} die begonnen net zo veranderd als {1} die (nog) niet"
    " begonnen.",
    "We suppose: without {0}, {1} that started would have changed as {1} that had not started (yet)"
    " did.",
)


# ---------------------------------------------------------------- sentences


def over_time_sentence(detail: GroupTimes, language: str) -> str:
    """How much more changed where it started, and whether the groups moved alike before."""
    nl, told = dutch(language), detail.honest
    if not _shown(detail.of("start")).any():
        return WORDS[language]["hidden"]
    low, high = (x if math.isfinite(x) else None for x in (told.low, told.high))
    apart = _apart(told.estimate, low, high, language)
    first = (
        f"Waar het programma begon, is de verandering gemiddeld {apart} dan waar het (nog) niet"
        " begon"
        if nl
        else f"Where the programme started, the change is {apart} on average than where it had not"
        " started (yet)"
    )
    if low is None or high is None:
        return f"{first}. {before_sentence(detail, language)}"
    span = interval(low, high, digits_for(high - low), language)
    name = "95%-interval" if nl else "95% interval"
    return f"{first} ({name}: {span}). {before_sentence(detail, language)}"


def before_sentence(detail: GroupTimes, language: str) -> str:
    """Whether the groups moved alike before the start, as far as can be seen."""
    nl, steps = dutch(language), detail.honest.steps
    if steps == 0:
        return (
            "Of de groepen vóór de start gelijk opgingen, is niet te zien: daarvoor zijn ten minste"
            " twee metingen vóór de start nodig."
            if nl
            else "Whether the groups moved alike before the start cannot be seen: that takes at"
            " least two measurements before the start."
        )
    if math.isnan(detail.moved_before):
        return (
            "Of de groepen vóór de start gelijk opgingen, is met zo weinig scholen niet te zeggen."
            if nl
            else "Whether the groups moved alike before the start cannot be told from so few"
            " schools."
        )
    if detail.moved_before < UNCLEAR:
        return (
            "Vóór de start liepen de groepen al uit elkaar. Het verschil na de start kan dus ook"
            " daarvan komen. Wees voorzichtig met deze uitkomst."
            if nl
            else "The groups already moved apart before the start. So the difference after it may"
            " come from that. Be careful with this result."
        )
    return (
        "Vóór de start zien we geen duidelijk verschil in hoe de groepen veranderden. Dat maakt een"
        " eerlijke vergelijking aannemelijker, maar niet zeker."
        if nl
        else "Before the start we see no clear difference in how the groups changed. That makes a"
        " fair comparison more plausible, but not certain."
    )


def honest_sentence(detail: GroupTimes, language: str) -> str:
    """How far the groups may have moved apart by themselves before the result is overturned."""
    nl, told = dutch(language), detail.honest
    if told.steps == 0 or math.isnan(told.breakdown):
        return ""
    if told.low <= 0 <= told.high:
        return (
            "Ook als de groepen verder gelijk opgingen, kan dit verschil toeval zijn."
            if nl
            else "Even if the groups moved alike otherwise, this difference may be chance."
        )
    if math.isinf(told.breakdown):
        return (
            "Ook als de groepen na de start vanzelf verder uit elkaar liepen dan ooit ervoor, blijft"
            " deze uitkomst staan."
            if nl
            else "Even if the groups moved further apart by themselves after the start than ever"
            " before it, this result stands."
        )
    times = decimal(math.floor(10 * told.breakdown) / 10, 1, language)
    if told.breakdown >= FIRM:
        return (
            "Deze uitkomst kan tegen een stootje: ze blijft staan, ook als de groepen na de start"
            f" vanzelf uit elkaar liepen. Per meting mag dat {times} keer de grootste stap van vóór de"
            " start zijn."
            if nl
            else "This result can take a knock: it stands, even if the groups moved apart by"
            f" themselves after the start. Per measurement that may be {times} times the largest step"
            " from before it."
        )
    return (
        "Deze uitkomst is kwetsbaar. Ze valt al weg als de groepen na de start per meting vanzelf"
        " een beetje uit elkaar liepen: "
        + (f"{times} keer" if told.breakdown >= 0.1 else "een klein deel van")
        + " de grootste stap van vóór de start."
        if nl
        else "This result is fragile. It already falls if the groups moved apart a little by"
        " themselves per measurement after the start: "
        + (f"{times} times" if told.breakdown >= 0.1 else "a small part of")
        + " the largest step from before it."
    )  # fmt: skip


def _apart(x: float, low: float | None, high: float | None, language: str) -> str:
    digits = 2 if low is None or high is None else digits_for(high - low)
    more = Text("groter", "larger") if x >= 0 else Text("kleiner", "smaller")
    return f"{decimal(abs(x), digits, language)} {more[language]}"


# ---------------------------------------------------------------- the picture


def over_time_picture(detail: GroupTimes, language: str, *, narrow: bool = False) -> Figure:
    """The effect by time since the start, each with its range and the range of all together."""
    dutch(language)  # refuses any third language
    from matplotlib.figure import Figure

    width, height = (NARROW if narrow else WIDE), HEIGHT[narrow]
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    left, right, top, foot = 0.45, (0.12 if narrow else 1.6), 0.34, 0.48
    ax = figure.add_axes((left / width, foot / height, (width - left - right) / width,
                          (height - top - foot) / height))  # fmt: skip
    _draw(ax, detail, language, narrow=narrow)
    return figure


def _draw(ax: Axes, detail: GroupTimes, language: str, *, narrow: bool) -> None:
    words, small = WORDS[language], SIZES[narrow][0]
    rows = detail.of("since")
    rows = rows[_shown(rows)]
    x = rows.since.to_numpy(float)
    ends = rows[["band_low", "band_high", "low", "high", "estimate"]].to_numpy(float)
    values = [0.0, *ends[np.isfinite(ends)].tolist()]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    first, last = min([-1.0, *x.tolist()]) - 0.6, max([0.0, *x.tolist()]) + 0.6
    ax.set_xlim(first, last)
    ax.set_ylim(low - room, high + room)
    ax.axvspan(-0.5, last, color=BAND, lw=0, zorder=0)
    ax.axhline(0, color=SOFT, lw=0.9, zorder=1)
    ax.axvline(-0.5, color=SOFT, lw=0.9, zorder=1)
    for row in rows.to_dict("records"):
        at, before = float(row["since"]), row["since"] < 0
        if math.isfinite(row["band_low"]):
            limits = [row["band_low"], row["band_high"]]
            ax.plot([at, at], limits, color=SOFT, lw=1.1, zorder=2)
            for edge in limits:
                ax.plot([at - 0.07, at + 0.07], [edge, edge], color=SOFT, lw=1.1, zorder=2)
        colour = INK if before else ACCENT
        if math.isfinite(row["low"]):
            ax.plot([at, at], [row["low"], row["high"]], color=colour, lw=3.4,
                    solid_capstyle="butt", zorder=3)  # fmt: skip
        ax.plot(at, row["estimate"], "s" if before else "o", ms=6.5,
                mfc=PAPER if before else ACCENT, mec=colour, mew=1.5, zorder=4)  # fmt: skip
    ax.plot(-1, 0, "D", ms=6, mfc=PAPER, mec=SOFT, mew=1.3, zorder=4)
    if not narrow and len(rows):
        _name_last(ax, rows.to_dict("records")[-1], words, small, last)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(LINE)
    ax.grid(axis="y", color=LINE, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=small, labelcolor=SOFT)
    ticks = np.arange(math.ceil(first), math.floor(last) + 1)
    ax.set_xticks(ticks, [decimal(float(t), 0, language) for t in ticks])
    ax.set_xlabel(words["axis"], size=small, color=SOFT)
    marks = [t for t in ax.get_yticks() if low - room <= t <= high + room]
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    digits += abs(step * 10**digits - round(step * 10**digits)) > 1e-6
    ax.set_yticks(marks, [decimal(t, digits, language) for t in marks])
    for place, ha, key in ((-0.58, "right", "before"), (-0.42, "left", "after")):
        ax.annotate(words[key], (place, 1), xycoords=("data", "axes fraction"), xytext=(0, 4),
                    textcoords="offset points", size=small, color=SOFT, ha=ha)  # fmt: skip


def _name_last(
    ax: Axes, row: Mapping[Hashable, Any], words: Mapping[str, str], small: float, last: float
) -> None:
    """Say beside the last point what its two lines are."""
    low, high = ax.get_ylim()
    top = row["band_high"]
    if not math.isfinite(top):
        return
    middle = min(row["estimate"], top - NEAR * (high - low))
    for y, key, colour in ((top, "all", SOFT), (middle, "one", ACCENT)):
        ax.annotate(words[key], (last, y), xytext=(6, 0), textcoords="offset points", size=small,
                    color=colour, va="center", annotation_clip=False)  # fmt: skip


def alternative(detail: GroupTimes, language: str) -> str:
    """The picture in words."""
    nl, rows = dutch(language), detail.of("since")
    rows = rows[_shown(rows)]
    parts = []
    for row in rows.to_dict("records"):
        digits = _digits(row["low"], row["high"])
        span = interval(_finite(row["low"]), _finite(row["high"]), digits, language)
        at = decimal(float(row["since"]), 0, language)
        value = decimal(row["estimate"], digits, language)
        parts.append(f"{at}: {value} ({span})")
    start = (
        "Verschil tussen wie begon en wie (nog) niet begon, per meting sinds de start (0 is de"
        " eerste na de start; −1 is het vergelijkingspunt). "
        if nl
        else "Difference between those that started and those that had not (yet), per measurement"
        " since the start (0 is the first after it; −1 is the point of comparison). "
    )
    hidden = len(rows) < len(detail.of("since"))
    return start + "; ".join(parts) + "." + (f" {WORDS[language]['hidden']}" if hidden else "")


def plot_over_time(detail: GroupTimes, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    dutch(language)  # refuses any third language
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.figure(figsize=(WIDE, HEIGHT[False])).add_axes((0.07, 0.16, 0.73, 0.73))
    _draw(ax, detail, language, narrow=False)
    return ax


def over_time_drawing(detail: GroupTimes, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(over_time_picture(detail, language)), alternative(detail, language))


def over_time_block(detail: GroupTimes, language: str) -> Picture:
    """The picture for a report, in both widths."""
    nl = dutch(language)
    caption = (
        "Elk punt is het verschil in verandering met wie (nog) niet begon, sinds de laatste meting"
        " voor de start (de ruit). De dikke lijn is wat waarschijnlijk is voor dat punt; de dunne"
        " lijn geldt voor alle punten samen."
        if nl
        else "Each point is the difference in change with those that had not started (yet), since"
        " the last measurement before the start (the diamond). The thick line is what is likely for"
        " that point; the thin line holds for all points together."
    )
    return in_both_widths(
        lambda narrow: over_time_picture(detail, language, narrow=narrow),
        alternative(detail, language),
        caption,
    )


# ---------------------------------------------------------------- for the report


def page(detail: GroupTimes, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The picture and what to look at in it."""
    del effect
    if not _shown(detail.of("since")).any():
        return []
    nl, name = dutch(language), plan.study.cluster_label[language]
    title = "Hoe het ging voor en na de start" if nl else "How it went before and after the start"
    look = (
        f"Links ziet u of {name} die later begonnen, al anders veranderden. Punten bij nul: geen"
        " verschil. Rechts ziet u het verschil na de start."
        if nl
        else f"On the left you see whether {name} that started later already changed differently."
        " Points near zero: no difference. On the right you see the difference after the start."
    )
    return [Heading(title, 2), Paragraph(look), over_time_block(detail, language)]


def sure(detail: GroupTimes, effect: Effect, plan: Plan, language: str) -> list[str]:
    """What is supposed, whether it looks so before the start, and what would overturn it."""
    del effect
    study = plan.study
    supposed = ASSUMES[language].format(study.programme[language], study.cluster_label[language])
    told = [before_sentence(detail, language), honest_sentence(detail, language)]
    return [supposed, *(t for t in told if t), *(flag[language] for flag in detail.flags)]


def appendix(detail: GroupTimes, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """Every effect per start and period, their averages, what would overturn them."""
    nl, label = dutch(language), plan.measure(effect.outcome).label[language]
    title = f"Gespreide start: {label}" if nl else f"Staggered start: {label}"
    again = (
        "Dezelfde leerlingen zijn gevolgd."
        if nl and detail.panel
        else "Bij elke meting tellen de antwoorden van dat moment: niemand is gevolgd."
        if nl
        else "The same pupils were followed."
        if detail.panel
        else "At each measurement the answers of that moment count: nobody was followed."
    )
    method = (
        f"Verschillen per start en meting volgens Callaway en Sant’Anna (2021), tegenover wie (nog)"
        f" niet begon. {again} Vóór de start is er vergeleken met de laatste meting daarvoor. De"
        " grenzen houden rekening met weinig scholen: t-verdeling met de vrijheidsgraden in de"
        " tabel; ‘samen’ geldt voor alle rijen van een tabel tegelijk."
        if nl
        else f"Differences per start and measurement after Callaway and Sant’Anna (2021), against"
        f" those that had not started (yet). {again} Before the start the comparison is with the"
        " last measurement before it. The limits allow for few schools: a t distribution with the"
        " degrees of freedom in the table; ‘together’ holds for all rows of a table at once."
    )
    blocks: list[Block] = [Heading(title, 2), Paragraph(method)]
    for what, caption in (
        ("since", Text("Per meting sinds de start", "By measurement since the start")),
        ("start", Text("Per start", "By start")),
        ("period", Text("Per meting", "By measurement")),
        ("group-time", Text("Per start en meting", "By start and measurement")),
    ):
        blocks.append(_table(detail, what, caption[language], language))
    blocks.append(_honest_table(detail, language))
    blocks += _fixed_blocks(detail, language)
    return blocks


def _table(detail: GroupTimes, what: str, caption: str, language: str) -> Table:
    nl, rows = dutch(language), detail.of(what)
    names = {
        "since": (Text("Sinds de start", "Since the start"),),
        "start": (Text("Start", "Start"),),
        "period": (Text("Meting", "Measurement"),),
        "group-time": (Text("Start", "Start"), Text("Meting", "Measurement")),
    }[what]
    columns = {"group-time": ("start", "period")}.get(what, (what,))
    header = (
        *(n[language] for n in names),
        "Verschil" if nl else "Difference",
        "95%-interval" if nl else "95% interval",
        "Samen" if nl else "Together",
        "df",
        "Antwoorden" if nl else "Answers",
        "(nog) niet" if nl else "not (yet)",
    )
    body = []
    for row, seen in zip(rows.to_dict("records"), _shown(rows), strict=True):
        key = tuple(
            decimal(float(row[c]), 0, language) if c == "since" else str(row[c]) for c in columns
        )
        if not seen:
            body.append((*key, NONE, NONE, NONE, NONE, f"< {fewest()}", f"< {fewest()}"))
            continue
        digits = _digits(row["low"], row["high"])
        body.append((
            *key,
            decimal(row["estimate"], digits, language),
            interval(_finite(row["low"]), _finite(row["high"]), digits, language),
            interval(_finite(row["band_low"]), _finite(row["band_high"]), digits, language),
            decimal(row["df"], 1, language),
            count(int(row["pupils_started"]), language),
            count(int(row["pupils_comparison"]), language),
        ))  # fmt: skip
    numeric = (*(c == "since" for c in columns), *(True,) * (len(header) - len(columns)))
    return Table(caption, header, tuple(body), numeric)


def _honest_table(detail: GroupTimes, language: str) -> Table:
    nl, told = dutch(language), detail.honest
    digits = _digits(told.low, told.high)
    low, high = told.straight
    rows = [
        ("Gemiddeld verschil" if nl else "Mean difference",
         decimal(told.estimate, digits, language)),
        ("95%-interval" if nl else "95% interval",
         interval(_finite(told.low), _finite(told.high), digits, language)),
        ("Stappen gezien vóór de start" if nl else "Steps seen before the start",
         str(told.steps)),
        ("p-waarde: geen verschil vóór de start" if nl else "p-value: no difference before it",
         p_value(_finite(detail.moved_before), language)),
        ("Grootste stap vóór de start" if nl else "Largest step before the start",
         decimal(told.largest, digits + 1, language)),
        ("Omslagpunt M: nul komt in het interval" if nl
         else "Breakdown M: nought enters the interval", _times(told.breakdown, language)),
        ("Hetzelfde zonder onzekerheid" if nl else "The same if nothing were uncertain",
         _times(told.plain, language)),
        ("95%-interval als het verschil in trend recht doorliep" if nl
         else "95% interval had the difference in trend gone straight on",
         interval(_finite(low), _finite(high), digits, language)),
        ("Knik per meting waarbij nul in het interval komt" if nl
         else "Bend per measurement at which nought enters", decimal(told.bend, 3, language)),
    ]  # fmt: skip
    note = (
        "M is hoeveel keer zo ver de groepen na de start per stap uit elkaar mogen lopen als de"
        " grootste stap ervoor (naar Rambachan en Roth, 2023). De intervallen zijn eenvoudiger dan"
        " die van hen, en aan de ruime kant."
        if nl
        else "M is how many times as far the groups may move apart per step after the start as in"
        " the largest step before it (after Rambachan and Roth, 2023). The intervals are simpler"
        " than theirs, and on the wide side."
    )
    title = "Wat zou de uitkomst omgooien?" if nl else "What would overturn the result?"
    return Table(title, ("", "Waarde" if nl else "Value"), tuple(rows), (False, True), note)


def _fixed_blocks(detail: GroupTimes, language: str) -> list[Block]:
    """What is often done instead, and why it is not done here."""
    nl, fixed = dutch(language), detail.fixed
    if fixed is None or not math.isfinite(fixed.se):
        return []
    digits = _digits(fixed.low, fixed.high)
    value = decimal(fixed.estimate, digits, language)
    span = interval(fixed.low, fixed.high, digits, language)
    share = decimal(100 * fixed.negative, 0, language)
    below = int(np.sum(fixed.weight < 0))
    text = (
        f"Een gewone regressie op school en meting (two-way fixed effects) geeft {value} ({span})."
        " Die gebruikt wie al eerder begon ook als vergelijking. Daardoor telt een deel van de"
        f" effecten met een negatief gewicht: {below} van de {len(fixed.weight)}, samen −{share}%."
        " Groeit het effect, of verschilt het per start, dan kan die uitkomst ver van het"
        " gemiddelde liggen. Daarom gebruiken we haar niet."
        if nl
        else f"A plain regression on school and measurement (two-way fixed effects) gives {value}"
        f" ({span}). It uses those that started earlier as a comparison as well. So part of the"
        f" effects counts with a weight below zero: {below} of {len(fixed.weight)}, together"
        f" −{share}%. If the effect grows, or differs by start, that result may lie far from the"
        " average. So we do not use it."
    )
    title = "Waarom geen gewone regressie?" if nl else "Why no plain regression?"
    return [Heading(title, 3), Paragraph(text)]


def _shown(rows: pd.DataFrame) -> np.ndarray:
    return np.array([may_leave(int(n)) for n in rows.fewest], dtype=bool)


def _digits(low: float, high: float) -> int:
    return digits_for(high - low) if math.isfinite(high - low) else 2


def _finite(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None


def _times(x: float, language: str) -> str:
    if math.isinf(x):
        return "geen" if dutch(language) else "none"
    return decimal(x, 2, language)
