"""What every strategy keeps on words and on relations, as it does on whole texts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle import plugins
from socle.bases import Located
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.gradients import GradientStrategy
from socle.heads.words import is_tree
from socle.learning import Fit, Fitting
from socle.model import AdaptedModel, load
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.words.columns import Scored
from socle.words.scoring import WordScoring
from tests import artificial
from tests.contracts.conftest import Learnt, Material

NAMES = [
    name
    for name in plugins.names("strategies")
    if "words" in plugins.load("strategies", name).families and not name.endswith("-shot")
]
KINDS = ("labelling", "parsing", "relations")
WORDS = KINDS[:2]
# What is learnt well is told in tests/training; here it need only be learnt, and quickly.
RECIPE = Recipe(effort="quick", precision="float32", engine="torch", epochs=1, seed=3)
UNSEEN = ["le film anna dort. The room is zut!", "", "the camera 🎉"]
MARKED = ["The <e1>film</e1> beats the <e2>race</e2>.", "<e2>zut</e2> is <e1>rain</e1>"]

Fitted = Callable[[str, str], Learnt]
every = pytest.mark.parametrize("name", NAMES)
kinds = pytest.mark.parametrize("kind", KINDS)
words = pytest.mark.parametrize("kind", WORDS)


@cache
def given(kind: str) -> Material:
    """Return what there is to learn from, cut into folds."""
    if kind == "relations":
        train = plugins.load("tasks", kind).examples(*read_rows(artificial.related(45)))
    else:
        train = artificial.dataset(artificial.sentences(45, rare=True), kind)
    return Material(artificial.learnt(train, kind), train, tuple(folds(train, 5, 0)))


def fitting(one: Material, located: Located, recipe: Recipe = RECIPE) -> Fitting:
    return Fitting(one.task, one.train, recipe, located, folds=one.folds, apart=one.apart)


@pytest.fixture(scope="module")
def learnt(located: Located) -> Fitted:
    """Return a function of a strategy's name and a task's that fits once."""

    @cache
    def once(name: str, kind: str) -> Learnt:
        strategy: Strategy = plugins.load("strategies", name)
        base = located if strategy.needs_base else None
        return Learnt(strategy, strategy.fit(fitting(given(kind), located)), given(kind), base)

    return once


def model_of(found: Learnt) -> AdaptedModel:
    own = found.material.task
    return AdaptedModel(own, found.strategy.name, found.fit.adaptation, RECIPE, found.located)


def texts_for(kind: str) -> Sequence[str]:
    return MARKED if kind == "relations" else UNSEEN


def assert_same(one: Any, other: Any, atol: float = 0.0) -> None:
    """Compare scores, of texts or of words."""
    if isinstance(one, np.ndarray):
        assert np.allclose(one, other, atol=atol, rtol=0)
        return
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a.sentence == b.sentence
        assert a.tables.keys() == b.tables.keys()
        for name, table in a.tables.items():
            assert np.allclose(table, b.tables[name], atol=atol, rtol=0), name


@every
@kinds
def test_suits_enough_examples(name: str, kind: str, located: Located) -> None:
    assert plugins.load("strategies", name).suits(located.base, given(kind).task, 45) is None


@every
@kinds
def test_tells_of_what_it_held_out_and_of_nothing_else(
    name: str, kind: str, learnt: Fitted
) -> None:
    found = learnt(name, kind)
    table, one = found.fit.held_out, found.material
    assert table is not None
    task: Any = one.task
    width = len(task.labels)
    if kind in WORDS:
        gold = task.encode(one.train.examples)
        width = task.statistics(gold, gold).shape[1]
    assert table.shape == (len(one.train), width)
    known = ~np.isnan(table)
    assert (known.all(axis=1) == known.any(axis=1)).all()
    moving = isinstance(found.strategy, GradientStrategy)
    rows = one.apart if moving or kind in WORDS else np.arange(len(one.train))
    assert np.flatnonzero(known.all(axis=1)).tolist() == rows.tolist()


@every
@words
def test_statistics_of_what_was_held_out_are_those_of_its_words(
    name: str, kind: str, learnt: Fitted
) -> None:
    """The last count is that of words; with trees the last of every three is that of gold."""
    found = learnt(name, kind)
    one, task = found.material, found.material.task
    assert found.fit.held_out is not None
    held = task.encode([one.train.examples[i] for i in one.apart])
    perfect = task.statistics(held, held)
    table = found.fit.held_out[one.apart]
    gold = slice(-1, None) if kind == "labelling" else slice(2, None, 3)
    assert np.array_equal(table[:, gold], perfect[:, gold])
    right = table[:, -2:-1] if kind == "labelling" else table[:, ::3]
    assert (right <= perfect[:, gold]).all()


@every
@kinds
def test_keeps_plain_arrays_and_plain_facts(name: str, kind: str, learnt: Fitted) -> None:
    kept = learnt(name, kind).fit.adaptation
    assert kept.tensors
    for value in kept.tensors.values():
        assert type(value) is np.ndarray
        assert value.dtype.kind in "fiu"
        assert np.isfinite(value).all()
    assert json.loads(json.dumps(dict(kept.facts), allow_nan=False)) == kept.facts


@every
@kinds
def test_restored_twice_it_gives_the_same_scores(name: str, kind: str, learnt: Fitted) -> None:
    found = learnt(name, kind)
    task = found.material.task
    inputs = task.inputs(found.material.train.examples[:12])
    scores = [
        found.strategy.restore(found.fit.adaptation, task, found.located, RECIPE).scores(inputs)
        for _ in range(2)
    ]
    assert_same(scores[0], scores[1])
    if kind == "relations":
        assert scores[0].shape == (12, len(task.labels))
        assert np.isfinite(scores[0]).all()
        return
    for one, sentence in zip(scores[0], inputs, strict=True):
        assert isinstance(one, Scored)
        assert one.sentence == sentence
        assert all(len(table) == len(sentence.words) for table in one.tables.values())


@every
@kinds
def test_an_answer_does_not_depend_on_its_neighbours(name: str, kind: str, learnt: Fitted) -> None:
    found = learnt(name, kind)
    predictor = model_of(found).predictor()
    inputs = found.material.task.inputs(found.material.train.examples[:9])
    together = predictor.scores(inputs)
    alone = [predictor.scores([one]) for one in inputs]
    joined = np.concatenate(alone) if kind == "relations" else [one for (one,) in alone]
    assert_same(together, joined, atol=1e-3)


@every
@words
def test_every_word_is_answered_and_every_sentence_one_tree(
    name: str, kind: str, learnt: Fitted
) -> None:
    model = model_of(learnt(name, kind))
    said = model.predict(UNSEEN)
    assert len(said) == len(UNSEEN)
    task: Any = model.task
    for text, one in zip(UNSEEN, said, strict=True):
        assert 0 <= one.probability <= 1
        for sentence in one.target:
            for column, values in task.classes.items():
                if column != "lemma":
                    assert {getattr(word, column) for word in sentence.words} <= set(values)
            if kind == "parsing":
                assert is_tree(np.array([word.head for word in sentence.words]))
                roots = [word for word in sentence.words if word.deprel == "root"]
                assert [word.head for word in roots] == [0]
            else:
                for span in sentence.spans:
                    assert sentence.text[span.start : span.end].strip()
        answer = task.answer(text, one)
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer
        assert len(answer["tokens"]) == sum(len(s.words) for s in one.target)
    assert said[1].target == ()


@every
@kinds
def test_saved_and_loaded_it_answers_the_same(
    name: str, kind: str, learnt: Fitted, tmp_path: Path
) -> None:
    model = model_of(learnt(name, kind))
    before = model.predict(texts_for(kind))
    model.save(tmp_path / "model")
    assert (tmp_path / "model" / "task.safetensors").exists() == (kind == "parsing")
    fresh = load(tmp_path / "model")
    assert fresh.predict(texts_for(kind)) == before
    assert fresh.task.to_json() == model.task.to_json()
    assert fresh.adaptation.facts == model.adaptation.facts


@every
@kinds
def test_a_seed_gives_one_adaptation(
    name: str, kind: str, learnt: Fitted, located: Located
) -> None:
    found = learnt(name, kind)
    again: Fit = found.strategy.fit(fitting(found.material, located))
    assert found.fit.adaptation.tensors.keys() == again.adaptation.tensors.keys()
    for tensor, value in found.fit.adaptation.tensors.items():
        assert np.array_equal(value, again.adaptation.tensors[tensor]), tensor
    assert np.array_equal(found.fit.held_out, again.held_out, equal_nan=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["head", "classical", "majority", "partial"])
@words
def test_what_is_held_out_is_not_learnt_from(
    name: str, kind: str, located: Located, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told other answers to the sentences held out, it scores them as it did before."""
    told: list[list[Any]] = []
    decide = WordScoring.decide

    def heard(task: Any, probabilities: Any) -> Any:
        told[-1].append(probabilities)
        return decide(task, probabilities)

    monkeypatch.setattr(WordScoring, "decide", heard)
    one, kept = given(kind), []
    for train in (one.train, _upset(one)):
        told.append([])
        material = dataclasses.replace(one, train=train)
        kept.append(plugins.load("strategies", name).fit(fitting(material, located)).adaptation)
    [before], [after] = told
    assert len(before) == len(one.apart)
    assert_same(before, after)
    # What counts and CRF keep they learn from all, in the end; what reads the base never does.
    same = (np.array_equal(v, kept[1].tensors[k]) for k, v in kept[0].tensors.items())
    assert all(same) == (name in ("head", "partial"))


def _upset(one: Material) -> Dataset[Any]:
    """Return sentences of which those held out have the columns of their last word at each."""
    examples = list(one.train.examples)
    for row in one.apart:
        sentence = examples[row].target
        last = sentence.words[-1]
        moved = tuple(
            dataclasses.replace(word, upos=last.upos, feats=last.feats, tag=last.tag)
            for word in sentence.words
        )
        target = dataclasses.replace(sentence, words=moved)
        examples[row] = dataclasses.replace(examples[row], target=target)
    return Dataset(tuple(examples))
