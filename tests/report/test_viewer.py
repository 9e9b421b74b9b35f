"""The viewer of a page in a real browser: what it shows is what the arrays hold, and nothing is fetched."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Dose, Structure
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.resample import sample
from esapi_bridge.report.comparison import CRITERIA, Comparison
from esapi_bridge.report.gamma import MAP_LIMIT, gamma_map
from esapi_bridge.report.page import render
from esapi_bridge.report.viewer.scene import viewer_of
from tests.cases import ellipse, points_of, total
from tests.report.browser import OpenedPage, chromium
from tests.report.synthetic import make_case

pytestmark = pytest.mark.slow

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}"
TEMPLATE = (
    '{% extends "page.html.j2" %}{% from "viewer.html.j2" import viewer_section with context %}'
    "{% block content %}{{ viewer_section(viewer) }}{% endblock %}"
)

STEP_GY = 5e-4
"""0.05 % of the highest dose or less."""


@dataclass
class Shown:
    """A page with a viewer, and the arrays it was made of."""

    file: Path
    comparison: Comparison
    gamma: np.ndarray


def make_page(folder: Path, comparison: Comparison, name: str = "page.html") -> Shown:
    judge = comparison.reference or comparison.given
    gamma = gamma_map("DDN vs Reference", judge.plan, comparison.network.plan, CRITERIA[0])
    viewer = viewer_of(comparison, gamma)
    (folder / "only.html.j2").write_text(TEMPLATE)
    file = render(
        "only.html.j2", folder / name, folder=folder, verdicts=[], seconds={}, title="viewer", plan="Thorax1",
        scripts=("viewer",), viewer=viewer,
    )  # fmt: skip
    return Shown(file, comparison, gamma.values)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    case, network, reference = make_case()
    evil = Structure(9, EVIL, "ORGAN", (200, 0, 200), ellipse((60, -40), (20, 10), np.arange(-20.0, 21, 2.5)))
    assert case.plan_dose is not None
    # The reference ends 20 mm before the others on the patient's left: there it is unknown, not zero.
    whole = total(reference)
    short = replace(whole.grid, size=(whole.grid.size[0] - 8, *whole.grid.size[1:]))
    known = Dose(replace(whole.volume, values=whole.gy[..., :-8], grid=short), whole.kind, algorithm=whole.algorithm)
    return Comparison(
        replace(case, structures=(*case.structures, evil)),
        DoseSet("Input", case.plan_dose),
        DoseSet("DDN", total(network)),
        DoseSet("Reference", known),
    )


@pytest.fixture(scope="module")
def shown(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return make_page(tmp_path_factory.mktemp("page"), comparison)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def opened(browser: Any, shown: Shown) -> OpenedPage:
    return OpenedPage(browser, shown.file)


@pytest.fixture
def page(opened: OpenedPage) -> Iterator[Any]:
    """The page as it opens; whatever a test does to it, it complains of nothing and asks for nothing."""
    opened.open()
    opened.page.wait_for_selector("#viewer[data-state=ready]")
    opened.page.mouse.move(2, 2)
    yield opened.page
    assert opened.faults == []


def value(page: Any, of: str, at: str = "cursor") -> str:
    return str(page.locator(f"td[data-at={at}][data-of={of}]").inner_text())


def position(page: Any, at: str = "cursor") -> np.ndarray:
    return np.array([float(value(page, axis, at)) for axis in "xyz"])


def canvas(page: Any, plane: str) -> Any:
    return page.locator(f"[data-plane={plane}] canvas")


def hover(page: Any, plane: str, across: float, down: float) -> np.ndarray:
    """Point at a share of a canvas; returns the point that the page names."""
    canvas(page, plane).scroll_into_view_if_needed()
    box = canvas(page, plane).bounding_box()
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
    return position(page, "pointer")


def drawn(page: Any) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def pixels(page: Any, plane: str) -> np.ndarray:
    """Colours ``(rows, columns, 3)`` of a canvas."""
    drawn(page)
    data = canvas(page, plane).evaluate("c => c.toDataURL()")
    with Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB"))


def changed(one: np.ndarray, other: np.ndarray) -> int:
    """Number of pixels that clearly differ; a browser may draw a line's soft edge with other last bits."""
    return int((np.abs(one.astype(int) - other).max(axis=2) > 24).sum())


