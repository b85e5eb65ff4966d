"""Draw the thresholds that cut a latent number into levels, what they cut integrated out.

A row at level k has its latent number between the thresholds k - 1 and k, and the error is normal:
an ordered probit model, of which slopes and levels of clusters are known for the moment (eta). The
thresholds have a flat prior; given eta that makes a posterior, for every level is seen.

Thresholds are drawn as the first of them and the logs of the gaps between them, so that they always
rise; a level that few rows have leaves its gap a skewed posterior, which the log makes nearly
normal. The log posterior of the logs is, in the thresholds, their log likelihood plus the sum of
those logs: concave, so that there is one mode, and Newton's steps that are halved until they climb
lead to it. Around it a multivariate t is proposed, whose tails are heavier than those of what is
drawn, and accepted or not by Metropolis-Hastings. As the proposal hangs on eta and the levels
alone, and never on where the thresholds were, that is exact however near to the mode it lies. Where
it is not accepted, a small step from where the thresholds are is tried after it (delayed rejection;
Tierney & Mira, 1999, Stat. Med. 18), so that a chain far out in a tail does not stay there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

STEPS = 40  # to the mode, halved ones counted; one or two are common
NEAR = 2.0  # squared distance to the mode, in its standard deviations, that one step is left for
LONGEST = 3.0  # of a step, in the first threshold and the logs of gaps
WIDEST = 30.0  # the log of a gap, in standard deviations of the error; the narrowest is minus it
TAILS = 6  # degrees of freedom of the proposal; even
SMALL = 0.7  # the small step, in standard deviations of the proposal
NEVER = -1e300  # a log probability, and no infinity: differences stay numbers
LOST = 1e-280  # probabilities below it are taken by their log
ROOT = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Which rows have which level. order: (rows,) them in order of level; size: (levels,) how many;
    first: (levels,) where each starts in that order.

    In it, the rows before ``last`` stay below a threshold, and those from ``second`` on above one.
    """

    code: Codes
    order: Codes
    size: Codes
    first: Codes
    second: int
    last: int

    @property
    def at_shares(self) -> Floats:
        """(c,) thresholds that cut a standard normal number into the shares of the levels."""
        out: Floats = special.ndtri(np.cumsum(self.size)[:-1] / len(self.code))
        return out

    def limits(self, cuts: Floats, eta: Floats) -> tuple[Floats, Floats]:
        """(b, rows) between what the error of every row lies, in the order of the rows."""
        ends = np.full((len(cuts), 1), np.inf)
        edges = np.concatenate([-ends, cuts, ends], axis=1)
        return edges[:, self.code] - eta, edges[:, self.code + 1] - eta


def levels_of(code: Codes) -> Levels:
    """code: (rows,) the level of every row, 0, 1, ...; each is somebody's."""
    size = np.bincount(code)
    first = np.cumsum(size) - size
    order = np.argsort(code, kind="stable")
    return Levels(code, order, size, first, int(first[1]), int(first[-1]))


