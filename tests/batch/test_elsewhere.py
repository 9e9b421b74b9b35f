"""Plans done where neither they nor the results are seen: bytes go, bytes come back, and nothing else changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from esapi_bridge.batch.elsewhere import outcomes_elsewhere
from esapi_bridge.batch.job import Job
from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.steps import Steps
from esapi_bridge.batch.task import Task
from esapi_bridge.batch.work import PlanWorker
from esapi_bridge.dicom import ExportFiles
from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.whole import output_folder


class Blind:
    """An executor that sees nothing of this machine; its processes, which take seconds to start, are none."""

    def completed(
        self,
        function: Callable[[Any], Any],
        queue: deque[Any],
        *,
        pack: Callable[[Any], object] | None = None,
        network: object = None,
        lost: Callable[[Any], Any] | None = None,
    ) -> Generator[tuple[Any, Any], None, None]:
        assert pack is not None
        assert lost is not None
        while queue:
            job = queue.popleft()
            yield job, lost(job) if job.key == "dies" else function(pack(job))

    def sees(self, file: Path) -> bool:
        return False

    def require_shared(self, *paths: Path) -> None:
        raise RefusedError(f"not shared: {[path.name for path in paths]}")


class Seeing(Blind):
    """One that sees the same files."""

    def sees(self, file: Path) -> bool:
        return file.name == "a"


@dataclass(frozen=True)
class Copier(PlanWorker):
    """Its result is its plan, and where that lay."""

    def __call__(self, job: Job) -> Outcome:
        if job.key == "refused":
            return Outcome(End.REFUSED, "refused by 1 check")
        files = sorted(job.source.iterdir()) if isinstance(job.source, Path) else job.source.files
        with output_folder(job.out) as folder:
            (folder / "beams").mkdir()
            for number, file in enumerate(files):
                (folder / "beams" / str(number)).write_bytes(file.read_bytes())
            (folder / "place").write_text(str(files[0].parent))
        return Outcome(End.DONE, seconds=1.0)


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    """An export, a case, one that is refused, one that ends its process, one whose file is gone and one in the way."""
    made = []
    for key in ("export", "case", "refused", "dies", "gone", "taken"):
        folder = tmp_path / "plans" / key
        folder.mkdir(parents=True)
        for name in ("b", "a"):
            (folder / name).write_text(f"{key} {name}")
        files = ExportFiles((folder / "b", folder / "a"))
        made.append(Job(key, folder if key == "case" else files, "1.2.3", tmp_path / "out" / key))
    (tmp_path / "plans" / "gone" / "b").unlink()
    (tmp_path / "out" / "taken").mkdir(parents=True)
    (tmp_path / "out" / "taken" / "other").touch()
    return made


def worker(tmp_path: Path, structures: Path | None = None) -> Copier:
    return Copier(BatchOptions(Task.DOSE, "ddn-lite", structures=structures), Steps(tmp_path / "steps"))


def lost(job: Job) -> Outcome:
    return Outcome(End.FAILED, f"lost {job.key}")


def test_results_come_back_and_only_what_fails_fails(
    jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = {job.key: outcome for job, outcome in outcomes_elsewhere(Blind(), worker(tmp_path), jobs, lost)}
    ends = {key: outcome.end for key, outcome in found.items()}
    failed = dict.fromkeys(["dies", "gone", "taken"], End.FAILED)
    assert ends == {"export": End.DONE, "case": End.DONE, "refused": End.REFUSED, **failed}
    assert found["export"].seconds == 1.0
    assert found["dies"].reason == "lost dies"
    assert "No such file" in found["gone"].reason
    assert "found one in use" in found["taken"].reason
    for key, order in (("export", "ba"), ("case", "ab")):
        beams = tmp_path / "out" / key / "beams"
        assert [(beams / str(n)).read_text() for n in range(2)] == [f"{key} {name}" for name in order]
        place = Path((tmp_path / "out" / key / "place").read_text())
        assert not place.is_relative_to(tmp_path / "plans"), "it was done elsewhere"
        assert not place.exists(), "and nothing stays there"
    assert (tmp_path / "out" / "taken" / "other").exists()
    assert not [path for path in (tmp_path / "out").iterdir() if path.name not in found], "nothing half-written"


def test_files_that_are_seen_are_not_sent(jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    relative = Job("export", ExportFiles((Path("plans/export/a"),)), "1.2.3", Path("out/export"))
    ((_, outcome),) = outcomes_elsewhere(Seeing(), worker(tmp_path), [relative], lost)
    assert outcome.end is End.DONE
    assert (tmp_path / "out" / "export" / "place").read_text() == str(tmp_path / "plans" / "export")


def test_a_table_of_names_that_is_not_seen_is_refused(jobs: list[Job], tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"not shared: \['names.yaml'\]"):
        list(outcomes_elsewhere(Blind(), worker(tmp_path, tmp_path / "names.yaml"), jobs, lost))
