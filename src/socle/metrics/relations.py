"""How good predicted relations are: the official score of SemEval-2010 task 8, for any labels.

A label that ends in `(e1,e2)` or `(e2,e1)` is a relation with its direction. Precision, recall and
F1 are those of relations, both directions together; an answer with the right relation and the wrong
direction is a false answer and a missed relation. The class that says that no relation holds counts
only through the relations that it hides, or lets through.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Direction = Literal["e1,e2", "e2,e1"]
Floats = NDArray[np.float64]

NONE_CLASSES = frozenset({"other", "none", "no_relation", "na", "aucune"})
"""Labels, in lower case, which say that none of the relations holds."""
_DIRECTED = re.compile(r"(.+)\((e1,e2|e2,e1)\)", re.DOTALL)


def directed(labels: Sequence[str]) -> dict[str, tuple[str, Direction | None]]:
    """Return for each label its relation and direction; None where it has no direction."""
    found: dict[str, tuple[str, Direction | None]] = {}
    for label in labels:
        match = _DIRECTED.fullmatch(label)
        if match is None:
            found[label] = (label, None)
        else:
            found[label] = (match[1], "e1,e2" if match[2] == "e1,e2" else "e2,e1")
    return found


def is_none_class(label: str) -> bool:
    """Tell whether a label says that none of the relations holds, such as `Other`."""
    return label.lower() in NONE_CLASSES


def relations_of(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the relations of labels, without direction and without the none class, sorted."""
    return tuple(sorted({r for r, _ in directed(labels).values() if not is_none_class(r)}))


def relation_counts(
    gold: NDArray[np.int64], predicted: NDArray[np.int64], labels: Sequence[str]
) -> NDArray[np.int64]:
    """Return per item and relation whether it is right, predicted and gold; additive.

    Args:
        gold: label numbers, shape (n,); -1 for a label that is not known.
        predicted: the same of the answers.
        labels: the labels, in the order of the numbers.

    Returns:
        Zeros and ones, shape (n, relations, 3), relations in the order of `relations_of`.
    """
    relations = relations_of(labels)
    number = {relation: i for i, relation in enumerate(relations)}
    # The last place stands for -1, which no label number reaches otherwise.
    own = np.array([number.get(r, -1) for r, _ in directed(labels).values()] + [-1], dtype=np.int64)
    places = np.arange(len(relations))
    there, said = own[gold][:, None] == places, own[predicted][:, None] == places
    right = there & said & (gold == predicted)[:, None]
    return np.stack([right, said, there], axis=2).astype(np.int64)


def official_f1(counts: NDArray[np.integer] | NDArray[np.floating]) -> Floats:
    """Return macro-F1 of summed `relation_counts`, shape (..., relations, 3) to (...).

    The mean over the relations that gold has, as `semeval2010_task8_scorer-v1.2.pl` takes it; 0
    where gold has none.
    """
    there = np.asarray(counts[..., 2] > 0)
    f1 = relation_f1(counts)[..., 2] * there
    return np.asarray(f1.sum(axis=-1) / np.maximum(there.sum(axis=-1), 1))


def official_micro_f1(counts: NDArray[np.integer] | NDArray[np.floating]) -> Floats:
    """Return F1 of all relations together, shape (..., relations, 3) to (...).

    The scorer leaves answers out of the sum whose relation gold does not have.
    """
    known = counts * (counts[..., 2:] > 0)
    return np.asarray(relation_f1(known.sum(axis=-2, keepdims=True))[..., 0, 2])


def relation_f1(counts: NDArray[np.integer] | NDArray[np.floating]) -> Floats:
    """Return precision, recall and F1, shape (..., 3), of right, predicted and gold, (..., 3)."""
    right, said, there = (np.asarray(counts[..., i], dtype=np.float64) for i in range(3))
    parts = ((right, said), (right, there), (2 * right, said + there))
    return np.stack([np.divide(a, b, out=np.zeros_like(a), where=b > 0) for a, b in parts], axis=-1)
