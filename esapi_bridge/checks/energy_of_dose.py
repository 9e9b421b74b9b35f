"""Whether the dose of each beam falls with depth as a dose of the energy does that the beam states.

The card holds how fast the dose of each energy fell in training (`dosenet.depth_fall`): over 3 of its standard
deviations off warns, over 4 refuses. Beams that turn, plan doses and energies of which the card says nothing are not
compared.
"""

from __future__ import annotations

from esapi_bridge.case import Beam, Case, Dose, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import DoseCard
from esapi_bridge.models.network_input import coarse_dose, ct_grid

WARN_STD, REFUSE_STD = 3.0, 4.0


def energy_of_dose(case: Case, card: DoseCard) -> Verdict:
    """Compare the fall of every beam's dose with that of the energy on its label.

    Parameters
    ----------
    case
        The case, volumes along the patient axes; the CT is the one that the network is given.
    card
        The model's card.
    """
    known = card.inputs.dose.depth_fall
    expected = "beams whose dose falls with depth as that of their energy does"
    beams = [
        (beam, case.beam_doses[beam.number])
        for beam in case.plan.treatment_beams
        if beam.number in case.beam_doses and not beam.is_arc and beam.energy_label in known
    ]
    off: dict[int, tuple[float, str]] = {}
    for beam, dose in beams:
        found = _compared(beam, dose, case.ct, case, card)
        if found is not None:
            off[beam.number] = found
    if not off:
        return Verdict("energy_of_dose", Outcome.PASS, expected, "not compared")
    number = max(off, key=lambda n: abs(off[n][0]))
    worst, told = off[number]
    warn, refuse = abs(worst) > WARN_STD, abs(worst) > REFUSE_STD
    outcome = Outcome.REFUSE if refuse else Outcome.WARN if warn else Outcome.PASS
    return Verdict(
        "energy_of_dose", outcome, expected, f"beam {number}: {told}" if warn else f"{len(off)} beams that do"
    )


def _compared(beam: Beam, dose: Dose, ct: Volume, case: Case, card: DoseCard) -> tuple[float, str] | None:
    """Standard deviations by which a beam is off, and in words; None where its fall cannot be measured."""
    from dosenet.depth_fall import depth_fall

    known = card.inputs.dose.depth_fall
    x, y, z = beam_frame(beam, case.plan.patient_position).source_mm.tolist()
    try:
        given, scan = coarse_dose(dose), ct_grid(ct)
    except ValueError:  # no dose: the network refuses it in its own words
        return None
    fall = depth_fall(given, scan, (x, y, z), beam.isocentre_mm)
    if fall is None:
        return None
    off = {name: energy.deviations(fall) for name, energy in known.items()}
    label = beam.energy_label
    like = min(off, key=lambda name: abs(off[name]))
    as_other = f", as {like} does" if like != label else ""
    return off[label], (
        f"{fall.per_g_cm2:.2%} per g/cm2 where {label} has {known[label].expected(fall.side_mm):.2%} "
        f"({abs(off[label]):.1f} standard deviations off){as_other}"
    )
