"""Tiny bases, built in milliseconds, in the places where real ones would lie."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def own_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Give every test empty caches, but for those that look at the bases of this machine."""
    monkeypatch.delenv("SOCLE_OFFLINE", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    if "real" in request.keywords:
        return
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path / "socle"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def tokenizer() -> Any:
    """Return a tokenizer of ten words that cuts and pads, as the file of MiniLM does."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["<pad>", "<s>", "</s>", "<unk>", "le", "chat", "dort", "the", "cat", "sleeps"]
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.enable_truncation(4)
    made.enable_padding(length=4)
    return made


@pytest.fixture
def saved(tmp_path: Path, tokenizer: Any) -> Callable[..., Path]:
    """Return a function that saves a tiny random network of a family, with its tokenizer."""

    def save(family: str, config: Any, name: str = "tiny") -> Path:
        import torch
        import transformers

        torch.manual_seed(0)
        folder = tmp_path / name
        getattr(transformers, family)(config).save_pretrained(folder)
        tokenizer.save(str(folder / "tokenizer.json"))
        return folder

    return save


@pytest.fixture
def in_hub_cache(tmp_path: Path) -> Callable[[Path, str], Path]:
    """Return a function that puts a folder into the shared cache of Hugging Face libraries."""

    def put(folder: Path, hub_id: str) -> Path:
        home = tmp_path / "hub" / f"models--{hub_id.replace('/', '--')}"
        snapshot = home / "snapshots" / COMMIT
        for made in (home / "blobs", home / "refs", snapshot):
            made.mkdir(parents=True)
        (home / "refs" / "main").write_text(COMMIT)
        for file in folder.iterdir():
            content = file.read_bytes()
            blob = home / "blobs" / hashlib.sha256(content).hexdigest()
            blob.write_bytes(content)
            (snapshot / file.name).symlink_to(blob)
        return snapshot

    return put


@pytest.fixture
def wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Mapping[str, bytes]], Path]:
    """Return a function that builds a wheel which pip finds without any network."""
    store = tmp_path / "store"
    store.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(store))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")

    def build(name: str, files: Mapping[str, bytes]) -> Path:
        module = name.replace("-", "_")
        path = store / f"{module}-1.0-py3-none-any.whl"
        info = f"{module}-1.0.dist-info"
        with zipfile.ZipFile(path, "w") as archive:
            for inside, content in files.items():
                archive.writestr(inside, content)
            # Were the wheel's code ever run, this would be seen.
            archive.writestr(f"{module}/__init__.py", "raise SystemExit('imported')")
            archive.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            )
            archive.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{info}/RECORD", "")
        return path

    return build
