"""Contours drawn elsewhere: from contours alone to fluence, leaf motion, dose and goals, on CTs of other sources.

Run by hand: ``python -m tests.benchmarks.other_anatomies FOLDER CT.npz [CT.npz ...] [--energy 15X]``; a minute each. A
CT is ``.npz`` as `planning.ct_input` reads it, with packed ``mask_n`` and ``mask_names``. Of each, ``FOLDER/NAME`` gets
the export of a plan that has fields and contours only (``plan``), and what `fluence` makes of it (``out``).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Case, PatientPosition, Plan, Uids
from esapi_bridge.cli.delivery import deliver
from esapi_bridge.dicom import write_export
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.planning.ct_input import read_ct
from esapi_bridge.planning.imrt.beams import Arrangement, arranged_beams
from esapi_bridge.planning.imrt.delivery import FRACTIONS, PRESCRIPTION_GY
from esapi_bridge.planning.subject import Subject
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
    return Subject(file.stem, ct, masks["BODY"], masks["PTV"], masks)


def unplanned(subject: Subject, energy: str) -> Case:
    """Fields around the PTV and contours, without fluence and dose."""
    around = arranged_beams(subject.target, subject.ct.grid, Arrangement(energy=energy))
    beams = tuple(replace(beam, fluence=None) for beam in around)
    return Case(
        ct=subject.ct,
        plan=Plan(
            "P1", tuple(replace(b, fluence=None) for b in beams), PatientPosition.HFS, PRESCRIPTION_GY, FRACTIONS
        ),
        plan_dose=None,
        beam_doses={},
        structures=subject.structures,
        uids=Uids(frame_of_reference=new_uid(), plan=new_uid(), structure_set=new_uid(), ct_series=new_uid()),
        patient_key="planning",
    )


def _judged(found: dict[str, float] | None) -> str:
    if found is None:
        return "–"
    return f"{found['value']:.4g}, " + ("met" if found["met"] else f"missed by {found['missed_by']:.3g}")


def main() -> None:
    """Export, predict, deliver, print."""
    parser = argparse.ArgumentParser(description="Fluence from contours alone on CTs of other sources.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("ct", type=Path, nargs="+")
    parser.add_argument("--energy", default="15X")
    parser.add_argument("--spare", action="append", default=[], metavar="LABEL=FACTOR")
    given = parser.parse_args()
    wishes = {label: float(factor) for label, factor in (wish.split("=") for wish in given.spare)}
    for file in given.ct:
        folder = given.folder / file.stem
        write_export(unplanned(subject_of(file), given.energy), folder / "plan", patient_id="1", patient_name="A^B")
        done = run_fluence(folder / "plan", folder / "out", spare=wishes, deliver=deliver)
        record = json.loads(done.record.model_dump_json())
        print(f"\n{file.stem}: {sum(record['seconds'].values()):.1f} s  ", record["seconds"])
        for check in record["checks"]:
            if check["verdict"] != "pass":
                print(f"  {check['check']}: {check['found']}")
        for name, (wanted, delivered) in record["delivery"]["figures"].items():
            if wanted is not None and delivered is not None:
                print(f"  {name}: wanted {wanted:.4g}, delivered {delivered:.4g}")
        for goal in record["goals"]:
            print("  " + goal["text"], *(f"{way} {_judged(goal[way])}" for way in ("wanted", "delivered")), sep="; ")


if __name__ == "__main__":
    main()
