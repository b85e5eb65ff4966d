"""What the missing outcomes could mean for a result: said, put in a table and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academic_workplace.effects.result import Effect
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.evidence.description import spread_told, why_effect, withheld_means
from academic_workplace.evidence.missing import About, MissingOutcome, MissingOutcomes
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.missing.bounds import Bounds
from academic_workplace.missing.delta import Delta
from academic_workplace.missing.little import Little
from academic_workplace.missing.shifted import Shifted
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.missing import missing_on, missing_picture
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.findings import hidden_losses, shown, unit_after
from academic_workplace.report.numerals import (
    decimal,
    digits_for,
    hidden,
    interval,
    p_said,
    pupils_of,
)
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAY = phrases("missing")
PEOPLE = Text("leerlingen", "pupils")
CLEAR = 0.05
HALF = 0.5
DIGITS = {0.25: 2, 0.5: 1, 1.0: 0}
TIMES = tuple(DIGITS)  # of the usual spread: how much worse those missing scored
MOST = 1.0  # times the spread: what lies beyond is told as "very much"
FILLED = (About.FILLED, About.OFFER_FILLED)
OFFER = (About.OFFER, About.OFFER_FILLED)
COMPLETE = {about: SAY[f"complete.{about.name.lower()}"] for about in About}


# ---------------------------------------------------------------- sentences


def little_sentence(found: Little, language: str, people: Text = PEOPLE) -> str:
    """What Little's test describes, and that it never says that loss may be ignored."""
    dutch(language)  # refuses any third language
    said = SAY["little.unlike" if found.p < CLEAR else "little.not_seen"][language]
    return f"{said.format(people=people[language])} {SAY['little.never'][language]}"


def missing_sentences(found: MissingOutcome, language: str, *, bounds: bool = True) -> str:
    """Everything that is known of what those missing could mean for one effect.

    bounds: whether the means of both arms may be told: with the worst case, the difference tells
    them.
    """
    return " ".join(_paragraphs(found, language, bounds=bounds))


def _paragraphs(found: MissingOutcome, language: str, *, bounds: bool) -> list[str]:
    """Who is compared; how different those missing would have to be; how far it could move."""
    dutch(language)  # refuses any third language
    people = found.effect.plan.study.people
    if not _told(found):
        return [SAY["withheld"][language].format(people=people[language])]
    start, analysed = (
        sum(getattr(part, name) for part in (found.arm, found.comparison))
        for name in ("start", "analysed")
    )
    who = [
        COMPLETE[found.about][language].format(
            analysed=pupils_of(analysed, language), start=pupils_of(start, language),
            people=people[language],
        )
    ]  # fmt: skip
    if found.little is not None:
        who.append(little_sentence(found.little, language, people))
    far = _bounds_sentences(found, language) if bounds else []
    far += [text[language] for text in found.not_done]
    unlike = _delta_sentences(found, language) if bounds or not _ends(found) else []
    if unlike and _some_unknown(found) and found.about not in FILLED:
        unlike.append(SAY["delta.known"][language])
    return [" ".join(part) for part in (who, unlike, far) if part]


def all_sentences(found: MissingOutcomes, language: str) -> str:
    """Those of every effect, and what was not looked into."""
    dutch(language)  # refuses any third language
    said = [missing_sentences(item, language) for item in found]
    said += [text[language] for text in found.not_done]
    return " ".join(said) or SAY["nothing"][language]


def _told(found: MissingOutcome) -> bool:
    return not found.withheld and not why_effect(found.effect)


def _words(found: MissingOutcome, language: str) -> dict[str, str]:
    plan, effect = found.effect.plan, found.effect
    return {
        "people": plan.study.people[language],
        "arm": plan.arm(effect.arm).label[language],
    }


def _unit(effect: Effect, value: str, language: str) -> str:
    return unit_after(effect.plan.measure(effect.outcome).unit[language], value, language)


def _kind(found: MissingOutcome) -> str:
    """Whether an outcome is a share, a count or a score."""
    return "share" if found.ones else "count" if found.counted else "score"


