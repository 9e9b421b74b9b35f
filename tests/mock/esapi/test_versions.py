"""Which members there are in which version: rows 3, 37, 40 and 43; signatures as the published references list them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.esapi import MockAssemblies, build_mock
from tests.mock.esapi.conftest import SCENARIOS, run_dotnet

API = "VMS.TPS.Common.Model.API"
TYPES = "VMS.TPS.Common.Model.Types"

COMMON = f"""
{API} Void Patient.BeginModifications()
{API} Boolean Patient.CanModifyData()
{API} Course Patient.AddCourse()
{API} Void Patient.RemoveCourse(Course)
{API} ExternalPlanSetup Course.AddExternalPlanSetup(StructureSet)
{API} PlanSetup Course.CopyPlanSetup(PlanSetup)
{API} Boolean Course.CanAddPlanSetup(StructureSet)
{API} Void Course.RemovePlanSetup(PlanSetup)
{API} String Course.Id get set
{API} String PlanSetup.Id get set
{API} String Beam.Id get set
{API} PlanningItemDose PlanSetup.Dose get
{API} Boolean PlanSetup.IsDoseValid get
{API} DoseValuePresentation PlanSetup.DoseValuePresentation get set
{API} Nullable<Int32> PlanSetup.NumberOfFractions get
{API} DoseValue PlanSetup.DosePerFraction get
{API} DoseValue PlanSetup.TotalDose get
{API} DateTime ApiDataObject.HistoryDateTime get
{API} String PatientSummary.LastName get
{API} Nullable<DateTime> PlanningItem.CreationDateTime get
{API} Application CustomScriptExecutable.CreateApplication(String)
{API} VVector Image.DicomToUser(VVector, PlanSetup)
{API} ImageProfile Image.GetImageProfile(VVector, VVector, Double[])
{API} VVector Registration.TransformPoint(VVector)
{API} Double[,] Registration.TransformationMatrix get
{API} VVector ReferencePoint.GetReferencePointLocation(PlanSetup)
{API} DoseValue ReferencePoint.TotalDoseLimit get set
{API} ReferencePoint PlanSetup.AddReferencePoint(Structure, Nullable<VVector>, String, String)
{API} String Series.ImagingDeviceId get
{API} IEnumerable<IonBeam> IonPlanSetup.IonBeams get
{API} IonPlanSetup ScriptContext.IonPlanSetup get
{API} Double PlanSetup.TreatmentPercentage get
{API} Void PlanSetup.SetPrescription(Int32, DoseValue, Double)
{API} Double PlanSetup.PlanNormalizationValue get set
{API} String PlanSetup.GetCalculationModel(CalculationType)
{API} Void PlanSetup.SetCalculationModel(CalculationType, String)
{API} Void PlanSetup.ClearCalculationModel(CalculationType)
{API} Dictionary<String, String> PlanSetup.GetCalculationOptions(String)
{API} Boolean PlanSetup.GetCalculationOption(String, String, out String)
{API} Boolean PlanSetup.SetCalculationOption(String, String, String)
{API} DVHData PlanningItem.GetDVHCumulativeData(Structure, DoseValuePresentation, VolumePresentation, Double)
{API} DoseValue PlanningItem.GetDoseAtVolume(Structure, Double, VolumePresentation, DoseValuePresentation)
{API} Double PlanningItem.GetVolumeAtDose(Structure, DoseValue, VolumePresentation)
{API} IEnumerable<PlanSetup> PlanSum.PlanSetups get
{API} Course PlanSum.Course get
{API} String PlanSum.Id get set
{API} IEnumerable<PlanSum> Course.PlanSums get
{API} IEnumerable<Beam> PlanSetup.Beams get
{API} PlanSetupApprovalStatus PlanSetup.ApprovalStatus get
{API} PatientOrientation PlanSetup.TreatmentOrientation get
{API} CalculationResult ExternalPlanSetup.CalculateDose()
{API} CalculationResult ExternalPlanSetup.CalculateLeafMotions()
{API} CalculationResult ExternalPlanSetup.CalculateLeafMotions(LMCVOptions)
{API} CalculationResult ExternalPlanSetup.CalculateLeafMotions(SmartLMCOptions)
{API} CalculationResult ExternalPlanSetup.CalculateLeafMotions(LMCMSSOptions)
{API} CalculationResult ExternalPlanSetup.CalculateLeafMotionsAndDose()
{API} IEnumerable<String> ExternalPlanSetup.GetModelsForCalculationType(CalculationType)
{API} EvaluationDose ExternalPlanSetup.CreateEvaluationDose()
{API} EvaluationDose ExternalPlanSetup.CopyEvaluationDose(Dose)
{API} EvaluationDose ExternalPlanSetup.DoseAsEvaluationDose get
{API} Void ExternalPlanSetup.RemoveBeam(Beam)
{API} Void Dose.GetVoxels(Int32, Int32[,])
{API} DoseValue Dose.VoxelToDoseValue(Int32)
{API} DoseValue Dose.DoseMax3D get
{API} DoseValue Dose.GetDoseToPoint(VVector)
{API} DoseValue BeamDose.GetAbsoluteBeamDoseValue(DoseValue)
{API} Void EvaluationDose.SetVoxels(Int32, Int32[,])
{API} Int32 EvaluationDose.DoseValueToVoxel(DoseValue)
{API} Double Image.VoxelToDisplayValue(Int32)
{API} Void Image.GetVoxels(Int32, Int32[,])
{API} String Image.FOR get
{API} VVector Image.UserOrigin get set
{API} VVector[][] Structure.GetContoursOnImagePlane(Int32)
{API} String StructureSet.Id get set
{API} Structure StructureSet.AddStructure(String, String)
{API} Boolean StructureSet.CanAddStructure(String, String)
{API} Void StructureSet.RemoveStructure(Structure)
{API} Boolean StructureSet.CanRemoveStructure(Structure)
{API} StructureSet StructureSet.Copy()
{API} SearchBodyParameters StructureSet.GetDefaultSearchBodyParameters()
{API} Structure StructureSet.CreateAndSearchBody(SearchBodyParameters)
{API} String Structure.Id get set
{API} MeshGeometry3D Structure.MeshGeometry get
{API} SegmentVolume Structure.SegmentVolume get set
{API} SegmentVolume Structure.op_Implicit(Structure)
{API} SegmentVolume Structure.Margin(Double)
{API} SegmentVolume Structure.AsymmetricMargin(AxisAlignedMargins)
{API} SegmentVolume Structure.And(SegmentVolume)
{API} SegmentVolume Structure.Or(SegmentVolume)
{API} SegmentVolume Structure.Sub(SegmentVolume)
{API} SegmentVolume Structure.Xor(SegmentVolume)
{API} SegmentVolume Structure.Not()
{API} SegmentVolume SegmentVolume.Margin(Double)
{API} SegmentVolume SegmentVolume.AsymmetricMargin(AxisAlignedMargins)
{API} SegmentVolume SegmentVolume.And(SegmentVolume)
{API} SegmentVolume SegmentVolume.Or(SegmentVolume)
{API} SegmentVolume SegmentVolume.Sub(SegmentVolume)
{API} SegmentVolume SegmentVolume.Xor(SegmentVolume)
{API} SegmentVolume SegmentVolume.Not()
{API} Void Structure.AddContourOnImagePlane(VVector[], Int32)
{API} Void Structure.SubtractContourOnImagePlane(VVector[], Int32)
{API} Void Structure.ClearAllContoursOnImagePlane(Int32)
{API} Boolean Structure.IsHighResolution get
{API} Boolean Structure.CanConvertToHighResolution()
{API} Void Structure.ConvertToHighResolution()
{API} Void Structure.ConvertDoseLevelToStructure(Dose, DoseValue)
{API} Boolean Structure.CanEditSegmentVolume(out String)
{API} Boolean Structure.CanSetAssignedHU(out String)
{API} Void Structure.SetAssignedHU(Double)
{API} Boolean Structure.ResetAssignedHU()
{API} Int32 Structure.GetNumberOfSeparateParts()
{API} VVector[] Structure.GetReferenceLinePoints()
{API} SegmentProfile Structure.GetSegmentProfile(VVector, VVector, BitArray)
{API} Boolean Structure.IsPointInsideSegment(VVector)
{API} Fluence Beam.GetOptimalFluence()
{API} Void Beam.SetOptimalFluence(Fluence)
{API} Boolean Beam.CanSetOptimalFluence(Fluence, out String)
{API} BeamParameters Beam.GetEditableParameters()
{API} Void Beam.ApplyParameters(BeamParameters)
{API} VVector Beam.GetSourceLocation(Double)
{API} IEnumerable<BeamCalculationLog> Beam.CalculationLogs get
{API} ControlPointCollection Beam.ControlPoints get
{API} Single[,] ControlPoint.LeafPositions get
{API} VRect<Double> ControlPoint.JawPositions get
{API} Void BeamParameters.SetAllLeafPositions(Single[,])
{API} Void BeamParameters.SetJawPositions(VRect<Double>)
{API} Boolean ESAPIScriptAttribute.IsWriteable get set
{API} Application Application.CreateApplication()
{API} Void Application.SaveModifications()
{API} Boolean TypeBasedIdValidator.IsValidId(String, ApiDataObject, StringBuilder)
{API} Void TypeBasedIdValidator.ThrowIfNotValidId(String, ApiDataObject)
{TYPES} new Fluence..ctor(Single[,], Double, Double)
{TYPES} new Fluence..ctor(Single[,], Double, Double, String)
{TYPES} Single[,] Fluence.GetPixels()
{TYPES} new LMCVOptions..ctor(Boolean)
{TYPES} new SmartLMCOptions..ctor(Boolean, Boolean)
{TYPES} new LMCMSSOptions..ctor(Int32)
{TYPES} new ExternalBeamMachineParameters..ctor(String, String, Int32, String, String)
{TYPES} new DoseValue..ctor(Double, DoseUnit)
{TYPES} new VRect<T>..ctor(T, T, T, T)
{TYPES} Double VVector.x get set
""".strip().splitlines()

SINCE_16 = (
    f"{API} String Image.UID get",
    f"{API} String PlanSetup.Name get set",
    f"{API} String PlanSetup.Comment get set",
    f"{API} Boolean Beam.IsImagingTreatmentField get",
    f"{API} PlanSum ScriptContext.PlanSum get",
    f"{API} PlanSum Course.CreatePlanSum(IEnumerable<PlanningItem>, Image)",
    f"{API} Void PlanSum.AddItem(PlanningItem)",
    f"{API} Course PlanningItem.Course get",
    f"{API} VVector DVHData.MaxDosePosition get",
)

SINCE_18 = (
    f"{API} Double ControlPointParameters.GantryAngle get set",
    f"{API} Double ControlPointParameters.MetersetWeight get set",
    f"{API} Boolean Beam.IsIMRT get",
    f"{API} BeamTechnique Beam.BeamTechnique get",
    f"{TYPES} Boolean VVector.op_Equality(VVector, VVector)",
)

NUMBERS = """
PlanSetupApprovalStatus Rejected=0 UnApproved=1 Reviewed=2 PlanningApproved=3 TreatmentApproved=4 CompletedEarly=5
PlanSetupApprovalStatus Completed=6 Retired=7 UnPlannedTreatment=8 ExternallyApproved=9 Unknown=999
CalculationType PhotonVolumeDose=0 PhotonSRSDose=1 PhotonIMRTOptimization=2 PhotonVMATOptimization=3
CalculationType PhotonLeafMotions=4 ProtonVolumeDose=5 DVHEstimation=6
PlanType ExternalBeam=0 ExternalBeam_IRREG=1 ExternalBeam_Proton=2 Brachy=3
DoseValuePresentation Relative=0 Absolute=1
VolumePresentation Relative=0 AbsoluteCm3=1
PatientOrientation NoOrientation=0 HeadFirstSupine=1 HeadFirstProne=2 HeadFirstDecubitusRight=3
PatientOrientation HeadFirstDecubitusLeft=4 FeetFirstSupine=5 FeetFirstProne=6 FeetFirstDecubitusRight=7
PatientOrientation FeetFirstDecubitusLeft=8 Sitting=9
MLCPlanType Static=0 DoseDynamic=1 ArcDynamic=2 VMAT=3 ProtonLayerStacking=4 NotDefined=999
GantryDirection None=0 Clockwise=1 CounterClockwise=2
SeriesModality CT=0 MR=1 PT=2 RTIMAGE=3 RTSTRUCT=4 RTPLAN=5 RTDOSE=6 REG=7 Other=8
DosimeterUnit Null=0 MU=1 Minute=2 Second=3
DoseUnit Unknown=0 Gy=1 cGy=2 Percent=3
RegistrationApprovalStatus Unapproved=0 Approved=1 Retired=2 Reviewed=3
TreatmentSessionStatus Null=0 Treat=1 Resume=2 Completed=3 CompletedPartially=4 InActiveTreat=5 InActiveResume=6
SetupTechnique Unknown=0 Isocentric=1 FixedSSD=2 TBI=3 BreastBridge=4 SkinApposition=5
IonBeamScanMode None=0 Uniform=1 Modulated=2 Wobbling=3 Line=4 Unknown=999
PatientSupportType Table=0 Chair=1
StructureApprovalStatus Approved=1 Rejected=2 Reviewed=3 UnApproved=0
StructureMarginGeometry Outer=0 Inner=1
OptimizationObjectiveOperator Upper=0 Lower=1 Exact=2 None=99
OptimizationOption RestartOptimization=0 ContinueOptimization=1 ContinueOptimizationWithPlanDoseAsIntermediateDose=2
OptimizationConvergenceOption NoEarlyTermination=0 TerminateIfConverged=1
OptimizationIntermediateDoseOption NoIntermediateDose=0 UseIntermediateDose=1
PlanSumOperation Undefined=-1 Addition=0 Subtraction=1
DVHEstimateType Upper=0 Lower=1 Undefined=99
FitToStructureMarginType Circular=0 Elliptical=1
OpenLeavesMeetingPoint OpenLeavesMeetingPoint_Inside=0 OpenLeavesMeetingPoint_Outside=1 OpenLeavesMeetingPoint_Middle=2
ClosedLeavesMeetingPoint ClosedLeavesMeetingPoint_BankOne=0 ClosedLeavesMeetingPoint_BankTwo=1
ClosedLeavesMeetingPoint ClosedLeavesMeetingPoint_Center=2
BlockType APERTURE=0 SHIELDING=1
StructureApprovalStatus UnApproved=0 Approved=1 Rejected=2 Reviewed=3
JawFitting None=0 FitToRecommended=1 FitToStructure=2
"""
"""Those of the assembly 1.0.300.11 of 15.6, from which the stubs of PyESAPI were generated; not all are in the mock."""

ONLY_13 = (
    f"{API} Fractionation PlanSetup.UniqueFractionation get",
    f"{API} Nullable<Int32> Fractionation.NumberOfFractions get",
    f"{API} DoseValue Fractionation.PrescribedDosePerFraction get",
    f"{API} Void Fractionation.SetPrescription(Int32, DoseValue, Double)",
)

VERSIONS = {"15.6": "1.0.300.", "16.1": "1.0.450.", "18.0": "1.0.600."}


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("versions")


@pytest.fixture(scope="module")
def folder_of_18(members: dict[str, set[str]], versions: Path) -> Path:
    assert members["18.0"]
    return versions / "18.0"


@pytest.fixture(scope="module")
def members(mock_assemblies: MockAssemblies, versions: Path) -> dict[str, set[str]]:
    """Lines that describe each version."""
    folder = versions
    program = compile_library([SCENARIOS / "members" / "Members.cs"], folder / "Members.exe", target="exe")
    symbols = {"16.1": "ESAPI_16", "18.0": "ESAPI_18", "13": "ESAPI_13"}
    later = {name: build_mock(folder / name, [symbol]) for name, symbol in symbols.items()}
    builds = {"15.6": mock_assemblies, **later}
    return {name: set(run_dotnet(program, build.api.parent).splitlines()) for name, build in builds.items()}


@pytest.mark.parametrize("version", VERSIONS)
def test_row_37_members_common_to_all_versions(members: dict[str, set[str]], version: str) -> None:
    assert set(COMMON) - members[version] == set()


def test_row_37_members_of_later_versions_are_not_in_earlier_ones(members: dict[str, set[str]]) -> None:
    for later in SINCE_16:
        assert [version for version in VERSIONS if later in members[version]] == ["16.1", "18.0"], later
    for later in SINCE_18:
        assert [version for version in VERSIONS if later in members[version]] == ["18.0"], later


def test_numbers_of_enumerations_are_those_of_15(members: dict[str, set[str]]) -> None:
    expected: dict[str, set[str]] = {}
    for line in NUMBERS.strip().splitlines():
        name, *values = line.split()
        expected.setdefault(name, set()).update(values)
    found: dict[str, set[str]] = {}
    for line in members["15.6"]:
        if match := re.fullmatch(r"\S+ Field (\w+)\.(\w+) = (-?\d+)", line):
            found.setdefault(match[1], set()).add(f"{match[2]}={match[3]}")
    assert found == {name: expected.get(name) for name in found}
    assert len(found) > 20


def test_row_43_plug_ins_calculate_first_doses_from_16_on(members: dict[str, set[str]]) -> None:
    refuses = {version: f"refuses first dose {version == '15.6'}" in members[version] for version in VERSIONS}
    assert refuses == dict.fromkeys(VERSIONS, True)


def test_undefined_values_are_fields(members: dict[str, set[str]]) -> None:
    assert f"{TYPES} Field DoseValue.Undefined" in members["15.6"]
    assert f"{TYPES} Field VVector.Undefined" in members["18.0"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_active_structure_is_not_public(members: dict[str, set[str]], version: str) -> None:
    assert not [line for line in members[version] if "ScriptContext.ActiveStructure" in line]


def test_undefined_vectors_of_18(folder_of_18: Path) -> None:
    references = [folder_of_18 / "VMS.TPS.Common.Model.Types.dll"]
    program = compile_library(
        [SCENARIOS / "members" / "Vectors.cs"], folder_of_18 / "Vectors.exe", references, target="exe"
    )
    assert run_dotnet(program).splitlines() == [
        "equal TrueTrueTrue",  # VVector.op_Equality, Equals and EpsilonEqual all say so of two undefined ones
        "near TrueFalseFalse",
        "undefined TrueTrueTrueFalse",  # one component is enough, and infinity counts
        "updated 3740",
        "unit 0.63",
    ]


def test_row_03_reflection_is_refused_in_18_only(members: dict[str, set[str]]) -> None:
    refuses = {version: f"refuses reflection {version == '18.0'}" in members[version] for version in VERSIONS}
    assert refuses == dict.fromkeys(VERSIONS, True)


def test_row_37_names_of_13_are_offered_apart(members: dict[str, set[str]]) -> None:
    for name in ONLY_13:
        assert [version for version in members if name in members[version]] == ["13"], name


@pytest.mark.parametrize("version", VERSIONS)
def test_row_40_assemblies_say_their_version_and_are_not_signed(members: dict[str, set[str]], version: str) -> None:
    found = [line for line in members[version] if line.startswith("version ")]
    assert found
    assert all(re.fullmatch(rf"version {re.escape(VERSIONS[version])}\d+ token 0", line) for line in found)


def test_row_40_a_script_that_needs_18_does_not_compile_for_15(mock_assemblies: MockAssemblies, tmp_path: Path) -> None:
    source = tmp_path / "Script.cs"
    source.write_text(f"class S {{ bool M({API}.Beam beam) {{ return beam.IsIMRT; }} }}")
    with pytest.raises(BridgeError, match="IsIMRT"):
        compile_library([source], tmp_path / "Script.dll", mock_assemblies.references)
