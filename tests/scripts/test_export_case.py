"""ExportCase against the mock: what `read_case` reads is the plan that the database holds."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, Override
from esapi_bridge.case.folder import read_case
from tests.mock.esapi import patients
from tests.scripts.conftest import Eclipse
from tests.scripts.mono import needs_mono

pytestmark = needs_mono

SCALE_PERCENT, INTERCEPT_PERCENT = 2e-4, -1.0
PRESCRIPTION_GY, NORMALISATION = 60.0, 98.0
COUNT_GY = PRESCRIPTION_GY * SCALE_PERCENT / NORMALISATION
"""What a count of the mock's doses is worth, by its definition."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in centigray, whose stored doses have an offset."""
    folder = tmp_path_factory.mktemp("db") / "centigray"
    return patients.make_database(folder, dose_unit="cGy", scale=SCALE_PERCENT, intercept=INTERCEPT_PERCENT)


@pytest.fixture(scope="module", params=["HFS", "HFP", "FFS"])
def pair(request: pytest.FixtureRequest, eclipse: Eclipse, database: Path) -> tuple[Case, Case]:
    """The plan in the database and what the script wrote of it."""
    answer = eclipse.run("ExportCase", database, "Plan A", patient=request.param)
    assert answer["exit_code"] == 0, answer["message"]
    return patients.make_case(request.param), read_case(Path(answer["outcome"]["folder"]))


def test_ct(pair: tuple[Case, Case]) -> None:
    source, exported = pair
    assert exported.ct.grid.matches(source.ct.grid)
    assert exported.ct.grid.direction == source.ct.grid.direction
    np.testing.assert_array_equal(exported.ct.values, source.ct.values)


def assert_same_dose(exported: Dose, source: Dose, count_gy: float) -> None:
    assert exported.grid.size == source.grid.size
    assert exported.grid.matches(source.grid)
    np.testing.assert_allclose(exported.gy, source.gy, atol=0.5 * count_gy + 1e-5, rtol=0)
    assert (exported.kind, exported.beam_number) == (source.kind, source.beam_number)


def test_doses_in_gray_of_all_fractions(pair: tuple[Case, Case]) -> None:
    source, exported = pair
    assert source.plan_dose is not None
    assert exported.plan_dose is not None
    assert_same_dose(exported.plan_dose, source.plan_dose, COUNT_GY)
    assert set(exported.beam_doses) == set(source.beam_doses)
    for number, dose in exported.beam_doses.items():
        assert_same_dose(dose, source.beam_doses[number], COUNT_GY)


def test_plan(pair: tuple[Case, Case]) -> None:
    source, exported = pair
    before, after = source.plan, exported.plan
    for name in ("name", "patient_position", "fractions", "calculation_models"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.prescription_gy == pytest.approx(before.prescription_gy)
    assert after.normalisation_percent == pytest.approx(before.normalisation_percent)
    assert before.calculation_options.items() <= dict(after.calculation_options).items()
    assert after.approval == before.approval


def test_beams(pair: tuple[Case, Case]) -> None:
    source, exported = pair
    assert len(exported.plan.beams) == 3
    for before, after in zip(source.plan.beams, exported.plan.beams, strict=True):
        for name in ("number", "name", "machine", "energy_mv", "fluence_mode", "technique", "is_setup"):
            assert getattr(after, name) == getattr(before, name), name
        assert after.isocentre_mm == pytest.approx(before.isocentre_mm)
        assert after.sad_mm == pytest.approx(before.sad_mm)
        if not before.is_setup:
            assert after.meterset_mu == pytest.approx(before.meterset_mu)
        # ESAPI gives every beam at least two control points.
        assert len(after.control_points) == max(len(before.control_points), 2)
        for one, other in zip(before.control_points, after.control_points, strict=False):
            assert (one.gantry_deg, one.collimator_deg, one.couch_deg) == (
                other.gantry_deg,
                other.collimator_deg,
                other.couch_deg,
            )
            assert one.meterset_weight == pytest.approx(other.meterset_weight)
            assert one.jaws == other.jaws
            if one.leaves_mm is None:
                assert other.leaves_mm is None
            else:
                assert other.leaves_mm is not None
                np.testing.assert_allclose(other.leaves_mm, one.leaves_mm, atol=1e-4)
        if before.fluence is None:
            assert after.fluence is None
        else:
            assert after.fluence is not None
            np.testing.assert_array_equal(after.fluence.values, before.fluence.values)
            assert (after.fluence.x_origin_mm, after.fluence.y_origin_mm, after.fluence.spacing_mm) == (
                before.fluence.x_origin_mm,
                before.fluence.y_origin_mm,
                before.fluence.spacing_mm,
            )


def test_structures(pair: tuple[Case, Case]) -> None:
    source, exported = pair
    for before, after in zip(source.structures, exported.structures, strict=True):
        for name in ("number", "name", "dicom_type", "colour", "override"):
            assert getattr(after, name) == getattr(before, name), name
        # Eclipse gives contours plane by plane, whatever their order was.
        ordered = [sorted(np.round(c, 4).tolist() for c in s.contours_mm) for s in (before, after)]
        assert ordered[0] == ordered[1]
    assert exported.structures[0].contours_mm
    assert {s.name: s.override for s in exported.structures if s.override} == {"Empty": Override("HU", 37.5)}


def test_identifiers(pair: tuple[Case, Case], eclipse: Eclipse) -> None:
    source, exported = pair
    assert exported.uids == source.uids
    key = (eclipse.home / "config" / "esapi-bridge" / "patient.key").read_bytes()
    identity = f"{source.plan.patient_position}\0".encode()  # the patients are named by their positions
    assert exported.patient_key == hmac.new(key, identity, hashlib.sha256).hexdigest()


def test_the_patient_key_is_the_users_alone(pair: tuple[Case, Case], eclipse: Eclipse) -> None:
    path = eclipse.home / "config" / "esapi-bridge" / "patient.key"
    assert path.stat().st_size == 32
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_name_goes_along(eclipse: Eclipse, database: Path) -> None:
    answer = eclipse.run("ExportCase", database, "Plan A", patient="SAVE")
    folder = Path(answer["outcome"]["folder"])
    record = json.loads((database / "patients" / "SAVE" / "patient.json").read_text())
    for secret in (record["last_name"], record["first_name"], record["id"]):
        assert secret not in folder.name
        assert all(secret.encode() not in path.read_bytes() for path in folder.iterdir())


def test_nothing_changes_in_eclipse(eclipse: Eclipse, database: Path) -> None:
    before = {path: path.read_bytes() for path in database.rglob("*") if path.is_file()}
    answer = eclipse.run("ExportCase", database, "Plan A", patient="SAVE", save=True)
    assert (answer["changed"], answer["saved"]) == (False, False)
    assert {path: path.read_bytes() for path in database.rglob("*") if path.is_file()} == before
