"""Trees and entities as one sees them."""

from __future__ import annotations

import random
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

from socle.examples import Sentence, Span, Word
from socle.rendering.entities import entities_text
from socle.rendering.trees import tree_svg, tree_text

SVG = "{http://www.w3.org/2000/svg}"


def sentence(*told: tuple[str, int | None, str, str]) -> Sentence:
    text = " ".join(form for form, *_ in told)
    words = [
        Word(form, 0, 0, head=head, deprel=deprel, upos=upos) for form, head, deprel, upos in told
    ]
    return Sentence(text, tuple(words))


CAT = sentence(
    ("Le", 2, "det", "DET"),
    ("chat", 3, "nsubj", "NOUN"),
    ("dort", 0, "root", "VERB"),
    ("sur", 6, "case", "ADP"),
    ("un", 6, "det", "DET"),
    ("tapis", 3, "obl", "NOUN"),
    (".", 3, "punct", "PUNCT"),
)
CROSSING = sentence(
    ("a", 3, "x", "X"), ("b", 4, "x", "X"), ("c", 0, "root", "X"), ("d", 3, "x", "X")
)
CIRCLE = sentence(("a", 2, "x", "X"), ("b", 1, "x", "X"), ("c", 0, "root", "X"), ("d", 9, "x", "X"))


def chain(count: int, form: str = "mot") -> Sentence:
    return sentence(*((form, n, "dep" if n else "root", "NOUN") for n in range(count)))


def projective(count: int, seed: int) -> Sentence:
    """Return words that hang from each other at random, without crossing arcs."""
    chance, heads = random.Random(seed), [0] * count

    def hang(first: int, last: int, head: int) -> None:
        if first <= last:
            root = chance.randint(first, last)
            heads[root] = head
            hang(first, root - 1, root + 1)
            hang(root + 1, last, root + 1)

    hang(0, count - 1, 0)
    return sentence(*(("anticonstitutionnel", head, "acl:relcl", "PROPN") for head in heads))


def test_a_tree_is_drawn_a_word_a_line() -> None:
    assert tree_text(CAT).split("\n") == [
        "   ╭─ Le     DET    det",
        " ╭─┴─ chat   NOUN   nsubj",
        "─┼─── dort   VERB   root",
        " │ ╭─ sur    ADP    case",
        " │ ├─ un     DET    det",
        " ├─┴─ tapis  NOUN   obl",
        " ╰─── .      PUNCT  punct",
    ]


def test_where_arcs_cross_each_line_still_leads_to_its_head() -> None:
    assert tree_text(CROSSING).split("\n") == [
        " ╭─── a  X  x",
        " │ ╭─ b  X  x",
        "─┼─│─ c  X  root",
        " ╰─┴─ d  X  x",
    ]


def test_the_drawing_says_which_word_hangs_on_which() -> None:
    """Read back from the lines alone: leftwards to the vertical line, along it to its head."""
    for seed in range(30):
        drawn = projective(25, seed)
        assert heads_in(tree_text(drawn)) == [word.head for word in drawn.words]


def heads_in(text: str) -> list[int]:
    lines = [line[: line.index(" a")] for line in text.split("\n")]
    found = []
    for row, line in enumerate(lines):
        place = next((n for n, char in enumerate(line) if char in "╭╰├"), 0)
        found.append(0 if line.startswith("─") else 1 + stem_of(lines, row, place))
    return found


def stem_of(lines: list[str], row: int, place: int) -> int:
    for step, going in ((1, "╭├│"), (-1, "╰├│")):
        at = row
        while lines[at][place] in going:
            at += step
            if lines[at][place] in "┴┬┼":
                return at
    raise AssertionError("no head")


@pytest.mark.parametrize("seed", range(20))
def test_sixty_long_words_keep_within_a_hundred_columns(seed: int) -> None:
    lines = tree_text(projective(60, seed)).split("\n")
    assert len(lines) == 60
    assert max(map(cell_len, lines)) <= 100


def test_even_a_chain_of_sixty_words_keeps_within_a_hundred_columns() -> None:
    assert max(map(cell_len, tree_text(chain(60)).split("\n"))) <= 100


def test_words_of_any_script_stand_below_each_other() -> None:
    forms = ["日本語", "e\u0301te\u0301", "🎉", "a", "x" * 60, "a\x1b[31m\nb", ""]
    lines = tree_text(sentence(*((form, 0, "root", "NOUN") for form in forms))).split("\n")
    assert len(lines) == len(forms)
    assert len({cell_len(line[: line.index("NOUN")]) for line in lines}) == 1
    assert "\x1b" not in "".join(lines)
    assert "…" in lines[4]


