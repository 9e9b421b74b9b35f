"""Treatment beams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.errors import BridgeError

ENERGY = re.compile(r"([0-9]+(?:\.[0-9]+)?)X(-FFF)?")

ANGLE_TOLERANCE_DEG = 0.01
"""Angles that differ by no more are one: planning systems write a tenth of a degree, some with rounding noise."""


LEAF_TOLERANCE_MM = 1.0
"""How far a leaf may stand within a jaw and still count as behind it, as leaves are fitted in whole millimetres."""

STILL_MM = 0.1
"""Leaves and jaws that differ by no more have not moved: planning systems write tenths or hundredths."""


class FluenceMode(str, Enum):
    """Primary fluence mode (DICOM 3002,0051): with or without flattening filter."""

    STANDARD = "STANDARD"
    FFF = "FFF"


class Technique(StrEnum):
    """How a beam is delivered: leaves at rest, leaves moving, or gantry turning with or without moving leaves."""

    STATIC = "STATIC"
    DYNAMIC = "DYNAMIC"
    ARC = "ARC"


@dataclass(frozen=True)
class Jaws:
    """Jaw positions projected to the isocentre plane, mm, collimator (beam-limiting-device) axes, X1 < X2, Y1 < Y2."""

    x1_mm: float
    x2_mm: float
    y1_mm: float
    y2_mm: float

    def __post_init__(self) -> None:
        if not (self.x1_mm < self.x2_mm and self.y1_mm < self.y2_mm):
            raise ValueError(f"jaws must open: x {self.x1_mm} to {self.x2_mm} mm, y {self.y1_mm} to {self.y2_mm} mm")

    @classmethod
    def around(cls, several: Sequence[Jaws]) -> Jaws:
        """The smallest jaws that show all of several."""
        return cls(
            min(jaws.x1_mm for jaws in several), max(jaws.x2_mm for jaws in several),
            min(jaws.y1_mm for jaws in several), max(jaws.y2_mm for jaws in several),
        )  # fmt: skip


@dataclass(frozen=True)
class ControlPoint:
    """One control point; angles in IEC 61217 degrees.

    `leaves_mm` is ``(2, pairs)``: bank X1 then X2, positions at the isocentre plane; None without MLC.
    """

    meterset_weight: float
    gantry_deg: float
    collimator_deg: float
    couch_deg: float
    jaws: Jaws
    leaves_mm: NDArray[np.float64] | None = None


def turns(points: Sequence[ControlPoint]) -> bool:
    """Whether gantry, collimator or couch stand elsewhere at one control point than at the first."""
    first = points[0]
    return any(
        abs(shorter_deg(other, one)) > ANGLE_TOLERANCE_DEG
        for point in points[1:]
        for one, other in (
            (point.gantry_deg, first.gantry_deg),
            (point.collimator_deg, first.collimator_deg),
            (point.couch_deg, first.couch_deg),
        )
    )


def turned_deg(points: Sequence[ControlPoint]) -> float:
    """Angle the gantry turns from the first control point to the last, degrees; negative where it turns back."""
    return sum(shorter_deg(a.gantry_deg, b.gantry_deg) for a, b in pairwise(points))


def shorter_deg(from_deg: float, to_deg: float) -> float:
    """Turn from one angle to another by the shorter way, -180 to 180 degrees."""
    return (to_deg - from_deg + 180.0) % 360.0 - 180.0


@dataclass(frozen=True)
class FluenceMap:
    """Optimal fluence of a beam, in the plane of the isocentre, beam-limiting-device axes.

    Parameters
    ----------
    values
        ``(rows, columns)``; columns run along +X, rows along **-Y** (first row at the largest Y), as ESAPI stores it.
        Unit as ESAPI: 1 is the fluence giving 1 Gy at 10 cm depth in water in an open 10x10 cm2 field.
    x_origin_mm, y_origin_mm
        Centre of the first pixel (first row, first column), mm.
    spacing_mm
        Pixel size, mm.
    """

    values: NDArray[np.float32]
    x_origin_mm: float
    y_origin_mm: float
    spacing_mm: float = 2.5

    @property
    def centres_mm(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixel centres: X of the columns, and Y of the rows, falling, mm."""
        rows, columns = (np.arange(size, dtype=np.float64) for size in np.shape(self.values))
        return self.x_origin_mm + self.spacing_mm * columns, self.y_origin_mm - self.spacing_mm * rows


