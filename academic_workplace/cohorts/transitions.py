"""From advice to placement in year 1 and position in year 3: who goes where, up, down and as said.

Every comparison has three parts, below, on and above, and a share of each: of a position seen from
an advice (flow), of the advice seen from the test (under- and over-advice), of the final advice
seen from the first (adjustment). Advice means three things and since 2023-2024 another thing than
before, so which one and which rule always stand in the result.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace import linear
from academic_workplace.cohorts.counting import Cells, counted_rows
from academic_workplace.cohorts.levels import (
    NO_TEST,
    Advice,
    Coded,
    Codes,
    Move,
    Regime,
    Rule,
    Track,
    located,
    move_of,
    read_cohorts,
    read_levels,
    read_tracks,
    regime_of,
)
from academic_workplace.cohorts.withheld import withheld
from academic_workplace.errors import DataError, Fault, PlanError, chosen_of, not_known
from academic_workplace.intake.duo.cells import count_of
from academic_workplace.intake.duo.ranges import Bounds, Split, Sum, share_of, split
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.plan import Inference

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
CERTAIN = 0.95
FEW = 4.0  # degrees of freedom below which a Satterthwaite interval is itself uncertain
MOVES = (Move.BELOW, Move.ON, Move.ABOVE)
YEARS = (1, 2, 3, 4, 5, 6)
TOTALS = frozenset({"totaal", "total", "alle", "all"})


class Contrast(StrEnum):
    """What is seen from what."""

    POSITION = "position"  # the position in a year, seen from the advice
    TEST = "test"  # the advice seen from the test: below is under-advice, above over-advice
    REVISION = "revision"  # the final advice seen from the first: above is adjusted upward
    HEEDED = "heeded"  # the same, of pupils whose test came out above the first advice


class Basis(StrEnum):
    """What an interval rests on."""

    SCHOOLS = "CR2 by school"
    PUPILS = "Wilson, pupils as if independent"
    NONE = "none"


class Caution(StrEnum):
    """What makes a share, or how sure it is, uncertain; ``CAUTIONS`` has the words."""

    AS_IF_INDEPENDENT = "pupils as if independent"
    FEW_DEGREES_OF_FREEDOM = "few degrees of freedom"
    ONE_SCHOOL = "one school"
    NO_SPREAD = "no difference between schools"


CAUTIONS = {
    Caution.AS_IF_INDEPENDENT: Text(
        "Deze grenzen doen alsof leerlingen van één school niet op elkaar lijken; in het echt is de"
        " onzekerheid groter.",
        "These limits pretend that pupils of one school are not alike; in truth the uncertainty is"
        " larger.",
    ),
    Caution.FEW_DEGREES_OF_FREEDOM: Text(
        "Het aandeel rust op weinig scholen: de grenzen zijn zelf onzeker.",
        "The share rests on few schools: the limits are themselves uncertain.",
    ),
    Caution.ONE_SCHOOL: Text(
        "Deze leerlingen zitten op één school: hoe het op andere scholen gaat, is niet te zeggen.",
        "These pupils are at one school: how it goes at other schools cannot be told.",
    ),
    Caution.NO_SPREAD: Text(
        "Op alle scholen is het aandeel gelijk (zoals niemand, of iedereen): grenzen zijn er niet.",
        "The share is alike at all schools (as nobody, or everybody): there are no limits.",
    ),
}


# ---------------------------------------------------------------- results


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which part of a group is below, on or above.

    group: a label per column of ``by``, () for everyone; None: not known. pupils: with both sides
    known; count: how many of them; value: count / pupils, between 0 and 1; low, high: of the
    interval; df: its degrees of freedom (CR2). All are None when withheld (``withheld``), and the
    limits where there are none.
    """

    contrast: Contrast
    year: int  # 0 when it is about no position
    group: tuple[str | None, ...]
    move: Move
    pupils: int | None
    count: int | None
    value: float | None
    low: float | None
    high: float | None
    df: float | None
    schools: int | None
    basis: Basis
    cautions: tuple[Caution, ...]
    withheld: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Matrix:
    """How many pupils of each advice sit where, in one year.

    advice: R rows; position: P columns, both low to high. counts: (R + 1, P + 1) with the totals
    last; NaN where withheld. moves: (R, P) whether that is below, on or above, or None.
    """

    year: int
    group: tuple[str | None, ...]
    advice: tuple[Track, ...]
    position: tuple[Track, ...]
    counts: Floats
    moves: tuple[tuple[Move | None, ...], ...]

    @property
    def shares(self) -> Floats:
        """(R + 1, P) of the pupils with an advice, which share sits where; NaN where withheld."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.counts[:, :-1] / self.counts[:, -1:])

    def table(self, *, shares: bool = False) -> pd.DataFrame:
        """A row per advice, a column per position, totals last. shares: of the row."""
        rows = [*(track.value for track in self.advice), "total"]
        columns = [track.value for track in self.position]
        if shares:
            return pd.DataFrame(self.shares, index=rows, columns=columns)
        return pd.DataFrame(self.counts, index=rows, columns=[*columns, "total"])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Transitions:
    """Shares below, on and above, and who goes where; nothing in it tells of fewer than ten.

    which: the advice that positions (and the test) are compared with. by: the columns that make the
    groups. cohorts, regimes: school years of the advice, and the rules they fall under.
    across_regimes: whether numbers add up both rules. shares: per contrast, group and move.
    matrices: per year and group; everyone has the group (). notes: what to know beside them.
    """

    which: Advice
    rule: Rule
    by: tuple[str, ...]
    cohorts: tuple[str, ...]
    regimes: tuple[Regime, ...]
    across_regimes: bool
    shares: tuple[Share, ...]
    matrices: tuple[Matrix, ...]
    notes: tuple[Text, ...]

    @property
    def groups(self) -> tuple[tuple[str | None, ...], ...]:
        """All groups, in order; () is everyone."""
        return tuple(dict.fromkeys(share.group for share in self.shares))

    def share(
        self,
        move: Move | str,
        *,
        contrast: Contrast | str = Contrast.POSITION,
        year: int | None = None,
        group: tuple[str | None, ...] = (),
    ) -> Share:
        """One share. year: the last one when not given. Raises PlanError when there is none."""
        of, to = chosen_of(Contrast, contrast, "contrast"), chosen_of(Move, move, "move")
        found = [s for s in self.shares if (s.contrast, s.move, s.group) == (of, to, group)]
        if of is Contrast.POSITION and found:
            wanted = max(s.year for s in found) if year is None else year
            found = [s for s in found if s.year == wanted]
        if not found:
            raise PlanError([_nothing(f"{of.value}, {'/'.join(map(str, group)) or '()'}")])
        return found[0]

    def matrix(self, *, year: int | None = None, group: tuple[str | None, ...] = ()) -> Matrix:
        """One matrix. year: the last one when not given. Raises PlanError when there is none."""
        found = [m for m in self.matrices if m.group == group and year in (None, m.year)]
        if not found:
            raise PlanError([_nothing(f"{year or ''} {'/'.join(map(str, group)) or '()'}".strip())])
        return max(found, key=lambda m: m.year)

    def table(self) -> pd.DataFrame:
        """A row per contrast, year, group and move; empty where withheld."""
        rows = []
        for share in self.shares:
            row = {f.name: getattr(share, f.name) for f in fields(share)}
            labels = share.group or (ALL,) * len(self.by)
            row |= {"cautions": "; ".join(share.cautions)}
            del row["group"]
            rows.append(dict(zip(self.by, labels, strict=True)) | row)
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads."""
        from academic_workplace.report.transitions import transitions_sentences

        return transitions_sentences(self, language)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        language: str = "nl",
        year: int | None = None,
        group: tuple[str | None, ...] = (),
    ) -> Axes:
        """From advice to position, drawn as ribbons; on axes of the caller's, or new ones."""
        from academic_workplace.report.transitions import plot_transitions

        return plot_transitions(self.matrix(year=year, group=group), self, language, ax)

    def picture(
        self,
        language: str = "nl",
        *,
        year: int | None = None,
        group: tuple[str | None, ...] = (),
    ) -> Drawing:
        """The same picture for a notebook, with its alternative text."""
        from academic_workplace.report.transitions import transitions_drawing

        return transitions_drawing(self.matrix(year=year, group=group), self, language)

    def __repr__(self) -> str:
        return f"Transitions(which={self.which.value!r}, cohorts={self.cohorts}, by={self.by})"

    def _repr_html_(self) -> str:
        from academic_workplace.report.transitions import transitions_html

        return both(self.explain) + transitions_html(self)


