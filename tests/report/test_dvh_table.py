"""Which structures have a histogram, and what is said of the others and of those that the dose covers in part."""

from __future__ import annotations

import re
from typing import Any

import jinja2
import numpy as np
import pytest

from esapi_bridge.case import Dose, DoseKind, Grid, Structure
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.slabs import solid_of
from esapi_bridge.case.structure import UnusableStructureError
from esapi_bridge.report.curves import dvh_figure
from esapi_bridge.report.dvh import MOST_SAMPLES, _lattice, make_dvhs
from esapi_bridge.report.dvh_table import DvhTable, dvh_table
from tests.cases import ellipse, gray

HEIGHTS_MM = np.arange(-28.75, 29, 2.5)  # 60 mm


def dose(lowest_mm: float = -60.0) -> Dose:
    """10 Gy everywhere, from `lowest_mm` on (outer face)."""
    grid = Grid((25, 25, round((60 - lowest_mm) / 5)), (5.0, 5.0, 5.0), (-60.0, -60.0, lowest_mm + 2.5))
    return Dose(gray(np.full(grid.shape, 10.0), grid), DoseKind.PLAN)


def cylinder(number: int = 1, name: str = "PTV", heights=HEIGHTS_MM, **changes) -> Structure:
    return Structure(number, name, "PTV", (255, 0, 0), ellipse((0, 0), (20, 20), heights), **changes)


def table(*structures: Structure, lowest_mm: float = -60.0) -> DvhTable:
    return dvh_table([DoseSet("Input", dose()), DoseSet("DDN", dose(lowest_mm))], structures, 2.5)


@pytest.mark.parametrize(("lowest_mm", "share"), [(-60.0, 0.0), (-10.0, 1 / 3), (0.0, 0.5), (25.0, 55 / 60)])
def test_what_lies_outside_the_dose_is_not_zero_but_stated(lowest_mm: float, share: float) -> None:
    found = table(cylinder(), lowest_mm=lowest_mm)
    whole, part = found.rows[0][1]
    assert whole.outside == 0
    assert part.outside == pytest.approx(share, abs=0.02)
    assert (part.mean_gy, part.dose_at_gy(98), part.dose_at_gy(2)) == (10, 10, 10)
    assert part.volume_cm3 == whole.volume_cm3 == pytest.approx(np.pi * 400 * 60 / 1000, rel=0.002)
    assert found.partly_outside == (share > 0)


def test_structures_without_a_histogram_are_listed_with_the_reason() -> None:
    tilted = [c + np.outer(c[:, 1], [0, 0, 0.1]) for c in ellipse((0, 0), (20, 20), HEIGHTS_MM)]
    found = table(
        cylinder(),
        Structure(2, "Rectum_auto", "ORGAN", (0, 0, 0), ()),
        Structure(3, "Marker", "", (0, 0, 0), (), left_out=("contours of type POINT: 1",)),
        Structure(4, "Tilted", "", (0, 0, 0), tuple(tilted)),
        cylinder(5, "Far", HEIGHTS_MM - 200),
        Structure(6, "Line", "", (0, 0, 0), (np.array([[0.0, 0, 0], [9, 0, 0]]),)),
        Structure(7, "Crossing", "", (0, 0, 0), (*cylinder().contours_mm, *ellipse((20, 0), (20, 20), HEIGHTS_MM))),
    )
    assert [structure.name for structure, _ in found.rows] == ["PTV"]
    reasons = {structure.name: reason for structure, reason in found.not_shown}
    assert reasons["Rectum_auto"] == "no contours"
    assert reasons["Marker"] == "no contours; contours of type POINT: 1"
    assert "parallel" in reasons["Tilted"]
    assert reasons["Far"] == "lies outside the dose grid"
    assert "no contours" in reasons["Line"]
    assert "volume of its contours" in reasons["Crossing"]


@pytest.mark.parametrize("heights", [[0.0], [0.0, 0.01], [0.0, 0.01, 0.3, 2.5, 2.9, 400.0], np.arange(0, 9, 0.11)])
def test_a_lattice_never_outgrows_its_samples(heights) -> None:
    for radii in ((150.0, 150.0), (3000.0, 0.3), (0.3, 3000.0)):
        structure = Structure(1, "S", "", (0, 0, 0), ellipse((0, 0), radii, np.asarray(heights)))
        grid = _lattice(solid_of(structure, slice_mm=2.5))
        assert np.prod(grid.size) <= 8 * MOST_SAMPLES


def test_a_structure_outside_any_of_the_doses_has_no_histogram() -> None:
    with pytest.raises(UnusableStructureError, match="structure 1: lies outside"):
        make_dvhs([dose(), dose(40.0)], cylinder(), 2.5)


def page(found: DvhTable) -> str:
    """What the page shows of the table, without its markup."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("esapi_bridge.report"), autoescape=True)
    macros: Any = environment.get_template("parts.html.j2").module
    sets = [DoseSet("Input", dose()), DoseSet("DDN", dose())]
    return re.sub(r"<[^>]*>", " ", f"{macros.dvh_rows(sets, found)}{macros.not_shown(found)}")


def test_the_page_marks_what_is_of_a_part_only_and_lists_what_is_not_shown() -> None:
    whole = page(table(cylinder()))
    assert "75.3" in whole  # pi 20^2 60 mm3
    assert "*" not in whole
    assert "Not shown" not in whole
    part = page(table(cylinder(), Structure(2, "Rectum_auto", "", (0, 0, 0), ()), lowest_mm=0.0))
    assert part.count("10.000*") == 4
    assert "50.0 %" in part
    assert "Not shown: Rectum_auto: no contours." in part


def test_the_share_outside_stands_beside_the_curve() -> None:
    found = table(cylinder(), lowest_mm=0.0)
    figure = dvh_figure([("DDN", [dvhs[1] for _, dvhs in found.rows])])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["DDN", "PTV (75.3 cm³, 50% outside the dose)"]
