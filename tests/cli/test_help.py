"""Help: every command has it, and every option says what it is for."""

from __future__ import annotations

from typing import Any

import pytest

import socle
from socle import cli
from tests.flows.running import apart, done, run

DAILY = ["adapt", "compare", "predict", "evaluate", "check", "bases", "export"]


def leaves() -> list[tuple[str, Any]]:
    """Return every command with its name in full, `bases fetch` and the like included."""
    found = []
    for name, command in cli.application().commands.items():
        inner = getattr(command, "commands", {})
        found += [(f"{name} {key}", one) for key, one in inner.items()] or [(name, command)]
    return found


def test_the_daily_commands_come_first() -> None:
    assert list(cli.commands())[: len(DAILY)] == DAILY
    said = done("--help")
    places = [said.out.index(f"\n  {name} ") for name in DAILY]
    assert places == sorted(places)


@pytest.mark.parametrize(("name", "command"), leaves(), ids=[name for name, _ in leaves()])
def test_every_command_and_option_is_described(name: str, command: Any) -> None:
    assert (command.help or "").strip().endswith("."), name
    for parameter in command.params:
        if parameter.name != "help":
            assert len(parameter.help or "") > 5, f"{name}: {parameter.name}"


@pytest.mark.parametrize("name", [name for name, _ in leaves()])
def test_help_shows_usage_and_exits_with_0(name: str) -> None:
    said = run(*name.split(), "--help")
    assert said.code == 0
    assert f"Usage: socle {name}" in said.out
    assert said.err == ""


def test_the_version_is_told() -> None:
    assert done("--version").out == f"socle {socle.__version__}\n"


def test_no_words_show_the_help() -> None:
    said = apart()
    assert "adapt" in said.out + said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("name", [name for name, _ in leaves()])
def test_json_is_offered_everywhere(name: str) -> None:
    [command] = [command for key, command in leaves() if key == name]
    assert "--json" in {word for parameter in command.params for word in parameter.opts}
