// Fluences of all fields in the beam's eye view, from the maps of report/fluence_view.py.
const frame = document.getElementById("fluence-view");
const data = JSON.parse(document.getElementById("fluence-view-data").textContent);
const slider = frame.querySelector("input[type=range]");
const title = frame.querySelector("output.title");
const readout = frame.querySelector("output.readout");
const panels = frame.querySelector(".panels");
const LABELS = { network: "network", clinical: "clinical", difference: "network − clinical" };
const KINDS = Object.keys(LABELS).filter((kind) => data.fields.some((field) => kind in field.maps));
const CLOSEST = 20; // times the whole extent
const digits = Math.max(0, Math.ceil(-Math.log10(data.step) - 1e-9));

const values = (text) => new Int16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
for (const field of data.fields) for (const map of Object.values(field.maps)) map.values = values(map.values);
const hidden = new Set(); // ROI numbers
const rows = new Map([...document.querySelectorAll("tr[data-field]")].map((r) => [Number(r.dataset.field), r]));
let marked = null; // ROI number
let field = data.fields[0];
let place = null; // [x, y] in mm that is read
let view; // what is seen: centre, and half of its height, mm

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const scaleOf = (kind) => data.scales[kind === "difference" ? "difference" : "fluence"];

function whole() {
  const [left, right, bottom, top] = data.extent_mm;
  return { x: (left + right) / 2, y: (bottom + top) / 2, half: (top - bottom) / 2 };
}

// The pixel of a map that a place lies in; what lies beside the map is zero.
function pixel(map, [x, y]) {
  const column = Math.round((x - map.x_mm) / map.spacing_mm), row = Math.round((map.y_mm - y) / map.spacing_mm);
  return row < 0 || column < 0 || row >= map.rows || column >= map.columns ? 0 : map.values[row * map.columns + column];
}
const fluence = (number) => {
  const text = (number * data.step).toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
};

// The middle of the pixel of the network's map that a place lies in.
function snapped([x, y]) {
  const { x_mm, y_mm, spacing_mm } = field.maps.network;
  return [x_mm + Math.round((x - x_mm) / spacing_mm) * spacing_mm, y_mm - Math.round((y_mm - y) / spacing_mm) * spacing_mm];
}

