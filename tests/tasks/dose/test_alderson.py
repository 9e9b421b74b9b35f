"""A genuine set of another planning system, from files to RT Dose and page: Alderson phantom, RayStation, one arc."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from dosenet.slices import COARSE_MM
from esapi_bridge.case import Grid, PatientPosition, Unit, Volume
from esapi_bridge.case.resample import resample
from esapi_bridge.dicom import Export, read_export, read_rtdose, write_ct_series, write_rtdose
from esapi_bridge.errors import RefusedError
from esapi_bridge.tasks import run_dose
from tests.tasks.conftest import make_model


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The set, with its CT (of half the resolution) under the identifiers that the structure set names."""
    folder = tmp_path_factory.mktemp("alderson")
    for path in (shared_data / "alderson_raystation").glob("*.dcm"):
        shutil.copy(path, folder)
    structures = pydicom.dcmread(next(folder.glob("RS*.dcm")))
    (frame,) = structures.ReferencedFrameOfReferenceSequence
    series = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    stored = np.load(shared_data / "ct" / "alderson_pelvis.npz", allow_pickle=False)
    hu = stored["hu"].astype(np.float32)
    grid = Grid(hu.shape[::-1], tuple(stored["spacing_zyx_mm"][::-1]), tuple(stored["origin_zyx_mm"][::-1]))
    write_ct_series(
        Volume(hu, grid, Unit.HU),
        structures,
        folder,
        patient_position=PatientPosition.HFS,
        series_uid=series.SeriesInstanceUID,
        frame_of_reference=frame.FrameOfReferenceUID,
    )
    slices = [(pydicom.dcmread(path), path) for path in folder.glob("CT*.dcm")]
    slices.sort(key=lambda found: float(found[0].ImagePositionPatient[2]))
    for (dataset, path), image in zip(slices, series.ContourImageSequence, strict=True):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = image.ReferencedSOPInstanceUID
        dataset.save_as(path)
    return folder


@pytest.fixture(scope="module")
def export(folder: Path) -> Export:
    return read_export(folder, key=b"key")


def test_it_is_read_whole(export: Export) -> None:
    case = export.case
    (beam,) = case.plan.treatment_beams
    assert (beam.technique, beam.energy_label, beam.meterset_mu) == ("ARC", "10X", 390.0)
    assert (case.plan.prescription_gy, case.plan.fractions) == (60.0, 20)
    assert set(case.beam_doses) == {1}
    assert case.plan_dose is not None
    assert len(case.structures) == 6


REFUSED = {"machine", "field_size", "dose_grid"}
"""An Elekta machine, an open jaw beside the leaves, and a dose grid of 3 mm: none was trained on."""


def test_the_shipped_networks_card_refuses_it_and_nothing_else_does(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        run_dose(folder, tmp_path / "out", model="ddn-lite")
    assert {found.check for found in caught.value.checks} == REFUSED
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_with_a_card_that_states_its_beam_it_runs_to_dose_and_page(
    folder: Path, export: Export, tmp_path: Path
) -> None:
    """Doses on 5 mm, which every network of this project takes, in planes of a tenth of the maximum and more."""
    source = tmp_path / "export"
    source.mkdir()
    for path in folder.iterdir():
        if not path.name.startswith("RD"):
            (source / path.name).symlink_to(path)
    given = export.case.plan_dose
    assert given is not None
    planes = np.flatnonzero(given.gy.max(axis=(1, 2)) > 0.1 * given.gy.max())
    low, high = given.grid.to_patient((0, 0, planes[0])), given.grid.to_patient(given.grid.size)
    high[2] = given.grid.to_patient((0, 0, planes[-1]))[2]
    grid = Grid(tuple(((high - low) // COARSE_MM).astype(int).tolist()), (COARSE_MM,) * 3, tuple(low.tolist()))
    for dose in (given, *export.case.beam_doses.values()):
        coarse = replace(dose, volume=resample(dose.volume, grid, 0.0))
        write_rtdose(coarse, export.plan_file, source / f"RD.{dose.kind.value}.dcm", description="on 5 mm")
    validity = {"techniques": ["ARC"], "patient_positions": ["HFS"]}
    model = make_model(tmp_path / "model", energies=("10X",), machines=("Versa_E",), validity=validity)
    result = run_dose(source, tmp_path / "out", model=str(model))
    fine = read_rtdose(result.plan_file)
    assert fine.grid.spacing_mm == (1.25, 1.25, 1.25)
    assert float(fine.gy.max()) == pytest.approx(float(given.gy.max()), rel=0.1)
    assert result.report is not None
    assert "test_vmat_gerd" in result.report.read_text()
