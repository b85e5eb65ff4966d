"""How well the items of a scale go together: Cronbach's alpha and its relatives.

Everything comes from the covariances of the items among the rows that have them all. What cannot
be told is None, and ``limits`` says why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from academic_workplace.disclosure import may_leave
from academic_workplace.errors import Fault, PlanError
from academic_workplace.intake.scales.matrix import (
    NOTHING,
    Table,
    coverage,
    few,
    grouping,
    index_of,
    matrix_of,
    turned,
    vector_of,
    within,
)
from academic_workplace.intake.scales.one_factor import is_heywood, one_factor
from academic_workplace.items import Items
from academic_workplace.language import Text, both, default_language, same

Floats = NDArray[np.float64]
LEAST_ROWS = 3
MOST_SPLIT = 20  # items: 92,378 ways to halve them
SINGULAR = 1e-8  # smallest eigenvalue of correlations that still say something of every item
EXTREME = 0.15  # Terwee et al. (2007), J. Clin. Epidemiol. 60: from here on a floor or a ceiling


@dataclass(frozen=True, slots=True)
class Extremes:
    """Which share (0 to 1) of n scores is the lowest, and the highest, that there can be.

    floor, ceiling: None without scores.
    """

    n: int
    missing: int
    low: float
    high: float
    floor: float | None
    ceiling: float | None

    @staticmethod
    def of(scores: ArrayLike, limits: tuple[float, float]) -> Extremes:
        """Count them; limits: the lowest and highest possible score."""
        values = vector_of(scores, "scores")
        known = values[~np.isnan(values)]
        shares: list[float | None] = [
            float(np.isclose(known, end, rtol=0, atol=1e-9).mean()) if len(known) else None
            for end in limits
        ]
        return Extremes(len(known), len(values) - len(known), *limits, *shares)

    @property
    def at_floor(self) -> bool:
        """Whether more than 15 % has the lowest score."""
        return self.floor is not None and self.floor > EXTREME

    @property
    def at_ceiling(self) -> bool:
        """Whether more than 15 % has the highest score."""
        return self.ceiling is not None and self.ceiling > EXTREME

    def to_dict(self) -> dict[str, object]:
        """Every field under its own name."""
        return asdict(self)

    def explain(self, language: str = "nl") -> str:
        """Whether there is room to go down and up, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.questionnaires import extremes_sentence

        return extremes_sentence(self, language)

    def _repr_html_(self) -> str:
        return both(self.explain)


