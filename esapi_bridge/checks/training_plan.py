"""Checks of a treated plan before it becomes training data.

With standing_gantry, prescription and wanted_dose of `fluence`:

- fluences: every treatment beam has an optimal fluence that Eclipse could have given, not all zero; else refused.
- one_beam_kind: all treatment beams have one machine and energy, as they share one factor of monitor units; else
  refused.
"""

from __future__ import annotations

from esapi_bridge.case import Beam, Case, Dose
from esapi_bridge.case.fluence_rules import fluence_fault
from esapi_bridge.checks.fluence import prescription, standing_gantry, wanted_dose
from esapi_bridge.checks.verdict import Outcome, Verdict


def check_training_plan(case: Case, dose: Dose | None) -> tuple[Verdict, ...]:
    """Check a treated plan for training.

    Parameters
    ----------
    case
        The case.
    dose
        Dose of the whole plan; None where there is none.
    """
    return standing_gantry(case), prescription(case), wanted_dose(dose), fluences(case), one_beam_kind(case)


def fluences(case: Case) -> Verdict:
    """Check that every treatment beam has an optimal fluence that Eclipse could have given."""
    faults = {beam.number: _fault(beam) for beam in case.plan.treatment_beams}
    found = "; ".join(f"beam {number}: {fault}" for number, fault in faults.items() if fault)
    return Verdict(
        "fluences",
        Outcome.REFUSE if found else Outcome.PASS,
        "an optimal fluence of every treatment beam",
        found or "all",
    )


def one_beam_kind(case: Case) -> Verdict:
    """Check that all treatment beams have one machine and energy."""
    kinds = sorted({f"{beam.energy_label} of {beam.machine}" for beam in case.plan.treatment_beams})
    outcome = Outcome.PASS if len(kinds) == 1 else Outcome.REFUSE
    return Verdict("one_beam_kind", outcome, "one machine and energy", ", ".join(kinds) or "no treatment beam")


def _fault(beam: Beam) -> str | None:
    if beam.fluence is None:
        return "none"
    return fluence_fault(beam.fluence) or (None if beam.fluence.values.any() else "zero everywhere")
