"""From anything a user gives to rows, columns, targets and origins."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from socle.data.columns import Columns
from socle.data.reading import as_given, columns_alike, read_rows, targets_of
from socle.errors import RowsError, UnreadableError

ROWS = [{"avis": "Très bien, merci beaucoup", "note": 5}, {"avis": "Nul", "note": 1}]


@pytest.mark.parametrize("kind", ["csv", "str", "frame", "records", "table"])
def test_every_source_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame(ROWS).to_csv(path, index=False)
    sources: dict[str, Any] = {
        "csv": path,
        "str": str(path),
        "frame": pd.DataFrame(ROWS),
        "records": ROWS,
        "table": read_rows(ROWS)[0],
    }
    table, columns = read_rows(sources[kind])
    assert columns == Columns("avis", "note")
    assert list(table.columns["avis"]) == [row["avis"] for row in ROWS]
    assert list(table.columns["note"]) == ["5", "1"]


@pytest.mark.parametrize("source", [[], ["a", "b"], 3, None])
def test_what_is_no_source(source: Any) -> None:
    with pytest.raises(RowsError) as caught:
        read_rows(source)
    assert caught.value.hint


def test_a_missing_file() -> None:
    with pytest.raises(UnreadableError):
        read_rows("nowhere.csv")


def test_targets_of_one_label_and_of_several() -> None:
    assert targets_of(["a", " b ", None]) == ["a", "b", ""]
    assert targets_of(["b|a", "a", None, "a| |a"]) == [("a", "b"), ("a",), (), ("a",)]
    assert targets_of([("x", "y"), (), "z"]) == [("x", "y"), (), ("z",)]


def test_rows_as_given_keep_the_empty_ones_and_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,label,who\n"two\nlines",a,1\n,b,2\nc,,\n')
    table, columns = read_rows(path, group="who")
    dataset = as_given(table, columns)
    assert [e.origin for e in dataset] == ["a.csv:2", "a.csv:4", "a.csv:5"]
    assert [e.target for e in dataset] == ["a", "b", ""]
    assert [e.text for e in dataset] == ["two\nlines", "", "c"]
    assert [e.group for e in dataset] == ["1", "2", None]


def test_a_test_file_has_the_same_columns_or_its_own() -> None:
    same = read_rows([{"x": "a long text, really", "y2": "1", "text": "t"}] * 4, "x", "y2")[0]
    assert columns_alike(same, Columns("x", "y2")) == Columns("x", "y2")
    other = read_rows(ROWS)[0]
    assert columns_alike(other, Columns("x", "y2", "g")) == Columns("avis", "note")