ALL = "all"


# ---------------------------------------------------------------- arithmetic on arrays


def wilson(x: int, n: int, certain: float = CERTAIN) -> tuple[float, float]:
    """Limits of a share x / n of independent pupils. Wilson (1927, JASA 22), no correction."""
    from scipy.special import ndtri

    z, p = float(ndtri((1 + certain) / 2)), x / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low = 0.0 if x == 0 else middle - half
    return low, 1.0 if x == n else middle + half


@dataclass(frozen=True, slots=True)
class Clustered:
    """A share of pupils in schools. se: of the share; low, high: by way of the logit."""

    value: float
    se: float
    df: float
    low: float
    high: float


def clustered_share(x: Floats, n: Floats, certain: float = CERTAIN) -> Clustered:
    """The share sum(x) / sum(n) over G schools and its CR2 limits. x, n: (G,).

    Variance and degrees of freedom are those of the mean of x per pupil (``linear.py``). Limits are
    taken on the logit: logit(p) -+ t se / (p (1 - p)), so that they stay between 0 and 1 (Korn &
    Graubard 1998, Survey Methodology 24). NaN where schools do not differ or there is but one.
    """
    from scipy.special import expit, logit, stdtrit

    p = float(x.sum() / n.sum())
    S = np.empty((len(n), 2, 2))
    S[:, 0, 0], S[:, 0, 1], S[:, 1, 0], S[:, 1, 1] = n, x, x, x
    names = tuple(map(str, range(len(n))))
    blank = ("",) * len(n)
    m = SampleMoments("y", "", names, blank, blank, ("1", "y"), np.zeros(2), S)
    v, df = linear.variance(linear.least_squares(m, (), absorb=False), np.ones(1), Inference.CR2)
    if not (0 < p < 1 and v > 0 and df > 0):
        return Clustered(p, math.nan, math.nan, math.nan, math.nan)
    half = float(stdtrit(df, (1 + certain) / 2)) * math.sqrt(v) / (p * (1 - p))
    low, high = (float(expit(logit(p) + side * half)) for side in (-1, 1))
    return Clustered(p, math.sqrt(v), df, low, high)


def counted(
    moves: Ints, groups: Ints, schools: Ints, shape: tuple[int, int], pupils: Floats | None = None
) -> Floats:
    """(groups, schools, 3) pupils by move; a move, group or school below 0 counts nowhere.

    pupils: (n,) how many a row stands for; one when None.
    """
    G, C = shape
    keep = (moves >= 0) & (groups >= 0) & (schools >= 0)
    at = (groups[keep] * C + schools[keep]) * 3 + moves[keep]
    many = None if pupils is None else pupils[keep]
    return np.bincount(at, many, G * C * 3).reshape(G, C, 3).astype(float)


