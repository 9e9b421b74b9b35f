"""What is collected around a voxel: see `dosenet.surroundings`."""

BOXES = ((2, 1), (1, 3))
"""Of each box, how many voxels it has on every side of the middle one, and how far apart these are.

The first shows what is next to a voxel, the second what is around that.
"""

SIZES = tuple((2 * reach + 1) ** 3 for reach, _ in BOXES)
BOXED = sum(SIZES)

UPSTREAM, DOWNSTREAM = 12, 6
"""Steps of a voxel's length along the ray, towards the source and away from it."""

LINE = UPSTREAM + DOWNSTREAM + 1
INPUTS = 2 * BOXED + 2 * LINE + 4
"""Boxes of densities and of doses, the line of both, direction of the ray (x, y, z), and 1 where that is known."""

SKIN_KIND, STEEP_KIND = 1, 2
