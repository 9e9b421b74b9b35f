"""Exit codes, and what a message may say of an error."""

from __future__ import annotations

import errno
import json
import pickle

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from esapi_bridge.checks import Outcome, Verdict
from esapi_bridge.errors import (
    CANCELLED,
    BridgeError,
    FailedCheck,
    RefusedError,
    faults_of,
    listed,
    os_reason,
    where_in_own_code,
)
from esapi_bridge.folders.sealed import read_sums


def test_every_way_to_end_badly_has_its_own_code() -> None:
    assert (BridgeError.exit_code, RefusedError.exit_code, CANCELLED) == (1, 3, 4)
    assert RefusedError("no").exit_code == 3


def test_a_message_is_cut_with_a_count_and_shows_what_can_be_printed_only() -> None:
    message = "a name \x1b[31m\u202e" + "x" * 10**6
    for error in (BridgeError(message), RefusedError(message), pickle.loads(pickle.dumps(RefusedError(message)))):
        assert len(str(error)) <= 2000
        assert str(error).startswith("a name  [31m x")
        assert str(error).endswith(f"x... and {len(message) - 1960} more characters")
    verdict = Verdict("name", Outcome.WARN, "one", message)
    assert len(verdict.found) <= 2000
    check = RefusedError("no", [FailedCheck("name", message, message)] * 1000).checks
    assert len(check) == 20
    assert max(len(text) for text in (check[0].expected, check[0].found)) <= 200


def test_a_long_list_names_its_first_members_and_counts_the_rest() -> None:
    assert listed(range(5)) == "0, 1, 2, 3, 4"
    assert listed(range(1000)) == "0, 1, 2, 3, 4 and 995 more"


def test_the_reason_of_the_system_is_found_behind_a_librarys_error() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/home/doe")
    hidden = OSError("With tag ... got exception")
    hidden.__cause__ = ValueError()
    hidden.__cause__.__context__ = full
    assert os_reason(full) == os_reason(hidden) == "No space left on device"
    assert os_reason(TimeoutError()) == "TimeoutError"


def test_an_error_is_placed_in_the_last_own_line_without_its_text() -> None:
    with pytest.raises(AttributeError) as caught:
        read_sums("DOE^JANE")  # type: ignore[arg-type]
    found = where_in_own_code(caught.value)
    assert found.startswith("AttributeError in sealed.py line ")
    assert "DOE" not in found


def test_an_error_that_met_no_own_code_has_a_name_only() -> None:
    with pytest.raises(ValueError, match="Expecting") as caught:
        json.loads("DOE^JANE")
    assert where_in_own_code(caught.value) == "JSONDecodeError"


def test_the_first_faults_of_a_description_are_named_without_values() -> None:
    class Plan(BaseModel):
        model_config = ConfigDict(extra="forbid")
        fractions: int
        beams: list[float]

    given = {"fractions": "DOE", "beams": [1, "JANE"], "x": 1, "y": 2}
    with pytest.raises(ValidationError) as caught:
        Plan.model_validate(given)
    found = faults_of(caught.value)
    assert [part.split(":")[0] for part in found.split("; ")] == ["fractions", "beams.1", "x"]
    assert "DOE" not in found
    assert "JANE" not in found
