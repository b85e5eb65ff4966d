"""Schools beside each other: contextual value added and a funnel of shares. Never a ranking.

Value added: y = X b + u_school + error by REML (``multilevel/``), the empirical-Bayes estimate of
u and an interval made for looking at two schools at once: where two do not overlap, the schools
differ, at 5 % on average over all pairs (Goldstein & Healy, 1995, J. R. Stat. Soc. A 158).

Funnel: the share of every school against its number of pupils, between the limits within which 95
and 99.8 of 100 schools lie when chance alone makes them differ (Spiegelhalter, 2005, Stat. Med.
24), or chance and the ordinary differences between schools.

Schools stand in the order of their names, in tables as in pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from academic_workplace.cohorts.columns import (
    SPREAD,
    as_columns,
    constant,
    is_constant,
    labels,
    names_of,
    numbers,
    readers_words,
    refuse,
    require_columns,
)
from academic_workplace.cohorts.places import (
    Places,
    Spread,
    by_name,
    hidden_places,
    read_places,
    refuse_few,
    require_share,
    spread_of,
)
from academic_workplace.cohorts.samples import refuse_providers
from academic_workplace.disclosure import fewest, may_leave
from academic_workplace.disclosure.protect import Chosen
from academic_workplace.errors import DataError, Fault, PlanError, chosen_of
from academic_workplace.intake.duo.ranges import Bounds
from academic_workplace.items import Items
from academic_workplace.language import Text, both
from academic_workplace.linear import least_squares
from academic_workplace.moments import SampleMoments, cross_products
from academic_workplace.multilevel import (
    CLASSES_NOT_TOLD,
    Mixed,
    Nested,
    Ratio,
    intraclass,
    nested_intercepts,
    random_intercept,
    school_covariance,
    shares,
)
from academic_workplace.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PAIR_LEVEL = 0.05  # of schools that are alike, the share of pairs whose intervals do not overlap
PAIRED = 1000  # schools whose pairs are looked at; of more, as many at even distances
FEW_SCHOOLS = 10  # fewer tell little of how much schools differ
LIMITS = (0.95, 0.998)
TRIM = 0.1
LEAST = 1e-300  # a tail below this cannot be told from 0
WIDEST = 2000  # values that the pupils of one school may take before its place is left unknown


class SchoolOrder(StrEnum):
    """In what order schools stand in a picture. There is none by result."""

    NAME = "name"
    PUPILS = "pupils"


class SchoolDoubt(StrEnum):
    """What makes school estimates less sure than they look; the report has the words."""

    FEW_SCHOOLS = "few schools"
    NO_SPREAD = "no spread between schools beyond chance"
    NOTHING_GIVEN = "nothing held equal"
    CLASSES_NOT_TOLD = "classes not told from schools or pupils"


# ---------------------------------------------------------------- value added


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolValue:
    """One school beside the average school, given the background of its pupils.

    value: empirical Bayes, drawn in to 0 by 1 - reliability. se: its comparative standard error.
    low, high: for two schools at once, not for one against 0. reliability: n rho / (1 + n rho).
    All are None when withheld.
    """

    school: str
    pupils: int | None = None
    value: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    reliability: float | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ValueAdded(Items[SchoolValue]):
    """Schools in the order of their names.

    tau2, sigma2: variance between and within schools, given ``given``. icc, icc_low, icc_high: the
    part between schools, with exact limits. factor: interval = value -+ factor * se; None where
    tau2 is 0, for then nothing tells schools apart. pairs, apart: how many pairs of schools are
    shown and how many do not overlap. lost: pupils left out since something is missing. classes:
    the column of classes in schools where the model knows them; then sigma2 lies within classes,
    ``between_classes`` (their share of all variance) and icc have limits by profile likelihood.
    """

    outcome: str
    school: str
    given: tuple[str, ...]
    tau2: float
    sigma2: float
    icc: float
    icc_low: float
    icc_high: float
    factor: float | None
    pairs: int
    apart: int
    pupils: int
    lost: int
    doubts: tuple[SchoolDoubt, ...] = ()
    labels: Mapping[str, Text] = field(default_factory=dict)
    classes: str | None = None
    between_classes: Ratio | None = None

    def __repr__(self) -> str:
        return f"ValueAdded({len(self)} schools)"

    def table(self) -> pd.DataFrame:
        """A row per school by name, in full precision; empty where withheld."""
        names = ("school", "pupils", "value", "se", "low", "high", "reliability", "withheld")
        return pd.DataFrame([{name: getattr(s, name) for name in names} for s in self.items])

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.schools import value_sentence

        return value_sentence(self, language)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        order: SchoolOrder | str = SchoolOrder.NAME,
        language: str = "nl",
    ) -> Axes:
        """The schools with intervals that can be laid beside each other."""
        from academic_workplace.report.schools import plot_value

        return plot_value(self, chosen_of(SchoolOrder, order, "order"), language, ax)

    def picture(
        self, language: str = "nl", *, order: SchoolOrder | str = SchoolOrder.NAME
    ) -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.schools import value_drawing

        return value_drawing(self, chosen_of(SchoolOrder, order, "order"), language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.schools import value_notebook

        return both(self.explain) + value_notebook(self)


def value_added(
    table: pd.DataFrame,
    *,
    outcome: str,
    school: str,
    given: Sequence[str] | str = (),
    classes: str | None = None,
    provider: str | None = None,
    labels: Mapping[str, Text] | None = None,
) -> ValueAdded:
    """How far pupils of a school stand from pupils with the same background elsewhere.

    table: a row per pupil. outcome: a column of numbers (for 0 and 1: ``funnel``). given: what is
    held equal, such as an earlier score; what are no numbers become indicators. classes: a column
    of classes in schools: the chance of who is in which class then counts in how sure a school's
    estimate is. A class counts within its school. provider: whose
    test the outcome, or a score in ``given``, is of; more than one is refused. Schools with fewer
    than ten pupils take part in the model and are not shown. Since the estimates of all schools add
    up to 0 (and so they do times every column that is the same within schools), so many others go
    with them that none follows.

    Raises PlanError on columns that are not there and DataError naming every fault (text among
    numbers, an outcome of 0 and 1 or without spread, fewer than two schools or ten pupils,
    columns that follow from others).
    """
    words, given = readers_words(labels), names_of(given, "given")
    require_columns(
        table,
        {"outcome": outcome, "school": school, "provider": provider, "classes": classes}
        | {f"given[{i}]": name for i, name in enumerate(given)},
        ("outcome", "school"),
    )
    if provider is not None:
        refuse_providers(table.loc[table[outcome].notna(), provider], provider)
    if {outcome, school, classes} & set(given) or classes in (outcome, school):
        rule = Text("Een kolom is twee keer genoemd.", "A column is named twice.")
        remedy = Text("Noem elke kolom één keer.", "Name every column once.")
        raise PlanError([Fault(rule, remedy, column="given")])
    y, X, code, names, group, lost = _pupils(table, outcome, school, given, classes)
    with one_thread():
        mixed = _fitted(y, X, code, names, school, group)
        n, value, covariance, reliability, ratio, inside = _told(mixed)
    gone, k = _gone(n, X, code), len(n)
    se = np.sqrt(np.diag(covariance))
    factor = comparative_factor(covariance) if mixed.tau2 > 0 else None
    reach = np.full(k, np.nan) if factor is None else factor * se
    items = []
    for i in sorted(range(k), key=lambda i: by_name(mixed.fit.clusters[i])):
        name = mixed.fit.clusters[i]
        if gone[i]:
            items.append(SchoolValue(school=name, withheld=True))
            continue
        limits = (None, None) if factor is None else (value[i] - reach[i], value[i] + reach[i])
        items.append(
            SchoolValue(
                school=name,
                pupils=round(float(n[i])),
                value=float(value[i]),
                se=None if factor is None else float(se[i]),
                low=None if limits[0] is None else float(limits[0]),
                high=None if limits[1] is None else float(limits[1]),
                reliability=float(reliability[i]),
            )
        )
    shown = int((~gone).sum())
    apart = 0 if factor is None else _apart((value - reach)[~gone], (value + reach)[~gone])
    flags = [
        flag
        for flag, holds in (
            (SchoolDoubt.NOTHING_GIVEN, not given),
            (SchoolDoubt.FEW_SCHOOLS, k < FEW_SCHOOLS),
            (SchoolDoubt.NO_SPREAD, factor is None),
            (SchoolDoubt.CLASSES_NOT_TOLD, classes is not None and inside is None),
        )
        if holds
    ]
    return ValueAdded(
        tuple(items), outcome, school, tuple(given), mixed.tau2, mixed.sigma2, ratio.icc, ratio.low,
        ratio.high, factor, shown * (shown - 1) // 2, apart, len(y), lost, tuple(flags), words,
        None if inside is None else classes, inside,
    )  # fmt: skip


def _told(mixed: Mixed | Nested) -> tuple[Floats, Floats, Floats, Floats, Ratio, Ratio | None]:
    """Pupils, estimates, covariance of their errors and reliability of every school, and the shares
    of schools and of classes."""
    if isinstance(mixed, Nested):
        n: Floats = np.add.reduceat(mixed.by_class.sums.n, mixed.by_class.first)
        part = shares(mixed)
        return n, *school_covariance(mixed), part.schools, part.classes
    value, covariance = school_effects(mixed)
    weight = mixed.tau2 / mixed.sigma2 * mixed.sums.n
    return mixed.sums.n, value, covariance, weight / (1 + weight), intraclass(mixed), None


def _pupils(
    table: pd.DataFrame, outcome: str, school: str, given: Sequence[str], classes: str | None
) -> tuple[Floats, dict[str, Floats], NDArray[np.intp], list[str], NDArray[np.intp] | None, int]:
    """Outcome, columns, school, names and class of the pupils of whom all is known."""
    faults: list[Fault] = []
    y = numbers(table, outcome, faults)
    X, known = as_columns(table, given, faults)
    code, values = labels(table, school)
    known &= np.isfinite(y) & (code >= 0)
    group = None if classes is None else labels(table, classes)[0]
    known &= True if group is None else group >= 0
    refuse(faults)
    y, code, group = y[known], code[known], None if group is None else group[known]
    X = {name: x[known] for name, x in X.items()}
    if not may_leave(len(y)):
        rule = Text(f"Van minder dan {fewest()} leerlingen is alles bekend.",
                    f"Of fewer than {fewest()} pupils all is known.")  # fmt: skip
        remedy = Text("Kijk welke kolommen leeg zijn, of neem meer leerlingen.",
                      "See which columns are empty, or take more pupils.")  # fmt: skip
        refuse([Fault(rule, remedy, column=outcome)])
    if is_constant(y):
        faults.append(constant(outcome))
    elif np.isin(y, (0.0, 1.0)).all():
        rule = Text("Deze uitkomst is 0 of 1; dit model is voor scores.",
                    "This outcome is 0 or 1; this model is for scores.")  # fmt: skip
        remedy = Text("Gebruik aw.cohorts.funnel voor aandelen per school.",
                      "Use aw.cohorts.funnel for the shares of schools.")  # fmt: skip
        faults.append(Fault(rule, remedy, column=outcome))
    used, code = np.unique(code, return_inverse=True)
    if len(used) < 2:
        rule = Text("Er is maar één school.", "There is but one school.")
        remedy = Text("Neem leerlingen van twee of meer scholen.",
                      "Take pupils of two or more schools.")  # fmt: skip
        faults.append(Fault(rule, remedy, column=school))
    faults += [constant(name) for name, x in X.items() if is_constant(x)]
    refuse(faults)
    names = [str(values[i]).strip() for i in used]
    return y, X, code.reshape(-1), names, group, int(len(table) - known.sum())


def _fitted(
    y: Floats, X: dict[str, Floats], code: NDArray[np.intp], names: list[str], school: str,
    group: NDArray[np.intp] | None,
) -> Mixed | Nested:  # fmt: skip
    """group: the class of every pupil, where there are classes."""
    own = np.zeros(len(code), dtype=np.intp) if group is None else group
    wide = int(own.max()) + 1
    used, cell = np.unique(code * wide + own, return_inverse=True)
    origin, S = cross_products([*X.values(), y], cell, len(used))
    none = ("",) * len(used)
    columns = ("1", *(f"x{j}" for j in range(len(X))), "y")
    crossed = () if group is None else tuple(str(i) for i in (used % wide).tolist())
    clusters = tuple(names[i] for i in (used // wide).tolist())
    m = SampleMoments("y", "", clusters, none, none, columns, origin, S, crossed=crossed)
    try:
        fit = least_squares(m, columns[1:-1], absorb=False)
    except DataError as error:  # it names the moments' columns
        back = dict(zip(columns[1:-1], X, strict=True))
        raise DataError(
            [Fault(f.rule, f.remedy, column=back.get(f.column, f.column)) for f in error.faults]
        ) from None
    mixed: Mixed | Nested | Text = random_intercept(m, fit, absorb=False)
    if group is not None:
        nested = nested_intercepts(m, fit, absorb=False)
        mixed = mixed if nested is CLASSES_NOT_TOLD else nested
    if isinstance(mixed, Text):
        remedy = Text("Vergelijk de gemiddelden van scholen zonder dit model.",
                      "Compare the means of schools without this model.")  # fmt: skip
        raise DataError([Fault(mixed, remedy, column=school)])
    return mixed


def _gone(n: Floats, X: Mapping[str, Floats], code: NDArray[np.intp]) -> Bools:
    """(G,) which schools are withheld: the small ones, and the next smallest where these would
    follow from the rest."""
    gone: Bools = n < fewest()
    if not gone.any():
        return gone
    ties = 1 + sum(_of_schools(x, code) for x in X.values())
    for i in np.argsort(n, kind="stable"):
        if gone.sum() > ties and may_leave(round(float(n[gone].sum()))):
            break
        gone[i] = True
    return gone


def _of_schools(x: Floats, code: NDArray[np.intp]) -> bool:
    """Whether a column is the same for all pupils of a school."""
    within = x - (np.bincount(code, x) / np.bincount(code))[code]
    return bool(np.abs(within).max() <= SPREAD * np.abs(x).max())


def school_effects(mixed: Mixed) -> tuple[Floats, Floats]:
    """(G,) empirical-Bayes estimates of u, and (G, G) the covariance of their errors.

    u = rho d e; cov(u_i - its estimate, u_j - its estimate) = tau2 d_i [i = j] + rho^2 d_i d_j U_i
    Phi U_j': what the coefficients are not sure of is shared, and mostly falls out of a difference
    (Goldstein, 2011, Multilevel Statistical Models, 2.A).
    """
    s, rho = mixed.sums, mixed.tau2 / mixed.sigma2
    d = 1 / (1 + rho * s.n)
    A = rho * d[:, None] * s.U
    C = A @ mixed.information.Phi @ A.T
    C[np.diag_indices_from(C)] += mixed.tau2 * d
    return rho * d * (s.r - s.U @ mixed.delta), C


def comparative_factor(covariance: Floats, level: float = PAIR_LEVEL) -> float:
    """c for which intervals of -+ c se fail to overlap for a share ``level`` of alike pairs.

    Averaged over all pairs: 2 Phi(-c (se_i + se_j) / se_ij) = level, se_ij that of the difference
    (Goldstein & Healy, 1995). covariance: (G, G). With equal and independent errors c = 1.386.
    """
    from scipy.optimize import brentq

    G = len(covariance)
    at = np.arange(G) if G <= PAIRED else np.linspace(0, G - 1, PAIRED).round().astype(int)
    C = covariance[np.ix_(at, at)]
    v = np.diag(C)
    i, j = np.triu_indices(len(at), 1)
    ratio = (np.sqrt(v[i]) + np.sqrt(v[j])) / np.sqrt(v[i] + v[j] - 2 * C[i, j])
    z = -float(special.ndtri(level / 2))

    def over(c: float) -> float:
        return float(np.mean(2 * special.ndtr(-c * ratio))) - level

    return float(brentq(over, 0.0, z / float(ratio.min()) * (1 + 1e-9), xtol=1e-13))


def _apart(low: Floats, high: Floats) -> int:
    """How many pairs of intervals do not overlap."""
    return int(np.searchsorted(np.sort(high), low, side="left").sum())


# ---------------------------------------------------------------- funnel


class Overdispersion(StrEnum):
    """How ordinary differences between schools widen the limits of a funnel.

    BETWEEN: schools have shares of their own that spread about that of all (random effects): the
    variance is 1 + (n - 1) rho times that of chance, so that large schools gain most. TIMES: the
    variance is phi times that of chance for every school. NONE: chance alone.
    """

    BETWEEN = "between"
    TIMES = "times"
    NONE = "none"


class FunnelPlace(StrEnum):
    """Where a school lies; UNKNOWN where that depends on counts that are hidden."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FunnelSchool:
    """One school: pupils, events and share within bounds (of shape ()), limits and place by level.

    limits: level -> (lower, upper), each within bounds. All are None or empty when withheld. few:
    its events, or the pupils without, are fewer than ten and shown as the range 0 to 9.
    """

    school: str
    pupils: Bounds | None = None
    events: Bounds | None = None
    share: Bounds | None = None
    limits: Mapping[float, tuple[Bounds, Bounds]] = field(default_factory=dict)
    place: Mapping[float, FunnelPlace] = field(default_factory=dict)
    few: bool = False
    withheld: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Funnel(Items[FunnelSchool]):
    """Schools in the order of their names, and the limits about the share of all.

    share: of all pupils, or the target when ``given``. phi, rho: how much schools differ beyond
    chance (phi: mean z^2, winsorised by ``trim`` at either end); which of the two widens the limits
    is ``overdispersion``. lost: pupils or rows left out. chosen: how what protects other schools
    was; None of counts that are public.
    """

    event: str
    school: str
    share: Bounds
    given: bool
    overdispersion: Overdispersion
    phi: Bounds
    rho: Bounds
    trim: float
    lost: int
    labels: Mapping[str, Text] = field(default_factory=dict)
    chosen: Chosen | None = None

    def __repr__(self) -> str:
        return f"Funnel({len(self)} schools)"

    @property
    def shown(self) -> tuple[FunnelSchool, ...]:
        """The schools that are not withheld."""
        return tuple(s for s in self.items if not s.withheld)

    def outside(self, level: float = LIMITS[0]) -> tuple[FunnelSchool, ...]:
        """The schools beyond the limits of a level, whatever the hidden counts are."""
        return tuple(
            s for s in self.shown if s.place[level] in (FunnelPlace.BELOW, FunnelPlace.ABOVE)
        )

    def expected(self, level: float = LIMITS[0]) -> float:
        """How many of the shown schools lie beyond these limits when no school differs."""
        return (1 - level) * len(self.shown)

    def curves(self, pupils: Floats, level: float) -> tuple[Bounds, Bounds]:
        """(k,) the lower and upper limit for schools with so many pupils."""
        ratio = _ratio(pupils, self.phi, self.rho, self.overdispersion)
        return _bounded_limits(pupils, self.share, ratio, level)

    def table(self) -> pd.DataFrame:
        """A row per school by name, in full precision; bounds where counts are hidden."""
        return pd.DataFrame([dict(_cells(s)) for s in self.items])

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.schools import funnel_sentence

        return funnel_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """The schools between their limits."""
        from academic_workplace.report.schools import plot_funnel

        return plot_funnel(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same as a picture with an alternative text."""
        from academic_workplace.report.schools import funnel_drawing

        return funnel_drawing(self, language)

    def _repr_html_(self) -> str:
        from academic_workplace.report.schools import funnel_notebook

        return both(self.explain) + funnel_notebook(self)


def _cells(s: FunnelSchool) -> Iterator[tuple[str, object]]:
    yield "school", s.school
    for name, b in (("pupils", s.pupils), ("events", s.events), ("share", s.share)):
        yield f"{name}_low", None if b is None else float(b.low)
        yield f"{name}_high", None if b is None else float(b.high)
    for level in LIMITS:
        lower, upper = s.limits.get(level, (None, None))
        yield f"lower_{level:g}", None if lower is None else float(lower.low)
        yield f"upper_{level:g}", None if upper is None else float(upper.high)
        yield f"place_{level:g}", s.place[level].value if level in s.place else None
    yield "few", s.few
    yield "withheld", s.withheld


def funnel(
    table: pd.DataFrame,
    *,
    event: str,
    school: str,
    pupils: str | None = None,
    target: float | None = None,
    overdispersion: Overdispersion | str = Overdispersion.BETWEEN,
    trim: float = TRIM,
    published: bool = False,
    labels: Mapping[str, Text] | None = None,
) -> Funnel:
    """The share of pupils for whom ``event`` holds, per school, between limits of chance.

    table: a row per pupil with ``event`` 0 or 1; or a table of counts, with the number of pupils in
    the column ``pupils`` (``<5`` and -1 are 1 to 4; rows of one school add up). target: the share
    to lie about; that of all pupils unless given. overdispersion: as its enum says. trim: which
    share of the schools at either end is drawn in before it is estimated. published: the counts are
    public already, so that only schools with fewer than ten pupils are withheld. Otherwise events
    fewer than ten become a range of 0 to 9 and what would tell them is withheld.

    Limits: exact binomial, interpolated (``control_limits``), at the tail Phi(-z sqrt(ratio)), with
    ratio that of the variance to chance. With hidden counts every limit has bounds, and a place is
    given only where it is so for every completion; bounds may be a little wide.

    Raises PlanError and DataError as ``read_places`` does, and on a target or trim that cannot be;
    DataError when events in all schools together, or the rest, are fewer than ten, and for a school
    alone (with a target, chance may still be allowed for).
    """
    kind = chosen_of(Overdispersion, overdispersion, "overdispersion")
    if target is not None:
        require_share(target, "target")
    require_share(trim, "trim", low=-1e-12, high=0.5)
    found = read_places(table, event=event, place=school, pupils=pupils, argument="school")
    _refuse_one(found, school, kind, target)
    if not published:
        refuse_few(found, event)
    share = found.share_of_all() if target is None else Bounds(target)
    inside = Bounds(max(float(share.low), 1e-9), min(float(share.high), 1 - 1e-9))
    spread = spread_of(found, inside, given=target is not None, trim=trim)
    if published:
        gone: Bools = found.pupils.low < fewest()
        ranged, chosen = np.zeros(len(gone), dtype=bool), None
    else:
        gone, ranged, chosen = hidden_places(found)
    items = []
    for i, name in enumerate(found.names):
        e, rest, n = (Bounds(b.low[i], b.high[i])
                      for b in (found.events, found.rest, found.pupils))  # fmt: skip
        if ranged[i]:
            e, rest = _as_range(e, rest, n)
        if gone[i] or (ranged[i] and e.high >= n.high and rest.high >= n.high):
            items.append(FunnelSchool(school=name, withheld=True))
        else:
            items.append(_school(name, e, rest, n, inside, spread, kind, few=bool(ranged[i])))
    return Funnel(tuple(items), event, school, share, target is not None, kind, spread.phi,
                  spread.rho, trim, found.lost, readers_words(labels), chosen)  # fmt: skip


def _refuse_one(found: Places, school: str, kind: Overdispersion, target: float | None) -> None:
    """Raise DataError for a school alone: it tells nothing of how schools differ."""
    if int((found.pupils.high > 0).sum()) > 1:
        return
    if target is None:
        rule = Text("Er is maar één school: er is niets om naast te leggen.",
                    "There is but one school: there is nothing to lay beside it.")  # fmt: skip
        remedy = Text("Neem leerlingen van twee of meer scholen, of geef een doel met target.",
                      "Take pupils of two or more schools, or give a target.")  # fmt: skip
        refuse([Fault(rule, remedy, column=school)])
    if kind is not Overdispersion.NONE:
        rule = Text("Uit één school blijkt niet hoeveel scholen van elkaar verschillen.",
                    "One school does not tell how much schools differ.")  # fmt: skip
        remedy = Text("Reken alleen met toeval: overdispersion=none.",
                      "Allow for chance alone: overdispersion=none.")  # fmt: skip
        refuse([Fault(rule, remedy, column=school)])


def _school(
    name: str, e: Bounds, rest: Bounds, n: Bounds, share: Bounds, spread: Spread,
    kind: Overdispersion, *, few: bool,
) -> FunnelSchool:  # fmt: skip
    own = Bounds(e.low / (e.low + rest.high), e.high / (e.high + rest.low))
    if float(n.high - n.low) > WIDEST:
        wide = (Bounds(0.0, 1.0), Bounds(0.0, 1.0))
        return FunnelSchool(school=name, pupils=n, events=e, share=own, few=few,
                            limits=dict.fromkeys(LIMITS, wide),
                            place=dict.fromkeys(LIMITS, FunnelPlace.UNKNOWN))  # fmt: skip
    sizes = np.arange(float(n.low), float(n.high) + 1)
    ratio = _ratio(sizes, spread.phi, spread.rho, kind)
    limits, place = {}, {}
    for level in LIMITS:
        lower, upper = _bounded_limits(sizes, share, ratio, level)
        # a count cannot exceed its pupils, and the share goes with both
        least, most = e.low / sizes, np.minimum(e.high, sizes) / sizes
        place[level] = _place(least, most, lower, upper)
        limits[level] = (Bounds(lower.low.min(), lower.high.max()),
                         Bounds(upper.low.min(), upper.high.max()))  # fmt: skip
    return FunnelSchool(school=name, pupils=n, events=e, share=own, limits=limits, place=place,
                        few=few)  # fmt: skip


def _as_range(e: Bounds, rest: Bounds, n: Bounds) -> tuple[Bounds, Bounds]:
    """0 to 9 events, or so few without; any number where the count only went with another."""
    top, some = float(fewest() - 1), Bounds(0.0, n.high)
    few, many = bool(e.low <= top), bool(rest.low <= top)
    if few == many:
        return some, some
    small, large = Bounds(0.0, top), Bounds(float(n.low) - top, n.high)
    return (small, large) if few else (large, small)


def _place(least: Floats, most: Floats, lower: Bounds, upper: Bounds) -> FunnelPlace:
    if np.all(least > upper.high):
        return FunnelPlace.ABOVE
    if np.all(most < lower.low):
        return FunnelPlace.BELOW
    if np.all(most <= upper.low) and np.all(least >= lower.high):
        return FunnelPlace.WITHIN
    return FunnelPlace.UNKNOWN


def _ratio(n: Floats, phi: Bounds, rho: Bounds, kind: Overdispersion) -> Bounds:
    """(k,) of the variance to that of chance, never below 1."""
    if kind is Overdispersion.NONE:
        return Bounds(np.ones_like(n))
    if kind is Overdispersion.TIMES:
        return Bounds(
            np.full_like(n, max(float(phi.low), 1)), np.full_like(n, max(float(phi.high), 1))
        )
    return Bounds(1 + (n - 1) * rho.low, 1 + (n - 1) * rho.high)


def _bounded_limits(n: Floats, share: Bounds, ratio: Bounds, level: float) -> tuple[Bounds, Bounds]:
    """Limits rise with the share, and part as the ratio rises."""
    z = -float(special.ndtri((1 - level) / 2))

    def at(p: float, r: Floats) -> tuple[Floats, Floats]:
        return control_limits(n, p, special.ndtr(-z * np.sqrt(r)))

    low, high = float(share.low), float(share.high)
    lower = Bounds(at(low, ratio.high)[0], at(high, ratio.low)[0])
    return lower, Bounds(at(low, ratio.low)[1], at(high, ratio.high)[1])


def control_limits(n: Floats, share: float, tail: Floats) -> tuple[Floats, Floats]:
    """The limits of a share in n pupils: exact binomial, interpolated.

    n: (k,) whole numbers above 0. tail: (k,) the chance beyond either limit. With F the binomial
    distribution function and r the smallest count with F(r) >= p, the limit is (r - a) / n with
    a = (F(r) - p) / (F(r) - F(r - 1)); p = tail below, 1 - tail above (Spiegelhalter, 2005,
    appendix A.1.1). Kept between 0 and 1.

    >>> lower, upper = control_limits(np.array([10.0]), 0.5, np.array([0.025]))
    >>> lower.round(4).tolist(), upper.round(4).tolist()
    ([0.1324], [0.7676])
    """
    size, tail = n.astype(np.int64), np.maximum(tail, LEAST)
    r = _smallest(size, lambda k: special.bdtr(k, size, share) >= tail)
    F = special.bdtr(r, size, share)
    under = np.where(r > 0, special.bdtr(np.maximum(r - 1, 0), size, share), 0.0)
    lower = (r - (F - tail) / (F - under)) / n
    r = _smallest(size, lambda k: special.bdtrc(k, size, share) <= tail)
    over = special.bdtrc(r, size, share)  # the tail itself: 1 - F would lose it
    before = np.where(r > 0, special.bdtrc(np.maximum(r - 1, 0), size, share), 1.0)
    upper = (r - (tail - over) / (before - over)) / n
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)


def _smallest(
    n: NDArray[np.int64], holds: Callable[[NDArray[np.int64]], Bools]
) -> NDArray[np.int64]:
    """(k,) the smallest count from 0 to n from which on something holds; it does for n."""
    below, above = np.full_like(n, -1), n.copy()
    while np.any(above - below > 1):
        middle = np.maximum((below + above) // 2, 0)
        there = holds(middle)
        above = np.where(there, middle, above)
        below = np.where(there, below, middle)
        below = np.minimum(below, above - 1)
    return above
