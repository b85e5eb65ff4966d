"""A cut-off decides who may take part: the jump there, and what makes it believable.

Arrays in, values out. ``sides.py`` says what is asked of the arrays, ``local.py`` draws the curves,
``bandwidth.py`` says how far they look, ``jump.py`` is the answer, ``density.py`` and ``checks.py``
say what it is worth, ``points.py`` shows it.
"""

from academic_workplace.cutoff.bandwidth import Bandwidths
from academic_workplace.cutoff.checks import (
    Check,
    Kind,
    bandwidth_checks,
    covariate_checks,
    donut_check,
    placebo_checks,
)
from academic_workplace.cutoff.density import CountTest, DensityTest, count_test, density_test
from academic_workplace.cutoff.jump import Fuzzy, Jump, Line, fuzzy, sharp
from academic_workplace.cutoff.local import Kernel, Residuals
from academic_workplace.cutoff.points import Point, binned
from academic_workplace.cutoff.sides import FLAGS, Flag, check_running

__all__ = [
    "FLAGS", "Bandwidths", "Check", "CountTest", "DensityTest", "Flag", "Fuzzy", "Jump", "Kernel",
    "Kind", "Line", "Point", "Residuals", "bandwidth_checks", "binned", "check_running",
    "count_test", "covariate_checks", "density_test", "donut_check", "fuzzy", "placebo_checks",
    "sharp",
]  # fmt: skip
