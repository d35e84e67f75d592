"""The pages of the documentation, taken apart: their blocks of code, links and calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXECUTED = [ROOT / "README.md", ROOT / "README.fr.md", *sorted((ROOT / "docs").glob("*.md"))]
ALL = [
    *EXECUTED,
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "samples/README.md")),
]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_CALL = re.compile(r"\bsocle ((?:bases )?[a-z]+)\b([^\n`]*)")
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    text: str
    run: bool
    """False after a comment `<!-- not run: reason -->`."""


def blocks(text: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        before = text[: found.start()].rstrip("\n").rpartition("\n")[2]
        yield Block(found[1], found[2], not before.startswith("<!-- not run"))


def links(text: str) -> list[str]:
    """Return the targets of links to other files, without anchors."""
    prose = _FENCE.sub("", text)
    found = [target.partition("#")[0] for target in _LINK.findall(prose)]
    return [target for target in found if target and "://" not in target]


def calls(text: str) -> Iterator[tuple[str, set[str]]]:
    """Yield every command called in code, or explained in a row of a table, with its flags."""
    lines = (line for block in blocks(text) for line in block.text.splitlines())
    code = [line.partition("#")[0] for line in lines]
    prose = _FENCE.sub("", text).splitlines()
    rows = [line.replace("`", "") for line in prose if line.startswith("| `socle ")]
    spans = [span for line in prose for span in _SPAN.findall(line)]
    for part in (*code, *rows, *spans):
        for command, rest in _CALL.findall(part):
            yield command, set(_FLAG.findall(rest))


def bare_flags(text: str) -> set[str]:
    """Return the flags that stand in code alone, such as `--resume`."""
    spans = _SPAN.findall(_FENCE.sub("", text))
    return {span.split()[0] for span in spans if _FLAG.match(span)}
