"""Vectors of a frozen base: computed once, found by content, never wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.bases import loading
from socle.engines import Batch
from socle.events import Event, Finished, Started
from socle.training import features as module
from socle.training.batching import Windower
from socle.training.features import FeatureStore, encoded, features, text_key

TEXTS = ["le film est parfait", "", "rain is expected " * 30, "zut", "le film est parfait"]


class Counting:
    """An encoder of one layer whose states are the token numbers and their squares."""

    def __init__(self) -> None:
        self.windows = 0

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        for batch in batches:
            self.windows += len(batch.ids)
            many = batch.mask.sum(1)
            means = [(batch.ids**power * batch.mask).sum(1) / many for power in (1, 2)]
            yield np.stack(means, 1)[:, None, :].astype(np.float32)


@pytest.fixture
def windower(tiny_encoder: Path) -> Windower:
    return Windower(loading.load_tokenizer(tiny_encoder), "", 16, 0)


def test_a_document_is_the_mean_over_all_its_tokens(windower: Windower) -> None:
    found = encoded(TEXTS, windower, Counting())
    for text, row in zip(TEXTS, found, strict=True):
        tokens = np.concatenate(windower.windows([text]).ids).astype(float)
        assert row == pytest.approx([tokens.mean(), (tokens**2).mean()], rel=1e-5)


def test_a_second_reading_runs_nothing(windower: Windower, tmp_path: Path) -> None:
    encoder = Counting()
    first = features(TEXTS, windower, encoder, FeatureStore(tmp_path / "s.sqlite"))
    ran = encoder.windows
    assert ran == len(windower.windows(TEXTS[:4]))
    events: list[Event] = []
    store = FeatureStore(tmp_path / "s.sqlite")
    again = features(TEXTS[::-1], windower, encoder, store, events.append)
    assert encoder.windows == ran
    assert events == []
    assert np.array_equal(again[::-1], first)
    assert np.array_equal(first, encoded(TEXTS, windower, encoder))


def test_only_what_is_new_is_run(windower: Windower, tmp_path: Path) -> None:
    encoder = Counting()
    store = FeatureStore(tmp_path / "s.sqlite")
    features(TEXTS, windower, encoder, store)
    ran = encoder.windows
    events: list[Event] = []
    found = features([*TEXTS, "new", "new"], windower, encoder, store, events.append)
    assert encoder.windows == ran + 1
    assert events[0] == Started("Reading texts", 1)
    assert isinstance(events[-1], Finished)
    assert np.array_equal(found[-1], found[-2])


@pytest.mark.parametrize("content", [b"no database at all" * 50, b""])
def test_a_damaged_store_costs_time_only(
    content: bytes, windower: Windower, tmp_path: Path
) -> None:
    path = tmp_path / "s.sqlite"
    path.write_bytes(content)
    found = features(TEXTS, windower, Counting(), FeatureStore(path))
    assert np.array_equal(found, encoded(TEXTS, windower, Counting()))


def test_a_store_torn_in_the_middle_costs_time_only(windower: Windower, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    many = [f"text {i}" for i in range(300)]
    expected = features(many, windower, Counting(), FeatureStore(path))
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    assert np.array_equal(features(many, windower, Counting(), FeatureStore(path)), expected)


def test_a_store_that_cannot_be_written_costs_time_only(windower: Windower, tmp_path: Path) -> None:
    store = FeatureStore(tmp_path / "nowhere" / "s.sqlite")
    assert np.array_equal(
        features(TEXTS, windower, Counting(), store), encoded(TEXTS, windower, Counting())
    )


def test_a_store_grown_too_large_starts_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = FeatureStore(tmp_path / "s.sqlite")
    store.put([(text_key("a"), np.ones(4, np.float32))])
    assert FeatureStore(tmp_path / "s.sqlite").get([text_key("a")]) != {}
    monkeypatch.setattr(module, "_LIMIT", 10)
    assert FeatureStore(tmp_path / "s.sqlite").get([text_key("a")]) == {}


def test_different_texts_have_different_keys() -> None:
    odd = ["a", "a ", "A", "", "\ud800", "é", "e\u0301"]
    assert len({text_key(text) for text in odd}) == len(odd)


def test_no_text_gives_no_row(windower: Windower) -> None:
    assert len(features([], windower, Counting())) == 0
    assert len(encoded([], windower, Counting())) == 0
