"""Every statement of a model's card that limits its use has a check that reads it, and every such check works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_origin

import numpy as np
import pytest
import yaml
from pydantic import BaseModel

from dosenet.depth_fall import EnergyFall
from dosenet.likeness import FEATURES, TOGETHER, Likeness
from dosenet.weights import weights_root as dose_weights
from esapi_bridge.case import Beam, Case, ControlPoint, FieldKind, Override, PatientPosition
from esapi_bridge.checks import Outcome, Verdict, check_input
from esapi_bridge.checks.fluence import check_fluence_plan
from esapi_bridge.checks.overrides import with_overrides
from esapi_bridge.errors import BridgeError
from esapi_bridge.models import DoseCard, FluenceCard, find_model
from fluencenet.weights import weights_root as fluence_weights
from tests.checks.test_checks import CARD, with_beams
from tests.checks.test_fluence import CARD as FLUENCE_CARD
from tests.report.synthetic import make_case
from tests.tasks.conftest import make_model
from tests.tasks.fluence_case import make_case as make_fluence_case

DESCRIPTIVE = {
    "name", "version", "task", "preset", "summary", "weights.file", "weights.sha256", "training", "metrics",
    "known_failures", "intended_use", "inputs.dose.unit", "inputs.ct.unit", "output.unit", "output.spacing_mm",
    "output.algorithm", "output.medium", "intervals", "use.mu_per_fluence",
}  # fmt: skip
"""What a card says of itself, in one unit only, or of its output; it forbids no plan."""

DOSE_CHECKS = {
    "inputs.dose.per": "dose_source",
    "inputs.dose.spacing_mm": "dose_grid",
    "inputs.dose.algorithms": "algorithm",
    "inputs.dose.depth_fall": "energy_of_dose",
    "inputs.ct.range": "ct_range",
    "inputs.ct.calibration": "overrides",
    "likeness": "likeness",
    "valid_for.energies": "energy",
    "valid_for.machines": "machine",
    "valid_for.techniques": "technique",
    "valid_for.patient_positions": "orientation",
    "valid_for.sites": "site",
    "valid_for.kinds": "kind",
    "valid_for.apertures": "aperture",
    "valid_for.leaf_width_mm": "leaf_width",
    "valid_for.accessories": "accessories",
    "valid_for.field_size_mm": "field_size",
    "valid_for.ct_hu": "ct_trained",
    "valid_for.prescription_gy": None,
}
"""The check that reads each statement of a dose network's card; None: the network is given shares of the maximum."""

FLUENCE_CHECKS = {
    **{name: check for name, check in DOSE_CHECKS.items() if name.startswith("valid_for.")},
    "valid_for.techniques": "standing_gantry",
    "valid_for.patient_positions": "arrangement",
    "valid_for.prescription_gy": "fraction_dose",
    "use.fields": "fields",
    "use.gantry_deg": "arrangement",
    "use.optional_labels": "structure Rectum",
}

KNOWN_FAILURES = {
    "Not trained on doses of Eclipse": "algorithm",
    "Wedges, blocks, cones and bolus were never seen": "accessories",
    "Metal and CT numbers above 1600 HU": "ct_trained",
    "Planes at the very end of a field": None,
    "In small parts of a body": None,
    "Trained for a small part of what the paper did": None,
    "Trained and tested on phantoms": None,
    "Other numbers or angles of fields, other energies": "fields",
    "Knows no densities, so large gas or metal": "ct_trained",
    "Knows contours but no densities": "ct_trained",
    "A predicted dose need not be one": None,
    "A dose that no set of these fields can make": None,
}
"""The check that stops or warns of each known failure of the networks here; None: it is of no plan's making."""


def leaves_of(kind: type[BaseModel], before: str = "") -> Iterator[str]:
    """Names of every statement of a card, parts within parts."""
    for name, field in kind.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from leaves_of(inner, f"{before}{name}.")
        else:
            assert not any(isinstance(a, type) and issubclass(a, BaseModel) for a in get_args(inner)), get_origin(inner)
            yield before + name


