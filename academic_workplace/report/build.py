"""From evidence to a report: one or two pages for the meeting, and an appendix to check it."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from academic_workplace.disclosure import Reason, fewest, may_leave, profile, shown_count
from academic_workplace.effects.imputed import Imputed
from academic_workplace.effects.result import CAUTIONS, Effect
from academic_workplace.errors import PlanError, dutch
from academic_workplace.evidence.balance import START, Characteristic
from academic_workplace.evidence.change import Change, change
from academic_workplace.evidence.description import spread_told, withheld_means
from academic_workplace.evidence.equivalence import equivalences
from academic_workplace.evidence.influence import leave_one_out
from academic_workplace.evidence.sensitivity import Sensitivity
from academic_workplace.evidence.weighing import Evidence, Finding, Verdict
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.plan import (
    COMPARING,
    NEEDS_PUPILS,
    OVER_WAVES,
    Inference,
    Method,
    Missing,
    Plan,
)
from academic_workplace.report import (
    complier,
    findings,
    gap,
    growth,
    imputed,
    missing,
    posterior,
    quantiles,
    sensitivity,
    subgroups,
    withheld,
)
from academic_workplace.report.change import change_picture, change_sentences, change_table
from academic_workplace.report.comparing import WAYS, comparison_sentence
from academic_workplace.report.details import (
    appendix_blocks,
    large_blocks,
    page_blocks,
    pupils_told,
    sure_sentences,
)
from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    KeyMessage,
    Labels,
    Notice,
    Paragraph,
    Picture,
    Report,
    Table,
    Terms,
)
from academic_workplace.report.figures.effects import effects_picture
from academic_workplace.report.figures.hundred import hundred_picture
from academic_workplace.report.figures.style import Drawing, in_both_widths, png, svg
from academic_workplace.report.findings import in_time, shown
from academic_workplace.report.glossary import glossary
from academic_workplace.report.house import LEIDEN, house
from academic_workplace.report.naming import only_of
from academic_workplace.report.numerals import (
    NONE,
    day,
    decimal,
    digits_for,
    hidden,
    interval,
    p_value,
    pupils_of,
    pupils_share,
    share_told,
    significant,
)
from academic_workplace.report.robustness import (
    attrition_sentence,
    equivalence_sentence,
    influence_sentence,
)
from academic_workplace.report.robustness import (
    told as told_without,
)
from academic_workplace.report.technique import method_texts, size_by_norm
from academic_workplace.report.words import phrases

SAY = phrases("page")
FOUND = phrases("findings")
BRAND, BRAND_EN = LEIDEN.name.nl, LEIDEN.name.en
LABELS = {
    language: Labels(
        SAY["page_of"][language],
        SAY["show_appendix"][language],
        SAY["table"][language],
        SAY["figure"][language],
    )
    for language in LANGUAGES
}

SURE, NOT_SAID = 4, 3  # sentences on the first sheet, where another one follows: at most so many
A_PART = 450  # and together no more letters than these
ONE_SHEET = 1200  # letters of sentences that one sheet holds beside its pictures
A_LINE = 100  # letters that a line of the picture takes the room of
FIRST_YEAR, LAST_YEAR, CENTURY = 1000, 2100, 100  # means and spread that look like years
MOST_CLUSTERS = 100  # above this nobody asks what one school does, and it takes longer
TOO_SLOW = (Inference.BOOTSTRAP, Inference.RANDOMISATION)  # to do again without each cluster


def build(evidence: Evidence, language: str, date: datetime.date, code: str) -> Report:
    """The report as a value. code: short fingerprints for the footer."""
    dutch(language)  # refuses any third language
    plan, study = evidence.plan, evidence.plan.study
    message = findings.key_message(evidence, language)
    title = study.question[language] or study.title[language]
    fallback = " / ".join(plan.measure(o).label[language] for o in plan.outcomes)
    parts = [study.audience[language], day(date, language)]
    said, page = _parted(evidence, language)
    return Report(
        language="nl" if language == "nl" else "en",
        brand=house().name[language],
        mark=SAY["example"][language] if study.synthetic else "",
        title=title or fallback,
        subtitle=" · ".join(part for part in parts if part),
        date=date,
        description=message,
        summary=tuple(_summary(evidence, language, message, said)),
        page_title=SAY["more"][language] if page else "",
        page=tuple(page),
        appendix_title=SAY["appendix"][language],
        appendix=tuple(
            _appendix(evidence, language, told=len(evidence.findings) > 1 and bool(page))
        ),
        footer=footer(language, code, study.people),
        labels=LABELS[language],
    )


def footer(language: str, code: str, people: Text) -> str:
    """What stands below every page. people: who is counted."""
    return SAY["footer"][language].format(minimum=fewest(), code=code, people=people[language])


# ---------------------------------------------------------------- the page


@dataclass(frozen=True, slots=True)
class _Said:
    """What the first sheet says in sentences, beside the answer and its picture."""

    others: str
    who: tuple[str, ...]
    sure: tuple[str, ...]
    not_said: tuple[str, ...]

    @property
    def letters(self) -> int:
        """How much that is to read."""
        return sum(map(len, (self.others, *self.who, *self.sure, *self.not_said)))


def _summary(evidence: Evidence, language: str, message: str, said: _Said) -> list[Block]:
    """What a workgroup has before it: question, answer, picture, who, how sure, what now."""
    finding = findings.primary(evidence)
    blocks: list[Block] = [Notice(message)]
    if _answered(finding):
        small = findings.number_sentence(finding, evidence.plan, language)
        blocks = [KeyMessage(message, small)]
    if any(_answered(f) for f in evidence.findings):
        blocks.append(effects_block(evidence, language))
        blocks += [Paragraph(said.others)] if said.others else []
    left = _how_large(evidence, finding, language)
    if said.who:
        left += [Heading(SAY["who"][language], 2), *map(Paragraph, said.who)]
    right: list[Block] = []
    if said.sure:
        right += [Heading(SAY["how_sure"][language], 2), Items(said.sure)]
    right += [Heading(SAY["says_not"][language], 2), Items(said.not_said)]
    blocks += [Columns(tuple(left), tuple(right))] if left else right
    blocks.append(Heading(SAY["discuss"][language], 2))
    blocks.append(Items(findings.discussion(evidence, language), ordered=True))
    return blocks


def _parted(evidence: Evidence, language: str) -> tuple[_Said, list[Block]]:
    """What is said on the first sheet, and what follows on others.

    A few sentences are not worth a sheet of their own. Where there is more, the first sheet keeps
    what weighs most: a meeting reads no more than three or four sentences of a kind.
    """
    finding = findings.primary(evidence)
    others = findings.other_results(evidence, language)
    who = tuple(findings.who_took_part(evidence, language))
    sure, not_said = findings.how_sure(evidence, language), findings.says_not(evidence, language)
    pictures: list[Block] = []
    for_whom: list[str] = []
    if _answered(finding):
        pictures = [*_moved(evidence, language), *page_blocks(evidence, finding.effect, language)]
        first_of = finding.effect.outcome, finding.effect.wave, finding.effect.arm
        pictures += complier.blocks(evidence, first_of, language)
        for_whom = subgroups.sentences(evidence, language)
        sure += sure_sentences(evidence, finding.effect, language)
        sure += sensitivity.sure(_hidden_in(evidence, finding), language)
    all_others = " ".join(part for part in (others, *for_whom) if part)
    everything = _Said(all_others, who, tuple(sure), tuple(not_said))
    if not pictures and everything.letters + A_LINE * len(evidence.findings) <= ONE_SHEET:
        return everything, []
    against = findings.less_favourable(evidence)  # that is told at once, and never only behind
    now, first_not = _at_once(sure, SURE), _at_once(not_said, NOT_SAID)
    first = _Said(others if against else "", who[:2], now, first_not)
    page: list[Block] = []
    if others and not against:
        page += [Paragraph(others)]
    if len(evidence.findings) > 1:
        page += [effects_table(evidence, language)]
    page = [Heading(SAY["all_results"][language], 2), *page] if page else []
    page += pictures
    if for_whom:
        page += [Heading(subgroups.title(evidence, language), 2), *map(Paragraph, for_whom)]
    for key, more in (
        ("missing", who[2:]), ("more_sure", sure[len(now) :]), ("more_not_said", not_said[len(first_not) :]),
    ):  # fmt: skip
        if more:
            told = Items(tuple(more)) if len(more) > 1 else Paragraph(more[0])
            page += [Heading(SAY[f"further.{key}"][language], 2), told]
    return first, page


def _at_once(sentences: Sequence[str], most: int) -> tuple[str, ...]:
    """The first sentences: so many as are read at a glance, and one at least."""
    so_far = itertools.accumulate(map(len, sentences[:most]))
    return tuple(sentences[: max(1, sum(letters <= A_PART for letters in so_far))])


def _moved(evidence: Evidence, language: str) -> list[Block]:
    """How the groups changed, where that was measured."""
    moved = _changed(evidence)
    picture = None if moved is None else change_picture(moved, language)
    if moved is None or picture is None:
        return []
    said = change_sentences(moved, language)
    if any(isinstance(d, Imputed) for d in evidence.effects.details.values()):
        said = f"{said} {imputed.of_the_measured(evidence.plan, language)}"
    return [Heading(SAY["changed"][language], 2), picture, Paragraph(said)]


def _changed(evidence: Evidence) -> Change | None:
    """How every arm moved; None where nothing was measured before or plain means would mislead."""
    if evidence.effects.method in OVER_WAVES:  # which know of waves before the baseline as well
        return growth.changes(evidence.effects)
    try:
        return change(evidence.effects.moments, evidence.plan)
    except PlanError:
        return None


def _answered(finding: Finding) -> bool:
    return shown(finding) and finding.low is not None


def effects_block(evidence: Evidence, language: str) -> Picture:
    """The one picture: every effect with its interval against the smallest that matters."""
    caption = FOUND["picture.caption"][language].format(
        difference=findings.difference(evidence.plan, language),
        smallest=decimal(evidence.plan.smallest_effect, 2, language),
    )
    return in_both_widths(
        lambda narrow: effects_picture(evidence, language, narrow=narrow),
        findings.alternative(evidence, language),
        caption,
    )


def drawing(evidence: Evidence, language: str) -> Drawing:
    """The same picture for a notebook."""
    picture = png(effects_picture(evidence, language))
    return Drawing(picture, findings.alternative(evidence, language))


def _how_large(evidence: Evidence, finding: Finding, language: str) -> list[Block]:
    """What the number means in pupils; nothing where it means none."""
    numbers = findings.hundred(finding)
    unclear = finding.verdict is Verdict.UNCLEAR
    if numbers is None:
        own = []
        if _answered(finding):
            own = large_blocks(evidence, finding.effect, language, clear=not unclear)
        title = SAY["how_large.unclear" if unclear else "how_large.clear"][language]
        return [Heading(title, 2), *own] if own else []
    text = Paragraph(findings.hundred_sentence(finding, evidence.plan, language))
    if unclear:  # a picture of one number would say too much
        return [Heading(SAY["how_large.unclear"][language], 2), text]
    heading = Heading(SAY["how_large.clear"][language], 2)
    by_norm = size_by_norm(finding, language)
    return [
        heading,
        _hundred(numbers[0], language),
        text,
        *([Paragraph(by_norm)] if by_norm else []),
    ]


def _hundred(n: int, language: str) -> Picture:
    """A hundred marks, of which so many stand for a pupil who does better than average."""
    figure, more = hundred_picture(n), n - 50
    said = "more" if more > 0 else "fewer" if more else "same"
    caption = FOUND[f"hundred_picture.{said}"][language].format(n=abs(more))
    alt = FOUND["hundred_picture.alt"][language].format(n=n)
    return Picture(svg(figure), "", png(figure), alt, caption, 0.78)


# ---------------------------------------------------------------- the appendix


def _appendix(evidence: Evidence, language: str, *, told: bool) -> list[Block]:
    """Everything to check the answer with. told: whether the table of results stands before it."""
    first = findings.primary(evidence).effect
    blocks: list[Block] = [
        Heading(SAY["all_results"][language], 2),
        *([] if told else [effects_table(evidence, language)]),
        checking_table(evidence, language),
        *_ways(evidence, language),
        *(
            block
            for f in evidence.findings
            for block in appendix_blocks(evidence, f.effect, language)
        ),
        *_would_it_stand(evidence, language),
        *sensitivity.appendix(_told_sensitivity(evidence), language),
        *posterior.appendix(evidence, language),
        *quantiles.appendix(evidence, language),
        *complier.tables(evidence, language),
        *subgroups.appendix(evidence, language),
        *gap.appendix(evidence, language),
        Heading(SAY["measured"][language], 2),
        description_table(evidence, language),
    ]
    moved = _changed(evidence)
    if moved is not None:
        blocks.append(change_table(moved, language))
    if evidence.losses:
        blocks.append(loss_table(evidence, language))
        judged = findings.attrition_told(evidence, first)
        if judged and shown(findings.primary(evidence)):
            few = findings.hidden_losses(evidence) & {first.arm, first.comparison}
            said = attrition_sentence(judged[0], language, other=judged[1:], hide=bool(few))
            blocks.append(Paragraph(said))
    blocks += missing.appendix(evidence, language)
    if evidence.balance:
        blocks.append(balance_table(evidence, language))
        if alike := findings.told_balance(evidence):
            blocks.append(Paragraph(alike.explain(language)))
    blocks.append(Heading(SAY["method"][language], 2))
    blocks += [Paragraph(text) for text in method_texts(evidence, language)]
    source = evidence.plan.study.source[language]
    if source:
        blocks += [Heading(SAY["data"][language], 2), Paragraph(source)]
    blocks.append(Heading(SAY["checking"][language], 2))
    blocks.append(Paragraph(SAY["checking_how"][language]))
    blocks += [
        Heading(SAY["words"][language], 2),
        Terms(glossary(language, evidence.plan.study.people)),
    ]
    return blocks


def _ways(evidence: Evidence, language: str) -> list[Block]:
    """The primary effect by other ways of inference."""
    finding = findings.primary(evidence)
    if not shown(finding) or finding.effect.estimate is None or len(evidence.comparison.ways) < 2:
        return []
    key = (finding.effect.outcome, finding.effect.wave, finding.effect.arm)
    found = next(
        f
        for f in evidence.comparison.each()
        if any((e.outcome, e.wave, e.arm) == key for e in f.values())
    )
    names = ("way", "difference", "se", "df", "interval", "p")
    header = tuple(SAY[f"column.{name}"][language] for name in names)
    rows = []
    for way, e in found.items():
        digits = 2
        if e.low is not None and e.high is not None:
            digits = max(2, digits_for(e.high - e.low))
        name = WAYS[way][language]
        unsure = e.low is None or e.high is None  # without uncertainty a difference misleads
        rows.append((
            f"{name[:1].upper()}{name[1:]}",
            NONE if unsure else decimal(e.estimate, digits, language),
            decimal(e.se, digits, language), decimal(e.df, 1, language), interval(e.low, e.high, digits, language),
            p_value(e.p_value, language),
        ))  # fmt: skip
    caption = SAY["ways.caption"][language]
    note = comparison_sentence(evidence.comparison, language, key)
    numeric = (False, True, True, True, True, True)
    return [Table(caption, header, tuple(rows), numeric, note)]


def _hidden_in(evidence: Evidence, finding: Finding) -> tuple[Sensitivity, ...]:
    """What can be said of something hidden behind one finding."""
    return tuple(s for s in evidence.sensitivity if s.effect is finding.effect)


def _told_sensitivity(evidence: Evidence) -> tuple[Sensitivity, ...]:
    """The same of every finding that may be shown."""
    return tuple(s for f in evidence.findings if shown(f) for s in _hidden_in(evidence, f))


def _would_it_stand(evidence: Evidence, language: str) -> list[Block]:
    """The main result without each cluster, and against the smallest effect that matters."""
    finding = findings.primary(evidence)
    effect, effects = finding.effect, replace(evidence.effects, items=(finding.effect,))
    if not shown(finding) or finding.low is None:
        return []
    blocks: list[Block] = []
    few = findings.groups_analysed(evidence, effect) <= MOST_CLUSTERS
    told_by_moments = effects.method not in NEEDS_PUPILS and effects.inference not in TOO_SLOW
    told_by_moments &= effects.plan.missing is not Missing.IMPUTED
    if few and told_by_moments:
        (without,) = leave_one_out(effects)
        if told_without(without):
            text = influence_sentence(without, language)
            blocks.append(Paragraph(_per_step(evidence.plan, text, language)))
    if finding.verdict in (Verdict.UNCLEAR, Verdict.NEGLIGIBLE) and effect.df is not None:
        (found,) = equivalences(effects)
        lead = SAY["one_sided"][language]
        text = _after_colon(lead, equivalence_sentence(found, language))
        blocks.append(Paragraph(_per_step(evidence.plan, text, language)))
    return blocks


def _per_step(plan: Plan, text: str, language: str) -> str:
    """A sentence about a difference: for a dose it starts with what the difference is for."""
    if not plan.dose:
        return text
    step = findings.per_step(plan, language)
    return _after_colon(f"{step[:1].upper()}{step[1:]}", text)


def _after_colon(lead: str, text: str) -> str:
    return f"{lead}: {text[:1].lower()}{text[1:]}"


def _names(evidence: Evidence, outcome: str, wave: str, language: str) -> tuple[str, str]:
    plan = evidence.plan
    return plan.measure(outcome).label[language], plan.wave_label(outcome, wave)[language] or NONE


def effects_table(evidence: Evidence, language: str) -> Table:
    """What a workgroup may ask of every effect: how large, between what, and what that says."""
    plan = evidence.plan
    named, names = _named(evidence, language)
    header = (
        *named,
        *_columns(("difference", "likely", "verdict"), language),
        _who(plan, language),
    )
    rows = []
    for finding, name in zip(in_time(evidence), names, strict=True):
        e = finding.effect
        if not shown(finding) or e.low is None or e.high is None:
            # without uncertainty a difference misleads
            rows.append((*name, *_no_numbers(finding, 4, language)))
            continue
        digits = max(2, digits_for(e.high - e.low))
        rows.append((
            *name, decimal(e.estimate, digits, language), interval(e.low, e.high, digits, language),
            SAY[f"verdict.{finding.verdict.name.lower()}"][language],
            _pupils(evidence, e, language),
        ))  # fmt: skip
    numeric = (*(False,) * len(named), True, True, False, True)
    note = " ".join(_effects_notes(evidence, language))
    return Table(_effects_caption(evidence, language), header, tuple(rows), numeric, note)


def checking_table(evidence: Evidence, language: str) -> Table:
    """What a lector asks of every effect: its uncertainty, its standardised size, how alike pupils are."""
    plan = evidence.plan
    units = plan.study.cluster_label[language]
    header = _columns(("outcome", "se", "df", "p", "g_and_interval", "icc"), language)
    rows, inside = [], False
    for finding, name in zip(in_time(evidence), _named(evidence, language)[1], strict=True):
        e, told = finding.effect, ", ".join(name)
        if not shown(finding) or e.low is None or e.high is None:
            rows.append((told, *_no_numbers(finding, 6, language)))
            continue
        digits = max(2, digits_for(e.high - e.low))
        g = NONE
        if e.g is not None:
            g = f"{decimal(e.g, 2, language)} ({interval(e.g_low, e.g_high, 2, language)})"
        hide = e.icc is not None and not spread_told(e)
        inside = inside or hide
        icc = decimal(e.icc, 2, language)
        icc = withheld.cell((Reason.FOLLOWS,), plan, language) if hide else icc
        rows.append((
            told, decimal(e.se, digits, language), decimal(e.df, 1, language),
            p_value(e.p_value, language), g, icc, _clusters(e),
        ))  # fmt: skip
    notes = [*_stands_alone(plan, language), *_adjusted(evidence, language)]
    if inside:
        said = SAY["checking_table.icc_inside"][language].format(units=units, n=profile().units + 1)
        notes.append(said)
    note = " ".join([SAY["checking_table.note"][language], *notes])
    caption = SAY["checking_table.caption"][language]
    columns = (*header, units.capitalize())
    return Table(caption, columns, tuple(rows), (False, *(True,) * 6), note)


def _no_numbers(finding: Finding, n: int, language: str) -> tuple[str, ...]:
    """The cells of a finding without numbers; of one that is withheld the first says why."""
    if shown(finding):
        return (NONE,) * n
    why = withheld.cell(finding.withheld, finding.effect.plan, language)
    return why, *(hidden(language),) * (n - 1)


def _columns(names: Iterable[str], language: str) -> tuple[str, ...]:
    return tuple(SAY[f"column.{name}"][language] for name in names)


def _who(plan: Plan, language: str) -> str:
    """The heading of a column that counts people."""
    people = plan.study.people[language]
    return people[:1].upper() + people[1:]


def _named(evidence: Evidence, language: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The columns that name an effect, and the names; the arm only where there are several."""
    plan, arm = evidence.plan, "compared" if evidence.plan.dose else "group"
    columns, names = _columns(("outcome", arm), language), list[tuple[str, ...]]()
    for effect in (finding.effect for finding in in_time(evidence)):
        told = _names(evidence, effect.outcome, effect.wave, language)
        what = ", ".join(part for part in told if part != NONE)
        names.append((what, plan.arm(effect.arm).label[language]))
    if len({name[1] for name in names}) > 1:
        return columns, names
    return columns[:1], [name[:1] for name in names]


