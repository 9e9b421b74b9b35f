"""One dose network told the energy, one not told, or one for each energy: short trainings of equal cost, compared.

``python -m tests.benchmarks.energy_told STORE --steps 3000 --planes 8 --threads 1 --out FOLDER``

All begin with the weights of `--start` and take equally many steps of equal cost in all: with five energies, a network
of one energy has a fifth of them. They are measured on the validation fields of the store, on the same crops; fields
whose energy is not stored, or not in both splits, are left out. Repeated, it goes on where it was stopped.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from dosenet.fitting.checkpoint import load_state
from dosenet.fitting.options import RunOptions
from dosenet.fitting.split import Split
from dosenet.network import build_network
from dosenet.pairs import FieldLabel, Pairs
from dosenet.preset import Preset, load_preset
from dosenet.training import VALIDATION_ROWS, train_on
from dosenet.validation import FieldErrors, Validation, validate
from dosenet.weights import load_model
from dosenet.widening import starting_weights

WARM_UP = 10
"""A tenth of the steps: a recipe's own warm-up would be most of a run as short as one energy's share."""


def main(arguments: list[str] | None = None) -> int:
    """Train, measure and print one table by energy and one by kind; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--steps", type=int, default=3000, help="training steps of each of the three ways")
    parser.add_argument("--planes", type=int, default=8, help="groups of four planes of each training field at most")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--preset", default="ddn-lite")
    parser.add_argument("--start", default="ddn-lite", help="model whose weights all begin with")
    parser.add_argument("--out", type=Path, required=True, help="folder of the training runs")
    parser.add_argument("--bf16", action="store_true")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    told = load_preset(given.preset)
    told = replace(told, network=replace(told.network, energy=True))
    silent = replace(told, network=replace(told.network, energy=False))
    start = load_model(given.start).network
    training, validation = (
        Pairs.load(given.store, split.value, fine_planes=told.network.fine_planes, beam=True, most_rows=most)
        for split, most in ((Split.TRAIN, given.planes), (Split.VALIDATION, VALIDATION_ROWS))
    )
    energies = sorted(_energies(training) & _energies(validation))
    training, validation = (pairs.chosen(lambda f: f.energy in energies) for pairs in (training, validation))

    def trained(name: str, preset: Preset, steps: int, wanted: Callable[[FieldLabel], bool]) -> Validation:
        options = RunOptions(given.out / name, steps=steps, resume=True, threads=given.threads, bf16=given.bf16)
        preset = replace(preset, training=replace(preset.training, warmup_steps=steps // WARM_UP))
        seen = validation.chosen(wanted)
        weights = starting_weights(start, preset.network)
        best = train_on(training.chosen(wanted), seen, preset, options, start=weights)
        return _measure(load_state(best)[0], seen, preset)

    each: list[FieldErrors] = []
    for energy in energies:
        found = trained(energy, silent, given.steps // len(energies), partial(_has_energy, energy))
        each += found.fields
    results = {
        "before": _measure(starting_weights(start, told.network), validation, told),
        "one, told the energy": trained("told", told, given.steps, lambda _: True),
        "one, not told": trained("not-told", silent, given.steps, lambda _: True),
        "one each": Validation(tuple(each)),
    }
    for title, group in (("energy", lambda f: f.energy), ("kind", lambda f: f.kind)):
        print(f"\nratio of squared errors, mean over the validation fields of each {title}")
        print(table({name: found.field_ratios(group) for name, found in results.items()}))
    print("\nover all fields")
    print(
        table(
            {name: found.score("mse").figures for name, found in results.items()},
            ("validation_mse", "worst_field_ratio"),
        )
    )
    return 0


def table(rows: Mapping[str, Mapping[str, float]], columns: tuple[str, ...] = ()) -> str:
    """Rows of numbers as Markdown."""
    names = columns or tuple(next(iter(rows.values())))
    lines = [["", *names], ["---"] * (len(names) + 1)]
    lines += [[name, *(f"{row[column]:.3g}" for column in names)] for name, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _has_energy(energy: str, field: FieldLabel) -> bool:
    return field.energy == energy


def _energies(pairs: Pairs) -> set[str]:
    """Energies that are stored with fields of the pairs."""
    return {field.energy for field, energy in zip(pairs.fields, pairs.energy, strict=True) if energy.any()}


def _measure(weights: Mapping[str, Tensor], pairs: Pairs, preset: Preset) -> Validation:
    network = build_network(preset.network).eval()
    network.load_state_dict(weights)
    return validate(network, pairs, preset)


if __name__ == "__main__":
    raise SystemExit(main())
