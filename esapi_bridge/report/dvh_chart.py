"""What the living chart of dose-volume histograms reads: the curves, at steps of dose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.report.dvh import Dvh
from esapi_bridge.report.dvh_table import DvhTable
from esapi_bridge.report.packed import named_structure, packed, round_step

MOST_STEPS = 1000
"""Of dose, from 0 to the highest: finer than the pixels of a chart."""

DASHES = ("8 4", "", "2 3", "10 3 2 3", "2 7")
"""Of the curves of each dose set, as in the stills (`curves.LINES`): SVG's ``stroke-dasharray``."""

VOLUME_STEP_PERCENT = 0.01
"""The last digit of a volume that is kept and shown."""


def dvh_chart(sets: Sequence[DoseSet], table: DvhTable) -> dict[str, Any]:
    """Take the curves of a table of histograms, which has some.

    Parameters
    ----------
    sets
        The dose sets, in the order of the table.
    table
        The histograms.

    Returns
    -------
    dict
        Point k of a curve is the share of the volume with at least k times ``dose_step_gy``, in
        ``volume_step_percent``. ``band`` holds the curves of the lower and the upper bound of the second dose set.
    """
    drawn = [dvh for structure, dvhs in table.rows for dvh in (*dvhs, *table.bands.get(structure.number, ()))]
    top = max(float(dvh.dose_gy[-1]) for dvh in drawn)
    step = round_step(top, MOST_STEPS)
    # The last point lies above every dose, where each curve has come down to zero.
    dose_gy = step * np.arange(int(top / step) + 2, dtype=np.float64)

    def curve(dvh: Dvh) -> str:
        return packed(dvh.volume_at_percent(dose_gy), VOLUME_STEP_PERCENT, "<u2")

    return {
        "dose_step_gy": step,
        "volume_step_percent": VOLUME_STEP_PERCENT,
        "points": dose_gy.size,
        "sets": [s.name for s in sets],
        "dashes": DASHES[: len(sets)],
        "structures": [
            {
                **named_structure(structure),
                "sampled_cm3": round(dvhs[0].sampled_cm3, 3),
                "outside": any(dvh.outside > 0 for dvh in dvhs),
                "curves": [curve(dvh) for dvh in dvhs],
                "band": [curve(dvh) for dvh in table.bands.get(structure.number, ())],
            }
            for structure, dvhs in table.rows
        ],
    }