def _effects_caption(evidence: Evidence, language: str) -> str:
    """What the differences are of; with the arm where there is one."""
    plan, effects = evidence.plan, [finding.effect for finding in evidence.findings]
    if plan.dose:
        step = findings.per_step(plan, language)
        return SAY["effects.caption_per_step"][language].format(step=step)
    if evidence.effects.method is Method.COMPLIER:
        return SAY["effects.caption_of_offer"][language]
    if len({e.arm for e in effects}) > 1:
        return SAY["effects.caption"][language]
    arm = plan.arm(effects[0].arm).label[language]
    return SAY["effects.caption_of_arm"][language].format(arm=arm)


def _effects_notes(evidence: Evidence, language: str) -> list[str]:
    """What the differences are with, and what stands in the place of a number."""
    plan, people = evidence.plan, evidence.plan.study.people[language]
    said = SAY["effects.note_of_dose"] if plan.dose else SAY["effects.note"]
    if evidence.effects.method is Method.COMPLIER:
        said = SAY["effects.note_of_offer"]
    comparison = plan.arm(evidence.findings[0].effect.comparison).label[language]
    notes = [
        said[language].format(
            comparison=comparison, difference=findings.difference(plan, language),
            minimum=fewest(), people=people,
        )
    ]  # fmt: skip
    if any(None in pupils_told(evidence, f.effect) for f in evidence.findings if shown(f)):
        matched = evidence.effects.method in COMPARING
        few = SAY["effects.few_left_out" if matched else "effects.few_missing"][language]
        notes.append(few.format(minimum=fewest(), people=people))
    lower = [
        plan.measure(o).label[language] for o in plan.outcomes if plan.measure(o).better == "lower"
    ]
    if lower:
        notes.append(SAY["effects.lower"][language].format(names=", ".join(lower)))
    why = {r for f in evidence.findings for r in withheld.first_of(f.withheld)} - {Reason.FEW}
    return [*notes, *withheld.notes(why, plan, language), *_reasons(evidence, language)]


