"""What is collected around a voxel: see `dosenet.surroundings`."""

REACH = 2
"""Voxels of a box on every side."""

APART = (1, 3)
"""How far apart the voxels of the two boxes are: one shows what is next to a voxel, the other what is around that."""

SIDE = 2 * REACH + 1
BOX = SIDE**3
BOXES = len(APART) * BOX

UPSTREAM, DOWNSTREAM = 12, 6
"""Steps of a voxel's length along the ray, towards the source and away from it."""

LINE = UPSTREAM + DOWNSTREAM + 1
INPUTS = 2 * BOXES + 2 * LINE + 4
"""Boxes of densities and of doses, the line of both, direction of the ray (x, y, z), and 1 where that is known."""

SKIN_KIND, STEEP_KIND = 1, 2
