"""Which kinds and energies a patient gets."""

from __future__ import annotations

import numpy as np

from esapi_bridge.case import FieldKind
from esapi_bridge.training_data.field_mix import Mix
from tests.planning.water import water_cylinder


def test_every_kind_meets_every_energy_whatever_is_there_already() -> None:
    mix = Mix(seed=3)
    met = [(mix.kind(n), mix.energy("a", n)) for n in range(len(mix.kinds) * len(mix.energies))]
    assert len(set(met)) == len(met)
    assert [kind for kind, _ in met[:6]] == list(FieldKind)
    assert len({Mix(seed=seed).energy("a", 0) for seed in range(30)}) == len(mix.energies)
    subject = water_cylinder()
    one, two = (mix.beams("a", 2, subject)[0] for _ in range(2))
    (shape, again) = (np.asarray(beam.control_points[-1].leaves_mm) for beam in (one, two))
    assert np.array_equal(shape, again)
    assert one.energy_label == mix.energy("a", 2)
