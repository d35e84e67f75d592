"""What was fetched: a manifest of every file, and a cheap check that it is still so.

A file whose size and time of change are the recorded ones is taken as unchanged; any other is
hashed again, and so is every file when a full check is asked for.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from socle.errors import DamagedBaseError, ResourceError
from socle.files import sha256_of_file, sha256_of_texts, write_atomically

NAME = "socle-base.json"
WEIGHTS = (".safetensors", ".bin", ".h5", ".msgpack")


@dataclass(frozen=True)
class Stamp:
    """One file as it was when it was written."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The files of a base, and where they came from."""

    base: str
    source: str
    """`wheel`, `hub` or `folder`."""
    id: str
    revision: str
    """The wheel's version, or the commit that a hub revision stood for when it was fetched."""
    files: dict[str, Stamp]


def stamp(file: Path, known: Stamp | None = None) -> Stamp:
    """Return size, time of change and SHA-256 of a file, not hashing it if it is the known one."""
    status = file.stat()
    if known and (status.st_size, status.st_mtime_ns) == (known.size, known.mtime_ns):
        return known
    return Stamp(status.st_size, status.st_mtime_ns, sha256_of_file(file))


def stamps(folder: Path, names: Iterable[str] | None = None) -> dict[str, Stamp]:
    """Return the stamps of the named files of a folder, of all of them by default."""
    every = (p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p.is_file())
    return {name: stamp(folder / name) for name in (names or every) if name != NAME}


def write(path: Path, manifest: Manifest) -> None:
    """Write a manifest as JSON, whole or not at all."""
    write_atomically(path, json.dumps(asdict(manifest), indent=1) + "\n")


def read(path: Path) -> Manifest | None:
    """Return the manifest in a file, or None when there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["files"] = {name: Stamp(**stamp) for name, stamp in content["files"].items()}
        return Manifest(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def check(path: Path, folder: Path, *, verify: bool = False) -> Manifest:
    """Return the manifest in `path` after checking the files in `folder` against it.

    Args:
        path: the manifest.
        folder: what it speaks of.
        verify: hash every file, also those that look unchanged.

    Raises:
        DamagedBaseError: no manifest, a file is missing, or one has another content.
    """
    found = read(path)
    if found is None:
        raise damaged(folder.name, f"{path.name} is missing or cannot be read")
    seen = {}
    for name, expected in found.files.items():
        file = folder / name
        if not file.is_file():
            raise damaged(found.base, f"{name} is missing")
        status = file.stat()
        if status.st_size != expected.size:
            raise damaged(
                found.base, f"{name} has {status.st_size} bytes instead of {expected.size}"
            )
        if not verify and status.st_mtime_ns == expected.mtime_ns:
            seen[name] = expected
            continue
        seen[name] = stamp(file)
        if seen[name].sha256 != expected.sha256:
            raise damaged(found.base, f"the content of {name} has changed")
    if seen != found.files:
        _remember(path, Manifest(found.base, found.source, found.id, found.revision, seen))
    return found


def damaged(name: str, what: str) -> DamagedBaseError:
    """Return the error for a base whose files are not the expected ones."""
    return DamagedBaseError(
        f"The base {name!r} is damaged: {what}.", f"Run: socle bases fetch {name} --force"
    )


def weights_sha256(files: dict[str, Stamp]) -> str:
    """Return one SHA-256 for the weights: the file's own, or that of all names and hashes."""
    weights = {n: s.sha256 for n, s in sorted(files.items()) if n.endswith(WEIGHTS)}
    if len(weights) == 1:
        return next(iter(weights.values()))
    return sha256_of_texts(text for pair in weights.items() for text in pair)


def _remember(path: Path, manifest: Manifest) -> None:
    """Keep the new times, so that a copied cache is hashed once and not at every start."""
    with contextlib.suppress(ResourceError, OSError):
        write(path, manifest)
