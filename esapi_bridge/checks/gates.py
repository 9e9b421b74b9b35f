"""All checks of a task, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Case, Dose, Volume
from esapi_bridge.case.stated import Stated
from esapi_bridge.checks import delivery, field, geometry, on_beam, on_ct, output, plan, stated
from esapi_bridge.checks.energy_of_dose import energy_of_dose
from esapi_bridge.checks.likeness import likeness
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import DoseCard


def check_input(
    case: Case,
    card: DoseCard,
    doses: Sequence[Dose],
    *,
    per_beam: bool,
    accessories: Mapping[int, Sequence[str]] | None = None,
    given_ct: Volume | None = None,
    said: Stated | None = None,
) -> tuple[Verdict, ...]:
    """Check a case and the doses to transform against a dose model's card; stops at a missing dose.

    Parameters
    ----------
    case
        The case, volumes along the patient axes.
    card
        The model's card.
    doses
        The doses that would go through the network.
    per_beam
        Whether those are beam doses.
    accessories
        What is in the way of the beams, by beam number.
    given_ct
        The CT that the network is given, where that is not the CT as scanned.
    said
        What the source states of the doses besides.
    """
    given = case if given_ct is None else replace(case, ct=given_ct)
    body = on_ct.find_body(case)
    there = plan.has_dose(case, per_beam=per_beam)
    if there.outcome is Outcome.REFUSE:
        return (there,)
    return (
        there,
        plan.dose_source(card, per_beam=per_beam),
        plan.beam_sum(case),
        plan.energy(case, card),
        plan.machine(case, card),
        plan.technique(case, card),
        field.kind(case, card),
        plan.site(card),
        plan.accessories(accessories or {}, card),
        field.aperture(case, card),
        field.moving_jaws(case, card),
        field.leaf_width(case, card),
        field.field_size(case, card),
        *delivery.check_delivery(case),
        plan.algorithm(doses, card),
        plan.approval(case),
        plan.body(case, body if isinstance(body, str) else None),
        geometry.frame_of_reference(case),
        geometry.orientation(case, doses, card),
        geometry.one_grid(doses),
        geometry.dose_grid(doses, card),
        geometry.ct_range(given, card),
        geometry.ct_trained(given, doses, card),
        geometry.ct_covers_dose(case, doses),
        geometry.ct_goes_on(case, doses),
        *on_beam.check_on_beam(case),
        energy_of_dose(given, card),
        likeness(doses, given.ct, card),
        *on_ct.check_on_ct(case, body),
        *stated.check_stated(case, said or Stated()),
    )


def check_output(
    given: Dose, given_gy: NDArray[np.float32], got: Dose, inside: NDArray[np.bool_] | None
) -> tuple[Verdict, ...]:
    """Check the output dose of the whole plan.

    Parameters
    ----------
    given
        Input dose on its own grid.
    given_gy
        Input dose on the output grid, Gy.
    got
        Output dose.
    inside
        Body mask on the output grid, or None.
    """
    return (
        output.finite(got.gy),
        output.non_negative(got.gy),
        output.maximum(given, got),
        output.outside_body(given_gy, got, inside),
        output.integral(given, got),
    )