def _reasons(evidence: Evidence, language: str) -> list[str]:
    """What estimators say of effects, with their names where it holds for only some of these."""
    told = [f.effect for f in evidence.findings if shown(f)]  # a caution may tell of scores
    known = [effect for effect in told if effect.estimate is not None]
    said = dict[str, list[Effect]]()
    for effect in known:
        for caution in effect.cautions:
            said.setdefault(CAUTIONS[caution][language], []).append(effect)
    out = {only_of(of, known, text, evidence, language) for text, of in said.items()}
    why = dict[str, list[Effect]]()
    inside = set[str]()  # a result that stays inside is not named
    for finding in evidence.findings:
        effect = finding.effect
        if effect.reason and findings.says_why(finding):
            why.setdefault(effect.reason[language], []).append(effect)
            inside |= set() if shown(finding) else {effect.reason[language]}
    for text, of in why.items():
        if text not in said:
            out.add(text if text in inside else only_of(of, told, text, evidence, language))
    return sorted(out)


def _pupils(evidence: Evidence, e: Effect, language: str) -> str:
    """The pupils of both arms, as far as they may be told; of a dose there is one group."""
    told = pupils_told(evidence, e)
    if e.plan.dose:
        return hidden(language) if None in told else pupils_of(e.pupils, language)
    return " / ".join(hidden(language) if n is None else pupils_of(n, language) for n in told)


