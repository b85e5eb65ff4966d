"""What partners agreed on, as data: ambitions, workgroups, actions, indicators, calendar."""

from academic_workplace.agenda.calendar import as_ics, attendance
from academic_workplace.agenda.model import (
    Action,
    Activity,
    Agenda,
    Agendas,
    Ambition,
    Direction,
    Event,
    Indicator,
    Measured,
    Named,
    Project,
    Source,
    Theme,
    Theory,
    Workgroup,
)
from academic_workplace.agenda.reading import check_studies, read_agenda

__all__ = [
    "Action", "Activity", "Agenda", "Agendas", "Ambition", "Direction", "Event", "Indicator",
    "Measured", "Named", "Project", "Source", "Theme", "Theory", "Workgroup", "as_ics",
    "attendance", "check_studies", "read_agenda",
]  # fmt: skip
