"""Dutch and English: the one value that holds a sentence in both."""

from __future__ import annotations

import html
import os
from collections.abc import Callable
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


def both(explain: Callable[[str], str]) -> str:
    """HTML for a notebook: the words in Dutch and in English, in which no label is markup."""
    nl, en = (html.escape(explain(code), quote=False) for code in LANGUAGES)
    return f"<p>{nl}</p><p lang='en'>{en}</p>"
