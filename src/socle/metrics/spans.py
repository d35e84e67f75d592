"""Spans of labels over tokens: from tags to spans and back, and how many a model found.

A span is its first token, the one behind its last, and its label. Counts are sums over sentences,
so that any choice of sentences gives its precision, recall and F1 by adding them up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Scheme = Literal["bio", "iob1", "bioes", "bilou"]
SCHEMES: tuple[Scheme, ...] = ("bio", "iob1", "bioes", "bilou")
"""B begins, I goes on, E or L ends, S or U is a span of one token; in `iob1` B only parts."""
Labelled = tuple[int, int, str]
"""First token, the one behind the last, label."""
Counts = NDArray[np.int64]
"""Last axis: right, predicted, gold."""
Numbers = NDArray[np.integer] | NDArray[np.floating]
"""Counts, or sums of them."""

_OUTSIDE = "O"
_PREFIXES = {"bio": "BI", "iob1": "BI", "bioes": "BIES", "bilou": "BILU"}
_AS_BIOES = {"L": "E", "U": "S"}


def scheme_of(sequences: Iterable[Sequence[str]]) -> Scheme:
    """Return the scheme in which sentences are tagged; `bio` where nothing tells.

    Raises:
        ValueError: a tag is of no scheme, or tags of two schemes stand side by side.
    """
    used: set[str] = set()
    apart, bare = False, False
    for tags in sequences:
        parsed = [(_OUTSIDE, ""), *map(_parsed, tags)]
        used.update(prefix for prefix, _ in parsed)
        for (before, label), (prefix, own) in pairwise(parsed):
            inside = before != _OUTSIDE and label == own
            apart |= prefix == "B" and not inside
            bare |= prefix == "I" and not inside
    used.discard(_OUTSIDE)
    if used & set("ES") and used & set("LU"):
        raise ValueError(f"tags of two schemes, BIOES and BILOU: {' '.join(sorted(used))}")
    if used & set("LU"):
        return "bilou"
    if used & set("ES"):
        return "bioes"
    # A B where IOB1 would write I settles it: an I that opens a span may be a slip in BIO.
    return "iob1" if bare and not apart else "bio"


def spans_of(tags: Sequence[str], scheme: Scheme) -> list[Labelled]:
    """Return the spans that tags spell, in order.

    Sequences that break the scheme are read as `conlleval` does: an I, E or L that continues no
    span of its label opens one, and a span ends where the next token is not of it.

    Raises:
        ValueError: a tag is not of the scheme.
    """
    spans: list[Labelled] = []
    before, label, first = _OUTSIDE, "", 0
    for at, tag in enumerate((*tags, _OUTSIDE)):
        prefix, own = _parsed(tag)
        if prefix != _OUTSIDE and prefix not in _PREFIXES[scheme]:
            raise ValueError(f"the tag {tag!r} is not of the scheme {scheme}")
        prefix = _AS_BIOES.get(prefix, prefix)
        continues = before in ("B", "I") and prefix in ("I", "E") and own == label
        if not continues:
            if before != _OUTSIDE:
                spans.append((first, at, label))
            first = at
        before, label = prefix, own
    return spans


def _parsed(tag: str) -> tuple[str, str]:
    prefix, _, label = tag.partition("-")
    if prefix == _OUTSIDE and not label:
        return _OUTSIDE, ""
    if len(prefix) != 1 or prefix not in "BIESLU":
        raise ValueError(f"the tag {tag!r} is neither O nor one such as B-LOC or I-LOC")
    return prefix, label


def tags_of(spans: Iterable[Labelled], n: int, scheme: Scheme) -> list[str]:
    """Return the tags of `n` tokens that spell the spans.

    Raises:
        ValueError: spans overlap, are empty, or reach outside the tokens.
    """
    tags = [_OUTSIDE] * n
    end, last = 0, None
    for start, stop, label in _in_order(spans):
        if stop > n:
            raise ValueError(f"the span {(start, stop, label)} reaches outside {n} tokens")
        touching = (end, last) == (start, label)
        prefixes = _spelt(stop - start, scheme, touching)
        tags[start:stop] = [f"{prefix}-{label}" if label else prefix for prefix in prefixes]
        end, last = stop, label
    return tags


def _spelt(length: int, scheme: Scheme, touching: bool) -> str:
    """Return a prefix for each token of a span; `touching` if one of its label ends before it."""
    if scheme == "bio" or (scheme == "iob1" and touching):
        return "B" + "I" * (length - 1)
    if scheme == "iob1":
        return "I" * length
    end, single = ("E", "S") if scheme == "bioes" else ("L", "U")
    return single if length == 1 else "B" + "I" * (length - 2) + end


def _in_order(spans: Iterable[Labelled]) -> list[Labelled]:
    found = sorted(spans)
    for start, stop, label in found:
        if not 0 <= start < stop:
            raise ValueError(f"{(start, stop, label)} is no span of tokens")
    for one, other in pairwise(found):
        if other[0] < one[1]:
            raise ValueError(f"the spans {one} and {other} overlap; tags cannot tell them apart")
    return found


def span_counts(
    gold: Iterable[Labelled], predicted: Iterable[Labelled], labels: Sequence[str]
) -> Counts:
    """Return for each label how many spans of a sentence are right, predicted and gold.

    Right are those with the same tokens and the same label. Shape (labels, 3).

    Raises:
        ValueError: the label of a span is not among `labels`.
    """
    there, said = set(gold), set(predicted)
    counts = np.zeros((len(labels), 3), dtype=np.int64)
    number = {label: at for at, label in enumerate(labels)}
    for column, spans in enumerate((there & said, said, there)):
        for *_, label in spans:
            counts[_row(label, number), column] += 1
    return counts


def partial_counts(
    gold: Iterable[Labelled], predicted: Iterable[Labelled], labels: Sequence[str]
) -> Counts:
    """Return the counts of `span_counts`, where one shared token makes a span right.

    A span counts for one of the other side only: two halves of a name are one right, one wrong.

    Raises:
        ValueError: spans of one side overlap, or their label is not among `labels`.
    """
    there, said = _in_order(set(gold)), _in_order(set(predicted))
    counts = span_counts(there, said, labels)
    for at, label in enumerate(labels):
        pair = ([span for span in side if span[2] == label] for side in (there, said))
        counts[at, 0] = _met(*pair)
    return counts


def _row(label: str, number: dict[str, int]) -> int:
    if label not in number:
        raise ValueError(f"{label!r} is not one of the labels {', '.join(number)}")
    return number[label]


def _met(gold: Sequence[Labelled], predicted: Sequence[Labelled]) -> int:
    """Return how many pairs of overlapping spans can be made, each span used once."""
    met = g = p = 0
    while g < len(gold) and p < len(predicted):
        if gold[g][0] < predicted[p][1] and predicted[p][0] < gold[g][1]:
            met, g, p = met + 1, g + 1, p + 1
        elif gold[g][1] <= predicted[p][1]:
            g += 1
        else:
            p += 1
    return met


def f1_of(counts: Numbers) -> NDArray[np.float64]:
    """Return the F1 of counts, (..., 3) -> (...); 0 where nothing is predicted nor gold.

    `f1_of(counts)` is per label, `f1_of(counts.sum(0))` the micro average.
    """
    return rates_of(counts)[..., 2]


def rates_of(counts: Numbers) -> NDArray[np.float64]:
    """Return precision, recall and F1 of counts, (..., 3) -> (..., 3); 0 where undefined."""
    right, predicted, gold = (counts[..., column].astype(np.float64) for column in range(3))
    parts = ((right, predicted), (right, gold), (2 * right, predicted + gold))
    rates = [
        np.divide(over, under, out=np.zeros_like(over), where=under > 0) for over, under in parts
    ]
    return np.stack(rates, axis=-1)
