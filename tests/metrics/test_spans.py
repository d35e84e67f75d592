"""Tags become spans and come back; what is found of them is counted as conlleval does."""

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from socle.metrics import spans
from socle.metrics.spans import Scheme

PREFIXES: dict[Scheme, str] = {"bio": "BI", "iob1": "BI", "bioes": "BIES", "bilou": "BILU"}


def conlleval(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Read spans by the two tables of conlleval (extended to S), written down independently."""
    ends = {"BB", "BO", "BS", "IB", "IO", "IS"} | {"E" + x for x in "BIESO"}
    ends |= {"S" + x for x in "BIESO"}
    starts = {x + y for x in "BIESO" for y in "BS"} | {x + y for x in "ESO" for y in "IE"}
    found, first, before, label = [], 0, "O", ""
    for at, tag in enumerate([*tags, "O"]):
        now, own = (tag[0].replace("L", "E").replace("U", "S"), tag[2:])
        other = own != label
        if before + now in ends or (before != "O" and other):
            found.append((first, at, label))
        if before + now in starts or (now != "O" and other):
            first = at
        before, label = now, own
    return found


@pytest.mark.parametrize("scheme", spans.SCHEMES)
def test_any_sequence_is_read_as_conlleval_does(scheme: Scheme) -> None:
    rng = random.Random(scheme)
    some = ["O", *(f"{prefix}-{label}" for prefix in PREFIXES[scheme] for label in ("A", "B-c"))]
    for _ in range(3000):
        tags = [rng.choice(some) for _ in range(rng.randrange(9))]
        assert spans.spans_of(tags, scheme) == conlleval(tags), tags


@pytest.mark.parametrize(
    ("tags", "scheme", "expected"),
    [
        ("B-A I-A O B-A", "bio", [(0, 2, "A"), (3, 4, "A")]),
        ("B-A B-A I-B", "bio", [(0, 1, "A"), (1, 2, "A"), (2, 3, "B")]),
        ("I-A I-A B-A O I-B", "iob1", [(0, 2, "A"), (2, 3, "A"), (4, 5, "B")]),
        ("O I-A I-A", "bio", [(1, 3, "A")]),
        ("B-A I-A E-A S-B", "bioes", [(0, 3, "A"), (3, 4, "B")]),
        ("B-A O E-A I-A", "bioes", [(0, 1, "A"), (2, 3, "A"), (3, 4, "A")]),
        ("B-A L-A U-B U-B", "bilou", [(0, 2, "A"), (2, 3, "B"), (3, 4, "B")]),
        ("B I O", "bio", [(0, 2, "")]),
        ("", "bio", []),
    ],
)
def test_tags_spell_spans(tags: str, scheme: Scheme, expected: list[tuple[int, int, str]]) -> None:
    assert spans.spans_of(tags.split(), scheme) == expected


@pytest.mark.parametrize("scheme", spans.SCHEMES)
def test_spans_come_back_from_their_tags(scheme: Scheme) -> None:
    rng = random.Random(scheme)
    for _ in range(500):
        cuts = sorted(rng.sample(range(12), 8))
        pairs = [(a, b) for a, b in pairwise(cuts) if rng.random() < 0.7]
        some = [(a, b, rng.choice("AB")) for a, b in pairs]
        tags = spans.tags_of(some, 12, scheme)
        assert len(tags) == 12
        assert spans.spans_of(tags, scheme) == some


def test_iob1_parts_only_spans_of_one_label_that_touch() -> None:
    some = [(0, 2, "A"), (2, 3, "A"), (3, 4, "B"), (5, 6, "B")]
    assert spans.tags_of(some, 6, "iob1") == ["I-A", "I-A", "B-A", "I-B", "O", "I-B"]


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (["O B-A I-A", "B-A"], "bio"),
        (["O I-A", "O"], "iob1"),
        (["I-A B-A", "O"], "iob1"),
        (["I-A", "B-A"], "bio"),
        (["I-A I-B"], "iob1"),
        (["B-A E-A"], "bioes"),
        (["S-A O"], "bioes"),
        (["B-A L-A"], "bilou"),
        (["U-A"], "bilou"),
        (["O O"], "bio"),
        ([], "bio"),
    ],
)
def test_the_scheme_is_told_by_the_tags(tags: list[str], scheme: Scheme) -> None:
    assert spans.scheme_of([row.split() for row in tags]) == scheme


def test_foreign_tags_are_refused() -> None:
    with pytest.raises(ValueError, match="two schemes"):
        spans.scheme_of([["S-A", "U-A"]])
    with pytest.raises(ValueError, match="'PER' is neither O nor"):
        spans.scheme_of([["PER"]])
    with pytest.raises(ValueError, match="not of the scheme bio"):
        spans.spans_of(["S-A"], "bio")


@pytest.mark.parametrize(
    ("some", "said"),
    [
        ([(0, 2, "A"), (1, 3, "B")], "overlap"),
        ([(0, 4, "A"), (1, 2, "B")], "overlap"),
        ([(0, 2, "A"), (0, 2, "A")], "overlap"),
        ([(1, 1, "A")], "no span"),
        ([(-1, 1, "A")], "no span"),
        ([(3, 5, "A")], "outside 4 tokens"),
    ],
)
def test_spans_that_tags_cannot_spell_are_refused(
    some: list[tuple[int, int, str]], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        spans.tags_of(some, 4, "bio")


def test_counts_say_what_is_right_predicted_and_gold() -> None:
    gold = [(0, 2, "A"), (3, 4, "B"), (5, 6, "A")]
    predicted = [(0, 2, "A"), (3, 4, "A"), (5, 7, "A")]
    counts = spans.span_counts(gold, predicted, ("A", "B"))
    assert counts.tolist() == [[1, 3, 2], [0, 0, 1]]
    assert spans.partial_counts(gold, predicted, ("A", "B")).tolist() == [[2, 3, 2], [0, 0, 1]]


def test_a_span_counts_once_for_the_other_side() -> None:
    whole, halves = [(0, 4, "A")], [(0, 1, "A"), (2, 4, "A")]
    assert spans.partial_counts(whole, halves, ("A",)).tolist() == [[1, 2, 1]]
    assert spans.partial_counts(halves, whole, ("A",)).tolist() == [[1, 1, 2]]
    chain = [(0, 3, "A"), (4, 8, "A")]
    assert spans.partial_counts(chain, [(0, 7, "A"), (7, 9, "A")], ("A",)).tolist() == [[2, 2, 2]]
    assert spans.partial_counts([(0, 1, "A")], [(1, 2, "A")], ("A",)).tolist() == [[0, 1, 1]]
    with pytest.raises(ValueError, match="overlap"):
        spans.partial_counts([(0, 3, "A"), (1, 2, "A")], [], ("A",))


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="'C' is not one of the labels A, B"):
        spans.span_counts([], [(0, 1, "C")], ("A", "B"))


def test_sums_of_counts_give_the_scores() -> None:
    # 3 right of 4 predicted and 5 gold: precision 3/4, recall 3/5, F1 6/9.
    counts = np.array([[[2, 2, 2], [0, 1, 2]], [[1, 1, 1], [0, 0, 0]]])
    total = counts.sum(0)
    assert spans.f1_of(total).tolist() == [1.0, 0.0]
    assert spans.rates_of(total.sum(0)) == pytest.approx([3 / 4, 3 / 5, 6 / 9])
    assert spans.f1_of(counts).tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert spans.rates_of(np.zeros(3, dtype=np.int64)).tolist() == [0.0, 0.0, 0.0]
