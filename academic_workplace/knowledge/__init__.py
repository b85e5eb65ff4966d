"""What is known of an action: local results and published research, and what is not known."""

from academic_workplace.knowledge.local import Fits, LocalFinding, LocalResult, local_results

__all__ = ["Fits", "LocalFinding", "LocalResult", "local_results"]
