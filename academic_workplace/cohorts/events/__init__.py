"""How long it takes until something happens: staying on the track, leaving, reaching a diploma.

A curve tells of every school year who has had no event yet, and of each kind of event how many had
it. Curves, and what follows from them, suppose that who is no longer followed would have fared as
those who are. Between groups and cohorts: the difference at a stated horizon and in the mean time
until then, and a logit by school year, which is the natural model where things happen once a year.

Uncertainty by school: pseudo-values of the curve (``survival.py``) in a regression with CR2 and
Satterthwaite degrees of freedom, as everything else in this house. The sum of influences by school
is the sandwich of the infinitesimal jackknife; CR2 corrects what few schools take from it, and one
school in several curves counts once. Without schools: Greenwood, with the normal distribution.
Limits of shares lie on the scale of log(-log S).
"""

from academic_workplace.cohorts.events.pupils import time_to_event
from academic_workplace.cohorts.events.result import (
    Apart,
    ByYear,
    Caution,
    Comparison,
    Curve,
    Point,
    TimeToEvent,
)

__all__ = [
    "Apart", "ByYear", "Caution", "Comparison", "Curve", "Point", "TimeToEvent", "time_to_event",
]  # fmt: skip
