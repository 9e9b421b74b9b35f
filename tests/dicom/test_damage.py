"""A thousand damaged files: one family of errors, in whichever way they are damaged (the campaign is a benchmark)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.dicom import describe_file
from tests.benchmarks.damages import KINDS, Base, damaged
from tests.dicom.phantom import export_folder, files_of

FILES_OF_A_KIND = 260
SEED = 7


@pytest.mark.slow
@pytest.mark.parametrize("modality", ["CT", "RS", "RP", "RD"])
def test_only_our_errors_whatever_is_damaged(modality: str, tmp_path: Path) -> None:
    path = files_of(export_folder(tmp_path), modality)[0]
    base = Base.of(path.read_bytes())
    random = np.random.default_rng(SEED)
    verdicts, kinds = Counter[str](), Counter[str]()
    for _ in range(FILES_OF_A_KIND):
        kind, content = damaged(base, random)
        path.write_bytes(content)
        verdicts[describe_file(path).verdict] += 1  # anything but our errors would leave here
        kinds[kind] += 1
    assert set(kinds) == set(KINDS)
    assert set(verdicts) <= {"read", "refused", "damaged"}
    assert FILES_OF_A_KIND - verdicts["read"] > FILES_OF_A_KIND // 10


def test_the_places_of_all_elements_are_known(tmp_path: Path) -> None:
    """What lengths and representations are changed of: every element of the file, nested ones too."""
    import pydicom

    path = files_of(export_folder(tmp_path), "RP")[0]
    base = Base.of(path.read_bytes())
    elements = sum(1 for _ in pydicom.dcmread(path).iterall())
    items = base.implicit.count(b"\xfe\xff\x00\xe0")
    assert len(base.places_implicit) == len(base.places_explicit) == elements
    assert items > 0
