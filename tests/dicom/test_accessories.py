"""Whatever stands in the way of a beam is named, also what nobody thought of."""

from __future__ import annotations

import pydicom
import pytest
from pydicom import Dataset, Sequence

from esapi_bridge.dicom.read.accessories import read_accessories
from tests.dicom.phantom import beam_item


def device(**values: object) -> Sequence:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return Sequence([item])


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (
            {"ApplicatorSequence": device(ApplicatorID="Cone 15", ApplicatorType="STEREOTACTIC")},
            "applicator stereotactic",
        ),
        ({"ApplicatorSequence": device(ApplicatorID="A10")}, "applicator of unknown type"),
        ({"GeneralAccessorySequence": device(GeneralAccessoryType="TRAY")}, "accessory tray"),
        ({"GeneralAccessorySequence": device(GeneralAccessoryType="GRATICULE")}, "accessory graticule"),
        ({"NumberOfWedges": 1}, "wedge"),
        ({"WedgeSequence": device(WedgeType="DYNAMIC")}, "wedge"),  # counted or not
        ({"BlockSequence": device(BlockTrayID="T1")}, "block"),
        ({"ReferencedBolusSequence": device(ReferencedROINumber=3)}, "bolus"),
        ({"NumberOfCompensators": 1}, "compensator"),
        ({"RangeShifterSequence": device(RangeShifterID="RS")}, "range shifter"),
        ({"LateralSpreadingDeviceSequence": device()}, "lateral spreading device"),
        ({"SnoutSequence": device(SnoutID="S")}, "snout"),
        ({"HighDoseTechniqueType": "TBI"}, "high-dose technique TBI"),
    ],
)
def test_a_device_is_named(plan, values, found) -> None:
    item = beam_item(plan, 1)
    for keyword, value in values.items():
        setattr(item, keyword, value)
    assert read_accessories(item) == (found,)


@pytest.mark.parametrize(
    "values",
    [
        {"GeneralAccessorySequence": device(GeneralAccessoryType="IMAGE_DETECTOR")},
        {"HighDoseTechniqueType": "SRS"},
        {"WedgeSequence": Sequence(), "NumberOfWedges": 0},
        {"ReferencedReferenceImageSequence": device(ReferencedSOPInstanceUID="1.2")},
    ],
)
def test_what_no_beam_passes_is_no_accessory(plan, values) -> None:
    item = beam_item(plan, 1)
    for keyword, value in values.items():
        setattr(item, keyword, value)
    assert read_accessories(item) == ()


def test_genuine_plans_have_those_they_state(shared_data) -> None:
    """Read off plain dumps: a bolus in one plan, optimal fluences in another, nothing in the others."""
    found = {}
    for path in sorted([*(shared_data / "eclipse").glob("*RP*.dcm"), *(shared_data / "dicom_rt").glob("*RP*.dcm")]):
        dataset = pydicom.dcmread(path)
        named = {name for beam in dataset.BeamSequence for name in read_accessories(beam)}
        if named:
            found[path.name] = named
    assert found == {"aria136_RP_breast_FiF_6MV.dcm": {"bolus"}}


@pytest.mark.parametrize(("position", "found"), [("IN", ("wedge",)), ("OUT", ())])
def test_a_wedge_that_only_a_control_point_states_is_named(plan, position, found) -> None:
    item = beam_item(plan, 1)
    item.ControlPointSequence[0].WedgePositionSequence = device(ReferencedWedgeNumber=1, WedgePosition=position)
    assert read_accessories(item) == found
