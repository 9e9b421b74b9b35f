"""What a site may choose, and what the settings file says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.eclipse.collect_options import DoseModelOptions, DosePairOptions
from esapi_bridge.eclipse.field_options import NewFieldOptions
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.eclipse.install_python import HostedPython
from esapi_bridge.errors import BridgeError


def test_what_is_no_energy_is_refused_by_name(tmp_path: Path) -> None:
    options = InstallOptions(esapi=tmp_path, target=tmp_path, collect_energies=("15X", "15 MV"))
    with pytest.raises(BridgeError, match=r"--collect-energy must be a photon energy .* found 15 MV"):
        options.check()


def test_what_there_is_by_default_may_be_chosen(tmp_path: Path) -> None:
    InstallOptions(esapi=tmp_path, target=tmp_path, collect_energies=("6X", "10X-FFF")).check()


def test_networks_in_folders_are_on_the_list(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("dose", "fluence", "wanted")]
    for folder in folders:
        folder.mkdir()
    dose, fluence, wanted = map(str, folders)
    options = InstallOptions(tmp_path, tmp_path, model=dose, fluence_model=fluence, wanted_dose_model=wanted)
    assert options.listed()[-3:] == folders
    assert len(InstallOptions(esapi=tmp_path, target=tmp_path).listed()) == len(options.listed()) - 3


def test_new_fields_of_no_photon_energy_are_refused(tmp_path: Path) -> None:
    options = InstallOptions(tmp_path, tmp_path, new_fields=NewFieldOptions("TrueBeam", "9E", 600))
    with pytest.raises(BridgeError, match=r"--fluence-energy must be a photon energy .* found 9E"):
        options.check()


@pytest.mark.parametrize(
    ("pairs", "named"),
    [
        (DosePairOptions(coarse=DoseModelOptions("AAA", 50.0)), "--collect-coarse-grid must be 1 to 10 mm, found 50"),
        (DosePairOptions(fine=DoseModelOptions("AXB", 0.125)), "--collect-fine-grid must be 1 to 10 mm, found 0.125"),
        (
            DosePairOptions(DoseModelOptions("AAA", 2.5), DoseModelOptions("AXB", 5.0)),
            "--collect-fine-grid must be at most that of the coarse dose, 2.5 mm, found 5",
        ),
        (DosePairOptions(energy="10 MV"), "--collect-machine-energy must be a photon energy .* found 10 MV"),
        (DosePairOptions(random_fields=0), "--collect-random-fields must be at least 1 without --collect-own-plans"),
    ],
)
def test_doses_that_cannot_be_collected_are_refused_by_name(tmp_path: Path, pairs: DosePairOptions, named: str) -> None:
    with pytest.raises(BridgeError, match=named):
        InstallOptions(esapi=tmp_path, target=tmp_path, dose_pairs=pairs).check()


def test_own_plans_alone_may_be_collected(tmp_path: Path) -> None:
    pairs = DosePairOptions(random_fields=0, own_plans=True, energy="6X-FFF")
    InstallOptions(esapi=tmp_path, target=tmp_path, dose_pairs=pairs).check()


def test_the_site_is_written_down_with_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("esapi_bridge.eclipse.install_options.find_python", lambda _: HostedPython(*[tmp_path] * 4))
    options = InstallOptions(esapi=tmp_path, target=tmp_path, site=Path("clinic/site.yaml"))
    assert options.settings()["site"] == str(tmp_path / "clinic" / "site.yaml")
    assert InstallOptions(esapi=tmp_path, target=tmp_path).settings()["site"] is None
