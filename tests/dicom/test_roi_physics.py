"""Densities that a structure set assigns, and contradictions among them."""

from __future__ import annotations

import pydicom
import pytest
from pydicom import Dataset, Sequence

from esapi_bridge.case import Override
from esapi_bridge.case.encode import decode, encode
from esapi_bridge.dicom import read_export, write_export
from esapi_bridge.dicom.read.roi_physics import read_overrides
from esapi_bridge.dicom.read.rtstruct import read_structure_set
from esapi_bridge.errors import RefusedError
from tests.report.synthetic import SLIM, make_case


def assigned(*properties: tuple[str, float | None]) -> Dataset:
    """A structure set whose region 7 has these properties."""
    structures, observation = Dataset(), Dataset()
    observation.ReferencedROINumber = 7
    observation.ROIPhysicalPropertiesSequence = Sequence()
    for name, value in properties:
        item = Dataset()
        item.ROIPhysicalProperty, item.ROIPhysicalPropertyValue = name, value
        observation.ROIPhysicalPropertiesSequence.append(item)
    structures.RTROIObservationsSequence = Sequence([observation])
    return structures


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ((), {}),
        ((("REL_ELEC_DENSITY", 0.6),), {7: Override("REL_ELEC_DENSITY", 0.6)}),
        # As RayStation describes a material: several properties of one.
        (
            (("EFFECTIVE_Z", 6.6), ("REL_ELEC_DENSITY", 0.250037), ("REL_MASS_DENSITY", 0.25), ("ELEM_FRACTION", None)),
            {7: Override("REL_MASS_DENSITY", 0.25)},
        ),
        ((("EFFECTIVE_Z", 7.4), ("MEAN_EXCI_ENERGY", 75.0)), {7: Override("EFFECTIVE_Z", 7.4)}),
        ((("REL_MASS_DENSITY", None), ("REL_ELEC_DENSITY", 1.0)), {7: Override("REL_ELEC_DENSITY", 1.0)}),
        ((("REL_ELEC_DENSITY", 1.0), ("REL_ELEC_DENSITY", 1.0)), {7: Override("REL_ELEC_DENSITY", 1.0)}),
    ],
)
def test_the_density_counts(properties, expected) -> None:
    assert read_overrides(assigned(*properties)) == expected


def test_two_values_of_one_property_are_refused_and_listed() -> None:
    with pytest.raises(RefusedError, match=r"structure 7 must be assigned one REL_ELEC_DENSITY, found 0\.6, 1"):
        read_overrides(assigned(("REL_ELEC_DENSITY", 1.0), ("REL_ELEC_DENSITY", 0.6)))


def test_densities_of_two_materials_are_refused() -> None:
    with pytest.raises(RefusedError, match="of one material"):
        read_overrides(assigned(("REL_ELEC_DENSITY", 1.0), ("REL_MASS_DENSITY", 0.3)))


def test_a_genuine_structure_set_of_eclipse(shared_data) -> None:
    """Read off a plain dump: one region, a scar, has relative electron density 0.6."""
    found = read_structure_set(pydicom.dcmread(shared_data / "eclipse" / "eclipse_breast2009_RS.dcm"))
    assert {s.name: s.override for s in found.structures if s.override} == {"Scar": Override("REL_ELEC_DENSITY", 0.6)}


def test_an_assigned_density_goes_through_export_and_case_folder(tmp_path) -> None:
    files = write_export(make_case(1, across_factor=SLIM)[0], tmp_path / "plan", patient_id="1", patient_name="A")
    path = files["structures"]
    assert not isinstance(path, list)
    dataset = pydicom.dcmread(path)
    number = next(r.ROINumber for r in dataset.StructureSetROISequence if r.ROIName == "PTV")
    observation = next(o for o in dataset.RTROIObservationsSequence if o.ReferencedROINumber == number)
    observation.ROIPhysicalPropertiesSequence = (
        assigned(("REL_ELEC_DENSITY", 1.0)).RTROIObservationsSequence[0].ROIPhysicalPropertiesSequence
    )
    dataset.save_as(path)
    (tmp_path / "plan" / "SHA256SUMS").unlink()
    case = read_export(tmp_path / "plan").case
    again = decode(*encode(case))
    for found in (case, again):
        assert {s.name: s.override for s in found.structures if s.override} == {
            "PTV": Override("REL_ELEC_DENSITY", 1.0)
        }
