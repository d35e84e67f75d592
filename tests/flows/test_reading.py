"""Reading documents through the command: folders, bad files among good ones, going on."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from socle.cli import run
from socle.errors import UnreadableError, UsageError
from socle.events import Event, Noted
from socle.reading import Asked, files_in, read

STATEMENT = (
    "Date;Date valeur;Libellé;Débit;Crédit;Solde\n"
    "02/01/2026;02/01/2026;Solde initial;;;100,00\n"
    "05/01/2026;05/01/2026;{label};20,00;;80,00\n"
    "09/01/2026;09/01/2026;VIREMENT RECU;;50,00;130,00\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inbox = tmp_path / "inbox"
    (inbox / "deep").mkdir(parents=True)
    (inbox / "a.csv").write_text(STATEMENT.format(label="CB BOULANGERIE"), encoding="utf-8")
    (inbox / "deep" / "b.csv").write_text(STATEMENT.format(label="=1+1"), encoding="utf-8")
    (inbox / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    (inbox / "notes.json").write_text("{}")
    return inbox


def test_a_folder_is_searched_for_documents(folder: Path) -> None:
    found, others = files_in([folder])
    assert [path.name for path in found] == ["a.csv", "cut.pdf", "b.csv"]
    assert others == 1


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="does not exist"):
        files_in([tmp_path / "no.pdf"])
    with pytest.raises(UnreadableError, match="no document"):
        files_in([tmp_path])


def test_an_unknown_kind_is_refused_before_anything_is_read(folder: Path) -> None:
    with pytest.raises(UsageError, match="There is no reader called 'passports'"):
        next(read([folder / "a.csv"], Asked(kind="passports")))


def test_one_bad_file_does_not_stop_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["read", str(folder), "--as", "bank-statement", "--json"]) == 1
    out, told = capsys.readouterr()
    found = {Path(r["file"]).name: r for r in map(json.loads, out.splitlines())}
    assert set(found) == {"a.csv", "b.csv", "cut.pdf"}
    assert [line["amount"] for line in found["a.csv"]["lines"]] == [-20.0, 50.0]
    assert found["cut.pdf"]["status"] == "reject"
    assert "cut.pdf" in found["cut.pdf"]["error"]["message"]
    assert "1 of 3 files could not be read" in told


def test_rows_for_a_spreadsheet_hold_no_formula(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "lines.csv"
    run(["read", str(folder), "--as", "bank-statement", "--out", str(out)])
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [Path(row["file"]).name for row in rows] == [
        "a.csv",
        "a.csv",
        "cut.pdf",
        "b.csv",
        "b.csv",
    ]
    assert rows[3]["line_description"] == "'=1+1"
    assert rows[3]["line_amount"] == "-20.0"
    assert "cut.pdf" in rows[2]["error"]
    assert not list(tmp_path.glob(".*journal"))


def test_a_stopped_run_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    files, _ = files_in([folder])
    asked = Asked(kind="bank-statement", jobs=1)
    stopped = read(files, asked, journal)
    first = next(stopped)
    stopped.close()
    with journal.open("a", encoding="utf-8") as out:
        out.write('{"cut off as it was')
        out.write("\n")
    notes: list[Event] = []
    again = list(read(files, asked, journal, notes.append))
    assert {told["file"] for told in again} == {str(path) for path in files}
    assert again[0] == first
    assert any(
        isinstance(one, Noted) and "1 of 3 files were read before" in one.text for one in notes
    )


def test_a_changed_file_or_question_is_read_anew(folder: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    path = folder / "a.csv"
    (before,) = read([path], Asked(kind="bank-statement"), journal)
    path.write_text(STATEMENT.format(label="CB AUTRE COMMERCE"), encoding="utf-8")
    (after,) = read([path], Asked(kind="bank-statement"), journal)
    assert before["lines"][0]["description"] != after["lines"][0]["description"]
    for precision, written in ((1.0, 3), (1.0, 3), (0.9, 4)):
        list(read([path], Asked(kind="bank-statement", precision=precision), journal))
        assert len(journal.read_text("utf-8").splitlines()) == written


def test_names_of_other_products(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(folder / "a.csv")
    run(["read", path, "--as", "bank-statement", "--names", "documentai", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert "starting_balance" in found["fields"]
    assert run(["read", path, "--names", "azure"]) == 2
    assert "Choose among: textract, documentai" in capsys.readouterr().err


def test_a_lone_file_that_cannot_be_read_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["read", str(folder / "cut.pdf")]) == 1
    told = capsys.readouterr().err
    assert "cut.pdf" in told
    assert "Traceback" not in told


def test_the_table_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["read", str(folder / "a.csv"), "--as", "bank-statement"]) == 0
    shown = capsys.readouterr().out
    assert "opening_balance" in shown
    assert "CB BOULANGERIE" in shown
    assert run(["read", str(folder / "a.csv"), "--out", str(folder / "x.xlsx")]) == 2


def test_terminals_are_not_steered_by_documents(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "a.csv"
    path.write_text(STATEMENT.format(label="[red]CB\x1b[31m"), encoding="utf-8")
    run(["read", str(path), "--as", "bank-statement"])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[red]CB" in shown
