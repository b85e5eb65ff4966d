"""Who is who stays at school: find what identifies, take it out, pseudonyms, joining waves."""

from academic_workplace.intake.identity.keys import Key, new_key, read_key
from academic_workplace.intake.identity.kinds import Identifier, Kind, Reach, Why
from academic_workplace.intake.identity.pseudonyms import (
    Pseudonymised,
    pseudonymise,
    pseudonymise_file,
)
from academic_workplace.intake.identity.recognition import find, remove
from academic_workplace.intake.identity.waves import Followed, Layout, Near, Waves, join_waves

__all__ = [
    "Followed", "Identifier", "Key", "Kind", "Layout", "Near", "Pseudonymised", "Reach", "Waves",
    "Why", "find", "join_waves", "new_key", "pseudonymise", "pseudonymise_file", "read_key",
    "remove",
]  # fmt: skip
