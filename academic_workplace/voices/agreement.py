"""Do the people who coded see the same: Krippendorff's alpha and Cohen's kappa, a code at a time.

Fragments of one respondent are alike, so intervals come from a bootstrap that draws respondents
with all their fragments (Field & Welsh, 2007, JRSS B 69, 369-390: the cluster bootstrap). For one
code both statistics follow from sums over respondents, and a draw is a weight for each of them:

    alpha = 1 - (n - 1) A / (n0 n1)  with  A = sum over fragments of c0 c1 / (m - 1)

c1, c0: how many of the m coders of a fragment gave the code, and did not; n0, n1, n: their sums
(Krippendorff, 2011). The values themselves are those of ``intake/scales``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest, rounded
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.scales import kappa, krippendorff_alpha
from academic_workplace.items import Items
from academic_workplace.language import Text, both, default_language
from academic_workplace.voices.codes import Code, Codings

Floats = NDArray[np.float64]
LEAST_RESPONDENTS = 20  # below this no interval: as with Krippendorff's alpha of scales
TENTATIVE, RELIABLE = 0.667, 0.8  # Krippendorff (2004, Human Communication Research 30, 411-433)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAgreement:
    """One code: how alike it was given.

    fragments, respondents: read by two coders or more. observed: the share of pairs of coders that
    agree, over fragments. kappa: only with two coders. draws: bootstrap samples behind the limits.
    What cannot be told is None; ``limits`` says why.
    """

    code: Code
    fragments: int
    respondents: int
    level: float
    draws: int = 0
    observed: float | None = None
    alpha: float | None = None
    alpha_low: float | None = None
    alpha_high: float | None = None
    kappa: float | None = None
    kappa_low: float | None = None
    kappa_high: float | None = None
    limits: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Agreement(Items[CodeAgreement]):
    """How alike the coders gave every code, in the order of the codebook."""

    coders: int

    def table(self) -> pd.DataFrame:
        """A row per code."""
        language = default_language()
        return pd.DataFrame([
            asdict(one) | {"code": one.code.key, "limits": _joined(one.limits, language)}
            for one in self.items
        ])  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """For how many codes the coders agree enough, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.voices import agreement_sentences

        return " ".join(agreement_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain)


def agreement(
    codings: Codings, *, level: float = 0.95, draws: int = 2000, seed: int | np.random.Generator = 1
) -> Agreement:
    """Alpha and kappa of every code over the fragments that two coders or more read.

    A code that was given in fragments of fewer respondents than the least that may be told, or by
    one coder alone to so few, is too rare to tell: then nothing but a reason is there. The order of
    rows makes no difference.

    Raises DataError when fewer than two coders read the same fragment.
    """
    read = ~np.isnan(codings.given[:, :, 0])
    shared = read.sum(axis=1) > 1
    if not shared.any():
        rule = Text("Geen fragment is door twee mensen gecodeerd.",
                    "No fragment was coded by two people.")  # fmt: skip
        remedy = Text(
            "Laat twee mensen een deel van de fragmenten los van elkaar coderen.",
            "Let two people code part of the fragments apart from each other.",
        )
        raise DataError([Fault(rule, remedy, column="coder")])
    took_part = np.flatnonzero(read[shared].any(axis=0))
    ratings = codings.given[shared][:, took_part]
    names = np.array([one.respondent for one in codings.fragments])[shared]
    order, who = np.unique(names, return_inverse=True)
    rng = np.random.default_rng(seed)
    enough = len(order) >= LEAST_RESPONDENTS
    weights = rng.multinomial(len(order), np.full(len(order), 1 / len(order)), draws).astype(float)
    out = []
    for k, code in enumerate(codings.codes):
        one = _of_code(code, ratings[:, :, k], who, len(order), level)
        if one.observed == 1.0:
            one = replace(one, limits=(*one.limits, _ALL_ALIKE))
        elif one.alpha is not None and enough:
            one = _with_limits(one, ratings[:, :, k], who, weights)
        elif one.alpha is not None:
            one = replace(one, limits=(*one.limits, _FEW_RESPONDENTS))
        out.append(one)
    return Agreement(tuple(out), len(took_part))


