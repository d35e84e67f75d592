"""How the events of a long job are shown: bars on a terminal, a line now and then when piped."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping

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

from socle.events import Event, Finished, Noted, Scored, Started, Stepped, duration

EVERY = 15.0
"""Seconds between two lines of the plain listener."""


@contextlib.contextmanager
def bars(screen: Console) -> Iterator[Bars]:
    """Give a listener that draws one bar per job, and removes it when the job has ended."""
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
        yield Bars(progress)


class Bars:
    """The listener of a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Started(job, total):
                self._end(job)  # a job that starts again replaces its bar
                self._tasks[job] = self._progress.add_task(job, total=total, detail="")
            case Stepped(job, done, detail) if job in self._tasks:
                self._progress.update(self._tasks[job], completed=done, detail=detail)
            case Finished(job):
                self._end(job)
            case Noted(text):
                self._progress.console.print(text, markup=False)
            case Scored(name, metrics):
                self._progress.console.print(_scored(name, metrics), markup=False)

    def _end(self, job: str) -> None:
        if job in self._tasks:
            self._progress.remove_task(self._tasks.pop(job))


class Lines:
    """The listener of a pipe or a log: what was found, and every `EVERY` seconds how far it is."""

    def __init__(self, screen: Console, now: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._now = now
        self._jobs: dict[str, tuple[float, int | None]] = {}
        self._said = now()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Started(job, total):
                self._jobs[job] = (self._now(), total)
            case Stepped(job, done, detail) if self._now() - self._said >= EVERY:
                self._print(f"{job}: {done}{self._left(job, done)} {detail}".rstrip())
            case Finished(job):
                self._jobs.pop(job, None)
            case Noted(text):
                self._print(text)
            case Scored(name, metrics):
                self._print(_scored(name, metrics))

    def _left(self, job: str, done: int) -> str:
        began, total = self._jobs.get(job, (0.0, None))
        if not total or not done:
            return ""
        left = (self._now() - began) * (total - done) / done
        return f" of {total}, about {duration(left)} left"

    def _print(self, text: str) -> None:
        self._said = self._now()
        self._screen.print(text, markup=False)


def _scored(name: str, metrics: Mapping[str, float]) -> str:
    said = ", ".join(f"{key} {value:.3f}" for key, value in metrics.items())
    return f"{name}: {said} on training examples that it had not seen"
