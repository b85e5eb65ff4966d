"""What makes an effect believable: the verdict, who is missing, how alike the arms were."""

from academic_workplace.evidence.weighing import Evidence, Finding, Verdict, weigh

__all__ = ["Evidence", "Finding", "Verdict", "weigh"]
