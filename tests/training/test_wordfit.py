"""Learning to label words: an artificial language is learnt, whatever is long, rare or missing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from socle import plugins
from socle.bases import Located, finding, loading
from socle.data.dataset import Dataset
from socle.engines import WHOLE
from socle.events import Event, Finished, Started, Stepped, silent
from socle.examples import Sentence
from socle.heads.words import is_tree
from socle.learning import Fitting
from socle.recipe import Recipe
from socle.training import loop, wordfit
from socle.training.encoding import encoder_of, windower_for
from socle.training.finetuning import Course, fine_tune
from socle.training.wordfit import WordLesson, frozen_layers, frozen_states, network_for
from socle.training.wordhead import WordPiece
from tests import artificial

RECIPE = Recipe(effort="quick", precision="float32", engine="torch", seed=1)
FEW = 50


@pytest.fixture(scope="module")
def located(tiny_encoder: Path) -> Located:
    return finding.find(tiny_encoder)


def fitting(
    located: Located, kind: str, recipe: Recipe = RECIPE, data: Dataset[Any] | None = None
) -> Fitting:
    data = data or artificial.dataset(artificial.sentences(FEW), kind)
    task = artificial.learnt(data, kind)
    return Fitting(task, data, recipe, located, apart=np.arange(0, len(data), 6))


@pytest.mark.parametrize("strategy", ["full", "head"])
@pytest.mark.parametrize("kind", ["labelling", "parsing"])
def test_fifty_sentences_teach_an_artificial_language(
    kind: str, strategy: str, located: Located
) -> None:
    # A base of random weights has more to learn than a trained one.
    rate = 2e-3 if strategy == "full" else None
    given = fitting(located, kind, replace(RECIPE, learning_rate=rate))
    option = plugins.load("strategies", strategy)
    fit = option.fit(given)
    test = artificial.dataset(artificial.sentences(60, seed=99), kind)
    predictor = option.restore(fit.adaptation, given.task, located, given.recipe)
    scores = predictor.scores(given.task.inputs(test.examples))
    metrics, _ = given.task.score(given.task.encode(test.examples), scores)
    assert metrics[given.task.primary] > 0.9
    held = given.task.values(np.nansum(fit.held_out, axis=0, keepdims=True))
    # Nine sentences: one wrong word is much.
    assert held[given.task.primary][0] > 0.8
    if kind == "parsing":
        said = given.task.decide(scores)
        assert all(is_tree(np.array([word.head for word in one.words])) for one in said)
        assert metrics["upos"] > 0.9


def test_what_is_rare_or_unknown_breaks_nothing(located: Located) -> None:
    """Parts of speech that are `_`, words of one token, heads and relations that nobody knows."""
    whole = artificial.sentences(60, seed=3, rare=True)
    assert any(one.multiwords for one in whole)
    assert any(word.upos == "_" for one in whole for word in one.words)
    data = artificial.dataset([*whole[:-1], Sentence("", ())], "parsing")
    task = artificial.learnt(artificial.dataset(whole[:30], "parsing"), "parsing")
    few = [_forgotten(example) if i % 4 == 0 else example for i, example in enumerate(data)]
    recipe = replace(RECIPE, engine="auto", epochs=2)
    given = Fitting(task, Dataset(tuple(few), "a"), recipe, located, apart=np.arange(0, 60, 5))
    for strategy in ("head", "full"):
        fit = plugins.load("strategies", strategy).fit(given)
        assert fit.adaptation.facts["engine"] in ("onnx", "onnx-int8")
        assert fit.adaptation.facts["int8"]["n"] == sum(
            len(few[i].target.words) for i in given.apart
        )  # type: ignore[union-attr]
        assert all(np.isfinite(value).all() for value in fit.adaptation.tensors.values())
        assert np.isfinite(fit.held_out[given.apart]).all()


def _forgotten(example: Any) -> Any:
    """Return a sentence without its tree, and with relations and parts of speech never seen."""
    own = {"head": None, "deprel": "never", "upos": "X"}
    words = tuple(replace(word, **own) for word in example.target.words)
    return replace(example, target=replace(example.target, words=words))


def test_a_seed_gives_one_head(located: Located) -> None:
    recipe = replace(RECIPE, epochs=1)
    option = plugins.load("strategies", "head")
    one, two, other = (
        option.fit(fitting(located, "labelling", replace(recipe, seed=seed))).adaptation.tensors
        for seed in (1, 1, 2)
    )
    assert all(np.array_equal(value, two[name]) for name, value in one.items())
    assert not np.array_equal(
        one["head.columns.tag.out.weight"], other["head.columns.tag.out.weight"]
    )


# Resuming


def trained(given: Fitting, folder: Path | None = None, at: int = 0) -> tuple[list[int], Any]:
    """Fine-tune, and press Ctrl-C after `at` steps; return the steps heard of and the outcome."""
    seen: list[int] = []

    def press(event: Event) -> None:
        if isinstance(event, Stepped) and event.job == "Training":
            seen.append(event.done)
            if event.done == at:
                os.kill(os.getpid(), signal.SIGINT)

    assert given.located is not None
    course = Course(
        *(given.located, given.task, given.train, given.recipe, press, folder), given.apart
    )
    move = plugins.load("strategies", "full").move()
    if not at:
        return seen, fine_tune(course, move)
    with pytest.raises(KeyboardInterrupt):
        fine_tune(course, move)
    return seen, None


def test_a_resumed_run_ends_as_an_uninterrupted_one(located: Located, tmp_path: Path) -> None:
    given = fitting(located, "parsing", replace(RECIPE, epochs=2))
    steps, whole = trained(given)
    assert steps == [1, 2, 3, 4, 5, 6]
    assert trained(given, tmp_path, at=3)[0][-1] == 3
    torch.manual_seed(99)
    rest, again = trained(given, tmp_path)
    assert rest[0] > 3
    assert rest[-1] == 6
    for name, value in whole.changed.items():
        assert np.array_equal(value, again.changed[name]), name
    ours, theirs = whole.network.head.tensors(), again.network.head.tensors()
    assert all(np.array_equal(value, theirs[name]) for name, value in ours.items())
    untouched = wordfit.network_for(whole.encoder, given.task, 32, 1).head.tensors()
    assert any(not np.array_equal(value, ours[name]) for name, value in untouched.items())


# What is learnt from


@pytest.fixture(scope="module")
def lesson(located: Located) -> Callable[[bool], tuple[WordLesson, Any]]:
    """Return a function that gives a lesson by windows, or by states, and its network."""
    recipe = replace(RECIPE, window=8, overlap=2)
    some = artificial.sentences(12, seed=5, rare=True)
    data = artificial.dataset([*some, Sentence("", ())], "parsing")
    task = artificial.learnt(data, "parsing")

    @cache
    def make(by_states: bool) -> tuple[WordLesson, Any]:
        encoder = loading.load_encoder(located)
        network = network_for(encoder, task, 32, 0).eval()
        windower = windower_for(located, recipe)
        sentences = task.encode(data.examples)
        windows = windower.windows(task.inputs(data.examples))
        assert len(windows) > len(sentences)
        if not by_states:
            return WordLesson(task, sentences, windows), network
        ready = encoder_of(located, "torch", network.layers, WHOLE)
        states = frozen_states(sentences, windower, ready, silent)
        return WordLesson(task, sentences, states=states), network

    return make


@pytest.mark.parametrize("order", [1, -1])
def test_windows_and_states_teach_the_same(
    order: int, lesson: Callable[[bool], tuple[WordLesson, Any]]
) -> None:
    """Of sentences in several windows, with words of one token, in any order; one is empty."""
    losses = []
    for by_states in (False, True):
        given, network = lesson(by_states)
        [piece] = given.pieces(np.arange(len(given.sentences))[::order])
        assert piece.share == 1.0
        assert (piece.states is None) == (piece.batch is not None) == (not by_states)
        with torch.no_grad():
            losses.append(float(network.loss(piece)))
        assert piece.lengths == [len(one.words) for one in given.sentences][::order]
    assert losses[0] == pytest.approx(losses[1], rel=2e-3)


def test_a_batch_that_is_too_large_is_cut_into_whole_sentences(
    lesson: Callable[[bool], tuple[WordLesson, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    given, _ = lesson(False)
    monkeypatch.setattr(loop, "_MICRO_TOKENS", 32)
    chosen = np.arange(len(given.sentences))
    parts = given.pieces(chosen)
    assert len(parts) > 2
    assert sum(part.share for part in parts) == pytest.approx(1.0)
    assert sum(len(part.lengths) for part in parts) == len(chosen)
    for part in parts:
        assert part.batch is not None
        assert part.batch.ids.size <= 32 or len(part.lengths) == 1
        assert len(part.targets["head"]) == sum(part.lengths) == len(part.parts)
    assert sum(part.tokens for part in parts) == given.sizes.sum()


def test_a_piece_without_states_and_windows_is_refused() -> None:
    network = wordfit.WordNetwork(None, artificial_head(), (-1,))
    none = torch.zeros(0, dtype=torch.long)
    with pytest.raises(ValueError, match="neither states nor windows"):
        network.loss(WordPiece([], none, {}, 1.0, 0))
    assert len(network.head_weights()) == len(list(network.head.parameters()))


def artificial_head() -> Any:
    data = artificial.dataset(artificial.sentences(10), "labelling")
    return wordfit.head_for(artificial.learnt(data, "labelling"), 32, 1, 0)


def test_reading_sentences_is_told(located: Located) -> None:
    sentences = artificial.sentences(3)
    events: list[Event] = []
    ready = encoder_of(located, "torch", (-1, -2))
    windower = windower_for(located, RECIPE)
    states = frozen_states(sentences, windower, ready, events.append)
    words = sum(len(one.words) for one in sentences)
    assert states.states.shape == (words, 2, 32)
    assert states.states.dtype == np.float16
    assert states.parts.tolist() == [0] * words
    assert events[:2] == [Started("Reading sentences", 3), Stepped("Reading sentences", 3)]
    assert isinstance(events[2], Finished)


def test_of_a_large_treebank_fewer_layers_are_kept() -> None:
    assert frozen_layers(12, 768, 10_000) == tuple(range(-1, -9, -1))
    assert frozen_layers(6, 384, 10_000) == tuple(range(-1, -7, -1))
    kept = [len(frozen_layers(12, 768, words)) for words in (10_000, 200_000, 400_000, 10**7)]
    assert kept == sorted(kept, reverse=True)
    assert 2 < kept[1] < 8
    assert kept[-1] == 2
