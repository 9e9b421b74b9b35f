"""What the living view of fluences reads: the maps of every field, and what its beam sees of the structures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, ControlPoint, FluenceMap, PatientPosition, Structure
from esapi_bridge.case.beam_frame import BeamFrame, beam_frame
from esapi_bridge.case.structure import UnusableStructureError
from esapi_bridge.errors import printable
from esapi_bridge.report.fluence_maps import (
    DIFFERENCE_MAP,
    FLUENCE_MAP,
    difference_end,
    difference_map,
    highest,
    shown_extent_mm,
)
from esapi_bridge.report.packed import named_structure, packed
from esapi_bridge.report.silhouette import silhouette_mm, surface_mm

FINEST_STEP = 1e-4
"""The last digit of a fluence that is kept and shown, unless one of the maps is too high for 16 bits."""

MOST_WHOLE = 2**15 - 1
COLOURS = 64
"""Of a scale."""

OUTLINE_STEP_MM = 0.1


def fluence_view(
    beams: Sequence[Beam],
    clinical: Mapping[int, FluenceMap],
    structures: Sequence[Structure],
    position: PatientPosition,
    slice_mm: float,
) -> dict[str, Any]:
    """Take the maps of all fields and the outlines of structures in them.

    Parameters
    ----------
    beams
        Treatment beams, each with its fluence.
    clinical
        Clinical fluence by beam number; may be empty.
    structures
        What to outline; the body, which is larger than any field, is left out.
    position
        Patient position.
    slice_mm
        Distance of the CT slices, mm.

    Returns
    -------
    dict
        Maps are whole numbers of ``step``, cut to what is not zero; the difference is network - clinical on the pixels
        of the network's map. Outlines are whole numbers of ``outline_step_mm``, x and y by turns.
    """
    maps = [m for b in beams for m in (b.fluence, clinical.get(b.number)) if m is not None]
    fields = [(beam, _kinds(beam, clinical.get(beam.number))) for beam in beams]
    step = _step([m for _, kinds in fields for m in kinds.values()])
    outlined = [s for s in structures if s.contours_mm and not s.is_body]
    surfaces = [(s, *surface) for s in outlined if (surface := _surface(s, slice_mm)) is not None]
    top = highest(maps)
    return {
        "step": step,
        "outline_step_mm": OUTLINE_STEP_MM,
        "extent_mm": shown_extent_mm(maps),
        "scales": {
            "fluence": {"low": 0.0, "high": top, "colours": _colours(FLUENCE_MAP)},
            "difference": {
                "low": -difference_end(top),
                "high": difference_end(top),
                "colours": _colours(DIFFERENCE_MAP),
            },
        },
        "structures": [named_structure(s) for s, _, _ in surfaces],
        "fields": [
            {
                "number": beam.number,
                "name": printable(beam.name),
                "angles": _angles(beam.control_points[0]),
                "jaws_mm": _jaws_mm(beam.control_points[0]),
                "maps": {kind: _map(fluence, step) for kind, fluence in kinds.items()},
                "outlines": {
                    str(s.number): _outlines(points_mm, voxel_mm, beam_frame(beam, position))
                    for s, points_mm, voxel_mm in surfaces
                },
            }
            for beam, kinds in fields
        ],
    }


def _kinds(beam: Beam, clinical: FluenceMap | None) -> dict[str, FluenceMap]:
    assert beam.fluence is not None
    if clinical is None:
        return {"network": beam.fluence}
    return {"network": beam.fluence, "clinical": clinical, "difference": difference_map(beam.fluence, clinical)}


def _step(maps: Sequence[FluenceMap]) -> float:
    """Choose the finest step, a power of ten, of which 16 bits hold the highest value."""
    top, step = max(float(np.abs(m.values).max()) for m in maps), FINEST_STEP
    while top > step * MOST_WHOLE:
        step *= 10
    return float(f"{step:.0e}")


def _angles(point: ControlPoint) -> str:
    return f"gantry {point.gantry_deg:g}°, collimator {point.collimator_deg:g}°, couch {point.couch_deg:g}°"


def _jaws_mm(point: ControlPoint) -> list[float]:
    return [point.jaws.x1_mm, point.jaws.x2_mm, point.jaws.y1_mm, point.jaws.y2_mm]


def _map(fluence: FluenceMap, step: float) -> dict[str, Any]:
    whole = np.rint(fluence.values.astype(np.float64) / step)
    rows, columns = np.nonzero(whole)
    top, left, bottom, right = (rows.min(), columns.min(), rows.max(), columns.max()) if rows.size else (0, 0, 0, 0)
    cut = fluence.values[top : bottom + 1, left : right + 1]
    return {
        "x_mm": fluence.x_origin_mm + fluence.spacing_mm * int(left),
        "y_mm": fluence.y_origin_mm - fluence.spacing_mm * int(top),
        "spacing_mm": fluence.spacing_mm,
        "rows": cut.shape[0],
        "columns": cut.shape[1],
        "values": packed(cut, step, "<i2"),
    }


def _surface(structure: Structure, slice_mm: float) -> tuple[NDArray[np.float64], float] | None:
    try:
        return surface_mm(structure, slice_mm)
    except UnusableStructureError:  # the table of histograms says why
        return None


def _outlines(points_mm: NDArray[np.float64], voxel_mm: float, frame: BeamFrame) -> list[list[int]]:
    return [
        np.rint(polygon / OUTLINE_STEP_MM).astype(int).ravel().tolist()
        for polygon in silhouette_mm(points_mm, voxel_mm, frame)
    ]


def _colours(name: str) -> list[str]:
    """A scale from low to high as CSS colours."""
    return [mpl.colors.to_hex(colour) for colour in mpl.colormaps[name](np.linspace(0, 1, COLOURS))]
