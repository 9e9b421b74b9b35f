"""Assigned densities in the CT: exactly the voxels inside, at the CT number that gives the density."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Case, Override, Structure
from esapi_bridge.case.overrides import CtCalibration, apply_overrides, fault_of, hu_of
from esapi_bridge.checks import Outcome
from esapi_bridge.checks.overrides import calibration_of, with_overrides
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import find_model
from esapi_bridge.planning.physics.density import density_from_hu
from tests.report.synthetic import make_case

CARD = find_model("ddn-lite", "dose").card
CURVE = calibration_of(CARD)
assert CURVE is not None

SQUARE = np.array([[-21.0, -21.0], [21.0, -21.0], [21.0, 21.0], [-21.0, 21.0]])


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(1)[0]


def block(name: str, override: Override | None, *, half: float = 1.0, x_mm: float = 0.0, planes: int = 8) -> Structure:
    """A block of 42 mm (half: times that), its planes on those of the CT."""
    heights = -1.25 + 2.5 * np.arange(planes)
    contours = tuple(np.column_stack([half * SQUARE + [x_mm, 0.0], np.full(4, z)]) for z in heights)
    return Structure(50, name, "ORGAN", (0, 0, 0), contours, override)


def given(case: Case, *blocks: Structure) -> Case:
    return replace(case, structures=blocks)


@pytest.mark.parametrize("density", [0.0, 0.00121, 0.26, 0.6, 1.0, 1.05, 1.5, 1.96, 2.7])
def test_a_mass_density_becomes_the_ct_number_that_has_it(density: float) -> None:
    """The other way round it is the planning system's own calibration, by which the training's doses were made."""
    hu = hu_of(Override("REL_MASS_DENSITY", density), CURVE)
    assert float(density_from_hu(np.array([hu], np.float32))[0]) == pytest.approx(max(density, 0.00121), abs=1e-5)


@pytest.mark.parametrize(
    ("material", "electrons", "density"),
    [("water", 1.0, 1.0), ("adipose", 0.951, 0.95), ("muscle", 1.040, 1.05), ("cortical bone", 1.781, 1.92),
     ("lung", 0.258, 0.26), ("spongiosa", 1.150, 1.18), ("acrylic", 1.156, 1.19)],
)  # fmt: skip
def test_an_electron_density_is_that_of_a_material(material: str, electrons: float, density: float) -> None:
    """Z/A of ICRU 44 tissues and acrylic times density, over that of water."""
    hu = hu_of(Override("REL_ELEC_DENSITY", electrons), CURVE)
    assert float(density_from_hu(np.array([hu], np.float32))[0]) == pytest.approx(density, abs=0.03), material


def test_exactly_the_voxels_inside_change(case: Case) -> None:
    changed, (applied,) = apply_overrides(given(case, block("Insert", Override("HU", 250.0))), CURVE)
    points = case.ct.grid.to_patient(np.argwhere(np.ones(case.ct.grid.shape))[:, ::-1])
    inside = (np.abs(points[:, :2]) < 21).all(axis=1) & (points[:, 2] > -2.5) & (points[:, 2] < 17.5)
    was, now = case.ct.values.ravel(), changed.ct.values.ravel()
    np.testing.assert_array_equal(now[~inside], was[~inside])
    np.testing.assert_array_equal(now[inside], 250.0)
    assert applied.voxels == int(inside.sum())
    assert changed.plan_dose is case.plan_dose


def test_a_couch_shell_keeps_its_filling(case: Case) -> None:
    """The inner of two nested structures holds within the outer, whatever their order."""
    shell, filling = (
        block("CouchSurface", Override("HU", -300.0)),
        block("CouchInterior", Override("HU", -987.5), half=0.5),
    )
    for order in ((shell, filling), (filling, shell)):
        changed, _ = apply_overrides(given(case, *order), CURVE)
        values, counts = np.unique(changed.ct.values[np.isin(changed.ct.values, (-300, -987.5))], return_counts=True)
        assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {
            -987.5: 8 * 8**2,
            -300.0: 8 * (16**2 - 8**2),
        }


def test_structures_that_overlap_partly_are_refused(case: Case) -> None:
    one, other = block("One", Override("HU", 0.0)), block("Other", Override("HU", 500.0), x_mm=20.0)
    with pytest.raises(RefusedError, match="must not overlap partly, found "):
        apply_overrides(given(case, one, other), CURVE)
    same = replace(other, override=Override("REL_MASS_DENSITY", 1.0))  # 0 HU too
    assert len(apply_overrides(given(case, one, same), CURVE)[1]) == 2


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        (Override("EFFECTIVE_Z", 7.4), "says no density"),
        (Override("REL_STOP_RATIO", 1.0), "says no density"),
        (Override("REL_MASS_DENSITY", None), "without a value"),
        (Override("REL_MASS_DENSITY", 7.9), "beyond the 2.8"),
        (Override("REL_ELEC_DENSITY", 6.6), "beyond the 2.8"),
        (Override("REL_ELEC_DENSITY", -0.1), "beyond"),
    ],
)
def test_what_cannot_be_put_into_the_ct_is_refused(case: Case, override: Override, reason: str) -> None:
    fault = fault_of(override, CURVE)
    assert fault is not None
    assert reason in fault
    unchanged, verdict = with_overrides(given(case, block("Implant", override)), CARD)
    assert verdict.outcome is Outcome.REFUSE
    assert f"Implant: {fault}" in verdict.found
    assert unchanged.ct is case.ct


def test_a_card_without_calibration_takes_ct_numbers_only() -> None:
    assert fault_of(Override("REL_MASS_DENSITY", 1.0), None) is not None
    assert fault_of(Override("HU", 40.0), None) is None
    assert hu_of(Override("HU", 40.0), None) == 40.0


def test_applied_values_are_told(case: Case) -> None:
    changed, verdict = with_overrides(given(case, block("Bolus", Override("REL_ELEC_DENSITY", 1.0))), CARD)
    assert verdict.outcome is Outcome.WARN
    assert verdict.found == "Bolus taken for electron density 1 relative to water: 0 HU in 32.0 cm3 of the CT"
    assert changed.ct is not case.ct
    assert with_overrides(given(case, block("Organ", None)), CARD)[1].outcome is Outcome.PASS


def test_a_structure_without_contours_changes_nothing(case: Case) -> None:
    empty = replace(block("Empty", Override("EFFECTIVE_Z", 7.0)), contours_mm=())
    assert with_overrides(given(case, empty), CARD)[1].found == "none assigned"


def test_the_card_holds_the_planning_systems_calibration() -> None:
    hu = np.linspace(-1000, 3100, 83)
    assert isinstance(CURVE, CtCalibration)
    np.testing.assert_allclose(np.interp(hu, CURVE.hu, CURVE.g_cm3), density_from_hu(hu.astype(np.float32)), atol=1e-6)
