"""Closed vocabularies of the planning system; standard library only, so that a command's help needs no numpy."""

from __future__ import annotations

from enum import StrEnum


class SiteName(StrEnum):
    """Region of the body that a phantom shows."""

    THORAX = "thorax"
    ABDOMEN = "abdomen"
    PELVIS = "pelvis"
    HEAD = "head"


class Energy(StrEnum):
    """Photon energy with a beam model, as Eclipse displays it."""

    X10_FFF = "10X-FFF"
    X15 = "15X"
    X6 = "6X"
    X6_FFF = "6X-FFF"


class PlanKind(StrEnum):
    """How a plan's fields are made: plain open fields, or inverse-planned sliding windows."""

    STATIC = "static"
    IMRT = "imrt"
