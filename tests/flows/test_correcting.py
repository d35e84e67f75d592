"""Corrections through the command: what is learnt, what is refused, what is judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from socle.cli import run
from socle.correcting import corrections_in
from socle.errors import RowsError, UnreadableError

INVOICE = """Menuiserie Lebrun
12 rue du Port
44000 Nantes

Facture n° F-{number}
Date : {day:02d}/03/2026

Client : Garage du Centre

Table en chêne        1      {net},00
Total HT                     {net},00
TVA 20 %                     {tax},00
Total TTC                    {total},00
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = []
    for i in range(4):
        net = 100 * (i + 1)
        text = INVOICE.format(
            number=201 + i, day=i + 3, net=net, tax=net // 5, total=net + net // 5
        )
        (tmp_path / f"{i}.txt").write_text(text, encoding="utf-8")
        fields = {"supplier_name": "Menuiserie Lebrun", "total_amount": net * 1.2}
        lines.append(json.dumps({"file": f"{i}.txt", "kind": "invoice", "fields": fields}))
    (tmp_path / "corrections.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_a_ranker_is_written_and_read_with(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "ours.ranker"
    given = str(folder / "corrections.jsonl")
    assert run(["read", "--correct", given, "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["documents"] == 4
    assert found["after"] >= found["before"]
    assert found["kept"] == (found["ranker"] is not None) == out.is_dir()
    if found["kept"]:
        words = ["read", str(folder / "0.txt"), "--as", "invoice", "--ranker", str(out), "--json"]
        assert run(words) == 0
        read = json.loads(capsys.readouterr().out)
        assert read["fields"]["total_amount"]["value"] == 120.0


def test_too_few_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "corrections.jsonl"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    assert run(["read", "--correct", str(path)]) == 1
    assert "at least 3 are needed" in capsys.readouterr().err


def test_lines_that_are_no_corrections_are_refused_by_number(folder: Path) -> None:
    path = folder / "corrections.jsonl"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + '\n{"file": "a.pdf"}', encoding="utf-8")
    with pytest.raises(UnreadableError, match="line 5"):
        corrections_in(path)
    path.write_text('{"file": "a.txt", "kind": "fec", "fields": {}}', encoding="utf-8")
    with pytest.raises(RowsError, match="learns nothing"):
        corrections_in(path)


def test_values_may_stand_as_readings_print_them(folder: Path) -> None:
    path = folder / "corrections.jsonl"
    path.write_text(
        '{"file": "a.pdf", "fields": {"total_amount": {"value": 12.5, "raw": "12,50"}}}',
        encoding="utf-8",
    )
    (found,) = corrections_in(path)
    assert (found.path, found.kind) == (folder / "a.pdf", "invoice")
    assert found.fields == {"total_amount": 12.5}


def test_files_beside_corrections_are_refused(folder: Path) -> None:
    given = str(folder / "corrections.jsonl")
    assert run(["read", str(folder / "0.txt"), "--correct", given]) == 2
    assert run(["read"]) == 2


def test_options_that_would_do_nothing_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, paper = str(folder / "corrections.jsonl"), str(folder / "0.txt")
    assert run(["read", "--correct", given, "--as", "invoice"]) == 2
    assert "Leave out: --as." in capsys.readouterr().err
    assert run(["read", paper, "--as", "fec", "--ranker", str(folder)]) == 2
    assert "--ranker is for: invoice, receipt" in capsys.readouterr().err
    assert run(["read", paper, "--ranker", str(folder / "none")]) == 1
    assert "Make one: socle read --correct" in capsys.readouterr().err