def crossed(
    advice: Ints,
    position: Ints,
    groups: Ints,
    shape: tuple[int, int, int],
    pupils: Floats | None = None,
) -> Floats:
    """(groups, R, P) pupils by advice and position, of whom both are known. pupils: as above."""
    G, R, P = shape
    keep = (advice >= 0) & (position >= 0) & (groups >= 0)
    at = (groups[keep] * R + advice[keep]) * P + position[keep]
    many = None if pupils is None else pupils[keep]
    return np.bincount(at, many, G * R * P).reshape(G, R, P).astype(float)


def with_totals(counts: Floats, axes: Sequence[int]) -> Floats:
    """The same counts with their sums added at the end of these axes."""
    for axis in axes:
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    return counts


def sums_along(places: Ints, axes: Sequence[int]) -> list[Sum]:
    """The sums in an array of places of counts, of which the last along each axis is the total."""
    out = []
    for axis in axes:
        for line in np.moveaxis(places, axis, -1).reshape(-1, places.shape[axis]):
            out.append(Sum(int(line[-1]), tuple(line[:-1].tolist())))
    return out


# ---------------------------------------------------------------- from a table of pupils


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What the columns of a table say, as codes; -1 is not known. pupils: per row, or None: one."""

    cohort: Ints
    cohorts: tuple[str, ...]
    levels: tuple[Track, ...]
    advice: dict[Advice, Ints]
    position: dict[int, tuple[Ints, tuple[Track, ...]]]
    group: Ints
    groups: tuple[tuple[str | None, ...], ...]
    school: Ints
    schools: int
    notes: list[Text]
    pupils: Floats | None = None


def transitions(
    table: pd.DataFrame | str | Path | Cells,
    *,
    cohort: str,
    advice: str | Mapping[Advice, str] | Mapping[str, str],
    position: Mapping[int, str] | None = None,
    which: Advice | str = Advice.FIRST,
    by: str | Sequence[str] = (),
    school: str | None = None,
    seen: Mapping[int, str] | None = None,
    rule: Rule | str = Rule.LOWEST,
    codes: Codes | None = None,
    across_regimes: bool = False,
) -> Transitions:
    """Who goes where after primary school, and which share is below, on and above the advice.

    table: a row per pupil, or the path of a file (or its ``Cells``), which is then counted in one
    pass (``counting.py``); the other arguments name its columns. cohort: the school year of the
    advice (2018-2019). advice: a column per kind ({"first": ..., "test": ..., "final": ...}), or
    the one column of ``which``. position: a column per year of secondary school ({1: ..., 3: ...}).
    which: the advice that positions and test are compared with. by: columns that make groups
    (schools too). school: whose pupils are alike; intervals are then CR2 with Satterthwaite degrees
    of freedom on the logit, otherwise Wilson's, and it is said. seen: the school year in which a
    position was seen, per year. rule: when a position is on a mixed advice (``Rule``); two advices
    are compared by half steps. codes: what a file's own codes mean.

    A blank final advice means that the first one stands, when both columns are given. Cohort
    2019-2020 has no test: whatever needs one leaves it out. Counts of 1 to 9, and those that would
    tell them, are withheld; so is a group of which all pupils fall in one part. Tables by other
    groups, made from the same pupils, can together tell more than each does.

    Raises PlanError on columns that are not there and when cohorts of both regimes would be added
    up (``across_regimes=True`` does so knowingly, or name the cohort column in ``by``); DataError
    with every unknown spelling, blank school and impossible order of years.
    """
    kind, way = chosen_of(Advice, which, "which"), chosen_of(Rule, rule, "rule")
    names = (by,) if isinstance(by, str) else tuple(by)
    columns = _columns_of(advice, kind)
    mappings = (given for given in (position, seen) if isinstance(given, Mapping))
    read = [column for given in mappings for column in given.values()]
    known = counted_rows(table, (cohort, *columns.values(), *names, school, *read))
    rows = known.table
    _refuse_request(rows, cohort, columns, position, kind, names, school, seen)
    data = _read(rows, cohort, columns, dict(position or {}), names, school, seen or {}, codes)
    data = replace(data, pupils=known.pupils)
    regimes = tuple(dict.fromkeys(regime_of(year) for year in data.cohorts))
    pooled = len(regimes) == 1 or across_regimes
    if not pooled and cohort not in names:
        raise PlanError([_two_regimes(cohort)])
    notes = data.notes
    if len(regimes) > 1:
        notes.append(ACROSS if across_regimes else BESIDE)
    notes += _no_pupils(data, names, cohort)
    whole = bool(names) and pooled
    asked = []
    for year, (at, tracks) in data.position.items():
        asked.append(_of_position(data, kind, year, at, tracks, way, whole=whole))
        notes += _unseen(data, year, at)
    for contrast, moves in _of_advice(data, kind, notes):
        asked.append(_compared(data, contrast, 0, moves, whole=whole))
    groups = (*data.groups, ()) if whole else data.groups
    hidden = _decided(asked, named=bool(names), whole=whole)
    shares = [
        _share(each.contrast, each.year, group, move, each.of_schools[g],
               bool(kept[g, move] or kept[g, 3]), school is not None)
        for each, (kept, _) in zip(asked, hidden, strict=True)
        for g, group in enumerate(groups)
        for move in range(3)
    ]  # fmt: skip
    matrices = [
        Matrix(each.year, group, data.levels, each.tracks, counts, each.named_moves)
        for each, (_, kept) in zip(asked, hidden, strict=True)
        if each.contrast is Contrast.POSITION
        for group, counts in zip(groups, np.where(kept, np.nan, each.matrix), strict=True)
    ]
    return Transitions(
        kind, way, names, data.cohorts, regimes, across_regimes and len(regimes) > 1,
        tuple(shares), tuple(matrices), tuple(notes),
    )  # fmt: skip


ACROSS = Text(
    "Hier zijn adviezen van voor en vanaf 2023-2024 bij elkaar geteld. De regel voor bijstellen is"
    " toen veranderd: het advies betekent daarna iets anders.",
    "Here advice from before and from 2023-2024 is added up. The rule for adjusting changed then:"
    " afterwards advice means something else.",
)
BESIDE = Text(
    "Vanaf 2023-2024 geldt een andere regel voor bijstellen. Een verschil over die grens is dus"
    " geen verschil tussen leerlingen alleen.",
    "From 2023-2024 another rule for adjusting holds. A difference across that line is not one"
    " between pupils alone.",
)
WITHOUT_TEST = Text(
    "Cohort 2019-2020 telt niet mee waar een toets nodig is: de eindtoets ging dat jaar niet door.",
    "Cohort 2019-2020 does not count where a test is needed: the final test was cancelled.",
)


def _code(move: Move | None) -> int:
    return -1 if move is None else MOVES.index(move)


def _columns_of(
    advice: str | Mapping[Advice, str] | Mapping[str, str], which: Advice
) -> dict[Advice, str]:
    given = {which: advice} if isinstance(advice, str) else advice
    known = [kind.value for kind in Advice]
    faults = [not_known("advice", str(kind), known) for kind in given if str(kind) not in known]
    if faults:
        raise PlanError(faults)
    return {Advice(kind): column for kind, column in given.items()}


def _refuse_request(
    table: pd.DataFrame,
    cohort: str,
    advice: Mapping[Advice, str],
    position: Mapping[int, str] | None,
    which: Advice,
    by: Sequence[str],
    school: str | None,
    seen: Mapping[int, str] | None,
) -> None:
    """Every argument that cannot be, at once."""
    faults = []
    years: dict[str, Mapping[int, str]] = {}
    for name, given in (("position", position), ("seen", seen)):
        if given is None:
            continue
        if not isinstance(given, Mapping):
            rule = Text("Er staat niet bij welk leerjaar dit is.",
                        "It does not say which year this is.")  # fmt: skip
            remedy = Text(f"Schrijf {name}={{3: ‘{given}’}} voor leerjaar 3.",
                          f"Write {name}={{3: ‘{given}’}} for year 3.")  # fmt: skip
            faults.append(Fault(rule, remedy, column=name))
            continue
        years[name] = given
        wrong = [year for year in given if year not in YEARS]
        if wrong:
            listed = ", ".join(map(str, wrong))
            rule = Text(f"Dit is geen leerjaar: {listed}.", f"This is no year: {listed}.")
            remedy = Text("Kies uit 1 tot en met 6.", "Choose from 1 to 6.")
            faults.append(Fault(rule, remedy, column=name))
    if which not in advice:
        rule = Text(f"De kolom van het advies ‘{which.value}’ ontbreekt.",
                    f"The column of the ‘{which.value}’ advice is missing.")  # fmt: skip
        remedy = Text("Noem de kolom in advice, of kies een ander advies met which.",
                      "Name the column in advice, or choose another with which.")  # fmt: skip
        faults.append(Fault(rule, remedy, column="which"))
    columns = [cohort, *advice.values(), *by, *([school] if school is not None else [])]
    columns += [column for given in years.values() for column in given.values()]
    known = [str(name) for name in table.columns]
    faults += [not_known(c, c, known) for c in dict.fromkeys(columns) if c not in table.columns]
    twice = [c for c in dict.fromkeys(columns) if (table.columns == c).sum() > 1]
    for column in twice:
        rule = Text("Deze kolom staat er twee keer.", "This column is there twice.")
        remedy = Text("Laat één van beide weg.", "Leave one of them out.")
        faults.append(Fault(rule, remedy, column=column))
    if not len(table):
        rule = Text("Deze tabel heeft geen rijen.", "This table has no rows.")
        remedy = Text("Geef een tabel met leerlingen.", "Give a table of pupils.")
        faults.append(Fault(rule, remedy))
    if faults:
        raise PlanError(faults)


def _read(
    table: pd.DataFrame,
    cohort: str,
    advice: Mapping[Advice, str],
    position: Mapping[int, str],
    by: Sequence[str],
    school: str | None,
    seen: Mapping[int, str],
    codes: Codes | None,
) -> _Read:
    """All columns as codes. Raises DataError naming what is wrong in any of them."""
    faults: list[Fault] = []
    notes: list[Text] = []
    coded: dict[Advice, Coded] = {}
    placed: dict[int, Coded] = {}
    years: pd.Series | None = None
    try:
        years = read_cohorts(table[cohort], column=cohort)
    except DataError as error:
        faults += error.faults
    for kind, column in advice.items():
        try:
            coded[kind] = read_levels(table[column], column=column, codes=codes)
        except DataError as error:
            faults += error.faults
    for year, column in sorted(position.items()):
        try:
            placed[year] = read_tracks(table[column], column=column, codes=codes)
        except DataError as error:
            faults += error.faults
    if years is not None:
        faults += _impossible(table, years, placed, seen)
    schools, clusters = np.zeros(len(table), dtype=np.intp), 1
    if school is not None:
        schools, found = pd.factorize(table[school])
        clusters = len(found)
        if (schools < 0).any():
            faults.append(_rows(
                Text("Van deze leerlingen is de school niet bekend.",
                     "The school of these pupils is not known."),
                Text("Vul de school in, of laat school= weg.",
                     "Fill in the school, or leave out school=."),
                school, schools < 0,
            ))  # fmt: skip
    if faults or years is None:
        raise DataError(located(faults, table))
    cohorts, names = pd.factorize(years, sort=True)
    levels = tuple(
        sorted({track for c in coded.values() for track in c.levels}, key=lambda t: t.sorting)
    )
    place = {track: i for i, track in enumerate(levels)}
    known = {
        kind: np.array([*(place[t] for t in c.levels), -1], dtype=np.intp)[c.codes]
        for kind, c in coded.items()
    }
    if Advice.FIRST in known and Advice.FINAL in known:
        stands = coded[Advice.FINAL].blank & (known[Advice.FIRST] >= 0)
        known[Advice.FINAL] = np.where(stands, known[Advice.FIRST], known[Advice.FINAL])
        if stands.any():
            notes.append(Text(
                "Waar geen definitief advies is ingevuld, geldt het eerste advies.",
                "Where no final advice is filled in, the first advice stands.",
            ))  # fmt: skip
    codes_of, labels = _groups(table, by)
    return _Read(
        cohorts, tuple(names), levels, known,
        {year: (c.codes, c.levels) for year, c in placed.items()},
        codes_of, labels, schools, clusters, notes,
    )  # fmt: skip


def _groups(
    table: pd.DataFrame, by: Sequence[str]
) -> tuple[Ints, tuple[tuple[str | None, ...], ...]]:
    """The group of every row, and the groups in order; who lacks a label is a group as well."""
    if not by:
        return np.zeros(len(table), dtype=np.intp), ((),)
    frame = table[list(by)]
    codes = frame.groupby(list(by), dropna=False, observed=True, sort=True).ngroup().to_numpy()
    first = np.unique(codes, return_index=True)[1]
    labels = tuple(
        tuple(None if pd.isna(label) else str(label) for label in row)
        for row in frame.iloc[first].itertuples(index=False)
    )
    return codes.astype(np.intp), labels


def _impossible(
    table: pd.DataFrame,
    cohorts: pd.Series,
    placed: Mapping[int, Coded],
    seen: Mapping[int, str],
) -> list[Fault]:
    """Positions that were seen too early: before the advice, or before an earlier year."""
    faults: list[Fault] = []
    start = cohorts.str[:4].to_numpy(dtype=float)
    when: dict[int, Floats] = {}
    for year, column in sorted(seen.items()):
        cells = table[column]
        filled = cells.notna().to_numpy()
        found = np.full(len(table), np.nan)
        if filled.any():
            try:
                words = read_cohorts(cells[filled], column=column)
            except DataError as error:
                at = np.flatnonzero(filled) + 1
                faults += [
                    Fault(f.rule, f.remedy, column=column, count=f.count,
                          rows=tuple(int(at[row - 1]) for row in f.rows))
                    for f in error.faults
                ]  # fmt: skip
                continue
            found[filled] = words.str[:4].to_numpy(dtype=float)
        if year in placed:
            without = (placed[year].codes >= 0) & ~filled
            if without.any():
                faults.append(_rows(
                    Text(f"Hier staat een positie in leerjaar {year} zonder schooljaar.",
                         f"Here is a position in year {year} without a school year."),
                    Text("Vul het schooljaar in, of laat de positie leeg.",
                         "Fill in the school year, or leave the position empty."),
                    column, without,
                ))  # fmt: skip
        early = found < start + 1
        if early.any():
            faults.append(_rows(
                Text(f"Leerjaar {year} ligt hier niet na het schooljaar van het advies.",
                     f"Year {year} is not after the school year of the advice here."),
                Text("Kijk welk schooljaar klopt.", "See which school year is right."),
                column, early,
            ))  # fmt: skip
        for before, then in when.items():
            turned = found <= then
            if turned.any():
                faults.append(_rows(
                    Text(f"Leerjaar {year} komt hier niet na leerjaar {before}.",
                         f"Year {year} does not come after year {before} here."),
                    Text("Kijk of de schooljaren verwisseld zijn.",
                         "See whether the school years were swapped."),
                    column, turned,
                ))  # fmt: skip
        when[year] = found
    return faults


def _rows(rule: Text, remedy: Text, column: str, where: NDArray[np.bool_]) -> Fault:
    rows = np.flatnonzero(where)
    return Fault(rule, remedy, column=column, rows=tuple(int(r) + 1 for r in rows[:10]),
                 count=len(rows))  # fmt: skip


def _two_regimes(cohort: str) -> Fault:
    return Fault(
        Text("Adviezen van voor en vanaf 2023-2024 zijn niet zomaar op te tellen: de regel voor"
             " bijstellen is veranderd.",
             "Advice from before and from 2023-2024 cannot simply be added up: the rule for"
             " adjusting has changed."),
        Text(f"Neem ‘{cohort}’ op in by, of zeg across_regimes=True.",
             f"Include ‘{cohort}’ in by, or say across_regimes=True."),
        column="across_regimes",
    )  # fmt: skip


def _nothing(what: str) -> Fault:
    return Fault(
        Text(f"Dit is hier niet uitgerekend: {what}.", f"This was not worked out here: {what}."),
        Text("Kijk in table() wat er is.", "See in table() what there is."),
    )


def _no_pupils(data: _Read, by: Sequence[str], cohort: str) -> list[Text]:
    """Groups without pupils in some cohort: named, for they make cohorts unlike."""
    if not by or list(by) == [cohort]:
        return []
    rest = [i for i, name in enumerate(by) if name != cohort]
    labels = list(dict.fromkeys(tuple(group[i] for i in rest) for group in data.groups))
    place = {label: i for i, label in enumerate(labels)}
    of = np.array([place[tuple(group[i] for i in rest)] for group in data.groups])[data.group]
    there = np.zeros((len(labels), len(data.cohorts)), dtype=bool)
    there[of, data.cohort] = True
    return [
        Text(f"Groep ‘{_named(labels[i])}’ heeft geen leerlingen in cohort {data.cohorts[c]}.",
             f"Group ‘{_named(labels[i])}’ has no pupils in cohort {data.cohorts[c]}.")
        for i, c in zip(*np.nonzero(~there), strict=True)
    ]  # fmt: skip


def _named(labels: tuple[str | None, ...]) -> str:
    return ", ".join("–" if label is None else label for label in labels)


def _unseen(data: _Read, year: int, at: Ints) -> list[Text]:
    """Cohorts of which nobody's position is known."""
    known = np.bincount(data.cohort[at >= 0], minlength=len(data.cohorts))
    late = ", ".join(c for c, n in zip(data.cohorts, known, strict=True) if n == 0)
    if not late:
        return []
    return [
        Text(f"Van cohort {late} is de positie in leerjaar {year} van niemand bekend.",
             f"Of cohort {late} nobody's position in year {year} is known.")
    ]  # fmt: skip


