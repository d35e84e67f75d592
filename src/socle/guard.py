"""Work on files that strangers made, in child processes with limits: a pool that outlives each.

Nothing of such a file is decoded in this process. A child that takes too long, too much memory, or
dies of a file is replaced; the file gets an error that says so, and the others go on.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from socle.confining import confine, limit_seconds
from socle.errors import ResourceError, SocleError, UnreadableError
from socle.machine import physical_cores
from socle.processes import EndedError, Worker

Item = TypeVar("Item")

_LOOK = 0.05
"""Seconds between two looks at the children."""
_LOOK_BY_PROGRAM = 1.0
"""The same where each look starts a program."""
_GROWN = 0.75
"""A child that still holds this share of its memory after a file is replaced."""
_MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one file may cost.

    Attributes:
        memory: bytes that the process which reads it may hold, its libraries included.
        seconds: by the clock, the first file of a process including what it loads.
        cpu_seconds: of computing, over all cores.
        file_bytes: size of the file.
        pages: in a document; pictures in a TIFF, sheets of 70 lines in others.
        pixels: in one picture, and in what a page is rendered to.
        unpacked_bytes: of all that is packed in a file (DOCX, XLSX, ODT, attachments).
        attachments: files embedded in a document.
        attachment_bytes: size of one of them.
    """

    memory: int = 2 << 30
    seconds: float = 300.0
    cpu_seconds: float = 600.0
    file_bytes: int = 40 * _MB
    pages: int = 200
    pixels: int = 40_000_000
    unpacked_bytes: int = 200 * _MB
    attachments: int = 100
    attachment_bytes: int = 10 * _MB


