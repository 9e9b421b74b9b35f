"""One plan after another in one process, whose networks are loaded once."""

from __future__ import annotations

import gc
import logging
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from esapi_bridge.batch.job import Job
from esapi_bridge.batch.options import BatchOptions
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.steps import Steps
from esapi_bridge.batch.task import Task
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.errors import BridgeError, RefusedError, os_reason, where_in_own_code
from esapi_bridge.folders.whole import output_folder
from esapi_bridge.progress import Progress
from esapi_bridge.tasks import Networks, run_dose, run_dose_job, run_fluence, run_fluence_job
from esapi_bridge.tasks.fluence.plan import Deliver

NO_MEMORY = "memory ran out"


@dataclass(frozen=True)
class PlanWorker:
    """Does plan after plan. An error never leaves it: it is the outcome of its plan.

    Parameters
    ----------
    options
        What to do.
    steps
        Where it says how far it is; None for nowhere.
    deliver
        Plans leaf motions and dose of predicted fluences.
    """

    options: BatchOptions
    steps: Steps | None = None
    deliver: Deliver | None = None

    @cached_property
    def networks(self) -> Networks:
        """The networks of this process."""
        return Networks()

    def __call__(self, job: Job) -> Outcome:
        """Do one plan."""
        begin = time.perf_counter()
        logging.getLogger("pydicom").disabled = True  # it quotes what it reads, a patient's name perhaps
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the same of any library
            found = outcome_of(lambda: self._run(job))
        gc.collect()  # cycles of figures hold whole volumes
        return Outcome(found.end, found.reason, found.checks, found.lost, time.perf_counter() - begin)

    def _run(self, job: Job) -> None:
        progress = None if self.steps is None else self.steps.of(job.key)
        if progress is not None:
            progress("start", 0, 1)
        if isinstance(job.source, Path):
            with output_folder(job.out) as folder:
                self._run_case(job.source, folder, progress)
        elif self.options.task is Task.DOSE:
            run_dose(
                job.source,
                job.out,
                plan=job.uid,
                model=self.options.model,
                per_beam=self.options.per_beam,
                beam_doses=self.options.beam_doses,
                report=self.options.report,
                networks=self.networks,
                progress=progress,
            )
        else:
            run_fluence(
                job.source,
                job.out,
                plan=job.uid,
                model=self.options.model,
                structures=self.options.structures,
                names=self.options.names,
                goals=self.options.goals,
                spare=self.options.spare,
                from_contours=self.options.from_contours,
                dose_model=self.options.dose_model,
                form=FluenceForm.DMLC if self.options.dmlc else FluenceForm.OPTIMAL,
                report=self.options.report,
                deliver=self.deliver,
                networks=self.networks,
                progress=progress,
            )

    def _run_case(self, case: Path, folder: Path, progress: Progress | None) -> None:
        options: dict[str, Any] = {"model": self.options.model, "report": self.options.report}
        if self.options.task is Task.DOSE:
            options |= {"per_beam": self.options.per_beam}
            run_dose_job(case, folder, options, networks=self.networks, progress=progress)
        else:
            options |= {
                "structure_table": self.options.structures,
                "structures": self.options.names or None,
                "goals_table": self.options.goals,
                "spare": self.options.spare,
                "from_contours": self.options.from_contours,
                "dose_model": self.options.dose_model,
            }
            run_fluence_job(case, folder, options, networks=self.networks, progress=progress)


def outcome_of(work: Callable[[], object]) -> Outcome:
    """Do a piece of work and tell how it ended, whatever it raises; an interrupt passes."""
    try:
        work()
    except RefusedError as error:
        return Outcome(End.REFUSED, str(error), error.checks)
    except BridgeError as error:
        return Outcome(End.FAILED, str(error))
    except OSError as error:
        return Outcome(End.FAILED, f"{os_reason(error)} ({where_in_own_code(error)}); see to the disk")
    except MemoryError:
        return Outcome(End.FAILED, NO_MEMORY, lost=True)
    except Exception as error:  # noqa: BLE001  whatever a plan does, the next one is done
        lost = type(error).__name__ == "OutOfMemoryError"  # torch's, of a GPU; torch is not imported for its name
        return Outcome(End.FAILED, NO_MEMORY if lost else f"unexpected {where_in_own_code(error)}", lost=lost)
    return Outcome(End.DONE)
