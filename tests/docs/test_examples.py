"""What the pages tell a reader to type is typed here, and answers what they say.

Blocks of one page run in order in one folder, which holds the samples and the files of the
reader's own. In a `console` block, lines after `$ ` are what the command prints; `...` is anything.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import EXECUTED, ROOT, Block, blocks

# Setting up, and an adaptation with the effort of every day, which takes minutes.
NOT_RUN = ("make ", "pip install", "git clone", "python3 -m venv", ".venv/bin/socle adapt")
OWN = ("reviews.csv", "avis.csv")
BASES = ("all-minilm-l6-v2", "multilingual-e5-small")
LANGUAGE_MODEL = "smollm2-135m-instruct"
WITH_LANGUAGE_MODEL = ("prompting.md", "generation.md")
Answer = Callable[[str, Path], str]
LANGUAGES = {"python", "sh", "bash", "console"}
WITHOUT_BASE = [page for page in EXECUTED if page.name == "data.md"]
WITH_BASE = [
    page
    for page in EXECUTED
    if page not in WITHOUT_BASE
    and any(b.run and b.language in LANGUAGES for b in blocks(page.read_text(encoding="utf-8")))
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder as the reader's: with the samples, and files of his own."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    for name in OWN:
        shutil.copy(ROOT / "samples" / "demandes-fr.csv", tmp_path / name)
    return tmp_path


def typed(words: list[str], place: Path) -> str:
    """Return all that a command prints; it must succeed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    surroundings = os.environ | {"PATH": path, "SOCLE_OFFLINE": "1"}
    done = subprocess.run(
        words,
        cwd=place,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words[-1]}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="session")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Return what a line of a console block prints; each adaptation runs once for all pages."""

    @cache
    def adapted(command: str) -> tuple[str, Path]:
        kept = tmp_path_factory.mktemp("adapted")
        (kept / "samples").symlink_to(ROOT / "samples")
        return typed(["bash", "-eu", "-c", command], kept), kept

    def answered(command: str, place: Path) -> str:
        if not command.startswith("socle adapt samples/"):
            return typed(["bash", "-eu", "-c", command], place)
        printed, kept = adapted(command)
        for model in kept.glob("*.socle"):
            shutil.copytree(model, place / model.name, dirs_exist_ok=True)
        return printed

    return answered


def dialogue(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is typed and what is printed, of a console block."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed


def fits(expected: str, printed: str) -> bool:
    """Return whether what was printed is what the page says."""
    lines = (line.rstrip() for line in printed.strip().splitlines())
    pattern = re.escape(expected.strip()).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, "\n".join(lines), re.DOTALL) is not None


def run(block: Block, place: Path, answer: Answer) -> None:
    if block.language == "python":
        typed([sys.executable, "-c", block.text], place)
    elif block.language in ("sh", "bash"):
        lines = [line for line in block.text.splitlines() if not line.startswith(NOT_RUN)]
        typed(["bash", "-eu", "-c", "\n".join(lines)], place)
    elif block.language == "console":
        for command, expected in dialogue(block.text):
            printed = answer(command, place)
            assert fits(expected, printed), f"$ {command}\n{printed}\nis not\n{expected}"


def run_all(page: Path, place: Path, answer: Answer) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.run:
            run(block, place, answer)


@pytest.mark.parametrize("page", WITHOUT_BASE, ids=lambda page: page.name)
def test_examples_without_a_base_run(page: Path, place: Path, answer: Answer) -> None:
    run_all(page, place, answer)


@pytest.mark.real
@pytest.mark.parametrize("page", WITH_BASE, ids=lambda page: page.name)
def test_examples_run(
    page: Path, place: Path, answer: Answer, fetched: Callable[[str], Any]
) -> None:
    for name in (*BASES, *((LANGUAGE_MODEL,) if page.name in WITH_LANGUAGE_MODEL else ())):
        fetched(name)
    run_all(page, place, answer)


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.name)
def test_every_block_is_of_a_known_kind(page: Path) -> None:
    kinds = {block.language for block in blocks(page.read_text(encoding="utf-8"))}
    assert kinds <= LANGUAGES | {"text", "toml", "json"}


def test_the_probe_sees_what_does_not_work(place: Path, answer: Answer) -> None:
    assert fits("...\nUse `head`...\n...", "one\ntwo\nUse `head`: good.\nSaved: x\n")
    assert not fits("...\nUse `head`...\n...", "one\nUse `full`: good.\n")
    assert not fits("voirie...", "a line\nvoirie\t0.9\n")
    assert list(dialogue("$ a b\nsaid\nmore\n$ c\n")) == [("a b", "said\nmore\n"), ("c", "")]
    with pytest.raises(AssertionError):
        run(Block("python", "raise SystemExit(3)", True), place, answer)
    with pytest.raises(AssertionError):
        run(Block("sh", "false\ntrue", True), place, answer)
    with pytest.raises(AssertionError):
        run(Block("console", "$ echo one\ntwo\n", True), place, answer)
