"""A table of service lines to a claim file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("csv", "ndjson", "parquet")


def write_claims(table: "pa.Table", path: Path, format: str) -> Path:
    """Write the lines as `csv`, `ndjson` or `parquet`, and return the file's path."""
    match format:
        case "csv":
            import pyarrow.csv as pc

            pc.write_csv(table, path)
        case "ndjson":
            with path.open("w", encoding="utf-8") as stream:
                for row in table.to_pylist():
                    there = {name: cell for name, cell in row.items() if cell is not None}
                    stream.write(json.dumps(there, default=str) + "\n")
        case _:
            import pyarrow.parquet as pq

            pq.write_table(table, path)
    return path
