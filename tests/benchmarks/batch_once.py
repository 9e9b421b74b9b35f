"""What loading networks once saves: a command per plan against a batch in one process.

``python -m tests.benchmarks.batch_once [PLANS]`` prints one table; the network is the shipped one.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from pathlib import Path

from esapi_bridge.folders.user import STATE_VARIABLE
from tests.benchmarks.batch_plans import arguments, batch_command, command, seconds_of
from tests.benchmarks.many_plans import write_folders


def network_seconds(folders: list[Path]) -> list[float]:
    """Time of the network step of every plan, loading it included, s."""
    return [json.loads((folder / "run.json").read_text())["seconds"]["network"] for folder in folders]


def main() -> None:
    """Run both ways."""
    (plans,) = arguments(10)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        os.environ[STATE_VARIABLE] = str(place / "state")
        root = place / "plans"
        exports = write_folders(root, plans)
        seconds_of(command("dose", exports[0], "-o", place / "first, which compiles"))
        alone = [seconds_of(command("dose", export, "-o", place / "alone" / export.name)) for export in exports]
        batch = seconds_of(batch_command(root, "-o", place / "batch", "--task", "dose", "--jobs", 1))
        by_itself = network_seconds([place / "alone" / export.name for export in exports])
        kept = network_seconds([file.parent for file in (place / "batch").glob("*/run.json")])
    one, other = statistics.median(by_itself), statistics.median(kept)
    print(f"{'of ' + str(plans) + ' plans, s a plan':<28} {'command each':>14} {'batch':>10} {'ratio':>8}")
    print(f"{'whole':<28} {sum(alone) / plans:14.2f} {batch / plans:10.2f} {sum(alone) / batch:8.2f}")
    print(f"{'network, loading included':<28} {one:14.2f} {other:10.2f} {one / other:8.2f}")


if __name__ == "__main__":
    main()
