"""What a difference in change adds to a report: both groups by wave, and the difference by wave."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from scipy import special

from academic_workplace.cohorts.contrasts import Estimate
from academic_workplace.disclosure import Reason
from academic_workplace.effects.growth import AFTER, BEFORE, METHOD, OTHERS, Growth
from academic_workplace.effects.result import Effect, Effects
from academic_workplace.effects.together import POOLED
from academic_workplace.effects.waves import METHOD as WAVES
from academic_workplace.errors import dutch
from academic_workplace.evidence.change import ArmMean, Change, means_of
from academic_workplace.evidence.description import spread_told, withheld_means
from academic_workplace.plan import Inference, Plan
from academic_workplace.report.change import moment
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.change import draw_change, plot_change
from academic_workplace.report.figures.over import Dots, Over, digits_of, picture
from academic_workplace.report.figures.style import Drawing, png
from academic_workplace.report.numerals import (
    NONE,
    decimal,
    digits_for,
    hidden,
    interval,
    p_value,
    pupils_of,
    significant,
)
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.multilevel.waves import Pace

SAY = phrases("growth")
FILLED = phrases("imputed")
UNCLEAR = 0.05  # a p-value below this: the groups did not move alike
TELLS = (Reason.FEW, Reason.UNITS, Reason.ALIKE)  # why a difference stays inside


# ---------------------------------------------------------------- the means of every wave


def change_of(details: Iterable[Growth], plan: Plan) -> Change | None:
    """The means of every arm at every wave; one detail an outcome. None without any."""
    found: list[ArmMean] = []
    for detail in details:
        start = _start(detail)
        for wave, m in detail.parts.items():
            name = "" if wave == start else wave
            found += means_of(replace(m, outcome=detail.outcome), plan, name, m.columns[-1])
    return Change(tuple(found), plan) if found else None


def changes(effects: Effects) -> Change | None:
    """The same for the main wave of every outcome of a study."""
    plan = effects.plan
    main = plan.waves_in_order[0]
    first: dict[str, Growth] = {}
    for effect in effects:
        detail = effects.detail(effect)
        detail = getattr(detail, "behind", detail)  # of values filled in
        if isinstance(detail, Growth) and effect.wave == main:
            first.setdefault(effect.outcome, detail)
    return change_of(first.values(), plan)


def _own(detail: Growth) -> Change:
    """The means of one detail by itself, for a plan of its outcome alone."""
    plan = detail.plan
    before = plan.baseline
    if plan.wave is None:
        before = plan.baselines[plan.outcomes.index(detail.outcome)]
    alone = replace(plan, outcome=(detail.outcome,), primary=(), baseline=before)
    found = change_of([detail], alone)
    return found if found is not None else Change((), alone)


def _start(detail: Growth) -> str:
    return BEFORE if detail.plan.wave is None else str(detail.plan.baseline)


def _inside(detail: Growth) -> set[str]:
    """The waves at which the difference stays inside: of too few pupils or clusters, or where few
    have something, then or at the baseline."""
    arms = (detail.arm, detail.comparison)
    seen = {(wave, arm) for wave, arm in ((w or _start(detail), a) for w, a in _measured(detail))}
    gone = {wave for wave in detail.parts for arm in arms if (wave, arm) not in seen}
    for (_, wave, arm), why in withheld_means(_own(detail)).items():
        if arm in arms and any(reason in TELLS for reason in why):
            gone.add(wave or _start(detail))
    return set(detail.parts) if _start(detail) in gone else gone


def _measured(detail: Growth) -> list[tuple[str, str]]:
    return [(m.wave, m.arm) for m in _own(detail)]


def told_rows(detail: Growth) -> pd.DataFrame:
    """The rows of a detail that may be told, without means."""
    names = ["wave", "when", "estimate", "se", "df", "low", "high", "p_value"]
    return detail.rows[~detail.rows.wave.isin(_inside(detail))][names]


# ---------------------------------------------------------------- sentences


def growth_sentence(detail: Growth, language: str) -> str:
    """How much more one group changed than the other, and what is known of before the start."""
    dutch(language)  # refuses any third language
    plan = detail.plan
    now = detail.wave or AFTER
    if now in _inside(detail):
        return SAY["hidden"][language].format(
            people=plan.study.people[language], clusters=plan.study.cluster_label[language]
        )
    row = detail.rows[detail.rows.wave == now].iloc[0]
    digits = _digits(row["low"], row["high"])
    span = ""
    if pd.notna(row["low"]):
        span = SAY["change.range"][language].format(
            low=decimal(row["low"], digits, language), high=decimal(row["high"], digits, language)
        )
    said = SAY["change.more" if row["estimate"] >= 0 else "change.less"][language].format(
        arm=_capital(plan.arm(detail.arm).pupils[language]),
        other=plan.arm(detail.comparison).pupils[language],
        size=decimal(abs(row["estimate"]), digits, language),
        unit=plan.measure(detail.outcome).unit[language],
        range=span,
    )
    return f"{said} {before_sentence(detail, language)}"


def before_sentence(detail: Growth, language: str) -> str:
    """Whether the groups moved alike before the baseline, as far as can be seen."""
    clusters = detail.plan.study.cluster_label[language]
    if not detail.plan.earlier:
        return SAY["before.one"][language]
    p = _p_before(detail)
    if p is None or _inside(detail) & set(detail.plan.earlier):
        return SAY["before.too_few"][language].format(clusters=clusters)
    return SAY["before.apart" if p < UNCLEAR else "before.alike"][language]


def _p_before(detail: Growth) -> float | None:
    found = detail.alike_before
    return None if found is None else float(special.fdtrc(found.df1, found.df2, found.F))


def lasts_sentence(detail: Growth, language: str) -> str:
    """Whether the difference grew or shrank after the first wave; '' with one wave after."""
    shift, ends = detail.lasts, _ends(detail)
    if shift is None or ends is None or shift.low is None or shift.high is None:
        return ""
    first, last = (_moment(detail, wave, language) for wave in ends)
    known = detail.rows.set_index("wave").estimate[ends[0]]
    clear = shift.low > 0 or shift.high < 0
    same_side = (shift.estimate > 0) == (known > 0)
    key = ("grows" if same_side else "fades") if clear else "unclear"
    return SAY[f"lasts.{key}"][language].format(first=first, last=last)


def _ends(detail: Growth) -> tuple[str, str] | None:
    """The first and the last wave after the baseline; None where either stays inside."""
    rows = detail.rows
    after = rows[(rows.when == "after") & rows.estimate.notna()].wave.tolist()
    if len(after) < 2 or {after[0], after[-1]} & _inside(detail):
        return None
    return after[0], after[-1]


def _moment(detail: Growth, wave: str, language: str) -> str:
    name = "" if wave == _start(detail) else wave
    return moment(detail.plan, detail.outcome, name, language)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _digits(low: float, high: float) -> int:
    return digits_for(high - low) if pd.notna(low) and pd.notna(high) and high > low else 2


# ---------------------------------------------------------------- pictures


def plot_growth(detail: Growth, language: str, ax: Axes | None) -> Axes:
    """The means of both arms by wave, on axes of the caller's or new ones."""
    dutch(language)  # refuses any third language
    return plot_change(_own(detail), language, ax)


