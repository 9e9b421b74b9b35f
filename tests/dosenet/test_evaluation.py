import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dosenet.evaluation import EvaluationConfig, evaluate_fields, evenly, main
from dosenet.field_result import report, summarise
from dosenet.gamma import Criterion, PlanePassRates, plane_pass_rates, volume_pass_rate
from dosenet.lattice import CoarseDose, fine_lattice, resample
from dosenet.network import build_network
from dosenet.slices import COARSE_MM, ORIGIN_SHIFT_MM, selected_planes
from dosenet.store import PairWriter, read_patients
from dosenet.weights import save_model
from tests.dosenet.toy import CARD, PRESET, toy_model

QUICK = EvaluationConfig(planes=2, plane_criteria=(Criterion(2, 2),), volume_criteria=(Criterion(1, 1),))
QUICKER = QUICK.without_volumes()


def square(shift_px: int = 0, scale: float = 1.0) -> np.ndarray:
    dose = np.zeros((4, 40, 40), dtype=np.float32)
    dose[:, 10:30, 10 + shift_px : 30 + shift_px] = scale
    return dose


ALL_PLANES = np.arange(4)


def test_gamma_of_equal_doses_passes_everywhere() -> None:
    rates = plane_pass_rates(square(), square(), Criterion(1, 1), ALL_PLANES)
    assert rates == PlanePassRates(own_maximum=100, volume_maximum=100)
    assert volume_pass_rate(square(), square(), Criterion(1, 1)) == 100


def test_a_dose_error_over_the_criterion_fails_and_one_under_it_passes() -> None:
    assert plane_pass_rates(square(), square(scale=1.015), Criterion(2, 2), ALL_PLANES).own_maximum == 100
    # A flat field 5 % too hot fails 2 % wherever its own edge is out of reach: 20 px less 2 mm on each side
    rates = plane_pass_rates(square(), square(scale=1.05), Criterion(2, 2), ALL_PLANES)
    assert rates.own_maximum == rates.volume_maximum < 40
    assert volume_pass_rate(square(), square(scale=1.05), Criterion(2, 2)) < 40


def test_a_shift_passes_within_the_distance_criterion_only() -> None:
    assert plane_pass_rates(square(), square(shift_px=1), Criterion(1, 2), ALL_PLANES).own_maximum == 100
    assert plane_pass_rates(square(), square(shift_px=3), Criterion(1, 2), ALL_PLANES).own_maximum < 100


def test_a_plane_of_low_dose_is_judged_by_its_own_maximum_or_forgiven_by_the_volumes() -> None:
    # Plane 0 has a fifth of the dose and an error of 5 % of it: 1 % of the volume's maximum, within 2 %.
    levels = np.array([0.2, 1, 1, 1], dtype=np.float32)[:, None, None]
    wrong = np.array([1.05, 1, 1, 1], dtype=np.float32)[:, None, None]
    flat = np.ones((4, 40, 40), dtype=np.float32)  # no edge that the wrong dose could be found at
    rates = plane_pass_rates(levels * flat, levels * wrong * flat, Criterion(2, 2), ALL_PLANES)
    assert rates.volume_maximum == 100
    assert rates.own_maximum == pytest.approx(75)


def test_an_untrained_network_scores_as_linear_up_sampling_does(toy_store: Path) -> None:
    results = evaluate_fields(toy_model, toy_store, "test", QUICK)
    assert len(results) == 2
    for result in results:
        assert result.mse["network"] == pytest.approx(result.mse["linear"], rel=1e-4)
        assert result.gamma_2d["2 %/2 mm"]["network"] == pytest.approx(result.gamma_2d["2 %/2 mm"]["linear"], abs=0.5)
        assert result.parts == {}
    summary = summarise(results)
    assert summary["mse_ratio"] == pytest.approx(1, rel=1e-4)
    assert summary["mse"]["linear"] == pytest.approx(sum(r.mse["linear"] for r in results) / 2)


