"""How sure a dose is, on CT: the half-width of its interval in three planes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from esapi_bridge.case import Dose, Volume
from esapi_bridge.case.resample import sample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.report import style
from esapi_bridge.report.comparison import Interval
from esapi_bridge.report.plane import Plane
from esapi_bridge.report.views import WASH_FROM, draw_annotations, draw_background

SHOWN_ALPHA = 0.65


def interval_figure(planes: Sequence[Plane], ct: Volume, dose: Dose, interval: Interval) -> Figure:
    """Draw the half-width where there is dose, a panel a plane, all on one scale.

    Parameters
    ----------
    planes
        The planes.
    ct
        CT, HU.
    dose
        The dose of the interval.
    interval
        The interval.
    """
    half = interval.half_width
    top = max(float(half.values.max()), 1e-6)
    extents = [plane.extent_mm for plane in planes]
    aspect = max(abs(top_mm - bottom) / abs(right - left) for left, right, bottom, top_mm in extents)
    with style.house_style():
        figure = style.new_figure(12.6, min(3.8 * aspect, 6.0) + 0.7)
        axes = figure.subplots(1, len(planes))
        for ax, plane in zip(axes, planes, strict=True):
            points = plane.points_mm()
            draw_background(ax, plane, sample(ct, points, outside=AIR_HU))
            there = sample(dose.volume, points, outside=0.0) >= WASH_FROM * dose.gy.max()
            values = np.ma.masked_where(~there, sample(half, points, outside=0.0))
            shown = ax.imshow(
                values, cmap=colormaps["viridis"], vmin=0, vmax=top, alpha=SHOWN_ALPHA, extent=plane.extent_mm,
                interpolation="nearest",
            )  # fmt: skip
            draw_annotations(ax, plane)
            ax.set_title(plane.label)
        bar = figure.colorbar(shown, ax=list(axes), fraction=0.03, pad=0.008, aspect=26)
        bar.set_label("half-width, Gy")
        figure.suptitle(
            f"Half-width of the interval that holds the reference in {interval.coverage:.0%} of the voxels",
            x=0.005, ha="left", fontsize=11, fontweight="bold",
        )  # fmt: skip
    return figure
