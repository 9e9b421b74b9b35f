"""Exported plans that were calculated twice: a plan and its copy on one CT, one of them with the finer dose.

A planning system keeps one dose a plan, so two algorithms are two plans: in one folder, or in one folder each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Beam, Case, Dose, DoseMedium
from esapi_bridge.case.beam import ANGLE_TOLERANCE_DEG, shorter_deg
from esapi_bridge.case.dose_set import treatment_doses
from esapi_bridge.case.paired_field import Calculation, PairedField
from esapi_bridge.dicom.read.export import list_plans, read_export
from esapi_bridge.errors import BridgeError, RefusedError

LEAST_RATIO = 2.0
"""Spacing of the coarse dose over that of the fine one."""

SAME_MM, SAME_MU = 0.1, 0.002
"""Positions, and shares of the monitor units, by which a plan and its copy may differ: planning systems round."""


@dataclass(frozen=True)
class StatedOfDoses:
    """What doses of an export often do not state: what calculated them, and whether that is dose to medium or water.

    Parameters
    ----------
    coarse, fine
        Name and version of the algorithms, such as ``AAA 15.6.06``; what a file states goes before.
    medium
        Of the fine dose.
    """

    coarse: str | None = None
    fine: str | None = None
    medium: DoseMedium | None = None


@dataclass(frozen=True)
class ExportedImage:
    """An exported CT with the fields of a plan that was calculated twice.

    Parameters
    ----------
    name
        Keyed hash of patient and image; of what could not be paired, which export and plan it is, counted from 1.
    read
        The plan that was read first; None where there is none.
    fields
        Its fields by name.
    failure
        Why there are none.
    """

    name: str
    read: Case | None = None
    fields: Mapping[str, PairedField] = field(default_factory=dict)
    failure: BridgeError | None = None

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields; raises `failure` where there is one."""
        if self.failure is not None:
            raise self.failure
        return tuple(self.fields)

    def case(self) -> Case:
        """CT and contours."""
        if self.read is None:
            raise RefusedError("expected a plan that was calculated twice, found none")
        return self.read

    def field(self, name: str) -> PairedField:
        """A field."""
        return self.fields[name]


def paired_exports(
    folders: Iterable[Path], stated: StatedOfDoses | None = None, *, key: bytes | None = None
) -> Iterator[ExportedImage]:
    """Read all plans of exports and pair those that are copies of each other; in memory are those without a partner.

    Parameters
    ----------
    folders
        Exports; a plan and its copy may lie in different ones.
    stated
        What the files do not state.
    key
        Secret for the patient hash; that of this installation by default.

    Yields
    ------
    ExportedImage
        Of every pair, and of every plan that could not be read or has no partner, with the reason.
    """
    waiting: dict[str, Case] = {}
    for number, folder in enumerate(folders, 1):
        try:
            plans = list_plans(folder)
            if not plans:
                raise RefusedError("expected an export with photon plans (RT Plan), found none")
        except BridgeError as error:
            yield ExportedImage(f"export {number}", failure=error)
            continue
        for place, plan in enumerate(plans, 1):
            name = f"export {number}, plan {place}"
            try:
                case = read_export(folder, plan.uid, key=key).case
            except BridgeError as error:
                yield ExportedImage(name, failure=error)
                continue
            partner = next((other for other in waiting if _are_copies(case, waiting[other])), None)
            if partner is None:
                waiting[name] = case
            else:
                yield _paired(name, waiting.pop(partner), case, stated or StatedOfDoses())
    for name in waiting:
        alone = RefusedError(
            "expected a plan and its copy on one CT, one dose at least twice as fine as the other, found one of them: "
            "export both, with the same fields and monitor units"
        )
        yield ExportedImage(name, failure=alone)


def _paired(name: str, one: Case, other: Case, stated: StatedOfDoses) -> ExportedImage:
    coarse, fine = sorted((one, other), key=_spacing, reverse=True)
    try:
        fields = {one.name: one for one in _fields(f"plan-{_hashed(coarse, coarse.uids.plan)}", coarse, fine, stated)}
    except RefusedError as error:
        return ExportedImage(name, failure=error)
    return ExportedImage(f"dose-{_hashed(coarse, coarse.uids.ct_series or '')}", coarse, fields)