def draw(
    rngs: Sequence[np.random.Generator], levels: Levels, cuts: Floats, eta: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Draw thresholds (b, c) of b chains given eta (b, rows); and (b,) which of them moved.

    cuts: where the thresholds were.
    """
    eta = eta[:, levels.order]
    mode, precision = _proposal(levels, eta)
    b, c = mode.shape
    normal = np.stack([g.standard_normal(2 * c) for g in rngs])
    uniform = np.log(1 - np.stack([g.random(2 + TAILS // 2) for g in rngs]))
    chi2 = -2 * uniform[:, 2:].sum(axis=1)
    root = np.linalg.cholesky(precision).astype(float, copy=False)
    now, tried = _logs(cuts), mode + _back(root, normal[:, :c] / np.sqrt(chi2 / TAILS)[:, None])
    both = _log_posterior(levels, np.concatenate([now, tried]), np.concatenate([eta, eta]))
    posterior, beyond = both[:b], both[b:]
    weight = posterior - _log_t(now - mode, precision)
    other = beyond - _log_t(tried - mode, precision)
    moved = uniform[:, 0] < other - weight
    out = np.where(moved[:, None], tried, now)
    left = np.flatnonzero(~moved)
    if len(left):
        near = now[left] + SMALL * _back(root[left], normal[left, c:])
        there = _log_posterior(levels, near, eta[left])
        weighed = there - _log_t(near - mode[left], precision[left])
        # what was tried first has to be turned down from there as well
        gain = there - posterior[left] + _log_turned_down(other[left] - weighed)
        climbs = uniform[left, 1] < gain - _log_turned_down(other[left] - weight[left])
        moved[left] = climbs
        out[left[climbs]] = near[climbs]
    return np.where(moved[:, None], _cuts(out), cuts), moved


def _log_t(away: Floats, precision: Floats) -> Floats:
    """(b,) the log density of the proposal so far from its mode, but for a constant."""
    squared = (away * (precision @ away[:, :, None])[:, :, 0]).sum(1)
    out: Floats = -0.5 * (TAILS + away.shape[1]) * np.log1p(squared / TAILS)
    return out


def _log_turned_down(gain: Floats) -> Floats:
    """The log of the probability that a proposal with this log ratio is not accepted."""
    out = np.full(gain.shape, -np.inf)
    below = gain < 0
    out[below] = np.log(-np.expm1(gain[below]))
    return out


def _proposal(levels: Levels, eta: Floats) -> tuple[Floats, Floats]:
    """The mode (b, c) of the first threshold and the logs of the gaps, and a precision (b, c, c).

    From the thresholds that would give these shares if eta were normal. The precision is minus the
    Hessian at the mode, in which the log of every gap has at least 1. The first threshold is given
    that of a number as wide as the latent one besides: where levels are perfectly separated the
    posterior is flat at its mode.
    """
    wide = 1 + eta.var(axis=1)
    start = eta.mean(axis=1)[:, None] + np.sqrt(wide)[:, None] * levels.at_shares
    at = _logs(start)
    value, score, precision = _bend(levels, at, eta, wide)
    step, far = _step(score, precision)
    for _ in range(STEPS):
        going = np.flatnonzero(far > NEAR)
        if not len(going):
            break
        tried = at[going] + step[going]
        some = eta if len(going) == len(eta) else eta[going]
        found, score, bend = _bend(levels, tried, some, wide[going])
        up = found >= value[going]
        step[going[~up]] *= 0.5
        going = going[up]
        at[going], value[going], precision[going] = tried[up], found[up], bend[up]
        step[going], far[going] = _step(score[up], bend[up])
    return at + step, precision


def _step(score: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """(b, c) where Newton goes, no further than ``LONGEST``; (b,) how far it is, squared."""
    step: Floats = np.linalg.solve(precision, score[:, :, None])[:, :, 0].astype(float, copy=False)
    far = (step * score).sum(1)
    return step * (LONGEST / np.maximum(np.abs(step).max(1), LONGEST))[:, None], far


def _back(root: Floats, x: Floats) -> Floats:
    """(b, c) the roots of precisions (Cholesky) solved for x, so that x of unit variance has it."""
    out = np.linalg.solve(root.swapaxes(1, 2), x[:, :, None])[:, :, 0]
    return out.astype(float, copy=False)


def _logs(cuts: Floats) -> Floats:
    """(b, c) the first threshold, and the log of every gap."""
    out = cuts.copy()
    out[:, 1:] = np.log(cuts[:, 1:] - cuts[:, :-1])
    return out


def _cuts(logs: Floats) -> Floats:
    """(b, c) thresholds."""
    gaps = np.exp(np.minimum(logs, WIDEST))
    gaps[:, 0] = logs[:, 0]
    out: Floats = np.cumsum(gaps, axis=1)
    return out


def _log_posterior(levels: Levels, logs: Floats, eta: Floats) -> Floats:
    """(b,) of the first threshold and the logs of gaps; ``NEVER`` out of order."""
    cuts = _cuts(logs)
    right = (cuts[:, 1:] > cuts[:, :-1]).all(axis=1) & (np.abs(logs[:, 1:]) < WIDEST).all(axis=1)
    log_P = _log_mass(levels, *_ends(levels, cuts, eta))
    return np.where(right, log_P.sum(1) + logs[:, 1:].sum(1), NEVER)


def _ends(levels: Levels, cuts: Floats, eta: Floats) -> tuple[Floats, Floats]:
    """What the error stays above, of the rows from ``second`` on, and below, of those before
    ``last``."""
    low = np.repeat(cuts, levels.size[1:], axis=1) - eta[:, levels.second :]
    high = np.repeat(cuts, levels.size[:-1], axis=1) - eta[:, : levels.last]
    return low, high


def _log_mass(levels: Levels, low: Floats, high: Floats) -> Floats:
    """(b, rows) the log of the normal probability between the limits, however far out they lie."""
    i, j = levels.second, levels.last
    mass = np.empty((len(low), len(levels.code)))
    mass[:, :i] = special.ndtr(high[:, :i])
    mass[:, j:] = special.ndtr(-low[:, j - i :])
    below, above = low[:, : j - i], high[:, i:]
    upper = below > 0  # taken in the tail where it keeps its digits
    mass[:, i:j] = special.ndtr(np.where(upper, -below, above))
    mass[:, i:j] -= special.ndtr(np.where(upper, -above, below))
    lost = mass < LOST
    if not lost.any():
        return np.log(mass)
    out = np.log(np.where(lost, 1.0, mass))
    a, b = np.full(mass.shape, -np.inf), np.full(mass.shape, np.inf)
    a[:, i:], b[:, :j] = low, high
    a, b = a[lost], b[lost]
    upper = a > 0
    outer, inner = np.where(upper, -b, a), np.where(upper, -a, b)
    whole = special.log_ndtr(inner)
    out[lost] = whole + np.log(np.maximum(-np.expm1(special.log_ndtr(outer) - whole), LOST))
    return out


def _bend(levels: Levels, logs: Floats, eta: Floats, wide: Floats) -> tuple[Floats, Floats, Floats]:
    """The log posterior (b,), its gradient (b, c), and the precision (b, c, c) of ``_proposal``.

    Of a level between low and high, log P with P = F(high) - F(low), every row counts in no more
    than two thresholds. With J the thresholds by their logs, and I minus the Hessian and g the
    gradient of the log likelihood in thresholds, minus that in logs is J'IJ - diag(0, J'g), and at
    the mode J'g is -1 in every gap.
    """
    cuts = _cuts(logs)
    b, c = cuts.shape
    low, high = _ends(levels, cuts, eta)
    log_P = _log_mass(levels, low, high)
    i, j = levels.second, levels.last
    f = np.exp(-0.5 * low * low - ROOT - log_P[:, i:])
    g = np.exp(-0.5 * high * high - ROOT - log_P[:, :j])
    above, below = levels.first[1:] - i, levels.first[:-1]
    info, at = np.zeros((b, c, c)), np.arange(c)
    info[:, at, at] = _by(g * (high + g), below) + _by(f * (f - low), above)
    if c > 1:
        cross = _by(f[:, : j - i] * g[:, i:], levels.first[1:-1] - i)
        info[:, at[1:], at[:-1]] = info[:, at[:-1], at[1:]] = -cross
    J = np.tril(np.ones((c, c))) * np.exp(np.where(at > 0, logs, 0.0))[:, None, :]
    score = ((_by(g, below) - _by(f, above))[:, None, :] @ J)[:, 0]
    score[:, 1:] += 1
    precision = J.swapaxes(1, 2) @ info @ J
    precision[:, at[1:], at[1:]] += 1
    precision[:, 0, 0] += 1 / wide
    return log_P.sum(1) + logs[:, 1:].sum(1), score, precision


def _by(x: Floats, first: Codes) -> Floats:
    """(b, levels) sums over the rows of every level."""
    out: Floats = np.add.reduceat(x, first, axis=1)
    return out
