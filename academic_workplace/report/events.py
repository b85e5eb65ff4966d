"""Time to an event, for readers: sentences and tables."""

from __future__ import annotations

from academic_workplace.cohorts.contrasts import DOUBTS, Estimate
from academic_workplace.cohorts.events import Comparison, Curve, TimeToEvent
from academic_workplace.disclosure import fewest, shown_count
from academic_workplace.errors import dutch
from academic_workplace.language import default_language, same
from academic_workplace.report.document import Block, Paragraph, Table
from academic_workplace.report.figures.events import (
    chosen,
    curve_name,
    events_drawing,
    events_picture,
    kind_words,
    plot_events,
    still_words,
    title,
)
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import (
    NONE,
    count,
    decimal,
    hidden,
    interval,
    of_hundred,
    pupils_of,
)
from academic_workplace.report.wording import capital, hundred, joined, name_of, years
from academic_workplace.report.words import phrases

__all__ = [
    "comparisons_table", "curves_table", "events_blocks", "events_drawing", "events_notebook",
    "events_picture", "events_sentences", "plot_events",
]  # fmt: skip

SAY = phrases("events")
TOLD = 3  # comparisons in the sentences


# ---------------------------------------------------------------- sentences


def events_sentences(result: TimeToEvent, language: str) -> str:
    """How many of a hundred are left at the horizon, how far groups are apart, and the doubts."""
    dutch(language)  # refuses any third language
    curves = chosen(result)
    said = [_curve_sentence(curve, result, language) for curve in curves]
    more = sum(not c.withheld for c in result) - len(curves)
    if more > 0:
        said.append(SAY["others"][language].format(n=count(more, language)))
    if not said:
        said.append(SAY["no_picture"][language].format(minimum=fewest()))
    if any(c.horizon and c.horizon.survival and c.horizon.survival.low is not None for c in curves):
        said.append(SAY["in_brackets"][language])
    said += [_comparison(c, result, language) for c in _told(result)]
    left = result.lost + result.never_followed
    if shown_count(left):
        said.append(SAY["left_out"][language].format(n=pupils_of(left, language)))
    said += [SAY[f"caution.{c.name.lower()}"][language] for c in result.cautions]
    said += [DOUBTS[doubt][language] for doubt in result.doubts]
    if _hides(result):
        said.append(_withheld(language))
    return " ".join(said)


def _withheld(language: str) -> str:
    return SAY["withheld"][language].format(minimum=fewest())


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


def _curve_sentence(curve: Curve, result: TimeToEvent, language: str) -> str:
    end = curve.horizon
    if end is None or end.survival is None:
        return ""
    how = "still" if result.still is not None else "plain"
    many = "one" if of_hundred(end.survival.value) == 1 else "many"
    said = SAY[f"curve.{how}.{many}"][language].format(
        years=years(result.horizon, language),
        left=of_pupils(end.survival, language),
        still=still_words(result, language),
    )
    if curve.group or curve.cohort:
        said = (
            f"{capital(curve_name(curve, result.labels, language))}: {said[:1].lower()}{said[1:]}"
        )
    sentences = [said]
    if len(result.kinds) > 1 and end.incidence:
        parts = [f"{of_pupils(each, language)} {kind_words(result, k, language)}"
                 for k, each in enumerate(end.incidence)]  # fmt: skip
        sentences.append(SAY["curve.kinds"][language].format(parts=joined(parts, language)))
    if curve.mean is not None:
        sentences.append(
            SAY["curve.mean"][language].format(
                years=years(result.horizon, language), mean=decimal(curve.mean.value, 1, language)
            )
        )
    return " ".join(sentences)


def of_pupils(found: Estimate, language: str) -> str:
    """``57 (43 tot 69)``: out of a hundred, with the limits where there are any."""
    return hundred(found.value, found.low, found.high, language)


def _comparison(c: Comparison, result: TimeToEvent, language: str) -> str:
    """One difference at the horizon, in pupils of a hundred, also at equal background."""
    if c.raw is None:
        return ""
    of, than = (name_of(value, result.labels, language) for value in (c.of, c.than))
    if c.at:
        of = SAY["within"][language].format(of=of, at=name_of(c.at, result.labels, language))
    gaps = _gaps(c.raw.survival, language) | {"of": of, "than": than}
    gaps |= {"what": still_words(result, language), "years": years(result.horizon, language)}
    said = SAY[f"raw.{_how(c.raw.survival)}"][language].format(**gaps)
    if c.adjusted is None:
        return said
    found = c.adjusted.survival
    given = joined([name_of(g, result.labels, language) for g in result.given], language)
    gaps = _gaps(found, language) | {"given": given, "than": than}
    return f"{said} {SAY[f'adjusted.{_how(found)}'][language].format(**gaps)}"


