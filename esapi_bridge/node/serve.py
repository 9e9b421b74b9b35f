"""Listens, sees when a plan is complete, has it calculated and sends the result back.

A folder holds all of it: ``inbox/`` what was received, ``results/<plan>/`` what the task made, ``plans/<plan>.json``
what became of each. Whatever the instant at which the node is killed, the next one goes on from what is there.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from esapi_bridge.batch.job import Job
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.dicom import ExportFiles, FoundPlan, find_plans
from esapi_bridge.errors import BridgeError, listed, os_reason
from esapi_bridge.folders.durable import PRIVATE_FOLDER
from esapi_bridge.folders.lock import FileLock
from esapi_bridge.folders.unfinished import sweep
from esapi_bridge.folders.whole import output_folder
from esapi_bridge.node.calculation import Calculation, result_file
from esapi_bridge.node.choices import NodeTask
from esapi_bridge.node.inbox import DAY_S, Inbox
from esapi_bridge.node.listener import LOOPBACK, Listener
from esapi_bridge.node.record import PlanRecord, Sending, read_record
from esapi_bridge.node.sender import send_files
from esapi_bridge.node.settings import NodeSettings

LOCK_FILE, INDEX_FILE = ".node.lock", ".index.json"
INBOX, RESULTS, PLANS = "inbox", "results", "plans"

SETTLE_S = 5.0
"""A complete plan is begun when nothing more came of it for so long: beam doses may follow that of the plan."""

QUIET_S = 300.0
"""A plan that lacks something is begun all the same, and most often refused with what is missing, after this time."""

KEEP_DAYS = 30.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
"""Between two tries to send a result; each pause is twice the last."""

LONGEST_WAIT_S = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Duty:
    """What a node does with the plans it receives.

    Parameters
    ----------
    task, model
        What is calculated, and with which network; None for the task's own.
    send_to
        Peer that gets the result; None for nobody.
    settle_s, quiet_s
        See `SETTLE_S` and `QUIET_S`.
    keep_days
        Received objects are removed after this time, days.
    """

    task: NodeTask = NodeTask.DOSE
    model: str | None = None
    send_to: str | None = None
    settle_s: float = SETTLE_S
    quiet_s: float = QUIET_S
    keep_days: float = KEEP_DAYS


def serve(
    folder: Path, settings: NodeSettings, duty: Duty, *, bind: str = LOOPBACK, idle_timeout_s: float | None = None
) -> None:
    """Run a node until it is ended, or has had nothing to do for long.

    Parameters
    ----------
    folder
        Where everything lies; made if need be.
    settings
        Who it is and who may send.
    duty
        What it does with plans.
    bind
        Address to listen on.
    idle_timeout_s
        Ends after so long without an object, a plan or a result to send; None for never.

    Raises
    ------
    BridgeError
        If the folder has a node already or cannot be used, or the port cannot be had.
    """
    if duty.send_to is not None:
        settings.peer(duty.send_to)
    with _alone_in(folder):
        sweep(folder, folder / RESULTS)
        records = _read_records(folder / PLANS)
        if others := {record.task for record in records.values()} - {duty.task}:
            raise BridgeError(
                f"the folder must be of one task, found plans of {listed(sorted(others))}: choose another folder"
            )
        inbox = Inbox(folder / INBOX, settings.limits)
        with Calculation(duty.task, duty.model) as calculation, Listener(settings, inbox.receive, bind) as listener:
            log.info("listening at %s port %d as %s", bind, settings.port, settings.ae_title)
            _Work(folder, settings, duty, inbox, listener, calculation, records).go_on(idle_timeout_s)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / LOCK_FILE)
    try:
        for part in (folder, folder / RESULTS, folder / PLANS):
            part.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        acquired = lock.acquire()
    except OSError as error:
        raise BridgeError(
            f"the node's folder cannot be used: {os_reason(error)}; make it writable or choose another"
        ) from error
    if not acquired:
        raise BridgeError("the folder must have one node, found one that runs")
    try:
        yield
    finally:
        lock.release()


@dataclass
class _Work:
    """Plans in their turn."""

    folder: Path
    settings: NodeSettings
    duty: Duty
    inbox: Inbox
    listener: Listener
    calculation: Calculation
    records: dict[str, PlanRecord]
    """By key of the plan."""
    plans: tuple[FoundPlan, ...] = ()
    """Plans of the inbox as it was when `stored` objects had been kept."""
    stored: int = -1
    next_tidying_s: float = 0.0
    failed: set[str] = field(default_factory=set)
    """Plans that failed in this process for no fault of theirs: the next one tries again."""
    pauses: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Of results that were not taken: when to try again, and how long the pause was, s."""

    def go_on(self, idle_timeout_s: float | None) -> None:
        """Do what there is to do, wait for more."""
        last_use_s, receipts = time.monotonic(), self.inbox.receipts
        next_look_s = 0.0
        while idle_timeout_s is None or time.monotonic() - last_use_s < idle_timeout_s:
            if time.monotonic() >= next_look_s:
                try:
                    self._look()
                except (BridgeError, OSError) as error:
                    reason = os_reason(error) if isinstance(error, OSError) else str(error)
                    log.error("the inbox could not be looked at: %s", reason)  # noqa: TRY400  a trace may name patients
                next_look_s = time.monotonic() + self.duty.settle_s
            if (plan := self._ready()) is not None:
                self._calculate(plan)
            elif (waiting := self._to_send()) is not None:
                self._send(*waiting)
            else:
                with self.inbox.changed:
                    if self.inbox.receipts == receipts:
                        self.inbox.changed.wait(LONGEST_WAIT_S)
                if self.inbox.receipts == receipts and not self._is_waiting():
                    continue
            last_use_s, receipts = time.monotonic(), self.inbox.receipts

    def _look(self) -> None:
        """Remove what is old, once a day, and see which plans there are, if something changed since."""
        if time.monotonic() >= self.next_tidying_s:
            self.next_tidying_s = time.monotonic() + DAY_S
            if self.inbox.remove_old(self.duty.keep_days):
                self.stored = -1
        stored = self.inbox.stored
        if stored != self.stored:
            self.plans = find_plans(self.inbox.folder, self.folder / INDEX_FILE, structures=True).plans
            self.stored = stored

    def _is_open(self, plan: FoundPlan) -> bool:
        """Whether a plan is still to be calculated."""
        if plan.key in self.failed:
            return False
        record = self.records.get(plan.key)
        if record is None or record.end is End.FAILED:
            return True
        return record.end is End.REFUSED and len(_files_of(plan)) > record.objects

    def _ready(self) -> FoundPlan | None:
        """A plan that is complete, or will not become so."""
        for plan in self.plans:
            if self._is_open(plan):
                quiet_s = self.inbox.quiet_s(_files_of(plan))
                more_may_come = plan.missing or self.listener.is_called
                if quiet_s >= (self.duty.quiet_s if more_may_come else self.duty.settle_s):
                    return plan
        return None

    def _is_waiting(self) -> bool:
        """Whether more may come, or a plan or a result waits for its time."""
        is_new = self.inbox.stored != self.stored or self.listener.is_called
        return is_new or any(map(self._is_open, self.plans)) or any(map(_is_unsent, self.records.values()))

    def _result(self, key: str) -> Path:
        return self.folder / RESULTS / key

    def _keep(self, record: PlanRecord) -> None:
        """Record what became of a plan; where the disk refuses, this process knows it and the next does it again."""
        self.records[record.key] = record
        try:
            record.write(self.folder / PLANS / f"{record.key}.json")
        except OSError as error:
            log.error("plan %s: the record could not be written: %s", record.key, os_reason(error))  # noqa: TRY400

    def _calculate(self, plan: FoundPlan) -> None:
        outcome = Outcome(End.DONE)
        if not self._result(plan.key).exists():  # it does if a node was killed before it could record it
            outcome = self._collect(plan) if self.duty.task is NodeTask.NONE else self._run(plan)
        if outcome.end is End.FAILED:
            self.failed.add(plan.key)
        peer = self.duty.send_to if outcome.end is End.DONE else None
        self._keep(
            PlanRecord(
                key=plan.key,
                plan=plan.uid,
                task=self.duty.task,
                end=outcome.end,
                message=outcome.reason,
                objects=len(_files_of(plan)),
                sending=Sending(peer=peer) if peer else None,
            )
        )
        log.info("plan %s: %s%s", plan.key, outcome.end.value, f": {outcome.reason}" if outcome.reason else "")

    def _run(self, plan: FoundPlan) -> Outcome:
        """Do the task; what is missing is for the reader to refuse, or to do without."""
        return self.calculation.run(Job(plan.key, plan.source, plan.uid, self._result(plan.key)))

    def _collect(self, plan: FoundPlan) -> Outcome:
        """Make an export folder of the plan's objects."""
        if plan.missing:
            return Outcome(End.REFUSED, f"the plan must be complete and readable: {'; '.join(plan.missing)}")
        try:
            with output_folder(self._result(plan.key)) as folder:
                _gather(_files_of(plan), folder)
        except BridgeError as error:
            return Outcome(End.FAILED, str(error))
        return Outcome(End.DONE)

    def _to_send(self) -> tuple[PlanRecord, Sending] | None:
        """A result that is to be sent now."""
        now_s = time.monotonic()
        for record in self.records.values():
            if record.sending and _is_unsent(record) and now_s >= self.pauses.get(record.key, (0.0, 0.0))[0]:
                return record, record.sending
        return None

    def _send(self, record: PlanRecord, sending: Sending) -> None:
        """Try to send a result once; that the peer has it is recorded before anything else happens."""
        result = self._result(record.key)
        message = ""
        try:
            send_files(self.settings, sending.peer, [result / result_file(NodeTask(record.task))])
        except BridgeError as error:
            message = str(error)
            last_s = self.pauses.get(record.key, (0.0, FIRST_PAUSE_S / 2))[1]
            pause = min(2 * last_s, LONGEST_PAUSE_S)
            self.pauses[record.key] = (time.monotonic() + pause, pause)
        sent = sending.model_copy(update={"is_sent": not message, "tries": sending.tries + 1, "message": message})
        self._keep(record.model_copy(update={"sending": sent}))
        log.info("result of plan %s: %s", record.key, message or f"sent to {sending.peer}")


def _is_unsent(record: PlanRecord) -> bool:
    return record.sending is not None and not record.sending.is_sent


def _read_records(folder: Path) -> dict[str, PlanRecord]:
    found = [read_record(path) for path in sorted(folder.glob("*.json"))]
    return {record.key: record for record in found}


def _files_of(plan: FoundPlan) -> tuple[Path, ...]:
    return plan.source.files if isinstance(plan.source, ExportFiles) else ()


def _gather(files: tuple[Path, ...], folder: Path) -> None:
    """Put files into a folder without copying them, where the disk can."""
    for file in files:
        try:
            os.link(file, folder / file.name)
        except OSError:
            shutil.copy(file, folder)
