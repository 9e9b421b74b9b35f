from __future__ import annotations

from dataclasses import replace

import numpy as np

from fluencenet.on_labels import on_labels
from fluencenet.scene import BeamAxes, FluenceCase, Scene
from fluencenet.wanted.baselines import Baselines, centred_dose, laid
from tests.fluencenet.wanted.toy import fine_case


def moved(case: FluenceCase, shift_mm: tuple[float, float, float], name: str) -> FluenceCase:
    """The same patient and plan elsewhere in the coordinates."""
    scene, shift = case.scene, np.asarray(shift_mm)
    place = [
        replace(lattice, origin_mm=tuple(np.asarray(lattice.origin_mm) + shift))
        for lattice in (scene.label_lattice, scene.dose_lattice)
    ]
    there = Scene(scene.labels, place[0], scene.dose_gy, place[1], scene.prescription_gy)
    beams = tuple(
        replace(b, axes=BeamAxes(b.axes.source_mm + shift, b.axes.isocentre_mm + shift, b.axes.x_axis, b.axes.y_axis))
        for b in case.beams
    )
    return replace(case, name=name, scene=there, beams=beams)


def test_a_plan_elsewhere_is_the_same_plan(case: FluenceCase) -> None:
    there = moved(case, (31.0, -12.0, 250.0), "there")
    np.testing.assert_array_equal(centred_dose(case), centred_dose(there))
    own = on_labels(case.scene) / case.scene.prescription_gy
    np.testing.assert_allclose(laid(centred_dose(case), there), np.where(case.scene.labels > 0, own, 0), atol=1e-6)


def test_the_mean_plan_of_two_is_their_mean_and_the_nearest_is_the_same_patient() -> None:
    cases = [fine_case(f"p{seed}", "train", seed) for seed in range(3)]
    baselines = Baselines.of(cases)
    mean = sum(centred_dose(case) for case in cases) / 3
    np.testing.assert_allclose(baselines.mean, mean, atol=1e-6)
    larger = cases[1].scene.labels.copy()
    larger[larger == 10] = 1
    larger[30:36, 40:48, 55:64] = 10
    baselines = Baselines.of([replace(cases[1], name="other", scene=replace(cases[1].scene, labels=larger)), cases[0]])
    assert baselines.nearest(moved(cases[0], (5.0, 5.0, 5.0), "asked")) == "p0"
