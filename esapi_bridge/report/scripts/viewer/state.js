// What is shown, and the viewer that shows it.

const WINDOWS_HU = {
  soft: ["soft tissue", [-160, 240]],
  lung: ["lung", [-1350, 150]],
  bone: ["bone", [-500, 1300]],
  brain: ["brain", [0, 80]],
};
const MOST_ZOOM = 16;
const LEAST_WINDOW_HU = 10;

// The highest count of a volume.
function highest({ counts, missing }) {
  let most = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] > most && counts[i] !== missing) most = counts[i];
  return most;
}

class Viewer {
  // `layers` hold the network's dose at least; see `complete`.
  constructor(section, scene, ct, layers, masks) {
    Object.assign(this, { section, scene, ct, layers, masks });
    this.windows = { report: ["as in the pictures", scene.window_hu], ...WINDOWS_HU };
    this.lattice = this.layer("network").lattice; // the network's: the crosshair stands on its voxels
    const { low_mm: low, high_mm: high } = scene.box;
    this.range = [0, 1, 2].map((axis) => [this.lattice.voxel(axis, low[axis]), this.lattice.voxel(axis, high[axis])]);
    this.state = {
      cursor: this.snapped(scene.start_mm), pointer: null, middle: low.map((mm, axis) => (mm + high[axis]) / 2), zoom: 1,
      shown: "network", other: "", blend: 0.5, opacity: 0.5, window: scene.window_hu, lines: true,
      crosshair: true, hidden: new Set(), marked: null, main: "axial",
    };
    this.views = Object.keys(PLANES).map((name) => new PlaneView(name, section.querySelector(`[data-plane=${name}]`), scene));
  }

  // Take all layers.
  complete(layers) {
    this.layers = layers;
    this.worst = this.worstPlaces();
  }

  // The centre of the voxel that holds a point, of the network's lattice as if it filled the box.
  snapped(point) {
    return point.map((mm, axis) => {
      const [first, last] = this.range[axis];
      return this.lattice.coordinate(axis, Math.max(first, Math.min(this.lattice.voxel(axis, mm), last)));
    });
  }

  // Whether there is no further plane in a direction along an axis, 1 or -1.
  isLast(axis, direction) {
    const [first, last] = this.range[axis];
    return this.lattice.voxel(axis, this.state.cursor[axis]) === (direction > 0 ? last : first);
  }

  isWithin(point) {
    const { low_mm: low, high_mm: high } = this.scene.box;
    return point.every((mm, axis) => mm >= low[axis] && mm <= high[axis]);
  }

  layer(key) {
    return this.layers.find((layer) => layer.key === key);
  }

  view(name) {
    return this.views.find((view) => view.name === name);
  }

  change(changes) {
    Object.assign(this.state, changes);
    this.ask();
  }

  moveTo(point) {
    this.change({ cursor: this.snapped(point), told: "" });
  }

  // Move by voxels of the network's lattice.
  step(axis, voxels) {
    const point = [...this.state.cursor];
    point[axis] += voxels * this.lattice.spacing[axis];
    this.moveTo(point);
  }

  // Zoom about the crosshair.
  zoomBy(factor) {
    const zoom = Math.max(1, Math.min(this.state.zoom * factor, MOST_ZOOM));
    const { low_mm: low, high_mm: high } = this.scene.box;
    const middle = zoom > 1 ? [...this.state.cursor] : low.map((mm, axis) => (mm + high[axis]) / 2);
    this.change({ zoom, middle });
  }

  // The two differences and gamma, each where the dose compared against is at or above the cut-off.
  worstPlaces() {
    const [input, network] = [this.layer("input"), this.layer("network")];
    const error = this.layer("error") ?? this.layer("change");
    const judge = this.layer("reference") ?? input;
    let cutoff = null;
    const judged = (flat) => {
      cutoff ??= (this.scene.cutoff_percent / 100) * highest(judge.lattice);
      return judge.count(flat) >= cutoff && network.count(flat) >= 0;
    };
    const found = { difference: new Worst(error, judged) };
    const gamma = this.layer("gamma");
    if (gamma) {
      // Places of which gamma is only known to be large are ranked by their difference.
      found.gamma = new Worst(gamma, () => true, (point) => Math.abs(error.countAt(point)) || 0);
    }
    return found;
  }

  showWorst(which, onward) {
    const worst = this.worst[which];
    if (!worst) return;
    const point = worst.step(onward);
    if (!point) {
      this.change({ told: `no ${which} to go to` });
      return;
    }
    const told = `${which}, worst place ${worst.shown + 1}: ${worst.layer.name} ${worst.layer.text(point)} ${worst.layer.unit}`;
    const middle = this.state.zoom > 1 ? point : this.state.middle;
    this.change({ cursor: this.snapped(point), shown: worst.layer.key, middle, told });
  }

  shownLayers() {
    const { shown, other, blend } = this.state;
    const first = this.layer(shown);
    if (!other || other === shown) return [{ layer: first, weight: 1 }];
    return [{ layer: first, weight: 1 - blend }, { layer: this.layer(other), weight: blend }];
  }

  // Draw once before the next picture of the browser, however much changed.
  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  draw() {
    const { state } = this;
    const layers = this.shownLayers();
    const structures = this.masks.filter((mask) => !state.hidden.has(mask.number) || mask.number === state.marked);
    this.section.dataset.main = state.main;
    for (const view of this.views) {
      view.layOut(state.zoom, state.middle);
      view.draw(state, layers, structures, this.ct);
      if (view.name === state.main) view.drawScales(layers, this.scene.intended_use);
    }
    this.onDraw?.();
  }
}
