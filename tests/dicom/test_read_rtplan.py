import numpy as np
import pydicom
import pytest

from esapi_bridge.case import FluenceMode
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.errors import BridgeError
from tests.dicom.phantom import export_folder, files_of


@pytest.fixture
def plan(tmp_path):
    return pydicom.dcmread(files_of(export_folder(tmp_path), "RP")[0])


def beam_item(plan, number):
    return next(item for item in plan.BeamSequence if item.BeamNumber == number)


def test_genuine_eclipse_plan(genuine):
    """Expected values were read off a plain dump of the file."""
    record = read_plan(pydicom.dcmread(genuine / "eclipse_breast_imrt_RP.dcm"))
    plan = record.plan
    assert (plan.name, plan.prescription_gy, plan.fractions, plan.patient_position) == ("B1", 14.0, 7, "HFS")
    assert [beam.meterset_mu for beam in plan.beams] == [97, 87, 89, 94]
    assert [beam.energy_label for beam in plan.beams] == ["10X", "6X", "6X", "10X"]
    first = plan.beams[0]
    assert (first.name, first.technique, first.sad_mm, len(first.control_points)) == ("3 RAO", "DYNAMIC", 1000.0, 92)
    np.testing.assert_allclose(first.isocentre_mm, (72.5304715048, -304.3445582552, -9.3092401018882))
    assert {point.gantry_deg for point in first.control_points} == {327.0}
    assert {point.jaws.y2_mm for point in first.control_points} == {40.0}
    assert first.control_points[1].meterset_weight == pytest.approx(1.0989011e-2)
    assert np.asarray(first.mlc_boundaries_mm).shape == (61,)
    bank_x1, bank_x2 = np.asarray(first.control_points[40].leaves_mm)
    assert bank_x1.shape == bank_x2.shape == (60,)
    assert (bank_x1 <= bank_x2).all()


def test_genuine_arc(genuine):
    plan = read_plan(pydicom.dcmread(genuine / "varian_rapidarcqa_T2_DoseRateGantrySpeed_M120_TB_Rev02.dcm")).plan
    assert [(beam.technique, beam.meterset_mu, beam.fluence_mode) for beam in plan.beams] == [
        ("ARC", 400.0, FluenceMode.STANDARD),
        ("STATIC", 400.0, FluenceMode.STANDARD),
    ]
    assert plan.approval == "APPROVED"


def test_what_a_control_point_leaves_out_is_carried_forward(plan):
    arc = beam_item(plan, 2)
    assert "BeamLimitingDeviceAngle" not in arc.ControlPointSequence[1]
    assert [
        [item.RTBeamLimitingDeviceType for item in point.get("BeamLimitingDevicePositionSequence", [])]
        for point in arc.ControlPointSequence
    ] == [["ASYMX", "ASYMY", "MLCX"], ["MLCX"], ["ASYMX"]]
    points = read_plan(plan).plan.beams[2].control_points
    assert [point.collimator_deg for point in points] == [10.0] * 3
    np.testing.assert_array_equal(np.asarray(points[2].leaves_mm), np.asarray(points[1].leaves_mm))
    assert [point.jaws.x2_mm for point in points] == [40.0, 40.0, 45.0]


def test_symmetric_jaw_names_mean_the_same(plan):
    for device in beam_item(plan, 1).ControlPointSequence[0].BeamLimitingDevicePositionSequence:
        device.RTBeamLimitingDeviceType = device.RTBeamLimitingDeviceType.removeprefix("ASYM")
    assert read_plan(plan).plan.beams[1].control_points[1].jaws.x1_mm == -50.0


def test_metersets_go_by_beam_number_not_by_order(plan):
    group = plan.FractionGroupSequence[0]
    group.ReferencedBeamSequence = list(group.ReferencedBeamSequence)[::-1]
    assert {beam.number: beam.meterset_mu for beam in read_plan(plan).plan.beams} == {1: 100.0, 2: 210.5, 3: 0.0}


def test_prescription_is_that_of_the_volume_not_of_a_point(plan):
    site = plan.DoseReferenceSequence[0]
    point = pydicom.Dataset()
    point.update(site)
    point.DoseReferenceStructureType, point.TargetPrescriptionDose = "COORDINATES", "11.3"
    plan.DoseReferenceSequence = [point, site]
    assert read_plan(plan).plan.prescription_gy == 60.0
    plan.DoseReferenceSequence = [point]
    assert read_plan(plan).plan.prescription_gy == 11.3
    del plan.DoseReferenceSequence
    assert read_plan(plan).plan.prescription_gy is None


@pytest.mark.parametrize(
    ("stored", "expected"), [(b"STANDARD", FluenceMode.STANDARD), (b"NON_STANDARD FFF ", FluenceMode.FFF)]
)
def test_private_fluence_mode_of_old_exports(plan, stored, expected):
    beam = beam_item(plan, 1)
    del beam.PrimaryFluenceModeSequence
    beam.add_new(0x32850010, "LO", "Varian Medical Systems VISION 3285")
    beam.add_new(0x32851000, "UN", b"\xfe\xff\x00\xe0:\x00\x00\x00" + stored)
    assert read_plan(plan).plan.beams[1].fluence_mode is expected


