"""What was known and what was measured, together: said, put in a table and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academic_workplace.errors import Fault, PlanError, dutch
from academic_workplace.evidence.description import spread_told, why_effect
from academic_workplace.evidence.posterior import EffectPosterior
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.posterior import Posterior
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.posterior import posterior_on, posterior_picture
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.findings import shown
from academic_workplace.report.numerals import NONE, decimal, interval, of_hundred
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAY = phrases("posterior")
NONE_RULE = phrases("missing")["none.rule"]
FEW, MANY = 0.05, 0.95  # chances beyond these are told by which side they lie on
NORMAL = 1.959963984540054


def chance_words(p: float, language: str) -> str:
    """‘ongeveer 8 op de 10’; a chance near 0 or 1 by which side of 1 or 19 in 20 it lies on."""
    if p < FEW:
        return SAY["chance.small"][language]
    if p > MANY:
        return SAY["chance.large"][language]
    n = min(max(int(10 * p + 0.5), 1), 9)
    return SAY["chance.about"][language].format(n=n)


def posterior_sentences(found: EffectPosterior, language: str) -> str:
    """The chance of a favourable difference and of one that matters, and what that rests on."""
    dutch(language)  # refuses any third language
    study = found.effect.plan.study
    if not _told(found):
        return SAY["withheld"][language].format(
            people=study.people[language], clusters=study.cluster_label[language]
        )
    return " ".join([*_chances(found, language), *_how(found, language)])


def _chances(found: EffectPosterior, language: str) -> list[str]:
    """Of data and prior together, of the data alone, and where the prior is from.

    Where the two contradict each other that is said first, and the data alone before both.
    """
    alone = _two_chances(found.data, found, language)
    if found.prior is None or found.together is None:
        return [_say(SAY["data"], language, **alone)]
    both = _two_chances(found.together, found, language)
    share = found.shrinkage
    inside = share is not None and 0 <= share <= 1
    told = {
        "source": found.prior.source.strip().rstrip("."),
        "share": str(of_hundred(share if share is not None and inside else 0.0)),
        "clusters": found.effect.plan.study.cluster_label[language],
    }
    if found.apart:
        shares = [_say(SAY["apart.share"], language, share=told["share"])] if inside else []
        return [
            _say(SAY["apart.first"], language),
            _say(SAY["data"], language, **alone),
            _say(SAY["apart.known"], language, source=told["source"]),
            *shares,
            _say(SAY["apart.together"], language, **both),
        ]
    return [
        _say(SAY["together"], language, **both),
        _say(SAY["same"], language) if alone == both else _say(SAY["data"], language, **alone),
        _say(SAY["known" if inside else "known_agrees"], language, **told),
    ]


def _two_chances(part: Posterior, found: EffectPosterior, language: str) -> dict[str, str]:
    chances = {"chance": part.above[0.0], "matters": part.above[found.smallest]}
    return {name: chance_words(p, language) for name, p in chances.items()}


def _how(found: EffectPosterior, language: str) -> list[str]:
    """By which model, where that is not the one of the effect, and from which tables."""
    clusters, said = found.effect.plan.study.cluster_label[language], []
    if not found.same_model:
        beside = SAY["beside_classes" if found.classes else "beside"]
        said.append(_say(beside, language, clusters=clusters))
    if found.effect.plan.classes is not None and not found.classes:
        said.append(_say(SAY["classes_not_told"], language, clusters=clusters))
    if found.tables > 1:
        said.append(_say(SAY["tables"], language, tables=str(found.tables)))
    return said


def _say(words: Text, language: str, **gaps: str) -> str:
    return words[language].format(**gaps)


def _told(found: EffectPosterior) -> bool:
    return not why_effect(found.effect) and spread_told(found.effect)


# ---------------------------------------------------------------- for the report


def appendix(evidence: Evidence, language: str) -> list[Block]:
    """Sentences, a picture and a table of every effect that the plan has a prior of."""
    found = [item for every in evidence.posterior for item in every]
    reasons = [reason for every in evidence.posterior for _, reason in every.not_done]
    if not found and not reasons:
        return []
    blocks: list[Block] = [Heading(SAY["title"][language], 3)]
    blocks += [Paragraph(reason[language]) for reason in dict.fromkeys(reasons)]
    for item in found:
        finding = next(f for f in evidence.findings if f.effect is item.effect)
        if not shown(finding) or not _told(item):
            study = evidence.plan.study
            blocks.append(
                Paragraph(
                    SAY["withheld"][language].format(
                        people=study.people[language], clusters=study.cluster_label[language]
                    )
                )
            )
            continue
        blocks += [
            Paragraph(posterior_sentences(item, language)),
            posterior_block(item, language),
            posterior_table(item, language),
        ]
    return blocks


def _measure(found: EffectPosterior, language: str) -> str:
    effect, plan = found.effect, found.effect.plan
    several = plan.arm(effect.arm).label[language] if len(plan.study.arms) > 2 else ""
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    label = plan.measure(effect.outcome).label[language]
    return ", ".join(part for part in (label, wave, several) if part)


def _percent(p: float) -> str:
    """A chance is never told as certain."""
    n = of_hundred(p)
    return "< 1%" if n < 1 else "> 99%" if n > 99 else f"{n}%"


def posterior_table(found: EffectPosterior, language: str) -> Table:
    """What was known, what was measured and both."""
    rows: list[tuple[str, ...]] = []
    if found.prior is not None:
        mean, reach = found.prior.mean, NORMAL * found.prior.sd
        rows.append((
            SAY["table.prior"][language], decimal(mean, 2, language),
            interval(mean - reach, mean + reach, 2, language), NONE, NONE, NONE,
        ))  # fmt: skip
    for key, part in (("data", found.data), ("together", found.together)):
        if part is None:
            continue
        k, above, m = part.known, part.above, found.smallest
        chances = (above[0.0], above[m], above[-m] - above[m])
        rows.append((
            SAY[f"table.{key}"][language], decimal(k.mean, 2, language),
            interval(k.low, k.high, 2, language),
            *(_percent(p) for p in chances),
        ))  # fmt: skip
    names = ("of", "mean", "interval", "better", "matters", "negligible")
    plan = found.effect.plan
    note = SAY["table.note_classes" if found.classes else "table.note"][language].format(
        smallest=decimal(found.smallest, 2, language), clusters=plan.study.cluster_label[language]
    )
    caption = SAY["table.caption"][language].format(measure=_measure(found, language))
    header = tuple(SAY[f"table.{name}"][language] for name in names)
    return Table(caption, header, tuple(rows), (False, *(True,) * 5), note)


# ---------------------------------------------------------------- the picture


def posterior_block(found: EffectPosterior, language: str) -> Picture:
    """The picture for a report."""
    _drawable(found)
    return in_both_widths(
        lambda narrow: posterior_picture(found, language, narrow=narrow),
        posterior_alternative(found, language),
        SAY["picture.caption"][language].format(measure=_measure(found, language)),
    )


def posterior_drawing(found: EffectPosterior, language: str) -> Drawing:
    """The picture for a notebook. Raises PlanError where it may not be shown."""
    _drawable(found)
    return Drawing(png(posterior_picture(found, language)), posterior_alternative(found, language))


def plot_posterior(found: EffectPosterior, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's. Raises PlanError where it may not be shown."""
    _drawable(found)
    return posterior_on(ax, found, language)


def posterior_alternative(found: EffectPosterior, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    told = found.told.known
    ends = {"low": decimal(told.low, 2, language), "high": decimal(told.high, 2, language)}
    data = decimal(found.data.known.mean, 2, language)
    if found.prior is None:
        return SAY["picture.alt_data"][language].format(data=data, **ends)
    return SAY["picture.alt"][language].format(
        prior=decimal(found.prior.mean, 2, language), data=data,
        together=decimal(told.mean, 2, language), **ends,
    )  # fmt: skip


def _drawable(found: EffectPosterior) -> None:
    if _told(found):
        return
    study = found.effect.plan.study
    nl, en = (
        SAY["withheld"][to].format(people=study.people[to], clusters=study.cluster_label[to])
        for to in LANGUAGES
    )
    raise PlanError([Fault(NONE_RULE, Text(nl, en))])
