"""What the missing outcomes could mean for an effect, without filling anything in.

The effects are of complete cases: pupils who were there at the start and of whom everything needed
is known. That supposes that those who are missing would have differed between the arms just as
alike pupils did whose scores are known. Nothing in the data can show that. What can be shown: who
they were (``missing/little.py``), how far they could move the difference (``missing/bounds.py``),
and how different they would have to be to change the conclusion (``missing/delta.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest, profile, shown_count
from academic_workplace.effects.regression import (
    Arms,
    arms_of,
    column,
    covariate_columns,
    interval,
    regress,
)
from academic_workplace.effects.result import Effect, Effects, estimated
from academic_workplace.errors import DataError
from academic_workplace.intake.layout import Sample, samples
from academic_workplace.intake.pupils import Pupils
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.linear import Fit, influence, variance
from academic_workplace.missing.bounds import Bounds, lee_bounds, worst_case
from academic_workplace.missing.delta import NOTHING_MOVES, Delta, delta_of
from academic_workplace.missing.little import Little, little
from academic_workplace.moments import SampleMoments, collect
from academic_workplace.plan import Inference, Method, Missing
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

REGRESSIONS = (Method.DIFFERENCE, Method.ADJUSTED, Method.INTERACTED, Method.MULTILEVEL)
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
NO_RANGE = Text(
    "Het plan noemt geen laagste en hoogste score (range). Dan is er geen slechtste geval.",
    "The plan names no lowest and highest score (range). So there is no worst case.",
)
NOT_TO_TELL = Text(
    "De groepen zijn niet te vergelijken met de leerlingen die wegvielen erbij.",
    "The groups cannot be compared with the pupils who are missing among them.",
)


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
    (``programme``), of the comparison, or of both. unit: one standard deviation, in units of the
    outcome. A part that there is not is None (of lines: ()), and not_done says why.
    """

    effect: Effect
    arm: Lost
    comparison: Lost
    little: Little | None
    lee: Bounds | None
    worst: Bounds | None
    programme: Delta | None
    others: Delta | None
    everyone: Delta | None
    unit: float | None
    ones: bool = False
    not_done: tuple[Text, ...] = ()

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
        return self.lee is not None and 0 < self.lee.cut < fewest()

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
        for name, bounds in (("Lee", self.lee), ("worst case", self.worst)):
            if bounds is not None:
                rows.append((name, None, bounds.low, bounds.high, bounds.ci_low, bounds.ci_high))
        for name, line in (("programme", self.programme), ("comparison", self.others),
                           ("both", self.everyone)):  # fmt: skip
            if line is not None and self.unit is not None:
                for times in (0.0, 0.1, 0.25, 0.5, 1.0):
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

    Of a regression that compares arms, with the rows of the pupils at hand (``estimate`` was given
    them): otherwise nothing, and not_done says why. By least squares with CR2, whatever the
    inference of the effects; with the covariates of the effect, but in a plain difference.
    """
    effects = estimated(effects)
    plan, pupils = effects.plan, effects.pupils
    flow = effects.flow
    lost = flow.counts[..., 0].sum() - flow.counts[..., 2].sum() if len(flow.samples) else 0
    if not lost:
        return MissingOutcomes(())
    unlike = plan.dose or plan.crossed is not None or plan.weights is not None
    unlike = unlike or plan.period is not None or plan.missing is not Missing.COMPLETE
    if unlike or effects.method not in REGRESSIONS:
        return MissingOutcomes((), (NOT_THIS_PLAN,))
    if pupils is None:
        return MissingOutcomes((), (NO_ROWS,))
    by_key = {sample.key: sample for sample in samples(plan)}
    found = []
    with one_thread():
        for m in effects.moments.samples:
            own = [e for e in effects if (e.outcome, e.wave) == m.key and e.estimate is not None]
            if own and (pupils.at_start & ~pupils.analysed[m.key]).any():
                found += _of_sample(effects, m, by_key[m.key], pupils, own)
    order = {id(effect): i for i, effect in enumerate(effects)}
    return MissingOutcomes(tuple(sorted(found, key=lambda x: order[id(x.effect)])))


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """One analysis: its moments and fit, and who is in it. whole: everyone at the start whose
    background is known."""

    m: SampleMoments
    fit: Fit
    contrasts: dict[str, Floats]
    arms: Arms
    covariates: Sequence[str]
    sample: Sample
    pupils: Pupils
    analysed: Bools
    whole: Bools


def _of_sample(
    effects: Effects, m: SampleMoments, sample: Sample, pupils: Pupils, own: Sequence[Effect]
) -> list[MissingOutcome]:
    plan = effects.plan
    plain = effects.method is Method.DIFFERENCE
    covariates = [] if plain else covariate_columns(m, plan)
    arms = arms_of(m, plan)
    try:
        model = regress(m, plan, arms, covariates, interacted=False)
    except DataError:
        return []
    whole = pupils.at_start.copy()
    for name in m.columns[1:-1]:
        if name in pupils.numbers:
            whole &= ~np.isnan(pupils.numbers[name])
    analysed = pupils.analysed[m.key]
    rows = _Rows(m, model.fit, model.contrasts, arms, covariates, sample, pupils, analysed, whole)
    described = _described(rows)
    filled = _filled(rows, (~analysed).astype(float))
    out = []
    for effect in own:
        if effect.arm in model.contrasts:
            found = _of_effect(rows, effect, described, filled)
            if found.arm.lost or found.comparison.lost:
                out.append(found)
    return out


def _of_effect(
    rows: _Rows, effect: Effect, described: Little | Text, filled: SampleMoments | Text
) -> MissingOutcome:
    not_done: list[Text] = []
    arm, comparison = (_lost(rows, name) for name in (effect.arm, effect.comparison))
    lee = _lee(rows, effect)
    worst: Bounds | Text = filled if isinstance(filled, Text) else _worst(rows, effect)
    lines: tuple[Delta, Delta, Delta] | Text = NOT_TO_TELL
    if not isinstance(filled, Text):
        lines = _lines(rows, effect, filled)
    for part in (described, lee, worst, lines):
        if isinstance(part, Text):
            not_done.append(part)
    programme, others, everyone = (None,) * 3 if isinstance(lines, Text) else lines
    unit = effect.sd if effect.sd else None
    if effect.g and effect.estimate:
        unit = effect.estimate / effect.g
    y = rows.pupils.numbers[rows.sample.y][rows.analysed]
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
        bool(np.isin(y, (0.0, 1.0)).all()),
        tuple(dict.fromkeys(not_done)),
    )


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
    names = [rows.pupils.numbers[name] for name in rows.covariates]
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


def _lines(
    rows: _Rows, effect: Effect, missing: SampleMoments
) -> tuple[Delta, Delta, Delta] | Text:
    """The effect when those missing scored otherwise: of the arm, of the comparison, of both.

    missing: the moments of everyone with "is missing" as outcome.
    """
    fit, contrast = rows.fit, rows.contrasts[effect.arm]
    here = interval(fit, contrast, Inference.CR2)
    if here.se is None or here.df is None:
        return NOT_TO_TELL
    place = {name: i for i, name in enumerate(fit.clusters)}
    slopes, influences = [], []
    for arm in (effect.arm, effect.comparison):
        try:
            model = regress(_only(missing, arm), effect.plan, rows.arms, rows.covariates,
                            interacted=False)  # fmt: skip
        except DataError:
            return NOT_TO_TELL
        c = model.contrasts[effect.arm]
        slopes.append(float(c @ model.fit.beta))
        moved = influence(model.fit, c, Inference.CR2)
        for name in model.fit.clusters:
            place.setdefault(name, len(place))
        influences.append(dict(zip(model.fit.clusters, moved.tolist(), strict=True)))
    own = np.zeros(len(place))
    own[: len(fit.clusters)] = influence(fit, contrast, Inference.CR2)
    each = [np.array([moved.get(name, 0.0) for name in place]) for moved in influences]
    ways = ((slopes[0], each[0]), (slopes[1], each[1]), (sum(slopes), each[0] + each[1]))
    found = tuple(delta_of(here.estimate, s, own, moved, here.df) for s, moved in ways)
    if not any(line.moves for line in found):
        return NOTHING_MOVES
    return found[0], found[1], found[2]


def _lee(rows: _Rows, effect: Effect) -> Bounds | Text:
    """Lee's bounds of the outcome less what covariates and blocks predict: narrower, and equal to
    the effect where nobody is missing."""
    pupils, fit = rows.pupils, rows.fit
    pair = _in_arm(rows, effect.arm) | _in_arm(rows, effect.comparison)
    y = np.full(len(pupils), np.nan)
    at = np.flatnonzero(rows.analysed)
    y[at] = pupils.numbers[rows.sample.y][at]
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
    return lee_bounds(y[pair], arm[pair], clusters[pair])


def _worst(rows: _Rows, effect: Effect) -> Bounds | Text:
    """The least and most the effect can be, whatever those missing scored within the range."""
    pupils, plan = rows.pupils, effect.plan
    y = np.where(rows.analysed, pupils.numbers[rows.sample.y], np.nan)
    known = y[rows.analysed]
    span = plan.measure(effect.outcome).range
    if span is None and np.isin(known, (0.0, 1.0)).all():
        span = (0.0, 1.0)
    if span is None:
        return NO_RANGE

    def model(values: Floats) -> tuple[Fit, Floats] | None:
        filled = _filled(rows, values)
        if isinstance(filled, Text):
            return None
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
    return worst_case(weights, y[here], span[0], span[1], ways, df)


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
