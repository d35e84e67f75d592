"""What every task keeps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from socle import plugins
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.metrics.labels import right
from socle.words.columns import Scored, value_of
from tests import artificial
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


# Tasks that bring their own material

OWN = pytest.mark.parametrize("name", ["labelling", "parsing", "relations"])
WORDS = pytest.mark.parametrize("name", ["labelling", "parsing"])


def material(name: str) -> tuple[Any, Dataset[Any]]:
    """Return a task of its own material, and that."""
    if name == "relations":
        data = plugins.load("tasks", name).examples(*read_rows(artificial.related(30)))
    else:
        data = artificial.dataset(artificial.sentences(30, rare=True), name)
    return artificial.learnt(data, name), data


def test_every_task_is_tested() -> None:
    assert set(NAMES) == {"classification", "generation", "labelling", "parsing", "relations"}


@OWN
def test_its_own_task_comes_back_from_json_and_tensors(name: str) -> None:
    task, data = material(name)
    facts = json.loads(json.dumps(task.to_json(), allow_nan=False))
    tensors = {key: np.array(value) for key, value in task.tensors().items()}
    again = plugins.load("tasks", facts["name"]).from_json(facts, tensors)
    assert again.to_json() == task.to_json()
    assert (again.labels, again.primary, again.family) == (task.labels, task.primary, task.family)
    text = "the <e1>film</e1> beats <e2>it</e2>" if name == "relations" else "le film. Zut du !"
    assert again.read([text]) == task.read([text])
    assert again.inputs(data.examples) == task.inputs(data.examples)


@OWN
def test_its_own_labels_are_the_same_whatever_the_order(name: str) -> None:
    task, data = material(name)
    backwards = data.subset(list(range(len(data)))[::-1])
    other = artificial.learnt(backwards, name)
    assert other.labels == task.labels
    if name != "relations":
        assert (other.classes, other.relations) == (task.classes, task.relations)


@OWN
def test_its_own_statistics_add_up_to_its_metrics(name: str) -> None:
    task, data = material(name)
    gold = task.encode(data.examples)
    said = _moved(gold) if name == "relations" else [one.target for one in data]
    table = task.statistics(gold, said)
    assert len(table) == len(data)
    halves = np.stack([table[:10].sum(0), table[10:].sum(0)]).sum(0, keepdims=True)
    values = task.values(halves)
    assert task.primary in values
    whole = task.values(table.sum(axis=0, keepdims=True))
    assert {k: float(v[0]) for k, v in values.items()} == {k: float(v[0]) for k, v in whole.items()}
    assert 0 <= float(values[task.primary][0]) <= 1


def _moved(gold: Any) -> Any:
    return np.where(np.arange(len(gold)) % 3 == 0, np.roll(gold, 1), gold)


@WORDS
def test_sure_scores_of_words_decode_to_the_targets(name: str) -> None:
    task, data = material(name)
    gold = task.encode(data.examples)
    scores = [_sure(task, one) for one in gold]
    said = task.decide(task.probabilities(scores))
    for one, other in zip(gold, said, strict=True):
        assert [w.deprel for w in one.words] == [w.deprel for w in other.words]
        assert [w.head for w in one.words] == [w.head for w in other.words]
        assert [w.tag for w in one.words] == [w.tag for w in other.words]
    metrics, rows = task.score(gold, scores)
    assert metrics == dict.fromkeys(metrics, 1.0)
    assert [row.label for row in rows] == list(task.labels)
    assert task.whole(task.statistics(gold, said)).all()
    predictions = task.decode(scores)
    assert [one.target for one in predictions] == said
    gathered = task.gathered(predictions[:2])
    assert gathered.target == tuple(said[:2])
    assert min(p.probability for p in predictions[:2]) <= gathered.probability <= 1
    answer = task.answer(f"{said[0].text} {said[1].text}", gathered)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert {"text", "tokens", "sentences", "offsets", "probability"} <= set(answer)


def _sure(task: Any, one: Any) -> Scored:
    def table(names: Any, own: list[str]) -> Any:
        hits = np.array([[name == value for name in names] for value in own])
        return np.where(hits, -0.01, -9).astype(np.float32)

    tables = {k: table(v, [value_of(w, k) for w in one.words]) for k, v in task.classes.items()}
    if task.relations:
        tables["head"] = np.array([w.head for w in one.words], dtype=np.float32)
        tables["arc"] = np.zeros(len(one.words), dtype=np.float32)
        tables["deprel"] = table(task.relations, [w.deprel for w in one.words])
    return Scored(one, tables)


def test_a_relation_says_where_its_entities_are() -> None:
    task, data = material("relations")
    text = "the <e1>film</e1> beats the <e2>race</e2>"
    sure = np.eye(len(task.labels))
    for row, prediction in zip(sure, task.decode(sure), strict=True):
        answer = task.answer(text, prediction)
        assert answer["label"] == task.labels[int(row.argmax())]
        assert answer["text"] == "the film beats the race"
        assert len(answer["relations"]) == (answer["label"] != "Other")
        for found in answer["relations"]:
            assert [found[e]["text"] for e in ("e1", "e2")] == ["film", "race"]
    metrics, _ = task.score(
        task.encode(data.examples), np.eye(len(task.labels))[task.encode(data.examples)]
    )
    assert metrics["macro_f1"] == metrics["accuracy"] == 1.0
