"""Contours as they come to a fluence network: strays change nothing, what cannot be filled is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case, Structure
from esapi_bridge.case.structure import UNREAD
from esapi_bridge.errors import RefusedError
from esapi_bridge.tasks.fluence import scene
from esapi_bridge.tasks.fluence.run import FluenceRun
from esapi_bridge.tasks.fluence.structure_names import label_structures, read_table
from esapi_bridge.tasks.networks import Networks
from tests.tasks.fluence_case import ORGANS, PTV_CENTRE, PTV_RADII, make_case, make_model, ring

PTV = 20


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


def changed(case: Case, number: int, edit: Callable[[Structure], Structure]) -> Case:
    return replace(case, structures=tuple(edit(s) if s.number == number else s for s in case.structures))


def contours(edit: Callable[[tuple[np.ndarray, ...]], list[np.ndarray]]) -> Callable[[Structure], Structure]:
    return lambda structure: replace(structure, contours_mm=tuple(edit(structure.contours_mm)))


def masks(case: Case) -> dict[str, np.ndarray]:
    found = label_structures(case.structures, read_table(), ("Avoidance",)).structures
    return scene.label_masks(found, scene.label_grid(found), case.slice_mm)


def raised(contour: np.ndarray, by_mm: float) -> np.ndarray:
    moved: np.ndarray = contour + np.array([0.0, 0.0, by_mm])
    return moved


@pytest.mark.parametrize("number", [1, 9, PTV])
@pytest.mark.parametrize(
    "edit",
    [
        lambda found: [*found, raised(found[3], 0.01)],
        lambda found: [*found, raised(found[3], 0.4)],
        lambda found: [*found, *(raised(c, -0.7) for c in found[1:])],
        lambda found: [c for c in found for _ in range(2)],
        lambda found: [*found, found[2][:2], found[2][:1]],
    ],
    ids=["rounded apart", "left over", "left over beside every plane", "stored twice", "points and lines"],
)
def test_strays_and_copies_change_no_voxel(case: Case, number: int, edit) -> None:
    clean, found = masks(case), masks(changed(case, number, contours(edit)))
    assert {label for label in clean if not np.array_equal(clean[label], found[label])} == set()


def test_a_slice_that_was_not_drawn_changes_no_organ_that_is_the_same_above_and_below(case: Case) -> None:
    clean = masks(case)
    found = masks(changed(case, 7, contours(lambda c: [*c[:3], *c[4:]])))
    assert all(np.array_equal(clean[label], found[label]) for label in clean)


def _oblique(structure: Structure) -> Structure:
    return contours(lambda found: [c + np.outer(c[:, 1], [0, 0, np.tan(np.radians(2))]) for c in found])(structure)


def _crossing(structure: Structure) -> Structure:
    beside = [ring(PTV_CENTRE[:2] + np.array([30.0, 0.0]), PTV_RADII[:2], c[0, 2]) for c in structure.contours_mm]
    return contours(lambda found: [*found, *beside])(structure)


def _unread(structure: Structure) -> Structure:
    return replace(structure, contours_mm=(), left_out=(f"{UNREAD}a reason",))


def _speck(structure: Structure) -> Structure:
    """Between the voxels, which are 2.5 mm apart."""
    triangle = np.array([[1.3, 44.1, 1.4], [1.5, 44.1, 1.4], [1.5, 44.3, 1.4]])
    return replace(structure, contours_mm=(triangle,))


REFUSED = {
    "oblique body": (1, _oblique, "structure 1: contours must be parallel"),
    "oblique organ": (9, _oblique, "structure 9: contours must be parallel"),
    "PTV whose contours cross": (PTV, _crossing, "structure 20: its mask must have the volume of its contours"),
    "PTV not read": (PTV, _unread, "structure PTV: .*ROI 20, contours not read: a reason"),
    "organ not read": (9, _unread, "structure .*ROI 9, contours not read: a reason"),
    "PTV of lines": (PTV, contours(lambda found: [c[:2] for c in found]), "structure 20 must enclose a volume"),
    "organ between voxels": (6, _speck, "structure PenileBulb must enclose voxels of 2.5 mm, found none"),
    "stray contour of the body": (
        1, contours(lambda found: [*found, found[0] + np.array([9000.0, 9000.0, 0.0])]), "look for stray ones",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_filled_is_refused_before_the_network(name: str, case: Case, model: Path, monkeypatch) -> None:
    number, edit, message = REFUSED[name]
    monkeypatch.setattr(Networks, "get", lambda *_: pytest.fail("the network was loaded"))
    with pytest.raises(RefusedError, match=message):
        FluenceRun(str(model), Networks()).calculate(changed(case, number, edit), read_table())
    assert list(ORGANS)[4] == "PenileBulb"
