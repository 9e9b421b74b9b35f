"""Closed vocabularies of the planning system; standard library only, so that a command's help needs no numpy."""

from __future__ import annotations

from enum import StrEnum


class SiteName(StrEnum):
    """Region of the body that a phantom shows."""

    THORAX = "thorax"
    ABDOMEN = "abdomen"
    PELVIS = "pelvis"
    HEAD = "head"
    BREAST = "breast"


class Energy(StrEnum):
    """Photon energy with a beam model, as Eclipse displays it."""

    X6 = "6X"
    X6_FFF = "6X-FFF"
    X10 = "10X"
    X10_FFF = "10X-FFF"
    X15 = "15X"


class PlanTechnique(StrEnum):
    """How the fields of a plan are delivered: jaws, leaves at rest, step and shoot, sliding windows, or arcs."""

    OPEN = "open"
    CONFORMAL = "conformal"
    SEGMENTS = "segments"
    IMRT = "imrt"
    VMAT = "vmat"
