"""The job queue and the running job's progress: the only state that the worker's threads share."""

from __future__ import annotations

import bisect
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from esapi_bridge.errors import BridgeError, FailedCheck
from esapi_bridge.worker import job_folder
from esapi_bridge.worker.hosts import Host, Hosts
from esapi_bridge.worker.job_folder import JobFolder
from esapi_bridge.worker.state import JobState, State

LONGEST_WAIT_S = 1.0
"""On Windows an interrupt from the keyboard is not seen during a wait."""


class Stopped(BaseException):
    """Ends the task that is running; not an `Exception`, so that no task takes it for a failure of its own."""


class ClosingError(BridgeError):
    """The worker is about to end; ask the next one."""


@dataclass
class _Running:
    job: JobFolder
    state: JobState = field(default_factory=lambda: JobState(State.RUNNING, "start"))


class Desk:
    """The queue, in the order of job ids, and the job that is running.

    A job ends under the lock of this object, and only if it has not ended: that, and that no other worker can hold the
    lock of the jobs folder, is why a job ends once.

    Parameters
    ----------
    jobs
        The jobs folder.
    is_ours
        Whether the jobs folder is still the one that this worker has locked; if not, the worker ends, for the next
        one may have locked a new folder of that name.
    hosts
        The processes that jobs are done for.
    """

    def __init__(self, jobs: Path, is_ours: Callable[[], bool] = lambda: True, hosts: Hosts | None = None) -> None:
        self._jobs, self._is_ours = jobs, is_ours
        self._hosts = Hosts() if hosts is None else hosts
        self._host_of: dict[str, Host] = {}
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._running: _Running | None = None
        self._failed: dict[str, JobState] = {}
        self._closed = False
        self._last_use = time.monotonic()

    def recover(self) -> int:
        """Remove what was cut short, queue every job that has not ended and return how many those are."""
        with self._changed:
            for job in job_folder.list_jobs(self._jobs):
                with contextlib.suppress(OSError):  # a folder that this user may not open is nobody's job here
                    job.clean()
                    if not job.ended():
                        self._queue(job.id)
            return len(self._waiting)

    def follow(self, job_id: object) -> JobState:
        """Return the state of a job; one that has not ended is queued if it is not yet.

        Raises
        ------
        BridgeError
            If there is no such job.
        ClosingError
            If the worker is about to end.
        """
        with self._changed:
            job = self._find(job_id)
            if ended := job.ended() or self._failed.get(job.id):
                return ended
            if self._running and self._running.job.id == job.id:
                return self._running.state
            self._queue(job.id)
            before = self._waiting.index(job.id) + (self._running is not None)
            return JobState(State.QUEUED, message=f"{before} before this one" if before else "next")

    def cancel(self, job_id: object) -> JobState:
        """End a job as cancelled, at once; if it is running, its task stops when it next reports progress.

        Raises what `follow` does.
        """
        with self._changed:
            job = self._find(job_id)
            self._cancel(job)
            return job.ended() or JobState(State.CANCELLED)

    def take(self, idle_timeout_s: float) -> JobFolder | None:
        """Wait for the next job; None once the worker is closed, which a long idle time does."""
        with self._changed:
            self._last_use = time.monotonic()
            while not self._waiting and not self._closed:
                left = self._last_use + idle_timeout_s - time.monotonic()
                if left <= 0 or not self._is_ours():
                    self._closed = True
                else:
                    self._changed.wait(min(left, LONGEST_WAIT_S))
            if self._closed or not self._is_ours():
                self._closed = True
                return None
            self._running = _Running(JobFolder(self._jobs / self._waiting.pop(0)))
            return self._running.job

    def note_host(self, job_id: object, pid: object) -> None:
        """Know for which process a job is done; what is no process is nobody."""
        if not isinstance(pid, int) or pid <= 0 or not isinstance(job_id, str):
            return
        with self._changed, contextlib.suppress(OSError, NotImplementedError, OverflowError):
            self._host_of[job_id] = self._hosts.note(pid)

    def leave_ended_hosts(self) -> bool:
        """Cancel the jobs of hosts that have ended; return whether the worker has lost its last and is closed."""
        with self._changed:
            ended = self._hosts.take_ended()
            for job_id in [job_id for job_id, host in self._host_of.items() if host in ended]:
                del self._host_of[job_id]
                with contextlib.suppress(BridgeError, OSError):  # it is gone, or its disk is: nothing to end
                    self._cancel(job_folder.find_job(self._jobs, job_id))
            for host in ended:
                host.close()
            if self._hosts.are_gone:
                self._closed = True
                self._changed.notify_all()
            return self._hosts.are_gone

    def tell(self, step: str, done: int, total: int, message: str | None = None) -> None:
        """Record the progress of the running job.

        Raises
        ------
        Stopped
            If it was cancelled or the worker is closing.
        """
        with self._changed:
            assert self._running is not None
            if self._closed or not self._is_ours() or self._running.job.ended():
                raise Stopped
            message = self._running.state.message if message is None else message
            self._running.state = JobState(State.RUNNING, step, done, total, message)

    def publish(self, partial: Path) -> bool:
        """End the running job as done, unless it was cancelled; return whether."""
        with self._changed:
            return self._end(lambda job: job.publish(partial))

    def fail(self, message: str, exit_code: int, checks: Sequence[FailedCheck] = ()) -> bool:
        """End the running job as failed, unless it was cancelled; return whether.

        Raises
        ------
        OSError
            If that cannot be written. Until the worker ends, the job counts as failed all the same.
        """
        with self._changed:
            assert self._running is not None
            self._failed[self._running.job.id] = JobState(
                State.FAILED, message=message, exit_code=exit_code, checks=tuple(checks)
            )
            return self._end(lambda job: job.fail(message, exit_code, checks))

    def leave(self) -> None:
        """Note that no job is running."""
        with self._changed:
            self._running = None

    def close(self, *, only_if_idle: bool) -> bool:
        """Take and start no more jobs; return whether. Jobs that have not ended are the next worker's."""
        with self._changed:
            if only_if_idle and (self._running or self._waiting):
                return False
            self._closed = True
            self._changed.notify_all()
            return True

    @property
    def is_closed(self) -> bool:
        """Whether the worker is about to end."""
        return self._closed

    def overview(self) -> tuple[str | None, list[str]]:
        """Return the id of the running job and the ids in the queue."""
        with self._changed:
            return self._running.job.id if self._running else None, [*self._waiting]

    def _find(self, job_id: object) -> JobFolder:
        if self._closed:
            raise ClosingError("the worker is closing; ask the next one")
        self._last_use = time.monotonic()
        return job_folder.find_job(self._jobs, job_folder.require_id(job_id))

    def _cancel(self, job: JobFolder) -> None:
        if not job.ended():
            job.cancel()
            if job.id in self._waiting:
                self._waiting.remove(job.id)

    def _queue(self, job_id: str) -> None:
        if job_id not in self._waiting:
            bisect.insort(self._waiting, job_id)
            self._changed.notify_all()

    def _end(self, how: Callable[[JobFolder], None]) -> bool:
        assert self._running is not None
        if self._running.job.ended():
            return False
        how(self._running.job)
        return True
