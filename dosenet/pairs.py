"""Training pairs in memory, on the device that trains.

All doses and CTs are kept as 16 bit values in flat tensors, so that a batch is one gather per tensor
(`dosenet.sampling`), on the CPU or entirely on a GPU, and no loader processes are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dosenet.energy import NOT_TOLD
from dosenet.field_rays import FieldRays
from dosenet.rays import STORED_CHANNELS
from dosenet.slices import RATIO, SLICE_THRESHOLD, first_planes, selected_planes
from dosenet.sound_store import require_sound
from dosenet.store import FieldPair, PatientPairs, read_patients
from dosenet.unsound import UnsoundStoreError

T = TypeVar("T", int, Tensor)

LEVELS = (0.05, 5.0)
"""Maximum of the fine dose over that of the coarse one; beyond, one of them is in another unit or not of this field."""

_MARGIN = 4
"""Coarse planes kept beyond the selected ones, as neighbouring planes for the network."""

MOVING_SOURCES = ("arc", "plan")
"""Kinds of fields that may have no one place of the source."""


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
    field: T
    beam: T  # start of the coarse plane in the beam channels; -1 if they were not loaded or the source moves


@dataclass(frozen=True)
class FieldLabel:
    """What tables sort fields by; see `FieldPair` for the last two."""

    patient: str
    name: str
    kind: str
    energy: str


@dataclass(frozen=True)
class Pairs:
    """Every plane of at least 10 % dose of a set of fields, in memory; single, or the four of a coarse plane together.

    Attributes
    ----------
    patients
        Names, in order of index.
    fields
        The fields, in order of index.
    rows
        ``(rows, 16)`` int64 table, see `Row`.
    scale
        ``(rows,)`` normalised dose of one count.
    fine, ct, coarse
        Flat tensors: reference counts (the bits of uint16), HU (int16), coarse dose over its maximum (float32).
    body
        Flat as `ct`, int8: 1 where dose is calculated, 0 elsewhere, -1 where the store does not say.
    fine_planes
        Fine planes per row: 1, or the 4 of a coarse plane.
    energy
        ``(fields, 2)`` float32, channels of the energy (`dosenet.energy`); zeros where it is not stored.
    beam
        ``(voxels, 5)`` float16, beam channels (`dosenet.rays`) of the coarse planes of fields whose source stands
        still; None if they were not requested.
    """

    patients: tuple[str, ...]
    fields: tuple[FieldLabel, ...]
    rows: Tensor
    scale: Tensor
    fine: Tensor
    ct: Tensor
    coarse: Tensor
    body: Tensor
    energy: Tensor
    fine_planes: int = 1
    beam: Tensor | None = None

    @classmethod
    def load(
        cls,
        path: Path | str,
        split: str | None,
        device: torch.device | str = "cpu",
        *,
        threshold: float = SLICE_THRESHOLD,
        fine_planes: int = 1,
        beam: bool = False,
        most_rows: int | None = None,
        wanted: Callable[[FieldPair], bool] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Pairs:
        """Read fields of a pair store, which is checked first (`dosenet.sound_store`).

        Parameters
        ----------
        path, split
            Pair store and split; None for every split.
        device
            Device that shall hold the doses.
        threshold
            Share of the maximum coarse dose that a plane must reach.
        fine_planes
            Fine planes per row.
        beam
            Whether to compute the channels of `dosenet.rays`.
        most_rows
            Rows per field at most, evenly spread from the first to the last; None for all. Neighbouring planes are much
            alike, and memory grows with the rows.
        wanted
            Chooses among the fields; nothing is read of a patient without any, and the store is not checked: who
            chooses has done so. Default: all.
        progress
            Called with (fields done, fields in all).

        Raises
        ------
        ValueError
            If there is no such field, or `beam` is true and a field whose source stands still does not tell where.
        UnsoundStoreError
            If the store cannot be learnt from.
        """
        if wanted is None:
            require_sound(path, split)
        chosen = [(patient, [*filter(wanted, patient.fields())]) for patient in read_patients(path, split)]
        chosen = [(patient, pairs) for patient, pairs in chosen if pairs]
        patients = [patient for patient, _ in chosen]
        fields = [(index, pair) for index, (_, pairs) in enumerate(chosen) for pair in pairs]
        if not fields:
            raise ValueError("expected at least one complete field in the store for this split, found none")
        ct, body, ct_starts = _read_cts(patients)
        rows: list[Row[int]] = []
        scales: list[float] = []
        # Memory that is never written to is not taken, so more may be asked for than turns out to be needed.
        room = sum(_most_counts(pair, fine_planes, most_rows) for _, pair in fields)
        fine = torch.empty(room, dtype=torch.int16, device=device)
        coarse_parts: list[Tensor] = []
        beam_parts: list[Tensor] = []
        rays = FieldRays()
        fine_end = coarse_end = beam_end = 0
        for done, (index, pair) in enumerate(fields):
            counts, coarse, found, scale = _read_field(pair, threshold, fine_planes, most_rows)
            starts = {}
            if beam and found and (pair.source_mm is not None or pair.kind not in MOVING_SOURCES):
                planes = np.unique([row.plane // RATIO for row in found])
                channels = rays.of(patients[index], pair, planes).permute(0, 2, 3, 1).flatten(1, 2).half()
                starts = {int(plane): beam_end + order * channels.shape[1] for order, plane in enumerate(planes)}
                beam_parts.append(channels.flatten(0, 1).to(device))
                beam_end += len(beam_parts[-1])
            for row in found:
                rows.append(
                    row._replace(
                        fine=row.fine + fine_end,
                        coarse=coarse_end,
                        ct=ct_starts[index],
                        ct_planes=patients[index].ct_shape[0],
                        patient=index,
                        field=done,
                        beam=starts.get(row.plane // RATIO, -1),
                    )
                )
                scales.append(scale)
            fine[fine_end : fine_end + counts.numel()] = counts
            coarse_parts.append(coarse.to(device))
            fine_end += counts.numel()
            coarse_end += coarse.numel()
            if progress is not None:
                progress(done + 1, len(fields))
        return cls(
            patients=tuple(patient.name for patient in patients),
            fields=tuple(FieldLabel(p.patient, p.name, p.kind, p.energy_label) for _, p in fields),
            rows=torch.tensor(rows, dtype=torch.int64),
            scale=torch.tensor(scales, dtype=torch.float32),
            fine=fine[:fine_end],
            ct=ct.to(device),
            coarse=_concatenate(coarse_parts),
            body=body.to(device),
            energy=torch.tensor([NOT_TOLD if p.energy is None else p.energy.channels for _, p in fields]),
            fine_planes=fine_planes,
            beam=_concatenate([*beam_parts, torch.empty((0, STORED_CHANNELS), dtype=torch.float16)]) if beam else None,
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.rows.shape[0])

    @property
    def device(self) -> torch.device:
        """Device that holds the doses."""
        return self.fine.device

    @property
    def field_of(self) -> Tensor:
        """Field index of each row, ``(rows,)``."""
        return self.rows[:, Row._fields.index("field")]

    @property
    def weights(self) -> Tensor:
        """Chance of each row, ``(rows,)`` float64: every kind of field at every energy together is drawn as often."""
        groups = {group: k for k, group in enumerate(sorted({(f.kind, f.energy) for f in self.fields}))}
        group_of = torch.tensor([groups[f.kind, f.energy] for f in self.fields])[self.field_of]
        shares = 1.0 / torch.bincount(group_of, minlength=len(groups)).double()
        return shares[group_of] / shares[group_of].sum()

    def chosen(self, wanted: Callable[[FieldLabel], bool]) -> Pairs:
        """Pairs of some fields only, in the same memory."""
        kept = torch.tensor([wanted(f) for f in self.fields])[self.field_of]
        return replace(self, rows=self.rows[kept], scale=self.scale[kept])


def _read_cts(patients: Sequence[PatientPairs]) -> tuple[Tensor, Tensor, list[int]]:
    """Read all CTs and bodies into one tensor each; also where each patient's begin."""
    sizes = [int(np.prod(patient.ct_shape)) for patient in patients]
    starts = [0, *np.cumsum(sizes).tolist()]
    ct, body = torch.empty(starts[-1], dtype=torch.int16), torch.full((starts[-1],), -1, dtype=torch.int8)
    for start, size, patient in zip(starts, sizes, patients, strict=False):
        ct[start : start + size] = torch.from_numpy(patient.ct_hu().reshape(-1))
        stored = patient.body()
        if stored is not None:
            body[start : start + size] = torch.from_numpy(stored.reshape(-1))
    return ct, body, starts[:-1]