def _clusters(e: Effect) -> str:
    """The clusters of both arms; of a dose there is one group; who stands alone is none."""
    if e.plan.dose:
        return str(e.clusters)
    both = ((e.arm, e.clusters_arm), (e.comparison, e.clusters_comparison))
    return " / ".join(NONE if arm in e.plan.alone else str(n) for arm, n in both)


def _stands_alone(plan: Plan, language: str) -> list[str]:
    """Why an arm has no count of clusters; nothing when all have."""
    if not plan.alone:
        return []
    arms = ", ".join(plan.arm(arm).label[language] for arm in plan.alone)
    units = plan.study.cluster_label[language]
    return [SAY["stands_alone"][language].format(units=units, arms=arms)]


def _weighted(plan: Plan, language: str) -> list[str]:
    """That means are weighted, where they are; nothing without weights."""
    if plan.weights is None:
        return []
    return [SAY["weighted"][language].format(name=plan.column_label(plan.weights)[language])]


def _adjusted(evidence: Evidence, language: str) -> list[str]:
    """The p-values of several primary outcomes, adjusted for each other."""
    among = zip(evidence.findings, withheld.adjusted_told(evidence), strict=True)
    told = [(f.effect, adjusted) for f, adjusted in among if adjusted is not None]
    if len(told) < 2:
        return []
    each = "; ".join(
        f"{', '.join(_names(evidence, e.outcome, e.wave, language))},"
        f" {evidence.plan.arm(e.arm).label[language]}: {p_value(p, language)}"
        for e, p in told
    )
    return [SAY["effects.adjusted"][language].format(n=len(told), each=each)]


