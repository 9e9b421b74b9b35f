"""Our dose-volume histograms against Eclipse's own nine of a breast plan, as a table.

Run by hand: ``python tests/benchmarks/eclipse_dvh.py``; needs the reference data beside the checkout.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.conftest import SHARED_DATA
from tests.report.test_dvh_eclipse import rows, table

if __name__ == "__main__":
    print(table(rows(SHARED_DATA)))
