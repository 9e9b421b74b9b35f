"""Checks of the fluences that a network returned, before they are written.

- importable: every map is one that Eclipse accepts (finite, not negative, 2 to 1024 pixels of 2.5 mm); else refused.
- not_empty: every beam has some fluence; else refused.
- on_target: fluence lies in the PTV's shadow and a margin; > 5 % of the sum outside warns, > 20 % refuses.
- sum: mean fluence over the PTV's shadow, all beams added, over the prescription of one fraction; a beam of 1 gives
  about 1 Gy at 10 cm depth, so the sum is near 1. Outside 0.6 to 2 warns, outside 0.3 to 4 refuses.
- share: no beam gives more than half of all; else a warning.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Beam, FluenceMap, PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.fluence_rules import fluence_fault
from esapi_bridge.checks.verdict import Outcome, Verdict

SHADOW_MARGIN_MM = 15.0
OUTSIDE_WARN, OUTSIDE_REFUSE = 0.05, 0.20
SUM_WARN, SUM_REFUSE = (0.6, 2.0), (0.3, 4.0)
SHARE_WARN = 0.5


def check_fluence_output(
    beams: Sequence[Beam], patient_position: PatientPosition, ptv_mm: NDArray[np.float64], prescription_gy: float
) -> tuple[Verdict, ...]:
    """Check the fluences of a plan.

    Parameters
    ----------
    beams
        Treatment beams with their fluence.
    patient_position
        DICOM patient position.
    ptv_mm
        LPS positions ``(n, 3)`` of the PTV's voxels, mm.
    prescription_gy
        Prescribed dose of one fraction, Gy.
    """
    maps = [beam.fluence for beam in beams if beam.fluence is not None]
    taken = importable(beams)
    if taken.outcome is Outcome.REFUSE:
        return (taken,)
    filled = not_empty(beams)
    if filled.outcome is Outcome.REFUSE:
        return taken, filled
    shadows = [shadow(beam, patient_position, ptv_mm) for beam in beams]
    return taken, filled, on_target(maps, shadows), fluence_sum(maps, shadows, prescription_gy), share(beams)


def importable(beams: Sequence[Beam]) -> Verdict:
    """Check that Eclipse accepts every map."""
    expected = "finite maps of 0 or more, 2 to 1024 pixels of 2.5 mm"
    for beam in beams:
        reason = "no fluence" if beam.fluence is None else fluence_fault(beam.fluence)
        if reason:
            return Verdict("importable", Outcome.REFUSE, expected, f"beam {beam.number}: {reason}")
    return Verdict("importable", Outcome.PASS, expected, f"{len(beams)} such maps")


def not_empty(beams: Sequence[Beam]) -> Verdict:
    """Check that every beam has fluence."""
    empty = [b.number for b in beams if b.fluence is None or not b.fluence.values.any()]
    outcome = Outcome.REFUSE if empty else Outcome.PASS
    found = f"none in beam {', '.join(map(str, empty))}" if empty else "in all"
    return Verdict("not_empty", outcome, "fluence in every beam", found)


def on_target(maps: Sequence[FluenceMap], shadows: Sequence[NDArray[np.bool_]]) -> Verdict:
    """Check that fluence lies in the PTV's projection and a margin."""
    total = sum(float(m.values.sum(dtype=np.float64)) for m in maps)
    stray = sum(float(m.values[~_grown(s, m)].sum(dtype=np.float64)) for m, s in zip(maps, shadows, strict=True))
    part = stray / total
    outcome = Outcome.REFUSE if part > OUTSIDE_REFUSE else Outcome.WARN if part > OUTSIDE_WARN else Outcome.PASS
    expected = f"at most {OUTSIDE_WARN:.0%} of the fluence over {SHADOW_MARGIN_MM:g} mm outside the PTV's shadow"
    return Verdict("on_target", outcome, expected, f"{part:.1%}")


def fluence_sum(maps: Sequence[FluenceMap], shadows: Sequence[NDArray[np.bool_]], prescription_gy: float) -> Verdict:
    """Compare the fluence on the PTV with the prescription."""
    ratio = sum(float(m.values[s].mean(dtype=np.float64)) for m, s in zip(maps, shadows, strict=True) if s.any())
    ratio /= prescription_gy
    warn, refuse = (not low <= ratio <= high for low, high in (SUM_WARN, SUM_REFUSE))
    outcome = Outcome.REFUSE if refuse else Outcome.WARN if warn else Outcome.PASS
    expected = f"fluence on the PTV {SUM_WARN[0]:g} to {SUM_WARN[1]:g} times the {prescription_gy:g} Gy of a fraction"
    return Verdict("sum", outcome, expected, f"{ratio:.2f} times")


def share(beams: Sequence[Beam]) -> Verdict:
    """Check that no beam has most of the fluence."""
    sums = {b.number: float(b.fluence.values.sum(dtype=np.float64)) for b in beams if b.fluence is not None}
    number = max(sums, key=lambda n: sums[n])
    part = sums[number] / sum(sums.values())
    outcome = Outcome.WARN if part > SHARE_WARN and len(sums) > 1 else Outcome.PASS
    return Verdict("share", outcome, f"at most {SHARE_WARN:.0%} of all fluence in a beam", f"{part:.0%} in {number}")


def shadow(beam: Beam, patient_position: PatientPosition, points_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find the pixels of a beam's fluence onto which points project; holes between points are closed."""
    fluence = beam.fluence
    assert fluence is not None
    seen = beam_frame(beam, patient_position).project(points_mm)
    columns = np.rint((seen[:, 0] - fluence.x_origin_mm) / fluence.spacing_mm).astype(int)
    rows = np.rint((fluence.y_origin_mm - seen[:, 1]) / fluence.spacing_mm).astype(int)
    height, width = fluence.values.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    mask = np.zeros((height, width), dtype=np.bool_)
    mask[rows[inside], columns[inside]] = True
    return np.asarray(ndimage.binary_closing(mask, np.ones((3, 3))) | mask)


def _grown(mask: NDArray[np.bool_], fluence: FluenceMap) -> NDArray[np.bool_]:
    if not mask.any():
        return mask
    distance = ndimage.distance_transform_edt(~mask, sampling=fluence.spacing_mm)
    return np.asarray(distance <= SHADOW_MARGIN_MM)
