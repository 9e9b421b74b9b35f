"""Both engines measured: beams against published data, transport against Monte Carlo."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve

from dosenet.gamma import Criterion, Distribution, gamma_index, pass_percent
from esapi_bridge.case import Dose, DoseMedium, Grid, Unit, Volume
from esapi_bridge.planning.commission.beam_data import OUTSIDE_MM, PDD_DEPTH_CM, PUBLISHED, BeamData
from esapi_bridge.planning.commission.reference_patient import FIELD_MM, SPACING_MM, reference_beam
from esapi_bridge.planning.commission.water import axis_dose, flat_field, open_field, slab_phantom, water_phantom
from esapi_bridge.planning.physics import BeamModel, collapsed_cone, pencil_beam
from esapi_bridge.planning.physics.beam_model import file_stem, without_head_scatter
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence

DETAILED_ENERGY = "10X-FFF"
"""Energy with which grid, speed and transport on a CT are measured."""

SLABS = {"water": None, "lung": (50.0, 150.0, 0.25), "bone": (50.0, 80.0, 1.85)}
CORE_MM = {50.0: 10.0, 100.0: 20.0}
"""Half width of the middle over which the stored Monte Carlo doses are averaged, by field width."""

INTERFACE_MM = 5.0
"""How close to a density step the wider tolerance applies."""

Engine = Callable[[Volume, float, float], Dose]


def engines(model: BeamModel) -> dict[str, Engine]:
    """Both engines as functions of phantom, field width and source-surface distance (mm)."""
    return {
        "collapsed_cone": lambda ct, width, ssd: collapsed_cone(
            ct, open_field(width, ssd), model, ct.grid, medium=DoseMedium.WATER
        ),
        "pencil_beam": lambda ct, width, ssd: pencil_beam(ct, open_field(width, ssd), model, ct.grid),
    }


def depth_dose(engine: Engine, published: BeamData) -> dict[str, Any]:
    """Deviation of depth dose from the published table, per cent of local dose, normalised at 10 cm."""
    tank, out = water_phantom(), {}
    for width, table in published.depth_dose.items():
        depth, dose = axis_dose(engine(tank, width, published.ssd_mm))
        at = np.interp(PDD_DEPTH_CM, depth, dose)
        ten = PDD_DEPTH_CM.index(10.0)
        deviation = (at / at[ten] * table[ten] / np.asarray(table) - 1) * 100
        beyond = np.asarray(PDD_DEPTH_CM) > published.depth_of_maximum_cm[width]
        out[f"{width:g}"] = {
            "deviation_percent": deviation.round(2).tolist(),
            "worst_beyond_maximum_percent": round(float(np.abs(deviation[beyond]).max()), 2),
            "depth_of_maximum_cm": round(float(depth[dose.argmax()]), 2),
        }
    return out


def output_factors(engine: Engine, published: BeamData) -> dict[str, Any]:
    """Deviation of output factors from the published ones, per cent.

    Where those are of phantom scatter alone, `engine` is of a model without head scatter (`without_head_scatter`).
    """
    tank, depth = water_phantom(), published.output_depth_cm
    reading = {
        width: float(np.interp(depth, *axis_dose(engine(tank, width, published.output_ssd_mm))))
        for width in published.output
    }
    return {
        f"{width:g}": round((value / reading[100.0] / published.output[width] - 1) * 100, 2)
        for width, value in reading.items()
    }


def penumbra_mm(engine: Engine, published: BeamData) -> float:
    """80 to 20 per cent width of a small field 10 cm deep at 1.25 mm, as the published detector sees it."""
    tank = water_phantom(half_width_mm=60.0, depth_mm=150.0, spacing_mm=1.25)
    dose = engine(tank, published.penumbra_field_mm, published.ssd_mm)
    plane = dose.gy[:, int(np.argmin(np.abs(dose.grid.coordinates_mm(1) - 100.0)))]
    offset = np.arange(-3, 4) * 1.25
    disc = (np.hypot(*np.meshgrid(offset, offset)) <= published.chamber_mm / 2).astype(float)
    seen = convolve(plane.astype(float), disc / disc.sum())
    x, profile = dose.grid.coordinates_mm(0), seen[len(seen) // 2 - 1 : len(seen) // 2 + 1].mean(axis=0)
    right = x > 0
    share = profile / profile[np.abs(x) < 3].mean()
    at = np.interp([-0.8, -0.2], -share[right], x[right])
    return round(float(at[1] - at[0]), 2)


def _profile(engine: Engine, published: BeamData, width_mm: float, at_mm: float) -> float:
    """Dose `at_mm` from the axis, per cent of the dose on it, 10 cm deep."""
    dose = engine(water_phantom(), width_mm, published.ssd_mm)
    middle = dose.grid.size[2] // 2
    plane = int(np.argmin(np.abs(dose.grid.coordinates_mm(1) - 100.0)))
    profile, x = dose.gy[middle - 1 : middle + 1, plane].mean(axis=0), dose.grid.coordinates_mm(0)
    return float(np.interp(at_mm, x, profile) / np.interp(0.0, x, profile) * 100)


def off_axis(engine: Engine, published: BeamData) -> dict[str, float]:
    """Dose at 80 per cent of the half width at 10 cm depth, in points from the published one."""
    at_depth = (published.ssd_mm + 100.0) / 1000.0  # the half width grows with distance from the source
    return {
        f"{width:g}": round(_profile(engine, published, width, 0.8 * width / 2 * at_depth) - wanted, 2)
        for width, wanted in published.off_axis.items()
    }


def has_reference(energy: str) -> bool:
    """Whether Monte Carlo doses of an energy are stored."""
    return _reference(energy).is_file()


def _reference(energy: str) -> Path:
    return (
        Path(str(files("esapi_bridge.planning.commission"))) / "data" / f"reference_monte_carlo_{file_stem(energy)}.npz"
    )


def load_reference(energy: str) -> dict[str, NDArray[np.float32]]:
    """Read the stored Monte Carlo doses of an energy (see `reference_monte_carlo`)."""
    with np.load(_reference(energy), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def reference_fields_mm(reference: dict[str, NDArray[np.float32]]) -> list[float]:
    """Widths of the fields whose Monte Carlo doses are stored for every slab, mm."""
    widths = sorted({float(key.split("_")[0]) for key in reference})
    return [10 * w for w in widths if all(f"{w:g}_{name}_axis" in reference for name in SLABS)]


def against_monte_carlo(model: BeamModel) -> dict[str, Any]:
    """Collapsed cone and pencil beam against Monte Carlo in slabs: per cent of local dose along the axis.

    One scale factor, the median ratio in plain water of the same field, ties the two units together.
    """
    reference, out = load_reference(model.name), {}
    bare = _bare(model)
    for width in reference_fields_mm(reference):
        scale = None
        for name, slab in SLABS.items():
            key = f"{width / 10:g}_{name}"
            phantom = slab_phantom(slab)
            depth = reference[f"{key}_depth_cm"]
            dose = collapsed_cone(
                phantom, open_field(width), bare, phantom.grid, medium=DoseMedium.WATER, fluence=flat_field(width)
            )
            ratio = np.interp(depth, *axis_dose(dose, CORE_MM[width])) / reference[f"{key}_axis"]
            if scale is None:
                scale = float(np.median(ratio[(depth > 3) & (depth < 25)]))
            deviation = (ratio / scale - 1) * 100
            counted = (depth > 2.4) & (depth < 30)
            steps = np.array(slab[:2]) if slab else np.array([np.inf])
            near = np.abs(depth[:, None] * 10 - steps).min(axis=1) <= INTERFACE_MM
            out[key] = {
                "depth_cm": depth.round(2).tolist(),
                "deviation_percent": deviation.round(2).tolist(),
                "sigma_percent": (reference[f"{key}_sigma"] / reference[f"{key}_axis"] * 100).round(2).tolist(),
                "mean_abs_percent": round(float(np.abs(deviation[counted]).mean()), 2),
                "worst_percent": round(float(np.abs(deviation[counted & ~near]).max()), 2),
                "worst_near_interface_percent": round(float(np.abs(deviation[counted & near]).max(initial=0)), 2),
            }
    return out


def _bare(model: BeamModel) -> BeamModel:
    """The beam without contaminating electrons, as the Monte Carlo source has none."""
    return replace(model, electron_share=0.0)


def gamma_on_ct(model: BeamModel, ct: Volume) -> dict[str, Any]:
    """Gamma 2 %/2 mm of the collapsed cone against Monte Carlo, one field on a real CT (see `reference_patient`)."""
    path = files("esapi_bridge.planning.commission") / "data" / "reference_patient.npz"
    with np.load(str(path), allow_pickle=False) as stored:
        counts, start = stored["counts"].astype(np.float64), stored["start"]
        noise, histories = float(stored["noise"]), int(stored["histories"])
    dose = collapsed_cone(
        ct,
        reference_beam(),
        _bare(model),
        ct.grid,
        medium=DoseMedium.WATER,
        fluence=flat_field(FIELD_MM),
    ).gy
    box = tuple(slice(first, first + n) for first, n in zip(start, counts.shape, strict=True))
    reference = np.zeros(ct.grid.shape)
    reference[box] = counts
    high = reference > 0.5 * reference.max()
    dose = dose * np.median(reference[high] / dose[high])
    gamma = gamma_index(
        reference=Distribution.spaced(reference.astype(np.float32), SPACING_MM),
        evaluated=Distribution.spaced(dose.astype(np.float32), SPACING_MM),
        criterion=Criterion(2, 2),
    )
    difference = (dose[high] / reference[high] - 1) * 100
    return {
        "pass_percent": round(pass_percent(gamma), 2),
        "voxels": int(np.isfinite(gamma).sum()),
        "mean_difference_percent": round(float(difference.mean()), 2),
        "spread_percent": round(float(difference.std()), 2),
        "noise_percent": round(100 * noise, 2),
        "histories": histories,
    }


def lung_failure(model: BeamModel) -> dict[str, float]:
    """By how much the pencil beam is above the collapsed cone in the lung slab, mean and largest, per cent."""
    out = {}
    phantom = slab_phantom(SLABS["lung"])
    both = engines(model)
    for width in (50.0, 100.0):
        depth, accurate = axis_dose(both["collapsed_cone"](phantom, width, 1000.0))
        _, fast = axis_dose(both["pencil_beam"](phantom, width, 1000.0))
        inside = (depth > 6.5) & (depth < 15.0)
        excess = (fast / accurate - 1)[inside] * 100
        out[f"{width:g}_mean"], out[f"{width:g}_largest"] = (
            round(float(excess.mean()), 1),
            round(float(excess.max()), 1),
        )
    return out


def grid_refinement(model: BeamModel) -> float:
    """Largest change along the axis of a 10x10 field when voxels shrink from 2.5 to 1.25 mm, per cent, 3 to 20 cm."""
    curves = []
    for spacing in (2.5, 1.25):
        tank = water_phantom(half_width_mm=100.0, depth_mm=250.0, spacing_mm=spacing)
        depth, dose = axis_dose(engines(model)["collapsed_cone"](tank, 100.0, 1000.0), half_width_mm=5.0)
        curves.append(np.interp(np.arange(3.0, 20.0, 0.5), depth, dose))
    return round(float(np.abs(curves[1] / curves[0] - 1).max() * 100), 2)


def seconds_per_field(model: BeamModel) -> dict[str, Any]:
    """Wall time of one 10x10 field on 160x160x250 mm3 at 1.25 mm, best of three after a warm-up."""
    grid = Grid((128, 200, 128), (1.25,) * 3, (-79.375, 0.625, -79.375))
    tank = Volume(np.zeros(grid.shape, np.float32), grid, Unit.HU)
    taken = []
    for _ in range(4):
        started = time.perf_counter()
        collapsed_cone(tank, open_field(100.0, 900.0), model, grid)
        taken.append(time.perf_counter() - started)
    return {
        "seconds": round(min(taken[1:]), 2),
        "directions": int(model.kernel.cones.sum()),
        "voxels": int(np.prod(grid.size)),
    }


def against_published(model: BeamModel) -> dict[str, Any]:
    """Both engines against the published data of the energy, and the unit of fluence."""
    published = PUBLISHED[model.name]
    output_engines = engines(without_head_scatter(model) if published.output_is_phantom_scatter else model)
    report: dict[str, Any] = {
        name: {
            "depth_dose": depth_dose(engine, published),
            "output_factor_deviation_percent": output_factors(output_engines[name], published),
            "penumbra_mm": penumbra_mm(engine, published),
            "off_axis_points": off_axis(engine, published),
            "outside_percent": round(_profile(engine, published, 100.0, OUTSIDE_MM), 2),
        }
        for name, engine in engines(model).items()
    }
    report["published_penumbra_mm"] = published.penumbra_mm
    report["published_outside_percent"] = published.outside_percent
    report["mu_per_fluence"] = round(mu_per_fluence(model), 2)
    report["pencil_beam_excess_in_lung_percent"] = lung_failure(model)
    if has_reference(model.name):
        report["monte_carlo"] = against_monte_carlo(model)
    return report


def in_detail(model: BeamModel, ct: Volume | None) -> dict[str, Any]:
    """Measure what one energy shows for all: Monte Carlo on a patient where the CT is given, grid, speed."""
    report: dict[str, Any] = {} if ct is None else {"monte_carlo_on_ct": gamma_on_ct(model, ct)}
    return report | {"grid_refinement_percent": grid_refinement(model), "speed": seconds_per_field(model)}
