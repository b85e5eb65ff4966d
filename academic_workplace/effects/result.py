"""What an estimator returns: one value per effect, whatever the method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from academic_workplace.comparison.weighting import FLAGS, Flag
from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.pupils import Flow, Pupils
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.moments import Baseline, ClusterMoments
from academic_workplace.plan import NEEDS_PUPILS, Estimand, Inference, Method, Missing, Plan

if TYPE_CHECKING:
    from academic_workplace.effects.compare import Comparison


class Caution(StrEnum):
    """What makes an effect's uncertainty itself uncertain; ``CAUTIONS`` has the words."""

    FEW_DEGREES_OF_FREEDOM = "few degrees of freedom"
    MORE_COEFFICIENTS_THAN_CLUSTERS = "more coefficients than clusters"
    NO_VARIATION = "no variation in an arm"
    NEARLY_COLLINEAR = "two covariates almost the same"
    AS_IF_INDEPENDENT = "pupils as if independent"
    CANNOT_REJECT = "the test cannot reject"
    NO_CLUSTER_VARIANCE = "no variance between clusters"
    NO_CLASS_VARIANCE = "no variance between classes"
    CLASSES_NOT_TOLD = "classes tell nothing beside clusters"
    SLOPES_AT_THE_EDGE = "slopes at the edge"
    CLUSTERS_COME_AND_GO = "clusters at one wave only"
    NO_PUPIL_VARIANCE = "no variance between pupils"
    PACES_AT_THE_EDGE = "paces at the edge"
    NO_LABEL_VARIANCE = "no variance between labels"
    CROSSED_NOT_TOLD = "labels tell nothing beside clusters"
    MASS_POINTS = "few different scores"
    WEAK_FIRST_STAGE = "weak first stage"
    WEAK_INSTRUMENT = "weak instrument"
    SEPARATED = "an outcome told apart"
    SMALL_BLOCKS = "few pupils per block"
    NO_EXTRA_SPREAD = "counts vary no more than chance"
    NOT_CONVERGED = "no convergence"
    NO_LATENT_VARIANCE = "no variance between clusters, by CR2"
    FEW_IMPUTATIONS = "few imputations"
    CHAINS_APART = "imputations have not settled"
    FEW_EFFECTIVE = "few effective"
    ONE_PUPIL = "one pupil"
    CANNOT_MISS = "one cluster cannot be missed"
    FAR_APART = "arms still far apart"


