"""Dose on CT in one plane: input, network and reference above their differences, all on shared scales."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from esapi_bridge.case import Dose, Structure, Volume
from esapi_bridge.case.resample import sample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.report import style
from esapi_bridge.report.plane import Plane

WASH_ALPHA = 0.5
WASH_FROM = 0.05
"""Share of the colour scale's top below which there is no colour wash."""

TITLE_CHARACTERS = 38
"""As much as fits over a panel."""

_HALO = [withStroke(linewidth=2.2, foreground="black")]


@dataclass(frozen=True)
class Scales:
    """Scales shared by every view of a report.

    Parameters
    ----------
    top_gy
        Top of the dose colour scale, Gy.
    difference_gy
        End of the difference scale, Gy.
    full_gy
        What 100 % means for isodose lines, Gy.
    full_name
        What `full_gy` is, for example ``prescription``.
    levels_percent
        Isodose levels, ascending.
    """

    top_gy: float
    difference_gy: float
    full_gy: float
    full_name: str
    levels_percent: tuple[float, ...] = (20.0, 50.0, 80.0, 95.0)


def view_figure(
    plane: Plane,
    ct: Volume,
    doses: Sequence[tuple[str, Dose]],
    outlines: Sequence[tuple[Structure, NDArray[np.float32]]],
    scales: Scales,
) -> Figure:
    """Draw doses on CT in the first row, differences in the second.

    Parameters
    ----------
    plane
        The plane.
    ct
        CT, HU.
    doses
        Names with doses: input, network and, where there is one, reference.
    outlines
        Structures with their occupancy ``(rows, columns)``, 0 to 1, on the plane.
    scales
        Shared scales.
    """
    points = plane.points_mm()
    grey = sample(ct, points, outside=AIR_HU)
    # Beyond its grid a dose is unknown, not zero: neither it nor its difference from another is shown there.
    slices: list[tuple[str, NDArray[np.float32]]] = [
        (name, np.ma.masked_invalid(sample(dose.volume, points, outside=np.nan))) for name, dose in doses
    ]
    rows = [slices, _differences(slices)] if len(slices) > 2 else [[*slices, *_differences(slices)]]
    columns = 3
    left, right, bottom, top = plane.extent_mm
    aspect = abs(top - bottom) / abs(right - left)
    width = 12.6
    panel = (width - 1.1) / columns
    with style.house_style():
        figure = style.new_figure(width, len(rows) * (min(panel * aspect, 6.0) + 0.42) + 0.62)
        axes = np.atleast_2d(figure.subplots(len(rows), columns, squeeze=False))
        dose_axes, difference_axes = [], []
        panels = [panel for row in rows for panel in row]
        for index, (ax, (name, values)) in enumerate(zip(axes.flat, panels, strict=True)):
            draw_background(ax, plane, grey)
            if index < len(slices):
                _wash(ax, plane, values, scales)
                dose_axes.append(ax)
            else:
                _difference(ax, plane, values, scales)
                difference_axes.append(ax)
            _outlines(ax, plane, outlines)
            draw_annotations(ax, plane)
            ax.set_title(_title(name, doses))
        _bars(figure, dose_axes, difference_axes, scales)
        figure.suptitle(plane.label[0].upper() + plane.label[1:], x=0.005, ha="left", fontsize=11, fontweight="bold")
        _legend(figure, outlines, scales)
    return figure


def _title(name: str, doses: Sequence[tuple[str, Dose]]) -> str:
    """Name a panel; a dose with its algorithm, as its source states it, cut where the next panel begins."""
    stated = {key: dose.algorithm for key, dose in doses}.get(name)
    return textwrap.shorten(f"{name}: {stated}", TITLE_CHARACTERS, placeholder=" …") if stated else name


def _differences(slices: Sequence[tuple[str, NDArray[np.float32]]]) -> list[tuple[str, NDArray[np.float32]]]:
    (given_name, given), (network_name, network) = slices[:2]
    change = (f"{network_name} − {given_name}", network - given)
    if len(slices) == 2:
        return [change]
    reference_name, reference = slices[2]
    return [
        (f"{reference_name} − {given_name}", reference - given),
        (f"{reference_name} − {network_name}", reference - network),
        change,
    ]


