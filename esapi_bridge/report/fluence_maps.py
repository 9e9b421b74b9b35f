"""Optimal fluence of every beam: the network's, the clinical one where there is one, and their difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from esapi_bridge.case import Beam, FluenceMap
from esapi_bridge.case.resample import sample_fluence
from esapi_bridge.report import style

FLUENCE_MAP, DIFFERENCE_MAP = "viridis", "RdBu_r"
MOST_COLUMNS = 7
MARGIN_MM = 10.0
"""Shown around the fluence that is not zero."""

DIFFERENCE_SHARE = 0.25
"""End of the difference scale, as a share of the highest fluence."""


def fluence_figure(beams: Sequence[Beam], clinical: Mapping[int, FluenceMap]) -> Figure:
    """Draw the maps as the source sees them: +X to the right, +Y upwards, isocentre plane, collimator axes.

    Parameters
    ----------
    beams
        Treatment beams, each with its fluence.
    clinical
        Clinical fluence by beam number; may be empty.
    """
    kinds = ["network", "clinical", "difference"] if clinical else ["network"]
    columns = min(len(beams), MOST_COLUMNS)
    lines = -(-len(beams) // columns)
    maps = [m for b in beams for m in (b.fluence, clinical.get(b.number)) if m is not None]
    extent = shown_extent_mm(maps)
    top = highest(maps)
    width = 12.6
    aspect = (extent[3] - extent[2]) / (extent[1] - extent[0])
    panel = (width - 1.3) / columns
    rows = lines * len(kinds)
    with style.house_style():
        figure = style.new_figure(width, rows * min(panel * aspect, 5.0) + 0.55 * lines + 0.4)
        axes = np.atleast_2d(figure.subplots(rows, columns, squeeze=False))
        for ax in axes.flat:
            ax.set_visible(False)
        for index, beam in enumerate(beams):
            line, column = divmod(index, columns)
            for offset, kind in enumerate(kinds):
                ax = axes[line * len(kinds) + offset, column]
                _panel(ax, kind, beam, clinical.get(beam.number), top)
                ax.set(xlim=extent[:2], ylim=extent[2:])
                if column == 0:
                    ax.set_ylabel(kind, fontsize=9)
                if offset == 0:
                    ax.set_title(f"{beam.name}\ngantry {beam.control_points[0].gantry_deg:g}°", fontsize=8.5)
        _bars(figure, axes, kinds, top)
        axes[-1, 0].set_xticks([-50, 50], ["−5", "5 cm"], fontsize=7)
    return figure


def difference_map(network: FluenceMap, clinical: FluenceMap) -> FluenceMap:
    """Subtract a clinical fluence from the network's, on the pixels of the latter."""
    return replace(network, values=network.values - sample_fluence(clinical, *network.centres_mm))


def highest(maps: Sequence[FluenceMap]) -> float:
    """Find the end of the scale that all maps share."""
    return max(float(m.values.max()) for m in maps) or 1.0


def difference_end(top: float) -> float:
    """Find the end of the difference scale; `top` is that of the fluence."""
    return DIFFERENCE_SHARE * top


def _panel(ax: Axes, kind: str, beam: Beam, clinical: FluenceMap | None, top: float) -> None:
    ax.set_visible(True)
    ax.set(xticks=[], yticks=[], aspect="equal")
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_color(style.RULE)
    fluence = beam.fluence if kind == "network" else clinical
    if fluence is None or beam.fluence is None:
        ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", va="center", color=style.MUTED)
        return
    look: dict[str, Any] = {"cmap": FLUENCE_MAP, "vmin": 0, "vmax": top}
    if kind == "difference":
        fluence = difference_map(beam.fluence, fluence)
        look = {"cmap": DIFFERENCE_MAP, "vmin": -difference_end(top), "vmax": difference_end(top)}
    else:
        ax.set_facecolor(mpl.colormaps[FLUENCE_MAP](0.0))
    ax.imshow(fluence.values, extent=_edges(fluence), interpolation="nearest", origin="upper", **look)
    jaws = beam.widest_jaws
    ax.plot(
        [jaws.x1_mm, jaws.x2_mm, jaws.x2_mm, jaws.x1_mm, jaws.x1_mm],
        [jaws.y1_mm, jaws.y1_mm, jaws.y2_mm, jaws.y2_mm, jaws.y1_mm],
        color="#e8872b", lw=0.7, ls=(0, (3, 2)),
    )  # fmt: skip
    ax.plot(0, 0, marker="+", color="white" if kind != "difference" else style.INK, ms=6, mew=0.8)


def _bars(figure: Figure, axes: NDArray[Any], kinds: Sequence[str], top: float) -> None:
    maps = [axes[r, c] for r in range(axes.shape[0]) for c in range(axes.shape[1]) if r % len(kinds) < 2]
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, top), FLUENCE_MAP), ax=maps, fraction=0.02, pad=0.008, aspect=26
    )  # fmt: skip
    bar.set_label("fluence (1: 1 Gy at 10 cm)", fontsize=8)
    if "difference" in kinds:
        end = difference_end(top)
        rest = [axes[r, c] for r in range(2, axes.shape[0], 3) for c in range(axes.shape[1])]
        bar = figure.colorbar(
            ScalarMappable(Normalize(-end, end), DIFFERENCE_MAP), ax=rest, fraction=0.02, pad=0.008, aspect=13
        )  # fmt: skip
        bar.set_label("network − clinical", fontsize=8)


def _edges(fluence: FluenceMap) -> tuple[float, float, float, float]:
    """Left, right, bottom and top edge, mm."""
    rows, columns = fluence.values.shape
    half = fluence.spacing_mm / 2
    left, top = fluence.x_origin_mm - half, fluence.y_origin_mm + half
    return left, left + columns * fluence.spacing_mm, top - rows * fluence.spacing_mm, top


def shown_extent_mm(maps: Sequence[FluenceMap]) -> tuple[float, float, float, float]:
    """What to show: all fluence that is not zero, with a margin; x then y, mm."""
    boxes = []
    for fluence in maps:
        rows, columns = np.nonzero(fluence.values)
        if rows.size:
            x_mm, y_mm = fluence.centres_mm
            boxes.append((x_mm[columns.min()], x_mm[columns.max()], y_mm[rows.max()], y_mm[rows.min()]))
    if not boxes:
        return _edges(maps[0])
    x1, x2, y1, y2 = np.array(boxes).T
    return (
        float(x1.min() - MARGIN_MM), float(x2.max() + MARGIN_MM), float(y1.min() - MARGIN_MM),
        float(y2.max() + MARGIN_MM),
    )  # fmt: skip
