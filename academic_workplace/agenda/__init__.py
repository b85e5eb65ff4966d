"""What partners agreed on, as data: ambitions, workgroups, actions, indicators, calendar."""

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

__all__ = [
    "Action", "Activity", "Agenda", "Agendas", "Ambition", "Direction", "Event", "Indicator",
    "Measured", "Named", "Project", "Source", "Theme", "Theory", "Workgroup",
]  # fmt: skip
