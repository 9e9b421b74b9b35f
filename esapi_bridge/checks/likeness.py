"""Check of how like the doses and the CT are to those that the network was trained on.

- likeness: figures of each dose and of the CT there (`dosenet.likeness`) are no further from those of training than the
  card says: what 95 of 100 fields of training are within, each anatomy judged by the others, else a warning; twice
  as far as the farthest of them refuses. Both name what is most unusual.
"""

from __future__ import annotations

from collections.abc import Sequence

from esapi_bridge.case import Dose, Volume
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import DoseCard
from esapi_bridge.models.network_input import coarse_dose, ct_grid

NAMED = 3
"""Figures that are named, the most unusual ones."""


def likeness(doses: Sequence[Dose], ct: Volume, card: DoseCard) -> Verdict:
    """Compare the doses to transform, and the CT that the network is given, with the card."""
    known = card.likeness
    if known is None:
        return Verdict("likeness", Outcome.PASS, "any", "not compared")
    from dosenet.likeness import figures_of

    expected = f"dose and CT like those of training, at most {known.warn:.2f} from them"
    worst, told = 0.0, ""
    scan = ct_grid(ct)
    for dose in doses:
        try:
            figures = figures_of(coarse_dose(dose), scan)
        except ValueError:  # no dose: the network refuses it in its own words
            continue
        if figures is None:
            continue
        parts = known.parts(figures)
        farthest = max(parts.values())
        if farthest > worst:
            of = "plan" if dose.beam_number is None else f"beam {dose.beam_number}"
            worst = farthest
            told = f" ({of}: {', '.join(f'{name} {value:.1f}' for name, value in list(parts.items())[:NAMED])})"
    outcome = Outcome.REFUSE if worst > known.refuse else Outcome.WARN if worst > known.warn else Outcome.PASS
    return Verdict("likeness", outcome, expected, f"{worst:.2f}{told if outcome is not Outcome.PASS else ''}")
