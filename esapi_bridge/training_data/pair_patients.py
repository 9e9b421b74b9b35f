"""Patients of the dose network's training data: phantoms, and CTs from outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from esapi_bridge.planning.ct_input import read_ct
from esapi_bridge.planning.phantoms import SITES
from esapi_bridge.planning.subject import Subject, Voxels, along_z, ct_subject, part_of, phantom_subject

LONGEST_MM = 500.0
"""A longer CT, as of a whole body, is cut into parts of equal length along z, each a patient of its own."""


@dataclass(frozen=True)
class PatientPlan:
    """A patient of the data set: its source and its split.

    Parameters
    ----------
    name, split, site
        As the store keeps them; site ``ct`` for a CT from outside.
    seed
        Of a phantom.
    ct_file
        Of a CT from outside; the site is a phantom's when None.
    voxels
        Which part of the CT to take, first and last + 1 along z, y and x, as if the scan had ended there; None for all.
    part
        Which part of a long CT along z, 0 the lowest, and how many there are.
    """

    name: str
    split: str
    site: str
    seed: int = 0
    ct_file: Path | None = None
    voxels: Voxels | None = None
    part: tuple[int, int] = (0, 1)

    @property
    def anatomy(self) -> str:
        """What the store calls it: ``ct`` or ``phantom``."""
        return "ct" if self.ct_file else "phantom"

    def subject(self) -> Subject:
        """Make the patient; of a phantom only CT, body and target are kept, to be handed to other processes."""
        if self.ct_file:
            whole = ct_subject(self.ct_file, self.voxels)
            return whole if self.part == (0, 1) else along_z(whole, *self.part)
        return replace(phantom_subject(self.site, self.seed), masks={})

    def parts(self) -> list[PatientPlan]:
        """A long CT as patients NAME-1, NAME-2 ... along z, others as they are."""
        if not self.ct_file:
            return [self]
        grid = part_of(read_ct(self.ct_file), self.voxels).grid
        count = int(np.ceil(grid.size[2] * grid.spacing_mm[2] / LONGEST_MM))
        if count == 1:
            return [self]
        return [replace(self, name=f"{self.name}-{n + 1}", part=(n, count)) for n in range(count)]


def plan_phantoms(count: int, seed: int, validation: int, test: int) -> list[PatientPlan]:
    """Cycle through the sites; the last phantoms are for validation and test, so that no patient is in two splits."""
    plans, sites = [], list(SITES)
    for index in range(count):
        site = sites[index % len(sites)]
        held = index - (count - validation - test)
        split = "train" if held < 0 else "validation" if held < validation else "test"
        plans.append(PatientPlan(f"{site}-{seed * 1000 + index:05d}", split, site, seed * 1000 + index))
    return plans