def growth_drawing(detail: Growth, language: str) -> Drawing:
    """The same for a notebook."""
    from academic_workplace.report.change import alternative

    dutch(language)  # refuses any third language
    own = _own(detail)
    return Drawing(png(draw_change(own, language, narrow=False)), alternative(own, language))


def difference_over(detail: Growth, language: str) -> Over:
    """The difference at every wave; at the baseline it is 0."""
    gone, places = _inside(detail), list[str]()
    values: list[Estimate | None] = []
    for row in detail.rows.to_dict("records"):
        places.append(_moment(detail, str(row["wave"]), language))
        if row["wave"] in gone or (pd.isna(row["estimate"]) and row["when"] != "baseline"):
            values.append(None)
        elif row["when"] == "baseline":
            values.append(Estimate(0.0))
        else:
            limits = (None if pd.isna(row[k]) else float(row[k]) for k in ("low", "high"))
            low, high = limits
            values.append(Estimate(float(row["estimate"]), low=low, high=high))
    return Over(tuple(places), (Dots("", tuple(values)),), SAY["picture.heading"][language],
                SAY["picture.zero"][language])  # fmt: skip


def difference_picture(detail: Growth, language: str) -> Picture:
    """The difference by wave, for a report."""
    return picture(difference_over(detail, language), language)


