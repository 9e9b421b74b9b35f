"""Tells what a run wrote from what a planning system exported, so that no run takes its own output as input."""

from __future__ import annotations

from pydicom import Dataset

from esapi_bridge.dicom.read.elements import items, text

MANUFACTURER = "esapi-bridge"

NETWORK_DOSE = "Deep DoseNet"
"""The description of every dose by a network begins so."""

RESEARCH = "RESEARCH"
"""Plan Intent (300A,000A) of plan copies."""


def is_result(dataset: Dataset) -> bool:
    """Whether an RT Dose or RT Plan is the result of a run, by its contributing equipment, description and intent."""
    ours = [
        text(item, "ContributionDescription")
        for item in items(dataset, "ContributingEquipmentSequence")
        if text(item, "Manufacturer") == MANUFACTURER
    ]
    return any(NETWORK_DOSE in description for description in ours) or (
        bool(ours) and text(dataset, "PlanIntent") == RESEARCH
    )
