"""Conversion of a case to the fluence network's scene, and of fluences back; knows `Case` and `fluencenet.scene`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose, FluenceMap, Grid, PatientPosition, Plan, Prescription, Structure
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.planimetry import box_of, volume_mm3
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.case.slabs import solid_of
from esapi_bridge.errors import RefusedError
from fluencenet.scene import LABELS, BeamAxes, FluenceBeam, FluenceImage, Lattice, Scene

LABEL_SPACING_MM = 2.5
BEYOND_PTV_MM = 100.0
"""Labels cover the body in plane, and this much above and below the PTV, as in training."""

EDGE_MM = 5.0
"""Margin around the body in plane."""

MOST_VOXELS = 50_000_000
"""Of the lattice; a large body of 800 x 500 mm needs 7 million for 300 mm."""

NECESSARY = ("Body", "PTV")
"""Labels without which there is no scene."""


def label_grid(structures: Mapping[str, Sequence[Structure]]) -> Grid:
    """Choose the lattice of the labels, axes along LPS.

    Parameters
    ----------
    structures
        Structures by label; holds Body and PTV.

    Raises
    ------
    RefusedError
        If they lie too far apart for any patient.
    """
    body, ptv = (_points(structures[label]) for label in ("Body", "PTV"))
    low, high = body.min(axis=0), body.max(axis=0)
    low[:2], high[:2] = low[:2] - EDGE_MM, high[:2] + EDGE_MM
    low[2] = max(low[2], ptv[:, 2].min() - BEYOND_PTV_MM)
    high[2] = min(high[2], ptv[:, 2].max() + BEYOND_PTV_MM)
    size = np.ceil((high - low) / LABEL_SPACING_MM) + 1
    if np.prod(size) > MOST_VOXELS:
        raise RefusedError(
            f"body and PTV must fit into a lattice of {MOST_VOXELS:.0e} voxels of {LABEL_SPACING_MM:g} mm, "
            f"found contours {' x '.join(f'{n:.0f}' for n in high - low)} mm apart: look for stray ones"
        )
    nx, ny, nz = (int(n) for n in size)
    x, y, z = (float(v) for v in low)
    return Grid((nx, ny, nz), (LABEL_SPACING_MM,) * 3, (x, y, z))


def label_masks(
    structures: Mapping[str, Sequence[Structure]], grid: Grid, slice_mm: float
) -> dict[str, NDArray[np.bool_]]:
    """Fill the structures of each label ``(z, y, x)``; several structures are united.

    Parameters
    ----------
    structures
        Structures by label.
    grid
        The lattice.
    slice_mm
        Distance of the CT's slices, mm.

    Raises
    ------
    UnusableStructureError
        If contours are not parallel to the slices, or enclose another volume than the mask.
    RefusedError
        If the contours of a label lie on the lattice, but none of its voxels within them.
    """
    masks = {}
    for label, found in structures.items():
        masks[label] = np.logical_or.reduce([rasterise(structure, grid, slice_mm) for structure in found])
        if not masks[label].any():
            volume = sum(volume_mm3(solid_of(s, grid.axes, slice_mm), box_of(grid)) for s in found)
            if volume > 0 or label in NECESSARY:
                raise RefusedError(
                    f"structure {label} must enclose voxels of {LABEL_SPACING_MM:g} mm, found none: "
                    f"its contours hold {volume:.1f} mm3 there"
                )
    return masks


def merged_labels(masks: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.uint8]:
    """Merge structures ``(z, y, x)`` by label, Body among them; where they overlap the higher label wins."""
    labels = np.zeros(masks["Body"].shape, dtype=np.uint8)
    for value, label in enumerate(LABELS):
        if label in masks:
            labels[masks[label]] = value
    return labels


def make_scene(masks: Mapping[str, NDArray[np.bool_]], grid: Grid, dose: Dose, prescription: Prescription) -> Scene:
    """Combine labels and dose; where structures overlap, the higher label wins.

    Parameters
    ----------
    masks, grid
        Structures by label, and their lattice.
    dose
        Wanted dose of all fractions, Gy; used on its own lattice.
    prescription
        Prescribed dose and fractions.
    """
    return Scene(
        labels=merged_labels(masks),
        label_lattice=lattice_of(grid),
        dose_gy=np.asarray(dose.gy / np.float32(prescription.fractions)),
        dose_lattice=lattice_of(dose.grid),
        prescription_gy=prescription.fraction_gy,
    )


def beam_axes(beam: Beam, patient_position: PatientPosition) -> BeamAxes:
    """Convert a beam's geometry for the network's package."""
    frame = beam_frame(beam, patient_position)
    return BeamAxes(frame.source_mm, frame.isocentre_mm, frame.axes[0], frame.axes[1])


def plan_energy(plan: Plan) -> str:
    """Energy of all treatment beams (``15X``), as networks know it; of several, all of them."""
    return " and ".join(sorted({beam.energy_label for beam in plan.treatment_beams}))


def fluence_beam(beam: Beam, patient_position: PatientPosition) -> FluenceBeam:
    """Convert a beam with its fluence for the network's package."""
    assert beam.fluence is not None
    return FluenceBeam(beam.name, beam_axes(beam, patient_position), fluence_image(beam.fluence))


def fluence_map(image: FluenceImage) -> FluenceMap:
    """Convert a map that the network returned."""
    return FluenceMap(image.values, image.x_origin_mm, image.y_origin_mm, image.spacing_mm)


def fluence_image(fluence: FluenceMap) -> FluenceImage:
    """Convert a map for the network's package."""
    return FluenceImage(fluence.values, fluence.x_origin_mm, fluence.y_origin_mm, fluence.spacing_mm)


def lattice_of(grid: Grid) -> Lattice:
    """Convert a grid for the network's package."""
    return Lattice(grid.spacing_mm, grid.origin_mm, grid.axes)


def _points(structures: Sequence[Structure]) -> NDArray[np.float64]:
    """Points of everything that can enclose a volume; a stray point or line makes no lattice larger."""
    drawn = [contour for structure in structures for contour in structure.contours_mm if len(contour) > 2]
    if not drawn:
        raise RefusedError(f"structure {structures[0].number} must enclose a volume, found points and lines only")
    return np.concatenate(drawn)