def description_table(evidence: Evidence, language: str) -> Table:
    """The mean of every arm, without any comparison."""
    plan = evidence.plan
    header = (
        *_columns(("outcome", "moment", "group", "mean"), language),
        _who(plan, language),
        plan.study.cluster_label[language].capitalize(),
    )
    rows, inside = [], withheld_means(evidence.descriptions)
    effects = [finding.effect for finding in evidence.findings]
    spreads = {(e.outcome, e.wave): e.sd for e in effects}
    for d in sorted(evidence.descriptions, key=lambda d: _in_time(evidence, d.outcome, d.wave)):
        first = (*_names(evidence, d.outcome, d.wave, language), plan.arm(d.arm).label[language])
        why = inside.get((d.outcome, d.wave, d.arm), ())
        if Reason.FEW not in why:
            spread = spreads.get((d.outcome, d.wave))
            ones = d.ones if plan.weights is None else None
            mean = significant(share_told(d.mean, ones, d.pupils), language, spread=spread)
            mean = withheld.cell(why, plan, language) if why else mean
            clusters = NONE if d.arm in plan.alone else str(d.clusters)
            numbers = (mean, pupils_of(d.pupils, language), clusters)
        else:
            mean = withheld.cell(why, plan, language)
            numbers = (mean, _hidden(d.pupils, language), hidden(language))
        rows.append((*first, *numbers))
    at_cutoff = plan.running is not None
    caption = SAY["means.caption_at_cutoff" if at_cutoff else "means.caption"][language]
    caption = caption.format(people=plan.study.people[language])
    notes = [] if plan.dose else [SAY["means.note"][language]]  # of a dose there are no two means
    notes += [*_stands_alone(plan, language), *_weighted(plan, language)]
    seen = {r for reasons in inside.values() for r in withheld.first_of(reasons)}
    note = " ".join([*notes, *withheld.notes(seen, plan, language)])
    return Table(caption, header, tuple(rows), (False, False, False, True, True, True), note)


