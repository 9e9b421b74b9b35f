"""``esapi-bridge mock conform``: what a real Eclipse answered, held against what the mock assumes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json


def conform(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="File of EsapiConformance: conformance-*.json.", exists=True, dir_okay=False
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Say where a real Eclipse differs from the mock.

    Ends with 0 if all answers are as assumed, with 1 if one is otherwise.
    """
    from esapi_bridge.mock.conformance import Verdict, read_answers

    answers = read_answers(file)
    otherwise = answers.of(Verdict.OTHERWISE)
    untried = answers.of(Verdict.NOT_TRIED)
    alike = len(answers.of(Verdict.AS_ASSUMED))
    if as_json:
        print_json(
            {
                "api_version": answers.api_version,
                "application_version": answers.application_version,
                "as_assumed": alike,
                "otherwise": [row.model_dump(mode="json") for row in otherwise],
                "rows_not_asked": answers.unasked,
                "not_tried": [row.model_dump(mode="json") for row in untried],
            }
        )
    else:
        from rich.table import Table

        from esapi_bridge.cli.console import out

        out.print(f"asked      {answers.application_version}, scripting interface {answers.api_version}", markup=False)
        if otherwise:
            table = Table("row", "question", "the mock", "found", title="Otherwise than the mock assumes")
            for row in otherwise:
                table.add_row(str(row.trap or "-"), f"{row.id}: {row.asked}", row.assumed, row.found)
            out.print(table)
        for reason in dict.fromkeys(row.reason for row in untried):
            rows = ", ".join(row.id for row in untried if row.reason == reason)
            out.print(f"not tried  {rows}: {reason}", markup=False)
        if answers.unasked:
            out.print(f"not asked  rows {', '.join(map(str, answers.unasked))} of the table of traps")
        out.print(f"{alike} as assumed, {len(otherwise)} otherwise, {len(untried)} not tried")
    raise typer.Exit(1 if otherwise else 0)
