"""Checks of a plan whose wanted dose a network predicts, since it has none.

- wanted_dose: the dose is a prediction; warned of.
- prediction_fields: as many treatment beams as the plans had that the network learned from; else refused.
- prediction_energy, prediction_machine, prediction_arrangement: energy, machine, gantry and couch angles and patient
  position against those of its card, as the checks of the same names do for the fluence network.
"""

from __future__ import annotations

from dataclasses import replace

from esapi_bridge.case import Case
from esapi_bridge.checks import plan
from esapi_bridge.checks.fluence import arrangement, fields
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import WantedDoseCard


def check_prediction(case: Case, card: WantedDoseCard) -> tuple[Verdict, ...]:
    """Check a plan without a dose against the card of the network that predicts one.

    Parameters
    ----------
    case
        The case.
    card
        The wanted-dose network's card.
    """
    found = (fields(case, card), plan.energy(case, card), plan.machine(case, card), arrangement(case, card))
    return predicted(card), *(replace(verdict, check=f"prediction_{verdict.check}") for verdict in found)


def predicted(card: WantedDoseCard) -> Verdict:
    """Say that the wanted dose is a prediction."""
    found = f"predicted from contours by {card.name} {card.version}"
    return Verdict("wanted_dose", Outcome.WARN, "a dose of the whole plan", found)