def _in_time(evidence: Evidence, outcome: str, wave: str) -> tuple[int, int]:
    plan = evidence.plan
    return plan.outcomes.index(outcome), ("", *plan.waves).index(wave)


def _hidden(n: int, language: str) -> str:
    """A count, or ‘fewer than 10’."""
    if shown_count(n) is None:
        return SAY["few"][language].format(minimum=fewest())
    return pupils_of(n, language)


def loss_table(evidence: Evidence, language: str) -> Table:
    """Who was there at the start, and who is missing."""
    plan = evidence.plan
    columns = ("outcome", "moment", "group", "at_the_start", "analysed", "missing", "joined")
    header = tuple(SAY[f"column.{name}"][language] for name in columns)
    rows = []
    few = findings.hidden_losses(evidence)
    for loss in sorted(evidence.losses, key=lambda x: _in_time(evidence, x.outcome, x.wave)):
        names = _names(evidence, loss.outcome, loss.wave, language)
        first = (*names, plan.arm(loss.arm).label[language])
        told = may_leave(loss.start, loss.analysed) and loss.arm not in few
        missing, joined = pupils_of(loss.lost, language), _hidden(loss.joined, language)
        if loss.arm in few:
            why = Reason.FOLLOWS if may_leave(loss.analysed) else Reason.FEW
            why = Reason.UNITS if findings.of_one_cluster(loss) else why
            missing = withheld.cell((why,), plan, language)
            joined = hidden(language) if why is Reason.UNITS else joined
        if told and loss.share is not None:
            share = decimal(100 * pupils_share(loss.lost, loss.start), 0, language)
            missing = SAY["losses.share"][language].format(n=missing, share=share)
        start = pupils_of(loss.start, language) if told else hidden(language)
        rows.append((
            *first, start, _hidden(loss.analysed, language), missing, joined,
        ))  # fmt: skip
    caption = SAY["losses.caption"][language]
    note = SAY["losses.note"][language]
    if few:
        note += f" {SAY['losses.hidden'][language].format(minimum=fewest())}"
    if any(findings.of_one_cluster(loss) for loss in evidence.losses):
        note = " ".join([note, *withheld.notes([Reason.UNITS], plan, language)])
    return Table(caption, header, tuple(rows), (False, False, False, True, True, True, True), note)


