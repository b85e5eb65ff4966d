"""Over time: staggered starts, series and synthetic control; arrays only."""

from academic_workplace.over_time.series import (
    Bandwidth,
    Errors,
    Estimate,
    Interrupted,
    Shape,
    Small,
    durbin_watson,
    interrupted,
    ljung_box,
)
from academic_workplace.over_time.synthetic import (
    Placebos,
    SyntheticControl,
    leave_one_out,
    nearest_mixture,
    placebo_in_space,
    placebo_in_time,
    synthetic_control,
)

__all__ = [
    "Bandwidth", "Errors", "Estimate", "Interrupted", "Placebos", "Shape", "Small",
    "SyntheticControl", "durbin_watson", "interrupted", "leave_one_out", "ljung_box",
    "nearest_mixture", "placebo_in_space", "placebo_in_time", "synthetic_control",
]  # fmt: skip
