"""Finding the format, refusing what is none, and turning foreign values into cells."""

import io
import math
import os
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from socle import formats
from socle.errors import RowsError, SocleError, UnreadableError


def message_of(path: Path, error: type[SocleError] = UnreadableError) -> str:
    with pytest.raises(error) as caught:
        formats.read(path)
    assert caught.value.hint
    return str(caught.value)


def test_a_missing_file_names_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("text,label\na,b\n")
    assert "Did you mean reviews.csv" in message_of(tmp_path / "review.csv")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert "no folder" in message_of(tmp_path / "nowhere" / "a.csv")


def test_an_impossible_path_is_told(tmp_path: Path) -> None:
    assert "not a path" in message_of(tmp_path / ("x" * 5000 + ".csv"))


def test_any_folder_is_not_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text,label\na,b\n")
    assert "It holds train.csv" in message_of(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_one_may_not_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("text,label\na,b\n")
    path.chmod(0)
    assert "cannot be opened" in message_of(path)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("a.xlsx", "as CSV"),
        ("a.ods", "as CSV"),
        ("a.zip", "Unpack"),
        ("a.pdf", "table of rows"),
        ("a.xyz", ".csv"),
        ("a", ".jsonl"),
        ("a.gz", ".csv"),
    ],
)
def test_an_unknown_suffix_says_what_to_give(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / name).write_bytes(b"whatever")
    assert hint in message_of(tmp_path / name)


def spreadsheet() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (spreadsheet(), "spreadsheet"),
        (b"PK\x03\x04 something else", "zip"),
        (b"\xd0\xcf\x11\xe0 old", "Office"),
        (b"PAR1 data PAR1", "Parquet"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (bytes(range(256)) * 40, "not text"),
        (b"  \n\n \t\n", "blanks"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_foreign_file_under_a_known_suffix(
    tmp_path: Path, raw: bytes, words: str, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(raw)
    assert words in message_of(path)


def test_what_is_not_compressed_as_its_name_says(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_text("text,label\na,b\n")
    assert "rename it" in message_of(path)


def test_text_called_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("text,label\na,b\n")
    assert "not a Parquet file" in message_of(path)


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n")
    assert "no row" in message_of(path, RowsError)


def test_class_numbers_become_their_names(tmp_path: Path) -> None:
    meta = {
        "info": {
            "features": {
                "label": {"names": ["bad", "good"], "_type": "ClassLabel"},
                "tags": {"feature": {"names": ["x", "y"], "_type": "ClassLabel"}},
            }
        }
    }
    table = pa.table({"text": ["a", "b", "c"], "label": [1, 0, None], "tags": [[0, 1], [1], []]})
    path = tmp_path / "a.parquet"
    pq.write_table(
        table.replace_schema_metadata({"huggingface": str(meta).replace("'", '"')}), path
    )
    columns = formats.read(path).columns
    assert columns["label"] == ["good", "bad", None]
    assert columns["tags"] == [("x", "y"), ("y",), ()]


def test_frames_of_pandas_and_pyarrow() -> None:
    rows = {"text": ["a", "b", None], "label": [1.0, 2.5, math.nan], "seen": [True, False, None]}
    expected = {
        "text": ["a", "b", None],
        "label": ["1", "2.5", None],
        "seen": ["true", "false", None],
    }
    for frame in (pd.DataFrame(rows), pa.table(rows)):
        table = formats.read_frame(frame)
        assert dict(table.columns) == expected
        assert list(table.lines) == [1, 2, 3]


def test_pandas_own_types() -> None:
    frame = pd.DataFrame(
        {
            "text": pd.array(["a", pd.NA], dtype="string"),
            "label": pd.Categorical(["x", None]),
            "n": pd.array([1, pd.NA], dtype="Int64"),
            "day": pd.to_datetime(["2026-01-02", None]),
        },
        index=[7, 9],
    )
    columns = formats.read_frame(frame).columns
    assert columns["text"] == ["a", None]
    assert columns["label"] == ["x", None]
    assert columns["n"] == ["1", None]
    assert columns["day"] == ["2026-01-02 00:00:00", None]


def test_what_is_no_frame() -> None:
    with pytest.raises(RowsError, match="int is not a table"):
        formats.read_frame(3)
    with pytest.raises(RowsError, match="no rows"):
        formats.read_frame(pd.DataFrame({"text": []}))


def test_cells_of_lists_bytes_and_lone_surrogates() -> None:
    found = formats.cells([["b", None, 1], {"z", "a"}, b"caf\xc3\xa9", "x\ud800y", {"k": 1}])
    assert found == [("b", "1"), ("a", "z"), "café", "x\ufffdy", '{"k": 1}']
