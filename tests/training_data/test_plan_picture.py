"""The picture of a plan."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from esapi_bridge import INTENDED_USE
from esapi_bridge.planning.imrt.plan import ImrtPlan
from esapi_bridge.report import style
from esapi_bridge.training_data.plan_picture import plan_figure
from tests.planning.imrt.tiny import tiny_patient


def test_it_shows_planes_histograms_and_every_fluence(plan: ImrtPlan, tmp_path: Path) -> None:
    figure = plan_figure(tiny_patient(), plan, "a plan")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title.split(",")[0] for title in titles if "isocentre" in title] == ["transverse", "coronal", "sagittal"]
    assert "Dose-volume histograms" in titles
    assert [title.split("°")[0] for title in titles if "MU" in title] == ["0", "120"]
    with Image.open(style.save_png(figure, tmp_path / "plan.png")) as image:
        assert image.text["Description"] == INTENDED_USE  # type: ignore[attr-defined]
