from dataclasses import replace

import numpy as np
import pytest
import torch

from fluencenet.prediction import predict
from fluencenet.scene import Lattice
from fluencenet.weights import Model
from tests.fluencenet.toy import toy_case


@pytest.mark.slow
def test_predicted_maps_are_near_the_clinical_ones_and_scale_with_the_prescription(model: Model) -> None:
    case = toy_case(seed=21)
    beams = [b.axes for b in case.beams]
    found = predict(model, case.scene, beams)
    assert len(found) == 3
    for image, beam in zip(found, case.beams, strict=True):
        assert image.values.dtype == np.float32
        assert image.values.min() >= 0
        assert image.values.sum() == pytest.approx(beam.fluence.values.sum(), rel=0.05)
    doubled = replace(case.scene, dose_gy=2 * case.scene.dose_gy, prescription_gy=2 * case.scene.prescription_gy)
    for image, other in zip(found, predict(model, doubled, beams), strict=True):
        np.testing.assert_allclose(other.values, 2 * image.values, atol=1e-4)


def test_prediction_goes_with_the_patient(model: Model) -> None:
    case = toy_case(seed=22)
    turn, shift = np.diag([-1.0, -1.0, 1.0]), np.array([100.0, -50.0, 30.0])
    lattice = case.scene.dose_lattice
    there = Lattice(lattice.spacing_mm, tuple(turn @ np.array(lattice.origin_mm) + shift), turn)
    moved = replace(case.scene, label_lattice=there, dose_lattice=there)
    beams = [b.axes for b in case.beams]
    turned = [
        replace(
            b,
            source_mm=turn @ b.source_mm + shift,
            isocentre_mm=turn @ b.isocentre_mm + shift,
            x_axis=turn @ b.x_axis,
            y_axis=turn @ b.y_axis,
        )
        for b in beams
    ]
    for image, other in zip(predict(model, case.scene, beams), predict(model, moved, turned), strict=True):
        assert (image.x_origin_mm, image.y_origin_mm) == pytest.approx((other.x_origin_mm, other.y_origin_mm))
        np.testing.assert_allclose(other.values, image.values, atol=0.02 * image.values.max())


def test_prediction_leaves_the_number_of_threads_alone(model: Model) -> None:
    case = toy_case(seed=23)
    torch.set_num_threads(2)
    predict(model, case.scene, [b.axes for b in case.beams])
    assert torch.get_num_threads() == 2


def test_an_exception_of_the_progress_ends_the_prediction_and_beams_are_needed(model: Model) -> None:
    case = toy_case(seed=23)
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        predict(model, case.scene, [b.axes for b in case.beams], progress=stop)
    assert told == [(1, 3)]
    with pytest.raises(ValueError, match="beams"):
        predict(model, case.scene, [])
