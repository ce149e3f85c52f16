"""One peer on one claims file: `python -m benchmarks.peers duckdb TABLES CLAIMS FINDINGS`.

Prints as JSON the seconds of loading and of judging, the peak memory and the findings per rule.
The settings for threads stand before the engines are imported, which read them then.
"""

import json
import os
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.peers import PEERS, THREADS, load_peer


def main(name: str, tables: Path, claims: Path, findings: Path) -> None:
    """Load, judge, and print what it took."""
    import pyarrow.parquet as pq

    start = time.perf_counter()
    peer = load_peer(name, tables)
    loaded, loaded_cpu = time.perf_counter(), time.process_time()
    peer.run(claims, findings)
    judged, judged_cpu = time.perf_counter(), time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rules = pq.read_table(findings, columns=["rule"])["rule"].to_pylist()
    result = {
        "peer": name,
        "load_seconds": round(loaded - start, 3),
        "judge_seconds": round(judged - loaded, 3),
        "judge_processor_seconds": round(judged_cpu - loaded_cpu, 3),
        "peak_megabytes": round(peak),
        "findings": dict(Counter(rules)),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    if len(sys.argv) != 5 or sys.argv[1] not in PEERS:
        sys.exit(f"usage: python -m benchmarks.peers {'|'.join(PEERS)} TABLES CLAIMS FINDINGS")
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    main(sys.argv[1], *(Path(each) for each in sys.argv[2:]))
