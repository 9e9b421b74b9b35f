"""Our leaves against Eclipse's own: ``python -m esapi_bridge.planning.commission.genuine_openings RTPLAN -o OUT``.

Eclipse exports what the leaves of a dynamic field deliver (`TOTAL_ACTUAL`), which is its description of the same
leaves. From the control points of such a plan our opening is calculated and compared pixel by pixel; transmission, leaf
gap and tongue that explain the maps best are found by least squares over all fields, the value of one monitor unit with
them. Then our own leaf motions for the wanted maps (`OPTIMAL`) are compared with Eclipse's.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

mpl.use("Agg")
import matplotlib.pyplot as plt

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Beam, FluenceMap
from esapi_bridge.dicom.read.compensator import read_delivered_fluence
from esapi_bridge.dicom.read.elements import integer, items
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.rtplan import prescribed_fraction_gy, read_plan
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.leaf_sequencing import sliding_window
from esapi_bridge.planning.mlc import IDEAL_LEAVES, MILLENNIUM_120, Leakage
from esapi_bridge.planning.physics.leaf_fluence import opening

PARTS = 5
"""Places along each side of a pixel that its mean is taken over."""

SHARP_MM = 0.15
"""Width of the source: as good as a point, for Eclipse's fluence has no penumbra."""

STEP_MM = 0.2
"""Change of leaf gap and of tongue by which their effect is taken as linear in each round."""

ROUNDS = 3

INSIDE = 0.1
"""Share of a map's maximum over which pixels count in slope and correlation."""


@dataclass(frozen=True)
class GenuineField:
    """A field of the plan: its beam, and Eclipse's map of what it delivers, in its unit."""

    beam: Beam
    delivered: FluenceMap

    def opened_mu(self, leakage: Leakage) -> NDArray[np.float64]:
        """Monitor units ``(rows, columns)`` that the leaves let through by our description, mean of each pixel."""
        inner = (np.arange(PARTS) - (PARTS - 1) / 2) * self.delivered.spacing_mm / PARTS
        x_mm, y_mm = ((centres[:, None] + inner).ravel() for centres in self.delivered.centres_mm)
        boundaries = self.beam.mlc_boundaries_mm
        assert boundaries is not None
        points = self.beam.control_points
        total = np.zeros((y_mm.size, x_mm.size))
        # Jaws that move while the beam is off, between carriage groups, are parts of their own.
        for _, run in groupby(points, key=lambda point: point.jaws):
            part = tuple(run)
            share = part[-1].meterset_weight - part[0].meterset_weight
            if share > 0:
                total += share * opening(part, boundaries, x_mm, y_mm, SHARP_MM, leakage)
        weight = points[-1].meterset_weight - points[0].meterset_weight
        rows, columns = self.delivered.values.shape
        mean = total.reshape(rows, PARTS, columns, PARTS).mean(axis=(1, 3))
        return np.asarray(mean * self.beam.meterset_mu / weight)


@dataclass(frozen=True)
class Agreement:
    """Eclipse's map over our opening within `INSIDE`, and the mean difference after scaling, share of the maximum."""

    correlation: float
    slope_per_mu: float
    mean_difference: float


def read_fields(path: Path) -> tuple[tuple[GenuineField, ...], float]:
    """Read the fields of an exported plan that state what they deliver, and the dose of a fraction, Gy.

    Raises
    ------
    RefusedError
        If there are none, or no dose is prescribed.
    """
    dataset = read_dataset(path)
    beams = {beam.number: beam for beam in read_plan(dataset).plan.treatment_beams}
    found = []
    for item in items(dataset, "BeamSequence"):
        beam = beams.get(integer(item, "BeamNumber"))
        delivered = read_delivered_fluence(item, "a beam")
        if beam is not None and delivered is not None:
            found.append(GenuineField(beam, delivered))
    fraction_gy = prescribed_fraction_gy(dataset)
    if not found or fraction_gy is None:
        raise RefusedError("the plan must state delivered fluences and a prescription: choose a plan of dynamic fields")
    return tuple(found), fraction_gy


def agreement(field: GenuineField, leakage: Leakage, value_per_mu: float | None = None) -> Agreement:
    """Compare one field; with the value of a monitor unit given, differences are from that, not from the own slope."""
    ours, theirs = field.opened_mu(leakage), np.asarray(field.delivered.values, dtype=np.float64)
    inside = theirs > INSIDE * theirs.max()
    slope = float((ours[inside] @ theirs[inside]) / (ours[inside] @ ours[inside]))
    difference = theirs - (value_per_mu or slope) * ours
    correlation = float(np.corrcoef(ours[inside], theirs[inside])[0, 1])
    return Agreement(correlation, slope, float(np.abs(difference[inside]).mean() / theirs.max()))


