"""Read the records of the catalogue: `<name>.toml` beside this file."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from socle.bases import Base, Source
from socle.errors import BaseError, UnknownBaseError

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the names of all records, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def record(name: str) -> Base:
    """Return the record called exactly `name`.

    Raises:
        UnknownBaseError: there is none; the hint gives the nearest names.
    """
    if name not in names():
        raise unknown(name)
    return _read(name)


def resolve(name: str) -> Base | None:
    """Return the record that `name` means: its name, an alias or a hub id, in any case."""
    return _by_any_name().get(name.casefold())


def parse(content: Mapping[str, Any]) -> Base:
    """Turn the content of a record into a `Base`.

    Raises:
        BaseError: a key is unknown or one is missing.
    """
    try:
        sources = tuple(Source(**source) for source in content.get("sources", ()))
        given = {key: _frozen(value) for key, value in content.items() if key != "sources"}
        return Base(**given, sources=sources)
    except TypeError as error:
        raise BaseError(
            f"The record {content.get('name', '?')!r} does not fit the catalogue: {error}.",
            f"Its keys are: {', '.join(field.name for field in fields(Base))}.",
        ) from error


def unknown(name: str) -> UnknownBaseError:
    """Return the error for a name that nobody knows."""
    near = get_close_matches(name.casefold(), list(_by_any_name()), n=5, cutoff=0.5)
    meant = sorted({base.name for key in near if (base := resolve(key))})
    hint = f"Did you mean: {', '.join(meant)}? " if meant else ""
    return UnknownBaseError(
        f"There is no base called {name!r}: no record, no folder, and not a hub id (owner/name).",
        f"{hint}`socle bases list` shows all that have a record.",
    )


@functools.cache
def _read(name: str) -> Base:
    return parse(tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


@functools.cache
def _by_any_name() -> dict[str, Base]:
    found: dict[str, Base] = {}
    for base in map(_read, names()):
        hub = [source.id for source in base.sources if source.kind == "hub"]
        for key in (base.name, *base.aliases, *hub):
            found.setdefault(key.casefold(), base)
    return found


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
