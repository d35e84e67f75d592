"""The battery of every writer: what goes in comes out, document after document."""

from __future__ import annotations

import json
import tomllib
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from socle import formats, plugins, writers
from socle.errors import MissingExtraError, ResourceError, RowsError, SocleError, UsageError
from socle.examples import EmptyNode, Multiword, Sentence, Span, Word
from socle.writers import Document
from socle.writers.brat import Brat
from socle.writers.docbin import DocBin

NAMES = plugins.names("writers")
TEXTUAL = ["conll", "conllu", "displacy", "jsonl"]
TEXT = "Zoé 👩‍👩‍👧 va à Saint-Étienne du Nord.\n\nCafé\u0301 fermé."
OUT = {"brat": "corpus.ann", "docbin": "out.spacy"}


def word(text: str, form: str, **columns: Any) -> Word:
    start = text.index(form)
    return Word(form, start, start + len(form), **columns)


def rich() -> Document:
    """Two sentences: accents, an emoji of several characters, a multiword token, empty lines."""
    first = TEXT[: TEXT.index("\n")]
    begin = TEXT.index("Café")
    second = TEXT[begin:]
    du = first.index("du ")
    words = (
        word(first, "Zoé", lemma="Zoé", upos="PROPN", head=3, deprel="nsubj"),
        word(first, "👩‍👩‍👧", lemma="👩‍👩‍👧", upos="SYM", head=1, deprel="dep"),
        word(first, "va", lemma="aller", upos="VERB", feats="Number=Sing", head=0, deprel="root"),
        word(first, "à", lemma="à", upos="ADP", head=5, deprel="case"),
        word(first, "Saint-Étienne", lemma="Saint-Étienne", upos="PROPN", head=3, deprel="obl"),
        Word("de", du, du + 2, "de", "ADP", head=8, deprel="case"),
        Word("le", du, du + 2, "le", "DET", feats="Gender=Masc", head=8, deprel="det"),
        word(first, "Nord", lemma="nord", upos="NOUN", head=5, deprel="nmod"),
        word(first, ".", lemma=".", upos="PUNCT", head=3, deprel="punct"),
    )
    more = (
        word(second, "Café\u0301", lemma="café", upos="NOUN", head=0, deprel="root"),
        word(second, "fermé", lemma="fermé", upos="ADJ", head=1, deprel="amod"),
        word(second, ".", lemma=".", upos="PUNCT", head=1, deprel="punct"),
    )
    place = TEXT.index("Saint")
    return Document(
        TEXT,
        ((0, Sentence(first, words, (Multiword(6, 7, "du"),))), (begin, Sentence(second, more))),
        (
            Span(0, 3, "PER", 0.91),
            Span(place, TEXT.index("."), "LOC"),
            Span(place, place + 13, "CITY"),
        ),
        {"tone": {"label": "neutre", "probability": 0.5}},
    )


def plain(text: str, *forms: str, tags: str = "") -> Document:
    words, position = [], 0
    for form, tag in zip(forms, tags.split() or ["_"] * len(forms), strict=True):
        start = text.index(form, position)
        position = start + len(form)
        words.append(Word(form, start, position, tag=tag))
    return Document(text, ((0, Sentence(text, tuple(words))),))


EMPTY = Document("")
BLANK = Document(" \n ")


def told(name: str, *documents: Document) -> str:
    return "".join(writers.load(name).stream(documents))


def rows(text: str) -> list[list[str]]:
    return [x.split("\t") for x in text.split("\n") if x and not x.startswith("#")]


def spacy_or_skip() -> Any:
    pytest.importorskip("spacy.tokens")
    return __import__("spacy")


def ready(name: str) -> writers.Writer:
    if name == "docbin":
        spacy_or_skip()
    return writers.load(name)


def test_the_formats_are_these() -> None:
    assert {"brat", "conll", "conllu", "displacy", "docbin", "jsonl"} <= set(NAMES)
    with pytest.raises(UsageError, match="There is no writer called 'conlu'") as caught:
        writers.load("conlu")
    assert "'conll" in caught.value.hint


@pytest.mark.parametrize("name", NAMES)
def test_an_option_says_its_name_and_its_suffix(name: str) -> None:
    option = writers.load(name)
    assert option.name == name
    assert option.suffix.startswith(".")
    assert option.needs is None or option.needs


def test_the_extra_that_an_option_needs_is_declared() -> None:
    root = Path(__file__).parents[2]
    facts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {writers.load(name).needs for name in NAMES} - {None}
    assert needed <= set(facts["project"]["optional-dependencies"])


