"""Structure names as clinics write them."""

from __future__ import annotations

import faulthandler
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Structure
from esapi_bridge.checks import Outcome, require
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.tasks.fluence.structure_names import (
    Labelled,
    StructureTable,
    label_structures,
    normalised,
    read_table,
)
from fluencenet.scene import LABELS

FOR_EVER_S = 300
"""A search that is not at its end by then never comes to it; the test needs a hundredth of a second."""

SQUARE = (np.array([[0.0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]]),)
PLAN = (
    "BODY", "Avoidance", "Bowel", "FemoralHead_R", "FemoralHead_L", "PenileBulb", "Rectum", "Prostate", "Bladder", "PTV"
)  # fmt: skip


def structures(*names: str, types: dict[str, str] | None = None) -> list[Structure]:
    types = types or {}
    return [Structure(n, name, types.get(name, ""), (0, 0, 0), SQUARE) for n, name in enumerate(names, 1)]


def names_of(labelled: Labelled) -> dict[str, list[str]]:
    return {label: [s.name for s in found] for label, found in labelled.structures.items()}


def refusal(labelled: Labelled) -> str:
    with pytest.raises(RefusedError) as caught:
        require(labelled.verdicts)
    return str(caught.value)


@pytest.fixture(scope="module")
def table() -> StructureTable:
    return read_table()


def test_every_label_has_a_rule(table: StructureTable) -> None:
    assert set(table.rules) == set(LABELS[1:])


def test_names_of_tg_263_are_found(table: StructureTable) -> None:
    """What phantoms carry."""
    names = {**{label: label for label in LABELS[1:]}, "Body": "BODY", "Avoidance": "zAvoidance"}
    names |= {"FemoralHead_R": "Femur_Head_R", "FemoralHead_L": "Femur_Head_L"}
    plan = structures(*names.values(), "SeminalVes", "LN_Pelvics", "SpinalCord", "GTV")
    assert names_of(label_structures(plan, table)) == {label: [name] for label, name in names.items()}


VARIANTS = {
    "PTV": ["PTV", "PTV_44", "PTV44", "ptv 44", "PTV_4400", "PTV44Gy", "PTV_44_20fx", "PTV_Pelvis", "PTV1", "PTVp",
            "PTV_Total", "PTV High"],
    "Body": ["BODY", "Body", "External", "Skin", "Outer Contour", "Patient Outline"],
    "Bladder": ["Bladder", "BLADDER", "bladder", "Urinary_Bladder", "BladderWhole"],
    "Rectum": ["Rectum", "RECTUM", "Anorectum", "rectum_whole"],
    "FemoralHead_L": ["FemoralHead_L", "Femur_Head_L", "Fem Head Lt", "FemHeadL", "LT FEM HEAD", "L_Femoral_Head",
                      "Left femoral head", "Femur_L", "FEMORALHEAD L", "LeftFemoralHead", "Hip Left"],
    "FemoralHead_R": ["FemoralHead_R", "Femur_Head_R", "Fem Head Rt", "RtFemHead", "R Femoral-Head", "femoral heads r"],
    "Bowel": ["Bowel", "Bowel bag", "BowelBag", "Bag_Bowel", "Bowel_Small", "small bowel", "Spc_Bowel", "Sigmoid"],
    "PenileBulb": ["PenileBulb", "Penile_Bulb", "Penile bulb", "PENILE BULB", "Bulb of Penis"],
    "Prostate": ["Prostate", "PROSTATE", "CTV prostate", "CTV_Prostate", "Prostate+SV", "CTVp", "Prostate_CTV"],
    "Avoidance": ["Avoidance", "Avoid", "avoid_ant", "Virtual Avoidance", "zAvoid", "opt_avoid_1"],
}  # fmt: skip


@pytest.mark.parametrize(("label", "name"), [(label, n) for label, names in VARIANTS.items() for n in names])
def test_clinical_variants(table: StructureTable, label: str, name: str) -> None:
    others = [n for n, other in zip(PLAN, LABELS[1:], strict=True) if other != label]
    found = label_structures(structures(name, *others), table)
    require(found.verdicts)
    assert names_of(found)[label] == [name]
    assert sum(map(len, names_of(found).values())) == 10  # and it is nothing else


@pytest.mark.parametrize(
    "name",
    ["PTV_ring", "PTV_opt", "zPTV", "PTV minus Rectum", "PTVeval", "Bladder_opt", "Rectum-PTV", "CTV_nodes", "GTV",
     "Couch", "Femoral Heads", "Bones", "Rectal balloon", "Wall_Bladder"],
)  # fmt: skip
def test_helpers_of_the_optimiser_and_others_map_to_nothing(table: StructureTable, name: str) -> None:
    found = label_structures(structures(*PLAN, name), table)
    require(found.verdicts)
    assert names_of(found) == {label: [n] for label, n in zip(LABELS[1:], PLAN, strict=True)}


def test_two_ptvs_are_refused_by_name_until_one_is_chosen(table: StructureTable) -> None:
    plan = structures(*PLAN[:-1], "PTV_44", "PTV_78")
    message = refusal(label_structures(plan, table))
    assert "structure PTV: expected one structure, found PTV_44 and PTV_78" in message
    assert "--structure PTV=NAME" in message
    found = label_structures(plan, table.named({"PTV": "PTV_44"}))
    require(found.verdicts)
    assert names_of(found)["PTV"] == ["PTV_44"]


def test_missing_structures_are_asked_for_by_name(table: StructureTable) -> None:
    plan = structures(*(n for n in PLAN if n not in ("PTV", "Rectum")), "Rektum", "Ziel")
    message = refusal(label_structures(plan, table))
    assert message.startswith("refused by 2 checks")
    assert "structure PTV: expected a structure with contours, found none among BODY" in message
    assert "is it Rektum?" in message
    assert "--structure Rectum=NAME" in message
    require(label_structures(plan, table.named({"Rectum": "Rektum", "PTV": "ziel"})).verdicts)


