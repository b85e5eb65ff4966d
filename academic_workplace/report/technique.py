"""How it was worked out, for whoever checks it: the estimate, its uncertainty and their sources."""

from __future__ import annotations

from academic_workplace.effects.regression import GIVEN_DOSE
from academic_workplace.effects.regression import WILD as WILD_KINDS
from academic_workplace.effects.series import WITHIN as WITHIN_ARMS
from academic_workplace.effects.staggered import WITHIN as WITHIN_STARTS
from academic_workplace.errors import dutch
from academic_workplace.evidence.weighing import Evidence
from academic_workplace.language import Text
from academic_workplace.plan import Inference, Method, Plan
from academic_workplace.sizes import DIVIDED_BY, FACTOR

SATTERTHWAITE = Text(
    "clusterrobuuste standaardfout {} met vrijheidsgraden volgens Satterthwaite per coëfficiënt",
    "cluster-robust standard error {} with Satterthwaite degrees of freedom per coefficient",
)
WILD = Text(
    "wilde bootstrap van clusters onder de nulhypothese, gewichten van {}; interval door omkeren van de toets",
    "wild cluster bootstrap with the null imposed, weights of {}; interval by inverting the test",
)
UNCERTAINTY = {  # how, what fills the gap, and the source
    Inference.CR0: (SATTERTHWAITE, "CR0 (sandwich)", "Liang & Zeger, 1986"),
    Inference.CR1: (SATTERTHWAITE, "CR1", "Liang & Zeger, 1986: G/(G−1)"),
    Inference.CR1S: (SATTERTHWAITE, "CR1S", "Liang & Zeger, 1986: G(N−1)/((G−1)(N−p))"),
    Inference.CR2: (SATTERTHWAITE, "CR2", "Bell & McCaffrey, 2002; Pustejovsky & Tipton, 2018"),
    Inference.CR3: (SATTERTHWAITE, "CR3", "Bell & McCaffrey, 2002"),
    Inference.TWO_WAY: (
        Text(
            "clusterrobuuste standaardfout {} voor twee indelingen tegelijk, met het kleinste aantal"
            " groepjes min 1 als vrijheidsgraden",
            "cluster-robust standard error {} for two divisions at once, with the smallest number of"
            " labels less 1 as degrees of freedom",
        ), "CR1S", "Cameron, Gelbach & Miller, 2011",
    ),
    Inference.JACKKNIFE: (
        Text(
            "jackknife: telkens één cluster weggelaten, G−1 vrijheidsgraden",
            "jackknife: one cluster left out at a time, G−1 degrees of freedom",
        ), "", "Efron, 1982",
    ),
    Inference.BOOTSTRAP: (
        Text(
            "bootstrap van hele clusters, symmetrisch percentiel-t",
            "bootstrap of whole clusters, symmetric percentile-t",
        ), "", "Cameron, Gelbach & Miller, 2008",
    ),
    Inference.WILD: (WILD, "Rademacher", "Cameron, Gelbach & Miller, 2008; Roodman et al., 2019"),
    Inference.WILD_WEBB: (WILD, "Webb", "Webb, 2023"),
    Inference.WILD_MAMMEN: (WILD, "Mammen", "Mammen, 1993"),
    Inference.RANDOMISATION: (
        Text(
            "randomisatietoets: opnieuw verdelen zoals is verdeeld; interval door omkeren van de toets",
            "randomisation test: assigning again as was assigned; interval by inverting the test",
        ), "", "Fisher, 1935; Rosenbaum, 2002",
    ),
    Inference.CLASSICAL: (
        Text(
            "klassieke standaardfout, alsof leerlingen van één cluster niet op elkaar lijken",
            "classical standard error, as if pupils of one cluster were not alike",
        ), "", "Student, 1908",
    ),
    Inference.KENWARD_ROGER: (
        Text(
            "standaardfout en vrijheidsgraden volgens {}",
            "standard error and degrees of freedom after {}",
        ), "Kenward-Roger", "Kenward & Roger, 1997",
    ),
    Inference.SATTERTHWAITE: (
        Text(
            "standaardfout uit het multilevelmodel, vrijheidsgraden volgens {}",
            "standard error of the multilevel model, degrees of freedom after {}",
        ), "Satterthwaite", "Satterthwaite, 1946",
    ),
    Inference.INFLUENCE: (
        Text(
            "standaardfout uit de invloed van elk cluster op de schatting, die meetelt dat ook de"
            " gewichten zijn geschat",
            "standard error from the influence of every cluster on the estimate, which counts that"
            " the weights were estimated too",
        ), "", "Newey, 1994; Tsiatis, 2006",
    ),
    Inference.NEWEY_WEST: (
        Text(
            "standaardfout die toelaat dat opeenvolgende jaren op elkaar lijken",
            "standard error that allows for years in a row to be alike",
        ), "", "Newey & West, 1987",
    ),
    Inference.PLACEBO: (
        Text(
            "placebotoets: dezelfde berekening voor elke school die niet begon",
            "placebo test: the same calculation for every school that did not start",
        ), "", "Abadie, Diamond & Hainmueller, 2010",
    ),
    Inference.BIAS_CORRECTED: (
        Text(
            "interval dat corrigeert voor de kromming bij de grens",
            "interval that corrects for the curvature at the cut-off",
        ), "", "Calonico, Cattaneo & Titiunik, 2014",
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
    Method.MULTILEVEL: Text(
        "verschil in een multilevelmodel met een eigen niveau voor elk cluster (REML)",
        "difference in a multilevel model with a level of its own for every cluster (REML)",
    ),
    Method.PROPENSITY: Text(
        "verschil na weging met de kans om mee te doen (logistische regressie; Rosenbaum & Rubin,"
        " 1983)",
        "difference weighted by the chance to take part (logistic regression; Rosenbaum & Rubin,"
        " 1983)",
    ),
    Method.ENTROPY: Text(
        "verschil na weging die de groepen op alle kenmerken gelijk maakt (entropie; Hainmueller,"
        " 2012)",
        "difference weighted so that the groups are equal in all characteristics (entropy balancing;"
        " Hainmueller, 2012)",
    ),
    Method.STABLE: Text(
        "verschil na weging die de groepen bijna gelijk maakt met zo gelijk mogelijke gewichten"
        " (Zubizarreta, 2015)",
        "difference weighted so that the groups are almost equal, with weights as even as can be"
        " (Zubizarreta, 2015)",
    ),
    Method.NEAREST: Text(
        "verschil met de leerlingen die het meest lijken op wie meedeed (dichtstbijzijnde; Stuart,"
        " 2010)",
        "difference with the pupils most like those who took part (nearest neighbour; Stuart, 2010)",
    ),
    Method.OPTIMAL: Text(
        "verschil met leerlingen die samen het meest lijken op wie meedeed (optimale koppeling;"
        " Rosenbaum, 1989)",
        "difference with pupils who together are most like those who took part (optimal matching;"
        " Rosenbaum, 1989)",
    ),
    Method.SUBCLASSES: Text(
        "verschil binnen klassen van leerlingen met bijna dezelfde kans om mee te doen (Rosenbaum &"
        " Rubin, 1984)",
        "difference within classes of pupils with almost the same chance to take part (Rosenbaum &"
        " Rubin, 1984)",
    ),
    Method.DOUBLY_ROBUST: Text(
        "verschil dat klopt als de kans om mee te doen of de verwachte uitkomst goed is geschat"
        " (AIPW; Robins, Rotnitzky & Zhao, 1994)",
        "difference that is right when either the chance to take part or the expected outcome is"
        " well estimated (AIPW; Robins, Rotnitzky & Zhao, 1994)",
    ),
    Method.STAGGERED: Text(
        "verschil per startjaar en jaar, gemiddeld (Callaway & Sant’Anna, 2021)",
        "difference per year of start and year, averaged (Callaway & Sant’Anna, 2021)",
    ),
    Method.SERIES: Text(
        "verandering van niveau en helling in een reeks jaren (Wagner e.a., 2002)",
        "change of level and slope in a series of years (Wagner et al., 2002)",
    ),
    Method.SYNTHETIC: Text(
        "verschil met een gewogen mix van andere scholen (Abadie, Diamond & Hainmueller, 2010)",
        "difference with a weighted mixture of other schools (Abadie, Diamond & Hainmueller, 2010)",
    ),
    Method.DISCONTINUITY: Text(
        "sprong bij de grens, met lijnen aan beide kanten (lokaal lineair; Calonico, Cattaneo &"
        " Titiunik, 2014)",
        "jump at the cut-off, with lines on both sides (local linear; Calonico, Cattaneo & Titiunik,"
        " 2014)",
    ),
}

DOSE_ESTIMATES = {  # the gap: what the dose is called
    Method.DIFFERENCE: Text(
        "helling op de hoeveelheid (‘{}’), rechtlijnig", "slope on the amount (‘{}’), linear"
    ),
    Method.ADJUSTED: Text(
        "helling op de hoeveelheid (‘{}’), rechtlijnig, gecorrigeerd voor voormeting en kenmerken"
        " vooraf",
        "slope on the amount (‘{}’), linear, adjusted for baseline and characteristics known"
        " beforehand",
    ),
    Method.CLUSTER_MEANS: Text(
        "helling van gemiddelden van clusters op hun gemiddelde hoeveelheid (‘{}’), rechtlijnig;"
        " clusters tellen alle even zwaar",
        "slope of means of clusters on their mean amount (‘{}’), linear; clusters all count alike",
    ),
}
DIVISORS = {
    DIVIDED_BY: "totale standaarddeviatie binnen de groepen, alle clusters samen (Hedges, 2007)",
    GIVEN_DOSE: "totale standaarddeviatie bij gelijke hoeveelheid, alle clusters samen"
    " (Hedges, 2007)",
    WITHIN_STARTS: "totale standaarddeviatie binnen starts en metingen, alle clusters samen"
    " (Hedges, 2007)",
    WITHIN_ARMS: "totale standaarddeviatie binnen groepen en metingen, alle clusters samen"
    " (Hedges, 2007)",
}


def method_texts(evidence: Evidence, language: str) -> list[str]:
    """What was computed and where it comes from."""
    nl, plan, effects = dutch(language), evidence.plan, evidence.effects
    how, gap, source = UNCERTAINTY[effects.inference]
    uncertainty = how[language].format(gap)
    source = source.replace("&", "en" if nl else "and")
    method = ESTIMATES[effects.method][language].replace("&", "en" if nl else "and")
    if plan.dose:
        name = plan.column_label(plan.treatment)[language]
        method = DOSE_ESTIMATES[effects.method][language].format(name)
    divided_by = effects[0].divided_by
    covariates, blocks, cluster = (
        ", ".join(plan.column_label(name)[language] for name in names)
        for names in (plan.covariates, plan.blocks, (plan.cluster,))
    )
    if plan.alone:
        cluster += _each_a_cluster(plan, language)
    if plan.crossed is not None:
        cluster += _crossed_with(plan, effects.inference, language)
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
            f"Standaardmaat: Hedges’ g. Gedeeld door de {DIVISORS.get(divided_by, divided_by)};"
            " kleine-steekproeffactor: de exacte J met de vrijheidsgraden van die standaarddeviatie."
            " ICC: variantieanalyse."
            if nl
            else f"Standardised measure: Hedges’ g. Divided by the {divided_by}; small-sample factor:"
            f" {FACTOR}. ICC: analysis of variance."
        )
        + _counted(plan, language),
        (
            "Alleen leerlingen met een volledige meting zijn vergeleken. Dat geeft een eerlijk beeld als"
            " wie ontbreekt, bij gelijke kenmerken vooraf, niet anders scoorde."
            if nl
            else "Only pupils with a complete measurement were compared. This gives a fair picture if"
            " those missing, with equal characteristics beforehand, would not have scored differently."
        ),
    ]
    if plan.weights is not None:
        name = plan.column_label(plan.weights)[language]
        out.insert(
            1,
            f"Gewogen met ‘{name}’: gewichten van precisie (de variantie van een score is omgekeerd"
            " evenredig met het gewicht), geen steekproefgewichten."
            if nl
            else f"Weighted by ‘{name}’: precision weights (the variance of a score is inversely"
            " proportional to its weight), no sampling weights.",
        )
    return out