def test_a_perfect_reference_leaves_no_physics_part(toy_store: Path, tmp_path: Path) -> None:
    # Where the reference is the coarse engine's own fine dose, all error of linear up-sampling is resolution.
    patient = read_patients(toy_store, "test")[0]
    pair = next(iter(patient.fields()))
    writer = PairWriter(tmp_path / "s.zarr")
    writer.add_patient("p", patient.ct_hu(), patient.origin_mm, split="test", site="toy")
    fine = pair.fine_gy()[4:20]
    writer.add_field("p", "f", pair.coarse_gy(), fine, z_start=4, coarse_at_fine_gy=fine)
    (result,) = evaluate_fields(toy_model, tmp_path / "s.zarr", "test", QUICKER)
    assert result.parts["physics_coarse_at_fine_vs_reference"] == 0
    assert result.parts["resolution_linear_vs_coarse_at_fine"] == pytest.approx(result.mse["linear"])
    chosen = selected_planes(pair.coarse_gy())
    assert result.planes == ((chosen >= 4) & (chosen < 20)).sum()
    assert result.gamma_3d == {}


def test_the_command_writes_all_figures(toy_store: Path, tmp_path: Path) -> None:
    save_model(build_network(PRESET.network), CARD, tmp_path / "toy")
    out = tmp_path / "figures.json"
    arguments = ["--data", str(toy_store), "--weights", str(tmp_path / "toy"), "--json", str(out)]
    assert main([*arguments, "--planes", "1", "--max-fields", "1"]) == 0
    figures = json.loads(out.read_text())
    assert figures["all"]["fields"] == 1
    assert set(figures["patients"]) == {"p4"}
    assert not math.isnan(figures["all"]["gamma_3d"]["1 %/1 mm"]["network"])
    assert 0 <= figures["all"]["gamma_3d_local"]["1 %/1 mm"]["network"] <= 100


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    PairWriter(tmp_path / "s.zarr")
    with pytest.raises(ValueError, match="found none"):
        evaluate_fields(toy_model, tmp_path / "s.zarr", "test", QUICK)


def test_a_report_groups_by_patient(toy_store: Path) -> None:
    results = evaluate_fields(toy_model, toy_store, "test", replace(QUICKER, max_fields=1))
    renamed = [results[0], replace(results[0], patient="other")]
    assert set(report(renamed)["patients"]) == {"p4", "other"}


def test_a_report_groups_by_kind_and_energy_and_names_the_worst(toy_store: Path) -> None:
    (one,) = evaluate_fields(toy_model, toy_store, "test", replace(QUICKER, max_fields=1))
    fields = [
        replace(one, field=f"f{k}", kind=kind, energy=energy, mse={"linear": 6.0, "network": 6.0 / ratio})
        for k, (kind, energy, ratio) in enumerate([("open", "6X", 9.0), ("arc", "6X", 3.0), ("arc", "15X", 6.0)])
    ]
    figures = report(fields)
    assert set(figures["kinds_at_energies"]) == {"open 6X", "arc 6X", "arc 15X"}
    assert figures["energies"]["6X"]["mean_field_ratio"] == pytest.approx(6)
    assert figures["kinds"]["arc"]["mean_field_ratio"] == pytest.approx(4.5)
    assert figures["kinds"]["arc"]["worst_field_ratio"] == pytest.approx(3)
    assert figures["kinds"]["arc"]["worst_field"] == figures["all"]["worst_field"] == "p4 f1"


