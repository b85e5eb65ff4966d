"""Which columns a plan needs, and how a long table becomes one row per pupil."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from academic_workplace.plan import NEVER, Plan

SEPARATES_WAVE = " @ "
SAYS_NO = ("0", "no", "nee", "false", "control", "controle", "comparison", "vergelijking")


@dataclass(frozen=True, slots=True)
class Sample:
    """One analysis: an outcome at a wave ('' in the wide layout), and where its columns are."""

    outcome: str
    wave: str
    y: str  # the outcome's column in the wide form
    baseline: str  # the same before the programme, '' when there is none

    @property
    def key(self) -> tuple[str, str]:
        return self.outcome, self.wave


def natural(label: str) -> tuple[int, float, str]:
    """Numbers in order of size, then words."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def samples(plan: Plan) -> tuple[Sample, ...]:
    """Every analysis of a plan: primary outcome first, within an outcome the main wave first."""
    out = []
    for outcome, before in zip(plan.outcomes, plan.baselines, strict=True):
        for wave in plan.waves_in_order:
            if plan.wave is None:
                out.append(Sample(outcome, wave, outcome, before))
            elif plan.repeated:  # a row stays a row, and has nothing of another wave
                out.append(Sample(outcome, wave, outcome, ""))
            else:
                baseline = at_wave(outcome, str(plan.baseline)) if plan.baseline else ""
                out.append(Sample(outcome, wave, at_wave(outcome, wave), baseline))
    return tuple(out)


def earlier_samples(plan: Plan, outcome: str) -> tuple[Sample, ...]:
    """What was measured of an outcome before the baseline, as analyses beside those of the plan."""
    if plan.repeated or plan.baseline is None:
        return ()
    before = at_wave(outcome, str(plan.baseline))
    return tuple(Sample(outcome, w, at_wave(outcome, w), before) for w in plan.earlier)


def waves_of(plan: Plan) -> tuple[str, ...]:
    """Every wave of the long layout, in order of time."""
    start = () if plan.baseline is None else (str(plan.baseline),)
    return (*plan.earlier, *start, *plan.waves)


def at_wave(outcome: str, wave: str) -> str:
    """The name, in the wide form, of an outcome at a wave."""
    return f"{outcome}{SEPARATES_WAVE}{wave}"


def comparison_arm(plan: Plan, arms: Collection[str]) -> str | None:
    """The arm that the others are compared with: the plan's, or the one that says "no".

    Where clusters start at different times it is those that never do, or else the last to start.
    """
    if plan.period is not None:
        return NEVER if NEVER in arms else max(arms, key=natural, default=None)
    if plan.comparison is not None:
        return plan.comparison if plan.comparison in arms else None
    plain = [arm for arm in arms if arm.lower() in SAYS_NO]
    return plain[0] if len(plain) == 1 and len(arms) == 2 else None


def background(plan: Plan) -> tuple[str, ...]:
    """Columns known before the programme: covariates, those only compared, those of subgroups."""
    return tuple(dict.fromkeys((*plan.covariates, *plan.balance, *plan.subgroups)))


def numeric(plan: Plan) -> tuple[str, ...]:
    """Columns of the file that must be numbers."""
    before = tuple(name for name in plan.baselines if name)
    more = (plan.treatment if plan.dose else None, plan.weights, plan.running, plan.took_part)
    return tuple(dict.fromkeys((*plan.outcomes, *before, *(name for name in more if name))))


def known_beforehand(plan: Plan) -> tuple[str, ...]:
    """Columns of the file that a pupil is not analysed without, beside what says where they were.

    In the long layout the outcomes at the baseline are among them.
    """
    waves = plan.outcomes if plan.wave is not None and plan.baseline is not None else ()
    before = tuple(name for name in plan.baselines if name)
    more = tuple(name for name in (plan.running, plan.took_part) if name)
    own = () if plan.repeated else (*waves, *before)
    return tuple(dict.fromkeys((*own, *plan.covariates, *more, *plan.comparing.exact)))


def at_the_start(plan: Plan) -> tuple[str, ...]:
    """Of these the ones that are taken from the row of the baseline."""
    if plan.wave is None or plan.baseline is None or plan.repeated:
        return ()
    always = (plan.running, plan.took_part)
    return tuple(name for name in known_beforehand(plan) if name not in always)


def needed(plan: Plan) -> tuple[str, ...]:
    """Every column of the file that the plan uses."""
    identity = (plan.pupil, plan.wave, plan.period, plan.cluster, plan.second, *plan.blocks,
                plan.treatment, *plan.comparing.exact)  # fmt: skip
    named = (*(c for c in identity if c), *numeric(plan), *background(plan))
    return tuple(dict.fromkeys(named))


def measured_before(plan: Plan) -> tuple[str, ...]:
    """Names, in the wide form, of what is known at the start: baselines, then background."""
    before = (sample.baseline for sample in samples(plan) if sample.baseline)
    return tuple(dict.fromkeys((*before, *background(plan))))
