"""Folders that CollectDoseNetData wrote, as cases: fields alone, plans as the sums of theirs, damage by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case.paired_field import Origin, PairedField
from esapi_bridge.commissioning.cases import Source, find_cases
from esapi_bridge.commissioning.reference_case import CasePart
from esapi_bridge.errors import RefusedError
from tests.collected import write_image
from tests.training_data.paired import COARSE_GRID, field_beam, water_case, water_field

PLAN = "plan-0123456789abcdef"


def own(number: int, gantry_deg: float) -> PairedField:
    field = water_field(f"{PLAN}-{number}", field_beam(number, gantry_deg))
    return replace(field, origin=Origin.OWN_PLAN, plan=1)


def parts_of(collected: Path) -> list[CasePart]:
    (found,) = find_cases([Source(collected, "pelvis")])
    assert found.site == "pelvis"
    return found.parts()


def test_fields_stand_alone_and_those_of_a_plan_are_summed(tmp_path: Path) -> None:
    fields = [water_field(), own(1, 0.0), own(2, 90.0)]
    write_image(tmp_path, "dose-0123456789abcdef", water_case(), fields)
    parts = {part.name: part.read() for part in parts_of(tmp_path)}
    assert set(parts) == {"random-0000", PLAN}
    alone, plan = parts["random-0000"], parts[PLAN]
    assert (alone.is_plan, plan.is_plan) == (False, True)
    assert (alone.case.plan.name, plan.case.plan.name) == ("random-0000", "own plan 1")
    assert [beam.number for beam in plan.case.plan.beams] == [1, 2]
    np.testing.assert_array_equal(alone.reference.beams[1].gy, fields[0].fine.dose.gy)
    np.testing.assert_array_equal(plan.case.beam_doses[2].gy, fields[2].coarse.dose.gy)
    total = fields[1].fine.dose.gy.astype(np.float64) + fields[2].fine.dose.gy
    np.testing.assert_allclose(plan.reference.plan.gy, total, rtol=1e-6)
    assert alone.sha256 != plan.sha256


def test_doses_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    moved = replace(COARSE_GRID, origin_mm=(-36.0, -39.0, -26.0))
    other = water_field(f"{PLAN}-2", field_beam(2), coarse_grid=moved)
    fields = [own(1, 0.0), replace(other, origin=Origin.OWN_PLAN, plan=1)]
    write_image(tmp_path, "dose-0123456789abcdef", water_case(), fields)
    (part,) = parts_of(tmp_path)
    with pytest.raises(RefusedError, match="do not add up"):
        part.read()


def test_a_damaged_field_is_refused_alone(tmp_path: Path) -> None:
    folder = write_image(tmp_path, "dose-0123456789abcdef", water_case(), [water_field(), water_field("random-0001")])
    file = folder / "fields" / "random-0000" / "fine.npy"
    file.write_bytes(file.read_bytes()[:-4] + b"\0\0\0\1")
    first, second = parts_of(tmp_path)
    with pytest.raises(RefusedError):
        first.read()
    assert second.read().case.plan.name == "random-0001"
