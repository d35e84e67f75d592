"""General texts between the examples: what they hold, and what they must not change."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from socle import general, plugins
from socle.bases import finding, loading
from socle.data.reading import read_rows
from socle.events import Event, Stepped, silent
from socle.recipe import Recipe
from socle.training import replay, states
from socle.training.finetuning import Course, Move, fine_tune, merged
from socle.training.network import ShrunkEmbeddings
from socle.training.replay import Replay, remembered

RECIPE = Recipe(effort="quick", precision="float32", epochs=4, learning_rate=3e-3)
TEXTS = general.sample(("en",))[-16:]


@pytest.fixture(scope="module")
def course(tiny_encoder: Path, tiny_reviews: Path) -> Course:
    kind = plugins.load("tasks", "classification")
    data = kind.examples(*read_rows(tiny_reviews))
    return Course(finding.find(tiny_encoder), kind.learn(data), data, RECIPE, silent, None)


@pytest.fixture(autouse=True)
def few_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    few = general.replayed(("en",))[:24]
    monkeypatch.setattr(general, "replayed", lambda languages: few)


def move_of(name: str) -> Move:
    found: Move = plugins.load("strategies", name).move()
    return found


def changed(course: Course, name: str, share: float) -> Mapping[str, Any]:
    given = dataclasses.replace(course, recipe=RECIPE.changed({"replay": share}))
    return fine_tune(given, move_of(name)).changed


def drift(course: Course, name: str, share: float) -> float:
    """Fine-tune, and return how far the states of unseen general texts have moved."""
    given = dataclasses.replace(course, recipe=RECIPE.changed({"replay": share}))
    encoder = merged(fine_tune(given, move_of(name)).encoder)
    plain = states.read(course.located, TEXTS)
    before = states.states_by_layer(loading.load_encoder(course.located), plain)[-1]
    after = states.states_by_layer(encoder, plain)[-1]
    return float(np.square(after - before).mean() / before.var(axis=0).mean())


@pytest.mark.parametrize("name", ["full", "lora"])
def test_more_replay_means_less_drift_on_texts_it_never_saw(name: str, course: Course) -> None:
    without, some, much = (drift(course, name, share) for share in (0.0, 0.1, 0.5))
    assert without > 0.02
    assert much < some < without
    assert much < 0.6 * without


def test_without_replay_no_general_text_is_read_and_no_other_row_moves(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = changed(course, "full", 0.0)
    reminded = changed(course, "full", 0.1)
    assert set(plain["embeddings.rows"].tolist()) < set(reminded["embeddings.rows"].tolist())
    monkeypatch.setattr(general, "replayed", lambda languages: pytest.fail("read"))
    again = fine_tune(dataclasses.replace(course, recipe=RECIPE), move_of("full")).changed
    assert plain.keys() == again.keys()
    assert all(np.array_equal(plain[name], again[name]) for name in plain)


def test_random_weights_are_not_taught_by_the_base(course: Course) -> None:
    plain, reminded = (changed(course, "scratch", share) for share in (0.0, 0.5))
    assert all(np.array_equal(plain[name], reminded[name]) for name in plain)


def test_an_interrupted_run_with_replay_ends_as_an_uninterrupted_one(
    course: Course, tmp_path: Path
) -> None:
    whole = changed(course, "full", 0.1)

    def press(event: Event) -> None:
        if isinstance(event, Stepped) and event.job == "Training" and event.done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    recipe = RECIPE.changed({"replay": 0.1})
    given = dataclasses.replace(course, recipe=recipe, listen=press, run_folder=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        fine_tune(given, move_of("full"))
    resumed = fine_tune(dataclasses.replace(given, listen=silent), move_of("full")).changed
    assert whole.keys() == resumed.keys()
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)


@pytest.fixture
def encoder(course: Course) -> nn.Module:
    found: nn.Module = loading.load_encoder(course.located)
    return found


def memory(encoder: nn.Module, share: float = 0.25) -> Replay:
    rng = np.random.default_rng(0)
    return remembered(encoder, [rng.integers(5, 60, 4 + i) for i in range(9)], share)


def test_a_base_that_has_not_moved_is_at_no_distance(encoder: nn.Module) -> None:
    given = memory(encoder)
    loss = given.backward(encoder.train(), np.arange(9), torch.float32)
    assert loss == pytest.approx(0.0, abs=1e-8)
    assert encoder.training


def test_the_loss_is_the_distance_in_variances_times_share_and_weight(encoder: nn.Module) -> None:
    given = memory(encoder)
    table = ShrunkEmbeddings(encoder, given.windows)
    small = given.renumbered(table)
    away = [one + 0.5 for one in given.states]
    moved = dataclasses.replace(small, states=away)
    spread = float(torch.cat(given.states).var(dim=0).mean())
    expected = replay._WEIGHT * 0.25 * 0.25 / spread
    loss = moved.backward(encoder, np.array([2, 7]), torch.float32)
    assert loss == pytest.approx(expected, rel=1e-4)


def test_pieces_add_up_to_the_gradient_of_all(
    encoder: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = memory(encoder)
    given = dataclasses.replace(given, states=[one + 0.5 for one in given.states])
    found = []
    for tokens in (4096, 12):
        monkeypatch.setattr(replay, "_MICRO_TOKENS", tokens)
        encoder.zero_grad()
        loss = given.backward(encoder, np.arange(9), torch.float32)
        found.append((loss, [w.grad for w in encoder.parameters() if w.grad is not None]))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    for one, two in zip(found[0][1], found[1][1], strict=True):
        assert torch.allclose(one, two, rtol=1e-3, atol=1e-6)


def test_what_a_step_replays_follows_from_the_seed_and_its_number(encoder: nn.Module) -> None:
    given = memory(encoder)
    steps = [given.drawn(3, step, 8).tolist() for step in range(40)]
    assert steps == [given.drawn(3, step, 8).tolist() for step in range(40)]
    assert steps != [given.drawn(4, step, 8).tolist() for step in range(40)]
    assert {len(set(step)) for step in steps} == {2}
    assert {i for step in steps for i in step} == set(range(9))
    assert len(dataclasses.replace(given, share=0.01).drawn(0, 0, 8)) == 1
    assert len(dataclasses.replace(given, share=1.0).drawn(0, 0, 64)) == 9