def _of_advice(data: _Read, which: Advice, notes: list[Text]) -> list[tuple[Contrast, Ints]]:
    """(n,) the move of every pupil, for the comparisons of one advice with another."""
    R = len(data.levels)
    half = np.full((R + 1, R + 1), -1, dtype=np.intp)
    for i, a in enumerate(data.levels):
        for j, b in enumerate(data.levels):
            half[i, j] = _code(move_of(a, b, Rule.HALF_STEPS))
    out = []
    first, test, final = (data.advice.get(kind) for kind in (Advice.FIRST, Advice.TEST,
                                                             Advice.FINAL))  # fmt: skip
    if test is not None:
        cancelled = np.array([year == NO_TEST for year in data.cohorts])[data.cohort]
        if cancelled.any():
            notes.append(WITHOUT_TEST)
        test = np.where(cancelled, -1, test)
        if which is not Advice.TEST:
            out.append((Contrast.TEST, half[test, data.advice[which]]))
    if first is not None and final is not None:
        out.append((Contrast.REVISION, half[first, final]))
        if test is not None:
            higher = half[first, test] == MOVES.index(Move.ABOVE)
            out.append((Contrast.HEEDED, np.where(higher, half[first, final], -1)))
    return out


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One comparison, counted.

    of_schools: (G, C, 3) pupils by move, everyone last when groups are added up; known: (n,) who
    has both sides. Of a position also the matrix with its totals, (G, R + 1, P + 1), the move of
    every cell, (R, P) with -1 for none, and who is in it.
    """

    contrast: Contrast
    year: int
    of_schools: Floats
    known: NDArray[np.bool_]
    matrix: Floats
    tracks: tuple[Track, ...]
    moves: Ints
    inside: NDArray[np.bool_]

    @property
    def parts(self) -> Floats:
        """(G, 4) pupils by move, and together."""
        return with_totals(self.of_schools.sum(axis=1), (1,))

    @property
    def named_moves(self) -> tuple[tuple[Move | None, ...], ...]:
        return tuple(tuple(None if m < 0 else MOVES[m] for m in row) for row in self.moves.tolist())


def _compared(data: _Read, contrast: Contrast, year: int, moves: Ints, *, whole: bool) -> _Asked:
    """One advice seen from another. moves: (n,)."""
    of_schools = counted(moves, data.group, data.school, (len(data.groups), data.schools),
                         data.pupils)  # fmt: skip
    nobody = np.zeros(len(moves), dtype=bool)
    return _Asked(
        contrast, year, with_totals(of_schools, (0,) if whole else ()), moves >= 0,
        np.zeros((len(data.groups) + whole, 0, 0)), (), np.zeros((0, 0), dtype=np.intp), nobody,
    )  # fmt: skip


def _of_position(
    data: _Read,
    which: Advice,
    year: int,
    at: Ints,
    tracks: tuple[Track, ...],
    rule: Rule,
    *,
    whole: bool,
) -> _Asked:
    """The position in one year, seen from the advice."""
    mine, R, P = data.advice[which], len(data.levels), len(tracks)
    moves = np.full((R + 1, P + 1), -1, dtype=np.intp)  # the last ones: not known
    for i, a in enumerate(data.levels):
        moves[i, :P] = [_code(move_of(a, p, rule)) for p in tracks]
    found = _compared(data, Contrast.POSITION, year, moves[mine, at], whole=whole)
    cells = crossed(mine, at, data.group, (len(data.groups), R, P), data.pupils)
    matrix = with_totals(cells, (0, 1, 2) if whole else (1, 2))
    inside = (mine >= 0) & (at >= 0)
    return replace(found, matrix=matrix, tracks=tracks, moves=moves[:R, :P], inside=inside)


def _decided(
    asked: Sequence[_Asked], *, named: bool, whole: bool
) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Per comparison what is withheld: (G, 4) of its parts, and of its matrix.

    All of them together, for they tell of one another: a move is the sum of cells of the matrix,
    and two comparisons of the same pupils have the same totals.
    """
    sums: list[Sum] = []
    places: list[tuple[Ints, Ints]] = []
    start, margin = 0, (0,) if whole else ()
    for each in asked:
        of_parts = start + np.arange(each.parts.size).reshape(each.parts.shape)
        start += of_parts.size
        of_matrix = start + np.arange(each.matrix.size).reshape(each.matrix.shape)
        start += of_matrix.size
        places.append((of_parts, of_matrix))
        sums += sums_along(of_parts, (*margin, 1))
        if each.contrast is Contrast.POSITION:
            sums += sums_along(of_matrix, (*margin, 1, 2)) + _joined(each, of_parts, of_matrix)
    for i, j in itertools.combinations(range(len(asked)), 2):
        if np.array_equal(asked[i].known, asked[j].known):
            pairs = zip(places[i][0][:, 3], places[j][0][:, 3], strict=True)
            sums += [Sum(int(a), (int(b),)) for a, b in pairs]
        if asked[i].inside.any() and np.array_equal(asked[i].inside, asked[j].inside):
            ends = (places[k][1][:, :-1, -1].ravel() for k in (i, j))
            sums += [Sum(int(a), (int(b),)) for a, b in zip(*ends, strict=True)]
    pieces = [(each.parts, each.matrix) for each in asked]
    if not pieces:
        return []
    counts = np.concatenate([cells.ravel() for pair in pieces for cells in pair])
    also, worth = np.zeros(len(counts), dtype=bool), np.zeros(len(counts), dtype=np.intp)
    for (parts, matrix), (of_parts, of_matrix) in zip(pieces, places, strict=True):
        also[of_parts.ravel()] = _all_alike(parts, named, whole)
        worth[of_parts.ravel()] = DEAR
        worth[of_matrix.ravel()] = _worth(matrix.shape, (*margin, 1, 2))
    hidden = withheld(counts, sums, also=also, worth=worth)
    return [(hidden[of_parts], hidden[of_matrix]) for of_parts, of_matrix in places]


