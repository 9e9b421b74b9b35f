"""A study as somebody asks for it: which networks, patients and fields, for how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dosenet.evaluation import EvaluationConfig
from dosenet.preset import Preset, load_preset
from dosenet.store import read_patients
from dosenet.weights import load_model
from esapi_bridge.errors import BridgeError
from esapi_bridge.study.protocol import Limit, Start, Study


@dataclass(frozen=True)
class Asked:
    """What was asked for; see `Study` for what it becomes.

    Parameters
    ----------
    networks
        Presets, names or YAML files.
    starts
        Models, names or folders, each of which is trained further, beside the networks.
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
    starts: tuple[str, ...] = ()
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
        If a patient is not in the store, or two networks have the same name.
    ValueError
        If there is no such preset or model.
    """
    continued = [_continued(model, asked) for model in asked.starts]
    presets = [_as_asked(load_preset(name), asked) for name in asked.networks] + [preset for preset, _ in continued]
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
        starts={preset.name: start for preset, start in continued},
        limits=tuple(limit for limit in limits if limit is not None),
        fields={name: tuple(pair.name for pair in found[name]) for name in sorted(wanted) if found[name]},
        parts=asked.folds,
        counts=asked.counts,
        planes=asked.planes,
        judged_fields=asked.judged_fields,
        seed=asked.seed,
        bf16=asked.bf16,
    )


def _continued(model: str, asked: Asked) -> tuple[Preset, Start]:
    """The network of a model under a name of its own, without its local correction, and where it starts."""
    found = load_model(model)
    card, network = found.card, replace(found.network.config, correction=0)
    preset = replace(Preset.from_dict(card.preset), name=f"{card.name}-{card.version}-continued", network=network)
    named = str(Path(model).absolute()) if Path(model).is_dir() else model
    return _as_asked(preset, asked), Start(model=named, sha256=card.sha256)


def _as_asked(preset: Preset, asked: Asked) -> Preset:
    usual = preset.training
    changed = replace(usual, batch=asked.batch or usual.batch, crop_px=asked.crop_px or usual.crop_px)
    return replace(preset, training=changed)
