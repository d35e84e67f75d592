"""Find a base on this machine: by its name in the catalogue, its hub id, or its folder.

Nothing here touches the network, unless the name is the address of a server: that one is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from socle.bases import (
    Base,
    Kind,
    Located,
    Source,
    catalogue,
    endpoints,
    folders,
    hub,
    manifest,
)
from socle.errors import MissingBaseError
from socle.files import cache_folder, settle, sha256_of_texts

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def find(name_or_path: str | Path, *, verify: bool = False) -> Located:
    """Return a base with the folder that holds its files.

    A record's name goes before a folder of the same name; a path with a separator, or a `Path`,
    is a folder if one with a config.json is there.

    Args:
        name_or_path: a record's name or alias, a hub id (`owner/name`), a folder, or the address
            of a server (`http://localhost:8080/v1`).
        verify: hash every file instead of those only that look changed.

    Raises:
        UnknownBaseError: the name means nothing.
        MissingBaseError: it is known, but its files are not here; the hint says how to fetch them.
        DamagedBaseError: its files are not those that were fetched.
        EndpointError: the server behind the address is down, too slow, or answers nonsense.
    """
    folder = Path(name_or_path).expanduser()
    asked_for_folder = isinstance(name_or_path, Path) or name_or_path.startswith((".", "~", "/"))
    if (
        asked_for_folder
        or folder.is_absolute()
        or (len(folder.parts) > 1 and folders.is_base(folder))
    ):
        return _in_folder(folder, verify)
    base = catalogue.resolve(str(name_or_path))
    if base is None and folders.is_base(folder):
        return _in_folder(folder, verify)
    return located(base or known(str(name_or_path)), verify=verify)


def known(name: str) -> Base:
    """Return what is known of a name before looking for any file.

    Raises:
        UnknownBaseError: there is no record of it, and it is not a hub id.
    """
    if endpoints.is_endpoint(name):
        return endpoints.described(name)
    base = catalogue.resolve(name)
    if base is not None:
        return base
    if _HUB_ID.fullmatch(name):
        return Base(
            name=name,
            kind="encoder",
            title=name,
            languages=("unknown",),
            parameters=0,
            context=0,
            year=0,
            licence="unknown",
            training_data="unknown",
            sources=(Source("hub", name),),
        )
    raise catalogue.unknown(name)


def located(base: Base, *, verify: bool = False) -> Located:
    """Return where the files of a base are, looking in each of its sources' caches in turn.

    Raises:
        MissingBaseError: they are nowhere.
        DamagedBaseError: they are not those that were fetched.
        EndpointError: the server behind the address is down, too slow, or answers nonsense.
    """
    if endpoints.is_endpoint(base.name):
        return endpoints.located(base.name)
    folder = home(base)
    settle(folder)
    if folder.is_dir():
        found = manifest.check(folder / manifest.NAME, folder, verify=verify)
        return Located(base, folder, manifest.weights_sha256(found.files))
    for source in base.sources:
        snapshot = hub.cached(source) if source.kind == "hub" else None
        if snapshot is not None:
            return _in_snapshot(base, source, snapshot, verify)
    raise MissingBaseError(
        f"The base {base.name!r} is not on this machine.",
        f"Run: socle bases fetch {base.name}",
    )


def is_here(base: Base) -> bool:
    """Say whether files of a base are on this machine, without checking them."""
    if (home(base) / manifest.NAME).is_file():
        return True
    return any(source.kind == "hub" and hub.has_folder(source.id) for source in base.sources)


def here() -> list[Base]:
    """Return the records whose files are on this machine, in the order of their names."""
    return [base for base in map(catalogue.record, catalogue.names()) if is_here(base)]


def home(base: Base) -> Path:
    """Return the folder of the cache in which the unpacked wheels of a base are kept."""
    return cache_folder("bases") / base.name


def default_for(texts: Sequence[str], kind: Kind = "encoder", own: str | None = None) -> str:
    """Return the name of the base to start from for these texts, when the user chose none.

    A strategy's `own` usual one goes before, if it is of the kind.

    English gets the small English encoder, anything else the multilingual one, which is slower
    and also right for a mixture. The language model is an English one: of those that need neither
    a hub nor an account, none with an open licence was trained on more languages.
    """
    from socle.bases.languages import looks_english

    if own is not None and catalogue.record(own).kind == kind:
        return own
    if kind != "encoder":
        return "smollm2-135m-instruct"
    return "all-minilm-l6-v2" if looks_english(texts) else "multilingual-e5-small"


def _in_snapshot(base: Base, source: Source, snapshot: Path, verify: bool) -> Located:
    path = hub.manifest_path(source.id, snapshot.name)
    if path.is_file():
        found = manifest.check(path, snapshot, verify=verify)
    else:
        found = hub.record(base.name, source, snapshot)
    if base.training_data == "unknown" and not base.parameters:
        base = folders.describe(snapshot, base.name, base.sources)
    return Located(base, snapshot, manifest.weights_sha256(found.files))


def _in_folder(folder: Path, verify: bool) -> Located:
    if not folder.is_dir():
        raise MissingBaseError(
            f"There is no folder {folder}.",
            "Give a folder with config.json, weights and tokenizer, or a name that "
            "`socle bases list` shows.",
        )
    folder = folder.resolve()
    names = folders.model_files(folder)
    base = folders.describe(folder, folder.name)
    path = cache_folder("bases", ".folders") / f"{sha256_of_texts([str(folder)])[:24]}.json"
    known_ = manifest.read(path)
    old = {} if known_ is None or verify else known_.files
    files = {name: manifest.stamp(folder / name, old.get(name)) for name in names}
    if files != old:
        manifest.write(path, manifest.Manifest(base.name, "folder", str(folder), "", files))
    recorded = manifest.read(folder / manifest.NAME)
    if recorded is not None:
        base = _described_by_record(base, recorded)
    return Located(base, folder, manifest.weights_sha256(files))


def _described_by_record(base: Base, recorded: manifest.Manifest) -> Base:
    """A copy of a fetched base keeps what its record says, under the folder's own sources."""
    record = catalogue.resolve(recorded.base)
    return base if record is None else replace(record, sources=base.sources)
