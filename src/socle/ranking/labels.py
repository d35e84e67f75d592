"""What a label means: the words beside or above a value, looked up among known wordings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from socle.values.folding import unaccented

_MISREAD = str.maketrans("01589", "olsbg")
_WITHIN = re.compile(r"(?<=[^\W\d_])[01589](?=[^\W\d_])")
_SHORTEST_TAIL = 3
"""Letters of a wording that may be found behind other words of the same label."""
_FUZZY = 7
"""Letters from which one of a wording may be misread, lost or added."""
_REACH = 8
"""Words of a text that are looked at, from its end."""


@cache
def meanings() -> tuple[str, ...]:
    """Return the names of all meanings, in the order of `labels.toml`."""
    return tuple(_wordings())


def folded(text: str) -> str:
    """Return a text in small letters without accents; digits that OCR took for letters are such."""
    text = _WITHIN.sub(lambda found: found.group().translate(_MISREAD), text)
    return unaccented(text.casefold())


@lru_cache(maxsize=65536)
def key(text: str) -> str:
    """Return the letters of a text, and the signs `#` and `@`, as wordings are looked up."""
    return "".join(char for char in folded(text) if char.isalpha() or char in "#@")


@lru_cache(maxsize=65536)
def compact(text: str) -> str:
    """Return the letters and digits of a text, in small letters without accents."""
    return "".join(char for char in folded(text) if char.isalnum())


@lru_cache(maxsize=65536)
def meaning(text: str) -> Mapping[str, float]:
    """Return what a label may mean, each with how much of it says so, 0 to 1.

    The whole text counts most, then its end, which stands nearest to a value beside it, then its
    start. Of wordings within each other the longest counts.
    """
    words = [word for word in text.split() if key(word)][-_REACH:]
    keys = [key(word) for word in words]
    whole = "".join(keys)
    if not whole:
        return MappingProxyType({})
    best, quality = _known(whole), 1.0
    if not best:
        best, quality = _part(keys, whole)
    return MappingProxyType(dict.fromkeys(best, quality))


def _part(keys: list[str], whole: str) -> tuple[tuple[str, ...], float]:
    """Return the meanings of the longest wording that ends, starts or stands in a label."""
    found: tuple[str, ...] = ()
    score = 0.0
    count = len(keys)
    for start in range(count):
        for end in range(count, start, -1):
            part = "".join(keys[start:end])
            edge = 0.9 if end == count else 0.75 if start == 0 else 0.45
            quality = edge * (0.45 + 0.55 * len(part) / len(whole))
            if quality <= score or len(part) < (_SHORTEST_TAIL if end < count else 1):
                continue
            named = _known(part)
            if named:
                found, score = named, quality
    # Lost spaces: a wording that ends a single run of letters.
    longest = keys[-1]
    for start in range(1, len(longest) - 3):
        named = _lexicon().get(longest[start:], ())
        if named:
            quality = 0.7 * (0.45 + 0.55 * (len(longest) - start) / len(whole))
            if quality > score:
                found, score = named, quality
            break
    return found, score


def _known(said: str) -> tuple[str, ...]:
    named = _lexicon().get(said)
    if named is None and len(said) >= _FUZZY:
        for shorter in _shortened(said):
            named = _lexicon().get(shorter) or _misread().get(shorter)
            if named:
                return named
        named = _misread().get(said)
    return named or ()


def _shortened(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


@cache
def _wordings() -> dict[str, list[str]]:
    with Path(__file__).with_name("labels.toml").open("rb") as file:
        found: dict[str, list[str]] = tomllib.load(file)["labels"]
    return found


@cache
def _lexicon() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, texts in _wordings().items():
        for text in texts:
            said = key(text)
            before = found.get(said, ())
            if said and name not in before:
                found[said] = (*before, name)
    return found


@cache
def _misread() -> dict[str, tuple[str, ...]]:
    """Return long wordings with any one letter left out: what two readings with a fault share."""
    found: dict[str, tuple[str, ...]] = {}
    for said, names in _lexicon().items():
        if len(said) >= _FUZZY:
            for shorter in _shortened(said):
                found.setdefault(shorter, names)
    return found


def vector(text: str, closeness: float = 1.0) -> NDArray[np.float32]:
    """Return what a label means as a vector over `meanings()`, weighed by how close it stands."""
    out = np.zeros(len(meanings()), dtype=np.float32)
    for name, quality in meaning(text).items():
        out[_place(name)] = quality * closeness
    return out


@cache
def _place(name: str) -> int:
    return meanings().index(name)


@lru_cache(maxsize=65536)
def grams(text: str, size: int) -> tuple[tuple[int, float], ...]:
    """Return the letters of a label by threes, each as a place of a vector and its sign.

    Args:
        text: of the label; its last words count.
        size: of the vector.

    Source: Weinberger et al. 2009, Feature Hashing for Large Scale Multitask Learning.
    """
    said = f"^{key(' '.join(text.split()[-5:]))[-32:]}$"
    places: dict[int, float] = {}
    for start in range(len(said) - 2):
        code = crc32(said[start : start + 3].encode())
        places[code % size] = places.get(code % size, 0.0) + (1.0 if code & 0x10000 else -1.0)
    return tuple(places.items())


def hashed(text: str, size: int) -> NDArray[np.float32]:
    """Return the letters of a label by threes as a vector of unit length; zeros for no letters."""
    out = np.zeros(size, dtype=np.float32)
    if not key(text):
        return out
    for place, value in grams(text, size):
        out[place] = value
    length = float(np.linalg.norm(out))
    return out / length if length else out
