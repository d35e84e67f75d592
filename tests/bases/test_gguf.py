"""A GGUF file, whole or in parts, becomes an ordinary folder with the same weights."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from socle.bases import Located, finding, gguf_files, loading
from socle.errors import DamagedBaseError, MissingExtraError

WIDTH, FEED_FORWARD, CONTEXT = 32, 64, 48
TOKENS = ["<s>", "</s>", *sorted({chr(c) for c in range(33, 127)}), "Ġ", "le", "ch", "at", "chat"]
MERGES = ["l e", "c h", "a t", "ch at"]


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    """Write a Llama of one layer as GGUF; return the file and its tensors."""
    random = np.random.default_rng(0)
    shapes = {
        "token_embd.weight": (len(TOKENS), WIDTH),
        "output_norm.weight": (WIDTH,),
        "output.weight": (len(TOKENS), WIDTH),
        "blk.0.attn_norm.weight": (WIDTH,),
        "blk.0.ffn_norm.weight": (WIDTH,),
        "blk.0.ffn_gate.weight": (FEED_FORWARD, WIDTH),
        "blk.0.ffn_up.weight": (FEED_FORWARD, WIDTH),
        "blk.0.ffn_down.weight": (WIDTH, FEED_FORWARD),
    }
    shapes |= {f"blk.0.attn_{part}.weight": (WIDTH, WIDTH) for part in ("q", "k", "v", "output")}
    tensors = {name: random.normal(size=s).astype(np.float32) for name, s in shapes.items()}
    path = tmp_path / "in" / "tiny.gguf"
    path.parent.mkdir()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(TOKENS)
    writer.add_token_types(
        [gguf.TokenType.CONTROL] * 2 + [gguf.TokenType.NORMAL] * (len(TOKENS) - 2)
    )
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    for name, values in tensors.items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path, tensors


def in_parts(path: Path) -> list[Path]:
    """Cut a file in three, with a notice before the second part."""
    raw, parts = path.read_bytes(), []
    third = len(raw) // 3
    for i, piece in enumerate((raw[:third], raw[third : 2 * third], raw[2 * third :])):
        parts.append(path.with_name(f"tiny.gguf.part0{i}"))
        parts[-1].write_bytes(piece)
    notice = path.with_name("NOTICE.md")
    notice.write_text("Terms apply.")
    path.unlink()
    return [notice, *parts]


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "in parts"])
def test_weights_and_words_come_out_as_they_were(
    tiny: tuple[Path, dict[str, np.ndarray]],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    cut: bool,
) -> None:
    path, tensors = tiny
    folder = tmp_path / "out"
    folder.mkdir()
    gguf_files.unpack(in_parts(path) if cut else [path], folder)
    assert (folder / "NOTICE.md").is_file() == cut
    assert capfd.readouterr() == ("", "")
    located = finding.find(folder)
    assert (located.base.kind, located.base.context) == ("decoder", CONTEXT)
    network = loading.load_decoder(located)
    found = network.state_dict()
    np.testing.assert_array_equal(found["model.embed_tokens.weight"], tensors["token_embd.weight"])
    np.testing.assert_array_equal(
        found["model.layers.0.mlp.down_proj.weight"], tensors["blk.0.ffn_down.weight"]
    )
    tokenizer = loading.load_tokenizer(folder)
    assert tokenizer.decode(tokenizer.encode("le chat").ids).strip() == "le chat"
    assert "chat" in " ".join(tokenizer.encode("le chat").tokens)
    assert network(torch.tensor([[0, 5, 7]])).logits.shape == (1, 3, len(TOKENS))


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"not a model at all" * 100)
    with pytest.raises(DamagedBaseError, match="cannot be read as GGUF"):
        gguf_files.unpack([path], tmp_path)


def test_without_the_extra_its_name_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"socle\[llm\]"):
        gguf_files.unpack([tmp_path / "x.gguf"], tmp_path)


@pytest.mark.real
def test_the_real_small_model_knows_its_capitals(fetched: Callable[[str], Located]) -> None:
    located = fetched("smollm2-135m-instruct")
    tokenizer, network = loading.load_tokenizer(located.folder), loading.load_decoder(located)
    ids = torch.tensor([tokenizer.encode("The capital of France is").ids])
    with torch.inference_mode():
        likeliest = int(network(ids).logits[0, -1].argmax())
    assert tokenizer.decode([likeliest]) == " Paris"
