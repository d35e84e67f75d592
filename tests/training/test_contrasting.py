"""Learning from pairs: what is drawn, what a pair should be like, what moves."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from socle import plugins
from socle.bases import finding, loading
from socle.data.reading import read_rows
from socle.events import silent
from socle.recipe import Recipe
from socle.tasks.classification import Classification
from socle.training.contrasting import Contrast, draw_steps, named, pairs_loss, shared_labels
from socle.training.encoding import windower_for
from socle.training.features import encoded
from socle.training.finetuning import Course

RECIPE = Recipe(effort="quick", precision="float32")


@pytest.fixture(scope="module")
def course(tiny_encoder: Path, tiny_reviews: Path) -> Course:
    kind = plugins.load("tasks", "classification")
    data = kind.examples(*read_rows(tiny_reviews)).subset(range(24))
    return Course(finding.find(tiny_encoder), kind.learn(data), data, RECIPE, silent, None)


def contrast_of(course: Course) -> Contrast:
    return Contrast(course, plugins.load("strategies", "contrastive").move())


def test_pairs_should_be_as_alike_as_their_labels() -> None:
    found = shared_labels(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]))
    assert found[0].tolist() == [1, 0.5, 0, 0, 0]
    assert found[3].tolist() == [0, 0, 0, 1, 1]
    assert np.array_equal(found, found.T)


def test_near_and_far_pairs_weigh_the_same() -> None:
    vectors = torch.tensor([[1.0, 0], [0, 2.0], [3.0, 0], [4.0, 0]])
    alike = torch.from_numpy(shared_labels(np.array([[1, 0], [1, 0], [0, 1], [0, 1]])))
    # Of the near pairs one of two is right, of the far ones two of four.
    assert float(pairs_loss(vectors, alike)) == pytest.approx(0.5)
    near = torch.from_numpy(shared_labels(np.array([[1, 0], [0, 1], [0, 1], [0, 1]])))
    # Near: one of three right; far: one of three right.
    assert float(pairs_loss(vectors, near)) == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_a_single_text_teaches_nothing() -> None:
    vectors = torch.ones(1, 2, requires_grad=True)
    loss = pairs_loss(vectors, torch.ones(1, 1))
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == pytest.approx(0.0, abs=1e-6)
    assert vectors.grad is not None
    assert not vectors.grad.any()


@pytest.mark.parametrize(("labels", "each", "size"), [(2, 8, 64), (3, 64, 32), (77, 64, 64)])
def test_steps_are_balanced_and_bounded(labels: int, each: int, size: int) -> None:
    table = np.eye(labels, dtype=np.int64)[np.repeat(np.arange(labels), each)]
    steps = draw_steps(table, 40, size, np.random.default_rng(0))
    assert len(steps) == 40
    for step in steps:
        assert len(set(step.tolist())) == len(step) <= size
        counts = table[step].sum(0)
        assert set(counts[counts > 0].tolist()) <= {each, size // labels, 4}
    seen = np.unique(np.concatenate(steps))
    assert len(set(table[seen].argmax(1).tolist())) == labels


def test_rare_labels_and_texts_without_any_are_drawn_too() -> None:
    table = np.zeros((200, 2), np.int64)
    table[:150, 0], table[150:153, 1] = 1, 1
    steps = draw_steps(table, 10, 24, np.random.default_rng(0))
    for step in steps:
        assert table[step, 1].sum() == 3
        assert (table[step].sum(1) == 0).sum() == 8


def test_only_names_that_say_something_are_texts() -> None:
    assert named(Classification(("card_arrival", "3", "A/B", "très bien"), False)) == {
        0: "card arrival",
        3: "très bien",
    }


def test_upper_layers_on_kept_states_give_what_the_whole_base_gives(course: Course) -> None:
    contrast = contrast_of(course)
    rows = np.arange(24)
    tuned = contrast.learn(rows)
    outcome = contrast.outcome(tuned, rows[:0])
    encoder = plugins.load("engines", "torch").prepare(
        outcome.encoder.eval(), (-1,), Path(), "full"
    )
    texts = course.task.inputs(course.data.examples)
    whole = encoded(texts, windower_for(course.located, RECIPE), encoder)
    assert np.allclose(whole, tuned.features[: len(texts)], atol=1e-4)
    base = dict(loading.load_encoder(course.located).named_parameters())
    assert outcome.measured["untouched"] == 1
    for name, weight in outcome.encoder.named_parameters():
        moved = not torch.allclose(weight, base[name], atol=1e-7)
        bias = name.endswith("attention.self.key.bias")
        assert bias or moved == name.startswith("encoder.layer.1."), name
        assert (name in outcome.changed) == name.startswith("encoder.layer.1.")


def test_it_brings_texts_of_a_label_together(course: Course) -> None:
    rows = np.arange(24)
    table = np.eye(2, dtype=np.int64)[course.task.encode(course.data.examples)]
    alike = torch.from_numpy(shared_labels(table))
    losses = []
    for epochs in (1, 30):
        recipe = dataclasses.replace(RECIPE, epochs=epochs, learning_rate=3e-3)
        tuned = contrast_of(dataclasses.replace(course, recipe=recipe)).learn(rows)
        losses.append(float(pairs_loss(torch.from_numpy(tuned.features[:24]), alike)))
    assert losses[1] < 0.7 * losses[0]


def test_a_second_run_starts_from_the_base_again(course: Course) -> None:
    contrast = contrast_of(course)
    first, _, again = (contrast.learn(np.arange(n)) for n in (12, 24, 12))
    assert np.array_equal(first.features, again.features)


def test_all_layers_may_move(course: Course) -> None:
    recipe = dataclasses.replace(RECIPE, layers=9)
    contrast = contrast_of(dataclasses.replace(course, recipe=recipe))
    outcome = contrast.outcome(contrast.learn(np.arange(24)), np.arange(0))
    assert outcome.measured["untouched"] == 0
    assert any(name.startswith("encoder.layer.0.") for name in outcome.changed)
