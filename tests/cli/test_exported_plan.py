import pytest

from esapi_bridge.cli.exported_plan import print_warnings
from esapi_bridge.tasks.run_record import CheckResult, LeftAsideObjects, RunRecord


def test_what_was_left_aside_assumed_or_warned_of_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    record = RunRecord.model_construct(
        left_aside=(LeftAsideObjects(kind="MR Image", reason="not used", count=52),),
        assumed=("the plan lies in the frame of the CT",),
        checks=(
            CheckResult(check="body", verdict="warn", expected="one", found="two"),
            CheckResult(check="machine", verdict="pass", expected="a", found="a"),
        ),
    )
    print_warnings(record)
    assert capsys.readouterr().out.splitlines() == [
        "aside   52 MR Image: not used",
        "assumed the plan lies in the frame of the CT",
        "warning body: expected one, found two",
    ]
