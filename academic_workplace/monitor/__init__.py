"""Indicators of actions, period after period: intake of values, control charts, what changed."""
