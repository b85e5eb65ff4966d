"""Words and tables of how wrong it would have to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.effects.result import Effect
from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.evidence.sensitivity import (
    Benchmark,
    EValue,
    OmittedVariable,
    Placebos,
    RosenbaumBounds,
    Seen,
    Sensitivity,
)
from academic_workplace.intake.layout import SEPARATES_WAVE
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.sensitivity import Name, omitted_on, omitted_picture
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.numerals import (
    NONE,
    decimal,
    digits_for,
    hidden,
    interval,
    p_value,
)
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAY = phrases("sensitivity")
MANY = 20.0  # times as strong as anything measured: a larger number says no more
SEEN = {
    Seen.NOTHING: SAY["seen.nothing"],
    Seen.DIFFERENCE: SAY["seen.difference"],
    Seen.CANNOT_TELL: SAY["seen.cannot_tell"],
    Seen.NO_ANSWER: SAY["seen.no_answer"],
}

# ---------------------------------------------------------------- sentences


def e_value_sentence(found: EValue, language: str) -> str:
    """What something hidden would have to do to both groups."""
    dutch(language)  # refuses any third language
    if found.limit == 1:
        return SAY["chance"][language]
    value = _times(found.value, language)
    parts = [SAY["e_value.nothing"][language].format(value=value)]
    if found.limit is not None:
        near = _times(found.limit, language)
        parts.append(SAY["e_value.limit"][language].format(near=near))
    return " ".join(parts)


def omitted_sentence(found: OmittedVariable, language: str, name: Name | None = None) -> str:
    """How strong something hidden would have to be, beside the strongest of what was measured.

    name: what a reader is told of a column; the column itself when left out.
    """
    dutch(language)  # refuses any third language
    if found.robustness_alpha == 0:
        return SAY["chance"][language]
    strongest = _strongest(found)
    if strongest is None:
        n = decimal(100 * found.robustness, 0, language)
        share = SAY["percent"][language].format(n=n)
        return SAY["omitted.share"][language].format(share=share)
    benchmark, whole = strongest
    near, label = found.times_needed(benchmark, limit=True), (name or str)(benchmark.name)
    if near is None or near > MANY:
        much = decimal(MANY, 0, language)
        return SAY["omitted.remains"][language].format(much=much, label=label)
    first, last = _times(near, language), _times(whole, language)
    end = "nothing" if first == last else "chance" if whole > MANY else "both"
    said = SAY[f"omitted.only.{end}"] if near >= 1 else SAY[f"omitted.already.{end}"]
    return said[language].format(first=first, last=last, label=label)


def rosenbaum_sentence(found: RosenbaumBounds, language: str) -> str:
    """How unequal the chances of two like pupils may have been."""
    dutch(language)  # refuses any third language
    if found.critical is None:
        return SAY["chance"][language]
    odds = _times(min(found.critical, 1000.0), language)
    return SAY["pairs.odds"][language].format(odds=odds)


def placebo_sentence(found: Placebos, language: str) -> str:
    """Whether there was a difference where the programme cannot have made one."""
    dutch(language)  # refuses any third language
    told = [x for x in found if _told(x.effect) and x.seen is not Seen.NO_ANSWER]
    if not told:
        return SAY["placebo.unknown"][language]
    seen = [x for x in told if x.seen is Seen.DIFFERENCE]
    if seen:
        names = _and(list(dict.fromkeys(f"‘{x.label[language]}’" for x in seen)), language)
        said = SAY["placebo.seen_of" if len(told) > 1 else "placebo.seen"][language]
        return said.format(seen=len(seen), n=len(told), names=names)
    nothing = all(x.seen is Seen.NOTHING for x in told)
    return SAY["placebo.nothing" if nothing else "placebo.unclear"][language]


def sensitivity_sentence(found: Sensitivity, language: str) -> str:
    """The one sentence for a workgroup: by what was measured, else by pairs, else the E-value."""
    dutch(language)  # refuses any third language
    if not _told(found.effect):
        return SAY["hidden"][language].format(
            minimum=fewest(), people=found.effect.plan.study.people[language]
        )
    if not _clear(found):
        return SAY["chance"][language]
    if found.omitted is not None and _strongest(found.omitted) is not None:
        return omitted_sentence(found.omitted, language, _name(found.effect.plan, language))
    if found.pairs is not None and found.pairs.critical is not None:
        return rosenbaum_sentence(found.pairs, language)
    if found.e_value is not None:
        return e_value_sentence(found.e_value, language)
    return SAY["unknown"][language]


def _clear(found: Sensitivity) -> bool:
    """Whether the effect's own interval leaves 0 out, and so does what is told of it."""
    low, high = found.effect.low, found.effect.high
    own = low is not None and high is not None and (low > 0 or high < 0)
    return own and (found.omitted is None or found.omitted.robustness_alpha > 0)


