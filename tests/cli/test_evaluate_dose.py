"""``esapi-bridge evaluate dose``."""

from __future__ import annotations

from pathlib import Path

import pytest
import zarr

from dosenet.network import build_network
from dosenet.weights import save_model
from tests.cli.conftest import Run
from tests.dosenet.toy import CARD, PRESET, make_store


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate")
    make_store(folder / "toy.zarr", {"a": "test"}, fields=1)
    save_model(build_network(PRESET.network), CARD, folder / "model")
    return folder


@pytest.fixture
def evaluated(esapi: Run, toy: Path) -> Run:
    """Evaluate the toy network on little, with these options."""
    words = ("evaluate", "dose", toy / "toy.zarr", "--model", toy / "model", "--planes", 1, "--no-3d")
    return lambda *options: esapi(*words, *options)


def test_an_untrained_network_gains_nothing(evaluated: Run) -> None:
    figures = evaluated("--json").answer
    assert (figures["split"], len(figures["fields"])) == ("test", 1)
    assert figures["all"]["mse_ratio"] == pytest.approx(1.0, rel=1e-4)


def test_the_table_has_a_line_for_every_patient_and_one_for_all(evaluated: Run) -> None:
    found = evaluated()
    assert found.code == 0
    assert [line.split()[0] for line in found.out.splitlines() if "->" in line] == ["a", "all"]


def test_kinds_have_lines_of_their_own_with_the_worst_field(esapi: Run, toy: Path, tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "test"}, fields=2)
    zarr.open_group(str(store), mode="a")["a/f01"].attrs.update({"kind": "arc", "energy": "6X"})
    words = ("evaluate", "dose", store, "--model", toy / "model", "--planes", 1, "--no-3d")
    lines = [line.split() for line in esapi(*words).out.splitlines() if "->" in line]
    assert [line[0] for line in lines[2:4]] == ["arc", "open"]
    assert lines[2][1:6] == ["1", "1.0", "1.0", "a", "f01"]
    (only,) = esapi(*words, "--kind", "arc", "--energy", "6X", "--json").answer["fields"]
    assert (only["field"], only["kind"]) == ("f01", "arc")
    assert esapi(*words, "--kind", "plan").code == 1


def test_an_empty_split_fails_plainly(evaluated: Run) -> None:
    assert evaluated("--split", "train").code == 1


def test_a_split_that_is_none_is_wrong_usage(evaluated: Run) -> None:
    assert evaluated("--split", "practice").code == 2
