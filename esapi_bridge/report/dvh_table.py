"""The dose-volume histograms of a plan, and which structures have none and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from esapi_bridge.case import Dose, Structure
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.structure import UnusableStructureError
from esapi_bridge.report.dvh import Dvh, make_dvhs

NO_CONTOURS = "no contours"


AT_ONCE = 2
"""Structures that are sampled at once, each with some 100 MB in memory."""


@dataclass(frozen=True)
class DvhTable:
    """Histograms of every structure that has a volume.

    Parameters
    ----------
    rows
        Structures, targets first, each with the histogram in every dose set.
    not_shown
        The other structures, each with the reason.
    bands
        Histograms of the lower and the upper bound of the network's dose, by number of the structure; may be empty.
    """

    rows: tuple[tuple[Structure, tuple[Dvh, ...]], ...]
    not_shown: tuple[tuple[Structure, str], ...]
    bands: Mapping[int, tuple[Dvh, Dvh]] = field(default_factory=dict)

    @property
    def partly_outside(self) -> bool:
        """Whether a structure reaches beyond one of the doses."""
        return any(dvh.outside > 0 for _, dvhs in self.rows for dvh in dvhs)


def dvh_table(
    sets: Sequence[DoseSet],
    structures: Sequence[Structure],
    slice_mm: float,
    bounds: tuple[Dose, Dose] | None = None,
) -> DvhTable:
    """Make the histograms of structures in each dose set, and between which bounds that of the network lies.

    Parameters
    ----------
    sets
        The dose sets.
    structures
        The structures.
    slice_mm
        Distance of the CT's slices.
    bounds
        Lower and upper bound of the network's dose, where they are known.
    """
    plans = [*(s.plan for s in sets), *(bounds or ())]
    rows, not_shown, bands = [], [], {}
    shown = sorted(structures, key=_importance)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        made = [threads.submit(make_dvhs, plans, structure, slice_mm) for structure in shown]
    for structure, found in zip(shown, made, strict=True):
        try:
            dvhs = found.result()
        except UnusableStructureError as error:
            not_shown.append((structure, error.reason))
            continue
        if dvhs:
            rows.append((structure, dvhs[: len(sets)]))
            if bounds is not None:
                lower, upper = dvhs[len(sets) :]
                bands[structure.number] = lower, upper
        else:
            said = [] if structure.is_unread else [NO_CONTOURS]
            not_shown.append((structure, "; ".join([*said, *structure.left_out])))
    return DvhTable(tuple(rows), tuple(not_shown), bands)


def _importance(structure: Structure) -> tuple[int, int]:
    kind = structure.dicom_type.upper()
    return (0 if kind in {"PTV", "CTV", "GTV"} else 2 if kind in {"EXTERNAL", "SUPPORT"} else 1), structure.number
