"""Parquet files, the class names that `datasets` leaves in them included."""

from __future__ import annotations

import json
from pathlib import Path

from socle.decoding import content
from socle.errors import UnreadableError
from socle.formats import Table, from_arrow


class Parquet:
    """The option: `.parquet`."""

    suffixes = (".parquet", ".pq")

    def read(self, path: Path) -> Table:
        """Read the whole file.

        Raises:
            UnreadableError: the file is missing, empty, damaged, or not Parquet.
        """
        raw = content(path)
        if not raw.startswith(b"PAR1"):
            raise UnreadableError(
                f"{path} is not a Parquet file, whatever its name says.",
                "If it is CSV or JSON lines, rename it to end in .csv or .jsonl.",
            )
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(pa.BufferReader(raw))
            return from_arrow(table, path, _features(table.schema.metadata or {}))
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise UnreadableError(
                f"{path} is a damaged or incomplete Parquet file: {error}",
                "Copy or download it again, and compare its size with the original's.",
            ) from error


def _features(metadata: dict[bytes, bytes]) -> object:
    try:
        return json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features")
    except (ValueError, AttributeError):
        return None


OPTION = Parquet()
