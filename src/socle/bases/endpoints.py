"""Language models behind an address, as bases.

`http://localhost:8080/v1` names a server that speaks OpenAI's protocol, `https://host/v1#model` one
model of several. No server is ever asked whose address the user has not given.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import urlsplit

from socle.bases import Base, Located, Source
from socle.bases.serving import EXAMPLE, KEY, Address, RefusedError, Server, Wait
from socle.errors import EndpointError, UnknownBaseError, UsageError
from socle.files import cache_folder, sha256_of_texts

UNTOLD_CONTEXT = 4096
"""Tokens that are taken for the context of a server that does not tell it."""
_CONTEXT_KEYS = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")
_VERSION_KEYS = ("root", "parent", "version", "revision", "digest", "meta")
"""What servers tell of the weights; `created` is not among them, for vLLM and llama.cpp give the
time of the request."""


def is_endpoint(name: str) -> bool:
    """Say whether a name is the address of a server."""
    return name.strip().casefold().startswith(("http://", "https://"))


def is_local(url: str) -> bool:
    """Say whether an address is on this machine."""
    return Address(url).is_local


def address(name: str) -> Address:
    """Take an address apart; a host alone gets the path `/v1`.

    Raises:
        UsageError: it holds a user, a password or a query, which would be saved with every model.
        UnknownBaseError: it is not an address.
    """
    url, _, model = name.strip().partition("#")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if "@" in url or (not host and "@" in model):
        _refuse_secret("a user's name or a password")
    if "?" in url:
        _refuse_secret("a query, where keys are often put")
    if not is_endpoint(name) or not re.fullmatch(r"[\w.-]+|[0-9a-f:.]+", host):
        raise UnknownBaseError(
            f"{name!r} is not the address of a server.", f"One looks like {EXAMPLE}."
        )
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port is not None else ""
    path = parts.path.rstrip("/") or "/v1"
    return Address(f"{parts.scheme}://{place}{path}", model)


def described(name: str) -> Base:
    """Return what is known of a model before its server is asked.

    Raises:
        UsageError, UnknownBaseError: as `address` does.
    """
    asked = address(name)
    return Base(
        name=asked.name,
        kind="decoder",
        title=asked.model or f"A model at {asked.host}",
        languages=("unknown",),
        parameters=0,
        context=0,
        year=0,
        licence="unknown",
        training_data="unknown",
        sources=(Source("endpoint", asked.url),),
    )


def located(name: str, wait: Wait = time.sleep) -> Located:
    """Return a model behind an address as a base, after asking the server what it is.

    Its SHA-256 is of the address, the model's name and what the server tells of the weights; its
    folder, in the cache, is where answers are kept. `wait` sleeps between tries.

    Raises:
        UsageError, UnknownBaseError: the address is none, or the server has several models and
            none of them is named.
        EndpointError: the server is down, too slow, or answers nonsense.
    """
    asked = address(name)
    with Server(asked, wait) as server:
        try:
            entry = _entry(server.ask("models", None, _entries), asked)
        except RefusedError:
            entry = {}
        context = _context(entry)
        if not context:
            context = _context(_properties(server))
    asked = replace(asked, model=asked.model or str(entry.get("id", "")))
    version = {key: entry[key] for key in _VERSION_KEYS if entry.get(key)}
    if isinstance(version.get("meta"), dict):  # how a server was started is not of the weights
        version["meta"] = {k: v for k, v in version["meta"].items() if not k.startswith("n_ctx")}
    sha256 = sha256_of_texts([asked.url, asked.model, json.dumps(version, sort_keys=True)])
    notes = "" if context else f"The server does not tell its context: {UNTOLD_CONTEXT} is assumed."
    base = replace(described(asked.name), context=context or UNTOLD_CONTEXT, notes=notes)
    return Located(base, cache_folder("endpoints", sha256[:24]), sha256)


def notice(located: Located) -> str | None:
    """Return the sentence that a user must see before his texts go to another machine, or None."""
    urls = [source.id for source in located.base.sources if source.kind == "endpoint"]
    place = Address(urls[0]) if urls else None
    if place is None or place.is_local:
        return None
    plain = ", unencrypted" if place.url.startswith("http:") else ""
    return f"Texts are sent to {place.host}{plain}."


def _refuse_secret(what: str) -> NoReturn:
    raise UsageError(
        f"An address with {what} in it is refused: it would be saved with every model.",
        f"Give the address alone, and the key in the environment variable {KEY}.",
    )


def _entries(said: Any) -> list[dict[str, Any]]:
    return [{"id": str(one["id"]), **one} for one in said["data"]]


def _entry(entries: Sequence[dict[str, Any]], asked: Address) -> dict[str, Any]:
    """What a server tells of the model that is meant; a name it does not list may be an alias."""
    if asked.model:
        return next((one for one in entries if one["id"] == asked.model), {})
    if len(entries) > 1:
        names = ", ".join(str(one["id"]) for one in entries[:20])
        raise UnknownBaseError(
            f"{asked.url} has {len(entries)} models: {names}.",
            f"Name one, as in {asked.url}#{entries[0]['id']}",
        )
    return entries[0] if entries else {}


def _properties(server: Server) -> dict[str, Any]:
    """What llama.cpp's server tells at /props; nothing where there is no such page."""
    try:
        said = server.ask("/props", None, dict, tries=1)
    except EndpointError:
        return {}
    inner = said.get("default_generation_settings")
    return said | inner if isinstance(inner, dict) else said


def _context(told: Mapping[str, Any]) -> int:
    meta = told.get("meta")
    places = [told, meta] if isinstance(meta, dict) else [told]
    found = (place.get(key) for place in places for key in _CONTEXT_KEYS)
    return next((value for value in found if isinstance(value, int) and value > 0), 0)