# ---------------------------------------------------------------- for the report


def page(_: Growth, _effect: Effect, _plan: Plan, _language: str) -> list[Block]:
    """Nothing more: the means by wave stand on the page already (``build``)."""
    return []


def sure(detail: Growth, effect: Effect, plan: Plan, language: str) -> list[str]:
    """What is supposed, whether it looks so before the start, and whether the difference lasts."""
    del effect
    people = plan.study.people[language]
    out = supposed(plan, language)
    if detail.model is not None:
        said = SAY["every_score"][language]
        out.append(said.format(people=people))
    if not warning(detail, language):  # which was told already
        out.append(before_sentence(detail, language))
    out.append(lasts_sentence(detail, language))
    return [told for told in out if told]


def supposed(plan: Plan, language: str) -> list[str]:
    """What a difference in change rests on, whatever is known."""
    study = plan.study
    out = [SAY["assumes"][language].format(programme=study.programme[language])]
    if plan.repeated:
        out.append(SAY["other_pupils"][language].format(people=study.people[language]))
    return out


def warning(detail: object, language: str) -> list[str]:
    """That the groups already moved apart, which weighs more than the rest; [] where they did not."""
    if not isinstance(detail, Growth):
        return []
    told = before_sentence(detail, language)
    return [told] if told == SAY["before.apart"][language] else []


def who(details: Mapping[tuple[str, str, str], object], effect: Effect, language: str) -> list[str]:
    """How many clusters there are, and how many others were measured at every wave."""
    detail = details.get((effect.outcome, effect.wave, effect.arm))
    plan = effect.plan
    clusters = plan.study.cluster_label[language]
    there: list[str] = []
    first = SAY["who.clusters"][language].format(n=effect.clusters, clusters=clusters)
    if not isinstance(detail, Growth):
        return [first]
    for row in detail.rows.to_dict("records"):
        if row["wave"] not in (str(plan.baseline), effect.wave) or row["wave"] in _inside(detail):
            continue
        there.append(SAY["who.there"][language].format(
            people=plan.study.people[language],
            moment=_capital(_moment(detail, str(row["wave"]), language)),
            arm=pupils_of(int(row["pupils_arm"]), language),
            other=pupils_of(int(row["pupils_comparison"]), language),
            label=plan.arm(effect.arm).label[language],
            other_label=plan.arm(effect.comparison).label[language],
        ))  # fmt: skip
    return [first, *([" ".join(there)] if there else [])]


def in_change(effect: Effect) -> bool:
    """Whether an effect is a difference in change, and not in level."""
    return effect.method.startswith((METHOD, OTHERS, WAVES))