def balance_table(evidence: Evidence, language: str) -> Table:
    """How alike the arms were before the programme."""
    plan, first = evidence.plan, findings.primary(evidence).effect
    columns = (
        "characteristic", "group", "among", "mean_of_group", "mean_of_comparison",
        "difference_in_sd",
    )  # fmt: skip
    header = tuple(SAY[f"column.{name}"][language] for name in columns)
    told_by_another = _first_of_two(dict.fromkeys(d.column for d in evidence.balance))
    among = {
        START: SAY["balance.start"][language],
        (first.outcome, first.wave): SAY["balance.compared"][language],
    }
    rows = []
    inside = _inside(evidence, [d for d in evidence.balance if d.group in among])
    digits: dict[str, int] = {}  # the same in every row of a characteristic
    for d in evidence.balance:
        if d.group in among:
            name, fine = d.column.split("=")[0], digits_for(d.sd) if d.sd else 0
            digits[name] = max(digits.get(name, 0), fine)
    for d in evidence.balance:
        if d.group not in among or d.column in told_by_another:
            continue
        names = (
            plan.column_label(d.column)[language],
            plan.arm(d.arm).label[language],
            among[d.group],
        )
        why, apart = inside[d.group, d.column, d.arm], decimal(d.standardised, 2, language)
        if not why:
            means = _means(d, digits[d.column.split("=")[0]], language)
            rows.append((*names, *means, apart))
        else:
            apart = apart if why == (Reason.DOMINANCE,) else hidden(language)
            rows.append((*names, withheld.cell(why, plan, language), hidden(language), apart))
    caption = SAY["balance.caption"][language]
    note = SAY["balance.note"][language].format(
        equal=decimal(0.05, 2, language), far=decimal(0.25, 2, language)
    )
    if plan.weights is not None:
        note += f" {SAY['balance.not_weighted'][language]}"
    seen = {r for why in inside.values() for r in withheld.first_of(why)}
    note = " ".join([note, *withheld.notes(seen, plan, language)])
    numeric = (False, False, False, True, True, True)
    arms = {d.arm for d in evidence.balance}
    if len(arms) > 1:
        return Table(caption, header, tuple(rows), numeric, note)
    for arm in arms:
        label = plan.arm(arm).label[language]
        caption = SAY["balance.caption_of_arm"][language].format(arm=label)
    of_one = tuple((row[0], *row[2:]) for row in (header, *rows))  # without the column of arms
    return Table(caption, of_one[0], of_one[1:], (False, *numeric[2:]), note)


