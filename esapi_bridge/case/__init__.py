"""The case: one plan with its CT, dose and structures, as typed value objects."""

from esapi_bridge.case.beam import Beam, ControlPoint, FluenceMap, FluenceMode, Jaws
from esapi_bridge.case.grid import Grid
from esapi_bridge.case.plan import Case, Plan, Uids
from esapi_bridge.case.structure import Structure
from esapi_bridge.case.volume import Dose, DoseKind, DoseMedium, Unit, Volume

__all__ = [
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
    "Plan",
    "Structure",
    "Uids",
    "Unit",
    "Volume",
]