def said(values: np.ndarray, point: np.ndarray, grid: Any, digits: int, *, signed: bool = False) -> str:
    """What the page must say of an array of stored values at the voxel that holds a point."""
    i, j, k = np.floor(grid.to_index(point) + 0.5).astype(int)
    if not all(0 <= n < size for n, size in zip((i, j, k), grid.size, strict=True)) or np.isnan(values[k, j, i]):
        return "–"
    text = f"{values[k, j, i]:.{digits}f}"
    return f"+{text}" if signed and float(text) > 0 else text


def stored(shown: Shown) -> dict[str, np.ndarray]:
    """Doses in whole steps on the network's lattice, interpolated between whole steps on their own; NaN beyond."""
    network = shown.comparison.network.plan
    points = points_of(network.grid)
    found = {}
    for one in shown.comparison.sets:
        steps = replace(one.plan.volume, values=np.rint(one.plan.gy.astype(np.float64) / STEP_GY))
        found[one.name] = np.floor(sample(steps, points, outside=np.nan).astype(np.float64) + 0.5)
    assert np.isnan(found["Reference"][..., -8:]).all()
    return found


PLACES = [
    ("axial", 0.32, 0.5), ("axial", 0.4, 0.3), ("axial", 0.6, 0.7), ("axial", 0.87, 0.5), ("axial", 0.35, 0.4),
    ("coronal", 0.4, 0.45), ("coronal", 0.7, 0.7), ("sagittal", 0.55, 0.4), ("sagittal", 0.5, 0.7),
]  # fmt: skip


def test_values_under_the_pointer_are_those_of_the_arrays(page: Any, shown: Shown) -> None:
    counts = stored(shown)
    grid = shown.comparison.network.plan.grid
    ct = shown.comparison.case.ct
    seen = set()
    for plane, across, down in PLACES:
        point = hover(page, plane, across, down)
        for key, name in (("input", "Input"), ("network", "DDN"), ("reference", "Reference")):
            expected = said(counts[name] * STEP_GY, point, grid, 4)
            assert value(page, key, "pointer") == expected
            seen.add(expected)
        for key, one, other in (("change", "DDN", "Input"), ("error", "Reference", "DDN")):
            expected = said((counts[one] - counts[other]) * STEP_GY, point, grid, 4, signed=True)
            found = value(page, key, "pointer")
            assert found.lstrip("-") == expected.lstrip("-")
            assert found == expected or float(found) == 0
        assert value(page, "ct", "pointer") == said(np.rint(ct.values), point, ct.grid, 0)
        expected = said(0.02 * np.rint(shown.gamma / 0.02), point, grid, 2)
        judged = value(page, "gamma", "pointer")
        assert judged == expected or float(judged.removeprefix("≥ ")) == MAP_LIMIT
    assert "–" in seen  # beyond the dose
    assert len(seen) > 15


def test_pictures_have_the_patients_left_on_the_right(page: Any) -> None:
    assert hover(page, "axial", 0.25, 0.5)[0] < 0 < hover(page, "axial", 0.75, 0.5)[0]
    assert hover(page, "axial", 0.5, 0.25)[1] < hover(page, "axial", 0.5, 0.75)[1]
    assert hover(page, "coronal", 0.5, 0.4)[2] > hover(page, "coronal", 0.5, 0.6)[2]
    assert hover(page, "sagittal", 0.4, 0.5)[1] < hover(page, "sagittal", 0.6, 0.5)[1]
    # The target lies in the right lung: dose, which is coloured, is on the left of the picture.
    picture = pixels(page, "axial")[60:-60, 20:-140].astype(int)
    coloured = np.ptp(picture, axis=2) > 60
    left, right = np.array_split(coloured, 2, axis=1)
    assert left.sum() > 2 * right.sum()


