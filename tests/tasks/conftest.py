"""A small exported plan and a small network, made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dosenet.network import build_network
from dosenet.preset import NetworkConfig, Preset
from dosenet.weights import Card, save_model
from esapi_bridge.case import Case
from esapi_bridge.dicom import write_export, write_rtdose
from tests.cases import total
from tests.report.synthetic import SLIM, make_case

PATIENT_ID, PATIENT_NAME = "SECRET4711", "Doe^Canary"


def make_model(folder: Path, **changes: object) -> Path:
    """Save a tiny network that changes the up-sampled dose a little, with a card that fits the synthetic plan."""
    torch.manual_seed(3)
    config = NetworkConfig(kind="ddn-lite", channels=8, blocks=1, head_kernel=3)
    network = build_network(config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    card = Card(
        name="tiny",
        version="0",
        preset=Preset("tiny", config).to_dict(),
        sha256="0" * 64,
        energies=("10X-FFF",),
        machines=("TrueBeam",),
        input_algorithms=("pencil beam",),
        target_algorithm="collapsed cone, dose to medium",
        sites=("thorax",),
        validity={"techniques": ["STATIC"], "patient_positions": ["HFS"]},
    )
    save_model(network, replace(card, **changes), folder)  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def case() -> Case:
    return make_case(2, across_factor=SLIM)[0]


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with a reference beside it, as the planning system of this project makes it."""
    folder = tmp_path_factory.mktemp("export") / "plan"
    case, _, reference = make_case(2, across_factor=SLIM)
    files = write_export(case, folder, patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    (folder / "reference").mkdir()
    for name, dose in (("plan", total(reference)), ("1", reference[1]), ("2", reference[2])):
        write_rtdose(dose, Path(str(files["plan"])), folder / "reference" / f"RD.{name}.dcm", description="reference")
    return folder
