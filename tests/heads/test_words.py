"""Trees that are best and single-rooted, and a head that answers as its torch twin has learnt."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from socle.heads import words
from socle.heads.words import WordHead, is_tree, log_softmax, spanning_tree
from socle.training.wordhead import LESSER, WordPiece
from socle.training.wordhead import WordHead as Twin

WIDTH, LAYERS, LABELS = 12, 3, 5
COLUMNS = {"upos": 4, "tag": 3}
LENGTHS = [4, 0, 1, 9, 2]
"""Of several sentences, one of them empty."""


@cache
def trees(n: int) -> NDArray[np.int64]:
    """Return the heads of all trees of n words with one root, by walking up from every word."""

    def leads_up(heads: tuple[int, ...], word: int) -> bool:
        for _ in range(n):
            word = heads[word - 1]
            if word == 0:
                return True
        return False

    every = itertools.product(range(n + 1), repeat=n)
    found = [
        heads
        for heads in every
        if heads.count(0) == 1 and all(leads_up(heads, word) for word in range(1, n + 1))
    ]
    return np.array(found, dtype=np.int64)


def totals(scores: NDArray[np.float64], heads: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum of the arcs of each row of heads."""
    return np.asarray(scores[np.arange(len(scores)), heads].sum(axis=-1))


def in_list(heads: NDArray[np.int64]) -> bool:
    return bool((trees(len(heads)) == heads).all(axis=1).any())


@pytest.mark.parametrize("n", range(1, 6))
def test_the_brute_force_knows_all_trees(n: int) -> None:
    """Cayley: words hang on each other in n ** (n - 1) ways."""
    assert len(trees(n)) == n ** (n - 1)


