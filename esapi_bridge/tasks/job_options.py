"""Options of a job as the worker receives them: plain values, validated before the job starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge.errors import BridgeError, faults_of


class JobOptions(BaseModel):
    """Options of every job; unknown ones are refused.

    Parameters
    ----------
    accessories
        Wedges, blocks and the like by beam number; a case folder does not hold them.
    report
        Whether to write the HTML page.
    site
        The ``site.yaml`` that the scripts were installed with; None: that of the worker.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    accessories: dict[int, tuple[str, ...]] = Field(default_factory=dict)
    report: bool = True
    site: Path | None = None

    @classmethod
    def read(cls, options: Mapping[str, Any], task: str) -> Self:
        """Check the options of a job.

        Raises
        ------
        BridgeError
            Naming those that are not of this version.
        """
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            raise BridgeError(
                f"the options of a {task} job must be those of this version: {faults_of(error)}"
            ) from error
