"""Training pairs: what is stored, where it lies, and that stopping loses nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zarr

from dosenet.store import fingerprint, read_patients
from esapi_bridge.case import Beam, Dose, FieldKind, Grid, Volume
from esapi_bridge.executors.processes import Processes
from esapi_bridge.planning.engines import Engines
from esapi_bridge.training_data.dose_pairs import PairsMade, make_pairs, resample_hu
from esapi_bridge.training_data.field_mix import Mix
from esapi_bridge.training_data.pair_patients import PatientPlan
from tests.planning.water import ENGINES, RADIUS_MM, box_engine, water_cylinder

OPEN = Mix((FieldKind.OPEN,), ("10X-FFF",), 7)


@pytest.fixture
def water_patients(monkeypatch: pytest.MonkeyPatch) -> list[PatientPlan]:
    monkeypatch.setattr(PatientPlan, "subject", lambda _: water_cylinder())
    return [PatientPlan("a", "train", "ct"), PatientPlan("b", "test", "ct")]


def test_doses_lie_on_the_ct_and_keep_the_field(tmp_path: Path, water_patients: list[PatientPlan]) -> None:
    make_pairs(tmp_path / "p.zarr", water_patients, 4, OPEN, engines=ENGINES, coarse_at_fine=True)
    for patient in read_patients(tmp_path / "p.zarr"):
        hu = patient.ct_hu()
        y, x = (patient.origin_mm[a] + 1.25 * np.arange(hu.shape[2 - a]) for a in (1, 0))
        inside = np.hypot(x[None, :], y[:, None]) < RADIUS_MM - 6
        assert np.all(hu[10:-10][:, inside] == 0)
        for field in patient.fields():
            facts = field.attributes
            fine, coarse = field.fine_gy(), field.coarse_gy()
            assert 4 * np.array(coarse.shape) == pytest.approx(hu.shape)
            assert field.source_mm is not None
            turn = np.radians(facts["gantry_deg"])  # IEC 61217, seen from the foot end: clockwise from above
            to_source = np.subtract(field.source_mm, facts["isocentre_mm"])
            np.testing.assert_allclose(to_source, 1000 * np.array([np.sin(turn), -np.cos(turn), 0]), atol=1e-6)
            height = patient.origin_mm[2] + 1.25 * (field.z_start + np.arange(len(fine))) - facts["isocentre_mm"][2]
            within = (height >= facts["jaws_mm"][2]) & (height <= facts["jaws_mm"][3])
            middle = (slice(None), fine.shape[1] // 2, fine.shape[2] // 2)
            np.testing.assert_allclose(fine[middle], np.where(within, 1.0, 0.01), atol=1e-4)
            assert patient.group.attrs["anatomy"] == "phantom"
            assert not fine[:, 0, 0].any(), "no dose outside the body"
            kept = np.zeros(len(coarse), dtype=bool)
            kept[field.z_start // 4 : (field.z_start + len(fine)) // 4] = True
            assert coarse[~kept].max(initial=0) < 0.05, "no plane that training wants is cut off"
            assert (field.coarse_at_fine_gy() is not None) == (patient.split == "test")
            assert (field.kind, facts["energy"], facts["energy_mv"], facts["fff"]) == ("open", "10X-FFF", 10.0, True)
            body, opening = patient.body(), field.opening()
            assert body is not None
            assert np.array_equal(fine > 0, body[field.z_start : field.z_start + len(fine)])
            assert opening is not None
            x1, x2, y1, y2 = facts["jaws_mm"]
            shown = np.argwhere(opening.values > 0.25 * opening.values.max()) * opening.spacing_mm
            middle_mm = shown.mean(axis=0) + np.array([opening.y_mm, opening.x_mm])
            assert middle_mm == pytest.approx([(y1 + y2) / 2, (x1 + x2) / 2], abs=1.0)
            assert np.ptp(shown, axis=0) == pytest.approx([y2 - y1, x2 - x1], abs=2.5)


@pytest.mark.slow
def test_two_processes_make_the_pairs_of_one_and_tell_how_far_they_are(
    tmp_path: Path, water_patients: list[PatientPlan]
) -> None:
    told: list[tuple[str, int, int]] = []
    done = make_pairs(
        tmp_path / "two.zarr",
        water_patients,
        3,
        OPEN,
        executor=Processes(2),
        engines=ENGINES,
        progress=lambda *step: told.append(step),
    )
    assert done == PairsMade(calculated=6, there=0, left_alone=())
    assert [step[1:] for step in told] == [(n, 6) for n in range(1, 7)]
    assert {step[0] for step in told} == {f"{p} field-00{n}" for p in "ab" for n in (1, 2, 3)}
    again = make_pairs(tmp_path / "two.zarr", water_patients, 3, OPEN, engines=ENGINES)
    assert again == PairsMade(calculated=0, there=6, left_alone=())
    make_pairs(tmp_path / "one.zarr", water_patients, 3, OPEN, engines=ENGINES)
    for two, one in zip(read_patients(tmp_path / "two.zarr"), read_patients(tmp_path / "one.zarr"), strict=True):
        pairs = zip(two.fields(), one.fields(), strict=True)
        assert all(a.attributes == b.attributes and np.array_equal(a.fine_gy(), b.fine_gy()) for a, b in pairs)


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, water_patients: list[PatientPlan]) -> None:
    calls: list[int] = []

    def counted(ct: Volume, beam: Beam, grid: Grid, position: str) -> Dose:
        calls.append(beam.number)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return box_engine(ct, beam, grid, position)

    engines = Engines(coarse=box_engine, fine=counted)
    with pytest.raises(KeyboardInterrupt):
        make_pairs(tmp_path / "p.zarr", water_patients, 3, OPEN, engines=engines)
    make_pairs(tmp_path / "p.zarr", water_patients, 3, OPEN, engines=engines)
    assert calls == [1, 2, 3, 1, 1, 2, 3]
    make_pairs(tmp_path / "whole.zarr", water_patients, 3, OPEN, engines=ENGINES)
    for stopped, whole in zip(read_patients(tmp_path / "p.zarr"), read_patients(tmp_path / "whole.zarr"), strict=True):
        assert [f.attributes for f in stopped.fields()] == [f.attributes for f in whole.fields()]


def test_a_patient_made_by_another_version_is_left_alone(
    tmp_path: Path, water_patients: list[PatientPlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pairs(tmp_path / "p.zarr", water_patients, 1, OPEN, engines=ENGINES)
    changed = water_cylinder()
    hu = changed.ct.values + 1
    monkeypatch.setattr(
        PatientPlan, "subject", lambda _: replace(changed, ct=Volume(hu, changed.ct.grid, changed.ct.unit))
    )
    assert make_pairs(tmp_path / "p.zarr", water_patients, 3, OPEN, engines=ENGINES) == PairsMade(0, 2, ("a", "b"))
    assert [len(list(p.fields())) for p in read_patients(tmp_path / "p.zarr")] == [1, 1]


def test_a_plan_is_stored_with_its_fields_and_is_their_sum(tmp_path: Path, water_patients: list[PatientPlan]) -> None:
    made = make_pairs(tmp_path / "p.zarr", water_patients[:1], 1, Mix((FieldKind.PLAN,), ("15X",), 7), engines=ENGINES)
    assert made == PairsMade(calculated=1, there=0, left_alone=())
    (patient,) = read_patients(tmp_path / "p.zarr")
    plan, *fields = patient.fields()
    facts = plan.attributes
    assert (plan.name, plan.kind, facts["energy"], facts["fff"]) == ("plan-001", "plan", "15X", False)
    assert facts["fields"] == [field.name for field in fields]
    assert [field.name for field in fields] == [f"plan-001-{n}" for n in range(1, len(fields) + 1)]
    assert plan.source_mm is None
    assert plan.opening() is None
    assert {field.z_start for field in fields} == {plan.z_start}
    np.testing.assert_allclose(plan.coarse_gy(), sum(f.coarse_gy() for f in fields), rtol=1e-5)
    np.testing.assert_allclose(plan.fine_gy(), sum(f.fine_gy() for f in fields), atol=len(fields) * 1e-3)
    before = fingerprint(tmp_path / "p.zarr")
    for unfinished in (plan, fields[-1]):  # as a run leaves them that is stopped while it writes
        del zarr.open_group(str(tmp_path / "p.zarr"), mode="a")[f"{patient.name}/{unfinished.name}"].attrs["complete"]
    again = make_pairs(tmp_path / "p.zarr", water_patients[:1], 1, Mix((FieldKind.PLAN,), ("15X",), 7), engines=ENGINES)
    assert again == PairsMade(calculated=1, there=0, left_alone=())
    assert fingerprint(tmp_path / "p.zarr") == before


def test_an_arc_keeps_where_its_source_went(tmp_path: Path, water_patients: list[PatientPlan]) -> None:
    make_pairs(tmp_path / "p.zarr", water_patients[:1], 1, Mix((FieldKind.ARC,), ("6X",), 7), engines=ENGINES)
    ((arc,),) = (patient.fields() for patient in read_patients(tmp_path / "p.zarr"))
    facts = arc.attributes
    assert (arc.kind, arc.source_mm) == ("arc", None)
    away = np.array(facts["sources_mm"]) - facts["isocentre_mm"]
    np.testing.assert_allclose(np.linalg.norm(away, axis=1), 1000.0)
    assert len(away) >= 40 / 6
    assert sum(facts["source_weights"]) == pytest.approx(1.0)
    assert min(facts["source_weights"]) > 0


def test_resampling_is_linear_and_air_outside() -> None:
    subject = water_cylinder()
    z, y, x = np.meshgrid(*(subject.ct.grid.coordinates_mm(a) for a in (2, 1, 0)), indexing="ij")
    ramp = Volume((2 * x - y + 3 * z).astype(np.float32), subject.ct.grid, subject.ct.unit)
    grid = Grid((10, 11, 12), (1.25,) * 3, (-5.0, -7.0, -9.0))
    z, y, x = np.meshgrid(*(grid.coordinates_mm(a) for a in (2, 1, 0)), indexing="ij")
    assert np.abs(resample_hu(ramp, grid) - (2 * x - y + 3 * z)).max() <= 0.51
    far = Grid((4, 4, 4), (1.25,) * 3, (1000.0, 0.0, 0.0))
    assert np.all(resample_hu(ramp, far) == -1000)
