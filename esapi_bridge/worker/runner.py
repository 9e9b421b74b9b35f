"""Runs the jobs of a desk, one at a time."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping

from esapi_bridge.errors import BridgeError, os_reason, where_in_own_code
from esapi_bridge.folders.sealed import seal
from esapi_bridge.worker.desk import Desk, Stopped
from esapi_bridge.worker.job_folder import JobFolder
from esapi_bridge.worker.tasks import Task

log = logging.getLogger(__name__)


def run_jobs(desk: Desk, tasks: Mapping[str, Task], *, idle_timeout_s: float, most_attempts: int) -> None:
    """Run jobs until the desk closes.

    Parameters
    ----------
    desk
        Says which job is next.
    tasks
        Task by name.
    idle_timeout_s
        Time without a job or a question after which the desk closes, s.
    most_attempts
        A job during which the worker has ended this often fails, so that it cannot block all others.
    """
    while (job := desk.take(idle_timeout_s)) is not None:
        try:
            _run(desk, job, tasks, most_attempts)
        except OSError as error:  # not even the failure could be written: a full or lost disk
            log.error("job %s could not be ended: %s", job.id, os_reason(error))  # noqa: TRY400  no paths in the log
        finally:
            desk.leave()


def _run(desk: Desk, job: JobFolder, tasks: Mapping[str, Task], most_attempts: int) -> None:
    start = time.monotonic()
    partial = None
    try:
        job.clean()
        attempt = job.count_attempt()
        log.info("job %s: attempt %d", job.id, attempt)
        _require_chance(attempt, most_attempts)
        desk.tell("start", 0, 1, f"attempt {attempt}: the worker had ended" if attempt > 1 else "")
        description = job.description()
        task = _find_task(tasks, description.task)
        partial = job.make_partial()
        task(job.case, partial, description.options, desk.tell)
        desk.tell("finish", 0, 1)
        seal(partial)
        if desk.publish(partial):
            log.info("job %s: done after %.1f s", job.id, time.monotonic() - start)
    except Stopped:
        log.info("job %s: stopped", job.id)
    except BridgeError as error:
        log.info("job %s: exit code %d (%s)", job.id, error.exit_code, type(error).__name__)
        desk.fail(str(error), error.exit_code, error.checks)
    except OSError as error:
        log.info("job %s: %s", job.id, os_reason(error))
        code = BridgeError.exit_code
        desk.fail(f"a file of the job cannot be used: {os_reason(error)}; see to the disk, then submit it again", code)
    except Exception as error:  # noqa: BLE001  whatever a task does, the worker goes on to the next job
        where = where_in_own_code(error)
        log.error("job %s: unexpected %s", job.id, where)  # noqa: TRY400  a trace may name patients
        desk.fail(f"unexpected {where}", BridgeError.exit_code)
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def _require_chance(attempt: int, most_attempts: int) -> None:
    if attempt > most_attempts:
        raise BridgeError(f"the worker ended {most_attempts} times during this job; see its log, then submit it again")


def _find_task(tasks: Mapping[str, Task], name: str) -> Task:
    if name not in tasks:
        raise BridgeError(f"expected a task of {', '.join(sorted(tasks))}, found another; update esapi-bridge")
    return tasks[name]
