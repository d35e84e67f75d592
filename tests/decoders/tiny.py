"""Tiny random language models of many families, saved as bases, and what torch says of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from socle.bases import Located, finding, loading

SPECIALS = ["<pad>", "<s>", "</s>", "<|im_end|>"]
CONTEXT = 160
_SHOWN = "Text: the film was bad\nLabel: bad\nText: I like it\nLabel: good"
START = f"Say whether a review is good.\n{_SHOWN}"
PROMPTS = [
    f"{START}\nText: {text}\nLabel:"
    for text in ("the room is large and clean", "bad", "le film était très bon", "it is good")
]
OPTIONS = [" good", " bad", " good or bad", " very good", " a"]
_SAYS = [START, *PROMPTS, "very good or bad, a large film", '{"label": "good", "n": 12}']
_ROWS = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4}
_FED = {"intermediate_size": 48, "max_position_embeddings": CONTEXT, **_ROWS}
_IDS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
_GROUPED = {"num_key_value_heads": 2, **_FED}
_PAIR = {
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "d_model": 32,
    "max_position_embeddings": CONTEXT,
}


def _config(family: str, size: int, window: int) -> Any:
    """Return the config of a family, with settings that are not the usual ones."""
    given = {"vocab_size": size, **_IDS}
    rope = {"rope_type": "default", "rope_theta": 500.0}
    layers = ["sliding_attention", "full_attention", "sliding_attention"]
    made: dict[str, Any] = {
        "llama": lambda: transformers.LlamaConfig(
            rope_parameters=rope, tie_word_embeddings=True, **_GROUPED, **given
        ),
        "qwen2": lambda: transformers.Qwen2Config(rope_parameters=rope, **_GROUPED, **given),
        "mistral": lambda: transformers.MistralConfig(
            rope_parameters=rope, sliding_window=window, **_GROUPED, **given
        ),
        "gemma3": lambda: transformers.Gemma3TextConfig(
            head_dim=8,
            query_pre_attn_scalar=8,
            sliding_window=window,
            layer_types=layers,
            **_GROUPED,
            **given,
        ),
        "gpt-neox": lambda: transformers.GPTNeoXConfig(**_FED, **given),
        "gpt2": lambda: transformers.GPT2Config(
            n_embd=32, n_layer=3, n_head=4, n_positions=CONTEXT, **given
        ),
        "bloom": lambda: transformers.BloomConfig(
            hidden_size=32, n_layer=3, n_head=4, seq_length=CONTEXT, **given
        ),
        "t5": lambda: transformers.T5Config(
            d_model=32,
            d_kv=8,
            d_ff=48,
            num_layers=2,
            num_heads=4,
            n_positions=CONTEXT,
            decoder_start_token_id=0,
            **given,
        ),
        "bart": lambda: transformers.BartConfig(decoder_start_token_id=2, **_PAIR, **given),
    }
    return made[family]()


DECODERS = ("llama", "qwen2", "mistral", "gemma3", "gpt-neox", "gpt2", "bloom")
PAIRS = ("t5", "bart")


def save(family: str, folder: Path, window: int = 7) -> Located:
    """Write a random network of a family, its scores spread like a trained one's.

    `window` is what layers with a sliding window see, in families that have them.
    """
    reader = _tokenizer(paired=family in PAIRS)
    # Qwen's tokenizer gets a token more when it is read.
    config = _config(family, len(reader) + 4 * (family == "qwen2"), window)
    pair, alone = transformers.AutoModelForSeq2SeqLM, transformers.AutoModelForCausalLM
    # A token that answers must begin with stands in the settings for writing alone.
    forced = 1 if family == "bart" else None
    _save_network(pair if family in PAIRS else alone, config, folder, forced)
    reader.save_pretrained(folder)
    return finding.find(folder)


def save_marian(folder: Path) -> Located:
    """Write a Marian network, which has two sentencepiece models and no tokenizer.json."""
    import json

    import sentencepiece

    folder.mkdir(parents=True)
    pieces: dict[str, None] = {"</s>": None, "<unk>": None}
    for side in ("source", "target"):
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(_SAYS * 9),
            model_prefix=str(folder / side),
            vocab_size=50,
            character_coverage=1.0,
            minloglevel=2,
        )
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
        (folder / f"{side}.vocab").unlink()
        model = sentencepiece.SentencePieceProcessor(str(folder / f"{side}.spm"))
        pieces |= {model.id_to_piece(i): None for i in range(3, model.get_piece_size())}
    names = [*pieces, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({name: i for i, name in enumerate(names)}))
    about = {"source_lang": "en", "target_lang": "fr", "tokenizer_class": "MarianTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(about))
    ids = {"eos_token_id": 0, "pad_token_id": len(names) - 1, "bos_token_id": 0}
    config = transformers.MarianConfig(
        vocab_size=len(names), decoder_start_token_id=len(names) - 1, **_PAIR, **ids
    )
    _save_network(transformers.AutoModelForSeq2SeqLM, config, folder)
    return finding.find(folder)


def expected(located: Located, prompts: list[str], options: list[str]) -> NDArray[np.float64]:
    """Return what a plain pass of transformers says, one prompt with one option at a time."""
    reader, model = loading.load_tokenizer(located.folder), network(located.folder)
    found = [[_plain(located, reader, model, prompt, one) for one in options] for prompt in prompts]
    return np.array(found).reshape(len(prompts), len(options))


@cache
def network(folder: Path) -> Any:
    """Return the network of a base."""
    return loading.load_decoder(finding.find(folder))


def _save_network(kind: Any, config: Any, folder: Path, forced: int | None = None) -> None:
    with torch.random.fork_rng(), loading.quietly():
        torch.manual_seed(1)
        model = kind.from_config(config)
        with torch.no_grad():
            for weight in model.parameters():
                if weight.ndim >= 2 and float(weight.std()) < 0.1:
                    weight.mul_(8.0)
        if config.model_type == "marian":
            # CTranslate2 leaves padding out of the vocabulary: here it is never likely either.
            model.final_logits_bias[0, -1] = -1e4
        model.generation_config.forced_bos_token_id = forced
        model.eval().save_pretrained(folder)


def _plain(located: Located, reader: Any, model: Any, prompt: str, option: str) -> float:
    answer = reader.encode(option, add_special_tokens=False).ids
    ids = reader.encode(prompt).ids
    with torch.no_grad():
        if located.base.kind == "encoder-decoder":
            config = model.config
            forced = model.generation_config.forced_bos_token_id
            first = [config.decoder_start_token_id, *([] if forced is None else [forced])]
            given = torch.tensor([first + answer])
            logits = model(torch.tensor([ids]), decoder_input_ids=given).logits[0]
            behind = len(first) - 1
        else:
            logits = model(torch.tensor([ids + answer])).logits[0]
            behind = len(ids) - 1
    scores = logits.log_softmax(-1)
    return sum(float(scores[behind + i, token]) for i, token in enumerate(answer))


@cache
def _tokenizer(*, paired: bool) -> Any:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(_SAYS * 3, trainer)
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>" if paired else "<s> $A", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=["<|im_end|>"],
    )
