// What is laid over the CT: doses, differences and gamma, in the colours of the still pictures.

function colourTable(hex) {
  return Uint8ClampedArray.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

class Layer {
  // `count(flat)` is a whole number of steps, NaN where there is nothing; `from` is the least value that has a colour.
  constructor(description) {
    Object.assign(this, description);
  }

  value(flat) {
    return this.step * this.count(flat);
  }

  countAt(point) {
    const flat = this.lattice.flat(point);
    return flat < 0 ? NaN : this.count(flat);
  }

  // The value at a point with all its stored digits, in the layer's unit.
  text(point) {
    const count = this.countAt(point);
    if (Number.isNaN(count)) return "–";
    const text = (this.step * count).toFixed(this.digits);
    const more = this.most !== undefined && count >= this.most ? "≥ " : "";
    return `${more}${this.signed && count > 0 ? "+" : ""}${text}`;
  }

  plane(plane, mm) {
    return this.lattice.plane(plane, mm, (flat) => this.value(flat));
  }

  // Colour of a value as a place in the table; -1 for none.
  colour(value) {
    if (!(value >= this.from)) return -1;
    const share = (value - this.low) / (this.high - this.low);
    return 4 * Math.min(255, Math.max(0, Math.floor(share * 256)));
  }

  css(value) {
    const at = Math.max(0, this.colour(value));
    return `rgb(${this.table.slice(at, at + 3).join(" ")})`;
  }
}

function doseLayer(volume, scene, key) {
  return new Layer({
    key, name: volume.name, title: "dose, Gy", unit: "Gy", lattice: volume, step: volume.step, digits: volume.digits,
    low: 0, high: scene.top_gy, from: scene.wash_from * scene.top_gy, table: colourTable(scene.colours.dose),
    strength: 1, lines: true, count: (flat) => volume.count(flat),
  });
}

function differenceLayer(one, other, scene, key) {
  const end = scene.difference_gy;
  return new Layer({
    key, name: `${one.name} − ${other.name}`, title: "difference, Gy", unit: "Gy", signed: true, lattice: one,
    step: one.step, digits: one.digits, low: -end, high: end, from: -Infinity,
    table: colourTable(scene.colours.difference), strength: 2, lines: false,
    count: (flat) => one.count(flat) - other.count(flat),
  });
}

function gammaLayer(volume, scene) {
  const limit = scene.gamma_limit;
  return new Layer({
    key: "gamma", name: volume.name, title: "gamma", unit: "", lattice: volume, step: volume.step, digits: volume.digits,
    most: Math.round(limit / volume.step), low: 0, high: limit, from: 0, table: colourTable(scene.colours.difference),
    strength: 2, lines: false, count: (flat) => volume.count(flat),
  });
}

// All layers in the order of the list; doses are input, network and, where there is one, reference.
function makeLayers(doses, gamma, scene) {
  const [input, network, reference] = doses;
  const layers = doses.map((dose, n) => doseLayer(dose, scene, ["input", "network", "reference"][n]));
  layers.push(differenceLayer(network, input, scene, "change"));
  if (reference) layers.push(differenceLayer(reference, network, scene, "error"));
  if (gamma) layers.push(gammaLayer(gamma, scene));
  return layers;
}