def _told(effect: Effect) -> bool:
    return may_leave(effect.pupils_arm, effect.pupils_comparison)


def _strongest(found: OmittedVariable) -> tuple[Benchmark, float] | None:
    """What was measured of which the fewest times are needed to leave nothing of the estimate."""
    needed = [(b, found.times_needed(b)) for b in found.benchmarks]
    known = [(b, k) for b, k in needed if k is not None]
    return min(known, key=lambda pair: pair[1]) if known else None


def _name(plan: Plan, language: str) -> Name:
    """What a reader is told of a column; a baseline of the outcome by its role."""

    def name(column: str) -> str:
        before = SEPARATES_WAVE in column or column in plan.baselines
        if before and column not in plan.study.columns:
            return SAY["before"][language]
        return plan.column_label(column)[language]

    return name


def _times(x: float, language: str) -> str:
    """How many times, with one decimal below 10; two just above 1."""
    if x < 0.1:
        return SAY["less_than"][language].format(n=decimal(0.1, 1, language))
    digits = 2 if 1 <= x < 1.1 else 1 if x < 10 else 0
    return decimal(x, digits, language)


def _and(parts: list[str], language: str) -> str:
    *others, last = parts
    return SAY["and"][language].format(parts=", ".join(others), last=last) if others else last


# ---------------------------------------------------------------- for the report


def sure(found: Sequence[Sensitivity], language: str) -> list[str]:
    """The item for "How sure is this?" of the first effect; nothing when it is not clear anyhow."""
    first = found[0] if found else None
    if first is None or not _told(first.effect) or not _clear(first):
        return []
    return [sensitivity_sentence(first, language)]


def appendix(found: Sequence[Sensitivity], language: str) -> list[Block]:
    """A table of all effects, and of the first what a hidden variable would do, with its picture."""
    told = [x for x in found if _told(x.effect) and (x.e_value or x.omitted or x.pairs)]
    if not told:
        return []
    blocks: list[Block] = [
        Heading(SAY["appendix.title"][language], 3),
        Paragraph(SAY["appendix.lead"][language]),
        summary_table(told, language),
    ]
    first = found[0]
    if _told(first.effect) and first.omitted is not None and first.omitted.bounds:
        name = _name(first.effect.plan, language)
        blocks += [omitted_block(first, language), omitted_table(first.omitted, language, name)]
    if _told(first.effect) and first.pairs is not None:
        blocks.append(pairs_table(first.pairs, language))
    return blocks


def _columns(*names: str, language: str) -> tuple[str, ...]:
    alike = {"gamma": "Gamma", "g": "g"}
    return tuple(
        alike[name] if name in alike else SAY[f"column.{name}"][language] for name in names
    )


def summary_table(found: Sequence[Sensitivity], language: str) -> Table:
    """Every effect: E-values, robustness values and the largest Gamma."""
    rows = []
    for x in found:
        effect, plan = x.effect, x.effect.plan
        e, z, r = x.e_value, x.omitted, x.pairs
        label = plan.measure(effect.outcome).label[language]
        wave = plan.wave_label(effect.outcome, effect.wave)[language]
        names = (", ".join(p for p in (label, wave) if p), plan.arm(effect.arm).label[language])
        if not _told(effect):
            rows.append((*names, *(hidden(language),) * 5))
            continue
        rows.append((
            *names,
            decimal(e.value if e else None, 2, language),
            decimal(e.limit if e else None, 2, language),
            decimal(z.robustness if z else None, 3, language),
            decimal(z.robustness_alpha if z else None, 3, language),
            decimal(r.critical if r else None, 2, language),
        ))  # fmt: skip
    header = _columns(
        "outcome", "group", "e_value", "e_limit", "rv", "rv_limit", "gamma", language=language
    )
    caption, note = (SAY[f"summary.{part}"][language] for part in ("caption", "note"))
    note = note.format(people=found[0].effect.plan.study.people[language])
    return Table(caption, header, tuple(rows), (False,) * 2 + (True,) * 5, note)


