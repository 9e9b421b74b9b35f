"""Store of training plans: one Zarr store, one group per plan.

Layout (Zarr v3)::

    DIR.zarr            attrs: schema
      <case>            attrs: split, prescription_gy (one fraction), attributes, label_lattice, dose_lattice,
                               beams (name, axes, place of the fluence), sha256
        labels          uint8 (z, y, x)
        dose_gy         float32 (z, y, x), Gy of one fraction
        fluence_<n>     float32 (rows, columns), n = 1 for the first beam

A case is written under a name that begins with a dot, synchronised and renamed: it is stored completely or not at all,
and several processes may add different cases to one store.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from dosenet.fitting.split import Split
from dosenet.store_root import has_group, make_root
from fluencenet.scene import BeamAxes, FluenceBeam, FluenceCase, FluenceImage, Lattice, Scene

SCHEMA = 1
COMPRESSORS = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Allowed names of cases: valid folder names on any system."""


class FluenceStore:
    """A store of `FluenceCase`, created when the first one is added.

    Parameters
    ----------
    path
        Folder of the store.

    Raises
    ------
    ValueError
        If the folder holds a store of another schema.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if has_group(self.path):
            found = zarr.open_group(str(self.path), mode="r").attrs.get("schema")
            if found != SCHEMA:
                raise ValueError(f"expected a fluence store of schema {SCHEMA}, found {found}; make a new store")

    def has(self, name: str) -> bool:
        """Whether the store has a case of this name."""
        return NAME.fullmatch(name) is not None and has_group(self.path / name)

    def names(self, split: str | None = None) -> list[str]:
        """Names of the cases of one split, or of all, sorted."""
        if not self.path.is_dir():
            return []
        found = sorted(entry.name for entry in self.path.iterdir() if self.has(entry.name))
        return [name for name in found if split is None or self._group(name).attrs["split"] == split]

    def add(self, case: FluenceCase) -> bool:
        """Write a case; return False if there is one of this name already.

        Raises
        ------
        ValueError
            If the name or the split cannot be stored, or the case has no beams.
        """
        if NAME.fullmatch(case.name) is None:
            raise ValueError("expected a case name of letters, digits, '-', '_' and '.' only")
        Split.of(case.split)
        if not case.beams:
            raise ValueError("expected a case with beams, found none")
        if self.has(case.name):
            return False
        make_root(self.path, SCHEMA)
        part = self.path / f".{case.name}.{os.getpid()}.part"
        shutil.rmtree(part, ignore_errors=True)
        try:
            _write(part, case)
            part.rename(self.path / case.name)
            _synchronise(self.path)
        except OSError:
            if self.has(case.name):  # another process was first with the same case
                return False
            raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return True

    def read(self, name: str) -> FluenceCase:
        """Read a case.

        Raises
        ------
        ValueError
            If there is no such case, or it is not what was written.
        """
        if not self.has(name):
            raise ValueError(f"expected a case {name!r} in the store, found none")
        group = self._group(name)
        arrays = {key: cast("NDArray[Any]", array[...]) for key, array in group.arrays()}
        attributes = cast("dict[str, Any]", dict(group.attrs))
        if _digest(arrays) != attributes["sha256"]:
            raise ValueError(f"the arrays of case {name!r} are not those that were written; make the case again")
        scene = Scene(
            labels=arrays["labels"],
            label_lattice=_lattice(attributes["label_lattice"]),
            dose_gy=arrays["dose_gy"],
            dose_lattice=_lattice(attributes["dose_lattice"]),
            prescription_gy=float(attributes["prescription_gy"]),
        )
        beams = tuple(
            FluenceBeam(
                name=beam["name"],
                axes=BeamAxes(**{key: np.asarray(value) for key, value in beam["axes"].items()}),
                fluence=FluenceImage(arrays[f"fluence_{number}"], **beam["fluence"]),
            )
            for number, beam in enumerate(attributes["beams"], 1)
        )
        return FluenceCase(name, attributes["split"], scene, beams, attributes["attributes"])

    def energy(self, name: str) -> str:
        """Energy of the beams of a case (``15X``); empty where it does not say."""
        attributes = cast("dict[str, Any]", self._group(name).attrs["attributes"])
        return str(attributes.get("energy", ""))

    def fingerprint(self, split: str | None = None) -> str:
        """SHA-256 over the names and digests of the cases of one split, or of all."""
        digest = hashlib.sha256()
        for name in self.names(split):
            digest.update(f"{name} {self._group(name).attrs['sha256']}\n".encode())
        return digest.hexdigest()

    def _group(self, name: str) -> zarr.Group:
        return zarr.open_group(str(self.path / name), mode="r")


def _write(folder: Path, case: FluenceCase) -> None:
    scene = case.scene
    arrays: dict[str, NDArray[Any]] = {"labels": scene.labels, "dose_gy": scene.dose_gy.astype("<f4")}
    beams: list[dict[str, Any]] = []
    for number, beam in enumerate(case.beams, 1):
        image = beam.fluence
        arrays[f"fluence_{number}"] = image.values.astype("<f4")
        place = {name: float(getattr(image, name)) for name in ("x_origin_mm", "y_origin_mm", "spacing_mm")}
        axes = {name: value.tolist() for name, value in asdict(beam.axes).items()}
        beams.append({"name": beam.name, "axes": axes, "fluence": place})
    group = zarr.open_group(str(folder), mode="w", zarr_format=3)
    for name, array in arrays.items():
        group.create_array(name, data=array, chunks=array.shape, compressors=COMPRESSORS)
    values: dict[str, Any] = {
        "split": case.split,
        "prescription_gy": float(scene.prescription_gy),
        "attributes": dict(case.attributes),
        "label_lattice": _plain(scene.label_lattice),
        "dose_lattice": _plain(scene.dose_lattice),
        "beams": beams,
        "sha256": _digest(arrays),
    }
    group.attrs.update(values)
    for entry in sorted(folder.rglob("*"), reverse=True):
        _synchronise(entry)


def _digest(arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name, values in sorted(arrays.items()):
        digest.update(f"{name} {values.shape} {values.dtype}\n".encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def _plain(lattice: Lattice) -> dict[str, Any]:
    return {name: np.asarray(value).tolist() for name, value in asdict(lattice).items()}


def _lattice(values: dict[str, Any]) -> Lattice:
    return Lattice(tuple(values["spacing_mm"]), tuple(values["origin_mm"]), np.asarray(values["direction"]))


def _synchronise(entry: Path) -> None:
    """Make a file or a folder's list of names durable (a folder cannot be opened on Windows, and need not be)."""
    if entry.is_dir() and os.name == "nt":
        return
    handle = os.open(entry, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