@dataclass(frozen=True)
class Beam:
    """A treatment beam.

    Parameters
    ----------
    number, name
        DICOM beam number and name.
    machine
        Treatment machine name.
    energy_mv
        Nominal photon energy, MV.
    fluence_mode
        Flattened or flattening-filter free.
    technique
        How it is delivered.
    isocentre_mm
        LPS position, mm.
    sad_mm
        Source-axis distance, mm.
    meterset_mu
        Monitor units of one fraction.
    control_points
        At least one; the first carries the full geometry.
    is_setup
        A set-up field, delivering nothing.
    fluence
        Optimal fluence where known.
    mlc_boundaries_mm
        Leaf boundaries ``(pairs + 1,)``, mm at the isocentre plane; None without MLC.
    """

    number: int
    name: str
    machine: str
    energy_mv: float
    fluence_mode: FluenceMode
    technique: Technique
    isocentre_mm: tuple[float, float, float]
    sad_mm: float
    meterset_mu: float
    control_points: tuple[ControlPoint, ...]
    is_setup: bool = False
    fluence: FluenceMap | None = None
    mlc_boundaries_mm: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not self.control_points:
            raise ValueError(f"beam {self.number} must have at least one control point, got none")

    @property
    def is_arc(self) -> bool:
        """Whether gantry, collimator or couch move while the beam is on."""
        return self.technique is Technique.ARC or turns(self.control_points)

    def shaped_by_leaves(self, point: ControlPoint) -> bool:
        """Whether leaves stand within the jaws at a control point; pairs that the jaws cover do not count."""
        if point.leaves_mm is None:
            return False
        if self.mlc_boundaries_mm is None:
            return True  # which leaves stand in the field cannot be told
        jaws = point.jaws
        first, second = np.asarray(point.leaves_mm)[:, self.shown_leaves(jaws)]
        return bool((first > jaws.x1_mm + LEAF_TOLERANCE_MM).any() or (second < jaws.x2_mm - LEAF_TOLERANCE_MM).any())

    def alike(self, one: ControlPoint, other: ControlPoint) -> bool:
        """Whether two control points have one opening; leaves count as far as the jaws show them."""
        jaws, other_jaws = ((j.x1_mm, j.x2_mm, j.y1_mm, j.y2_mm) for j in (one.jaws, other.jaws))
        if not np.allclose(jaws, other_jaws, rtol=0.0, atol=STILL_MM):
            return False
        if one.leaves_mm is None or other.leaves_mm is None:
            return one.leaves_mm is other.leaves_mm
        shown = slice(None) if self.mlc_boundaries_mm is None else self.shown_leaves(one.jaws)
        low, high = one.jaws.x1_mm, one.jaws.x2_mm
        leaves, other_leaves = (np.asarray(point.leaves_mm)[:, shown].clip(low, high) for point in (one, other))
        return bool(np.allclose(leaves, other_leaves, rtol=0.0, atol=STILL_MM))

    def shown_leaves(self, jaws: Jaws) -> NDArray[np.bool_]:
        """Leaf pairs that the Y jaws do not cover."""
        boundaries = np.asarray(self.mlc_boundaries_mm)
        return np.asarray(
            (boundaries[1:] > jaws.y1_mm + LEAF_TOLERANCE_MM) & (boundaries[:-1] < jaws.y2_mm - LEAF_TOLERANCE_MM)
        )

    @property
    def widest_jaws(self) -> Jaws:
        """What the jaws show at any control point; those of one alone may show a single carriage group."""
        return Jaws.around([point.jaws for point in self.control_points])

    @property
    def has_moving_jaws(self) -> bool:
        """Whether the jaws move while the beam is on; between carriage groups it is off."""
        sides = np.array([(j.x1_mm, j.x2_mm, j.y1_mm, j.y2_mm) for j in (point.jaws for point in self.control_points)])
        on = np.diff([point.meterset_weight for point in self.control_points]) > 0
        return bool((np.abs(np.diff(sides, axis=0)).max(axis=1) > STILL_MM)[on].any())

    @property
    def energy_label(self) -> str:
        """Energy as Eclipse displays it, for example ``10X-FFF``."""
        return energy_label(self.energy_mv, self.fluence_mode)


def energy_label(energy_mv: float, mode: FluenceMode) -> str:
    """Energy as Eclipse displays it, for example ``10X-FFF``."""
    return f"{energy_mv:g}X" + ("-FFF" if mode is FluenceMode.FFF else "")


def energy_of(label: str) -> tuple[float, FluenceMode]:
    """Nominal energy, MV, and fluence mode of an energy as Eclipse displays it.

    Raises
    ------
    BridgeError
        If it is none of photons.
    """
    found = ENERGY.fullmatch(label)
    if found is None:
        raise BridgeError(f"a photon energy is written as 6X or 10X-FFF, found {label}")
    return float(found[1]), FluenceMode.FFF if found[2] else FluenceMode.STANDARD
