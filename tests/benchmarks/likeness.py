"""What likeness tells apart: ``python -m tests.benchmarks.likeness STORE --model NAME``.

Fields of the test split as they are, and changed so that the network was not trained for them: metal, contrast medium,
CT numbers shifted, noise, CT of another patient, CT turned upside down, sites left out of what is known, false labels
of energy. Prints the area under the ROC curve of each case, the shares that are warned of and refused, and the false
alarms among the fields as they are, of phantoms and of CTs. False labels are told by the check `energy_of_dose`, whose
figure is shown: likeness is not told the label.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosenet.calibration import measure_likeness
from dosenet.depth_fall import EnergyFall, depth_fall
from dosenet.lattice import CoarseDose, CtGrid
from dosenet.likeness import Likeness, figures_of, likeness
from dosenet.slices import RATIO
from dosenet.store import FieldPair, PatientPairs, read_patients
from dosenet.stored_field import StoredPatient
from dosenet.weights import load_model
from esapi_bridge.checks.energy_of_dose import REFUSE_STD, WARN_STD

Hu = NDArray[np.generic]
Change = Callable[[Hu, CoarseDose, np.random.Generator], Hu | None]

METAL_HU, METAL_MM = 3000, 10.0
CONTRAST_HU, ORGAN_MM = 300, 25.0
SHIFT_HU = NOISE_HU = 100


def metal(hu: Hu, dose: CoarseDose, rng: np.random.Generator) -> Hu | None:
    """A ball of metal, 2 cm wide, where there is dose."""
    return np.where(_ball(hu, _place(dose, rng, dose.values > 0), METAL_MM), METAL_HU, hu)


def contrast(hu: Hu, dose: CoarseDose, rng: np.random.Generator) -> Hu | None:
    """An organ, 5 cm wide, full of contrast medium; None where there is no soft tissue for it."""
    middle = hu[RATIO // 2 :: RATIO, RATIO // 2 :: RATIO, RATIO // 2 :: RATIO]
    soft = (middle > -50) & (middle < 120)  # type: ignore[operator]
    if not (soft & (dose.values >= 0.3 * dose.values.max())).any():
        return None
    organ = _ball(hu, _place(dose, rng, soft), ORGAN_MM) & (hu > -50) & (hu < 150)  # type: ignore[operator]
    return hu + CONTRAST_HU * organ.astype(np.int16)  # type: ignore[no-any-return]


def shifted(by_hu: int) -> Change:
    """All CT numbers but those of air, as of another calibration."""
    return lambda hu, _, __: np.where(hu > -900, hu + by_hu, hu)  # type: ignore[operator]


def noise(hu: Hu, _: CoarseDose, rng: np.random.Generator) -> Hu | None:
    """Noise of each voxel by itself."""
    return hu + rng.normal(0, NOISE_HU, hu.shape).astype(np.float32)


def upside_down(hu: Hu, _: CoarseDose, __: np.random.Generator) -> Hu | None:
    """Feet and head swapped."""
    return hu[::-1]


CASES: Mapping[str, Change] = {
    "metal, 2 cm": metal,
    "contrast, 5 cm, + 300 HU": contrast,
    "+ 100 HU": shifted(SHIFT_HU),
    "- 100 HU": shifted(-SHIFT_HU),
    "noise of 100 HU": noise,
    "feet and head swapped": upside_down,
}


def main(arguments: list[str] | None = None) -> int:
    """Run and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--model", default="ddn-lite")
    parser.add_argument("--fields", type=int, default=6, help="fields of a patient at most")
    parser.add_argument("--unlike", nargs="+", default=[], help="patients that are unlike as they are, as plastic is")
    found = parser.parse_args(arguments)
    card = load_model(found.model).card
    known = card.likeness_table
    if known is None:
        print("the card says nothing of likeness: measured now, as esapi-bridge calibrate does", file=sys.stderr)
        known = measure_likeness(found.store, ["train", "validation"])
    scores, plain, previous = dict[str, list[float]](), dict[str, list[float]](), None
    for patient in read_patients(found.store, "test"):
        stored = StoredPatient.of(patient)
        for number, pair in enumerate(some(patient, found.fields)):
            rng = np.random.default_rng(number)
            dose = stored.coarse(pair)
            score = _score(known, stored, dose, stored.ct_hu)
            if patient.name in found.unlike:
                scores.setdefault(f"{patient.name}, as it is", []).append(score)
                continue
            plain.setdefault(patient.anatomy, []).append(score)
            for name, change in CASES.items():
                changed = change(stored.ct_hu, dose, rng)
                if changed is not None:
                    scores.setdefault(name, []).append(_score(known, stored, dose, changed))
            if previous is not None:
                other = _moved(previous, stored.ct_hu.shape)
                scores.setdefault("CT of another", []).append(_score(known, stored, dose, other))
        previous = previous if patient.name in found.unlike else stored.ct_hu
        print(f"{patient.name}: {sum(map(len, plain.values()))} fields", file=sys.stderr, flush=True)
    usual = [score for found_scores in plain.values() for score in found_scores]
    print(f"warns from {known.warn:.2f}, refuses from {known.refuse:.2f}; {known.anatomies} anatomies known")
    for name, row in scores.items():
        show(name, usual, row, known.warn, known.refuse)
    show("all of these", usual, [score for row in scores.values() for score in row], known.warn, known.refuse)
    for name, row in plain.items():
        show(f"as they are, {name}", None, row, known.warn, known.refuse)
    _other_sites(found.store, found.fields)
    _labels(found.store, card.inputs.get("coarse_dose", {}).get("depth_fall", {}))
    return 0


