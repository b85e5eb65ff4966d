"""Schools beside each other in words and tables: by name, never by result."""

from __future__ import annotations

from academic_workplace.cohorts.schools import (
    LIMITS,
    Funnel,
    FunnelPlace,
    Overdispersion,
    ValueAdded,
)
from academic_workplace.disclosure import fewest
from academic_workplace.errors import dutch
from academic_workplace.language import Text, default_language
from academic_workplace.report.document import Block, Paragraph, Table
from academic_workplace.report.figures.schools import (
    digits_of,
    funnel_drawing,
    funnel_picture,
    plot_funnel,
    plot_value,
    value_drawing,
    value_picture,
)
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import (
    count,
    decimal,
    hidden,
    interval,
    of_hundred,
    pupils_of,
)
from academic_workplace.report.wording import bounded, joined, name_of
from academic_workplace.report.words import phrases

__all__ = [
    "funnel_blocks", "funnel_drawing", "funnel_notebook", "funnel_sentence", "funnel_table",
    "plot_funnel", "plot_value", "value_blocks", "value_drawing", "value_notebook",
    "value_sentence", "value_table",
]  # fmt: skip

SAY = phrases("schools")
ROWS = 40  # of a table in a notebook
SOME = 10  # pairs of schools, of which chance sets half a pair apart


def _hidden(n: int, language: str, *, share: bool) -> str:
    """Of how many schools nothing is shown. share: of one that all have, or nobody, nothing is."""
    if not n:
        return ""
    many = "one" if n == 1 else "many"
    said = SAY[f"hidden_share.{many}"] if share else SAY[f"hidden.{many}"]
    return said[language].format(n=count(n, language), minimum=fewest())


def _notebook(nl: Table, en: Table) -> str:
    head = [Text(a, b) for a, b in zip(nl.header, en.header, strict=True)]
    rows = (nl if default_language() == "nl" else en).rows
    return notebook_table(head, rows[:ROWS], (len(rows) - ROWS, SAY["row"], SAY["rows"]))


# ---------------------------------------------------------------- value added


def value_sentence(found: ValueAdded, language: str) -> str:
    """What is compared, how much lies between schools, how many pairs differ, what it is not."""
    outcome = name_of(found.outcome, found.labels, language)
    given = [name_of(x, found.labels, language) for x in found.given]
    said = SAY["value.compared_given" if given else "value.compared"][language]
    part, low, high = (of_hundred(x) for x in (found.icc, found.icc_low, found.icc_high))
    out = [
        said.format(n=count(len(found), language), outcome=outcome, given=joined(given, language)),
        SAY["value.between"][language].format(part=part, low=low, high=high),
    ]
    if found.between_classes is not None:
        inside = found.between_classes
        part, low, high = (of_hundred(x) for x in (inside.icc, inside.low, inside.high))
        out.append(SAY["value.between_classes"][language].format(part=part, low=low, high=high))
    if found.factor is not None and found.pairs == 1:
        out.append(SAY[f"value.one_pair.{'apart' if found.apart else 'touching'}"][language])
    elif found.factor is not None and found.pairs:
        out.append(
            SAY["value.pairs" if found.pairs >= SOME else "value.few_pairs"][language].format(
                apart=count(found.apart, language),
                pairs=count(found.pairs, language),
                chance=decimal(found.pairs / 20, 0, language),
            )
        )
    if found.factor is not None and found.pairs:
        out.append(SAY["value.drawn_in"][language])
    out.append(_hidden(sum(s.withheld for s in found), language, share=False))
    out += [SAY[f"doubt.{d.name.lower()}"][language] for d in found.doubts]
    return " ".join(x for x in [*out, SAY["not_how_good"][language]] if x)


def value_table(found: ValueAdded, language: str) -> Table:
    """A row per school, by name."""
    rows = []
    for s in found:
        if s.withheld:
            rows.append((s.school, *[hidden(language)] * 4))
            continue
        d = digits_of(s)
        rows.append((s.school, pupils_of(s.pupils, language), decimal(s.value, d, language),
                     interval(s.low, s.high, d, language), decimal(s.reliability, 2, language)))  # fmt: skip
    header = (SAY["table.school"], SAY["table.pupils"], SAY["value.difference"],
              SAY["value.compare_by"], SAY["value.reliability"])  # fmt: skip
    return Table(
        SAY["table.caption"][language], tuple(each[language] for each in header), tuple(rows),
        (False, True, True, True, True), SAY["value.note"][language],
    )  # fmt: skip


