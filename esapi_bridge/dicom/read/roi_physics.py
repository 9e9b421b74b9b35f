"""Densities that a structure set assigns to its regions: ROI Physical Properties (PS3.3 C.8.8.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydicom import Dataset

from esapi_bridge.case import Override
from esapi_bridge.dicom.read.elements import integer, items, optional_number, text
from esapi_bridge.errors import RefusedError

DENSITIES = ("REL_MASS_DENSITY", "REL_ELEC_DENSITY")
"""Properties that say how dense a region is, the one that counts first; the others say less."""

ELECTRONS_PER_MASS = (0.75, 1.05)
"""Electron density over mass density, both relative to water: 0.80 for lead, 1.00 for water, 1.03 for polyethylene."""


def read_overrides(structure_set: Dataset) -> dict[int, Override]:
    """Read what is assigned to the regions, by ROI number; regions that the CT counts for are left out.

    Raises
    ------
    RefusedError
        If a region is assigned two values that contradict each other.
    """
    stated: dict[int, dict[str, set[float | None]]] = {}
    for observation in items(structure_set, "RTROIObservationsSequence"):
        for item in items(observation, "ROIPhysicalPropertiesSequence"):
            properties = stated.setdefault(integer(observation, "ReferencedROINumber"), {})
            value = optional_number(item, "ROIPhysicalPropertyValue")
            properties.setdefault(text(item, "ROIPhysicalProperty", "none"), set()).add(value)
    return {number: _override(number, properties) for number, properties in stated.items()}


def _override(number: int, properties: Mapping[str, set[float | None]]) -> Override:
    for quantity, values in properties.items():
        if len(values) > 1:
            listed = ", ".join(sorted("none" if value is None else f"{value:g}" for value in values))
            raise RefusedError(f"structure {number} must be assigned one {quantity}, found {listed}")
    known = [name for name in DENSITIES if None not in properties.get(name, {None})]
    mass, electrons = (_only(properties.get(name, {None})) for name in DENSITIES)
    if mass and electrons and not ELECTRONS_PER_MASS[0] <= electrons / mass <= ELECTRONS_PER_MASS[1]:
        raise RefusedError(
            f"the densities assigned to structure {number} must be of one material, "
            f"found mass {mass:g} and electrons {electrons:g} relative to water"
        )
    chosen = known[0] if known else min(properties)
    return Override(chosen, _only(properties[chosen]))


def _only(values: set[float | None] | Sequence[float | None]) -> float | None:
    (value,) = values
    return value
