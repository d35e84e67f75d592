"""Writing invented papers into a folder, each as PDF with its truth beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol


class Made(Protocol):
    """A paper that is ready."""

    @property
    def pdf(self) -> bytes:
        """The file."""
        ...

    @property
    def truth(self) -> Any:
        """What it says, as JSON."""
        ...


def save_all(make: Callable[[int], Made], name: str) -> None:
    """Write the papers that the command line asks for: FOLDER COUNT [FIRST].

    Args:
        make: gives the paper of a number.
        name: of the files, before their numbers.
    """
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        made = make(number)
        (folder / f"{name}_{number:04d}.pdf").write_bytes(made.pdf)
        told = json.dumps(made.truth, ensure_ascii=False, indent=1)
        (folder / f"{name}_{number:04d}.json").write_text(told, "utf-8")
