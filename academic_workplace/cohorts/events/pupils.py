"""From a table of pupils to curves, and how far these are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from academic_workplace.cohorts.columns import names_of, place_of, readers_words, require_columns
from academic_workplace.cohorts.contrasts import doubts
from academic_workplace.cohorts.events.comparing import compared
from academic_workplace.cohorts.events.curves import curve_of, nobody_had
from academic_workplace.cohorts.events.reading import (
    horizon_of,
    named_kind,
    read_pupils,
    refuse_absent,
)
from academic_workplace.cohorts.events.result import TimeToEvent
from academic_workplace.language import Text, same


def time_to_event(
    table: pd.DataFrame,
    *,
    time: str,
    event: str,
    nothing: object = 0,
    kinds: Mapping[Any, Text] | Sequence[Any] | str | None = None,
    group: str | None = None,
    reference: object = None,
    cohort: str | None = None,
    since: object = None,
    school: str | None = None,
    entry: str | None = None,
    horizon: int | None = None,
    given: Sequence[str] | str = (),
    cox: bool = False,
    still: Text | None = None,
    labels: Mapping[str, Text] | None = None,
) -> TimeToEvent:
    """Curves of the time to an event, per group and cohort, and how far apart they are.

    table: a row per pupil. time: school years from the start until the event, or until the pupil
    was followed no longer; a number above 0, as a rule whole. event: what happened then; the value
    ``nothing`` (0 or False unless given; None: an empty cell) says that nothing had. Every other
    value is a kind of event. kinds: those values, the first being what models are about, or their
    words for readers. Kinds compete: who left has no diploma later. To call a competitor
    ``nothing`` would suppose that who left would still have had the same chance of a diploma.

    group, cohort: a curve for each; reference: the group that others are compared with (the first
    unless given); since: the cohort that others are compared with (the first). school: intervals by
    school. entry: years from the start until the pupil came in sight (late entrants): such a pupil
    counts from then on. horizon: whole years, at most what the cohort with the shortest window was
    followed (that unless given). given: columns held equal in adjusted differences and models; what
    are no numbers become indicators. cox: also a hazard ratio by statsmodels, slow in large tables.
    still: what pupils without event do ("on the same track").

    The clock starts for all at the same moment, and group and ``given`` must be known then. Two
    traps: who gets a group for something that came later (a mentor in year 2, a resit) had to stay
    until then, and that time without event is a gift to the group (immortal time); and who is only
    in the table since they stayed (a register of year 3) belongs in it from ``entry`` on, not from
    the start. The first is looked for and told (``Caution.IMMORTAL``), but not all of it is seen.

    Survival: Kaplan-Meier; kinds: Aalen-Johansen; adjusted: regression of pseudo-values; odds ratio
    and standardised difference: ``survival.logit_by_year``; hazard ratio: Breslow's likelihood,
    which many ties in a year draw towards 1, with errors by school and G/(G - 1), t on G - 1.

    Raises PlanError (a column, value or option that is not known; a horizon beyond what a cohort
    was followed, and which) and DataError (times that are none, an event before entry, nobody
    followed, no event, a group without pupils in a cohort), naming every fault.
    """
    named = {"time": time, "event": event, "group": group, "cohort": cohort, "school": school,
             "entry": entry}  # fmt: skip
    given = names_of(given, "given")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    require_columns(table, named | {f"given[{i}]": name for i, name in enumerate(given)},
                    ("time", "event"))  # fmt: skip
    read = read_pupils(table, named, nothing, kinds, given)
    pupils, groups, places = read.pupils, read.groups, read.places
    r = 0 if reference is None or group is None else place_of(reference, groups, "reference")
    first = 0 if since is None or cohort is None else place_of(since, places, "since")
    h = horizon_of(pupils, places, horizon, cohort)
    refuse_absent(pupils, groups, places, group, cohort)
    nobody = nobody_had(pupils.followed, h)
    cells = {
        (g, t): curve_of(pupils.of((pupils.group == g) & (pupils.at == t)), h, nobody,
                      (str(groups[g]) if group else "", str(places[t]) if cohort else ""))
        for g in range(len(groups)) for t in range(len(places))
    }  # fmt: skip
    pairs = [((g, t), (r, t)) for g in range(len(groups)) if g != r for t in range(len(places))]
    pairs += [((g, t), (g, first)) for g in range(len(groups)) for t in range(len(places))
              if t != first]  # fmt: skip
    apart = tuple(compared(cells[a], cells[b], h, pupils, (a, b), cox=cox) for a, b in pairs)
    curves = tuple(cells.values())
    words = (
        kinds.values() if isinstance(kinds, Mapping) else [same(named_kind(k)) for k in read.kinds]
    )
    found = [c.mean for c in curves] + [x for c in apart if c.raw for x in (c.raw.survival,)]
    schools = None if pupils.school is None else len(np.unique(pupils.school))
    return TimeToEvent(
        curves, time, event, group or "", cohort or "", tuple(given), h,
        tuple(named_kind(k) for k in read.kinds), tuple(words), still, apart, len(pupils.followed),
        read.lost, read.never, doubts(*found, schools=schools), readers_words(labels),
    )  # fmt: skip
