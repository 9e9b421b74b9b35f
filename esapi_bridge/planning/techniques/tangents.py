"""Tangents of a breast: two opposed fields that graze the chest wall behind it and reach into the air before it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Beam, Grid, Jaws, PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.planning.fields import DEFAULT_ENERGY, open_beam
from esapi_bridge.planning.mlc import MILLENNIUM_120
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.conformal import FRACTION_GY, equal_metersets, shaped_beam

MARGIN_MM = 5.0
"""From the target to the edges of the fields; little, for every millimetre at the chest wall is lung."""

FLASH_MM = 20.0
"""How far the fields reach beyond the skin, for breathing, swelling and set-up."""

LEAF_MARGIN_MM = 1.0
"""Leaves stand around points as dense as voxels of the CT; the margins are in these points already."""

OTHER_SIDE = 5.0
"""Tissue of the other side counts so many times: the other breast is kept out, at the price of some lung."""

STEP_DEG, SAMPLE_MM = 1.0, 5.0
"""Directions that are tried, and the lattice on which the body is counted."""


@dataclass(frozen=True)
class _Grazing:
    """Where tangents pass: isocentre, direction of the first, and points ``(n, 3)`` that both show; LPS, mm."""

    isocentre_mm: tuple[float, float, float]
    along: NDArray[np.float64]
    shown_mm: NDArray[np.float64]


def tangents(
    subject: Subject,
    *,
    energy: str = DEFAULT_ENERGY,
    margin_mm: float = MARGIN_MM,
    flash_mm: float = FLASH_MM,
    collimator_deg: float = 0.0,
    patient_position: PatientPosition = PatientPosition.HFS,
) -> tuple[Beam, Beam]:
    """Make two opposed open fields whose common edge behind the target has the least of the body before it.

    Tissue of the other side of the body counts more than lung. The isocentre lies on that edge, so that with the
    collimator at 0 both fields end there without divergence: the half-beam technique.

    Parameters
    ----------
    subject
        The patient; the target lies under the skin, as a breast.
    energy
        One of `esapi_bridge.planning.fields.ENERGIES`.
    margin_mm
        From the target to the edges of the fields, mm.
    flash_mm
        How far the fields reach beyond the skin, mm.
    collimator_deg
        Collimator angle of the first field, IEC 61217; the second has its mirror image.
    patient_position
        DICOM patient position.

    Raises
    ------
    ValueError
        If the target is empty, or too large for the jaws.
    """
    where = _grazing(subject, margin_mm, flash_mm)
    first, second = _unshaped(where, energy, collimator_deg, patient_position)
    return _opened(first, where, patient_position), _opened(second, where, patient_position)


def shaped_tangents(
    subject: Subject,
    *,
    energy: str = DEFAULT_ENERGY,
    margin_mm: float = MARGIN_MM,
    flash_mm: float = FLASH_MM,
    collimator_deg: float = 0.0,
    fraction_gy: float = FRACTION_GY,
    patient_position: PatientPosition = PatientPosition.HFS,
) -> tuple[Beam, Beam]:
    """Make tangents whose leaves follow the target at the chest wall, and stand beyond the skin in front.

    Parameters
    ----------
    fraction_gy
        Mean dose of the target in one fraction, Gy; about, as in `conformal.conformal_beams`.
    subject, energy, margin_mm, flash_mm, collimator_deg, patient_position
        As in `tangents`.

    Raises
    ------
    BridgeError
        If the leaves cannot reach so far.
    ValueError
        If the target is empty, or too large for the jaws.
    """
    where = _grazing(subject, margin_mm, flash_mm)
    shaped = [
        shaped_beam(beam, where.shown_mm, patient_position, LEAF_MARGIN_MM)
        for beam in _unshaped(where, energy, collimator_deg, patient_position)
    ]
    meterset = equal_metersets(subject, shaped, fraction_gy, patient_position)
    first, second = (replace(beam, meterset_mu=meterset) for beam in shaped)
    return first, second


def _grazing(subject: Subject, margin_mm: float, flash_mm: float) -> _Grazing:
    target, body, grid = subject.target, subject.body, subject.ct.grid
    planes = np.flatnonzero(target.any(axis=(1, 2)))
    if not len(planes):
        raise ValueError("tangents need a target with at least one voxel, got an empty one")
    part = slice(planes[0], planes[-1] + 1)
    aimed = _surface_points(target, grid, part)
    before = _best_normal(aimed, _inner_points(body & ~target, grid, part), margin_mm)
    along = np.array([before[1], -before[0], 0.0])
    edge = (aimed @ before).min() - margin_mm
    middle = [(low + high) / 2 for low, high in ((v.min(), v.max()) for v in (aimed @ along, aimed[:, 2]))]
    isocentre = edge * before + middle[0] * along + np.array([0.0, 0.0, middle[1]])
    x, y, z = (round(float(v), 1) for v in isocentre)
    skin, reach = _surface_points(body, grid, part), aimed @ along
    skin = skin[(skin @ before > edge) & (skin @ along > reach.min()) & (skin @ along < reach.max())]
    up = np.array([0.0, 0.0, margin_mm])
    behind = aimed - margin_mm * before
    return _Grazing((x, y, z), along, np.concatenate([behind + up, behind - up, skin + flash_mm * before]))


def _unshaped(
    where: _Grazing, energy: str, collimator_deg: float, patient_position: PatientPosition
) -> tuple[Beam, Beam]:
    first, second = (
        open_beam(
            number, where.isocentre_mm, Jaws(-100, 100, -100, 100), _gantry_deg(direction, patient_position),
            collimator_deg=collimator % 360.0, energy=energy,
        )
        for number, direction, collimator in ((1, where.along, collimator_deg), (2, -where.along, -collimator_deg))
    )  # fmt: skip
    return first, second


def _opened(beam: Beam, where: _Grazing, patient_position: PatientPosition) -> Beam:
    """Put the jaws around what a tangent shall show."""
    shadow = beam_frame(beam, patient_position).project(where.shown_mm)
    # A tenth of a millimetre is rounding, not a reason to open the jaw at the lung by another one.
    (x1, y1), (x2, y2) = shadow.min(axis=0) + 0.1, shadow.max(axis=0) - 0.1
    jaws = MILLENNIUM_120.jaws_around(x1, x2, y1, y2)
    return replace(beam, control_points=tuple(replace(point, jaws=jaws) for point in beam.control_points))


def _best_normal(aimed: NDArray[np.float64], others: NDArray[np.float64], margin_mm: float) -> NDArray[np.float64]:
    """Unit vector across the patient: of the planes that have the whole target before them, the one with least else."""
    turn = np.radians(np.arange(0.0, 360.0, STEP_DEG))
    normals = np.column_stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)])
    edges = (normals @ aimed.T).min(axis=1) - margin_mm
    side = np.sign(aimed[:, 0].mean() - others[:, 0].mean())
    weights = np.where(side * others[:, 0] < (side * aimed[:, 0]).min(), OTHER_SIDE, 1.0)
    costs = [weights[others @ normal > edge].sum() for normal, edge in zip(normals, edges, strict=True)]
    return np.asarray(normals[int(np.argmin(costs))])


def _gantry_deg(direction: NDArray[np.float64], patient_position: PatientPosition) -> float:
    """Gantry angle of a beam that goes in a direction across the patient, to a tenth of a degree."""
    jaws = Jaws(-100, 100, -100, 100)
    above, beside = (
        beam_frame(open_beam(1, (0.0, 0.0, 0.0), jaws, gantry), patient_position).axes[2] for gantry in (0.0, 90.0)
    )
    return round(float(np.degrees(np.arctan2(direction @ beside, direction @ above))), 1) % 360.0


def _surface_points(mask: NDArray[np.bool_], grid: Grid, planes: slice) -> NDArray[np.float64]:
    """Voxel centres on the outline of every plane, LPS, mm."""
    across = np.zeros((3, 3, 3), dtype=bool)
    across[1] = ndimage.generate_binary_structure(2, 1)
    voxels = np.argwhere(mask[planes] & ~ndimage.binary_erosion(mask[planes], across))
    return np.asarray(grid.to_patient(voxels[:, ::-1] + np.array([0, 0, planes.start])))


def _inner_points(mask: NDArray[np.bool_], grid: Grid, planes: slice) -> NDArray[np.float64]:
    """Voxel centres on a wide lattice, LPS, mm."""
    k, j, i = (max(1, round(SAMPLE_MM / step)) for step in grid.spacing_mm[::-1])
    voxels = np.argwhere(mask[planes][::k, ::j, ::i])
    return np.asarray(grid.to_patient((voxels * [k, j, i])[:, ::-1] + np.array([0, 0, planes.start])))
