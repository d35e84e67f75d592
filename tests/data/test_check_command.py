"""`socle check`, as it is typed."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from typer.testing import CliRunner

from socle.bases import finding, loading
from socle.cli.check import check
from socle.errors import RowsError, UnreadableError

ROWS = (
    "text,label\nthe shoes fit very well,good\nthe zip broke at once,bad\nso nice,good\nugly,bad\n"
)


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(check)
    return app


def file(tmp_path: Path, text: str, name: str = "a.csv") -> str:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / name)


def test_json_is_one_object_on_stdout(command: typer.Typer, tmp_path: Path) -> None:
    path = file(tmp_path, ROWS + "so nice,bad\n")
    result = CliRunner().invoke(command, [path, "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["data"] == path
    assert found["columns"] == {"text": "text", "label": "label"}
    assert [f["kind"] for f in found["findings"]] == ["conflict", "duplicate"]
    assert found["findings"][0]["rows"] == [["a.csv:4", "a.csv:6"]]


def test_a_table_goes_to_stderr(command: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [file(tmp_path, ROWS + "so nice,bad\n")])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "a.csv:4" in result.stderr
    assert "warning" in result.stderr


def test_nothing_to_report(command: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [file(tmp_path, ROWS)])
    assert result.exit_code == 0
    assert "Nothing to report" in result.stderr


def test_errors_in_the_data_exit_with_1(command: typer.Typer, tmp_path: Path) -> None:
    path = file(tmp_path, ROWS)
    result = CliRunner().invoke(command, [path, "--test", path, "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"][0]["kind"] == "leak"


def test_columns_are_named(command: typer.Typer, tmp_path: Path) -> None:
    path = file(tmp_path, "a,b\nx one,y\nx two,z\nx three,y\nx four,z\n")
    args = [path, "--text-column", "a", "--label-column", "b", "--json"]
    found = json.loads(CliRunner().invoke(command, args).stdout)
    assert found["columns"] == {"text": "a", "label": "b"}


def test_our_errors_pass_through(command: typer.Typer, tmp_path: Path) -> None:
    missing = CliRunner().invoke(command, [str(tmp_path / "none.csv")])
    assert isinstance(missing.exception, UnreadableError)
    one_column = CliRunner().invoke(command, [file(tmp_path, "text\na\nb\n")])
    assert isinstance(one_column.exception, RowsError)


def test_a_base_tells_which_texts_are_too_long(
    command: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    words.pre_tokenizer = Whitespace()
    located = SimpleNamespace(folder=tmp_path, base=SimpleNamespace(prefix="one two ", context=6))
    monkeypatch.setattr(finding, "find", lambda name: located)
    monkeypatch.setattr(loading, "load_tokenizer", lambda folder: words)
    args = [file(tmp_path, ROWS), "--base", "tiny", "--json"]
    [found] = json.loads(CliRunner().invoke(command, args).stdout)["findings"]
    assert found["kind"] == "long-text"
    assert found["rows"] == [["a.csv:2"], ["a.csv:3"]]
    assert "longer than the 6 tokens" in found["message"]
    assert "the longest has 7" in found["message"]
