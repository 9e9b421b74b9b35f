"""Turn a training run into a model: ``python -m dosenet.ship RUN --card details.yaml --out dosenet/weights/ddn-lite``.

The details are the card's fields that a training run does not know (energies, machines, sites, metrics ...); preset,
steps and hours come from the run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from torch import Tensor

from dosenet.fitting.checkpoint import BEST, load_state
from dosenet.model_folder import AnyCard, CardFile, save_weights
from dosenet.preset import Preset
from dosenet.weights import Card, load_model
from dosenet.widening import starting_weights

FOUND = "best_"
"""How names of what the best validation found begin in a run."""


def ship(
    run: Path,
    details: Mapping[str, Any],
    folder: Path,
    *,
    half: bool = False,
    pairs: Path | None = None,
    mean_with: str | Path | None = None,
) -> Card:
    """Write the best averaged weights of a training run of a dose network, and their card; see `ship_as`.

    Parameters
    ----------
    run, details, folder, half
        See `ship_as`.
    pairs
        The store it was trained on: kinds of fields, energies and the fall of each energy's dose with depth are then on
        the card (`dosenet.pairs_card`).
    mean_with
        Name or folder of the model that the run began with: the mean of its weights and the run's is written, which on
        data unlike the training's is often better than either (Wortsman et al., CVPR 2022, 2109.01903).

    Raises
    ------
    ValueError
        As `ship_as`, or if that model's network is of another shape.
    """
    if pairs is not None:
        from dosenet.pairs_card import details_of_pairs

        details = details_of_pairs(pairs, details)
    trained = Trained.of(run)
    if mean_with is not None:
        trained = trained.mean_with(mean_with)
    return trained.write(Card, details, folder, half=half)


@dataclass(frozen=True)
class Trained:
    """What a training run made.

    Parameters
    ----------
    tensors
        Weights.
    preset
        The run's, as a card holds it.
    training
        What is known of how they were made, for the card.
    """

    tensors: Mapping[str, Tensor]
    preset: dict[str, Any]
    training: dict[str, Any]

    @classmethod
    def of(cls, run: Path) -> Trained:
        """Read the best averaged weights of a run, see `ship_as`."""
        if not (run / BEST).is_file():
            raise ValueError(f"expected {BEST} in the folder of the run, found none; train until the first validation")
        tensors, values = load_state(run / BEST)
        training = {
            "steps": int(values["step"]),
            "hours": round(float(values["elapsed_s"]) / 3600, 2),
            "seed": int(values["seed"]),
        }
        training |= {
            name.replace(FOUND, "validation_"): float(values[name]) for name in values if name.startswith(FOUND)
        }
        return cls(tensors, values["preset"], training)

    def mean_with(self, model: str | Path) -> Trained:
        """Take the mean with the weights of a dose network, of which no validation says anything."""
        found = load_model(model)
        began = starting_weights(found.network, Preset.from_dict(self.preset).network)
        tensors = {name: (own.float() + began[name].float()) / 2 for name, own in self.tensors.items()}
        training = {name: value for name, value in self.training.items() if not name.startswith("validation_")}
        return Trained(tensors, self.preset, {**training, "mean_with": f"{found.card.name} {found.card.version}"})

    def write(self, kind: type[AnyCard], details: Mapping[str, Any], folder: Path, *, half: bool) -> AnyCard:
        """Write weights and card, see `ship_as`."""
        training = {**details.get("training", {}), **self.training}
        card = kind.from_dict({**details, "preset": self.preset, "training": training, "sha256": ""})
        return save_weights(self.tensors, card, folder, half=half)


def ship_as(kind: type[AnyCard], run: Path, details: Mapping[str, Any], folder: Path, *, half: bool = False) -> AnyCard:
    """Write the best averaged weights of a training run and their card.

    Parameters
    ----------
    kind
        Kind of the card.
    run
        Folder of the training run.
    details
        Card fields by name; must hold all that have no default.
    folder
        Weights folder, made if missing.
    half
        Store bfloat16 (half the size; relative error of a weight at most 0.4 %).

    Raises
    ------
    ValueError
        If the run has no best weights, or the details are incomplete.
    """
    return Trained.of(run).write(kind, details, folder, half=half)


def read_details(path: Path) -> dict[str, Any]:
    """Read the card's details from a YAML file.

    Raises
    ------
    ValueError
        If the file holds no names and values.
    """
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise ValueError(  # noqa: TRY004 - the content of a file is wrong, not a type in the code
            f"expected the card's details as names and values, found {type(values).__name__}"
        )
    return values


def run_command(kind: type[CardFile], program: str, arguments: list[str] | None) -> int:
    """Command line of either network; returns the exit code."""
    found = command_line(program).parse_args(arguments)
    ship_as(kind, found.run, read_details(found.card), found.out, half=found.half)
    return 0


def command_line(program: str) -> argparse.ArgumentParser:
    """What the command lines of both networks take."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description="Turn a training run into a model.")
    parser.add_argument("run", type=Path, help="folder of the training run")
    parser.add_argument("--card", type=Path, required=True, help="YAML with the card's details")
    parser.add_argument("--out", type=Path, required=True, help="weights folder")
    parser.add_argument("--half", action="store_true", help="store bfloat16")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = command_line("dosenet.ship")
    parser.add_argument("--pairs", type=Path, help="pair store it was trained on: kinds, energies, their depth doses")
    parser.add_argument(
        "--mean-with", metavar="MODEL", help="mean of its weights, from which the run began, and of the run's"
    )
    found = parser.parse_args(arguments)
    ship(
        found.run,
        read_details(found.card),
        found.out,
        half=found.half,
        pairs=found.pairs,
        mean_with=found.mean_with,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
