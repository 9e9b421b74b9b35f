"""Checks of a plan whose wanted dose a network predicts, since it has none.

- wanted_dose: the dose is a prediction; warned of.
- prediction_fields: as many treatment beams as the plans had that the network learned from; else refused.
- prediction_energy, prediction_machine, prediction_arrangement: energy, machine, gantry and couch angles and patient
  position against those of its card, as the checks of the same names do for the fluence network.
- prediction_ct_trained: as ct_trained, where the predicted dose is: metal, say, of which contours say nothing.
- prediction_anatomy: volumes, extents, places and nearness to the PTV of what is drawn, against those of the training
  patients; what is beyond them by a tenth of their range is warned of, with its per cent rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from esapi_bridge.case import Case, Dose
from esapi_bridge.checks import geometry, plan
from esapi_bridge.checks.fluence import arrangement, fields
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import WantedDoseCard
from fluencenet.wanted.anatomy import AnatomyRange, OutOfRange

NAMED = 3
"""So many numbers out of range are named; of the others it is said how many there are."""


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


def ct_where_predicted(case: Case, dose: Dose, card: WantedDoseCard) -> Verdict:
    """Check the CT where the predicted dose is; before there was one, nothing could be said of it."""
    return replace(geometry.ct_trained(case, [dose], card), check="prediction_ct_trained")


def predicted(card: WantedDoseCard) -> Verdict:
    """Say that the wanted dose is a prediction."""
    found = f"predicted from contours by {card.name} {card.version}"
    return Verdict("wanted_dose", Outcome.WARN, "a dose of the whole plan", found)


def anatomy(numbers: Mapping[str, float], card: WantedDoseCard) -> Verdict:
    """Compare an anatomy, measured by `fluencenet.wanted.anatomy.anatomy`, with the training patients'."""
    check = "prediction_anatomy"
    if not card.use.anatomy:
        return Verdict(check, Outcome.PASS, "any anatomy: the card does not limit it", f"{len(numbers)} numbers")
    trained = AnatomyRange(card.use.anatomy)
    beyond = trained.beyond(numbers)
    expected = "an anatomy within the range of the training patients"
    if not beyond:
        ranks = [trained.rank_percent(name, value) for name, value in numbers.items() if name in card.use.anatomy]
        least, most = min(ranks), max(ranks)
        return Verdict(check, Outcome.PASS, expected, f"{len(ranks)} numbers of rank {least:.0f} to {most:.0f} %")
    words = "; ".join(_in_words(one) for one in beyond[:NAMED])
    more = f"; and {len(beyond) - NAMED} more" if len(beyond) > NAMED else ""
    return Verdict(check, Outcome.WARN, expected, words + more)


def _in_words(one: OutOfRange) -> str:
    name, unit = one.name.split(", ")
    rank = "rank 0 %" if one.value < one.low else "rank 100 %"
    return f"{name} {one.value:.0f} {unit}, trained {one.low:.0f} to {one.high:.0f} ({rank})"