def _fields(name: str, coarse: Case, fine: Case, stated: StatedOfDoses) -> Iterator[PairedField]:
    beams, position = coarse.plan.treatment_beams, coarse.plan.patient_position
    by_beam = treatment_doses(coarse), treatment_doses(fine)
    if all(by_beam):
        for beam, one, other in zip(beams, *by_beam, strict=True):
            pair = _calculations(coarse, one, fine, other, stated)
            yield PairedField(f"{name}-{beam.number}", (beam,), position, *pair)
    elif len({beam.energy_label for beam in beams}) > 1:
        raise RefusedError("expected a dose of every beam, as the beams have several energies: export the beam doses")
    if coarse.plan_dose is not None and fine.plan_dose is not None and not (all(by_beam) and len(beams) == 1):
        pair = _calculations(coarse, coarse.plan_dose, fine, fine.plan_dose, stated)
        if len({beam.energy_label for beam in beams}) == 1:
            yield PairedField(name, beams, position, *pair)
    elif not all(by_beam):
        raise RefusedError(
            "expected both plans with the dose of every beam, or both with that of the plan, found neither"
        )


def _calculations(
    coarse: Case, one: Dose, fine: Case, other: Dose, stated: StatedOfDoses
) -> tuple[Calculation, Calculation]:
    found = []
    for case, dose, told, option in ((coarse, one, stated.coarse, "coarse"), (fine, other, stated.fine, "fine")):
        named = dose.algorithm or told
        if not named:
            raise RefusedError(f"the {option} dose does not state what calculated it: give --{option}-algorithm")
        algorithm, _, version = named.rpartition(" ")
        if not (algorithm and version[:1].isdigit()):
            algorithm, version = named, ""
        # A dose of an export is that of all fractions.
        volume = replace(dose.volume, values=dose.gy / np.float32(case.plan.fractions or 1))
        medium = dose.medium or (stated.medium if option == "fine" else None)
        found.append(Calculation(algorithm, version, replace(dose, volume=volume, medium=medium)))
    first, second = found
    return first, second


def _are_copies(one: Case, other: Case) -> bool:
    """Whether two plans have one patient, one CT and the same fields, and doses of which one is finer."""
    coarse, fine = sorted((_spacing(one), _spacing(other)), reverse=True)
    same = (one.patient_key, one.uids.ct_series, one.plan.patient_position) == (
        other.patient_key, other.uids.ct_series, other.plan.patient_position,
    )  # fmt: skip
    if not same or coarse < LEAST_RATIO * fine:
        return False
    beams, others = one.plan.treatment_beams, other.plan.treatment_beams
    return len(beams) == len(others) and all(_alike(a, b) for a, b in zip(beams, others, strict=True))


def _alike(one: Beam, other: Beam) -> bool:
    if (one.energy_label, one.machine, len(one.control_points)) != (
        other.energy_label, other.machine, len(other.control_points),
    ):  # fmt: skip
        return False
    if abs(one.meterset_mu - other.meterset_mu) > SAME_MU * max(one.meterset_mu, 1.0):
        return False
    if np.abs(np.subtract(one.isocentre_mm, other.isocentre_mm)).max() > SAME_MM:
        return False
    return all(
        one.alike(a, b)
        and abs(shorter_deg(a.gantry_deg, b.gantry_deg)) <= ANGLE_TOLERANCE_DEG
        and abs(shorter_deg(a.collimator_deg, b.collimator_deg)) <= ANGLE_TOLERANCE_DEG
        and abs(shorter_deg(a.couch_deg, b.couch_deg)) <= ANGLE_TOLERANCE_DEG
        for a, b in zip(one.control_points, other.control_points, strict=True)
    )


def _spacing(case: Case) -> float:
    """Spacing of the doses in the plane of the images, mm."""
    dose = case.plan_dose or next(iter(case.beam_doses.values()))
    return dose.grid.spacing_mm[0]


def _hashed(case: Case, uid: str) -> str:
    """Hash an identifier with the patient's keyed hash, so that it cannot be undone."""
    return hashlib.sha256(f"{case.patient_key} {uid}".encode()).hexdigest()[:16]
