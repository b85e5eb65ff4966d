"""Dutch and English: the one value that holds a sentence in both."""

from __future__ import annotations

import os
from dataclasses import dataclass

LANGUAGES = ("nl", "en")  # Dutch first


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Dutch and in English; ``text["nl"]`` picks one."""

    nl: str
    en: str

    def __getitem__(self, language: str) -> str:
        if language not in LANGUAGES:
            raise ValueError(f"language must be one of {LANGUAGES}, not {language!r}")
        return self.nl if language == "nl" else self.en

    def __bool__(self) -> bool:
        return bool(self.nl or self.en)


def same(words: str) -> Text:
    """A name that is alike in both languages."""
    return Text(words, words)


def default_language() -> str:
    """The language of messages: WORKPLACE_LANGUAGE when it is ``en``, otherwise Dutch."""
    wanted = os.environ.get("WORKPLACE_LANGUAGE", "nl")
    return wanted if wanted in LANGUAGES else "nl"
