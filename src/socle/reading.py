"""Reading documents: files and folders of them, each apart from the others, to fields.

Every file is opened, recognised and read in a guarded child process: nothing of it is decoded
here. What is done is written down as it comes, so that a run that was stopped goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from socle import plugins
from socle.aliases import Product, rename
from socle.errors import InputError, SocleError, UnreadableError
from socle.events import Finished, Listener, Noted, Started, Stepped, silent
from socle.guard import Guard, Limits
from socle.readers import Reader, Settings

SUFFIXES = (
    *(".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"),
    *(".docx", ".odt", ".xlsx", ".ods", ".xml", ".csv", ".txt", ".ofx", ".qfx", ".sta", ".mt940"),
)
"""What is taken from a folder; a file that is named is always tried."""
_LEAST = 0.3
"""A document that suits no kind better than this is not guessed at."""
_JOB = "Reading"


@dataclass(frozen=True)
class Asked:
    """What the user wants of the documents.

    Attributes:
        kind: name of a reader; None to recognise the kind of each.
        precision: how often an accepted field shall be right, 0 to 1.
        names: `textract` or `documentai` for their names of fields; None for ours.
        settings: what readers are told.
        limits: what one file may cost.
        jobs: files read at the same time; None for one on each core.
    """

    kind: str | None = None
    precision: float = 0.95
    names: Product | None = None
    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    jobs: int | None = None


def files_in(paths: Iterable[Path]) -> tuple[list[Path], int]:
    """Return the documents named or found in folders, sorted, and how many others lie there.

    Raises:
        UnreadableError: a path does not exist, or there is no document at all.
    """
    found: list[Path] = []
    others = 0
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and p.name[0] != ".")
            fit = [p for p in inside if p.suffix.lower() in SUFFIXES]
            found += fit
            others += len(inside) - len(fit)
        elif path.exists():
            found.append(path)
        else:
            raise UnreadableError(f"{path} does not exist.", "Name a file, or a folder of files.")
    if not found:
        raise UnreadableError(
            f"There is no document in {', '.join(map(str, paths))}.",
            f"These are taken from a folder: {', '.join(SUFFIXES)}",
        )
    return list(dict.fromkeys(found)), others


def read(
    paths: Sequence[Path], asked: Asked, journal: Path | None = None, listen: Listener = silent
) -> Iterator[dict[str, Any]]:
    """Yield what stands in each file, as it comes; see `read_one` for the shape.

    Args:
        paths: files.
        asked: what is wanted of them.
        journal: a file that is added to after every document. What it tells of files that have
            not changed since is taken from it, if the same was asked.
        listen: hears how many are done.

    A file that cannot be read yields `{"file", "kind": None, "status": "reject", "error"}`.
    """
    began = time.perf_counter()
    _refuse_unknown(asked)
    listen(Started(_JOB, len(paths)))
    done = 0
    known = _journalled(journal, asked) if journal else {}
    left = []
    for path in paths:
        stamp = _stamp(path)
        if known.get(str(path), {}).get("stamp") == stamp:
            done += 1
            yield known[str(path)]["reading"]
        else:
            left.append(path)
    if done:
        listen(Noted(f"{done} of {len(paths)} files were read before and are not read again."))
        listen(Stepped(_JOB, done))
    with Guard(asked.limits, asked.jobs) as guard:
        for path, found in guard.map(read_one, left, asked):
            told = _failed(path, found) if isinstance(found, SocleError) else found
            if journal:
                _write_down(journal, asked, path, told)
            done += 1
            listen(Stepped(_JOB, done, path.name))
            yield told
    listen(Finished(_JOB, time.perf_counter() - began))


def read_one(path: Path, asked: Asked) -> dict[str, Any]:
    """Return what stands in one file, as the command line prints it; runs in the guarded child.

    `{"file", "kind", "status", "pages", "fields", "lines", "checks", "notes", "seconds"}`, and
    further tables by their names.

    Raises:
        UnreadableError: the file cannot be opened.
        InputError: it is of no kind that is known, or holds nothing of the kind asked for.
    """
    from socle.documents import open_document
    from socle.sources.ladder import settle

    began = time.perf_counter()
    document = settle(open_document(path, asked.limits))
    reader = plugins.load("readers", asked.kind) if asked.kind else recognised(document)
    reading = reader.read(document, asked.settings)
    told = {"file": str(path), "status": reading.status(asked.precision), **reading.to_json()}
    told |= {"pages": len(document.pages), "seconds": round(time.perf_counter() - began, 3)}
    return rename(told, asked.names) if asked.names else told


def recognised(document: Any) -> Reader:
    """Return the reader whose kind a document looks like most.

    Raises:
        InputError: it looks like none.
    """
    readers = _readers()
    scores = [reader.suits(document) for reader in readers]
    best = max(range(len(readers)), key=scores.__getitem__)
    if scores[best] < _LEAST:
        raise InputError(
            "This looks like none of the kinds of documents that are known.",
            f"Say what it is: --as {' | '.join(reader.name for reader in readers)}",
        )
    return readers[best]


@cache
def _readers() -> tuple[Reader, ...]:
    """Return all readers; looking for those of outside packages takes longer than many a page."""
    return tuple(plugins.load("readers", name) for name in plugins.names("readers"))


def _refuse_unknown(asked: Asked) -> None:
    if asked.kind:
        plugins.load("readers", asked.kind)


def _failed(path: Path, error: SocleError) -> dict[str, Any]:
    told = {"message": error.message, "hint": error.hint}
    return {
        "file": str(path),
        "kind": None,
        "status": "reject",
        "pages": 0,
        "fields": {},
        "lines": [],
        "checks": [],
        "error": told,
    }


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _question(asked: Asked) -> dict[str, Any]:
    """Return what decides an answer: not how many are read at a time, nor what a file may cost."""
    told = {"kind": asked.kind, "precision": asked.precision, "names": asked.names}
    return told | {key: str(value) for key, value in asdict(asked.settings).items()}


def _journalled(journal: Path, asked: Asked) -> dict[str, dict[str, Any]]:
    if not journal.exists():
        return {}
    known: dict[str, dict[str, Any]] = {}
    for line in journal.read_text("utf-8").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue  # cut off as the run was stopped
        if told.get("asked") == _question(asked) and "error" not in told["reading"]:
            known[told["reading"]["file"]] = told
    return known


def _write_down(journal: Path, asked: Asked, path: Path, reading: dict[str, Any]) -> None:
    line = {"asked": _question(asked), "stamp": _stamp(path), "reading": reading}
    with journal.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
