"""What engines of language models share: trees of options, layouts, batches, styles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from socle.decoders import Layout, Style, Tree, batches_by_tokens, shared_start
from socle.errors import RecipeError

TREE = Tree.of([[1], [1, 2], [1, 3, 4], [5], []])


def test_a_tree_asks_each_thing_once() -> None:
    assert TREE.nodes == ((), (1,), (1, 3))
    assert TREE.parents == (-1, 0, 1)
    assert TREE.asked == ((0, 1), (1, 2), (1, 3), (2, 4), (0, 5))
    assert TREE.branches == [((1, 3), [0, 1, 2])]
    assert TREE.questions == [[(0, 1), (4, 5)], [(1, 2), (2, 3)], [(3, 4)]]


def test_options_are_sums_of_what_was_asked() -> None:
    answers = np.array([[1.0, 10.0, 100.0, 1000.0, 10_000.0]])
    assert TREE.sums(answers).tolist() == [[1.0, 11.0, 1101.0, 10_000.0, 0.0]]
    assert Tree.of([]).sums(np.zeros((2, 0))).shape == (2, 0)


def test_a_layout_lets_nodes_see_their_ancestors_only() -> None:
    layout = Layout.of([[7, 8], [9]], Tree.of([[1, 2, 3], [1, 4, 5]]), shared=2)
    assert layout.ids.tolist() == [[7, 8, 1, 2, 4], [0, 9, 1, 2, 4]]
    assert layout.places.tolist() == [[2, 3, 4, 5, 5], [0, 2, 3, 4, 4]]
    assert layout.seen[0].astype(int).tolist() == [
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1, 0, 1],
    ]
    assert layout.seen[1, 0].tolist() == [True, True, True, False, False, False, False]
    assert not layout.seen[1, 1:, 2].any()
    assert layout.distance[0, 4].tolist() == [5, 4, 3, 2, 1, 0, 0]


@pytest.mark.parametrize(
    ("rows", "start"),
    [
        ([], 0),
        ([[1, 2, 3]], 2),
        ([[1, 2, 3], [1, 2, 4]], 2),
        ([[1, 2], [1, 2, 3]], 1),
        ([[1, 2], [1, 2]], 1),
        ([[2, 1], [1, 2]], 0),
        ([[1, 1, 5], [1, 2], [1, 1, 5]], 1),
    ],
)
def test_the_start_leaves_each_prompt_a_token(rows: list[list[int]], start: int) -> None:
    assert shared_start(rows) == start


def test_batches_are_of_like_lengths_and_bounded() -> None:
    lengths = [5, 1, 9, 1, 5, 30]
    assert list(batches_by_tokens(lengths, 10)) == [[1, 3], [0, 4], [2], [5]]
    assert list(batches_by_tokens(lengths, 100, rows=2)) == [[1, 3], [0, 4], [2, 5]]
    assert list(batches_by_tokens([], 10)) == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"beams": 0}, "beams"),
        ({"temperature": -1.0}, "temperature"),
        ({"temperature": 0.5, "beams": 2}, "temperature, 0 with beams"),
        ({"top_p": 0.0}, "top_p"),
        ({"repetition_penalty": 0.0}, "repetition_penalty"),
        ({"no_repeat": -1}, "no_repeat"),
        ({"stop": ("",)}, "stop"),
    ],
)
def test_a_style_out_of_range_is_refused(given: dict[str, Any], named: str) -> None:
    with pytest.raises(RecipeError, match=named):
        Style(**given)
