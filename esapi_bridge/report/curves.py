"""Curves: dose along lines, and dose-volume histograms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from esapi_bridge.case import Dose, Volume
from esapi_bridge.case.resample import sample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.report import style
from esapi_bridge.report.dvh import Dvh
from esapi_bridge.report.profile_lines import ProfileLine

LINES: tuple[dict[str, Any], ...] = (
    {"color": style.GIVEN, "ls": (0, (5, 2)), "lw": 1.5},
    {"color": style.NETWORK, "ls": "-", "lw": 1.8},
    {"color": style.REFERENCE, "ls": (0, (1, 1.4)), "lw": 1.8},
    {"color": style.MUTED, "ls": (0, (7, 2, 1.5, 2)), "lw": 1.5},
    {"color": style.INK, "ls": (0, (1, 4)), "lw": 1.5},
)
"""Dashed input, solid network, dotted reference, others after them: told apart without colour too."""


def profile_figure(ct: Volume, lines: Sequence[ProfileLine], doses: Sequence[tuple[str, Dose]], title: str) -> Figure:
    """Draw dose along straight lines.

    Parameters
    ----------
    ct
        CT, HU; shown behind the lines that ask for it.
    lines
        The lines, a panel each.
    doses
        Names with doses: input, network and, where there is one, reference.
    title
        What dose this is.
    """
    with style.house_style():
        figure = style.new_figure(12.6, 3.9)
        panels = figure.subplots(1, len(lines))
        for ax, line in zip(panels, lines, strict=True):
            _dose_lines(ax, line.at_mm, line.points_mm, doses)
            ax.set(xlim=line.shown_mm, xlabel=f"{line.label}, mm", ylabel="dose, Gy")
            ax.set_title(line.title)
            if line.with_ct:
                _ct_behind(ax, line.at_mm, sample(ct, line.points_mm, outside=AIR_HU))
                ax.axvline(line.isocentre_at_mm, color=style.MUTED, lw=0.8, ls=":")
                ax.text(
                    line.isocentre_at_mm, 1.0, " isocentre", transform=ax.get_xaxis_transform(), fontsize=7.5,
                    color=style.MUTED, va="top",
                )  # fmt: skip
            ax.set_ylim(bottom=0)
            ax.grid(visible=True)
        panels[-1].legend(loc="upper right")
        figure.suptitle(title, x=0.005, ha="left", fontsize=11, fontweight="bold")
    return figure


def dvh_figure(histograms: Sequence[tuple[str, Sequence[Dvh]]], bands: Collection[tuple[Dvh, Dvh]] = ()) -> Figure:
    """Draw cumulative DVHs: input dashed, network solid, reference dotted, in the structures' colours.

    Parameters
    ----------
    histograms
        Names with the DVHs of input, network and, where there is one, reference.
    bands
        DVHs of lower and upper bounds of the network's dose; shaded between.
    """
    drawn = [*(dvh for _, dvhs in histograms for dvh in dvhs), *(dvh for band in bands for dvh in band)]
    top = max(float(dvh.dose_gy[-1]) for dvh in drawn)
    dose = np.linspace(0, top * 1.03, 500)
    with style.house_style():
        figure = style.new_figure(12.6, 4.6)
        ax = figure.subplots()
        for low, high in bands:
            ax.fill_between(
                dose, low.volume_at_percent(dose), high.volume_at_percent(dose), alpha=0.16, lw=0,
                color=style.legible(low.structure.colour),
            )  # fmt: skip
        for (_, dvhs), look in zip(histograms, LINES, strict=False):
            for dvh in dvhs:
                ax.plot(
                    dose, dvh.volume_at_percent(dose), color=style.legible(dvh.structure.colour), ls=look["ls"], lw=1.5
                )
        ax.set(xlim=(0, dose[-1]), ylim=(0, 101), xlabel="dose, Gy", ylabel="volume, %")
        ax.grid(visible=True)
        ax.set_title("Dose-volume histograms")
        structures = [
            Line2D(
                [],
                [],
                color=style.legible(d.structure.colour),
                lw=2,
                label=f"{d.structure.name} ({d.volume_cm3:.1f} cm³{_outside(d)})",
            )
            for d in histograms[0][1]
        ]
        kinds = [
            Line2D([], [], color=style.INK, ls=look["ls"], lw=1.5, label=name)
            for (name, _), look in zip(histograms, LINES, strict=False)
        ]
        figure.legend(handles=[*kinds, *structures], loc="outside right upper")
    return figure


def _outside(dvh: Dvh) -> str:
    return f", {dvh.outside:.0%} outside the dose" if dvh.outside else ""


def _dose_lines(
    ax: Axes, x: NDArray[np.float64], points: NDArray[np.float64], doses: Sequence[tuple[str, Dose]]
) -> None:
    for (name, dose), look in zip(doses, LINES, strict=False):
        # A dose ends with its grid; it is not zero beyond.
        ax.plot(x, sample(dose.volume, points, outside=np.nan), label=name, **look)


def _ct_behind(ax: Axes, x: NDArray[np.float64], hu: NDArray[np.float32]) -> None:
    """Show the CT number along the axis as a grey area, so that lung and bone are seen where they change the dose."""
    twin = ax.twinx()
    twin.fill_between(x, -1000, hu, color="#9aa7b4", alpha=0.25, lw=0)
    twin.set_ylim(-1000, 1500)
    twin.set_ylabel("CT, HU", color=style.MUTED)
    twin.spines["right"].set_visible(True)
    ax.set_zorder(twin.get_zorder() + 1)
    ax.patch.set_visible(False)
