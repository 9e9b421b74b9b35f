"""Finds the plans of a batch, and which of them have ended before with the same files and options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.batch.job import files_of
from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.place import BatchFolder, digest
from esapi_bridge.batch.steps import Step, Steps
from esapi_bridge.batch.task import Task
from esapi_bridge.dicom import FoundPlan, find_plans, kept_index
from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.progress import Progress


@dataclass(frozen=True)
class Batch:
    """The plans of a batch and how far they are.

    Parameters
    ----------
    place
        The output folder.
    options
        What is done with every plan.
    plans
        All plans, by key.
    identities
        Digest of what each one's result is made of, by key.
    outcomes
        How those ended that have, by key, in the order in which they did.
    before
        How many of them had ended before this batch.
    """

    place: BatchFolder
    options: BatchOptions
    plans: Mapping[str, FoundPlan]
    identities: Mapping[str, str]
    outcomes: dict[str, Outcome]
    before: int

    @property
    def waiting(self) -> list[str]:
        """Keys of the plans that have not ended, those at work among them."""
        return [key for key in self.plans if key not in self.outcomes]

    @property
    def counts(self) -> Counter[End]:
        """How many plans ended how."""
        return Counter(End.WAITING if key not in self.outcomes else self.outcomes[key].end for key in self.plans)

    def at_work(self) -> dict[str, Step]:
        """Where the plans at work are, by key."""
        return Steps(self.place.steps).read()

    def end(self, key: str, outcome: Outcome) -> Outcome:
        """Put a result in its place, or write down why there is none; return how the plan has ended then."""
        identity = self.identities[key]
        try:
            if outcome.end is End.DONE:
                self.place.publish(key, identity)
            else:
                self.place.remember(key, identity, outcome)
        except BridgeError as error:
            outcome = Outcome(End.FAILED, str(error), seconds=outcome.seconds)
        except OSError as error:
            reason = f"could not be put in its place: {os_reason(error)}; see to the disk, then run the batch again"
            outcome = Outcome(End.FAILED, reason, seconds=outcome.seconds)
        Steps(self.place.steps).ended(key)
        self.outcomes[key] = outcome
        return outcome


def find_batch(
    root: Path, place: BatchFolder, options: BatchOptions, *, again: bool = False, progress: Progress | None = None
) -> Batch:
    """Find the plans of a folder, and which of them have ended before with the same inputs and options.

    Parameters
    ----------
    root
        Folder with the exported plans; only read.
    place
        The output folder.
    options
        What to do with every plan.
    again
        Whether plans that were refused are tried again; those that failed always are.
    progress
        Called while files are looked at.

    Raises
    ------
    BridgeError
        If there is no plan, no such network, or the output lies among the plans.
    """
    _require_apart(root, place.out)
    options_sha256 = options.sha256()
    found = find_plans(root, kept_index(root), progress, structures=options.task is Task.FLUENCE)
    if not found.plans:
        raise BridgeError("the folder must hold plans (RT Plan files or case folders), found none")
    plans = {plan.key: plan for plan in found.plans}
    identities = {key: digest(options_sha256, *_state_of_files(root, plan)) for key, plan in plans.items()}
    place.forget(set(identities.values()))
    outcomes = {}
    for key, plan in plans.items():
        if plan.missing:
            outcomes[key] = Outcome(End.REFUSED, "; ".join(plan.missing))
            continue
        before = place.outcome(key, identities[key])
        if before is not None and (before.end is End.DONE or (before.end is End.REFUSED and not again)):
            outcomes[key] = before
    return Batch(place, options, plans, identities, outcomes, len(outcomes))


def _state_of_files(root: Path, plan: FoundPlan) -> list[str]:
    """Name, size and time of every file of a plan: what tells a changed one, as the index does."""
    said = []
    for file in sorted(files_of(plan.source)):
        name = file.relative_to(root).as_posix()
        try:
            found = file.stat()
            said.append(f"{name} {found.st_size} {found.st_mtime_ns}")
        except OSError:
            said.append(f"{name} cannot be read")
    return said


def _require_apart(root: Path, out: Path) -> None:
    one, other = root.resolve(), out.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise BridgeError("plans and output must lie in folders apart, found one inside the other; choose another name")