def assign(target, values):
    for keyword, value in values.items():
        setattr(target, keyword, value)


def edit_beam(**values):
    return lambda plan: assign(beam_item(plan, 1), values)


def edit_point(**values):
    return lambda plan: assign(beam_item(plan, 1).ControlPointSequence[1], values)


def close_jaws(plan):
    beam_item(plan, 1).ControlPointSequence[0].BeamLimitingDevicePositionSequence[0].LeafJawPositions = [10, 10]


def second_mlc(plan):
    devices = beam_item(plan, 2).BeamLimitingDeviceSequence
    devices.append(devices[-1])


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (edit_beam(RadiationType="ELECTRON"), "beam 1 must be a photon beam, found ELECTRON"),
        (edit_beam(PrimaryDosimeterUnit="MINUTE"), "MU.*found MINUTE"),
        (edit_beam(TreatmentDeliveryType="OPEN_PORTFILM"), "found OPEN_PORTFILM"),
        (edit_beam(NumberOfControlPoints=5), "the 5 control points it states, found 2"),
        (edit_beam(FinalCumulativeMetersetWeight=2), "final meterset weight 2, found 1"),
        (edit_point(CumulativeMetersetWeight=-1), "must not fall"),
        (edit_point(IsocenterPosition=[1, 2, 3]), "Isocenter Position of beam 1 must not change"),
        (edit_point(NominalBeamEnergy=6), "Nominal Beam Energy of beam 1 must not change"),
        (edit_point(TableTopPitchAngle=3.0), "Table Top Pitch Angle 0 degrees, found 3"),
        (close_jaws, "jaws of beam 1 must open, found x 10 to 10 mm"),
        (second_mlc, "at most one MLC, found 2"),
        (lambda plan: plan.FractionGroupSequence.append(plan.FractionGroupSequence[0]), "one fraction group, found 2"),
        (lambda plan: plan.FractionGroupSequence[0].ReferencedBeamSequence.pop(0), "beam 1 must have a meterset"),
        (lambda plan: setattr(beam_item(plan, 2), "BeamNumber", 1), "beam numbers must differ"),
        (lambda plan: setattr(plan.PatientSetupSequence[0], "PatientPosition", ""), "patient position"),
        (lambda plan: setattr(plan.PatientSetupSequence[0], "PatientPosition", "SITTING"), "HFS.*found SITTING"),
        (edit_beam(PrimaryFluenceModeSequence=[]), None),
    ],
)
def test_what_a_plan_cannot_hold_is_refused(plan, edit, message):
    edit(plan)
    if message is None:
        assert read_plan(plan).plan.beams[1].fluence_mode is FluenceMode.STANDARD
        return
    with pytest.raises(BridgeError, match=message):
        read_plan(plan)


def test_unknown_fluence_mode_is_refused(plan):
    beam_item(plan, 1).PrimaryFluenceModeSequence[0].FluenceModeID = "SRS"
    with pytest.raises(BridgeError, match="found fluence mode SRS"):
        read_plan(plan)


def test_numbers_read_from_the_files_bytes_are_those_pydicom_reads(plan, tmp_path):
    """Once from the file, once with every element parsed by pydicom first."""
    plan.save_as(tmp_path / "plan.dcm")
    unparsed, parsed = (pydicom.dcmread(tmp_path / "plan.dcm") for _ in range(2))
    str(parsed)
    for one, other in zip(read_plan(unparsed).plan.beams, read_plan(parsed).plan.beams, strict=True):
        for a, b in zip(one.control_points, other.control_points, strict=True):
            assert (a.jaws, a.gantry_deg, a.meterset_weight) == (b.jaws, b.gantry_deg, b.meterset_weight)
            assert (a.leaves_mm is None) == (b.leaves_mm is None)
            if a.leaves_mm is not None and b.leaves_mm is not None:
                assert np.array_equal(a.leaves_mm, b.leaves_mm)
        assert one.isocentre_mm == other.isocentre_mm


@pytest.mark.parametrize("content", [b"1\\two", b"nan\\1", b"1\\", b"1\\2\\3"])
def test_damaged_numbers_are_refused_from_bytes_too(plan, tmp_path, content):
    plan.save_as(tmp_path / "plan.dcm")
    damaged = pydicom.dcmread(tmp_path / "plan.dcm")
    position = beam_item(damaged, 1).ControlPointSequence[0].BeamLimitingDevicePositionSequence[0]
    raw = position.get_item("LeafJawPositions")
    position[raw.tag] = raw._replace(value=content, length=len(content))
    with pytest.raises((BridgeError, ValueError)):
        read_plan(damaged)
