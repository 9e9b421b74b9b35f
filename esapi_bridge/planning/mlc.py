"""The multileaf collimator and jaws of the planning system's machine: positions and speeds they allow.

A TrueBeam with a Millennium 120 MLC. Facts and where they come from:

- leaf boundaries: Leaf Position Boundaries (300A,00BE) of an RT Plan that Eclipse exported (dicompyler-core's example);
- speed and carriage: the machine defaults of pylinac's plan generator, 25 mm/s and 140 mm between leaves of a bank (the
  carriage itself allows 150 mm; 140 mm keeps the leaf tails in the beam, and is what is used here);
- smallest gap of moving leaves: 0.5 mm, the least one between open leaves of the same exported plan; leaf pairs that
  take no part are closed and parked under the X1 jaw there, and so they are here;
- jaw travel across the axis: 20 mm in X and 100 mm in Y (Varian's TrueBeam data sheet);
- transmission and dosimetric leaf gap of each energy: a study of Helsinki University Hospital on a machine of these
  five energies ("Verification of dosimetric leaf gap", HUCH 2016), as notes on beam configuration quote it that are
  public; they do not name the MLC. Gaps that others found best reach from 0.7 to 2.3 mm (PMC8200512);
- tongue and groove: Eclipse's own fluence of a genuine TrueBeam plan (`planning.commission.genuine_openings`), where
  6X has a transmission of 0.88 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Jaws


@dataclass(frozen=True)
class Leakage:
    """What leaves let through at one energy, as planning systems describe it.

    Parameters
    ----------
    transmission
        Share of the fluence that passes closed leaves, the mean of leaf and joint.
    leaf_gap_mm
        Dosimetric leaf gap: how much wider than the distance of two tips their opening acts, since rays pass through
        the rounded ends. Half of it belongs to each tip; tips that touch still let so much through.
    tongue_mm
        How far a leaf reaches over its neighbour's side: so near to the boundary of two pairs, a point is open only
        while both are.
    """

    transmission: float
    leaf_gap_mm: float
    tongue_mm: float


IDEAL_LEAVES = Leakage(transmission=0.0, leaf_gap_mm=0.0, tongue_mm=0.0)
"""Thin leaves that absorb everything."""

TONGUE_MM = 0.3
"""Of a Millennium 120, at the isocentre plane."""


@dataclass(frozen=True)
class MachineLimits:
    """Limits of one machine, all at the isocentre plane.

    Parameters
    ----------
    name
        Name of the MLC.
    boundaries_mm
        Leaf boundaries along Y ``(pairs + 1,)``, mm.
    leaf_speed_mm_s
        Fastest leaf motion, mm/s.
    dose_rate_mu_min
        Dose rate that motions are planned for, MU/min.
    gap_mm
        Smallest distance between the two leaves of a pair that moves while the beam is on.
    reach_mm
        Largest distance of a leaf tip from the axis.
    span_mm
        Largest distance between any two tips of one bank during a beam: the carriage stands still meanwhile.
    jaws_mm
        Lowest and highest position of jaw X1, X2, Y1 and Y2.
    leakage_by_energy
        What the leaves let through, by energy as Eclipse displays it.
    """

    name: str
    boundaries_mm: NDArray[np.float64]
    leaf_speed_mm_s: float
    dose_rate_mu_min: float
    gap_mm: float
    reach_mm: float
    span_mm: float
    jaws_mm: tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
    leakage_by_energy: Mapping[str, Leakage]

    def leakage(self, energy_label: str) -> Leakage:
        """What the leaves let through; of an energy that is not known what they do at 6X."""
        return self.leakage_by_energy.get(energy_label, self.leakage_by_energy["6X"])

    @property
    def speed_mm_mu(self) -> float:
        """Fastest leaf motion by meterset, mm/MU."""
        return self.leaf_speed_mm_s / (self.dose_rate_mu_min / 60.0)

    def jaws_around(self, x1_mm: float, x2_mm: float, y1_mm: float, y2_mm: float) -> Jaws:
        """Return the smallest jaw opening in whole millimetres that shows a rectangle and that the jaws can reach.

        Raises
        ------
        ValueError
            If the rectangle is beyond the largest opening.
        """
        wanted = (np.floor(x1_mm), np.ceil(x2_mm), np.floor(y1_mm), np.ceil(y2_mm))
        (x1, x2, y1, y2) = (
            # + 0.0 turns the -0.0 of a ceiling into 0.0
            float(np.clip(value, low, high)) + 0.0
            for value, (low, high) in zip(wanted, self.jaws_mm, strict=True)
        )
        if x1 > wanted[0] or x2 < wanted[1] or y1 > wanted[2] or y2 < wanted[3]:
            raise ValueError(
                f"the jaws must open from x {wanted[0]:g} to {wanted[1]:g} mm and y {wanted[2]:g} to {wanted[3]:g} mm, "
                f"beyond the largest field of {self.jaws_mm[1][1] - self.jaws_mm[0][0]:g} mm"
            )
        return Jaws(x1, x2, y1, y2)


MILLENNIUM_120 = MachineLimits(
    name="Millennium 120",
    boundaries_mm=np.concatenate(
        [np.arange(-200.0, -100.0, 10.0), np.arange(-100.0, 100.0, 5.0), np.arange(100.0, 201.0, 10.0)]
    ),
    leaf_speed_mm_s=25.0,
    dose_rate_mu_min=600.0,
    gap_mm=0.5,
    reach_mm=200.0,
    span_mm=140.0,
    jaws_mm=((-200.0, 20.0), (-20.0, 200.0), (-200.0, 100.0), (-100.0, 200.0)),
    leakage_by_energy=MappingProxyType(
        {
            "6X": Leakage(0.012, 1.2, TONGUE_MM),
            "6X-FFF": Leakage(0.010, 1.0, TONGUE_MM),
            "10X": Leakage(0.014, 1.4, TONGUE_MM),
            "10X-FFF": Leakage(0.012, 1.2, TONGUE_MM),
            "15X": Leakage(0.014, 1.4, TONGUE_MM),
        }
    ),
)
"""TrueBeam with Millennium 120 MLC at 600 MU/min, which every photon energy of the machine offers."""
