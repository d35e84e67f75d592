"""Files of accounting entries as the reader tells them."""

from __future__ import annotations

import random
from pathlib import Path

from socle.pages import Document
from socle.readers import Settings
from socle.readers.fec import OPTION
from specimens.accounts import book
from specimens.breaches import BREACHES


def document(path: Path) -> Document:
    return Document(path, "text/x-fec", data=path.read_bytes())


def test_a_sound_file_is_accepted_with_its_totals(tmp_path: Path) -> None:
    made = book(2)
    found = OPTION.read(document(made.write(tmp_path)), Settings())
    assert {name: field.value for name, field in found.fields.items()} == made.truth()
    assert found.status(1.0) == "accept"
    assert "violations" not in found.tables
    assert any("classes 6 and 7" in note for note in found.notes)


def test_a_broken_file_is_rejected_with_its_lines(tmp_path: Path) -> None:
    made = BREACHES["number_gap"](book(2), random.Random(0))
    found = OPTION.read(document(made.write(tmp_path)), Settings())
    assert found.status(0.5) == "reject"
    assert [row.values["rule"] for row in found.tables["violations"]] == ["number_gap"]


def test_entries_are_recognised_in_any_encoding(tmp_path: Path) -> None:
    for rule in ("encoding", "separator", "column_name"):
        path = BREACHES[rule](book(2), random.Random(0)).write(tmp_path)
        assert OPTION.suits(document(path)) == 1.0
    assert OPTION.suits(Document(tmp_path / "none", "text/csv", data=b"a;b;c\n")) == 0.0