def test_what_is_no_tree_is_drawn_as_far_as_it_goes() -> None:
    assert tree_text(Sentence("", ())) == ""
    flat = sentence(("a", None, "_", "DET"), ("b", None, "_", "NOUN"))
    assert tree_text(flat).split("\n") == ["a  DET   _", "b  NOUN  _"]
    assert len(tree_text(CIRCLE).split("\n")) == 4


def drawn(tree: Sentence) -> ElementTree.Element:
    return ElementTree.fromstring(tree_svg(tree))


def of(root: ElementTree.Element, tag: str, kind: str) -> list[ElementTree.Element]:
    return [e for e in root.iter(SVG + tag) if e.get("class") == kind]


def test_an_svg_has_an_arc_an_arrowhead_and_a_label_for_each_word() -> None:
    root = drawn(CAT)
    assert root.tag == f"{SVG}svg"
    assert len(of(root, "path", "arc")) == len(of(root, "path", "head")) == 7
    labels = {e.text for e in of(root, "text", "label")}
    assert labels == {"det", "nsubj", "root", "case", "obl", "punct"}
    assert [e.text for e in of(root, "text", "word")] == [w.form for w in CAT.words]
    assert [e.text for e in of(root, "text", "upos")] == [w.upos for w in CAT.words]
    assert "prefers-color-scheme: dark" in tree_svg(CAT)


def test_an_arrowhead_stands_at_the_dependent() -> None:
    root = drawn(sentence(("un", 2, "det", "DET"), ("mot", 0, "root", "NOUN")))
    first = next(e for e in of(root, "text", "word") if e.text == "un")
    tips = [float(str(e.get("d"))[1:].split()[0]) for e in of(root, "path", "head")]
    assert any(abs(tip - float(str(first.get("x")))) < 1 for tip in tips)


def test_an_svg_escapes_what_it_is_given() -> None:
    evil = sentence(("<b>&'\"", 0, "</text><x>", "\x00"))
    root = drawn(evil)
    assert [e.text for e in of(root, "text", "word")] == ["<b>&'\""]
    assert [e.text for e in of(root, "text", "label")] == ["</text><x>"]


def test_an_svg_grows_with_its_sentence_and_no_words_touch() -> None:
    def width(tree: Sentence) -> float:
        return float(str(drawn(tree).get("viewBox")).split()[2])

    assert width(chain(5)) < width(chain(20)) < width(chain(60))
    places = [float(str(e.get("x"))) for e in of(drawn(projective(40, 1)), "text", "word")]
    assert min(b - a for a, b in pairwise(places)) > 100


def test_arcs_of_one_height_do_not_run_over_each_other() -> None:
    for tree in (CROSSING, projective(30, 2), projective(30, 3)):
        runs: dict[str, list[tuple[float, float]]] = {}
        for arc in of(drawn(tree), "path", "arc"):
            parts = str(arc.get("d")).split()
            if "Q" in str(arc.get("d")):
                begin, end = float(parts[0][1:]), float(parts[-3])
                runs.setdefault(parts[4], []).append((min(begin, end), max(begin, end)))
        for along in runs.values():
            ordered = sorted(along)
            assert all(a[1] <= b[0] for a, b in pairwise(ordered))


def test_an_svg_can_be_drawn_of_anything() -> None:
    for tree in (Sentence("", ()), CIRCLE, CROSSING, sentence(("a", None, "_", "_"))):
        assert drawn(tree).tag == f"{SVG}svg"


def test_entities_are_marked_where_they_stand() -> None:
    text = "Zoé 👩‍👧 à Saint-Étienne, e\u0301te\u0301."
    place = text.index("Saint")
    spans = [Span(place, place + 13, "LOC"), Span(0, 3, "PER")]
    assert entities_text(text, spans) == ("[Zoé PER] 👩‍👧 à [Saint-Étienne LOC], e\u0301te\u0301.")
    assert entities_text(text, []) == text
    assert entities_text("", [Span(0, 0, "X")]) == ""


def test_entities_within_each_other_are_marked_within_each_other() -> None:
    spans = [Span(0, 8, "ORG"), Span(0, 3, "LOC"), Span(4, 8, "X"), Span(6, 10, "CROSS")]
    assert entities_text("abc defg hi", spans) == "[[abc LOC] [defg X] ORG] hi"
    assert entities_text("ab", [Span(0, 1, "A"), Span(1, 2, "B")]) == "[a A][b B]"
    assert entities_text("ab", [Span(1, 9, "A")]) == "a[b A]"


def test_a_terminal_obeys_no_text() -> None:
    assert "\x1b" not in entities_text("a\x1b[2Jb\n", [Span(0, 1, "\x1b")])
