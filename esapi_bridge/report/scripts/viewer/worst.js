// The places where a layer is worst: the largest absolute value first, each next one some way from all before.

const APART_MM = 10;

class Worst {
  // `judged(flat)` says which voxels count; `tie(point)` ranks those alike.
  constructor(layer, judged, tie = () => 0) {
    Object.assign(this, { layer, judged, tie, places: [], shown: -1 });
  }

  // Go on to the next place or back to the one before; null where there is none.
  step(onward) {
    if (onward && this.shown + 1 === this.places.length) this.find();
    this.shown = Math.max(0, Math.min(this.shown + (onward ? 1 : -1), this.places.length - 1));
    return this.places[this.shown] ?? null;
  }

  find() {
    const { lattice } = this.layer;
    const [nx, ny, nz] = lattice.size;
    let best = 0;
    let bestTie = 0;
    let found = null;
    for (let flat = 0; flat < nx * ny * nz; flat++) {
      const score = Math.abs(this.layer.count(flat));
      if (!(score >= best) || score === 0 || !this.judged(flat)) continue;
      const point = lattice.point(flat);
      if (this.places.some((place) => Math.hypot(...place.map((mm, axis) => mm - point[axis])) < APART_MM)) continue;
      const tie = this.tie(point);
      if (score > best || tie > bestTie) [best, bestTie, found] = [score, tie, point];
    }
    if (found) this.places.push(found);
  }
}
