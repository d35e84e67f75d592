"""A text as runs of letters, of digits or single signs, and hashed features of where they end.

Features look at four runs on both sides, at the gaps between them, at the chunk between blanks,
and at the signs since the last end. All is done on arrays: only distinct runs and chunks are
looked at one by one, so the cost is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BITS = 17
"""Buckets of the features, as a power of two."""
NONE, TOKEN, SENTENCE = 0, 1, 2
"""What ends behind a run."""
_BLOCK = 20_000
"""Runs looked at in one go, which bounds the memory."""
_RUN = re.compile(r"(?:[^\W\d_][\u0300-\u036f\u200c\u200d]*)+|\d+|\S")
_SPACE, _PARAGRAPH = 1, 3
"""Gaps behind a run: 0 none, 1 blanks, 2 a line end, 3 a blank line or the end."""
_PAD = 4
_END, _OPEN, _CLOSE, _QUOTE, _DIGIT = 1, 2, 3, 4, 5
_SIGNS = {
    **dict.fromkeys(".!?…", _END),
    **dict.fromkeys("([{«“", _OPEN),
    **dict.fromkeys(")]}»”", _CLOSE),
    '"': _QUOTE,
}

_Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Runs:
    """The runs of a text: offsets, the gap behind each, and hashes of what features look at."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    gaps: _Hashes
    looks: Mapping[str, _Hashes]

    def features(self, begin: int, end: int) -> NDArray[np.int64]:
        """Return the buckets of the features of some runs, shape (end - begin, features)."""
        low, high = max(begin - _PAD, 0), min(end + _PAD, len(self.gaps))
        missing = (low - begin + _PAD, end + _PAD - high)
        near = {name: np.pad(look[low:high], missing) for name, look in self.looks.items()}
        near["g"] = np.pad(self.gaps[low:high], missing, constant_values=_PARAGRAPH)
        parts: dict[str, _Hashes] = {}
        for name in sorted({part for template in _TEMPLATES for part in template}):
            offset = _PAD + int(name[1:])
            parts[name] = near[name[0]][offset : offset + end - begin]
        columns = []
        for number, template in enumerate(_TEMPLATES, 1):
            # Multiplying by an odd number keeps all bits; shifting mixes them downwards.
            mixed = np.full(end - begin, number, np.uint64)
            for part in (*template, "g0"):
                mixed = (mixed ^ parts[part]) * np.uint64(0x9E3779B97F4A7C15)
                mixed ^= mixed >> np.uint64(29)
            columns.append((mixed * np.uint64(0xBF58476D1CE4E5B9)) >> np.uint64(64 - BITS))
        return np.stack(columns, axis=1).astype(np.int64)


# Letters: w word, f the word with its capitals, x shape, s suffix, c chunk between blanks and the
# place in it, k kind of the chunk, d distance to the last strong sign, q open quotes and brackets,
# g gap. The number says which run.
_TEMPLATES = tuple(
    tuple(template.split())
    for template in (
        "g0", "w0", "w1", "w-1", "w2", "x0 x1", "w0 w1", "w-1 w0", "w-1 w0 w1 g-1", "w0 x1",
        "x0 w1", "x-1 x0 x1 g-1", "x0 x1 x2 g1", "x-1 x0 x1 x2 g-1 g1", "x-2 x-1 x0 g-2 g-1",
        "x-2 x-1 x0 x1 x2 g-2 g-1 g1", "x-3 x-2 x-1 x0 x1 g-3 g-2 g-1", "w1 w2 g1", "w1 x2 g1",
        "x0 x1 x2 x3 g1 g2", "x0 w1 w2 g1", "s0 x1", "s-1 x0 x1 g-1", "x0 s1", "c0", "c0 w1",
        "c1 x0", "k0 x0", "k0 x0 x1", "k0 w0", "d0 x0 x1", "q0 x0 x1", "d0 x0 w1", "w-2 w-1 w0",
        "w0 x1 x2 g1", "w-1 x0 x1 g-1", "w0 s-1 x1 g-1", "q0 w0 x1",
        "f1", "f1 x0", "f1 w0", "f1 s0", "f1 f2 g1", "f1 f2 x0 g1", "f1 x2 x0 g1", "f1 k0", "f0 x1",
        "f1 x0 x-1 g-1", "f0 f1", "f1 q0 d0",
    )
)  # fmt: skip


def labels_of(
    many: Sequence[Runs], weights: NDArray[np.float16], sentences: bool
) -> list[NDArray[np.int64]]:
    """Return what ends behind each run of each text, shape (runs,).

    Texts are looked at side by side, with nothing between them that either could see: a few long
    operations take a fraction of the time of many short ones.
    """
    joint, places = _side_by_side(many)
    found = np.zeros(len(joint.gaps), np.int64)
    for begin in range(0, len(found), _BLOCK):
        end = min(begin + _BLOCK, len(found))
        chosen = weights[:, joint.features(begin, end)]
        scores = chosen.astype(np.float32).sum(axis=2).T
        # Blanks stand within numbers only.
        blank = (joint.gaps[begin:end] > 0) & (joint.looks["inner"][begin:end] == 0)
        scores[blank, NONE] = -np.inf
        found[begin:end] = scores.argmax(axis=1)
    told = []
    for runs, place in zip(many, places, strict=True):
        labels = found[place : place + len(runs.gaps)].copy()
        labels[runs.gaps == _PARAGRAPH] = SENTENCE
        if not sentences:
            labels[labels == SENTENCE] = TOKEN
        labels[-1:] = SENTENCE
        told.append(labels)
    return told


