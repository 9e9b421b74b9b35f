"""Which members there are in which version: rows 3, 37 and 40; signatures as the published references list them."""

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
{API} Double PlanSetup.TreatmentPercentage get
{API} Void PlanSetup.SetPrescription(Int32, DoseValue, Double)
{API} Double PlanSetup.PlanNormalizationValue get set
{API} String PlanSetup.GetCalculationModel(CalculationType)
{API} Void PlanSetup.SetCalculationModel(CalculationType, String)
{API} Void PlanSetup.ClearCalculationModel(CalculationType)
{API} Dictionary<String, String> PlanSetup.GetCalculationOptions(String)
{API} Boolean PlanSetup.GetCalculationOption(String, String, out String)
{API} Boolean PlanSetup.SetCalculationOption(String, String, String)
{API} DVHData PlanSetup.GetDVHCumulativeData(Structure, DoseValuePresentation, VolumePresentation, Double)
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
{API} VVector[][] Structure.GetContoursOnImagePlane(Int32)
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
)

SINCE_18 = (
    f"{API} Boolean Beam.IsIMRT get",
    f"{API} BeamTechnique Beam.BeamTechnique get",
    f"{TYPES} Boolean VVector.op_Equality(VVector, VVector)",
)

VERSIONS = {"15.6": "1.0.300.", "16.1": "1.0.450.", "18.0": "1.0.600."}


@pytest.fixture(scope="module")
def members(mock_assemblies: MockAssemblies, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Lines that describe each version."""
    folder = tmp_path_factory.mktemp("versions")
    program = compile_library([SCENARIOS / "members" / "Members.cs"], folder / "Members.exe", target="exe")
    later = {name: build_mock(folder / name, [symbol]) for name, symbol in (("16.1", "ESAPI_16"), ("18.0", "ESAPI_18"))}
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


def test_row_03_reflection_is_refused_in_18_only(members: dict[str, set[str]]) -> None:
    refuses = {version: f"refuses reflection {version == '18.0'}" in members[version] for version in VERSIONS}
    assert refuses == dict.fromkeys(VERSIONS, True)


@pytest.mark.parametrize("version", VERSIONS)
def test_row_40_assemblies_say_their_version_and_are_not_signed(members: dict[str, set[str]], version: str) -> None:
    found = [line for line in members[version] if line.startswith("version ")]
    assert found
    assert all(re.fullmatch(rf"version {re.escape(VERSIONS[version])}\d+ token 0", line) for line in found)


def test_row_40_a_script_that_needs_18_does_not_compile_for_15(mock_assemblies: MockAssemblies, tmp_path: Path) -> None:
    source = tmp_path / "Script.cs"
    source.write_text(f"class S {{ bool M({API}.Beam beam) {{ return beam.IsIMRT; }} }}")
    with pytest.raises(BridgeError, match="IsIMRT"):
        compile_library([source], tmp_path / "Script.dll", [mock_assemblies.api, mock_assemblies.types])
