"""Contours drawn elsewhere: from contours alone to fluence, leaf motion, dose and goals, on CTs of other sources.

Run by hand: ``python -m tests.benchmarks.other_anatomies FOLDER CT.npz [CT.npz ...] [--energy 15X]``; a minute each. A
CT is ``.npz`` as `planning.ct_input` reads it, with packed ``mask_n`` and ``mask_names``. Of each, ``FOLDER/NAME`` gets
the export of a plan that has fields and contours only (``plan``), and what `fluence` makes of it (``out``).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.cli.delivery import deliver
from esapi_bridge.cli.goal_lines import goal_lines
from esapi_bridge.planning.ct_input import read_ct
from esapi_bridge.planning.export import ExportOptions, export_subject
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.vocabulary import PlanTechnique, SiteName
from esapi_bridge.tasks import run_fluence

SPELT = {"Body": "BODY", "PenileBulb_q": "PenileBulb", "FemoralHead_L": "Femur_Head_L", "FemoralHead_R": "Femur_Head_R"}


def subject_of(file: Path) -> Subject:
    """Read a CT with its masks."""
    ct = read_ct(file)
    with np.load(file, allow_pickle=False) as stored:
        masks: dict[str, NDArray[np.bool_]] = {
            SPELT.get(name, name): np.unpackbits(stored[f"mask_{n}"], count=ct.values.size)
            .reshape(ct.values.shape)
            .astype(bool)
            for n, name in enumerate(stored["mask_names"].tolist())
        }
    masks = {name: masks[name] for name in ("BODY", *(n for n in masks if n != "BODY"))}
    return Subject(SiteName.PELVIS, ct, masks["BODY"], masks["PTV"], masks)


def main() -> None:
    """Export, predict, deliver, print."""
    parser = argparse.ArgumentParser(description="Fluence from contours alone on CTs of other sources.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("ct", type=Path, nargs="+")
    parser.add_argument("--energy", default="15X")
    parser.add_argument("--spare", action="append", default=[], metavar="LABEL=FACTOR")
    given = parser.parse_args()
    wishes = {label: float(factor) for label, factor in (wish.split("=") for wish in given.spare)}
    options = ExportOptions(technique=PlanTechnique.IMRT, energy=given.energy, unplanned=True)
    for file in given.ct:
        folder = given.folder / file.stem
        export_subject(subject_of(file), folder / "plan", options)
        done = run_fluence(folder / "plan", folder / "out", spare=wishes, deliver=deliver)
        record = json.loads(done.record.model_dump_json())
        print(f"\n{file.stem}: {sum(record['seconds'].values()):.1f} s  ", record["seconds"])
        for check in record["checks"]:
            if check["verdict"] != "pass":
                print(f"  {check['check']}: {check['found']}")
        for name, (wanted, delivered) in record["delivery"]["figures"].items():
            if wanted is not None and delivered is not None:
                print(f"  {name}: wanted {wanted:.4g}, delivered {delivered:.4g}")
        print(*goal_lines(done.record.goals), sep="\n")


if __name__ == "__main__":
    main()
