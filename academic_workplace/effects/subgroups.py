"""The effect for some pupils and for others, and whether the two differ.

    y = block + sum_g 1[group = g] (alpha_g + tau_g * arm) + covariates' c + error

Every group has a level and an effect of its own; blocks and covariates are common to all groups,
so that the groups differ in nothing but the effect. ``tau_g - tau_h`` is the interaction of arm and
group: the only thing that says whether the effect differs (that one interval leaves zero out and
another does not, says nothing of it: Gelman & Stern, 2006, Am. Stat. 60). Of two groups it is a
Satterthwaite t, of more the joint test that all are equal (HTZ), both by CR2 (``linear.py``:
Pustejovsky & Tipton, 2018). Were blocks and covariates interacted too, ``tau_g`` would be the
effect of a regression on the pupils of g alone.

The cells of the moments are split once more, by group; everything follows from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.disclosure import (
    Reason,
    all_alike,
    may_leave,
    profile,
    why_withheld,
)
from academic_workplace.effects.imputed import Filled, filled_in, pooled_effect
from academic_workplace.effects.regression import (
    NO_SPREAD,
    NOBODY,
    ONE_CLUSTER,
    ONE_DECIDES,
    Arms,
    Interval,
    arms_of,
    cautions_of,
    covariate_columns,
    effect_of,
    few_degrees,
    interval,
    spread_of,
)
from academic_workplace.effects.regression import column as column_of
from academic_workplace.effects.result import Effect, Effects, estimated
from academic_workplace.effects.several import holm
from academic_workplace.errors import DataError, Fault, PlanError
from academic_workplace.intake.layout import samples
from academic_workplace.intake.pupils import Labels, Pupils, label_of
from academic_workplace.items import Items
from academic_workplace.language import LANGUAGES, Text, both
from academic_workplace.linear import Fit, fixed_by_one, joint, least_squares, variance
from academic_workplace.missing.pooling import pooled, pooled_test
from academic_workplace.moments import SampleMoments, collect
from academic_workplace.plan import Inference, Method, Missing, Plan
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

REGRESSIONS = (Method.DIFFERENCE, Method.ADJUSTED)
MOST_GROUPS = 6  # of more, every one has too few pupils, and one of them stands out by chance
CLEAR = 0.05

NOT_THIS_METHOD = Text(
    "Dit kan alleen bij een gewoon verschil of een verschil met correctie.",
    "This can be had only of a plain difference or an adjusted one.",
)
NOT_TWO_DIVISIONS = Text(
    "Dit kan nog niet bij een plan met twee indelingen (crossed).",
    "This cannot be had yet of a plan with two divisions (crossed).",
)
NOT_IMPUTED = Text(
    "Dit kan nog niet als ontbrekende waarden zijn ingevuld (multiple imputation).",
    "This cannot be had yet where missing values were filled in (multiple imputation).",
)
TOO_SMALL = Text(
    "Een van de groepen is te klein om de waarden in elke groep apart in te vullen. Een verschil"
    " tussen deze groepen zou dan te klein lijken.",
    "One of the arms is too small to fill values in for every arm apart. A difference between these"
    " groups would then look too small.",
)
NOT_PLANNED = Text(
    "Bij het invullen kreeg deze kolom één helling, en geen eigen niveau voor elke groep. Een"
    " verschil tussen de groepen zou dan te klein lijken.",
    "In filling in this column had one slope, and no level of its own for every group. A difference"
    " between the groups would then look too small.",
)
NEEDS_PUPILS = Text(
    "Daarvoor is de tabel zelf nodig, met een rij per persoon.",
    "This needs the table itself, with a row for every person.",
)
NOT_COLLECTED = Text(
    "Deze kolom staat niet bij covariates, balance of subgroups van het plan.",
    "This column is not among covariates, balance or subgroups of the plan.",
)
TOO_MANY = Text(
    f"Deze kolom heeft meer dan {MOST_GROUPS} verschillende waarden. Maak er eerst een paar groepen"
    " van.",
    f"This column has more than {MOST_GROUPS} different values. Make a few groups of it first.",
)
ONE_GROUP = Text(
    "Iedereen die is vergeleken, hoort bij één groep.", "All who are compared are in one group."
)
NO_TEST = Text(
    "Er zijn geen twee groepen die we met elkaar kunnen vergelijken.",
    "There are no two groups that can be compared with each other.",
)
TOO_FEW = Text(
    "Er zijn te weinig scholen (clusters) om deze groepen met elkaar te vergelijken.",
    "There are too few schools (clusters) to compare these groups with each other.",
)
TAKE_A_COLUMN = Text("Kies een andere kolom.", "Choose another column.")
REMEDIES = {
    NOT_THIS_METHOD: Text(
        "Schat opnieuw, met ‘difference’ of ‘adjusted’ als methode.",
        "Estimate again, by the method ‘difference’ or ‘adjusted’.",
    ),
    NOT_TWO_DIVISIONS: Text("Schat opnieuw zonder crossed.", "Estimate again without crossed."),
    NOT_IMPUTED: Text("Schat opnieuw met complete cases.", "Estimate again with complete cases."),
    NOT_PLANNED: Text(
        "Zet de kolom bij subgroups in het plan.", "Add the column to subgroups in the plan."
    ),
    TOO_SMALL: Text("Schat opnieuw met complete cases.", "Estimate again with complete cases."),
    NEEDS_PUPILS: Text("Schat opnieuw vanuit de tabel.", "Estimate again from the table."),
    NOT_COLLECTED: Text(
        "Zet de kolom bij balance, of verbeter de naam.", "Add it to balance, or mend the name."
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """How many pupils and clusters each group has in every arm.

    pupils, clusters: (K, A), levels by arms. unknown: (A,) pupils compared whose group is not
    known. Of a dose there is one arm. ones: (K, A) for how many of them it holds, of an outcome
    that is 0 or 1 for everyone. alike: (K, A) whether all have the same score.
    """

    levels: tuple[str, ...]
    arms: tuple[str, ...]
    pupils: Counts
    clusters: Counts
    unknown: Counts
    ones: Counts | None = None
    alike: NDArray[np.bool_] | None = None

    def withheld(self) -> tuple[frozenset[str], frozenset[str]]:
        """By the rules that hold now: the groups that are not shown, and those without counts.

        A group is not shown when it has too few pupils, or is in too few clusters, in some arm.
        What is left over must not tell of it: then at least two groups are not shown, the smallest
        first, and neither they nor the pupils of unknown group, together, are few. Nothing is shown
        where a difference would tell that something holds for few, or for all but few.
        """
        rules = profile()
        if self._rare():
            return frozenset(self.levels), frozenset(self.levels)
        told = self._told()
        pupils, (few, alone) = self.pupils[:, told], self._own()
        order = np.argsort(pupils.sum(axis=1), kind="stable")

        def leaves_few(gone: NDArray[np.bool_]) -> bool:
            left = self.unknown[told] + pupils[gone].sum(axis=0)
            return bool(np.any((left > 0) & (left < rules.minimum)))

        rows = few | alone
        for k in order:
            if rows.any() and (rows.sum() < 2 or leaves_few(rows)):
                rows[k] = True
        counts = rows.copy()
        for k in order:
            if leaves_few(counts):
                counts[k] = True
        return self._names(rows), self._names(counts)

    def why(self) -> tuple[Reason, ...]:
        """Why groups are not shown; () when all are. It is the same for all of them: told apart,
        the reasons would narrow how few pupils are in one of them."""
        if self._rare():
            return (Reason.ALIKE,)
        rows, counts = self.withheld()
        _, alone = self._own()
        if rows and rows == counts == self._names(alone):
            return (Reason.UNITS,)
        return (Reason.FOLLOWS,) if counts else ()

    def _told(self) -> NDArray[np.bool_]:
        """(A,) the arms with enough pupils: of another no number is told anywhere."""
        compared: Counts = self.pupils.sum(axis=0) + self.unknown
        told: NDArray[np.bool_] = compared >= profile().minimum
        return told

    def _own(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(K,) twice: groups of too few pupils in some arm, and of enough in too few clusters."""
        rules, told = profile(), self._told()
        few = np.any(self.pupils[:, told] < rules.minimum, axis=1)
        return few, ~few & np.any(self.clusters[:, told] < rules.units, axis=1)

    def _rare(self) -> bool:
        """Whether in some group of an arm all are alike, or all but few."""
        if self.alike is not None and np.any(self.alike & (self.pupils > 0)):
            return True
        if self.ones is None:
            return False
        pairs = zip(self.ones.flat, self.pupils.flat, strict=True)
        return any(
            all_alike(int(one), int(n)) or any(0 < k < profile().minimum for k in (one, n - one))
            for one, n in pairs
        )

    def _names(self, some: NDArray[np.bool_]) -> frozenset[str]:
        return frozenset(name for name, is_so in zip(self.levels, some, strict=True) if is_so)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ByGroup:
    """One arm against the comparison, for every group of a column, in one analysis.

    planned: the plan named the column beforehand; otherwise it was explored. effects: one per
    level, standardised by the divisor of the whole (``overall``). difference: of two groups, the
    effect of the first less that of the second; its p-value tests that they are equal. F, df1, df2:
    the test that all groups tested have the same effect; tested: which these are. p_value: of that
    test; p_adjusted: among the planned ones (or those explored together), Holm. gap: of two groups,
    the first less the second among the comparison, as measured. reason: why there is no test.
    terms: of the model, with a constant for every block. contrasts: the effects of the other groups
    tested less that of the first, and their covariance.
    """

    column: str
    planned: bool
    overall: Effect
    levels: tuple[str, ...]
    effects: tuple[Effect, ...]
    sizes: Sizes
    tested: tuple[str, ...] = ()
    F: float | None = None
    df1: int | None = None
    df2: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    difference: Effect | None = None
    gap: Interval | None = None
    reason: Text | None = None
    terms: int = 0
    contrasts: tuple[Floats, Floats] | None = field(default=None, repr=False)

    @property
    def plan(self) -> Plan:
        return self.overall.plan

    @property
    def key(self) -> tuple[str, str, str]:
        """Outcome, wave and arm."""
        return self.overall.outcome, self.overall.wave, self.overall.arm

    @property
    def told(self) -> bool:
        """Whether the arm and the comparison have enough pupils to tell of at all."""
        return may_leave(self.overall.pupils_arm, self.overall.pupils_comparison)

    @property
    def hidden(self) -> tuple[frozenset[str], frozenset[str]]:
        """The groups that are not shown, and those whose counts are not, by the rules of now."""
        if self.told and not self._full:
            return self.sizes.withheld()
        return frozenset(self.levels), frozenset(self.levels)

    @property
    def _full(self) -> bool:
        """Whether the model has almost as many terms as pupils: then it tells of pupils."""
        pupils = int(self.sizes.pupils.sum())
        return Reason.DEGREES in why_withheld(pupils, terms=self.terms)

    @property
    def why(self) -> tuple[Reason, ...]:
        """Why groups are not shown, by the rules of now, the same for all; () when all are."""
        if not self.told:
            return (Reason.FEW,)
        return (Reason.DEGREES,) if self._full else self.sizes.why()

    @property
    def withheld(self) -> bool:
        """Whether the test stays inside: no two groups that it is about are shown."""
        rows, _ = self.hidden
        return bool(rows) and len(set(self.tested or self.levels) - rows) < 2

    @property
    def clear(self) -> bool:
        """Whether the groups differ clearly: the adjusted p-value is at most 0.05."""
        return self.p_adjusted is not None and self.p_adjusted <= CLEAR

    @property
    def narrows(self) -> bool | None:
        """Of two groups: whether the arm is where the gap between them is smaller (or larger).

        None when the difference of effects or the gap itself is not clear, or the gap turns round.
        """
        if self.difference is None or self.gap is None or not self.clear:
            return None
        more, gap = self.difference.estimate, self.gap
        if more is None or gap.low is None or gap.high is None or gap.low <= 0 <= gap.high:
            return None
        if more * gap.estimate > 0:
            return False
        return True if abs(gap.estimate + more) < abs(gap.estimate) else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subgroups(Items[ByGroup]):
    """Effects for groups: by column, primary outcome and arm. not_done: what was asked and is not
    here, with the reason."""

    plan: Plan
    not_done: tuple[Text, ...] = ()

    def __repr__(self) -> str:
        return f"Subgroups({', '.join(dict.fromkeys(found.column for found in self)) or 'none'})"

    def table(self) -> pd.DataFrame:
        """A row per group, and one per difference of two; what may not leave is empty.

        There is no p-value per group: that one is below 0.05 and the other is not, is no
        difference. p_value and p_adjusted, with F, df1 and df2, are of the test between groups.
        """
        rows = [row for found in self for row in _rows(found)]
        return pd.DataFrame(rows, columns=COLUMNS)

    def explain(self, language: str = "nl") -> str:
        """Whether the effect differs between groups, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.subgroups import subgroups_sentence

        return subgroups_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The effect in every group, beside that of all, against the smallest that matters."""
        from academic_workplace.report.subgroups import plot_subgroups

        return plot_subgroups(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.subgroups import drawing

        return drawing(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


NUMBERS = ("estimate", "se", "df", "low", "high", "g", "g_low", "g_high")
SIZE = ("pupils_arm", "pupils_comparison", "clusters_arm", "clusters_comparison")
TEST = ("F", "df1", "df2", "p_value", "p_adjusted")
COLUMNS = [
    "column", "planned", "outcome", "wave", "arm", "group", *NUMBERS, *SIZE, *TEST, "withheld",
    "reason",
]  # fmt: skip


def subgroups(effects: Effects, by: str | Sequence[str] | None = None) -> Subgroups:
    """The effect for every group of a column, and whether the groups differ.

    by: columns known at the start (of the plan's covariates, balance or subgroups) with 2 to 6
    values; those of ``plan.subgroups`` when left out. Columns that the plan did not name are
    explored. Primary outcomes at the main wave, every arm; always CR2. A column that is adjusted
    for itself becomes the level of its groups. Pupils whose group is not known take no part.

    With multiple imputation the groups of every completed table are pooled (``_together``): every
    arm had a model of its own, in which every group of these columns has a level, so that what was
    filled in holds the interaction of arm and group. Where an arm was too small for that nothing is
    told. Sizes are those of pupils who were measured.

    Needs the pupils, a (plain or adjusted) difference and one division; what cannot be had of the
    plan's own columns is told in ``not_done``. Raises PlanError for columns given that cannot be
    had, naming every one.
    """
    effects = estimated(effects)
    plan, given = effects.plan, by is not None
    names = plan.subgroups if by is None else _names(by)
    known = set(plan.subgroups)
    family = dict.fromkeys((*plan.subgroups, *names) if known & set(names) else names)
    able, refused = dict[str, Labels](), dict[str, Text]()
    filled = None
    if family and plan.missing is Missing.IMPUTED and effects.pupils is not None:
        filled = filled_in(effects.pupils)
    for name in family:
        found = _groups(effects, name)
        if filled is not None and not isinstance(found, Text):
            found = _congenial(filled, name) or found
        if isinstance(found, Text):
            refused[name] = found
        else:
            able[name] = found
    faults = [
        Fault(refused[name], REMEDIES.get(refused[name], TAKE_A_COLUMN), column=name)
        for name in names
        if given and name in refused
    ]
    if given and not names:
        rule = Text("Er is geen kolom genoemd.", "No column is named.")
        faults = [Fault(rule, TAKE_A_COLUMN, column="by")]
    if faults:
        raise PlanError(faults)
    with one_thread():
        if filled is not None and not filled.whole:
            items = _of_tables(effects, filled.tables(), able, known)
        else:
            items = [x for name, labels in able.items() for x in _by(effects, name, labels, known)]
    adjusted = _adjusted(items)
    kept = tuple(item for item in adjusted if item.column in names)
    return Subgroups(kept, plan, tuple(_not_done(plan, refused, names)))


def _names(by: object) -> tuple[str, ...]:
    if isinstance(by, str) or not isinstance(by, Iterable):
        return (str(by),)
    return tuple(dict.fromkeys(map(str, by)))


def _not_done(plan: Plan, refused: dict[str, Text], names: Sequence[str]) -> Iterable[Text]:
    """One sentence for each reason, with the columns that it holds for."""
    by_reason: dict[Text, list[str]] = {}
    for name, why in refused.items():
        if name in names:
            by_reason.setdefault(why, []).append(name)
    for why, columns in by_reason.items():
        nl, en = (", ".join(plan.column_label(c)[code] for c in columns) for code in LANGUAGES)
        people = plan.study.people
        yield Text(
            f"Nog niet onderzocht: is het verschil groter of kleiner voor sommige {people.nl}?"
            f" ({nl}) {why.nl}",
            f"Not studied yet: is the difference larger or smaller for some {people.en}? ({en})"
            f" {why.en}",
        )


def groups_of(effects: Effects, name: str) -> Labels | Text:
    """The group of every pupil who was measured; why it cannot be had otherwise."""
    if effects.method in REGRESSIONS and effects.plan.missing is Missing.IMPUTED:
        return NOT_IMPUTED
    return _groups(effects, name)


def _groups(effects: Effects, name: str) -> Labels | Text:
    """The same, where what is missing may have been filled in."""
    if effects.method not in REGRESSIONS:
        return NOT_THIS_METHOD
    if effects.plan.crossed is not None:
        return NOT_TWO_DIVISIONS
    pupils = effects.pupils
    if pupils is None:
        return NEEDS_PUPILS
    if name not in pupils.columns:
        return NOT_COLLECTED
    found = _labels(pupils, name)
    return TOO_MANY if len(found.names) > MOST_GROUPS else found


def _labels(pupils: Pupils, name: str) -> Labels:
    """The values of a column as groups."""
    columns = pupils.columns[name]
    if columns == (name,):
        x = pupils.numbers[name]
        values = np.unique(x[~np.isnan(x)])
        levels = tuple(label_of(v) for v in values)
        codes = np.where(np.isnan(x), -1, np.searchsorted(values, np.nan_to_num(x)))
    else:
        levels = tuple(c.removeprefix(f"{name}=") for c in columns)
        X = np.column_stack([pupils.numbers[c] for c in columns])
        codes = np.where(np.isnan(X[:, 0]), -1, np.argmax(np.nan_to_num(X), axis=1))
    return Labels(levels, codes.astype(np.intp))


def _congenial(filled: Filled, name: str) -> Text | None:
    """Why what was filled in may hide a difference between these groups; None when it does not."""
    if filled.whole:
        return None
    if filled.found.together:
        return TOO_SMALL
    pupils = filled.pupils
    number = pupils.columns[name] == (name,)
    several = number and len(_labels(pupils, name).names) > 2
    return NOT_PLANNED if several and name not in pupils.plan.subgroups else None


def _by(effects: Effects, name: str, labels: Labels, known: set[str]) -> list[ByGroup]:
    """One column: every primary outcome and arm."""
    plan, pupils = effects.plan, effects.pupils
    if pupils is None:  # for the type: ``groups_of`` asked
        return []
    split = split_by(pupils, labels)
    main, primary = plan.waves_in_order[0], plan.primary or plan.outcomes[:1]
    out: list[ByGroup] = []
    for whole, m in zip(effects.moments.samples, split, strict=True):
        wanted = [e for e in effects if (e.outcome, e.wave) == whole.key]
        if whole.outcome not in primary or whole.wave != main or not wanted:
            continue
        sizes = _sizes(whole, pupils, labels)
        base = [ByGroup(column=name, planned=name in known, overall=e, levels=sizes.levels,
                        effects=(), sizes=sizes) for e in wanted]  # fmt: skip
        if len(sizes.levels) < 2:
            out += [replace(item, reason=ONE_GROUP) for item in base]
            continue
        try:
            out += _estimated(base, whole, m, effects)
        except DataError as error:
            out += [replace(item, reason=error.faults[0].rule) for item in base]
    return out


def _of_tables(
    effects: Effects, tables: Iterable[Pupils], able: dict[str, Labels], known: set[str]
) -> list[ByGroup]:
    """Every column, primary outcome and arm of completed tables, pooled."""
    each = []
    for one in tables:
        of = replace(effects, pupils=one, moments=collect(one))
        each.append([x for name in able for x in _by(of, name, _labels(one, name), known)])
    measured = {
        (m.key, name): m for name in able for m in effects.moments.samples
    }  # of whom there are enough is counted on what was measured
    out = []
    for several in zip(*each, strict=True):
        first = several[0]
        if effects.pupils is None:  # for the type: there are tables
            continue
        labels = able[first.column]
        whole = measured[first.key[:2], first.column]
        sizes = _sizes(whole, effects.pupils, labels, first.levels)
        out.append(_together(several, sizes))
    return out


def _together(several: Sequence[ByGroup], sizes: Sizes) -> ByGroup:
    """One column, outcome and arm of m completed tables.

    Effects, the difference of two and the gap by Rubin's rules with Barnard & Rubin's degrees of
    freedom; the test of more than two by D1 (``missing/pooling.py``).
    """
    first = replace(several[0], sizes=sizes)
    reason = next((x.reason for x in several if x.reason is not None), None)
    if not all(x.effects for x in several):
        return replace(first, effects=(), reason=reason)
    names = first.overall.arm, first.overall.comparison
    t, c = (0, 0) if first.plan.dose else map(sizes.arms.index, names)
    effects = tuple(
        _sized(pooled_effect(of)[0], sizes, k, (t, c))
        for k, of in enumerate(zip(*(x.effects for x in several), strict=True))
    )
    tested = tuple(level for level in first.levels if all(level in x.tested for x in several))
    found = replace(
        first, effects=effects, tested=tested, F=None, df1=None, df2=None, p_value=None,
        difference=None, gap=_gap_of([x.gap for x in several]), reason=reason, contrasts=None,
    )  # fmt: skip
    known = [x.contrasts for x in several if x.contrasts is not None]
    if reason is not None or len(known) < len(several) or len({x.tested for x in several}) > 1:
        return replace(found, reason=reason or NO_TEST)
    df2 = float(np.mean([x.df2 for x in several]))
    test = pooled_test(
        np.array([Q for Q, _ in known]), np.array([V for _, V in known]), df2,
        df2 / (df2 + len(tested) - 2),
    )  # fmt: skip
    apart = [x.difference for x in several if x.difference is not None]
    difference = None
    if len(apart) == len(several):
        difference, _ = pooled_effect(apart)
        difference = _sized(difference, sizes, slice(None), (t, c))
    return replace(
        found, difference=difference, F=test.F, df1=test.df1, df2=test.df2, p_value=test.p_value
    )


def _sized(effect: Effect, sizes: Sizes, rows: int | slice, arms: tuple[int, int]) -> Effect:
    """The effect with the pupils and clusters that were measured in these groups."""
    n, G = sizes.pupils[rows], sizes.clusters[rows]
    if isinstance(rows, slice):  # of both groups: a cluster may hold pupils of either
        return replace(effect, pupils_arm=int(n[:, arms[0]].sum()),
                       pupils_comparison=int(n[:, arms[1]].sum()))  # fmt: skip
    return replace(
        effect, pupils_arm=int(n[arms[0]]), pupils_comparison=int(n[arms[1]]),
        clusters_arm=int(G[arms[0]]), clusters_comparison=int(G[arms[1]]), pupils=int(n.sum()),
    )  # fmt: skip


def _gap_of(several: Sequence[Interval | None]) -> Interval | None:
    """The gap among the comparison, pooled; None where some table has none."""
    told = [(x.estimate, x.se**2, x.df) for x in several if x is not None and x.se and x.df]
    if len(told) < len(several):
        return None
    values, U, df = zip(*told, strict=True)
    a = pooled(values, U, float(np.mean(df)))
    return Interval(a.estimate, a.se, a.df, a.low, a.high, a.p_value)


def split_by(pupils: Pupils, labels: Labels) -> tuple[SampleMoments, ...]:
    """The moments of pupils whose group is known, every cell split by group (as ``crossed``)."""
    there = labels.codes >= 0
    analysed = {key: keep & there for key, keep in pupils.analysed.items()}
    return collect(replace(pupils, crossed=labels, analysed=analysed)).samples


def _sizes(
    whole: SampleMoments, pupils: Pupils, labels: Labels, levels: Sequence[str] = ()
) -> Sizes:
    """Counted on the rows of one analysis. levels: those to count; whichever there are if none."""
    keep = pupils.analysed[whole.key]
    y = next(pupils.numbers[s.y] for s in samples(pupils.plan) if s.key == whole.key)[keep]
    group, arm, cluster = (x.codes[keep] for x in (labels, pupils.arms, pupils.clusters))
    used = np.array([labels.names.index(x) for x in levels] or np.unique(group[group >= 0]))
    shape = len(used), len(pupils.arms.names)
    n, schools, ones = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    alike = np.zeros(shape, dtype=bool)
    for k, a in np.ndindex(shape):
        here = (group == used[k]) & (arm == a)
        n[k, a], schools[k, a] = here.sum(), len(np.unique(cluster[here]))
        ones[k, a] = np.sum(y[here] == 1)
        alike[k, a] = len(np.unique(y[here])) == 1
    binary = bool(np.all((y == 0) | (y == 1)))
    unknown = np.bincount(arm[group < 0], minlength=shape[1]).astype(np.int64)
    levels = tuple(labels.names[k] for k in used)
    return Sizes(levels, pupils.arms.names, n, schools, unknown, ones if binary else None, alike)


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """One regression of all groups. at: (arm, level) -> its contrast."""

    fit: Fit
    at: dict[tuple[str, str], Floats]


def _estimated(
    items: Sequence[ByGroup], whole: SampleMoments, m: SampleMoments, effects: Effects
) -> list[ByGroup]:
    """Fill in the effects and the test of every arm. Raises DataError when columns do not vary."""
    plan, name = effects.plan, items[0].column
    levels = items[0].levels
    group = np.array(m.crossed)
    parts = {level: m.of(group == level) for level in levels}
    arms = {level: arms_of(part, plan) for level, part in parts.items()}
    able = [level for level in levels if arms[level].able]
    if not able:
        return [replace(item, reason=NO_TEST) for item in items]
    adjusts = effects.method is Method.ADJUSTED
    model = _fit(m.of(np.isin(group, able)), plan, name, {k: arms[k] for k in able}, adjusts)
    divisor = spread_of(whole, plan, arms_of(whole, plan))
    way = f"{'adjusted ' if adjusts else ''}difference, by group"

    def one(part: SampleMoments, arm: str, of: Arms, found: Interval | None, why: Text) -> Effect:
        return effect_of(part, plan, arm, of, found, why, divisor, Inference.CR2, way)

    out = []
    for item in items:
        arm = item.overall.arm
        each, tested = [], []
        for level in levels:
            contrast = model.at.get((arm, level))
            if contrast is None:
                each.append(one(parts[level], arm, arms[level], None, NOBODY))
                continue
            few = not plan.dose and arms[level].few(arm)
            if few or fixed_by_one(model.fit, contrast):
                found = Interval(float(contrast @ model.fit.beta))
                why = ONE_CLUSTER if few else ONE_DECIDES
            else:
                found, why = interval(model.fit, contrast, Inference.CR2), NO_SPREAD
            effect = one(parts[level], arm, arms[level], found, why)
            cautions = cautions_of(effect, parts[level], model.fit, Inference.CR2)
            each.append(replace(effect, cautions=cautions))
            tested += [level] if found.se is not None else []
        terms = len(model.fit.beta) + model.fit.blocks
        filled = replace(item, effects=tuple(each), tested=tuple(tested), terms=terms)
        if len(tested) < 2:
            out.append(replace(filled, reason=NO_TEST))
            continue
        first, *others = (model.at[arm, level] for level in tested)
        test = joint(model.fit, np.array([first - other for other in others]), Inference.CR2)
        if not test.F >= 0:
            out.append(replace(filled, reason=TOO_FEW))
            continue
        C = np.array([first - other for other in others])
        filled = replace(filled, F=test.F, df1=test.df1, df2=test.df2,
                         contrasts=(C @ model.fit.beta, _covariance(model.fit, C)),
                         p_value=float(special.fdtrc(test.df1, test.df2, test.F)))  # fmt: skip
        if len(levels) == 2:
            found = interval(model.fit, first - others[0], Inference.CR2)
            apart = one(m, arm, arms_of(m, plan), found, NO_SPREAD)
            apart = replace(apart, cautions=few_degrees(apart))
            gap = _gap(m, plan, item.overall.comparison, levels)
            filled = replace(filled, difference=apart, gap=gap)
        out.append(filled)
    return out


def _covariance(fit: Fit, contrasts: Floats) -> Floats:
    """(q, q) by CR2: a variance is quadratic in the contrast."""
    at = range(len(contrasts))
    v = np.array(
        [[variance(fit, contrasts[i] + contrasts[j], Inference.CR2)[0] for i in at] for j in at]
    )
    own = np.diag(v) / 4
    out: Floats = (v - own[:, None] - own) / 2
    return out


def _fit(
    m: SampleMoments, plan: Plan, name: str, arms: dict[str, Arms], adjusts: bool
) -> _Model:  # fmt: skip
    """A level for every group but the first, an effect for every arm in every group, covariates."""
    covariates = covariate_columns(m, plan) if adjusts else []
    x = [c for c in covariates if c != name and not c.startswith(f"{name}=")]
    group = np.array(m.crossed)
    levels = list(arms)
    for level in levels[1:]:
        own = f"{name} in {level}"
        m = m.with_product(own, (group == level).astype(float))
        x.append(own)
    of: dict[tuple[str, str], str] = {}
    for level in levels:
        for arm in arms[level].able:
            product = f"{column_of(plan, arm)} × {name}={level}"
            inside = (group == level).astype(float)
            if plan.dose:
                m = m.with_product(product, inside, plan.treatment)
            else:
                share = np.round(m.totals[:, m.columns.index(column_of(plan, arm))] / m.S[:, 0, 0])
                m = m.with_product(product, inside * share)
            of[arm, level] = product
            x.append(product)
    fit = least_squares(m, x, absorb=bool(plan.blocks))
    at = {key: np.array([c == column for c in fit.names], float) for key, column in of.items()}
    return _Model(fit, at)


def _gap(
    m: SampleMoments, plan: Plan, comparison: str, levels: Sequence[str]
) -> Interval | None:  # fmt: skip
    """The first of two groups less the second among the comparison, as measured; CR2."""
    if plan.dose:
        return None
    here = m.of(np.array(m.arms) == comparison)
    first = (np.array(here.crossed) == levels[0]).astype(float)
    try:
        fit = least_squares(here.with_product("first", first), ["first"], absorb=False)
    except DataError:
        return None
    if fixed_by_one(fit, np.ones(1)):
        return None
    return interval(fit, np.ones(1), Inference.CR2)


def _adjusted(items: Sequence[ByGroup]) -> list[ByGroup]:
    """Holm's p-values: among the tests that were planned, and among those explored together."""
    out = list(items)
    for planned in (True, False):
        among = [i for i, x in enumerate(items) if x.planned is planned and x.p_value is not None]
        if among:
            found = holm(np.array([items[i].p_value for i in among], dtype=float))
            for i, p in zip(among, found.tolist(), strict=True):
                out[i] = replace(items[i], p_adjusted=p)
    return out


def _rows(found: ByGroup) -> list[dict[str, object]]:
    """The groups, then the difference of two, or the test of more."""
    hidden, uncounted = found.hidden
    outcome, wave, arm = found.key
    what = {"column": found.column, "planned": found.planned, "outcome": outcome, "wave": wave,
            "arm": arm}  # fmt: skip
    rows = []
    for level, e in zip(found.levels, found.effects, strict=False):
        told = {} if level in hidden else {n: getattr(e, n) for n in NUMBERS}
        counts = {} if level in uncounted else {n: getattr(e, n) for n in SIZE}
        why = {"withheld": level in hidden, "reason": e.reason.en if e.reason else None}
        rows.append(what | {"group": level} | told | counts | why)
    last: dict[str, object] = {"group": " - ".join(found.levels), "withheld": found.withheld,
                               "reason": found.reason.en if found.reason else None}  # fmt: skip
    if not found.withheld:
        if found.difference is not None:
            last |= {n: getattr(found.difference, n) for n in NUMBERS}
        last |= {n: getattr(found, n) for n in TEST}
    return [*rows, what | last]
