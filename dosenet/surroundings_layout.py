"""What is collected around a voxel, how it is scaled, and around which voxels: see `dosenet.surroundings`."""

REACH = 2
"""Voxels of the box on every side."""

SIDE = 2 * REACH + 1
BOX = SIDE**3

UPSTREAM, DOWNSTREAM = 12, 6
"""Steps of a voxel's length along the ray, towards the source and away from it."""

LINE = UPSTREAM + DOWNSTREAM + 1
INPUTS = 2 * BOX + 2 * LINE + 4
"""Box and line of both volumes, direction of the ray (x, y, z), and 1 where that is known."""

DOSE_SCALE, MIDDLE_DOSE, SPREAD_DOSE = 6.0, 0.4, 0.3
MIDDLE_DENSITY, SPREAD_DENSITY = 0.7, 0.5
"""What makes inputs about as large as 1: differences of dose from the voxel's own, its own, and densities."""

SKIN_VOXELS = 3
"""Voxels from the outline that count as skin, along any axis."""

LEAST_SHARE, STEEP = (0.02, 0.04), (0.015, 0.025)
"""Shares of the maximum, of the dose and of its change from voxel to voxel: where a correction begins, and from where
on it is whole. In between it fades, as nothing in a dose may jump where a voxel is just steep enough."""

SKIN_KIND, STEEP_KIND = 1, 2
