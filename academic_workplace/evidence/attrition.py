"""Who was there at the start and who is missing from the analysis, per arm."""

from __future__ import annotations

from dataclasses import dataclass

from academic_workplace.intake.pupils import STAGES, Flow


@dataclass(frozen=True, slots=True)
class Loss:
    """Pupils of one arm in one analysis. ``lost`` counts those without a complete measurement."""

    outcome: str
    wave: str
    arm: str
    start: int
    analysed: int
    joined: int  # answered, but were not there at the start: not in the analysis
    clusters_start: int
    clusters_analysed: int

    @property
    def lost(self) -> int:
        return self.start - self.analysed

    @property
    def share(self) -> float | None:
        """Of the pupils at the start, the share that is missing (0 to 1)."""
        return self.lost / self.start if self.start else None


def losses(flow: Flow) -> tuple[Loss, ...]:
    """One per analysis and arm, as facts; what they mean for certainty is judged elsewhere."""
    start, analysed, joined = (STAGES.index(name) for name in ("start", "analysed", "joined"))
    return tuple(
        Loss(
            *key,
            arm,
            start=int(counts[:, a, start].sum()),
            analysed=int(counts[:, a, analysed].sum()),
            joined=int(counts[:, a, joined].sum()),
            clusters_start=int((counts[:, a, start] > 0).sum()),
            clusters_analysed=int((counts[:, a, analysed] > 0).sum()),
        )
        for key, counts in zip(flow.samples, flow.counts, strict=True)
        for a, arm in enumerate(flow.arms)
    )


def overall(parts: tuple[Loss, ...]) -> float | None:
    """The share of all pupils at the start that is missing."""
    start = sum(part.start for part in parts)
    return sum(part.lost for part in parts) / start if start else None
