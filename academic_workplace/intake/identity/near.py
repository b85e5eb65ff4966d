"""Keys that are almost the same: written otherwise, or mistyped. Texts in, pairs of texts out."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable

APART = "\x1f"  # between the parts of a key; in no text that people type
DENSE = (
    0.05  # share of keys with a neighbour in their own wave: beyond it typing errors say nothing
)
MOST = 50_000  # keys of which the neighbours are looked for
ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
PSEUDONYM = re.compile("p[a-z2-7]{16}")  # made by a machine: no typing errors

Pair = tuple[str, str]


def near_pairs(then: set[str], now: set[str]) -> tuple[list[Pair], list[Pair] | None]:
    """Keys that are gone and new between two waves, and almost the same: (then, now).

    First those that differ only in capitals, spaces, signs or leading zeros; then those that
    differ by a typing error, or None when the keys of one wave lie so near each other (or are so
    many) that this says nothing.
    """
    gone, new = sorted(then - now), sorted(now - then)
    written = _unique(_pairs(gone, new, lambda key: [_bare(key)]))
    taken = {key for pair in written for key in pair}
    gone, new = ([key for key in each if key not in taken] for each in (gone, new))
    if all(PSEUDONYM.fullmatch(key) for key in (*gone, *new)):
        return written, []
    if any(_dense(each) for each in (then, now)):
        return written, None
    near = _pairs(gone, new, _neighbourhood)
    return written, _unique(pair for pair in near if one_apart(*map(_fold, pair)))


def _pairs(
    gone: Iterable[str], new: Iterable[str], marks: Callable[[str], Iterable[str]]
) -> set[Pair]:
    """Pairs that share a mark."""
    by_mark: dict[str, tuple[set[str], set[str]]] = {}
    for side, keys in enumerate((gone, new)):
        for key in keys:
            for mark in marks(key):
                by_mark.setdefault(mark, (set(), set()))[side].add(key)
    return {(a, b) for left, right in by_mark.values() for a in left for b in right}


def _unique(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs of which neither stands in another pair: it is clear who belongs to whom."""
    pairs = sorted(pairs)
    often = Counter(key for a, b in pairs for key in ((0, a), (1, b)))
    return [(a, b) for a, b in pairs if often[0, a] == often[1, b] == 1]


def _fold(key: str) -> str:
    """Without capitals and accents."""
    letters = unicodedata.normalize("NFKD", key.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _bare(key: str) -> str:
    """Without capitals, accents, spaces, signs and leading zeros; the parts stay apart."""
    kept = "".join(letter for letter in _fold(key) if letter.isalnum() or letter == APART)
    return ZEROS.sub("", kept)


def _neighbourhood(key: str) -> set[str]:
    """The key and all that is left of it without one character.

    Two keys that differ by one character, or by two that changed places, share one of these
    (Garbe's symmetric deletion; the reverse need not hold, so pairs are checked).
    """
    key = _fold(key)
    return {key, *(key[:i] + key[i + 1 :] for i in range(len(key)))}


def one_apart(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns a into b."""
    if len(a) > len(b):
        a, b = b, a
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[start:] == b[start + 1 :]
    swapped = a[:start] + a[start : start + 2][::-1] + a[start + 2 :]
    return a[start + 1 :] == b[start + 1 :] or swapped == b


def _dense(keys: Collection[str]) -> bool:
    """Whether many keys of one wave are one character apart, as numbers in a row are."""
    if len(keys) > MOST:
        return True
    often: Counter[str] = Counter()
    marks = {key: _neighbourhood(key) for key in keys}
    for each in marks.values():
        often.update(each)
    crowded = sum(any(often[mark] > 1 for mark in each) for each in marks.values())
    return crowded > DENSE * len(keys)
