"""A gamma map on one axial plane with its histogram."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dosenet.gamma import CUTOFF_PERCENT, Criterion
from esapi_bridge.case import Volume
from esapi_bridge.case.resample import sample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.report import style
from esapi_bridge.report.gamma import MAP_LIMIT
from esapi_bridge.report.plane import Plane
from esapi_bridge.report.views import draw_annotations, draw_background


def gamma_figure(
    plane: Plane, ct: Volume, maps: Sequence[tuple[str, NDArray[np.float32]]], criterion: Criterion
) -> Figure:
    """Draw gamma on CT, one panel per comparison, and the histogram of all.

    Parameters
    ----------
    plane
        The plane the maps were made on.
    ct
        CT, HU.
    maps
        What is compared with what, and gamma ``(rows, columns)``, NaN where not evaluated.
    criterion
        The criterion of the maps.
    """
    left, right, bottom, top = plane.extent_mm
    aspect = abs(top - bottom) / abs(right - left)
    colours = style.DIFFERENCE_MAP.with_extremes(bad=(0, 0, 0, 0))
    looks = (
        {"color": style.GIVEN, "lw": 1.6},
        {"color": style.NETWORK, "lw": 1.6},
        {"color": style.REFERENCE, "lw": 1.6},
    )
    with style.house_style():
        figure = style.new_figure(12.6, min(3.9 * aspect, 6) + 0.9)
        axes = figure.subplots(1, len(maps) + 1)
        for ax, (name, gamma) in zip(axes, maps, strict=False):
            draw_background(ax, plane, sample(ct, plane.points_mm(), outside=AIR_HU))
            shown = ax.imshow(
                gamma, cmap=colours, vmin=0, vmax=MAP_LIMIT, extent=plane.extent_mm, interpolation="nearest"
            )
            draw_annotations(ax, plane)
            judged = gamma[np.isfinite(gamma)]
            ax.set_title(f"{name}: {100 * (judged <= 1).mean():.1f} % pass", fontsize=9)
        figure.colorbar(shown, ax=list(axes[:-1]), fraction=0.03, pad=0.008, aspect=26).set_label("gamma")
        for (name, gamma), look in zip(maps, looks, strict=False):
            judged = gamma[np.isfinite(gamma)]
            axes[-1].hist(judged, bins=np.linspace(0, MAP_LIMIT, 41), histtype="step", label=name, **look)
        axes[-1].axvline(1, color=style.MUTED, lw=0.8, ls=":")
        axes[-1].set(xlabel="gamma", ylabel="points", xlim=(0, MAP_LIMIT))
        axes[-1].legend(loc="upper right", fontsize=7.5)
        figure.suptitle(
            f"Gamma {criterion}, global (max), {CUTOFF_PERCENT:g} % cut-off; searched in 3-D; {plane.label}",
            x=0.005, ha="left", fontsize=11, fontweight="bold",
        )  # fmt: skip
    return figure