@pytest.mark.parametrize(("kind", "checks"), [(DoseCard, DOSE_CHECKS), (FluenceCard, FLUENCE_CHECKS)])
def test_every_statement_has_a_check_and_every_check_a_statement(
    kind: type[BaseModel], checks: Mapping[str, str | None]
) -> None:
    assert set(leaves_of(kind)) - DESCRIPTIVE == set(checks)


def told(card: Any, name: str, value: object) -> Any:
    """A card that says something else."""
    first, *rest = name.split(".")
    inner = told(getattr(card, first), ".".join(rest), value) if rest else value
    return card.model_copy(update={first: inner})


def with_leaves(case: Case) -> Case:
    def fitted(point: ControlPoint) -> ControlPoint:
        jaws = point.jaws
        return replace(point, leaves_mm=np.array([[jaws.x1_mm, jaws.x1_mm + 20.0], [jaws.x2_mm, jaws.x2_mm]]))

    def shaped(beam: Beam) -> Beam:
        points = tuple(fitted(point) for point in beam.control_points)
        return replace(beam, control_points=points, mlc_boundaries_mm=np.array([-200.0, 0.0, 200.0]))

    return replace(case, plan=replace(case.plan, beams=tuple(shaped(beam) for beam in case.plan.beams)))


def of_water(case: Case) -> Case:
    """Without lungs, which let a beam through that has hardly lost anything."""
    values = np.where(case.ct.values > -900.0, 0.0, case.ct.values).astype(np.float32)
    return replace(case, ct=replace(case.ct, values=values))


def with_dense(case: Case, hu: float = 3071.0) -> Case:
    values = case.ct.values.copy()
    points = np.rint(case.ct.grid.to_index(case.plan.beams[0].isocentre_mm)).astype(int)
    i, j, k = points
    values[k - 4 : k + 4, j - 4 : j + 4, i - 4 : i + 4] = hu
    return replace(case, ct=replace(case.ct, values=values))


def assigned(case: Case) -> Case:
    first, *rest = case.structures
    return replace(case, structures=(*rest, replace(first, override=Override("REL_MASS_DENSITY", 1.0))))


def same(case: Case) -> Case:
    return case


def like_within(spread: float, warn: float, refuse: float) -> Likeness:
    """A training whose figures were around 0, all independent."""
    figures, alone = dict.fromkeys(FEATURES, spread), tuple(map(tuple, np.eye(len(FEATURES)).tolist()))
    usual = dict.fromkeys((*FEATURES, TOGETHER), 1.0)
    return Likeness(dict.fromkeys(FEATURES, 0.0), figures, alone, usual, warn, refuse, 3, 9)


