"""The pieces of Python and YAML that the documentation shows do what the page says, and so do its quick commands."""

from __future__ import annotations

import inspect
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from dosenet import FineDose
from dosenet.ship import read_details
from esapi_bridge.goals import read_goals
from esapi_bridge.mock import esapi as mock_esapi
from esapi_bridge.models import find_model
from esapi_bridge.models.site import read_site
from esapi_bridge.node.settings import Limits, NodeSettings, read_node_settings
from esapi_bridge.tasks.fluence.structure_names import read_table
from tests.cli.conftest import Run
from tests.docs.pages import DOCS, FOLLOWED, PAGES, Block, blocks_of, name_of
from tests.docs.test_shown_commands import parse

BLOCKS = {
    (name_of(page), number): block
    for page in PAGES
    for number, block in enumerate(
        (block for block in blocks_of(page.read_text(encoding="utf-8")) if block.language in {"python", "yaml"}), 1
    )
}
"""Blocks of Python and YAML, by page and place in it."""

TRIED = {
    ("README.md", 1),
    ("docs/reference/mock-esapi.md", 1),
    ("docs/how-to/own-network.md", 1),
    ("docs/how-to/own-network.md", 2),
    ("docs/how-to/own-network.md", 3),
    ("docs/how-to/fluence.md", 1),
    ("docs/how-to/fluence.md", 2),
    ("docs/how-to/dicom-node.md", 1),
    ("docs/how-to/test-your-script.md", 1),
    ("docs/tutorial-own-network.md", 1),
    ("docs/tutorial-own-network.md", 2),
}
"""Those that a test below runs or reads."""

LANGUAGES = {"", "bat", "powershell", "python", "sh", "text", "yaml"}


def test_every_block_is_tried() -> None:
    assert set(BLOCKS) == TRIED


def test_every_block_says_what_it_is() -> None:
    assert {block.language for page in PAGES for block in blocks_of(page.read_text(encoding="utf-8"))} <= LANGUAGES


def block(page: str, number: int = 1) -> Block:
    return BLOCKS[page, number]


def test_the_lines_of_python_predict_a_dose() -> None:
    dose_gy = np.zeros((3, 8, 8), dtype=np.float32)
    dose_gy[:, 2:6, 2:6] = 2.0
    names: dict[str, Any] = {
        "dose_gy": dose_gy,
        "dose_origin_mm": (-17.5, -17.5, -5.0),
        "ct_hu": np.zeros((10, 30, 30), dtype=np.int16),
        "ct_spacing_mm": (1.5, 1.5, 2.0),
        "ct_origin_mm": (-22.0, -22.0, -9.0),
        "source_mm": (0.0, -1000.0, 0.0),
    }
    exec(block("README.md").text, names)
    fine = names["fine"]
    assert isinstance(fine, FineDose)
    assert fine.spacing_mm == (1.25, 1.25, 1.25)
    assert fine.values.shape == (12, 32, 32)
    assert 1.0 < fine.values[6, 16, 16] < 3.0


def test_the_mock_is_built_as_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments only; the build itself is the subject of tests/mock."""
    signature, built = inspect.signature(mock_esapi.build_mock), []
    monkeypatch.setattr(mock_esapi, "build_mock", lambda *args: built.append(signature.bind(*args).arguments))
    exec(block("docs/reference/mock-esapi.md").text, {"Path": Path})
    assert [list(arguments.values())[1:] for arguments in built] == [[], [["ESAPI_18"]], [["ESAPI_13"]]]


@pytest.mark.parametrize(("number", "task"), [(1, "dose"), (2, "fluence"), (3, "wanted dose")])
def test_the_details_of_a_card_make_one(number: int, task: str, tmp_path: Path) -> None:
    details = yaml.safe_load(block("docs/how-to/own-network.md", number).text)
    card = {**details, "preset": {}, "sha256": "0" * 64}
    (tmp_path / "card.yaml").write_text(yaml.safe_dump(card))
    found = find_model(tmp_path).card
    assert (found.task, found.name) == (task, "my-wanted" if task == "wanted dose" else "my-network")
    assert found.valid_for.machines == ("TrueBeam",)


def test_the_settings_and_the_card_of_the_tutorial_are_read(tmp_path: Path) -> None:
    for number, name in ((1, "site.yaml"), (2, "card.yaml")):
        (tmp_path / name).write_text(block("docs/tutorial-own-network.md", number).text)
    assert read_site(tmp_path / "site.yaml").require_commissioned
    assert set(read_details(tmp_path / "card.yaml")) == {"name", "version", "known_failures"}


def test_a_site_s_structure_names_are_read(tmp_path: Path) -> None:
    (tmp_path / "names.yaml").write_text(block("docs/how-to/fluence.md").text)
    assert read_table(tmp_path / "names.yaml").names["PTV"]


def test_a_site_s_goals_are_read(tmp_path: Path) -> None:
    (tmp_path / "goals.yaml").write_text(block("docs/how-to/fluence.md", 2).text)
    texts = [goal.text for goal in read_goals(tmp_path / "goals.yaml").among(["pelvis"]).of(39.0)]
    assert texts == ["PTV D98% >= 95 %", "Rectum V35Gy <= 15 %", "Femoral heads Dmax <= 25 Gy"]


def test_the_settings_of_a_node_are_read(tmp_path: Path) -> None:
    (tmp_path / "node.yaml").write_text(block("docs/how-to/dicom-node.md").text)
    settings = read_node_settings(tmp_path / "node.yaml")
    assert settings.peer("eclipse").ae_title == "VMSDBD"
    assert (settings.limits, settings.timeout_s) == (Limits(), NodeSettings(peers={}).timeout_s), "the defaults"


QUICK = {("doctor",), ("models", "list"), ("worker", "status"), ("worker", "stop")}
"""Commands that are run as shown. The others calculate for minutes, open a window, or need a site: their lines are
parsed (``test_shown_commands``), they have tests of their own, and ``python -m tests.docs.pictures`` runs the
tutorial."""


def test_quick_commands_run_as_shown(esapi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESAPI_BRIDGE_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    lines = {
        line.partition("#")[0].strip()
        for page in [*FOLLOWED, DOCS / "reference" / "worker.md"]
        for shown in blocks_of(page.read_text(encoding="utf-8"))
        if shown.language == "sh"
        for _, line in shown.lines
    }
    ran = set()
    for line in lines:
        words = shlex.split(line)
        path = tuple(word for word in words[1:3] if not word.startswith("-"))
        if words[:1] == ["esapi-bridge"] and path in QUICK:
            assert esapi(*words[1:]).code == 0, line
            ran.add(path)
    assert len(ran) >= 2


def test_the_workflow_makes_the_plan_that_it_runs_a_script_on() -> None:
    steps = yaml.safe_load(BLOCKS["docs/how-to/test-your-script.md", 1].text)["jobs"]["script"]["steps"]
    words = [step["run"].split() for step in steps if step.get("run", "").startswith("esapi-bridge ")]
    made, run = (parse("the workflow", command[1:]) for command in words)
    assert made.makes == run.reads == ["plan"]
