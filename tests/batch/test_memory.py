"""How many plans fit into memory, and what is free."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from esapi_bridge.batch.memory import SHARE, free_memory_bytes, how_many_fit
from esapi_bridge.batch.memory import _free_of_group as free_of_group


def test_whichever_plans_are_at_work_they_fit() -> None:
    needs = [1.0, 5.0, 2.0, 4.0]
    assert [how_many_fit(needs, free / SHARE) for free in (0.5, 5, 8.9, 9, 11, 12)] == [1, 1, 1, 2, 3, 4]


def test_one_at_a_time_where_nobody_knows() -> None:
    assert how_many_fit([1.0, 1.0], None) == 1
    assert how_many_fit([], 10.0) == 1


@pytest.mark.skipif(sys.platform not in {"linux", "win32"}, reason="no other system is asked")
def test_something_is_free_here() -> None:
    free = free_memory_bytes()
    assert free is not None
    assert 2**26 < free < 2**50


def test_the_narrowest_limit_of_a_group_and_those_above_counts(tmp_path: Path) -> None:
    inner = tmp_path / "slurm" / "job"
    inner.mkdir(parents=True)
    for folder, limit, used, cached in ((tmp_path / "slurm", "1000", "300", "100"), (inner, "max", "200", "50")):
        (folder / "memory.max").write_text(limit)
        (folder / "memory.current").write_text(used)
        (folder / "memory.stat").write_text(f"anon 1\ninactive_file {cached}\n")
    names = ("memory.max", "memory.current", "inactive_file")
    assert free_of_group(tmp_path, "/slurm/job", names) == [1000 - 300 + 100]
    assert free_of_group(tmp_path, "/elsewhere", names) == []
