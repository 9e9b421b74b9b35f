"""Measure both engines: ``python -m esapi_bridge.planning.commission.validate -o docs/explanation/physics``.

Writes ``commissioning.json`` (by energy, each figure that docs/explanation/physics.md quotes and a test reads) and
plots.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from esapi_bridge.planning.commission.beam_data import PUBLISHED
from esapi_bridge.planning.commission.measure import DETAILED_ENERGY, against_published, in_detail
from esapi_bridge.planning.commission.plots import plot_beam
from esapi_bridge.planning.commission.reference_patient import reference_ct
from esapi_bridge.planning.physics import load_beam_model


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description="Measure the dose engines of the planning system.")
    parser.add_argument("-o", "--out", type=Path, default=Path("docs/explanation/physics"), help="folder to write to")
    parser.add_argument("--ct", type=Path, help="the CT ibsi_lung; without it the figures on a CT are kept as they are")
    parser.add_argument(
        "--energy", nargs="+", choices=list(PUBLISHED), default=list(PUBLISHED), help="others are kept as they are"
    )
    given = parser.parse_args()
    out = given.out
    out.mkdir(parents=True, exist_ok=True)
    written = out / "commissioning.json"
    record = json.loads(written.read_text(encoding="utf-8")) if written.exists() else {}
    for energy in given.energy:
        model = load_beam_model(energy)
        report = against_published(model)
        if energy == DETAILED_ENERGY:
            report |= in_detail(model, reference_ct(given.ct) if given.ct else None)
            if not given.ct:
                report["monte_carlo_on_ct"] = record.get(energy, {}).get("monte_carlo_on_ct")
        plot_beam(model, report, out)
        record[energy] = report
        print(energy, json.dumps({k: v for k, v in report.items() if k != "monte_carlo"}, indent=1))
        for key, row in report.get("monte_carlo", {}).items():
            print(key, {k: v for k, v in row.items() if not isinstance(v, list)})
    written.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
