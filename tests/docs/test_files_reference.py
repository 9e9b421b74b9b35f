"""The tables of ``docs/reference/files.md`` hold every key there is, and no other."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from dosenet.weights import Card as DoseCard
from esapi_bridge.tasks.dose.record import DoseRecord
from esapi_bridge.tasks.fluence.record import FluenceRecord
from esapi_bridge.tasks.run_record import RunRecord
from fluencenet.weights import Card as FluenceCard
from tests.docs.pages import DOCS, ROOT

RECORDS: dict[str, type[RunRecord]] = {"dose": DoseRecord, "fluence": FluenceRecord}
RUN = {name: {f.alias or key for key, f in kind.model_fields.items()} for name, kind in RECORDS.items()}
CARD = {name: {f.name for f in fields(kind)} for name, kind in {"dose": DoseCard, "fluence": FluenceCard}.items()}


def keys_of(section: str, task: str) -> set[str]:
    """Keys that a section's table states of a task, ``both`` among them."""
    text = (DOCS / "reference" / "files.md").read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    return {key for names, of in rows if of.strip(" `") in {task, "both"} for key in re.findall(r"`(\w+)`", names)}


@pytest.mark.parametrize("task", ["dose", "fluence"])
def test_the_record_of_a_run(task: str) -> None:
    assert keys_of("Record of a run", task) == RUN[task]


@pytest.mark.parametrize("task", ["dose", "fluence"])
def test_the_card_of_a_network(task: str) -> None:
    assert keys_of("Network", task) == CARD[task]


def test_every_environment_variable() -> None:
    text = (DOCS / "reference" / "files.md").read_text(encoding="utf-8")
    sources = [
        p for room in ("esapi_bridge", "esapi_scripts") for kind in ("*.py", "*.cs") for p in (ROOT / room).rglob(kind)
    ]
    used = {name for path in sources for name in re.findall(r"ESAPI_BRIDGE_[A-Z_]+", path.read_text(encoding="utf-8"))}
    assert used == set(re.findall(r"ESAPI_BRIDGE_[A-Z_]+", text))
