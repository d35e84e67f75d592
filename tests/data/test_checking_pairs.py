"""What is wrong with pairs of texts is found, in its rows, and nothing where there is nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from socle.cli.check import check
from socle.data.checking_pairs import check_pairs, with_incomplete
from socle.data.dataset import Dataset
from socle.data.findings import Finding, Findings
from socle.examples import Example, References
from socle.formats import read_records
from socle.tasks.generation import OPTION

GOOD = [
    ("The ship left harbour before the storm", "Le bateau partit avant l'orage"),
    ("Nobody ever answers the telephone there", "Personne ne répond jamais au téléphone"),
    ("What a lovely pair of shoes, thank you", "Quelle belle paire de chaussures, merci"),
    ("The zip broke on the very first day", "La fermeture a cassé le premier jour"),
    ("Two children are playing in the garden", "Deux enfants jouent dans le jardin"),
    ("She reads her letters in the evening", "Elle lit ses lettres le soir"),
    ("Our train is forty minutes late again", "Notre train a encore quarante minutes de retard"),
    ("Please close the window, it is raining", "Fermez la fenêtre s'il vous plaît, il pleut"),
    ("An old man feeds pigeons every morning", "Un vieil homme nourrit les pigeons le matin"),
    ("This museum opens at ten on Sundays", "Ce musée ouvre à dix heures le dimanche"),
    ("Winter came early to the high valleys", "L'hiver arriva tôt dans les hautes vallées"),
    ("My brother repairs bicycles for a living", "Mon frère répare des vélos, c'est son métier"),
]
LONG = "Un texte beaucoup plus long que ce que sa source laisse attendre, et de loin. " * 3


def pairs(rows: list[tuple[str, Any]], name: str = "train.csv") -> Dataset[References]:
    return Dataset(
        tuple(
            Example(
                text,
                References((target,) if isinstance(target, str) and target else target or ()),
                f"{name}:{i}",
            )
            for i, (text, target) in enumerate(rows, start=2)
        ),
        name,
    )


def of_kind(findings: Findings, kind: str) -> Finding:
    [finding] = [finding for finding in findings.found if finding.kind == kind]
    return finding


def test_good_pairs_have_no_findings() -> None:
    findings = check_pairs(pairs(GOOD), pairs([("Snow fell all night", "Il neigea")], "test.csv"))
    assert findings.found == ()
    assert (findings.n, findings.n_test, findings.labels) == (12, 1, {})


@pytest.mark.parametrize(
    ("more", "kind", "severity", "rows"),
    [
        ([("", "Bonjour")], "empty-text", "warning", (("train.csv:14",),)),
        ([("Good morning", "")], "empty-target", "warning", (("train.csv:14",),)),
        ([(" Paris", "PARIS")], "copied", "warning", (("train.csv:14",),)),
        ([("Paris", ("Lutèce", "Paris"))], "copied", "warning", (("train.csv:14",),)),
        (
            [(GOOD[0][0].upper(), GOOD[0][1])],
            "duplicate",
            "note",
            (("train.csv:2", "train.csv:14"),),
        ),
        (
            [(GOOD[1][0] + "!", GOOD[1][1])],
            "near-duplicate",
            "note",
            (("train.csv:3", "train.csv:14"),),
        ),
        (
            [(GOOD[2][0], "Une autre version de la phrase, aussi bonne")],
            "several-targets",
            "note",
            (("train.csv:4", "train.csv:14"),),
        ),
        ([("A plain short remark", LONG)], "long-target", "warning", (("train.csv:14",),)),
        ([(LONG, "Bref.")], "short-target", "warning", (("train.csv:14",),)),
    ],
)
def test_each_kind_is_found_in_its_rows(
    more: list[tuple[str, Any]], kind: str, severity: str, rows: tuple[tuple[str, ...], ...]
) -> None:
    finding = of_kind(check_pairs(pairs(GOOD + more)), kind)
    assert finding.severity == severity
    assert finding.rows == rows
    assert finding.hint


def test_the_same_target_again_is_no_other_target() -> None:
    found = check_pairs(pairs([*GOOD, GOOD[0], (GOOD[1][0], "")])).found
    assert sorted(finding.kind for finding in found) == ["duplicate", "empty-target"]


def test_one_target_for_all_is_an_error() -> None:
    findings = check_pairs(pairs([(source, "Oui") for source, _ in GOOD]))
    assert findings.failed
    assert findings.found[0].kind == "one-target"


def test_sources_that_stand_in_training_too() -> None:
    own = [(f"Own text number {i * 7919} {i**5}", f"Le texte {i}") for i in range(30)]
    test = pairs([(GOOD[0][0].lower(), "x"), (GOOD[3][0] + "!", "y"), *own], "test.csv")
    findings = check_pairs(pairs(GOOD), test)
    assert of_kind(findings, "leak").rows == (("train.csv:2", "test.csv:2"),)
    assert of_kind(findings, "near-leak").rows == (("train.csv:5", "test.csv:3"),)
    assert of_kind(findings, "leak").severity == "warning"
    assert of_kind(check_pairs(pairs(GOOD), pairs(GOOD[:3], "t")), "leak").severity == "error"


def test_the_length_of_a_summary_has_little_to_do_with_that_of_its_text() -> None:
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(500)]
    rows = [
        (
            " ".join(rng.choice(words, int(size))),
            " ".join(rng.choice(words, int(rng.integers(9, 13)))),
        )
        for size in np.geomspace(30, 600, 40)
    ]
    assert check_pairs(pairs(rows)).found == ()
    finding = of_kind(check_pairs(pairs([*rows, (rows[5][1] + rows[6][0], "w")])), "short-target")
    assert finding.rows == (("train.csv:42",),)
    assert "beside their sources" not in finding.message


def test_few_rows_tell_no_usual_length() -> None:
    found = check_pairs(pairs([*GOOD[:5], ("Yes", LONG)])).found
    assert found == ()


def test_pairs_longer_than_the_base_reads() -> None:
    findings = check_pairs(
        pairs([*GOOD, ("word " * 90, "mot " * 20)]),
        count_tokens=lambda texts: np.array([len(text.split()) for text in texts]),
        limit=100,
    )
    finding = of_kind(findings, "long-text")
    assert finding.rows == (("train.csv:14",),)
    assert "longest has 110" in finding.message


def test_rows_that_lack_a_text_keep_their_places() -> None:
    records: list[dict[str, Any]] = [
        {"source": "One", "target": "Un"},
        {"source": "Two", "target": ""},
        {"source": None, "target": "Trois"},
        {"source": "Four", "target": "Quatre"},
    ]
    table = read_records(records, Path("rows"))
    columns = OPTION.columns(table, None, None, None)
    found = with_incomplete(table, columns, OPTION.examples(table, columns))
    assert found.texts == ["One", "Two", "", "Four"]
    assert [one.target for one in found] == [("Un",), (), (), ("Quatre",)]
    assert found.notes == ()


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(check)
    return app


def file(tmp_path: Path, name: str, rows: list[dict[str, Any]]) -> str:
    (tmp_path / name).write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(tmp_path / name)


def test_the_command_reads_a_test_file_by_its_own_columns(
    command: typer.Typer, tmp_path: Path
) -> None:
    data = file(tmp_path, "a.jsonl", [{"source": a, "target": b} for a, b in GOOD])
    test = file(
        tmp_path,
        "b.jsonl",
        [{"fr": "Rien", "en": "Nothing"}, {"fr": GOOD[0][1], "en": GOOD[0][0]}, {"fr": "Seul"}],
    )
    args = [data, "--test", test, "--json"]
    found = json.loads(CliRunner().invoke(command, args).stdout)
    assert found["task"] == "generation"
    assert found["columns"] == {"text": "source", "label": "target"}
    # The first of two columns named by languages is the one that is read.
    assert {f["kind"]: f["rows"] for f in found["findings"]} == {"empty-target": [["b.jsonl:3"]]}
    assert found["notes"] == []
    named = file(tmp_path, "c.jsonl", [{"source": GOOD[0][0], "target": "x", "fr": "y"}])
    result = CliRunner().invoke(command, [data, "--test", named, "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"][0]["rows"] == [["a.jsonl:1", "c.jsonl:1"]]


def test_the_table_speaks_of_sources_and_targets(command: typer.Typer, tmp_path: Path) -> None:
    data = file(tmp_path, "a.jsonl", [{"source": a, "target": b} for a, b in GOOD])
    said = " ".join(CliRunner().invoke(command, [data]).stderr.split())
    assert "12 rows (source in 'source', target in 'target')" in said
    assert "labels" not in said
    assert "Nothing to report" in said