DEAR = 9  # what a share is worth beside a cell of a matrix


def _joined(each: _Asked, of_parts: Ints, of_matrix: Ints) -> list[Sum]:
    """A move is the sum of its cells; the matrix holds who is on no side (vso, vavo) as well."""
    sums = []
    for parts, matrix in zip(of_parts, of_matrix, strict=True):
        inner = matrix[:-1, :-1]
        for move in range(3):
            cells = inner[each.moves == move].tolist()
            if cells:
                sums.append(Sum(int(parts[move]), tuple(cells)))
        apart = inner[each.moves < 0].tolist()
        sums.append(Sum(int(matrix[-1, -1]), (int(parts[3]), *apart)))
    return sums


def _worth(shape: tuple[int, ...], axes: Sequence[int]) -> Ints:
    """(k,) of how many sums each count is the total: totals are what a reader needs most."""
    worth = np.zeros(shape, dtype=np.intp)
    for axis in axes if worth.size else ():
        np.moveaxis(worth, axis, -1)[..., -1] += 1
    return worth.ravel()


def _all_alike(parts: Floats, named: bool, whole: bool) -> NDArray[np.bool_]:
    """All parts of a group whose pupils fall in one of them: it would tell of everyone in it."""
    alike = np.zeros(parts.shape, dtype=bool)
    if named:
        one = ((parts[:, :-1] == parts[:, -1:]) & (parts[:, -1:] > 0)).any(axis=1)
        alike[one, :-1] = True
        if whole:
            alike[-1] = False
    return alike.ravel()


