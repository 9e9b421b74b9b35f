"""What the bridge does with a case: checks, network, result."""

from esapi_bridge.tasks.dose.export import DoseResult, run_dose
from esapi_bridge.tasks.dose.job import run_dose_job
from esapi_bridge.tasks.fluence.export import FluenceResult, run_fluence
from esapi_bridge.tasks.fluence.job import run_fluence_job
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.result_folder import read_result

__all__ = [
    "DoseResult",
    "FluenceResult",
    "Networks",
    "read_result",
    "run_dose",
    "run_dose_job",
    "run_fluence",
    "run_fluence_job",
]
