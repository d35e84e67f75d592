"""A base made ready: the trial of int8, the windows, what is compiled and what is remembered."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.bases import Located, finding, loading
from socle.engines import Batch
from socle.recipe import Recipe
from socle.training import encoding
from socle.training.batching import padded
from socle.training.encoding import TextEncoder, compiled, layers_read, trial, windower_for

TEXTS = ["le film est parfait", "rain is expected", "zut"]
LONG = "le film est parfait " * 60


@pytest.fixture(scope="module")
def located(tiny_encoder: Path) -> Located:
    return finding.find(tiny_encoder)


def answers(n: int, other: int = 0) -> NDArray[np.int64]:
    """Return `n` label numbers, the first `other` of them not as they were."""
    found = np.arange(n) % 3
    found[:other] = (found[:other] + 1) % 3
    return found


def test_the_same_decisions_pass() -> None:
    outcome = trial(answers(200), answers(200, 30), answers(200, 30))
    assert (outcome.passed, outcome.n, outcome.agreement, outcome.p) == (True, 200, 1.0, 1.0)
    assert json.loads(json.dumps(outcome.to_json())) == dataclasses.asdict(outcome)


def test_too_few_alike_fail_though_equally_often_right() -> None:
    gold, full, fast = answers(200), answers(200), answers(200)
    full[:5] = (full[:5] + 1) % 3
    fast[5:10] = (fast[5:10] + 1) % 3
    outcome = trial(gold, full, fast)
    assert outcome.agreement == pytest.approx(0.95)
    assert outcome.p == 1.0
    assert not outcome.passed


def test_a_difference_that_is_no_chance_fails_though_most_are_alike() -> None:
    outcome = trial(answers(1000), answers(1000), answers(1000, 20))
    assert outcome.agreement == pytest.approx(0.98)
    assert outcome.p < 0.05
    assert not outcome.passed


def test_a_few_flips_pass() -> None:
    outcome = trial(answers(200), answers(200, 2), answers(200, 4))
    assert outcome.agreement == pytest.approx(0.99)
    assert outcome.passed


def test_being_alike_is_judged_by_whole_rows_for_several_labels() -> None:
    gold = np.eye(4, dtype=np.int64)[np.arange(100) % 4]
    fast = gold.copy()
    fast[:4, 3] = 1 - fast[:4, 3]
    assert trial(gold, gold, gold).passed
    outcome = trial(gold, gold, fast)
    assert outcome.agreement == pytest.approx(0.96)
    assert not outcome.passed


@pytest.mark.parametrize(
    ("window", "context", "longest"), [(None, 128, 128), (24, 128, 24), (500, 64, 64)]
)
def test_windows_are_no_longer_than_asked_nor_than_the_base_reads(
    window: int | None, context: int, longest: int, located: Located
) -> None:
    narrow = dataclasses.replace(located, base=dataclasses.replace(located.base, context=context))
    found = windower_for(narrow, Recipe(window=window)).windows([LONG])
    assert found.lengths.max() == longest


def test_windows_of_a_wide_base_are_still_short(located: Located) -> None:
    wide = dataclasses.replace(located, base=dataclasses.replace(located.base, context=8192))
    assert windower_for(wide, Recipe()).windows([LONG]).lengths.max() == 242
    assert windower_for(wide, Recipe()).windows([LONG * 4]).lengths.max() == 256


def test_a_shallow_base_offers_the_layers_it_has(located: Located) -> None:
    assert layers_read(located) == (-1, -2)


def test_what_is_compiled_is_loaded_no_more(located: Located, tmp_path: Path) -> None:
    loaded: list[int] = []

    def load() -> Any:
        loaded.append(1)
        return loading.load_encoder(located)

    batch = [padded([np.array([2, 9, 3])])]
    first = list(compiled(load, "onnx", (-1,), tmp_path / "a").run(batch))
    again = list(compiled(load, "onnx", (-1,), tmp_path / "a").run(batch))
    assert loaded == [1]
    assert np.array_equal(first[0], again[0])
    list(compiled(load, "onnx-int8", (-1,), tmp_path / "a").run(batch))
    list(compiled(load, "onnx-int8", (-1,), tmp_path / "a").run(batch))
    assert loaded == [1, 1]


@pytest.mark.parametrize("engine", ["torch", "onnx"])
def test_layers_stand_side_by_side(engine: str, located: Located) -> None:
    both = TextEncoder(located, Recipe(), engine, (-1, -2)).fresh(TEXTS)
    for i, layer in enumerate((-1, -2)):
        alone = TextEncoder(located, Recipe(), engine, (layer,)).fresh(TEXTS)
        assert np.allclose(both[:, 32 * i : 32 * (i + 1)], alone, atol=1e-4)


class Refusing:
    """An encoder that must not be asked."""

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        raise AssertionError("it was known already")


def test_what_was_read_once_is_remembered_by_setting(
    located: Located, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path))
    first = TextEncoder(located, Recipe(), "torch", (-1,)).features(TEXTS)
    with monkeypatch.context() as patch:
        patch.setattr(encoding, "encoder_of", lambda *_: Refusing())
        assert np.array_equal(TextEncoder(located, Recipe(), "torch", (-1,)).features(TEXTS), first)
        for other in (
            TextEncoder(located, Recipe(window=16), "torch", (-1,)),
            TextEncoder(located, Recipe(), "torch", (-2,)),
            TextEncoder(located, Recipe(), "onnx", (-1,)),
            TextEncoder(dataclasses.replace(located, sha256="0" * 64), Recipe(), "torch", (-1,)),
        ):
            with pytest.raises(AssertionError, match="known already"):
                other.features(TEXTS)
