"""What is said of the contours of a case before a network is run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, DoseKind, Grid, Structure
from esapi_bridge.case.structure import UNREAD
from esapi_bridge.checks.structures import MOST_NAMED, check_structures
from esapi_bridge.checks.verdict import Verdict
from tests.cases import ellipse, gray
from tests.tasks.fluence_case import make_case

HEIGHTS_MM = np.arange(-37.5, 60, 5.0)


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case()


def organ(number: int, heights=HEIGHTS_MM, kind: str = "ORGAN", **changes) -> Structure:
    return Structure(number, "Doe^Jane", kind, (0, 0, 0), ellipse((0, 0), (20, 20), np.asarray(heights)), **changes)


def of(case: Case) -> Dose:
    assert case.plan_dose is not None
    return case.plan_dose


def verdicts(case: Case, *structures: Structure, doses: tuple[Dose, ...] | None = None) -> tuple[Verdict, Verdict]:
    given = doses or (of(case),)
    contours, cover = check_structures(replace(case, structures=structures), given)
    assert "Doe" not in f"{contours}{cover}"
    return contours, cover


def test_sound_structures_pass(case: Case) -> None:
    contours, cover = verdicts(case, organ(1), organ(2))
    assert (contours.outcome.value, contours.found) == ("pass", "2 such structures")
    assert (cover.outcome.value, cover.found) == ("pass", "all of them")


def test_structures_without_closed_contours_are_noted(case: Case) -> None:
    points = organ(4, [], left_out=("contours of type POINT: 1",))
    contours, _ = verdicts(case, organ(1), organ(2, []), organ(7, []), points)
    said = "ROI 4: contours of type POINT: 1; without contours: ROI 2, 7"
    assert (contours.outcome.value, contours.found) == ("pass", said)


def test_a_structure_that_could_not_be_read_warns(case: Case) -> None:
    contours, _ = verdicts(case, organ(1), organ(2, [], left_out=(f"{UNREAD}a reason",)))
    assert (contours.outcome.value, contours.found) == ("warn", "ROI 2: contours not read: a reason")


@pytest.mark.parametrize(
    ("structure", "found"),
    [
        (organ(3, left_out=("contours of type POINT: 2",)), "ROI 3: contours of type POINT: 2"),
        (organ(3, [0, 5, 10, 40, 45]), "ROI 3: gaps in height that part it: 1"),
        (organ(3, [0, 5, 10, 20, 25]), "ROI 3: slices without contours, filled from those beside them: 1"),
        (replace(organ(3), contours_mm=organ(3).contours_mm * 2), "ROI 3: contours stored twice, counted once: 20"),
        (replace(organ(3), contours_mm=(np.array([[0, 0, 0], [9, 0, 0], [9, 9, 1.0]]),)), "ROI 3: contours must be"),
    ],
)
def test_what_was_left_aside_or_assumed_warns(case: Case, structure: Structure, found: str) -> None:
    contours, _ = verdicts(case, organ(1), structure)
    assert contours.outcome.value == "warn"
    assert contours.found.startswith(found)


def test_a_long_list_ends(case: Case) -> None:
    many = [organ(n, [0.0, 40.0]) for n in range(1, 60)]
    contours, _ = verdicts(case, *many)
    assert contours.found.count("ROI") == MOST_NAMED
    assert contours.found.endswith(f"and {59 - MOST_NAMED} more")


def cut(case: Case, planes: slice) -> Dose:
    dose = of(case)
    x, y, z = dose.grid.to_patient((0, 0, range(dose.grid.size[2])[planes][0]))
    values = dose.gy[planes]
    return Dose(gray(values, Grid((*dose.grid.size[:2], len(values)), dose.grid.spacing_mm, (x, y, z))), DoseKind.PLAN)


def test_the_share_outside_the_dose_warns(case: Case) -> None:
    """The dose cut to begin at -12.5 mm leaves out 27.5 mm of a structure from -40 to 60 mm."""
    dose = cut(case, slice(8, None))
    assert dose.grid.origin_mm[2] - 2.5 == pytest.approx(-12.5)
    _, cover = verdicts(case, organ(4), organ(5, [20, 25, 30]), doses=(dose,))
    assert (cover.outcome.value, cover.found) == ("warn", "outside it: 27.5% of ROI 4")
    _, cover = verdicts(case, organ(4), doses=(of(case), dose))
    assert cover.outcome.value == "warn"
    _, cover = verdicts(case, organ(4, kind="EXTERNAL"), doses=(dose,))
    assert (cover.outcome.value, cover.found) == ("pass", "outside it: 27.5% of ROI 4")
