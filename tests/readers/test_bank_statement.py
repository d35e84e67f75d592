"""Statements in print: every movement of layouts that are made here, and of the shared ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from socle.documents import open_document
from socle.pages import Document
from socle.readers import Settings
from socle.readers.bank_statement import OPTION
from socle.readings import Reading
from specimens.statements import Specimen, make

CSV = "Date;Libellé;Montant\n01/03/2024;CB;-12,50\n02/03/2024;VIR;20,00\n"


def read(made: Specimen, folder: Path) -> Reading:
    path = folder / "statement.pdf"
    path.write_bytes(made.pdf)
    return OPTION.read(open_document(path), Settings())


def movements(reading: Reading) -> list[tuple[object, object, object]]:
    rows = [row.values for row in reading.tables["lines"]]
    return [(row["date"], row["description"], row["amount"]) for row in rows]


def expected(made: Specimen) -> list[tuple[object, object, object]]:
    return [
        (line["date"], " ".join(line["description"].split()), line["amount"])
        for line in made.truth["lines"]
    ]


@pytest.mark.parametrize("number", [0, 3, 7, 15, 22, 41, 60, 63, 74, 99, 116])
def test_every_movement_and_every_head(number: int, tmp_path: Path) -> None:
    made = make(number, number)
    found = read(made, tmp_path)
    assert movements(found) == expected(made)
    for name, value in made.truth.items():
        if name != "lines":
            assert found.fields[name].value == value, name
    assert not [check for check in found.checks if check.passed is False]
    assert found.status(0.99) != "reject"


def test_a_wrong_closing_balance_is_rejected(tmp_path: Path) -> None:
    made = make(3, 3)
    made.truth["closing_balance"] += 1
    from specimens.statements import printed

    made.pdf = printed(made.layout, made.truth)
    found = read(made, tmp_path)
    assert found.status(0.5) == "reject"
    assert [c.passed for c in found.checks if c.name == "balances_close"] == [False]


def test_statements_are_recognised_and_other_papers_are_not(tmp_path: Path) -> None:
    path = tmp_path / "statement.pdf"
    path.write_bytes(make(5, 5).pdf)
    assert OPTION.suits(open_document(path)) > 0.6
    assert OPTION.suits(Document(Path("a.txt"), "text/plain", data=b"hello")) == 0.0


def test_data_files_are_certain(tmp_path: Path) -> None:
    document = Document(tmp_path / "a.csv", "text/csv", data=CSV.encode())
    assert OPTION.suits(document) > 0.5
    found = OPTION.read(document, Settings())
    assert [row.values["amount"] for row in found.tables["lines"]] == [-12.5, 20.0]
    assert {row.source for row in found.tables["lines"]} == {"embedded"}


@pytest.mark.real
def test_every_movement_of_the_shared_statements() -> None:
    folder = Path("../shared/data/documents/comptes-fr")
    if not folder.is_dir():
        pytest.skip("../shared is absent")
    for path in sorted(folder.glob("releve_*.json")):
        truth = json.loads(path.read_text("utf-8"))
        found = OPTION.read(open_document(path.with_suffix(".pdf")), Settings())
        wanted = [(o["date"], o["label"], o["amount"]) for o in truth["operations"]]
        assert movements(found) == wanted
        assert found.fields["iban"].value == truth["iban"]
        assert found.fields["closing_balance"].value == truth["closing_balance"]
        assert found.status(0.99) != "reject"
