"""What every strategy keeps, on one label per text and on several."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle import plugins
from socle.bases import Located
from socle.gradients import GradientStrategy
from socle.learning import Fit
from socle.metrics.labels import right
from socle.model import AdaptedModel, load
from socle.strategies import Strategy
from tests.contracts.conftest import RECIPE, Learnt, Material


def _on_encoders() -> list[str]:
    """Return the strategies that learn labels of texts, on an encoder or on no base."""
    options = {name: plugins.load("strategies", name) for name in plugins.names("strategies")}
    return [n for n, o in options.items() if "texts" in o.families and n != "few-shot"]


NAMES = _on_encoders()
OPTIONS: dict[str, Strategy] = {name: plugins.load("strategies", name) for name in NAMES}
MOVING = [name for name in NAMES if isinstance(OPTIONS[name], GradientStrategy)]
UNSEEN = ["Ce film est parfait.", "The camera is horrible, and my friends agree.", "", "zut"]

Fitted = Callable[[str, str], Learnt]
every = pytest.mark.parametrize("name", NAMES)
moving = pytest.mark.parametrize("name", MOVING)
both = pytest.mark.parametrize("data", ["reviews", "news"])


def test_the_ladder_has_no_two_on_one_rung() -> None:
    ranks = [option.rank for option in OPTIONS.values()]
    assert len(set(ranks)) == len(ranks)
    assert min(OPTIONS, key=lambda name: OPTIONS[name].rank) == "majority"


@every
def test_is_named_as_its_module(name: str) -> None:
    assert OPTIONS[name].name == name


@every
def test_says_in_words_why_it_does_not_suit(name: str, located: Located, reviews: Material) -> None:
    option, task = OPTIONS[name], reviews.task
    decoder = dataclasses.replace(located.base, kind="decoder")
    for base in (None, decoder, located.base):
        for n in (1, 10_000):
            reason = option.suits(base, task, n)
            assert reason is None or (reason == reason.strip() and len(reason) > 5)
    assert option.suits(located.base, task, 10_000) is None
    assert (option.suits(None, task, 10_000) is not None) == option.needs_base


@every
@both
def test_scores_what_it_held_out_and_nothing_else(name: str, data: str, learnt: Fitted) -> None:
    found = learnt(name, data)
    scores, given = found.fit.held_out, found.material
    assert scores is not None
    assert scores.shape == (len(given.train), len(given.task.labels))
    known = ~np.isnan(scores)
    assert (known.all(axis=1) == known.any(axis=1)).all()
    held_out = given.apart if name in MOVING else np.arange(len(given.train))
    assert np.flatnonzero(known.all(axis=1)).tolist() == held_out.tolist()
    assert np.isfinite(scores[held_out]).all()


@every
@both
def test_keeps_plain_arrays_and_plain_facts(name: str, data: str, learnt: Fitted) -> None:
    kept = learnt(name, data).fit.adaptation
    assert kept.tensors
    for value in kept.tensors.values():
        assert type(value) is np.ndarray
        assert value.dtype.kind in "fi"
        assert np.isfinite(value).all()
    assert json.loads(json.dumps(dict(kept.facts), allow_nan=False)) == kept.facts


@every
@both
def test_restored_it_answers_any_text(name: str, data: str, learnt: Fitted) -> None:
    found = learnt(name, data)
    task = found.material.task
    predictor = found.strategy.restore(found.fit.adaptation, task, found.located, RECIPE)
    scores = predictor.scores(UNSEEN)
    assert scores.shape == (len(UNSEEN), len(task.labels))
    assert np.isfinite(scores).all()
    probabilities = task.probabilities(scores)
    assert (probabilities >= 0).all()
    assert (probabilities <= 1).all()
    if not task.several:
        assert np.allclose(probabilities.sum(axis=1), 1)


@every
def test_an_answer_does_not_depend_on_its_neighbours(name: str, learnt: Fitted) -> None:
    found = learnt(name, "reviews")
    kept = dataclasses.replace(
        found.fit.adaptation, facts=_in_full_precision(found.fit.adaptation.facts)
    )
    predictor = found.strategy.restore(kept, found.material.task, found.located, RECIPE)
    texts = [*UNSEEN, " ".join(UNSEEN * 40)]
    together = predictor.scores(texts)
    alone = np.concatenate([predictor.scores([text]) for text in texts])
    backwards = predictor.scores(texts[::-1])[::-1]
    assert np.allclose(together, alone, atol=1e-4)
    assert np.allclose(together, backwards, atol=1e-4)


def _in_full_precision(facts: Any) -> dict[str, Any]:
    """Int8 scales activations batch by batch, so only full precision is exact."""
    return {**facts, "engine": "onnx"} if "engine" in facts else dict(facts)


@every
@both
def test_a_seed_gives_one_adaptation(
    name: str, data: str, learnt: Fitted, located: Located
) -> None:
    found = learnt(name, data)
    again = found.strategy.fit(found.material.fitting(located))
    _assert_same(found.fit, again)


@every
@both
def test_saved_and_loaded_it_answers_the_same(
    name: str, data: str, learnt: Fitted, tmp_path: Path
) -> None:
    model = _model(learnt(name, data))
    before = model.predict(UNSEEN)
    model.save(tmp_path / "model")
    fresh = load(tmp_path / "model")
    assert fresh is not model
    assert fresh.predict(UNSEEN) == before
    assert fresh.task == model.task
    assert fresh.adaptation.facts == model.adaptation.facts


@every
def test_on_another_machine_it_answers_the_same(
    name: str, learnt: Fitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _model(learnt(name, "reviews"))
    before = model.predictor().scores(UNSEEN)
    model.save(tmp_path / "model")
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path / "another home"))
    after = load(tmp_path / "model").predictor().scores(UNSEEN)
    assert np.allclose(before, after, atol=1e-3)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("majority", "zero-shot")])
def test_learns_what_there_is_to_learn(name: str, learnt: Fitted) -> None:
    needed = 0.15 if name == "scratch" else 0.3
    floor = max(0.5, _accuracy(learnt("majority", "opinions")))
    assert _accuracy(learnt(name, "opinions")) >= floor + needed


@pytest.mark.parametrize("name", [*MOVING, "majority", "classical"])
def test_what_is_held_out_is_not_learnt_from(name: str, learnt: Fitted, located: Located) -> None:
    """Other labels there change what calibrates the scores, which is one factor, and no more."""
    found = learnt(name, "reviews")
    rows = found.material.apart if name in MOVING else found.material.folds[0]
    other = found.strategy.fit(found.material.relabelled(rows).fitting(located))
    assert found.fit.held_out is not None
    assert other.held_out is not None
    before, after = found.fit.held_out[rows].ravel(), other.held_out[rows].ravel()
    factor = float(before @ after / (before @ before))
    assert factor > 0
    assert np.allclose(before * factor, after, rtol=1e-3, atol=1e-4 * np.abs(after).max())


@moving
def test_only_what_it_says_moves(name: str, learnt: Fitted, located: Located) -> None:
    from socle.bases import loading

    kept = set(learnt(name, "reviews").fit.adaptation.tensors) - {"head.weight", "head.bias"}
    own = {n for n, _ in loading.load_encoder(located).named_parameters()}
    table = {"embeddings.rows", "embeddings.values"}
    if name == "lora":
        assert kept
        assert all(".lora_A." in n or ".lora_B." in n for n in kept)
        assert not kept & own
    elif name in ("partial", "contrastive"):
        assert kept == {n for n in own if n.startswith("encoder.layer.1.")}
    else:
        words = {"embeddings.word_embeddings.weight"}
        assert kept == (own - words) | table


@moving
def test_the_changed_tensors_differ_from_the_base(
    name: str, learnt: Fitted, located: Located
) -> None:
    from socle.bases import loading

    own = dict(loading.load_encoder(located).named_parameters())
    kept = learnt(name, "reviews").fit.adaptation.tensors
    for tensor, value in kept.items():
        # A key's bias shifts all scores of a softmax alike: it has no gradient.
        if tensor in own and not tensor.endswith("attention.self.key.bias"):
            assert np.abs(value - own[tensor].detach().numpy()).max() > 1e-6, tensor
        if ".lora_B." in tensor:
            assert np.abs(value).max() > 0, tensor


def test_a_head_keeps_no_tensor_of_the_base(learnt: Fitted) -> None:
    kept = learnt("head", "reviews").fit.adaptation.tensors
    shapes = {name: value.shape for name, value in kept.items() if name != "memory.covariance"}
    assert shapes == {
        "weight": (32, 2),
        "bias": (2,),
        "memory.means": (2, 32),
        "memory.counts": (2,),
        "memory.deviations": (32,),
    }


def _accuracy(found: Learnt) -> float:
    task, scores = found.material.task, found.fit.held_out
    assert scores is not None
    rows = found.material.apart
    gold = task.encode([found.material.train.examples[i] for i in rows])
    return float(right(gold, task.decide(task.probabilities(scores[rows]))).mean())


def _model(found: Learnt) -> AdaptedModel:
    return AdaptedModel(
        found.material.task, found.strategy.name, found.fit.adaptation, RECIPE, found.located
    )


def _assert_same(one: Fit, two: Fit) -> None:
    assert one.adaptation.tensors.keys() == two.adaptation.tensors.keys()
    for name, value in one.adaptation.tensors.items():
        assert np.array_equal(value, two.adaptation.tensors[name]), name
    clocked = {"tokens_per_second"}
    facts = [
        {key: value for key, value in fit.adaptation.facts.items() if key not in clocked}
        for fit in (one, two)
    ]
    assert facts[0] == facts[1]
    assert np.array_equal(one.held_out, two.held_out, equal_nan=True)  # type: ignore[arg-type]