def _counted(plan: Plan, language: str) -> str:
    """How pupils were counted per 100; '' for a dose, which has no two groups."""
    if plan.dose:
        return ""
    if dutch(language):
        return " De telling per 100 leerlingen is Cohens U3 en gaat uit van een normale verdeling."
    return " The count per 100 pupils is Cohen’s U3 and assumes a normal distribution."


def _crossed_with(plan: Plan, inference: Inference, language: str) -> str:
    """The second division, and what the bootstrap makes of two."""
    nl, name = dutch(language), plan.column_label(str(plan.crossed))[language]
    text = f", gekruist met ‘{name}’" if nl else f", crossed with ‘{name}’"
    if inference not in WILD_KINDS:
        return text
    return text + (
        ". Toetsgrootheid met de variantie voor twee indelingen (Cameron, Gelbach en Miller, 2011);"
        " één gewicht per groepje van de indeling met de minste groepjes (MacKinnon, Nielsen en Webb,"
        " 2021)"
        if nl
        else ". Statistic with the variance for two divisions (Cameron, Gelbach and Miller, 2011); one"
        " weight per label of the division with the fewest labels (MacKinnon, Nielsen and Webb, 2021)"
    )


def _each_a_cluster(plan: Plan, language: str) -> str:
    arms = ", ".join(plan.arm(arm).label[language] for arm in plan.alone)
    if dutch(language):
        return f"; in {arms} is elke leerling een eigen cluster"
    return f"; in {arms} each pupil is a cluster of their own"
