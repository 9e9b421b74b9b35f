"""Random fields and plans of every kind, to learn doses from: apertures as they are treated with, nothing optimised.

Open fields are those of `fields.random_field`. All others are put around a target (`random_target`): leaves around its
shadow, or a random fluence in its shadow, delivered in segments, sliding windows or arcs as an optimised one would be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Beam, ControlPoint, FieldKind, FluenceMap, Jaws, PatientPosition, Technique
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.arc_sequencing import arc_sectors, sequence_arc
from esapi_bridge.planning.fields import SIDE_MM, enters_in_view, open_beam, random_field
from esapi_bridge.planning.imrt.beams import fluence_around
from esapi_bridge.planning.leaf_sequencing import sliding_window
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.planning.random_target import Aim, random_aim
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.arcs import within_carriage
from esapi_bridge.planning.techniques.conformal import shaped_beam
from esapi_bridge.planning.techniques.segments import step_and_shoot

POSITION = PatientPosition.HFS
"""Phantoms and CTs from outside are taken to lie supine, head first. Another position would only turn the same fields
about the same anatomy: a dose network sees the anatomy along patient axes and where the beam comes from."""

TRIES = 50
"""Targets and angles tried until a field is within the limits of the machine; a second one is seldom needed."""

MARGIN_MM = (5.0, 10.0)
"""From a target's shadow to leaves or jaws."""

COUCH_TURNED = 1 / 3
"""Share of the fields, or plans, with the couch turned."""

COUCH_DEG = 90.0
"""How far at most, to either side."""

UNDER_COUCH_DEG = 20.0
"""With the couch turned further, a gantry below the patient would meet it."""

ALONG_PATIENT = 0.77
"""Largest part of a beam's direction along the patient: steeper ones enter through half of the body."""

CT_END_MM = 20.0
"""Where a beam enters the body, the CT goes on for so far."""

ARC_DEG = ((0.65, 40.0, 90.0), (0.28, 90.0, 200.0), (0.07, 200.0, 358.0))
"""How far arcs turn: share, and from what to what. An arc costs as much as a static field for every 6 degrees."""

STOP_DEG = 4.0
"""Distance of the control points of an arc whose leaves follow the target."""

ARC_STYLES = {"jaws": 0.1, "conformal": 0.4, "modulated": 0.5}

PLAN_STYLES: dict[FieldKind, tuple[float, int, int]] = {
    FieldKind.OPEN: (0.15, 2, 4),
    FieldKind.CONFORMAL: (0.3, 3, 7),
    FieldKind.SEGMENTS: (0.2, 2, 7),
    FieldKind.SLIDING_WINDOW: (0.2, 4, 9),
    FieldKind.ARC: (0.15, 2, 2),
}
"""Kind of a plan's fields: share of the plans, fewest and most fields."""


def random_fields(
    kind: FieldKind, subject: Subject, rng: np.random.Generator, energy: str, number: int = 1
) -> tuple[Beam, ...]:
    """Make a random field of a kind, or for a plan the two to nine fields of it, of one kind and around one target.

    Parameters
    ----------
    kind
        What is wanted.
    subject
        The patient, supine and head first.
    rng
        Random source; the fields depend on it alone.
    energy
        One of `fields.ENERGIES`.
    number
        DICOM beam number of a field; those of a plan are numbered from 1.

    Raises
    ------
    BridgeError
        If no field within the limits of the machine was found, in a body far larger than its fields.
    """
    if kind is FieldKind.OPEN:
        return (random_field(subject.ct, subject.body, rng, number, energy),)
    reason: Exception | None = None
    for _ in range(TRIES):
        maker = _Maker(subject, random_aim(subject, rng), rng, energy)
        try:
            return maker.plan() if kind is FieldKind.PLAN else (maker.field(kind, number, maker.angles(kind)),)
        except (BridgeError, ValueError) as error:
            reason = error
    raise BridgeError(f"expected a {kind} field that the machine can deliver, found none in {TRIES} tries") from reason


@dataclass(frozen=True)
class _Angles:
    """Angles of a field, IEC 61217 degrees; an arc turns on from the gantry's, clockwise where positive."""

    gantry_deg: float
    collimator_deg: float
    couch_deg: float
    turn_deg: float = 0.0

    def stops(self, step_deg: float) -> NDArray[np.float64]:
        count = max(1, int(np.ceil(abs(self.turn_deg) / step_deg - 1e-6)))
        return np.asarray((self.gantry_deg + self.turn_deg * np.linspace(0.0, 1.0, count + 1)) % 360.0)


