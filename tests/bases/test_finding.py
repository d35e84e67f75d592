"""A base is found by name, hub id or folder, checked, and never by the network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BloomConfig, GPTNeoXConfig

from socle.bases import finding, hub, loading, manifest
from socle.errors import DamagedBaseError, MissingBaseError, UnknownBaseError

BLOOM = BloomConfig(vocab_size=10, hidden_size=16, n_layer=2, n_head=2, seq_length=64)
NEOX = GPTNeoXConfig(
    vocab_size=10,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=32,
    max_position_embeddings=48,
    bos_token_id=1,
    eos_token_id=2,
)
BERT = BertConfig(
    vocab_size=10,
    hidden_size=16,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=32,
    max_position_embeddings=40,
)


@pytest.mark.parametrize(
    ("family", "config", "hub_id", "name"),
    [
        ("BloomForCausalLM", BLOOM, "bigscience/bloom-1b1", "bloom-1b1"),
        ("GPTNeoXForCausalLM", NEOX, "EleutherAI/gpt-neox-20b", "gpt-neox-20b"),
    ],
)
def test_a_decoder_in_the_hub_cache_is_found_and_runs(
    saved: Callable[..., Path],
    in_hub_cache: Callable[[Path, str], Path],
    family: str,
    config: BloomConfig | GPTNeoXConfig,
    hub_id: str,
    name: str,
) -> None:
    snapshot = in_hub_cache(saved(family, config), hub_id)
    located = finding.find(name)
    assert located == finding.find(hub_id)
    assert located.folder == snapshot
    assert located.base.name == name
    recorded = manifest.read(hub.manifest_path(hub_id, snapshot.name))
    assert recorded is not None
    assert recorded.revision == snapshot.name
    assert recorded.files["model.safetensors"].sha256 == located.sha256
    network = loading.load_decoder(located)
    ids = torch.tensor([loading.load_tokenizer(located.folder).encode("le chat dort").ids])
    assert network(ids).logits.shape == (1, 3, 10)


def test_a_hub_id_without_record_is_described_by_its_config(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path]
) -> None:
    in_hub_cache(saved("GPTNeoXForCausalLM", NEOX), "someone/small-neox")
    base = finding.find("someone/small-neox").base
    assert (base.name, base.kind, base.context) == ("someone/small-neox", "decoder", 48)
    assert base.parameters > 0
    assert base.sources[0].id == "someone/small-neox"


@pytest.mark.parametrize("name", ["nobody/has-this", "camembert-base"])
def test_what_is_not_here_names_the_command_that_fetches_it(name: str) -> None:
    with pytest.raises(MissingBaseError, match="not on this machine") as caught:
        finding.find(name)
    assert caught.value.hint == f"Run: socle bases fetch {name}"


def test_an_unknown_name_says_what_was_meant() -> None:
    with pytest.raises(UnknownBaseError) as caught:
        finding.find("flaubertt")
    assert "flaubert-base-cased" in caught.value.hint


def test_a_folder_is_a_base(saved: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = saved("BertModel", BERT, "my-bert")
    located = finding.find(folder)
    assert located.base.name == "my-bert"
    assert located.base.kind == "encoder"
    assert located.base.context == 40
    assert located.base.licence == "unknown"
    assert (
        located.base.parameters
        == sum(p.numel() for p in loading.load_encoder(located).parameters()) + 16 * 16 + 16
    )
    monkeypatch.chdir(folder.parent)
    assert finding.find("my-bert") == finding.find(str(folder)) == located


def test_a_changed_folder_gets_another_hash(saved: Callable[..., Path]) -> None:
    folder = saved("BertModel", BERT)
    before = finding.find(folder).sha256
    weights = folder / "model.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    assert finding.find(folder).sha256 != before


def test_a_model_card_gives_licence_and_languages(saved: Callable[..., Path]) -> None:
    folder = saved("BertModel", BERT)
    (folder / "README.md").write_text("---\nlicense: mit\nlanguage:\n- fr\n- en\n---\n# Card\n")
    base = finding.find(folder).base
    assert (base.licence, base.languages) == ("mit", ("fr", "en"))


@pytest.mark.parametrize("lost", ["config.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_refused(saved: Callable[..., Path], lost: str) -> None:
    folder = saved("BertModel", BERT)
    (folder / lost).unlink()
    with pytest.raises(DamagedBaseError, match="not a whole base"):
        finding.find(folder)


@pytest.mark.parametrize(
    "typed", [Path("nothing"), "./nothing", "../no/thing", "/no/thing", "~/no"]
)
def test_a_folder_that_is_not_there(typed: str | Path) -> None:
    with pytest.raises(MissingBaseError, match="There is no folder"):
        finding.find(typed)


@pytest.mark.parametrize("verify", [False, True])
def test_a_flipped_byte_in_the_hub_cache_is_seen(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path], verify: bool
) -> None:
    snapshot = in_hub_cache(saved("BloomForCausalLM", BLOOM), "bigscience/bloom-1b1")
    finding.find("bloom-1b1")
    weights = (snapshot / "model.safetensors").resolve()
    status = weights.stat()
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    if verify:  # time and size as before: only a full check can tell
        os.utime(weights, ns=(status.st_atime_ns, status.st_mtime_ns))
        finding.find("bloom-1b1")
    with pytest.raises(DamagedBaseError, match="has changed") as caught:
        finding.find("bloom-1b1", verify=verify)
    assert caught.value.hint == "Run: socle bases fetch bloom-1b1 --force"


def test_a_blob_under_a_wrong_hash_is_seen_at_first_sight(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path]
) -> None:
    snapshot = in_hub_cache(saved("BloomForCausalLM", BLOOM), "bigscience/bloom-1b1")
    weights = (snapshot / "model.safetensors").resolve()
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    with pytest.raises(DamagedBaseError, match="SHA-256"):
        finding.find("bloom-1b1")


def test_a_snapshot_without_weights_is_damaged(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path]
) -> None:
    folder = saved("BloomForCausalLM", BLOOM)
    (folder / "model.safetensors").unlink()
    in_hub_cache(folder, "bigscience/bloom-1b1")
    with pytest.raises(DamagedBaseError) as caught:
        finding.find("bloom-1b1")
    assert "--force" in caught.value.hint


def test_what_is_here_is_listed(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path]
) -> None:
    assert finding.here() == []
    in_hub_cache(saved("BloomForCausalLM", BLOOM), "bigscience/bloom-1b1")
    assert [base.name for base in finding.here()] == ["bloom-1b1"]