CAUTIONS = {
    Caution.FEW_DEGREES_OF_FREEDOM: Text(
        "Er zijn minder dan 4 vrijheidsgraden: de grenzen zijn zelf onzeker.",
        "There are fewer than 4 degrees of freedom: the limits are themselves uncertain.",
    ),
    Caution.MORE_COEFFICIENTS_THAN_CLUSTERS: Text(
        "Het model heeft meer coëfficiënten dan er scholen (clusters) zijn. Neem minder kenmerken.",
        "The model has more coefficients than there are schools (clusters). Take fewer covariates.",
    ),
    Caution.NO_VARIATION: Text(
        "De score is voor iedereen gelijk, of voor iedereen in één groep.",
        "The score is the same for everybody, or for everybody in one group.",
    ),
    Caution.NEARLY_COLLINEAR: Text(
        "Twee kenmerken in het model zijn bijna hetzelfde: de laatste cijfers zijn niet zeker. Haal"
        " er een weg.",
        "Two covariates of the model are almost the same: the last digits are not certain. Take"
        " one out.",
    ),
    Caution.AS_IF_INDEPENDENT: Text(
        "Deze berekening doet alsof leerlingen van één school niet op elkaar lijken. De onzekerheid"
        " is dan te klein.",
        "This calculation pretends that pupils of one school are not alike. The uncertainty is then"
        " too small.",
    ),
    Caution.CANNOT_REJECT: Text(
        "Met zo weinig scholen (clusters) kan deze toets nooit een verschil aantonen. Ook een groot"
        " verschil kan toeval zijn. Daarom geven we geen grenzen.",
        "With so few schools (clusters) this test can never show a difference. Even a large one may"
        " be chance. So we give no limits.",
    ),
    Caution.NO_CLUSTER_VARIANCE: Text(
        "Het multilevelmodel ziet geen verschil tussen scholen (clusters) dat groter is dan toeval."
        " Met weinig scholen is ook dat niet zeker; de grenzen houden daar rekening mee.",
        "The multilevel model sees no difference between schools (clusters) beyond chance. With few"
        " schools even that is not certain; the limits allow for it.",
    ),
    Caution.NO_CLASS_VARIANCE: Text(
        "Het multilevelmodel ziet geen verschil tussen klassen van één school (cluster) dat groter"
        " is dan toeval. De grenzen houden er rekening mee dat ook dat niet zeker is.",
        "The multilevel model sees no difference between classes of one school (cluster) beyond"
        " chance. The limits allow for that being uncertain as well.",
    ),
    Caution.CLASSES_NOT_TOLD: Text(
        "De klassen zeggen hier niets naast de scholen (clusters): er is één klas per school, of"
        " één leerling per klas. Het multilevelmodel kent daarom alleen scholen.",
        "The classes tell nothing here beside the schools (clusters): there is one class per"
        " school, or one pupil per class. So the multilevel model knows only schools.",
    ),
    Caution.NO_LABEL_VARIANCE: Text(
        "Het multilevelmodel ziet in de tweede indeling (crossed) geen verschil dat groter is dan"
        " toeval. De grenzen houden er rekening mee dat ook dat niet zeker is.",
        "The multilevel model sees no difference in the second division (crossed) beyond chance."
        " The limits allow for that being uncertain as well.",
    ),
    Caution.CROSSED_NOT_TOLD: Text(
        "De tweede indeling (crossed) zegt hier niets naast de scholen (clusters): ze valt ermee"
        " samen, of iedereen zit apart. Het multilevelmodel kent daarom alleen scholen.",
        "The second division (crossed) tells nothing here beside the schools (clusters): they go"
        " together, or everyone is apart. So the multilevel model knows only schools.",
    ),
    Caution.SLOPES_AT_THE_EDGE: Text(
        "Hoe scholen (clusters) in niveau en in helling verschillen, is geschat op de rand: een"
        " variantie is 0, of het ene volgt helemaal uit het andere. De gegevens zeggen hier weinig"
        " over.",
        "How schools (clusters) differ in level and in slope is estimated at the edge: a variance"
        " is 0, or the one follows wholly from the other. The data tell little of it.",
    ),
    Caution.CLUSTERS_COME_AND_GO: Text(
        "Sommige scholen (clusters) zijn maar bij één van de twee meetmomenten gemeten. Een deel"
        " van de verandering kan dan komen doordat er andere scholen zijn gemeten.",
        "Some schools (clusters) were measured at only one of the two waves. Part of the change may"
        " then come from other schools having been measured.",
    ),
    Caution.NO_PUPIL_VARIANCE: Text(
        "Het model ziet niet dat metingen van één leerling meer op elkaar lijken dan die van"
        " verschillende leerlingen. Dat is ongewoon: kijk of het pseudoniem klopt.",
        "The model does not see that measurements of one pupil are more alike than those of"
        " different pupils. That is unusual: see whether the pseudonym is right.",
    ),
    Caution.PACES_AT_THE_EDGE: Text(
        "Of leerlingen een eigen tempo hebben, is geschat op de rand: hun tempo verschilt niet, of"
        " het volgt helemaal uit hun niveau. De gegevens zeggen hier weinig over.",
        "Whether pupils have a pace of their own is estimated at the edge: their paces do not"
        " differ, or follow wholly from their levels. The data tell little of it.",
    ),
    Caution.MASS_POINTS: Text(
        "Rond de grens zijn er weinig verschillende scores: veel leerlingen hebben dezelfde. De"
        " lijnen rusten dan op weinig.",
        "Around the cut-off there are few different scores: many pupils share one. So the lines"
        " rest on little.",
    ),
    Caution.WEAK_FIRST_STAGE: Text(
        "Aan de grens verandert maar weinig in wie meedoet. Het effect van meedoen is dan heel"
        " onzeker.",
        "At the cut-off little changes in who takes part. The effect of taking part is then very"
        " uncertain.",
    ),
    Caution.WEAK_INSTRUMENT: Text(
        "Het aanbod veranderde maar weinig in wie meedeed. De grenzen zijn die van een toets die"
        " dan ook klopt (Anderson en Rubin, 1949).",
        "The offer changed little in who took part. The limits are those of a test that is right"
        " then as well (Anderson and Rubin, 1949).",
    ),
    Caution.SEPARATED: Text(
        "Bij een waarde van een kenmerk is de uitkomst voor iedereen gelijk. Het gekozen model"
        " heeft dan geen antwoord; dit is het gewone verschil (lineair model).",
        "At some value of a covariate the outcome is the same for everybody. The model chosen then"
        " has no answer; this is the plain difference (linear model).",
    ),
    Caution.SMALL_BLOCKS: Text(
        "Er zijn minder dan 16 leerlingen per blok. Met zo veel blokken wijkt dit model af; leg het"
        " gewone verschil (lineair model) ernaast.",
        "There are fewer than 16 pupils per block. With so many blocks this model is off; lay the"
        " plain difference (linear model) beside it.",
    ),
    Caution.NO_EXTRA_SPREAD: Text(
        "De aantallen verschillen niet meer dan toeval ze maakt (dispersie 0): het model is dan dat"
        " van Poisson.",
        "The counts vary no more than chance makes them (dispersion 0): the model is then that of"
        " Poisson.",
    ),
    Caution.NO_LATENT_VARIANCE: Text(
        "Het logistische multilevelmodel ziet geen verschil tussen scholen (clusters) dat groter is"
        " dan toeval. De grenzen zijn daarom die van gewone logistische regressie (CR2).",
        "The logistic multilevel model sees no difference between schools (clusters) beyond chance."
        " So the limits are those of plain logistic regression (CR2).",
    ),
    Caution.NOT_CONVERGED: Text(
        "De berekening van dit model kwam niet tot rust. Gebruik de getallen niet; neem minder"
        " kenmerken.",
        "The calculation of this model did not come to rest. Do not use the numbers; take fewer"
        " covariates.",
    ),
    Caution.FEW_IMPUTATIONS: Text(
        "Er ontbreekt zo veel dat de waarden vaker ingevuld moeten worden. Kies in het plan een"
        " hoger getal bij imputations.",
        "So much is missing that values must be filled in more often. Choose a higher number of"
        " imputations in the plan.",
    ),
    Caution.CHAINS_APART: Text(
        "Het invullen van ontbrekende waarden was nog niet tot rust gekomen: de reeksen lopen"
        " uiteen. De uitkomst kan nog verschuiven.",
        "Filling in what is missing had not settled: the chains stand apart. The answer may still"
        " shift.",
    ),
    Caution.FEW_EFFECTIVE: FLAGS[Flag.FEW_EFFECTIVE],
    Caution.ONE_PUPIL: FLAGS[Flag.ONE_PUPIL],
    Caution.CANNOT_MISS: Text(
        "Zonder een van de scholen (clusters) is er niets te vergelijken, bijvoorbeeld omdat alleen"
        " daar een zeldzame waarde voorkomt. Voeg zulke waarden samen. De grenzen rekenen nu met de"
        " invloed van elke school, en zijn bij weinig scholen iets te smal.",
        "Without one of the schools (clusters) nothing can be compared, for example because a rare"
        " value occurs only there. Join such values. The limits now rest on the influence of every"
        " school, and are a little too narrow with few schools.",
    ),
    Caution.FAR_APART: Text(
        "Ook nu verschillen de groepen nog veel op iets wat vooraf is gemeten. Dit is geen eerlijke"
        " vergelijking.",
        "Even now the groups differ much in something measured beforehand. This is no fair"
        " comparison.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The difference between an arm and the comparison, for one outcome at one wave.

    estimate, se, low, high: in the outcome's own units, arm minus comparison (95 % interval).
    df: degrees of freedom of the interval and of the p-value. g, g_low, g_high: the same
    standardised; ``divided_by`` and ``factor`` say how. icc: how alike pupils of one cluster are.
    A field that the method or the data cannot give is None, and ``reason`` says why. A limit that
    no value fails is infinite. cautions: what makes the uncertainty itself uncertain.
    """

    outcome: str
    wave: str
    arm: str
    comparison: str
    estimate: float | None
    se: float | None
    df: float | None
    low: float | None
    high: float | None
    p_value: float | None
    g: float | None
    g_low: float | None
    g_high: float | None
    icc: float | None
    sd: float | None
    pupils: int
    clusters: int
    pupils_arm: int
    pupils_comparison: int
    clusters_arm: int
    clusters_comparison: int
    method: str
    divided_by: str
    factor: str
    estimand: Estimand | None = None  # for whom it holds, of arms that were made alike
    reason: Text | None = None
    cautions: tuple[Caution, ...] = ()
    plan: Plan = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, object]:
        """The effect as plain values, in full precision."""
        out: dict[str, object] = {f.name: getattr(self, f.name) for f in fields(self)}
        del out["plan"]
        out["reason"] = self.reason.en if self.reason else None
        out["cautions"] = "; ".join(self.cautions)
        return out

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.findings import effect_sentence

        return effect_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


class Detail(Protocol):
    """What lies behind an effect of one kind of design: its own table and its own sentence."""

    def table(self) -> pd.DataFrame:
        """What was worked out on the way to the effect, in full precision."""
        ...

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads."""
        ...


# The columns of a table of coefficients.
TERMS = ["outcome", "wave", "term", "estimate", "se", "df", "low", "high", "p_value"]
Details = Mapping[tuple[str, str, str], Detail]  # by outcome, wave and arm


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """What an estimator makes of one analysis: effects, coefficients, what lies behind them."""

    effects: list[Effect]
    coefficients: pd.DataFrame
    details: Details = field(default_factory=dict)


def from_moments(effects: object) -> Effects:
    """The effects when moments alone can tell them again.

    Raises PlanError when something else was given, or when their method needs the pupils.
    """
    found = measured(effects)
    if found.method not in NEEDS_PUPILS:
        return found
    rule = Text(
        f"Dit kan niet bij de methode ‘{found.method.value}’.",
        f"This cannot be had with the method ‘{found.method.value}’.",
    )
    remedy = Text(
        "Kies een methode die groepen vergelijkt met een regressie.",
        "Choose a method that compares arms by a regression.",
    )
    raise PlanError([Fault(rule, remedy, column="method")])


def measured(effects: object) -> Effects:
    """The effects when all they rest on was measured, so that their moments tell them again.

    Raises PlanError when something else was given, or when missing values were filled in.
    """
    found = estimated(effects)
    if found.plan.missing is Missing.IMPUTED:
        rule = Text(
            "Dit kan niet als ontbrekende waarden zijn ingevuld (multiple imputation).",
            "This cannot be had where missing values were filled in (multiple imputation).",
        )
        remedy = Text("Schat opnieuw met complete cases.", "Estimate again with complete cases.")
        raise PlanError([Fault(rule, remedy, column="missing")])
    return found


def estimated(effects: object) -> Effects:
    """The effects themselves. Raises PlanError when something else was given."""
    if isinstance(effects, Effects):
        return effects
    rule = Text("Dit zijn geen effecten.", "These are no effects.")
    remedy = Text("Geef wat estimate teruggaf.", "Give what estimate returned.")
    raise PlanError([Fault(rule, remedy, column="effects")])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Effects(Items[Effect]):
    """The effects of a study, primary outcome and main wave first.

    Keeps what they came from: moments (with flow and baseline) and, when it was given them, the
    pupils (which are never shown, pickled or written). details: what lies behind an effect, by
    outcome, wave and arm, for designs that have more to tell than a regression.
    """

    plan: Plan
    method: Method
    inference: Inference
    moments: ClusterMoments
    all_coefficients: pd.DataFrame
    pupils: Pupils | None = None
    details: Details = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Effects({len(self)} effects)"

    def __reduce__(self) -> tuple[object, ...]:
        kept = (self.items, self.plan, self.method, self.inference, self.moments)
        return Effects, (*kept, self.all_coefficients, None, dict(self.details))

    def detail(self, effect: Effect) -> Detail | None:
        """What lies behind one of these effects; None for a plain regression."""
        return self.details.get((effect.outcome, effect.wave, effect.arm))

    @property
    def flow(self) -> Flow:
        """Who was lost where."""
        return self.moments.flow

    @property
    def baseline(self) -> Baseline:
        """How the arms looked at the start."""
        return self.moments.baseline

    def table(self) -> pd.DataFrame:
        """A row per effect, in full precision; the columns are the same for every method."""
        return pd.DataFrame([effect.to_dict() for effect in self.items])

    def coefficients(self) -> pd.DataFrame:
        """Every coefficient of every regression: estimate, se, df, low, high, p_value."""
        return self.all_coefficients.copy()

    def compare(self) -> Comparison:
        """The same effects by other ways of inference, and which to believe when they disagree."""
        from academic_workplace.effects.compare import compare

        return compare(self)

    def _repr_html_(self) -> str:
        shown = ["outcome", "wave", "arm", "estimate", "se", "df", "low", "high", "p_value", "g"]
        counts = ["pupils", "clusters"]
        table = self.table()[shown + counts].map(
            lambda v: f"{v:.4g}" if isinstance(v, float) else v
        )
        return str(table.to_html(index=False, border=0))
