"""What a confined process still may, and what its refusals look like to libraries."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from socle import processes
from socle.confining import ForbiddenError, confine
from socle.errors import ResourceError


def confined(path: str) -> tuple[tuple[str, ...], str, str]:
    """Read a file, write to nowhere, and try to write to the file, in that order."""
    standing = confine(1 << 30)
    text = Path(path).read_text()
    Path("/dev/null").write_text("x")
    try:
        Path(path).write_text("changed")
    except PermissionError as error:
        return standing, text, str(error)
    return standing, text, ""


def work() -> int:
    """Do what readers of documents do."""
    confine(2 << 30)
    import numpy as np
    from PIL import Image

    return int(np.asarray(Image.new("L", (10, 10), 7)).sum())


def _in_a_worker(function: object, *given: object) -> object:
    worker = processes.Worker()
    try:
        return worker.call(function, *given)  # type: ignore[arg-type]
    finally:
        worker.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="has no /dev/null")
def test_reading_is_allowed_and_writing_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    standing, text, said = _in_a_worker(confined, str(file))  # type: ignore[misc]
    assert "python" in standing
    assert text == "kept"
    assert "write a file" in said
    assert file.read_text() == "kept"


def test_libraries_work_in_it() -> None:
    assert _in_a_worker(work) == 700


def test_a_refusal_is_one_of_the_system_and_one_for_users() -> None:
    error = ForbiddenError("It tried.", "Do not trust it.")
    back = pickle.loads(pickle.dumps(error))
    assert isinstance(back, PermissionError)
    assert isinstance(back, ResourceError)
    assert (back.message, back.hint) == ("It tried.", "Do not trust it.")