def _drawn(found: MissingOutcome) -> tuple[Delta | Shifted, float] | None:
    """The line of the arm, and one usual spread, where both may be told."""
    line, unit = found.programme, found.unit
    if line is None or unit is None or not line.moves or not spread_told(found.effect):
        return None
    return (line, unit) if found.arm.lost else None


def _ends(found: MissingOutcome) -> bool:
    """Whether what is told stops where a share or a count can go no further: at the arm's mean."""
    return found.unit is not None and found.room < MOST * found.unit


def _delta_sentences(found: MissingOutcome, language: str) -> list[str]:
    drawn = _drawn(found)
    if drawn is None:
        return []
    line, unit = drawn
    way = "lower" if found.way < 0 else "higher"
    parts = [SAY[f"delta.{way}.{_kind(found)}"][language].format(**_words(found, language))]
    tip = found.tipping()
    end = min(MOST * unit, found.room)
    _, _, low, high = line.at(0.0)
    digits = digits_for(high - low)
    if low <= 0 <= high:
        delta = min(HALF * unit, found.room)
        value, _, low, high = line.at(found.way * delta)
        told = decimal(delta, digits, language)
        said = SAY["delta.already" if delta < found.room else "delta.already_end"]
        parts.append(
            said[language].format(
                delta=told, unit=_unit(found.effect, told, language),
                **{k: decimal(x, digits, language)
                   for k, x in (("value", value), ("low", low), ("high", high))},
            )
        )  # fmt: skip
    elif tip is None or tip > end:
        if end < found.room:
            parts.append(SAY["delta.stands"][language])
        else:  # a share or a count that can go no further
            parts.append(SAY[f"delta.end.{way}.{_kind(found)}"][language])
    else:
        told = decimal(tip, digits, language)
        times = decimal(tip / unit, 2, language)
        parts.append(
            SAY["delta.tip"][language].format(
                delta=told, unit=_unit(found.effect, told, language), times=times
            )
        )
    return parts


def _bounds_sentences(found: MissingOutcome, language: str) -> list[str]:
    parts = []
    words = _words(found, language)
    if found.lee is not None:
        lee, plan, effect = found.lee, found.effect.plan, found.effect
        if lee.of is None:
            parts.append(SAY["lee.equal"][language].format(people=words["people"]))
        elif found.lee_withheld:
            parts.append(SAY["lee.withheld"][language].format(people=words["people"]))
        else:
            fewer = plan.arm(effect.arm if lee.of else effect.comparison).label[language]
            low, high = _limits(lee, _digits(found), language)
            said = SAY["lee.between"][language]
            parts.append(said.format(arm=fewer, low=low, high=high))
            if found.by_block is not None and lee.of is not None:
                low, high = _limits(found.by_block, _digits(found), language)
                parts.append(SAY["lee.by_block"][language].format(low=low, high=high))
    if found.worst is not None:
        low, high = _limits(found.worst, _digits(found), language)
        known = _some_unknown(found)
        said = SAY["worst.between_known" if known else "worst.between"][language]
        parts.append(said.format(low=low, high=high))
    return parts


def _some_unknown(found: MissingOutcome) -> bool:
    """Whether some are missing of whom too little was known beforehand to fill anything in."""
    return any(part.lost > part.known for part in (found.arm, found.comparison))


def _limits(bounds: Bounds, digits: int, language: str) -> tuple[str, str]:
    return decimal(bounds.low, digits, language), decimal(bounds.high, digits, language)


def _digits(found: MissingOutcome) -> int:
    """As many as the interval of the effect tells."""
    base = found.programme or found.others
    if base is None:
        return digits_for((found.effect.high or 0.0) - (found.effect.low or 0.0))
    _, _, low, high = base.at(0.0)
    return digits_for(high - low)


# ---------------------------------------------------------------- for the report


