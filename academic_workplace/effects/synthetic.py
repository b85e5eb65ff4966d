"""A mixture of schools that never started, made to go as those that did went before.

    effect = mean over the periods from the start of (measured - mixture)

One cluster that started, or the mean of several with the same start, against clusters that never
do; only clusters measured in every period. ``over_time/synthetic.py`` has the arithmetic. The
p-value is the rank among placebos, the interval holds the constant effects that they do not reject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.disclosure import fewest
from academic_workplace.effects.regression import Interval
from academic_workplace.effects.result import TERMS, Estimated
from academic_workplace.effects.series import Lines, effect_over_time, lines
from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text, both
from academic_workplace.moments import SampleMoments
from academic_workplace.over_time.synthetic import (
    FEWEST_BEFORE,
    FEWEST_DONORS,
    FLAGS,
    Placebos,
    SyntheticControl,
    leave_one_out,
    placebo_in_space,
    placebo_in_time,
    synthetic_control,
)
from academic_workplace.plan import STARTED, Inference, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from academic_workplace.report.figures.style import Drawing

METHOD = "synthetic control, mean over the periods from the start"
SEVERAL = Text(
    "Hier begonnen meer scholen tegelijk; wij nemen hun gemiddelde. Een gemiddelde schommelt minder"
    " dan één school. De vergelijking met losse scholen is daarom alleen een ruwe aanwijzing.",
    "Here several schools started together; we take their mean. A mean varies less than one school."
    " So the comparison with single schools is only a rough indication.",
)
REJECTED = Text(
    "Geen enkel gelijkblijvend verschil past bij alle jaren na de start. Daarom geven we geen"
    " grenzen.",
    "No difference that stays the same fits all years after the start. So we give no limits.",
)
PERFECT = Text(
    "De mix past voor de start precies. Dan is niet te zeggen hoe zeker het verschil is.",
    "The mixture fits exactly before the start. Then it cannot be told how certain the difference"
    " is.",
)
UNBOUNDED = Text(
    "De placebo's sluiten geen enkel groot verschil uit. Daarom geven we geen grenzen.",
    "The placebos rule out no difference, however large. So we give no limits.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Synthetic:
    """The mixture behind an effect, and what the same gives where nothing started.

    fit: the mixture. placebos: every donor as if it had started. earlier: the same with a start
    that was none; None where there are too few periods. without: the effect without each donor that
    has weight. pupils: (T,) behind each point of those that started; pupils_donors: (T, J).
    clusters: how many started. limits: the 95 % interval, or None. left_out: names.
    """

    fit: SyntheticControl
    placebos: Placebos
    earlier: SyntheticControl | None
    without: Mapping[str, float]
    limits: tuple[float, float] | None
    periods: tuple[str, ...]
    times: NDArray[np.float64]
    pupils: NDArray[np.int64]
    pupils_donors: NDArray[np.int64]
    clusters: int
    left_out: tuple[str, ...]
    notes: tuple[Text, ...]

    @property
    def flags(self) -> tuple[Text, ...]:
        """What a reader must know, in both languages."""
        several = (SEVERAL,) if self.clusters > 1 else ()
        return tuple(FLAGS[flag] for flag in self.fit.flags) + several + self.notes

    def table(self) -> pd.DataFrame:
        """A row per period: measured, the mixture, and the gap between them."""
        return pd.DataFrame({
            "period": self.periods,
            "started": np.arange(len(self.periods)) >= self.fit.start,
            "measured": self.fit.y,
            "mixture": self.fit.mixture,
            "gap": self.fit.gap,
            "pupils": self.pupils,
        })  # fmt: skip

    def weights(self) -> pd.DataFrame:
        """A row per donor: its weight, and the effect without it. It names them."""
        return pd.DataFrame({
            "cluster": self.fit.names,
            "weight": self.fit.w,
            "without": [self.without.get(name, self.fit.average) for name in self.fit.names],
        })  # fmt: skip

    def ranks(self) -> pd.DataFrame:
        """A row per unit, those that started first: RMSPE before, and its ratio to that after."""
        return pd.DataFrame({
            "cluster": self.placebos.names,
            "before": self.placebos.before,
            "ratio": self.placebos.ratios,
        })  # fmt: skip

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.series import synthetic_sentence

        return synthetic_sentence(self, language)

    def plot(self, ax: Axes | None = None, *, language: str = "nl") -> Axes:
        """Those that started, and the mixture."""
        from academic_workplace.report.series import plot_synthetic

        return plot_synthetic(self, language, ax)

    def picture(self, language: str = "nl") -> Drawing:
        """The same, for a notebook: drawn once, with its alternative text."""
        from academic_workplace.report.series import synthetic_drawing

        return synthetic_drawing(self, language)

    def _repr_html_(self) -> str:
        table = self.table()
        few = (table.filter(like="pupils") < fewest()).any(axis=1)
        return f"{both(self.explain)}{table[~few].to_html(index=False, border=0)}"


def synthetic(
    m: SampleMoments, plan: Plan, inference: Inference, pupils: Pupils | None = None
) -> Estimated:
    """Those that started against a mixture of those that never do.

    Raises PlanError without pupils, DataError when starts differ, or donors or periods are too few.
    """
    found = lines(m, plan, pupils, alone=Text("Synthetische controle", "Synthetic control"))
    _refuse_few(found, plan)
    donors = tuple(found.clusters[i] for i in np.flatnonzero(~found.started))
    fit = synthetic_control(
        found.treated, found.means[:, ~found.started], found.start, names=donors
    )
    placebos = placebo_in_space(fit)
    limits = placebos.interval()
    low, high = limits or (None, None)
    interval = Interval(fit.average, None, None, low, high, placebos.p_value())
    effect = effect_over_time(found, plan, interval, _why(placebos), inference, METHOD)
    effect = replace(effect, method=f"{METHOD}; placebo, rank of post/pre RMSPE")
    detail = Synthetic(
        fit,
        placebos,
        placebo_in_time(fit) if found.start > FEWEST_BEFORE else None,
        leave_one_out(fit),
        limits,
        found.periods,
        found.times,
        found.pupils[:, found.started].sum(axis=1),
        found.pupils[:, ~found.started],
        int(found.started.sum()),
        found.left_out,
        found.notes,
    )
    details = {(m.outcome, m.wave, STARTED): detail}
    return Estimated([effect], pd.DataFrame(columns=TERMS), details)


def _why(placebos: Placebos) -> Text:
    """Why there are no limits, when there are none."""
    if placebos.before[0] == 0:
        return PERFECT
    if placebos.interval() is not None:
        return UNBOUNDED
    units = len(placebos.names)
    if units >= 20:
        return REJECTED
    return Text(
        f"Er zijn {units - 1} andere scholen om mee te vergelijken. Dat zijn er te weinig om te"
        " zeggen hoe zeker het verschil is: daarvoor zijn er minstens 19 nodig.",
        f"There are {units - 1} other schools to compare with. That is too few to say how sure"
        " the difference is: it takes at least 19.",
    )


def _refuse_few(found: Lines, plan: Plan) -> None:
    donors = int((~found.started).sum())
    if donors < FEWEST_DONORS:
        one = donors == 1
        rule = Text(
            f"Er {'is' if one else 'zijn'} {donors} {'school' if one else 'scholen'}"
            f" ({'cluster' if one else 'clusters'}) die nooit {'begint' if one else 'beginnen'} en"
            f" altijd {'is' if one else 'zijn'} gemeten. Voor een mix zijn er minstens twee"
            " nodig.",
            f"There {'is' if one else 'are'} {donors} {'school' if one else 'schools'}"
            f" ({'cluster' if one else 'clusters'}) that never {'starts' if one else 'start'} and"
            f" {'was' if one else 'were'} always measured. A mixture needs at least two.",
        )
        remedy = Text(
            "Zoek scholen om mee te vergelijken, of kies een reeks zonder vergelijking.",
            "Find schools to compare with, or choose a series without comparison.",
        )
        raise DataError([Fault(rule, remedy, column=plan.treatment)])
