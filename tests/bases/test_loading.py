"""What is loaded is whole, quiet, in float32, and says clearly what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, GPT2Config, T5Config

from socle.bases import finding, loading
from socle.errors import BaseError, DamagedBaseError

SMALL = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
BERT = BertConfig(vocab_size=10, hidden_size=16, **SMALL)
T5 = T5Config(vocab_size=10, d_model=16, d_ff=16, num_layers=1, num_heads=2, d_kv=8)
GPT2 = GPT2Config(vocab_size=10, n_embd=16, n_layer=1, n_head=2, n_positions=32)
IDS = torch.tensor([[1, 4, 5, 2]])


def test_an_encoder_comes_without_pooler_and_in_float32(
    saved: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    folder = saved("BertForMaskedLM", BERT)
    capfd.readouterr()
    network: Any = loading.load_encoder(finding.find(folder))
    assert network.pooler is None
    assert not network.training
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert network(IDS).last_hidden_state.shape == (1, 4, 16)
    assert capfd.readouterr() == ("", "")


def test_half_precision_files_come_out_in_float32(saved: Callable[..., Path]) -> None:
    folder = saved("BertModel", BERT)
    weights = folder / "model.safetensors"
    halves = {k: v.half() for k, v in load_file(weights).items()}
    save_file(halves, weights, metadata={"format": "pt"})
    network = loading.load_encoder(finding.find(folder))
    assert {p.dtype for p in network.parameters()} == {torch.float32}


def test_the_encoder_of_an_encoder_decoder(saved: Callable[..., Path]) -> None:
    located = finding.find(saved("T5ForConditionalGeneration", T5))
    assert located.base.kind == "encoder-decoder"
    assert loading.load_encoder(located)(IDS).last_hidden_state.shape == (1, 4, 16)
    logits = loading.load_decoder(located)(IDS, decoder_input_ids=IDS[:, :2]).logits
    assert logits.shape == (1, 2, 10)


def test_a_decoder_gives_logits_or_states(saved: Callable[..., Path]) -> None:
    located = finding.find(saved("GPT2LMHeadModel", GPT2))
    assert located.base.kind == "decoder"
    assert loading.load_decoder(located)(IDS).logits.shape == (1, 4, 10)
    assert loading.load_encoder(located)(IDS).last_hidden_state.shape == (1, 4, 16)


def test_an_encoder_does_not_generate(saved: Callable[..., Path]) -> None:
    with pytest.raises(BaseError, match="is an encoder: it cannot generate"):
        loading.load_decoder(finding.find(saved("BertModel", BERT)))


def test_missing_weights_are_not_replaced_by_random_ones(saved: Callable[..., Path]) -> None:
    folder = saved("BertModel", BERT)
    weights = folder / "model.safetensors"
    lost = "encoder.layer.0.output.dense.weight"
    kept = {k: v for k, v in load_file(weights).items() if k != lost}
    save_file(kept, weights, metadata={"format": "pt"})
    with pytest.raises(DamagedBaseError, match=rf"lacks 1 weights.*{lost}"):
        loading.load_encoder(finding.find(folder))


def test_a_truncated_file_of_weights(saved: Callable[..., Path]) -> None:
    located = finding.find(saved("BertModel", BERT))
    weights = located.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(DamagedBaseError, match="cannot be loaded"):
        loading.load_encoder(located)


def test_an_architecture_from_the_future(saved: Callable[..., Path]) -> None:
    located = finding.find(saved("BertModel", BERT))
    config = located.folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"model_type": "bert3000"}))
    with pytest.raises(DamagedBaseError, match="cannot be loaded") as caught:
        loading.load_encoder(located)
    assert "newer transformers" in caught.value.hint


def test_a_tokenizer_neither_cuts_nor_pads(saved: Callable[..., Path]) -> None:
    tokenizer = loading.load_tokenizer(saved("BertModel", BERT))
    assert tokenizer.encode("le chat dort the cat sleeps").ids == [4, 5, 6, 7, 8, 9]
    assert tokenizer.encode("le").ids == [4]


def test_a_tokenizer_is_made_of_older_files(saved: Callable[..., Path]) -> None:
    folder = saved("BertModel", BERT)
    (folder / "tokenizer.json").unlink()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "le", "chat"]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    assert loading.load_tokenizer(folder).encode("Le chat").ids == [2, 5, 6, 3]


@pytest.mark.parametrize("content", [None, "{", '{"model": 3}'])
def test_a_folder_without_a_sound_tokenizer(
    saved: Callable[..., Path], content: str | None
) -> None:
    file = saved("BertModel", BERT) / "tokenizer.json"
    file.unlink() if content is None else file.write_text(content)
    with pytest.raises(DamagedBaseError, match=r"tokenizer in .* cannot be read"):
        loading.load_tokenizer(file.parent)


def test_transformers_is_as_talkative_after_as_before() -> None:
    from transformers.utils import logging

    before = (logging.get_verbosity(), logging.is_progress_bar_enabled())
    with loading.quietly():
        assert not logging.is_progress_bar_enabled()
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
