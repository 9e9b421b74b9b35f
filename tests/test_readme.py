"""What README shows can be run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from dosenet import FineDose

README = Path(__file__).parents[1] / "README.md"


def test_the_lines_of_python_predict_a_dose() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    dose_gy = np.zeros((3, 8, 8), dtype=np.float32)
    dose_gy[:, 2:6, 2:6] = 2.0
    names: dict[str, Any] = {
        "dose_gy": dose_gy,
        "dose_origin_mm": (-17.5, -17.5, -5.0),
        "ct_hu": np.zeros((10, 30, 30), dtype=np.int16),
        "ct_spacing_mm": (1.5, 1.5, 2.0),
        "ct_origin_mm": (-22.0, -22.0, -9.0),
        "source_mm": (0.0, -1000.0, 0.0),
    }
    exec(code, names)
    fine = names["fine"]
    assert isinstance(fine, FineDose)
    assert fine.spacing_mm == (1.25, 1.25, 1.25)
    assert fine.values.shape == (12, 32, 32)
    assert 1.0 < fine.values[6, 16, 16] < 3.0
