"""What may leave the house: the room that every number passes on its way out."""

from academic_workplace.disclosure.profiles import (
    DUTCH_10,
    Profile,
    fewest,
    may_leave,
    profile,
    shown_count,
    under,
)

__all__ = ["DUTCH_10", "Profile", "fewest", "may_leave", "profile", "shown_count", "under"]