@dataclass(frozen=True)
class _Maker:
    """Makes fields around one aim."""

    subject: Subject
    aim: Aim
    rng: np.random.Generator
    energy: str

    def plan(self) -> tuple[Beam, ...]:
        """Fields spread around the patient, or arcs."""
        kinds = list(PLAN_STYLES)
        kind = kinds[int(self.rng.choice(len(kinds), p=[share for share, _, _ in PLAN_STYLES.values()]))]
        _, fewest, most = PLAN_STYLES[kind]
        count = int(self.rng.integers(fewest, most + 1))
        first = self.angles(kind)
        spread = 360.0 / count if self.rng.random() < 0.6 else self.rng.uniform(20.0, 60.0)
        beams: list[Beam] = []
        for number in range(1, count + 1):
            angles = first
            if kind is FieldKind.ARC and number > 1:  # back the way it came, the collimator turned the other way
                end = (first.gantry_deg + first.turn_deg) % 360.0
                angles = _Angles(end, -first.collimator_deg % 360.0, first.couch_deg, -first.turn_deg)
            elif number > 1:
                gantry = round((first.gantry_deg + spread * (number - 1)) % 360.0, 1)
                couch = first.couch_deg if self._sensible(gantry, first.couch_deg) else 0.0
                if not self._sensible(gantry, couch):  # the scan cuts the patient off there
                    continue
                angles = replace(first, gantry_deg=gantry, couch_deg=couch)
            beams.append(self.field(kind, len(beams) + 1, angles))
        if len(beams) < fewest:
            raise BridgeError("expected a plan from where the CT shows the patient, found too few directions")
        return tuple(beams)

    def angles(self, kind: FieldKind) -> _Angles:
        """Any gantry angle, the collimator turned in half of the fields, the couch in some."""
        turned = self.rng.random() < COUCH_TURNED
        collimator = round(float(self.rng.uniform(0, 360)), 1) % 360 if self.rng.random() < 0.5 else 0.0
        for left in reversed(range(TRIES)):
            couch = round(float(self.rng.uniform(-COUCH_DEG, COUCH_DEG)), 1) if turned and left else 0.0
            turn = self._turn() if kind is FieldKind.ARC else 0.0
            start = round(float(self.rng.uniform(-180.0, 180.0 - turn)), 1)  # a gantry does not cross 180 degrees
            angles = _Angles(start % 360.0, collimator, couch % 360.0, turn)
            if all(self._sensible(float(gantry), couch) for gantry in angles.stops(20.0)):
                break
        else:
            raise BridgeError("expected a direction from which the CT shows the patient, found none")
        if self.rng.random() < 0.5:
            angles = replace(angles, gantry_deg=(angles.gantry_deg + turn) % 360.0, turn_deg=-turn)
        return angles

    def field(self, kind: FieldKind, number: int, angles: _Angles) -> Beam:
        """Make a field of a kind around the aim."""
        makers: dict[FieldKind, Callable[[Beam], Beam]] = {
            FieldKind.OPEN: self._jaws,
            FieldKind.CONFORMAL: self._leaves,
            FieldKind.SEGMENTS: self._segments,
            FieldKind.SLIDING_WINDOW: self._window,
        }
        beam = open_beam(
            number, self.aim.isocentre_mm, Jaws(-1, 1, -1, 1), angles.gantry_deg, energy=self.energy,
            collimator_deg=angles.collimator_deg, couch_deg=angles.couch_deg,
            meterset_mu=round(float(self.rng.uniform(30, 150)), 1),
        )  # fmt: skip
        made = self._arc(beam, angles) if kind is FieldKind.ARC else makers[kind](beam)
        return replace(made, fluence=None)

    def _leaves(self, beam: Beam, margin_mm: float | None = None) -> Beam:
        margin = self._margin() if margin_mm is None else margin_mm
        return shaped_beam(beam, self.aim.points_mm, POSITION, margin)

    def _jaws(self, beam: Beam, margin_mm: float | None = None) -> Beam:
        return _without_leaves(self._leaves(beam, margin_mm))

    def _segments(self, beam: Beam) -> Beam:
        return step_and_shoot(self._modulated(beam), _mu_per_fluence(self.energy), levels=int(self.rng.integers(3, 7)))

    def _window(self, beam: Beam) -> Beam:
        return sliding_window(self._modulated(beam), _mu_per_fluence(self.energy)).beam

    def _modulated(self, beam: Beam) -> Beam:
        shadow = fluence_around(beam, self.aim.points_mm, POSITION)
        assert shadow.fluence is not None
        return replace(shadow, fluence=random_fluence(shadow.fluence, self.rng))

    def _arc(self, beam: Beam, angles: _Angles) -> Beam:
        style = str(self.rng.choice(list(ARC_STYLES), p=list(ARC_STYLES.values())))
        stops = angles.stops(STOP_DEG)
        point = beam.control_points[0]
        # The dose rate rises and falls.
        rate = np.exp(ndimage.gaussian_filter1d(self.rng.normal(0.0, 1.0, len(stops) - 1), 2.0, mode="reflect"))
        weights = np.concatenate([[0.0], np.cumsum(rate) / rate.sum()])
        points = tuple(
            replace(point, gantry_deg=float(gantry), meterset_weight=float(weight))
            for gantry, weight in zip(stops, weights, strict=True)
        )
        arc = replace(beam, technique=Technique.ARC, control_points=points)
        if style == "modulated":
            sectors = within_carriage([self._modulated(sector) for sector in arc_sectors(arc)], 0.5)
            return sequence_arc(arc, sectors, _mu_per_fluence(self.energy))
        margin = self._margin()
        shaped = [self._leaves(replace(beam, control_points=(stop,)), margin) for stop in points]
        jaws = Jaws.around([stop.control_points[0].jaws for stop in shaped])  # they stand still
        control_points = tuple(replace(stop.control_points[0], jaws=jaws) for stop in shaped)
        made = replace(shaped[0], technique=Technique.ARC, control_points=control_points)
        return _without_leaves(made) if style == "jaws" else made

    def _margin(self) -> float:
        return float(self.rng.uniform(*MARGIN_MM))

    def _turn(self) -> float:
        part = int(self.rng.choice(len(ARC_DEG), p=[share for share, _, _ in ARC_DEG]))
        return round(float(self.rng.uniform(*ARC_DEG[part][1:])), 1)

    def _sensible(self, gantry_deg: float, couch_deg: float) -> bool:
        """Whether gantry and couch keep apart, and the beam enters where the CT shows the patient, not lengthwise."""
        couch = (couch_deg + 180.0) % 360.0 - 180.0
        if abs(couch) > UNDER_COUCH_DEG and np.cos(np.radians(gantry_deg)) < 0.0:
            return False
        beam = open_beam(1, self.aim.isocentre_mm, Jaws(-1, 1, -1, 1), gantry_deg, couch_deg=couch)
        if abs(beam_frame(beam, POSITION).axes[2, 2]) > ALONG_PATIENT:
            return False
        along_mm = CT_END_MM if couch else 0.0
        grid, body = self.subject.ct.grid, self.subject.body
        return enters_in_view(beam, grid, body, (SIDE_MM, SIDE_MM, along_mm), POSITION)


def random_fluence(shadow: FluenceMap, rng: np.random.Generator) -> FluenceMap:
    """Fill the pixels of a shadow with random fluence, smooth over 5 to 25 mm, never nothing."""
    sigma = float(rng.uniform(5.0, 25.0)) / shadow.spacing_mm
    noise = ndimage.gaussian_filter(rng.standard_normal(np.shape(shadow.values)), sigma, mode="reflect")
    depth = float(rng.uniform(0.15, 0.45))
    values = np.clip(0.6 + depth * (noise - noise.mean()) / max(float(noise.std()), 1e-9), 0.05, 1.6)
    return replace(shadow, values=(values * np.asarray(shadow.values)).astype(np.float32))


def _without_leaves(beam: Beam) -> Beam:
    points: list[ControlPoint] = [replace(point, leaves_mm=None) for point in beam.control_points]
    return replace(beam, control_points=tuple(points), mlc_boundaries_mm=None)


@lru_cache
def _mu_per_fluence(energy: str) -> float:
    return mu_per_fluence(load_beam_model(energy))
