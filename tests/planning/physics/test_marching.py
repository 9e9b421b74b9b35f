"""The lattice transport against the exact solution of its equation, on CPU and on a simulated GPU."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from esapi_bridge.planning.physics.marching import line_shifts, march_cpu


def march_one(
    rho: np.ndarray, terma: np.ndarray, slopes: tuple[float, float], a: float, amplitude: float
) -> np.ndarray:
    shifts = line_shifts(*slopes, rho.shape[0])[None]
    step = 0.125 * np.sqrt(1 + slopes[0] ** 2 + slopes[1] ** 2)
    kept: np.ndarray = march_cpu(
        rho.astype(np.float32), terma[None].astype(np.float32), np.array([0]), shifts, np.array([True]),
        np.array([step]), np.array([[amplitude]]), np.array([[a]]), 1,
    )  # fmt: skip
    return kept


def test_one_source_plane_decays_exponentially() -> None:
    rho = np.ones((60, 3, 3))
    terma = np.zeros_like(rho)
    terma[0] = 1.0
    kept = march_one(rho, terma, (0.0, 0.0), a=1.7, amplitude=0.4)
    edges = 0.125 * np.arange(60)
    entering = 0.4 / 1.7**2 * (1 - np.exp(-1.7 * 0.125))  # carried out of the source voxel, by integration
    expected = entering * (np.exp(-1.7 * edges[:-1]) - np.exp(-1.7 * edges[1:])) / 0.125
    assert kept[1:, 1, 1] == pytest.approx(expected, rel=2e-3)


def test_depth_counts_density_not_distance() -> None:
    """Half the density over twice the distance takes the same energy."""
    terma = np.zeros((41, 1, 1))
    terma[0] = 1.0
    dense = march_one(np.ones((41, 1, 1)), terma, (0, 0), 2.0, 1.0)
    thin_rho = np.full((41, 1, 1), 0.5)
    thin_rho[0] = 1.0
    thin = march_one(thin_rho, terma, (0, 0), 2.0, 1.0)
    assert thin[1:41].sum() == pytest.approx(dense[1:21].sum(), rel=1e-4)


@pytest.mark.parametrize("slopes", [(0.0, 0.0), (0.4, -0.9), (-1.0, 1.0)])
def test_energy_is_conserved(slopes: tuple[float, float]) -> None:
    """Released in the middle of a large block of varied density, all of A / a is deposited."""
    rng = np.random.default_rng(3)
    rho = rng.uniform(0.5, 2.0, (90, 200, 200))
    terma = np.zeros_like(rho)
    terma[5:10, 98:103, 98:103] = rng.uniform(0.5, 1.0, (5, 5, 5))
    kept = march_one(rho, terma, slopes, a=2.5, amplitude=0.8)
    assert kept.sum() == pytest.approx((terma * rho).sum() * 0.8 / 2.5, rel=1e-3)


def test_lines_stay_within_half_a_voxel_of_the_direction() -> None:
    shifts = line_shifts(0.37, -0.83, 200)
    path = np.cumsum(shifts, axis=0)
    assert np.abs(path[:, 0] - 0.37 * np.arange(200)).max() <= 0.5 + 1e-9
    assert np.abs(path[:, 1] + 0.83 * np.arange(200)).max() <= 0.5 + 1e-9


@pytest.mark.slow
def test_gpu_lines_give_the_cpu_result() -> None:
    """Runs the GPU kernel in numba's simulator, in a process of its own since that is chosen at import."""
    script = textwrap.dedent(
        """
        import numpy as np
        from esapi_bridge.planning.physics.marching import line_shifts, march_cpu
        from esapi_bridge.planning.physics.marching_gpu import march_gpu
        rng = np.random.default_rng(0)
        rho, terma = rng.uniform(.1, 2, (6, 5, 7)).astype("f4"), rng.random((2, 6, 5, 7)).astype("f4")
        shifts = np.stack([line_shifts(*rng.uniform(-1, 1, 2), 6) for _ in range(4)])
        rest = (np.array([0, 0, 1]), shifts, np.array([True, False, True, False]), rng.uniform(.1, .3, 4),
                rng.random((4, 3)), rng.uniform(.1, 3, (4, 3)))
        print(np.abs(march_cpu(rho, terma, *rest, 1) - march_gpu(rho, terma, *rest)).max())
        """
    )
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
    )  # fmt: skip
    assert float(ran.stdout) < 1e-5
