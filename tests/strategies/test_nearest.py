"""Neighbours: who is heard, and how loud."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from socle import plugins
from socle.bases import finding
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.heads.pooled import unit_length
from socle.learning import Fit, Fitting
from socle.metrics.calibration import fit_temperature
from socle.recipe import Recipe
from socle.strategies.nearest import Neighbours

RECIPE = Recipe(effort="quick")
VECTORS = unit_length(np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]], np.float32))
TABLE = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])


def test_the_nearest_decide() -> None:
    known = Neighbours(VECTORS, TABLE, False, count=2)
    scores = known.scores(np.array([[5, 1], [1, 5]], np.float32))
    assert scores.argmax(1).tolist() == [0, 1]
    assert np.allclose(np.exp(scores).sum(1), 1, atol=1e-6)


def test_a_nearer_neighbour_is_heard_more() -> None:
    asked = np.array([[1, 0.8]], np.float32)
    wide, narrow = (
        np.exp(Neighbours(VECTORS, TABLE, False, count=4, width=w).scores(asked))[0, 0]
        for w in (10.0, 0.05)
    )
    assert 0.5 <= wide < narrow < 1


def test_what_is_ignored_is_not_heard() -> None:
    known = Neighbours(VECTORS, np.array([[0, 1], [1, 0], [0, 1], [0, 1]]), False, count=1)
    assert known.scores(VECTORS[:1]).argmax() == 1
    assert known.scores(VECTORS[:1], np.array([[True, False, False, False]])).argmax() == 0


def test_none_left_to_hear_is_not_knowing() -> None:
    known = Neighbours(VECTORS, TABLE, False, count=4)
    shares = np.exp(known.scores(VECTORS[:1], np.ones((1, 4), bool)))
    assert np.allclose(shares, 0.5)


def test_several_labels_have_odds_of_their_own() -> None:
    known = Neighbours(VECTORS, np.array([[1, 1], [1, 1], [0, 0], [0, 0]]), True, count=2)
    scores = known.scores(np.array([[5, 1], [1, 5]], np.float32))
    assert (scores[0] > 0).all()
    assert (scores[1] < 0).all()


def fit_of(fitting: Fitting) -> Fit:
    found: Fit = plugins.load("strategies", "nearest").fit(fitting)
    return found


@pytest.fixture(scope="module")
def fitting(tiny_encoder: Path, tiny_reviews: Path) -> Fitting:
    kind = plugins.load("tasks", "classification")
    train = kind.examples(*read_rows(tiny_reviews)).subset(range(40))
    parts = tuple(folds(train, 3, 0))
    return Fitting(kind.learn(train), train, RECIPE, finding.find(tiny_encoder), folds=parts)


def test_what_is_held_out_is_what_others_say_of_it(fitting: Fitting) -> None:
    fit = fit_of(fitting)
    assert fit.held_out is not None
    assert np.isfinite(fit.held_out).all()
    facts, kept = fit.adaptation.facts, fit.adaptation.tensors
    units = len(facts["layers"])
    vectors = kept["vectors"].astype(np.float32)
    for row in (0, 17):
        rest = np.delete(np.arange(40), row)
        without = Neighbours(
            vectors[rest], kept["labels"], False, units, facts["count"], facts["width"]
        )
        without = dataclasses.replace(without, table=kept["labels"][rest])
        said = without.scores(vectors[row : row + 1]) * facts["temperature"]
        assert np.allclose(said[0], fit.held_out[row], atol=1e-4)
    targets = fitting.task.encode(fitting.train.examples)
    assert fit_temperature(fit.held_out, targets) == pytest.approx(1.0, abs=0.02)


def test_a_group_does_not_vote_for_itself(fitting: Fitting) -> None:
    """Every text twice: told that two are one, they must not find each other."""
    twice = [dataclasses.replace(e, group=str(i)) for i, e in enumerate(fitting.train)] * 2
    loose = [dataclasses.replace(e, group=None) for e in twice]
    shares = []
    for examples in (twice, loose):
        train = dataclasses.replace(fitting.train, examples=tuple(examples))
        fit = fit_of(dataclasses.replace(fitting, train=train))
        assert fit.held_out is not None
        targets = fitting.task.encode(train.examples)
        shares.append((fit.held_out.argmax(1) == targets).mean())
    assert shares[1] == 1.0
    assert shares[0] < 1.0
