"""Exports as legal as the one they were made from are let through with the same numbers; see `benchmarks.legal`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case
from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.dicom import read_export
from tests.benchmarks.legal import attempt, let_through, light_case
from tests.benchmarks.legal_exports import CHANGES, Set, read_set, write_legal


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Set, Case]:
    folder = tmp_path_factory.mktemp("legal") / "plan"
    found = read_set(light_case(), folder)
    return found, along_patient_axes(read_export(folder, key=b"legal").case)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_legal_export_is_let_through(base: tuple[Set, Case], seed: int) -> None:
    assert attempt(*base, seed) is None


def test_the_count_would_notice_another_dose(base: tuple[Set, Case], tmp_path: Path) -> None:
    """The numbers are compared, not only the way through."""
    changed, case = base
    write_legal(changed, tmp_path / "plan", np.random.default_rng(0))
    dose = case.beam_doses[1]
    values = dose.gy.copy()
    values[values == values.max()] *= np.float32(1.01)
    other = replace(dose, volume=replace(dose.volume, values=values))
    wrong = replace(case, beam_doses={**case.beam_doses, 1: other})
    assert let_through(tmp_path / "plan", wrong) == "another dose of beam 1"
    assert len(CHANGES) == 38
