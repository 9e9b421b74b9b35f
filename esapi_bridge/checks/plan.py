"""Checks of the plan against the model card.

- has_dose: the plan has a treatment beam and the dose to transform; else refused.
- dose_source: fields are transformed one by one, as the network was trained; a plan dose is a warning, and refused by
  a card that lists kinds of fields without ``plan``.
- beam_sum: beam doses, where there is a plan dose too, add up to it; > 1 % of the maximum warns, > 5 % refuses.
- energy: energy and fluence mode of every treatment beam are in the card; else refused.
- machine: every treatment machine is in the card; else refused.
- technique: every technique is in the card; else refused.
- site: noted beside those of the card, as a plan does not state its own.
- accessories: nothing is in the way of a beam but what the card allows; else refused.
- algorithm: the input doses have one algorithm, which is in the card; else refused. An unstated one is a warning.
- approval: the approval status is noted.
- body: one EXTERNAL structure is there, for the checks outside the body; else a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from esapi_bridge.case import Beam, Case, Dose, FieldKind
from esapi_bridge.case.dose_set import sum_doses
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import DoseCard, ModelCard

BEAM_SUM_WARN, BEAM_SUM_REFUSE = 0.01, 0.05
TINY = float(np.finfo(np.float32).tiny)


def has_dose(case: Case, *, per_beam: bool) -> Verdict:
    """Check that there are treatment beams and the dose to transform."""
    beams = case.plan.treatment_beams
    missing = [beam.number for beam in beams if beam.number not in case.beam_doses]
    wanted = "a dose for every treatment beam" if per_beam else "a plan dose"
    if not beams:
        return Verdict("has_dose", Outcome.REFUSE, "at least one treatment beam", "none")
    if per_beam and missing:
        return Verdict("has_dose", Outcome.REFUSE, wanted, f"none for beam {', '.join(map(str, missing))}")
    if not per_beam and case.plan_dose is None:
        return Verdict("has_dose", Outcome.REFUSE, wanted, "none")
    found = f"{len(beams)} beam doses" if per_beam else "plan dose"
    return Verdict("has_dose", Outcome.PASS, wanted, found)


def dose_source(card: DoseCard, *, per_beam: bool) -> Verdict:
    """Compare what the network is given with what it was trained on, fields or plans."""
    found, kinds = "field" if per_beam else "plan", card.valid_for.kinds
    if kinds and not per_beam:
        outcome = Outcome.PASS if FieldKind.PLAN in kinds else Outcome.REFUSE
        taken = "plan doses, as in training" if outcome is Outcome.PASS else "a dose for every treatment beam"
        return Verdict("dose_source", outcome, taken, "plan dose")
    outcome = Outcome.PASS if found == card.inputs.dose.per else Outcome.WARN
    return Verdict("dose_source", outcome, f"{card.inputs.dose.per} doses, as in training", f"{found} dose")


def beam_sum(case: Case) -> Verdict:
    """Compare the sum of the beam doses with the plan dose, where both are there on one grid."""
    expected = f"beam doses adding up to the plan dose within {BEAM_SUM_WARN:.0%} of its maximum"
    beams = [case.beam_doses[b.number] for b in case.plan.treatment_beams if b.number in case.beam_doses]
    plan = case.plan_dose
    if plan is None or len(beams) < len(case.plan.treatment_beams):
        return Verdict("beam_sum", Outcome.PASS, expected, "not both there")
    if not all(dose.grid.matches(plan.grid) for dose in beams):
        return Verdict("beam_sum", Outcome.WARN, expected, "different grids, not compared")
    error = float(np.abs(sum_doses(beams).gy - plan.gy).max()) / max(float(plan.gy.max()), TINY)
    outcome = Outcome.REFUSE if error > BEAM_SUM_REFUSE else Outcome.WARN if error > BEAM_SUM_WARN else Outcome.PASS
    return Verdict("beam_sum", outcome, expected, f"largest difference {error:.2%}")


def energy(case: Case, card: ModelCard) -> Verdict:
    """Compare energy and fluence mode of the treatment beams with the card."""
    return _of_beams("energy", case, card.valid_for.energies, lambda beam: beam.energy_label)


def machine(case: Case, card: ModelCard) -> Verdict:
    """Compare the treatment machines with the card."""
    return _of_beams("machine", case, card.valid_for.machines, lambda beam: beam.machine)


def technique(case: Case, card: ModelCard) -> Verdict:
    """Compare the techniques of the treatment beams with the card."""
    return _of_beams("technique", case, card.valid_for.techniques, lambda beam: beam.technique)


def site(card: ModelCard) -> Verdict:
    """Note the sites that the network was trained on."""
    return Verdict(
        "site", Outcome.PASS, " or ".join(card.valid_for.sites) or "any", "not stated by a plan, to be judged"
    )


def accessories(by_beam: Mapping[int, Sequence[str]], card: ModelCard) -> Verdict:
    """Check that nothing is in the way of a beam that the card does not allow."""
    allowed = card.valid_for.accessories
    others = {number: [name for name in names if name not in allowed] for number, names in by_beam.items()}
    found = "; ".join(f"beam {number}: {', '.join(names)}" for number, names in sorted(others.items()) if names)
    expected = f"plain beams, or {' or '.join(allowed)}" if allowed else "plain beams"
    return Verdict("accessories", Outcome.REFUSE if found else Outcome.PASS, expected, found or "none")


def algorithm(doses: Sequence[Dose], card: DoseCard) -> Verdict:
    """Compare the algorithm of the input doses with the card; ``AAA`` covers ``AAA_15606``."""
    allowed = card.inputs.dose.algorithms
    stated = {dose.algorithm for dose in doses if dose.algorithm}
    if len(stated) > 1:
        return Verdict("algorithm", Outcome.REFUSE, "one algorithm for all doses", ", ".join(sorted(stated)))
    if allowed and len(stated) == 0:
        return Verdict("algorithm", Outcome.WARN, " or ".join(allowed), "not stated by the source")
    covered = {name for name in stated if any(name == a or name.startswith((f"{a}_", f"{a} ")) for a in allowed)}
    return _among("algorithm", allowed, stated, covered)


def approval(case: Case) -> Verdict:
    """Note the approval status; the plan itself is only read."""
    return Verdict("approval", Outcome.PASS, "any, noted only", case.plan.approval)


def body(case: Case, fault: str | None = None) -> Verdict:
    """Check that there is one body outline, and that it can be filled: `fault` says why it cannot."""
    count = len(case.body_outlines)
    outcome = Outcome.PASS if count == 1 and fault is None else Outcome.WARN
    found = fault if fault and count == 1 else str(count) if count else "none"
    return Verdict("body", outcome, "one EXTERNAL structure", found)


def _of_beams(check: str, case: Case, allowed: Sequence[str], value: Callable[[Beam], str]) -> Verdict:
    """Compare a value of every treatment beam with those allowed; names the beams of the others."""
    found = {beam.number: str(value(beam)) for beam in case.plan.treatment_beams}
    others = {one for one in found.values() if allowed and one not in allowed}
    numbers = {one: [str(number) for number, other in found.items() if other == one] for one in others}
    named = "; ".join(f"{one} in beam {', '.join(numbers[one])}" for one in sorted(others))
    there = ", ".join(sorted(set(found.values()))) or "not stated"
    outcome = Outcome.REFUSE if others else Outcome.PASS
    return Verdict(check, outcome, " or ".join(allowed) or "any", named or there)


def _among(check: str, allowed: Sequence[str], found: Iterable[str], covered: Iterable[str] | None = None) -> Verdict:
    found = set(found)
    outside = found - set(allowed if covered is None else covered) if allowed else set()
    outcome = Outcome.REFUSE if outside else Outcome.PASS
    return Verdict(check, outcome, " or ".join(allowed) or "any", ", ".join(sorted(outside or found)) or "not stated")
