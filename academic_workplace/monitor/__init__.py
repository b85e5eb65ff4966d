"""Indicators of actions, period after period: intake of values, control charts, what changed."""

from academic_workplace.monitor.charts import (
    Change,
    Chart,
    Counted,
    Progress,
    Rule,
    Side,
    State,
    change,
    chart,
    interval,
    progress,
)
from academic_workplace.monitor.following import (
    Ask,
    Followed,
    FollowedAction,
    Monitor,
    Resolved,
    Unknown,
    follow,
)
from academic_workplace.monitor.release import Point, Told, release
from academic_workplace.monitor.template import template
from academic_workplace.monitor.values import Count, Value, Values, read_values

__all__ = [
    "Ask", "Change", "Chart", "Count", "Counted", "Followed", "FollowedAction", "Monitor", "Point",
    "Progress", "Resolved", "Rule", "Side", "State", "Told", "Unknown", "Value", "Values", "change",
    "chart", "follow", "interval", "progress", "read_values", "release", "template",
]  # fmt: skip
