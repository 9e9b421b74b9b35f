from pathlib import Path

from dosenet.pairs import Pairs, Row
from dosenet.slices import selected_planes
from dosenet.store import PairWriter, read_patients


def test_a_coarse_plane_whose_fine_planes_are_not_all_stored_is_left_out(toy_store: Path, tmp_path: Path) -> None:
    patient = read_patients(toy_store, "train")[0]
    pair = next(iter(patient.fields()))
    first = int(selected_planes(pair.coarse_gy())[0]) // 4 * 4
    writer = PairWriter(tmp_path / "s.zarr")
    writer.add_patient("p", patient.ct_hu(), patient.origin_mm, split="train", site="toy")
    writer.add_field("p", "f", pair.coarse_gy(), pair.fine_gy()[first + 1 :], z_start=first + 1)
    rows = Pairs.load(tmp_path / "s.zarr", "train", fine_planes=4).rows
    assert int(rows[0, Row._fields.index("plane")]) == first + 4


def test_splits_share_no_patient(toy_store: Path) -> None:
    names = [set(Pairs.load(toy_store, split).patients) for split in ("train", "validation", "test")]
    assert names == [{"p1", "p2"}, {"p3"}, {"p4"}]
