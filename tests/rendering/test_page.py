"""The page: complete, well-formed, safe, and without a hole where something is missing."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from socle.rendering.page import page

VOID = {"meta", "link", "br", "img", "input", "hr"}
EVIL = "<script>alert('x')</script>\" onload='y' </svg></style>& \x00\x1b \ud800 \N{BELL} 😊 مرحبا"


@pytest.fixture(scope="module")
def comparison() -> dict[str, Any]:
    text = Path(__file__).with_name("comparison.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture
def own(comparison: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(comparison)


class Reader(HTMLParser):
    """Reads a page; fails on a tag that is not closed, or not in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h1", "h2", "h3", "caption"):
            self.headings.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)
        if set(self.open) & {"h1", "h2", "h3", "caption"}:
            self.headings[-1] += data

    @property
    def text(self) -> str:
        return "".join(self.said).replace("\N{NO-BREAK SPACE}", " ")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_well_formed_and_says_its_language(comparison: dict[str, Any]) -> None:
    html = page(comparison, "24 November 2026")
    assert html.startswith("<!DOCTYPE html>")
    reader = read(html)
    assert ("html", {"lang": "en"}) in reader.seen
    assert [tag for tag, _ in reader.seen].count("h1") == 1
    assert "24 November 2026" in reader.text
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        assert ElementTree.fromstring(svg).get("role") == "img"
    assert html.count("<svg") >= 15


def test_identifiers_are_unique_and_links_lead_somewhere(comparison: dict[str, Any]) -> None:
    attributes = [found for _, found in read(page(comparison)).seen]
    ids = [found["id"] for found in attributes if "id" in found]
    assert len(ids) == len(set(ids))
    targets = [found["href"] for found in attributes if "href" in found]
    assert targets
    assert {str(t).removeprefix("#") for t in targets} <= set(ids)
    named = [str(found["aria-labelledby"]) for found in attributes if "aria-labelledby" in found]
    assert {name for names in named for name in names.split()} <= set(ids)


def test_the_page_loads_nothing_and_runs_nothing(comparison: dict[str, Any]) -> None:
    html = page(comparison)
    assert not re.search(r"https?:|@import|url\(|//[a-z]", html)
    reader = read(html)
    assert not {tag for tag, _ in reader.seen} & {"script", "link", "img", "iframe", "object"}
    assert not [key for _, found in reader.seen for key in found if key.startswith(("on", "src"))]
    assert "default-src 'none'" in html


def test_texts_of_users_are_escaped_wherever_they_stand(comparison: dict[str, Any]) -> None:
    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoil(one) for key, one in value.items()}
        if isinstance(value, list):
            return [spoil(one) for one in value]
        return f"{value} {EVIL}" if isinstance(value, str) else value

    spoilt = spoil(comparison) | {"metric": "accuracy"}
    html = page(spoilt, EVIL)
    reader = read(html)
    assert "script" not in {tag for tag, _ in reader.seen}
    assert not [key for _, found in reader.seen for key in found if key.startswith("on")]
    assert "alert('x')" in reader.text
    assert html.encode("utf-8")
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(svg)


def test_every_candidate_is_named_the_skipped_and_the_failed_too(
    comparison: dict[str, Any],
) -> None:
    text = read(page(comparison)).text
    for candidate in comparison["candidates"]:
        assert candidate["name"] in text
        assert candidate.get("skipped", candidate.get("failed", "")) in text


def test_the_answers_come_in_their_order(comparison: dict[str, Any]) -> None:
    reader = read(page(comparison))
    keys = [found["id"] for tag, found in reader.seen if tag == "section"]
    assert keys[:6] == ["verdict", "sure", "cost", "labels", "forgotten", "licence"]
    assert comparison["verdict"]["text"] in reader.text
    assert comparison["detectable"]["text"] in reader.text


