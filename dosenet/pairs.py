"""Training pairs in memory, on the device that trains.

All doses and CTs are kept as 16 bit values in flat tensors, so that a batch is one gather per tensor
(`dosenet.sampling`), on the CPU or entirely on a GPU, and no loader processes are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dosenet.field_rays import FieldRays
from dosenet.slices import RATIO, SLICE_THRESHOLD, first_planes, selected_planes
from dosenet.store import FieldPair, PatientPairs, read_patients

T = TypeVar("T", int, Tensor)

_MARGIN = 4
"""Coarse planes kept beyond the selected ones, as neighbouring planes for the network."""


class Row(NamedTuple, Generic[T]):
    """Offsets of one plane, or group of four, in the flat tensors (in elements), and its lattice."""

    fine: T
    ct: T
    coarse: T
    plane: T  # index of the (first) fine plane within the patient's CT
    ct_planes: T
    coarse_first: T  # first coarse plane kept
    coarse_planes: T
    ny: T  # coarse size in plane
    nx: T
    patient: T
    box_y0: T  # bounding box of the dose on the coarse plane, coarse voxels, ends included
    box_y1: T
    box_x0: T
    box_x1: T


@dataclass(frozen=True)
class Pairs:
    """Every plane of at least 10 % dose of a set of fields, in memory; single, or the four of a coarse plane together.

    Attributes
    ----------
    patients
        Names, in order of index.
    rows
        ``(rows, 14)`` int64 table, see `Row`.
    scale
        ``(rows,)`` normalised dose of one count.
    fine, ct, coarse
        Flat tensors: reference counts (the bits of uint16), HU (int16), coarse dose over its maximum (float32).
    fine_planes
        Fine planes per row: 1, or the 4 of a coarse plane.
    beam
        ``(coarse, 5)`` float16, beam channels (`dosenet.rays`) of each voxel of `coarse` on the rows' own planes; None
        if they were not requested.
    """

    patients: tuple[str, ...]
    rows: Tensor
    scale: Tensor
    fine: Tensor
    ct: Tensor
    coarse: Tensor
    fine_planes: int = 1
    beam: Tensor | None = None

    @classmethod
    def load(
        cls,
        path: Path | str,
        split: str,
        device: torch.device | str = "cpu",
        *,
        threshold: float = SLICE_THRESHOLD,
        fine_planes: int = 1,
        beam: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Pairs:
        """Read all fields of one split of a pair store, with the channels of `dosenet.rays` if `beam` is true.

        `progress` is called with (fields done, fields in all).

        Raises
        ------
        ValueError
            If the split holds no field, or `beam` is true and a field has no source position.
        """
        patients = read_patients(path, split)
        fields = [(index, pair) for index, patient in enumerate(patients) for pair in patient.fields()]
        if not fields:
            raise ValueError("expected at least one complete field in the store for this split, found none")
        ct, ct_starts = _read_cts(patients)
        rows: list[Row[int]] = []
        scales: list[float] = []
        fine_parts: list[Tensor] = []
        coarse_parts: list[Tensor] = []
        beam_parts: list[Tensor] = []
        rays = FieldRays()
        fine_end = coarse_end = 0
        for done, (index, pair) in enumerate(fields):
            fine, coarse, found, scale = _read_field(pair, threshold, fine_planes)
            for row in found:
                rows.append(
                    row._replace(
                        fine=row.fine + fine_end,
                        coarse=coarse_end,
                        ct=ct_starts[index],
                        ct_planes=patients[index].ct_shape[0],
                        patient=index,
                    )
                )
                scales.append(scale)
            fine_parts.append(fine.to(device))
            coarse_parts.append(coarse.to(device))
            if beam and found:
                planes = np.unique([row.plane // RATIO for row in found])
                channels = rays.of(patients[index], pair, planes)
                beam_parts.append(_fill(channels, found, planes, coarse.numel()).to(device))
            fine_end += fine.numel()
            coarse_end += coarse.numel()
            if progress is not None:
                progress(done + 1, len(fields))
        return cls(
            patients=tuple(patient.name for patient in patients),
            rows=torch.tensor(rows, dtype=torch.int64),
            scale=torch.tensor(scales, dtype=torch.float32),
            fine=_concatenate(fine_parts),
            ct=ct.to(device),
            coarse=_concatenate(coarse_parts),
            fine_planes=fine_planes,
            beam=_concatenate(beam_parts) if beam else None,
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.rows.shape[0])

    @property
    def device(self) -> torch.device:
        """Device that holds the doses."""
        return self.fine.device

    @property
    def patient_of(self) -> Tensor:
        """Patient index of each row, ``(rows,)``."""
        return self.rows[:, Row._fields.index("patient")]


def _read_cts(patients: Sequence[PatientPairs]) -> tuple[Tensor, list[int]]:
    sizes = [int(np.prod(patient.ct_shape)) for patient in patients]
    starts = [0, *np.cumsum(sizes).tolist()]
    ct = torch.empty(starts[-1], dtype=torch.int16)
    for start, size, patient in zip(starts, sizes, patients, strict=False):
        ct[start : start + size] = torch.from_numpy(patient.ct_hu().reshape(-1))
    return ct, starts[:-1]


def _read_field(pair: FieldPair, threshold: float, fine_planes: int) -> tuple[Tensor, Tensor, list[Row[int]], float]:
    """Read the planes of a field that hold dose; offsets in the rows are relative to this field."""
    coarse = pair.coarse_gy()
    maximum = float(coarse.max())
    coarse /= maximum
    firsts = first_planes(selected_planes(coarse, threshold), fine_planes)
    firsts = firsts[(firsts >= pair.z_start) & (firsts + fine_planes <= pair.z_start + pair.fine_shape[0])]
    if firsts.size == 0:
        return torch.empty(0, dtype=torch.int16), torch.empty(0), [], 0.0
    counts = pair.fine_counts()[(firsts[:, None] + np.arange(fine_planes)).reshape(-1) - pair.z_start]
    first = max(int(firsts[0]) // RATIO - _MARGIN, 0)
    kept = np.ascontiguousarray(coarse[first : int(firsts[-1]) // RATIO + _MARGIN + 1])
    _, ny, nx = kept.shape
    rows = []
    for order, plane in enumerate(firsts.tolist()):
        nearest = coarse[plane // RATIO]
        ys, xs = np.nonzero(nearest >= min(threshold, float(nearest.max())))
        box = (int(ys.min()), int(ys.max()), int(xs.min()), int(xs.max()))
        rows.append(Row(order * fine_planes * counts[0].size, 0, 0, plane, 0, first, kept.shape[0], ny, nx, 0, *box))
    bits = torch.from_numpy(counts.reshape(-1).view(np.int16))
    return bits, torch.from_numpy(kept.reshape(-1)), rows, pair.gy_per_count / maximum


def _fill(channels: Tensor, rows: list[Row[int]], planes: NDArray[np.intp], kept: int) -> Tensor:
    """Return ``(kept, 5)`` float16 beam channels of the kept coarse voxels of a field, zero except on `planes`."""
    filled = torch.zeros(kept, channels.shape[1], dtype=torch.float16)
    for plane, values in zip(planes, channels.flatten(2), strict=True):
        start = (int(plane) - rows[0].coarse_first) * values.shape[1]
        filled[start : start + values.shape[1]] = values.T
    return filled


def _concatenate(parts: list[Tensor]) -> Tensor:
    """Join the parts, freeing each once copied, so that peak memory is the whole plus one part."""
    rows = sum(part.shape[0] for part in parts)
    whole = torch.empty((rows, *parts[0].shape[1:]), dtype=parts[0].dtype, device=parts[0].device)
    end = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        whole[end : end + part.shape[0]] = part
        end += part.shape[0]
    return whole
