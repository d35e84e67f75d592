"""The fixtures that others build on are what they say."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from socle.bases import Located
from socle.files import cache_folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_tests_write_in_a_home_of_their_own() -> None:
    assert cache_folder() == Path(os.environ["SOCLE_HOME"])
    assert "pytest" in str(cache_folder())


@pytest.mark.real
def test_real_tests_see_the_cache_of_the_user() -> None:
    assert "pytest" not in str(cache_folder())


def test_the_tiny_encoder_reads_whole_words(tiny_encoder: Path) -> None:
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_encoder)
    network = transformers.AutoModel.from_pretrained(tiny_encoder, add_pooling_layer=False)
    pieces = tokenizer.tokenize("Cet appareil est décevant, zut !")
    assert pieces == ["cet", "appareil", "est", "décevant", ",", "z", "##u", "##t", "!"]
    with torch.no_grad():
        out = network(**tokenizer("Le film est parfait", return_tensors="pt"))
    assert out.last_hidden_state.shape == (1, 6, 32)
    assert {p.name for p in tiny_encoder.iterdir()} >= {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }


def test_the_reviews_are_balanced_and_differ(tiny_reviews: Path) -> None:
    found = rows(tiny_reviews)
    counts = Counter(row["label"] for row in found)
    assert len({row["text"] for row in found}) == 80
    assert set(counts) == {"positif", "négatif"}
    assert min(counts.values()) >= 32


def test_the_news_carry_one_to_three_labels(tiny_multilabel: Path) -> None:
    found = rows(tiny_multilabel)
    assert len({row["text"] for row in found}) == 63
    assert {len(row["label"].split("|")) for row in found} == {1, 2, 3}


@pytest.mark.real
def test_a_real_base_can_be_had(fetched: Callable[[str], Located]) -> None:
    assert (fetched("all-minilm-l6-v2").folder / "config.json").is_file()