def omitted_table(found: OmittedVariable, language: str, name: Name | None = None) -> Table:
    """What something hidden would leave of the estimate, so many times as strong as each."""
    low, high = found.adjusted(0.0, 0.0)[2:]
    digits, rows = digits_for(high - low), []
    for bound in found.bounds:
        no = bound.estimate is None
        rows.append((
            (name or str)(bound.benchmark),
            decimal(bound.treatment_times, 0 if bound.treatment_times % 1 == 0 else 1, language),
            NONE if no else decimal(bound.r2_treatment, 3, language),
            NONE if no else decimal(bound.r2_outcome, 3, language),
            decimal(bound.estimate, digits, language),
            NONE if bound.capped else interval(bound.low, bound.high, digits, language),
        ))  # fmt: skip
    header = _columns(
        "as_strong", "times", "r2_part", "r2_outcome", "left", "interval", language=language
    )
    note = SAY["bounds.note"][language].format(now=decimal(found.estimate, digits, language))
    caption = SAY["bounds.caption"][language]
    return Table(caption, header, tuple(rows), (False,) + (True,) * 5, note)


def pairs_table(found: RosenbaumBounds, language: str) -> Table:
    """Per gamma the p-values and the estimates.

    The number of pairs stands with the effect, if it may: beside who were left out it would tell.
    """
    ends = [e for b in found for e in (b.estimate_low, b.estimate_high) if e is not None]
    digits = digits_for(max(ends) - min(ends)) if ends else 2
    rows = tuple(
        (
            decimal(b.gamma, 2, language),
            p_value(b.p_low, language),
            p_value(b.p_high, language),
            decimal(b.estimate_low, digits, language),
            decimal(b.estimate_high, digits, language),
        )
        for b in found
    )
    header = _columns(
        "gamma", "p_low", "p_high", "difference_low", "difference_high", language=language
    )
    caption, note = (SAY[f"pairs.{part}"][language] for part in ("caption", "note"))
    return Table(caption, header, rows, (True,) * 5, note)


def placebo_table(found: Placebos, language: str) -> Table:
    """Every placebo with its interval."""
    rows = []
    for x in found:
        e = x.effect
        names = (x.label[language], e.plan.arm(e.arm).label[language])
        if not _told(e):
            rows.append((*names, *(hidden(language),) * 5))
            continue
        digits = digits_for((e.high or 0.0) - (e.low or 0.0))
        rows.append((
            *names,
            decimal(e.estimate, digits, language),
            interval(e.low, e.high, digits, language),
            decimal(e.g, 2, language),
            interval(e.g_low, e.g_high, 2, language),
            SEEN[x.seen][language],
        ))  # fmt: skip
    header = _columns(
        "placebo", "group", "difference", "interval", "g", "interval_g", "seen", language=language
    )
    caption, note = (SAY[f"placebo.{part}"][language] for part in ("caption", "note"))
    return Table(caption, header, tuple(rows), (False, False, *(True,) * 4, False), note)


# ---------------------------------------------------------------- the picture


def plot_omitted(
    found: OmittedVariable, language: str, ax: Axes | None, name: Name | None = None
) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    return omitted_on(ax, found, language, name)


def omitted_drawing(found: OmittedVariable, language: str) -> Drawing:
    """The picture for a notebook, with its alternative text."""
    return Drawing(png(omitted_picture(found, language)), omitted_alternative(found, language))


def plot_sensitivity(found: Sensitivity, language: str, ax: Axes | None) -> Axes:
    """The picture of an effect, with the names of its plan."""
    return plot_omitted(_omitted(found), language, ax, _name(found.effect.plan, language))


def sensitivity_drawing(found: Sensitivity, language: str) -> Drawing:
    """The same for a notebook."""
    name = _name(found.effect.plan, language)
    z = _omitted(found)
    return Drawing(png(omitted_picture(z, language, name)), omitted_alternative(z, language, name))


def omitted_block(found: Sensitivity, language: str) -> Picture:
    """The picture for a report."""
    z, plan = _omitted(found), found.effect.plan
    name, label = _name(plan, language), plan.measure(found.effect.outcome).label[language]
    return in_both_widths(
        lambda narrow: omitted_picture(z, language, name, narrow=narrow),
        omitted_alternative(z, language, name),
        SAY["picture.caption"][language].format(measure=label),
    )


def omitted_alternative(found: OmittedVariable, language: str, name: Name | None = None) -> str:
    """What the picture shows, for who cannot see it."""
    sentence = omitted_sentence(found, language, name)
    return SAY["picture.alt"][language].format(sentence=sentence)


def _omitted(found: Sensitivity) -> OmittedVariable:
    """Of an effect that has it. Raises PlanError."""
    if found.omitted is not None and _told(found.effect):
        return found.omitted
    nl, en = (SAY["none.remedy"][to].format(minimum=fewest()) for to in LANGUAGES)
    raise PlanError([Fault(SAY["none.rule"], Text(nl, en))])
