"""Language models built in milliseconds, and a language of two words that they can learn."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from socle import plugins
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.prompts import Wording

WORDING = Wording("Reverse.\n", "{text} ={answer}\n", "{text} =")
_COLOURS = {"red": "rouge", "green": "vert", "black": "noir", "white": "blanc", "grey": "gris"}
_THINGS = {
    "dog": "chien",
    "cat": "chat",
    "car": "auto",
    "sea": "mer",
    "book": "livre",
    "door": "porte",
    "tree": "arbre",
}
_END = 0


def pairs() -> list[dict[str, str]]:
    """Return `red dog` -> `chien rouge`, for each colour and thing."""
    return [
        {"source": f"{colour} {thing}", "target": f"{_THINGS[thing]} {_COLOURS[colour]}"}
        for colour, thing in itertools.product(_COLOURS, _THINGS)
    ]


def dataset(rows: list[dict[str, str]] | None = None) -> tuple[Any, Dataset[Any]]:
    """Return the task of the pairs, or of other rows, and the examples."""
    kind = plugins.load("tasks", "generation")
    data = kind.examples(*read_rows(rows or pairs()))
    return kind.learn(data), data


def decoder(folder: Path, *, tied: bool = True) -> Path:
    """Write a Llama of random weights, with a tokenizer for which each word is a token."""
    words, pad = _tokenizer(ends=False)
    config = transformers.LlamaConfig(
        vocab_size=words.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        tie_word_embeddings=tied,
        pad_token_id=pad,
        bos_token_id=None,
        eos_token_id=_END,
    )
    return _saved(folder, transformers.LlamaForCausalLM, config, words)


def t5(folder: Path) -> Path:
    """Write a T5 of random weights."""
    words, pad = _tokenizer(ends=True)
    made: Any = transformers.T5Config
    config = made(
        vocab_size=words.get_vocab_size(),
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        pad_token_id=pad,
        eos_token_id=_END,
        decoder_start_token_id=pad,
    )
    return _saved(folder, transformers.T5ForConditionalGeneration, config, words)


def marian(folder: Path) -> Path:
    """Write a Marian of random weights."""
    words, pad = _tokenizer(ends=True)
    config = transformers.MarianConfig(
        vocab_size=words.get_vocab_size(),
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        dropout=0.0,
        max_position_embeddings=128,
        pad_token_id=pad,
        eos_token_id=_END,
        bos_token_id=None,
        decoder_start_token_id=pad,
        forced_eos_token_id=None,
        init_std=0.2,
    )
    return _saved(folder, transformers.MarianMTModel, config, words)


def _tokenizer(*, ends: bool) -> tuple[Tokenizer, int]:
    """Return a tokenizer, and the number of its padding: the last, as in Marian's own."""
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        min_frequency=1,
        special_tokens=["</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    said = [f"Reverse.\n{p['source']} = {p['target']}\n {p['source']}" for p in pairs()]
    made.train_from_iterator(said, trainer)
    if ends:
        made.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", _END)]
        )
    made.add_special_tokens(["<pad>"])
    return made, made.get_vocab_size() - 1


def _saved(folder: Path, network: Any, config: Any, words: Tokenizer) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network(config).save_pretrained(folder)
    wrapped: Any = transformers.PreTrainedTokenizerFast
    wrapped(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    return folder
