"""Evaluate what schools do for equal opportunities, and write the report.

Six nouns, five verbs, one direction::

    Plan -check-> Pupils -collect-> ClusterMoments -estimate-> Effects -weigh-> Evidence -write->
"""

from academic_workplace import cohorts, effects, evidence, knowledge, monitor, sizes, voices
from academic_workplace.agenda import read_agenda
from academic_workplace.effects import Effect, Effects, estimate, methods
from academic_workplace.errors import DataError, Fault, PlanError, ReportError, WorkplaceError
from academic_workplace.evidence import Evidence, weigh
from academic_workplace.intake import duo, scales
from academic_workplace.intake.check import check
from academic_workplace.intake.codebook import Codebook, read_codebook, write_codebook
from academic_workplace.intake.description import codebook
from academic_workplace.intake.files.reading import read, reading_of
from academic_workplace.intake.files.writing import save
from academic_workplace.intake.identity import join_waves, new_key, pseudonymise, read_key
from academic_workplace.intake.pupils import Pupils
from academic_workplace.language import Text
from academic_workplace.moments import ClusterMoments, collect
from academic_workplace.picker import choose
from academic_workplace.plan import (
    Allocation,
    Comparing,
    Estimand,
    Inference,
    Level,
    Measure,
    Method,
    Missing,
    Plan,
    Prior,
    Study,
    read_plan,
)
from academic_workplace.report import write

__version__ = "0.1.0"

__all__ = [
    "Allocation", "ClusterMoments", "Codebook", "Comparing", "DataError", "Effect", "Effects",
    "Estimand", "Evidence", "Fault", "Inference", "Level", "Measure", "Method", "Missing", "Plan",
    "PlanError", "Prior", "Pupils",
    "ReportError", "Study", "Text", "WorkplaceError", "check", "choose", "codebook", "cohorts",
    "collect", "duo", "effects", "estimate", "evidence", "join_waves", "knowledge", "methods",
    "monitor", "new_key", "pseudonymise", "read", "read_agenda", "read_codebook", "read_key",
    "read_plan", "reading_of", "save", "scales", "sizes", "voices", "weigh", "write",
    "write_codebook",
]  # fmt: skip
