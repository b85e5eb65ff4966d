"""Interviews and open answers: fragments, codes, agreement, and what may be quoted."""

from academic_workplace.voices.agreement import Agreement, CodeAgreement, agreement
from academic_workplace.voices.codes import Code, Codings, read_codes, read_codings
from academic_workplace.voices.display import JointDisplay, Theme, joint_display
from academic_workplace.voices.fragments import Fragment, Fragments, fingerprint, read_fragments
from academic_workplace.voices.frequencies import (
    CoOccurrence,
    Frequencies,
    Frequency,
    GroupDifference,
    Pair,
    co_occurrence,
    counts_of,
    frequencies,
)
from academic_workplace.voices.quotes import (
    Candidates,
    Quotation,
    Quotations,
    Refused,
    Tick,
    candidates,
    quotations,
    read_ticks,
)
from academic_workplace.voices.saturation import Saturation, saturation
from academic_workplace.voices.study import Setup, Voices, look, read_setup, read_voices
from academic_workplace.voices.traces import Trace, find

__all__ = [
    "Agreement", "Candidates", "CoOccurrence", "Code", "CodeAgreement", "Codings", "Fragment",
    "Fragments", "Frequencies", "Frequency", "GroupDifference", "JointDisplay", "Pair", "Quotation",
    "Quotations", "Refused", "Saturation", "Setup", "Theme", "Tick", "Trace", "Voices", "agreement",
    "candidates", "co_occurrence", "counts_of", "find", "fingerprint", "frequencies",
    "joint_display", "look", "quotations", "read_codes", "read_codings", "read_fragments",
    "read_setup", "read_ticks", "read_voices", "saturation",
]  # fmt: skip
