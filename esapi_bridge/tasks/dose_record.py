"""Parts of the run record of a dose run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from esapi_bridge.checks import Verdict
from esapi_bridge.dicom import Export
from esapi_bridge.report.comparison import Evaluation
from esapi_bridge.tasks import run_record


def check_results(verdicts: Sequence[Verdict]) -> tuple[run_record.CheckResult, ...]:
    """Turn verdicts into their record."""
    return tuple(
        run_record.CheckResult(check=v.check, verdict=v.outcome.value, expected=v.expected, found=v.found)
        for v in verdicts
    )


def input_files(export: Export, reference: Sequence[Path]) -> tuple[run_record.InputFile, ...]:
    """Hash every source file."""
    files: list[tuple[str, Path | None]] = [("RTPLAN", export.plan_file), ("RTSTRUCT", export.structure_file)]
    files.append(("RTDOSE PLAN", export.plan_dose_file))
    files += [("RTDOSE BEAM", file) for _, file in sorted(export.beam_dose_files.items())]
    files += [("CT", file) for file in export.ct_files]
    files += [("REFERENCE", file) for file in reference]
    return tuple(
        run_record.InputFile.model_validate({"kind": kind, "sha256": run_record.file_sha256(file)})
        for kind, file in files
        if file is not None
    )


def metrics(evaluation: Evaluation) -> run_record.Metrics:
    """Turn the numbers of a comparison into their record."""

    def number(value: float) -> float | None:
        return value if np.isfinite(value) else None

    return run_record.Metrics(
        maximum_gy=dict(evaluation.maximum_gy),
        mean_gy=dict(evaluation.mean_gy),
        errors=tuple(
            run_record.ErrorFigures(of=e.of, linear=number(e.linear), network=number(e.network), voxels=e.voxels)
            for e in evaluation.errors
        ),
        gamma=tuple(
            run_record.GammaFigures(
                evaluated=row.evaluated,
                reference=row.reference,
                criterion=row.result.description,
                pass_percent=row.result.pass_percent,
            )
            for row in evaluation.gamma
        ),
    )
