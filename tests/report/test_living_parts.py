"""Histograms and fluences of a page in a real browser: what is read out is what the arrays hold."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from esapi_bridge.case import Beam, FluenceMap, PatientPosition
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.resample import sample_fluence
from esapi_bridge.report.dvh_chart import dvh_chart
from esapi_bridge.report.dvh_table import DvhTable, dvh_table
from esapi_bridge.report.fluence_view import fluence_view
from esapi_bridge.report.page import render
from tests.cases import open_beam
from tests.report.browser import OpenedPage, chromium
from tests.report.test_dvh import gradient, sphere

pytestmark = pytest.mark.slow

EXTENT_MM = "JSON.parse(document.getElementById('fluence-view-data').textContent).extent_mm"


@dataclass(frozen=True)
class Shown:
    """What the page shows."""

    path: Path
    beams: tuple[Beam, ...]
    clinical: dict[int, FluenceMap]
    table: DvhTable


def beam(number: int, gantry: float) -> Beam:
    values = np.zeros((24, 30), np.float32)
    values[4:20, 6:25] = np.random.default_rng(number).uniform(0.05, 1.1, (16, 19))
    return replace(open_beam(number, gantry, 30.0), fluence=FluenceMap(values, -36.25, 28.75))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    structures = [sphere(20, 2.5), replace(sphere(12, 2.5, (3, 3)), number=2, name="Inner <b>", colour=(20, 20, 60))]
    sets = [DoseSet("Input", gradient()), DoseSet("DDN", gradient(per_mm=0.08)), DoseSet("Reference", gradient(axis=1))]
    table = dvh_table(sets, structures, 2.5)
    beams = (beam(1, 0.0), beam(2, 90.0))
    first = beams[0].fluence
    assert first is not None
    clinical = {1: replace(first, values=(0.9 * first.values).astype(np.float32), x_origin_mm=-35.5)}
    path = render(
        "living.html.j2",
        tmp_path_factory.mktemp("living") / "page.html",
        folder=Path(__file__).parent,
        title="living parts",
        plan="Plan",
        verdicts=[],
        seconds={},
        sets=sets,
        dvhs=table,
        scripts=("fluence_view", "dvh_chart"),
        fields=fluence_view(beams, clinical, structures, PatientPosition.HFS, 2.5),
        dvh_curves=dvh_chart(sets, table),
    )
    return Shown(path, beams, clinical, table)


@pytest.fixture(scope="module")
def opened(shown: Shown) -> Iterator[OpenedPage]:
    with chromium() as browser:
        yield OpenedPage(browser, shown.path)


@pytest.fixture
def page(opened: OpenedPage) -> Iterator[Any]:
    """The page as it opens; whatever a test does to it, it complains of nothing and asks for nothing."""
    opened.page.emulate_media(media="screen", color_scheme="light")
    opened.page.mouse.move(1, 1)
    page = opened.open()
    drawn(page)
    yield page
    assert opened.faults == []


def drawn(page: Any) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def number(text: str) -> float:
    return float(text.replace("−", "-"))


# Histograms


def readout(page: Any) -> str:
    return " ".join(page.locator("#dvh-chart output").inner_text().split())


def curve(page: Any, structure: int, dose_set: str) -> Any:
    return page.locator(f"#dvh-chart path[data-structure='{structure}'][data-set='{dose_set}']")


def point_of(path: Any, share: float) -> tuple[float, float]:
    """Where on the screen a curve passes at a share of its length."""
    path.scroll_into_view_if_needed()
    x, y = path.evaluate(
        """(path, share) => {
            const { x, y } = path.getPointAtLength(path.getTotalLength() * share);
            const { left, top } = path.ownerSVGElement.getBoundingClientRect();
            return [left + x, top + y];
        }""",
        share,
    )
    return float(x), float(y)


def check_readout(text: str, table: DvhTable) -> tuple[str, float]:
    """Hold a readout against the samples of the histogram it names; returns the structure and the dose."""
    names = {structure.name: dvhs for structure, dvhs in table.rows}
    found = re.fullmatch(r"(.+) at least ([\d.]+) Gy((?: \w+ [\d.]+ % = [\d.]+ cm³)+)", text)
    assert found is not None, text
    name, dose_gy = found[1], float(found[2])
    read = re.findall(r"(\w+) ([\d.]+) % = ([\d.]+) cm³", found[3])
    assert [dose_set for dose_set, _, _ in read] == ["Input", "DDN", "Reference"]
    for (_, percent, cm3), dvh in zip(read, names[name], strict=True):
        wanted = 100 * np.count_nonzero(dvh.dose_gy >= dose_gy) / dvh.dose_gy.size
        assert float(percent) == pytest.approx(wanted, abs=0.0051)
        assert float(cm3) == pytest.approx(wanted / 100 * dvh.sampled_cm3, abs=0.0051 + 1e-4 * dvh.sampled_cm3)
    return name, dose_gy


@pytest.mark.parametrize("share", [0.05, 0.4, 0.5, 0.6, 0.9])
def test_pointing_at_a_curve_reads_every_set_as_the_histogram_has_it(page: Any, shown: Shown, share: float) -> None:
    page.mouse.move(*point_of(curve(page, 1, "DDN"), share))
    check_readout(readout(page), shown.table)


def test_the_nearest_curve_is_read_at_the_dose_below_the_pointer(page: Any, shown: Shown) -> None:
    """Near the highest dose of the outer sphere, which the inner one does not reach, only its curve is near."""
    plot = page.locator("#dvh-chart svg.plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    data = dvh_chart([], shown.table)
    top = data["dose_step_gy"] * (data["points"] - 1)
    dose_gy = 0.97 * float(shown.table.rows[0][1][1].dose_gy[-1])
    left, right = box["x"] + 48, box["x"] + box["width"] - 14  # the margins of the chart
    page.mouse.move(left + (right - left) * dose_gy / top, box["y"] + box["height"] - 42)
    name, read = check_readout(readout(page), shown.table)
    assert name == "Sphere"
    assert read == pytest.approx(dose_gy, abs=2 * top / (right - left))
    page.mouse.move(5, 5)
    assert readout(page).startswith("Point at a curve")


def test_rows_and_curves_mark_each_other(page: Any) -> None:
    row = page.locator("tr[data-structure='2']")
    row.hover()
    assert "marked" in curve(page, 2, "DDN").get_attribute("class")
    assert "faint" in curve(page, 1, "DDN").get_attribute("class")
    page.locator("#dvh-chart svg.plot").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert "marked" in (page.locator("tr[data-structure='1']").get_attribute("class") or "")


def test_keys_step_by_the_kept_dose_and_from_structure_to_structure(page: Any, shown: Shown) -> None:
    data = dvh_chart([], shown.table)
    page.locator("#dvh-chart svg.plot").focus()
    page.keyboard.press("ArrowRight")
    name, before = check_readout(readout(page), shown.table)
    page.keyboard.press("Shift+ArrowLeft")
    same, after = check_readout(readout(page), shown.table)
    assert same == name
    assert after == pytest.approx(before - 10 * data["dose_step_gy"])
    page.keyboard.press("ArrowDown")
    assert check_readout(readout(page), shown.table)[0] != name


def test_a_structure_is_off_in_every_part_and_told_to_others(page: Any) -> None:
    page.evaluate("""() => {
        window.told = [];
        document.addEventListener("structure-shown", (event) => window.told.push(event.detail));
    }""")
    page.locator("tr[data-structure='2'] input").uncheck()
    assert curve(page, 2, "DDN").count() == 0
    assert curve(page, 1, "DDN").count() == 1
    assert page.evaluate("window.told") == [{"number": 2, "shown": False}]
    boxes = page.locator("#fluence-view .structures input")
    assert [boxes.nth(n).is_checked() for n in range(2)] == [True, False]
    # And the other way round, from a part that this page does not have.
    page.evaluate("""() => document.dispatchEvent(
        new CustomEvent("structure-shown", { detail: { number: 2, shown: true } }))""")
    assert curve(page, 2, "DDN").count() == 1
    assert boxes.nth(1).is_checked()
    assert page.locator("tr[data-structure='2'] input").is_checked()


def test_sets_are_switched(page: Any) -> None:
    page.locator("#dvh-chart input[data-set='0']").uncheck()
    assert curve(page, 1, "Input").count() == 0
    page.locator("#dvh-chart svg.plot").focus()
    page.keyboard.press("ArrowRight")
    assert "Input" not in readout(page)
    assert "DDN" in readout(page)


def test_a_name_is_shown_as_it_is(page: Any) -> None:
    page.locator("#dvh-chart svg.plot").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert readout(page).startswith("Inner <b> at least")


# Fluence


def at(fluence: FluenceMap, x_mm: float, y_mm: float) -> float:
    column = round((x_mm - fluence.x_origin_mm) / fluence.spacing_mm)
    row = round((fluence.y_origin_mm - y_mm) / fluence.spacing_mm)
    rows, columns = fluence.values.shape
    return float(fluence.values[row, column]) if 0 <= row < rows and 0 <= column < columns else 0.0


def read_fluence(page: Any) -> tuple[float, float, dict[str, float]]:
    text = " ".join(page.locator("#fluence-view output.readout").inner_text().split())
    place = re.match(r"X ([−\d.]+) mm, Y ([−\d.]+) mm", text)
    assert place is not None, text
    read = re.findall(r"(network − clinical|network|clinical) ([−\d.]+)", text)
    return number(place[1]), number(place[2]), {kind: number(value) for kind, value in read}


@pytest.mark.parametrize("share", [(0.5, 0.5), (0.3, 0.4), (0.71, 0.22), (0.02, 0.03)])
@pytest.mark.parametrize("kind", ["network", "difference"])
def test_pointing_at_a_map_reads_all_maps_of_the_field_there(
    page: Any, shown: Shown, kind: str, share: tuple[float, float]
) -> None:
    canvas = page.locator(f"#fluence-view canvas[data-kind='{kind}']")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"])
    x_mm, y_mm, read = read_fluence(page)
    network, clinical = shown.beams[0].fluence, shown.clinical[1]
    assert network is not None
    left, right, bottom, top = page.evaluate(EXTENT_MM)
    assert x_mm == pytest.approx(left + share[0] * (right - left), abs=network.spacing_mm / 2 + 0.3)
    assert y_mm == pytest.approx(top - share[1] * (top - bottom), abs=network.spacing_mm / 2 + 0.3)
    difference = at(network, x_mm, y_mm) - float(sample_fluence(clinical, np.array([x_mm]), np.array([y_mm]))[0, 0])
    assert read["network"] == pytest.approx(at(network, x_mm, y_mm), abs=0.51e-4)
    assert read["clinical"] == pytest.approx(at(clinical, x_mm, y_mm), abs=0.51e-4)
    if at(network, x_mm, y_mm):  # beside its fluence the difference is not kept
        assert read["network − clinical"] == pytest.approx(difference, abs=0.51e-4)


def test_wheel_slider_rows_and_keys_turn_the_fields(page: Any) -> None:
    title = page.locator("#fluence-view output.title")
    view = page.locator("#fluence-view")
    assert title.inner_text() == "Field 1: gantry 0°, collimator 0°, couch 0° (1 of 2)"
    view.locator("canvas").first.hover()
    page.mouse.wheel(0, 100)
    assert "Field 2: gantry 90°" in title.inner_text()
    assert "marked" in page.locator("tr[data-field='2']").get_attribute("class")
    view.locator("input[type=range]").fill("0")
    assert "Field 1" in title.inner_text()
    page.locator("tr[data-field='2']").click()
    assert "Field 2" in title.inner_text()
    view.focus()
    page.keyboard.press("PageUp")
    assert "Field 1" in title.inner_text()
    page.keyboard.press("PageUp")
    assert "Field 1" in title.inner_text()


def test_a_field_without_clinical_map_says_so(page: Any) -> None:
    assert page.locator("#fluence-view .none:visible").count() == 0
    page.locator("tr[data-field='2']").click()
    assert page.locator("#fluence-view .none:visible").count() == 2


def test_arrows_move_by_a_pixel_and_zoom_keeps_the_place(page: Any) -> None:
    page.locator("#fluence-view").focus()
    page.keyboard.press("ArrowRight")
    x_mm, y_mm, read = read_fluence(page)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert read_fluence(page)[:2] == (x_mm - 2.5, y_mm + 2.5)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("+")
    assert read_fluence(page) == (x_mm, y_mm, read)


def test_what_is_painted_are_the_colours_of_the_scale(page: Any, shown: Shown) -> None:
    """A pixel of the canvas has the colour that its fluence has on the scale that matplotlib gives."""
    page.locator("#fluence-view .structures input").first.uncheck()
    page.locator("#fluence-view .structures input").nth(1).uncheck()
    network = shown.beams[0].fluence
    assert network is not None
    top = float(max(b.fluence.values.max() for b in shown.beams if b.fluence is not None))
    left, right, bottom, high = page.evaluate(EXTENT_MM)
    shot = page.locator("#fluence-view canvas[data-kind='network']").screenshot()
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))
    rows, columns, _ = pixels.shape
    for x_mm, y_mm in ((-11.25, 8.75), (3.75, -3.75), (13.75, 11.25)):
        column, row = columns * (x_mm - left) / (right - left), rows * (high - y_mm) / (high - bottom)
        pixel = pixels[int(row), int(column)]
        wanted = 255 * np.array(mpl.colormaps["viridis"](at(network, x_mm, y_mm) / top)[:3])
        np.testing.assert_allclose(pixel, wanted, atol=6)


# The page


def test_parts_stand_for_their_stills_on_the_screen_and_stills_for_them_in_print(page: Any) -> None:
    def seen() -> list[bool]:
        parts = ["#fluence-view", "#dvh-chart", "figure[data-still='fluence-view']", "figure[data-still='dvh-chart']"]
        return [page.locator(part).is_visible() for part in parts]

    assert seen() == [True, True, False, False]
    page.emulate_media(media="print")
    drawn(page)
    assert seen() == [False, False, True, True]
    assert page.locator("tr[data-structure] input:visible").count() == 0


def test_dark_ground_makes_dark_curves_legible(page: Any) -> None:
    def light() -> float:
        colour = curve(page, 2, "DDN").evaluate("path => getComputedStyle(path).stroke")
        red, green, blue = (float(v) / 255 for v in re.findall(r"[\d.]+", colour)[:3])
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert light() == pytest.approx(0.2126 * 20 / 255 + 0.7152 * 20 / 255 + 0.0722 * 60 / 255, abs=0.01)
    page.emulate_media(color_scheme="dark")
    drawn(page)
    assert light() == pytest.approx(0.4, abs=0.01)
