"""A patient small enough to plan in a second: a water cylinder with a target and an organ beside it."""

from __future__ import annotations

from dataclasses import replace

from esapi_bridge.planning.imrt.beams import Arrangement
from esapi_bridge.planning.subject import Subject
from tests.planning.water import water_cylinder

FEW = Arrangement(gantry_deg=(0.0, 120.0), energy="10X-FFF")


def tiny_patient() -> Subject:
    """PTV is a ball of 2 cm radius; the rectum is what touches it from behind."""
    subject = water_cylinder()
    y = subject.ct.grid.coordinates_mm(1)[None, :, None]
    x = subject.ct.grid.coordinates_mm(0)[None, None, :]
    rectum = subject.body & ((y - 32.0) ** 2 + x**2 < 12.0**2)
    return replace(subject, masks={"BODY": subject.body, "PTV": subject.target, "Rectum": rectum})
