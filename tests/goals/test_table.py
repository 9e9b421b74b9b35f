"""The table of goals: the paper's list as published, a site's own over it, and files that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.goals import read_goals

ONE = """
sites:
  pelvis:
    goals:
      - {labels: [Rectum], quantity: Dmean, relation: "<=", limit: 20, unit: Gy}
  thorax:
    course_gy: 60
    goals: []
"""


def test_the_pelvis_of_the_package_is_the_papers_list_scaled_to_44_gy() -> None:
    """Lee et al. 2019: 72.6 Gy, organs' levels at 60, 50 and 45 Gy."""
    texts = [goal.text for goal in read_goals().among(["pelvis"]).of(44.0)]
    assert texts == [
        "PTV D95% >= 96 %", "PTV D98% >= 93 %", "PTV D2% <= 107 %", "PTV homogeneity <= 0.1", "PTV conformity <= 1.5",
        "Rectum V36.4Gy <= 35 %", "Bladder V36.4Gy <= 50 %", "Femoral heads Dmax <= 30.3 Gy",
        "Penile bulb Dmean <= 30.3 Gy", "Bowel V27.3Gy <= 195 cm3",
    ]  # fmt: skip
    whole = {goal.measure for goal in read_goals().among(["pelvis"]).of(72.6)}
    assert {"Rectum V60Gy", "Bladder V60Gy", "Bowel V45Gy"} <= whole
    assert all(goal.source for goal in read_goals().among(["pelvis"]).of(44.0))


def test_a_sites_own_table_replaces_its_site_and_needs_no_course(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(ONE, encoding="utf-8")
    table = read_goals(tmp_path / "own.yaml")
    assert [goal.text for goal in table.among(["head", "pelvis"]).of(44.0)] == ["Rectum Dmean <= 20 Gy"]
    assert table.among(["thorax"]).of(44.0) == ()
    assert table.among(["head"]).goals == ()
    assert len(read_goals().among(["pelvis"]).goals) == 10, "that of the package is as it was"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (ONE.replace("Rectum", "Heart"), r"sites\.pelvis\.goals\.0: .*found Heart"),
        (ONE.replace("Dmean", "EUD"), r"goals\.0\.quantity"),
        (ONE.replace("20", "-20"), r"goals\.0\.limit"),
        (ONE.replace("Gy}", "cm3}"), "unit of Dmean"),
        (ONE.replace("course_gy: 60", "course_gy: 0"), "course_gy"),
        (ONE.replace("course_gy", "course"), "course"),
        ("goals: []", "sites"),
        ("sites: {}", "sites"),
        ("- [", "cannot be used"),
        ("\xff\xfe", "form of goals.yaml"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_name(text: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BridgeError, match=named):
        read_goals(tmp_path / "own.yaml")
    with pytest.raises(BridgeError, match="could not be read"):
        read_goals(tmp_path / "none.yaml")