def _means(d: Characteristic, digits: int, language: str) -> tuple[str, str]:
    """The two means; what looks like years (of birth) stands without a point in the thousands."""
    means = decimal(d.mean_arm, digits, language), decimal(d.mean_comparison, digits, language)
    years = all(FIRST_YEAR <= m <= LAST_YEAR for m in (d.mean_arm, d.mean_comparison))
    if not years or d.sd is None or d.sd >= CENTURY:
        return means
    point = "." if dutch(language) else ","
    return means[0].replace(point, ""), means[1].replace(point, "")


def _inside(
    evidence: Evidence, rows: Sequence[Characteristic]
) -> dict[tuple[tuple[str, str], str, str], tuple[Reason, ...]]:
    """Why the numbers of a row stay inside, by group, column and arm; () where they do not.

    Of a category whose levels tell of a few all levels go, as they add up. Where one cluster has
    most of an arm no mean of these pupils is told: it would tell that arm's beside the difference.
    """
    comparison, flow = evidence.findings[0].effect.comparison, evidence.effects.flow
    own = {
        (d.group, d.column, d.arm): withheld.why_characteristic(flow, d, comparison) for d in rows
    }
    scarce = {column.split("=")[0] for (_, column, _), why in own.items() if Reason.ALIKE in why}
    most = {
        (group, column) for (group, column, _), why in own.items() if why == (Reason.DOMINANCE,)
    }
    left = _told_by_who_left(rows)
    few = findings.hidden_losses(evidence)  # a mean of whole scores tells how many it is of
    out = {}
    for (group, column, arm), why in own.items():
        base, found = column.split("=")[0], set(why)
        found |= {Reason.FOLLOWS} if group == START and few & {arm, comparison} else set()
        found |= {Reason.ALIKE} if base in scarce else set()
        found |= {Reason.FOLLOWS} if group == START and base in left else set()
        found |= {Reason.DOMINANCE} if (group, column) in most else set()
        out[group, column, arm] = tuple(reason for reason in Reason if reason in found)
    return out


def _told_by_who_left(rows: Iterable[Characteristic]) -> set[str]:
    """Shares of which the start and the compared pupils differ by a few: these few left."""
    counts: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    for d in rows:
        for arm, mean, n in ((d.arm, d.mean_arm, d.n_arm), ("", d.mean_comparison, d.n_comparison)):
            if 0 <= mean <= 1 and abs(mean * n - round(mean * n)) < 1e-6:
                have = round(mean * n)
                counts.setdefault((d.column, arm), []).append((have, n - have))
    return {
        column.split("=")[0]
        for (column, _), found in counts.items()
        for one, other in pairwise(found)
        if any(shown_count(abs(x - y)) is None for x, y in zip(one, other, strict=True))
    }


def _first_of_two(columns: Iterable[str]) -> set[str]:
    """Of each category with two levels the first: the other one tells the same."""
    levels: dict[str, list[str]] = {}
    for column in columns:
        levels.setdefault(column.split("=")[0], []).append(column)
    return {found[0] for found in levels.values() if len(found) == 2}
