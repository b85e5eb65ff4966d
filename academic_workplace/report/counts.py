"""What a regression of counts adds to a report: means, how many times as many, how many have none."""

from __future__ import annotations

from academic_workplace.effects.counts import Counts
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.evidence.description import rare_share, withheld_means
from academic_workplace.plan import Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Table
from academic_workplace.report.likelihood import Number, agreement, limits_of, rows_of
from academic_workplace.report.numerals import (
    NONE,
    decimal,
    digits_for,
    of_hundred,
    pupils_share,
)
from academic_workplace.report.words import phrases

SAY = phrases("counts")
AGREES = 0.25  # of a standard error: so far apart are two models that say the same


def means_sentence(detail: Counts, language: str) -> str:
    """The two means and their ratio; where something separates, why there are none."""
    dutch(language)  # refuses any third language
    if detail.reason is not None:
        return detail.reason[language]
    plan, told = detail.plan, means_told(detail)
    if told is None:  # beside the difference the ratio would tell both means
        return SAY["means.hidden"][language]
    kind = "alike" if plan.covariates or plan.baseline is not None else "plain"
    said = SAY[f"means.{kind}"][language].format(
        arm=plan.arm(detail.arm).pupils[language], a=decimal(told[0], 1, language),
        other=plan.arm(detail.comparison).pupils[language], b=decimal(told[1], 1, language),
        unit=plan.measure(detail.outcome).unit[language],
    )  # fmt: skip
    return f"{said} {_ratio(detail, language)}"


def _ratio(detail: Counts, language: str) -> str:
    if detail.rate_low is None or detail.rate_high is None:
        return SAY["no_limits"][language]
    ratio, low, high = (
        decimal(x, 2, language) for x in (detail.rate_ratio, detail.rate_low, detail.rate_high)
    )
    return SAY["ratio"][language].format(ratio=ratio, low=low, high=high)


def means_told(detail: Counts) -> tuple[float, float] | None:
    """The means of the arm and of the comparison; None where either may not leave."""
    if detail.mean_arm is None or detail.mean_comparison is None or withheld_means(detail.cells):
        return None
    return detail.mean_arm, detail.mean_comparison


def zero_sentence(detail: Counts, language: str) -> str:
    """How many have none at all; '' where that would tell of a few."""
    if withheld_means(detail.cells) or any(rare_share(c.zeros, c.pupils) for c in detail.cells):
        return ""
    plan = detail.plan
    share = {c.arm: of_hundred(pupils_share(c.zeros, c.pupils)) for c in detail.cells}
    return SAY["zero"][language].format(
        a=share[detail.arm], arm=plan.arm(detail.arm).pupils[language],
        b=share[detail.comparison], other=plan.arm(detail.comparison).pupils[language],
        unit=plan.measure(detail.outcome).unit[language],
    )  # fmt: skip


def line_sentence(detail: Counts, effect: Effect, language: str) -> str:
    """Whether least squares says the same."""
    if detail.linear is None or detail.reason is not None or effect.estimate is None:
        return ""
    apart = abs(detail.linear.estimate - effect.estimate)
    close = effect.se is not None and apart <= AGREES * effect.se
    how = agreement(detail.linear, effect, close=close)
    value = decimal(detail.linear.estimate, _digits(effect), language)
    return SAY[f"line.{how}"][language].format(value=value)


def _digits(effect: Effect) -> int:
    """Decimals of a difference in means, as in the tables."""
    width = 1.0 if effect.low is None or effect.high is None else effect.high - effect.low
    return max(2, digits_for(width))


def large(detail: Counts, _: Effect, language: str, *, clear: bool) -> list[Block]:
    """How large the difference is: means, their ratio, and how many have none; or only between what."""
    low, high = detail.rate_low, detail.rate_high
    if (
        not clear and means_told(detail) and low is not None and high is not None
    ):  # two means would say too much
        said = SAY["ratio_unclear"][language]
        low_high = {"low": decimal(low, 2, language), "high": decimal(high, 2, language)}
        return [Paragraph(said.format(**low_high))]
    parts = (means_sentence(detail, language), zero_sentence(detail, language))
    return [Paragraph(part) for part in parts if part]


def sure(detail: Counts, effect: Effect, _: Plan, language: str) -> list[str]:
    """Whether a simpler model says the same; why there is none where something separates."""
    told = detail.reason[language] if detail.reason else line_sentence(detail, effect, language)
    return [told] if told else []


def appendix(detail: Counts, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """Means, rate ratio and dispersion, and the linear model beside them."""
    said = [means_sentence(detail, language)]
    if detail.reason is None:
        said += [zero_sentence(detail, language), line_sentence(detail, effect, language)]
        said += [SAY["standardised"][language].format(people=plan.study.people[language])]
    caption = SAY["table.caption"][language].format(
        measure=plan.measure(effect.outcome).label[language]
    )
    header = tuple(SAY[f"table.{name}"][language] for name in ("what", "value", "interval"))
    return [
        Heading(SAY["title"][language], 2),
        Paragraph(" ".join(part for part in said if part)),
        Table(
            caption, header, _rows(detail, effect, plan, language), (False, True, True),
            SAY["table.note"][language],
        ),
    ]  # fmt: skip


def _rows(detail: Counts, effect: Effect, plan: Plan, language: str) -> tuple[tuple[str, ...], ...]:
    mean, line, digits = SAY["table.mean"][language], detail.linear, _digits(effect)
    arms = [mean.format(arm=plan.arm(a).label[language]) for a in (detail.arm, detail.comparison)]
    numbers = [
        Number(SAY["table.difference"][language], effect.estimate, effect.low, effect.high, digits),
        Number(SAY["table.ratio"][language], detail.rate_ratio, detail.rate_low, detail.rate_high,
               2, telling=True),
        Number(SAY["table.linear"][language], *limits_of(line), digits),
    ]  # fmt: skip
    rows = rows_of(arms, means_told(detail), numbers, language, known=detail.reason is None)
    alpha = NONE if detail.dispersion is None else decimal(detail.dispersion, 2, language)
    return (*rows, (SAY["table.dispersion"][language], alpha, ""))
