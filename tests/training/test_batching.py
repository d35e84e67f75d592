"""Texts to windows to batches: nothing lost, nothing twice, like lengths together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from socle.bases import loading
from socle.examples import Passage, Sentence, Word
from socle.training import batching
from socle.training.batching import Windower, by_length, padded, shuffled_by_length

LONG = " ".join(["le film est parfait", "rain is expected", "zut"] * 25)


@pytest.mark.parametrize(("length", "overlap"), [(16, 4), (16, 0), (32, 8), (9, 2)])
def test_windows_lose_no_token_of_a_long_text(
    length: int, overlap: int, tiny_encoder: Path
) -> None:
    whole = loading.load_tokenizer(tiny_encoder).encode(LONG).ids
    windower = Windower(loading.load_tokenizer(tiny_encoder), "", length, overlap)
    found = windower.windows([LONG])
    assert len(found) > 1
    assert set(found.owners.tolist()) == {0}
    joined: list[int] = []
    for window in found.ids:
        assert len(window) <= length
        assert (window[0], window[-1]) == (whole[0], whole[-1])
        inside = window[1:-1].tolist()
        assert joined[len(joined) - overlap :] == inside[:overlap] or not joined or not overlap
        joined += inside[overlap if joined else 0 :]
    assert joined == whole[1:-1]


def test_a_short_text_is_one_window_and_a_text_without_token_too(tiny_encoder: Path) -> None:
    windower = Windower(loading.load_tokenizer(tiny_encoder), "", 16, 4)
    found = windower.windows(["le film", "", LONG, "zut"])
    counts = np.bincount(found.owners).tolist()
    assert counts[0] == counts[1] == counts[3] == 1
    assert counts[2] > 1
    assert found.owners.tolist() == sorted(found.owners.tolist())
    assert found.lengths.tolist() == [len(ids) for ids in found.ids]
    assert all(found.lengths >= 1)


def test_the_prefix_stands_before_every_text(tiny_encoder: Path) -> None:
    plain = Windower(loading.load_tokenizer(tiny_encoder), "", 64, 4)
    fitted = Windower(loading.load_tokenizer(tiny_encoder), "le la ", 64, 4)
    said = plain.windows(["le la film", "le la camera"]).ids
    assert [w.tolist() for w in fitted.windows(["film", "camera"]).ids] == [
        w.tolist() for w in said
    ]


def test_an_overlap_wider_than_a_window_still_ends(tiny_encoder: Path) -> None:
    found = Windower(loading.load_tokenizer(tiny_encoder), "", 8, 100).windows([LONG])
    assert all(len(window) <= 8 for window in found.ids)


def test_padding_is_on_the_right_and_masked() -> None:
    batch = padded([np.array([5, 6, 7]), np.array([8])])
    assert batch.ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch.mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert np.allclose(batch.shares, [[[1 / 3] * 3], [[1, 0, 0]]])
    assert batch.states is None


def test_every_stretch_is_the_mean_of_its_tokens_and_no_more() -> None:
    """Windows ask for two stretches, one, none at all, and for the mean of the whole."""
    asked = [np.array([[0, 1], [1, 3]]), np.array([[1, 2]]), np.zeros((0, 2), dtype=np.int64), None]
    batch = padded([np.array([5, 6, 7]), *[np.array([8, 9])] * 3], asked)
    assert batch.shares.shape == (4, 2, 3)
    assert batch.shares.tolist() == [
        [[1, 0, 0], [0, 0.5, 0.5]],
        [[0, 1, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 0]],
        [[0.5, 0.5, 0], [0, 0, 0]],
    ]


def test_texts_passages_and_sentences_are_read_side_by_side(tiny_encoder: Path) -> None:
    windower = Windower(loading.load_tokenizer(tiny_encoder), "", 16, 4)
    words = (Word("le", 0, 2), Word("film", 3, 7))
    mixed = ["le film", Sentence("le film", words), Passage("le film", ((0, 7), (0, 2), (3, 7)))]
    found = windower.windows([*mixed, LONG])
    assert found.owners[:3].tolist() == [0, 1, 2]
    assert set(found.owners[3:].tolist()) == {3}
    assert {ids.tobytes() for ids in found.ids[:3]} == {found.ids[0].tobytes()}
    shares = found.batch([0, 1, 2]).shares
    assert shares[0].tolist() == [[0.25] * 4, [0] * 4, [0] * 4]
    assert shares[1].tolist() == [[0, 1, 0, 0], [0, 0, 1, 0], [0] * 4]
    assert shares[2].tolist() == [[0, 0.5, 0.5, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert [one is None for one in found.ranges] == [True, False, False] + [True] * (len(found) - 3)


def test_texts_alone_ask_for_no_ranges(tiny_encoder: Path) -> None:
    windower = Windower(loading.load_tokenizer(tiny_encoder), "", 16, 4)
    plain = windower.windows(["le film", LONG])
    words = (Word("le", 0, 2), Word("film", 3, 7))
    fuller = windower.windows(["le film", LONG, Sentence("le film", words)])
    assert (plain.ranges, plain.places) == ((), ())
    assert [one.tolist() for one in plain.ids] == [one.tolist() for one in fuller.ids[:-1]]
    assert len(windower.windows([])) == 0


def test_documents_are_numbered_on_from_one_group_to_the_next(
    tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windower = Windower(loading.load_tokenizer(tiny_encoder), "", 16, 4)
    texts = ["le film", LONG, "zut", "est", LONG]
    whole = windower.windows(texts)
    monkeypatch.setattr(batching, "_TEXTS_AT_ONCE", 2)
    again = windower.windows(texts)
    assert again.owners.tolist() == whole.owners.tolist()
    assert [one.tolist() for one in again.ids] == [one.tolist() for one in whole.ids]


@pytest.mark.parametrize("seed", range(4))
def test_groups_keep_within_their_tokens(seed: int) -> None:
    lengths = np.random.default_rng(seed).integers(1, 300, 200)
    groups = by_length(lengths, 512)
    assert sorted(np.concatenate(groups).tolist()) == list(range(200))
    for group in groups:
        assert len(group) * lengths[group].max() <= 512 or len(group) == 1
    tops = [int(lengths[group].max()) for group in groups]
    assert tops == sorted(tops, reverse=True)


def test_a_window_above_the_limit_runs_alone() -> None:
    assert [g.tolist() for g in by_length(np.array([3, 900, 3]), 512)] == [[1], [0, 2]]
    assert by_length(np.array([], dtype=np.int64)) == []


@pytest.mark.parametrize(("n", "size"), [(1, 4), (7, 4), (500, 8)])
def test_a_shuffle_holds_every_document_once(n: int, size: int) -> None:
    lengths = np.random.default_rng(0).integers(1, 300, n)

    def drawn(seed: int) -> list[list[int]]:
        rng = np.random.default_rng(seed)
        return [batch.tolist() for batch in shuffled_by_length(lengths, size, rng)]

    batches = drawn(1)
    assert sorted(i for batch in batches for i in batch) == list(range(n))
    assert max(map(len, batches)) <= size
    assert len(batches) == -(-n // size)
    assert drawn(1) == batches
    if n == 500:
        assert drawn(2) != batches


def test_a_shuffle_pads_little() -> None:
    lengths = np.random.default_rng(0).integers(1, 300, 1000)
    rng = np.random.default_rng(0)
    run = sum(len(b) * int(lengths[b].max()) for b in shuffled_by_length(lengths, 8, rng))
    assert run < 1.15 * lengths.sum()