@pytest.mark.parametrize("name", NAMES)
def test_what_has_no_text_and_no_document_at_all_can_be_written(name: str, tmp_path: Path) -> None:
    option = ready(name)
    for place, documents in enumerate(([], [EMPTY], [EMPTY, BLANK, rich(), EMPTY])):
        out = tmp_path / f"{place}-{OUT.get(name, 'out' + option.suffix)}"
        assert all(path.is_file() for path in option.save(documents, out))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_appears_only_when_it_is_complete(name: str, tmp_path: Path) -> None:
    def broken() -> Iterator[Document]:
        yield rich()
        raise RowsError("A row is off.")

    option, out = ready(name), tmp_path / OUT.get(name, "out")
    out.write_text("before", encoding="utf-8")
    with pytest.raises(RowsError):
        option.save(broken(), out)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert out.read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize("name", NAMES)
def test_a_place_that_cannot_be_written_is_refused_before_the_first_document(
    name: str, tmp_path: Path
) -> None:
    def untouched() -> Iterator[Document]:
        raise AssertionError("taken")
        yield

    option, blocked = ready(name), tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(ResourceError, match="file"):
        option.save(untouched(), blocked / OUT.get(name, "out"))


@pytest.mark.parametrize("name", TEXTUAL)
def test_a_text_is_printed_as_it_is_saved(name: str, tmp_path: Path) -> None:
    documents = [rich(), EMPTY, rich()]
    (path,) = writers.load(name).save(iter(documents), tmp_path / "deep" / "out")
    assert path.read_bytes().decode() == told(name, *documents)


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(TEXTUAL)))
def test_what_is_no_text_is_not_printed(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is written to files") as caught:
        writers.load(name).stream([rich()])
    assert "--out" in caught.value.hint


@pytest.mark.parametrize("name", TEXTUAL)
def test_a_document_is_written_before_the_next_is_taken(name: str) -> None:
    taken = []

    def documents() -> Iterator[Document]:
        for number in range(3):
            taken.append(number)
            yield rich()

    next(writers.load(name).stream(documents()))
    assert taken == [0]


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"docbin"}))
def test_memory_does_not_grow_with_the_number_of_documents(name: str, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        out = tmp_path / f"{count}-{OUT.get(name, 'out')}"
        tracemalloc.start()
        writers.load(name).save((rich() for _ in range(count)), out)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(3)
    assert peak(300) < peak(30) + 60_000


@pytest.mark.parametrize("name", ["conll", "conllu", "docbin"])
def test_a_text_without_words_is_refused_where_words_are_needed(name: str, tmp_path: Path) -> None:
    option = ready(name)
    with pytest.raises(RowsError, match="no model cut this text") as caught:
        option.save([Document("Hello there.")], tmp_path / "out")
    assert "jsonl" in caught.value.hint


@pytest.mark.parametrize("name", [*TEXTUAL, "brat"])
def test_a_lone_surrogate_can_be_written(name: str, tmp_path: Path) -> None:
    document = plain("a\udce9b c", "a\udce9b", "c", tags="B-X O")
    document = replace(document, spans=(Span(4, 5, "X"),))
    for path in writers.load(name).save([document], tmp_path / OUT.get(name, "out")):
        assert "\udce9" not in path.read_bytes().decode()


def test_jsonl_gives_everything_back_by_characters_of_the_text() -> None:
    first, second = map(json.loads, told("jsonl", rich(), EMPTY).splitlines())
    assert second == {"text": "", "entities": [], "sentences": [], "answers": {}}
    assert first["answers"] == {"tone": {"label": "neutre", "probability": 0.5}}
    entities = first["entities"]
    assert [e["text"] for e in entities] == ["Zoé", "Saint-Étienne du Nord", "Saint-Étienne"]
    assert entities[0]["probability"] == 0.91
    words = [w for s in first["sentences"] for w in s["words"]]
    in_text = [TEXT[w["start"] : w["end"]] for w in words]
    assert in_text == ["du" if w["form"] in ("de", "le") else w["form"] for w in words]
    assert first["sentences"][0]["multiwords"] == [{"first": 6, "last": 7, "form": "du"}]
    assert words[2]["head"] == 0
    assert "xpos" not in words[2]
    assert "head" not in json.loads(told("jsonl", plain("a", "a")))["sentences"][0]["words"][0]


def test_a_document_keeps_its_line_whatever_its_text_holds() -> None:
    document = Document("a\nb\r\nc\u2028d\u0085e\t")
    (line, rest) = told("jsonl", document).split("\n")
    assert rest == ""
    assert json.loads(line)["text"] == document.text


def test_conllu_has_ten_columns_and_all_that_is_known() -> None:
    text = told("conllu", rich())
    lines = rows(text)
    assert {len(line) for line in lines} == {10}
    assert [line[0] for line in lines] == [*"12345", "6-7", *"6789", *"123"]
    assert lines[0] == ["1", "Zoé", "Zoé", "PROPN", "_", "_", "3", "nsubj", "_", "NE=B-PER"]
    assert [line[9] for line in lines[4:10]] == [
        "NE=B-LOC",
        "_",
        "NE=I-LOC",
        "NE=I-LOC",
        "NE=I-LOC|SpaceAfter=No",
        "SpacesAfter=\\n\\n",
    ]
    comments = [x for x in text.split("\n") if x.startswith("#")]
    assert comments[0] == "# newdoc id = d1"
    assert comments[1].startswith('# answers = {"tone": ')
    assert comments[2] == "# sent_id = d1-s1"
    assert comments[3] == f"# text = {TEXT[: TEXT.index(chr(10))]}"
    assert comments[4:] == ["# sent_id = d1-s2", "# text = Café\u0301 fermé."]
    assert text.endswith("\n\n")


def test_the_text_of_a_document_can_be_rebuilt_from_conllu() -> None:
    built, inside = "", 0
    for line in rows(told("conllu", rich())):
        if "-" in line[0]:
            inside = int(line[0].split("-")[1])
        elif int(line[0]) <= inside:
            continue
        else:
            inside = 0
        misc = dict(part.split("=", 1) for part in line[9].split("|") if "=" in part)
        spaces = misc.get("SpacesAfter", "\\s").replace("\\s", " ").replace("\\n", "\n")
        built += line[1] + ("" if "SpaceAfter" in misc else spaces)
    assert built.rstrip() == TEXT


def test_conllu_keeps_what_a_treebank_says() -> None:
    comments = ("# newdoc id = x", "# sent_id = x-1", "# text = ab c")
    words = (
        Word("ab", 0, 2, "ab", "X", "FW", "Foreign=Yes", 0, "root", "0:root", "Gloss=q|NE=B-OLD"),
        Word("c", 3, 4, misc="SpaceAfter=No", tag="NOUN"),
    )
    empty = EmptyNode(1, ("1.1", *"_________"))
    document = Document("ab c", ((0, Sentence("ab c", words, (), (empty,), comments)),))
    first = "1\tab\tab\tX\tFW\tForeign=Yes\t0\troot\t0:root\tGloss=q|NE=B-OLD"
    body = [*comments, first, "1.1" + "\t_" * 9, "2\tc" + "\t_" * 7 + "\tSpaceAfter=No"]
    assert told("conllu", document) == "\n".join([*body, "", ""])
    again = replace(document, spans=(Span(0, 2, "A|B"),))
    assert rows(told("conllu", again))[0][9] == "Gloss=q|NE=B-A_B"


def test_a_word_with_a_tab_or_a_line_end_stays_in_its_column() -> None:
    document = plain("a\tb \n c", "a\tb", "\n", "c", tags="B-X O O")
    assert rows(told("conll", document)) == [["a b", "B-X"], ["_", "O"], ["c", "O"]]
    assert {len(row) for row in rows(told("conllu", document))} == {10}


def test_conll_is_a_word_and_its_tag() -> None:
    document = plain("Zoé est à Paris", "Zoé", "est", "à", "Paris")
    document = replace(document, spans=(Span(0, 3, "PER"), Span(10, 15, "LOC")))
    assert told("conll", document) == "Zoé\tB-PER\nest\tO\nà\tO\nParis\tB-LOC\n\n"
    assert told("conll", plain("a b", "a", "b", tags="NOUN VERB")) == "a\tNOUN\nb\tVERB\n\n"


def test_conll_spells_entities_in_the_scheme_that_is_asked_for() -> None:
    document = plain("Zoé Roy est à Paris", "Zoé", "Roy", "est", "à", "Paris")
    document = replace(document, spans=(Span(0, 7, "PER"), Span(14, 19, "LOC")))
    said = {
        scheme: [row[1] for row in rows(told("conll", replace(document, scheme=scheme)))]
        for scheme in ("bio", "iob1", "bioes", "bilou")
    }
    assert said == {
        "bio": ["B-PER", "I-PER", "O", "O", "B-LOC"],
        "iob1": ["I-PER", "I-PER", "O", "O", "I-LOC"],
        "bioes": ["B-PER", "E-PER", "O", "O", "S-LOC"],
        "bilou": ["B-PER", "L-PER", "O", "O", "U-LOC"],
    }
    tagged = replace(plain("a b", "a", "b", tags="NOUN VERB"), scheme="bioes")
    assert told("conll", tagged) == "a\tNOUN\nb\tVERB\n\n"


def test_conll_has_the_columns_of_the_first_document_and_the_tag_last() -> None:
    lines = rows(told("conll", EMPTY, rich(), plain("a", "a")))
    assert lines[2] == ["va", "aller", "VERB", "Number=Sing", "O"]
    assert lines[-1] == ["a", "_", "_", "_", "O"]


def test_our_readers_take_what_we_write(tmp_path: Path) -> None:
    for name in ("conll", "conllu"):
        (path,) = writers.load(name).save([rich(), EMPTY, rich()], tmp_path / f"x.{name}")
        assert len(formats.read(path)) == 4
    table = formats.read(tmp_path / "x.conll")
    assert table.columns["tokens"][1] == ("Café\u0301", "fermé", ".")
    assert table.columns["tags"][0] == tuple(writers.tags_of(rich())[0])
    assert formats.read(tmp_path / "x.conllu").columns["text"][1] == "Café\u0301 fermé."


def test_an_entity_touches_words_and_begins_anew_in_a_sentence() -> None:
    text = "aa bb. cc dd"
    parts = tuple(
        (begin, plain(text[begin:end], *text[begin:end].split()).sentences[0][1])
        for begin, end in ((0, 6), (7, 12))
    )
    spans = (Span(4, 9, "X"), Span(9, 9, "EMPTY"), Span(5, 6, "INNER"), Span(10, 12, "X"))
    assert writers.tags_of(Document(text, parts, spans)) == [["O", "B-X"], ["B-X", "B-X"]]


def test_displacy_gets_entities_and_trees_that_it_can_draw() -> None:
    record = json.loads(told("displacy", rich()))
    assert [TEXT[e["start"] : e["end"]] for e in record["ents"]] == ["Zoé", "Saint-Étienne du Nord"]
    assert record["words"][2] == {"text": "va", "tag": "VERB"}
    arcs = {(a["start"], a["end"], a["label"], a["dir"]) for a in record["arcs"]}
    assert {(0, 2, "nsubj", "left"), (0, 1, "dep", "right"), (9, 10, "amod", "right")} <= arcs
    assert len(arcs) == len(record["words"]) - 2
    assert json.loads(told("displacy", EMPTY))["arcs"] == []


def test_displacy_itself_draws_them() -> None:
    displacy = spacy_or_skip().displacy
    records = [json.loads(told("displacy", document)) for document in (rich(), EMPTY)]
    assert "Saint-Étienne du Nord" in displacy.render(records, style="ent", manual=True)
    assert "nsubj" in displacy.render(records, style="dep", manual=True)


def annotated(text: Path, marks: Path) -> list[tuple[str, str]]:
    """Return label and text of each entity, as brat reads them: by characters."""
    whole = text.read_bytes().decode()
    found = []
    for line in marks.read_bytes().decode().splitlines():
        number, middle, shown = line.split("\t")
        label, _, places = middle.partition(" ")
        pieces = [whole[slice(*map(int, place.split()))] for place in places.split(";")]
        assert number.startswith("T")
        assert " ".join(pieces) == shown
        found.append((label, shown))
    return found


def test_brat_makes_one_pair_of_files_of_all_documents(tmp_path: Path) -> None:
    paths = writers.load("brat").save([rich(), EMPTY, rich()], tmp_path / "all.ann")
    assert [path.name for path in paths] == ["all.txt", "all.ann"]
    once = [("PER", "Zoé"), ("LOC", "Saint-Étienne du Nord"), ("CITY", "Saint-Étienne")]
    assert annotated(*paths) == once * 2


def test_brat_makes_a_folder_of_pairs_and_touches_no_other(tmp_path: Path) -> None:
    brat, out = writers.load("brat"), tmp_path / "corpus"
    assert brat.save([rich(), EMPTY], out) == (out,)
    assert len(list(out.iterdir())) == 4
    assert (out / "000001.txt").read_bytes().decode() == TEXT
    assert annotated(out / "000001.txt", out / "000001.ann")[0] == ("PER", "Zoé")
    with pytest.raises(UsageError, match="is there already"):
        brat.save([rich()], out)


def test_brat_reads_an_entity_over_two_lines_as_two_pieces(tmp_path: Path) -> None:
    document = Document("un\r\nNew\r\nYork", (), (Span(4, 13, "a place"), Span(2, 4, "NONE")))
    paths = writers.load("brat").save([document], tmp_path / "x.ann")
    assert paths[1].read_text(encoding="utf-8") == "T1\ta-place 4 7;9 13\tNew York\n"
    assert annotated(*paths) == [("a-place", "New York")]


def test_brat_can_write_trees_as_relations(tmp_path: Path) -> None:
    document = replace(rich(), spans=())
    _, marks = Brat(arcs=True).save([document], tmp_path / "x.ann")
    lines = marks.read_text(encoding="utf-8").splitlines()
    assert "T3\tVERB 10 12\tva" in lines
    assert "R1\tnsubj Arg1:T3 Arg2:T1" in lines
    assert sum(line.startswith("R") for line in lines) == 10


def test_without_spacy_the_command_to_install_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    with pytest.raises(MissingExtraError) as caught:
        writers.load("docbin").save([rich()], tmp_path / "x.spacy")
    assert caught.value.hint == 'Install it with: pip install "socle[spacy]"'


def loaded(*paths: Path) -> list[Any]:
    spacy = spacy_or_skip()
    vocabulary = spacy.blank("fr").vocab
    bins = [spacy.tokens.DocBin().from_disk(path) for path in paths]
    return [doc for one in bins for doc in one.get_docs(vocabulary)]


def test_spacy_loads_everything_back(tmp_path: Path) -> None:
    ready("docbin")
    spaced = Document("  " + TEXT + "  ", tuple((o + 2, s) for o, s in rich().sentences))
    documents = [rich(), EMPTY, BLANK, spaced]
    doc, empty, blank, other = loaded(*writers.load("docbin").save(documents, tmp_path / "x.spacy"))
    assert [d.text for d in (doc, empty, blank, other)] == [d.text for d in documents]
    assert [sent.text.strip() for sent in doc.sents] == TEXT.split("\n\n")
    assert [sent.text.strip() for sent in other.sents] == TEXT.split("\n\n")
    assert [(e.text, e.label_) for e in doc.ents] == [
        ("Zoé", "PER"),
        ("Saint-Étienne du Nord", "LOC"),
    ]
    tokens = {token.text: token for token in doc}
    assert (tokens["va"].lemma_, tokens["va"].pos_, tokens["va"].dep_) == ("aller", "VERB", "ROOT")
    assert str(tokens["va"].morph) == "Number=Sing"
    du = tokens["du"]
    assert (du.lemma_, du.tag_, du.head.text, du.dep_) == ("de le", "ADP_DET", "Nord", "case")
    assert str(du.morph) == "Gender=Masc"
    assert tokens["fermé"].head.text == "Café\u0301"
    assert doc.user_data["answers"]["tone"]["label"] == "neutre"


def test_spacy_gets_sentences_where_no_tree_is_known(tmp_path: Path) -> None:
    ready("docbin")
    document = plain("a b c", "a", "b", "c", tags="S-X E-Y NOUN")
    (doc,) = loaded(*writers.load("docbin").save([document], tmp_path / "x.spacy"))
    assert [sent.text for sent in doc.sents] == ["a b c"]
    assert [(e.text, e.label_) for e in doc.ents] == [("a", "X"), ("b", "Y")]
    assert not doc.has_annotation("DEP")


def test_a_file_for_spacy_is_closed_when_it_is_full(tmp_path: Path) -> None:
    ready("docbin")
    out = tmp_path / "x.spacy"
    paths = DocBin(documents=2).save((rich() for _ in range(5)), out)
    assert [path.name for path in paths] == ["x.spacy", "x-2.spacy", "x-3.spacy"]
    assert [doc.text for doc in loaded(*paths)] == [TEXT] * 5
    with pytest.raises(UsageError, match=r"x-2\.spacy is a part of an earlier run"):
        DocBin().save([rich()], out)
    assert len(DocBin(words=1).save([rich(), rich()], tmp_path / "y.spacy")) == 2


def test_an_error_of_a_writer_is_one_of_ours() -> None:
    with pytest.raises(SocleError):
        told("conllu", Document("words"))
