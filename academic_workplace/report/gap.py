"""Whether a gap is smaller where the programme is, and whether groups differ in anything at all."""

from __future__ import annotations

from academic_workplace.effects.gap import Change, Gap, Together
from academic_workplace.errors import dutch
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.plan import Method
from academic_workplace.report.document import Block, Heading, Paragraph
from academic_workplace.report.findings import unit_after
from academic_workplace.report.numerals import count, decimal, digits_for, p_said
from academic_workplace.report.subgroups import level_label
from academic_workplace.report.words import phrases

SAY = phrases("gap")
VERDICTS = {
    Change.SMALLER: SAY["verdict.smaller"],
    Change.LARGER: SAY["verdict.larger"],
    Change.TURNED: SAY["verdict.turned"],
    Change.UNCLEAR: SAY["verdict.unclear"],
}


def gap_sentence(gap: Gap, language: str) -> str:
    """The gap in the comparison and in the arm, and whether they differ clearly."""
    dutch(language)  # refuses any third language
    item, plan = gap.of, gap.of.plan
    people, units = plan.study.people[language], plan.study.cluster_label[language]
    if gap.withheld:
        return SAY["withheld"][language].format(people=people, units=units)
    if gap.comparison is None or gap.arm is None or gap.change is None:
        why = gap.reason[language] if gap.reason is not None else ""
        return SAY["none"][language].format(reason=why).strip()
    named = {"before": gap.comparison, "after": gap.arm, "change": gap.change}
    wide = [i.high - i.low for i in named.values() if i.high is not None and i.low is not None]
    if len(wide) < len(named):
        return SAY["no_answer"][language]
    digits = min(map(digits_for, wide))
    numbers = {}
    for name, i in named.items():
        numbers[name] = decimal(i.estimate, digits, language)
        numbers[f"{name}_low"], numbers[f"{name}_high"] = (
            decimal(x, digits, language) for x in (i.low, i.high)
        )
    unit = plan.measure(item.overall.outcome).unit[language]
    first, second = (level_label(item, level, language) for level in item.levels)
    arm, other = (plan.arm(a).pupils[language] for a in (item.overall.arm, item.overall.comparison))
    told = {k: v for k, v in numbers.items() if not k.startswith("change")}
    parts = [
        SAY["gap"][language].format(
            first=first, second=second, arm=arm, other=other, unit=unit, **told
        ),
        VERDICTS[gap.verdict][language].format(arm=arm),
        SAY["by"][language].format(
            change=numbers["change"], change_low=numbers["change_low"],
            change_high=numbers["change_high"], unit=unit_after(unit, numbers["change"], language),
        ),
    ]  # fmt: skip
    if plan.method is not Method.DIFFERENCE and (plan.covariates or plan.baseline is not None):
        parts.append(SAY["measured"][language])
    return " ".join(parts)


def together_sentence(test: Together, language: str) -> str:
    """Whether the effect differs in any of the groups; never that they are equal."""
    dutch(language)  # refuses any third language
    if test.p_value is None:
        return test.reason[language] if test.reason is not None else ""
    names = test.columns
    if test.plan is not None:
        names = tuple(test.plan.column_label(name)[language] for name in names)
    said = SAY["together.clear" if test.p_value <= 0.05 else "together.unclear"][language]
    numbers = SAY["together.test"][language].format(
        F=decimal(test.F, 2, language), df1=count(test.df1, language),
        df2=decimal(test.df2, 1, language), p=p_said(test.p_value, language),
    )  # fmt: skip
    return f"{said.format(columns=', '.join(names))} {numbers}"


def appendix(evidence: Evidence, language: str) -> list[Block]:
    """A paragraph for every gap between two planned groups whose effects may themselves leave."""
    keys = {
        (f.effect.outcome, f.effect.wave, f.effect.arm) for f in evidence.findings if not f.withheld
    }
    told = [gap for gap in evidence.gaps if gap.of.key in keys and not gap.withheld]
    if not told:
        return []
    said = [
        f"{gap.of.plan.column_label(gap.of.column)[language]}. {gap_sentence(gap, language)}"
        for gap in told
    ]
    return [Heading(SAY["title"][language], 2), *map(Paragraph, said)]