DOSE_CASES: list[tuple[str, object, Callable[[Case], Case], str]] = [
    ("inputs.dose.per", "plan", same, "warn"),
    ("inputs.dose.spacing_mm", (2.5, 2.5, 2.5), same, "refuse"),
    ("inputs.dose.algorithms", ("AAA",), same, "refuse"),
    ("inputs.dose.depth_fall", {"10X-FFF": EnergyFall(0.08, -0.004, 0.001, 50)}, of_water, "refuse"),
    ("inputs.dose.depth_fall", {"6X": EnergyFall(0.08, -0.004, 0.001, 50)}, of_water, "pass"),
    ("inputs.ct.range", (-1000, 300), same, "warn"),
    ("inputs.ct.calibration", (), assigned, "refuse"),
    ("inputs.ct.calibration", ((-1000.0, 0.00121), (0.0, 1.0)), assigned, "warn"),
    ("likeness", like_within(1e3, 1.0, 2.0), same, "pass"),
    ("likeness", like_within(1e3, 1e-6, 2.0), same, "warn"),
    ("likeness", like_within(1e-3, 1.0, 2.0), same, "refuse"),
    ("valid_for.energies", ("6X",), same, "refuse"),
    ("valid_for.machines", ("Halcyon",), same, "refuse"),
    ("valid_for.techniques", ("ARC",), same, "refuse"),
    ("valid_for.patient_positions", ("FFS",), same, "refuse"),
    ("valid_for.sites", ("pelvis",), same, "pass"),
    ("valid_for.kinds", ("open", "plan"), same, "pass"),
    ("valid_for.kinds", ("conformal", "arc"), same, "refuse"),
    ("valid_for.kinds", ("open",), with_leaves, "refuse"),
    ("valid_for.kinds", ("open", "conformal"), with_leaves, "pass"),
    ("valid_for.leaf_width_mm", (5, 10), same, "pass"),
    ("valid_for.leaf_width_mm", (5, 10), with_leaves, "warn"),
    ("valid_for.leaf_width_mm", (5, 200), with_leaves, "pass"),
    ("valid_for.apertures", ("jaws",), with_leaves, "refuse"),
    ("valid_for.apertures", ("jaws", "leaves"), with_leaves, "pass"),
    ("valid_for.apertures", (), with_leaves, "pass"),
    ("valid_for.accessories", (), same, "refuse"),
    ("valid_for.accessories", ("applicator stereotactic",), same, "pass"),
    ("valid_for.field_size_mm", (20, 65), same, "warn"),
    ("valid_for.field_size_mm", (20, 50), same, "refuse"),
    ("valid_for.field_size_mm", (80, 200), same, "warn"),
    ("valid_for.field_size_mm", (100, 200), same, "refuse"),
    ("valid_for.field_size_mm", (20, 70), same, "pass"),
    ("valid_for.ct_hu", (-1000, 1600), same, "pass"),
    ("valid_for.ct_hu", (-1000, 1600), with_dense, "refuse"),
    ("valid_for.ct_hu", (-1000, 1600), lambda case: with_dense(case, 2500.0), "warn"),
    ("valid_for.ct_hu", (-1000, 3100), with_dense, "pass"),
]  # fmt: skip


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(1)[0]


def of_dose(case: Case, card: DoseCard) -> dict[str, Verdict]:
    doses = list(case.beam_doses.values())
    accessories = {1: ("applicator stereotactic",)}
    found = check_input(case, card, doses, per_beam=True, accessories=accessories)
    return {verdict.check: verdict for verdict in (*found, with_overrides(case, card)[1])}


@pytest.mark.parametrize(("statement", "value", "edit", "outcome"), DOSE_CASES)
def test_a_statement_of_a_dose_card_counts(
    case: Case, statement: str, value: object, edit: Callable[[Case], Case], outcome: str
) -> None:
    check = DOSE_CHECKS[statement]
    assert check is not None
    assert of_dose(edit(case), told(CARD, statement, value))[check].outcome.value == outcome


def test_no_statement_of_a_dose_card_is_left_untried() -> None:
    assert {case[0] for case in DOSE_CASES} == {name for name, check in DOSE_CHECKS.items() if check}