def appendix(detail: Growth, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """Every difference by wave, the test of before, and the variances of a model."""
    if effect.wave != plan.waves_in_order[0]:
        return []  # the main wave has the table of all
    label = plan.measure(effect.outcome).label[language]
    blocks: list[Block] = [
        Heading(SAY["title"][language].format(measure=label), 2),
        Paragraph(_method(detail, effect, plan, language)),
        _table(detail, plan, language),
    ]
    if len(detail.rows) > 2:
        blocks.append(difference_picture(detail, language))
    blocks += [Paragraph(text) for text in (_moved(detail, language), _shifted(detail, language))
               if text]  # fmt: skip
    if detail.model is not None and spread_told(effect):
        blocks.append(_variances(detail, plan, language))
    return blocks


def _method(detail: Growth, effect: Effect, plan: Plan, language: str) -> str:
    if POOLED in effect.method:
        return FILLED["own.gains"][language]
    if detail.model is not None:
        return SAY["method.waves"][language]
    return SAY["method.others" if plan.repeated else "method.followed"][language]


def _table(detail: Growth, plan: Plan, language: str) -> Table:
    gone = _inside(detail)
    header = tuple(
        SAY[f"table.{name}"][language] for name in ("moment", "difference", "interval", "together")
    )
    body: list[tuple[str, ...]] = []
    known = [v for v in difference_over(detail, language).lines[0].values if v is not None]
    digits = max((digits_of(v, 1.0) for v in known), default=2)  # as in the picture
    for row in detail.rows.to_dict("records"):
        name = _moment(detail, str(row["wave"]), language)
        if row["when"] == "baseline":
            body.append((name, SAY["table.baseline"][language], NONE, NONE, NONE))
            continue
        if row["wave"] in gone or pd.isna(row["estimate"]):
            body.append((name, *(hidden(language),) * 4))
            continue
        spans = (
            NONE if pd.isna(row[low]) else interval(row[low], row[high], digits, language)
            for low, high in (("low", "high"), ("band_low", "band_high"))
        )
        df = NONE if pd.isna(row["df"]) else decimal(row["df"], 1, language)
        body.append((name, decimal(row["estimate"], digits, language), *spans, df))
    arms = (plan.arm(a).label[language] for a in (detail.arm, detail.comparison))
    arm, other = arms
    note = SAY["table.note"][language].format(
        clusters=plan.study.cluster_label[language], how=Inference.CR2.value
    )
    return Table(
        SAY["table.caption"][language].format(arm=arm, other=other), (*header, "df"), tuple(body),
        (False, True, True, True, True), note,
    )  # fmt: skip


def _moved(detail: Growth, language: str) -> str:
    found, p = detail.alike_before, _p_before(detail)
    if found is None or p is None or _inside(detail) & set(detail.plan.earlier):
        return ""
    return SAY["table.moved"][language].format(
        F=decimal(found.F, 2, language), df1=found.df1, df2=decimal(found.df2, 1, language),
        p=p_value(p, language),
    )  # fmt: skip


def _shifted(detail: Growth, language: str) -> str:
    shift, ends = detail.lasts, _ends(detail)
    if shift is None or ends is None or shift.low is None or shift.high is None:
        return ""
    digits = _digits(shift.low, shift.high)
    first, last = (_moment(detail, wave, language) for wave in ends)
    return SAY["table.lasts"][language].format(
        first=first, last=last, value=decimal(shift.estimate, digits, language),
        range=interval(shift.low, shift.high, digits, language),
    )  # fmt: skip


def _variances(detail: Growth, plan: Plan, language: str) -> Table:
    m = detail.model
    if m is None:
        raise ValueError("there is no model")
    parts = [("clusters", m.tau2), ("pupils", m.omega2), ("scores", m.sigma2)]
    known = [(name, value) for name, value in parts if value is not None]
    total = sum(value for _, value in known)
    names = {
        "clusters": plan.study.cluster_label[language], "people": plan.study.people[language]
    }  # fmt: skip
    rows = tuple(
        (SAY[f"model.{name}"][language].format(**names), significant(value, language),
         decimal(value / total, 3, language))
        for name, value in known
    )  # fmt: skip
    header = tuple(SAY[f"model.{name}"][language] for name in ("part", "variance", "share"))
    note = SAY["model.note"][language].format(clusters=names["clusters"])
    if m.pace is not None:
        note = f"{note} {_pace(m.pace, language)}"
    return Table(SAY["model.caption"][language], header, rows, (False, True, True), note)


def _pace(pace: Pace, language: str) -> str:
    """How pupils differ in how fast they change, and whether that goes with their level."""
    spread = significant(math.sqrt(pace.variance), language)
    said = SAY["model.pace"][language].format(spread=spread)
    if pace.correlation is None:
        return said
    together = decimal(pace.correlation, 2, language)
    return f"{said} {SAY['model.pace_level'][language].format(correlation=together)}"