def test_outlines_lie_on_what_they_outline(page: Any) -> None:
    """The cord, of its own colour, is seen where its contours are, and within them the table names it."""
    for key in ("l", "x", "["):
        page.keyboard.press(key)
    canvas(page, "axial").focus()
    for _ in range(5):
        page.keyboard.press("[")
    page.keyboard.press("l")
    page.keyboard.press("x")
    picture = pixels(page, "axial").astype(int)
    picture[:, -140:] = 0  # the colour bar
    yellow = np.argwhere((picture[..., 0] > 150) & (picture[..., 1] > 130) & (picture[..., 2] < 90))
    box = canvas(page, "axial").bounding_box()
    at = [
        hover(page, "axial", (column + 0.5) / picture.shape[1], (row + 0.5) / picture.shape[0])
        for row, column in (yellow.min(axis=0), yellow.max(axis=0))
    ]
    assert box is not None
    middle = (at[0] + at[1])[:2] / 2
    assert np.abs(middle - [0, 88]).max() < 2.5  # the lattice of the dose
    assert np.abs((at[1] - at[0])[:2] - 18).max() < 6
    # In the middle of the cord.
    share = yellow.mean(axis=0) / picture.shape[:2]
    hover(page, "axial", float(share[1]), float(share[0]))
    assert set(value(page, "structures", "pointer").split(", ")) == {"BODY", "Cord"}


def test_wheel_slider_and_keys_go_through_the_planes(page: Any, shown: Shown) -> None:
    step = shown.comparison.network.plan.grid.spacing_mm
    start = position(page)
    for plane, axis in (("axial", 2), ("coronal", 1), ("sagittal", 0)):
        hover(page, plane, 0.4, 0.4)
        page.mouse.wheel(0, 100)
        drawn(page)
        moved = start.copy()
        moved[axis] -= step[axis]
        assert position(page) == pytest.approx(moved, abs=0.01)
        assert f"{moved[axis]:.2f} mm" in page.locator(f"[data-plane={plane}] figcaption").inner_text()
        page.mouse.wheel(0, -100)
        drawn(page)
    assert position(page) == pytest.approx(start, abs=0.01)
    slider = page.locator("[data-plane=axial] input")
    slider.evaluate("s => { s.value = Number(s.value) + 3; s.dispatchEvent(new Event('input')); }")
    drawn(page)
    assert position(page)[2] == pytest.approx(start[2] + 3 * step[2], abs=0.01)
    canvas(page, "axial").focus()
    for key, axis, sign in (("ArrowRight", 0, 1), ("ArrowUp", 1, -1), ("PageDown", 2, -10), (".", 2, 1)):
        before = position(page)
        page.keyboard.press(key)
        drawn(page)
        before[axis] += sign * step[axis]
        assert position(page) == pytest.approx(before, abs=0.01)
    page.keyboard.press("End")
    drawn(page)
    lowest = position(page)[2]
    page.keyboard.press("PageDown")
    drawn(page)
    assert position(page)[2] == lowest
    hover(page, "axial", 0.4, 0.4)
    scrolled = page.evaluate("window.scrollY")
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(300)
    assert position(page)[2] == lowest
    assert page.evaluate("window.scrollY") > scrolled  # past the last plane the page scrolls on


def test_a_click_moves_the_crosshair_of_all_planes(page: Any) -> None:
    point = hover(page, "axial", 0.3, 0.6)
    page.mouse.down()
    page.mouse.up()
    drawn(page)
    assert position(page) == pytest.approx(point)
    assert f"x = {point[0]:.2f} mm" in page.locator("[data-plane=sagittal] figcaption").inner_text()
    assert f"y = {point[1]:.2f} mm" in page.locator("[data-plane=coronal] figcaption").inner_text()


def test_dragging_with_the_right_button_sets_the_window(page: Any) -> None:
    text = page.locator("[data-part=window-text]")
    before = text.inner_text()
    hover(page, "axial", 0.4, 0.5)
    page.mouse.down(button="right")
    hover(page, "axial", 0.5, 0.45)
    page.mouse.up(button="right")
    drawn(page)
    numbers = [[float(n) for n in re.findall(r"-?\d+\.?\d*", t)] for t in (before, text.inner_text())]
    (level, width), (new_level, new_width) = numbers
    assert new_width > width
    assert new_level < level
    page.locator("[data-part=window]").select_option("lung")
    drawn(page)
    assert text.inner_text() == "level -600, width 1500 HU"