@pytest.mark.parametrize(
    ("missing", "heading"),
    [
        ("curve", "How many more labels would help?"),
        ("transfer", "Did pretraining help?"),
        ("hosted", "And a hosted language model?"),
        ("disagreements", "The most instructive disagreements"),
        ("faults", "Is the data at fault?"),
        ("pairs", "Is the difference more than chance?"),
    ],
)
def test_a_missing_part_leaves_no_heading(own: dict[str, Any], missing: str, heading: str) -> None:
    assert heading in read(page(own)).headings
    for absent in (own | {missing: None}, {k: v for k, v in own.items() if k != missing}):
        assert heading not in read(page(absent)).headings


@pytest.mark.parametrize(
    ("missing", "heading"),
    [
        ("forgetting", "What did the base forget?"),
        ("licence", "May I use it?"),
        ("risk_coverage", "What if it may abstain?"),
        ("calibration", "Does it know when it is right?"),
        ("cost", "What does it cost per thousand texts?"),
    ],
)
def test_a_part_that_candidates_lack_leaves_no_heading(
    own: dict[str, Any], missing: str, heading: str
) -> None:
    own["hosted"] = None
    assert heading in read(page(own)).headings
    for candidate in own["candidates"]:
        candidate[missing] = None
    reader = read(page(own))
    assert heading not in reader.headings
    assert "None" not in reader.text
    assert not re.search(r"\bnan\b", reader.text)


def test_nulls_anywhere_are_a_dash_or_nothing(comparison: dict[str, Any]) -> None:
    def hollow(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: hollow(v) if isinstance(v, dict | list) else None for k, v in value.items()}
        return [hollow(v) for v in value] if isinstance(value, list) else None

    for emptied in (hollow(comparison), {}, {"candidates": [{}]}, {"verdict": {"text": None}}):
        reader = read(page(emptied))
        assert "None" not in reader.text
        assert "Comparison" in reader.text


def test_no_heading_stands_over_nothing() -> None:
    reader = read(page({"data": {"name": "a.csv"}}))
    assert reader.headings == ["a.csv"]


def test_few_rows_say_what_cannot_be_concluded(own: dict[str, Any]) -> None:
    own["data"]["n_test"] = 29
    text = read(page(own)).text
    assert "nothing can be concluded" in text
    assert "29 test rows are too few" in text
    own["data"]["n_test"] = 30
    assert "nothing can be concluded" not in read(page(own)).text


def test_a_gain_has_its_sign_in_words(own: dict[str, Any]) -> None:
    own["transfer"][0]["sign"] = "null"
    text = read(page(own)).text
    assert "+0.094 null" in text
    assert "+0.055 positive" in text
    assert "−0.039 negative" in text


def test_long_texts_are_folded_but_whole(own: dict[str, Any]) -> None:
    own["disagreements"][0]["text"] = "word " * 300 + "last"
    reader = read(page(own))
    assert "(1,504 characters)" in reader.text
    assert ("word " * 300 + "last") in reader.text


def test_texts_carry_their_own_direction(comparison: dict[str, Any]) -> None:
    found = [found for _, found in read(page(comparison)).seen if found.get("class") == "text"]
    assert [f for f in found if f.get("dir") == "auto"]


def test_many_labels_and_several_labels_a_text(own: dict[str, Any]) -> None:
    labels = [f"label {i}" for i in range(77)]
    own["data"] |= {"labels": labels, "several": True}
    for candidate in own["candidates"]:
        candidate.pop("confusion", None)
    own["disagreements"][0] |= {"gold": ["a", "b"], "a_answer": ["a", "b"]}
    reader = read(page(own))
    assert "a | b" in reader.text
    assert "✓ right" in reader.text
    assert "True and answered labels" not in reader.text
    assert "Labels that are hard to keep apart" in reader.headings


def test_a_matrix_of_another_size_than_the_labels_is_left_out(own: dict[str, Any]) -> None:
    for candidate in own["candidates"]:
        candidate["confusion"] = [[1, 2]]
    assert "True and answered labels" not in read(page(own)).text


def test_the_method_can_be_checked(comparison: dict[str, Any]) -> None:
    text = read(page(comparison)).text
    data, machine = comparison["data"], comparison["machine"]
    for said in (data["train"], data["test"], comparison["pairs"][0]["test"], machine["processor"]):
        assert said in text
