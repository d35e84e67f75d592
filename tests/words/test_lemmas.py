"""Lemmas as edit rules."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from socle.errors import ModelError
from socle.words.lemmas import apply_rule, rule_of

SHARED = Path(__file__).parents[2] / "../shared/data/parsing"


@pytest.mark.parametrize(
    ("form", "lemma"),
    [
        ("chats", "chat"),
        ("chat", "chat"),
        ("Les", "le"),
        ("mangeait", "manger"),
        ("sont", "être"),
        ("œuvres", "œuvre"),
        ("PARIS", "Paris"),
        ("paris", "Paris"),
        ("mcdonald", "McDonald"),
        ("UNESCO", "UNESCO"),
        ("anti-europeans", "anti-European"),
        ("unhappier", "happy"),
        ("was", "be"),
        ("N'T", "not"),
        ("12,000", "12000"),
        ("l'", "le"),
        ("a|b", "a|c"),
        ("x;", ";x"),
        ("İstanbul", "istanbul"),
        ("ß", "SS"),
        ("=", "="),
        ("_", "_"),
        ("mot", ""),
        ("", "mot"),
        ("a\nb", "a\nb7"),
    ],
)
def test_a_rule_leads_from_its_form_to_its_lemma(form: str, lemma: str) -> None:
    assert apply_rule(form, rule_of(form, lemma)) == lemma


def test_any_strings_are_led_to_each_other() -> None:
    dice = random.Random(0)
    for _ in range(3000):
        form, lemma = (
            "".join(dice.choices("aAbBéÉßİı19|;=,-_ \n", k=dice.randrange(7))) for _ in range(2)
        )
        assert apply_rule(form, rule_of(form, lemma)) == lemma


def test_words_that_inflect_alike_share_a_rule() -> None:
    assert rule_of("chats", "chat") == rule_of("Chiens", "chien") == "l;|1"
    assert rule_of("mange", "manger") == rule_of("chante", "chanter")
    assert apply_rule("Lapins", rule_of("chats", "chat")) == "lapin"


def test_names_keep_their_capital_and_sentence_beginnings_lose_it() -> None:
    assert rule_of("Paul", "Paul") == rule_of("Marie", "Marie")
    assert rule_of("Le", "le") == rule_of("le", "le")
    assert rule_of("Le", "le") != rule_of("Paul", "Paul")


def test_a_form_too_short_for_a_rule_is_its_own_lemma() -> None:
    assert apply_rule("a", rule_of("conviendraient", "convenir")) == "a"


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(ModelError, match="is no rule"):
        apply_rule("chats", "NOUN")


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
def test_rules_of_the_training_part_reach_nearly_all_lemmas_of_the_test_part() -> None:
    pairs = {}
    for part in ("train", "test"):
        lines = (SHARED / f"ud-french-sequoia/{part}.conllu").read_text("utf-8").splitlines()
        rows = (line.split("\t") for line in lines if line[:1].isdigit())
        pairs[part] = [(row[1], row[2]) for row in rows if row[0].isdigit()]
    rules = {rule_of(*pair) for pair in pairs["train"]}
    assert len(rules) < 300
    reached = sum(rule_of(*pair) in rules for pair in pairs["test"])
    assert reached / len(pairs["test"]) > 0.997
    assert all(apply_rule(form, rule_of(form, lemma)) == lemma for form, lemma in pairs["test"])
