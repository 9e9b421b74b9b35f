"""Pictures of doses on CT, by what their panels hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.text import Text

from esapi_bridge.case import Dose, DoseKind, Grid
from esapi_bridge.report.plane import Plane
from esapi_bridge.report.views import Scales, view_figure
from tests.cases import gray, hounsfield

CT = hounsfield(np.zeros((20, 20, 20)), Grid((20, 20, 20), (5.0, 5.0, 5.0), (-47.5, -47.5, -47.5)))
PLANE = Plane("axial", 0.0, (-40.0, -40.0, -40.0), (40.0, 40.0, 40.0), 5.0)


def dose(columns: int = 20) -> Dose:
    """2 Gy on the CT's lattice, or on its left columns only."""
    grid = replace(CT.grid, size=(columns, 20, 20))
    return Dose(gray(np.full(grid.shape, 2.0), grid), DoseKind.PLAN)


def panels(*doses: Dose) -> dict[str, np.ndarray]:
    """What each panel shows of the doses, by its title; NaN where it shows nothing."""
    names = ("Input", "DDN", "Reference")
    figure = view_figure(PLANE, CT, list(zip(names, doses, strict=False)), [], Scales(2.0, 0.1, 2.0, "maximum"))
    shown = [ax for ax in figure.axes if len(ax.images) > 1]
    return {ax.get_title(loc="left"): np.ma.filled(np.ma.asarray(ax.images[1].get_array()), np.nan) for ax in shown}


def test_a_dose_ends_with_its_grid_and_so_do_its_differences() -> None:
    """The reference's outer face is at x = 0; without dose there, it differs by nothing that could be shown."""
    shown = panels(dose(), dose(), dose(10))
    left = PLANE.across_mm <= 0
    assert (shown["Reference − DDN"][:, left] == 0).all()
    assert np.isnan(shown["Reference − DDN"][:, ~left]).all()
    assert np.isnan(shown["Reference"][:, ~left]).all()
    assert (shown["DDN − Input"] == 0).all()
    assert (shown["DDN"] == 2).all()


def test_a_dose_elsewhere_is_drawn_nowhere() -> None:
    away = dose()
    moved = replace(away, volume=replace(away.volume, grid=replace(away.grid, origin_mm=(500.0, 500.0, 500.0))))
    shown = panels(dose(), dose(), moved)
    assert np.isnan(shown["Reference"]).all()
    assert np.isnan(shown["Reference − Input"]).all()


def test_a_long_name_of_an_algorithm_ends_before_the_next_panel() -> None:
    words = "a network of some name, predicted from contours as the fields of this plan can give it"
    doses = [("Wanted", replace(dose(), algorithm=words)), ("Delivered", dose())]
    figure = view_figure(PLANE, CT, doses, [], Scales(2.0, 0.1, 2.0, "maximum"))
    figure.canvas.draw()
    first, second = (ax for ax in figure.axes[:2])
    (title,) = (text for text in first.findobj(Text) if text.get_text().startswith("Wanted: a network"))
    assert title.get_text().endswith("…")
    assert title.get_window_extent().x1 < second.get_window_extent().x0
