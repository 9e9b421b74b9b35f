"""What the bridge does with a case: checks, network, result."""

from esapi_bridge.tasks.dose import DoseResult, run_dose

__all__ = ["DoseResult", "run_dose"]