def kept_bytes(pair: FieldPair, fine_planes: int, beam_channels: int, most_rows: int | None) -> tuple[int, int]:
    """Memory that the planes of a field take in `Pairs`, bytes, and the number of its rows; reads its coarse dose."""
    coarse = pair.coarse_gy()
    firsts = _firsts(pair, coarse, fine_planes, SLICE_THRESHOLD, most_rows)
    if not firsts.size:
        return 0, 0
    voxels = coarse[0].size
    planes = min(int(firsts[-1]) // RATIO + _MARGIN + 1, coarse.shape[0]) - max(int(firsts[0]) // RATIO - _MARGIN, 0)
    beam = 2 * beam_channels * np.unique(firsts // RATIO).size if pair.source_mm is not None else 0
    return voxels * (2 * RATIO**2 * fine_planes * firsts.size + 4 * planes + beam), firsts.size


def _most_counts(pair: FieldPair, fine_planes: int, most_rows: int | None) -> int:
    """Voxels of the reference dose that `_read_field` returns at most."""
    planes, ny, nx = pair.fine_shape
    rows = planes // fine_planes
    return (rows if most_rows is None else min(rows, most_rows)) * fine_planes * ny * nx


def _read_field(
    pair: FieldPair, threshold: float, fine_planes: int, most_rows: int | None
) -> tuple[Tensor, Tensor, list[Row[int]], float]:
    """Read the planes of a field that hold dose; offsets in the rows are relative to this field."""
    coarse = pair.coarse_gy()
    maximum = float(coarse.max())
    coarse /= maximum
    firsts = _firsts(pair, coarse, fine_planes, threshold, most_rows)
    if firsts.size == 0:
        return torch.empty(0, dtype=torch.int16), torch.empty(0), [], 0.0
    counts = pair.fine_counts()[(firsts[:, None] + np.arange(fine_planes)).reshape(-1) - pair.z_start]
    level = float(counts.max()) * pair.gy_per_count / maximum
    if not LEVELS[0] <= level <= LEVELS[1]:
        raise UnsoundStoreError(
            f"patient {pair.patient} {pair.name}: expected a fine dose of {LEVELS[0]:g} to {LEVELS[1]:g} times the "
            f"maximum of the coarse one, found {level:.3g} times: another unit, or another field"
        )
    first = max(int(firsts[0]) // RATIO - _MARGIN, 0)
    kept = np.ascontiguousarray(coarse[first : int(firsts[-1]) // RATIO + _MARGIN + 1])
    _, ny, nx = kept.shape
    rows = []
    for order, plane in enumerate(firsts.tolist()):
        nearest = coarse[plane // RATIO]
        ys, xs = np.nonzero(nearest >= min(threshold, float(nearest.max())))
        box = (int(ys.min()), int(ys.max()), int(xs.min()), int(xs.max()))
        rows.append(
            Row(order * fine_planes * counts[0].size, 0, 0, plane, 0, first, kept.shape[0], ny, nx, 0, *box, 0, -1)
        )
    bits = torch.from_numpy(counts.reshape(-1).view(np.int16))
    return bits, torch.from_numpy(kept.reshape(-1)), rows, pair.gy_per_count / maximum


def _firsts(
    pair: FieldPair, coarse: NDArray[np.float32], fine_planes: int, threshold: float, most_rows: int | None
) -> NDArray[np.intp]:
    """First planes of the rows of a field."""
    firsts = first_planes(selected_planes(coarse, threshold), fine_planes)
    firsts = firsts[(firsts >= pair.z_start) & (firsts + fine_planes <= pair.z_start + pair.fine_shape[0])]
    if most_rows is not None and firsts.size > most_rows:
        firsts = firsts[np.linspace(0, firsts.size - 1, most_rows).round().astype(np.intp)]
    return firsts


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
