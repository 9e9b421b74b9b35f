"""Every genuine file must be read, or refused with a reason that a physicist understands."""

import pytest

from esapi_bridge.dicom import describe_file

EXPECTED = {
    "aria136_RP_FiF_6MV_static": ("read", "HFS, UNAPPROVED, 1 beams: 6X STATIC 4 control points 200 MU"),
    "aria1614_RN_mono_ionplan": ("refused", "found an ion plan"),
    "eclipse_breast_imrt_CT0": ("read", "512 x 512 pixels"),
    "eclipse_breast_imrt_RP": ("read", "4 beams: 10X DYNAMIC 92 control points 97 MU"),
    "eclipse_breast_imrt_RS": ("read", "10 structures"),
    "pydicom_rtdose": ("refused", "must be in GY, found RELATIVE"),
    "pydicom_rtplan": ("read", "1 beams: 6X STATIC 2 control points 116.004 MU"),
    "pydicom_rtstruct": ("read", "3 structures"),
    "raystation14_RD_plan_proton": ("refused", "RT Ion Plan"),
    "varian_rapidarcqa_T0.1_Dosimetry_M120_TB_Rev02": ("refused", "Isocenter Position, found none"),
    "varian_rapidarcqa_T0.2_PicketFenceStatic_M120_TB_Rev02": ("refused", "Isocenter Position, found none"),
    "varian_rapidarcqa_T1.1_PicketFenceRA_M120_TB_Rev02": ("read", "6X ARC 21 control points 480 MU"),
    "varian_rapidarcqa_T2_DoseRateGantrySpeed_M120_TB_Rev02": ("read", "6X ARC 16 control points 400 MU; 6X STATIC"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_genuine_file(genuine, name):
    verdict, detail = EXPECTED[name]
    summary = describe_file(genuine / f"{name}.dcm")
    assert summary.verdict == verdict
    assert detail in summary.detail


def test_no_genuine_file_is_forgotten(genuine):
    assert {path.stem for path in genuine.glob("*.dcm")} == set(EXPECTED)


def test_anything_else_is_told_apart(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague")
    summary = describe_file(path)
    assert (summary.kind, summary.verdict) == ("unknown", "damaged")
    assert "something else" in summary.detail