def value_blocks(found: ValueAdded, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    out: list[Block] = [Paragraph(value_sentence(found, language))]
    if any(s.value is not None for s in found):
        out.append(value_picture(found, language))
    return [*out, value_table(found, language)]


def value_notebook(found: ValueAdded) -> str:
    """The table below the sentences in a notebook."""
    return _notebook(*(value_table(found, language) for language in ("nl", "en")))


# ---------------------------------------------------------------- funnel


def funnel_sentence(found: Funnel, language: str) -> str:
    """The share of all, who lies beyond the lines, what chance already gives, what it is not."""
    dutch(language)  # refuses any third language
    event = name_of(found.event, found.labels, language)
    share = bounded(found.share, 100, 0, language)
    said = SAY["funnel.target" if found.given else "funnel.share"][language]
    out = [said.format(event=event, share=share)]
    if found.shown:
        out += [*_places(found, language), _by_chance(found, language), _widened(found, language)]
    out.append(_hidden(sum(s.withheld for s in found), language, share=True))
    return " ".join(x for x in [*out, SAY["no_verdict"][language]] if x)


def _places(found: Funnel, language: str) -> list[str]:
    """How many schools lie beyond the inner and the outer lines, and of how many it is unknown."""
    inner, outer = (len(found.outside(level)) for level in LIMITS)
    unknown = sum(s.place[LIMITS[0]] is FunnelPlace.UNKNOWN for s in found.shown)
    total, known = len(found.shown), len(found.shown) - unknown
    out = []
    if inner:
        size = "only" if total == 1 else "one" if inner == 1 else "many"
        out.append(SAY[f"funnel.beyond.{size}"][language].format(
            total=count(total, language), n=count(inner, language)
        ))  # fmt: skip
        far = "none" if not outer else "one" if outer == 1 else "many"
        out.append(SAY[f"funnel.far.{far}"][language].format(n=count(outer, language)))
    elif known:
        said = SAY["funnel.within_one" if known == 1 else "funnel.within"][language]
        out.append(said.format(n=count(known, language)))
    if unknown:
        said = SAY["funnel.unknown.one" if unknown == 1 else "funnel.unknown.many"][language]
        out.append(said.format(n=count(unknown, language)))
    return out


def _by_chance(found: Funnel, language: str) -> str:
    """``Van 24 scholen ligt er door toeval al 1 buiten de binnenste lijnen.``"""
    expected, total = found.expected(LIMITS[0]), count(len(found.shown), language)
    if expected < 0.5:
        return SAY["funnel.chance.seldom"][language]
    n = max(1, round(expected))
    said = SAY["funnel.chance.one" if n == 1 else "funnel.chance.many"][language]
    return said.format(total=total, n=count(n, language))


def _widened(found: Funnel, language: str) -> str:
    if found.overdispersion is Overdispersion.NONE:
        return SAY["funnel.widened.chance_alone"][language]
    between = found.overdispersion is Overdispersion.BETWEEN
    wide = found.rho.high > 0 if between else found.phi.high > 1
    return SAY["funnel.widened.yes" if wide else "funnel.widened.no"][language]


def funnel_table(found: Funnel, language: str) -> Table:
    """A row per school, by name: pupils, share, limits and place."""
    rows: list[tuple[str, ...]] = []
    for s in found:
        if s.withheld:
            rows.append((s.school, *[hidden(language)] * 5))
            continue
        spans = [interval(100 * float(s.limits[level][0].low), 100 * float(s.limits[level][1].high),
                          0, language) for level in LIMITS]  # fmt: skip
        rows.append((s.school, bounded(s.pupils, 1, 0, language),
                     bounded(s.share, 100, 0, language), *spans,
                     SAY[f"funnel.place.{s.place[LIMITS[0]].value}"][language]))  # fmt: skip
    header = (SAY["table.school"], SAY["table.pupils"], SAY["funnel.table.share"],
              SAY["funnel.table.inner"], SAY["funnel.table.outer"],
              SAY["funnel.table.place"])  # fmt: skip
    how = SAY[f"funnel.how.{found.overdispersion.value}"][language]
    return Table(
        SAY["table.caption"][language], tuple(each[language] for each in header), tuple(rows),
        (False, True, True, True, True, False), SAY["funnel.table.note"][language].format(how=how),
    )  # fmt: skip


def funnel_blocks(found: Funnel, language: str) -> list[Block]:
    """The sentences, the picture and the table, for a report."""
    out: list[Block] = [Paragraph(funnel_sentence(found, language))]
    if found.shown:
        out.append(funnel_picture(found, language))
    return [*out, funnel_table(found, language)]


def funnel_notebook(found: Funnel) -> str:
    """The table below the sentences in a notebook."""
    return _notebook(*(funnel_table(found, language) for language in ("nl", "en")))
