"""The NCCI edits written by hand for other engines, as their experts would write them.

Each reads the same claims file and the same tables as the rules of `ncci.py`, with two threads, and
writes the same findings: one row (`claim_id`, `line_number`, `rule`, `partner_claim_ids`,
`partner_line_numbers`) per line and rule. Each is a class that takes the folder with the tables
(what a rule set costs once) and whose `run` judges a claims file (what is compared).
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

PEERS = {
    "duckdb": "benchmarks.peers.duckdb_sql",
    "polars": "benchmarks.peers.polars_frames",
    "pandas": "benchmarks.peers.pandas_frames",
}
"""The package that each needs, and its module."""

THREADS = 2
"""How many threads each engine may use."""


class Peer(Protocol):
    """The NCCI edits in another engine, with its tables loaded."""

    def run(self, claims: Path, findings: Path) -> None:
        """Judge a Parquet file of service lines, and write the findings in Parquet."""


def installed(name: str) -> bool:
    """Whether a peer can run here."""
    return pyoce_python() is not None if name == "pyoce" else find_spec(name) is not None


def pyoce_python() -> str | None:
    """The Python that has pyoce, which asks for 3.12: this one, or that of `PYOCE_PYTHON`."""
    return sys.executable if find_spec("pyoce") else os.environ.get("PYOCE_PYTHON")


def load_peer(name: str, tables: Path) -> Peer:
    """A peer with the tables of a folder."""
    peer: Peer = import_module(PEERS[name]).Ncci(tables)
    return peer
