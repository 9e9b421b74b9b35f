"""How much memory a plan needs, from the sizes of its CT and doses."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

from esapi_bridge.case.folder import describe_case
from esapi_bridge.dicom import FoundPlan
from esapi_bridge.errors import BridgeError

PROGRAM_BYTES = 0.7e9
"""What a process needs before it reads anything: Python, torch, the network, compiled loops."""

CT_BYTES = 10.0
"""Of each voxel of the CT: values, the copy that is hashed, what checks and masks take for a moment."""

FINE_BYTES = 60.0
"""Of each fine voxel: input, network and beam doses, masks, gamma, what the page draws."""

FINE_MM = 1.25
"""Spacing of a fine dose."""


def memory_needed_bytes(plan: FoundPlan) -> float:
    """Estimate the most memory that a process takes for a plan; measured by ``tests.benchmarks.batch_memory``."""
    ct_voxels, dose_mm3 = float(plan.sizes.ct_voxels), plan.sizes.dose_mm3
    if isinstance(plan.source, Path):
        with suppress(BridgeError):  # said when it is read
            case = describe_case(plan.source)
            ct_voxels = math.prod(case.ct.grid.size)
            doses = [*([case.plan_dose] if case.plan_dose else []), *case.beam_doses.values()]
            dose_mm3 = max((math.prod(d.grid.size) * math.prod(d.grid.spacing_mm) for d in doses), default=0.0)
    return PROGRAM_BYTES + CT_BYTES * ct_voxels + FINE_BYTES * dose_mm3 / FINE_MM**3
