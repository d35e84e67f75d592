"""Running functions in processes of their own, so that their death is not ours.

A function and its arguments go in through standard input, events and the result come back on
standard output, each message behind its length. Unlike `multiprocessing` this asks nothing of the
user's own script (no `__main__` guard). What is exchanged never outlives the processes and never
comes from a file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import IO, Any

from socle.errors import ResourceError, SocleError
from socle.events import Listener, silent

_START = "from socle.processes import _serve; _serve()"
_PATIENCE = 60.0
"""Seconds that an interrupted child has to save what it did."""
_LENGTH = 8
_LONGEST_ANSWER = 256 << 20
"""Bytes of one message from a child that is not trusted."""
_PLAIN = {
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "pathlib": frozenset({"PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"}),
}
"""Classes of values, beside Socle's own, that a child which is not trusted may send."""


def apart(function: Callable[..., Any], *given: Any, listen: Listener = silent) -> Any:
    """Return `function(*given, listen=...)`, computed in a child process.

    Args:
        function: a function of a module; it takes `listen` by name.
        given: its arguments.
        listen: hears the events of the child.

    Raises:
        ResourceError: the child was killed (by the system when memory runs out, most often) or
            could not say what went wrong.
        SocleError: the one that the function raised.
    """
    worker = Worker()
    try:
        return worker.call(function, *given, listen=listen)
    except KeyboardInterrupt:
        worker.interrupt()
        raise
    except MemoryError:
        raise ResourceError(
            "The memory of this machine is not enough.", "Use fewer rows."
        ) from None
    finally:
        worker.kill()


class EndedError(ResourceError):
    """A child ended while it owed an answer; `code` is what it ended with."""

    def __init__(self, code: int) -> None:
        how = f"killed (signal {-code})" if code < 0 else f"ended with code {code}"
        super().__init__(
            f"A process that did a part of the work was {how}.",
            "The memory of this machine may not be enough: try a smaller base, fewer rows, or "
            "a smaller batch_size in the recipe.",
        )
        self.code = code


class Worker:
    """A child process that answers one call after the other, and keeps what it has loaded.

    Args:
        trusted: False for a child that handles what strangers made. Its messages may then hold
            nothing but plain values, Socle's records and Socle's errors, so that a child that was
            taken over cannot run anything here.
        quiet: whether what libraries write to the child's streams is dropped.
        environment: variables that the child has beside ours.
    """

    def __init__(
        self,
        *,
        trusted: bool = True,
        quiet: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._trusted = trusted
        self._stopped = False
        # In a group of its own: Ctrl-C on a terminal must reach it once, through us.
        self._child = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            process_group=0 if os.name == "posix" else None,
            env={**os.environ, **environment} if environment else None,
        )
        # The path goes first: functions are found by importing their modules.
        self._before = _framed(pickle.dumps(sys.path))

    @property
    def number(self) -> int:
        """The child's process identifier."""
        return self._child.pid

    @property
    def gone(self) -> bool:
        """Whether the child has ended, or was told to: for a moment it may still look alive."""
        return self._stopped or self._child.poll() is not None

    def call(
        self, function: Callable[..., Any], *given: Any, listen: Listener | None = None
    ) -> Any:
        """Return `function(*given)`, computed in the child.

        Args:
            function: a function of a module; it takes `listen` by name if that is given.
            given: its arguments.
            listen: hears the events of the child.

        Raises:
            MemoryError: the child had not enough.
            EndedError: the child was killed, or ended itself.
            ResourceError: it could not say what went wrong, or answered what is not taken.
            SocleError: the one that the function raised.
        """
        if self._child.stdin is None or self._child.stdout is None:
            raise ValueError("the child has no pipes")
        job = self._before + _framed(pickle.dumps((function, given, listen is not None)))
        self._before = b""
        threading.Thread(target=_send, args=(self._child.stdin, job), daemon=True).start()
        while True:
            kind, value = self._message(self._child.stdout)
            if kind == "event":
                if listen:
                    listen(value)
            elif kind == "result":
                return value
            elif kind == "memory":
                raise MemoryError
            elif isinstance(value, SocleError):
                raise value
            else:
                raise ResourceError(str(value), "SOCLE_DEBUG=1 shows the details.")

    def interrupt(self) -> None:
        """Send the child what Ctrl-C sends, and wait until it has saved what it wants to save."""
        self._child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(_PATIENCE)

    def stop(self) -> None:
        """Kill the child now; a call that waits for it in another thread fails."""
        self._stopped = True
        if self._child.poll() is None:
            self._child.kill()

    def kill(self) -> None:
        """Kill the child, and let go of what connects us to it."""
        self.stop()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()

    def _message(self, stream: IO[bytes]) -> tuple[str, Any]:
        start = stream.read(_LENGTH)
        length = int.from_bytes(start, "big")
        if not self._trusted and length > _LONGEST_ANSWER:
            self.kill()
            raise ResourceError(
                f"A process answered with {length >> 20} MB.", "Ask it for less at once."
            )
        raw = stream.read(length) if len(start) == _LENGTH else b""
        if not raw or len(raw) < length:
            raise EndedError(self._child.wait())
        try:
            loaded = pickle.loads(raw) if self._trusted else _Wary(io.BytesIO(raw)).load()
            kind, value = loaded
        except Exception as error:
            self.kill()
            said = f"A process answered what cannot be understood ({error})."
            raise ResourceError(said, "SOCLE_DEBUG=1 shows the details.") from error
        return kind, value


class _Wary(pickle.Unpickler):
    """Reads plain values, Socle's records and Socle's errors; nothing that could act."""

    def find_class(self, module: str, name: str) -> Any:
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        if _ours(module):
            found = super().find_class(module, name)
            ours = isinstance(found, type) and _ours(found.__module__)
            if ours and (dataclasses.is_dataclass(found) or issubclass(found, SocleError)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not taken from there")


def _ours(module: str) -> bool:
    return module.partition(".")[0] == "socle"


def _framed(raw: bytes) -> bytes:
    return len(raw).to_bytes(_LENGTH, "big") + raw


def _send(stream: Any, job: bytes) -> None:
    try:
        stream.write(job)
        stream.flush()
    except (OSError, ValueError):
        return  # the child has gone: its exit code tells


def _received(stream: IO[bytes]) -> Any:
    """Return the next thing that the parent sent."""
    start = stream.read(_LENGTH)
    if len(start) < _LENGTH:
        sys.exit(0)  # there is no more to do
    return pickle.loads(stream.read(int.from_bytes(start, "big")))


def _serve() -> None:
    """Be the child."""
    # Whatever a library prints must not land among the answers, not even as it is imported; and
    # what it reads must not be our next job.
    answers, jobs = os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def say(kind: str, value: Any) -> None:
        answers.write(_framed(pickle.dumps((kind, value))))
        answers.flush()

    sys.path[:] = _received(jobs)
    while True:
        try:
            function, given, heard = _received(jobs)
            more = {"listen": lambda event: say("event", event)} if heard else {}
            say("result", function(*given, **more))
        except SocleError as error:
            say("error", error)
        except KeyboardInterrupt:
            sys.exit(130)
        except MemoryError:
            say("memory", None)
        except Exception as error:
            if os.environ.get("SOCLE_DEBUG"):
                traceback.print_exc()
            say("error", f"{type(error).__name__}: {error}")
