"""How many legal exports are let through: ``python -m tests.benchmarks.legal [COUNT] [FIRST SEED]``.

Each is read and checked as `esapi-bridge dose` does before its network, and must give the numbers of the export it was
made from. Prints one line for each that does not, and the count.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Case
from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.checks import check_input, require
from esapi_bridge.checks.overrides import with_overrides
from esapi_bridge.dicom import read_export
from esapi_bridge.errors import BridgeError
from esapi_bridge.models import find_model
from tests.benchmarks.legal_exports import Set, read_set, write_legal
from tests.report.synthetic import make_case

CT_HU, DOSE_SHARE = 0.51, 1e-4
"""Largest differences that stored forms make: half a count of the CT, and a step of 16 bits twice over."""


def different(found: Case, base: Case) -> str | None:
    """Say what a case has other than the one it was made from; None where nothing."""
    if found.ct.grid.size != base.ct.grid.size or np.abs(found.ct.values - base.ct.values).max() > CT_HU:
        return "another CT"
    if set(found.beam_doses) != set(base.beam_doses) or found.plan_dose is None or base.plan_dose is None:
        return "other doses"
    for number, dose in base.beam_doses.items():
        apart = np.abs(found.beam_doses[number].gy - dose.gy).max()
        if not apart <= DOSE_SHARE * float(dose.gy.max()):
            return f"another dose of beam {number}"
    metersets = {b.number: b.meterset_mu for b in base.plan.treatment_beams}
    if {b.number: b.meterset_mu for b in found.plan.treatment_beams} != metersets:
        return "other monitor units"
    if {s.number for s in found.structures if s.contours_mm} != {s.number for s in base.structures}:
        return "other structures"
    return None


def let_through(folder: Path, base: Case) -> str | None:
    """Read and check an export; return why it is not let through, None where it is."""
    card = find_model("ddn-lite", "dose").card
    # The doses are made up, so they fall with depth as those of no energy do.
    dose = card.inputs.dose.model_copy(update={"depth_fall": {}})
    card = card.model_copy(update={"inputs": card.inputs.model_copy(update={"dose": dose})})
    try:
        export = read_export(folder, key=b"legal")
        case = along_patient_axes(export.case)
        doses = [case.beam_doses[beam.number] for beam in case.plan.treatment_beams]
        given, assigned = with_overrides(case, card)
        accessories = export.beam_accessories
        require((assigned, *check_input(
            case, card, doses, per_beam=True, accessories=accessories, given_ct=given.ct, said=export.stated
        )))  # fmt: skip
    except BridgeError as error:
        return str(error)
    return different(case, base)


def attempt(base: Set, case: Case, seed: int) -> str | None:
    """Write and read the export of a seed; return what is wrong with its changes, None where it is let through."""
    with tempfile.TemporaryDirectory() as folder:
        changes = write_legal(base, Path(folder), np.random.default_rng(seed))
        fault = let_through(Path(folder), case)
        return None if fault is None else f"seed {seed} ({', '.join(changes)}): {fault}"


def light_case() -> Case:
    """A case whose contours have few points, so that an export is made in a second."""
    case = make_case(2)[0]
    few = tuple(replace(s, contours_mm=tuple(c[::5] for c in s.contours_mm)) for s in case.structures)
    return replace(case, structures=few)


def main(arguments: list[str]) -> int:
    """Count; the exit code is 1 if any is not let through."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warnings.simplefilter("ignore")  # pydicom's, of habits that are not to the letter of the standard
    count = int(arguments[0]) if arguments else 200
    first = int(arguments[1]) if len(arguments) > 1 else 0
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        base = read_set(light_case(), Path(folder) / "base")
        case = along_patient_axes(read_export(Path(folder) / "base", key=b"legal").case)
        faults = [fault for seed in range(first, first + count) if (fault := attempt(base, case, seed))]
    for fault in faults:
        print(fault)
    print(f"{count - len(faults)} of {count} legal exports let through, {time.perf_counter() - start:.0f} s")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
