"""Taking from this process what it does not need to read a file that a stranger made.

Three fences stand behind each other. Limits of the kernel on memory and on what is written. Where
the kernel has them, an empty network namespace and a Landlock rule set: no address can be reached,
no file written, no program started, not even by machine code. And a hook that refuses the same to
Python code, everywhere, and says so in words.

None needs special rights. What a system lacks is left out.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any

from socle.errors import ResourceError

_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000
_DIE_WITH_PARENT, _NO_NEW_RIGHTS = 1, 38
_MAKE_RULES, _ADD_RULE, _RESTRICT = 444, 445, 446
"""Numbers of the three calls of Landlock, the same on all processors. Source: landlock(7)."""
_EXECUTE, _WRITE = 1 << 0, 1 << 1
_CHANGES = _EXECUTE | _WRITE | sum(1 << bit for bit in range(4, 13))
"""Rights of Landlock's first version: to start programs, to write, to remove and to make files."""
_PATH_RULE = 1
_NETWORK = frozenset(
    {
        *("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr"),
        *("socket.gethostbyname", "socket.getnameinfo", "socket.sendmsg", "socket.sendto"),
        *("urllib.Request", "http.client.connect", "ftplib.connect", "smtplib.connect"),
    }
)
_PROGRAMS = frozenset(
    {
        *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn"),
        *("os.spawn", "os.startfile", "pty.spawn"),
    }
)
_FILES = frozenset(
    {
        *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod"),
        *("os.chown", "os.truncate", "os.utime", "shutil.rmtree", "shutil.move", "os.setxattr"),
        *("shutil.copyfile", "tempfile.mkstemp", "tempfile.mkdtemp"),
    }
)
_DEBUGGED = 16 << 20
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class ForbiddenError(ResourceError, PermissionError):
    """A confined process wanted what it may not; to libraries it is the system's refusal."""

    def __reduce__(self) -> tuple[type[ForbiddenError], tuple[str, str]]:
        return type(self), (self.message, self.hint)


def confine(memory: int) -> tuple[str, ...]:
    """Confine this process for the rest of its life; call it before heavy libraries are loaded.

    Args:
        memory: bytes that it may hold.

    Returns:
        the fences that stand: `memory`, `network`, `writing`, `python`.
    """
    sys.dont_write_bytecode = True
    standing = []
    if _limit(memory):
        standing.append("memory")
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc is not None:
        libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        # A user namespace of its own takes the rights of root away, with which it could still
        # read what is not its own: only who is not root needs it.
        root = libc.unshare(_NEW_NETWORK) == 0
        if root or libc.unshare(_NEW_USERS | _NEW_NETWORK) == 0:
            standing.append("network")
        if _lock_files(libc):
            standing.append("writing")
    sys.addaudithook(_refuse)
    return (*standing, "python")


def limit_seconds(seconds: float) -> None:
    """Let the kernel end this process when it has computed for so many more seconds."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource
        import time

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        until = int(time.process_time() + seconds) + 1
        if most != resource.RLIM_INFINITY:
            until = min(until, most)
        resource.setrlimit(resource.RLIMIT_CPU, (until, most))


def _limit(memory: int) -> bool:
    """Set the limits that the system has; return whether it limits memory."""
    try:
        import resource
    except ImportError:
        return False
    # Who looks for a fault may have sent what is said of it to a file.
    written = _DEBUGGED if os.environ.get("SOCLE_DEBUG") else 0
    for name, most in (("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", written)):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))
    if sys.platform != "linux":
        return False  # macOS takes the limit and ignores it
    # What is reserved, which RLIMIT_AS counts, grows with the cores of the machine and says
    # nothing: each thread reserves 64 MB that it may never touch.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        return True
    return False


def _lock_files(libc: ctypes.CDLL) -> bool:
    """Let nothing be written and no program be started; return whether the kernel can do so."""
    rights = ctypes.c_uint64(_CHANGES)
    rules = libc.syscall(_MAKE_RULES, ctypes.byref(rights), ctypes.c_size_t(8), 0)
    if rules < 0:
        return False
    try:
        nothing = os.open(os.devnull, os.O_RDONLY | getattr(os, "O_PATH", 0))
        try:
            # The kernel's record is packed: 8 bytes of rights, 4 of the file.
            allowed = _WRITE.to_bytes(8, sys.byteorder) + nothing.to_bytes(4, sys.byteorder)
            libc.syscall(_ADD_RULE, rules, _PATH_RULE, allowed, 0)
        finally:
            os.close(nothing)
        if libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0):
            return False
        return bool(libc.syscall(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _refuse(event: str, given: tuple[Any, ...]) -> None:
    if event in _NETWORK:
        raise _forbidden("reach the network")
    if event in _PROGRAMS:
        raise _forbidden("start a program")
    if event in _FILES:
        raise _forbidden("change files")
    if event == "open" and _writes(given):
        raise _forbidden("write a file")


def _writes(given: tuple[Any, ...]) -> bool:
    path, mode, flags = given
    writes = bool((flags or 0) & _WRITES) or any(c in (mode or "") for c in "wax+")
    if not writes or isinstance(path, int):
        return False
    return Path(os.fsdecode(path)) != Path(os.devnull)


def _forbidden(act: str) -> ForbiddenError:
    return ForbiddenError(
        f"Reading this file tried to {act}, which is not allowed.",
        "Do not trust the file. If it should be sound, tell us what made it.",
    )
