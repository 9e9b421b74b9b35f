"""``esapi-bridge evaluate dose``."""

from __future__ import annotations

import re
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


def tables(out: str) -> dict[str, list[list[str]]]:
    """Rows of the printed tables, split at spaces, by title."""
    found: dict[str, list[list[str]]] = {}
    for block in out.strip().split("\n\n"):
        title, *lines = block.splitlines()
        found[re.split(" +(?:fields|gamma|2/2|masked)", title)[0]] = [line.split() for line in lines]
    return found


def test_the_table_has_a_line_for_every_patient_and_one_for_all(evaluated: Run) -> None:
    found = evaluated()
    assert found.code == 0
    printed = tables(found.out)
    assert list(printed) == ["squared error", "planes, %", "volumes, %", "mean errors, %", "where, %"]
    *by_row, by_band = printed.values()
    for rows in by_row:
        assert [row[0] for row in rows] == ["a", "all"]
        assert all("a f00" in " ".join(row) for row in rows), "each row names its worst field"
    assert " ".join(by_band[0]).startswith("dose: 0-10 % 1 ")
    assert max(len(line.rstrip()) for line in found.out.splitlines()) <= 100


def test_kinds_have_lines_of_their_own_with_the_worst_field(esapi: Run, toy: Path, tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "test"}, fields=2)
    zarr.open_group(str(store), mode="a")["a/f01"].attrs.update({"kind": "arc", "energy": "6X"})
    words = ("evaluate", "dose", store, "--model", toy / "model", "--planes", 1, "--no-3d")
    printed = tables(esapi(*words).out)
    lines = printed["squared error"]
    assert [line[0] for line in lines[:3]] == ["a", "arc", "open"]
    assert lines[1][1:6] == ["1", "1.0", "1.0", "a", "f01"]
    errors = printed["mean errors, %"]
    assert (errors[1][0], errors[1][-2:], len(errors)) == ("arc", ["a", "f01"], len(lines))
    (only,) = esapi(*words, "--kind", "arc", "--energy", "6X", "--json").answer["fields"]
    assert (only["field"], only["kind"]) == ("f01", "arc")
    assert esapi(*words, "--kind", "plan").code == 1


def test_an_empty_split_fails_plainly(evaluated: Run) -> None:
    assert evaluated("--split", "train").code == 1


def test_a_split_that_is_none_is_wrong_usage(evaluated: Run) -> None:
    assert evaluated("--split", "practice").code == 2