def floor_and_ceiling(scores: ArrayLike, range: tuple[float, float]) -> Extremes:
    """The share of scores at the lowest and at the highest possible value.

    scores: one per pupil, missing ones left out and counted. range: lowest and highest possible.
    Above 15 % at an end there is no room left to measure change there (Terwee et al., 2007).

    Raises DataError for values outside the range.

    >>> floor_and_ceiling([5, 5, 3, 4], (1, 5)).ceiling
    0.5
    """
    limits = _limits(range)
    within(vector_of(scores, "scores")[:, None], ["scores"], limits)
    return Extremes.of(scores, limits)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reliability:
    """The reliability of one scale, in one group.

    n: rows with every item; incomplete: rows left out because an item is missing. low, high: of
    alpha. split_half: the mean over all ``splits`` into halves; split_low, split_high: the lowest
    and highest of them. Per item, in the order of ``items``: item_rest (correlation with the sum
    of the other items), alpha_if_dropped, loadings (of the standardised items on one factor).
    heywood: items of which that factor explains everything, so that omega is too high. floor,
    ceiling: the share of n with the lowest and highest possible answer to every item.
    """

    scale: Text
    group: str | None
    items: tuple[str, ...]
    n: int
    incomplete: int
    level: float
    validated: bool | None = None
    alpha: float | None = None
    low: float | None = None
    high: float | None = None
    alpha_standardised: float | None = None
    mean_correlation: float | None = None
    lambda6: float | None = None
    omega: float | None = None
    omega_standardised: float | None = None
    heywood: tuple[str, ...] = ()
    split_half: float | None = None
    split_low: float | None = None
    split_high: float | None = None
    splits: int = 0
    floor: float | None = None
    ceiling: float | None = None
    means: tuple[float, ...] | None = None
    sds: tuple[float, ...] | None = None
    item_rest: tuple[float | None, ...] | None = None
    alpha_if_dropped: tuple[float | None, ...] | None = None
    loadings: tuple[float, ...] | None = None
    limits: tuple[Text, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row with everything that is of the whole scale."""
        return pd.DataFrame([self._row()])

    def item_table(self) -> pd.DataFrame:
        """A row per item."""
        empty = (None,) * len(self.items)
        return pd.DataFrame({
            "item": self.items,
            "mean": self.means or empty,
            "sd": self.sds or empty,
            "item_rest": self.item_rest or empty,
            "alpha_if_dropped": self.alpha_if_dropped or empty,
            "loading": self.loadings or empty,
        })  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """How reliable the scale is here, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.questionnaires import reliability_sentences

        return " ".join(reliability_sentences(self, language))

    def _repr_html_(self) -> str:
        from academic_workplace.report.questionnaires import reliability_html

        return both(self.explain) + reliability_html(self)

    def _row(self) -> dict[str, object]:
        per_item = ("items", "means", "sds", "item_rest", "alpha_if_dropped", "loadings")
        out = {k: v for k, v in asdict(self).items() if k not in (*per_item, "limits", "heywood")}
        out["items"] = len(self.items)
        out["heywood"] = ", ".join(self.heywood)
        out["limits"] = " ".join(limit[default_language()] for limit in self.limits)
        return out | {"scale": self.scale[default_language()]}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reliabilities(Items[Reliability]):
    """Of several scales or groups. without_group: rows whose group is not known."""

    without_group: int = 0

    def table(self) -> pd.DataFrame:
        """A row per scale and group."""
        return pd.DataFrame([each._row() for each in self.items])

    def explain(self, language: str = "nl") -> str:
        """A sentence or more per scale, and one for its groups."""
        from academic_workplace.report.questionnaires import reliabilities_sentences

        return " ".join(reliabilities_sentences(self, language))

    def _repr_html_(self) -> str:
        from academic_workplace.report.questionnaires import reliabilities_html

        return reliabilities_html(self)


# ---------------------------------------------------------------- one scale


def reliability(
    items: Table,
    *,
    reversed: Sequence[str] = (),
    range: tuple[float, float] | None = None,
    name: Text | str = "",
    level: float = 0.95,
) -> Reliability:
    """Cronbach's alpha and its relatives, of the rows that have every item.

    items: (rows, k) answers. reversed: names of the items to turn first, which takes ``range``,
    the lowest and highest answer there can be; with it floor and ceiling are counted too.

    alpha = k/(k-1) (1 - sum of the variances / variance of the sum) (Cronbach, 1951), with the
    interval of Feldt (1965, Psychometrika 30; Feldt, Woodruff & Salih, 1987): 1 - (1 - alpha) F,
    F with n - 1 and (n - 1)(k - 1) degrees of freedom. Guttman's lambda 6 from the correlations.
    omega: McDonald's (1999) total omega, (sum of the loadings)^2 / ((sum of the loadings)^2 + sum
    of the unique variances), of one factor by maximum likelihood. Split half: Spearman-Brown,
    over every split; with an odd number of items for halves of unequal length (Horst, 1951).

    Raises DataError for text, for infinite values, and for values outside ``range``; PlanError.

    >>> found = reliability([[1, 2, 1], [2, 2, 3], [3, 4, 4], [5, 4, 5], [1, 1, 2]])
    >>> round(found.alpha, 3), found.n
    (0.954, 5)
    """
    coverage(level)
    values, names = matrix_of(items, "items")
    values, limits = _turned(values, names, reversed, range)
    return _of_matrix(values, names, limits, _text(name), None, None, level)


def reliability_by(
    items: Table,
    by: pd.Series | pd.DataFrame | Sequence[object],
    *,
    reversed: Sequence[str] = (),
    range: tuple[float, float] | None = None,
    name: Text | str = "",
    level: float = 0.95,
) -> Reliabilities:
    """``reliability`` of all rows together and within each group or wave.

    by: a value per row, or a table of several columns (every combination is a group); rows
    without one are counted. Otherwise as ``reliability``.
    """
    coverage(level)
    values, names = matrix_of(items, "items")
    values, limits = _turned(values, names, reversed, range)
    table = pd.DataFrame(values, columns=list(names))
    part = _text(name), list(names), limits
    return of_groups(table, [part], by=by, level=level, index=index_of(items))


def of_groups(
    answers: pd.DataFrame,
    parts: Sequence[tuple[Text, list[str], tuple[float, float] | None]],
    *,
    by: pd.Series | pd.DataFrame | Sequence[object] | None,
    level: float,
    index: pd.Index | None,
    validated: bool | None = None,
) -> Reliabilities:
    """Of every part (name, items, range of the answers), in all rows and in each group."""
    coverage(level)
    chosen: list[tuple[str | None, NDArray[np.bool_]]] = [(None, np.ones(len(answers), bool))]
    loose = 0
    if by is not None:
        codes, names = grouping(by, len(answers), "by", index)
        chosen += [(group, codes == g) for g, group in enumerate(names)]
        loose = int((codes < 0).sum())
    values = answers.to_numpy()
    place = {str(name): j for j, name in enumerate(answers.columns)}
    found = []
    for name, items, limits in parts:
        own = values[:, [place[item] for item in items]]
        for group, rows in chosen:
            found.append(_of_matrix(own[rows], tuple(items), limits, name, group, validated, level))
    return Reliabilities(tuple(found), loose)


def _of_matrix(
    values: Floats,
    names: tuple[str, ...],
    limits: tuple[float, float] | None,
    scale: Text,
    group: str | None,
    validated: bool | None,
    level: float,
) -> Reliability:
    complete = values[~np.isnan(values).any(axis=1)]
    n, k = complete.shape
    plain = Reliability(
        scale=scale, group=group, items=names, n=n, incomplete=len(values) - n, level=level,
        validated=validated,
    )  # fmt: skip
    if limits is not None and n:
        ends = [float((complete == end).all(axis=1).mean()) for end in limits]
        plain = replace(plain, floor=ends[0], ceiling=ends[1])
    if k < 2:
        return replace(plain, limits=(_ONE_ITEM,))
    if n < LEAST_ROWS:
        return replace(plain, limits=(_TOO_FEW,))
    S, constant = _covariances(complete)
    means = tuple(complete.mean(axis=0).tolist())
    found = replace(plain, means=means, sds=tuple(np.sqrt(np.diag(S)).tolist()))
    told = [] if may_leave(n) else [few()]
    if constant.any():
        told.append(_no_spread(_listed(names, constant)))
    total = float(S.sum())
    if total <= NOTHING * np.trace(S) or constant.all():
        return replace(found, limits=(*told, _NO_VARIANCE))
    alpha = _alpha(S)
    f = special.fdtri(n - 1, (n - 1) * (k - 1), [(1 + level) / 2, (1 - level) / 2])
    item_rest = _item_rest(S)
    found = replace(
        found,
        alpha=alpha,
        low=1 - (1 - alpha) * float(f[0]),
        high=1 - (1 - alpha) * float(f[1]),
        item_rest=item_rest,
        alpha_if_dropped=_dropped(S) if k > 2 else None,
    )
    if k == 2:
        told.append(_TWO_ITEMS)
    if alpha < 0:
        told.append(_NEGATIVE)
    if below := [name for name, r in zip(names, item_rest, strict=True) if r is not None and r < 0]:
        told.append(against(below))
    found, more = _split_half(found, S)
    told += more
    if not constant.any():
        found, more = _from_correlations(found, S)
        told += more
    return replace(found, limits=tuple(told))


def _covariances(complete: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """(k, k) of the items, and which items have no spread (their covariances are exactly 0)."""
    centred = complete - complete.mean(axis=0)
    S = centred.T @ centred / (len(complete) - 1)
    constant = np.diag(S) <= (NOTHING * np.abs(complete).max(axis=0)) ** 2
    S[constant, :] = S[:, constant] = 0.0
    return S, constant


def items_against(answers: pd.DataFrame) -> tuple[str, ...]:
    """Items that go against the sum of the others, among ten rows or more that have them all."""
    complete = answers.dropna().to_numpy(float)
    if not may_leave(len(complete)) or complete.shape[1] < 3:
        return ()
    rest = _item_rest(_covariances(complete)[0])
    return tuple(
        name for name, r in zip(answers.columns, rest, strict=True) if r is not None and r < 0
    )


def _alpha(S: Floats) -> float:
    k = len(S)
    return float(k / (k - 1) * (1 - np.trace(S) / S.sum()))


def _item_rest(S: Floats) -> tuple[float | None, ...]:
    """Correlation of every item with the sum of the others; None without spread in either."""
    own = np.diag(S)
    rest = S.sum(axis=0) - own
    others = S.sum() - 2 * rest - own  # variance of the sum of the others
    return tuple(
        float(c / math.sqrt(v * w)) if v > 0 and w > NOTHING * S.sum() else None
        for c, v, w in zip(rest, own, others, strict=True)
    )


def _dropped(S: Floats) -> tuple[float | None, ...]:
    """Alpha without each item; None when the others have no variance together."""
    out: list[float | None] = []
    for j in range(len(S)):
        T = np.delete(np.delete(S, j, 0), j, 1)
        out.append(_alpha(T) if T.sum() > NOTHING * max(np.trace(T), NOTHING) else None)
    return tuple(out)


def _from_correlations(found: Reliability, S: Floats) -> tuple[Reliability, list[Text]]:
    """What asks for the correlations of all items: standardised alpha, lambda 6 and omega."""
    k = len(S)
    sd = np.sqrt(np.diag(S))
    R = S / np.outer(sd, sd)
    np.fill_diagonal(R, 1.0)
    total = float(R.sum())
    r = (total - k) / (k * (k - 1))
    found = replace(found, mean_correlation=r)
    if total <= NOTHING:
        return found, []
    found = replace(found, alpha_standardised=_alpha(R))
    if np.linalg.eigvalsh(R)[0] < SINGULAR:
        return found, [_DETERMINED if found.n > k else _FEWER_THAN_ITEMS]
    # 1 - 1 / r^jj is the squared multiple correlation of item j with the others
    found = replace(found, lambda6=1 - float((1 / np.diag(np.linalg.inv(R))).sum()) / total)
    if k < 3:
        return found, []
    loading, psi = one_factor(R)
    common, own = float((loading * sd).sum()) ** 2, float((psi * sd**2).sum())
    flat, alone = float(loading.sum()) ** 2, float(psi.sum())
    high = is_heywood(psi)
    told = [_heywood(_listed(found.items, high))] if high.any() else []
    return (
        replace(
            found,
            loadings=tuple(loading.tolist()),
            omega=common / (common + own),
            omega_standardised=flat / (flat + alone),
            heywood=tuple(name for name, at in zip(found.items, high, strict=True) if at),
        ),
        told,
    )


def _split_half(found: Reliability, S: Floats) -> tuple[Reliability, list[Text]]:
    """Spearman-Brown over every way to divide the items in two halves, of k//2 and the rest."""
    k = len(S)
    if k > MOST_SPLIT:
        return found, [_many_items(k)]
    M = halves(k)
    MS = M @ S
    a = (MS * M).sum(axis=1)
    c = MS.sum(axis=1) - a  # covariance of a half with the other
    b = S.sum() - a - 2 * c
    if (np.minimum(a, b) <= NOTHING * S.sum()).any():
        return found, [_FLAT_HALF]
    r = c / np.sqrt(a * b)
    if (r <= NOTHING - 1).any():
        return found, [_FLAT_HALF]
    stepped = spearman_brown(r, (k // 2) / k)
    return (
        replace(
            found,
            split_half=float(stepped.mean()),
            split_low=float(stepped.min()),
            split_high=float(stepped.max()),
            splits=len(M),
        ),
        [],
    )


@lru_cache(maxsize=8)
def halves(k: int) -> Floats:
    """(splits, k): 1 for the items in the first half, which has k//2 of them."""
    first = np.array(list(combinations(range(k), k // 2)))
    if k % 2 == 0:  # each split stands there twice, once from each side
        first = first[: len(first) // 2]
    M = np.zeros((len(first), k))
    M[np.arange(len(first))[:, None], first] = 1.0
    M.flags.writeable = False
    return M


def spearman_brown(r: Floats, share: float = 0.5) -> Floats:
    """The reliability of the whole from the correlation of two parts.

    share: of the items in the first part. 2r/(1 + r) for halves (Spearman, 1910; Brown, 1910);
    otherwise (r root(r^2 + 4pq(1 - r^2)) - r^2) / (2pq(1 - r^2)) (Horst, 1951, Psychometrika 16).
    """
    if share == 0.5:
        return np.asarray(2 * r / (1 + r))
    pq = share * (1 - share)
    free = 1 - r**2
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = (r * np.sqrt(r**2 + 4 * pq * free) - r**2) / (2 * pq * free)
    return np.asarray(np.where(free < NOTHING, 1.0, whole))


# ---------------------------------------------------------------- what is asked, and its words


def _text(name: Text | str) -> Text:
    return name if isinstance(name, Text) else same(name)


def _limits(range: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in range)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        rule = Text("Dit is geen bereik.", "This is no range.")
        remedy = Text("Schrijf (laagste, hoogste).", "Write (lowest, highest).")
        raise PlanError([Fault(rule, remedy, column="range")])
    return low, high


def _turned(
    values: Floats,
    names: tuple[str, ...],
    reversed: Sequence[str],
    range: tuple[float, float] | None,
) -> tuple[Floats, tuple[float, float] | None]:
    faults = []
    for name in reversed:
        if name not in names:
            rule = Text(f"‘{name}’ is hier geen item.", f"‘{name}’ is no item here.")
            known = ", ".join(names)
            remedy = Text(f"Kies uit: {known}.", f"Choose from: {known}.")
            faults.append(Fault(rule, remedy, column="reversed"))
    if len(reversed) and range is None:
        rule = Text(
            "Om items om te draaien is het bereik van de antwoorden nodig.",
            "To turn items the range of the answers is needed.",
        )
        remedy = Text("Geef range=(laagste, hoogste).", "Give range=(lowest, highest).")
        faults.append(Fault(rule, remedy, column="range"))
    if faults:
        raise PlanError(faults)
    if range is None:
        return values, None
    limits = _limits(range)
    within(values, names, limits)
    return turned(values, [names.index(name) for name in dict.fromkeys(reversed)], limits), limits


def _listed(names: Sequence[str], which: NDArray[np.bool_]) -> str:
    return ", ".join(name for name, at in zip(names, which, strict=True) if at)


_ONE_ITEM = Text(
    "Met één item is er geen samenhang tussen items te berekenen.",
    "With one item there is nothing to go together.",
)
_TOO_FEW = Text(
    f"Te weinig leerlingen met alle items; {LEAST_ROWS} of meer zijn nodig.",
    f"Too few pupils with every item; {LEAST_ROWS} or more are needed.",
)
_TWO_ITEMS = Text(
    "Met twee items is er geen model met één factor, en dus geen omega.",
    "With two items there is no model with one factor, so no omega.",
)
_NO_VARIANCE = Text(
    "De somscore verschilt niet tussen de leerlingen: betrouwbaarheid is niet te berekenen.",
    "The sum score does not differ between the pupils: reliability cannot be told.",
)
_NEGATIVE = Text(
    "Alpha is negatief. Waarschijnlijk zijn items niet omgedraaid die dat wel moeten.",
    "Alpha is negative. Probably items were not turned that should be.",
)
_DETERMINED = Text(
    "Items volgen geheel uit elkaar: lambda 6 en omega zijn niet te berekenen.",
    "Items follow wholly from each other: lambda 6 and omega cannot be told.",
)
_FEWER_THAN_ITEMS = Text(
    "Er zijn niet meer lijsten dan items: lambda 6 en omega zijn niet te berekenen.",
    "There are no more lists than items: lambda 6 and omega cannot be told.",
)
_FLAT_HALF = Text(
    "Een helft van de items heeft geen eigen spreiding: er is geen splitsing in helften.",
    "One half of the items has no spread of its own: there is no split half.",
)


def _no_spread(names: str) -> Text:
    return Text(
        f"Iedereen gaf hetzelfde antwoord op: {names}. Daarom ontbreken de gestandaardiseerde"
        " alpha, lambda 6 en omega.",
        f"Everybody gave the same answer to: {names}. So there are no standardised alpha, lambda 6"
        " and omega.",
    )


def against(names: Sequence[str]) -> Text:
    """What to look at when these items go against the others."""
    listed = ", ".join(names)
    return Text(
        f"Tegen de andere items in gaat: {listed}. Moet dat omgedraaid worden, of was het in het"
        " bestand al omgedraaid?",
        f"Goes against the other items: {listed}. Should that be turned, or was it turned in the"
        " file already?",
    )


def _heywood(names: str) -> Text:
    return Text(
        f"Eén factor past hier niet goed: die verklaart alles van {names} (een Heywood-geval)."
        " Vertrouw op alpha, niet op omega.",
        f"One factor does not fit well here: it explains all of {names} (a Heywood case). Rely on"
        " alpha, not on omega.",
    )


def _many_items(k: int) -> Text:
    return Text(
        f"Met {k} items zijn er te veel manieren om ze in helften te delen (hoogstens"
        f" {MOST_SPLIT} items).",
        f"With {k} items there are too many ways to halve them (at most {MOST_SPLIT} items).",
    )
