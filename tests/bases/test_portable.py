"""The tokenizer that is given to other tools reads as the base's own does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from socle.bases import finding, loading
from socle.bases.portable import Frame, portable, with_prefix
from socle.errors import BaseError

TEXTS = [
    "",
    "   ",
    " deux  espaces devant",
    "L'été, naïve; œuvre n° 5 !",
    "e\u0301te\u0301",
    "a [MASK] b",
    "a <mask> b",
    "<s> x </s>",
    "\u200b 日本語",
    "query: query",
    ") : (",
    "x" * 3000,
]


def test_without_prefix_nothing_changes(tiny_encoder: Path) -> None:
    plain = loading.load_tokenizer(tiny_encoder)
    made, frame = with_prefix(plain, "")
    assert frame == Frame((2,), (), (3,))
    assert made.to_str() == plain.to_str()


def test_the_prefix_stands_before_every_text(tiny_encoder: Path) -> None:
    plain = loading.load_tokenizer(tiny_encoder)
    made, frame = with_prefix(plain, "the film: ")
    assert [made.encode(t).ids for t in TEXTS] == [
        plain.encode(f"the film: {t}").ids for t in TEXTS
    ]
    inner = made.encode("le film", add_special_tokens=False).ids
    assert inner == plain.encode("le film", add_special_tokens=False).ids
    assert made.encode("le film").ids == [*frame.start, *frame.prefix, *inner, *frame.end]
    made.enable_truncation(10)
    cut = made.encode("le film " * 20).ids
    assert cut == [*frame.start, *frame.prefix, *(inner * 3)[: 8 - len(frame.prefix)], *frame.end]


def test_transformers_reads_alike(tiny_encoder: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    located = finding.find(tiny_encoder)
    base = dataclasses.replace(located.base, prefix="query: ")
    plain = loading.load_tokenizer(tiny_encoder)
    portable(dataclasses.replace(located, base=base)).save_for_transformers(tmp_path)
    found: Any = AutoTokenizer.from_pretrained(tmp_path)
    assert found.model_max_length == 128
    for text in TEXTS:
        read = found(text, truncation=False, verbose=False)
        assert set(read) == {"input_ids", "attention_mask"}
        assert read["input_ids"] == plain.encode(f"query: {text}").ids


def test_alone_it_cuts_and_pads(tiny_encoder: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    portable(finding.find(tiny_encoder)).save_alone(tmp_path / "tokenizer.json")
    found = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    one, two = found.encode_batch(["le", "le film " * 100])
    assert len(one.ids) == len(two.ids) == 128
    assert one.ids[3:] == [0] * 125
    assert sum(one.attention_mask) == 3


def test_a_tokenizer_into_which_no_prefix_can_be_built() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    pieces = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "ĠB"]
    made = Tokenizer(models.BPE({piece: i for i, piece in enumerate(pieces)}, [("Ġ", "B")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    assert with_prefix(made, "")[0].encode("ab").ids == made.encode("ab").ids
    with pytest.raises(BaseError, match="cannot be built into the tokenizer"):
        with_prefix(made, "query: ")


def test_a_base_with_nothing_but_a_tokenizer_file(tiny_encoder: Path, tmp_path: Path) -> None:
    for file in tiny_encoder.iterdir():
        if file.name != "tokenizer_config.json":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    found = portable(finding.find(tmp_path))
    assert found.special["pad_token"] == "[PAD]"
    assert found.context == 128


@pytest.mark.real
def test_multilingual_e5_small_reads_alike(fetched: Callable[[str], Any], tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    located = fetched("multilingual-e5-small")
    plain = loading.load_tokenizer(located.folder)
    found = portable(located)
    assert [found.tokenizer.encode(t).ids for t in TEXTS] == [
        plain.encode(f"query: {t}").ids for t in TEXTS
    ]
    found.save_for_transformers(tmp_path)
    again: Any = AutoTokenizer.from_pretrained(tmp_path)
    assert again.model_max_length == 512
    assert [again(t, verbose=False)["input_ids"] for t in TEXTS] == [
        plain.encode(f"query: {t}").ids for t in TEXTS
    ]
