"""The battery of every format: the same rows out, and clear errors for whatever is damaged."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from socle import formats, plugins
from socle.errors import SocleError, UnreadableError

ROWS = [
    {"text": "Très bon, « à refaire » !", "label": "positif"},
    {"text": 'Il a dit "jamais",\npuis il est parti', "label": "négatif"},
    {"text": "plain; with | other\tseparators", "label": "positif"},
    {"text": "日本語のテキスト 🎉", "label": "négatif"},
] * 5


def write_csv(path: Path, separator: str) -> None:
    cells = [["text", "label"], *([row["text"], row["label"]] for row in ROWS)]
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in cells]
    path.write_text("\n".join(separator.join(row) for row in quoted) + "\n", encoding="utf-8")


def write_jsonl(path: Path) -> None:
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
    path.write_text(text, encoding="utf-8")


def write_folder(path: Path, rows: list[dict[str, Any]] = ROWS) -> None:
    path.mkdir(parents=True)
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(str(path / "data-00000-of-00001.arrow"), table.schema) as stream:
        stream.write_table(table)
    files = [{"filename": "data-00000-of-00001.arrow"}]
    (path / "state.json").write_text(json.dumps({"_data_files": files}), encoding="utf-8")
    (path / "dataset_info.json").write_text("{}", encoding="utf-8")


TOKENS = [("Très", "bon", "«", "à", "»"), ("日本語", "🎉")] * 10
TREES = [("_",) * len(forms) for forms in TOKENS]


def write_conllu(path: Path) -> None:
    blocks = ["# x\n" + "".join(lines_of(forms, "{n}\t{form}" + "\t_" * 8)) for forms in TOKENS]
    path.write_text("\n".join(blocks), encoding="utf-8")


def write_conll(path: Path) -> None:
    blocks = ["".join(lines_of(forms, "{form}\tO")) for forms in TOKENS]
    path.write_text("\n".join(blocks), encoding="utf-8")


def lines_of(forms: tuple[str, ...], pattern: str) -> list[str]:
    return [pattern.format(n=n, form=form) + "\n" for n, form in enumerate(forms, start=1)]


CONLLU = {
    "id": [tuple(str(n + 1) for n in range(len(forms))) for forms in TOKENS],
    "form": TOKENS,
    **dict.fromkeys(("lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"), TREES),
    "comments": [("# x",)] * len(TOKENS),
    "text": [None] * len(TOKENS),
}
CONLL = {"tokens": TOKENS, "tags": [("O",) * len(forms) for forms in TOKENS]}
PLAIN = {name: [row[name] for row in ROWS] for name in ("text", "label")}


def expected(suffix: str) -> dict[str, Any]:
    if suffix in (".conllu", ".conll-u"):
        return CONLLU
    return CONLL if suffix in (".conll", ".iob", ".iob2", ".bio", ".bioes") else PLAIN


WRITERS = {
    ".csv": lambda path: write_csv(path, ","),
    ".tsv": lambda path: write_csv(path, "\t"),
    ".tab": lambda path: write_csv(path, "\t"),
    ".jsonl": write_jsonl,
    ".ndjson": write_jsonl,
    ".json": lambda path: path.write_text(json.dumps(ROWS, indent=2), encoding="utf-8"),
    ".parquet": lambda path: pq.write_table(pa.Table.from_pylist(ROWS), path),
    **dict.fromkeys((".conllu", ".conll-u"), write_conllu),
    **dict.fromkeys((".conll", ".iob", ".iob2", ".bio", ".bioes"), write_conll),
    ".pq": lambda path: pq.write_table(pa.Table.from_pylist(ROWS), path),
    formats.FOLDER: write_folder,
}
PACKERS = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}
CASES = [
    (suffix, packed)
    for suffix in WRITERS
    for packed in PACKERS
    if suffix != formats.FOLDER or packed == ""
]


def written(tmp_path: Path, suffix: str, packed: str = "") -> Path:
    path = tmp_path / ("rows" + suffix.replace(formats.FOLDER, ""))
    WRITERS[suffix](path)
    if not packed:
        return path
    target = path.with_name(path.name + packed)
    target.write_bytes(PACKERS[packed](path.read_bytes()))
    path.unlink()
    return target


def damageable(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def test_the_battery_knows_every_suffix() -> None:
    options = [plugins.load("formats", name) for name in plugins.names("formats")]
    assert {suffix for option in options for suffix in option.suffixes} == set(WRITERS)


@pytest.mark.parametrize(("suffix", "packed"), CASES)
def test_gives_the_rows_that_were_written(tmp_path: Path, suffix: str, packed: str) -> None:
    table = formats.read(written(tmp_path, suffix, packed))
    assert {name: list(cells) for name, cells in table.columns.items()} == expected(suffix)
    assert len(table) == len(ROWS)
    assert list(table.lines) == sorted(set(table.lines))
    assert table.notes == ()


@pytest.mark.parametrize(("suffix", "packed"), CASES)
def test_an_empty_file_is_told(tmp_path: Path, suffix: str, packed: str) -> None:
    path = written(tmp_path, suffix, packed)
    if path.is_dir():
        for file in path.iterdir():
            file.unlink()
    else:
        path.write_bytes(PACKERS[packed](b""))
    with pytest.raises(UnreadableError, match=r"empty|not one that") as caught:
        formats.read(path)
    assert caught.value.hint


@pytest.mark.parametrize(("suffix", "packed"), CASES)
def test_truncated_or_damaged_is_read_or_explained(
    tmp_path: Path, suffix: str, packed: str
) -> None:
    path = written(tmp_path, suffix, packed)
    rng = random.Random(f"{suffix}{packed}")
    refused: list[SocleError] = []
    for file in damageable(path):
        whole = file.read_bytes()
        for attempt in range(30):
            damaged = bytearray(whole[: rng.randrange(len(whole))] if attempt % 2 else whole)
            if not attempt % 2:
                for _ in range(rng.randrange(1, 6)):
                    damaged[rng.randrange(len(damaged))] = rng.randrange(256)
            file.write_bytes(damaged)
            try:
                table = formats.read(path)
                assert {len(cells) for cells in table.columns.values()} == {len(table)}
            except SocleError as error:
                refused.append(error)
        file.write_bytes(whole)
    assert refused
    assert all(error.message and error.hint for error in refused)
    assert len(formats.read(path)) == len(ROWS)


@pytest.mark.parametrize("packed", [".gz", ".zst"])
@pytest.mark.parametrize("cut", [1, 20, -1])
def test_a_cut_archive_is_never_half_read(tmp_path: Path, packed: str, cut: int) -> None:
    path = written(tmp_path, ".csv", packed)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UnreadableError, match=r"incomplete|not compressed") as caught:
        formats.read(path)
    assert "copy" in caught.value.hint.lower()


def test_an_archive_of_several_members_is_read_whole(tmp_path: Path) -> None:
    path = written(tmp_path, ".jsonl")
    first, second = path.read_bytes()[:300], path.read_bytes()[300:]
    for packed, pack in (("gz", gzip.compress), ("zst", zstandard.compress)):
        target = tmp_path / f"parts.jsonl.{packed}"
        target.write_bytes(pack(first) + pack(second))
        assert len(formats.read(target)) == len(ROWS)
