"""Published beam data that the stand-in machine is fitted to: Varian's representative TrueBeam data (Rev 1, 2012).

Numbers only, rounded, as facts to validate against: CC13 chamber, SSD 100 cm for depth dose and profiles, SSD 95 cm and
5 cm depth for output factors.
"""

from __future__ import annotations

PDD_DEPTH_CM = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
PDD_10FFF: dict[float, tuple[float, ...]] = {
    30.0: (91.6, 99.9, 97.9, 88.5, 66.8, 50.7, 38.7, 29.8, 23.1),
    100.0: (92.1, 99.9, 98.5, 90.4, 71.0, 55.3, 43.0, 33.7, 26.4),
    200.0: (93.7, 100.0, 98.2, 90.7, 72.5, 57.4, 45.4, 35.9, 28.5),
}
"""Per cent depth dose by field width, mm."""

DEPTH_OF_MAXIMUM_CM = {30.0: 2.1, 100.0: 2.1, 200.0: 2.0}

OUTPUT_10FFF: dict[float, float] = {
    30.0: 0.921, 40.0: 0.947, 50.0: 0.962, 70.0: 0.982, 100.0: 1.0, 150.0: 1.018, 200.0: 1.029,
}  # fmt: skip
"""Output factor by field width, mm."""

PENUMBRA_30_MM = 6.2
"""80 to 20 per cent, 3x3 cm2 field, 10 cm deep, measured with a chamber of 6 mm diameter."""

CHAMBER_DIAMETER_MM = 6.0

OFF_AXIS_10FFF: dict[float, float] = {100.0: 83.0, 200.0: 68.2}
"""Dose at 80 per cent of the half width, per cent of the axis, 10 cm deep, by field width, mm."""
