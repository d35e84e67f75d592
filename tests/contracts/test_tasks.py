"""What every task keeps."""

from __future__ import annotations

import json

import numpy as np
import pytest

from socle import plugins
from socle.metrics.labels import right
from tests.contracts.conftest import Material

NAMES = plugins.names("tasks")
every = pytest.mark.parametrize("name", NAMES)
# A task that does not learn from labelled rows brings its own material here.
LABELLED = pytest.mark.parametrize("data", ["reviews", "news"])


@pytest.fixture
def given(data: str, request: pytest.FixtureRequest) -> Material:
    found: Material = request.getfixturevalue(data)
    return found


@every
def test_is_named_as_its_module(name: str) -> None:
    assert plugins.load("tasks", name).name == name


@LABELLED
def test_comes_back_from_json(given: Material) -> None:
    facts = json.loads(json.dumps(given.task.to_json()))
    assert facts["name"] == given.task.name
    assert plugins.load("tasks", facts["name"]).from_json(facts) == given.task


@LABELLED
def test_learns_the_same_whatever_the_order(given: Material) -> None:
    kind = plugins.load("tasks", given.task.name)
    backwards = given.train.subset(list(range(len(given.train)))[::-1])
    assert kind.learn(backwards) == given.task


@LABELLED
def test_sure_scores_decode_to_the_targets(given: Material) -> None:
    task, targets = given.task, given.task.encode(given.train.examples)
    ones = targets if task.several else np.eye(len(task.labels), dtype=np.int64)[targets]
    probabilities = task.probabilities(20.0 * (2 * ones - 1))
    assert probabilities.shape == (len(given.train), len(task.labels))
    decided = task.decide(probabilities)
    assert decided.shape == targets.shape
    assert right(targets, decided).all()
    said = task.decode(probabilities)
    assert [p.target for p in said] == [e.target for e in given.train]
    metrics, rows = task.score(targets, probabilities)
    assert metrics["accuracy"] == metrics["macro_f1"] == 1.0
    assert metrics["ece"] == pytest.approx(0.0, abs=1e-6)
    assert [row.label for row in rows] == list(task.labels)


@LABELLED
def test_an_answer_has_the_same_keys_everywhere(given: Material) -> None:
    task = given.task
    rng = np.random.default_rng(0)
    for prediction in task.decode(task.probabilities(rng.normal(size=(20, len(task.labels))))):
        answer = task.answer("some text", prediction)
        assert list(answer) == ["text", "label", "probability", "alternatives"]
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer
        assert 0.0 <= answer["probability"] <= 1.0
        ranked = [other["probability"] for other in answer["alternatives"]]
        assert ranked == sorted(ranked, reverse=True)
