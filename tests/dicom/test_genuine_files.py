"""Every genuine file that there is: read, or refused for a reason that stands in docs/reference/conformance.md."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pydicom
import pytest

from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.dicom import ExportFiles, describe_file, find_plans, read_export, write_rtdose
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.errors import RefusedError

PLANE = ("refused", "found a plane dose")
EMPTIED = ("damaged", "an image must hold Pixel Data (7FE0,0010), found none")
NOWHERE = ("refused", "Isocenter Position, found none")

EXPECTED: dict[str, tuple[str, str]] = {
    **{
        f"agnew_mcgarry/{name}.dcm": PLANE
        for name in (
            "GeometricSquare_Evaluated_0_25mmPx_DD_Test",
            "GeometricSquare_Evaluated_0_25mmPx_DTA_Test",
            "GeometricSquare_Evaluated_1mmPx_DD_Test",
            "GeometricSquare_Evaluated_1mmPx_DTA_Test",
            "GeometricSquare_Reference_0_25mmPx",
            "GeometricSquare_Reference_1mmPx",
            "H&N_VMAT_Evaluated_0_25mmPx",
            "H&N_VMAT_Evaluated_1mmPx",
            "H&N_VMAT_Reference_0_25mmPx",
            "H&N_VMAT_Reference_1mmPx",
            "ProstateIMRT_Evaluated_0_25mmPx",
            "ProstateIMRT_Evaluated_1mmPx",
            "ProstateIMRT_Reference_0_25mmPx",
            "ProstateIMRT_Reference_1mmPx",
        )
    },
    "alderson_raystation/RD1.2.752.243.1.1.20251104150801227.3300.46671.dcm": ("read", "PLAN dose, (113, 76, 111)"),
    "alderson_raystation/RD1.2.752.243.1.1.20251104150801228.3500.71811.dcm": ("read", "BEAM dose, (113, 76, 111)"),
    "alderson_raystation/RP1.2.752.243.1.1.20251104150801227.3200.53550.dcm": ("read", "10X ARC 76 control points"),
    "alderson_raystation/RS1.2.752.243.1.1.20251104145623863.1100.46584.dcm": ("read", "6 structures"),
    "dicom_rt/aria136_RP_FiF_6MV_static.dcm": (
        "read",
        "HFS, UNAPPROVED, 1 beams: 6X DYNAMIC 4 control points 200 MU",
    ),
    "dicom_rt/aria1614_RN_mono_ionplan.dcm": ("refused", "found an ion plan"),
    "dicom_rt/eclipse_breast_imrt_CT0.dcm": ("read", "512 x 512 pixels"),
    "dicom_rt/eclipse_breast_imrt_RP.dcm": ("read", "4 beams: 10X DYNAMIC 92 control points 97 MU"),
    "dicom_rt/eclipse_breast_imrt_RS.dcm": ("read", "10 structures"),
    "dicom_rt/pydicom_rtdose.dcm": ("refused", "must be in GY, found RELATIVE"),
    "dicom_rt/pydicom_rtplan.dcm": ("read", "1 beams: 6X STATIC 2 control points 116.004 MU"),
    "dicom_rt/pydicom_rtstruct.dcm": ("read", "3 structures"),
    "dicom_rt/raystation14_RD_plan_proton.dcm": ("refused", "RT Ion Plan"),
    "dicom_rt/varian_rapidarcqa_T0.1_Dosimetry_M120_TB_Rev02.dcm": NOWHERE,
    "dicom_rt/varian_rapidarcqa_T0.2_PicketFenceStatic_M120_TB_Rev02.dcm": NOWHERE,
    "dicom_rt/varian_rapidarcqa_T1.1_PicketFenceRA_M120_TB_Rev02.dcm": ("read", "6X ARC 21 control points 480 MU"),
    "dicom_rt/varian_rapidarcqa_T2_DoseRateGantrySpeed_M120_TB_Rev02.dcm": (
        "read",
        "6X ARC 16 control points 400 MU; 6X STATIC",
    ),
    "eclipse/aria136_RP_PARA2_2arc_6MV.dcm": ("read", "6 beams: 6X ARC 114 control points 572.296 MU"),
    "eclipse/aria136_RP_breast_FiF_6MV.dcm": ("read", "2 beams: 6X DYNAMIC 6 control points 154.849 MU"),
    "eclipse/aria156_RP_TBI4.dcm": ("read", "9 beams: 6X ARC 178 control points 107.553 MU"),
    "eclipse/eclipse15_RD_plane_QA256.dcm": PLANE,
    "eclipse/eclipse161_RP_TG119_CS_TB_2A.dcm": ("read", "2 beams: 6X ARC 180 control points 343.961 MU"),
    "eclipse/eclipse161_RP_TG119_HN_TB_7F.dcm": ("read", "9 beams: 6X DYNAMIC 126 control points 210 MU"),
    "eclipse/eclipse_breast2009_RD_plan_2.5x2.5x3.dcm": ("read", "PLAN dose, (194, 129, 98) voxels"),
    "eclipse/eclipse_breast2009_RP.dcm": ("read", "4 beams: 10X DYNAMIC 92 control points 97 MU"),
    "eclipse/eclipse_breast2009_RS.dcm": ("read", "10 structures"),
    **{
        f"eclipse/orientations/RD.DICOMORIENT.Dose_{position}.dcm": EMPTIED
        for position in ("FFDL", "FFDR", "FFP", "FFS", "HFDL", "HFDR", "HFP", "HFS")
    },
    "eclipse/orientations/eclipse137_RP_orient_HFS.dcm": ("read", "1 beams: 6X STATIC 2 control points 100 MU"),
}
"""Verdict and part of the description by path."""

ARCHIVE = "eclipse/oesophagus_eclipse11_CT_RS_RP.zip"
PLAN = "RTPLAN/RTPLAN_Hashed.dcm"


@pytest.mark.parametrize("name", EXPECTED)
def test_genuine_file(shared_data: Path, name: str) -> None:
    verdict, detail = EXPECTED[name]
    summary = describe_file(shared_data / name)
    assert (summary.verdict, detail in summary.detail) == (verdict, True), summary.detail


def test_no_genuine_file_is_forgotten(shared_data: Path) -> None:
    assert {str(path.relative_to(shared_data)) for path in shared_data.rglob("*.dcm")} == set(EXPECTED)


@pytest.fixture(scope="module")
def eclipse_11(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CT, structures and plan of an oesophagus, as they were found; there is no dose."""
    folder = tmp_path_factory.mktemp("oesophagus")
    with ZipFile(shared_data / ARCHIVE) as archive:
        archive.extractall(folder)
    return folder