def test_what_linear_up_sampling_leaves_outside_the_body_counts_once(toy_store: Path, tmp_path: Path) -> None:
    """Where the reference is linear up-sampling cut off at the skin, nothing is left in the body, and in its depths."""
    patient = read_patients(toy_store, "test")[0]
    pair = next(iter(patient.fields()))
    x, y, z = (v + ORIGIN_SHIFT_MM for v in patient.origin_mm)
    coarse = CoarseDose(pair.coarse_gy(), (COARSE_MM,) * 3, (x, y, z))
    linear = resample(coarse, fine_lattice(coarse.lattice))
    body = np.zeros(patient.ct_shape, np.bool_)
    body[:, 30:] = True
    writer = PairWriter(tmp_path / "s.zarr")
    writer.add_patient("p", patient.ct_hu(), patient.origin_mm, split="test", site="ct", body=body)
    told = {"source_mm": [-1000.0, 0.0, 30.0], "isocentre_mm": [0.0, 0.0, 30.0]}
    writer.add_field("p", "f", pair.coarse_gy(), linear * body, attributes=told)
    writer.add_field("p", "g", pair.coarse_gy(), linear, attributes={"kind": "arc"})
    still, moving = evaluate_fields(toy_model, tmp_path / "s.zarr", "test", QUICKER)
    assert still.mse["linear"] > 1e-3
    assert still.mse_in_body["linear"] == pytest.approx(0, abs=1e-9)
    assert moving.mse_in_body["linear"] > 1e-3  # here the reference ends beyond the body, and linear must not
    assert still.bands["dose"]["60-100 %"]["linear"] == pytest.approx(0, abs=0.01)
    assert set(still.bands["depth"]) == {"0-5 mm", "5-20 mm", "over 20 mm"}
    # Along x every plane across the beam loses the same share of its dose.
    lost = 100 * float(linear[:, :30].sum() / linear[:, 30:].sum())
    assert still.mean_errors["depth dose, area"]["linear"] == pytest.approx(lost, rel=0.01)
    assert set(moving.mean_errors) == {"masked", "stratified"}
    figures = report([still, moving])
    assert figures["all"]["in_body"]["worst_field"] in {"p f", "p g"}
    assert figures["all"]["mean_errors"]["depth dose, rms"]["fields"] == 1
    assert set(figures["anatomies"]) == set(figures["sites"]) == {"ct"}


def test_the_worst_of_each_figure_is_named(toy_store: Path) -> None:
    (one,) = evaluate_fields(toy_model, toy_store, "test", replace(QUICKER, max_fields=1))
    fields = [
        replace(
            one,
            field=f"f{k}",
            gamma_2d={"2 %/2 mm": {"linear": 50.0, "network": gamma}},
            mean_errors={"masked": {"linear": 3.0, "network": error}},
            bands={"tissue": {"lung": {"linear": 3.0, "network": error}} if k else {}},
        )
        for k, (gamma, error) in enumerate([(99.0, 0.8), (math.nan, 0.4), (90.0, 0.6)])
    ]
    found = summarise(fields)
    assert found["gamma_2d"]["2 %/2 mm"] == {
        "linear": 50, "network": 94.5, "fields": 3, "worst": 90, "worst_field": "p4 f2",
    }  # fmt: skip
    assert found["mean_errors"]["masked"]["network"] == pytest.approx(0.6)
    assert found["mean_errors"]["masked"]["worst_field"] == "p4 f0"
    assert found["bands"]["tissue"]["lung"] == {
        "linear": 3, "network": 0.5, "fields": 2, "worst": 0.6, "worst_field": "p4 f2",
    }  # fmt: skip


def test_fields_are_chosen_by_kind_and_energy(toy_store: Path, tmp_path: Path) -> None:
    patient = read_patients(toy_store, "test")[0]
    pair = next(iter(patient.fields()))
    writer = PairWriter(tmp_path / "s.zarr")
    writer.add_patient("p", patient.ct_hu(), patient.origin_mm, split="test", site="toy")
    for name, kind, energy in (("a", "open", "6X"), ("b", "plan", "6X"), ("c", "plan", "15X")):
        about = {"kind": kind, "energy": energy, "energy_mv": float(energy[:-1])}
        writer.add_field("p", name, pair.coarse_gy(), pair.fine_gy(), attributes=about)
    config = replace(QUICKER, planes=1)

    def found(kinds: tuple[str, ...], energies: tuple[str, ...] = ()) -> list[str]:
        chosen = replace(config, kinds=kinds, energies=energies)
        return [r.field for r in evaluate_fields(toy_model, tmp_path / "s.zarr", "test", chosen)]

    assert found(kinds=("plan",)) == ["b", "c"]
    assert found(kinds=("plan", "open"), energies=("6X",)) == ["a", "b"]
    with pytest.raises(ValueError, match="of arc or plan of 10X in the split 'test'"):
        found(kinds=("arc", "plan"), energies=("10X",))


def test_a_few_planes_stand_for_all_and_the_ends_count_no_more() -> None:
    assert evenly(8, 4).tolist() == [1, 3, 5, 7]
    assert evenly(3, 8).tolist() == [0, 1, 2]
    assert 0 not in evenly(100, 24)
    assert evenly(101, 7).mean() == pytest.approx(50, abs=1)
