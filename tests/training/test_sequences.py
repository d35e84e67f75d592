"""Rows of tokens to be written: what is learnt, what is packed, and what each example sees."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch import nn

from socle.training.sequences import (
    DecoderNetwork,
    Layout,
    PairLesson,
    SeqToSeqNetwork,
    TargetLesson,
    Texts,
    laid_out,
    layout_for,
    tokens_at_once,
)

_WORDS = 90
_SMALL: dict[str, Any] = {
    "vocab_size": _WORDS,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 400,
    "initializer_range": 0.3,
}
_ENDS: dict[str, Any] = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def texts(n: int = 9, begin: int = 7) -> Texts:
    """Return examples whose prompts begin with the same tokens; some targets are an end alone."""
    rng = np.random.default_rng(0)
    start = rng.integers(3, _WORDS, begin)

    def drawn(low: int, high: int) -> np.ndarray[Any, Any]:
        return rng.integers(3, _WORDS, int(rng.integers(low, high)))

    sources = [np.concatenate([start, drawn(1, 9)]) for _ in range(n)]
    return Texts(sources, [np.concatenate([drawn(0, 8), [2]]) for _ in range(n)])


def network(name: str) -> nn.Module:
    """Return a small network of random weights, of an architecture."""
    gpt: dict[str, Any] = {
        "n_embd": 32,
        "n_layer": 2,
        "n_head": 4,
        "n_positions": 400,
        "initializer_range": 0.3,
    }
    made: dict[str, Any] = {
        "llama": lambda: transformers.LlamaForCausalLM(
            transformers.LlamaConfig(**_SMALL, **_ENDS, tie_word_embeddings=True)
        ),
        "gpt2": lambda: transformers.GPT2LMHeadModel(
            transformers.GPT2Config(vocab_size=_WORDS, **_ENDS, **gpt)
        ),
        "neox": lambda: transformers.GPTNeoXForCausalLM(
            transformers.GPTNeoXConfig(**_SMALL, **_ENDS)
        ),
        "bloom": lambda: transformers.BloomForCausalLM(
            transformers.BloomConfig(
                vocab_size=_WORDS, hidden_size=32, n_layer=2, n_head=4, initializer_range=0.3
            )
        ),
        "gemma2": lambda: transformers.Gemma2ForCausalLM(
            transformers.Gemma2Config(
                **_SMALL, **_ENDS, num_key_value_heads=2, head_dim=8, final_logit_softcapping=0.5
            )
        ),
        "gemma3": lambda: transformers.Gemma3ForCausalLM(
            transformers.Gemma3TextConfig(
                **_SMALL, **_ENDS, num_key_value_heads=2, head_dim=8, sliding_window=16
            )
        ),
    }
    torch.manual_seed(0)
    found: nn.Module = made[name]().eval()
    return found


def plain_loss(model: nn.Module, given: Texts) -> float:
    """Return the mean loss of all target tokens, example by example, as anyone would write it."""
    whole: Any = model
    losses = []
    for source, target in zip(given.sources, given.targets, strict=True):
        ids = torch.from_numpy(np.concatenate([source, target]))
        with torch.no_grad():
            scores = whole(input_ids=ids[None]).logits[0]
        ahead = scores[len(source) - 1 : -1].float()
        losses.append(nn.functional.cross_entropy(ahead, ids[len(source) :], reduction="none"))
    return float(torch.cat(losses).mean())


def loss_of(model: nn.Module, lesson: TargetLesson) -> float:
    """Return the loss of a whole lesson as one step."""
    learnt = DecoderNetwork(model, lesson.layout)
    with torch.no_grad():
        pieces = lesson.pieces(np.arange(len(lesson.sizes)))
        return sum(float(learnt.loss(piece)) * piece.share for piece in pieces)


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("llama", "packed"),
        ("gpt2", "packed"),
        ("neox", "packed"),
        ("bloom", "rows"),
        ("gemma3", "rows"),
        ("gemma2", "whole"),
    ],
)
def test_each_architecture_is_read_in_the_best_way_that_is_right(name: str, layout: str) -> None:
    model = network(name)
    lesson = TargetLesson(texts(), 4096)
    assert layout_for(model, lesson) == layout
    chosen = laid_out(lesson, layout_for(model, lesson))
    assert loss_of(model, chosen) == pytest.approx(plain_loss(model, texts()), abs=1e-4)


@pytest.mark.parametrize("layout", ["packed", "rows", "whole"])
def test_gradients_of_small_pieces_are_those_of_each_example_alone(layout: Layout) -> None:
    model = network("llama")
    given = texts(40)
    whole: Any = model
    losses = []
    for source, target in zip(given.sources, given.targets, strict=True):
        ids = torch.from_numpy(np.concatenate([source, target]))
        scores = whole(input_ids=ids[None]).logits[0, len(source) - 1 : -1]
        losses.append(nn.functional.cross_entropy(scores, ids[len(source) :], reduction="sum"))
    (torch.stack(losses).sum() / sum(map(len, given.targets))).backward()  # type: ignore[no-untyped-call]
    expected = {name: weight.grad.clone() for name, weight in model.named_parameters()}  # type: ignore[union-attr]
    model.zero_grad()
    lesson = TargetLesson(given, 300, layout)
    pieces = lesson.pieces(np.arange(40))
    assert len(pieces) > 1
    for piece in pieces:
        (DecoderNetwork(model, layout).loss(piece) * piece.share).backward()  # type: ignore[no-untyped-call]
    for name, weight in model.named_parameters():
        assert torch.allclose(weight.grad, expected[name], atol=1e-5), name  # type: ignore[arg-type]


def test_a_head_with_a_bias_that_moves_gets_its_gradient() -> None:
    torch.manual_seed(0)
    model: Any = transformers.GPTJForCausalLM(
        transformers.GPTJConfig(
            vocab_size=_WORDS, n_embd=32, n_layer=1, n_head=4, rotary_dim=8, n_positions=64
        )
    )
    model.eval()
    lesson = TargetLesson(texts(), 4096, "rows")
    (piece,) = lesson.pieces(np.arange(9))
    gradients = []
    layouts: tuple[Layout, ...] = ("rows", "whole")
    for layout in layouts:
        model.zero_grad()
        DecoderNetwork(model, layout).loss(piece).backward()  # type: ignore[no-untyped-call]
        gradients.append(model.lm_head.bias.grad.clone())
    assert gradients[1].abs().max() > 1e-3
    assert torch.allclose(gradients[0], gradients[1], atol=1e-6)


@pytest.mark.parametrize("layout", ["packed", "rows"])
def test_only_the_answers_are_learnt(layout: Layout) -> None:
    lesson = TargetLesson(texts(), 4096, layout)
    (piece,) = lesson.pieces(np.arange(9))
    assert piece.targets.tolist() == [i for ids in texts().targets for i in ids.tolist()]
    assert len(piece.places) == len(piece.targets)
    # What stands before an answer's last prompt token is never foretold.
    foretold = piece.ids.flatten()[piece.places]
    firsts = np.cumsum([0, *map(len, texts().targets)])[:-1]
    assert foretold[firsts].tolist() == [int(ids[-1]) for ids in texts().sources]


def test_a_packed_row_reads_what_all_prompts_share_once() -> None:
    lesson = TargetLesson(texts(), 4096)
    assert lesson.shared == 7
    (piece,) = lesson.pieces(np.arange(9))
    assert piece.tokens == 7 + int((lesson.sizes - 1 - 7).sum())
    rows = dataclasses.replace(lesson, layout="rows").pieces(np.arange(9))
    assert sum(one.tokens for one in rows) == int((lesson.sizes - 1).sum())


def test_pieces_are_no_larger_than_they_may_be_and_lose_nothing() -> None:
    for layout in ("packed", "rows"):
        lesson = TargetLesson(texts(60), 512, layout)
        pieces = lesson.pieces(np.arange(60))
        assert all(piece.ids.numel() <= 512 for piece in pieces)
        assert sum(len(piece.targets) for piece in pieces) == sum(map(len, texts(60).targets))
        assert sum(piece.share for piece in pieces) == pytest.approx(1)


def test_a_row_may_not_hide_the_start_behind_a_window() -> None:
    model: Any = network("llama")
    model.config.window_size = 32
    assert layout_for(model, TargetLesson(texts(), 4096)) == "rows"


def t5() -> Any:
    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=_WORDS, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4
    )
    model: Any = transformers.T5ForConditionalGeneration(config)
    return model.eval()


@pytest.mark.parametrize("starts", [(0,), (0, 5)])
def test_pairs_are_learnt_as_each_alone(starts: tuple[int, ...]) -> None:
    model, given = t5(), texts(20)
    lesson = PairLesson(given, 200, _WORDS, starts)
    pieces = lesson.pieces(np.arange(20))
    assert len(pieces) > 1
    with torch.no_grad():
        found = sum(float(SeqToSeqNetwork(model).loss(p)) * p.share for p in pieces)
        losses = []
        for source, target in zip(given.sources, given.targets, strict=True):
            written = torch.from_numpy(np.concatenate([starts, target[:-1]]))
            scores = model(
                input_ids=torch.from_numpy(source)[None], decoder_input_ids=written[None]
            ).logits[0, len(starts) - 1 :]
            wanted = torch.from_numpy(target)
            losses.append(nn.functional.cross_entropy(scores, wanted, reduction="none"))
    assert found == pytest.approx(float(torch.cat(losses).mean()), abs=1e-4)


def test_larger_networks_run_fewer_tokens_at_once() -> None:
    small, large = network("llama"), network("llama")
    large.config.hidden_size, large.config.num_hidden_layers = 2048, 24  # type: ignore[union-attr]
    assert tokens_at_once(small) > tokens_at_once(large) >= 512
