"""The case: one plan with its CT, dose and structures, as typed value objects."""

from esapi_bridge.case.beam import Beam, ControlPoint, FluenceMap, FluenceMode, Jaws, Technique
from esapi_bridge.case.grid import Grid
from esapi_bridge.case.plan import Approval, Case, Plan, Prescription, Uids
from esapi_bridge.case.position import PatientPosition
from esapi_bridge.case.structure import Structure
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
    "FluenceMap",
    "FluenceMode",
    "Grid",
    "Jaws",
    "PatientPosition",
    "Plan",
    "Prescription",
    "Structure",
    "Technique",
    "Uids",
    "Unit",
    "Volume",
]