def show(name: str, usual: Sequence[float] | None, row: Sequence[float], warn: float, refuse: float) -> None:
    """Print a line; `usual` are the scores of what is right."""
    if not row:
        return
    values = np.array(row)
    area = f"{area_under(usual, row):6.3f}" if usual else 6 * " "
    rates = f"{np.mean(values > warn):6.1%} {np.mean(values > refuse):6.1%}"
    print(f"{name:32} area {area}  warned, refused {rates}  of {len(row)}")


def area_under(usual: Sequence[float], unusual: Sequence[float]) -> float:
    """Area under the ROC curve: how often the unusual of two is the one further out."""
    one, two = np.array(unusual)[:, None], np.array(usual)[None]
    return float((one > two).mean() + 0.5 * (one == two).mean())


def some(patient: PatientPairs, most: int) -> list[FieldPair]:
    """Fields of a patient, evenly picked."""
    pairs = list(patient.fields())
    return pairs[:: max(1, -(-len(pairs) // most))]


def _score(known: Likeness, stored: StoredPatient, dose: CoarseDose, hu: Hu) -> float:
    figures = figures_of(dose, CtGrid(hu.astype(np.float32), stored.ct.spacing_mm, stored.ct.origin_mm))
    return 0.0 if figures is None else known.score(figures)


def _place(dose: CoarseDose, rng: np.random.Generator, where: NDArray[np.bool_]) -> NDArray[np.intp]:
    hot = np.argwhere(where & (dose.values >= 0.3 * dose.values.max()))
    return np.asarray(hot[rng.integers(len(hot))] * RATIO + RATIO // 2)


def _ball(hu: Hu, centre: NDArray[np.intp], radius_mm: float) -> NDArray[np.bool_]:
    axes = np.ogrid[tuple(slice(0, n) for n in hu.shape)]
    squared = sum(((axis - at) * 1.25) ** 2 for axis, at in zip(axes, centre, strict=True))
    return np.asarray(squared <= radius_mm**2)


def _moved(hu: Hu, shape: tuple[int, ...]) -> Hu:
    """Another CT, its middle where that of this shape is, air around."""
    found = np.full(shape, -1000, np.int16)
    taken, put = [], []
    for there, here in zip(hu.shape, shape, strict=True):
        size = min(there, here)
        taken.append(slice((there - size) // 2, (there - size) // 2 + size))
        put.append(slice((here - size) // 2, (here - size) // 2 + size))
    found[tuple(put)] = hu[tuple(taken)]
    return found


def _other_sites(store: Path, most: int) -> None:
    """Judge the fields of each site, and of the others, by anatomies of other sites and not themselves."""
    figures: dict[tuple[str, str], list[Any]] = {}
    for split in ("train", "validation"):
        for patient in read_patients(store, split):
            stored = StoredPatient.of(patient)
            found = [figures_of(stored.coarse(pair), stored.ct) for pair in some(patient, most)]
            if found:
                figures[patient.site, patient.name] = [one for one in found if one is not None]
    for site in sorted({site for site, _ in figures}):
        kept = {name: rows for (of, name), rows in figures.items() if of != site}
        if len(kept) < 4:
            continue
        known = likeness(kept)
        others = [
            likeness({other: of for other, of in kept.items() if other != name}).score(row)
            for name, rows in kept.items()
            for row in rows
        ]
        own = [known.score(row) for (of, _), rows in figures.items() if of == site for row in rows]
        show(f"site left out: {site}", others, own, known.warn, known.refuse)


def _labels(store: Path, falls: Mapping[str, Mapping[str, Any]]) -> None:
    """Compare falls with depth of the test fields with right and with false labels."""
    known = {name: EnergyFall(**values) for name, values in falls.items()}
    right, wrong = list[float](), list[float]()
    for patient in read_patients(store, "test") if known else []:
        stored = StoredPatient.of(patient)
        for pair in patient.fields():
            if pair.source_mm is None or pair.isocentre_mm is None or pair.energy_label not in known:
                continue
            fall = depth_fall(stored.coarse(pair), stored.ct, pair.source_mm, pair.isocentre_mm)
            if fall is not None:
                off = {name: abs(energy.deviations(fall)) for name, energy in known.items()}
                right.append(off.pop(pair.energy_label))
                wrong += off.values()
    if right:
        show("false label (energy_of_dose)", right, wrong, WARN_STD, REFUSE_STD)
        show("right label (energy_of_dose)", None, right, WARN_STD, REFUSE_STD)


if __name__ == "__main__":
    sys.exit(main())
