"""A node that is killed loses nothing that it acknowledged; the whole campaign is tests.benchmarks.node_campaign."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("storescu") is None, reason="DCMTK is not installed")
def test_killed_while_it_receives(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="the campaign kills groups of processes, as Windows cannot")
    from tests.benchmarks import node_campaign

    found = node_campaign.run(tmp_path, files=30, kills=1, seed=3, with_full_disk=False)
    assert (found.acknowledged, found.on_disk, found.sent_again) == (30, 30, 30)
    assert (found.kills, found.lost, found.half_written, found.written_twice) == (1, 0, 0, 0)
    assert (found.other_content_accepted, found.accepted_from_strangers) == (0, 0)
