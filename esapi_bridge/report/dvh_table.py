"""The dose-volume histograms of a plan, and which structures have none and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from esapi_bridge.case import Structure
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.structure import UnusableStructureError
from esapi_bridge.report.dvh import Dvh, make_dvhs

NO_CONTOURS = "no contours"


@dataclass(frozen=True)
class DvhTable:
    """Histograms of every structure that has a volume.

    Parameters
    ----------
    rows
        Structures, targets first, each with the histogram in every dose set.
    not_shown
        The other structures, each with the reason.
    """

    rows: tuple[tuple[Structure, tuple[Dvh, ...]], ...]
    not_shown: tuple[tuple[Structure, str], ...]

    @property
    def partly_outside(self) -> bool:
        """Whether a structure reaches beyond one of the doses."""
        return any(dvh.outside > 0 for _, dvhs in self.rows for dvh in dvhs)


def dvh_table(sets: Sequence[DoseSet], structures: Sequence[Structure], slice_mm: float) -> DvhTable:
    """Make the histograms of structures in each dose set; `slice_mm` is the distance of the CT's slices, mm."""
    plans = [s.plan for s in sets]
    rows, not_shown = [], []
    for structure in sorted(structures, key=_importance):
        try:
            dvhs = make_dvhs(plans, structure, slice_mm)
        except UnusableStructureError as error:
            not_shown.append((structure, error.reason))
            continue
        if dvhs:
            rows.append((structure, dvhs))
        else:
            said = [] if structure.is_unread else [NO_CONTOURS]
            not_shown.append((structure, "; ".join([*said, *structure.left_out])))
    return DvhTable(tuple(rows), tuple(not_shown))


def _importance(structure: Structure) -> tuple[int, int]:
    kind = structure.dicom_type.upper()
    return (0 if kind in {"PTV", "CTV", "GTV"} else 2 if kind in {"EXTERNAL", "SUPPORT"} else 1), structure.number
