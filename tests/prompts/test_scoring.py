"""Scores of labels, and taking off what a model prefers whatever the text is."""

from __future__ import annotations

import itertools
import json
import time

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from socle.errors import ModelError
from socle.prompts import scoring
from socle.prompts.scoring import (
    Calibration,
    batch,
    contextual,
    fit_affine,
    prior_matched,
    scored,
)

Floats = NDArray[np.float64]


def drawn(
    rng: np.random.Generator, targets: NDArray[np.int64], bias: Floats, noise: float = 1.0
) -> Floats:
    """Scores that would be right four times in five or more, were it not for a bias."""
    scores = rng.normal(0, noise, (len(targets), len(bias)))
    scores[np.arange(len(targets)), targets] += 2
    return np.asarray(1.7 * scores + bias)


def accuracy(scores: Floats, targets: NDArray[np.int64]) -> float:
    return float((scores.argmax(1) == targets).mean())


def test_scores_are_sums_means_or_what_the_text_adds() -> None:
    likely = np.array([[-4.0, -3.0], [-6.0, -9.0]])
    tokens, without = np.array([2, 1]), np.array([-5.0, -1.0])
    assert scored(likely, "sum").tolist() == likely.tolist()
    assert scored(likely, "mean", tokens).tolist() == [[-2.0, -3.0], [-3.0, -9.0]]
    assert scored(likely, "pmi", without=without).tolist() == [[1.0, -2.0], [-1.0, -8.0]]
    assert scored(likely, "mean", np.array([0, 1]))[0, 0] == -4.0


@pytest.mark.parametrize(("how", "needed"), [("mean", "tokens"), ("pmi", "without")])
def test_a_score_without_what_it_needs_is_refused(how: scoring.How, needed: str) -> None:
    with pytest.raises(ValueError, match=needed):
        scored(np.zeros((1, 2)), how)


def test_contextual_calibration_divides_the_mean_probability_out() -> None:
    rng = np.random.default_rng(0)
    free, scores = rng.normal(0, 3, (3, 4)), rng.normal(0, 3, (20, 4))
    weighted = softmax(scores, axis=1) / softmax(free, axis=1).mean(0)
    expected = weighted / weighted.sum(1, keepdims=True)
    assert np.allclose(softmax(contextual(free).apply(scores), axis=1), expected)
    even = contextual(free[:1]).apply(free[:1])
    assert np.allclose(even, even[0, 0])


def test_batch_calibration_takes_the_mean_score_off() -> None:
    scores = np.random.default_rng(0).normal(0, 3, (50, 4)) + np.array([5, 0, -2, 1])
    found = batch(scores).apply(scores)
    assert np.allclose(found.mean(0), found.mean())
    assert np.allclose(batch(log_softmax(scores, axis=1)).bias, batch(scores).bias)


@pytest.mark.parametrize("prior", [None, [0.7, 0.2, 0.1], [1.0, 1.0, 30.0]])
@pytest.mark.parametrize("spread", [0.1, 1.0, 10.0, 300.0])
def test_the_mean_probabilities_are_the_prior(prior: list[float] | None, spread: float) -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(0, spread, (101, 3)) + np.array([40.0, 0.0, -500.0])
    goal = np.full(3, 1 / 3) if prior is None else np.array(prior) / sum(prior)
    found = prior_matched(scores, None if prior is None else np.array(prior))
    assert np.allclose(softmax(found.apply(scores), axis=1).mean(0), goal, atol=1e-5)
    assert found.bias.mean() == pytest.approx(0, abs=1e-9)
    assert found.scale == 1.0


def test_matching_the_prior_agrees_with_a_general_minimiser() -> None:
    scores = np.random.default_rng(5).normal(0, 2, (40, 4)) + np.array([3.0, 0, 0, -3.0])

    def gap(bias: Floats) -> float:
        return float(np.square(softmax(scores + bias, axis=1).mean(0) - 0.25).sum())

    brute = minimize(gap, np.zeros(4), method="Nelder-Mead", options={"maxiter": 5000}).x
    assert np.allclose(prior_matched(scores).bias, brute - brute.mean(), atol=0.05)


def test_one_text_can_be_matched_too() -> None:
    scores = np.array([[-1.0, -20.0, -3.0]])
    assert np.allclose(softmax(prior_matched(scores).apply(scores)), 1 / 3, atol=1e-5)


