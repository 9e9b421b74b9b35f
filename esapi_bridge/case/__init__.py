"""The case: one plan with its CT, dose and structures, as typed value objects."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from esapi_bridge.case.beam import Beam, ControlPoint, FluenceMap, FluenceMode, Jaws, Technique
    from esapi_bridge.case.field_kind import FieldKind
    from esapi_bridge.case.grid import Grid
    from esapi_bridge.case.plan import Approval, Case, Plan, Prescription, Uids
    from esapi_bridge.case.position import PatientPosition
    from esapi_bridge.case.structure import Override, Structure
    from esapi_bridge.case.volume import AIR_HU, Dose, DoseKind, DoseMedium, Unit, Volume

__all__ = [
    "AIR_HU",
    "Approval",
    "Beam",
    "Case",
    "ControlPoint",
    "Dose",
    "DoseKind",
    "DoseMedium",
    "FieldKind",
    "FluenceMap",
    "FluenceMode",
    "Grid",
    "Jaws",
    "Override",
    "PatientPosition",
    "Plan",
    "Prescription",
    "Structure",
    "Technique",
    "Uids",
    "Unit",
    "Volume",
]

_HOME = {
    "AIR_HU": "volume",
    "Approval": "plan",
    "Beam": "beam",
    "Case": "plan",
    "ControlPoint": "beam",
    "Dose": "volume",
    "DoseKind": "volume",
    "DoseMedium": "volume",
    "FieldKind": "field_kind",
    "FluenceMap": "beam",
    "FluenceMode": "beam",
    "Grid": "grid",
    "Jaws": "beam",
    "Override": "structure",
    "PatientPosition": "position",
    "Plan": "plan",
    "Prescription": "plan",
    "Structure": "structure",
    "Technique": "beam",
    "Uids": "plan",
    "Unit": "volume",
    "Volume": "volume",
}


def __getattr__(name: str) -> Any:
    """Load public names on first use, so that the help of a command that names a position does not load numpy."""
    if name not in _HOME:
        raise AttributeError(f"module 'esapi_bridge.case' has no attribute {name!r}")
    return getattr(import_module(f"esapi_bridge.case.{_HOME[name]}"), name)
