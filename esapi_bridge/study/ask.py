"""A study as somebody asks for it: which networks, patients and fields, for how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dosenet.evaluation import EvaluationConfig
from dosenet.preset import Preset, load_preset
from dosenet.store import read_patients
from esapi_bridge.errors import BridgeError
from esapi_bridge.study.protocol import Limit, Study


@dataclass(frozen=True)
class Asked:
    """What was asked for; see `Study` for what it becomes.

    Parameters
    ----------
    networks
        Presets, names or YAML files.
    minutes, steps
        One training of every network with each that is given.
    folds
        None to leave out one patient at a time.
    counts
        Numbers of patients that the first network learns from as well.
    patients, kinds, energies
        Which of the store; none for all.
    planes, judged_fields, bf16, seed
        As in `Study`.
    crop_px, batch
        Instead of those of every preset.
    """

    networks: tuple[str, ...]
    minutes: float | None = None
    steps: int | None = None
    folds: int | None = None
    counts: tuple[int, ...] = ()
    patients: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    energies: tuple[str, ...] = ()
    planes: int | None = None
    judged_fields: int | None = None
    crop_px: int | None = None
    batch: int | None = None
    bf16: bool = False
    seed: int = 1


def asked_study(asked: Asked, store: Path) -> Study:
    """Turn what was asked for into a study of a store.

    Raises
    ------
    BridgeError
        If a patient is not in the store, or two presets have the same name.
    ValueError
        If there is no such preset.
    """
    presets = [_preset(name, asked) for name in asked.networks]
    names = [preset.name for preset in presets]
    if len(set(names)) < len(names):
        raise BridgeError(f"the networks of a study must have names of their own, found {', '.join(names)}")
    config = EvaluationConfig(kinds=asked.kinds, energies=asked.energies)
    found = {patient.name: config.fields(patient) for patient in read_patients(store)}
    unknown = sorted(set(asked.patients) - set(found))
    if unknown:
        raise BridgeError(f"the store must have the patients asked for, found none called {', '.join(unknown)}")
    wanted = asked.patients or tuple(found)
    limits = (
        Limit(minutes=asked.minutes) if asked.minutes else None,
        Limit(steps=asked.steps) if asked.steps else None,
    )
    return Study(
        presets={preset.name: preset.to_dict() for preset in presets},
        limits=tuple(limit for limit in limits if limit is not None),
        fields={name: tuple(pair.name for pair in found[name]) for name in sorted(wanted) if found[name]},
        parts=asked.folds,
        counts=asked.counts,
        planes=asked.planes,
        judged_fields=asked.judged_fields,
        seed=asked.seed,
        bf16=asked.bf16,
    )


def _preset(name: str, asked: Asked) -> Preset:
    preset = load_preset(name)
    usual = preset.training
    changed = replace(usual, batch=asked.batch or usual.batch, crop_px=asked.crop_px or usual.crop_px)
    return replace(preset, training=changed)
