"""What the network's fluences become: leaf motions and dose by the planning system of this project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esapi_bridge.tasks.fluence.plan import Delivery, FluencePlan


def deliver(plan: FluencePlan) -> Delivery:
    """Sequence the leaves and calculate the dose of predicted fluences.

    Raises
    ------
    BridgeError
        If a beam has an energy without a beam model.
    """
    from esapi_bridge.errors import BridgeError
    from esapi_bridge.planning.imrt.redelivery import NAME, can_deliver, deliver_export
    from esapi_bridge.tasks.fluence.plan import Delivery, Figure

    if not can_deliver(plan.beams):
        raise BridgeError(
            "the planning system of this project must have a beam model of the plan's energy, it has none: "
            "use --no-deliver"
        )
    found = deliver_export(
        plan.case.ct,
        plan.masks,
        plan.grid,
        plan.beams,
        plan.case.plan.patient_position,
        plan.prescription,
        plan.wanted_dose,
        plan.reference_dose,
        plan.normalisation.mean_gy if plan.predictor else None,
    )
    return Delivery(
        by=NAME,
        dose=found.delivered.dose,
        meterset_mu={beam.number: beam.meterset_mu for beam in found.delivered.beams},
        figures=tuple(Figure(name, *values) for name, values in found.figures.items()),
    )
