"""How half-widths of beams add up in a plan: ``python -m tests.benchmarks.plan_intervals STORE --model NAME``.

The plans of a pair store are stored as pairs of their fields and as the sum. Prints the share of voxels, of at least 10
% of the plan's maximum and in the body, whose interval holds the reference: fields predicted one by one and their
half-widths added, added as squares as if errors were independent, and the plan predicted as one. The model's card must
have intervals (`esapi-bridge calibrate`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dosenet.interval import IntervalTable, coverage_of
from dosenet.store import FieldPair, read_patients
from dosenet.stored_field import StoredPatient
from dosenet.weights import Model, load_model

Rows = dict[str, dict[str, float]]


def main(arguments: list[str] | None = None) -> int:
    """Run and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--model", default="ddn-lite")
    parser.add_argument("--split", default="test")
    found = parser.parse_args(arguments)
    model = load_model(found.model)
    table = model.card.interval_table
    if table is None:
        print("the card has no intervals: run esapi-bridge calibrate first", file=sys.stderr)
        return 1
    every: dict[str, list[float]] = {}
    for name, rows in covered(found.store, found.split, model, table):
        for rule, row in rows.items():
            print(f"{name:40} {rule:8} {row['masked']:5.1f} %  half-width {row['half-width']:.2f} %", flush=True)
            every.setdefault(rule, []).append(row["masked"])
    for rule, shares in every.items():
        title = f"mean of {len(shares)} plans, and the least"
        print(f"{title:40} {rule:8} {np.mean(shares):5.1f} % {min(shares):5.1f} %")
    return 0


def covered(store: Path, split: str, model: Model, table: IntervalTable) -> Iterator[tuple[str, Rows]]:
    """Measure every plan of a split whose fields are all there."""
    for patient in read_patients(store, split):
        fields = {pair.name: pair for pair in patient.fields()}
        for plan in [pair for pair in fields.values() if pair.kind == "plan"]:
            parts = [fields[name] for name in plan.attributes["fields"] if name in fields]
            stored = StoredPatient.of(patient)
            if len(parts) == len(plan.attributes["fields"]) and stored.body is not None:
                yield (
                    f"{patient.name} {plan.name}, {len(parts)} {parts[0].kind}",
                    _rules(stored, plan, parts, model, table),
                )


def _rules(stored: StoredPatient, plan: FieldPair, parts: list[FieldPair], model: Model, table: IntervalTable) -> Rows:
    assert stored.body is not None
    assert stored.places is not None
    places, kept = stored.places, plan.stored_planes
    reference, body = plan.fine_gy(), stored.body.inside[kept]
    total = added = squares = np.zeros(1, np.float32)
    for pair in parts:
        dose = stored.predict(model, pair, stored.coarse(pair))
        half = table.half_width_gy(dose, places)[kept]
        total, added, squares = total + dose.values[kept], added + half, squares + np.square(half)
    whole = stored.predict(model, plan, stored.coarse(plan))
    doses = {
        "added": (total, added),
        "squares": (total, np.sqrt(squares)),
        "as one": (whole.values[kept], table.half_width_gy(whole, places)[kept]),
    }
    return {rule: coverage_of(dose, half, reference, body) for rule, (dose, half) in doses.items()}


if __name__ == "__main__":
    sys.exit(main())
