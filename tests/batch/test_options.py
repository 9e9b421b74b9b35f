"""What decides the results of a batch, by its digest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.task import Task
from tests.tasks import fluence_case


def test_the_digest_tells_tables_by_what_they_hold_and_every_wish(tmp_path: Path) -> None:
    goals, moved = tmp_path / "goals.yaml", tmp_path / "moved.yaml"
    goals.write_text("a: 1")
    moved.write_text("a: 1")
    options = BatchOptions(Task.FLUENCE, str(fluence_case.make_model(tmp_path / "tiny")), goals=goals)
    usual = options.sha256()
    assert options.sha256() == usual == replace(options, goals=moved).sha256()
    for other in ({"goals": None}, {"spare": {"rectum": 1.5}}, {"from_contours": True}, {"dmlc": True}):
        assert replace(options, **other).sha256() != usual
    goals.write_text("a: 2")
    assert options.sha256() != usual
