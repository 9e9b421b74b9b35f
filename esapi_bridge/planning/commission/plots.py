"""Plots of the commissioning, for docs/explanation/physics.md."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

from esapi_bridge.case import DoseMedium
from esapi_bridge.planning.commission.beam_data import PDD_DEPTH_CM, PUBLISHED
from esapi_bridge.planning.commission.measure import SLABS, engines, has_reference, load_reference, reference_fields_mm
from esapi_bridge.planning.commission.water import axis_dose, flat_field, open_field, slab_phantom, water_phantom
from esapi_bridge.planning.physics import BeamModel, collapsed_cone, pencil_beam
from esapi_bridge.planning.physics.beam_model import file_stem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENGINE_STYLE = {"collapsed_cone": ("-", "collapsed cone"), "pencil_beam": ("--", "pencil beam")}
COLOURS = ("#0072b2", "#d55e00", "#009e73")


def plot_beam(model: BeamModel, report: dict[str, Any], folder: Path) -> None:
    """Write an energy's plots as PNG: depth dose, output factors, both engines and Monte Carlo in slabs."""
    name = file_stem(model.name)
    _save(_depth_dose(model), folder / f"depth_dose_{name}.png")
    _save(_output(model.name, report), folder / f"output_factors_{name}.png")
    if has_reference(model.name):
        _save(_slabs(model), folder / f"slabs_{name}.png")


def _save(figure: Figure, path: Path) -> None:
    figure.text(0.995, 0.005, "research use only, not for clinical use", ha="right", va="bottom", size=6, color="0.4")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _depth_dose(model: BeamModel) -> Figure:
    figure, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
    tank = water_phantom()
    for colour, (width, table) in zip(COLOURS, PUBLISHED[model.name].depth_dose.items(), strict=True):
        for name, engine in engines(model).items():
            depth, dose = axis_dose(engine(tank, width, PUBLISHED[model.name].ssd_mm))
            percent = dose / np.interp(10.0, depth, dose) * table[PDD_DEPTH_CM.index(10.0)]
            line, label = ENGINE_STYLE[name]
            axes.plot(depth, percent, line, color=colour, lw=1.2, label=f"{width / 10:g}x{width / 10:g} {label}")
        axes.plot(PDD_DEPTH_CM, table, "o", color=colour, ms=4, label=f"{width / 10:g}x{width / 10:g} published")
    axes.set(xlabel="depth in water / cm", ylabel="dose / % of maximum", xlim=(0, 32), ylim=(0, 105))
    axes.set_title(f"{model.name}: depth dose, SSD {PUBLISHED[model.name].ssd_mm / 10:g} cm, normalised at 10 cm")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, ncols=3, loc="upper right")
    return figure


def _output(energy: str, report: dict[str, Any]) -> Figure:
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    width = np.array(list(PUBLISHED[energy].output)) / 10
    published = np.array(list(PUBLISHED[energy].output.values()))
    axes.plot(width, published, "ko", ms=5, label="published")
    for name, (line, label) in ENGINE_STYLE.items():
        deviation = np.array(list(report[name]["output_factor_deviation_percent"].values()))
        axes.plot(width, published * (1 + deviation / 100), line, color=COLOURS[0], label=label)
    axes.set(xlabel="side of the square field / cm", ylabel="output factor")
    data = PUBLISHED[energy]
    kind = "phantom scatter" if data.output_is_phantom_scatter else "output"
    axes.set_title(f"{energy}: {kind}, SSD {data.output_ssd_mm / 10:g} cm, {data.output_depth_cm:g} cm deep")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _slabs(model: BeamModel) -> Figure:
    reference, bare = load_reference(model.name), replace(model, electron_share=0.0)
    widths = reference_fields_mm(reference)
    figure, grid = plt.subplots(
        len(widths),
        3,
        figsize=(11, 0.5 + 2.8 * len(widths)),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for row, width in zip(grid, widths, strict=True):
        scale: dict[str, float] = {}
        for axes, (name, slab) in zip(row, SLABS.items(), strict=True):
            phantom, beam = slab_phantom(slab), open_field(width)
            key = f"{width / 10:g}_{name}"
            depth, truth = reference[f"{key}_depth_cm"], reference[f"{key}_axis"]
            curves = {
                "collapsed_cone": collapsed_cone(
                    phantom, beam, bare, phantom.grid, medium=DoseMedium.WATER, fluence=flat_field(width)
                ),
                "pencil_beam": pencil_beam(phantom, beam, model, phantom.grid, fluence=flat_field(width, 120.0)),
            }
            on_axis = {engine: np.interp(depth, *axis_dose(dose, 10.0)) for engine, dose in curves.items()}
            if not scale:
                plateau = (depth > 3) & (depth < 25)
                scale = {engine: float(np.median((curve / truth)[plateau])) for engine, curve in on_axis.items()}
                top = truth.max()
            if slab:
                axes.axvspan(slab[0] / 10, slab[1] / 10, color="0.9")
                axes.text(sum(slab[:2]) / 20, 6, f"{slab[2]:g} g/cm³", ha="center", size=8)
            axes.errorbar(
                depth, truth / top * 100, reference[f"{key}_sigma"] / top * 100, fmt="k.", ms=3, label="Monte Carlo"
            )
            for engine, curve in on_axis.items():
                line, label = ENGINE_STYLE[engine]
                axes.plot(
                    depth, curve / scale[engine] / top * 100, line, color=COLOURS[0 if line == "-" else 1], label=label
                )
            axes.set_title(f"{width / 10:g}x{width / 10:g} cm², {name}", size=10)
            axes.grid(alpha=0.3)
            axes.set(xlim=(0, 32), ylim=(0, 108))
    grid[0, 0].legend(fontsize=8)
    figure.suptitle(model.name)
    figure.supxlabel("depth / cm")
    figure.supylabel("dose / % of maximum in water")
    return figure
