"""``esapi-bridge study dose``: dose networks side by side, by the protocol of the paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dosenet.fitting.options import Device
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.executor import ClusterAddress, Workers, executor_for
from esapi_bridge.cli.networks import PairStore, Threads


def dose(
    data: PairStore,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the study; a stopped one goes on there.")],
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Leave out one patient at a time, as the paper; or give --folds.")
    ] = False,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Leave out one of so many parts of the patients at a time.")
    ] = None,
    networks: Annotated[
        list[str] | None,
        typer.Option(
            "--network", help="Preset, a name or a YAML file; may be repeated. [default: ddn-lite, without --start]"
        ),
    ] = None,
    starts: Annotated[
        list[str] | None,
        typer.Option(
            "--start",
            help="Also this dose network, a name or a folder, trained further; may be repeated. [default: none]",
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Processor time of a training, min; with --steps, both are done.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of a training.")] = None,
    patients: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...", help="The first network also learns from so many patients, with the first limit."
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--patient", help="Patient of the store; may be repeated. [default: all]")
    ] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Kind of field, such as 'sliding window'; may be repeated. [default: all]"),
    ] = None,
    energies: Annotated[
        list[str] | None, typer.Option("--energy", help="Energy, such as 6X-FFF; may be repeated. [default: all]")
    ] = None,
    planes: Annotated[
        int | None,
        typer.Option(min=1, help="Coarse planes (5 mm) of a training field at most, to save memory. [default: all]"),
    ] = None,
    max_fields: Annotated[
        int | None, typer.Option(min=1, help="Fields of a left-out patient at most to judge on. [default: all]")
    ] = None,
    crop: Annotated[
        int | None, typer.Option(min=4, help="Side of a training crop, fine pixels (1.25 mm). [default: the preset's]")
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples per step. [default: the preset's]")] = None,
    bf16: Annotated[bool, typer.Option("--bf16", help="Train in bfloat16; pays on CPUs with AVX-512 BF16.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of weights, batches and the choice of patients.")] = 1,
    device: Annotated[Device, typer.Option(help="Where to compute; auto takes a GPU if there is one.")] = Device.CPU,
    threads: Threads = None,
    workers: Workers = 1,
    cluster: ClusterAddress = None,
    as_json: AsJson = False,
) -> None:
    """Compare dose networks on patients left out of their training.

    Each network learns from all patients but one (or a part), for the same processor time or the same steps, and is
    judged on that one, against linear up-sampling; all splits of the store are used. The page has the figures of Dong
    and Xing. A run that was stopped goes on from its checkpoint, a finished one is not repeated.
    """
    from esapi_bridge.cli.console import out, show_log
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.study.ask import Asked, asked_study
    from esapi_bridge.study.page import write_page
    from esapi_bridge.study.protocol import settled
    from esapi_bridge.study.run import carry_out
    from esapi_bridge.study.summary import table

    if leave_one_out == (folds is not None):
        raise typer.BadParameter("give either --leave-one-out or --folds")
    if minutes is None and steps is None:
        raise typer.BadParameter("give --minutes or --steps, or both")
    asked = Asked(
        networks=tuple(networks or (() if starts else ("ddn-lite",))), starts=tuple(starts or ()), minutes=minutes,
        steps=steps, folds=folds, counts=_counts(patients), patients=tuple(only or ()), kinds=tuple(kinds or ()),
        energies=tuple(energies or ()), planes=planes, judged_fields=max_fields, crop_px=crop, batch=batch, bf16=bf16,
        seed=seed,
    )  # fmt: skip
    executor = executor_for(workers, cluster, threads=threads or 1)
    show_log()
    with plain_errors(), progress_bar() as progress:
        study = settled(asked_study(asked, data), data, output)
        found = carry_out(
            study, data, output, threads=threads, device=device.value, executor=executor, progress=progress
        )
        page = write_page(study, found, output)
    if as_json:
        print_json(table(study, found))
        return
    from esapi_bridge.cli.study.table import WIDTH, networks_table

    out.width = max(out.width, WIDTH)  # also into a file
    out.print(networks_table(study, found))
    out.print(f"{len(found)} runs, {len(study.fields)} patients; page: {page}")


def _counts(text: str | None) -> tuple[int, ...]:
    """Read ``2,4,8``."""
    if text is None:
        return ()
    try:
        found = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise typer.BadParameter(f"--patients are numbers such as 2,4,8, got {text!r}") from None
    if found[0] < 1:
        raise typer.BadParameter(f"--patients must be at least 1, got {found[0]}")
    return found
