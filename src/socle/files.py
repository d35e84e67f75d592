"""Writing without loss, and hashing what was written.

A file or a folder appears under its final name only when it is complete: a run killed in the
middle leaves the old one or the new one, and at worst a hidden leftover that the next write
removes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import platformdirs

from socle.errors import ResourceError

_BLOCK = 1 << 20


def cache_folder(*parts: str) -> Path:
    """Return a folder of Socle's cache (`SOCLE_HOME`, else the user's cache), made if needed."""
    home = os.environ.get("SOCLE_HOME")
    root = Path(home) if home else Path(platformdirs.user_cache_dir("socle"))
    folder = root.joinpath(*parts)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sha256_of_texts(texts: Iterable[str]) -> str:
    """Return the SHA-256 of a sequence of texts; where one ends and the next begins counts."""
    digest = hashlib.sha256()
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "little"))
        digest.update(raw)
    return digest.hexdigest()


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals while writing `path` into a `ResourceError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ResourceError(
                f"The disk is full: {path} could not be written.",
                "Free some space, or choose another folder with --out, and for the cache with "
                "SOCLE_HOME; what was there is intact.",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ResourceError(
                f"Writing {path} is not allowed.", "Choose another folder with --out."
            ) from error
        raise


def refuse_unwritable(path: Path) -> None:
    """Refuse a file that could not be written at the end of a long job, before it begins.

    Raises:
        ResourceError: the place may not be written, is below a file, or is a folder.
    """
    there = next(above for above in path.absolute().parents if above.exists())
    if path.is_dir() or not there.is_dir():
        raise ResourceError(
            f"{path} cannot be written: {path if path.is_dir() else there} is "
            f"{'a folder' if path.is_dir() else 'a file'}.",
            "Give the name of a file in a folder.",
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise ResourceError(f"Writing in {there} is not allowed.", "Choose another place.")


def write_atomically(path: Path, content: bytes | str | Iterable[str]) -> None:
    """Write a whole file under its final name, or nothing; pieces are written as they come.

    Raises:
        ResourceError: the disk is full or the place cannot be written.
    """
    whole = content.encode() if isinstance(content, str) else content
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                for piece in [whole] if isinstance(whole, bytes) else whole:
                    stream.write(piece.encode() if isinstance(piece, str) else piece)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def folder_written_atomically(path: Path) -> Iterator[Path]:
    """Give a fresh folder to fill; it takes the name `path` when the block ends without error.

    The folder that stood there before is kept until the new one is complete. A folder is not
    replaced by one atomic call on every system, so between two renames the old one carries the
    hidden name that `settle` restores.

    Raises:
        ResourceError: the disk is full or the place cannot be written.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        settle(path)
        # Here and not in `settle`: who only reads must not disturb a writer.
        for leftover in path.parent.glob(f".{path.name}.new.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.new."))
        try:
            yield fresh
            for file in sorted(p for p in fresh.rglob("*") if p.is_file()):
                with file.open("rb") as stream:
                    os.fsync(stream.fileno())
            old = _old_name(path)
            fresh.chmod(0o755)
            if path.exists():
                path.rename(old)
            fresh.rename(path)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            settle(path)
            raise
        shutil.rmtree(old, ignore_errors=True)


def settle(path: Path) -> None:
    """Finish or undo a replacement of folder `path` that a kill has interrupted."""
    old = _old_name(path)
    if old.exists():
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(path)


def manifest_of(folder: Path, ignored: Iterable[str] = ()) -> dict[str, str]:
    """Return relative path -> SHA-256 for every file below `folder`."""
    left_out = set(ignored)
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    found = {p.relative_to(folder).as_posix(): p for p in files}
    return {name: sha256_of_file(p) for name, p in found.items() if name not in left_out}


def differences(folder: Path, manifest: Mapping[str, str]) -> list[str]:
    """Return, in words, how the files below `folder` differ from the manifest; empty if not."""
    found = []
    for name, expected in manifest.items():
        file = folder / name
        if not file.is_file():
            found.append(f"{name} is missing")
        elif sha256_of_file(file) != expected:
            found.append(f"{name} has changed")
    return found


def _old_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.old")