def _share(
    contrast: Contrast,
    year: int,
    group: tuple[str | None, ...],
    move: int,
    of_schools: Floats,
    kept: bool,
    clustered: bool,
) -> Share:
    """One share with its interval. of_schools: (C, 3)."""
    n = of_schools.sum(axis=1)
    x, n = of_schools[n > 0, move], n[n > 0]
    pupils, count = round(float(n.sum())), round(float(x.sum()))
    low = high = df = None
    basis, cautions = Basis.NONE, []
    if pupils and not kept:
        if not clustered:
            (low, high), basis = wilson(count, pupils), Basis.PUPILS
            cautions.append(Caution.AS_IF_INDEPENDENT)
        elif len(n) == 1:
            cautions.append(Caution.ONE_SCHOOL)
        else:
            found = clustered_share(x, n)
            if math.isnan(found.low):
                cautions.append(Caution.NO_SPREAD)
            else:
                low, high, df, basis = found.low, found.high, found.df, Basis.SCHOOLS
                if df < FEW:
                    cautions.append(Caution.FEW_DEGREES_OF_FREEDOM)
    shown = not kept
    return Share(
        contrast=contrast, year=year, group=group, move=MOVES[move],
        pupils=pupils if shown else None, count=count if shown else None,
        value=count / pupils if shown and pupils else None,
        low=low, high=high, df=df, schools=len(n) if shown and clustered else None,
        basis=basis, cautions=tuple(cautions), withheld=kept,
    )  # fmt: skip