def _side_by_side(many: Sequence[Runs]) -> tuple[Runs, list[int]]:
    """Return texts as one, and where each begins; what is missing stands between them."""
    if len(many) == 1:
        return many[0], [0]
    ends = np.cumsum([0, *(len(one.gaps) + _PAD for one in many)])
    between = np.full(_PAD, _PARAGRAPH, np.uint64)
    gaps = np.concatenate([part for one in many for part in (one.gaps, between)] or [between])
    nothing = np.zeros(_PAD, np.uint64)
    looks = {
        name: np.concatenate([part for one in many for part in (one.looks[name], nothing)])
        for name in (many[0].looks if many else ())
    }
    none = np.zeros(0, np.int64)
    return Runs(none, none, gaps, looks), ends[:-1].tolist()


def read_runs(text: str) -> Runs:
    """Return the runs of a text."""
    matches = [(m.start(), m.end()) for m in _RUN.finditer(text)]
    offsets = np.array(matches, np.int64).reshape(-1, 2)
    gaps = np.zeros(len(matches), np.uint64)
    following = np.append(offsets[1:, 0], len(text))
    for i in np.flatnonzero(following > offsets[:, 1]).tolist():
        blank = text[offsets[i, 1] : following[i]]
        lines = blank.count("\n")
        gaps[i] = min(_SPACE + lines, _PARAGRAPH)
    if len(matches):
        gaps[-1] = _PARAGRAPH
    forms = [text[start:end] for start, end in matches]
    return Runs(offsets[:, 0], offsets[:, 1], gaps, _looks(forms, gaps, text.split()))


def _looks(forms: Sequence[str], gaps: _Hashes, chunks: Sequence[str]) -> dict[str, _Hashes]:
    """Return what features look at, by letter; each of shape (runs,)."""
    numbers: dict[str, int] = {}
    ids = np.array([numbers.setdefault(form, len(numbers)) for form in forms], np.int64)
    table = np.array([_look(form) for form in numbers], np.uint64).reshape(-1, 5)[ids]
    looks = {name: table[:, i] for i, name in enumerate("wxsf")}
    begins = np.append(True, gaps[:-1] > 0)[: len(forms)]
    seen: dict[str, tuple[int, int]] = {}
    for piece in chunks:
        if piece not in seen:
            seen[piece] = (hash_of(piece.lower()[:40].replace("’", "'")), hash_of(_kind(piece)))
    kinds = np.array([seen[piece] for piece in chunks], np.uint64).reshape(-1, 2)
    kinds = kinds[np.cumsum(begins) - 1]
    places = np.arange(len(forms))
    looks["c"] = kinds[:, 0] + np.minimum(_since(places, begins), 30).astype(np.uint64)
    looks["k"] = kinds[:, 1]
    signs = table[:, 4]
    news = np.append(True, gaps[:-1] == _PARAGRAPH)[: len(forms)]
    after = np.append(False, signs[:-1] == _END)[: len(forms)]
    looks["d"] = np.log2(_since(places, news | after) + 1).astype(np.uint64)
    opened = np.cumsum((signs == _OPEN).astype(np.int64) - (signs == _CLOSE))
    quotes = np.cumsum(signs == _QUOTE)
    first = places - _since(places, news)
    before = [np.append(0, count[:-1])[first] for count in (opened, quotes)]
    looks["q"] = (np.sign(opened - before[0]) + 1 + 3 * ((quotes - before[1]) % 2)).astype(
        np.uint64
    )
    digit = (signs == _DIGIT) & (gaps == _SPACE)
    looks["inner"] = (digit & np.append(signs[1:] == _DIGIT, False)[: len(forms)]).astype(np.uint64)
    return looks


def _since(places: NDArray[np.int64], marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many runs ago the last marked one, or the first, was."""
    return places - np.maximum.accumulate(np.where(marked, places, 0))


def _look(form: str) -> tuple[int, int, int, int, int]:
    """Return hashes of word, shape, suffix and form, and the kind of sign."""
    # Treebanks hold straight apostrophes, users' texts curly ones.
    same = hash_of("'" if form == "’" else form)
    if form.isdecimal():
        return (
            hash_of("0" * min(len(form), 5)),
            10 + min(len(form), 5),
            hash_of(form[-2:]),
            same,
            _DIGIT,
        )
    if form[0].isalpha():
        cased = 1 + form[0].isupper() + (form.isupper() and len(form) > 1)
        shape = 20 + cased * 4 + min(len(form), 4)
        return hash_of(form.lower()), shape, hash_of(form.lower()[-3:]), same, 0
    return same, same, same, same, _SIGNS.get(form, 0)


def _kind(chunk: str) -> str:
    """Return whether a chunk is an address, and else which signs it holds."""
    lowered = chunk.lower()
    if lowered.startswith(("http", "www.", "ftp:", "<http", "(http")):
        return "address"
    if "@" in chunk[1:]:
        return "mail"
    return re.sub(r"[^\W\d_]+", "x", re.sub(r"\d+", "0", chunk[:40])).replace("’", "'")


def hash_of(text: str) -> int:
    """Return a hash that is the same on every machine."""
    return crc32(text.encode("utf-8", "surrogatepass")) << 5
