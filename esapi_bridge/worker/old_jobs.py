"""Removes jobs that ended long ago and exports that never became jobs: they hold a patient's images."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path

from esapi_bridge.worker.job_folder import NEW, list_jobs

KEEP_DAYS = 30.0
KEEP_NEW_DAYS = 1.0
"""An export takes minutes; one of yesterday is not going to be submitted any more."""

DAY_S = 86_400.0
OLD = ".old-"


def remove_old_jobs(jobs: Path, keep_days: float, now_s: float | None = None) -> int:
    """Remove jobs that ended more than `keep_days` ago, and return how many.

    A job that has not ended is never removed. One that is removed first loses its name, so that a removal that is cut
    short leaves no job that seems not to have ended.

    Parameters
    ----------
    jobs
        The jobs folder.
    keep_days
        How long an ended job is kept, days.
    now_s
        Time as of `time.time`, s; default now.
    """
    now_s = time.time() if now_s is None else now_s
    removed = 0
    for job in list_jobs(jobs):
        ends = [job.path / name for name in ("result", "failed.json", "cancelled.json")]
        with contextlib.suppress(OSError):  # somebody has a file of it open, or it is another user's: next time
            since = [end.stat().st_mtime for end in ends if end.exists()]
            if since and now_s - max(since) > keep_days * DAY_S:
                job.path.rename(jobs / f"{OLD}{job.id}")
                removed += 1
    for folder in jobs.iterdir():
        is_stale = folder.name.startswith(NEW) and now_s - folder.lstat().st_mtime > KEEP_NEW_DAYS * DAY_S
        if folder.name.startswith(OLD) or is_stale:
            shutil.rmtree(folder, ignore_errors=True)
    return removed
