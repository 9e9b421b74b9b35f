"""What a page's view of fluences reads is what the maps hold, and outlines are where the source sees the structures."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Beam, FluenceMap, PatientPosition, Structure
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.report.fluence_view import fluence_view
from esapi_bridge.report.silhouette import VOXEL_MM, silhouette_mm, surface_mm
from tests.cases import ellipse, open_beam
from tests.report.test_dvh import sphere

HFS = PatientPosition.HFS


def view(beams: list[Beam], clinical: dict[int, FluenceMap], structures: tuple[Structure, ...] = ()) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(fluence_view(beams, clinical, structures, HFS, 2.5), allow_nan=False))
    return data


def unpacked(kept: dict[str, Any], step: float) -> FluenceMap:
    values = np.frombuffer(base64.b64decode(kept["values"]), "<i2").reshape(kept["rows"], kept["columns"])
    return FluenceMap((values * step).astype(np.float32), kept["x_mm"], kept["y_mm"], kept["spacing_mm"])


def at(fluence: FluenceMap, x_mm: float, y_mm: float) -> float:
    """Value of the pixel that holds a place; nothing beside the map."""
    column = round((x_mm - fluence.x_origin_mm) / fluence.spacing_mm)
    row = round((fluence.y_origin_mm - y_mm) / fluence.spacing_mm)
    rows, columns = fluence.values.shape
    return float(fluence.values[row, column]) if 0 <= row < rows and 0 <= column < columns else 0.0


@pytest.fixture
def beam() -> Beam:
    values = np.zeros((30, 40), np.float32)
    values[7:19, 11:30] = np.random.default_rng(5).uniform(0.02, 1.2, (12, 19))
    return replace(open_beam(4, 40.0, 45.0), fluence=FluenceMap(values, -48.75, 36.25))


def test_every_pixel_is_kept_where_it_is_to_the_last_digit(beam: Beam) -> None:
    data = view([beam], {})
    (field,) = data["fields"]
    assert set(field["maps"]) == {"network"}
    kept = unpacked(field["maps"]["network"], data["step"])
    assert kept.values.shape == (12, 19), "what is zero all around is cut"
    assert data["step"] == 1e-4
    assert beam.fluence is not None
    for x_mm in np.arange(-60.0, 60.0, 2.5) + 1.25:
        for y_mm in np.arange(-50.0, 50.0, 2.5) + 1.25:
            assert at(kept, x_mm, y_mm) == pytest.approx(at(beam.fluence, x_mm, y_mm), abs=0.5001 * data["step"])


def test_the_difference_is_of_the_maps_and_not_of_their_rounded_values(beam: Beam) -> None:
    assert beam.fluence is not None
    clinical = replace(beam.fluence, values=(beam.fluence.values * 0.9).astype(np.float32))
    data = view([beam], {4: clinical})
    kept = {kind: unpacked(m, data["step"]) for kind, m in data["fields"][0]["maps"].items()}
    assert set(kept) == {"network", "clinical", "difference"}
    wanted = beam.fluence.values[7:19, 11:30].astype(np.float64) - clinical.values[7:19, 11:30]
    np.testing.assert_allclose(kept["difference"].values, wanted, atol=0.51 * data["step"])


def test_a_high_fluence_costs_a_digit_and_not_its_top(beam: Beam) -> None:
    assert beam.fluence is not None
    high = replace(beam, fluence=replace(beam.fluence, values=beam.fluence.values * 10))
    data = view([high], {})
    assert data["step"] == 1e-3
    kept = unpacked(data["fields"][0]["maps"]["network"], data["step"])
    assert kept.values.max() == pytest.approx(10 * float(beam.fluence.values.max()), abs=0.51e-3)


def test_a_map_of_zeros_is_shown(beam: Beam) -> None:
    data = view([replace(beam, fluence=FluenceMap(np.zeros((5, 5), np.float32), 0.0, 0.0))], {})
    assert not unpacked(data["fields"][0]["maps"]["network"], data["step"]).values.any()


def polar(lines: list[np.ndarray], centre: np.ndarray) -> np.ndarray:
    away: np.ndarray = np.hypot(*(np.concatenate(lines) - centre).T)
    return away


@pytest.mark.parametrize(("gantry", "collimator", "couch"), [(0, 0, 0), (90, 30, 0), (40, 75, 20)])
def test_a_sphere_is_seen_as_its_shadow(gantry: float, collimator: float, couch: float) -> None:
    """Near the axis the shadow of a sphere is a circle of R D / sqrt(D^2 - R^2), magnified by SAD / D."""
    beam = open_beam(1, gantry, 50.0, (12.0, -8.0, 6.0))
    point = replace(beam.control_points[0], collimator_deg=collimator, couch_deg=couch)
    frame = beam_frame(replace(beam, control_points=(point,)), HFS)
    radius = 20.0
    lines = silhouette_mm(*surface_mm(sphere(radius, 2.5), 2.5), frame)
    distance = float(np.linalg.norm(frame.source_mm))  # the sphere lies in the origin
    along = float(-frame.source_mm @ frame.axes[2])
    shadow = frame.sad_mm / along * radius * distance / np.sqrt(distance**2 - radius**2)
    away = polar(lines, frame.project(np.zeros(3)))
    assert len(lines) == 1
    assert np.array_equal(lines[0][0], lines[0][-1]), "closed"
    assert away.mean() == pytest.approx(shadow, abs=VOXEL_MM)
    assert np.ptp(away) < 2 * 2.5, "slices of 2.5 mm"


def test_the_silhouette_of_a_solid_has_no_holes() -> None:
    surface = surface_mm(sphere(45, 2.5), 2.5)
    for gantry in (0, 45, 224, 228, 304, 312, 320):  # where the voxels in front and behind leave pixels between them
        assert len(silhouette_mm(*surface, beam_frame(open_beam(1, gantry, 50.0, (40.0, -30.0, 6.0)), HFS))) == 1


def test_a_tube_seen_from_its_end_has_a_hole_and_from_its_side_none() -> None:
    z = np.arange(-18.75, 19, 2.5)
    tube = Structure(2, "Tube", "ORGAN", (0, 0, 255), (*ellipse((0, 0), (30, 30), z), *ellipse((0, 0), (14, 14), z)))
    surface = surface_mm(tube, 2.5)
    beam = open_beam(1, 90.0, 50.0, (0.0, 0.0, 0.0))
    from_side = beam_frame(beam, HFS)
    from_end = beam_frame(replace(beam, control_points=(replace(beam.control_points[0], couch_deg=90.0),)), HFS)
    assert abs(from_end.axes[2][2]) == pytest.approx(1)
    assert len(silhouette_mm(*surface, from_side)) == 1
    inner, outer = sorted(float(polar([line], np.zeros(2)).mean()) for line in silhouette_mm(*surface, from_end))
    assert inner == pytest.approx(14, abs=VOXEL_MM)
    assert outer == pytest.approx(30, abs=VOXEL_MM)


def test_structures_are_outlined_but_not_the_body(beam: Beam) -> None:
    body = replace(sphere(30, 2.5), number=9, dicom_type="EXTERNAL")
    empty = Structure(5, "Empty", "", (0, 0, 0), ())
    data = view([beam], {}, (body, sphere(20, 2.5), empty))
    assert [s["number"] for s in data["structures"]] == [1]
    (line,) = data["fields"][0]["outlines"]["1"]
    x_mm, y_mm = np.reshape(line, (-1, 2)).T * data["outline_step_mm"]
    assert np.ptp(x_mm) == pytest.approx(40, abs=2)
    assert np.ptp(y_mm) == pytest.approx(40, abs=2)