def found_leakage(fields: Sequence[GenuineField]) -> tuple[Leakage, float]:
    """Leakage, and value of a monitor unit in Eclipse's map, that explain all fields best."""
    jaws_alone = replace(IDEAL_LEAVES, transmission=1.0)
    behind = [field.opened_mu(jaws_alone) for field in fields]
    bare, passed, per_mu = IDEAL_LEAVES, 0.0, 0.0
    for _ in range(ROUNDS):
        columns, values = [], []
        for field, jaws in zip(fields, behind, strict=True):
            open_mu = field.opened_mu(bare)
            wider = field.opened_mu(replace(bare, leaf_gap_mm=bare.leaf_gap_mm + STEP_MM)) - open_mu
            narrower = field.opened_mu(replace(bare, tongue_mm=bare.tongue_mm + STEP_MM)) - open_mu
            shown = jaws > 0.0
            columns.append(np.stack([part[shown] for part in (open_mu, jaws, wider, narrower)]))
            values.append(field.delivered.values[shown])
        terms, wanted = np.concatenate(columns, axis=1), np.concatenate(values).astype(np.float64)
        free, passed, gap, tongue = (float(part) for part in np.linalg.lstsq(terms.T, wanted, rcond=None)[0])
        per_mu = free + passed
        bare = Leakage(0.0, bare.leaf_gap_mm + gap / free * STEP_MM, bare.tongue_mm + tongue / free * STEP_MM)
    return replace(bare, transmission=passed / per_mu), per_mu


def missed(wanted: FluenceMap, delivered: FluenceMap, fraction_gy: float) -> float:
    """Mean difference of Eclipse's own two maps where fluence is wanted, share of the largest wanted."""
    x_mm, y_mm = wanted.centres_mm
    columns = np.round((x_mm - delivered.x_origin_mm) / delivered.spacing_mm).astype(int)
    rows = np.round((delivered.y_origin_mm - y_mm) / delivered.spacing_mm).astype(int)
    difference = delivered.values[np.ix_(rows, columns)] * fraction_gy - wanted.values
    return float(np.abs(difference[wanted.values > 0]).mean() / wanted.values.max())


def main() -> None:
    """Compare, print a table, draw one field."""
    parser = argparse.ArgumentParser(description="Compare our leaves with those of a genuine plan of Eclipse.")
    parser.add_argument("plan", type=Path, help="RT Plan with dynamic fields and their delivered fluence")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("docs/explanation/physics"), help="folder of the picture"
    )
    given = parser.parse_args()
    fields, fraction_gy = read_fields(given.plan)
    found, per_mu = found_leakage(fields)
    machine = MILLENNIUM_120.leakage(fields[0].beam.energy_label)
    print(f"found {found}\nvalue per MU {per_mu:.4e}, times {fraction_gy:.3g} Gy {100 * per_mu * fraction_gy:.3f} cGy")
    print("correlation and slope over the mean value per MU; mean differences in per cent of the maximum")
    for field in fields:
        beam = field.beam
        words = [f"field {beam.number}, {beam.meterset_mu:.1f} MU"]
        for name, leakage in (("ideal", IDEAL_LEAVES), ("machine", machine), ("found", found)):
            row = agreement(field, leakage, per_mu)
            words.append(
                f"{name} {row.correlation:.4f} {row.slope_per_mu / per_mu:.4f} {100 * row.mean_difference:.2f}"
            )
        if beam.fluence is not None:
            motion = sliding_window(beam, 1.0 / (per_mu * fraction_gy))
            theirs = missed(beam.fluence, field.delivered, fraction_gy)
            words.append(f"Eclipse misses its wanted map by {100 * theirs:.2f}")
            words.append(f"we by {100 * motion.mean:.2f} with {motion.beam.meterset_mu:.1f} MU")
        print("; ".join(words), flush=True)
    print(INTENDED_USE)
    draw(fields[1], found, per_mu, given.out / "genuine_openings.png")


def draw(field: GenuineField, leakage: Leakage, value_per_mu: float, path: Path) -> None:
    """Draw Eclipse's map of a field, ours, and one over the other."""
    ours, theirs = value_per_mu * field.opened_mu(leakage), field.delivered.values
    x_mm, y_mm = field.delivered.centres_mm
    jaws = field.beam.control_points[0].jaws
    figure, axes = plt.subplots(1, 4, figsize=(11, 4.4), layout="constrained")
    extent = (x_mm[0] - 1.25, x_mm[-1] + 1.25, y_mm[-1] - 1.25, y_mm[0] + 1.25)
    for ax, values, title in ((axes[0], theirs, "Eclipse: TOTAL_ACTUAL"), (axes[1], ours, "our leaves")):
        shown = ax.imshow(values, extent=extent, vmin=0, vmax=theirs.max(), cmap="viridis")
        ax.set_title(title, size=9)
    figure.colorbar(shown, ax=axes[:2], shrink=0.7)
    share = 100 * (ours - theirs) / theirs.max()
    shown = axes[2].imshow(share, extent=extent, vmin=-1, vmax=1, cmap="RdBu_r")
    axes[2].set_title("ours - Eclipse's / % of maximum", size=9)
    figure.colorbar(shown, ax=axes[2], shrink=0.7)
    for ax in axes[:3]:
        ax.set(xlim=(jaws.x1_mm - 8, jaws.x2_mm + 8), ylim=(jaws.y1_mm - 8, jaws.y2_mm + 8), xlabel="X / mm")
    axes[0].set_ylabel("Y / mm")
    axes[3].plot(ours.ravel(), theirs.ravel(), ".", ms=1, color="#0072b2")
    axes[3].plot([0, theirs.max()], [0, theirs.max()], "-", lw=0.8, color="0.3")
    axes[3].set(xlabel="ours", ylabel="Eclipse's", aspect="equal")
    figure.text(0.995, 0.005, INTENDED_USE, ha="right", va="bottom", size=6, color="0.4")
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
