"""What users get wrong, through the command: a clear message, exit 1, nothing of theirs lost."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import socle
import socle.model
from tests.flows.running import apart, assert_designed, done, refused, run, written

KILLED_WHILE_SAVING = """
import os, signal
from pathlib import Path
rename, count = Path.rename, 0
def kill(self, target):
    global count
    if Path(target).name in ("m", ".m.old"):
        count += 1
        if count == {which}:
            os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = kill
"""
Adapt = Callable[..., str]


@pytest.fixture(scope="module")
def saved(tiny_reviews: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model that costs a moment to make."""
    out = tmp_path_factory.mktemp("saved") / "m"
    done("adapt", tiny_reviews, "--strategy", "classical", "--out", out)
    return out


@pytest.fixture
def mine(saved: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a model at --out that every test must leave as it was."""
    out = tmp_path / "here" / "m"
    shutil.copytree(saved, out)
    before = contents(out)
    yield out
    assert contents(out) == before
    assert [p.name for p in out.parent.iterdir()] == ["m"], "leftovers"
    assert socle.load(out).predict(["Le film est parfait."])[0].target == "positif"


@pytest.fixture
def bad(mine: Path, tiny_encoder: Path) -> Adapt:
    """Return a function that adapts to bad data, and gives what was said."""

    def adapt(data: Path, *words: str | Path, code: int = 1) -> str:
        more = ["--strategy", "head"] if "--strategy" not in words else []
        more += ["--base", str(tiny_encoder)] if "--base" not in words else []
        return refused("adapt", data, *words, *more, "--out", mine, code=code)

    return adapt


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


Writer = Callable[[str, str | bytes], Path]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def head(base: Path) -> list[str]:
    return ["--strategy", "head", "--base", str(base), "--effort", "quick"]


def rows(count: int, label: Callable[[int], str]) -> list[tuple[str, str]]:
    return [(f"the story of number {i}", label(i)) for i in range(count)]


# Files that are not there, or hold nothing


def test_a_missing_file_is_named_with_its_neighbour(bad: Adapt, file: Writer) -> None:
    file("reviews.csv", "text,label\n")
    said = bad(file("x", "").with_name("reviws.csv"))
    assert "There is no file" in said
    assert "reviws.csv" in said
    assert "Did you mean reviews.csv" in said


def test_a_file_without_rows_says_what_it_holds(bad: Adapt, file: Writer) -> None:
    assert "a.csv is empty (0 bytes)" in bad(file("a.csv", ""))
    assert "has column names, but no row" in bad(file("a.csv", "text,label\n"))


def test_one_column_asks_for_the_labels(bad: Adapt, file: Writer) -> None:
    said = bad(file("a.csv", "text\n" + "a short story\n" * 20))
    assert "not clear which column holds the labels" in said
    assert "--label-column" in said
    assert "'a short story'" in said  # a sample of what is there


def test_one_label_leaves_nothing_to_tell_apart(bad: Adapt, tmp_path: Path) -> None:
    said = bad(written(tmp_path / "a.csv", rows(20, lambda i: "good")))
    assert "only one label, 'good'" in said
    assert "at least two labels" in said


def test_three_rows_are_too_few(bad: Adapt, tmp_path: Path) -> None:
    said = bad(written(tmp_path / "a.csv", rows(3, lambda i: "ab"[i % 2])))
    assert "3 labelled rows; at least 10" in said
    assert "Label more texts" in said


def test_a_label_only_of_the_test_is_named_with_its_line(
    bad: Adapt, tiny_reviews: Path, tmp_path: Path
) -> None:
    test = written(tmp_path / "t.csv", [("un film", "positif"), ("un chien", "neutre")])
    said = bad(tiny_reviews, "--test", test)
    assert "'neutre' (t.csv:3)" in said
    assert "no training example has" in said


def test_a_column_that_is_not_there_gets_the_nearest(bad: Adapt, tiny_reviews: Path) -> None:
    assert "Did you mean 'text'?" in bad(tiny_reviews, "--text-column", "txet")


# Bytes that are not what they should be


def test_bytes_of_nothing_do_no_harm(tiny_reviews: Path, file: Writer, tmp_path: Path) -> None:
    content = tiny_reviews.read_bytes().replace(b"parfait", b"par\0fait")
    data = file("nul.csv", content)
    found = done("adapt", data, "--strategy", "classical", "--out", tmp_path / "m", "--json").json()
    assert found["n_train"] + found["n_test"] == 80


def test_two_encodings_in_one_file_are_noted_with_their_lines(
    tiny_reviews: Path, file: Writer, tmp_path: Path
) -> None:
    lines = tiny_reviews.read_bytes().splitlines()
    lines[7] = "Très déçu de ce café,négatif".encode("latin-1")
    data = file("mixed.csv", b"\n".join(lines))
    found = done("adapt", data, "--strategy", "classical", "--out", tmp_path / "m", "--json").json()
    [note] = [note for note in found["notes"] if "mixed.csv" in note]
    assert "8" in note
    assert {row["label"] for row in found["labels"]} == {"positif", "négatif"}


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda packed, plain: packed[: len(packed) // 2], "damaged or incomplete gzip"),
        (lambda packed, plain: packed[:40] + b"\xff\xff\xff" + packed[43:], "damaged"),
        (lambda packed, plain: plain, "not compressed as its name says"),
    ],
    ids=["cut", "flipped", "plain"],
)
def test_a_broken_gzip_is_told(
    bad: Adapt,
    file: Writer,
    tiny_reviews: Path,
    harm: Callable[[bytes, bytes], bytes],
    words: str,
) -> None:
    plain = tiny_reviews.read_bytes()
    said = bad(file("a.csv.gz", harm(gzip.compress(plain), plain)))
    assert words in said
    assert "copy" in said.lower()


def test_a_line_of_two_megabytes_is_read_whole(
    tiny_reviews: Path, file: Writer, tmp_path: Path, tiny_encoder: Path
) -> None:
    long = "le film est parfait et " * 90_000
    data = file("long.csv", tiny_reviews.read_text(encoding="utf-8") + f"{long},positif\n")
    assert data.stat().st_size > 2_000_000
    out = tmp_path / "m"
    done("adapt", tiny_reviews, *head(tiny_encoder), "--out", out)
    began = time.perf_counter()
    found = done("evaluate", out, data, "--json").json()
    assert found["n"] == 81
    assert time.perf_counter() - began < 30  # seconds where nothing else runs


# Models that are damaged, foreign or in the way


@pytest.mark.parametrize("verb", ["predict", "evaluate", "export"])
def test_a_flipped_byte_in_the_weights_is_refused(
    saved: Path, tmp_path: Path, tiny_reviews: Path, verb: str
) -> None:
    model = tmp_path / "m"
    shutil.copytree(saved, model)
    weights = model / "adaptation.safetensors"
    content = bytearray(weights.read_bytes())
    content[-9] ^= 1
    weights.write_bytes(content)
    words = {"predict": ["a text"], "evaluate": [tiny_reviews], "export": ["--to", "onnx"]}
    said = refused(verb, model, *words[verb])
    assert "damaged: adaptation.safetensors has changed" in said
    assert "socle adapt" in said


def test_a_model_is_not_looked_for_where_none_is(tmp_path: Path) -> None:
    assert "There is no model at" in refused("predict", tmp_path / "none", "a text")
    said = refused("predict", tmp_path, "a text")
    assert "not a model of Socle" in said


def test_a_foreign_folder_is_left_as_it_is(tiny_reviews: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    thesis = tmp_path / "thesis" / "chapter.txt"
    thesis.write_text("years of work")
    words = ["adapt", tiny_reviews, "--strategy", "classical", "--out"]
    assert "left as it is" in refused(*words, thesis.parent)
    assert "is a file; it was left as it is" in refused(*words, thesis)
    said = refused(*words, thesis / "m")
    assert "chapter.txt is a file" in said
    assert "Trying" not in said  # told before any work is done
    assert thesis.read_text() == "years of work"
    assert [p.name for p in tmp_path.iterdir()] == ["thesis"]


def test_a_place_that_refuses_writing_is_told_before_any_work(
    tiny_reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    closed = lambda path, mode: Path(path) != tmp_path and access(path, mode)  # noqa: E731
    monkeypatch.setattr(os, "access", closed)
    said = refused("adapt", tiny_reviews, "--strategy", "classical", "--out", tmp_path / "m")
    assert f"Writing in {tmp_path} is not allowed" in said
    assert "Trying" not in said


# Names and settings that nobody knows


def test_a_hub_id_that_is_not_here_says_how_to_fetch_it(bad: Adapt, tiny_reviews: Path) -> None:
    said = bad(tiny_reviews, "--base", "some-org/some-model")
    assert "'some-org/some-model' is not on this machine" in said
    assert "socle bases fetch some-org/some-model" in said


def test_without_network_the_default_base_cannot_come(
    tiny_reviews: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_OFFLINE", "1")
    said = refused("adapt", tiny_reviews, "--strategy", "head", "--out", mine)
    assert "not on this machine" in said
    assert "SOCLE_OFFLINE" in said or "socle bases fetch" in said


def test_a_base_with_a_slip_gets_the_nearest(bad: Adapt, tiny_reviews: Path) -> None:
    said = bad(tiny_reviews, "--base", "camembert-bse")
    assert "no base called 'camembert-bse'" in said
    assert "camembert-base" in said


def test_a_strategy_with_a_slip_gets_the_nearest(bad: Adapt, tiny_reviews: Path) -> None:
    said = bad(tiny_reviews, "--strategy", "haed", code=2)
    assert "There is no strategy called 'haed'" in said
    assert "Did you mean 'head'?" in said
    assert "rows" not in said  # told before the data are read


def test_a_task_or_an_effort_with_a_slip_is_told(bad: Adapt, tiny_reviews: Path) -> None:
    assert "Did you mean 'classification'?" in bad(tiny_reviews, "--task", "clasification", code=2)
    assert "quick, normal, thorough" in bad(tiny_reviews, "--effort", "norml")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("epoch = 3", ("no setting called 'epoch'", "Did you mean: epochs?")),
        ('epochs = "three"', ("epochs = 'three' is not a whole number",)),
        ("seed = -1", ("seed = -1 is out of its range",)),
        ("seed = true", ("seed = True is not a whole number",)),
        ('learning_rate = "high"', ("is not a number",)),
        ("base = 3", ("base = 3 is not a text",)),
        ("epochs three", ("cannot be read", "line 1")),
        ("test_share = 2.0", ("test_share = 2.0 is out of its range",)),
    ],
)
def test_a_recipe_with_a_slip_is_told(
    bad: Adapt, file: Writer, tiny_reviews: Path, toml: str, words: tuple[str, ...]
) -> None:
    said = bad(tiny_reviews, "--recipe", file("recipe.toml", toml + "\n"))
    for word in words:
        assert word in said


def test_a_recipe_that_is_not_there_is_told(bad: Adapt, tiny_reviews: Path, file: Writer) -> None:
    said = bad(tiny_reviews, "--recipe", file("x", "").with_name("none.toml"))
    assert "none.toml cannot be read" in said


def test_texts_that_are_not_there_get_the_neighbour(saved: Path, file: Writer) -> None:
    path = file("texts.txt", "one\n")
    said = refused("predict", saved, "--file", path.with_name("text.txt"))
    assert "There is no file" in said
    assert "Did you mean texts.txt" in said


def test_texts_of_another_encoding_are_told(saved: Path, file: Writer) -> None:
    said = refused("predict", saved, "--file", file("texts.txt", b"caf\xe9\n"), "--json")
    assert "UTF-8" in said


# Machines that fail in the middle


@pytest.mark.parametrize("which", [1, 2], ids=["before the old one moves", "after it has moved"])
def test_a_kill_in_the_middle_of_saving_loses_nothing(
    saved: Path, tmp_path: Path, tiny_reviews: Path, which: int
) -> None:
    model = tmp_path / "m"
    shutil.copytree(saved, model)
    before = contents(model)
    words = ["adapt", tiny_reviews, "--strategy", "majority", "--out", model]
    killed = apart(*words, code=KILLED_WHILE_SAVING.format(which=which))
    assert killed.code == -signal.SIGKILL, killed.err
    assert [p for p in tmp_path.iterdir() if p.name != "m"], "the kill came too late"
    assert socle.load(model).strategy == "classical"
    assert contents(model) == before
    done(*words)
    assert socle.load(model).strategy == "majority"
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of its own with room for 48 KiB."""
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only the administrator of a machine may mount a disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine mounts no disk of memory")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_keeps_the_old_model(small_disk: Path, tiny_reviews: Path) -> None:
    model = small_disk / "m"
    done("adapt", tiny_reviews, "--strategy", "majority", "--out", model)
    before = contents(model)
    said = refused("adapt", tiny_reviews, "--strategy", "classical", "--out", model)
    assert "The disk is full" in said
    assert "--out" in said
    assert contents(model) == before
    assert socle.load(model).strategy == "majority"
    assert [p.name for p in small_disk.iterdir()] == ["m"]


def test_a_full_cache_costs_no_model(
    small_disk: Path, tiny_reviews: Path, tiny_encoder: Path, mine: Path
) -> None:
    words = ["adapt", tiny_reviews, *head(tiny_encoder), "--out", mine]
    said = apart(*words, more={"SOCLE_HOME": str(small_disk)})
    assert said.code == 1
    assert said.out == ""
    assert_designed(said.err)
    assert f"The disk is full: {small_disk}" in said.err
    assert "SOCLE_HOME" in said.err
    assert not list(small_disk.rglob("*.new.*")), "half an engine takes the room that is left"


def test_only_a_fault_of_ours_is_written_down(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path / "home"))
    refused("predict", tmp_path, "x")
    assert not (tmp_path / "home" / "faults").exists()
    monkeypatch.setattr(socle.model, "load", lambda *given: 1 // 0)
    said = run("predict", saved, "x")
    assert said.code == 1
    assert "Sorry, Socle met a fault of its own: ZeroDivisionError" in said.err
    assert "Traceback" not in said.err
    report = tmp_path / "home" / "faults" / "last.txt"
    assert str(report) in said.err
    assert "Traceback" in report.read_text()
