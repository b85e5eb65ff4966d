"""The command line ``workplace``: thin, and the only place that prints."""

from academic_workplace.cli.main import main

__all__ = ["main"]
