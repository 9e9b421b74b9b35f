"""Who may do what, from where and when: rows 1 to 5, 36 and 41."""

from __future__ import annotations

from typing import Any

Rows = dict[int, dict[str, Any]]


def test_row_01_writes_before_begin_modifications_are_refused(seen: Rows) -> None:
    row = seen[1]
    assert len(row["before"]) == 23
    for refusal in row["before"]:
        assert "ApplicationException" in refusal
        assert "read-only" in refusal
    assert row["free"] == row["after"] == "none"
    assert row["value"] == 90


def test_row_02_writable_mark_licence_and_approval_are_needed(seen: Rows) -> None:
    row = seen[2]
    assert row["unmarked_caller"].startswith("UnauthorizedScriptingAPIAccessException")
    assert row["unmarked_script"].startswith("UnauthorizedScriptingAPIAccessException")
    assert row["can_modify_unmarked"] is False
    assert row["unlicensed"].endswith("No valid license to modify patient data with script.")
    assert row["unapproved"].startswith("UnauthorizedScriptingAPIAccessException")
    assert "read-only" in row["still_read_only"]
    assert row["approved"] == "none"
    assert row["can_modify"] is True


def test_row_03_writes_called_by_reflection_pass_in_15(seen: Rows) -> None:
    row = seen[3]
    assert row["refuses"] is False
    assert row["allowed_begin"] == row["allowed"] == "none"


def test_row_03_writes_called_by_reflection_are_refused_where_the_guard_says_so(seen: Rows) -> None:
    row = seen[3]
    assert row["invoked"] is True
    assert row["inner"].startswith("UnauthorizedScriptingAPIAccessException")
    assert row["added_by_reflection"] == 0
    assert row["read_by_reflection"] == "none"
    assert row["added_by_delegate"] == 1


def test_row_04_other_threads_are_refused(seen: Rows) -> None:
    row = seen[4]
    assert row["read"].startswith("InvalidOperationException")
    assert row["write"].startswith("InvalidOperationException")
    assert row["value"] == 98


def test_row_05_one_application_and_no_use_after_close(seen: Rows) -> None:
    row = seen[5]
    assert row["second"].endswith("Only one Application object is supported at a time")
    assert row["patients"] == ["FFS", "HFP", "HFS", "SAVE"]
    assert row["unknown"] is True
    assert row["two_open"] != "none"
    assert row["closed_patient"].startswith("ObjectDisposedException")
    assert row["closed_plan"].startswith("ObjectDisposedException")
    assert row["reopened"] == "HFP"
    assert row["after_dispose"].endswith("Only one Application object is supported at a time")


def test_row_41_a_change_without_a_frame_of_the_script_is_refused(seen: Rows) -> None:
    row = seen[41]
    for refusal in ("begin", "made", "stand_alone"):
        assert row[refusal].startswith("UnauthorizedScriptingAPIAccessException"), refusal
        assert "did not find a calling assembly" in row[refusal]
        assert "NoInlining" in row[refusal]
    assert "read-only" in row["still_read_only"]
    assert row["script"] == "none"
    assert row["added_without"] == 0
    assert row["added_below_the_script"] == 1


def test_row_36_calls_after_abort_or_beyond_the_object_limit(seen: Rows) -> None:
    row = seen[36]
    assert row["aborted"].startswith("ApplicationException")
    assert row["limit"].startswith("ApplicationException")
