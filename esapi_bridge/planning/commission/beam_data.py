"""Published beam data that the machine is fitted to.

Numbers only, rounded, as facts to validate against. Varian's representative TrueBeam data (Rev 1, 2012) unless an
energy says otherwise: CC13 chamber (6 mm in diameter), SSD 100 cm for depth dose and profiles, SSD 95 cm and 5 cm depth
for output factors. 10X is one linac with a Millennium 120 MLC, measured by the authors of pydosert (1.5.0, MIT): SSD
90 cm throughout, factors of phantom scatter 10 cm deep, a detector that is not stated. Fields are squares, named by
their width in mm.
"""

from __future__ import annotations

from dataclasses import dataclass

PDD_DEPTH_CM = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
OUTSIDE_MM = 80.0
"""Distance from the axis of a point outside the 10x10 cm2 field: 25 mm beyond its edge 10 cm deep."""


@dataclass(frozen=True)
class BeamData:
    """Published data of one energy.

    Parameters
    ----------
    depth_dose
        Per cent depth dose at `PDD_DEPTH_CM` by field width.
    depth_of_maximum_cm
        By field width.
    output
        Output factor by field width.
    penumbra_mm
        80 to 20 per cent of the field `penumbra_field_mm`, 10 cm deep.
    off_axis
        Dose at 80 per cent of the half width, per cent of the axis, 10 cm deep, by field width; mean of both sides.
    outside_percent
        Dose at `OUTSIDE_MM`, per cent of the axis, 10x10 cm2, 10 cm deep.
    penumbra_field_mm
        Width of the field of the penumbra.
    ssd_mm
        Distance from source to surface, depth doses and profiles.
    output_ssd_mm, output_depth_cm
        The same and depth, output factors.
    output_is_phantom_scatter
        Whether they are of scatter in the phantom alone, without that of the head.
    chamber_mm
        Diameter of the detector that saw the penumbra.
    """

    depth_dose: dict[float, tuple[float, ...]]
    depth_of_maximum_cm: dict[float, float]
    output: dict[float, float]
    penumbra_mm: float
    off_axis: dict[float, float]
    outside_percent: float
    penumbra_field_mm: float = 30.0
    ssd_mm: float = 1000.0
    output_ssd_mm: float = 950.0
    output_depth_cm: float = 5.0
    output_is_phantom_scatter: bool = False
    chamber_mm: float = 6.0


PUBLISHED: dict[str, BeamData] = {
    "10X-FFF": BeamData(
        depth_dose={
            30.0: (91.6, 99.9, 97.9, 88.5, 66.8, 50.7, 38.7, 29.8, 23.1),
            100.0: (92.1, 99.9, 98.5, 90.4, 71.0, 55.3, 43.0, 33.7, 26.4),
            200.0: (93.7, 100.0, 98.2, 90.7, 72.5, 57.4, 45.4, 35.9, 28.5),
        },
        depth_of_maximum_cm={30.0: 2.1, 100.0: 2.1, 200.0: 2.0},
        output={30.0: 0.921, 40.0: 0.947, 50.0: 0.962, 70.0: 0.982, 100.0: 1.0, 150.0: 1.018, 200.0: 1.029},
        penumbra_mm=6.2,
        off_axis={100.0: 83.0, 200.0: 68.2},
        outside_percent=3.6,
    ),
    "15X": BeamData(
        depth_dose={
            30.0: (81.4, 97.6, 99.8, 93.6, 73.9, 58.5, 46.3, 36.9, 29.5),
            100.0: (85.0, 98.3, 99.8, 94.1, 76.7, 62.0, 49.9, 40.3, 32.6),
            200.0: (91.5, 99.8, 99.1, 92.7, 76.8, 63.1, 51.7, 42.3, 34.7),
        },
        depth_of_maximum_cm={30.0: 2.7, 100.0: 2.7, 200.0: 2.3},
        output={30.0: 0.877, 40.0: 0.915, 50.0: 0.939, 70.0: 0.970, 100.0: 1.0, 150.0: 1.030, 200.0: 1.050},
        penumbra_mm=6.5,
        off_axis={100.0: 97.7, 200.0: 100.6, 300.0: 101.7},
        outside_percent=4.5,
    ),
    "6X": BeamData(
        depth_dose={
            30.0: (98.3, 98.4, 93.2, 82.6, 60.4, 44.0, 32.5, 24.1, 18.0),
            100.0: (98.8, 98.7, 94.5, 86.1, 66.4, 50.4, 38.1, 28.9, 22.0),
            200.0: (99.5, 98.4, 94.8, 87.3, 69.5, 54.6, 42.4, 32.8, 25.5),
        },
        depth_of_maximum_cm={30.0: 1.3, 100.0: 1.3, 200.0: 1.2},
        output={30.0: 0.880, 40.0: 0.906, 50.0: 0.928, 70.0: 0.963, 100.0: 1.0, 150.0: 1.039, 200.0: 1.067},
        penumbra_mm=5.6,
        off_axis={100.0: 95.7, 200.0: 97.0, 300.0: 97.7},
        outside_percent=6.2,
    ),
    "6X-FFF": BeamData(
        depth_dose={
            30.0: (99.0, 97.8, 92.1, 80.4, 57.0, 40.6, 29.2, 21.3, 15.6),
            100.0: (99.2, 98.3, 93.9, 84.6, 63.5, 47.0, 34.7, 25.7, 19.2),
            200.0: (99.6, 98.2, 94.3, 85.9, 66.5, 50.7, 38.4, 29.1, 22.1),
        },
        depth_of_maximum_cm={30.0: 1.3, 100.0: 1.3, 200.0: 1.3},
        output={30.0: 0.896, 40.0: 0.921, 50.0: 0.940, 70.0: 0.970, 100.0: 1.0, 150.0: 1.029, 200.0: 1.049},
        penumbra_mm=5.4,
        off_axis={100.0: 88.7, 200.0: 78.5},
        outside_percent=5.6,
    ),
    "10X": BeamData(
        depth_dose={
            50.0: (86.2, 99.3, 98.6, 90.0, 69.8, 54.0, 41.8, 32.6, 25.5),
            100.0: (88.9, 99.8, 98.5, 90.7, 71.9, 56.6, 44.4, 35.0, 27.6),
            200.0: (93.5, 99.9, 97.9, 90.6, 73.6, 59.0, 47.4, 37.9, 30.4),
        },
        depth_of_maximum_cm={50.0: 2.4, 100.0: 2.2, 200.0: 2.1},
        output={40.0: 0.935, 50.0: 0.949, 70.0: 0.972, 100.0: 1.0, 150.0: 1.035, 200.0: 1.059},
        penumbra_mm=4.4,
        off_axis={100.0: 97.1, 200.0: 98.2},
        outside_percent=3.8,
        penumbra_field_mm=50.0,
        ssd_mm=900.0,
        output_ssd_mm=900.0,
        output_depth_cm=10.0,
        output_is_phantom_scatter=True,
        chamber_mm=0.0,
    ),
}
