"""The outside reader of docs/own-reader.md, installed as it stands there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks

NOTE = (
    "BON DE LIVRAISON N° BL-2041",
    "Date de livraison : 12/03/2026",
    "Livré à : Garage du Port",
    "Nombre de colis : 3",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page = list(blocks((ROOT / "docs" / "own-reader.md").read_text(encoding="utf-8")))
    code = next(b.text for b in page if b.language == "python")
    about = tomllib.loads(next(b.text for b in page if b.language == "toml"))["project"]
    (tmp_path / "socle_delivery.py").write_text(code, encoding="utf-8")
    facts = tmp_path / f"socle_delivery-{about['version']}.dist-info"
    facts.mkdir()
    named = f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    (facts / "METADATA").write_text(named)
    points = [f"{k} = {v}" for k, v in about["entry-points"]["socle.readers"].items()]
    (facts / "entry_points.txt").write_text("\n".join(["[socle.readers]", *points]))
    return tmp_path


def _read(folder: Path, lines: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    (folder / "note.txt").write_text("\n".join(lines), encoding="utf-8")
    code = "from socle.cli import run; raise SystemExit(run(['read', 'note.txt', '--json']))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_outside_reader_reads_what_ours_do_not(folder: Path) -> None:
    done = _read(folder, NOTE)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    values = {name: field["value"] for name, field in found["fields"].items()}
    assert found["kind"] == "delivery-note"
    assert values == {
        "delivery_id": "BL-2041",
        "delivery_date": "2026-03-12",
        "receiver_name": "Garage du Port",
        "parcels": 3,
    }
    assert found["status"] == "accept"
    assert found["checks"][0] == {
        "name": "parcels",
        "passed": True,
        "detail": "At least one parcel is delivered.",
        "fields": ["parcels"],
    }


def test_its_checks_reject(folder: Path) -> None:
    done = _read(folder, (*NOTE[:3], "Nombre de colis : 0"))
    found = json.loads(done.stdout)
    assert (found["kind"], found["status"]) == ("delivery-note", "reject")
