"""Tokens to windows, windows to documents, documents to scores."""

from __future__ import annotations

import numpy as np
import pytest

from socle.heads.pooled import LinearHead, mean_of_windows


def test_a_document_is_the_mean_of_its_windows_weighted_by_tokens() -> None:
    pools = np.array([[1.0, 0.0], [4.0, 8.0], [7.0, 7.0]], np.float32)
    found = mean_of_windows(pools, np.array([0, 0, 1]), np.array([20, 10, 3]))
    assert found == pytest.approx(np.array([[2.0, 8 / 3], [7.0, 7.0]]))
    assert found.dtype == np.float32


def test_windows_may_come_in_any_order() -> None:
    rng = np.random.default_rng(0)
    pools = rng.normal(size=(9, 4)).astype(np.float32)
    owners, lengths = np.array([0, 0, 1, 2, 2, 2, 3, 4, 4]), rng.integers(1, 50, 9)
    order = rng.permutation(9)
    expected = mean_of_windows(pools, owners, lengths)
    assert np.allclose(mean_of_windows(pools[order], owners[order], lengths[order]), expected)


def test_a_document_of_one_window_is_that_window() -> None:
    pools = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    found = mean_of_windows(pools, np.array([2, 0, 1]), np.array([5, 1, 9]))
    assert np.array_equal(found, pools[[1, 2, 0]])


def test_no_window_is_no_document() -> None:
    none = np.zeros((0, 4), np.float32)
    assert mean_of_windows(none, np.zeros(0, np.int64), np.zeros(0, np.int64)).shape == (0, 4)


def test_cut_in_windows_a_text_is_what_it_is_whole() -> None:
    """The mean over tokens, whatever the cuts, when a state does not depend on its window."""
    states = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    parts = np.split(states, [7, 20])
    pools = np.stack([part.mean(0) for part in parts])
    found = mean_of_windows(pools, np.zeros(3, np.int64), np.array([len(p) for p in parts]))
    assert np.allclose(found[0], states.mean(0), atol=1e-6)


def test_scores_are_linear() -> None:
    head = LinearHead(np.array([[1.0, 2.0], [0.0, -1.0]], np.float32), np.array([0.5, 0.0]))
    found = head.scores(np.array([[1.0, 1.0], [2.0, 0.0]], np.float32))
    assert found.tolist() == [[1.5, 1.0], [2.5, 4.0]]
    assert found.dtype == np.float32
