"""The network that is evaluated: fluences of a case, from its own dose, a predicted or a shifted one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from esapi_bridge.errors import BridgeError
from esapi_bridge.evaluation.fluence.patient import Predictor
from fluencenet.scene import FluenceCase, FluenceImage


@dataclass(frozen=True)
class NetworkChoice:
    """Which network, and what it is asked for.

    Parameters
    ----------
    model
        Name or folder of the fluence network.
    dose_model
        Network that predicts the wanted dose from contours; None for the plans' own doses.
    spare
        By label, how many times smaller its dose is wished, see `fluencenet.achievable`.
    """

    model: str
    dose_model: str | None = None
    spare: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """A network ready to predict, with its name, version and the SHA-256 of its weights and of what it is asked for."""

    name: str
    sha256: str
    predict: Predictor


def load_network(choice: NetworkChoice) -> Network:
    """Load a network of `fluencenet`, with the one in front of it that predicts its wanted dose, where that is named.

    Raises
    ------
    BridgeError
        If there is none of that name, or its files are not what its card says.
    """
    from fluencenet.achievable import achievable, spared
    from fluencenet.prediction import predict
    from fluencenet.wanted import card as wanted
    from fluencenet.wanted.plan_input import Contours
    from fluencenet.wanted.prediction import predict_dose
    from fluencenet.weights import load_model

    try:
        loaded = load_model(choice.model)
        planner = None if choice.dose_model is None else wanted.load_model(choice.dose_model)
    except ValueError as error:
        raise BridgeError(str(error)) from error

    def predicted(case: FluenceCase) -> Sequence[FluenceImage]:
        scene, axes, energy = case.scene, [beam.axes for beam in case.beams], str(case.attributes.get("energy", ""))
        if planner is not None:
            scene = predict_dose(planner, Contours.of(scene), axes, scene.prescription_gy, energy=energy)
            scene = achievable(scene, axes, planner.table(energy), choice.spare)
        elif choice.spare:
            table = loaded.table(energy)
            if table is None:
                raise BridgeError("a network with a simple dose is needed to spare organs, found one without")
            scene = spared(scene, axes, table, choice.spare)
        return predict(loaded, scene, axes, energy=energy)

    name, digest = f"{loaded.card.name} {loaded.card.version}", loaded.card.sha256
    if planner is not None:
        name += f", from contours by {planner.card.name} {planner.card.version}"
        digest = hashlib.sha256((digest + planner.card.sha256).encode()).hexdigest()
    if choice.spare:
        wishes = ", ".join(f"{label} {factor:g}" for label, factor in sorted(choice.spare.items()))
        name += f", sparing {wishes}"
        digest = hashlib.sha256(f"{digest} {wishes}".encode()).hexdigest()
    return Network(name, digest, predicted)
