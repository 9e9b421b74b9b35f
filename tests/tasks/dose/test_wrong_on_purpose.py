"""Plans that no network here was made for, each refused by name, whichever way they come in.

An export of this project's own planning system is changed in its RT Plan alone, as a genuine plan of that kind differs
from an ordinary one, and goes the way of the command (`run_dose`); what a case from Eclipse can hold goes the way of a
job (`run_dose_job`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, Sequence
from pydicom.uid import RTIonPlanStorage

from esapi_bridge.case import Beam, Case, Technique
from esapi_bridge.case.folder import write_case
from esapi_bridge.checks import check_input, require
from esapi_bridge.dicom import read_export, write_export
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import find_model
from esapi_bridge.tasks import Networks, run_dose, run_dose_job
from tests.report.synthetic import make_case
from tests.tasks.conftest import PATIENT_ID, PATIENT_NAME, make_model

Edit = Callable[[Dataset], object]

KINDS = ["open", "conformal", "segments", "sliding window", "arc"]


@pytest.fixture(scope="module")
def small() -> Case:
    return make_case(1, across_factor=0.4)[0]


@pytest.fixture(scope="module")
def exported(small: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "plan"
    write_export(small, folder, patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    (folder / "SHA256SUMS").unlink()
    return folder


@pytest.fixture(scope="module")
def taking_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that takes every kind of field, so that nothing is refused for its kind."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    return make_model(folder, validity={"kinds": KINDS, "patient_positions": ["HFS"]}, version="1")


def item(**values: object) -> Sequence:
    one = Dataset()
    for keyword, value in values.items():
        setattr(one, keyword, value)
    return Sequence([one])


def of_beam(**values: object) -> Edit:
    def edit(plan: Dataset) -> None:
        for keyword, value in values.items():
            setattr(plan.BeamSequence[0], keyword, value)

    return edit


def of_points(**values: object) -> Edit:
    """An edit of the last control point."""

    def edit(plan: Dataset) -> None:
        for keyword, value in values.items():
            setattr(plan.BeamSequence[0].ControlPointSequence[-1], keyword, value)

    return edit


def electrons(plan: Dataset) -> None:
    """A 9E field with its applicator, as an electron plan has it."""
    of_beam(RadiationType="ELECTRON", ApplicatorSequence=item(ApplicatorID="A10", ApplicatorType="ELECTRON_SQUARE"))(
        plan
    )
    plan.BeamSequence[0].ControlPointSequence[0].NominalBeamEnergy = 9


def unlabelled_electrons(plan: Dataset) -> None:
    electrons(plan)
    plan.BeamSequence[0].RadiationType = "PHOTON"
    plan.BeamSequence[0].ControlPointSequence[0].NominalBeamEnergy = 10


def ion_plan(plan: Dataset) -> None:
    plan.SOPClassUID = plan.file_meta.MediaStorageSOPClassUID = RTIonPlanStorage


def enhanced_dynamic_wedge(plan: Dataset) -> None:
    """As Eclipse writes one: a dynamic wedge, and its place at the control points, beside a jaw that moves."""
    of_beam(
        NumberOfWedges=1,
        WedgeSequence=item(WedgeNumber=1, WedgeType="DYNAMIC", WedgeID="EDW60IN", WedgeAngle=60),
    )(plan)
    of_points(WedgePositionSequence=item(ReferencedWedgeNumber=1, WedgePosition="IN"))(plan)


def gantry(direction: str, *angles: float) -> Edit:
    def edit(plan: Dataset) -> None:
        points = plan.BeamSequence[0].ControlPointSequence
        points[0].GantryRotationDirection = direction
        for point, angle in zip(points, angles, strict=True):
            point.GantryAngle = angle

    return edit


def lost_last_point(plan: Dataset) -> None:
    """Renumbered, so that only the final meterset weight shows it."""
    beam = plan.BeamSequence[0]
    beam.ControlPointSequence[-1].CumulativeMetersetWeight = 0.6


def lost_first_point(plan: Dataset) -> None:
    plan.BeamSequence[0].ControlPointSequence[0].CumulativeMetersetWeight = 0.2


def moving_table(plan: Dataset) -> None:
    for n, point in enumerate(plan.BeamSequence[0].ControlPointSequence):
        point.TableTopLongitudinalPosition = 200 * n


def leaves_at_the_last_point_only(plan: Dataset) -> None:
    beam = plan.BeamSequence[0]
    beam.BeamLimitingDeviceSequence.append(
        item(RTBeamLimitingDeviceType="MLCX", NumberOfLeafJawPairs=2, LeafPositionBoundaries=[-40, 0, 40])[0]
    )
    leaves = item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=[-9, -9, 9, 9])
    beam.ControlPointSequence[-1].BeamLimitingDevicePositionSequence = leaves


WRONG: dict[str, tuple[Edit, str]] = {
    "electrons": (electrons, "beam 1 must be a photon beam, found ELECTRON: the networks here know photon fields only"),
    "electrons under a false label": (unlabelled_electrons, "accessories: .* found beam 1: applicator electron_square"),
    "protons": (of_beam(RadiationType="PROTON"), "beam 1 must be a photon beam, found PROTON"),
    "ions": (ion_plan, "a photon plan .RT Plan., found 1 ion plan"),
    "another energy": (
        lambda plan: setattr(plan.BeamSequence[0].ControlPointSequence[0], "NominalBeamEnergy", 6),
        "energy: expected 10X-FFF, found 6X-FFF in beam 1",
    ),
    "two energies in a beam": (of_points(NominalBeamEnergy=6), "Nominal Beam Energy of beam 1 must not change"),
    "standard wedge": (of_beam(NumberOfWedges=1), "accessories: .* found beam 1: wedge"),
    "dynamic wedge": (enhanced_dynamic_wedge, "accessories: .* found beam 1: wedge"),
    "cone": (
        of_beam(ApplicatorSequence=item(ApplicatorID="C15", ApplicatorType="STEREOTACTIC")),
        "accessories: .* found beam 1: applicator stereotactic",
    ),
    "block": (of_beam(NumberOfBlocks=1), "accessories: .* found beam 1: block"),
    "bolus": (of_beam(NumberOfBoli=1), "accessories: .* found beam 1: bolus"),
    "compensator": (of_beam(NumberOfCompensators=1), "accessories: .* found beam 1: compensator"),
    "two isocentres in a beam": (
        of_points(IsocenterPosition=[10, 0, 30]),
        r"Isocenter Position of beam 1 must not change, found .* and \(10\.0, 0\.0, 30\.0\): make a field of each",
    ),
    "fewer control points than stated": (of_beam(NumberOfControlPoints=3), "the 3 control points it states, found 2"),
    "last control point lost": (lost_last_point, "beam 1 must end with its final meterset weight 1, found 0.6"),
    "first control point lost": (lost_first_point, "control_points: .* a first control point at meterset weight 0.2"),
    "meterset that falls": (of_points(CumulativeMetersetWeight=-0.5), "meterset weights of beam 1 must not fall"),
    "leaves at one point": (leaves_at_the_last_point_only, "control_points: .* leaves at 1 of 2 control points"),
    "arc of two points": (gantry("CW", 181, 179), r"found 358 degrees \(CW\) to number 2 of 2: control points are mis"),
    "half a turn at once": (gantry("CC", 0, 180), r"found 180 degrees \(CC\) to number 2 of 2"),
    "couch and gantry together": (
        lambda plan: (gantry("CW", 0, 40)(plan), of_points(PatientSupportAngle=30)(plan)),
        "turning: expected a gantry alone .*, found gantry and couch that turn in beam 1",
    ),
    "table that moves": (
        moving_table,
        "table at rest, found Table Top Longitudinal Position from 0 to 200 mm",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_export_is_refused_by_name(name: str, exported: Path, taking_all: Path, tmp_path: Path) -> None:
    edit, message = WRONG[name]
    folder = tmp_path / "export"
    folder.mkdir()
    for path in exported.iterdir():
        if path.name.startswith("RP."):
            plan = pydicom.dcmread(path)
            edit(plan)
            plan.save_as(folder / path.name)
        else:
            os.link(path, folder / path.name)
    with pytest.raises(RefusedError, match=message) as refused:
        run_dose(folder, tmp_path / "out", model=str(taking_all), report=False)
    assert not (tmp_path / "out").exists()
    assert all(word not in str(refused.value) for word in (PATIENT_ID, PATIENT_NAME, "Canary"))


def points(case: Case, *changes: dict[str, object]) -> Case:
    """The first beam with other control points, the meterset shared evenly among them where nothing else is said."""
    beam = case.plan.beams[0]
    first = beam.control_points[0]
    made = [replace(first, meterset_weight=n / (len(changes) - 1)) for n in range(len(changes))]
    changed = tuple(replace(p, **c) for p, c in zip(made, changes, strict=True))  # type: ignore[arg-type]
    return of_first_beam(case, control_points=changed)


def of_first_beam(case: Case, **changes: object) -> Case:
    beams: tuple[Beam, ...] = (replace(case.plan.beams[0], **changes), *case.plan.beams[1:])  # type: ignore[arg-type]
    return replace(case, plan=replace(case.plan, beams=beams))


LEAVES = np.array([[-9.0, -9.0], [9.0, 9.0]])

WRONG_CASES: dict[str, tuple[Callable[[Case], Case], str]] = {
    "another energy": (lambda case: of_first_beam(case, energy_mv=9.0), "energy: .*, found 9X-FFF in beam 1"),
    "arc, of open fields": (
        lambda case: of_first_beam(points(case, {}, {"gantry_deg": 40.0}), technique=Technique.ARC),
        "kind: expected fields of kind open, found beam 1: arc",
    ),
    "sliding window, of open fields": (
        lambda case: points(case, {"leaves_mm": LEAVES}, {"leaves_mm": LEAVES + 5}),
        "kind: expected fields of kind open, found beam 1: sliding window",
    ),
    "meterset that falls": (
        lambda case: points(case, {}, {"meterset_weight": 0.7}, {"meterset_weight": 0.5}),
        "control_points: .* beam 1: meterset weight 0.5 after 0.7 at control point 3",
    ),
    "leaves at one point": (
        lambda case: points(case, {}, {"leaves_mm": LEAVES}),
        "control_points: .* beam 1: leaves at 1 of 2 control points, none at number 1",
    ),
    "half a turn at once": (
        lambda case: points(case, {}, {"gantry_deg": 180.0}),
        "control_points: .* beam 1: half a turn of the gantry to control point 2",
    ),
    "couch that turns": (
        lambda case: points(case, {}, {"couch_deg": 90.0}),
        "turning: .* found couch that turns in beam 1",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def of_open_fields(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny", validity={"kinds": ["open"]}, version="2")


@pytest.mark.parametrize("name", WRONG_CASES)
def test_a_wrong_case_from_eclipse_is_refused_by_name(
    name: str, small: Case, of_open_fields: Path, tmp_path: Path
) -> None:
    edit, message = WRONG_CASES[name]
    folder = write_case(edit(small), tmp_path / "case")
    (tmp_path / "out").mkdir()
    with pytest.raises(RefusedError, match=message):
        run_dose_job(folder, tmp_path / "out", {"model": str(of_open_fields)}, networks=Networks())
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("accessory", ["wedge", "applicator", "bolus", "block", "tray", "compensator"])
def test_accessories_that_a_script_finds_are_refused(
    accessory: str, small: Case, of_open_fields: Path, tmp_path: Path
) -> None:
    folder = write_case(small, tmp_path / "case")
    options = {"model": str(of_open_fields), "accessories": {"1": [accessory]}}
    with pytest.raises(RefusedError, match=f"accessories: expected plain beams, found beam 1: {accessory}"):
        run_dose_job(folder, tmp_path, options, networks=Networks())


def test_a_plan_dose_is_refused_where_the_network_takes_fields(
    exported: Path, taking_all: Path, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match="dose_source: expected a dose for every treatment beam, found plan dose"):
        run_dose(exported, tmp_path / "out", model=str(taking_all), per_beam=False, report=False)


def test_nothing_refuses_the_export_as_it_is(exported: Path, taking_all: Path) -> None:
    """What refuses all of the above is what was changed."""
    case, card = read_export(exported).case, find_model(taking_all, "dose").card
    require(check_input(case, card, list(case.beam_doses.values()), per_beam=True))