def test_what_is_shown_can_be_chosen_and_blended(page: Any) -> None:
    choices = page.locator("[data-part=shown] option").all_inner_texts()
    assert choices[:5] == ["Input", "DDN", "Reference", "DDN − Input", "Reference − DDN"]
    assert choices[5].startswith("gamma 2 %/2 mm")
    pictures = {}
    for key in ("input", "network", "reference", "change", "error", "gamma"):
        page.locator("[data-part=shown]").select_option(key)
        pictures[key] = pixels(page, "axial")
    keys = list(pictures)
    assert all((pictures[a] != pictures[b]).any() for n, a in enumerate(keys) for b in keys[:n])
    page.locator("[data-part=shown]").select_option("network")
    page.locator("[data-part=other]").select_option("input")
    # The colour bars are two now, so only the middle of the picture is compared.
    middle = np.s_[100:-60, 40:-200]
    for share, key in ((0, "network"), (100, "input")):
        page.locator("[data-part=blend]").evaluate(
            "(s, share) => { s.value = share; s.dispatchEvent(new Event('input')); }", share
        )
        apart = np.abs(pixels(page, "axial")[middle].astype(int) - pictures[key][middle])
        lines = np.abs(pictures["input"][middle].astype(int) - pictures["network"][middle]).max(axis=2) > 0
        assert (apart.max(axis=2)[~lines] <= 2).mean() > 0.99


def test_structures_lines_and_opacity_change_the_picture(page: Any) -> None:
    before = pixels(page, "axial")
    page.locator("[data-structure='5']").uncheck()  # the target
    page.mouse.move(2, 2)
    without = pixels(page, "axial")
    assert changed(before, without) > 100
    canvas(page, "axial").focus()
    page.keyboard.press("s")  # all back
    assert changed(pixels(page, "axial"), before) < 20
    page.keyboard.press("l")
    lineless = pixels(page, "axial")
    assert 100 < changed(lineless, before) < 0.2 * before[..., 0].size
    for _ in range(6):
        page.keyboard.press("[")
    page.locator("[data-part=crosshair]").uncheck()
    page.keyboard.press("s")
    bare = pixels(page, "axial")[60:-60, 20:-140].astype(int)
    assert np.ptp(bare, axis=2).max() < 8  # no colour is left, the CT is grey


