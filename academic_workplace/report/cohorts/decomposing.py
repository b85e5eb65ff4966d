"""Words and tables for a gap taken apart (``cohorts/decompose.py``)."""

from __future__ import annotations

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.cohorts.decompose import Decomposition
from academic_workplace.cohorts.parts import Element
from academic_workplace.disclosure import fewest
from academic_workplace.report.cohorts.scale import (
    Scale,
    Sides,
    cell_name,
    ends,
    named,
    no_counterpart,
    perhaps_chance,
    scale_of,
    upper,
    word,
)
from academic_workplace.report.document import Table
from academic_workplace.report.notebook import notebook_table
from academic_workplace.report.numerals import NONE, decimal, hidden
from academic_workplace.report.words import phrases

SAY = phrases("cohorts")
# Of the gap: the part that goes with intake is called all of it, most, some, or next to nothing.
ALL, MOST, SOME = 0.85, 0.5, 0.15
ALONE = (Element.ONLY_GROUP, Element.ONLY_REFERENCE)


def decomposition_sentence(found: Decomposition, language: str) -> str:
    """The gap, how much of it goes together with another intake, and every part."""
    scale = part_scale(found, language)
    whom = _whom(found)
    out = [SAY[f"parts.{whom}.levels"][language].format(
        group=word(found.labels, found.group, language), mean=scale.number(found.mean),
        reference=word(found.labels, found.reference, language),
        mean_reference=scale.number(found.mean_reference),
        outcome=word(found.labels, found.outcome, language),
        moved=scale.moved(found.gap.value, Sides.LEVEL),
        likely=scale.likely(found.gap, Sides.LEVEL),
    )]  # fmt: skip
    out.append(SAY[f"parts.{whom}.{_verdict(found)}"][language].format(
        given=named(found.labels, found.given, language)
    ))  # fmt: skip
    for element in (Element.EXPLAINED, Element.UNEXPLAINED, Element.INTERACTION):
        mine = [p.estimate for p in found.parts if p.element is element and p.at is None]
        out += [_part(each, element, scale, language) for each in mine]
    alone = [p.estimate for p in found.parts if p.element in ALONE]
    if alone:
        total = sum(each.value for each in alone)
        out.append(SAY["parts.alone"][language].format(moved=scale.moved(total, Sides.LEVEL)))
    out += no_counterpart(found.outside, found.labels, language)
    for few, other in found.joined:
        out.append(SAY["parts.joined"][language].format(
            few=cell_name(found.labels, few, language), minimum=fewest(),
            other=cell_name(found.labels, other, language),
        ))  # fmt: skip
    return " ".join([*out, *ends(found.doubts, found.notes, language, lost=found.lost)])


def _verdict(found: Decomposition) -> str:
    """How much of the gap goes with intake; no shares of a gap that may be chance."""
    gap, explained = found.gap, found.part(Element.EXPLAINED)
    if perhaps_chance(gap):
        return "chance"
    if perhaps_chance(explained):
        return "unclear"
    share = explained.value / gap.value if gap.value else 0.0
    if share < -SOME:
        return "larger"
    for least, name in ((ALL, "all"), (MOST, "most"), (SOME, "some")):
        if share >= least:
            return name
    return "nothing"


def _part(each: Estimate, element: Element, scale: Scale, language: str) -> str:
    key = {Element.EXPLAINED: "explained", Element.UNEXPLAINED: "rest"}.get(element, "both")
    said = SAY[f"parts.{key}"][language].format(
        moved=scale.moved(each.value, Sides.LEVEL), likely=scale.likely(each, Sides.LEVEL)
    )
    return f"{said} {SAY['parts.maybe'][language]}" if perhaps_chance(each) else said


def part_scale(found: Decomposition, language: str) -> Scale:
    """How the parts of the mean are written."""
    main = [p.estimate for p in found.parts if p.at is None]
    return scale_of(main, language, share=found.share)


def _whom(found: Decomposition) -> str:
    return "cohorts" if found.cohorts else "groups"


def element_name(found: Decomposition, element: Element, language: str) -> str:
    """A part in a few words."""
    key = element.name.lower()
    if element is Element.EXPLAINED:
        return SAY[f"element.{key}_{_whom(found)}"][language]
    return SAY[f"element.{key}"][language]


def _rows(found: Decomposition, language: str) -> list[tuple[str, str, str]]:
    scale = scale_of([p.estimate for p in found.parts], language, share=found.share)
    rows = []
    for p in found.parts:
        name = upper(element_name(found, p.element, language))
        if p.at is not None:
            digits = 0 if p.at * 100 == round(p.at * 100) else 1
            name = SAY["element.at"][language].format(
                name=name, percent=decimal(100 * p.at, digits, language)
            )
        rows.append((name, scale.apart(p.estimate.value), scale.span(p.estimate)))
    return rows


HEAD = (SAY["head.part"], SAY["head.size"], SAY["head.interval"])


def decomposition_notebook(found: Decomposition) -> str:
    """The table below the sentences."""
    from academic_workplace.language import default_language

    return notebook_table(HEAD, _rows(found, default_language()))


def decomposition_table(found: Decomposition, language: str) -> Table:
    """The parts, for a report."""
    how = SAY[f"kind.{found.kind.name.lower()}"][language]
    if found.coefficients is not None:
        how = f"{how}; {SAY[f'valued.{found.coefficients.name.lower()}'][language]}"
    return Table(
        SAY["parts.caption"][language], tuple(each[language] for each in HEAD),
        tuple(_rows(found, language)), (False, True, True),
        SAY["parts.note"][language].format(how=how),
    )  # fmt: skip


def details_table(found: Decomposition, language: str) -> Table:
    """What each column contributes to each part, for a report."""
    scale = scale_of([d.estimate for d in found.details], language, share=found.share)
    rows = []
    for d in found.details:
        columns = named(found.labels, d.columns, language)
        size, span = NONE, NONE
        if d.withheld:
            size = span = hidden(language)
        elif d.estimate is not None:
            size, span = scale.apart(d.estimate.value), scale.span(d.estimate)
        rows.append((
            element_name(found, d.element, language), columns or SAY["details.rest"][language],
            cell_name(found.labels, d.levels, language), size, span,
        ))  # fmt: skip
    header = (SAY["head.part"], SAY["head.characteristic"], SAY["head.value"], SAY["head.size"],
              SAY["head.interval"])  # fmt: skip
    notes = []
    if any(d.withheld for d in found.details):
        notes.append(SAY["details.withheld"][language].format(minimum=fewest()))
    if any(d.estimate is None and not d.withheld for d in found.details):
        notes.append(SAY["details.undivided"][language])
    return Table(
        SAY["details.caption"][language], tuple(each[language] for each in header), tuple(rows),
        (False, False, False, True, True), " ".join(notes),
    )  # fmt: skip
