"""Figures of a study, in the order of Dong and Xing 2020: losses, boxes, gamma, slices, number of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dosenet.gamma import PAPER_CRITERIA
from dosenet.slices import FINE_MM
from esapi_bridge.report import style
from esapi_bridge.study.outcome import Slice
from esapi_bridge.study.summary import LINEAR, PAPER_GAMMA, PAPER_RATIO, Box, Trained, curves

WIDTH_IN = 12.6
COLOURS = (style.NETWORK, "#2e7d32", "#6a3d9a", "#00838f", "#8d6e63", "#ad1457")
"""Of the networks in the order they were named; linear up-sampling has that of the input dose."""

LEAST_SHOWN, MOST_DIFFERENCE = 0.02, 0.1
"""Doses shown on the CT, and the end of the scale of differences, of the coarse maximum."""


def loss_figure(trained: Sequence[Trained]) -> Figure:
    """Figure 4: squared error on training and left-out patients during training, a panel for each network."""
    with style.house_style():
        figure = style.new_figure(WIDTH_IN, 3.7)
        panels = figure.subplots(1, len(trained), sharey=True, squeeze=False)[0]
        for ax, one, colour in zip(panels, trained, _colours(trained), strict=True):
            found = curves(one)
            for name, line, label in (("training", (0, (5, 2)), "training"), ("left_out", "-", "left out")):
                for over, mse in zip(found["over"], found[name], strict=True):
                    ax.plot(over, mse, color=colour, ls=line, lw=0.7, alpha=0.35)
                ax.plot(
                    found["over"].mean(0), found[name].mean(0), color=colour, ls=line, lw=2.0, label=f"{label}, mean"
                )
            linear = float(np.mean([o.linear_mse["left_out"] for o in one.outcomes]))
            ax.axhline(linear, color=style.GIVEN, lw=1.3, ls=(0, (1, 1.4)), label=f"{LINEAR}, left out")
            style.log_y(ax)
            ax.set(xlabel="steps" if one.limit.minutes is None else "processor minutes", xlim=(0, None))
            ax.set_title(one.network)
            ax.grid(visible=True, which="both")
            ax.legend(loc="upper right")
        panels[0].set_ylabel("squared error")
    return figure


def box_figure(trained: Sequence[Trained]) -> Figure:
    """Figure 5: squared error of every field of the left-out patients, and how many times less than linear."""
    with style.house_style():
        figure = style.new_figure(WIDTH_IN, 3.9)
        losses, ratios = figure.subplots(1, 2, width_ratios=(len(trained) + 1, len(trained)))
        names, colours = [one.network for one in trained], _colours(trained)
        groups = [trained[0].mse("linear"), *(one.mse("network") for one in trained)]
        _boxes(losses, groups, [LINEAR, *names], [style.GIVEN, *colours])
        style.log_y(losses)
        losses.set(ylabel="squared error of a field", title="loss")
        _boxes(ratios, [one.ratios for one in trained], names, colours)
        style.log_y(ratios)
        ratios.set(ylabel="times less error than linear", title="improvement")
        _paper_line(ratios, PAPER_RATIO, "paper's mean")
    return figure


def gamma_figure(trained: Sequence[Trained]) -> Figure:
    """Figure 6: gamma of every field at three criteria, a box inside a violin."""
    with style.house_style():
        figure = style.new_figure(WIDTH_IN, 4.2)
        for ax, criterion in zip(figure.subplots(1, len(PAPER_CRITERIA), sharey=True), PAPER_CRITERIA, strict=True):
            name = str(criterion)
            groups = [trained[0].gamma(name, "linear"), *(one.gamma(name, "network") for one in trained)]
            colours = [style.GIVEN, *_colours(trained)]
            for place, (values, colour) in enumerate(zip(groups, colours, strict=True), 1):
                if np.ptp(values) > 0:  # of equal values there is no density
                    body = ax.violinplot([values], [place], widths=0.85, showextrema=False)["bodies"][0]
                    body.set(facecolor=colour, alpha=0.22, edgecolor="none")
            _boxes(ax, groups, ["linear", *(one.network for one in trained)], colours, width=0.22)
            ax.set(title=name, ylim=(None, 101))
            _paper_line(ax, PAPER_GAMMA[name], "paper's mean")
            ax.set_ylabel("points that pass, %" if criterion is PAPER_CRITERIA[0] else "")
    return figure


def slice_figure(slices: Sequence[Slice]) -> Figure:
    """Figure 7: doses of left-out patients on their CT, a row each, and differences from the reference."""
    titles = (LINEAR, "network", "reference", f"{LINEAR} − reference", "network − reference")
    with style.house_style():
        boxes = [_box_of(one) for one in slices]
        heights = [(rows.stop - rows.start) / (columns.stop - columns.start) for rows, columns in boxes]
        figure = style.new_figure(WIDTH_IN, 1.8 + WIDTH_IN / len(titles) * sum(heights))
        panels = figure.subplots(len(slices), len(titles), squeeze=False, height_ratios=heights)
        dose = mpl.cm.ScalarMappable(mpl.colors.Normalize(0, 100), style.DOSE_MAP)
        ends = 100 * MOST_DIFFERENCE
        difference = mpl.cm.ScalarMappable(mpl.colors.Normalize(-ends, ends), style.DIFFERENCE_MAP)
        for row, one, (rows, columns) in zip(panels, slices, boxes, strict=True):
            doses = (one.linear, one.network, one.reference)
            differences = (one.linear - one.reference, one.network - one.reference)
            top = max(float(values.max()) for values in doses)
            for ax, values in zip(row[:3], doses, strict=True):
                shown = np.ma.masked_less(values / top, LEAST_SHOWN)
                _on_ct(ax, one.ct_hu, 100 * shown, dose, rows, columns)
            for ax, values in zip(row[3:], differences, strict=True):
                _on_ct(ax, one.ct_hu, 100 * values / top, difference, rows, columns)
            row[0].set_ylabel(f"{one.patient}\n{one.field}", fontsize=8)
        for ax, title in zip(panels[0], titles, strict=True):
            ax.set_title(title, fontsize=9)
        figure.colorbar(
            dose, ax=panels[:, :3], location="bottom", shrink=0.5, aspect=40, label="dose, % of the maximum"
        )
        figure.colorbar(
            difference, ax=panels[:, 3:], location="bottom", shrink=0.6, aspect=30, label="difference, % of the maximum"
        )
    return figure


def patients_figure(found: Mapping[int, Trained]) -> Figure:
    """Figure 8: squared error on left-out patients against the number of patients learned from."""
    with style.house_style():
        figure = style.new_figure(WIDTH_IN * 0.6, 3.6)
        ax = figure.subplots()
        counts = list(found)
        for count, one in found.items():
            means = [float(np.mean([field.mse["network"] for field in outcome.fields])) for outcome in one.outcomes]
            ax.plot([count] * len(means), means, ".", color=style.NETWORK, alpha=0.5, mew=0)
        means = [float(np.mean(one.mse("network"))) for one in found.values()]
        ax.plot(counts, means, "-o", color=style.NETWORK, lw=1.8, ms=5, label="mean over all fields")
        linear = float(np.mean(found[counts[-1]].mse("linear")))
        ax.axhline(linear, color=style.GIVEN, lw=1.3, ls=(0, (1, 1.4)), label=LINEAR)
        style.log_y(ax)
        ax.set(xlabel="patients learned from", ylabel="squared error, left out", xticks=counts)
        ax.grid(visible=True, which="both")
        ax.legend()
    return figure


def _colours(trained: Sequence[Trained]) -> list[str]:
    return [COLOURS[k % len(COLOURS)] for k in range(len(trained))]


def _boxes(
    ax: Axes, groups: Sequence[Sequence[float]], names: Sequence[str], colours: Sequence[str], width: float = 0.34
) -> None:
    """Draw the boxes of the tables, with every value beside them and a point for the mean."""
    rng = np.random.default_rng(0)
    for place, (values, colour) in enumerate(zip(groups, colours, strict=True), 1):
        box = asdict(Box.of(values))
        drawn = {
            "med": box["median"], "q1": box["quartile_1"], "q3": box["quartile_3"], "mean": box["mean"],
            "whislo": box["whisker_low"], "whishi": box["whisker_high"], "fliers": [],
        }  # fmt: skip
        line = {"color": colour, "lw": 1.4}
        ax.bxp(
            [drawn], positions=[place], widths=width, showmeans=True, showfliers=False, patch_artist=True,
            boxprops={"facecolor": "white", "edgecolor": colour, "lw": 1.4}, medianprops={**line, "lw": 2.2},
            whiskerprops=line, capprops=line,
            meanprops={"marker": "D", "markerfacecolor": colour, "markeredgecolor": "white", "markersize": 5},
        )  # fmt: skip
        aside = place + 0.26 + 0.14 * rng.random(len(values))
        ax.plot(aside, values, ".", ms=3.2, color=style.MUTED, alpha=0.5, mew=0)
    ax.set_xticks(range(1, len(names) + 1), names)
    ax.set_xlim(0.5, len(names) + 0.55)
    ax.tick_params(axis="x", length=0)
    ax.grid(visible=True, axis="y")


def _paper_line(ax: Axes, value: float, text: str) -> None:
    ax.axhline(value, color=style.MUTED, lw=1.0, ls=(0, (5, 2)))
    ax.text(
        0.995, value, text, transform=ax.get_yaxis_transform(), ha="right", va="bottom", fontsize=7.5,
        color=style.MUTED,
    )  # fmt: skip


def _on_ct(
    ax: Axes, ct_hu: NDArray[np.float32], values: NDArray[np.float32], scale: mpl.cm.ScalarMappable, rows: slice,
    columns: slice,
) -> None:  # fmt: skip
    low, high = style.CT_WINDOW_HU
    size = (0, FINE_MM * (columns.stop - columns.start), FINE_MM * (rows.stop - rows.start), 0)
    ax.imshow(ct_hu[rows, columns], cmap="gray", vmin=low, vmax=high, extent=size)
    alpha = 0.62 if scale.cmap is style.DOSE_MAP else None
    ax.imshow(values[rows, columns], cmap=scale.cmap, norm=cast("Normalize", scale.norm), alpha=alpha, extent=size)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(False)


def _box_of(one: Slice) -> tuple[slice, slice]:
    """Rows and columns of the body, by the CT, or of all where it shows none."""
    body = one.ct_hu > -500
    if not body.any():
        return slice(0, body.shape[0]), slice(0, body.shape[1])
    found = []
    for axis in (1, 0):
        some = np.flatnonzero(body.any(axis))
        found.append(slice(max(int(some[0]) - 6, 0), int(some[-1]) + 7))
    rows, columns = found
    return slice(rows.start, min(rows.stop, body.shape[0])), slice(columns.start, min(columns.stop, body.shape[1]))
