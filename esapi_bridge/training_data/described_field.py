"""What the pair store keeps of a field beside its doses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dosenet.store import Opening
from esapi_bridge.case import Beam, FieldKind, FluenceMode, PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.field_kind import field_kind
from esapi_bridge.case.paired_field import PairedField
from esapi_bridge.planning.arcs import OF_TRAINING, arc_parts, still_parts
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence import PIXEL_MM
from esapi_bridge.planning.physics.leaf_fluence import beam_fluence


def describe_beam(beam: Beam, position: PatientPosition) -> dict[str, object]:
    """Kind, energy and geometry; angles of the first control point, widest jaws; sources of every part of an arc."""
    point = beam.control_points[0]
    jaws = beam.widest_jaws
    described: dict[str, object] = {
        "kind": field_kind(beam).value,
        **_energy(beam),
        "gantry_deg": point.gantry_deg,
        "collimator_deg": point.collimator_deg,
        "couch_deg": point.couch_deg,
        "jaws_mm": [jaws.x1_mm, jaws.x2_mm, jaws.y1_mm, jaws.y2_mm],
        "isocentre_mm": list(beam.isocentre_mm),
        "meterset_mu": beam.meterset_mu,
    }
    if not beam.is_arc:
        return {**described, "source_mm": beam_frame(beam, position).source_mm.tolist()}
    parts = arc_parts(beam, OF_TRAINING)
    return {
        **described,
        "gantry_stop_deg": beam.control_points[-1].gantry_deg,
        "sources_mm": [beam_frame(part, position).source_mm.tolist() for part in parts],
        "source_weights": [part.meterset_mu / beam.meterset_mu for part in parts],
    }


def describe_plan(beams: Sequence[Beam], names: Sequence[str]) -> dict[str, object]:
    """A sum of fields, all of one energy: what they are called in the store, where they have an isocentre in common."""
    return {
        "kind": FieldKind.PLAN.value,
        **_energy(beams[0]),
        "isocentre_mm": list(beams[0].isocentre_mm),
        "meterset_mu": sum(beam.meterset_mu for beam in beams),
        "fields": list(names),
    }


def describe_paired_field(field: PairedField) -> dict[str, object]:
    """What `describe_beam` or `describe_plan` say of a clinic's field, and what a card states of where it is from."""
    beams = field.beams
    jaws = [point.jaws for beam in beams for point in beam.control_points]
    sizes = [size for one in jaws for size in (one.x2_mm - one.x1_mm, one.y2_mm - one.y1_mm)]
    widths = [width for beam in beams for width in _leaf_widths(beam)]
    plan = describe_plan(beams, [f"{field.name}-{beam.number}" for beam in beams]) if len(beams) > 1 else {}
    return {
        **(plan or describe_beam(beams[0], field.patient_position)),
        "origin": field.origin.value,
        "machine": ", ".join(sorted({beam.machine for beam in beams})),
        "patient_position": field.patient_position.value,
        "techniques": sorted({beam.technique.value for beam in beams}),
        "apertures": sorted({aperture for beam in beams for aperture in _apertures(beam)}),
        **({"leaf_width_mm": [min(widths), max(widths)]} if widths else {}),
        "field_size_mm": [min(sizes), max(sizes)],
        "coarse_grid_mm": list(field.coarse.dose.grid.spacing_mm),
        "fine_grid_mm": list(field.fine.dose.grid.spacing_mm),
    }


def _apertures(beam: Beam) -> list[str]:
    """What shapes a field, in the words of a card's ``validity.apertures``."""
    shaped = any(map(beam.shaped_by_leaves, beam.control_points))
    return ["jaws"] + ["leaves"] * shaped + ["moving jaws"] * beam.has_moving_jaws


def _leaf_widths(beam: Beam) -> list[float]:
    """Widths of the leaves that stand in a field, mm."""
    if beam.mlc_boundaries_mm is None:
        return []
    shown = [beam.shown_leaves(point.jaws) for point in beam.control_points if beam.shaped_by_leaves(point)]
    return [float(width) for one in shown for width in np.diff(np.asarray(beam.mlc_boundaries_mm))[one]]


def beam_opening(beam: Beam) -> Opening:
    """Fluence of a field on the isocentre plane, per monitor unit; of an arc whose jaws stand still, the mean."""
    model = load_beam_model(beam.energy_label)
    parts = still_parts(beam, OF_TRAINING)
    maps = [beam_fluence(part, model) for part in parts]
    shares = [part.meterset_mu / beam.meterset_mu for part in parts]
    values = sum(share * fluence.values[0] for share, fluence in zip(shares, maps, strict=True))
    return Opening(np.asarray(values), float(maps[0].a_mm[0]), float(maps[0].b_mm[0]), PIXEL_MM)


def _energy(beam: Beam) -> dict[str, object]:
    return {
        "energy": beam.energy_label,
        "energy_mv": beam.energy_mv,
        "fff": beam.fluence_mode is FluenceMode.FFF,
    }
