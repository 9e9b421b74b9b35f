from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def genuine():
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "dicom_rt"
    if not folder.is_dir():
        pytest.skip("genuine DICOM files are not here")
    return folder
