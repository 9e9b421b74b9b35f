"""What a study does: which networks learn from which patients and for how long; fixed when it starts."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from dosenet.preset import Preset
from dosenet.sound_store import require_sound
from dosenet.store import PatientPairs, read_patients
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders.durable import write_whole_file

STUDY_FILE = "study.json"
SCHEMA = 1

Positive = Annotated[int, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limit(_Part):
    """How long a run trains: minutes of processor time, or steps; one of the two."""

    minutes: Annotated[float, Field(gt=0)] | None = None
    steps: Positive | None = None

    @property
    def label(self) -> str:
        """Such as ``10 processor minutes`` or ``500 steps``."""
        return f"{self.steps} steps" if self.minutes is None else f"{self.minutes:g} processor minutes"

    @property
    def key(self) -> str:
        """The same for the name of a folder."""
        return f"{self.steps}steps" if self.minutes is None else f"{self.minutes:g}min"


class Start(_Part):
    """The model whose weights a network starts from: a name or a folder, and the digest of its weights."""

    model: str
    sha256: str


class Run(_Part):
    """One training, and on whom it is judged.

    Parameters
    ----------
    network
        Name of the preset.
    limit
        How long it trains.
    fold
        Number of the fold.
    left_out
        Patients that it is judged on and does not learn from.
    training
        Patients that it learns from.
    """

    network: str
    limit: Limit
    fold: int
    left_out: tuple[str, ...]
    training: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its folder, below that of the runs."""
        return f"{self.network}-{self.limit.key}-{len(self.training)}patients/fold-{self.fold:02d}"

    @property
    def label(self) -> str:
        """What the progress calls it."""
        return f"{self.network}, {self.limit.label}, without {' and '.join(self.left_out)}"


class Study(_Part):
    """Everything that decides a study's figures, but the arrays of the store.

    Parameters
    ----------
    presets
        Plain values of each network's preset, by name.
    starts
        What networks start from, by name; those that are not named start from random weights.
    limits
        Every network is trained once with each.
    fields
        Fields by patient; what is added to the store later has no part in the study.
    parts
        Number of folds; None to leave out one patient at a time.
    counts
        Numbers of patients that the first network learns from as well, with the first limit.
    planes
        Planes (or groups of four) kept of each training field at most; None for all.
    judged_fields
        Fields of a patient at most that a network is judged on, spread evenly; None for all.
    seed
        Of weights, batches and the choice of patients.
    bf16
        Whether training computes in bfloat16.
    data_sha256
        Digest of names, shapes and attributes of the fields and their patients.
    """

    presets: dict[str, dict[str, Any]]
    starts: dict[str, Start] = {}
    limits: tuple[Limit, ...]
    fields: dict[str, tuple[str, ...]]
    parts: Positive | None = None
    counts: tuple[Positive, ...] = ()
    planes: Positive | None = None
    judged_fields: Positive | None = None
    seed: int = 1
    bf16: bool = False
    data_sha256: str = ""
    schema_version: int = SCHEMA

    def folds(self, sites: Mapping[str, str]) -> list[tuple[str, ...]]:
        """Patients of each fold; `sites` by patient are dealt out, so that each fold has some of every one."""
        names = sorted(self.fields, key=lambda name: (sites[name], name))
        parts = self.parts or len(names)
        return [tuple(names[k::parts]) for k in range(parts)]

    def runs(self, sites: Mapping[str, str]) -> list[Run]:
        """Every run, the folds of a network one after the other; those with fewer patients come last."""
        folds = list(enumerate(self.folds(sites)))
        return [*self._main(folds), *self._fewer(folds)]

    def _main(self, folds: list[tuple[int, tuple[str, ...]]]) -> Iterator[Run]:
        for limit in self.limits:
            for fold, left_out in folds:
                training = tuple(name for name in sorted(self.fields) if name not in left_out)
                for network in self.presets:
                    yield Run(network=network, limit=limit, fold=fold, left_out=left_out, training=training)

    def _fewer(self, folds: list[tuple[int, tuple[str, ...]]]) -> Iterator[Run]:
        network, limit = next(iter(self.presets)), self.limits[0]
        for fold, left_out in folds:
            others = [name for name in sorted(self.fields) if name not in left_out]
            random.Random(f"{self.seed} {fold}").shuffle(others)  # noqa: S311 - no secret: which patients come first
            for count in self.counts:
                if count < len(others):
                    training = tuple(sorted(others[:count]))
                    yield Run(network=network, limit=limit, fold=fold, left_out=left_out, training=training)


def settled(study: Study, store: Path, folder: Path) -> Study:
    """Fix a study when it starts, and return it as it was fixed when it goes on.

    Raises
    ------
    BridgeError
        If there are too few patients, or the folder holds something else.
    RefusedError
        If the folder holds another study, or the store no longer has its fields.
    UnsoundStoreError
        If the store cannot be learnt from; of a patient who is in it twice, one would learn from who is left out.
    """
    if len(study.fields) < 2 or (study.parts or 2) < 2 or (study.parts or 0) > len(study.fields):
        raise BridgeError(
            f"a study must have two patients with fields, and from two to as many folds; found {len(study.fields)} "
            f"patients and {study.parts or 'as many'} folds"
        )
    file = folder / STUDY_FILE
    if not file.exists():
        if folder.exists() and any(folder.iterdir()):
            raise BridgeError("the folder must be empty or hold this study, found something else; choose another name")
        require_sound(store)
        folder.mkdir(parents=True, exist_ok=True)
        fixed = study.model_copy(update={"data_sha256": data_digest(store, study.fields)})
        write_whole_file(file, fixed.model_dump_json(indent=1).encode("utf-8"))
        return fixed
    try:
        kept = _of_now(Study.model_validate_json(file.read_bytes()))
    except ValueError as error:
        raise BridgeError(f"{STUDY_FILE} must describe a study of this version; choose another folder") from error
    asked = study.model_copy(update={"fields": kept.fields, "data_sha256": kept.data_sha256})
    differing = [name for name in Study.model_fields if getattr(asked, name) != getattr(kept, name)]
    if differing:
        raise RefusedError(
            f"a study goes on with the options it was started with, found others ({', '.join(differing)}): repeat its "
            "command as it was, or choose another folder"
        )
    if data_digest(store, kept.fields) != kept.data_sha256:
        raise RefusedError(
            "the store must have the fields that the study was started with, found them changed or gone; choose "
            "another folder to start again"
        )
    return kept


def _of_now(kept: Study) -> Study:
    """Return a kept study whose presets name what has been added since: it is as it was without it."""
    presets = {name: Preset.from_dict(values).to_dict() for name, values in kept.presets.items()}
    return kept.model_copy(update={"presets": presets})


def chosen_patients(store: Path, fields: Mapping[str, tuple[str, ...]]) -> list[PatientPairs]:
    """Patients of a study, by name."""
    return [patient for patient in read_patients(store) if patient.name in fields]


def data_digest(store: Path, fields: Mapping[str, tuple[str, ...]]) -> str:
    """SHA-256 over names, shapes and attributes of patients and fields; arrays are not read."""
    digest = hashlib.sha256()
    for patient in chosen_patients(store, fields):
        digest.update(repr((patient.name, patient.ct_shape, sorted(patient.group.attrs.items(), key=str))).encode())
        for pair in patient.fields():
            if pair.name in fields[patient.name]:
                digest.update(repr((pair.name, pair.fine_shape, sorted(pair.attributes.items(), key=str))).encode())
    return digest.hexdigest()
