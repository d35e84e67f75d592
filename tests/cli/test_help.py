"""Help: every command has it, and every option says what it is for."""

from __future__ import annotations

from typing import Any

import pytest

import socle
from socle import cli, plugins
from tests.flows.running import apart, done, run

DAILY = ["adapt", "compare", "predict", "evaluate", "read", "check", "bases", "export"]


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


@pytest.mark.parametrize("name", ["adapt", "compare"])
def test_the_task_is_said_to_be_recognised(name: str) -> None:
    said = " ".join(done(name, "--help").out.split())
    assert "Task; recognised from the rows." in said
    assert "classification by default" not in said
    assert "CoNLL-U" in said


def test_predict_names_every_format_that_there_is() -> None:
    said = " ".join(done("predict", "--help").out.split())
    named = said[said.index("--format ") : said.index("--svg ")]
    for name in plugins.names("writers"):
        assert name in named
    for word in ("tags", "entities", "trees", "relations", "Further models, then texts"):
        assert word in said
