"""JSON lines and JSON lists, whole and damaged."""

from pathlib import Path

import pytest

from socle import formats
from socle.errors import UnreadableError
from socle.formats import Table


def table_of(tmp_path: Path, text: str, name: str = "a.jsonl") -> Table:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return formats.read(path)


def test_keys_are_columns_and_gaps_are_empty(tmp_path: Path) -> None:
    table = table_of(tmp_path, '{"text": "a", "n": 1}\n\n{"text": "b", "tags": ["x", "y"]}\n')
    assert dict(table.columns) == {
        "text": ["a", "b"],
        "n": ["1", None],
        "tags": [None, ("x", "y")],
    }
    assert list(table.lines) == [1, 3]


def test_a_line_separator_inside_a_string_is_not_a_line(tmp_path: Path) -> None:
    table = table_of(tmp_path, '{"text": "a\u2028b\x85c"}\n{"text": "d"}\n')
    assert list(table.columns["text"]) == ["a\u2028b\x85c", "d"]


def test_a_list_gives_the_lines_of_its_items(tmp_path: Path) -> None:
    table = table_of(tmp_path, '[\n {"text": "a"},\n\n {"text":\n  "b"}, {"text": "c"}]', "a.json")
    assert list(table.lines) == [2, 4, 5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"text": "a"}\n{"text": "b', "line 2 is not JSON"),
        ('{"text": "a"}\n["b"]\n', "line 2: a list stands where an object"),
        ("text,label\na,b\n", "line 1 is not JSON"),
        ('[{"text": "a"}, 3]', "line 1: a int stands"),
        ('[{"text": "a"}\n', "line 1 is not JSON: the list is not closed"),
        ('[{"text": "a"},\n', "line 1 is not JSON|line 2 is not JSON"),
        ('{"a":' * 100_000, "line 1 is not JSON: it is nested too deeply"),
        ("[" * 100_000, "line 1 is not JSON: it is nested too deeply"),
    ],
)
def test_damage_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        table_of(tmp_path, text)
