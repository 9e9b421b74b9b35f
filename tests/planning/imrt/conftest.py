"""One small plan for all tests."""

from __future__ import annotations

import pytest

from esapi_bridge.planning.imrt.plan import ImrtPlan, plan_patient
from tests.planning.imrt.tiny import FEW, tiny_patient


@pytest.fixture(scope="session")
def plan() -> ImrtPlan:
    """10 Gy in 5 fractions on the tiny patient."""
    return plan_patient(tiny_patient(), FEW, prescription_gy=10.0, fractions=5, iterations=30)
