"""Claims through pyoce, one at a time: `PYTHON pyoce_claims.py CLAIMS.json` prints what they took.

pyoce (Apache-2.0, Python 3.12) is the Medicare Outpatient Code Editor in Python. It judges by all
of CMS's edits for outpatient hospitals, NCCI pairs among them, and assigns payment groups: more
work than the rules that it stands beside. It runs in a Python of its own, so this file imports
nothing else of the project.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


def main(claims: list[list[dict[str, Any]]]) -> None:
    """Judge each claim twice, and print the seconds of the second time and the peak memory."""
    from pyoce import IoceComponent

    engine = IoceComponent()
    for lines in claims:
        engine.process(_outpatient(lines))
    seconds = []
    for lines in claims:
        claim = _outpatient(lines)
        start = time.perf_counter()
        engine.process(claim)
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_megabytes": peak}))


def _outpatient(lines: list[dict[str, Any]]) -> dict[str, Any]:
    day = lines[0]["service_from"].replace("-", "")
    return {
        "claimId": lines[0]["claim_id"],
        "billType": "131",
        "dateStarted": day,
        "dateEnded": day,
        "receiptDate": day,
        "principalDiagnosisCode": {"diagnosis": "I10"},
        "lineItemList": [
            {
                "serviceDate": day,
                "hcpcs": line["procedure_code"],
                "revenueCode": "0510",
                "unitsInput": str(line["units"] or 1),
                "charge": "15000",
            }
            for line in lines
        ],
    }


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