def worst_in(score: np.ndarray, grid: Any, count: int) -> list[np.ndarray]:
    """Places of the highest scores, 10 mm apart or more."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    points = grid.to_patient(np.stack([i, j, k], axis=-1))
    left = np.nan_to_num(score, nan=-1.0)
    found = []
    for _ in range(count):
        found.append(points.reshape(-1, 3)[left.argmax()])
        left = np.where(np.linalg.norm(points - found[-1], axis=-1) < 10, -1.0, left)
    return found


def test_jumping_to_the_worst_places(page: Any, shown: Shown) -> None:
    counts = stored(shown)
    reference = counts["Reference"]
    judged = reference >= 0.1 * np.nanmax(reference)
    score = np.where(judged, np.abs(reference - counts["DDN"]), np.nan)
    grid = shown.comparison.network.plan.grid
    expected = worst_in(score, grid, 3)
    heights = []
    for place in expected:
        page.locator("[data-part=worst-difference]").click()
        drawn(page)
        found = position(page)
        i, j, k = np.rint(grid.to_index(found)).astype(int)
        heights.append(score[k, j, i])
        # Alike to the stored digit several voxels may be.
        wanted = np.rint(grid.to_index(place)).astype(int)
        assert heights[-1] == score[wanted[2], wanted[1], wanted[0]]
    assert heights == sorted(heights, reverse=True)
    assert "worst place 3" in page.locator("[data-part=told]").inner_text()
    assert page.locator("[data-part=shown]").input_value() == "error"
    page.locator("[data-part=worst-difference]").click(modifiers=["Shift"])
    drawn(page)
    assert "worst place 2" in page.locator("[data-part=told]").inner_text()
    page.locator("[data-part=worst-gamma]").click()
    drawn(page)
    assert value(page, "gamma").removeprefix("≥ ") == f"{0.02 * np.rint(np.nanmax(shown.gamma) / 0.02):.2f}"


def test_a_structure_pointed_at_elsewhere_stands_out(page: Any) -> None:
    before = pixels(page, "axial")
    tell = "number => document.dispatchEvent(new CustomEvent('structure-marked', { detail: { number } }))"
    page.evaluate(tell, 2)
    assert changed(pixels(page, "axial"), before) > 100
    assert "marked" in page.locator("label:has([data-structure='2'])").get_attribute("class")
    page.evaluate(tell, None)
    assert changed(pixels(page, "axial"), before) < 20


def test_help_lists_the_keys(page: Any) -> None:
    canvas(page, "axial").focus()
    assert not page.locator("[data-part=help]").is_visible()
    page.keyboard.press("?")
    assert page.locator("[data-part=help]").is_visible()
    for name in ("Wheel", "Page Up", "opacity", "zoom"):
        assert name in page.locator("[data-part=help]").inner_text()


def test_names_are_text_whatever_they_hold(page: Any) -> None:
    assert EVIL in page.locator(".viewer-chips").inner_text()
    assert page.locator("img[src=x]").count() == 0


def test_the_page_lets_nothing_in_or_out(browser: Any, shown: Shown) -> None:
    opened = OpenedPage(browser, shown.file)
    page = opened.open()
    page.wait_for_selector("#viewer[data-state=ready]")
    assert page.evaluate("fetch('https://example.org/').then(() => 'fetched', () => 'refused')") == "refused"
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' }))")
    page.evaluate("document.body.append(Object.assign(new Image(), { src: 'https://example.org/x.png' }))")
    assert page.evaluate("window.ran") is None
    assert opened.faults
    assert all("Content Security Policy" in fault for fault in opened.faults), opened.faults


def test_every_counted_bit_is_unpacked(page: Any) -> None:
    """The page's own unpacking of numbers that wrap around, against numpy."""
    from importlib import resources

    from esapi_bridge.case import Grid
    from esapi_bridge.report.viewer.packing import Steps, pack_volume

    code = (resources.files("esapi_bridge.report") / "scripts/viewer/unpack.js").read_text(encoding="utf-8")
    grid = Grid((7, 5, 4), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    random = np.random.default_rng(5)
    for kind, differences in ((np.uint16, "xyz"), (np.uint8, "x"), (np.uint16, "")):
        counts = random.integers(0, np.iinfo(kind).max, grid.shape, kind, endpoint=True)
        packed = pack_volume("any", grid, counts, Steps(1.0, 0), None, differences)
        found = page.evaluate(f"async packed => {{ {code}; return Array.from(await unpackCounts(packed)); }}", packed)
        assert np.array_equal(np.array(found).reshape(grid.shape), counts)


@pytest.mark.parametrize(("width", "scheme"), [(800, "light"), (2560, "dark")])
def test_narrow_and_wide_pages(browser: Any, shown: Shown, width: int, scheme: str) -> None:
    opened = OpenedPage(browser, shown.file, width, 1000, color_scheme=scheme)
    page = opened.open()
    page.wait_for_selector("#viewer[data-state=ready]")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for plane in ("axial", "coronal", "sagittal"):
        box = canvas(page, plane).bounding_box()
        assert box["width"] > 200
        assert box["height"] > 150
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert (pixels(page, "sagittal").max(axis=2) > 60).mean() > 0.05
    assert opened.faults == []


def test_without_scripts_the_page_is_as_before(browser: Any, shown: Shown) -> None:
    opened = OpenedPage(browser, shown.file, java_script_enabled=False)
    page = opened.open()
    assert not page.locator("#viewer").is_visible()
    assert page.locator(".banner").inner_text() == INTENDED_USE
    assert "Checks" in page.locator("main").inner_text()
    assert opened.faults == []


def test_a_browser_that_cannot_unpack_says_so(browser: Any, shown: Shown) -> None:
    opened = OpenedPage(browser, shown.file)
    opened.page.add_init_script("delete window.DecompressionStream")
    page = opened.open()
    page.wait_for_selector("#viewer[data-state=failed]")
    assert "too old" in page.locator("[data-part=status]").inner_text()
    assert opened.faults == []


def test_a_plan_without_reference_structures_and_gamma(browser: Any, comparison: Comparison, tmp_path: Path) -> None:
    bare = Comparison(replace(comparison.case, structures=()), comparison.given, comparison.network)
    viewer = viewer_of(bare)
    (tmp_path / "only.html.j2").write_text(TEMPLATE)
    file = render(
        "only.html.j2", tmp_path / "page.html", folder=tmp_path, verdicts=[], seconds={}, title="viewer", plan="Bare",
        scripts=("viewer",), viewer=viewer,
    )  # fmt: skip
    opened = OpenedPage(browser, file)
    page = opened.open()
    page.wait_for_selector("#viewer[data-state=ready]")
    assert page.locator("[data-part=shown] option").all_inner_texts() == ["Input", "DDN", "DDN − Input"]
    assert not page.locator("[data-part=worst-gamma]").is_visible()
    page.locator("[data-part=worst-difference]").click()
    drawn(page)
    assert page.locator("[data-part=shown]").input_value() == "change"
    assert opened.faults == []
