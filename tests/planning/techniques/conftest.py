"""One small patient, and beams of every technique on it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from esapi_bridge.case import Beam
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.arcs import conformal_arcs, vmat_beams
from esapi_bridge.planning.techniques.conformal import conformal_beams
from esapi_bridge.planning.techniques.modulated import imrt_beams
from tests.planning.imrt.tiny import tiny_patient

ANGLES = (20.0, 140.0, 260.0)


@pytest.fixture(scope="session")
def patient() -> Subject:
    return tiny_patient()


@pytest.fixture(scope="session")
def plans(patient: Subject) -> Mapping[str, tuple[Beam, ...]]:
    """2 Gy in the mean of the target, by each technique."""
    return {
        "conformal": conformal_beams(patient, gantry_deg=ANGLES),
        "sliding window": imrt_beams(patient, gantry_deg=ANGLES, iterations=15),
        "segments": imrt_beams(patient, gantry_deg=ANGLES, iterations=15, delivery="segments", collimator_deg=90.0),
        "conformal arc": conformal_arcs(patient, turn_deg=-120.0, start_deg=60.0),
        "modulated arcs": vmat_beams(patient, turn_deg=-120.0, start_deg=60.0, arcs=2, iterations=10),
    }
