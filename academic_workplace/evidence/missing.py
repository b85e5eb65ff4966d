"""What the missing outcomes could mean for an effect, without filling anything in.

The effects are of complete cases: pupils who were there at the start and of whom everything needed
is known. That supposes that those who are missing would have differed between the arms just as
alike pupils did whose scores are known. Nothing in the data can show that. What can be shown: who
they were (``missing/little.py``), how far they could move the difference (``missing/bounds.py``),
and how different they would have to be to change the conclusion (``missing/delta.py``).

The bounds are those of a plain regression, whatever the method. How different starts from the
effect itself, and moves as fast as the (adjusted) share that is missing: exactly so for a mean of
pupils, and for a multilevel model by that model (``missing/by_model.py``). Of a change since the
baseline it is what the gains could be; of taking part, the effect of the offer; of values that were
filled in, what was filled in is shifted (``missing/shifted.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest, profile, shown_count
from academic_workplace.effects.complier import Complier
from academic_workplace.effects.growth import gains
from academic_workplace.effects.imputed import Filled, Imputed, filled_in
from academic_workplace.effects.multilevel import Multilevel
from academic_workplace.effects.regression import (
    Arms,
    Interval,
    arms_of,
    column,
    covariate_columns,
    interval,
    regress,
)
from academic_workplace.effects.result import Effect, Effects, estimated
from academic_workplace.errors import DataError
from academic_workplace.intake.layout import Sample, samples
from academic_workplace.intake.pupils import Pupils, with_indicators
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.linear import Fit, influence, variance
from academic_workplace.missing.bounds import NOBODY, Bounds, lee_bounds, worst_case
from academic_workplace.missing.by_model import Levels, slope_of
from academic_workplace.missing.delta import NOTHING_MOVES, Delta, delta_of
from academic_workplace.missing.little import Little, little
from academic_workplace.missing.shifted import Shifted
from academic_workplace.moments import SampleMoments, coded, collect
from academic_workplace.plan import MATCHING, OVER_TIME, Inference, Method, Missing, Plan
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PLAIN = (Method.DIFFERENCE, Method.ADJUSTED)
IN_CHANGE = (Method.GROWTH, Method.WAVES)
TOLD_OF = (
    *PLAIN, *IN_CHANGE, Method.INTERACTED, Method.MULTILEVEL, Method.LOGISTIC,
    Method.LOGISTIC_MULTILEVEL, Method.COUNTS, Method.COMPLIER,
)  # fmt: skip
OF_CHANCES = (Method.LOGISTIC, Method.LOGISTIC_MULTILEVEL)
MOST_COLUMNS = 20  # of Little's test: of more every pupil has a pattern of their own

NO_ROWS = Text(
    "Wat het ontbreken van scores kan betekenen, is niet onderzocht. Daarvoor zijn de rijen van de"
    " leerlingen nodig.",
    "What missing scores may mean was not looked into. That needs the rows of the pupils.",
)
NOT_THIS_PLAN = Text(
    "Wat het ontbreken van scores kan betekenen, is bij deze opzet niet onderzocht.",
    "What missing scores may mean was not looked into for this design.",
)


def _because(nl: str, en: str) -> Text:
    return Text(f"{NOT_THIS_PLAN.nl} {nl}", f"{NOT_THIS_PLAN.en} {en}")


NOT_A_DOSE = _because(
    "Daarvoor zijn groepen nodig, en hier is het programma een hoeveelheid.",
    "That needs arms, and here the programme is an amount.",
)
NOT_CROSSED = _because(
    "Leerlingen lijken hier op elkaar binnen twee indelingen. Daarvoor is het niet uitgewerkt.",
    "Pupils are alike within two divisions here. For that it is not worked out.",
)
NOT_WEIGHTED = _because(
    "Hier telt niet elke leerling even zwaar. Daarvoor is het niet uitgewerkt.",
    "Here not every pupil counts alike. For that it is not worked out.",
)
NOT_OVER_TIME = _because(
    "Die volgt scholen over meer jaren, en geen losse leerlingen.",
    "It follows schools over several years, and no single pupils.",
)
NOT_REPEATED = _because(
    "Bij elk meetmoment zijn er andere leerlingen: niemand is gevolgd.",
    "Every wave has other pupils: nobody was followed.",
)
NOT_OF_METHOD = {
    Method.CLUSTER_MEANS: _because(
        "Elke school (cluster) telt even zwaar, ook waar veel leerlingen wegvielen.",
        "Every school (cluster) counts alike, also where many pupils are missing.",
    ),
    **dict.fromkeys(
        (Method.SITE_AVERAGE, Method.PUPIL_AVERAGE),
        _because(
            "Het verschil komt uit elk blok apart. Daarvoor is het niet uitgewerkt.",
            "The difference comes from every block apart. For that it is not worked out.",
        ),
    ),
    **dict.fromkeys(
        (Method.PROPENSITY, Method.ENTROPY, Method.STABLE, *MATCHING, Method.DOUBLY_ROBUST),
        _because(
            "Gewichten of tweetallen horen bij wie is vergeleken. Daarvoor is het niet uitgewerkt.",
            "Weights or pairs belong to those who were compared. For that it is not worked out.",
        ),
    ),
    Method.DISCONTINUITY: _because(
        "Alleen leerlingen vlak bij de grens tellen mee. Daarvoor is het niet uitgewerkt.",
        "Only pupils close to the cut-off count. For that it is not worked out.",
    ),
}
NO_RANGE = Text(
    "Het plan noemt geen laagste en hoogste score (range). Dan is er geen slechtste geval.",
    "The plan names no lowest and highest score (range). So there is no worst case.",
)
NO_HIGHEST = Text(
    "Een aantal heeft geen hoogste waarde, en het plan noemt er geen (range). Dan is er geen"
    " slechtste geval.",
    "A count has no highest value, and the plan names none (range). So there is no worst case.",
)
NOT_TO_TELL = Text(
    "De groepen zijn niet te vergelijken met de leerlingen die wegvielen erbij.",
    "The groups cannot be compared with the pupils who are missing among them.",
)
NO_UNCERTAINTY = Text(
    "Hoe zeker dit verschil is, weten we niet. Dan is ook niet te zeggen wanneer het toeval wordt.",
    "How sure this difference is, we do not know. So it cannot be told either when it becomes"
    " chance.",
)
NOT_BY_BLOCK = Text(
    "Per blok zijn de grenzen van Lee niet te bepalen: in een blok is van een groep niemand"
    " gemeten.",
    "Lee's bounds cannot be worked out by block: in some block nobody of one group was measured.",
)


class About(StrEnum):
    """What the sentences and bounds are about."""

    SCORE = "score"
    CHANGE = "change"  # since the baseline
    EVERY_WAVE = "every wave"  # the same, where whoever missed one stays in the model
    OFFER = "offer"  # where the effect is that of taking part
    FILLED = "filled in"
    OFFER_FILLED = "offer, filled in"


_COLUMNS = ("supposed", "delta", "low", "high", "ci_low", "ci_high")


@dataclass(frozen=True, slots=True)
class Lost:
    """Pupils of one arm. start: at the start; analysed: of those; known: of those who are missing,
    how many are known beforehand in all that the comparison uses."""

    start: int
    analysed: int
    known: int

    @property
    def lost(self) -> int:
        """How many are missing."""
        return self.start - self.analysed


@dataclass(frozen=True, slots=True, eq=False)
class MissingOutcome:
    """What the missing outcomes could mean for one effect.

    arm, comparison: how many of each. little: whether those missing look alike on what is known; a
    description. lee, worst: bounds of the difference (``Bounds``), in units of the outcome. lines:
    the effect when those missing scored delta more than alike pupils did: of the arm
    (``programme``), of the comparison, or of both; at 0 it is the effect itself (of OFFER: that of
    the offer). unit: one standard deviation, in units of the outcome. by_block: Lee's bounds, cut
    off block by block. most: how much lower, and how much higher, those missing of the arm can have
    scored on average; infinite where nothing says so. ones, counted: an outcome of 0 and 1, or a
    count. modelled: the effect is of another model than the plain regression of the bounds. A part
    that there is not is None, and not_done says why.
    """

    effect: Effect
    arm: Lost
    comparison: Lost
    little: Little | None
    lee: Bounds | None
    worst: Bounds | None
    programme: Delta | Shifted | None
    others: Delta | Shifted | None
    everyone: Delta | Shifted | None
    unit: float | None
    ones: bool = False
    not_done: tuple[Text, ...] = ()
    by_block: Bounds | None = None
    most: tuple[float, float] = (math.inf, math.inf)
    about: About = About.SCORE
    counted: bool = False
    modelled: bool = False

    @property
    def withheld(self) -> bool:
        """Whether the numbers stay inside, by the rules that hold now.

        The slope is (nearly) the share that is missing, the width of the worst case is both shares,
        and what Lee's bounds cut off is a few scores at one end. So nothing is told where a count
        of those behind them may not be: few missing, few of them known beforehand or not, or few
        cut off. Nor where counts are rounded, for a share would tell them exactly.
        """
        if profile().rounding > 1:
            return True
        counts = [n for part in (self.arm, self.comparison)
                  for n in (part.start, part.analysed, part.lost, part.known,
                            part.lost - part.known)]  # fmt: skip
        return any(shown_count(n) is None for n in counts)

    @property
    def lee_withheld(self) -> bool:
        """Whether Lee's bounds rest on so few scores cut off that they tell of persons."""
        cut = [bounds.cut for bounds in (self.lee, self.by_block) if bounds is not None]
        return any(0 < n < fewest() for n in cut)

    @property
    def room(self) -> float:
        """How far from alike pupils those missing of the arm can have scored, in ``way``."""
        return self.most[0] if self.way < 0 else self.most[1]

    @property
    def worse(self) -> float:
        """The direction in which a score is worse: -1, or 1 where lower is better."""
        return 1.0 if self.effect.plan.measure(self.effect.outcome).better == "lower" else -1.0

    @property
    def way(self) -> float:
        """The direction of delta that is looked into: worse for the arm, but where the arm is
        clearly worse off already: then better."""
        if self.programme is None:
            return self.worse
        _, _, low, high = self.programme.at(0.0)
        harms = high < 0 if self.worse < 0 else low > 0
        return -self.worse if harms else self.worse

    def tipping(self) -> float | None:
        """How far from alike pupils (in units of the outcome, above 0) those missing of the arm
        must have scored, in the direction of ``way``, before the interval first holds zero.

        None where it holds zero already, or where no such score changes that.
        """
        line = self.programme
        if line is None or not line.moves:
            return None
        _, _, low, high = line.at(0.0)
        if low <= 0 <= high:
            return None
        found = [x for x in line.nearest(0.0) if x is not None and x * self.way > 0]
        return abs(found[0]) if found else None

    def changes(self) -> tuple[tuple[float, str], ...]:
        """The nearest deltas below and above 0 at which the verdict becomes another, and which."""
        from academic_workplace.evidence.weighing import verdict

        line, unit = self.programme, self.unit
        if line is None or unit is None or not line.moves:
            return ()
        smallest = self.effect.plan.smallest_effect

        def read(delta: float) -> str:
            _, _, low, high = line.at(delta)
            low, high = (low, high) if self.worse < 0 else (-high, -low)
            return verdict(low / unit, high / unit, smallest).value

        now, out = read(0.0), []
        values = (0.0, smallest * unit, -smallest * unit)
        found = sorted({x for v in values for x in line.touches(v)}, key=abs)
        for way in (-1.0, 1.0):
            for delta in (x for x in found if x * way > 0):
                there = read(delta * (1 + 1e-9) + way * 1e-12 * unit)
                if there != now:
                    out.append((delta, there))
                    break
        return tuple(out)

    def table(self) -> pd.DataFrame:
        """The bounds and the effect at some deltas, in full precision."""
        rows: list[tuple[object, ...]] = []
        for name, bounds in (
            ("Lee", self.lee), ("Lee, by block", self.by_block), ("worst case", self.worst),
        ):  # fmt: skip
            if bounds is not None:
                rows.append((name, None, bounds.low, bounds.high, bounds.ci_low, bounds.ci_high))
        for name, line in (("programme", self.programme), ("comparison", self.others),
                           ("both", self.everyone)):  # fmt: skip
            if line is not None and self.unit is not None:
                for times in (t for t in (0.0, 0.1, 0.25, 0.5, 1.0) if t * self.unit <= self.room):
                    delta = self.way * times * self.unit + 0.0  # no minus before a 0
                    value, _, low, high = line.at(delta)
                    rows.append((f"delta, {name}", delta, value, value, low, high))
        return pd.DataFrame(rows, columns=list(_COLUMNS))

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.missing import missing_sentences

        return missing_sentences(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The effect against how much worse those missing would have scored."""
        from academic_workplace.report.missing import plot_missing

        return plot_missing(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same for a notebook, with an alternative text."""
        from academic_workplace.report.missing import missing_drawing

        return missing_drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MissingOutcomes(Items[MissingOutcome]):
    """The same of every effect with missing outcomes. not_done: what was not looked into."""

    not_done: tuple[Text, ...] = ()

    def __repr__(self) -> str:
        return f"MissingOutcomes({len(self)} effects)"

    def table(self) -> pd.DataFrame:
        """The tables of every effect below each other, in full precision."""
        each = [
            one.table().assign(outcome=e.outcome, wave=e.wave, arm=e.arm)
            for one, e in ((one, one.effect) for one in self)
        ]
        columns = ["outcome", "wave", "arm", *_COLUMNS]
        return (
            pd.concat(each, ignore_index=True)[columns] if each else pd.DataFrame(columns=columns)
        )

    def explain(self, language: str = "nl") -> str:
        """The sentences of every effect, and what was not looked into."""
        from academic_workplace.report.missing import all_sentences

        return all_sentences(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def missing_outcomes(effects: Effects) -> MissingOutcomes:
    """What the missing outcomes could mean, for every effect of which there are any.

    With the rows of the pupils at hand (``estimate`` was given them), and a method that the theory
    carries: otherwise nothing, and not_done says why. The bounds are by least squares with CR2,
    whatever the method and inference of the effects; with the covariates of the effect, but in a
    plain difference.
    """
    effects = estimated(effects)
    plan, pupils = effects.plan, effects.pupils
    flow = effects.flow
    lost = flow.counts[..., 0].sum() - flow.counts[..., 2].sum() if len(flow.samples) else 0
    if not lost:
        return MissingOutcomes(())
    why = _why_not(plan, effects.method) or (NO_ROWS if pupils is None else None)
    if why is not None or pupils is None:
        return MissingOutcomes((), (why or NO_ROWS,))
    by_key = {sample.key: sample for sample in samples(plan)}
    found, not_done = list[MissingOutcome](), dict[Text, None]()
    with one_thread():
        filled = filled_in(pupils) if plan.missing is Missing.IMPUTED else None
        known = with_indicators(pupils)
        for m in effects.moments.samples:
            own = [e for e in effects if (e.outcome, e.wave) == m.key and e.estimate is not None]
            if own and (pupils.at_start & ~pupils.analysed[m.key]).any():
                each = _of_sample(effects, m, by_key[m.key], known, own, filled)
                if isinstance(each, Text):
                    not_done[each] = None
                else:
                    found += each
    order = {id(effect): i for i, effect in enumerate(effects)}
    items = tuple(sorted(found, key=lambda x: order[id(x.effect)]))
    return MissingOutcomes(items, tuple(not_done))


def _why_not(plan: Plan, method: Method) -> Text | None:
    """Why it is not worked out for a plan and method; None where it is."""
    reasons = (
        (plan.dose, NOT_A_DOSE),
        (plan.period is not None or method in OVER_TIME, NOT_OVER_TIME),
        (plan.repeated, NOT_REPEATED),
        (plan.crossed is not None, NOT_CROSSED),
        (plan.weights is not None, NOT_WEIGHTED),
        (method not in TOLD_OF, NOT_OF_METHOD.get(method, NOT_THIS_PLAN)),
    )
    return next((why for holds, why in reasons if holds), None)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """One analysis: its moments and fit, and who is in it. whole: everyone at the start whose
    background is known. before: the baseline that is taken off the outcome; '' where none is."""

    effects: Effects
    m: SampleMoments
    fit: Fit
    contrasts: dict[str, Floats]
    arms: Arms
    covariates: Sequence[str]
    sample: Sample
    pupils: Pupils
    analysed: Bools
    whole: Bools
    before: str
    filled: Filled | None

    @property
    def y(self) -> Floats:
        """(n,) the outcome, or how much it changed."""
        numbers = self.pupils.numbers
        y = numbers[self.sample.y]
        return y - numbers[self.before] if self.before else y

    @property
    def about(self) -> About:
        """What is told."""
        method = self.effects.method
        if self.filled is not None:
            return About.OFFER_FILLED if method is Method.COMPLIER else About.FILLED
        named = {Method.WAVES: About.EVERY_WAVE, Method.GROWTH: About.CHANGE,
                 Method.COMPLIER: About.OFFER}  # fmt: skip
        return named.get(method, About.SCORE)


def _of_sample(
    effects: Effects, m: SampleMoments, sample: Sample, pupils: Pupils, own: Sequence[Effect],
    filled: Filled | None,
) -> list[MissingOutcome] | Text:  # fmt: skip
    plan = effects.plan
    covariates = [] if effects.method is Method.DIFFERENCE else covariate_columns(m, plan)
    before = sample.baseline if effects.method in IN_CHANGE else ""
    covariates = [c for c in covariates if not before or c != before]
    m = gains(m, before) if before else m
    arms = arms_of(m, plan)
    if not arms.able:  # of nobody, or of one arm only, all is known
        return NOT_TO_TELL
    try:
        model = regress(m, plan, arms, covariates, interacted=False)
    except DataError:
        return NOT_TO_TELL
    whole = pupils.at_start.copy()
    for name in m.columns[1:-1]:
        if name in pupils.numbers:
            whole &= ~np.isnan(pupils.numbers[name])
    analysed = pupils.analysed[m.key]
    rows = _Rows(
        effects, m, model.fit, model.contrasts, arms, covariates, sample, pupils, analysed, whole,
        before, filled,
    )  # fmt: skip
    described = _described(rows)
    missing = _filled(rows, (~analysed).astype(float))
    out = []
    for effect in own:
        if effect.arm in model.contrasts:
            found = _of_effect(rows, effect, described, missing)
            if found.arm.lost or found.comparison.lost:
                out.append(found)
    return out


def _of_effect(
    rows: _Rows, effect: Effect, described: Little | Text, missing: SampleMoments | Text
) -> MissingOutcome:
    arm, comparison = (_lost(rows, name) for name in (effect.arm, effect.comparison))
    lee, worst = _lee(rows, effect), _worst(rows, effect)
    by_block = _lee(rows, effect, by_block=True) if effect.plan.blocks else None
    y = rows.pupils.numbers[rows.sample.y]
    ones = bool(np.isin(y[rows.analysed], (0.0, 1.0)).all())
    counted = rows.effects.method is Method.COUNTS
    unit = effect.sd if effect.sd else None
    if effect.g and effect.estimate and not (ones and rows.effects.method not in PLAIN):
        unit = effect.estimate / effect.g
    lines: tuple[Delta | Shifted, ...] | Text = NOT_TO_TELL
    if rows.filled is not None:
        lines = _shifted(rows, effect, unit, rows.filled)
    elif not isinstance(missing, Text):
        lines = _lines(rows, effect, missing)
    programme, others, everyone = (None,) * 3 if isinstance(lines, Text) else lines
    of_arm = y[_in_arm(rows, effect.arm) & rows.analysed]
    parts = (described, lee, by_block, worst, lines)
    return MissingOutcome(
        effect,
        arm,
        comparison,
        None if isinstance(described, Text) else described,
        None if isinstance(lee, Text) else lee,
        None if isinstance(worst, Text) else worst,
        programme,
        others,
        everyone,
        unit,
        ones,
        tuple(dict.fromkeys(part for part in parts if isinstance(part, Text))),
        None if isinstance(by_block, Text) else by_block,
        _most(of_arm, ones=ones, counted=counted),
        rows.about,
        counted,
        rows.effects.method not in PLAIN,
    )


def _most(y: Floats, *, ones: bool, counted: bool) -> tuple[float, float]:
    """How much lower and higher a mean of these outcomes can be: a share or a count has ends."""
    if not len(y) or not (ones or counted):
        return math.inf, math.inf
    mean = float(y.mean())
    return mean, 1 - mean if ones else math.inf


def _in_arm(rows: _Rows, arm: str) -> Bools:
    labels = rows.pupils.arms
    inside: Bools = labels.codes == labels.names.index(arm)
    return inside & rows.pupils.at_start


def _lost(rows: _Rows, arm: str) -> Lost:
    here = _in_arm(rows, arm)
    counts = (here, here & rows.analysed, here & ~rows.analysed & rows.whole)
    return Lost(*(int(np.count_nonzero(x)) for x in counts))


def _described(rows: _Rows) -> Little | Text:
    """Little's test on the arms, what is known beforehand and the outcome, of all at the start."""
    numbers, here = rows.pupils.numbers, rows.pupils.at_start
    beforehand = [*rows.covariates, *([rows.before] if rows.before else [])]
    names = [rows.pupils.numbers[name] for name in beforehand]
    arms = [_in_arm(rows, arm).astype(float) for arm in rows.arms.able]
    columns = [*arms, *names, numbers[rows.sample.y]][-MOST_COLUMNS:]
    return little(np.column_stack([x[here] for x in columns]))


def _filled(rows: _Rows, y: Floats) -> SampleMoments | Text:
    """The moments of everyone whose background is known, with another outcome."""
    nobody = np.zeros(len(rows.pupils), dtype=bool)
    analysed = {key: rows.whole if key == rows.m.key else nobody for key in rows.pupils.analysed}
    numbers = {**rows.pupils.numbers, rows.sample.y: y}
    found = collect(replace(rows.pupils, numbers=numbers, analysed=analysed))
    m = next(m for m in found.samples if m.key == rows.m.key)
    known = {name for name in rows.m.columns if name in m.columns}
    return m if known == set(rows.m.columns) else NOT_TO_TELL


def _only(m: SampleMoments, arm: str) -> SampleMoments:
    """The same moments with an outcome that is 0 outside one arm."""
    m = m.about(np.append(m.origin[:-1], 0.0))
    keep = np.array([name == arm for name in m.arms], dtype=float)
    S = m.S.copy()
    S[:, -1] *= keep[:, None]
    S[:, :, -1] = S[:, -1]
    return replace(m, S=S)


def _base(rows: _Rows, effect: Effect) -> Interval:
    """What the lines start from: the effect itself, by CR2 where it is a plain regression; where it
    is that of taking part, the effect of the offer."""
    plain = interval(rows.fit, rows.contrasts[effect.arm], Inference.CR2)
    if rows.effects.method in PLAIN or effect.estimate is None:
        return plain
    behind = rows.effects.detail(effect)
    if isinstance(behind, Complier):
        return behind.offered
    if effect.se is None or effect.df is None:  # assigned again: these have no standard error
        return replace(plain, estimate=effect.estimate)
    return Interval(effect.estimate, effect.se, effect.df)


Moved = tuple[float, dict[str, float]]  # a slope, and the influence of every cluster on it


def _moved(rows: _Rows, effect: Effect, m: SampleMoments) -> Moved | Text:
    """The coefficient of the arm on the outcome of these moments, by the model of the effect."""
    levels = _levels(rows, effect, m)
    if levels is not None:
        return _by_model(rows, effect, m, levels)
    try:
        model = regress(m, effect.plan, rows.arms, rows.covariates, interacted=False)
    except DataError:
        return NOT_TO_TELL
    c = model.contrasts[effect.arm]
    moved = influence(model.fit, c, Inference.CR2)
    return float(c @ model.fit.beta), dict(zip(model.fit.clusters, moved.tolist(), strict=True))


def _levels(rows: _Rows, effect: Effect, m: SampleMoments) -> Levels | None:
    """The variances of a multilevel model of levels; None where the effect is of another model."""
    behind = rows.effects.detail(effect)
    if not isinstance(behind, Multilevel) or not behind.sigma2 > 0:
        return None
    if behind.slope is not None or behind.crossed is not None or effect.plan.alone:
        return None
    cluster = coded(m.clusters)[1]
    if behind.classes is None:
        return Levels(cluster, behind.tau2 / behind.sigma2)
    both = tuple(f"{c}\0{k}" for c, k in zip(m.clusters, m.crossed, strict=True))
    among = behind.classes.omega2 / behind.sigma2
    return Levels(cluster, behind.tau2 / behind.sigma2, coded(both)[1], among)


def _by_model(rows: _Rows, effect: Effect, m: SampleMoments, levels: Levels) -> Moved:
    """The same by a multilevel model with the variances of the complete cases."""
    names = [*(column(effect.plan, arm) for arm in rows.arms.able), *rows.covariates]
    own = names.index(column(effect.plan, effect.arm))
    constants = [m.columns[0]]
    if effect.plan.blocks:
        constants = []
        for block in dict.fromkeys(m.blocks):
            constants.append(f"in {block}")
            m = m.with_product(constants[-1], np.array([b == block for b in m.blocks], dtype=float))
    x = np.array([m.columns.index(name) for name in (*names, *constants)], dtype=np.intp)
    contrast = np.zeros(len(x))
    contrast[own] = 1.0
    slope, influences = slope_of(m.S, x, contrast, levels)
    return slope, dict(zip(coded(m.clusters)[0], influences.tolist(), strict=True))


def _lines(
    rows: _Rows, effect: Effect, missing: SampleMoments
) -> tuple[Delta, Delta, Delta] | Text:
    """The effect when those missing scored otherwise: of the arm, of the comparison, of both.

    missing: the moments of everyone with "is missing" as outcome.
    """
    here = _base(rows, effect)
    if rows.arms.few(effect.arm) or here.se is None or here.df is None:
        return NO_UNCERTAINTY
    found = _three(rows, effect, here, rows.m, missing)
    if isinstance(found, Text) or any(line.moves for line in found):
        return found
    return NOTHING_MOVES


def _three(
    rows: _Rows, effect: Effect, here: Interval, scores: SampleMoments, missing: SampleMoments
) -> tuple[Delta, Delta, Delta] | Text:
    """The lines from an effect with its error, of moments of scores and of who is missing."""
    parts = [
        _moved(rows, effect, m)
        for m in (scores, *(_only(missing, arm) for arm in (effect.arm, effect.comparison)))
    ]
    told = [part for part in parts if not isinstance(part, Text)]
    if len(told) < len(parts):
        return NOT_TO_TELL
    place = {name: i for i, name in enumerate(dict.fromkeys(k for _, each in told for k in each))}
    own, *each = (np.array([found.get(name, 0.0) for name in place]) for _, found in told)
    length = math.sqrt(float(own @ own))
    if length > 0:  # as sure as the effect itself is
        own = own * ((here.se or 0.0) / length)
    slopes = [slope for slope, _ in told[1:]]
    ways = ((slopes[0], each[0]), (slopes[1], each[1]), (sum(slopes), each[0] + each[1]))
    df = here.df or 1.0
    found = tuple(delta_of(here.estimate, s, own, moved, df) for s, moved in ways)
    return found[0], found[1], found[2]


def _shifted(
    rows: _Rows, effect: Effect, unit: float | None, filled: Filled
) -> tuple[Shifted, Shifted, Shifted] | Text:
    """The pooled effect when what was filled in was further: of the arm, of the comparison, both.

    Every completed table is estimated again, by the method and inference of the effects. A model of
    chances knows no shifted value: of it every table gives a line, as complete cases do.
    """
    from academic_workplace.effects import ESTIMATORS

    effects, key = rows.effects, rows.m.key
    offer = effects.method is Method.COMPLIER  # of which the offer is told
    method = Method.ADJUSTED if offer else effects.method
    inference = Inference.CR2 if offer else effects.inference
    if unit is None or effect.se is None or not isinstance(effects.detail(effect), Imputed):
        return NO_UNCERTAINTY
    estimator = ESTIMATORS[method]
    y = rows.sample.y
    gaps = np.isnan(rows.pupils.numbers[y])
    of = [gaps & _in_arm(rows, arm) for arm in (effect.arm, effect.comparison)]
    deltas = np.array([0.0, abs(unit), -abs(unit)])
    shifts = [(0.0, of[0])]
    shifts += [(float(delta), who) for who in (*of, of[0] | of[1]) for delta in deltas[1:]]
    found = np.full((len(shifts), 3, effect.plan.imputations), np.nan)
    nobody = np.zeros(len(rows.pupils), dtype=bool)
    for k, one in enumerate(filled.tables()):
        analysed = {each: keep if each == key else nobody for each, keep in one.analysed.items()}
        table = replace(one, analysed=analysed)

        def made(values: Floats, table: Pupils = table) -> tuple[SampleMoments, Pupils]:
            again = replace(table, numbers={**table.numbers, y: values})
            return next(m for m in collect(again).samples if m.key == key), again

        for i, (delta, who) in enumerate(shifts):
            m, again = made(one.numbers[y] + delta * who)
            each = estimator(m, effect.plan, inference, again).effects
            e = next(e for e in each if e.arm == effect.arm)
            if e.estimate is None or e.se is None or e.df is None:
                return NO_UNCERTAINTY
            found[i, :, k] = e.estimate, e.se**2, e.df
            if method in OF_CHANCES:
                here = Interval(e.estimate, e.se, e.df)
                three = _three(rows, effect, here, m, made(gaps.astype(float))[0])
                if isinstance(three, Text):
                    return three
                told = [line.at(float(delta))[:2] for line in three for delta in deltas[1:]]
                found[1:, :, k] = [(value, se**2, e.df) for value, se in told]
                break
    lines = []
    for part in range(3):
        at = [0, 1 + 2 * part, 2 + 2 * part]
        df = found[at, 2].mean(axis=1)
        lines.append(Shifted(deltas, found[at, 0], found[at, 1], df))
    return (lines[0], lines[1], lines[2]) if any(x.moves for x in lines) else NOTHING_MOVES


def _lee(rows: _Rows, effect: Effect, *, by_block: bool = False) -> Bounds | Text:
    """Lee's bounds of the outcome less what covariates and blocks predict: narrower, and equal to
    the (plain) effect where nobody is missing. by_block: cut off block by block."""
    pupils, fit = rows.pupils, rows.fit
    pair = _in_arm(rows, effect.arm) | _in_arm(rows, effect.comparison)
    y = np.full(len(pupils), np.nan)
    at = np.flatnonzero(rows.analysed)
    y[at] = rows.y[at]
    k = {column(effect.plan, arm): arm for arm in rows.arms.able}
    left = y[at].copy()
    armed = np.zeros(len(at))
    for name, slope in zip(fit.names, fit.beta, strict=True):
        if name in k:
            armed += slope * _in_arm(rows, k[name])[at]
        else:
            left -= slope * (pupils.numbers[name][at] - fit.mean_x[fit.names.index(name)])
    if effect.plan.blocks:
        block = pupils.blocks.codes[at]
        n = np.maximum(np.bincount(block), 1)
        left -= (np.bincount(block, left - armed) / n)[block]
    y[at] = left
    arm = _in_arm(rows, effect.arm)
    clusters = pupils.clusters.codes
    cells = pupils.blocks.codes[pair] if by_block else None
    found = lee_bounds(y[pair], arm[pair], clusters[pair], cells)
    return NOT_BY_BLOCK if by_block and found is NOBODY else found


def _worst(rows: _Rows, effect: Effect) -> Bounds | Text:
    """The least and most the (plain) effect can be, whatever those missing scored in the range."""
    pupils, plan = rows.pupils, effect.plan
    y = np.where(rows.analysed, pupils.numbers[rows.sample.y], np.nan)
    known = y[rows.analysed]
    span = plan.measure(effect.outcome).range
    if span is None and np.isin(known, (0.0, 1.0)).all():
        span = (0.0, 1.0)
    if span is None:
        return NO_HIGHEST if rows.effects.method is Method.COUNTS else NO_RANGE

    def model(values: Floats) -> tuple[Fit, Floats] | None:
        filled = _filled(rows, values)
        if isinstance(filled, Text):
            return None
        filled = gains(filled, rows.before) if rows.before else filled
        try:
            fitted = regress(filled, plan, rows.arms, rows.covariates, interacted=False)
        except DataError:
            return None
        return fitted.fit, fitted.contrasts[effect.arm]

    found = model(np.where(rows.analysed, pupils.numbers[rows.sample.y], span[0]))
    if found is None:
        return NOT_TO_TELL
    fit, contrast = found
    here = np.flatnonzero(rows.whole)
    weights = _weights(rows, fit, contrast, here)

    def spread(values: Floats) -> float:
        out = np.zeros(len(pupils))
        out[here] = values
        made = model(out)
        v = math.nan if made is None else variance(made[0], made[1], Inference.CR2)[0]
        return v

    df = variance(fit, contrast, Inference.CR2)[1]
    ways: Callable[[Floats], float] | None = spread if df > 0 else None
    found_bounds = worst_case(weights, y[here], span[0], span[1], ways, df)
    if not rows.before:
        return found_bounds
    start = float(weights @ pupils.numbers[rows.before][here])  # of a change: less the baseline
    ci = found_bounds.ci_low, found_bounds.ci_high
    low, high = (None if x is None else x - start for x in ci)
    return replace(found_bounds, low=found_bounds.low - start, high=found_bounds.high - start,
                   ci_low=low, ci_high=high)  # fmt: skip


def _weights(rows: _Rows, fit: Fit, contrast: Floats, here: NDArray[np.intp]) -> Floats:
    """(n,) what every outcome counts for in the estimate: contrast' M (x - mean of the block)."""
    pupils, plan = rows.pupils, rows.pupils.plan
    arms = {column(plan, arm): arm for arm in rows.arms.able}
    X = np.column_stack([
        (_in_arm(rows, arms[name]).astype(float) if name in arms else pupils.numbers[name])[here]
        for name in fit.names
    ])  # fmt: skip
    block = pupils.blocks.codes[here] if plan.blocks else np.zeros(len(here), dtype=np.intp)
    n = np.maximum(np.bincount(block), 1)
    mean = np.column_stack([np.bincount(block, x) / n for x in X.T])
    weights: Floats = (X - mean[block]) @ (fit.L @ (fit.L.T @ contrast))
    return weights
