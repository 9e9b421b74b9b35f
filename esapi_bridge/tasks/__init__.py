"""What the bridge does with a case: checks, network, result."""

from esapi_bridge.tasks.dose.export import DoseResult, run_dose
from esapi_bridge.tasks.dose.job import run_dose_job
from esapi_bridge.tasks.dose.result import read_doses
from esapi_bridge.tasks.fluence.export import FluenceResult, run_fluence
from esapi_bridge.tasks.fluence.fields import run_fields_job
from esapi_bridge.tasks.fluence.job import run_fluence_job
from esapi_bridge.tasks.fluence.result import read_fluences
from esapi_bridge.tasks.networks import Networks

__all__ = [
    "DoseResult",
    "FluenceResult",
    "Networks",
    "read_doses",
    "read_fluences",
    "run_dose",
    "run_dose_job",
    "run_fields_job",
    "run_fluence",
    "run_fluence_job",
]
