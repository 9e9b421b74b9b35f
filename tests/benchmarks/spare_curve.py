"""What sparing an organ gains and costs after delivery, as a curve.

Run by hand, on what ``esapi-bridge evaluate plans PLANS --from-contours [--spare rectum=F] -o FOLDER --json`` printed::

    python -m tests.benchmarks.spare_curve PICTURE.png 1=plain.json 1.25=a.json 1.5=b.json ...

The first is what the others are compared with, patient by patient.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.report import style

WITHIN_PERCENT = 1.0


def values(patients: dict[str, Any], names: list[str], *path: str) -> NDArray[np.float64]:
    """One figure of every patient."""
    found = []
    for name in names:
        value = patients[name]
        for key in path:
            value = value[key]
        found.append(float(value))
    return np.array(found)


def main() -> None:
    """Read, print, draw."""
    picture, *given = sys.argv[1:]
    parts = [one.partition("=") for one in given]
    read = [(float(f), json.loads(Path(file).read_text("utf-8"))["each"]) for f, _, file in parts]
    runs = [(factor, {patient["name"]: patient for patient in each}) for factor, each in read]
    names = [name for name in runs[0][1] if all(name in patients for _, patients in runs)]
    plain = runs[0][1]
    d95 = ("predicted_prescription", "ptv_d95_percent")
    rectum, covered, factors = [], [], []
    for factor, patients in runs:
        everybody = [name for name in plain if name in patients]
        saved = values(patients, everybody, "predicted_prescription", "rectum_mean_gy") - values(
            plain, everybody, "predicted_prescription", "rectum_mean_gy"
        )
        cost = values(patients, everybody, *d95) - values(plain, everybody, *d95)
        bladder = values(patients, everybody, "predicted_prescription", "bladder_mean_gy") - values(
            plain, everybody, "predicted_prescription", "bladder_mean_gy"
        )
        held = int((np.abs(cost) <= WITHIN_PERCENT).sum())
        print(
            f"factor {factor:g}: rectum {saved.mean():+.2f} Gy ({saved.min():+.2f} to {saved.max():+.2f}), falls in "
            f"{int((saved < 0).sum())}, PTV D95 {cost.mean():+.2f} % (worst {cost.min():+.2f}), within "
            f"{WITHIN_PERCENT:g} % in {held} of {len(everybody)}, bladder {bladder.mean():+.2f} Gy"
        )
        rectum.append(values(patients, names, "predicted_prescription", "rectum_mean_gy"))
        covered.append(values(patients, names, *d95))
        factors.append(factor)
    with style.house_style():
        figure = style.new_figure(7.2, 4.4)
        ax = figure.subplots()
        for n in range(len(names)):
            ax.plot([r[n] for r in rectum], [c[n] for c in covered], color=style.MUTED, lw=0.7, alpha=0.6)
        x, y = [float(np.mean(r)) for r in rectum], [float(np.mean(c)) for c in covered]
        ax.plot(x, y, "o-", color=style.NETWORK, lw=2.2, ms=6)
        for a, b, factor in zip(x, y, factors, strict=True):
            ax.annotate(f"{factor:g}", (a, b), textcoords="offset points", xytext=(0, 8), ha="center", fontsize=9)
        ax.set(
            xlabel="mean dose of the rectum, Gy, delivered",
            ylabel="PTV D95, % of the prescription",
            title=f"--spare rectum=F, {len(names)} test patients from contours alone (thick: mean)",
        )
        ax.grid(visible=True)
    Path(picture).write_bytes(style.drawn(figure).png())


if __name__ == "__main__":
    main()
