"""Fields named by `BeamNaming.cs`, in the database as it was saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.mock.esapi import MockAssemblies
from tests.mock.esapi.patients import make_database
from tests.mock.samples.conftest import run_sample, saved_plans


@pytest.mark.parametrize(
    ("plan", "names"),
    [("Plan A", ["1 G40 T10", "2 G200 T10", "SU AP"]), ("Arc", ["1 G170<30 T10", "2 G200 T10", "SU AP"])],
)
def test_fields_are_named_after_gantry_and_couch(
    mock: MockAssemblies, tmp_path: Path, plan: str, names: list[str]
) -> None:
    database = make_database(tmp_path / "db", dose_unit="Gy", scale=1e-4, patients=("HFS", "HFP"))
    run_sample(mock, "BeamNaming", database, "HFS", plan)
    saved = saved_plans(database, "HFS")
    assert [beam.name for beam in saved[plan].plan.beams] == names
    others = {name: [beam.name for beam in case.plan.beams] for name, case in saved.items() if name != plan}
    assert all(beams[0] == "Field 1" for beams in others.values())
    assert len(others) == 3
