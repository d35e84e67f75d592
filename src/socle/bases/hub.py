"""The hub as a source: snapshots in the cache that all Hugging Face libraries share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from socle.bases import Source, folders, manifest
from socle.errors import BaseError, DamagedBaseError, MissingBaseError
from socle.files import cache_folder, explained

_SAFE = ("*.json", "*.txt", "*.model", "*.spm", "*.vocab", "*.bpe", "*.jinja", "README.md")
_WEIGHTS = "model*.safetensors"
"""Not every file of that format: some repositories hold the same weights twice."""
_PICKLES = ("pytorch_model*.bin",)


def has_folder(hub_id: str) -> bool:
    """Say whether the shared cache knows a repository at all, without looking inside."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return (Path(HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}" / "snapshots").is_dir()


def cached(source: Source) -> Path | None:
    """Return the snapshot of a hub source in the shared cache, or None."""
    if not has_folder(source.id):
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        found = snapshot_download(
            source.id, revision=source.revision or None, local_files_only=True
        )
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    folder = Path(found)
    return folder if folders.is_base(folder) else None


def download(source: Source, *, force: bool = False) -> Path:
    """Bring a snapshot and return its folder; pickles only where there are no safetensors.

    Raises:
        MissingBaseError: no such repository or revision, no permission, or no network.
        DamagedBaseError: what came is not a whole base.
    """
    from huggingface_hub import snapshot_download

    revision = source.revision or None

    def bring(patterns: tuple[str, ...]) -> Path:
        return Path(
            snapshot_download(
                source.id, revision=revision, allow_patterns=list(patterns), force_download=force
            )
        )

    folder = _explained(source, lambda: bring((*_SAFE, _WEIGHTS)))
    if not any(folder.glob(_WEIGHTS)):
        folder = _explained(source, lambda: bring((*_SAFE, *_PICKLES)))
    folders.model_files(folder)
    return folder


def record(name: str, source: Source, snapshot: Path) -> manifest.Manifest:
    """Write down what a snapshot holds and the commit it is of; return it.

    Raises:
        DamagedBaseError: files are missing, or a file is not the one that its hash names.
    """
    try:
        names = folders.model_files(snapshot)
    except DamagedBaseError as error:
        raise manifest.damaged(name, error.message) from error
    files = {file: manifest.stamp(snapshot / file) for file in names}
    for file, stamp in files.items():
        promised = source.files.get(file) or _hash_in_name(snapshot / file)
        if promised and promised != stamp.sha256:
            raise manifest.damaged(name, f"{file} does not have the SHA-256 of its source")
    found = manifest.Manifest(name, "hub", source.id, snapshot.name, files)
    manifest.write(manifest_path(source.id, snapshot.name), found)
    return found


def manifest_path(hub_id: str, commit: str) -> Path:
    """Return where the manifest of a snapshot is kept: outside the cache that we share."""
    return cache_folder("bases", ".hub") / f"{hub_id.replace('/', '--')}@{commit}.json"


def _hash_in_name(file: Path) -> str:
    """Large files lie in the shared cache under their SHA-256, small ones under a git hash."""
    blob = Path(os.path.realpath(file)).name
    return blob if len(blob) == 64 and blob != file.name else ""


def _explained(source: Source, bring: Callable[[], Any]) -> Path:
    """Run a download, turning each way in which the hub refuses into a sentence."""
    from huggingface_hub import errors
    from huggingface_hub.constants import HF_HUB_CACHE

    cache = Path(HF_HUB_CACHE)
    place = f"{source.id!r} on the hub"
    try:
        with explained(cache):
            return Path(bring())
    except errors.GatedRepoError as error:
        raise MissingBaseError(
            f"{place} is gated: its owner asks everyone to accept the terms first.",
            "Accept them on the model's page, then run `hf auth login` and fetch again.",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise MissingBaseError(
            f"There is no {place}, or it is private.",
            "Check the spelling (owner/name); for a private one run `hf auth login`.",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise MissingBaseError(
            f"{place} has no revision {source.revision!r}.", "Leave the revision out, or check it."
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise MissingBaseError(
            f"{place} is not in the cache and cannot be reached from here.",
            f"Check the network, then run: socle bases fetch {source.id}",
        ) from error
    except errors.HFValidationError as error:
        raise BaseError(f"{source.id!r} is not a hub id.", "One looks like owner/name.") from error
    except Exception as error:
        # The library under huggingface_hub that speaks HTTP has changed twice; its errors are
        # known by where they come from.
        spoken = type(error).__module__.split(".")[0]
        if not isinstance(error, OSError) and not spoken.startswith(("httpx", "requests")):
            raise
        raise MissingBaseError(
            f"{place} cannot be reached: {error}.",
            f"Check the network, then run: socle bases fetch {source.id}",
        ) from error