def appendix(evidence: Evidence, language: str) -> list[Block]:
    """Of the first effect sentences, a table and a picture; of the others a table."""
    found = [item for every in evidence.missing for item in every]
    not_done = [text for every in evidence.missing for text in every.not_done]
    away = hidden_losses(evidence)  # of these it is not told whether any are missing
    if not found and not not_done and not away:
        return []
    people = evidence.plan.study.people[language]
    if not_done and not found and not away:
        return [Paragraph(text[language]) for text in not_done]
    tellable = [item for item in found if _shown(evidence, item)]
    if not tellable:
        return [Paragraph(SAY["withheld"][language].format(people=people))]
    blocks: list[Block] = [Heading(SAY["title"][language], 3)]
    blocks.append(Paragraph(SAY["lead"][language].format(people=people)))
    for i, item in enumerate(tellable):
        bounds = _means_told(evidence, item.effect)
        if i == 0:
            blocks += map(Paragraph, _paragraphs(item, language, bounds=bounds))
            if _drawn(item) is not None and (bounds or not _ends(item)):
                blocks.append(missing_block(item, language))
        blocks.append(missing_table(item, language, bounds=bounds))
    return blocks + [Paragraph(text[language]) for text in not_done]


def _shown(evidence: Evidence, found: MissingOutcome) -> bool:
    """Whether the effect may be told, and how many are missing from both of its arms."""
    finding = next((f for f in evidence.findings if f.effect is found.effect), None)
    if finding is None:  # the findings are of other effects
        return False
    arms = {found.effect.arm, found.effect.comparison}
    return shown(finding) and not found.withheld and hidden_losses(evidence).isdisjoint(arms)


def _means_told(evidence: Evidence, effect: Effect) -> bool:
    """Whether the means of both arms may be told: bounds tell them beside the difference."""
    away = withheld_means(evidence.descriptions)
    arms = (effect.arm, effect.comparison)
    return not any((effect.outcome, effect.wave, arm) in away for arm in arms)


def missing_table(found: MissingOutcome, language: str, *, bounds: bool = True) -> Table:
    """What is supposed of those missing, and what the difference then is."""
    effect, plan = found.effect, found.effect.plan
    words = _words(found, language)
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    several = plan.arm(effect.arm).label[language] if len(plan.study.arms) > 2 else ""
    label = plan.measure(effect.outcome).label[language]
    measure = ", ".join(part for part in (label, wave, several) if part)
    rows: list[tuple[str, str, str]] = []
    base = found.programme or found.others
    if base is not None:
        value, _, low, high = base.at(0.0)
        digits = _digits(found)
        start = "offer" if found.about in OFFER else _kind(found)
        said = SAY[f"table.complete.{start}"][language].format(people=words["people"])
        rows.append((said, decimal(value, digits, language), interval(low, high, digits, language)))
        if bounds or not _ends(found):
            rows += _delta_rows(found, digits, language)
    if bounds:
        rows += _bounds_rows(found, language)
    kind = "filled" if found.about in FILLED else "model" if found.modelled else "plain"
    kind = kind if base is not None else "bounds"
    note = SAY[f"table.how.{kind}"][language]
    bounded = SAY["table.note"][language].format(clusters=plan.study.cluster_label[language])
    note = f"{note} {bounded}"
    if found.little is not None:
        test = found.little
        chi2, p = decimal(test.chi2, 1, language), p_said(test.p, language)
        little = SAY["table.little"][language].format(chi2=chi2, df=test.df, p=p)
        note = f"{note} {little}"
    names = ("supposed", "difference", "interval")
    header = tuple(SAY[f"table.{name}"][language] for name in names)
    caption = SAY["table.caption"][language].format(
        measure=measure, unit=plan.measure(effect.outcome).unit[language]
    )
    return Table(caption, header, tuple(rows), (False, True, True), note)