def test_the_plan_of_eclipse_11_is_read_with_its_setup_fields(eclipse_11: Path) -> None:
    """Seven fields that treat, three without monitor units that say TREATMENT, two port films."""
    dataset = pydicom.dcmread(eclipse_11 / PLAN)
    record = read_plan(dataset)
    assert [beam.number for beam in record.plan.treatment_beams] == [1, 2, 3, 4, 5, 6, 7]
    assert [beam.number for beam in record.plan.beams if beam.is_setup] == [8, 9, 10]
    assert record.outline.assumed_setup == (8, 9, 10)
    assert record.outline.untreated == (11, 12)
    assert sum("port film" in remark for remark in record.remarks) == 2
    assert sum(beam.meterset_mu for beam in record.plan.treatment_beams) == pytest.approx(
        sum(float(item.BeamMeterset) for item in dataset.FractionGroupSequence[0].ReferencedBeamSequence[:7])
    )


def test_the_set_of_eclipse_11_is_read_whole_once_its_parts_refer_to_each_other(eclipse_11: Path) -> None:
    """Whoever made it anonymous gave the structure set another UID than the plan knows; the dose is ours."""
    with pytest.raises(RefusedError, match=r"the plan refers to structure set .*, found "):
        read_export(eclipse_11, key=b"key")
    plan = pydicom.dcmread(eclipse_11 / PLAN)
    structures = pydicom.dcmread(next((eclipse_11 / "RTSTRUCT").iterdir()))
    plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = structures.SOPInstanceUID
    plan.save_as(eclipse_11 / PLAN)
    with pytest.raises(RefusedError, match="must hold the dose of the plan"):
        read_export(eclipse_11, key=b"key")
    x, y, z = (float(v) for v in plan.BeamSequence[0].ControlPointSequence[0].IsocenterPosition)
    grid = Grid((10, 10, 10), (5.0, 5.0, 5.0), (x - 25, y - 25, z - 25))
    volume = Volume(np.full(grid.shape, 41.4, np.float32), grid, Unit.GY)
    write_rtdose(Dose(volume, DoseKind.PLAN), plan, eclipse_11 / "dose.dcm", description="no genuine dose")
    export = read_export(eclipse_11, key=b"key")
    assert export.case.ct.grid.size == (512, 512, 105)
    assert export.case.ct.grid.spacing_mm == pytest.approx((1.26953125, 1.26953125, 4.0))
    assert len(export.case.structures) == 9
    assert all(beam.fluence is not None for beam in export.case.plan.treatment_beams)
    assert (export.left_aside, export.beam_accessories, len(export.assumed)) == ((), {}, 5)
    (listed,) = find_plans(eclipse_11, None).plans
    assert (listed.uid, listed.missing, listed.energies) == (plan.SOPInstanceUID, (), ("6X",))
    assert isinstance(listed.source, ExportFiles)
    assert set(listed.source.files) >= {*export.ct_files, export.plan_file, export.structure_file}
