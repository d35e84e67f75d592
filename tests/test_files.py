"""Writing without loss, and hashing what was written."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from socle.errors import ResourceError
from socle.files import (
    cache_folder,
    differences,
    explained,
    folder_written_atomically,
    manifest_of,
    settle,
    sha256_of_file,
    sha256_of_texts,
    write_atomically,
)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("content", ["é\n", "é\n".encode(), ["é", "\n"]])
def test_a_file_is_written_from_text_bytes_or_pieces(
    content: str | bytes | list[str], tmp_path: Path
) -> None:
    path = tmp_path / "new folder" / "file"
    write_atomically(path, content)
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert names(path.parent) == ["file"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_file_whose_pieces_break_off_stays_the_old_one(
    error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def pieces() -> Iterator[str]:
        yield "new"
        raise error

    with pytest.raises(error):
        write_atomically(path, pieces())
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_full_disk_is_said_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResourceError, match="disk is full") as caught:
        write_atomically(path, "new")
    assert str(path) in caught.value.message
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]
    with pytest.raises(ResourceError, match="disk is full"), folder_written_atomically(path) as new:
        (new / "a").write_text("x")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_forbidden_place_is_said(code: int, tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="not allowed"), explained(tmp_path):
        raise OSError(code, "no")


def test_other_refusals_pass_through(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), explained(tmp_path):
        raise IsADirectoryError(errno.EISDIR, "folder")


def test_a_folder_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a" / "folder"
    with folder_written_atomically(path) as fresh:
        (fresh / "file").write_text("new")
        assert not path.exists()
    assert names(path) == ["file"]
    assert names(path.parent) == ["folder"]
    with folder_written_atomically(path) as fresh:
        (fresh / "other").write_text("newer")
        assert names(path) == ["file"]
    assert names(path) == ["other"]
    assert path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_folder_that_breaks_off_stays_the_old_one(
    error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "file").write_text("old")

    def written() -> None:
        with folder_written_atomically(path) as fresh:
            (fresh / "file").write_text("new")
            raise error

    with pytest.raises(error):
        written()
    assert (path / "file").read_text() == "old"
    assert names(tmp_path) == ["folder"]


def test_a_failing_rename_brings_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "file").write_text("old")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if ".new." in self.name:
            raise OSError(errno.EIO, "broken")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="broken"), folder_written_atomically(path) as fresh:
        (fresh / "file").write_text("new")
    assert (path / "file").read_text() == "old"
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize("new_is_there", [False, True])
def test_a_kill_is_settled_afterwards(new_is_there: bool, tmp_path: Path) -> None:
    (tmp_path / ".folder.old").mkdir()
    (tmp_path / ".folder.old" / "file").write_text("old")
    if new_is_there:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "file").write_text("new")
    settle(tmp_path / "folder")
    assert names(tmp_path) == ["folder"]
    assert (tmp_path / "folder" / "file").read_text() == ("new" if new_is_there else "old")


def test_a_reader_leaves_a_writer_alone_and_the_next_writer_tidies(tmp_path: Path) -> None:
    half_written = tmp_path / ".folder.new.x"
    half_written.mkdir()
    settle(tmp_path / "folder")
    assert half_written.exists()
    with folder_written_atomically(tmp_path / "folder"):
        pass
    assert names(tmp_path) == ["folder"]


def test_settling_leaves_neighbours_alone(tmp_path: Path) -> None:
    for name in ("other", ".other.old", ".folder.run", "folder.new.x"):
        (tmp_path / name).mkdir()
    settle(tmp_path / "folder")
    assert names(tmp_path) == sorted(["other", ".other.old", ".folder.run", "folder.new.x"])


def test_a_manifest_tells_every_change(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_text("1")
    (tmp_path / "sub" / "b").write_text("2")
    manifest = manifest_of(tmp_path)
    assert manifest == {
        "a": hashlib.sha256(b"1").hexdigest(),
        "sub/b": hashlib.sha256(b"2").hexdigest(),
    }
    assert manifest_of(tmp_path, ignored=["a"]).keys() == {"sub/b"}
    assert differences(tmp_path, manifest) == []
    (tmp_path / "a").write_text("other")
    (tmp_path / "sub" / "b").unlink()
    assert differences(tmp_path, manifest) == ["a has changed", "sub/b is missing"]


def test_hashes_are_those_of_hashlib(tmp_path: Path) -> None:
    raw = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(raw)
    assert sha256_of_file(tmp_path / "file") == hashlib.sha256(raw).hexdigest()


def test_where_one_text_ends_counts() -> None:
    lists = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["\ud800"], []]
    assert len({sha256_of_texts(texts) for texts in lists}) == len(lists)
    assert sha256_of_texts(["ab", "c"]) == sha256_of_texts(iter(["ab", "c"]))


def test_the_cache_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path / "home"))
    assert cache_folder("a", "b") == tmp_path / "home" / "a" / "b"
    assert (tmp_path / "home" / "a" / "b").is_dir()