@pytest.mark.parametrize("prior", [[1.0, 0.0], [1.0, -1.0], [1.0], [np.nan, 1.0]])
def test_a_prior_that_is_none_is_refused(prior: list[float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        prior_matched(np.zeros((3, 2)), np.array(prior))


@pytest.mark.parametrize("scores", [np.zeros((0, 2)), np.array([[0, -np.inf]]), np.zeros(3)])
def test_scores_that_are_not_finite_are_refused(scores: Floats) -> None:
    for estimate in (batch, contextual, prior_matched):
        with pytest.raises(ValueError, match="finite"):
            estimate(scores)


@pytest.mark.parametrize("n_labels", [2, 3, 6])
def test_texts_without_labels_bring_back_what_a_bias_had_cost(n_labels: int) -> None:
    rng = np.random.default_rng(n_labels)
    bias = np.linspace(-6, 6, n_labels)
    targets = rng.integers(0, n_labels, 2000)
    scores = drawn(rng, targets, bias)
    unlabelled = drawn(rng, rng.integers(0, n_labels, 300), bias)
    content_free = bias + rng.normal(0, 0.1, (3, n_labels))
    best, raw = accuracy(scores - bias, targets), accuracy(scores, targets)
    assert raw < best - 0.2
    for found in (batch(unlabelled), prior_matched(unlabelled), contextual(content_free)):
        assert accuracy(found.apply(scores), targets) > best - 0.02


def test_a_few_labels_do_no_harm_where_nothing_is_left_to_learn() -> None:
    lost = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        bias = rng.normal(0, 4, 3)
        few = np.repeat(np.arange(3), 8)
        targets = rng.integers(0, 3, 1000)
        scores = drawn(rng, targets, bias, 1.5)
        start = prior_matched(drawn(rng, rng.integers(0, 3, 300), bias, 1.5))
        found = fit_affine(drawn(rng, few, bias, 1.5), few, start)
        lost.append(accuracy(start.apply(scores), targets) - accuracy(found.apply(scores), targets))
    assert np.mean(lost) < 0.01


def test_a_few_labels_help_where_the_labels_are_not_even() -> None:
    gained = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        bias, prior = rng.normal(0, 4, 3), np.array([0.8, 0.15, 0.05])
        few = np.repeat(np.arange(3), 8)
        targets = rng.choice(3, 1000, p=prior)
        scores = drawn(rng, targets, bias)
        start = prior_matched(drawn(rng, rng.choice(3, 300, p=prior), bias))
        found = fit_affine(drawn(rng, few, bias), few, start)
        gained.append(
            accuracy(found.apply(scores), targets) - accuracy(start.apply(scores), targets)
        )
    assert np.mean(gained) > 0.02


def test_the_scale_that_was_planted_is_found() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 2, (2000, 3)) + np.array([1.0, 0.0, -1.0])
    targets = (true + rng.gumbel(size=true.shape)).argmax(1)
    found = fit_affine(true * 4 + np.array([9.0, 0.0, 3.0]), targets)
    assert found.scale == pytest.approx(0.25, rel=0.1)
    expected = -0.25 * np.array([9.0, 0.0, 3.0])
    assert np.allclose(found.bias - found.bias.mean(), expected - expected.mean(), atol=0.2)


def test_several_labels_a_text_get_a_level_of_their_own() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 2, (400, 3)) - 2
    targets = (rng.random(true.shape) < 1 / (1 + np.exp(-true))).astype(np.int64)
    found = fit_affine(true * 2 - 30 + np.array([0.0, 4.0, 8.0]), targets)
    p = 1 / (1 + np.exp(-found.apply(true * 2 - 30 + np.array([0.0, 4.0, 8.0]))))
    assert np.allclose(p.mean(0), targets.mean(0), atol=0.02)
    assert found.scale == pytest.approx(0.5, rel=0.2)


def test_the_slope_of_the_cost_is_that_of_its_differences() -> None:
    """A wrong slope would end the search early, at a point that a finer search improves."""
    rng = np.random.default_rng(0)
    z, targets = rng.normal(0, 2, (12, 3)), np.arange(12) % 3
    for several, strength in itertools.product((False, True), (0.3, 30.0)):
        goal = np.eye(3)[targets]
        found = scoring._fitted(z, goal, strength, np.zeros(4), several)

        def cost(at: Floats, several: bool = several, strength: float = strength) -> float:
            moved = z * np.exp(at[0]) + at[1:]
            if several:
                loss = (np.logaddexp(0, moved) - np.eye(3)[targets] * moved).sum()
            else:
                loss = -log_softmax(moved, axis=1)[np.arange(12), targets].sum()
            level = at[1:].mean()
            away = np.square(at[1:] - level).sum()
            return float(loss + 0.5 * (at[0] ** 2 + strength * away + 0.01 * level**2))

        brute = minimize(cost, found, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
        assert cost(found) == pytest.approx(brute.fun, abs=1e-4)


def test_one_answer_alone_changes_no_bias() -> None:
    scores = np.array([[-1.0, -2.0]])
    found = fit_affine(scores, np.array([0]), Calibration(np.array([0.5, -0.5])))
    assert found.bias[0] - found.bias[1] == pytest.approx(found.scale, rel=1e-3)


def test_many_labels_are_a_matter_of_seconds() -> None:
    rng = np.random.default_rng(0)
    targets = np.repeat(np.arange(50), 8)
    scores = drawn(rng, targets, rng.normal(0, 3, 50))
    began = time.process_time()
    found = fit_affine(scores, targets)
    assert time.process_time() - began < 15
    assert accuracy(found.apply(scores), targets) > accuracy(scores, targets) + 0.1


def test_a_calibration_survives_json() -> None:
    found = Calibration(np.array([0.1, -3.5e-7]), 0.3)
    back = Calibration.from_json(json.loads(json.dumps(found.to_json())))
    assert back.bias.tolist() == found.bias.tolist()
    assert back.scale == found.scale
    assert np.allclose(back.apply([[1, 2]]), [[0.4, 0.6]])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"bias": [1.0]},
        {"bias": "x", "scale": 1},
        {"bias": [[1.0]], "scale": 1},
        {"bias": [None, 1.0], "scale": 1},
        {"bias": [1.0], "scale": float("inf")},
    ],
)
def test_a_damaged_calibration_is_refused(facts: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="damaged"):
        Calibration.from_json(facts)
