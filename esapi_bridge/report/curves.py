"""Curves: depth dose and lateral profile through the isocentre, and dose-volume histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose, PatientPosition, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.resample import sample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.report import style
from esapi_bridge.report.dvh import Dvh

SKIN_HU = -400.0
STEP_MM = 0.5
LINES: tuple[dict[str, Any], ...] = (
    {"color": style.GIVEN, "ls": (0, (5, 2)), "lw": 1.5},
    {"color": style.NETWORK, "ls": "-", "lw": 1.8},
    {"color": style.REFERENCE, "ls": (0, (1, 1.4)), "lw": 1.8},
)
"""Dashed input, solid network, dotted reference: told apart without colour too."""


def profile_figure(
    ct: Volume, beam: Beam, position: PatientPosition, doses: Sequence[tuple[str, Dose]], title: str
) -> Figure:
    """Draw dose along the central axis of a beam and across it at the isocentre.

    Parameters
    ----------
    ct
        CT, HU; its profile is shown behind the depth dose.
    beam, position
        The beam and the patient position, for its axis.
    doses
        Names with doses: input, network and, where there is one, reference.
    title
        What dose this is.
    """
    frame = beam_frame(beam, position)
    isocentre = frame.isocentre_mm
    reach = 300.0
    along = np.arange(-reach, reach + STEP_MM, STEP_MM)
    axis = isocentre + along[:, None] * frame.axes[2]
    hu = sample(ct, axis, outside=AIR_HU)
    tissue = np.flatnonzero(hu > SKIN_HU)
    skin = along[tissue[0]] if tissue.size else 0.0
    end = along[tissue[-1]] if tissue.size else reach
    with style.house_style():
        figure = style.new_figure(12.6, 3.9)
        deep, lateral = figure.subplots(1, 2)
        _dose_lines(deep, along - skin, axis, doses)
        _dose_lines(lateral, along, isocentre + along[:, None] * frame.gantry_x, doses)
        _ct_behind(deep, along - skin, hu)
        deep.set(xlim=(-5, end - skin + 5), xlabel="depth along the central axis, mm", ylabel="dose, Gy")
        deep.axvline(-skin, color=style.MUTED, lw=0.8, ls=":")
        deep.text(
            -skin, 1.0, " isocentre", transform=deep.get_xaxis_transform(), fontsize=7.5, color=style.MUTED, va="top"
        )
        deep.set_title("Depth dose")
        half = _half_width(beam)
        lateral.set(
            xlim=(-half, half), xlabel="distance from the central axis, gantry X direction, mm", ylabel="dose, Gy"
        )
        lateral.set_title("Lateral profile at the isocentre")
        for ax in (deep, lateral):
            ax.set_ylim(bottom=0)
            ax.grid(visible=True)
        lateral.legend(loc="upper right")
        figure.suptitle(title, x=0.005, ha="left", fontsize=11, fontweight="bold")
    return figure


def dvh_figure(histograms: Sequence[tuple[str, Sequence[Dvh]]]) -> Figure:
    """Draw cumulative DVHs: input dashed, network solid, reference dotted, in the structures' colours.

    Parameters
    ----------
    histograms
        Names with the DVHs of input, network and, where there is one, reference.
    """
    top = max(float(dvh.dose_gy[-1]) for _, dvhs in histograms for dvh in dvhs)
    dose = np.linspace(0, top * 1.03, 500)
    with style.house_style():
        figure = style.new_figure(12.6, 4.6)
        ax = figure.subplots()
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


def _half_width(beam: Beam) -> float:
    """Half the width to show, mm: the field with 40 mm on either side."""
    jaws = beam.control_points[0].jaws
    return max(abs(jaws.x1_mm), abs(jaws.x2_mm)) + 40.0
