"""What a single file is told to be."""

from esapi_bridge.dicom import describe_file


def test_anything_else_is_told_apart(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague")
    summary = describe_file(path)
    assert (summary.kind, summary.verdict) == ("unknown", "damaged")
    assert "something else" in summary.detail
