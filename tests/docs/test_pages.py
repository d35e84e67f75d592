"""Links lead somewhere, and what pages say of commands is there."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from socle.cli import application
from tests.docs.pages import ALL, ROOT, bare_flags, blocks, calls, links

every = pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))


@cache
def flags() -> dict[str, set[str]]:
    """Return the flags of every command, by its words."""
    found: dict[str, set[str]] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        found[" ".join(words)] = {flag for p in command.params for flag in p.opts} | {"--help"}
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*words, name))

    for name, command in application().commands.items():
        walk(command, (name,))
    return found


@every
def test_links_lead_to_files(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [link for link in links(text) if not (page.parent / link).exists()] == []


@every
def test_commands_and_flags_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = flags()
    wrong = [
        f"socle {command} {' '.join(sorted(used))}"
        for command, used in calls(text)
        if command not in known or not used <= known[command]
    ]
    assert wrong == []
    assert bare_flags(text) <= set().union(*known.values())


def test_a_wrong_link_command_or_flag_would_be_seen() -> None:
    text = (
        "See [it](gone.md#part), [home](https://example.org).\n"
        "| `socle adapt DATA` | with `--effrot` |\nWith `--resme`, `socle bases fetch X --force`.\n"
        "```sh\nsocle predcit m.socle --json\n```\n<!-- not run: slow -->\n```python\n1\n```\n"
    )
    assert links(text) == ["gone.md"]
    assert ("adapt", {"--effrot"}) in calls(text)
    assert ("bases fetch", {"--force"}) in calls(text)
    assert ("predcit", {"--json"}) in calls(text)
    assert bare_flags(text) == {"--effrot", "--resme"}
    assert [block.run for block in blocks(text)] == [True, False]
