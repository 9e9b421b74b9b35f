// One plane on its canvas: CT, layers, outlines, isodose lines, crosshair, and what tells directions and sizes.

const SCALE_BARS_MM = [100, 50, 20, 10, 5, 2];
const HALO = "rgb(0 0 0 / 0.75)";

class PlaneView {
  constructor(name, figure, scene) {
    this.name = name;
    this.plane = PLANES[name];
    this.canvas = figure.querySelector("canvas");
    this.slider = figure.querySelector("input");
    this.label = figure.querySelector("figcaption");
    this.context = this.canvas.getContext("2d");
    this.scene = scene;
    this.scratch = document.createElement("canvas");
  }

  // Fit the canvas to its place on the page and the patient to the canvas.
  layOut(zoom, middle) {
    const { width, height } = this.canvas.parentElement.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const pixels = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    if (this.canvas.width !== pixels[0]) this.canvas.width = pixels[0];
    if (this.canvas.height !== pixels[1]) this.canvas.height = pixels[1];
    [this.width, this.height, this.ratio] = [width, height, ratio];
    const { low_mm: low, high_mm: high } = this.scene.box;
    const { right, down } = this.plane;
    this.scale = zoom * Math.min(width / (high[right] - low[right]), height / (high[down] - low[down]));
    this.middle = middle;
  }

  // Pixels of coordinates on the axes to the right and downwards.
  across(mm) {
    return this.width / 2 + (mm - this.middle[this.plane.right]) * this.scale;
  }

  along(mm) {
    return this.height / 2 + (mm - this.middle[this.plane.down]) * this.scale * (this.plane.up ? -1 : 1);
  }

  // The point under the pointer, on the plane that is shown.
  point(event, cursor) {
    const box = this.canvas.getBoundingClientRect();
    const { right, down, up } = this.plane;
    const point = [...cursor];
    point[right] = this.middle[right] + (event.clientX - box.left - this.width / 2) / this.scale;
    point[down] = this.middle[down] + ((event.clientY - box.top - this.height / 2) / this.scale) * (up ? -1 : 1);
    return point;
  }

  draw(state, layers, structures, ct) {
    const { context } = this;
    const mm = state.cursor[this.plane.cut];
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = "black";
    context.fillRect(0, 0, this.width, this.height);
    this.drawCt(ct, mm, state.window);
    for (const { layer, weight } of layers) this.drawLayer(layer, mm, weight * Math.min(1, layer.strength * state.opacity));
    for (const mask of structures) this.drawOutline(mask, mm, mask.number === state.marked);
    if (state.lines) {
      const lined = layers.filter(({ layer, weight }) => layer.lines && weight > 0);
      lined.forEach(({ layer }, n) => this.drawIsodoses(layer, mm, n > 0));
    }
    if (state.crosshair) this.drawCrosshair(state.cursor);
    this.drawLetters();
    this.drawScaleBar();
    this.label.textContent = `${this.name}, ${"xyz"[this.plane.cut]} = ${mm.toFixed(2)} mm`;
  }

  drawCt(ct, mm, [low, high]) {
    const slice = ct.plane(this.plane, mm, (flat) => ct.offset + ct.step * ct.counts[flat]);
    if (!slice) return;
    this.drawImage(slice, 1, true, (value, pixels, at) => {
      const grey = (255 * (value - low)) / (high - low);
      pixels[at] = pixels[at + 1] = pixels[at + 2] = grey;
      pixels[at + 3] = 255;
    });
  }

  drawLayer(layer, mm, alpha) {
    const slice = alpha > 0 ? layer.plane(this.plane, mm) : null;
    if (!slice) return;
    this.drawImage(slice, alpha, false, (value, pixels, at) => {
      const colour = layer.colour(value);
      if (colour >= 0) for (let n = 0; n < 4; n++) pixels[at + n] = layer.table[colour + n];
    });
  }

  // Draw the voxels of a plane where they lie.
  drawImage({ columns, rows, values, lattice }, alpha, smooth, paint) {
    this.scratch.width = columns;
    this.scratch.height = rows;
    const pencil = this.scratch.getContext("2d");
    const image = pencil.createImageData(columns, rows);
    for (let i = 0; i < values.length; i++) paint(values[i], image.data, 4 * i);
    pencil.putImageData(image, 0, 0);
    const { right, down } = this.plane;
    const { context } = this;
    context.globalAlpha = alpha;
    context.imageSmoothingEnabled = smooth;
    context.drawImage(
      this.scratch, this.across(lattice.coordinate(right, -0.5)), this.top(lattice, -0.5),
      columns * lattice.spacing[right] * this.scale, rows * lattice.spacing[down] * this.scale,
    );
    context.globalAlpha = 1;
  }

  // Pixels of a row of a plane's voxels, counted from the top.
  top(lattice, row) {
    const { down, up } = this.plane;
    return this.along(lattice.coordinate(down, up ? lattice.size[down] - 1 - row : row));
  }

