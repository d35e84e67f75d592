"""Figures on the public sets that the project is developed on; left out where they are not."""

import os
import time
from pathlib import Path

import pytest

from socle.data.checking import check
from socle.data.dataset import Dataset
from socle.data.duplicates import groups_of_near_duplicates
from socle.data.reading import Target, as_given, read_rows
from socle.data.splitting import split

_HERE = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SOCLE_SHARED_DATA", _HERE / "../shared/data")) / "classification"
ROWS = {"banking77": 10003, "debian-sections-fr": 4000, "sms-spam": 1674, "sst2": 6920}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not SHARED.is_dir(), reason="set SOCLE_SHARED_DATA to the shared sets"),
]


def part(name: str, which: str = "train") -> Dataset[Target]:
    return as_given(*read_rows(SHARED / name / f"{which}.csv"))


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_read_without_a_word(name: str) -> None:
    dataset = part(name)
    assert len(dataset) == ROWS[name]
    assert dataset.notes == ()


@pytest.mark.parametrize("name", ["banking77", "debian-sections-fr"])
def test_near_duplicates_take_seconds(name: str) -> None:
    texts = part(name).texts
    start = time.perf_counter()
    groups = groups_of_near_duplicates(texts)
    assert time.perf_counter() - start < 6
    assert len(groups) > 100


@pytest.mark.parametrize(("name", "leaks"), [("banking77", 7), ("sentiment-tweets-fr", 6)])
def test_leaks_are_those_that_the_sets_state(name: str, leaks: int) -> None:
    findings = check(part(name), part(name, "test"))
    found = [finding for finding in findings.found if finding.kind == "leak"]
    rows = {row for f in found for rows in f.rows for row in rows if row.startswith("test")}
    assert len(rows) == leaks
    assert not findings.failed


def test_the_second_header_of_sms_spam_is_reported() -> None:
    found = {finding.kind: finding for finding in check(part("sms-spam")).found}
    assert found["stray-header"].rows == (("train.csv:2",),)
    assert "'SMS, Label'" in found["stray-header"].message
    assert "one-example" not in found


def test_a_split_of_banking77_is_in_proportion() -> None:
    dataset = part("banking77")
    kept, held = split(dataset, 0.2, 0)
    assert len(held) == pytest.approx(2000, abs=2)
    assert {e.target for e in kept} == {e.target for e in held}
