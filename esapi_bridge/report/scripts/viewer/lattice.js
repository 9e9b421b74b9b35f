// Positions: planes of the patient, lattices, volumes and masks. Points are [x, y, z], LPS, mm.

// Shown the radiological way: the patient's left on the right, anterior or the head on top.
const PLANES = {
  axial: { cut: 2, right: 0, down: 1, up: false, letters: ["R", "L", "A", "P"] },
  coronal: { cut: 1, right: 0, down: 2, up: true, letters: ["R", "L", "H", "F"] },
  sagittal: { cut: 0, right: 1, down: 2, up: true, letters: ["A", "P", "H", "F"] },
};

class Lattice {
  constructor(packed) {
    this.size = packed.size;
    this.spacing = packed.spacing_mm;
    this.origin = packed.origin_mm;
    this.strides = [1, this.size[0], this.size[0] * this.size[1]];
  }

  // Index of the voxel that holds a coordinate; it may lie outside the lattice.
  voxel(axis, mm) {
    return Math.floor((mm - this.origin[axis]) / this.spacing[axis] + 0.5);
  }

  coordinate(axis, index) {
    return this.origin[axis] + this.spacing[axis] * index;
  }

  point(flat) {
    const [nx, ny] = this.size;
    const indices = [flat % nx, Math.floor(flat / nx) % ny, Math.floor(flat / (nx * ny))];
    return indices.map((index, axis) => this.coordinate(axis, index));
  }

  // Where the voxel of a point stands in the array; -1 outside.
  flat(point) {
    let flat = 0;
    for (let axis = 0; axis < 3; axis++) {
      const index = this.voxel(axis, point[axis]);
      if (index < 0 || index >= this.size[axis]) return -1;
      flat += index * this.strides[axis];
    }
    return flat;
  }

  // Values of one plane, top row first, as `valueOf` gives them for places in the array; null where the plane lies outside.
  plane(plane, mm, valueOf) {
    const cut = this.voxel(plane.cut, mm);
    if (cut < 0 || cut >= this.size[plane.cut]) return null;
    const columns = this.size[plane.right];
    const rows = this.size[plane.down];
    const values = new Float32Array(columns * rows);
    const across = this.strides[plane.right];
    for (let row = 0, k = 0; row < rows; row++) {
      let flat = cut * this.strides[plane.cut] + (plane.up ? rows - 1 - row : row) * this.strides[plane.down];
      for (let column = 0; column < columns; column++, flat += across) values[k++] = valueOf(flat);
    }
    return { columns, rows, values, lattice: this };
  }
}

// Stored whole numbers with what they mean: value = offset + step * count.
class Volume extends Lattice {
  constructor(packed, counts) {
    super(packed);
    this.name = packed.name;
    this.offset = packed.offset;
    this.step = packed.step;
    this.digits = packed.digits;
    this.missing = packed.missing;
    this.counts = counts;
  }

  with({ size, spacing, origin }, counts) {
    const packed = { ...this, size, spacing_mm: spacing, origin_mm: origin };
    return new Volume(packed, counts);
  }

  // Count at a place in the array, NaN where nothing is known.
  count(flat) {
    const count = this.counts[flat];
    return count === this.missing ? NaN : count;
  }
}

// Where the voxels of a lattice lie between those of another along an axis: the lower neighbour and the share of the upper
// one; -1 beyond the outer faces, within which the outermost value holds.
function neighbours(from, to, axis) {
  const last = from.size[axis] - 1;
  const below = new Int32Array(to.size[axis]);
  const share = new Float64Array(to.size[axis]);
  for (let i = 0; i < below.length; i++) {
    const place = (to.coordinate(axis, i) - from.origin[axis]) / from.spacing[axis];
    const held = Math.max(0, Math.min(place, last));
    below[i] = Math.abs(place - held) > 0.5 + 1e-9 ? -1 : Math.min(Math.floor(held), Math.max(0, last - 1));
    share[i] = held - below[i];
  }
  return { below, share, next: last > 0 ? from.strides[axis] : 0 };
}

// A volume interpolated linearly at the voxels of another lattice, to whole steps; unknown where it does not reach.
function onLattice(volume, lattice) {
  const same = ["size", "spacing", "origin"].every((name) => volume[name].every((n, axis) => n === lattice[name][axis]));
  if (same) return volume;
  const [x, y, z] = [0, 1, 2].map((axis) => neighbours(volume, lattice, axis));
  const [nx, ny, nz] = lattice.size;
  const { counts } = volume;
  const found = new Uint16Array(nx * ny * nz).fill(volume.missing);
  const row = new Float64Array(volume.size[0]);
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      if (z.below[k] < 0 || y.below[j] < 0) continue;
      const start = z.below[k] * volume.strides[2] + y.below[j] * volume.strides[1];
      for (let i = 0, at = start; i < row.length; i++, at++) {
        const lower = counts[at] * (1 - y.share[j]) + counts[at + y.next] * y.share[j];
        const upper = counts[at + z.next] * (1 - y.share[j]) + counts[at + y.next + z.next] * y.share[j];
        row[i] = lower * (1 - z.share[k]) + upper * z.share[k];
      }
      for (let i = 0, at = (k * ny + j) * nx; i < nx; i++, at++) {
        const below = x.below[i];
        if (below < 0) continue;
        found[at] = Math.floor(row[below] * (1 - x.share[i]) + row[below + x.next] * x.share[i] + 0.5);
      }
    }
  }
  return volume.with(lattice, found);
}

// A structure on its part of the lattice of structures.
class Mask extends Lattice {
  constructor(packed, bytes) {
    super(packed);
    this.number = packed.number;
    this.name = packed.name;
    this.colour = `rgb(${packed.colour.join(" ")})`;
    this.bytes = bytes;
    this.rowBytes = Math.ceil(this.size[0] / 8);
  }

  holds(i, j, k) {
    return (this.bytes[(k * this.size[1] + j) * this.rowBytes + (i >> 3)] >> (7 - (i & 7))) & 1;
  }

  inside(point) {
    const [i, j, k] = point.map((mm, axis) => this.voxel(axis, mm));
    const [nx, ny, nz] = this.size;
    return i >= 0 && j >= 0 && k >= 0 && i < nx && j < ny && k < nz && this.holds(i, j, k) === 1;
  }

  outline(plane, mm) {
    return this.plane(plane, mm, (flat) => {
      const [nx, ny] = this.size;
      return this.holds(flat % nx, Math.floor(flat / nx) % ny, Math.floor(flat / (nx * ny)));
    });
  }
}