def _delta_rows(found: MissingOutcome, digits: int, language: str) -> list[tuple[str, str, str]]:
    unit, effect = found.unit, found.effect
    if unit is None or not spread_told(effect):
        return []
    rows = []
    arm = _words(found, language)["arm"]
    one, both = SAY["table.one"][language], SAY["table.both"][language]
    possible = [t for t in TIMES if t * unit <= found.room]
    for said, line, times in (
        *((one, found.programme, t) for t in possible or [found.room / unit]),
        *((both, found.everyone, t) for t in (HALF,) if t in possible),
    ):
        if line is None or not line.moves:
            continue
        delta = found.way * times * unit
        value, _, low, high = line.at(delta)
        told = decimal(delta, digits, language)
        sign = "+" if delta > 0 else ""
        name = said.format(
            arm=arm, delta=f"{sign}{told}",
            times=decimal(times, DIGITS.get(times, 2), language),
        )  # fmt: skip
        rows.append((name, decimal(value, digits, language),
                     interval(low, high, digits, language)))  # fmt: skip
    return rows


def _bounds_rows(found: MissingOutcome, language: str) -> list[tuple[str, str, str]]:
    people = _words(found, language)["people"]
    rows = []
    if found.lee is not None:
        name = SAY["table.lee"][language].format(people=people)
        if found.lee_withheld:
            rows.append((name, hidden(language), hidden(language)))
        else:
            rows.append((name, *_bounds_cells(found.lee, _digits(found), language)))
            if found.by_block is not None:
                cells = _bounds_cells(found.by_block, _digits(found), language)
                rows.append((SAY["table.lee_by_block"][language], *cells))
    if found.worst is not None:
        span = found.effect.plan.measure(found.effect.outcome).range or (0.0, 1.0)
        low, high = (decimal(x, 0 if float(x).is_integer() else 1, language) for x in span)
        name = SAY["table.worst"][language].format(low=low, high=high)
        rows.append((name, *_bounds_cells(found.worst, _digits(found), language)))
    return rows


def _bounds_cells(bounds: Bounds, digits: int, language: str) -> tuple[str, str]:
    between = interval(bounds.low, bounds.high, digits, language)
    return between, interval(bounds.ci_low, bounds.ci_high, digits, language)


# ---------------------------------------------------------------- the picture


def missing_block(found: MissingOutcome, language: str) -> Picture:
    """The picture for a report."""
    effect, plan = found.effect, found.effect.plan
    _drawable(found)
    caption = SAY["picture.caption"][language].format(
        arm=plan.arm(effect.arm).label[language],
        measure=plan.measure(effect.outcome).label[language],
    )
    return in_both_widths(
        lambda narrow: missing_picture(found, language, narrow=narrow),
        missing_alternative(found, language),
        caption,
    )


def missing_drawing(found: MissingOutcome, language: str) -> Drawing:
    """The picture for a notebook, with its alternative text. Raises PlanError without one."""
    _drawable(found)
    return Drawing(png(missing_picture(found, language)), missing_alternative(found, language))


def plot_missing(found: MissingOutcome, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's. Raises PlanError where there is none."""
    _drawable(found)
    return missing_on(ax, found, language)


def missing_alternative(found: MissingOutcome, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    line, unit = _drawable(found)
    end = min(MOST * unit, found.room)
    (now, _, low, high), (then, _, _, _) = line.at(0.0), line.at(found.way * end)
    digits = digits_for(high - low)
    delta = decimal(end, digits, language)
    said = " ".join(_delta_sentences(found, language))
    return SAY["picture.alt"][language].format(
        now=decimal(now, digits, language), then=decimal(then, digits, language),
        delta=f"{delta} {_unit(found.effect, delta, language)}", sentence=said,
    )  # fmt: skip


def _drawable(found: MissingOutcome) -> tuple[Delta | Shifted, float]:
    """What is drawn. Raises PlanError where it may not be, or where there is no line."""
    drawn = _drawn(found) if _told(found) else None
    if drawn is not None:
        return drawn
    people = found.effect.plan.study.people
    nl, en = (SAY["none.remedy"][to].format(people=people[to]) for to in LANGUAGES)
    raise PlanError([Fault(SAY["none.rule"], Text(nl, en))])
