"""A plan in one picture: dose in three planes, dose-volume histograms and the fluence of every beam."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from esapi_bridge.case import Structure
from esapi_bridge.planning.imrt.plan import ImrtPlan
from esapi_bridge.planning.physics.raytrace import resample
from esapi_bridge.planning.subject import Subject
from esapi_bridge.report import style
from esapi_bridge.report.dvh import make_dvhs

LEAST_PERCENT = 20.0
"""Dose below this share of the prescription is not coloured."""

OUTLINED = ("PTV", "Bladder", "Rectum", "Bowel", "Femur_Head_R", "Femur_Head_L", "PenileBulb")

DASHED = {"PenileBulb": "--"}
"""Phantoms give it the colour of bowel."""

PLANES = (("transverse", 0), ("coronal", 1), ("sagittal", 2))


def plan_figure(patient: Subject, plan: ImrtPlan, title: str) -> Figure:
    """Draw a plan.

    Parameters
    ----------
    patient
        Its patient.
    plan
        The plan.
    title
        Heading.
    """
    structures = {s.name: s for s in patient.structures if s.name in OUTLINED}
    with style.house_style():
        figure = style.new_figure(13.0, 9.2)
        rows = figure.add_gridspec(3, 1, height_ratios=[1.62, 1.08, 1.0])
        images, curves, maps = (figure.add_subfigure(rows[number]) for number in range(3))
        axes = images.subplots(1, 3, width_ratios=[1.45, 1.45, 1.0])
        hu = resample(patient.ct.values + 1000.0, patient.ct.grid, plan.dose.grid) - 1000.0
        for ax, (name, axis) in zip(axes, PLANES, strict=True):
            shown = _plane(ax, axis, hu, plan, structures)
            ax.set_title(f"{name}, through the isocentre")
        images.colorbar(shown, ax=axes, label="dose, % of 44 Gy", shrink=0.85, pad=0.01)
        _dvh(curves.subplots(), plan, list(structures.values()), patient.ct.grid.spacing_mm[2])
        _maps(maps, plan)
        figure.suptitle(title, x=0.005, ha="left", fontsize=11, fontweight="bold")
    return figure


def _plane(ax: Axes, axis: int, hu: NDArray[np.float32], plan: ImrtPlan, structures: dict[str, Structure]) -> AxesImage:
    grid = plan.dose.grid
    index = np.rint(grid.to_index(plan.beams[0].isocentre_mm)).astype(int)[2 - axis]
    across, down = [i for i in (2, 1, 0) if i != axis]
    x_mm, y_mm = grid.coordinates_mm(2 - across), grid.coordinates_mm(2 - down)
    extent = (x_mm[0] - 1.25, x_mm[-1] + 1.25, y_mm[-1] + 1.25, y_mm[0] - 1.25)
    percent = 100.0 * np.take(plan.dose.gy, index, axis) / plan.prescription_gy
    low, high = style.CT_WINDOW_HU
    ax.imshow(np.take(hu, index, axis), cmap="gray", vmin=low / 2, vmax=high / 2, extent=extent)
    colours = ax.imshow(
        np.ma.masked_less(percent, LEAST_PERCENT), cmap=style.DOSE_MAP, vmin=LEAST_PERCENT, vmax=110, alpha=0.55,
        extent=extent, interpolation="bilinear",
    )  # fmt: skip
    for name, structure in structures.items():
        outline = np.take(plan.masks[name], index, axis)
        if outline.any():
            width = 1.8 if name == "PTV" else 1.1
            ax.contour(x_mm, y_mm, outline, levels=[0.5], colors=[style.rgb(structure.colour)], linewidths=width)
    if axis > 0:
        ax.invert_yaxis()
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return colours


def _dvh(ax: Axes, plan: ImrtPlan, structures: Sequence[Structure], slice_mm: float) -> None:
    dose = np.linspace(0.0, 1.1 * plan.prescription_gy, 400)
    for structure in structures:
        for dvh in make_dvhs([plan.dose], structure, slice_mm):
            ax.plot(
                dose, dvh.volume_at_percent(dose), color=style.legible(structure.colour),
                lw=2.2 if structure.name == "PTV" else 1.5, ls=DASHED.get(structure.name, "-"),
                label=f"{structure.name} ({dvh.volume_cm3:.0f} cm³)",
            )  # fmt: skip
    ax.axvline(plan.prescription_gy, color=style.MUTED, lw=0.8, ls=":")
    ax.set(xlim=(0, dose[-1]), ylim=(0, 101), xlabel="dose, Gy", ylabel="volume, %")
    ax.set_title("Dose-volume histograms")
    ax.grid(visible=True)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _maps(figure: SubFigure, plan: ImrtPlan) -> None:
    axes = figure.subplots(1, len(plan.beams))
    fluences = [beam.fluence for beam in plan.beams if beam.fluence is not None]
    top = max(float(fluence.values.max()) for fluence in fluences)
    reach = max(max(fluence.values.shape) for fluence in fluences) * 1.25 + 5.0
    for ax, beam, fluence in zip(np.atleast_1d(axes), plan.beams, fluences, strict=True):
        rows, columns = fluence.values.shape
        step, x_mm, y_mm = fluence.spacing_mm, fluence.x_origin_mm, fluence.y_origin_mm
        extent = (x_mm - step / 2, x_mm + step * (columns - 0.5), y_mm - step * (rows - 0.5), y_mm + step / 2)
        image = ax.imshow(fluence.values, cmap="inferno", vmin=0, vmax=top, extent=extent)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], facecolor="black")
        ax.set_title(f"{beam.control_points[0].gantry_deg:g}°, {beam.meterset_mu:.0f} MU")
    figure.colorbar(image, ax=axes, label="fluence, one fraction", pad=0.01)


def draw_plan(seed: int, path: Path) -> Path:
    """Plan the phantom of a seed and write the picture as PNG."""
    from esapi_bridge.planning.imrt.anatomy import prostate_patient
    from esapi_bridge.planning.imrt.plan import plan_patient

    patient = prostate_patient(seed)
    plan = plan_patient(patient)
    return style.save_png(plan_figure(patient, plan, f"44 Gy in 20 fractions, 15X, phantom {seed}"), path)
