"""``esapi-bridge study dose``: what it hands on, prints and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.study import page, run
from tests.cli.conftest import Run
from tests.dosenet.toy import make_store
from tests.study.outcomes import outcome

SITES = {"a": "toy", "b": "toy"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return make_store(tmp_path / "toy.zarr", {"a": "train", "b": "test"}, fields=1)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, object]]:
    """Runs that were done before, and no page."""
    asked: list[dict[str, object]] = []

    def carry_out(study: object, data: Path, folder: Path, **options: object) -> list[object]:
        asked.append({"study": study, **options})
        return [outcome(one) for one in study.runs(SITES)]  # type: ignore[attr-defined]

    monkeypatch.setattr(run, "carry_out", carry_out)
    monkeypatch.setattr(page, "write_page", lambda *_: tmp_path / "page.html")
    return asked


def test_options_are_handed_on_and_networks_are_printed(
    esapi: Run, store: Path, tmp_path: Path, measured: list[dict[str, object]]
) -> None:
    words = (
        *("study", "dose", store, "-o", tmp_path / "out", "--folds", 2, "--network", "srcnn", "--network", "ddn-lite"),
        *("--steps", 10, "--minutes", 1.5, "--patients", "4,2", "--planes", 5, "--max-fields", 3, "--crop", 64),
        *("--batch", 3, "--bf16", "--seed", 9, "--threads", 1, "--device", "auto"),
    )
    found = esapi(*words)
    assert found.code == 0, found.err
    assert "linear up-sampling" in found.out
    assert found.out.rstrip().endswith("8 runs, 2 patients; page: " + str(tmp_path / "page.html"))
    study = measured[0]["study"].model_dump()  # type: ignore[attr-defined]
    kept = {key: study[key] for key in ("parts", "counts", "planes", "judged_fields", "seed", "bf16")}
    assert kept == {"parts": 2, "counts": (2, 4), "planes": 5, "judged_fields": 3, "seed": 9, "bf16": True}
    assert [limit["steps"] or limit["minutes"] for limit in study["limits"]] == [1.5, 10]
    assert list(study["presets"]) == ["srcnn", "ddn-lite"]
    assert {p["training"]["crop_px"] for p in study["presets"].values()} == {64}
    assert measured[0]["device"] == "auto"
    answer = esapi(*words, "--json").answer
    assert [one["network"] for one in answer["networks"]] == ["srcnn", "ddn-lite"] * 2


@pytest.mark.parametrize(
    "options",
    [
        ("--steps", 1),
        ("--leave-one-out",),
        ("--leave-one-out", "--folds", 2, "--steps", 1),
        ("--leave-one-out", "--steps", 1, "--patients", "two"),
        ("--leave-one-out", "--steps", 1, "--patients", "0,2"),
        ("--leave-one-out", "--steps", 1, "--workers", 2, "--cluster", "tcp://127.0.0.1:1"),
    ],
)
def test_wrong_usage(esapi: Run, store: Path, tmp_path: Path, options: tuple[object, ...]) -> None:
    assert esapi("study", "dose", store, "-o", tmp_path / "out", *options).code == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("measured")
def test_another_study_in_the_folder_is_refused(esapi: Run, store: Path, tmp_path: Path) -> None:
    words = ("study", "dose", store, "-o", tmp_path / "out", "--leave-one-out", "--network", "srcnn")
    assert esapi(*words, "--steps", 1).code == 0
    found = esapi(*words, "--steps", 2)
    assert found.code == 3
    assert "limits" in found.err
    assert esapi(*words, "--network", "nothing", "--steps", 1).code == 1