def draw_background(ax: Axes, plane: Plane, grey: NDArray[np.float32]) -> None:
    """Show the CT, grey on black, without axes."""
    low, high = style.CT_WINDOW_HU
    ax.imshow(grey, cmap="gray", vmin=low, vmax=high, extent=plane.extent_mm, interpolation="bilinear")
    ax.set_facecolor("black")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def _wash(ax: Axes, plane: Plane, gy: NDArray[np.float32], scales: Scales) -> None:
    shown = np.ma.masked_less(gy, WASH_FROM * scales.top_gy)
    ax.imshow(
        shown, cmap=style.DOSE_MAP, vmin=0, vmax=scales.top_gy, alpha=WASH_ALPHA, extent=plane.extent_mm,
        interpolation="nearest",
    )  # fmt: skip
    levels = [scales.full_gy * percent / 100 for percent in scales.levels_percent]
    drawn = [level for level in levels if gy.min() < level < gy.max()]
    if drawn:
        colours = [style.DOSE_MAP(level / scales.top_gy) for level in drawn]
        ax.contour(plane.across_mm, plane.up_mm, gy, levels=drawn, colors=colours, linewidths=1.3)


def _difference(ax: Axes, plane: Plane, gy: NDArray[np.float32], scales: Scales) -> None:
    end = scales.difference_gy
    ax.imshow(gy, cmap=style.DIFFERENCE_MAP, vmin=-end, vmax=end, extent=plane.extent_mm, interpolation="nearest")


def _outlines(ax: Axes, plane: Plane, outlines: Sequence[tuple[Structure, NDArray[np.float32]]]) -> None:
    for structure, occupancy in outlines:
        if occupancy.min() < 0.5 < occupancy.max():
            colour = style.rgb(structure.colour)
            lines = ax.contour(plane.across_mm, plane.up_mm, occupancy, levels=[0.5], colors=[colour], linewidths=1.0)
            lines.set_path_effects([withStroke(linewidth=1.8, foreground=(0, 0, 0, 0.55))])


def draw_annotations(ax: Axes, plane: Plane) -> None:
    """Orientation letters and a 5 cm bar."""
    places = ((0.02, 0.5, "left", "center"), (0.98, 0.5, "right", "center"), (0.5, 0.98, "center", "top"),
              (0.5, 0.02, "center", "bottom"))  # fmt: skip
    for letter, (x, y, horizontal, vertical) in zip(plane.letters, places, strict=True):
        ax.text(
            x, y, letter, transform=ax.transAxes, ha=horizontal, va=vertical, color="white", fontsize=9,
            fontweight="bold", path_effects=_HALO,
        )  # fmt: skip
    left, right, bottom, top = plane.extent_mm
    start, height = left + 0.04 * (right - left), bottom + 0.05 * (top - bottom)
    ax.plot([start, start + 50], [height, height], color="white", lw=2, solid_capstyle="butt", path_effects=_HALO)
    ax.text(
        start, height + 0.015 * (top - bottom), "5 cm", color="white", fontsize=7.5, path_effects=_HALO, va="bottom"
    )
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)


def _bars(figure: Figure, dose_axes: list[Axes], difference_axes: list[Axes], scales: Scales) -> None:
    dose = ScalarMappable(Normalize(0, scales.top_gy), style.DOSE_MAP)
    bar = figure.colorbar(dose, ax=dose_axes, fraction=0.03, pad=0.008, aspect=26, alpha=0.8)
    bar.set_label("dose, Gy")
    for percent in scales.levels_percent:
        bar.ax.axhline(scales.full_gy * percent / 100, color="white", lw=0.8)
    change = ScalarMappable(Normalize(-scales.difference_gy, scales.difference_gy), style.DIFFERENCE_MAP)
    figure.colorbar(change, ax=difference_axes, fraction=0.03, pad=0.008, aspect=26).set_label("difference, Gy")


def _legend(figure: Figure, outlines: Sequence[tuple[Structure, NDArray[np.float32]]], scales: Scales) -> None:
    handles = [
        Line2D(
            [], [], color=style.DOSE_MAP(scales.full_gy * p / 100 / scales.top_gy), lw=2,
            label=f"{p:g} % ({scales.full_gy * p / 100:.3g} Gy)",
        )
        for p in reversed(scales.levels_percent)
    ]  # fmt: skip
    handles += [
        Line2D([], [], color=style.rgb(s.colour), lw=1.2, label=s.name)
        for s, occupancy in outlines
        if occupancy.max() > 0.5
    ]
    figure.legend(
        handles=handles, loc="outside lower left", ncols=min(8, len(handles)), handlelength=1.3, columnspacing=1.2,
        title=f"isodose lines, 100 % = {scales.full_gy:.3g} Gy ({scales.full_name}); structures",
        title_fontsize=8, alignment="left",
    )  # fmt: skip
