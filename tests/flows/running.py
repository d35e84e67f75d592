"""`socle` as it is typed: in this process, or in one of its own where signals and pipes matter."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socle import cli

LIMIT = 120
HEARS = """
import signal
# What a shell starts in the background inherits deafness for Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """Return the one object on standard output."""
        [line] = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Return the objects on standard output, one per line."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(*words: str | Path) -> Said:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run([str(word) for word in words])
    return Said(code, out.getvalue(), err.getvalue())


def done(*words: str | Path) -> Said:
    """Run a command that has to succeed."""
    said = run(*words)
    assert said.code == 0, said.err
    return said


def refused(*words: str | Path, code: int = 1) -> str:
    """Run a command that has to fail as users may expect, and return what it said."""
    said = run(*words)
    assert said.code == code, said.err
    assert said.out == ""
    assert_designed(said.err)
    return said.err


def assert_designed(said: str) -> None:
    """Check that a refusal is one of ours: a message and a hint, no traceback, no apology."""
    assert "Traceback" not in said
    assert "fault of its own" not in said
    lines = said.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("Error: ")]
    assert len(starts) == 1, said
    assert len(lines) > starts[0] + 1, f"no hint: {said}"
    assert len(lines[-1]) > 10, f"no hint: {said}"


def command(code: str = "") -> list[str]:
    """Return the words that start `socle` in a process of its own, after `code` was run there."""
    return [sys.executable, "-c", f"{code}\nfrom socle.cli import main\nmain()"]


def environment(**more: str) -> dict[str, str]:
    """Return the environment for a process of its own: one thread, no network."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "SOCLE_OFFLINE": "1", **more}


def apart(
    *words: str | Path, code: str = "", given: str = "", more: Mapping[str, str] | None = None
) -> Said:
    """Run a command in a process of its own; `given` is its standard input."""
    ended = subprocess.run(
        [*command(code), *map(str, words)],
        input=given.encode(),
        capture_output=True,
        env=environment(**(more or {})),
        timeout=LIMIT,
        check=False,
    )
    return Said(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def interrupted(words: list[str | Path], code: str, mark: str) -> Said:
    """Run a command in a process of its own, and press Ctrl-C when it has said `mark`."""
    process = subprocess.Popen(
        [*command(HEARS + code), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stderr is not None
    killer = threading.Timer(LIMIT, process.kill)
    killer.start()
    try:
        heard = []
        for line in process.stderr:
            heard.append(line)
            if mark in line:
                process.send_signal(signal.SIGINT)
        out = process.stdout.read()
        process.wait()
    finally:
        killer.cancel()
        process.stdout.close()
        process.stderr.close()
    return Said(process.returncode, out, "".join(heard))


def written(path: Path, rows: Sequence[tuple[str, str]], head: str = "text,label") -> Path:
    """Write a CSV of texts without commas or quotes, and their labels."""
    lines = [head, *(f"{text},{label}" for text, label in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
