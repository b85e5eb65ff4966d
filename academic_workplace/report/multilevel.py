"""What a multilevel model adds to a report: how alike pupils of a school are, how it weighs."""

from __future__ import annotations

from academic_workplace.disclosure import may_leave
from academic_workplace.effects.multilevel import Multilevel
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.plan import Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Table
from academic_workplace.report.numerals import decimal, interval, of_hundred, significant

CLUSTERS = Text("scholen (clusters)", "schools (clusters)")
WEIGHS = Text(
    "Het multilevelmodel laat kleine scholen iets zwaarder tellen dan hun aantal leerlingen, en"
    " grote scholen iets lichter. Het neemt aan dat scholen in alle groepen evenveel van elkaar"
    " verschillen, en leerlingen binnen scholen ook.",
    "The multilevel model lets small schools count for a little more than their number of pupils,"
    " and large schools for a little less. It supposes that schools differ from each other as much"
    " in every group, and pupils within schools as well.",
)


def alike_sentence(detail: Multilevel, language: str, clusters: Text = CLUSTERS) -> str:
    """Which part of the differences in scores lies between clusters."""
    name, most = clusters[language], of_hundred(detail.high)
    if detail.boundary:
        return (
            f"Tussen {name} zien we geen verschillen die groter zijn dan toeval. Ze kunnen nog wel"
            f" tot {most} % van de overgebleven verschillen in scores zijn."
            if dutch(language)
            else f"Between {name} we see no differences beyond chance. They may still be up to"
            f" {most}% of the differences in scores that are left."
        )
    share, least = of_hundred(detail.icc), of_hundred(detail.low)
    return (
        f"Ongeveer {share} % van de verschillen in scores die overblijven, zit tussen {name}, de"
        f" rest erbinnen (95 %-interval: {least} % tot {most} %)."
        if dutch(language)
        else f"About {share}% of the differences in scores that are left lies between {name}, the"
        f" rest within them (95% interval: {least}% to {most}%)."
    )


def page(_: Multilevel, _effect: Effect, _plan: Plan, _language: str) -> list[Block]:
    """Nothing more: the key picture says it."""
    return []


def sure(detail: Multilevel, effect: Effect, plan: Plan, language: str) -> list[str]:
    """That clusters differ without the programme as well, and how much."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    return [alike_sentence(detail, language, plan.study.cluster_label)]


def appendix(detail: Multilevel, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The variances, and how the model weighs. No school is named."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    nl, label = dutch(language), plan.study.cluster_label[language]
    total = detail.tau2 + detail.sigma2
    header = ("", "Variantie" if nl else "Variance", "Aandeel" if nl else "Share",
              "95%-interval" if nl else "95% interval")  # fmt: skip
    rows = (
        (
            f"Tussen {label}" if nl else f"Between {label}",
            significant(detail.tau2, language),
            decimal(detail.icc, 3, language),
            interval(detail.low, detail.high, 3, language),
        ),
        (
            f"Binnen {label}" if nl else f"Within {label}",
            significant(detail.sigma2, language),
            decimal(detail.sigma2 / total, 3, language),
            interval(1 - detail.high, 1 - detail.low, 3, language),
        ),
    )
    measure = plan.measure(effect.outcome).label[language]
    caption = (
        f"Verschillen tussen en binnen {label}: {measure}"
        if nl
        else f"Differences between and within {label}: {measure}"
    )
    note = (
        "Gegeven wat er in het model zit. Schatting: REML; interval: exact, omgekeerde F-toets."
        if nl
        else "Given what is in the model. Estimate: REML; interval: exact, F-test inverted."
    )
    alike = alike_sentence(detail, language, plan.study.cluster_label)
    table = Table(caption, header, rows, (False, True, True, True), note)
    return [
        Heading("Multilevelmodel" if nl else "Multilevel model", 2),
        Paragraph(f"{alike} {WEIGHS[language]}"),
        table,
    ]
