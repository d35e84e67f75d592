"""The official score of SemEval-2010 task 8, against its own print and a second counting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from socle.metrics.relations import (
    directed,
    is_none_class,
    official_f1,
    official_micro_f1,
    relation_counts,
    relation_f1,
    relations_of,
)

ARROWS = ("A(e1,e2)", "A(e2,e1)", "B(e1,e2)", "B(e2,e1)", "Other")

# What semeval2010_task8_scorer-v1.2.pl printed for one system (2,706 rows): a row per gold
# relation, a column per answer, `Other` last; the diagonal has the right direction.
MATRIX = """
300 0 0 0 4 1 0 2 2 12
1 235 5 1 1 11 11 6 3 29
0 5 160 7 2 0 1 1 1 11
0 2 7 264 0 0 0 1 1 16
3 1 1 4 226 1 0 1 3 16
0 4 1 1 1 118 0 4 5 21
0 4 0 0 2 0 206 1 0 19
1 5 0 1 2 0 2 229 1 19
5 1 2 0 4 9 0 3 177 27
16 25 18 23 27 24 29 33 26 231
"""
WRONG_WAY = (3, 8, 4, 1, 1, 0, 0, 1, 2)
PRINTED = (91.88, 78.20, 82.05, 88.89, 85.77, 73.98, 85.65, 84.35, 78.49)
NAMES = ("C-E", "C-W", "C-C", "E-D", "E-O", "I-A", "M-C", "M-T", "P-P")


def printed_rows() -> tuple[list[str], list[str]]:
    """Return gold and predicted labels that make up the printed matrix."""
    gold, said = [], []
    ways = [(f"{name}(e1,e2)", f"{name}(e2,e1)") for name in NAMES] + [("Other", "Other")]
    for i, line in enumerate(MATRIX.strip().splitlines()):
        for j, count in enumerate(map(int, line.split())):
            gold += [ways[i][k % 2] for k in range(count)]
            said += [ways[j][k % 2] for k in range(count)]
    for i, count in enumerate(WRONG_WAY):
        gold += [ways[i][k % 2] for k in range(count)]
        said += [ways[i][(k + 1) % 2] for k in range(count)]
    return gold, said


def numbers(names: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    return np.array([labels.index(name) for name in names], dtype=np.int64)


def counted_again(gold: Sequence[str], said: Sequence[str]) -> float:
    """Return the score as the Perl script counts, with a confusion table and `WRONG_DIR`."""
    bare = {label: label.split("(")[0] for label in {*gold, *said}}
    table: dict[tuple[str, str], int] = {}
    for a, b in zip(gold, said, strict=True):
        wrong_way = a != b and bare[a] == bare[b]
        key = ("WRONG_DIR" if wrong_way else bare[b], bare[a])
        table[key] = table.get(key, 0) + 1
    values = []
    for relation in sorted({bare[a] for a in gold} - {"Other"}):
        right = table.get((relation, relation), 0)
        proposed = sum(n for (b, _), n in table.items() if b == relation)
        proposed += table.get(("WRONG_DIR", relation), 0)
        actual = sum(bare[a] == relation for a in gold)
        p, r = right / proposed if proposed else 0.0, right / actual
        values.append(2 * p * r / (p + r) if p + r else 0.0)
    return float(np.mean(values)) if values else 0.0


def test_labels_come_apart_into_relation_and_direction() -> None:
    found = directed(("Cause-Effect(e2,e1)", "born_in", "f(x)(e1,e2)", "Other"))
    assert found == {
        "Cause-Effect(e2,e1)": ("Cause-Effect", "e2,e1"),
        "born_in": ("born_in", None),
        "f(x)(e1,e2)": ("f(x)", "e1,e2"),
        "Other": ("Other", None),
    }


@pytest.mark.parametrize("name", ["Other", "none", "NONE", "no_relation", "NA", "aucune"])
def test_the_class_of_no_relation_is_known(name: str) -> None:
    assert is_none_class(name)
    assert relations_of((name, "b", "a(e1,e2)", "a(e2,e1)")) == ("a", "b")


def test_the_official_scorer_prints_the_same() -> None:
    gold, said = printed_rows()
    labels = sorted({*gold, *said})
    sums = relation_counts(numbers(gold, labels), numbers(said, labels), labels).sum(axis=0)
    by_name = dict(zip(relations_of(labels), relation_f1(sums)[:, 2], strict=True))
    assert [round(100 * by_name[name], 2) for name in NAMES] == list(PRINTED)
    assert round(100 * float(official_f1(sums)), 2) == 83.25
    assert round(100 * float(official_micro_f1(sums)), 2) == 84.01
    assert sums[:, 1:].sum(axis=0).tolist() == [2305, 2254]


def test_a_wrong_direction_is_a_false_answer_and_a_miss() -> None:
    gold = numbers(["A(e1,e2)", "A(e1,e2)", "B(e1,e2)", "Other"], ARROWS)
    said = numbers(["A(e1,e2)", "A(e2,e1)", "Other", "A(e2,e1)"], ARROWS)
    sums = relation_counts(gold, said, ARROWS).sum(axis=0)
    assert sums.tolist() == [[1, 3, 2], [0, 0, 1]]
    assert float(official_f1(sums)) == pytest.approx((2 / 5 + 0) / 2)
    assert float(official_micro_f1(sums)) == pytest.approx(2 / 6)


@pytest.mark.parametrize("seed", range(8))
def test_a_second_counting_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 5, 40) if seed % 2 else rng.choice([0, 1, 4], 40)
    said = np.where(rng.random(40) < 0.5, gold, rng.integers(0, 5, 40))
    sums = relation_counts(gold, said, ARROWS).sum(axis=0)
    names = [[ARROWS[i] for i in rows] for rows in (gold, said)]
    assert float(official_f1(sums)) == pytest.approx(counted_again(*names))


def test_without_directions_it_is_macro_f1_of_the_relations() -> None:
    labels = ("born_in", "no_relation", "works_for", "wrote")
    rng = np.random.default_rng(0)
    gold, said = rng.integers(0, 4, (2, 60))
    sums = relation_counts(gold, said, labels).sum(axis=0)
    expected = f1_score(gold, said, labels=[0, 2, 3], average="macro")
    assert float(official_f1(sums)) == pytest.approx(expected)
    micro = f1_score(gold, said, labels=[0, 2, 3], average="micro")
    assert float(official_micro_f1(sums)) == pytest.approx(micro)


def test_counts_add_up_and_are_scored_many_at_once() -> None:
    gold, said = np.random.default_rng(1).integers(0, 5, (2, 30))
    counts = relation_counts(gold, said, ARROWS)
    assert counts.shape == (30, 2, 3)
    halves = np.stack([counts[:15].sum(axis=0), counts[15:].sum(axis=0)])
    assert (halves.sum(axis=0) == counts.sum(axis=0)).all()
    assert official_f1(halves).shape == (2,)
    assert official_f1(halves)[1] == pytest.approx(float(official_f1(halves[1])))


def test_an_unknown_label_is_no_relation_of_ours() -> None:
    counts = relation_counts(np.array([-1, -1]), np.array([0, 4]), ARROWS)
    assert counts[:, 0].tolist() == [[0, 1, 0], [0, 0, 0]]


def test_nothing_but_no_relation_scores_nothing() -> None:
    sums = relation_counts(np.array([4, 4]), np.array([4, 0]), ARROWS).sum(axis=0)
    assert float(official_f1(sums)) == float(official_micro_f1(sums)) == 0.0