def test_structures_labels_are_read_by_the_task() -> None:
    """``use.optional_labels`` is read where structures get their labels, see tests/tasks/fluence."""
    assert FLUENCE_CHECKS["use.optional_labels"].startswith("structure ")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("statement", "value", "edit", "outcome"),
    [
        ("use.fields", (5,), same, "refuse"),
        ("use.gantry_deg", (90.0,), same, "warn"),
        ("valid_for.energies", ("6X",), same, "refuse"),
        ("valid_for.machines", ("Halcyon",), same, "refuse"),
        ("valid_for.patient_positions", ("FFS",), same, "warn"),
        ("valid_for.sites", ("head",), same, "pass"),
        ("valid_for.kinds", ("open",), with_leaves, "refuse"),
        ("valid_for.leaf_width_mm", (5, 10), with_leaves, "warn"),
        ("valid_for.apertures", ("jaws",), with_leaves, "refuse"),
        ("valid_for.field_size_mm", (20, 50), same, "refuse"),
        ("valid_for.ct_hu", (-1000, 1600), with_dense, "warn"),
        ("valid_for.prescription_gy", 2.0, same, "pass"),
        ("valid_for.prescription_gy", 8.0, same, "warn"),
    ],
)
def test_a_statement_of_a_fluence_card_counts(
    statement: str, value: object, edit: Callable[[Case], Case], outcome: str
) -> None:
    case = edit(make_fluence_case())
    found = {v.check: v for v in check_fluence_plan(case, told(FLUENCE_CARD, statement, value), case.plan_dose, {})}
    check = FLUENCE_CHECKS[statement]
    assert check is not None
    assert found[check].outcome.value == outcome


@pytest.mark.parametrize("folder", [*dose_weights().iterdir(), *fluence_weights().iterdir()], ids=lambda f: f.name)
def test_the_networks_here_state_what_they_were_trained_on(folder: Path) -> None:
    """Also in words: a known failure that a plan can have is one that a check knows."""
    card = find_model(folder).card
    assert list(card.valid_for.ct_hu or ()) == [-1000, 1600]
    assert not card.valid_for.accessories
    for sentence in card.known_failures:
        (check,) = (check for words, check in KNOWN_FAILURES.items() if sentence.startswith(words))
        assert check is None or check in {*DOSE_CHECKS.values(), *FLUENCE_CHECKS.values()}


def test_the_dose_network_here_was_trained_on_every_kind_of_field_at_five_energies() -> None:
    card = find_model("ddn-lite", "dose").card
    assert card.valid_for.energies == ("6X", "6X-FFF", "10X", "10X-FFF", "15X")
    assert set(card.valid_for.kinds) == set(FieldKind)
    assert set(card.valid_for.apertures) == {"jaws", "leaves"}
    assert set(card.inputs.dose.depth_fall) == set(card.valid_for.energies)
    assert card.valid_for.field_size_mm == (20, 200)


@pytest.mark.parametrize("change", [{"noise_hu": [0, 30]}, {"ct_hu": 1600}, {"ct_hu": [1]}, {"apertures": ["cone"]}])
def test_a_limit_that_no_check_reads_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = make_model(tmp_path / "tiny") / "card.yaml"
    values = yaml.safe_load(path.read_text())
    values["validity"] |= change
    path.write_text(yaml.safe_dump(values))
    with pytest.raises(BridgeError, match="card in tiny"):
        find_model(tmp_path / "tiny")


@pytest.mark.parametrize(
    ("x1", "x2", "refused"),
    [
        (-35.0, 35.0, False),  # behind both jaws
        (-80.0, 90.0, False),  # further out
        (-34.5, 35.0, False),  # fitted in whole millimetres
        (-30.0, 35.0, True),
        (-35.0, 30.0, True),
    ],
)
def test_leaves_count_where_they_stand_within_the_jaws(case: Case, x1: float, x2: float, refused: bool) -> None:
    """Pairs above and below the jaws are closed, as planning systems park them."""
    leaves = np.array([[0.0, x1, 0.0], [0.0, x2, 0.0]])
    point = replace(case.plan.beams[0].control_points[0], leaves_mm=leaves)
    changed = with_beams(case, control_points=(point,), mlc_boundaries_mm=np.array([-200.0, -35.0, 35.0, 200.0]))
    outcome = of_dose(changed, told(CARD, "valid_for.apertures", ("jaws",)))["aperture"].outcome
    assert outcome is (Outcome.REFUSE if refused else Outcome.PASS)


def test_positions_are_all_known() -> None:
    assert set(find_model("dual-frame-lite").card.valid_for.patient_positions) == set(PatientPosition)
