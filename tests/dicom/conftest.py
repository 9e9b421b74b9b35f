from pathlib import Path

import pydicom
import pytest

from tests.dicom.phantom import export_folder, files_of


@pytest.fixture(scope="session")
def genuine():
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "dicom_rt"
    if not folder.is_dir():
        pytest.skip("genuine DICOM files are not here")
    return folder


@pytest.fixture
def plan(tmp_path):
    return pydicom.dcmread(files_of(export_folder(tmp_path), "RP")[0])