# ---------------------------------------------------------------- from counts with bounds


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TransitionBounds:
    """Shares below, on and above of counts that are partly hidden: every filling lies inside.

    groups: a label per column of ``by``. value: (G, 3) shares; pupils: (G,) of how many.
    hidden: (G,) counts that are not known precisely.
    """

    year: int
    which: Advice
    rule: Rule
    by: tuple[str, ...]
    cohorts: tuple[str, ...]
    regimes: tuple[Regime, ...]
    groups: tuple[tuple[str | None, ...], ...]
    value: Bounds
    pupils: Bounds
    hidden: Ints
    notes: tuple[Text, ...]

    def table(self) -> pd.DataFrame:
        """A row per group and move: low and high of the share, and of how many pupils."""
        rows = [
            dict(zip(self.by, group, strict=True))
            | {
                "move": move.value,
                "low": self.value.low[g, i], "high": self.value.high[g, i],
                "of_low": self.pupils.low[g], "of_high": self.pupils.high[g],
                "hidden": int(self.hidden[g]),
            }
            for g, group in enumerate(self.groups)
            for i, move in enumerate(MOVES)
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """The sentences a workgroup reads, with both bounds."""
        from academic_workplace.report.transitions import bounds_sentences

        return bounds_sentences(self, language)

    def __repr__(self) -> str:
        return f"TransitionBounds(year={self.year}, cohorts={self.cohorts}, by={self.by})"

    def _repr_html_(self) -> str:
        from academic_workplace.report.transitions import bounds_html

        return both(self.explain) + bounds_html(self)


def transitions_of_counts(
    table: pd.DataFrame,
    *,
    cohort: str,
    advice: str,
    position: str,
    pupils: str,
    year: int,
    which: Advice | str = Advice.FIRST,
    by: str | Sequence[str] = (),
    rule: Rule | str = Rule.LOWEST,
    codes: Codes | None = None,
    across_regimes: bool = False,
) -> TransitionBounds:
    """As ``transitions``, from public counts: a row per cohort, group, advice and position.

    pupils: the column of counts, in which ``<5`` and -1 are 1 to 4. A row with the position
    "totaal" (or "total") holds the published total of its advice. Combinations that have no row
    have no pupils; a total that says otherwise is a contradiction. The bounds are those of all ways
    of filling in the hidden counts that meet the totals, no wider.

    Raises PlanError and DataError as ``transitions`` does, and on counts below 0 or not whole, rows
    that are there twice, and totals that contradict their parts.
    """
    kind, way = chosen_of(Advice, which, "which"), chosen_of(Rule, rule, "rule")
    names = (by,) if isinstance(by, str) else tuple(by)
    _refuse_request(table, cohort, {kind: advice}, {year: position}, kind, (*names, pupils), None,
                    None)  # fmt: skip
    words = table[position].astype(object)
    is_total = np.array([isinstance(w, str) and w.strip().casefold() in TOTALS for w in words])
    data = _read(table.assign(**{position: words.mask(is_total)}), cohort, {kind: advice},
                 {year: position}, names, None, {}, codes)  # fmt: skip
    regimes = tuple(dict.fromkeys(regime_of(each) for each in data.cohorts))
    if len(regimes) > 1 and not across_regimes and cohort not in names:
        raise PlanError([_two_regimes(cohort)])
    at, tracks = data.position[year]
    bounds, faults = _counts(table[pupils])
    blank = (data.advice[kind] < 0) | ((at < 0) & ~is_total)
    if blank.any():
        faults.append(_rows(
            Text("Bij dit aantal ontbreekt het advies of de positie.",
                 "This count lacks its advice or its position."),
            Text("Vul het in, of laat de rij weg.", "Fill it in, or leave out the row."),
            pupils, blank,
        ))  # fmt: skip
    # A total belongs to one cohort, group and advice.
    keys = np.column_stack([data.cohort, data.group, data.advice[kind]])
    _, unit = np.unique(keys, axis=0, return_inverse=True)
    unit = unit.reshape(-1)
    again = pd.DataFrame({"unit": unit, "at": np.where(is_total, -1, at)}).duplicated(keep=False)
    if again.any():
        faults.append(_rows(
            Text("Deze rijen tellen hetzelfde.", "These rows count the same."),
            Text("Laat er één staan, of noem in by waarin ze verschillen.",
                 "Keep one, or name in by in what they differ."),
            pupils, again.to_numpy(),
        ))  # fmt: skip
    if faults:
        raise DataError(located(faults, table))
    count = int(unit.max()) + 1
    moves = np.array([[_code(move_of(a, p, way)) for p in (*tracks, None)] for a in data.levels])
    move = np.where(is_total, -2, moves[data.advice[kind], at])
    least, most = np.zeros(count), np.full(count, np.inf)
    least[unit[is_total]] = bounds.low[is_total]
    most[unit[is_total]] = bounds.high[is_total]
    total = Bounds(least, most)
    every = _added(bounds, unit, ~is_total, count)
    wrong = (every.low > total.high) | (every.high < total.low)
    if wrong.any():
        raise DataError(located([_rows(
            Text("Dit totaal past niet bij de aantallen waaruit het bestaat.",
                 "This total does not fit the counts that it is made of."),
            Text("Kijk welk aantal klopt. Wat geen rij heeft, telt als 0.",
                 "See which count is right. What has no row counts as 0."),
            pupils, is_total & wrong[unit],
        )], table))  # fmt: skip
    groups = np.zeros(count, dtype=np.intp)
    groups[unit] = data.group
    rest = _added(bounds, unit, move == -1, count)
    compared = Bounds(np.maximum(total.low - rest.high, 0), np.maximum(total.high - rest.low, 0))
    shares, whole = [], compared
    for i in range(3):
        inside = _added(bounds, unit, move == i, count)
        outside = _added(bounds, unit, (move >= 0) & (move != i), count)
        part: Split = split(inside, outside, compared)
        shares.append(share_of(part, groups, len(data.groups)))
        whole = part.whole
    hidden = (bounds.low < bounds.high) & ~is_total
    notes = data.notes
    if len(regimes) > 1:
        notes.append(ACROSS if across_regimes and cohort not in names else BESIDE)
    return TransitionBounds(
        year, kind, way, names, data.cohorts, regimes, data.groups,
        Bounds(np.stack([s.low for s in shares], 1), np.stack([s.high for s in shares], 1)),
        Bounds(np.bincount(groups, whole.low, len(data.groups)),
               np.bincount(groups, whole.high, len(data.groups))),
        np.bincount(data.group[hidden], minlength=len(data.groups)), tuple(notes),
    )  # fmt: skip


def _added(bounds: Bounds, unit: Ints, where: NDArray[np.bool_], count: int) -> Bounds:
    return Bounds(np.bincount(unit[where], bounds.low[where], count),
                  np.bincount(unit[where], bounds.high[where], count))  # fmt: skip


def _counts(column: pd.Series) -> tuple[Bounds, list[Fault]]:
    """Counts as text, numbers or ranges; what is none is a fault."""
    known = {word: count_of(_word(word)) for word in column.unique()}
    found = [known[word] if not _missing(word) else None for word in column]
    wrong = np.array([each is None for each in found])
    faults = []
    if wrong.any():
        faults.append(_rows(
            Text("Dit is geen aantal leerlingen: het is leeg, onder 0 of niet heel.",
                 "This is no number of pupils: it is empty, below 0 or not whole."),
            Text("Schrijf een heel getal, of <5 (of -1) voor 1 tot en met 4.",
                 "Write a whole number, or <5 (or -1) for 1 to 4."),
            str(column.name), wrong,
        ))  # fmt: skip
    pairs = np.array([each or (0, 0) for each in found], dtype=float).reshape(-1, 2)
    return Bounds(pairs[:, 0], pairs[:, 1]), faults


def _missing(word: object) -> bool:
    return bool(pd.isna(word))  # type: ignore[call-overload]  # one cell, of any type


def _word(word: object) -> str:
    if isinstance(word, float | np.floating) and float(word).is_integer():
        return str(int(word))
    return str(word).strip()
