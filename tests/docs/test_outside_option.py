"""The outside package of CONTRIBUTING.md, installed as it stands there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.docs.pages import ROOT, blocks

MAILS = (
    "From a@example.org Mon Nov 23 10:00:00 2026\nSubject: {subject}\nX-Label: {label}\n\n{body}\n"
)
SUBJECTS = {"Invoice": "money", "Refund": "money", "Practice": "music", "Concert": "music"}


def test_the_outside_format_reads_what_ours_does_not(tmp_path: Path) -> None:
    page = list(blocks((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    code = next(b.text for b in page if b.language == "python")
    about = tomllib.loads(next(b.text for b in page if b.language == "toml"))["project"]
    (tmp_path / "socle_mbox.py").write_text(code, encoding="utf-8")
    facts = tmp_path / f"socle_mbox-{about['version']}.dist-info"
    facts.mkdir()
    named = f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    (facts / "METADATA").write_text(named)
    points = [f"{k} = {v}" for k, v in about["entry-points"]["socle.formats"].items()]
    (facts / "entry_points.txt").write_text("\n".join(["[socle.formats]", *points]))
    mails = [
        MAILS.format(subject=s, label=label, body=f"{s} below.") for s, label in SUBJECTS.items()
    ]
    (tmp_path / "mails.mbox").write_text("\n".join(mails))

    def check(path: str) -> subprocess.CompletedProcess[str]:
        code = f"from socle.cli import run; raise SystemExit(run(['check', {path!r}, '--json']))"
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    found = json.loads(check("mails.mbox").stdout)
    assert (found["n"], found["labels"]) == (4, {"money": 2, "music": 2})
    (tmp_path / "empty.mbox").write_text("")
    refused = check("empty.mbox")
    assert refused.returncode == 1
    assert "holds no mail" in refused.stderr
