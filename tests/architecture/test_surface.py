"""What the world sees of Socle: a few names, and a command line that answers at once."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import socle

NAMES = {
    "AdaptedModel",
    "Dataset",
    "Example",
    "Prediction",
    "Recipe",
    "Report",
    "SocleError",
    "adapt",
    "bases",
    "compare",
    "evaluate",
    "load",
}
HEAVY = ("torch", "transformers", "sklearn", "numpy", "scipy", "pyarrow", "onnxruntime", "peft")
HELP_SECONDS = 0.5
TRIES = 6
LOADED = (
    "import json, sys\n"
    "{code}\n"
    f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
)


def loaded_by(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(code=code)], capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_public_names_are_these_and_few() -> None:
    assert set(socle.__all__) == NAMES
    assert len(NAMES) <= 12
    assert set(dir(socle)) == NAMES | {"__version__"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_public_name_is_there_and_explained(name: str) -> None:
    assert (getattr(socle, name).__doc__ or "").strip()


def test_an_unknown_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="'socle' has no attribute 'adpat'"):
        _ = socle.adpat


def test_importing_socle_loads_nothing_heavy() -> None:
    assert loaded_by("import socle") == []


def test_naming_what_is_light_loads_no_network_library() -> None:
    code = "import socle; socle.Recipe, socle.Dataset, socle.Example, socle.bases, socle.SocleError"
    assert not set(loaded_by(code)) & {"torch", "transformers", "peft"}


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["bases", "list"],
        *([c, "--help"] for c in ("adapt", "compare", "predict", "evaluate", "check", "bases")),
    ],
    ids=" ".join,
)
def test_asking_the_command_line_loads_nothing_heavy(words: list[str]) -> None:
    assert loaded_by(f"from socle.cli import run\nassert run({words!r}) == 0") == []


def test_the_probe_sees_what_is_heavy() -> None:
    assert loaded_by("import numpy") == ["numpy"]


def test_help_answers_at_once() -> None:
    """In processor time, the best of a few: a busy machine lets it wait, which is not its fault."""
    program = str(Path(sys.executable).with_name("socle"))
    best = float("inf")
    for _ in range(TRIES):
        before = spent()
        done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
        best = min(best, spent() - before)
        if best < HELP_SECONDS:
            break
    assert "adapt" in done.stdout
    assert best < HELP_SECONDS


def spent() -> float:
    """Return the processor seconds of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
