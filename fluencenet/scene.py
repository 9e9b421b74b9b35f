"""Input of a fluence network: contours as labels, dose of one fraction, and the axes of the beams."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Triple = tuple[float, float, float]

LABELS = (
    "Outside", "Body", "Avoidance", "Bowel", "FemoralHead_R", "FemoralHead_L",
    "PenileBulb", "Rectum", "Prostate", "Bladder", "PTV",
)  # fmt: skip
"""Names of the labels 0 to 10. Where structures overlap, the higher label wins (Lee et al. 2019, Methods)."""

ORGANS = tuple(name for name in LABELS if name not in ("Outside", "Body", "Avoidance", "Prostate", "PTV"))
"""Labels of organs at risk."""

SPARED = ("Avoidance", *ORGANS)
"""Labels whose dose can be wished smaller, see `fluencenet.achievable`."""

FLUENCE_SPACING_MM = 2.5
"""Pixel of an optimal fluence in Eclipse (ESAPI's `Fluence`)."""

UNIT_TOLERANCE = 1e-6
"""Tolerance of unit length and perpendicularity of axes."""


@dataclass(frozen=True)
class Lattice:
    """Positions of the voxels of a volume ``(z, y, x)``.

    Parameters
    ----------
    spacing_mm
        Distance of voxel centres along the array's last, middle and first axis, mm.
    origin_mm
        Centre of the first voxel in patient coordinates (LPS), mm.
    direction
        ``(3, 3)``: columns are the unit vectors (LPS) along which the last, middle and first axis run.
    """

    spacing_mm: Triple
    origin_mm: Triple
    direction: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))

    def __post_init__(self) -> None:
        if min(self.spacing_mm) <= 0 or not np.isfinite([*self.spacing_mm, *self.origin_mm]).all():
            raise ValueError(f"expected positive spacing and finite origin, got {self.spacing_mm}, {self.origin_mm} mm")
        axes = np.asarray(self.direction, dtype=np.float64)
        if axes.shape != (3, 3) or not np.allclose(axes.T @ axes, np.eye(3), atol=UNIT_TOLERANCE):
            raise ValueError("expected three perpendicular unit vectors as the columns of direction")
        object.__setattr__(self, "direction", axes)


@dataclass(frozen=True)
class Scene:
    """Contours and wanted dose of a patient.

    Parameters
    ----------
    labels
        ``(z, y, x)`` uint8, index into `LABELS`.
    label_lattice
        Lattice of the labels.
    dose_gy
        ``(z, y, x)`` float32: wanted dose of the whole plan in one fraction, Gy.
    dose_lattice
        Lattice of the dose.
    prescription_gy
        Prescribed dose of one fraction, Gy; dose and fluence are divided by it for the network.
    """

    labels: NDArray[np.uint8]
    label_lattice: Lattice
    dose_gy: NDArray[np.float32]
    dose_lattice: Lattice
    prescription_gy: float

    def __post_init__(self) -> None:
        if self.labels.ndim != 3 or self.labels.dtype != np.uint8 or int(self.labels.max(initial=0)) >= len(LABELS):
            raise ValueError(f"expected labels (z, y, x) of uint8 up to {len(LABELS) - 1}")
        if self.dose_gy.ndim != 3 or not np.isfinite(self.dose_gy).all():
            raise ValueError("expected a dose (z, y, x) of finite values")
        if not (np.isfinite(self.prescription_gy) and self.prescription_gy > 0):
            raise ValueError(f"expected a positive prescription, got {self.prescription_gy} Gy")


@dataclass(frozen=True)
class BeamAxes:
    """A beam in patient coordinates (LPS).

    Parameters
    ----------
    source_mm, isocentre_mm
        Positions, mm; their distance is the source-axis distance.
    x_axis, y_axis
        Unit vectors of the beam-limiting device's +X and +Y, which rotate with gantry, collimator and couch.
    """

    source_mm: NDArray[np.float64]
    isocentre_mm: NDArray[np.float64]
    x_axis: NDArray[np.float64]
    y_axis: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("source_mm", "isocentre_mm", "x_axis", "y_axis"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        axes = np.stack([self.x_axis, self.y_axis, (self.isocentre_mm - self.source_mm) / self.sad_mm])
        if not np.allclose(axes @ axes.T, np.eye(3), atol=UNIT_TOLERANCE):
            raise ValueError("expected x and y axis as unit vectors perpendicular to each other and to the beam")

    @property
    def sad_mm(self) -> float:
        """Source-axis distance, mm."""
        return float(np.linalg.norm(self.isocentre_mm - self.source_mm))


@dataclass(frozen=True)
class FluenceImage:
    """Optimal fluence in the isocentre plane, beam-limiting-device axes, of one fraction.

    Parameters
    ----------
    values
        ``(rows, columns)`` float32, unit of ESAPI (1: 1 Gy at 10 cm depth in water, open 10x10 cm2); rows run towards
        -Y, columns towards +X.
    x_origin_mm, y_origin_mm
        Centre of the first pixel, mm.
    spacing_mm
        Pixel size, mm.
    """

    values: NDArray[np.float32]
    x_origin_mm: float
    y_origin_mm: float
    spacing_mm: float = FLUENCE_SPACING_MM


@dataclass(frozen=True)
class FluenceBeam:
    """A beam with its clinical fluence."""

    name: str
    axes: BeamAxes
    fluence: FluenceImage


@dataclass(frozen=True)
class FluenceCase:
    """A plan for training or testing.

    Parameters
    ----------
    name
        Unique in a store; never identifies a patient.
    split
        ``train``, ``validation`` or ``test``.
    scene
        Contours and dose.
    beams
        Treatment beams in plan order.
    attributes
        Plain values about its origin (JSON).
    """

    name: str
    split: str
    scene: Scene
    beams: tuple[FluenceBeam, ...]
    attributes: dict[str, object] = field(default_factory=dict)