  drawLines(slice, level, options, colour, width) {
    const { context } = this;
    const across = (column) => this.across(slice.lattice.coordinate(this.plane.right, column));
    const along = (row) => this.top(slice.lattice, row);
    context.beginPath();
    isolines(slice, level, (fromColumn, fromRow, toColumn, toRow) => {
      context.moveTo(across(fromColumn), along(fromRow));
      context.lineTo(across(toColumn), along(toRow));
    }, options);
    context.lineCap = "round";
    context.strokeStyle = HALO;
    context.lineWidth = width + 1;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  drawOutline(mask, mm, strong) {
    const slice = mask.outline(this.plane, mm);
    if (slice) this.drawLines(slice, 0.5, { outside: 0 }, mask.colour, strong ? 3.5 : 1.3);
  }

  drawIsodoses(layer, mm, dashed) {
    const slice = layer.plane(this.plane, mm);
    if (!slice) return;
    for (const percent of this.scene.isodoses.percent) {
      const level = (this.scene.isodoses.full_gy * percent) / 100;
      this.drawLines(slice, level, { dashed }, layer.css(level), 1.6);
    }
  }

  drawCrosshair(cursor) {
    const { context } = this;
    const [x, y] = [this.across(cursor[this.plane.right]), this.along(cursor[this.plane.down])];
    const gap = 9;
    context.beginPath();
    for (const [x0, y0, x1, y1] of [
      [0, y, x - gap, y], [x + gap, y, this.width, y], [x, 0, x, y - gap], [x, y + gap, x, this.height],
    ]) {
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
    }
    context.strokeStyle = "rgb(255 255 255 / 0.6)";
    context.lineWidth = 1;
    context.stroke();
  }

  write(text, x, y, align, baseline, font = "bold 14px sans-serif") {
    const { context } = this;
    Object.assign(context, { font, textAlign: align, textBaseline: baseline, lineWidth: 3, strokeStyle: HALO });
    context.lineJoin = "round";
    context.strokeText(text, x, y);
    context.fillStyle = "white";
    context.fillText(text, x, y);
  }

  drawLetters() {
    const [left, right, top, bottom] = this.plane.letters;
    this.write(left, 8, this.height / 2, "left", "middle");
    this.write(right, this.width - 8, this.height / 2, "right", "middle");
    this.write(top, this.width / 2, 8, "center", "top");
    this.write(bottom, this.width / 2, this.height - 8, "center", "bottom");
  }

  drawScaleBar() {
    const mm = SCALE_BARS_MM.find((length) => length * this.scale <= this.width / 4) ?? SCALE_BARS_MM.at(-1);
    const { context } = this;
    const y = this.height - 14;
    for (const [colour, width, more] of [[HALO, 5, 1.5], ["white", 2, 0]]) {
      context.beginPath();
      context.moveTo(12 - more, y);
      context.lineTo(12 + mm * this.scale + more, y);
      context.lineCap = "butt";
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
    this.write(mm >= 10 ? `${mm / 10} cm` : `${mm} mm`, 12, y - 6, "left", "bottom", "11px sans-serif");
  }

  // Colours of layers with their values, and what the picture is not for, in the main picture.
  drawScales(layers, intendedUse) {
    layers.forEach(({ layer }, n) => this.drawColourBar(layer, this.width - 22 - 74 * n));
    const { context } = this;
    context.font = "11px sans-serif";
    const width = context.measureText(intendedUse).width + 10;
    context.fillStyle = "#9b1c1c";
    context.fillRect(this.width - width, this.height - 17, width, 17);
    Object.assign(context, { fillStyle: "white", textAlign: "left", textBaseline: "middle" });
    context.fillText(intendedUse, this.width - width + 5, this.height - 8);
  }

  drawColourBar(layer, x) {
    const { context } = this;
    const [top, height] = [34, Math.max(60, 0.36 * this.height)];
    for (let n = 0; n < 256; n++) {
      const [red, green, blue, alpha] = layer.table.slice(4 * (255 - n), 4 * (256 - n));
      context.fillStyle = `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
      context.fillRect(x, top + (n * height) / 256, 12, height / 256 + 0.5);
    }
    context.strokeStyle = "white";
    context.lineWidth = 1;
    context.strokeRect(x, top, 12, height);
    const y = (value) => top + height * (1 - (value - layer.low) / (layer.high - layer.low));
    for (let n = 0; n <= 4; n++) {
      const value = layer.low + ((layer.high - layer.low) * n) / 4;
      this.write(value.toPrecision(3), x - 4, y(value), "right", "middle", "11px sans-serif");
    }
    if (layer.lines) {
      for (const percent of this.scene.isodoses.percent) {
        context.fillStyle = "white";
        context.fillRect(x, y((this.scene.isodoses.full_gy * percent) / 100) - 0.5, 12, 1);
      }
    }
    this.write(layer.title, x + 12, top - 10, "right", "bottom", "11px sans-serif");
  }
}
