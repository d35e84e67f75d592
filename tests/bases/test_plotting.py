"""The plot: its table, its trend, its files."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from socle.bases import catalogue, plotting
from socle.errors import MissingExtraError, UsageError


def test_the_table_goes_from_elmo_to_this_year_with_a_source_for_each() -> None:
    known = plotting.milestones()
    assert known[0].model == "ELMo"
    assert known[-1].year >= 2026
    assert len({m.model for m in known}) == len(known) >= 20
    assert all(m.source.startswith("https://") for m in known)
    assert {m.group for m in known} == {"largest", "smaller"}
    assert all(10**7 < m.parameters < 10**13 for m in known)


def test_growth_is_the_straight_line_through_the_logarithms() -> None:
    height, slope = plotting.growth([(2018, 1e8), (2019, 1e9), (2020, 1e10)])
    assert slope == pytest.approx(1)
    assert height + slope * 2018 == pytest.approx(8)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (22_713_216, "22.7 M"),
        (117_653_760, "118 M"),
        (999_885_952, "1 B"),
        (7_241_732_096, "7.24 B"),
        (176_247_271_424, "176 B"),
        (1_571_000_000_000, "1.57 T"),
        (12_345, "12,345"),
        (0, "?"),
    ],
)
def test_sizes_are_said_as_people_say_them(parameters: int, said: str) -> None:
    assert plotting.readable(parameters) == said


def test_every_model_and_the_bases_here_are_named(tmp_path: Path) -> None:
    here = [catalogue.record(name) for name in ("all-minilm-l6-v2", "multilingual-e5-small")]
    out = tmp_path / "bases.svg"
    plotting.draw(out, here)
    root = ET.fromstring(out.read_text())
    comments = out.read_text()
    assert root.tag.endswith("svg")
    for name in [base.name for base in here] + [m.model for m in plotting.milestones()]:
        assert f"<!-- {name} -->" in comments, name


def test_the_same_bases_give_the_same_file(tmp_path: Path) -> None:
    here = [catalogue.record("all-minilm-l6-v2")]
    for name in ("a.svg", "b.svg"):
        plotting.draw(tmp_path / name, here)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_picture_without_any_base_here(tmp_path: Path) -> None:
    plotting.draw(tmp_path / "bases.PNG", [])
    assert (tmp_path / "bases.PNG").read_bytes().startswith(b"\x89PNG")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"bases\.doc"):
        plotting.draw(tmp_path / "bases.doc", [])


def test_without_matplotlib_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"socle\[plot\]"):
        plotting.draw(tmp_path / "bases.svg", [])
