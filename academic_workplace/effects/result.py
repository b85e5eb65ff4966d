"""What an estimator returns: one value per effect, whatever the method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import overload

import pandas as pd

from academic_workplace.intake.pupils import Flow, Pupils
from academic_workplace.language import Text
from academic_workplace.moments import Baseline, ClusterMoments
from academic_workplace.plan import Inference, Method, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The difference between an arm and the comparison, for one outcome at one wave.

    estimate, se, low, high: in the outcome's own units, arm minus comparison (95 % interval).
    df: degrees of freedom of the interval and of the p-value. g, g_low, g_high: the same
    standardised; ``divided_by`` and ``factor`` say how. icc: how alike pupils of one cluster are.
    A field that the method or the data cannot give is None, and ``reason`` says why.
    """

    outcome: str
    wave: str
    arm: str
    comparison: str
    estimate: float | None
    se: float | None
    df: float | None
    low: float | None
    high: float | None
    p_value: float | None
    g: float | None
    g_low: float | None
    g_high: float | None
    icc: float | None
    sd: float | None
    pupils: int
    clusters: int
    pupils_arm: int
    pupils_comparison: int
    clusters_arm: int
    clusters_comparison: int
    method: str
    divided_by: str
    factor: str
    reason: Text | None = None
    plan: Plan = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, object]:
        """The effect as plain values, in full precision."""
        out: dict[str, object] = {f.name: getattr(self, f.name) for f in fields(self)}
        del out["plan"]
        out["reason"] = self.reason.en if self.reason else None
        return out

    def explain(self, language: str = "nl") -> str:
        """The sentence a workgroup reads, in Dutch (``nl``) or English (``en``)."""
        from academic_workplace.report.words import effect_sentence

        return effect_sentence(self, language)

    def _repr_html_(self) -> str:
        return f"<p>{self.explain('nl')}</p><p lang='en'>{self.explain('en')}</p>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Effects(Sequence[Effect]):
    """The effects of a study, primary outcome and main wave first.

    Keeps what they came from: moments (with flow and baseline) and, when it was given them, the
    pupils (which are never shown, pickled or written).
    """

    items: tuple[Effect, ...]
    plan: Plan
    method: Method
    inference: Inference
    moments: ClusterMoments
    all_coefficients: pd.DataFrame
    pupils: Pupils | None = None

    @overload
    def __getitem__(self, index: int) -> Effect: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Effect, ...]: ...
    def __getitem__(self, index: int | slice) -> Effect | tuple[Effect, ...]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Effect]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"Effects({len(self)} effects)"

    def __reduce__(self) -> tuple[object, ...]:
        kept = (self.items, self.plan, self.method, self.inference, self.moments)
        return Effects, (*kept, self.all_coefficients, None)

    @property
    def flow(self) -> Flow:
        """Who was lost where."""
        return self.moments.flow

    @property
    def baseline(self) -> Baseline:
        """How the arms looked at the start."""
        return self.moments.baseline

    def table(self) -> pd.DataFrame:
        """A row per effect, in full precision; the columns are the same for every method."""
        return pd.DataFrame([effect.to_dict() for effect in self.items])

    def coefficients(self) -> pd.DataFrame:
        """Every coefficient of every regression: estimate, se, df, low, high, p_value."""
        return self.all_coefficients.copy()

    def _repr_html_(self) -> str:
        shown = ["outcome", "wave", "arm", "estimate", "se", "df", "low", "high", "p_value", "g"]
        counts = ["pupils", "clusters"]
        table = self.table()[shown + counts].map(
            lambda v: f"{v:.4g}" if isinstance(v, float) else v
        )
        return str(table.to_html(index=False, border=0))
