"""Fields to plan with: random open ones as in Dong & Xing 2020 (section 2.1), and beams spread around a target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Beam, ControlPoint, FluenceMode, Grid, Jaws, PatientPosition, Technique, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.planning.arcs import still_parts
from esapi_bridge.planning.vocabulary import Energy

MACHINE = "TrueBeam"
SAD_MM = 1000.0
METERSET_MU = 100.0

ENERGIES: dict[str, tuple[float, FluenceMode]] = {
    Energy.X6.value: (6.0, FluenceMode.STANDARD),
    Energy.X6_FFF.value: (6.0, FluenceMode.FFF),
    Energy.X10.value: (10.0, FluenceMode.STANDARD),
    Energy.X10_FFF.value: (10.0, FluenceMode.FFF),
    Energy.X15.value: (15.0, FluenceMode.STANDARD),
}
"""Energies of the machine, as Eclipse displays them, each with a beam model: megavolt and fluence mode."""

DEFAULT_ENERGY = Energy.X10_FFF.value
FIELD_SIZE_MM = (20.0, 200.0)
"""Smallest and largest field size along each jaw pair at the isocentre."""

DEPTH_OF_ISOCENTRE_MM = 15.0
"""Isocentres lie at least this deep inside the body where it is thick enough."""


def open_beam(
    number: int,
    isocentre_mm: tuple[float, float, float],
    jaws: Jaws,
    gantry_deg: float,
    *,
    collimator_deg: float = 0.0,
    couch_deg: float = 0.0,
    meterset_mu: float = METERSET_MU,
    energy: str = DEFAULT_ENERGY,
) -> Beam:
    """Make a static field of a TrueBeam without MLC; angles in IEC 61217 degrees.

    Raises
    ------
    ValueError
        If the machine has no such energy.
    """
    if energy not in ENERGIES:
        raise ValueError(f"the energy must be one of {', '.join(ENERGIES)}, got {energy!r}")
    energy_mv, mode = ENERGIES[energy]
    points = tuple(ControlPoint(weight, gantry_deg, collimator_deg, couch_deg, jaws) for weight in (0.0, 1.0))
    return Beam(
        number, f"Field {number}", MACHINE, energy_mv, mode, Technique.STATIC, isocentre_mm, SAD_MM, meterset_mu, points
    )


TRIES = 50
"""Angles tried until a beam enters where the CT shows the patient."""

SIDE_MM = 5.0
"""The CT goes on for so far beside where a beam enters the body."""

LONGEST_WAY_MM, RAY_STEP_MM = 600.0, 5.0


def random_field(
    ct: Volume, body: NDArray[np.bool_], rng: np.random.Generator, number: int, energy: str = DEFAULT_ENERGY
) -> Beam:
    """Make a random open field.

    Isocentre anywhere in the body (deep places more often, away from the ends of the CT), jaws asymmetric with a field
    size of 2 to 20 cm along each axis, any gantry angle but those from which the scan cuts the body off, collimator
    turned in half of the fields, couch 0, 100 MU.

    Parameters
    ----------
    ct
        HU, axes along LPS.
    body
        Patient outline on the CT grid.
    rng
        Random source.
    number
        DICOM beam number.
    energy
        One of `ENERGIES`.
    """
    isocentre = random_isocentre(ct.grid, body, rng)
    x1, x2 = _random_jaws(rng)
    y1, y2 = _random_jaws(rng)
    for _ in range(TRIES):
        gantry = round(float(rng.uniform(0, 360)), 1) % 360
        if enters_in_view(open_beam(number, isocentre, Jaws(-1, 1, -1, 1), gantry), ct.grid, body):
            break
    collimator = round(float(rng.uniform(0, 360)), 1) % 360 if rng.random() < 0.5 else 0.0
    return open_beam(number, isocentre, Jaws(x1, x2, y1, y2), gantry, collimator_deg=collimator, energy=energy)


def enters_in_view(
    beam: Beam,
    grid: Grid,
    body: NDArray[np.bool_],
    margin_mm: tuple[float, float, float] = (SIDE_MM, SIDE_MM, 0.0),
    patient_position: PatientPosition = PatientPosition.HFS,
) -> bool:
    """Whether a beam's axis enters the body where the CT goes on around it, and not where the scan cuts it off.

    Parameters
    ----------
    beam
        The beam, at its first control point.
    grid, body
        The CT's lattice, axes along LPS, and the patient's outline on it ``(z, y, x)``.
    margin_mm
        How far the CT must go on along x, y and z.
    patient_position
        DICOM patient position.
    """
    frame = beam_frame(beam, patient_position)
    ray = frame.isocentre_mm - np.arange(0.0, LONGEST_WAY_MM, RAY_STEP_MM)[:, None] * frame.axes[2]
    index = np.rint(grid.to_index(ray)).astype(int)
    seen = ((index >= 0) & (index < np.asarray(grid.size))).all(axis=1)
    inside = ray[seen][body[tuple(index[seen].T[::-1])]]
    ends = np.stack([grid.coordinates_mm(axis)[[0, -1]] for axis in range(3)])
    margin = np.asarray(margin_mm)
    return bool(len(inside) and (ends[:, 0] + margin < inside[-1]).all() and (inside[-1] < ends[:, 1] - margin).all())


def beams_around_target(
    target: NDArray[np.bool_],
    grid: Grid,
    count: int,
    patient_position: PatientPosition = PatientPosition.HFS,
    margin_mm: float = 8.0,
    energy: str = DEFAULT_ENERGY,
    *,
    collimator_deg: float = 0.0,
    couch_deg: float = 0.0,
) -> tuple[Beam, ...]:
    """Make `count` beams at equally spaced gantry angles, jaws around a target as each beam sees it.

    Parameters
    ----------
    target
        Target mask on `grid`.
    grid
        Grid with axes along LPS.
    count
        Number of beams; the first has gantry 0.
    patient_position
        DICOM patient position.
    margin_mm
        Distance from the target's projection to the jaws, mm.
    energy
        One of `ENERGIES`.
    collimator_deg, couch_deg
        Angles of all beams, IEC 61217.

    Raises
    ------
    ValueError
        If the target is empty.
    """
    voxels = np.argwhere(target & ~ndimage.binary_erosion(target))
    if not len(voxels):
        raise ValueError("beams need a target with at least one voxel, got an empty one")
    points = grid.to_patient(voxels[:, ::-1])
    x, y, z = (round(float(v), 1) for v in grid.to_patient(np.argwhere(target)[:, ::-1]).mean(axis=0))
    beams = []
    for number in range(1, count + 1):
        gantry = round(360 * (number - 1) / count, 1)
        wide = open_beam(
            number, (x, y, z), Jaws(-100, 100, -100, 100), gantry, collimator_deg=collimator_deg, couch_deg=couch_deg,
            energy=energy,
        )  # fmt: skip
        (x1, y1), (x2, y2) = _shadow(points, wide, patient_position, margin_mm)
        jaws = Jaws(x1, x2, y1, y2)
        beams.append(replace(wide, control_points=tuple(replace(point, jaws=jaws) for point in wide.control_points)))
    return tuple(beams)


def heights_mm(
    beams: tuple[Beam, ...], patient_position: PatientPosition = PatientPosition.HFS, depth_mm: float = 150.0
) -> tuple[float, float]:
    """Lowest and highest z (LPS, mm) that the jaws of beams and arcs show within `depth_mm` of their isocentres."""
    found: list[float] = []
    for beam in (part for whole in beams for part in still_parts(whole)):
        frame = beam_frame(beam, patient_position)
        jaws = beam.widest_jaws
        for x in (jaws.x1_mm, jaws.x2_mm):
            for y in (jaws.y1_mm, jaws.y2_mm):
                edge = frame.isocentre_mm + x * frame.axes[0] + y * frame.axes[1] - frame.source_mm
                scales = (1 - depth_mm / frame.sad_mm, 1 + depth_mm / frame.sad_mm)
                found.extend(float(frame.source_mm[2] + edge[2] * scale) for scale in scales)
    return min(found), max(found)


def random_isocentre(grid: Grid, body: NDArray[np.bool_], rng: np.random.Generator) -> tuple[float, float, float]:
    """Draw a voxel of the body with a chance that grows with its depth, in the middle 70 % of the scanned length."""
    step = [max(1, round(5 / s)) for s in grid.spacing_mm[::-1]]
    small = body[:: step[0], :: step[1], :: step[2]]
    planes = np.flatnonzero(small.any(axis=(1, 2)))
    spacing = [n * s for n, s in zip(step, grid.spacing_mm[::-1], strict=True)]
    padded = np.pad(small, ((0, 0), (1, 1), (1, 1)))
    depth = ndimage.distance_transform_edt(padded, sampling=spacing)[:, 1:-1, 1:-1]
    low, high = np.quantile(planes, [0.15, 0.85])
    depth[: int(np.ceil(low))] = 0
    depth[int(high) + 1 :] = 0
    deep = np.where(depth > min(DEPTH_OF_ISOCENTRE_MM, 0.8 * depth.max()), depth, 0).ravel()
    index = np.array(np.unravel_index(rng.choice(deep.size, p=deep / deep.sum()), depth.shape)) * step
    x, y, z = (round(float(v), 1) for v in grid.to_patient(index[::-1]))
    return x, y, z


def _random_jaws(rng: np.random.Generator) -> tuple[float, float]:
    size = round(float(rng.uniform(*FIELD_SIZE_MM)), 1)
    low = -round(size * float(rng.uniform(0.15, 0.85)), 1)
    return low, round(low + size, 1)


def _shadow(
    points: NDArray[np.float64], beam: Beam, patient_position: PatientPosition, margin_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners of the box around points projected from the source onto the isocentre plane, grown, whole mm."""
    plane = beam_frame(beam, patient_position).project(points)
    return np.floor(plane.min(axis=0) - margin_mm), np.ceil(plane.max(axis=0) + margin_mm)
