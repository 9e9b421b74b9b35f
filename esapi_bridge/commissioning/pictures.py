"""Pictures of a commissioning: the worst plane of a plan or field, its profiles, output against field size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from dosenet.gamma import PASS_LIMIT
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.commissioning.compared import Compared, Measured
from esapi_bridge.report import style
from esapi_bridge.report.comparison import Comparison
from esapi_bridge.report.curves import profile_figure
from esapi_bridge.report.figures import GAMMA_CRITERION, MAP_NOTE, Picture, dose_view, gamma_view, shown_box
from esapi_bridge.report.gamma import gamma_map
from esapi_bridge.report.plane import Plane
from esapi_bridge.report.profile_lines import beam_lines

LEAST_SHARE = 0.25
"""Planes with fewer judged voxels than this share of the fullest are not shown as the worst: a few say nothing."""


def worst_pictures(compared: Compared) -> list[Picture]:
    """Draw doses, differences and gamma on the worst transverse plane, and profiles of a standing field."""
    comparison = Comparison(
        compared.case,
        DoseSet("Input", compared.given),
        DoseSet("Model", compared.network),
        DoseSet("Reference", compared.reference),
    )
    low, high = shown_box(comparison)
    plane = Plane("axial", _worst_z_mm(compared), low, high)
    who = compared.where
    pictures = [
        Picture(who, dose_view(comparison, plane), f"{who}: doses and differences on the worst plane, {plane.label}"),
        Picture(who, gamma_view(comparison, plane), f"{who}: gamma on the worst plane. {MAP_NOTE}"),
    ]
    beam = compared.beam
    if beam is not None and not beam.is_arc:
        lines = beam_lines(compared.case.ct, beam, compared.case.plan.patient_position)
        doses = [(s.name, s.plan) for s in comparison.sets]
        drawn = profile_figure(compared.case.ct, lines, doses, f"{who}: profiles")
        pictures.append(Picture(who, drawn, f"{who}: dose along the central axis and across it"))
    return pictures


def _worst_z_mm(compared: Compared) -> float:
    """Where the transverse plane lies of which the least share passes gamma."""
    gamma = gamma_map("", compared.reference, compared.network, GAMMA_CRITERION, PASS_LIMIT).values
    judged = np.isfinite(gamma).sum(axis=(1, 2))
    failing = (gamma > 1).sum(axis=(1, 2)) / np.maximum(judged, 1)
    failing[judged < LEAST_SHARE * judged.max()] = -1.0
    return float(compared.reference.grid.coordinates_mm(2)[int(np.argmax(failing))])


def output_figure(rows: Sequence[Measured], limit_percent: float | None) -> Figure | None:
    """Draw differences of output against field size; None without any."""
    points = [
        (row.energy, row.side_mm, row.output_percent)
        for row in rows
        if row.output_percent is not None and row.side_mm is not None
    ]
    if not points:
        return None
    with style.house_style():
        figure = style.new_figure(12.6, 3.4)
        ax = figure.subplots()
        for energy in sorted({name for name, _, _ in points}):
            of = np.array([(side, percent) for name, side, percent in points if name == energy])
            ax.plot(of[:, 0], of[:, 1], "o", ms=6, label=energy)
        ax.axhline(0.0, color=style.MUTED, lw=0.8)
        for way in (-1, 1) if limit_percent is not None else ():
            ax.axhline(way * (limit_percent or 0.0), color="#9b1c1c", lw=1.0, ls="--")
        ax.set(xlabel="side of the square of equal area within the jaws, mm", ylabel="model − reference, %")
        ax.set_title("Output in the middle of the fields")
        ax.grid(visible=True)
        ax.legend(title="energy", loc="best")
    return figure
