"""What contrastive does where labels are few."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from socle import plugins
from socle.bases import Located, finding
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.learning import Fitting
from socle.recipe import Recipe

RECIPE = Recipe(effort="quick", precision="float32")


@pytest.fixture(scope="module")
def located(tiny_encoder: Path) -> Located:
    return finding.find(tiny_encoder)


def fitting_of(located: Located, source: Path, n: int) -> Fitting:
    kind = plugins.load("tasks", "classification")
    train = kind.examples(*read_rows(source)).subset(range(n))
    return Fitting(kind.learn(train), train, RECIPE, located, folds=tuple(folds(train, 3, 0)))


@pytest.mark.parametrize("source", ["tiny_reviews", "tiny_multilabel"])
def test_eight_examples_will_do(
    source: str, located: Located, request: pytest.FixtureRequest
) -> None:
    option = plugins.load("strategies", "contrastive")
    fitting = fitting_of(located, request.getfixturevalue(source), 8)
    assert option.suits(located.base, fitting.task, 8) is None
    assert "too few" in option.suits(located.base, fitting.task, 7)
    fit = option.fit(fitting)
    held = np.flatnonzero(~np.isnan(fit.held_out).any(axis=1))
    assert held.tolist() == fitting.folds[0].tolist()
    predictor = option.restore(fit.adaptation, fitting.task, located, RECIPE)
    scores = predictor.scores(["Ce film est parfait.", ""])
    assert np.isfinite(scores).all()


def test_of_few_examples_all_are_learnt_from(located: Located, tiny_reviews: Path) -> None:
    option = plugins.load("strategies", "contrastive")
    fitting = fitting_of(located, tiny_reviews, 24)
    examples = list(fitting.train.examples)
    row = int(fitting.folds[0][0])
    other = next(e.target for e in examples if e.target != examples[row].target)
    examples[row] = dataclasses.replace(examples[row], target=other)
    train = dataclasses.replace(fitting.train, examples=tuple(examples))
    one, two = (option.fit(f) for f in (fitting, dataclasses.replace(fitting, train=train)))
    name = "encoder.layer.1.output.dense.weight"
    assert not np.array_equal(one.adaptation.tensors[name], two.adaptation.tensors[name])
    # What is held out was scored by a model that saw neither label: one factor apart, no more.
    rows = fitting.folds[0]
    before, after = one.held_out[rows].ravel(), two.held_out[rows].ravel()
    factor = float(before @ after / (before @ before))
    assert np.allclose(before * factor, after, rtol=1e-3, atol=1e-4 * np.abs(after).max())


def test_words_are_refused_in_words(located: Located) -> None:
    from tests import artificial

    task = artificial.learnt(artificial.dataset(artificial.sentences(8)), "labelling")
    reason = plugins.load("strategies", "contrastive").suits(located.base, task, 100)
    assert "labelling" in reason
