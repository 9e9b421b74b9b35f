"""What every refusal of a script leaves: a reason, and nothing changed."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.conftest import Eclipse
from tests.scripts.plans import LAST_NAME, PATIENT, plan_files

REFUSED = 3


def check_refused(site: Eclipse, script: str, database: Path, plan: str, reason: str) -> None:
    """Run a script that must refuse a plan for a reason, name no patient, and change and save nothing."""
    before = plan_files(database)
    answer = site.run(script, database, plan, patient=PATIENT, save=True)
    assert answer["exit_code"] == REFUSED, answer["message"]
    assert reason in answer["message"]
    assert (answer["changed"], answer["saved"]) == (False, False)
    assert LAST_NAME not in answer["message"]
    assert plan_files(database) == before