def _how(found: Estimate) -> str:
    """Whether two groups are apart at all, and whether that may be chance."""
    apart = "alike" if of_hundred(abs(found.value)) == 0 else "apart"
    if found.low is None or found.high is None:
        return f"{apart}.plain"
    return f"{apart}.chance" if found.low <= 0 <= found.high else f"{apart}.clear"


def _gaps(found: Estimate, language: str) -> dict[str, str]:
    """``14 minder``, and so its limits."""
    ends = {"size": found.value, "low": found.low, "high": found.high}
    return {name: "" if x is None else _more(x, language) for name, x in ends.items()}


def _more(x: float, language: str) -> str:
    """``14 minder`` or ``3 meer``."""
    n = of_hundred(abs(x))
    if n == 0:
        return SAY["size.none"][language]
    return SAY["size.more" if x > 0 else "size.fewer"][language].format(n=n)


# ---------------------------------------------------------------- tables


def curves_table(result: TimeToEvent, language: str) -> Table:
    """Of every hundred pupils, per curve and year; the mean time without event in the last column."""
    h = result.horizon
    rows = []
    for curve in result:
        shares = [hidden(language)] * h
        for p in curve.points[1:]:
            if p.survival is not None:
                shares[p.year - 1] = of_pupils(p.survival, language)
        mean = hidden(language) if curve.mean is None else _ranged(curve.mean, 1, language)
        pupils = f"< {fewest()}" if curve.pupils is None else pupils_of(curve.pupils, language)
        rows.append((curve_name(curve, result.labels, language), pupils, *shares, mean))
    header = (
        SAY["table.group"][language], SAY["table.pupils"][language],
        *(SAY["table.after"][language].format(years=years(y, language)) for y in range(1, h + 1)),
        SAY["table.mean"][language],
    )  # fmt: skip
    caption = SAY["title.with_limits"][language].format(title=title(result, None, language))
    note = _withheld(language) if _hides(result) else ""
    return Table(caption, header, tuple(rows), (False, *(True,) * (len(header) - 1)), note)


def comparisons_table(result: TimeToEvent, language: str) -> Table:
    """A row per comparison: of a hundred pupils, raw and adjusted, and the odds ratio per year."""
    rows = []
    for c in result.comparisons:
        none = hidden(language) if c.withheld else NONE
        of, than, at = (_plain(value, result, language) for value in (c.of, c.than, c.at))
        name = SAY["comparisons.row_within" if c.at else "comparisons.row"][language]
        raw = none if c.raw is None else _points(c.raw.survival, language)
        adjusted = none if c.adjusted is None else _points(c.adjusted.survival, language)
        mean = hidden(language)
        if c.raw is not None and c.raw.mean is not None:
            mean = _ranged(c.raw.mean, 2, language)
        odds = none if c.by_year is None else _ranged(c.by_year.odds_ratio, 2, language)
        rows.append((name.format(of=of, than=than, at=at), raw, adjusted, mean, odds))
    names = ("comparison", "raw", "adjusted", "mean", "odds")
    used = [i for i in range(len(names)) if i != 2 or result.given]
    header = tuple(SAY[f"comparisons.{names[i]}"][language] for i in used)
    told = tuple(tuple(row[i] for i in used) for row in rows)
    caption = SAY["comparisons.caption"][language].format(years=years(result.horizon, language))
    note = _withheld(language) if any(c.withheld for c in result.comparisons) else ""
    return Table(caption, header, told, (False, *(True,) * (len(used) - 1)), note)


def _plain(value: str, result: TimeToEvent, language: str) -> str:
    """A group or cohort in readers' words, or as it is."""
    return result.labels[value][language] if value in result.labels else value


def _points(found: Estimate, language: str) -> str:
    low, high = (None if x is None else 100 * x for x in (found.low, found.high))
    return _ranged(Estimate(100 * found.value, low=low, high=high), 0, language)


def _ranged(found: Estimate, digits: int, language: str) -> str:
    value = decimal(found.value, digits, language)
    if found.low is None:
        return value
    return f"{value} ({interval(found.low, found.high, digits, language)})"


def events_notebook(result: TimeToEvent) -> str:
    """The table below the sentences of a result."""
    table = curves_table(result, default_language())
    return notebook_table([same(head) for head in table.header], table.rows)


def events_blocks(result: TimeToEvent, language: str) -> list[Block]:
    """The sentences, the picture and the tables, for a report."""
    out: list[Block] = [Paragraph(events_sentences(result, language))]
    if chosen(result):
        out.append(events_picture(result, None, language))
    out.append(curves_table(result, language))
    return [*out, comparisons_table(result, language)] if _told(result) else out