def test_a_structure_without_contours_is_missing(table: StructureTable) -> None:
    plan = structures(*PLAN)
    plan[-1] = Structure(10, "PTV", "PTV", (0, 0, 0), ())
    assert "structure PTV" in refusal(label_structures(plan, table))


def test_what_the_card_makes_optional_may_be_missing_but_body_and_ptv_never(table: StructureTable) -> None:
    plan = structures(*(n for n in PLAN if n != "PenileBulb"))
    found = label_structures(plan, table, optional=("PenileBulb",))
    require(found.verdicts)
    assert [v.check for v in found.verdicts if v.outcome is Outcome.WARN] == ["structure PenileBulb"]
    assert "PenileBulb" not in found.structures
    message = refusal(label_structures(structures("Rectum"), table, optional=LABELS))
    assert "structure PTV" in message
    assert "structure Body" in message
    assert "structure Rectum" not in message


def test_dicom_type_helps_where_names_do_not(table: StructureTable) -> None:
    plan = structures("Umriss", *PLAN[1:-1], "Zielvolumen", types={"Umriss": "EXTERNAL", "Zielvolumen": "PTV"})
    found = label_structures(plan, table)
    require(found.verdicts)
    assert names_of(found)["Body"] == ["Umriss"]
    assert names_of(found)["PTV"] == ["Zielvolumen"]


def test_the_outline_is_the_one_of_type_external(table: StructureTable) -> None:
    plan = structures("Skin", *PLAN, types={"BODY": "EXTERNAL"})
    found = label_structures(plan, table)
    require(found.verdicts)
    assert names_of(found)["Body"] == ["BODY"]


def test_an_exact_name_is_no_excuse_for_a_second_ptv_of_the_kind(table: StructureTable) -> None:
    assert "PTV and PTV_78" in refusal(label_structures(structures(*PLAN, "PTV_78"), table))


def test_a_better_name_goes_before_a_vaguer_one(table: StructureTable) -> None:
    found = label_structures(structures(*PLAN, "CTV_Prostate", "Femur_L", "Sigmoid"), table)
    require(found.verdicts)
    assert names_of(found)["Prostate"] == ["Prostate"]
    assert names_of(found)["FemoralHead_L"] == ["FemoralHead_L"]


def test_parts_of_the_bowel_are_taken_together(table: StructureTable) -> None:
    plan = structures(*(n for n in PLAN if n != "Bowel"), "Bowel_Small", "Bowel_Large")
    assert names_of(label_structures(plan, table))["Bowel"] == ["Bowel_Small", "Bowel_Large"]


def test_a_site_says_it_its_own_way(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "labels:\n  Rectum: {patterns: ['enddarm']}\nnames:\n  PTV: Ziel 44\n  Bowel: [Darm 1, Darm 2]\n",
        encoding="utf-8",
    )
    plan = structures(
        *(n for n in PLAN if n not in ("PTV", "Rectum", "Bowel")), "Enddarm", "Ziel 44", "Darm 1", "Darm 2"
    )
    found = label_structures(plan, read_table(site))
    require(found.verdicts)
    assert names_of(found)["Rectum"] == ["Enddarm"]
    assert names_of(found)["Bowel"] == ["Darm 1", "Darm 2"]


def test_a_named_structure_that_is_not_there_is_refused(table: StructureTable) -> None:
    message = refusal(label_structures(structures(*PLAN), table.named({"PTV": "PTV_50"})))
    assert "structure PTV: expected PTV_50, found none of that name among BODY" in message


def test_none_says_that_there_is_no_such_structure(table: StructureTable) -> None:
    named = table.named({"Avoidance": None})
    found = label_structures(structures(*PLAN), named, optional=("Avoidance",))
    require(found.verdicts)
    assert "Avoidance" not in found.structures
    assert "structure Avoidance" in refusal(label_structures(structures(*PLAN), named))


@pytest.mark.parametrize(
    "text",
    ["labels: [", "labels: {Heart: {patterns: [heart]}}", "labels: {PTV: {pattern: [ptv]}}", "names: {Heart: h}",
     "labels: {PTV: {patterns: ['(']}}", "names: 7", "- 1", "!!python/object/apply:os.system ['true']"],
)  # fmt: skip
def test_tables_of_another_form_are_not_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BridgeError, match=r"structure"):
        read_table(tmp_path / "site.yaml")


def test_names_are_compared_without_capitals_and_signs() -> None:
    assert normalised("FemoralHead_L") == normalised("Femoral head-l") == "femoral head l"
    assert normalised(" PTV44Gy ") == "ptv 44 gy"


def test_no_name_makes_a_pattern_search_for_ever(table: StructureTable) -> None:
    """What takes steps in proportion to a power of the length ends at once; what tries all combinations never ends."""
    names = ("ptv " + "1" * 600 + " x", "ptv" + " p" * 300 + " x", "femur" * 120, "avoid " + "x " * 290 + "\n")
    faulthandler.dump_traceback_later(FOR_EVER_S, exit=True)
    try:
        for text in names:
            label_structures(structures(text), table)
    finally:
        faulthandler.cancel_dump_traceback_later()


def test_the_target_is_one_structure_even_where_several_are_named() -> None:
    """The plan is scaled to the mean dose of one structure: the first of two would win without a word."""
    table = read_table().named({"PTV": ["PTV_44", "PTV_78"]})
    message = refusal(label_structures(structures(*PLAN, "PTV_78"), table))
    assert "structure PTV: expected one structure, to whose mean dose the plan is scaled" in message
