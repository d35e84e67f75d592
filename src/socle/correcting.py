"""Learning from corrections: the ranker of invoices and receipts, refitted to one's own suppliers.

A correction names a file and its right values. What the user did not touch is taken as confirmed:
whoever corrects a document has looked at it. The refitted ranker is judged on documents that it was
not fitted to, and kept only if it is no worse there.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from socle import plugins
from socle.errors import RowsError, SocleError, UnreadableError
from socle.events import Finished, Listener, Noted, Started, Stepped, silent
from socle.guard import Guard, Limits
from socle.pages import Document, Page
from socle.ranking.ranker import Ranker, load
from socle.ranking.refitting import refit
from socle.readers import Settings
from socle.readings import Reading

KINDS = ("invoice", "receipt")
"""Kinds whose values are chosen by a ranker."""
_FOLDS = 5
_FEWEST = 3
"""Documents without which nothing can be judged."""
_JOB = "Learning"


@dataclass(frozen=True)
class Correction:
    """A document and its right values; None for a field that is not on it."""

    path: Path
    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Corrected:
    """What came of corrections: values right of those known, on documents held out."""

    documents: int
    known: int
    before: int
    after: int
    kept: bool
    seconds: float


def corrections_in(path: Path) -> list[Correction]:
    """Return the corrections of a file of JSON lines.

    Each line is `{"file", "kind", "fields": {name: value}}`; a value may also stand as `socle read`
    prints it, `{"value": ...}`. Paths are relative to the file.

    Raises:
        UnreadableError: the file is missing, or a line is no such object.
        RowsError: a kind is none that learns.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(
            f"{path} cannot be read: {error}", "Give JSON lines in UTF-8, one for each document."
        ) from error
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            found.append(_correction(line, f"{path}, line {number}", path.parent))
    return found


def correct(
    corrections: Sequence[Correction],
    out: Path,
    settings: Settings | None = None,
    listen: Listener = silent,
) -> Corrected:
    """Refit the ranker to corrections, judge it on held-out ones, and save it.

    Args:
        corrections: at least three.
        out: folder of the new ranker; nothing is written if it is worse than the old one.
        settings: `settings.ranker` is what is refitted.
        listen: hears how far it is.

    Raises:
        RowsError: there are too few documents that can be read.
        ResourceError: the folder cannot be written.
    """
    began = time.perf_counter()
    settings = settings or Settings()
    ranker = load(settings.ranker)
    listen(Started(_JOB, len(corrections)))
    documents = _opened(corrections, settings, listen)
    if len(documents) < _FEWEST:
        raise RowsError(
            f"{len(documents)} of {len(corrections)} corrected documents could be read; at least "
            f"{_FEWEST} are needed to judge what was learnt.",
            "Correct more documents; 5 to 20 of the suppliers that you see most are a good start.",
        )
    before = after = known = 0
    folds = np.arange(len(documents)) % min(_FOLDS, len(documents))
    for fold in sorted(set(folds)):
        rest = [documents[i] for i in np.flatnonzero(folds != fold)]
        with tempfile.TemporaryDirectory() as folder:
            _refitted(ranker, rest).save(Path(folder))
            moved = replace(settings, ranker=Path(folder))
            for i in np.flatnonzero(folds == fold):
                known += len(documents[i].truth)
                before += _right(documents[i], settings)
                after += _right(documents[i], moved)
    kept = after >= before
    if kept:
        _refitted(ranker, documents).save(out)
    seconds = time.perf_counter() - began
    listen(Finished(_JOB, seconds))
    return Corrected(len(documents), known, before, after, kept, round(seconds, 1))


@dataclass(frozen=True)
class _Known:
    document: Document
    kind: str
    truth: Mapping[str, Any]


def settled_pages(path: Path, limits: Limits) -> tuple[str, tuple[Page, ...]]:
    """Return the media type and the placed words of a file; runs in the guarded child."""
    from socle.documents import open_document
    from socle.sources.ladder import settle

    document = settle(open_document(path, limits))
    return document.media, tuple(replace(page, render=None) for page in document.pages)


def _opened(
    corrections: Sequence[Correction], settings: Settings, listen: Listener
) -> list[_Known]:
    by_path = {one.path: one for one in corrections}
    known: dict[Path, _Known] = {}
    with Guard(Limits()) as guard:
        for done, (path, found) in enumerate(guard.map(settled_pages, by_path, Limits()), start=1):
            listen(Stepped(_JOB, done, path.name))
            if isinstance(found, SocleError):
                listen(Noted(f"{path} is left out: {found.message}"))
                continue
            one = by_path[path]
            media, pages = found
            document = Document(path, media, pages)
            # What was read and not touched is confirmed.
            read = _read(one.kind, document, settings)
            truth = {name: field.value for name, field in read.fields.items()} | dict(one.fields)
            truth = {name: value for name, value in truth.items() if value is not None}
            known[path] = _Known(document, one.kind, truth)
    return [known[path] for path in by_path if path in known]


def _read(kind: str, document: Document, settings: Settings) -> Reading:
    found: Reading = plugins.load("readers", kind).read(document, settings)
    return found


def _refitted(ranker: Ranker, documents: Sequence[_Known]) -> Ranker:
    return refit(ranker, [(one.document, one.truth) for one in documents])


def _right(one: _Known, settings: Settings) -> int:
    """Return how many known values are found."""
    fields = _read(one.kind, one.document, settings).fields
    return sum(name in fields and fields[name].value == value for name, value in one.truth.items())


def _correction(line: str, where: str, folder: Path) -> Correction:
    try:
        told = json.loads(line)
        path, kind, fields = folder / told["file"], told.get("kind", "invoice"), told["fields"]
        values = {
            str(name): value["value"] if isinstance(value, dict) else value
            for name, value in fields.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(
            f"{where} is no correction: {error}",
            'Write {"file": "a.pdf", "kind": "invoice", "fields": {"total_amount": 12.5}}',
        ) from error
    if kind not in KINDS:
        raise RowsError(
            f"{where}: the kind {kind!r} learns nothing from corrections.",
            f"Corrections are for: {', '.join(KINDS)}.",
        )
    return Correction(path, kind, values)
