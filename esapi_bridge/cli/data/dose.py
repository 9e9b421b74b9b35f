"""``esapi-bridge data dose``: paired doses to train a dose network with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.case.field_kind import FieldKind
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.executor import ClusterAddress, Workers, executor_for
from esapi_bridge.cli.label_name import LabelName, parse_label_name
from esapi_bridge.planning.vocabulary import Energy

if TYPE_CHECKING:
    from esapi_bridge.planning.subject import Voxels

CT_HELP = (
    "Also this CT, or the voxels z0:z1,y0:y1,x0:x1 of it, as if the scan had ended there: a patient whom the field of "
    "view cuts off; may be repeated."
)


def dose(
    output: Annotated[Path, typer.Option("--output", "-o", help="Store to add to, a .zarr folder; made if need be.")],
    phantoms: Annotated[int, typer.Option(min=0, help="Phantoms, all splits together.")] = 14,
    validation: Annotated[int, typer.Option(min=0, help="Phantoms of them for validation.")] = 2,
    test: Annotated[int, typer.Option(min=0, help="Phantoms of them for testing.")] = 2,
    ct: Annotated[
        list[LabelName] | None,
        typer.Option(parser=parse_label_name, metavar="NAME=PATH[@PART]", help=CT_HELP),
    ] = None,
    split: Annotated[Split, typer.Option(help="Split of the CTs.")] = Split.TEST,
    fields: Annotated[int, typer.Option(min=1, help="Fields and plans per patient.")] = 24,
    kind: Annotated[
        list[FieldKind] | None, typer.Option(help="Kinds in turn; may be repeated. All by default.")
    ] = None,
    energy: Annotated[
        list[Energy] | None, typer.Option(help="Energies in turn; may be repeated. All by default.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Chooses phantoms and fields.")] = 1,
    workers: Workers = 1,
    cluster: ClusterAddress = None,
    coarse_at_fine: Annotated[
        bool, typer.Option("--coarse-at-fine", help="Also the coarse engine (pencil beam) at 1.25 mm, for test fields.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make paired doses of phantoms and CTs.

    Random fields of each kind: the pencil beam at 5 mm, the collapsed cone at 1.25 mm, and the CT. A plan is two to
    nine fields around one target, which are stored too, and their sum. A CT longer than 50 cm becomes several patients.
    What is in the store already is left as it is, so the command can be stopped and repeated.
    """
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.training_data.dose_pairs import make_pairs
    from esapi_bridge.training_data.field_mix import Mix
    from esapi_bridge.training_data.pair_patients import PatientPlan, plan_phantoms

    patients = plan_phantoms(phantoms, seed, validation, test) if phantoms else []
    for name, place in ct or []:
        path, voxels = _part(place)
        patients.append(PatientPlan(name, split.value, "ct", ct_file=path, voxels=voxels))
    if not patients:
        raise typer.BadParameter("give --phantoms, --ct or both")
    mix = Mix(tuple(kind or FieldKind), tuple(one.value for one in energy or Energy), seed)
    executor = executor_for(workers, cluster, threads=0)
    with plain_errors(), progress_bar() as progress:
        made = make_pairs(
            output, patients, fields, mix, executor=executor, coarse_at_fine=coarse_at_fine, progress=progress
        )
    if as_json:
        from dataclasses import asdict

        print_json({"store": str(output), **asdict(made)})
        return
    from esapi_bridge.cli.console import out

    out.print(f"fields  {made.calculated} calculated, {made.there} were there")
    for name in made.left_alone:
        out.print(f"left    {name}: the store holds another CT of that name")
    out.print(f"store   {output}")


def _part(place: str) -> tuple[Path, Voxels | None]:
    """Read ``PATH`` or ``PATH@z0:z1,y0:y1,x0:x1``."""
    found = re.fullmatch(r"(.+)@(\d+):(\d+),(\d+):(\d+),(\d+):(\d+)", place)
    if found is None:
        return Path(place), None
    z0, z1, y0, y1, x0, x1 = map(int, found.groups()[1:])
    return Path(found[1]), ((z0, z1), (y0, y1), (x0, x1))
