"""Figures of a fluence network's evaluation, in the order of Lee et al. 2019: losses, maps, plans, histograms."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from esapi_bridge.errors import BridgeError
from esapi_bridge.evaluation.fluence.patient import DVH_STRUCTURES, PatientFigures
from esapi_bridge.evaluation.fluence.summary import PAPER_MEDIANS, Pairing, of_maps, pairings, spoken
from esapi_bridge.report import style

WIDTH_IN = 12.6
MAP_PANELS = (
    ("mean_error_fractional_mu", "mean absolute error", "1e-3 fractional MU", 1e3),
    ("ssim", "structural similarity", "", 1.0),
    ("gamma_percent", "gamma 3 %/3 mm", "pixels that pass, %", 1.0),
    ("sum_error_percent", "energy error (sum of the map)", "%", 1.0),
)
"""Figure of each map, title, unit and scale of the panels of figure 7."""


@dataclass(frozen=True)
class LossCurve:
    """Losses of a training run by hours of training."""

    hours: NDArray[np.float64]
    training: NDArray[np.float64]
    validation: NDArray[np.float64]


def read_losses(file: Path) -> LossCurve:
    """Read the log of a training run.

    Raises
    ------
    BridgeError
        If the file is absent or is no such log.
    """
    try:
        with file.open(newline="", encoding="utf-8") as handle:
            rows = [
                [float(row[name]) for name in ("elapsed_s", "train_loss", "validation_loss")]
                for row in csv.DictReader(handle)
            ]
        seconds, training, validation = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BridgeError(
            "the run folder must hold metrics.csv with elapsed_s, train_loss and validation_loss, found other content"
        ) from error
    return LossCurve(seconds / 3600, training, validation)


def loss_figure(losses: LossCurve) -> Figure:
    """Figure 6: losses of the training run."""
    with style.house_style():
        figure = style.new_figure(WIDTH_IN, 3.6)
        ax = figure.subplots()
        ax.plot(losses.hours, losses.training, color=style.GIVEN, lw=1.4, ls=(0, (5, 2)), label="training")
        ax.plot(losses.hours, losses.validation, color=style.NETWORK, lw=1.8, label="validation (averaged weights)")
        style.log_y(ax)
        ax.set(xlabel="hours of training", ylabel="loss: SSIM, MAE, energy", xlim=(0, None))
        ax.grid(visible=True, which="both")
        ax.legend(loc="upper right")
    return figure


def map_figure(patients: Sequence[PatientFigures]) -> Figure:
    """Figure 7: errors of every map."""
    with style.house_style():
        figure = style.new_figure(WIDTH_IN, 3.9)
        for ax, (name, title, unit, scale) in zip(figure.subplots(1, len(MAP_PANELS)), MAP_PANELS, strict=True):
            values = scale * of_maps(patients, name)
            _box(ax, [values], [f"{values.size} maps"])
            ax.set(title=f"{title}\nmedian {np.nanmedian(values):.4g}", ylabel=unit)
            if name in PAPER_MEDIANS:
                ax.axhline(scale * PAPER_MEDIANS[name], color=style.GIVEN, lw=1.2, ls=(0, (5, 2)))
                ax.text(
                    0.98, scale * PAPER_MEDIANS[name], "paper's median", transform=ax.get_yaxis_transform(),
                    ha="right", va="bottom", fontsize=7.5, color=style.GIVEN,
                )  # fmt: skip
            else:
                ax.axhline(0, color=style.MUTED, lw=0.8)
    return figure


def scatter_figure(patients: Sequence[PatientFigures]) -> Figure:
    """Figure 11: figures of the plans, clinical against predicted."""
    found = pairings(patients)
    columns = 5
    rows = math.ceil(len(found) / columns)
    with style.house_style():
        figure = style.new_figure(WIDTH_IN, 2.8 * rows)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for ax in axes[len(found) :]:
            ax.set_visible(False)
        for ax, pairing in zip(axes, found, strict=False):
            _scatter(ax, pairing)
    return figure


def rss_figure(patients: Sequence[PatientFigures]) -> Figure:
    """Figure 12: residual sum of squares between the histograms of each structure."""
    values = [np.array([p.dvh_rss[name] for p in patients if name in p.dvh_rss]) for name in DVH_STRUCTURES]
    with style.house_style():
        figure = style.new_figure(WIDTH_IN, 3.9)
        ax = figure.subplots()
        _box(ax, values, [spoken(name) for name in DVH_STRUCTURES])
        positive = np.concatenate([v[v > 0] for v in values])
        if positive.size and positive.max() > 30 * positive.min():
            style.log_y(ax)
        ax.set(ylabel="residual sum of squares, volume as a share of 1")
        ax.grid(visible=True, axis="y")
    return figure


def _box(ax: Axes, groups: Sequence[NDArray[np.float64]], names: Sequence[str]) -> None:
    """Draw boxes (quartiles, whiskers to 1.5 times their distance) with every value beside them."""
    shown = [values[np.isfinite(values)] for values in groups]
    ax.boxplot(
        shown, widths=0.34, showfliers=False, patch_artist=True, tick_labels=list(names),
        boxprops={"facecolor": "#dbe8f5", "edgecolor": style.NETWORK},
        medianprops={"color": style.NETWORK, "lw": 2.0},
        whiskerprops={"color": style.NETWORK}, capprops={"color": style.NETWORK},
    )  # fmt: skip
    rng = np.random.default_rng(0)
    for place, values in enumerate(shown, 1):
        aside = place + 0.22 + 0.16 * rng.random(values.size)
        ax.plot(aside, values, ".", ms=3.2, color=style.MUTED, alpha=0.55, mew=0)
    ax.set_xlim(0.5, len(shown) + 0.55)
    ax.tick_params(axis="x", length=0)


def _scatter(ax: Axes, pairing: Pairing) -> None:
    both = np.concatenate([pairing.clinical, pairing.predicted])
    low, high = float(np.nanmin(both)), float(np.nanmax(both))
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    ends = (low - margin, high + margin)
    ax.plot(ends, ends, color=style.MUTED, lw=0.9)
    ax.plot(pairing.clinical, pairing.predicted, "o", ms=4, color=style.NETWORK, alpha=0.65, mew=0)
    worst = pairing.worst
    ax.plot(pairing.clinical[worst], pairing.predicted[worst], "o", ms=7, mfc="none", color=style.GIVEN, mew=1.4)
    unit = f", {pairing.unit}" if pairing.unit else ""
    ax.set(xlim=ends, ylim=ends, aspect="equal", xlabel="clinical" + unit, ylabel="predicted" + unit)
    ax.set_title(f"{pairing.name}\nmedian |difference| {pairing.median_size:.2g}", fontsize=8.5)
    ax.tick_params(labelsize=7.5)
