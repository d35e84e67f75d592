"""Who does what to what, on trees checked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from socle.errors import RowsError
from socle.examples import Multiword, Sentence, Triple, Word
from socle.words.triples import TripleScores, as_text, simple_triples, triple_scores, triples

SAMPLES = Path(__file__).parents[2] / "samples"
SAMPLE = {"fr": "phrases-fr.conllu", "en": "sentences-en.conllu"}
SHARED = Path(__file__).parents[2] / "../shared/data"


def read_trees(text: str) -> list[Sentence]:
    """Return sentences of CoNLL-U whose offsets are not needed but for `as_text`."""
    return [_tree(block.splitlines()) for block in text.split("\n\n") if block.strip()]


def _tree(lines: list[str]) -> Sentence:
    comments = tuple(line for line in lines if line.startswith("#"))
    text = next(line[len("# text = ") :] for line in comments if line.startswith("# text = "))
    words: list[Word] = []
    multiwords = []
    at = last = start = 0
    for line in lines:
        columns = line.split("\t")
        if line.startswith("#") or "." in columns[0]:
            continue
        if not columns[0].isdigit() or int(columns[0]) > last:
            start = text.index(columns[1], at)
            at = start + len(columns[1])
        if columns[0].isdigit():
            head = int(columns[6])
            words.append(Word(columns[1], start, at, *columns[2:6], head, *columns[7:10]))
        else:
            first, last = map(int, columns[0].split("-"))
            multiwords.append(Multiword(first, last, columns[1]))
    return Sentence(text, tuple(words), tuple(multiwords), (), comments)


def comment(sentence: Sentence, key: str) -> str:
    """Return what a comment of a sentence says."""
    return next(c.partition("=")[2].strip() for c in sentence.comments if c.startswith(f"# {key}"))


def written(sentence: Sentence, triple: Triple) -> str:
    """Return a triple as the comment lines have it."""
    told = as_text(sentence, triple)
    verb = f"{'!' * triple.negated}{told['verb']}{'*' * triple.passive}"
    return f"{told['subject'] or '-'}|{verb}|{told['object'] or '-'}"


CHECKED = [
    sentence
    for language in ("fr", "en")
    for sentence in read_trees((SAMPLES / SAMPLE[language]).read_text("utf-8"))
]


@pytest.mark.parametrize(
    "sentence", CHECKED, ids=lambda s: f"{comment(s, 'sent_id')} {comment(s, 'about')}"
)
def test_triples_are_those_found_by_hand(sentence: Sentence) -> None:
    found = " ; ".join(written(sentence, triple) for triple in triples(sentence))
    assert found == comment(sentence, "triples")


def named(about: str, language: str = "fr") -> Sentence:
    """Return the checked sentence about something."""
    return next(
        s
        for s in CHECKED
        if comment(s, "about") == about and comment(s, "sent_id").startswith(language)
    )


def test_a_triple_is_told_as_values_of_json() -> None:
    sentence = named("passive with agent")
    assert as_text(sentence, *triples(sentence)) == {
        "subject": "ministre",
        "verb": "signer",
        "object": "décret",
        "negated": False,
        "passive": True,
    }
    told = as_text(sentence, *triples(sentence), phrases=True)
    assert (told["subject"], told["object"]) == ("le ministre", "Le décret")


def test_a_phrase_leaves_out_what_is_coordinated_and_relative_clauses() -> None:
    sentence = named("coordinated objects")
    told = [as_text(sentence, triple, phrases=True)["object"] for triple in triples(sentence)]
    assert told == ["le décret", "la lettre"]
    sentence = named("relative object")
    assert as_text(sentence, *triples(sentence), phrases=True)["object"] == "Le décret"


def test_a_phrase_that_begins_within_a_multiword_token_keeps_its_article() -> None:
    sentence = named("control by whom one asks")
    assert as_text(sentence, *triples(sentence), phrases=True)["subject"] == "le ministre"


def test_a_part_that_is_not_said_is_none() -> None:
    sentence = named("passive by se")
    assert as_text(sentence, *triples(sentence), phrases=True)["subject"] is None


def test_intransitive_verbs_are_told_on_request() -> None:
    sentence = named("intransitive")
    assert [written(sentence, t) for t in triples(sentence, intransitive=True)] == [
        "homme|dormir|-"
    ]
    copula = named("copula")
    assert triples(copula, intransitive=True) == []


def test_the_simple_rule_keeps_pronouns_and_knows_no_passive() -> None:
    assert [written(s, *simple_triples(s)) for s in [named("relative subject")]] == [
        "qui|signer|décret"
    ]
    assert simple_triples(named("passive with agent")) == []
    assert simple_triples(named("modal verb")) == []


def test_words_without_a_tree_are_refused_by_the_full_rule() -> None:
    with pytest.raises(RowsError, match="'Bonjour', has no head"):
        triples(Sentence("Bonjour", (Word("Bonjour", 0, 7),)))


def test_heads_that_run_in_a_ring_are_refused() -> None:
    ring = tuple(
        Word(form, i, i + 1, form, "VERB", head=head, deprel=deprel)
        for i, (form, head, deprel) in enumerate(
            [("a", 2, "xcomp"), ("b", 1, "xcomp"), ("c", 0, "root"), ("d", 2, "obj")]
        )
    )
    with pytest.raises(RowsError, match="run in a ring"):
        triples(Sentence("abcd", ring))


@pytest.mark.parametrize("deprel", ["conj", "xcomp", "advcl"])
def test_a_very_deep_tree_is_read(deprel: str) -> None:
    feats = "VerbForm=Part"
    chain = [
        Word("a", i, i + 1, "a", "VERB", feats=feats, head=i, deprel=deprel) for i in range(3000)
    ]
    thing = Word("b", 3000, 3001, "b", "NOUN", head=3000, deprel="obj")
    assert triples(Sentence("a" * 3000 + "b", (*chain, thing))) == []


def test_an_empty_sentence_holds_no_triple() -> None:
    assert triples(Sentence("", ())) == simple_triples(Sentence("", ())) == []


def test_scores_compare_indexes_and_add_up() -> None:
    gold = [[Triple(0, 1, 2), Triple(4, 5, 6)], []]
    found = [[Triple(0, 1, 2, negated=True)], [Triple(0, 1, 3), Triple(1, 2, 3)]]
    scores = triple_scores(gold, found)
    assert scores == TripleScores(1, 2, 3)
    assert scores == triple_scores(gold[:1], found[:1]) + triple_scores(gold[1:], found[1:])
    assert (scores.precision, scores.recall, scores.f1) == (1 / 3, 1 / 2, 2 / 5)
    assert TripleScores().f1 == TripleScores().precision == TripleScores().recall == 0.0


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
@pytest.mark.parametrize(
    ("treebank", "triple_set"),
    [("ud-french-sequoia", "svo-fr-sequoia"), ("ud-english-ewt", "svo-en-ewt")],
)
def test_the_simple_rule_gives_the_shared_sets(treebank: str, triple_set: str) -> None:
    lines = (SHARED / f"relations/{triple_set}/test.jsonl").read_text("utf-8").splitlines()
    gold = {}
    for row in map(json.loads, lines):
        gold[row["id"]] = [Triple(t["subject"], t["verb"], t["object"]) for t in row["triples"]]
    trees = read_trees((SHARED / f"parsing/{treebank}/test.conllu").read_text("utf-8"))
    found = [simple_triples(tree) for tree in trees]
    wanted = [gold.get(comment(tree, "sent_id"), []) for tree in trees]
    assert triple_scores(wanted, found).f1 == 1.0
    assert found == wanted
