"""Runs the network on the doses of a case one by one, and sums them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from esapi_bridge.case import Beam, Case, Dose, DoseKind, FieldKind
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.dose_region import DoseRegion
from esapi_bridge.case.dose_set import DoseSet, sum_doses, treatment_doses
from esapi_bridge.models import DoseCard
from esapi_bridge.models.network_input import ct_grid
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.dose.network import DoseNetwork, energy_of


def beam_by_beam(case: Case, card: DoseCard) -> bool:
    """Whether the network is given the beams' doses: where every treatment beam has one, and it knows single fields."""
    kinds = card.valid_for.kinds
    knows_fields = not kinds or any(kind is not FieldKind.PLAN for kind in kinds)
    return knows_fields and all(beam.number in case.beam_doses for beam in case.plan.treatment_beams)


def doses_to_transform(case: Case, *, per_beam: bool) -> list[Dose]:
    """Pick the doses that go through the network; empty where they are not all there (a check says so)."""
    if per_beam:
        return treatment_doses(case)
    return [] if case.plan_dose is None else [case.plan_dose]


def transform(
    case: Case,
    doses: Sequence[Dose],
    network: DoseNetwork,
    region: DoseRegion | None,
    progress: Progress | None,
    keep: Collection[int] | None = None,
    seen: Callable[[Dose], None] | None = None,
) -> tuple[DoseSet, DoseSet]:
    """Run the network on every dose; return input and network doses, beams summed.

    Outside `region`, where that is known, there is no dose.

    Each network dose is shown to `seen` as soon as it is there.

    Of the beams whose numbers are not in `keep`, where that is given, only the sum is kept: nine fine doses of a large
    grid are more than many machines have room for.
    """
    fine: list[Dose] = []
    ct = ct_grid(case.ct)  # one for all beams, so that it is resampled once

    def transformed() -> Iterator[Dose]:
        for position, dose in enumerate(doses, 1):
            step = "plan" if dose.beam_number is None else f"beam {dose.beam_number} ({position} of {len(doses)})"
            beams = [b for b in case.plan.treatment_beams if dose.beam_number in (None, b.number)]
            source_mm = None if dose.beam_number is None else _source_mm(case, beams)
            told = progress and _step_progress(progress, step)
            found = network.transform(dose, ct, source_mm, energy_of(beams), region, told)
            if seen is not None:
                seen(found)
            if keep is None or found.beam_number is None or found.beam_number in keep:
                fine.append(found)
            yield found

    if doses[0].kind is DoseKind.PLAN:
        return DoseSet("Input", doses[0]), DoseSet("DDN", next(transformed()))
    total = sum_doses(transformed())
    given_beams = {int(d.beam_number): d for d in doses if d.beam_number is not None}
    fine_beams = {int(d.beam_number): d for d in fine if d.beam_number is not None}
    given = case.plan_dose or sum_doses(doses)
    if given.algorithm is None:
        given = replace(given, algorithm=doses[0].algorithm)
    return DoseSet("Input", given, given_beams), DoseSet("DDN", total, fine_beams)


def _source_mm(case: Case, beams: Sequence[Beam]) -> tuple[float, float, float] | None:
    """Return the source position of a beam, mm, LPS; None for an arc."""
    for beam in beams:
        if not beam.is_arc:
            x, y, z = beam_frame(beam, case.plan.patient_position).source_mm.tolist()
            return x, y, z
    return None


def _step_progress(progress: Progress, step: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(step, done, total)
