"""A design before there are data: who takes part, who is assigned, what is known beforehand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.layout import comparison_arm
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text
from academic_workplace.plan import Level, Plan

FEWEST = 2  # clusters in an arm: with one, nothing says how clusters differ from each other
ICC_ATTAINMENT, ICC_OTHER = 0.20, 0.10  # What Works Clearinghouse, when nothing better is known


class Sites(StrEnum):
    """What is taken to be so of the effect in blocks (or sites)."""

    CONSTANT = "constant"  # one effect everywhere
    FIXED = "fixed"  # its own effect in each; only about these
    RANDOM = "random"  # its own effect in each; about more than these


class Comparison(StrEnum):
    """What of several waves is compared."""

    POST = "post"  # the mean after
    CHANGE = "change"  # the mean after minus the mean before: difference in differences
    ANCOVA = "ancova"  # the mean after, adjusted for the mean before


class Correction(StrEnum):
    """How several outcomes are taken into account."""

    NONE = "none"
    BONFERRONI = "bonferroni"
    HOLM = "holm"
    WESTFALL_YOUNG = "westfall-young"  # step-down; knows how the outcomes hang together


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """Measurements of the same pupils before and after, all equally correlated.

    correlation: of a pupil's deviation from the cluster at two waves; correlation_clusters: of the
    cluster's (the same when left out). Raises PlanError.
    """

    correlation: float
    correlation_clusters: float | None = None
    before: int = 1
    after: int = 1
    comparison: Comparison | str = Comparison.ANCOVA

    def __post_init__(self) -> None:
        faults = _choice(self, "comparison", Comparison)
        faults += _outside(self, ["before"], WHOLE) + _outside(self, ["after"], WHOLE_ONE_UP)
        known = ["correlation", "correlation_clusters"]
        faults += _outside(self, [x for x in known if getattr(self, x) is not None], SHARE)
        if not faults and self.before == 0 and self.comparison is not Comparison.POST:
            faults.append(fault("before", *_NO_BEFORE))
        refuse(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Several outcomes that count alike, every pair equally correlated and all equally affected.

    draws, seed: of the simulation of their joint distribution. Raises PlanError.
    """

    number: int
    correlation: float = 0.5
    correction: Correction | str = Correction.HOLM
    draws: int = 20_000
    seed: int = 0

    def __post_init__(self) -> None:
        faults = _choice(self, "correction", Correction)
        faults += _outside(self, ["number"], FEW) + _outside(self, ["draws"], DRAWS)
        faults += _outside(self, ["seed"], SEED) + _outside(self, ["correlation"], SHARE)
        refuse(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Who takes part, who is assigned, and how much is known beforehand. Shares are 0 to 1.

    clusters: in all; with ``one_arm`` the groups of the treated. pupils: per cluster (per class
        when there are classes), on average. icc: the share of the variance between clusters.
    share: treated; by default half, as near as whole clusters allow.
    assigned: ``cluster``, or ``pupil`` (within clusters, the sites; in one site: pupils by lot).
    classes, icc_classes: per cluster, and their own share of the variance (three levels).
    blocks, icc_blocks: of whole clusters, within which was assigned, and their share.
    sites, heterogeneity: what the effect in blocks or sites is; omega, its variance over that of
        their means (random only).
    r2_pupils, r2_classes, r2_clusters, r2_effect: explained by covariates at each level;
        covariates counts those at the level that was assigned (random sites: at theirs).
    reliability: of the outcome. cv: standard deviation over mean of the clusters' sizes.
    one_arm: only the treated are in groups (mentor groups); the comparison is single pupils.
    proportion: of the comparison, for a yes-or-no outcome: effects are then differences of
        proportions, and their standard error is on that scale.

    Raises PlanError, naming every fault at once.

    >>> round(Design(clusters=9, pupils=25, icc=0.10).treated_share, 3)
    0.444
    """

    clusters: int
    pupils: float
    icc: float
    share: float | None = None
    assigned: Level | str = Level.CLUSTER
    classes: int = 1
    icc_classes: float = 0.0
    blocks: int = 0
    icc_blocks: float = 0.0
    sites: Sites | str = Sites.CONSTANT
    heterogeneity: float = 0.0
    covariates: int = 0
    r2_pupils: float = 0.0
    r2_classes: float = 0.0
    r2_clusters: float = 0.0
    r2_effect: float = 0.0
    reliability: float = 1.0
    cv: float = 0.0
    one_arm: bool = False
    proportion: float | None = None
    waves: Waves | None = None
    outcomes: Outcomes | None = None
    cluster_label: Text = Text("scholen", "schools")

    def __post_init__(self) -> None:
        faults = _choice(self, "assigned", Level) + _choice(self, "sites", Sites)
        for names, rule in _FIELDS.items():
            faults += _outside(self, [name for name in names if _given(self, name)], rule)
        faults += [
            found
            for name, kind in _KINDS.items()
            if _given(self, name)
            for found in kind_faults(name, getattr(self, name), kind)
        ]
        wrong = {fault.column for fault in faults}
        faults += [
            fault(column, *words)
            for column, needs, broken, words in _CONTRADICTIONS
            if not wrong & {"one_arm", column, *needs} and broken(self)
        ]
        if not faults and not degrees_of_freedom(self) > 0:
            faults.append(fault("clusters", *_NO_DF))
        refuse(faults)

    @property
    def individual(self) -> bool:
        """Whether pupils were assigned without any clusters."""
        return self.assigned is Level.PUPIL and self.clusters == 1

    @property
    def treated_share(self) -> float:
        """The share treated: as given, or half as near as whole clusters allow."""
        if self.share is not None:
            return self.share
        if self.assigned is Level.PUPIL or self.one_arm:
            return 0.5
        return (self.clusters // 2) / self.clusters

    @property
    def pupils_in_all(self) -> float:
        """Of both arms together."""
        inside = self.clusters * self.classes * self.pupils
        return inside / self.treated_share if self.one_arm else inside

    def to_dict(self) -> dict[str, object]:
        """What was assumed, as plain values."""
        out = asdict(self) | {"treated_share": self.treated_share}
        for name in ("waves", "outcomes"):
            part = out.pop(name) or {}
            out |= {f"{name}_{key}": value for key, value in part.items()}
        del out["cluster_label"]
        return {k: v.value if isinstance(v, StrEnum) else v for k, v in out.items()}


def degrees_of_freedom(d: Design, J: float | None = None) -> float:
    """As PowerUpR counts them (Dong & Maynard, 2013); ancova on a wave before costs one more.

    J: another number of clusters, maybe not whole. With one arm in groups: those of that arm.
    """
    J = d.clusters if J is None else J
    g = d.covariates + (d.waves is not None and d.waves.comparison is Comparison.ANCOVA)
    if d.one_arm:
        return J - 1 - g
    by_pupil = d.assigned is Level.PUPIL
    units, sites = (J * d.pupils, J) if by_pupil else (J, max(blocks_with(d, J), 1))
    if d.sites is Sites.RANDOM:
        return sites - g - 1
    return units - 2 * sites - g if d.sites is Sites.FIXED else units - sites - g - 1


def blocks_with(d: Design, J: float) -> float:
    """With J clusters: blocks keep their number of clusters."""
    return d.blocks * J / d.clusters


def design_of(plan: Plan, pupils: Pupils, *, icc: float) -> Design:
    """The design of a plan, with the numbers of the pupils that were there at the start.

    The first arm against the comparison; several primary outcomes by Holm. What cannot be counted
    keeps its default: baseline and covariates explain nothing until ``dataclasses.replace`` says
    so. Where the pupils of the comparison stand alone: one arm in groups. Raises PlanError, also
    for a dose and for a second division of the pupils (crossed).
    """
    if plan.dose:
        raise PlanError([fault("dose", *NO_ARMS)])
    if plan.crossed is not None:
        raise PlanError([fault("crossed", *ONE_DIVISION)])
    arms = pupils.arms.names
    comparison = comparison_arm(plan, arms)
    others = [a for a in (*plan.study.arms, *arms) if a in arms and a != comparison]
    two = [arms.index(a) for a in (comparison, *others[:1]) if a is not None]
    here = pupils.at_start & np.isin(pupils.arms.codes, two)
    if not here.any():
        raise PlanError([fault("clusters", *_NOBODY)])
    treated = pupils.arms.codes[here] == two[-1]
    one_arm = comparison in plan.alone and arms[two[-1]] not in plan.alone
    if arms[two[-1]] in plan.alone and comparison not in plan.alone:
        raise PlanError([fault("alone", *TREATED_ALONE)])
    share = float(treated.mean())
    if one_arm:  # the clusters are those of the treated; the comparison only makes the share
        here &= pupils.arms.codes == two[-1]
        treated = treated[treated]
    used, g, size = np.unique(pupils.clusters.codes[here], return_inverse=True, return_counts=True)
    by_pupil, one = plan.assigned is Level.PUPIL and not one_arm, len(used) == 1
    if not (by_pupil or one_arm):
        share = float((np.bincount(g, treated) > 0).mean())
    adjusted = [c for name in plan.covariates for c in _but_first(pupils.columns[name])]
    alike = [c for c in adjusted if _same_within(pupils.numbers[c][here], g, len(used))]
    return Design(
        clusters=len(used),
        pupils=float(size.mean()),
        icc=0.0 if by_pupil and one else icc,
        share=share,
        assigned=Level.PUPIL if by_pupil else Level.CLUSTER,
        sites=Sites.RANDOM if by_pupil and not one else Sites.CONSTANT,
        blocks=len(np.unique(pupils.blocks.codes[here])) if plan.blocks and not by_pupil else 0,
        covariates=0 if by_pupil else len(alike),
        cv=float(size.std() / size.mean()),
        one_arm=one_arm,
        outcomes=outcomes_of(plan),
        cluster_label=plan.study.cluster_label,
    )


def outcomes_of(plan: Plan) -> Outcomes | None:
    """The outcomes that the plan's conclusion rests on, when there are several."""
    return Outcomes(number=len(plan.primary)) if len(plan.primary) > 1 else None


def _but_first(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a covariate that are adjusted for: of a category all indicators but one."""
    return columns[1:] if len(columns) > 1 else columns


def _same_within(x: NDArray[np.float64], g: NDArray[np.intp], G: int) -> bool:
    """Whether a column does not vary within clusters (missing values aside)."""
    known = ~np.isnan(x)
    low, high = np.full(G, np.inf), np.full(G, -np.inf)
    np.minimum.at(low, g[known], x[known])
    np.maximum.at(high, g[known], x[known])
    return bool(np.all(high <= low))


# ---------------------------------------------------------------- faults

Rule = tuple[Callable[[float], bool], str, str, str]  # test, Dutch, English, example
LARGEST = 1_000_000  # of any count: more pupils than there are
WHOLE: Rule = (
    lambda x: 0 <= x <= LARGEST and x == int(x), "een heel getal van 0 tot 1 miljoen",
    "a whole number from 0 to 1 million", "1",
)  # fmt: skip
WHOLE_ONE_UP: Rule = (
    lambda x: 1 <= x <= LARGEST and x == int(x), "een heel getal van 1 tot 1 miljoen",
    "a whole number from 1 to 1 million", "12",
)  # fmt: skip
SEED: Rule = (
    lambda x: 0 <= x < 2**63 and x == int(x), "een heel getal vanaf 0",
    "a whole number of 0 or more", "1",
)  # fmt: skip
ONE_UP: Rule = (
    lambda x: 1 <= x <= LARGEST, "een getal van 1 tot 1 miljoen", "a number from 1 to 1 million",
    "25",
)  # fmt: skip
ZERO_UP: Rule = (
    lambda x: 0 <= x <= 100, "een getal van 0 tot 100", "a number from 0 to 100", "0.3",
)  # fmt: skip
SIZE: Rule = (
    lambda x: abs(x) <= 100, "een getal van -100 tot 100", "a number from -100 to 100", "0.20",
)  # fmt: skip
ABOVE: Rule = (
    lambda x: 0 < x <= 100, "een getal boven 0 en hoogstens 100",
    "a number above 0 and at most 100", "0.20",
)  # fmt: skip
FEW: Rule = (
    lambda x: 1 <= x <= 20 and x == int(x), "een heel getal van 1 tot 20",
    "a whole number from 1 to 20", "3",
)  # fmt: skip
DRAWS: Rule = (
    lambda x: 100 <= x <= 200_000 and x == int(x), "een heel getal van 100 tot 200000",
    "a whole number from 100 to 200000", "20000",
)  # fmt: skip
SHARE: Rule = (
    lambda x: 0 <= x < 1, "een getal vanaf 0 en kleiner dan 1", "a number from 0 and below 1",
    "0.10",
)  # fmt: skip
WHOLE_SHARE: Rule = (
    lambda x: 0 <= x <= 1, "een getal van 0 tot 1", "a number from 0 to 1", "0.10",
)  # fmt: skip
INSIDE: Rule = (
    lambda x: 0.0001 <= x <= 0.9999, "een getal van 0.0001 tot 0.9999",
    "a number from 0.0001 to 0.9999", "0.5",
)  # fmt: skip
LEVEL: Rule = (
    lambda x: 0.0001 <= x <= 0.5, "een getal van 0.0001 tot 0.5", "a number from 0.0001 to 0.5",
    "0.05",
)  # fmt: skip
CHANCE: Rule = (
    lambda x: 0.01 <= x <= 0.9999, "een getal van 0.01 tot 0.9999", "a number from 0.01 to 0.9999",
    "0.80",
)  # fmt: skip
PART: Rule = (
    lambda x: 0.01 <= x <= 1, "een getal van 0.01 tot 1", "a number from 0.01 to 1", "0.8",
)  # fmt: skip
_FIELDS: dict[tuple[str, ...], Rule] = {
    ("clusters", "classes"): WHOLE_ONE_UP,
    ("blocks", "covariates"): WHOLE,
    ("pupils",): ONE_UP,
    ("icc", "icc_classes", "icc_blocks"): SHARE,
    ("r2_pupils", "r2_classes", "r2_clusters", "r2_effect"): SHARE,
    ("cv", "heterogeneity"): ZERO_UP,
    ("reliability",): PART,
    ("share", "proportion"): INSIDE,
}
_MAY_BE_LEFT_OUT = ("share", "proportion", "waves", "outcomes")
_KINDS: dict[str, type] = {
    "waves": Waves, "outcomes": Outcomes, "one_arm": bool, "cluster_label": Text,
}  # fmt: skip
_NO_BEFORE = (
    "Zonder voormeting is er geen verschil met vooraf.",
    "Without a measurement before there is no change.",
    "Kies comparison = post, of meet vooraf.",
    "Choose comparison = post, or measure before.",
)
_NO_DF = (
    "Er zijn te weinig scholen (clusters) voor dit ontwerp: de onzekerheid is dan niet te bepalen.",
    "There are too few clusters for this design: the uncertainty cannot be worked out.",
    "Neem meer scholen, of minder covariates of blokken.",
    "Take more clusters, or fewer covariates or blocks.",
)
_NOBODY = (
    "Er is niemand om mee te rekenen.",
    "There is nobody to count.",
    "Controleer de gegevens.",
    "Check the data.",
)
NO_ARMS = (
    "De treatment is hier een hoeveelheid. Deze berekening vooraf is voor twee groepen.",
    "The treatment is an amount here. This calculation beforehand is for two arms.",
    "Beschrijf het ontwerp zelf (Design), alsof één groep een eenheid meer krijgt.",
    "Describe the design yourself (Design), as if one arm gets one unit more.",
)
ONE_DIVISION = (
    "Wat een onderzoek kan zien, is hier alleen uit te rekenen met één indeling van de leerlingen.",
    "What a study can see can only be worked out here with one division of the pupils.",
    "Haal crossed voor deze berekening uit het plan; het echte onderzoek ziet dan minder.",
    "Take crossed out of the plan for this calculation; the real study will see less then.",
)
TREATED_ALONE = (
    "Alleen de leerlingen zonder programma kunnen hier op zichzelf staan.",
    "Only pupils without the programme can stand alone here.",
    "Beschrijf het ontwerp zelf (Design) met de groepen omgedraaid: de uitkomst is gelijk.",
    "Describe the design yourself (Design) with the arms turned round: the answer is the same.",
)
_FEW_CLUSTERS = (
    "In elke groep zijn ten minste 2 scholen nodig, dus samen minstens 4.",
    "Every arm needs at least 2 schools, so at least 4 in all.",
    "Neem meer scholen (clusters).",
    "Take more schools (clusters).",
)
_UNEVEN = (
    "In elke groep zijn ten minste 2 scholen nodig.",
    "Every arm needs at least 2 schools.",
    "Neem meer scholen (clusters), of verdeel ze gelijker (share).",
    "Take more schools (clusters), or divide them more evenly (share).",
)
_FEW_GROUPS = (
    "Er zijn ten minste 2 groepen met het programma nodig.",
    "At least 2 groups with the programme are needed.",
    "Neem meer groepen (clusters).",
    "Take more groups (clusters).",
)
_FEW_PUPILS = (
    "Er zijn te weinig leerlingen voor twee groepen.",
    "There are too few pupils for two arms.",
    "Neem meer leerlingen, of verdeel ze gelijker (share).",
    "Take more pupils, or divide them more evenly (share).",
)
_SMALL_BLOCKS = (
    "In elk blok zijn ten minste 2 scholen (clusters) nodig.",
    "Every block needs at least 2 clusters.",
    "Neem minder blokken.",
    "Take fewer blocks.",
)
_TOO_MUCH = (
    "Samen met de andere delen is dit meer dan alle verschillen.",
    "Together with the other shares this is more than all of the variance.",
    "Zorg dat icc, icc_classes en icc_blocks samen kleiner dan 1 zijn.",
    "Keep the sum of icc, icc_classes and icc_blocks below 1.",
)


def _needs(other: str) -> tuple[str, str, str, str]:
    return (
        f"Dit kan alleen met {other}.", f"This needs {other}.",
        f"Geef ook {other}, of laat dit weg.", f"Give {other} too, or leave this out.",
    )  # fmt: skip


def _not_with(other: str) -> tuple[str, str, str, str]:
    return (
        f"Dit kan niet samen met {other}.", f"This does not go with {other}.",
        "Laat een van de twee weg.", "Leave one of the two out.",
    )  # fmt: skip


def _by_pupil(d: Design) -> bool:
    return d.assigned is Level.PUPIL


def _in_an_arm(d: Design) -> float:
    """Clusters (or pupils of one cluster) in the smaller arm."""
    units = d.pupils if _by_pupil(d) else d.clusters
    return units * min(d.treated_share, 1 - d.treated_share)


def _few_clusters(d: Design) -> bool:
    return not (d.one_arm or _by_pupil(d)) and d.clusters < 2 * FEWEST


def _uneven(d: Design) -> bool:
    whole = not (d.one_arm or _by_pupil(d) or _few_clusters(d))
    return whole and _in_an_arm(d) < FEWEST


def _few_pupils(d: Design) -> bool:
    return _by_pupil(d) and _in_an_arm(d) < (FEWEST if d.individual else 1)


def _no_sites(d: Design) -> bool:
    return d.sites is not Sites.CONSTANT and (d.individual or not (_by_pupil(d) or d.blocks))


# The column at fault, the other columns that must be right to say so, when, and the words.
_Contradiction = tuple[str, tuple[str, ...], Callable[[Design], bool], tuple[str, str, str, str]]
_CONTRADICTIONS: tuple[_Contradiction, ...] = (
    ("clusters", ("assigned",), _few_clusters, _FEW_CLUSTERS),
    ("clusters", ("share", "assigned"), _uneven, _UNEVEN),
    ("clusters", (), lambda d: d.one_arm and d.clusters < FEWEST, _FEW_GROUPS),
    ("pupils", ("clusters", "share", "assigned"), _few_pupils, _FEW_PUPILS),
    (
        "icc",
        ("icc_classes", "icc_blocks"),
        lambda d: d.icc + d.icc_classes + d.icc_blocks >= 1,
        _TOO_MUCH,
    ),
    ("icc", ("clusters", "assigned"), lambda d: d.individual and d.icc > 0, _needs("clusters > 1")),
    (
        "icc_classes",
        ("classes",),
        lambda d: d.icc_classes > 0 and d.classes == 1,
        _needs("classes"),
    ),
    ("icc_blocks", ("blocks",), lambda d: d.icc_blocks > 0 and not d.blocks, _needs("blocks")),
    ("blocks", ("clusters",), lambda d: d.clusters < FEWEST * d.blocks, _SMALL_BLOCKS),
    (
        "heterogeneity",
        ("sites",),
        lambda d: d.heterogeneity > 0 and d.sites is not Sites.RANDOM,
        _needs("sites = random"),
    ),
    ("sites", ("blocks", "assigned", "clusters"), _no_sites, _needs("blocks")),
    ("blocks", ("assigned",), lambda d: d.blocks > 0 and _by_pupil(d), _not_with("assigned")),
    ("classes", ("assigned",), lambda d: d.classes > 1 and _by_pupil(d), _not_with("assigned")),
    ("one_arm", ("assigned",), lambda d: d.one_arm and _by_pupil(d), _not_with("assigned")),
    ("one_arm", ("blocks",), lambda d: d.one_arm and d.blocks > 0, _not_with("blocks")),
    ("one_arm", ("classes",), lambda d: d.one_arm and d.classes > 1, _not_with("classes")),
)


def fault(column: str, nl: str, en: str, do_nl: str, do_en: str) -> Fault:
    """A fault in a field, with its remedy, in both languages."""
    return Fault(column=column, rule=Text(nl, en), remedy=Text(do_nl, do_en))


def number_faults(column: str, x: object, rule: Rule) -> Iterator[Fault]:
    """A fault when x is no finite number or breaks the rule."""
    test, nl, en, example = rule
    try:
        value = float(x) if isinstance(x, Real) and not isinstance(x, bool) else math.nan
    except OverflowError:
        value = math.inf
    if not (math.isfinite(value) and test(value)):
        yield fault(
            column, f"Dit moet {nl} zijn.", f"This must be {en}.",
            f"Kies bijvoorbeeld {example}.", f"Choose for example {example}.",
        )  # fmt: skip


def kind_faults(column: str, x: object, kind: type) -> Iterator[Fault]:
    """A fault when x is another kind of thing."""
    if not isinstance(x, kind):
        yield fault(
            column, f"Dit moet een {kind.__name__} zijn.", f"This must be a {kind.__name__}.",
            f"Geef een {kind.__name__}.", f"Give a {kind.__name__}.",
        )  # fmt: skip


def _given(d: Design, name: str) -> bool:
    return getattr(d, name) is not None or name not in _MAY_BE_LEFT_OUT


def _outside(value: object, names: list[str], rule: Rule) -> list[Fault]:
    return [found for name in names for found in number_faults(name, getattr(value, name), rule)]


def _choice(value: object, name: str, kind: type[StrEnum]) -> list[Fault]:
    """Let a field take its own text value."""
    given, known = getattr(value, name), [item.value for item in kind]
    if isinstance(given, str) and given in known:
        object.__setattr__(value, name, kind(given))
        return []
    rule = (f"‘{given}’ is hier onbekend.", f"‘{given}’ is not known here.")
    listed = ", ".join(known)
    return [fault(name, *rule, f"Kies uit: {listed}.", f"Choose from: {listed}.")]


def refuse(faults: list[Fault]) -> None:
    """Raise PlanError when there is anything wrong."""
    if faults:
        raise PlanError(faults)