@pytest.mark.parametrize("n", range(1, 6))
def test_no_tree_is_better_than_the_one_found(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(60):
        scores = rng.normal(size=(n, n + 1)) * rng.choice([0.1, 1.0, 50.0])
        # Half of the graphs would rather have several roots.
        scores[:, 0] += rng.choice([0.0, 20.0])
        found = spanning_tree(scores)
        assert in_list(found)
        assert totals(scores, found) == pytest.approx(totals(scores, trees(n)).max(), abs=1e-9)


@pytest.mark.parametrize("n", range(1, 6))
def test_of_equal_arcs_the_total_is_still_the_best(n: int) -> None:
    rng = np.random.default_rng(10 + n)
    for _ in range(60):
        scores = rng.integers(0, 3, size=(n, n + 1)).astype(np.float64)
        found = spanning_tree(scores)
        assert in_list(found)
        assert totals(scores, found) == totals(scores, trees(n)).max()
    assert in_list(spanning_tree(np.zeros((n, n + 1))))


@pytest.mark.parametrize("n", range(1, 6))
def test_arcs_that_cannot_be_are_taken_only_where_no_tree_is_without(n: int) -> None:
    rng = np.random.default_rng(20 + n)
    possible = 0
    for _ in range(80):
        scores = np.where(rng.random((n, n + 1)) < 0.5, -np.inf, rng.normal(size=(n, n + 1)))
        found, best = spanning_tree(scores), totals(scores, trees(n)).max()
        assert in_list(found)
        if np.isfinite(best):
            possible += 1
            assert totals(scores, found) == pytest.approx(best, abs=1e-4)
    assert 0 < possible < 80
    assert in_list(spanning_tree(np.full((n, n + 1), -np.inf)))
    assert in_list(spanning_tree(np.full((n, n + 1), np.nan)))


def test_a_word_never_hangs_on_itself() -> None:
    scores = np.array([[0.0, 99.0, 1.0], [0.0, 1.0, 99.0]])
    assert spanning_tree(scores).tolist() in ([0, 1], [2, 0])


def test_two_cycles_in_one_another_are_both_broken() -> None:
    """1 and 2 hang on each other, and the two of them with 3."""
    scores = np.full((3, 4), -5.0)
    scores[0, 2] = scores[1, 1] = 10.0
    scores[2, 1], scores[0, 3] = 9.0, 8.0
    scores[1, 0] = -1.0
    assert spanning_tree(scores).tolist() == [2, 0, 1]


def test_no_word_makes_no_tree_and_other_shapes_are_refused() -> None:
    assert spanning_tree(np.zeros((0, 1))).tolist() == []
    with pytest.raises(ValueError, match=r"shape \(2, 3\), not \(2, 2\)"):
        spanning_tree(np.zeros((2, 2)))


@pytest.mark.parametrize("n", range(1, 5))
def test_what_is_a_tree_is_told_of_all_heads(n: int) -> None:
    for heads in itertools.product(range(n + 1), repeat=n):
        row = np.array(heads, dtype=np.int64)
        assert is_tree(row) == in_list(row), heads


def test_a_long_chain_is_a_tree_and_a_long_cycle_is_none() -> None:
    chain = np.arange(300)
    assert is_tree(chain)
    chain[1] = 300
    assert not is_tree(chain)


# The head and its twin


def twin(labels: int = LABELS) -> Twin:
    """Return a torch head of random weights, none of them zero, in evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        head = Twin(WIDTH, LAYERS, COLUMNS, labels)
        with torch.no_grad():
            for weight in head.parameters():
                weight.copy_(torch.randn(weight.shape) * 0.3)
    return head.eval()


def given(lengths: list[int]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return states and places of words in their tokens, multiword parts among them."""
    rng = np.random.default_rng(1)
    n = sum(lengths)
    states = rng.normal(size=(n, LAYERS, WIDTH)).astype(np.float32)
    return states, np.arange(n, dtype=np.int64) % words.PARTS


def scores(head: WordHead, states: Any, parts: Any, lengths: list[int]) -> list[Any]:
    return head.scores(head.mixed(states), parts, lengths)


def by_twin(head: Twin, mixed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return log-probabilities of arcs, (words, heads), and of labels, (words, heads, labels)."""
    one = torch.ones(1)

    def space(name: str, of: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.leaky_relu(head.spaces[name](of), words.SLOPE)

    above = torch.cat([head.root[None], mixed])
    arcs = torch.empty(len(mixed), len(above))
    labels = torch.empty(len(mixed), len(above), LABELS)
    for i, below in enumerate(mixed):
        dependent = torch.cat([space("dependent", below), one])
        lower = torch.cat([space("label_dependent", below), one])
        for j, top in enumerate(above):
            arcs[i, j] = dependent @ head.arcs["biaffine"] @ space("head", top)
            upper = torch.cat([space("label_head", top), one])
            labels[i, j] = torch.stack([upper @ u @ lower for u in head.labels["biaffine"]])
        arcs[i, i + 1] = -torch.inf
    return arcs.log_softmax(1), labels.log_softmax(2)


def test_columns_are_those_of_the_twin() -> None:
    head, (states, parts) = twin(), given(LENGTHS)
    told = scores(WordHead(head.tensors()), states, parts, LENGTHS)
    assert [len(one["upos"]) for one in told] == LENGTHS
    with torch.no_grad():
        mixed = head._mixed("tags", torch.from_numpy(states), torch.from_numpy(parts))
        for name, column in head.columns.items():
            expected = column(mixed).log_softmax(1).numpy()
            found = np.concatenate([one[name] for one in told])
            assert found.shape == (sum(LENGTHS), COLUMNS[name])
            assert np.allclose(found, expected, atol=1e-4)
            assert expected.std() > 0.1


def test_trees_are_the_best_by_the_scores_of_the_twin() -> None:
    head, (states, parts) = twin(), given(LENGTHS)
    told = scores(WordHead(head.tensors()), states, parts, LENGTHS)
    ends = np.cumsum([0, *LENGTHS])
    with torch.no_grad():
        mixed = head._mixed("arcs", torch.from_numpy(states), torch.from_numpy(parts))
        for one, start, end in zip(told, ends[:-1], ends[1:], strict=True):
            arcs, labels = by_twin(head, mixed[start:end])
            own = one["head"].astype(np.int64)
            assert own.tolist() == spanning_tree(arcs.numpy()).tolist()
            at = np.arange(end - start)
            assert np.allclose(one["arc"], arcs[at, own].numpy(), atol=1e-3)
            assert one["deprel"].shape == (end - start, LABELS)
            assert np.allclose(one["deprel"], labels[at, own].numpy(), atol=1e-3)


def test_the_loss_that_is_learnt_from_is_that_of_the_answers() -> None:
    """Sentences of other lengths are padded beside each other while they are learnt from."""
    head, (states, parts) = twin(), given(LENGTHS)
    told = scores(WordHead(head.tensors()), states, parts, LENGTHS)
    own = {name: np.concatenate([one[name] for one in told]) for name in told[0]}
    rng = np.random.default_rng(2)
    n = len(states)
    targets = {name: rng.integers(0, size, n) for name, size in (*COLUMNS.items(), ("deprel", 5))}
    expected = -float(own["arc"].mean())
    weight = {"tag": LESSER}
    expected -= sum(
        weight.get(name, 1.0) * float(own[name][np.arange(n), gold].mean())
        for name, gold in targets.items()
    )
    targets["head"] = own["head"].astype(np.int64)
    assert _loss(head, states, parts, targets) == pytest.approx(expected, rel=1e-4)


def test_words_of_no_known_class_are_not_learnt_from() -> None:
    head, (states, parts) = twin(), given(LENGTHS)
    n = len(states)
    names = (*COLUMNS, "head", "deprel")
    nothing = {name: np.full(n, -1, dtype=np.int64) for name in names}
    assert _loss(head, states, parts, nothing) == 0.0
    one = nothing | {"tag": np.where(np.arange(n) == 3, 2, -1)}
    told = scores(WordHead(head.tensors()), states, parts, [n])[0]["tag"]
    expected = -LESSER * float(told[3, 2])
    assert _loss(head, states, parts, one) == pytest.approx(expected, rel=1e-4)


def _loss(
    head: Twin,
    states: NDArray[np.float32],
    parts: NDArray[np.int64],
    targets: Mapping[str, NDArray[np.int64]],
) -> float:
    given = {name: torch.from_numpy(gold) for name, gold in targets.items()}
    piece = WordPiece(LENGTHS, torch.from_numpy(parts), given, 1.0, len(states))
    with torch.no_grad():
        return float(head.loss(torch.from_numpy(states), piece))


def test_the_place_of_a_word_in_its_token_counts() -> None:
    head, (states, parts) = WordHead(twin().tensors()), given([6])
    [alone] = scores(head, states, np.zeros(6, dtype=np.int64), [6])
    [within] = scores(head, states, parts, [6])
    assert np.allclose(alone["upos"][0], within["upos"][0], atol=1e-6)
    assert not np.allclose(alone["upos"][1], within["upos"][1], atol=1e-3)


def test_without_labels_of_relations_no_tree_is_built() -> None:
    states, parts = given([3, 2])
    told = scores(WordHead(twin(labels=0).tensors()), states, parts, [3, 2])
    assert [set(one) for one in told] == [set(COLUMNS)] * 2


def test_a_sentence_does_not_depend_on_its_neighbours() -> None:
    head, (states, parts) = WordHead(twin().tensors()), given(LENGTHS)
    together = scores(head, states, parts, LENGTHS)
    start = sum(LENGTHS[:3])
    [alone] = scores(head, states[start : start + 9], parts[start : start + 9], [9])
    for name, table in alone.items():
        assert np.allclose(together[3][name], table, atol=1e-4), name


def test_sentences_without_any_word_have_empty_tables() -> None:
    states, parts = given([0])
    for one in scores(WordHead(twin().tensors()), states, parts, [0, 0]):
        assert set(one) == {*COLUMNS, "head", "arc", "deprel"}
        assert all(len(table) == 0 for table in one.values())
    assert scores(WordHead(twin().tensors()), states, parts, []) == []


def test_a_sentence_that_is_too_long_is_still_one_tree() -> None:
    n = words._MOST + 30
    states, parts = given([n])
    [told] = scores(WordHead(twin().tensors()), states, parts, [n])
    assert is_tree(told["head"].astype(np.int64))
    assert {name: len(table) for name, table in told.items()} == dict.fromkeys(told, n)


@pytest.mark.parametrize("n", [8, 9, 24, 29])
def test_parts_of_a_long_sentence_hang_on_the_root_of_the_first(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_MOST", 8)
    states, parts = given([n])
    [told] = scores(WordHead(twin().tensors()), states, parts, [n])
    heads = told["head"].astype(np.int64)
    assert is_tree(heads)
    root = int(np.flatnonzero(heads == 0)[0])
    assert root < 8
    for start in range(8, n, 8):
        outside = [h for h in heads[start : start + 8] if not start < h <= start + 8]
        assert outside == [root + 1]


def test_log_probabilities_add_up_to_one() -> None:
    found = log_softmax(np.array([[1000.0, 0.0, -np.inf], [3.0, 3.0, 3.0]]))
    assert np.exp(found).sum(axis=1) == pytest.approx([1.0, 1.0])
    assert found.dtype == np.float32
    assert log_softmax(np.zeros((0, 3))).shape == (0, 3)
