"""CTs from files: positions kept, units checked, the patient told from the couch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from esapi_bridge.case import Grid, Unit, Volume
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.planning.ct_input import body_mask, read_ct
from tests.dicom.phantom import asymmetric_case, change, export_folder, files_of


def marked_image(direction: np.ndarray) -> tuple[sitk.Image, tuple[float, float, float]]:
    """Air with a block of water, one bright voxel, and its LPS position."""
    values = np.full((12, 14, 16), -1000, dtype=np.int16)
    values[3:10, 3:11, 3:13] = 0
    values[4, 5, 9] = 1500
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((1.5, 2.0, 3.0))
    image.SetOrigin((10.0, -40.0, 5.0))
    image.SetDirection(direction.ravel().tolist())
    return image, image.TransformIndexToPhysicalPoint((9, 5, 4))


AXES = {
    "LPS": np.eye(3),
    "RAS": np.diag([-1.0, -1.0, 1.0]),
    "sagittal": np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]),
}


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("axes", AXES)
def test_any_orientation_keeps_positions(tmp_path: Path, suffix: str, axes: str) -> None:
    image, marker = marked_image(AXES[axes])
    sitk.WriteImage(image, str(tmp_path / f"ct{suffix}"))
    ct = read_ct(tmp_path / f"ct{suffix}")
    assert ct.grid.is_axis_aligned
    k, j, i = np.unravel_index(np.argmax(ct.values), ct.values.shape)
    np.testing.assert_allclose(ct.grid.to_patient([i, j, k]), marker, atol=1e-4)


def test_oblique_image_is_straightened(tmp_path: Path) -> None:
    angle = np.radians(15)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    image, marker = marked_image(turn)
    sitk.WriteImage(image, str(tmp_path / "ct.mha"))
    ct = read_ct(tmp_path / "ct.mha")
    assert ct.grid.is_axis_aligned
    k, j, i = np.unravel_index(np.argmax(ct.values), ct.values.shape)
    assert np.abs(ct.grid.to_patient([i, j, k]) - marker).max() < 2.0
    water_ml = (ct.values > -500).sum() * ct.grid.voxel_volume_mm3 / 1000
    assert water_ml == pytest.approx(7 * 8 * 10 * 9 / 1000, rel=0.12)


def test_a_dicom_folder_goes_through_the_one_reader(tmp_path: Path) -> None:
    folder, wanted = export_folder(tmp_path), asymmetric_case().ct
    ct = read_ct(folder)
    assert ct.grid.matches(wanted.grid)
    np.testing.assert_array_equal(ct.values, np.clip(wanted.values, -1024, 3071))
    for path in [*files_of(folder, "RS"), *files_of(folder, "CT")[4:6]]:
        path.unlink()
    with pytest.raises(RefusedError, match=r"missing slices: 3\.000 mm elsewhere, 9\.000 mm"):
        read_ct(folder)


def test_a_single_dicom_file_is_no_ct(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="give the folder"):
        read_ct(files_of(export_folder(tmp_path), "CT")[0])


def test_a_tilted_dicom_series_is_refused(tmp_path: Path) -> None:
    folder = export_folder(tmp_path)
    for path in files_of(folder, "CT"):
        change(path, lambda image: setattr(image, "ImageOrientationPatient", [1, 0, 0, 0, 0.984808, -0.173648]))
    with pytest.raises(RefusedError, match="straight behind each other"):
        read_ct(folder)


def test_npz_of_development_data(tmp_path: Path) -> None:
    hu = np.full((5, 6, 7), -1000, dtype=np.int16)
    hu[2:4, 2:5, 2:6] = 40
    hu[2, 2, 2] = 20000
    np.savez(tmp_path / "ct.npz", hu=hu, spacing_zyx_mm=[3.0, 2.0, 1.0], origin_zyx_mm=[30.0, 20.0, 10.0])
    ct = read_ct(tmp_path / "ct.npz")
    assert ct.grid == Grid((7, 6, 5), (1.0, 2.0, 3.0), (10.0, 20.0, 30.0))
    assert ct.values.max() == 3071, "clipped to what a scanner stores"


def test_what_is_not_hu_is_refused(tmp_path: Path) -> None:
    raw = np.full((4, 4, 4), 24, dtype=np.int16)
    raw[1:3, 1:3, 1:3] = 1024
    np.savez(tmp_path / "raw.npz", hu=raw, spacing_zyx_mm=[1.0] * 3, origin_zyx_mm=[0.0] * 3)
    with pytest.raises(BridgeError, match="rescale"):
        read_ct(tmp_path / "raw.npz")
    np.savez(tmp_path / "air.npz", hu=raw * 0 - 1000, spacing_zyx_mm=[1.0] * 3, origin_zyx_mm=[0.0] * 3)
    with pytest.raises(BridgeError, match="tissue"):
        read_ct(tmp_path / "air.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"spacing_zyx_mm": [1.0, 1.0]}, "other content"),
        ({"spacing_zyx_mm": [1.0, 0.0, 1.0]}, "spacing must be positive"),
        ({"origin_zyx_mm": [0.0, np.inf, 0.0]}, "origin must be finite"),
        ({"hu": np.full((4, 4, 4), np.nan)}, "finite"),
        ({"hu": np.zeros((4, 4))}, "three dimensions, found 2"),
    ],
)
def test_numbers_that_are_no_ct_are_refused(tmp_path: Path, content: dict[str, object], message: str) -> None:
    whole = {"hu": np.zeros((4, 4, 4)), "spacing_zyx_mm": [1.0] * 3, "origin_zyx_mm": [0.0] * 3}
    np.savez(tmp_path / "ct.npz", **{**whole, **content})  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match=message):
        read_ct(tmp_path / "ct.npz")


def test_an_image_with_nan_is_refused(tmp_path: Path) -> None:
    image, _ = marked_image(np.eye(3))
    values = sitk.GetArrayFromImage(image).astype(np.float32)
    values[0, 0, 0] = np.nan
    sitk.WriteImage(sitk.GetImageFromArray(values), str(tmp_path / "ct.mha"))
    with pytest.raises(RefusedError, match="finite"):
        read_ct(tmp_path / "ct.mha")


def test_unreadable_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="none of that name"):
        read_ct(tmp_path / "absent.nii")
    (tmp_path / "text.nii").write_text("not an image")
    with pytest.raises(BridgeError, match="NIfTI"):
        read_ct(tmp_path / "text.nii")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RefusedError, match="found no CT image"):
        read_ct(tmp_path / "folder")
    np.savez(tmp_path / "other.npz", image=np.zeros(3))
    with pytest.raises(BridgeError, match="spacing_zyx_mm"):
        read_ct(tmp_path / "other.npz")


def slab_with_couch(*, cut: bool) -> tuple[Volume, np.ndarray]:
    """Box of water with an air cavity, on a couch of two thin shells; with `cut`, the image ends in the cavity."""
    hu = np.full((8, 80, 100), -1000, dtype=np.float32)
    truth = np.zeros(hu.shape, dtype=bool)
    truth[:, 20:60, 15:85] = True
    hu[truth] = 30
    hu[:, 28:50, 30:50] = -850
    hu[:, 60:62, :] = 100
    hu[:, 75:77, :] = 100
    if cut:
        hu, truth = hu[:, 35:], truth[:, 35:]
    size = (hu.shape[2], hu.shape[1], hu.shape[0])
    return Volume(hu, Grid(size, (2.0, 2.0, 3.0), (0.0, 0.0, 0.0)), Unit.HU), truth


@pytest.mark.parametrize("cut", [False, True])
def test_body_is_the_patient_with_lungs_without_couch(cut: bool) -> None:
    ct, truth = slab_with_couch(cut=cut)
    body = body_mask(ct)
    assert (body & ~truth).sum() < 0.1 * truth.sum(), "of the couch only where the patient lies on it"
    assert (truth & ~body).sum() < 0.01 * truth.sum()


def test_a_lung_cut_open_over_a_corner_is_known_from_the_plane_beside_it() -> None:
    hu = np.full((8, 60, 60), 30, dtype=np.float32)
    hu[:, 50:] = -1000  # the room
    hu[:, 5:30, 5:30] = -850
    hu[5:, :30, :30] = -850  # from the sixth plane on the image ends within the lung, along two edges
    body = body_mask(Volume(hu, Grid((60, 60, 8), (2.0, 2.0, 3.0), (0.0, 0.0, 0.0)), Unit.HU))
    assert body[:, :50].all()
    assert not body[:, 50:].any()


def test_no_patient_is_refused() -> None:
    air = Volume(np.full((4, 30, 30), -1000, dtype=np.float32), Grid((30, 30, 4), (2.0,) * 3, (0.0,) * 3), Unit.HU)
    with pytest.raises(BridgeError, match="patient"):
        body_mask(air)


LITRES = {"totalseg_pelvis": (18, 28), "ibsi_lung": (4.5, 6), "tg119": (12, 15)}


@pytest.mark.parametrize(("name", "litres"), LITRES.items())
def test_real_cts(shared_data: Path, name: str, litres: tuple[float, float]) -> None:
    ct = read_ct(shared_data / "ct" / f"{name}.npz")
    found = body_mask(ct).sum() * ct.grid.voxel_volume_mm3 / 1e6
    assert litres[0] < found < litres[1]
