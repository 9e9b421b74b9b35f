"""One dose of the network beside the clinic's reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from esapi_bridge.case import Beam, Case, Dose
from esapi_bridge.commissioning.quantities import Scope
from esapi_bridge.report.dvh_table import DvhTable

Figures = Mapping[str, float]
"""Figures by the name of the quantity; one that could not be measured is not there."""


@dataclass(frozen=True)
class Compared:
    """A dose of a field, or of a plan; all grids along the patient axes.

    Parameters
    ----------
    case_number, site
        Which case, counted from 1, and where in the body; empty where nobody said.
    name
        The plan's label, with the beam of a field.
    case
        CT and structures.
    beam
        The beam of a field; None for a plan.
    given, network, reference
        Coarse dose of the planning system, dose of the network, accurate dose of the planning system.
    """

    case_number: int
    site: str
    name: str
    case: Case
    beam: Beam | None
    given: Dose
    network: Dose
    reference: Dose

    @property
    def where(self) -> str:
        """Case and name, for tables."""
        return f"case {self.case_number}, {self.name}"


@dataclass(frozen=True)
class StructureRow:
    """Histogram points of one structure, Gy: reference and network."""

    structure: str
    d95_gy: tuple[float, float]
    d2_gy: tuple[float, float]
    mean_gy: tuple[float, float]
    volume_cm3: float


@dataclass(frozen=True)
class Measured:
    """Figures of one `Compared`, without its doses.

    Parameters
    ----------
    scope
        ``plan`` or ``field``.
    kind
        Kind of the field; ``plan`` of a plan.
    energy, side_mm
        Of a field: its energy's label, and the root of its area in the isocentre plane.
    output_percent
        Dose in the middle of a field, network's less reference's, %; None where not measured.
    structures
        Of a plan.
    """

    case_number: int
    site: str
    where: str
    scope: Scope
    kind: str
    figures: Figures
    energy: str = ""
    side_mm: float | None = None
    output_percent: float | None = None
    structures: tuple[StructureRow, ...] = field(default=())


def structure_rows(table: DvhTable) -> tuple[StructureRow, ...]:
    """Histogram points of every structure of a table of two doses, the reference first."""
    return tuple(
        StructureRow(
            structure.name,
            (reference.dose_at_gy(95), network.dose_at_gy(95)),
            (reference.dose_at_gy(2), network.dose_at_gy(2)),
            (reference.mean_gy, network.mean_gy),
            reference.volume_cm3,
        )
        for structure, (reference, network) in table.rows
    )
