"""Fields offered to plans that have none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Case
from esapi_bridge.case.folder import write_case
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.worker.tasks import all_tasks
from tests.tasks.fluence_case import GANTRY_DEG, PTV_CENTRE, PTV_RADII, make_case, make_dose_model, make_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return {"model": str(make_model(folder / "tiny")), "dose_model": str(make_dose_model(folder / "tiny-dose"))}


def empty(**changes: object) -> Case:
    return replace(make_case(beams=(), **changes), plan_dose=None)


def offered(case: Case, folder: Path, options: Mapping[str, object]) -> dict[str, Any]:
    out = folder / "out"
    out.mkdir()
    given = {"machine": "TrueBeam", "energy": "15X", **options}
    all_tasks()["fields"](write_case(case, folder / "case"), out, given, lambda *_: None)
    described: dict[str, Any] = json.loads((out / "result.json").read_text())
    return described


def test_the_cards_fields_go_around_the_ptv(networks: dict[str, str], tmp_path: Path) -> None:
    result = offered(empty(), tmp_path, networks)
    assert (result["task"], result["target"]) == ("fields", "PTV_44")
    # An ellipsoid about this point, drawn on planes every 5 mm.
    assert np.abs(np.array(result["isocentre_mm"]) - PTV_CENTRE).max() <= 2.5
    assert [field["gantry_deg"] for field in result["fields"]] == list(GANTRY_DEG)
    assert [field["name"] for field in result["fields"]][:2] == ["G000", "G051"]
    front = result["fields"][0]
    # From the front the shadow has the ellipsoid's width and length, a little more by divergence, and 10 mm beside.
    for low, high, radius in (("x1_mm", "x2_mm", PTV_RADII[0]), ("y1_mm", "y2_mm", PTV_RADII[2])):
        assert (front[high] - front[low]) / 2 == pytest.approx(radius + 10.0, abs=3.5)


@pytest.mark.parametrize(
    ("change", "options", "refused"),
    [
        ({"prescription_gy": None}, {}, "prescription: expected dose and fractions stated"),
        ({}, {"energy": "6X"}, "energy: expected 15X, found 6X"),
        ({}, {"machine": "Other"}, "prediction_machine: expected TrueBeam, found Other"),
        ({}, {"structures": {"PTV": "Nobody"}}, "structure PTV: expected Nobody"),
    ],
)
def test_what_the_networks_do_not_know_is_refused(
    change: dict[str, object], options: dict[str, object], refused: str, networks: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match=refused):
        offered(empty(**change), tmp_path, {**networks, **options})
    assert list((tmp_path / "out").iterdir()) == []


def test_contours_of_another_ct_are_refused(networks: dict[str, str], tmp_path: Path) -> None:
    case = empty()
    x, y, z = case.ct.grid.origin_mm
    elsewhere = replace(case.ct, grid=replace(case.ct.grid, origin_mm=(x + 200.0, y, z)))
    with pytest.raises(RefusedError, match="contours_on_ct: expected body and PTV drawn on this CT"):
        offered(replace(case, ct=elsewhere), tmp_path, networks)


def test_without_a_network_no_fields_are_offered(
    networks: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esapi_bridge.tasks.fluence.wanted_dose.list_models", lambda _: [])
    with pytest.raises(
        RefusedError, match="wanted_dose: expected a network whose card names gantry angles, found none"
    ):
        offered(empty(), tmp_path, {**networks, "dose_model": None})


def test_what_is_no_photon_energy_is_refused(networks: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="a photon energy is written as 6X or 10X-FFF, found 9E"):
        offered(empty(), tmp_path, {**networks, "energy": "9E"})
