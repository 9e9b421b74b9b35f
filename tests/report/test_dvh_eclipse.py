"""Our dose-volume histograms of a breast plan against Eclipse's own nine, which its RT Dose holds.

``python tests/benchmarks/eclipse_dvh.py`` prints them as a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from esapi_bridge.dicom.read.rtdose import read_rtdose
from esapi_bridge.dicom.read.rtstruct import read_structure_set
from esapi_bridge.report.dvh import Dvh, make_dvhs

SLICE_MM = 3.0
"""Of the CT, which is not there; every structure but one is drawn on planes 3 mm apart."""

PRESCRIPTION_GY = 14.0
"""The tags of minimum, maximum and mean are in per cent of it, though they are said to be in Gy."""

ZERO_GY = 0.005
"""Doses below round to nothing in the histogram's bins of 0.01 Gy; in the body's, Eclipse leaves them out."""


@dataclass(frozen=True)
class Row:
    """One structure: Eclipse's figures and ours."""

    ours: Dvh
    volume_cm3: float
    mean_gy: float
    d95_gy: float
    d50_gy: float
    bin_gy: float

    @property
    def sampled_error(self) -> float:
        """Of the volume from first to last plane; of the body only where there is dose."""
        dosed = 1.0
        if self.ours.structure.is_body:
            dosed = float(self.ours.volume_at_percent(np.array([ZERO_GY]))[0]) / 100
        return self.ours.sampled_cm3 * dosed / self.volume_cm3 - 1


def row(item: Dataset, ours: Dvh) -> Row:
    widths, volumes = np.asarray(item.DVHData, dtype=float).reshape(-1, 2).T
    # The volume of a bin is that at its middle: only so does the area under the curve give the mean that is stated.
    doses = np.cumsum(widths) - widths / 2
    assert item.DVHType == "CUMULATIVE"
    mean = float(item.DVHMeanDose) / 100 * PRESCRIPTION_GY
    at = {percent: float(np.interp(-percent, -100 * volumes / volumes[0], doses)) for percent in (95, 50)}
    if not ours.structure.is_body:
        assert float((volumes * widths).sum() / volumes[0]) == pytest.approx(mean, abs=2e-4)
    return Row(ours, float(volumes[0]), mean, at[95], at[50], float(widths[0]))


def rows(data: Path) -> dict[str, Row]:
    plan = data / "eclipse" / "eclipse_breast2009_RD_plan_2.5x2.5x3.dcm"
    found = read_structure_set(dcmread(data / "eclipse" / "eclipse_breast2009_RS.dcm"))
    structures = {structure.number: structure for structure in found.structures}
    dose = read_rtdose(plan)
    result = {}
    for item in dcmread(plan).DVHSequence:
        structure = structures[int(item.DVHReferencedROISequence[0].ReferencedROINumber)]
        result[structure.name] = row(item, make_dvhs([dose], structure, SLICE_MM)[0])
    return result


@pytest.fixture(scope="module")
def found(shared_data: Path) -> dict[str, Row]:
    return rows(shared_data)


def test_volumes_from_first_to_last_plane(found: dict[str, Row]) -> None:
    """Eclipse ends a structure near its first and last contour: below 20 cm3 the little it adds there counts."""
    assert len(found) == 9
    large = {name: row.sampled_error for name, row in found.items() if row.volume_cm3 > 20}
    assert len(large) == 5
    assert {name: error for name, error in large.items() if not abs(error) < 0.01} == {}
    assert abs(found["Tumor Bed"].sampled_error) < 0.01


def test_mean_doses(found: dict[str, Row]) -> None:
    means = {name: row.ours.mean_gy / row.mean_gy - 1 for name, row in found.items()}
    assert abs(means.pop("Nodes")) < 0.01  # 0.6 cm3 on four slices
    assert {name: error for name, error in means.items() if not abs(error) < 0.005} == {}


@pytest.mark.parametrize("name", ["Tumor Bed", "Tumor Bed Block"])
def test_dose_at_volume_of_the_targets(found: dict[str, Row], name: str) -> None:
    target = found[name]
    assert target.ours.dose_at_gy(95) == pytest.approx(target.d95_gy, rel=0.002)
    assert target.ours.dose_at_gy(50) == pytest.approx(target.d50_gy, rel=0.002)


def test_dose_at_volume_of_the_organs(found: dict[str, Row]) -> None:
    """Within half a bin of Eclipse's histogram, which is more than 0.2 % of doses this low."""
    for organ in (found["Heart"], found["Lt Lung"]):
        assert organ.ours.dose_at_gy(95) == pytest.approx(organ.d95_gy, abs=organ.bin_gy / 2)
        assert organ.ours.dose_at_gy(50) == pytest.approx(organ.d50_gy, abs=organ.bin_gy / 2)


def table(found: dict[str, Row]) -> str:
    head = "structure         Eclipse, cm3   ours  first to last plane     mean      D95      D50"
    lines = [head]
    for name, one in found.items():
        errors = (
            one.ours.volume_cm3 / one.volume_cm3 - 1, one.sampled_error, one.ours.mean_gy / one.mean_gy - 1,
            one.ours.dose_at_gy(95) / one.d95_gy - 1, one.ours.dose_at_gy(50) / one.d50_gy - 1,
        )  # fmt: skip
        volume, sampled, *doses = (f"{100 * error:+.2f} %" for error in errors)
        lines.append(
            f"{name:16} {one.volume_cm3:13.2f} {volume:>9} {sampled:>18} " + " ".join(f"{d:>9}" for d in doses)
        )
    return "\n".join(lines)