function rgb(colour) {
  const number = parseInt(colour.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

// A map as a picture of one point a pixel, painted once.
const painted = new WeakMap();
function picture(map, scale) {
  if (painted.has(map)) return painted.get(map);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [map.columns, map.rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(map.columns, map.rows);
  const colours = scale.colours.map(rgb);
  map.values.forEach((number, k) => {
    const share = (number * data.step - scale.low) / (scale.high - scale.low);
    const colour = colours[Math.min(colours.length - 1, Math.max(0, Math.round(share * (colours.length - 1))))];
    image.data.set([...colour, 255], 4 * k);
  });
  context.putImageData(image, 0, 0);
  painted.set(map, canvas);
  return canvas;
}

function scaling(canvas) {
  const perMm = canvas.clientHeight / (2 * view.half);
  return {
    px: (x) => canvas.clientWidth / 2 + (x - view.x) * perMm,
    py: (y) => canvas.clientHeight / 2 - (y - view.y) * perMm,
    mm: (px, py) => [view.x + (px - canvas.clientWidth / 2) / perMm, view.y - (py - canvas.clientHeight / 2) / perMm],
    perMm,
  };
}

function drawPanel({ kind, canvas, none }) {
  const map = field.maps[kind], scale = scaleOf(kind);
  none.hidden = map !== undefined;
  const dots = devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * dots);
  canvas.height = Math.round(canvas.clientHeight * dots);
  const context = canvas.getContext("2d");
  context.scale(dots, dots);
  const { px, py, perMm } = scaling(canvas);
  // Beside a map there is no fluence.
  const zero = Math.round((-scale.low / (scale.high - scale.low)) * (scale.colours.length - 1));
  context.fillStyle = scale.colours[zero];
  context.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  context.imageSmoothingEnabled = false;
  if (map) {
    const side = map.spacing_mm * perMm;
    context.drawImage(
      picture(map, scale), px(map.x_mm - map.spacing_mm / 2), py(map.y_mm + map.spacing_mm / 2), map.columns * side, map.rows * side,
    );
  }
  const onDark = kind !== "difference";
  for (const s of data.structures) {
    if (hidden.has(s.number)) continue;
    const width = s.number === marked ? 3.2 : 1.6;
    context.globalAlpha = marked !== null && s.number !== marked ? 0.35 : 1;
    for (const line of field.outlines[s.number]) {
      context.beginPath();
      for (let k = 0; k < line.length; k += 2)
        context.lineTo(px(line[k] * data.outline_step_mm), py(line[k + 1] * data.outline_step_mm));
      // A pale edge, so that dark structures are seen on the dark end of the scale.
      [context.strokeStyle, context.lineWidth] = ["rgba(255, 255, 255, 0.45)", width + 1.6];
      context.stroke();
      [context.strokeStyle, context.lineWidth] = [`rgb(${s.colour})`, width];
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  const [x1, x2, y1, y2] = field.jaws_mm;
  context.strokeStyle = "#e8872b";
  context.lineWidth = 1.2;
  context.setLineDash([5, 4]);
  context.strokeRect(px(x1), py(y2), (x2 - x1) * perMm, (y2 - y1) * perMm);
  context.setLineDash([]);
  const ink = onDark ? "#ffffff" : "#1c2733";
  const cross = (x, y, arm, width) => {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x - arm, y);
    context.lineTo(x + arm, y);
    context.moveTo(x, y - arm);
    context.lineTo(x, y + arm);
    context.stroke();
  };
  context.strokeStyle = ink;
  cross(px(0), py(0), 6, 1);
  if (place) {
    context.globalAlpha = 0.65;
    cross(px(place[0]), py(place[1]), 4000, 0.8);
    context.globalAlpha = 1;
  }
  axes(context, canvas, ink);
}

// Marks along the lower and the left edge, mm.
function axes(context, canvas, ink) {
  const { px, py, mm, perMm } = scaling(canvas);
  const step = [5, 10, 20, 50, 100].find((s) => s * perMm >= 45) || 200;
  const [left, top] = mm(0, 0), [right, bottom] = mm(canvas.clientWidth, canvas.clientHeight);
  context.font = "11px sans-serif";
  context.fillStyle = context.strokeStyle = ink;
  context.lineWidth = 1;
  const text = (value) => String(value).replace("-", "−");
  const line = (x1, y1, x2, y2) => {
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  };
  context.textAlign = "center";
  for (let x = Math.ceil(left / step) * step; x < right; x += step) {
    if (px(x) < 28 || px(x) > canvas.clientWidth - 16) continue;
    line(px(x), canvas.clientHeight, px(x), canvas.clientHeight - 5);
    context.fillText(text(x), px(x), canvas.clientHeight - 8);
  }
  context.textAlign = "left";
  for (let y = Math.ceil(bottom / step) * step; y < top; y += step) {
    if (py(y) < 10 || py(y) > canvas.clientHeight - 22) continue;
    line(0, py(y), 5, py(y));
    context.fillText(text(y), 8, py(y) + 4);
  }
}

function read() {
  readout.replaceChildren();
  const say = (text, bold) => {
    const part = document.createElement(bold ? "b" : "span");
    part.textContent = text;
    readout.append(part);
  };
  if (!place) return say(readout.dataset.hint);
  const mm = (value) => value.toFixed(2).replace("-", "−");
  say(`X ${mm(place[0])} mm, Y ${mm(place[1])} mm`, true);
  for (const kind of KINDS)
    if (field.maps[kind]) say(`${LABELS[kind]} ${fluence(pixel(field.maps[kind], place))}`);
}

function draw() {
  if (!drawn.length || !drawn[0].canvas.clientWidth) return;
  const index = data.fields.indexOf(field);
  slider.value = String(index);
  title.textContent = `${field.name}: ${field.angles} (${index + 1} of ${data.fields.length})`;
  for (const [number, row] of rows) row.classList.toggle("marked", number === field.number);
  drawn.forEach(drawPanel);
  read();
}

function turnTo(index) {
  const next = data.fields[Math.min(data.fields.length - 1, Math.max(0, index))];
  const turned = next !== field;
  field = next;
  if (place) place = snapped(place);
  draw();
  return turned;
}
const turn = (by) => turnTo(data.fields.indexOf(field) + by);

function zoom(factor, [x, y] = [view.x, view.y]) {
  const all = whole();
  const half = Math.min(all.half, Math.max(all.half / CLOSEST, view.half / factor));
  const share = half / view.half;
  // The place under the pointer stays where it is.
  view = half === all.half ? all : { x: x + (view.x - x) * share, y: y + (view.y - y) * share, half };
  draw();
}

const drawn = KINDS.map((kind) => {
  const panel = document.createElement("div");
  panel.className = "panel";
  const name = document.createElement("div");
  name.textContent = LABELS[kind];
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `fluence, ${LABELS[kind]}`);
  canvas.dataset.kind = kind;
  const [left, right, bottom, top] = data.extent_mm;
  canvas.style.aspectRatio = (right - left) / (top - bottom);
  const none = document.createElement("div");
  none.className = "none";
  none.textContent = "none";
  const bar = document.createElement("div");
  bar.className = "bar";
  const scale = scaleOf(kind);
  bar.style.background = `linear-gradient(to right, ${scale.colours})`;
  const ends = document.createElement("div");
  ends.className = "ends";
  for (const value of [scale.low, (scale.low + scale.high) / 2, scale.high]) {
    const end = document.createElement("span");
    end.textContent = value.toFixed(3).replace("-", "−");
    ends.append(end);
  }
  panel.append(name, canvas, none, bar, ends);
  panels.append(panel);

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return scaling(canvas).mm(event.clientX - box.left, event.clientY - box.top);
  };
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    held = at(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointerup", () => (held = null));
  canvas.addEventListener("pointermove", (event) => {
    const here = at(event);
    if (held && view.half < whole().half) {
      view.x += held[0] - here[0];
      view.y += held[1] - here[1];
    }
    place = snapped(at(event));
    draw();
  });
  canvas.addEventListener("pointerleave", () => {
    place = null;
    draw();
  });
  canvas.addEventListener("dblclick", () => {
    view = whole();
    draw();
  });
  canvas.addEventListener("wheel", (event) => {
    if (event.ctrlKey) zoom(event.deltaY < 0 ? 1.25 : 0.8, at(event));
    // Past the first and the last field the page scrolls on.
    else if (!turn(Math.sign(event.deltaY))) return;
    event.preventDefault();
  }, { passive: false });
  return { kind, canvas, none };
});

frame.addEventListener("keydown", (event) => {
  if (event.target !== frame) return; // a button or a box in it has keys of its own
  const step = field.maps.network.spacing_mm;
  const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
  if (event.key in moves) {
    const [dx, dy] = moves[event.key];
    place = place ? [place[0] + dx, place[1] + dy] : snapped([0, 0]);
    draw();
  } else if (event.key === "PageDown") turn(1);
  else if (event.key === "PageUp") turn(-1);
  else if (event.key === "+") zoom(1.25, place || undefined);
  else if (event.key === "-") zoom(0.8, place || undefined);
  else if (event.key === "0") zoom(0);
  else if (event.key === "Escape") {
    place = null;
    draw();
  } else return;
  event.preventDefault();
});
slider.max = String(data.fields.length - 1);
slider.addEventListener("input", () => turnTo(Number(slider.value)));
frame.querySelectorAll("button[data-turn]").forEach((b) => b.addEventListener("click", () => turn(Number(b.dataset.turn))));
frame.querySelectorAll("button[data-zoom]").forEach((b) => b.addEventListener("click", () => zoom(Number(b.dataset.zoom))));
for (const [number, row] of rows)
  row.addEventListener("click", () => turnTo(data.fields.findIndex((one) => one.number === number)));

const boxes = new Map();
for (const s of data.structures) {
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
  const swatch = document.createElement("span");
  swatch.className = "swatch";
  swatch.style.background = `rgb(${s.colour})`;
  label.append(box, swatch, s.name);
  label.addEventListener("pointerenter", () => tell("structure-marked", { number: s.number }));
  label.addEventListener("pointerleave", () => tell("structure-marked", { number: null }));
  box.addEventListener("change", () => tell("structure-shown", { number: s.number, shown: box.checked }));
  frame.querySelector(".structures").append(label);
  boxes.set(s.number, box);
}
document.addEventListener("structure-shown", ({ detail }) => {
  if (!boxes.has(detail.number)) return;
  boxes.get(detail.number).checked = detail.shown;
  if (detail.shown) hidden.delete(detail.number);
  else hidden.add(detail.number);
  draw();
});
document.addEventListener("structure-marked", ({ detail }) => {
  const number = boxes.has(detail.number) ? detail.number : null;
  if (marked === number) return;
  marked = number;
  draw();
});

view = whole();
frame.hidden = false;
document.querySelectorAll('figure[data-still="fluence-view"]').forEach((still) => still.classList.add("print-only"));
new ResizeObserver(draw).observe(panels);
draw();