def _of_code(
    code: Code, x: Floats, who: NDArray[np.intp], respondents: int, level: float
) -> CodeAgreement:
    """The values of one code. x: (fragments, coders) 1, 0 or nan."""
    plain = CodeAgreement(
        code=code, fragments=len(x), respondents=rounded(respondents), level=level
    )
    given, not_given = (np.unique(who[(x == mark).any(axis=1)]) for mark in (1, 0))
    if min(len(given), len(not_given)) < fewest():
        return replace(plain, limits=(_rare(),))
    c1, m = np.nansum(x, axis=1), (~np.isnan(x)).sum(axis=1)
    same = c1 * (c1 - 1) + (m - c1) * (m - c1 - 1)
    observed = float((same / (m * (m - 1))).mean())
    alpha = krippendorff_alpha(x, "nominal", draws=0).value
    found = None
    if x.shape[1] == 2:
        found = kappa(list(x[:, 0]), list(x[:, 1]), levels=[0.0, 1.0]).value
    return replace(plain, observed=observed, alpha=alpha, kappa=found)


def _with_limits(
    one: CodeAgreement, x: Floats, who: NDArray[np.intp], weights: Floats
) -> CodeAgreement:
    """The same with percentiles of the bootstrap. weights: (draws, respondents)."""
    half = (1 - one.level) / 2
    found = alphas(weights @ alpha_sums(x, who))
    usable = found[np.isfinite(found)]
    if len(usable) < len(found) / 2:
        return replace(one, limits=(*one.limits, _NO_INTERVAL))
    low, high = np.quantile(usable, [half, 1 - half])
    out = replace(one, draws=len(usable), alpha_low=float(low), alpha_high=float(high))
    if one.kappa is None:
        return out
    found = kappas(weights @ kappa_sums(x, who))
    low, high = np.quantile(found[np.isfinite(found)], [half, 1 - half])
    return replace(out, kappa_low=float(low), kappa_high=float(high))


def alpha_sums(x: Floats, who: NDArray[np.intp]) -> Floats:
    """(respondents, 3) what alpha of one code is made of: A, n0 and n1 of every respondent.

    x: (fragments, coders) 1, 0 or nan. who: (fragments,) the place of the respondent.
    """
    m = (~np.isnan(x)).sum(axis=1)
    c1 = np.nansum(x, axis=1)
    pairs = np.where(m > 1, c1 * (m - c1) / np.maximum(m - 1, 1), 0.0)
    kept = m > 1
    columns = (pairs, np.where(kept, m - c1, 0.0), np.where(kept, c1, 0.0))
    return np.column_stack([np.bincount(who, one) for one in columns])


def alphas(sums: Floats) -> Floats:
    """(draws,) alpha of sums (draws, 3); nan where every rating is the same."""
    pairs, n0, n1 = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(n0 * n1 > 0, 1 - (n0 + n1 - 1) * pairs / (n0 * n1), np.nan))


def kappa_sums(x: Floats, who: NDArray[np.intp]) -> Floats:
    """(respondents, 4) the table of two coders: both gave it, the first, the second, neither."""
    first, second = x.T
    cells = ((1, 1), (1, 0), (0, 1), (0, 0))
    return np.column_stack(
        [np.bincount(who, ((first == a) & (second == b)).astype(float)) for a, b in cells]
    )


def kappas(cells: Floats) -> Floats:
    """(draws,) kappa of tables (draws, 4); nan where chance alone gives full agreement."""
    both_gave, first, second, none = cells.T
    n = cells.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (both_gave + none) / n
        p, q = (both_gave + first) / n, (both_gave + second) / n
        chance = p * q + (1 - p) * (1 - q)
        return np.asarray(np.where(chance < 1, (observed - chance) / (1 - chance), np.nan))


def _joined(limits: tuple[Text, ...], language: str) -> str:
    return " ".join(limit[language] for limit in limits)


def _rare() -> Text:
    return Text(
        f"Te zeldzaam: in fragmenten van minder dan {fewest()} mensen gegeven (of juist niet).",
        f"Too rare: given in fragments of fewer than {fewest()} people (or withheld from so few).",
    )


_FEW_RESPONDENTS = Text(
    f"Voor een interval zijn {LEAST_RESPONDENTS} mensen nodig.",
    f"An interval takes {LEAST_RESPONDENTS} people.",
)
_ALL_ALIKE = Text(
    "De codeurs waren het overal eens; een interval is er dan niet.",
    "The coders agreed everywhere; then there is no interval.",
)
_NO_INTERVAL = Text("Voor een interval komt de code te weinig voor.",
                    "The code occurs too seldom for an interval.")  # fmt: skip
