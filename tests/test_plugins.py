"""A folder is a menu: its options by name, ours and outsiders'."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from socle import plugins
from socle.errors import UsageError
from socle.strategies.majority import OPTION

FOLDERS = ("strategies", "engines", "tasks")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_name_can_be_loaded(folder: str) -> None:
    names = plugins.names(folder)
    assert names == sorted(set(names))
    assert names
    for name in names:
        assert plugins.load(folder, name) is plugins.load(folder, name)


def test_the_documented_options_are_there() -> None:
    ours = {"majority", "classical", "head", "partial", "lora", "full", "scratch"}
    assert ours <= set(plugins.names("strategies"))
    assert {"torch", "onnx"} <= set(plugins.names("engines"))
    assert "classification" in plugins.names("tasks")


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="'hed'") as caught:
        plugins.load("strategies", "hed")
    assert caught.value.hint.startswith("Did you mean 'head'? Choose among: ")
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError) as caught:
        plugins.load("strategies", "zzzz")
    assert all(name in caught.value.hint for name in plugins.names("strategies"))


@pytest.mark.parametrize("name", ["", "..errors", "__init__", "Head"])
def test_a_name_is_no_path_into_the_package(name: str) -> None:
    with pytest.raises(UsageError):
        plugins.load("strategies", name)


def test_an_outside_package_adds_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    target = "socle.strategies.majority:OPTION"
    point = EntryPoint("few-words", target, "socle.strategies")
    found = {"socle.strategies": [point]}
    monkeypatch.setattr(plugins, "entry_points", lambda group: found.get(group, []))
    assert "few-words" in plugins.names("strategies")
    assert "few-words" not in plugins.names("tasks")
    assert plugins.load("strategies", "few-words") is OPTION
