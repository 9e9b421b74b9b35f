"""What is collected around a voxel: see `dosenet.surroundings`."""

REACH = 2
"""Voxels of the box on every side."""

SIDE = 2 * REACH + 1
BOX = SIDE**3

UPSTREAM, DOWNSTREAM = 12, 6
"""Steps of a voxel's length along the ray, towards the source and away from it."""

LINE = UPSTREAM + DOWNSTREAM + 1
INPUTS = 2 * BOX + 2 * LINE + 4
"""Box and line of both volumes, direction of the ray (x, y, z), and 1 where that is known."""

SKIN_KIND, STEEP_KIND = 1, 2
