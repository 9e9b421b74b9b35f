"""Start Python inside a host under hostile environments, as the scripts start it inside Eclipse.

``python -m tests.benchmarks.hostile [--room DIR] [--only WORD] [--json]`` counts the hosts that ended and those in
which foreign code ran; both must be 0. ``--room`` takes other sources of ``esapi_scripts/Common/Python``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.scripts.hostile import HOSTILE, HostProgram


def main() -> None:
    """Meet all environments, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--room", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="eb-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        (place / "host").mkdir()
        program = HostProgram(place / "host", chosen.room)
        rows = []
        for number, hostile in enumerate(h for h in HOSTILE if chosen.only in h.name):
            (place / str(number)).mkdir()
            met = program.meet(hostile, place / str(number))
            rows.append({"name": hostile.name, "expected": hostile.expected, **asdict(met)})
            if not chosen.json:
                foreign = f", foreign code ran: {met.foreign}" if met.foreign else ""
                as_expected = "" if met.outcome == hostile.expected else f" (expected: {hostile.expected})"
                print(f"{hostile.name}: {met.outcome}{as_expected}{foreign} {met.message}", flush=True)
    counts = {
        "environments": len(rows),
        "host_ended": sum(bool(row["ended"]) for row in rows),
        "foreign_code_ran": sum(bool(row["foreign"]) for row in rows),
        "otherwise_than_expected": sum(row["outcome"] != row["expected"] for row in rows),
    }
    print(json.dumps(counts | {"rows": rows} if chosen.json else counts, indent=1 if chosen.json else None))
    if counts["host_ended"] or counts["foreign_code_ran"] or counts["otherwise_than_expected"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
