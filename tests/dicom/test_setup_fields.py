"""Set-up and imaging fields of an exported plan: left aside, named, and in nobody's way."""

from copy import deepcopy

import pytest
from pydicom import Dataset

from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.errors import RefusedError
from tests.dicom.phantom import beam_item


def bare_field(number, delivery="SETUP"):
    """A field that states no more than where its gantry stands."""
    item, point = Dataset(), Dataset()
    item.BeamNumber, item.BeamName, item.RadiationType, item.TreatmentDeliveryType = number, "kV", "PHOTON", delivery
    item.NumberOfControlPoints = 1
    point.ControlPointIndex, point.GantryAngle = 0, 0
    item.ControlPointSequence = [point]
    return item


@pytest.mark.parametrize("delivery", ["SETUP", "TREATMENT"])
def test_a_bare_setup_field_is_left_aside_and_named(plan, delivery):
    """Eclipse before version 13 says TREATMENT of fields without monitor units, dose, leaves and fluence."""
    before = read_plan(plan)
    plan.BeamSequence.insert(0, bare_field(9, delivery))
    record = read_plan(plan)
    assert [beam.number for beam in record.plan.treatment_beams] == [1, 2]
    assert [b.meterset_mu for b in record.plan.beams] == [b.meterset_mu for b in before.plan.beams]
    assert before.remarks == ()
    assert any("field 9" in remark for remark in record.remarks)


def test_a_full_field_without_monitor_units_is_a_setup_field(plan):
    """As Eclipse 11 exports a CBCT field: jaws, energy, angles; neither meterset nor leaves."""
    beam_item(plan, 3).TreatmentDeliveryType = "TREATMENT"
    record = read_plan(plan)
    assert [(beam.number, beam.is_setup) for beam in record.plan.beams] == [(3, True), (1, False), (2, False)]
    assert record.remarks == ("beam 3 taken as a set-up field, as it has no monitor units, dose, leaves or fluence",)


def test_a_field_with_leaves_that_lacks_monitor_units_is_no_setup_field(plan):
    del plan.FractionGroupSequence[0].ReferencedBeamSequence[1].BeamMeterset
    with pytest.raises(RefusedError, match="beam 2 must have a meterset"):
        read_plan(plan)


def test_a_field_with_a_dose_that_lacks_monitor_units_is_no_setup_field(plan):
    reference = plan.FractionGroupSequence[0].ReferencedBeamSequence[0]
    del reference.BeamMeterset
    reference.BeamDose = 0.8
    with pytest.raises(RefusedError, match="beam 1 must have a meterset"):
        read_plan(plan)


def test_a_plan_that_was_never_calculated_is_told_so(plan):
    for reference in plan.FractionGroupSequence[0].ReferencedBeamSequence:
        del reference.BeamMeterset
    with pytest.raises(RefusedError, match=r"beam 1 must have a meterset .* calculate the plan first"):
        read_plan(plan)


@pytest.mark.parametrize("delivery", ["OPEN_PORTFILM", "TRMT_PORTFILM", "VERIFICATION"])
def test_imaging_fields_are_left_aside_and_named(plan, delivery):
    film = deepcopy(beam_item(plan, 1))
    film.BeamNumber, film.TreatmentDeliveryType = 7, delivery
    del film.ControlPointSequence[0].BeamLimitingDevicePositionSequence
    plan.BeamSequence.append(film)
    record = read_plan(plan)
    assert [beam.number for beam in record.plan.beams] == [3, 1, 2]
    (remark,) = record.remarks
    assert "beam 7" in remark
    assert delivery in remark


def test_what_a_setup_field_carries_stops_nothing(plan):
    beam_item(plan, 3).NumberOfWedges = 1
    assert read_plan(plan).accessories == {}
    beam_item(plan, 1).NumberOfWedges = 1
    assert read_plan(plan).accessories == {1: ("wedge",)}


@pytest.mark.parametrize(
    "damage",
    [
        lambda item: setattr(item, "RadiationType", "ELECTRON"),
        lambda item: setattr(item, "NumberOfControlPoints", 7),
        lambda item: item.__delattr__("SourceAxisDistance"),
        lambda item: item.add_new("FinalCumulativeMetersetWeight", "UT", "none"),
        lambda item: setattr(item.ControlPointSequence[0], "NominalBeamEnergy", None),
        lambda item: item.__delattr__("ControlPointSequence"),
    ],
)
def test_a_setup_field_is_used_for_nothing_and_can_stop_nothing(plan, damage):
    damage(beam_item(plan, 3))
    record = read_plan(plan)
    assert [beam.number for beam in record.plan.treatment_beams] == [1, 2]
    assert record.remarks == () or "field 3" in record.remarks[0]


def test_the_tilt_of_a_setup_field_stops_nothing(plan):
    beam_item(plan, 3).ControlPointSequence[0].TableTopPitchAngle = 3.0
    assert read_plan(plan).accessories == {}
