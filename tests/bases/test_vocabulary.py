"""Tokens of prompts and of what follows them, for tokenizers of both kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, processors

from socle.bases import Base, Kind, Located
from socle.bases.vocabulary import UNLIMITED, Vocabulary
from socle.errors import DamagedBaseError, PromptError

PIECES = ["<unk>", "<s>", "</s>", *"\u2581:agod", "go", "goo", "good", "\u2581good", "\u2581a"]
MERGES = [("g", "o"), ("go", "o"), ("goo", "d"), ("\u2581", "good"), ("\u2581", "a")]


def located(folder: Path, kind: Kind = "decoder", **config: object) -> Located:
    """Write a base of no weights whose tokenizer puts a space before whatever it reads."""
    words = {piece: i for i, piece in enumerate(PIECES)}
    made = Tokenizer(models.BPE(words, MERGES, unk_token="<unk>"))
    made.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    made.add_special_tokens(["<s>", "</s>"])
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    made.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"eos_token_id": 2, **config}))
    base = Base("tiny", kind, "Tiny", ("en",), 0, 0, 2026, "MIT", "none")
    return Located(base, folder, "")


def test_what_follows_has_one_space_where_the_text_has_one(tmp_path: Path) -> None:
    words = Vocabulary(located(tmp_path))
    good, spaced, a = (PIECES.index(one) for one in ("good", "\u2581good", "\u2581a"))
    assert words.behind([" good", " a", "good", ""]) == [[spaced], [a], [good], []]
    assert words.tokens([" good", " a good"]).tolist() == [1, 2]


def test_prompts_begin_as_the_tokenizer_says(tmp_path: Path) -> None:
    words = Vocabulary(located(tmp_path))
    assert words.prompts(["a good"], 5) == [[1, *words.behind([" a good"])[0]]]
    assert words.specials == ("<s>", "</s>")
    assert words.context == UNLIMITED - len(words.prompts([""], 0)[0])


def test_the_settings_for_writing_go_before_the_config(tmp_path: Path) -> None:
    base = located(tmp_path, bos_token_id=1)
    assert Vocabulary(base).ends == (2,)
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [2, 0], "top_k": null}')
    words = Vocabulary(base)
    assert (words.ends, words.pad) == ((2, 0), 2)
    (tmp_path / "generation_config.json").write_text("{")
    with pytest.raises(DamagedBaseError, match=r"generation_config\.json"):
        Vocabulary(base)


def test_an_encoder_decoder_counts_its_answer_apart(tmp_path: Path) -> None:
    base = located(tmp_path, "encoder-decoder", n_positions=4, forced_bos_token_id=1)
    words = Vocabulary(base)
    assert words.starts == (2, 1)
    assert len(words.prompts(["a good a"], 3)[0]) == 4
    with pytest.raises(PromptError, match="reads 4"):
        words.prompts(["a good a a"], 3)
    with pytest.raises(PromptError):
        words.prompts(["a"], 4)


def test_answers_are_cut_at_the_first_text_that_ends_them(tmp_path: Path) -> None:
    words = Vocabulary(located(tmp_path))
    ids = words.behind([" good a good"])[0]
    whole = words.text(ids)
    assert words.written(ids, (), -1.0).finish == "length"
    assert words.written([*ids, 2], (), -1.0).finish == "stop"
    cut = words.written(ids, ("d", "a"), -1.0)
    assert (cut.text, cut.finish) == (whole[: min(whole.find("d"), whole.find("a"))], "stop")
    assert words.stopped(ids, ("od",))
    assert not words.stopped(ids, ("x",))
    assert not words.stopped(ids, ())
