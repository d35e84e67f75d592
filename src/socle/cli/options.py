"""What every command shares: options as one value, the screen, JSON, and progress."""

from __future__ import annotations

import contextlib
import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from typing import Any, TypeVar, get_type_hints

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from socle.events import (
    Event,
    Finished,
    Listener,
    Noted,
    Scored,
    Started,
    Stepped,
    duration,
)

Options = TypeVar("Options")
_PLAIN_EVERY = 15.0
_PLAIN_WIDTH = 120


def takes(kind: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a command that takes a dataclass into one whose parameters are the fields.

    A command has more options than a function should have parameters; typer reads a signature, so
    it is given one made of the fields.
    """
    hints = get_type_hints(kind, include_extras=True)
    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)  # type: ignore[arg-type]
    ]

    def decorated(command: Callable[[Options], None]) -> Callable[..., None]:
        def run(**given: Any) -> None:
            command(kind(**given))

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return decorated


def console() -> Console:
    """Return the screen, standard error: rich on a terminal, plain text when piped."""
    width = None if sys.stderr.isatty() else _PLAIN_WIDTH
    return Console(stderr=True, width=width, highlight=False, soft_wrap=width is None)


def print_json(value: Any) -> None:
    """Print exactly one JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


@contextlib.contextmanager
def listener() -> Iterator[Listener]:
    """Give a listener that shows bars on a terminal, and a line now and then when piped."""
    screen = console()
    if not sys.stderr.isatty():
        yield _Lines(screen)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    with Progress(*columns, console=screen, transient=True) as progress:
        yield _Bars(progress)


class _Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case Started(job, total):
                self._tasks[job] = self._progress.add_task(job, total=total, detail="")
            case Stepped(job, done, detail) if job in self._tasks:
                self._progress.update(self._tasks[job], completed=done, detail=detail)
            case Finished(job) if job in self._tasks:
                self._progress.remove_task(self._tasks.pop(job))
            case Noted(text):
                self._progress.console.print(text, markup=False)
            case Scored(name, metrics):
                self._progress.console.print(_scored(name, metrics), markup=False)


class _Lines:
    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._totals: dict[str, int | None] = {}
        self._began: dict[str, float] = {}
        self._said = 0.0

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        match event:
            case Started(job, total):
                self._totals[job], self._began[job] = total, now
            case Stepped(job, done, detail) if now - max(
                self._said, self._began.get(job, now)
            ) > _PLAIN_EVERY:
                self._said = now
                self._print(f"{job}: {done}{self._left(job, done, now)} {detail}".rstrip())
            case Noted(text):
                self._print(text)
            case Scored(name, metrics):
                self._print(_scored(name, metrics))

    def _left(self, job: str, done: int, now: float) -> str:
        total = self._totals.get(job)
        if not total or not done:
            return ""
        left = (now - self._began[job]) * (total - done) / done
        return f" of {total}, about {duration(left)} left"

    def _print(self, text: str) -> None:
        self._screen.print(text, markup=False)


def _scored(name: str, metrics: Any) -> str:
    said = ", ".join(f"{key} {value:.3f}" for key, value in metrics.items())
    return f"{name}: {said} on training examples that it had not seen"
