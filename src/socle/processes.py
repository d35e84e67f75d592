"""Running one function in a process of its own, so that its death is not ours.

The function and its arguments go in through standard input, events and the result come back on
standard output. Unlike `multiprocessing` this asks nothing of the user's own script (no `__main__`
guard). What is exchanged never outlives the two processes and never comes from a file.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from socle.errors import ResourceError, SocleError
from socle.events import Listener, silent

_START = "from socle.processes import _serve; _serve()"
_PATIENCE = 60.0
"""Seconds that an interrupted child has to save what it did."""


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
    # In a group of its own: Ctrl-C on a terminal must reach it once, through us.
    child = subprocess.Popen(
        [sys.executable, "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0 if os.name == "posix" else None,
    )
    try:
        # The path goes first: the function is found by importing its module.
        return _result(child, pickle.dumps(sys.path) + pickle.dumps((function, given)), listen)
    except KeyboardInterrupt:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_PATIENCE)
        raise
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream:
                stream.close()


def _result(child: subprocess.Popen[bytes], job: bytes, listen: Listener) -> Any:
    if child.stdin is None or child.stdout is None:
        raise ValueError("the child has no pipes")
    sent = threading.Thread(target=_send, args=(child.stdin, job), daemon=True)
    sent.start()
    while True:
        try:
            kind, value = pickle.load(child.stdout)
        except (EOFError, pickle.UnpicklingError):
            code = child.wait()
            how = f"killed (signal {-code})" if code < 0 else f"ended with code {code}"
            raise ResourceError(
                f"A process that did a part of the work was {how}.",
                "The memory of this machine may not be enough: try a smaller base, fewer rows, or "
                "a smaller batch_size in the recipe.",
            ) from None
        if kind == "event":
            listen(value)
        elif kind == "error":
            raise value
        else:
            return value


def _send(stream: Any, job: bytes) -> None:
    try:
        stream.write(job)
        stream.close()
    except OSError:
        return  # the child has gone: its exit code tells


def _serve() -> None:
    """Be the child."""
    # Whatever a library prints must not land among the answers, not even as it is imported.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.path[:] = pickle.load(sys.stdin.buffer)
    function, given = pickle.load(sys.stdin.buffer)

    def say(kind: str, value: Any) -> None:
        pickle.dump((kind, value), answers)
        answers.flush()

    try:
        say("result", function(*given, listen=lambda event: say("event", event)))
    except SocleError as error:
        say("error", error)
    except KeyboardInterrupt:
        sys.exit(130)
    except MemoryError:
        say("error", ResourceError("The memory of this machine is not enough.", "Use fewer rows."))
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        say("error", ResourceError(said, "SOCLE_DEBUG=1 shows the details."))
        if os.environ.get("SOCLE_DEBUG"):
            raise
