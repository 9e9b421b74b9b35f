"""A second plan to the inner part of a target, as a boost that is summed with the first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.plan import PlannedFields, PlanOptions, plan_fields

MARGIN_MM = 5.0
"""How far inside the target the boost lies."""

FRACTIONS = 5


def plan_boost(subject: Subject, options: PlanOptions) -> tuple[Subject, PlannedFields]:
    """Plan the inner part of a target by the same technique, five fractions of the dose of one; no doses yet.

    Returns
    -------
    Subject, PlannedFields
        The patient with the inner part as target, and the plan.

    Raises
    ------
    RefusedError
        If the target has no inner part, or the technique cannot do what is asked.
    BridgeError
        If the plan cannot be delivered.
    """
    spacing = subject.ct.grid.spacing_mm[::-1]
    depth = ndimage.distance_transform_edt(np.pad(subject.target, 1), sampling=spacing)[1:-1, 1:-1, 1:-1]
    inner = depth > MARGIN_MM
    if not inner.any():
        raise RefusedError(f"a boost needs a target that is thicker than {2 * MARGIN_MM:g} mm, found a thinner one")
    inside = replace(subject, target=inner, masks={**subject.masks, "PTV": inner})
    planned = plan_fields(inside, options)
    prescribed = planned.prescription_gy and planned.prescription_gy / planned.fractions * FRACTIONS
    fractions = FRACTIONS if prescribed else planned.fractions
    return inside, replace(
        planned, fractions=fractions, prescription_gy=prescribed, plan_dose=None, beam_doses={}, quality=None
    )
