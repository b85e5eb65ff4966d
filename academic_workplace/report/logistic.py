"""What a logistic regression adds to a report: shares of a hundred, odds, and the linear model."""

from __future__ import annotations

from academic_workplace.disclosure import profile
from academic_workplace.effects.logistic import Logistic
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.evidence.description import withheld_means
from academic_workplace.plan import Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.hundred import hundred_picture
from academic_workplace.report.figures.style import png, svg
from academic_workplace.report.likelihood import Number, agreement, limits_of, rows_of
from academic_workplace.report.numerals import (
    decimal,
    digits_for,
    interval,
    of_hundred,
    pupils_share,
)
from academic_workplace.report.words import phrases

SAY = phrases("logistic")
AGREES = 1.0  # of a hundred pupils: so far apart are two models that say the same


def shares_sentence(detail: Logistic, language: str) -> str:
    """The two shares, of a hundred; where something separates, why there are none."""
    dutch(language)  # refuses any third language
    if detail.reason is not None:
        return detail.reason[language]
    plan = detail.plan
    measure = plan.measure(detail.outcome).label[language]
    told = shares_told(detail)
    if told is None:
        return SAY["shares.hidden"][language].format(measure=measure)
    kind = "alike" if plan.covariates or plan.baseline is not None else "plain"
    return SAY[f"shares.{kind}"][language].format(
        measure=measure, arm=plan.arm(detail.arm).pupils[language], a=of_hundred(told[0]),
        other=plan.arm(detail.comparison).pupils[language], b=of_hundred(told[1]),
    )  # fmt: skip


def shares_told(detail: Logistic) -> tuple[float, float] | None:
    """The shares of the arm and of the comparison; None where either may not leave."""
    if detail.share_arm is None or detail.share_comparison is None or withheld_means(detail.cells):
        return None
    n = {cell.arm: cell.pupils for cell in detail.cells}
    a, b = (
        share if profile().rounding == 1 else pupils_share(round(share * n[arm]), n[arm])
        for arm, share in (
            (detail.arm, detail.share_arm),
            (detail.comparison, detail.share_comparison),
        )
    )
    return a, b


def difference_sentence(effect: Effect, language: str, *, clear: bool = True) -> str:
    """The difference counted in pupils, with its likely range."""
    people = effect.plan.study.people[language]
    if effect.estimate is None or effect.low is None or effect.high is None:
        return SAY["difference.no_limits"][language]
    digits = digits_for(100 * (effect.high - effect.low))
    n = round(100 * effect.estimate, digits)
    kind = "more" if n > 0 else "fewer" if n < 0 else "same"
    low, high = (decimal(100 * x, digits, language) for x in (effect.low, effect.high))
    said = SAY[f"difference.{kind}" if clear else "difference.unclear"][language]
    return said.format(n=decimal(abs(n), digits, language), low=low, high=high, people=people)


def line_sentence(detail: Logistic, effect: Effect, language: str) -> str:
    """Whether the linear probability model says the same."""
    if detail.linear is None or detail.reason is not None or effect.estimate is None:
        return ""
    line = 100 * detail.linear.estimate
    close = abs(line - 100 * effect.estimate) <= AGREES
    how = agreement(detail.linear, effect, close=close)
    return SAY[f"line.{how}"][language].format(value=decimal(line, 1, language))


def large(detail: Logistic, effect: Effect, language: str, *, clear: bool) -> list[Block]:
    """How large the difference is, in pupils: a hundred of them, where their shares may be told."""
    said = difference_sentence(effect, language, clear=clear)
    if not clear:  # two shares would say too much
        return [Paragraph(said)]
    said = f"{shares_sentence(detail, language)} {said}"
    told = shares_told(detail)
    picture = [_hundred(*told, language)] if told is not None else []
    return [*picture, Paragraph(said)]


def _hundred(arm: float, comparison: float, language: str) -> Picture:
    """A hundred marks: those of the comparison, and how many more or fewer there are in the arm."""
    a, b = of_hundred(arm), of_hundred(comparison)
    figure = hundred_picture(a, expected=b)
    kind = "more" if a > b else "fewer" if a < b else "same"
    caption = SAY[f"picture.{kind}"][language].format(b=b, n=abs(a - b))
    alt = SAY["picture.alt"][language].format(a=a, b=b)
    return Picture(svg(figure), "", png(figure), alt, caption, 0.78)


def sure(detail: Logistic, effect: Effect, _: Plan, language: str) -> list[str]:
    """Whether a simpler model says the same; why there is none where something separates."""
    told = detail.reason[language] if detail.reason else line_sentence(detail, effect, language)
    return [told] if told else []


def appendix(detail: Logistic, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """Shares, odds ratio and Cox index, and the linear model beside them."""
    people = plan.study.people[language]
    said = [shares_sentence(detail, language), difference_sentence(effect, language)]
    known = shares_told(detail) is not None
    if known and detail.odds_ratio is not None and detail.odds_low is not None:
        said.append(
            SAY["odds"][language].format(
                ratio=decimal(detail.odds_ratio, 2, language),
                interval=interval(detail.odds_low, detail.odds_high, 2, language),
            )
        )
    if detail.reason is None:
        said += [line_sentence(detail, effect, language)]
        said += [SAY["standardised"][language].format(people=people)]
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


def _rows(
    detail: Logistic, effect: Effect, plan: Plan, language: str
) -> tuple[tuple[str, ...], ...]:
    share, line = SAY["table.share"][language], detail.linear
    arms = [share.format(arm=plan.arm(a).label[language]) for a in (detail.arm, detail.comparison)]
    # as many decimals as the shares have, and more only where the limits tell them
    digits = 2
    if effect.low is not None and effect.high is not None:
        digits = max(digits, digits_for(effect.high - effect.low))
    numbers = [
        Number(SAY["table.difference"][language], effect.estimate, effect.low, effect.high, digits),
        Number(SAY["table.odds"][language], detail.odds_ratio, detail.odds_low, detail.odds_high, 2,
               telling=True),
        Number(SAY["table.cox"][language], detail.cox, detail.cox_low, detail.cox_high, 2,
               telling=True),
        Number(SAY["table.linear"][language], *limits_of(line), digits),
    ]  # fmt: skip
    return rows_of(arms, shares_told(detail), numbers, language, known=detail.reason is None)
