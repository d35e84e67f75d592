"""Fine-tuning what writes: it learns, it is put back as it was, and the fast engine writes it."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle import plugins
from socle.bases import Located, finding, loading
from socle.errors import BaseError, RecipeError, RowsError
from socle.events import Event, Noted, Stepped, silent
from socle.files import cache_folder
from socle.recipe import Recipe
from socle.training import generating
from socle.training.finetuning import Course, Move
from socle.training.readying import FULL, INT8, SLOW, compared, engine_asked, key_of
from socle.training.writing import Writer
from tests.training import tiny_generators as tiny

FEW = Recipe(epochs=1, precision="float32", engine=SLOW, learning_rate=1e-2)
APART = np.array([3, 11, 19, 26, 34])


def move_of(name: str) -> Move:
    found: Move = plugins.load("strategies", name).move()
    return found


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Located]:
    folder = tmp_path_factory.mktemp("generators")
    made = {
        "decoder": tiny.decoder(folder / "decoder"),
        "untied": tiny.decoder(folder / "untied", tied=False),
        "t5": tiny.t5(folder / "t5"),
        "marian": tiny.marian(folder / "marian"),
    }
    return {name: finding.find(path) for name, path in made.items()}


@pytest.fixture(scope="module")
def course(bases: dict[str, Located]) -> Callable[..., Course]:
    task, data = tiny.dataset()

    def given(base: str, recipe: Recipe = FEW, **changes: Any) -> Course:
        one = Course(bases[base], task, data, recipe, silent, None, APART)
        return dataclasses.replace(one, **changes)

    return given


def texts_of(writer: Writer, course: Course) -> list[str]:
    return [one.text for one in writer.scores(course.task.inputs(course.data.examples[:12]))]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def learnt(course: Callable[..., Course]) -> Any:
    """Return a course in which a tiny decoder has learnt all there is to learn, and its fit."""
    recipe = Recipe(epochs=60, precision="float32", learning_rate=1e-2, batch_size=64)
    one = course("decoder", recipe)
    return one, generating.fit(one, move_of("full"), tiny.WORDING)


def test_a_tiny_decoder_learns_to_reverse_and_the_fast_engine_writes_it(learnt: Any) -> None:
    course, (tensors, facts, held_out) = learnt
    assert facts["engine"] == INT8
    assert facts["int8"]["passed"]
    assert facts["left_out"] == 0
    assert facts["tokens_per_second"] > 0
    counts = held_out[APART]
    assert not np.isnan(counts).any()
    assert np.isnan(np.delete(held_out, APART, axis=0)).all()
    # Pairs that were never seen together.
    assert course.task.values(counts.sum(0, keepdims=True))["chrf"][0] > 0.5
    writer = generating.restore(tensors, facts, course.located, course.recipe, move_of("full"))
    rows = np.delete(np.arange(len(course.data)), APART)
    examples = [course.data.examples[i] for i in rows]
    written = [one.text for one in writer.scores(course.task.inputs(examples))]
    right = [text == example.target[0] for text, example in zip(written, examples, strict=True)]
    assert np.mean(right) > 0.9


def test_a_model_that_the_fast_engine_cannot_run_is_written_by_the_slow_one(
    course: Callable[..., Course], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any) -> None:
        raise BaseError("It cannot be converted.")

    monkeypatch.setattr(plugins.load("decoders", "ctranslate2"), "prepare", refuse, raising=False)
    one = course("decoder", FEW.changed({"engine": "auto"}))
    _, facts, held_out = generating.fit(one, move_of("lora"), tiny.WORDING)
    assert facts["engine"] == SLOW
    assert not np.isnan(held_out[APART]).any()
    with pytest.raises(BaseError, match="converted"):
        generating.fit(
            course("decoder", FEW.changed({"engine": FULL})), move_of("lora"), tiny.WORDING
        )


def test_what_was_learnt_is_written_again_where_the_cache_was_lost(learnt: Any) -> None:
    course, (tensors, facts, _) = learnt
    again = (tensors, facts, course.located, course.recipe, move_of("full"))
    before = texts_of(generating.restore(*again), course)
    home = cache_folder("generators") / facts["compiled"]
    assert not list(home.rglob("*.safetensors"))
    assert not (home / FULL).exists()
    shutil.rmtree(home)
    assert texts_of(generating.restore(*again), course) == before
    assert len(set(before)) > 6


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("decoder", "partial"),
        ("decoder", "lora"),
        ("untied", "full"),
        ("t5", "full"),
        ("t5", "lora"),
        ("marian", "partial"),
        ("marian", "lora"),
    ],
)
def test_what_was_kept_rebuilds_the_trained_network(
    base: str, name: str, course: Callable[..., Course]
) -> None:
    one, move = course(base), move_of(name)
    tensors, facts, _ = generating.fit(one, move, tiny.WORDING)
    writer = generating.restore(tensors, facts, one.located, one.recipe, move)
    before = texts_of(writer, one)
    assert facts["compiled"] == key_of(one.located, tensors)
    shutil.rmtree(cache_folder("generators") / facts["compiled"])
    again = generating.restore(tensors, facts, one.located, one.recipe, move)
    assert texts_of(again, one) == before
    size = sum(weight.numel() for weight in loading.load_decoder(one.located).parameters())
    kept = sum(value.size for value in tensors.values())
    assert kept == size if name == "full" else kept < size
    if base in ("t5", "marian"):
        assert {"encoder", "decoder"} <= {part for key in tensors for part in key.split(".")}


def losses_of(course: Course, name: str) -> list[float]:
    """Return the losses of the steps."""
    heard: list[float] = []

    def hear(event: Event) -> None:
        if isinstance(event, Stepped) and event.job == "Training":
            heard.append(float(event.detail.split()[1]))

    generating.fit(dataclasses.replace(course, listen=hear), move_of(name), tiny.WORDING)
    return heard


@pytest.mark.parametrize(("base", "name"), [("t5", "lora"), ("marian", "full")])
def test_encoder_decoders_learn(base: str, name: str, course: Callable[..., Course]) -> None:
    losses = losses_of(course(base, FEW.changed({"epochs": 8})), name)
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_what_marian_starts_from_stays_at_zero(course: Callable[..., Course]) -> None:
    tensors, _, _ = generating.fit(course("marian"), move_of("full"))
    (name,) = (name for name in tensors if name.endswith("shared.weight"))
    assert not tensors[name][-1].any()
    assert tensors[name][:-1].any(axis=1).all()


@pytest.mark.parametrize("base", ["t5", "marian"])
def test_encoder_decoders_run_on_the_fast_engine(base: str, course: Callable[..., Course]) -> None:
    written = []
    for engine in (SLOW, FULL):
        one = course(base, FEW.changed({"engine": engine, "epochs": 6}))
        tensors, facts, _ = generating.fit(one, move_of("full"))
        assert facts["engine"] == engine
        assert facts["manner"]["wording"] is None
        again = generating.restore(tensors, facts, one.located, one.recipe, move_of("full"))
        written.append(texts_of(again, one))
    assert written[0] == written[1]


def test_an_interrupted_run_ends_with_the_same_weights(
    course: Callable[..., Course], tmp_path: Path
) -> None:
    one = course("decoder", FEW.changed({"epochs": 2}))
    expected, _, _ = generating.fit(one, move_of("lora"), tiny.WORDING)
    seen: list[int] = []

    def press(event: Event) -> None:
        if isinstance(event, Stepped) and event.job == "Training":
            seen.append(event.done)
            if seen == [1, 2, 3]:
                os.kill(os.getpid(), signal.SIGINT)

    kept = dataclasses.replace(one, listen=press, run_folder=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        generating.fit(kept, move_of("lora"), tiny.WORDING)
    assert seen[-1] in (3, 4)
    found, _, _ = generating.fit(kept, move_of("lora"), tiny.WORDING)
    assert len(seen) < 2 * max(seen)
    assert {name: value.shape for name, value in found.items()} == {
        name: value.shape for name, value in expected.items()
    }
    for name, value in found.items():
        assert np.array_equal(value, expected[name]), name


def test_examples_that_are_too_long_are_counted_and_told(
    bases: dict[str, Located],
) -> None:
    long = {"source": "red dog " * 80, "target": "chien rouge"}
    task, data = tiny.dataset([*tiny.pairs(), long, long | {"target": "chien"}])
    heard: list[Event] = []
    one = Course(bases["decoder"], task, data, FEW, heard.append, None, APART)
    _, facts, _ = generating.fit(one, move_of("lora"), tiny.WORDING)
    assert facts["left_out"] == 2
    assert facts["read"] == len(tiny.pairs()) - len(APART)
    assert any("2 examples" in event.text for event in heard if isinstance(event, Noted))


def test_there_must_be_an_example_that_fits(bases: dict[str, Located]) -> None:
    rows = [{"source": f"{p['source']} " * 80, "target": p["target"]} for p in tiny.pairs()]
    task, data = tiny.dataset(rows)
    one = Course(bases["decoder"], task, data, FEW, silent, None, APART)
    with pytest.raises(RowsError, match="No example"):
        generating.fit(one, move_of("lora"), tiny.WORDING)


def test_what_is_held_out_is_chosen_where_it_is_not_given(bases: dict[str, Located]) -> None:
    # No two alike: near duplicates are never torn apart.
    words = np.random.default_rng(0).choice(list("bcdfghjklmnpqrstvwxz"), (30, 8))
    rows = [{"source": " ".join(one), "target": "".join(one[::-1])} for one in words]
    task, data = tiny.dataset(rows)
    one = Course(bases["decoder"], task, data, FEW, silent, None)
    _, facts, held_out = generating.fit(one, move_of("lora"), tiny.WORDING)
    apart = np.flatnonzero(~np.isnan(held_out).any(axis=1))
    assert 0 < len(apart) < len(data) / 3
    assert facts["read"] == len(data) - len(apart)


@pytest.mark.parametrize(
    ("effort", "tokens", "expected"),
    [("quick", 1000, 3), ("normal", 1000, 6), ("quick", 50_000, 1), ("normal", 100_000, 3)],
)
def test_passes_follow_from_the_tokens(effort: str, tokens: int, expected: int) -> None:
    sizes = np.full(tokens // 100, 100)
    passes, rows = generating.passes_for(Recipe(effort=effort), sizes)
    assert passes == expected
    assert len(rows) == len(sizes)
    assert generating.passes_for(Recipe(effort=effort, epochs=9), sizes)[0] == 9


def test_of_very_many_examples_a_part_is_read() -> None:
    sizes = np.full(10_000, 100)
    passes, rows = generating.passes_for(Recipe(effort="quick", seed=1), sizes)
    assert passes == 1
    assert len(rows) == 600
    assert len(set(rows.tolist())) == 600
    other = generating.passes_for(Recipe(effort="quick", seed=2), sizes)[1]
    assert rows.tolist() != other.tolist()
    assert len(generating.passes_for(Recipe(effort="quick", epochs=1), sizes)[1]) == 10_000


def test_the_time_of_a_fit_is_estimated_and_grows_with_the_passes(
    course: Callable[..., Course],
) -> None:
    short, long = (
        generating.estimated_seconds(
            course("decoder", FEW.changed({"epochs": n})), move_of("lora"), tiny.WORDING
        )
        for n in (1, 200)
    )
    assert 0 < short < long


def test_engines_that_only_read_are_refused_before_the_work(course: Callable[..., Course]) -> None:
    with pytest.raises(RecipeError, match="does not write"):
        generating.fit(course("decoder", FEW.changed({"engine": "onnx"})), move_of("lora"))
    assert engine_asked(Recipe()) is None
    assert engine_asked(Recipe(engine="torch")) == SLOW


def test_int8_must_write_as_well() -> None:
    from socle.examples import Written

    task, data = tiny.dataset()
    gold = task.encode(data.examples)
    right = [Written(references[0], "stop") for references in gold]
    wrong = [*right[:-6], *(Written("auto", "stop") for _ in range(6))]
    assert compared(task, gold, right, right)["passed"]
    assert compared(task, gold, wrong, right)["passed"]
    assert not compared(task, gold, right, wrong)["passed"]


def test_beams_and_the_longest_answer_of_a_recipe_are_kept(course: Callable[..., Course]) -> None:
    one = course("decoder", FEW.changed({"beams": 2, "max_tokens": 5}))
    _, facts, _ = generating.fit(one, move_of("lora"), tiny.WORDING)
    assert facts["manner"]["style"]["beams"] == 2
    assert facts["manner"]["lengths"]["floor"] == 5
    assert facts["manner"]["lengths"]["ratio"] == 0
