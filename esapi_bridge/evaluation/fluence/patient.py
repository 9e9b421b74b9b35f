"""A fluence network judged on whole plans: predicted maps through leaf sequencing and dose, against the clinical plan.

Everything here is measured on phantoms, planned and calculated by the planning system of this project.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose, DoseKind, FluenceMap, PatientPosition, Unit, Volume
from esapi_bridge.errors import BridgeError
from esapi_bridge.evaluation.fluence.goals import GoalPair
from esapi_bridge.planning.complexity import PlanComplexity, plan_complexity
from esapi_bridge.planning.imrt.anatomy import ORGANS, prostate_patient
from esapi_bridge.planning.imrt.beams import Arrangement, arranged_beams
from esapi_bridge.planning.imrt.delivery import deliver, on_grid, plan_grid
from esapi_bridge.planning.imrt.quality import PlanQuality, judged, quality
from esapi_bridge.planning.leaf_sequencing import sliding_window
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.planning.subject import Subject
from esapi_bridge.tasks.fluence.figures import FluenceFigures, fluence_figures
from esapi_bridge.training_data.fluence_case import label_volume
from esapi_bridge.training_data.fluence_plans import SPACING_MM
from fluencenet.scene import FluenceCase, FluenceImage

DVH_STRUCTURES = ("PTV", *ORGANS)

PIXEL_TOLERANCE = 1e-3
"""How far pixels may be from coinciding, in pixels."""

DVH_STEP_PERCENT, DVH_TOP_PERCENT = 1.0, 120.0
"""Histograms are compared at every per cent of the prescription up to here."""

Predictor = Callable[[FluenceCase], Sequence[FluenceImage]]
"""Predicts one map per beam of a case, from its contours, dose and beams only."""


@dataclass(frozen=True)
class PatientFigures:
    """One patient: maps, then plans.

    Parameters
    ----------
    name
        Of the case in the store.
    maps
        Predicted against clinical map, by name of the beam.
    field_px
        Pixels of each clinical map that are not zero.
    clinical
        Figures of the clinical plan.
    predicted, predicted_prescription
        Figures of the plan from the predicted maps, normalised to the clinical plan's mean PTV dose, and to the
        prescription.
    goals
        Plan goals of the clinical and the predicted plan, as `predicted` is normalised.
    clinical_complexity, predicted_complexity
        Complexity of the leaf motions of both. A store keeps none of a clinical plan: its maps are sequenced again.
    clinical_mean_gy, predicted_mean_gy
        Mean dose of each structure; predicted as in `predicted`.
    dvh_rss
        Residual sum of squares between the dose-volume histograms (share of the volume, 0 to 1) of each structure.
    unnormalised_percent
        Mean PTV dose that the predicted maps give as they are, per cent of the clinical plan's.
    seconds
        Time of each step, s.
    """

    name: str
    maps: Mapping[str, FluenceFigures]
    field_px: Mapping[str, int]
    clinical: PlanQuality
    predicted: PlanQuality
    predicted_prescription: PlanQuality
    goals: tuple[GoalPair, ...]
    clinical_complexity: PlanComplexity
    predicted_complexity: PlanComplexity
    clinical_mean_gy: Mapping[str, float]
    predicted_mean_gy: Mapping[str, float]
    dvh_rss: Mapping[str, float]
    unnormalised_percent: float
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class PlanPair:
    """A clinical plan and the one from predicted maps.

    Parameters
    ----------
    patient
        Whose plans they are.
    facts
        How the clinical plan was made.
    clinical_beams, predicted_beams
        With optimal fluence of one fraction, on the same pixels beam by beam.
    clinical, predicted
        Doses of all fractions on the same grid; the predicted one normalised to the clinical mean PTV dose.
    """

    patient: Subject
    facts: CaseFacts
    clinical_beams: tuple[Beam, ...]
    predicted_beams: tuple[Beam, ...]
    clinical: Dose
    predicted: Dose


def evaluate_case(case: FluenceCase, predictor: Predictor) -> tuple[PatientFigures, PlanPair]:
    """Predict the maps of a case, deliver them, and compare both with the clinical plan.

    Parameters
    ----------
    case
        Made by `dataset`: its patient is made again from the seed.
    predictor
        The network.

    Raises
    ------
    BridgeError
        If the patient is no longer the one the case was made from, or a map cannot be delivered.
    """
    patient, clinical = restore(case)
    facts, seconds = CaseFacts.of(case), {}
    started = time.perf_counter()
    images = predictor(case)
    seconds["prediction"] = time.perf_counter() - started
    beams = clinical_beams(case, patient)
    wanted = [replace(b, fluence=on_pixels(i, c.fluence)) for b, i, c in zip(beams, images, case.beams, strict=True)]
    masks = {name: on_grid(mask, patient.ct.grid, clinical.grid) for name, mask in patient.masks.items()}
    started = time.perf_counter()
    delivered = deliver(
        patient,
        wanted,
        patient_position=facts.arrangement.patient_position,
        ptv_mean_gy=float(clinical.gy[masks["PTV"]].mean(dtype=np.float64)),
        fractions=facts.fractions,
        grid=clinical.grid,
    )
    seconds["leaf motions and dose"] = time.perf_counter() - started
    pair = PlanPair(patient, facts, beams, tuple(wanted), clinical, delivered.dose)
    fraction_gy = facts.prescription_gy / facts.fractions
    started = time.perf_counter()
    complexities = [plan_complexity(found, fraction_gy) for found in (leaf_motions(beams), delivered.beams)]
    seconds["complexity"] = time.perf_counter() - started
    return _figures(case.name, pair, masks, complexities, delivered.normalisation_percent, seconds), pair


def leaf_motions(beams: Sequence[Beam]) -> tuple[Beam, ...]:
    """Sequence the fluence of beams, which is taken as that of one fraction, as `deliver` does."""
    return tuple(sliding_window(beam, mu_per_fluence(load_beam_model(beam.energy_label))).beam for beam in beams)


@dataclass(frozen=True)
class CaseFacts:
    """How a case was made: patient's seed, fields, and prescription of all fractions."""

    seed: int
    arrangement: Arrangement
    prescription_gy: float
    fractions: int
    mu_per_fluence: float

    @classmethod
    def of(cls, case: FluenceCase) -> CaseFacts:
        """Read the facts from a case.

        Raises
        ------
        BridgeError
            If the case was not made by `dataset`.
        """
        found: dict[str, Any] = dict(case.attributes)
        try:
            return cls(
                seed=int(found["seed"]),
                arrangement=Arrangement(
                    gantry_deg=tuple(float(angle) for angle in found["gantry_deg"]),
                    collimator_deg=float(found["collimator_deg"]),
                    energy=str(found["energy"]),
                    patient_position=PatientPosition(str(found["patient_position"])),
                ),
                prescription_gy=float(found["prescription_gy"]),
                fractions=int(found["fractions"]),
                mu_per_fluence=float(found["mu_per_fluence"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BridgeError(
                "plans can be compared for cases made by 'esapi-bridge data fluence' only, "
                "found a case that does not say how it was made"
            ) from error


def restore(case: FluenceCase) -> tuple[Subject, Dose]:
    """Rebuild the patient of a case, and its clinical dose of all fractions.

    Raises
    ------
    BridgeError
        If patient and case do not belong together.
    """
    facts = CaseFacts.of(case)
    patient = prostate_patient(facts.seed, SPACING_MM, facts.arrangement.patient_position)
    grid = plan_grid(patient)
    masks = {name: on_grid(mask, patient.ct.grid, grid) for name, mask in patient.masks.items()}
    if not np.array_equal(label_volume(masks), case.scene.labels):
        raise BridgeError(
            "the patient made from the case's seed must have the case's contours, found others: "
            "make the data set again with this version"
        )
    gy = np.asarray(case.scene.dose_gy * np.float32(facts.fractions))
    return patient, Dose(Volume(gy, grid, Unit.GY), DoseKind.PLAN)


def clinical_beams(case: FluenceCase, patient: Subject) -> tuple[Beam, ...]:
    """Set up the beams of a case with its clinical fluence."""
    beams = arranged_beams(patient.masks["PTV"], patient.ct.grid, CaseFacts.of(case).arrangement)
    return tuple(replace(b, fluence=on_pixels(c.fluence, c.fluence)) for b, c in zip(beams, case.beams, strict=True))


def on_pixels(image: FluenceImage, like: FluenceImage) -> FluenceMap:
    """Cut or pad a map to the pixels of another of the same spacing.

    Raises
    ------
    BridgeError
        If the pixels of the two do not coincide.
    """
    down = (like.y_origin_mm - image.y_origin_mm) / like.spacing_mm
    right = (image.x_origin_mm - like.x_origin_mm) / like.spacing_mm
    first = np.round([down, right]).astype(int)
    if image.spacing_mm != like.spacing_mm or np.abs(first - [down, right]).max() > PIXEL_TOLERANCE:
        raise BridgeError("a predicted map must have the pixels of the clinical one, found others")
    values = np.zeros(like.values.shape, np.float32)
    low, high = np.maximum(first, 0), np.minimum(first + image.values.shape, values.shape)
    inner = tuple(slice(max(a, 0), max(b, 0)) for a, b in zip(low - first, high - first, strict=True))
    outer = tuple(slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
    values[outer] = image.values[inner]
    return FluenceMap(values, like.x_origin_mm, like.y_origin_mm, like.spacing_mm)


def _figures(
    name: str,
    pair: PlanPair,
    masks: Mapping[str, NDArray[np.bool_]],
    complexities: Sequence[PlanComplexity],
    unnormalised: float,
    seconds: Mapping[str, float],
) -> PatientFigures:
    prescription = pair.facts.prescription_gy
    maps, field_px = {}, {}
    for clinical, found in zip(pair.clinical_beams, pair.predicted_beams, strict=True):
        assert clinical.fluence is not None
        assert found.fluence is not None
        maps[clinical.name] = fluence_figures(found.fluence, clinical.fluence, pair.facts.mu_per_fluence)
        field_px[clinical.name] = int(np.count_nonzero(clinical.fluence.values))
    predicted = quality(pair.predicted, masks, prescription)
    to_prescription = np.float32(100.0 / predicted.ptv_mean_percent)
    scaled = replace(pair.predicted, volume=replace(pair.predicted.volume, values=pair.predicted.gy * to_prescription))
    doses = {n: (pair.clinical.gy[masks[n]], pair.predicted.gy[masks[n]]) for n in DVH_STRUCTURES if masks[n].any()}
    return PatientFigures(
        name=name,
        maps=maps,
        field_px=field_px,
        clinical=quality(pair.clinical, masks, prescription),
        predicted=predicted,
        predicted_prescription=quality(scaled, masks, prescription),
        goals=tuple(
            GoalPair.of(*results)
            for results in zip(*(judged(d, masks, prescription) for d in (pair.clinical, pair.predicted)), strict=True)
        ),
        clinical_complexity=complexities[0],
        predicted_complexity=complexities[1],
        clinical_mean_gy={n: float(one.mean(dtype=np.float64)) for n, (one, _) in doses.items()},
        predicted_mean_gy={n: float(other.mean(dtype=np.float64)) for n, (_, other) in doses.items()},
        dvh_rss={n: dvh_difference(one, other, prescription) for n, (one, other) in doses.items()},
        unnormalised_percent=unnormalised,
        seconds=dict(seconds),
    )


def dvh_difference(one_gy: NDArray[np.float32], other_gy: NDArray[np.float32], prescription_gy: float) -> float:
    """Residual sum of squares between two dose-volume histograms, volumes as shares of 1.

    Parameters
    ----------
    one_gy, other_gy
        Doses in the voxels of a structure.
    prescription_gy
        Its per cents are the doses at which the histograms are compared.
    """
    levels = np.arange(0, DVH_TOP_PERCENT + DVH_STEP_PERCENT / 2, DVH_STEP_PERCENT) / 100 * prescription_gy
    one, other = (1 - np.searchsorted(np.sort(gy), levels) / gy.size for gy in (one_gy, other_gy))
    return float(np.square(one - other).sum())
