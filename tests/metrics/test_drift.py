"""How far states have moved: what each measure sees, and what it is blind to."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ortho_group

from socle.metrics.drift import linear_cka, mean_cosine

STATES = np.random.default_rng(0).normal(size=(300, 12)).astype(np.float32) + 2.0
NOISE = np.random.default_rng(1).normal(size=(300, 12))


def test_states_that_stayed_are_wholly_alike() -> None:
    assert linear_cka(STATES, STATES) == pytest.approx(1.0)
    assert mean_cosine(STATES, STATES) == pytest.approx(1.0)


def test_cka_is_blind_to_rotation_scale_and_shift_and_the_cosine_is_not() -> None:
    turn = ortho_group(12, seed=0).rvs()
    moved = STATES @ turn * 7 - 3
    assert linear_cka(STATES, moved) == pytest.approx(1.0, abs=1e-6)
    assert mean_cosine(STATES, moved) < 0.5


def test_cka_is_that_of_the_gram_matrices() -> None:
    other = STATES[:, :5] ** 2 + NOISE[:, :5]
    centring = np.eye(300) - 1 / 300
    k, m = (centring @ (s.astype(float) @ s.T) @ centring for s in (STATES, other))
    expected = (k * m).sum() / np.sqrt((k * k).sum() * (m * m).sum())
    assert linear_cka(STATES, other) == pytest.approx(expected)


def test_both_fall_as_noise_grows() -> None:
    for measure in (linear_cka, mean_cosine):
        found = [measure(STATES, STATES + NOISE * scale) for scale in (0.0, 0.3, 1.0, 3.0, 100.0)]
        assert found == sorted(found, reverse=True)
        assert found[-1] < 0.15


def test_opposite_states_have_the_cosine_minus_one() -> None:
    assert mean_cosine(STATES, -STATES) == pytest.approx(-1.0)


def test_states_that_do_not_vary_or_are_zero_give_a_number() -> None:
    same, zero = np.ones((5, 3)), np.zeros((5, 3))
    assert linear_cka(same, same) == 1.0
    assert linear_cka(same, NOISE[:5, :3]) == 0.0
    assert mean_cosine(zero, zero) == 1.0
    assert mean_cosine(zero, same) == 0.0
    assert mean_cosine(zero[:0], zero[:0]) == 1.0