class Guard:
    """A pool of confined child processes; a context manager that leaves none behind.

    Args:
        limits: what one file may cost.
        jobs: how many work at the same time; None for one on each core.
        recycled: how many files a child reads before a fresh one takes its place.

    Children are started when they are first needed and stay warm from one `map` to the next.
    """

    def __init__(
        self, limits: Limits | None = None, jobs: int | None = None, recycled: int = 500
    ) -> None:
        self.limits = limits or Limits()
        cores = physical_cores()
        self.jobs = max(1, jobs or cores)
        threads = str(max(1, cores // self.jobs))
        self._environment = {
            name: os.environ.get(name, threads) for name in ("OMP_NUM_THREADS", "SOCLE_THREADS")
        }
        self._recycled = recycled
        self._slots: list[_Slot] = []
        self._mapping = False
        self._watch: threading.Thread | None = None
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill all children, whatever they do."""
        self._closed.set()
        for slot in self._slots:
            slot.close()
        if self._watch:
            self._watch.join()
        self._slots = []

    def map(
        self, function: Callable[..., Any], items: Iterable[Item], *given: Any
    ) -> Iterator[tuple[Item, Any]]:
        """Yield `(item, function(item, *given))` in the order in which they are done.

        Where the function raised a `SocleError`, or a limit was passed, the error stands in place
        of the result. Items are taken as there is room for them.

        Args:
            function: a function of a module; what it returns is made of plain values and of
                Socle's records.
            items: each goes to one child.
            given: further arguments, the same for all.

        Raises:
            ValueError: the guard was closed, or an earlier `map` is not done.
        """
        if self._closed.is_set() or self._mapping:
            raise ValueError("this guard is closed, or at another map")
        self._mapping = True
        self._start()
        left = iter(items)
        asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
        told: queue.SimpleQueue[tuple[Item, Any] | None] = queue.SimpleQueue()
        waiting = 0
        for slot in self._slots:
            slot.take(asked, told)
        try:
            while True:
                # One more than there are children, so that none waits for the caller.
                while waiting <= self.jobs:
                    try:
                        item = next(left)
                    except StopIteration:
                        break
                    asked.put((item, function, given))
                    waiting += 1
                answer = told.get() if waiting else None
                if answer is None:
                    return
                yield answer
                waiting -= 1
        finally:
            self._mapping = False
            for slot in self._slots:
                slot.drop(asked)

    def _start(self) -> None:
        while len(self._slots) < self.jobs:
            self._slots.append(_Slot(self.limits, self._environment, self._recycled))
        if self._watch is None:
            self._watch = threading.Thread(target=self._look, name="guard", daemon=True)
            self._watch.start()

    def _look(self) -> None:
        cheap = Path("/proc/self/statm").exists()
        while not self._closed.wait(_LOOK if cheap else _LOOK_BY_PROGRAM):
            for slot in list(self._slots):
                slot.look()


class _Slot:
    """One place of the pool: a thread here, and the child that it talks to."""

    def __init__(self, limits: Limits, environment: dict[str, str], recycled: int) -> None:
        self._limits = limits
        self._environment = environment
        self._recycled = recycled
        self._worker: Worker | None = None
        self._done = 0
        self._since: float | None = None
        self._excess: SocleError | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._current: tuple[queue.SimpleQueue[Any], queue.SimpleQueue[Any]] | None = None
        self._queues: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="guarded", daemon=True)
        self._thread.start()

    def take(self, asked: queue.SimpleQueue[Any], told: queue.SimpleQueue[Any]) -> None:
        """Answer the jobs of a queue until `drop`."""
        self._current = (asked, told)
        self._queues.put(self._current)

    def drop(self, asked: queue.SimpleQueue[Any]) -> None:
        """Leave a queue; whoever asked does not wait for what is being done."""
        with contextlib.suppress(queue.Empty):
            while True:
                asked.get_nowait()
        with self._lock:
            if self._since is not None and self._worker:
                self._worker.stop()
        asked.put(None)

    def close(self) -> None:
        """Kill the child and end the thread."""
        with self._lock:
            self._closed = True
            if self._worker:
                self._worker.stop()
        self._queues.put(None)
        if self._current:
            for waiting in self._current:
                waiting.put(None)
        self._thread.join()

    def look(self) -> None:
        """Stop the child if it took too much."""
        with self._lock:
            if self._since is None or self._worker is None or self._excess:
                return
            limits = self._limits
            if time.monotonic() - self._since > limits.seconds:
                self._excess = _too_long(limits.seconds)
            elif _resident(self._worker.number) > limits.memory:
                self._excess = _too_big(limits.memory)
            if self._excess:
                self._worker.stop()

    def _work(self) -> None:
        while (queues := self._queues.get()) is not None:
            asked, told = queues
            while not self._closed and (job := asked.get()) is not None:
                item, function, given = job
                try:
                    told.put((item, self._answer(function, (item, *given))))
                except Exception as error:  # what could not be sent, a child that does not start
                    said = f"{type(error).__name__}: {error}"
                    told.put((item, ResourceError(said, "SOCLE_DEBUG=1 shows the details.")))
            asked.put(None)
        self._replace()

    def _answer(self, function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
        limits = self._limits
        worker = self._ready()
        with self._lock:
            self._since, self._excess = time.monotonic(), None
        try:
            found = worker.call(_limited, function, given, limits.cpu_seconds)
        except MemoryError:
            found = _too_big(limits.memory)
            self._done = self._recycled
        except EndedError as error:
            found = self._death(error.code)
        except SocleError as error:
            found = error
        with self._lock:
            self._since = None
            found = self._excess or found
        self._done += 1
        grown = _resident(worker.number) > _GROWN * limits.memory
        if grown or self._excess or worker.gone or self._done >= self._recycled:
            self._replace()
        return found

    def _ready(self) -> Worker:
        """Return a child that is confined; a fresh one where the last has died meanwhile."""
        if self._worker and self._worker.gone:
            self._replace()
        if self._worker is None:
            quiet = not os.environ.get("SOCLE_DEBUG")
            worker = Worker(trusted=False, quiet=quiet, environment=self._environment)
            with self._lock:
                self._worker = worker
                if self._closed:
                    worker.stop()
            worker.call(confine, self._limits.memory)
        return self._worker

    def _replace(self) -> None:
        with self._lock:
            worker, self._worker, self._done = self._worker, None, 0
        if worker:
            worker.kill()

    def _death(self, code: int) -> SocleError:
        """Return the error of a file that a child died of."""
        if code == -getattr(signal, "SIGXCPU", 0):
            return _too_busy(self._limits.cpu_seconds)
        how = _signal(-code) if code < 0 else f"with code {code}"
        if code == -getattr(signal, "SIGKILL", 0):
            return ResourceError(
                "The system killed the process that read this file.",
                "The memory of this machine may not be enough: read fewer files at a time.",
            )
        # Libraries that get no more memory end their process in one of these ways, too.
        return UnreadableError(
            f"The process that read this file ended ({how}).",
            "The file is damaged in a way that no library expects, or it needs more than "
            f"{self._limits.memory // _MB} MB of memory. Open it in another program and save it "
            "anew.",
        )


def _limited(function: Callable[..., Any], given: tuple[Any, ...], cpu_seconds: float) -> Any:
    """Be the job, in the child."""
    limit_seconds(cpu_seconds)
    return function(*given)


def _resident(number: int) -> int:
    """Return the bytes of memory that a process holds; 0 where nobody tells or it has ended."""
    try:
        pages = Path(f"/proc/{number}/statm").read_bytes().split()[1]
    except FileNotFoundError:
        return 0 if Path("/proc/self/statm").exists() else _resident_by_program(number)
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _resident_by_program(number: int) -> int:
    """Return the same where there is no `/proc`, as on macOS."""
    try:
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(number)], capture_output=True, check=False, timeout=5
        )
        return int(told.stdout or 0) * 1024
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _too_long(seconds: float) -> SocleError:
    return UnreadableError(
        f"Reading this file took more than {seconds:g} seconds and was stopped.",
        "Split it, or give it more time if you trust it.",
    )


def _too_busy(seconds: float) -> SocleError:
    return UnreadableError(
        f"Reading this file took more than {seconds:g} seconds of computing and was stopped.",
        "Split it, or give it more time if you trust it.",
    )


def _too_big(memory: int) -> SocleError:
    return UnreadableError(
        f"Reading this file took more than {memory // _MB} MB of memory and was stopped.",
        "Split it, or give it more memory if you trust it.",
    )
