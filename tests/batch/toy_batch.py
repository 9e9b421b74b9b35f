"""``python -m tests.batch.toy_batch ...``: the command ``batch`` on toy plans."""

from __future__ import annotations

import sys

import pytest

from esapi_bridge.cli.app import main
from tests.batch.found import found_plans
from tests.batch.toy import ToyWorker

if __name__ == "__main__":
    patch = pytest.MonkeyPatch()
    patch.setattr("esapi_bridge.batch.run.PlanWorker", ToyWorker)
    patch.setattr("esapi_bridge.batch.find.find_plans", lambda root, *_, **__: found_plans(root))
    main(sys.argv[1:])
