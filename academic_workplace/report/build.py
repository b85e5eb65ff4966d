"""From evidence to a report: one or two pages for the meeting, and an appendix to check it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from academic_workplace.disclosure import MINIMUM, may_leave, shown_count
from academic_workplace.effects.result import CAUTIONS
from academic_workplace.evidence.balance import START, Characteristic
from academic_workplace.evidence.weighing import Evidence, Finding
from academic_workplace.language import Text
from academic_workplace.plan import Inference, Method
from academic_workplace.report import words
from academic_workplace.report.comparing import WAYS, comparison_sentence
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
)
from academic_workplace.report.figures import (
    Drawing,
    effects_picture,
    hundred_picture,
    in_time,
    png,
    shown,
    svg,
)
from academic_workplace.report.numerals import (
    NONE,
    count,
    day,
    decimal,
    digits_for,
    interval,
    p_value,
    significant,
)
from academic_workplace.report.robustness import attrition_sentence, balance_sentence
from academic_workplace.sizes import DIVIDED_BY, FACTOR

BRAND = "Academische werkplaats · Kansrijk Onderwijs Leiden"
BRAND_EN = "Academic workplace · Kansrijk Onderwijs Leiden"

LABELS = {
    "nl": Labels("pagina {page} van {pages}", "Toon de technische bijlage", "Tabel", "Figuur"),
    "en": Labels("page {page} of {pages}", "Show the technical appendix", "Table", "Figure"),
}

SATTERTHWAITE = Text(
    "clusterrobuuste standaardfout {} met vrijheidsgraden volgens Satterthwaite per coëfficiënt",
    "cluster-robust standard error {} with Satterthwaite degrees of freedom per coefficient",
)
WILD = Text(
    "wilde bootstrap van clusters onder de nulhypothese, gewichten van {}; interval door omkeren van de toets",
    "wild cluster bootstrap with the null imposed, weights of {}; interval by inverting the test",
)
UNCERTAINTY = {  # how, what fills the gap, and the source
    Inference.CR0: (SATTERTHWAITE, "CR0 (sandwich)", "Liang & Zeger (1986)"),
    Inference.CR1: (SATTERTHWAITE, "CR1", "Liang & Zeger (1986), G/(G−1)"),
    Inference.CR1S: (SATTERTHWAITE, "CR1S", "Liang & Zeger (1986), G(N−1)/((G−1)(N−p))"),
    Inference.CR2: (SATTERTHWAITE, "CR2", "Bell & McCaffrey (2002); Pustejovsky & Tipton (2018)"),
    Inference.CR3: (SATTERTHWAITE, "CR3", "Bell & McCaffrey (2002)"),
    Inference.JACKKNIFE: (
        Text(
            "jackknife: telkens één cluster weggelaten, G−1 vrijheidsgraden",
            "jackknife: one cluster left out at a time, G−1 degrees of freedom",
        ), "", "Efron (1982)",
    ),
    Inference.BOOTSTRAP: (
        Text(
            "bootstrap van hele clusters, symmetrisch percentiel-t",
            "bootstrap of whole clusters, symmetric percentile-t",
        ), "", "Cameron, Gelbach & Miller (2008)",
    ),
    Inference.WILD: (WILD, "Rademacher", "Cameron, Gelbach & Miller (2008); Roodman et al. (2019)"),
    Inference.WILD_WEBB: (WILD, "Webb", "Webb (2023)"),
    Inference.WILD_MAMMEN: (WILD, "Mammen", "Mammen (1993)"),
    Inference.RANDOMISATION: (
        Text(
            "randomisatietoets: opnieuw verdelen zoals is verdeeld; interval door omkeren van de toets",
            "randomisation test: assigning again as was assigned; interval by inverting the test",
        ), "", "Fisher (1935); Rosenbaum (2002)",
    ),
    Inference.CLASSICAL: (
        Text(
            "klassieke standaardfout, alsof leerlingen van één cluster niet op elkaar lijken",
            "classical standard error, as if pupils of one cluster were not alike",
        ), "", "Student (1908)",
    ),
}  # fmt: skip
ESTIMATES = {
    Method.DIFFERENCE: Text("verschil in gemiddelden", "difference in means"),
    Method.ADJUSTED: Text(
        "verschil, gecorrigeerd voor voormeting en kenmerken vooraf",
        "difference adjusted for baseline and characteristics known beforehand",
    ),
    Method.INTERACTED: Text(
        "verschil, gecorrigeerd voor voormeting en kenmerken vooraf, met eigen hellingen per groep"
        " (Lin, 2013)",
        "difference adjusted for baseline and characteristics known beforehand, with slopes per group"
        " (Lin, 2013)",
    ),
    Method.CLUSTER_MEANS: Text(
        "verschil tussen gemiddelden van clusters, die alle even zwaar tellen",
        "difference between means of clusters, which all count alike",
    ),
    Method.SITE_AVERAGE: Text(
        "verschil per blok, gemiddeld over de blokken, die alle even zwaar tellen",
        "difference per block, averaged over the blocks, which all count alike",
    ),
    Method.PUPIL_AVERAGE: Text(
        "verschil per blok, gemiddeld over de leerlingen",
        "difference per block, averaged over the pupils",
    ),
}


def build(evidence: Evidence, language: str, date: datetime.date, code: str) -> Report:
    """The report as a value. code: short fingerprints for the footer."""
    nl = language == "nl"
    plan, study = evidence.plan, evidence.plan.study
    message = words.key_message(evidence, language)
    mark = "Voorbeeld met verzonnen gegevens" if nl else "Example with invented data"
    title = study.question[language] or study.title[language]
    fallback = " / ".join(plan.measure(o).label[language] for o in plan.outcomes)
    parts = [study.audience[language], day(date, language)]
    return Report(
        language="nl" if nl else "en",
        brand=BRAND if nl else BRAND_EN,
        mark=mark if study.synthetic else "",
        title=title or fallback,
        subtitle=" · ".join(part for part in parts if part),
        date=date,
        description=message,
        page=tuple(_page(evidence, language, message)),
        appendix_title="Technische bijlage" if nl else "Technical appendix",
        appendix=tuple(_appendix(evidence, language)),
        footer=_footer(language, code),
        labels=LABELS[language],
    )


def _footer(language: str, code: str) -> str:
    if language == "nl":
        return f"Groepen kleiner dan {MINIMUM} leerlingen tonen we niet. {code}"
    return f"We do not show groups of fewer than {MINIMUM} pupils. {code}"


# ---------------------------------------------------------------- the page


def _page(evidence: Evidence, language: str, message: str) -> list[Block]:
    nl = language == "nl"
    plan, finding = evidence.plan, words.primary(evidence)
    answered = shown(finding) and finding.low is not None
    blocks: list[Block] = []
    if answered:
        small = words.number_sentence(finding, plan, language)
        blocks.append(KeyMessage(message, small))
    else:
        blocks.append(Notice(message))
    if any(shown(f) and f.low is not None for f in evidence.findings):
        blocks.append(effects_block(evidence, language))
        others = words.other_results(evidence, language)
        blocks += [Paragraph(others)] if others else []
    sides = _sides(evidence, finding, language)
    blocks += sides
    sure = words.how_sure(evidence, language)
    right = (
        Heading("Wat zegt dit niet?" if nl else "What does this not say?", 2),
        Items(tuple(words.says_not(evidence, language))),
    )
    if sure:
        title = Heading("Hoe zeker is dit?" if nl else "How sure is this?", 2)
        blocks.append(Columns((title, Items(tuple(sure))), right))
    else:
        blocks += right
    if plan.study.discussion:
        blocks.append(Heading("Bespreek samen" if nl else "Discuss together", 2))
        questions = tuple(text[language] for text in plan.study.discussion)
        blocks.append(Items(questions, ordered=True))
    return blocks


def effects_block(evidence: Evidence, language: str) -> Picture:
    """The one picture: every effect with its interval against the smallest that matters."""
    smallest = decimal(evidence.plan.smallest_effect, 2, language)
    if language == "nl":
        caption = (
            "Elk punt is het verschil tussen de groepen. De streep laat zien"
            " hoe onzeker dat is. Dicht punt: duidelijk verschil. Open punt: geen duidelijk verschil."
            f" Het grijze vlak: een verschil kleiner dan {smallest} is te klein om van belang te zijn."
        )
    else:
        caption = (
            "Each point is the difference between the groups. The bar shows"
            " how uncertain it is. Filled point: a clear difference. Open point: no clear difference."
            f" The grey band: a difference below {smallest} is too small to matter."
        )
    wide = effects_picture(evidence, language)
    return Picture(
        svg(wide),
        svg(effects_picture(evidence, language, narrow=True)),
        png(wide),
        words.alternative(evidence, language),
        caption,
    )


def drawing(evidence: Evidence, language: str) -> Drawing:
    """The same picture for a notebook."""
    picture = png(effects_picture(evidence, language))
    return Drawing(picture, words.alternative(evidence, language))


def _sides(evidence: Evidence, finding: Finding, language: str) -> list[Block]:
    """What the number means in pupils, beside who took part."""
    nl = language == "nl"
    who = words.who_took_part(evidence, language)
    right: list[Block] = []
    if who:
        right.append(Heading("Wie deden mee?" if nl else "Who took part?", 2))
        right += [Paragraph(text) for text in who]
    numbers = words.hundred(finding)
    if numbers is None:
        return right
    text = words.hundred_sentence(finding, evidence.plan, language)
    figure = hundred_picture(numbers[0])
    more = numbers[0] - 50
    if nl:
        alt = f"100 tekens: {numbers[0]} gekleurd; 50 zou het zijn zonder verschil."
        extra = f" Oranje: {more} extra." if more > 0 else f" Open: {-more} minder." if more else ""
        caption = f"Blauw: ook zonder verschil{' (50)' if more >= 0 else ''}.{extra}"
    else:
        alt = f"100 marks: {numbers[0]} coloured; it would be 50 without a difference."
        extra = f" Orange: {more} more." if more > 0 else f" Open: {-more} fewer." if more else ""
        caption = f"Blue: also without a difference{' (50)' if more >= 0 else ''}.{extra}"
    image = svg(figure)
    left = (
        Heading("Hoe groot is dat?" if nl else "How large is that?", 2),
        Picture(image, "", png(figure), alt, caption, 0.85),
        Paragraph(text),
    )
    return [Columns(left, tuple(right))]


# ---------------------------------------------------------------- the appendix


def _appendix(evidence: Evidence, language: str) -> list[Block]:
    nl, first = language == "nl", words.primary(evidence).effect
    blocks: list[Block] = [
        Heading("Alle uitkomsten" if nl else "All results", 2),
        effects_table(evidence, language),
        *_ways(evidence, language),
        Heading("Wat er gemeten is" if nl else "What was measured", 2),
        description_table(evidence, language),
    ]
    if evidence.losses:
        blocks.append(loss_table(evidence, language))
        judged = evidence.attrition.get((first.outcome, first.wave, first.arm))
        if judged is not None and shown(words.primary(evidence)):
            blocks.append(Paragraph(attrition_sentence(judged, language)))
    if evidence.balance:
        blocks.append(balance_table(evidence, language))
        blocks.append(Paragraph(balance_sentence(evidence.equivalence, language)))
    blocks.append(Heading("Rekenwijze" if nl else "Method", 2))
    blocks += [Paragraph(text) for text in method_texts(evidence, language)]
    source = evidence.plan.study.source[language]
    if source:
        blocks += [Heading("Gegevens" if nl else "Data", 2), Paragraph(source)]
    blocks.append(Heading("Narekenen" if nl else "Checking", 2))
    blocks.append(
        Paragraph(
            "De map van dit rapport bevat manifest.json, met alle uitkomsten in volle precisie en de"
            " vingerafdrukken van gegevens, plan en programmatuur. De opdracht ‘workplace reproduce’"
            " met de naam van de map rekent alles opnieuw uit en vergelijkt."
            if nl
            else "The folder of this report holds manifest.json, with all results in full precision"
            " and the fingerprints of data, plan and software. The command ‘workplace reproduce’"
            " with the name of the folder computes everything again and compares."
        )
    )
    return blocks


def _ways(evidence: Evidence, language: str) -> list[Block]:
    """The primary effect by other ways of inference."""
    nl, finding = language == "nl", words.primary(evidence)
    if not shown(finding) or finding.effect.estimate is None or len(evidence.comparison.ways) < 2:
        return []
    key = (finding.effect.outcome, finding.effect.wave, finding.effect.arm)
    found = next(
        f
        for f in evidence.comparison.each()
        if any((e.outcome, e.wave, e.arm) == key for e in f.values())
    )
    header = (
        ("Manier van rekenen", "SE", "df", "95%-interval", "p")
        if nl
        else ("Way of calculating", "SE", "df", "95% interval", "p")
    )
    rows = []
    for way, e in found.items():
        digits = 2
        if e.low is not None and e.high is not None:
            digits = max(2, digits_for(e.high - e.low))
        name = WAYS[way][language]
        rows.append((
            f"{name[:1].upper()}{name[1:]}", decimal(e.se, digits, language),
            decimal(e.df, 1, language), interval(e.low, e.high, digits, language),
            p_value(e.p_value, language),
        ))  # fmt: skip
    caption = (
        "De belangrijkste uitkomst, op meer manieren berekend"
        if nl
        else "The main result, calculated in several ways"
    )
    note = comparison_sentence(evidence.comparison, language, key)
    numeric = (False, True, True, True, True)
    return [Table(caption, header, tuple(rows), numeric, note)]


def _names(evidence: Evidence, outcome: str, wave: str, language: str) -> tuple[str, str]:
    plan = evidence.plan
    return plan.measure(outcome).label[language], plan.wave_label(outcome, wave)[language] or NONE


def effects_table(evidence: Evidence, language: str) -> Table:
    """Every number of every effect, in its own units and standardised."""
    nl, plan = language == "nl", evidence.plan
    units = plan.study.cluster_label[language].capitalize()
    header = (
        ("Uitkomst", "Moment", "Groep", "Verschil", "SE", "df", "95%-interval", "p", "g",
         "95%-interval van g", "Leerlingen", units, "ICC")
        if nl
        else ("Outcome", "Moment", "Group", "Difference", "SE", "df", "95% interval", "p", "g",
              "95% interval of g", "Pupils", units, "ICC")
    )  # fmt: skip
    rows = []
    for finding in in_time(evidence):
        e = finding.effect
        first = (*_names(evidence, e.outcome, e.wave, language), plan.arm(e.arm).label[language])
        if (
            not shown(finding) or e.low is None or e.high is None
        ):  # without uncertainty a difference misleads
            rows.append((*first, *(NONE,) * 10))
            continue
        digits = max(2, digits_for(e.high - e.low))
        rows.append((
            *first, decimal(e.estimate, digits, language), decimal(e.se, digits, language),
            decimal(e.df, 1, language), interval(e.low, e.high, digits, language),
            p_value(e.p_value, language),
            decimal(e.g, 2, language), interval(e.g_low, e.g_high, 2, language),
            f"{count(e.pupils_arm, language)} / {count(e.pupils_comparison, language)}",
            f"{e.clusters_arm} / {e.clusters_comparison}", decimal(e.icc, 2, language),
        ))  # fmt: skip
    comparison = plan.arm(evidence.findings[0].effect.comparison).label[language]
    lower = [
        plan.measure(o).label[language] for o in plan.outcomes if plan.measure(o).better == "lower"
    ]
    reasons = {f.effect.reason[language] for f in evidence.findings if f.effect.reason}
    reasons |= {CAUTIONS[c][language] for f in evidence.findings for c in f.effect.cautions}
    if nl:
        note = f"Elke groep is vergeleken met: {comparison}. Aantallen: groep / vergelijking."
        note += f" Streepje: niet te berekenen, of minder dan {MINIMUM} leerlingen in een groep."
        if lower:
            note += f" Bij {', '.join(lower)} is een lager getal gunstig; de figuur draait het teken om."
    else:
        note = f"Every group is compared with: {comparison}. Counts: group / comparison."
        note += f" Dash: cannot be computed, or fewer than {MINIMUM} pupils in a group."
        if lower:
            note += (
                f" For {', '.join(lower)} a lower number is favourable; the picture turns the sign."
            )
    note = " ".join([note, *_adjusted(evidence, language), *sorted(reasons)])
    numeric = (False, False, False, *(True,) * 10)
    caption = "Verschillen tussen de groepen" if nl else "Differences between the groups"
    return Table(caption, header, tuple(rows), numeric, note)


def _adjusted(evidence: Evidence, language: str) -> list[str]:
    """The p-values of several primary outcomes, adjusted for each other."""
    among = zip(evidence.findings, evidence.multiplicity, strict=True)
    told = [(f.effect, m.adjusted) for f, m in among if m.adjusted is not None and shown(f)]
    if len(told) < 2:
        return []
    each = "; ".join(
        f"{', '.join(_names(evidence, e.outcome, e.wave, language))},"
        f" {evidence.plan.arm(e.arm).label[language]}: {p_value(p, language)}"
        for e, p in told
    )
    return [
        f"p aangepast voor {len(told)} toetsen (Holm): {each}."
        if language == "nl"
        else f"p adjusted for {len(told)} tests (Holm): {each}."
    ]


def description_table(evidence: Evidence, language: str) -> Table:
    """The mean of every arm, without any comparison."""
    nl, plan = language == "nl", evidence.plan
    units = plan.study.cluster_label[language].capitalize()
    header = (
        ("Uitkomst", "Moment", "Groep", "Gemiddelde", "Leerlingen", units)
        if nl
        else ("Outcome", "Moment", "Group", "Mean", "Pupils", units)
    )
    rows = []
    for d in sorted(evidence.descriptions, key=lambda d: _in_time(evidence, d.outcome, d.wave)):
        first = (*_names(evidence, d.outcome, d.wave, language), plan.arm(d.arm).label[language])
        if may_leave(d.pupils):
            numbers = (significant(d.mean, language), count(d.pupils, language), str(d.clusters))
        else:
            numbers = (NONE, _hidden(d.pupils, language), NONE)
        rows.append((*first, *numbers))
    caption = "Gemiddelden van wie is vergeleken" if nl else "Means of those compared"
    note = (
        "Zonder correctie; een verschil hieruit kan daarom afwijken van tabel 1."
        if nl
        else "Not adjusted; so a difference from these need not be that of table 1."
    )
    return Table(caption, header, tuple(rows), (False, False, False, True, True, True), note)


def _in_time(evidence: Evidence, outcome: str, wave: str) -> tuple[int, int]:
    plan = evidence.plan
    return plan.outcomes.index(outcome), ("", *plan.waves).index(wave)


def _hidden(n: int, language: str) -> str:
    """A count, or ‘fewer than 10’."""
    if shown_count(n) is None:
        return f"minder dan {MINIMUM}" if language == "nl" else f"fewer than {MINIMUM}"
    return count(n, language)


def loss_table(evidence: Evidence, language: str) -> Table:
    """Who was there at the start, and who is missing."""
    nl, plan = language == "nl", evidence.plan
    header = (
        ("Uitkomst", "Moment", "Groep", "Bij de start", "Vergeleken", "Ontbreekt", "Later gekomen")
        if nl
        else ("Outcome", "Moment", "Group", "At the start", "Compared", "Missing", "Came later")
    )
    rows = []
    # Where a small loss is hidden, no other row may tell the start of that arm.
    hidden = {loss.arm for loss in evidence.losses if shown_count(loss.lost) is None}
    for loss in sorted(evidence.losses, key=lambda x: _in_time(evidence, x.outcome, x.wave)):
        names = _names(evidence, loss.outcome, loss.wave, language)
        first = (*names, plan.arm(loss.arm).label[language])
        missing = _hidden(loss.lost, language)
        told = may_leave(loss.start, loss.analysed) and loss.arm not in hidden
        if loss.arm in hidden and shown_count(loss.lost) is not None:
            missing = NONE
        if told and loss.share is not None:
            share = decimal(100 * loss.share, 0, language)
            missing = f"{missing} ({share}{' %' if nl else '%'})"
        rows.append((
            *first, count(loss.start, language) if told else NONE, _hidden(loss.analysed, language),
            missing, _hidden(loss.joined, language),
        ))  # fmt: skip
    caption = (
        "Wie er bij de start was en wie ontbreekt" if nl else "Who was there and who is missing"
    )
    note = (
        "Wie later kwam, is niet vergeleken. Een groep bij de start staat er niet als daaruit een"
        f" aantal onder de {MINIMUM} te berekenen is."
        if nl
        else "Those who came later were not compared. A group at the start is left out when a count"
        f" under {MINIMUM} could be worked out from it."
    )
    return Table(caption, header, tuple(rows), (False, False, False, True, True, True, True), note)


def balance_table(evidence: Evidence, language: str) -> Table:
    """How alike the arms were before the programme."""
    nl, plan = language == "nl", evidence.plan
    first = words.primary(evidence).effect
    header = (
        (
            "Kenmerk",
            "Groep",
            "Bij wie",
            "Gemiddelde groep",
            "Gemiddelde vergelijking",
            "Verschil (SD)",
        )
        if nl
        else (
            "Characteristic",
            "Group",
            "Among",
            "Mean group",
            "Mean comparison",
            "Difference (SD)",
        )
    )
    told_by_another = _first_of_two(dict.fromkeys(d.column for d in evidence.equivalence))
    among = {START: "start", (first.outcome, first.wave): "vergeleken" if nl else "compared"}
    rows = []
    rare = {d.column.split("=")[0] for d in evidence.equivalence if _is_rare(d)}
    for d in evidence.equivalence:
        if d.group not in among or d.column in told_by_another:
            continue
        names = (
            plan.column_label(d.column)[language],
            plan.arm(d.arm).label[language],
            among[d.group],
        )
        if may_leave(d.n_arm, d.n_comparison) and d.column.split("=")[0] not in rare:
            digits = digits_for(d.sd) if d.sd else 2
            means = (decimal(mean, digits, language) for mean in (d.mean_arm, d.mean_comparison))
            rows.append((*names, *means, decimal(d.standardised, 2, language)))
        else:
            rows.append((*names, NONE, NONE, NONE))
    caption = (
        "Hoe de groepen vooraf op elkaar leken" if nl else "How alike the groups were beforehand"
    )
    note = (
        "Verschil in standaarddeviaties (g); bij aandelen de Cox-index, die daarmee te vergelijken is."
        f" De What Works Clearinghouse noemt tot {decimal(0.05, 2, language)} gelijk en vraagt tot"
        f" {decimal(0.25, 2, language)} om correctie."
        if nl
        else "Difference in standard deviations (g); for shares the Cox index, which is comparable."
        " The What Works Clearinghouse calls up to 0.05 equal and asks for adjustment up to 0.25."
    )
    numeric = (False, False, False, True, True, True)
    return Table(caption, header, tuple(rows), numeric, note)


def _is_rare(d: Characteristic) -> bool:
    """Whether a share (a mean of zeros and ones) tells of 1 to 9 pupils."""
    for mean, n in ((d.mean_arm, d.n_arm), (d.mean_comparison, d.n_comparison)):
        counted = 0 <= mean <= 1 and abs(mean * n - round(mean * n)) < 1e-6
        if counted and None in (shown_count(round(mean * n)), shown_count(round((1 - mean) * n))):
            return True
    return False


def _first_of_two(columns: Iterable[str]) -> set[str]:
    """Of each category with two levels the first: the other one tells the same."""
    levels: dict[str, list[str]] = {}
    for column in columns:
        levels.setdefault(column.split("=")[0], []).append(column)
    return {found[0] for found in levels.values() if len(found) == 2}


def method_texts(evidence: Evidence, language: str) -> list[str]:
    """What was computed and where it comes from."""
    nl, plan, effects = language == "nl", evidence.plan, evidence.effects
    how, gap, source = UNCERTAINTY[effects.inference]
    uncertainty = how[language].format(gap)
    method = ESTIMATES[effects.method][language]
    covariates, blocks, cluster = (
        ", ".join(plan.column_label(name)[language] for name in names)
        for names in (plan.covariates, plan.blocks, (plan.cluster,))
    )
    out = [
        (f"Schatting: {method}" if nl else f"Estimate: {method}")
        + (f"; kenmerken: {covariates}" if nl and covariates else "")
        + (f"; characteristics: {covariates}" if not nl and covariates else "")
        + (f"; binnen blokken: {blocks}" if nl and blocks else "")
        + (f"; within blocks: {blocks}" if not nl and blocks else "")
        + ".",
        (
            f"Onzekerheid: {uncertainty} ({source}); cluster: {cluster}. Intervallen van 95 %."
            if nl
            else f"Uncertainty: {uncertainty} ({source}); cluster: {cluster}. Intervals of 95%."
        ),
        (
            "Standaardmaat: Hedges’ g. Gedeeld door de totale standaarddeviatie binnen de groepen, alle"
            " clusters samen (Hedges, 2007); kleine-steekproeffactor: de exacte J met de vrijheidsgraden"
            " van die standaarddeviatie. ICC: variantieanalyse. De telling per 100 leerlingen is"
            " Cohens U3 en gaat uit van een normale verdeling."
            if nl
            else f"Standardised measure: Hedges’ g. Divided by the {DIVIDED_BY}; small-sample factor:"
            f" {FACTOR}. ICC: analysis of variance. The count per 100 pupils is Cohen’s U3 and assumes a"
            " normal distribution."
        ),
        (
            "Alleen leerlingen met een volledige meting zijn vergeleken. Dat geeft een eerlijk beeld als"
            " wie ontbreekt, bij gelijke kenmerken vooraf, niet anders scoorde."
            if nl
            else "Only pupils with a complete measurement were compared. This gives a fair picture if"
            " those missing, with equal characteristics beforehand, would not have scored differently."
        ),
    ]
    return out
