"""The figures on the pages are those of the result files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def test_no_page_quotes_an_old_figure() -> None:
    words = [sys.executable, str(ROOT / "benchmarks" / "figures.py"), "--check"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nRun: python benchmarks/figures.py"


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda path: path.name
)
def test_no_page_waits_for_its_figures(page: Path) -> None:
    """A table whose measurement was never run is left empty by `figures.py`."""
    marks = re.findall(
        r"<!-- figures: (\w+) -->\n(.*?)<!-- end -->", page.read_text("utf-8"), re.DOTALL
    )
    assert [name for name, inside in marks if "|" not in inside] == []
