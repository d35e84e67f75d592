"""Reading hidden tokens from states: what is there is found, what is not is chance."""

from __future__ import annotations

import numpy as np
import pytest

from socle.training.readout import fit_readout

N, WIDTH = 600, 16
TOKENS = np.array([7, 30, 31, 400])


def planted(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return states in which the token stands, the tokens, and the rows to learn from."""
    rng = np.random.default_rng(seed)
    answers = TOKENS[rng.choice(4, N, p=[0.4, 0.3, 0.2, 0.1])]
    vectors = np.random.default_rng(9).normal(size=(500, WIDTH))
    states = vectors[answers] + rng.normal(0, 0.7, (N, WIDTH))
    return states.astype(np.float32), answers, np.arange(N) < N // 2


def test_what_stands_in_the_states_is_read() -> None:
    states, answers, learn = planted()
    found = fit_readout(states, answers, learn)
    assert found is not None
    assert found.tokens.tolist() == TOKENS.tolist()
    shares = np.array([(answers[learn] == token).mean() for token in TOKENS])
    rows = np.searchsorted(TOKENS, answers[~learn])
    assert found.chance == pytest.approx(-np.log(shares[rows]).mean())
    assert found.loss(states[~learn], answers[~learn]) < found.chance - 0.8


def test_turned_states_are_read_no_longer_until_it_is_fitted_anew() -> None:
    states, answers, learn = planted()
    old = fit_readout(states, answers, learn)
    turned = states[:, ::-1].copy()
    new = fit_readout(turned, answers, learn)
    assert old is not None
    assert new is not None
    before = old.loss(states[~learn], answers[~learn])
    assert old.loss(turned[~learn], answers[~learn]) > before + 0.5
    assert new.loss(turned[~learn], answers[~learn]) == pytest.approx(before, abs=0.02)


def test_tokens_that_it_never_learnt_are_left_out() -> None:
    states, answers, learn = planted()
    found = fit_readout(states, answers, learn)
    assert found is not None
    rows = np.flatnonzero(~learn)
    strange = answers[rows].copy()
    strange[::3] = 8
    kept = np.arange(len(rows)) % 3 != 0
    expected = found.loss(states[rows][kept], answers[rows][kept])
    assert found.loss(states[rows], strange) == pytest.approx(expected)


def test_nothing_is_read_from_too_little() -> None:
    states, answers, learn = planted()
    assert fit_readout(states[:4], np.array([1, 2, 3, 4]), learn[:4]) is None
    assert fit_readout(states, np.full(N, 7), learn) is None
    assert fit_readout(states, answers, np.ones(N, dtype=bool)) is None
