// Dose-volume histograms that answer the pointer, from the curves of report/dvh_chart.py.
const frame = document.getElementById("dvh-chart");
const data = JSON.parse(document.getElementById("dvh-chart-data").textContent);
const svg = frame.querySelector("svg.plot");
const readout = frame.querySelector("output");
const dark = matchMedia("(prefers-color-scheme: dark)");
const MARGIN = { left: 48, right: 14, top: 10, bottom: 38 };
const REACH_PX = 40; // how far the pointer looks for a curve

const curveOf = (text) => new Uint16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const structures = data.structures.map((s) => ({ ...s, curves: s.curves.map(curveOf), band: s.band.map(curveOf), shown: true, lines: [] }));
const rows = new Map([...document.querySelectorAll("tr[data-structure]")].map((r) => [Number(r.dataset.structure), r]));
const setShown = data.sets.map(() => true);
let marked = null; // ROI number
let point = null; // index of the dose read
let size = { width: 0, height: 0 };

const dose = (index) => index * data.dose_step_gy;
const percent = (whole) => whole * data.volume_step_percent;
const digits = Math.max(0, Math.ceil(-Math.log10(data.dose_step_gy) - 1e-9));
const x = (index) => MARGIN.left + (index / (data.points - 1)) * (size.width - MARGIN.left - MARGIN.right);
const y = (whole) => MARGIN.top + (1 - percent(whole) / 100) * (size.height - MARGIN.top - MARGIN.bottom);
const find = (number) => structures.find((s) => s.number === number);
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function add(name, attributes, text) {
  const element = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  svg.append(element);
  return element;
}

// The structure's own colour, or as much darker or lighter as the ground asks for.
function colour([red, green, blue]) {
  const light = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
  const mixed = (other, share) => [red, green, blue].map((v) => Math.round(v + (other - v) * share));
  if (!dark.matches && light > 0.55) return `rgb(${mixed(0, 1 - 0.55 / light)})`;
  if (dark.matches && light < 0.4) return `rgb(${mixed(255, (0.4 - light) / (1 - light))})`;
  return `rgb(${[red, green, blue]})`;
}

function tickStep(span, most) {
  const power = 10 ** Math.floor(Math.log10(span / most));
  return [1, 2, 5, 10].map((f) => f * power).find((step) => span / step <= most);
}

// Axes and curves; what follows the pointer is added by `pointOut`.
function draw() {
  size = { width: svg.clientWidth, height: svg.clientHeight };
  if (!size.width) return;
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  svg.replaceChildren();
  const right = size.width - MARGIN.right, bottom = size.height - MARGIN.bottom;
  const top = dose(data.points - 1);
  const step = tickStep(top, size.width / 80);
  for (let k = 0; k * step <= top + 1e-9; k++) {
    const at = x((k * step) / data.dose_step_gy);
    add("line", { class: "grid", x1: at, x2: at, y1: MARGIN.top, y2: bottom });
    add("text", { x: at, y: bottom + 16, "text-anchor": "middle" }, String(Number((k * step).toFixed(6))));
  }
  for (let v = 0; v <= 100; v += 20) {
    const at = y(v / data.volume_step_percent);
    add("line", { class: "grid", x1: MARGIN.left, x2: right, y1: at, y2: at });
    add("text", { x: MARGIN.left - 7, y: at + 4, "text-anchor": "end" }, String(v));
  }
  add("text", { x: right, y: bottom + 32, "text-anchor": "end" }, "dose, Gy");
  add("text", { x: 14, y: MARGIN.top + 2, "text-anchor": "end", transform: `rotate(-90 14 ${MARGIN.top + 2})` }, "volume, %");
  for (const s of structures) {
    s.lines = [];
    if (!s.shown) continue;
    const places = (curve) => Array.from(curve, (whole, k) => `${x(k).toFixed(1)},${y(whole).toFixed(1)}`);
    if (s.band.length && setShown[1]) {
      const [low, high] = s.band.map(places);
      const band = add("path", { class: "band", d: "M" + [...low, ...high.reverse()].join("L") + "Z" });
      band.style.fill = colour(s.colour);
      s.lines.push(band);
    }
    s.curves.forEach((curve, n) => {
      if (!setShown[n]) return;
      const path = places(curve).join("L");
      const line = add("path", { class: "curve", d: "M" + path, "stroke-dasharray": data.dashes[n] });
      line.dataset.structure = s.number;
      line.dataset.set = data.sets[n];
      line.style.stroke = colour(s.colour);
      s.lines.push(line);
    });
  }
  pointOut();
}

// The marked structure over all others, and what is read of it.
function pointOut() {
  svg.querySelectorAll(".cursor").forEach((element) => element.remove());
  for (const s of structures)
    for (const line of s.lines) {
      line.classList.toggle("faint", marked !== null && s.number !== marked);
      line.classList.toggle("marked", s.number === marked);
    }
  const s = find(marked);
  if (s) svg.append(...s.lines);
  if (point !== null) {
    add("line", { class: "cursor", x1: x(point), x2: x(point), y1: MARGIN.top, y2: size.height - MARGIN.bottom });
    if (s && s.shown)
      s.curves.forEach((curve, n) => {
        if (setShown[n]) add("circle", { class: "cursor", cx: x(point), cy: y(curve[point]), r: 4.5 }).style.fill = colour(s.colour);
      });
  }
  read(s);
}

function read(s) {
  readout.replaceChildren();
  if (!s || !s.shown || point === null) {
    readout.textContent = readout.dataset.hint;
    return;
  }
  const say = (text, bold) => {
    const part = document.createElement(bold ? "b" : "span");
    part.textContent = text;
    readout.append(part);
  };
  say(s.name, true);
  say(`at least ${dose(point).toFixed(digits)} Gy`);
  s.curves.forEach((curve, n) => {
    if (!setShown[n]) return;
    const share = percent(curve[point]);
    say(`${data.sets[n]} ${share.toFixed(2)} % = ${((share / 100) * s.sampled_cm3).toFixed(2)} cm³`);
  });
  if (s.band.length && setShown[1]) say(`interval ${s.band.map((curve) => percent(curve[point]).toFixed(2)).join(" to ")} %`);
  if (s.outside) say("of the part within the dose grid");
}

// The structure whose curve passes nearest to a place, and the dose there.
function look(event) {
  const box = svg.getBoundingClientRect();
  const px = event.clientX - box.left, py = event.clientY - box.top;
  const perPx = (data.points - 1) / (size.width - MARGIN.left - MARGIN.right);
  point = Math.min(data.points - 1, Math.max(0, Math.round((px - MARGIN.left) * perPx)));
  let best = null, nearest = Infinity;
  const from = Math.max(0, Math.floor(point - REACH_PX * perPx)), to = Math.min(data.points - 1, point + REACH_PX * perPx);
  for (const s of structures)
    if (s.shown)
      s.curves.forEach((curve, n) => {
        if (!setShown[n]) return;
        for (let k = from; k <= to; k++) {
          const away = Math.hypot(x(k) - px, y(curve[k]) - py);
          if (away < nearest) [best, nearest] = [s.number, away];
        }
      });
  tell("structure-marked", { number: best });
  pointOut();
}

function move(event) {
  const shown = structures.filter((s) => s.shown);
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.key === "Escape") {
    point = null;
    tell("structure-marked", { number: null });
    pointOut();
  }
  if (!steps || !shown.length) return;
  event.preventDefault();
  if (point === null) point = Math.round(data.points / 2);
  const at = shown.findIndex((s) => s.number === marked);
  const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
  if (sideways) point = Math.min(data.points - 1, Math.max(0, point + steps * (event.shiftKey ? 10 : 1)));
  const next = at < 0 ? 0 : sideways ? at : (at + steps + shown.length) % shown.length;
  tell("structure-marked", { number: shown[next].number });
  pointOut();
}

document.addEventListener("structure-marked", ({ detail }) => {
  const number = find(detail.number) ? detail.number : null;
  if (marked === number) return;
  marked = number;
  for (const [of, row] of rows) row.classList.toggle("marked", of === marked);
  pointOut();
});
document.addEventListener("structure-shown", ({ detail }) => {
  const s = find(detail.number);
  if (!s || s.shown === detail.shown) return;
  s.shown = detail.shown;
  const row = rows.get(s.number);
  if (row) row.classList.toggle("off", !s.shown);
  if (row) row.querySelector("input").checked = s.shown;
  draw();
});
svg.addEventListener("pointermove", look);
svg.addEventListener("pointerleave", () => {
  point = null;
  tell("structure-marked", { number: null });
  pointOut();
});
svg.addEventListener("keydown", move);

// Rows of the table are the legend: each shows and marks its structure.
for (const s of structures) {
  const row = rows.get(s.number);
  if (!row) continue;
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", checked: true, className: "screen-only", ariaLabel: `show ${s.name}` });
  box.addEventListener("change", () => tell("structure-shown", { number: s.number, shown: box.checked }));
  row.cells[0].prepend(box);
  row.addEventListener("pointerenter", () => tell("structure-marked", { number: s.number }));
  row.addEventListener("pointerleave", () => tell("structure-marked", { number: null }));
  box.addEventListener("focus", () => tell("structure-marked", { number: s.number }));
  box.addEventListener("blur", () => tell("structure-marked", { number: null }));
}
frame.querySelectorAll("input[data-set]").forEach((box) => {
  box.addEventListener("change", () => {
    setShown[Number(box.dataset.set)] = box.checked;
    draw();
  });
});
frame.querySelectorAll("button[data-shown]").forEach((button) => {
  const shown = button.dataset.shown === "true";
  button.addEventListener("click", () => structures.forEach((s) => tell("structure-shown", { number: s.number, shown })));
});

frame.hidden = false;
document.querySelectorAll('figure[data-still="dvh-chart"]').forEach((still) => still.classList.add("print-only"));
new ResizeObserver(() => svg.clientWidth === size.width && svg.clientHeight === size.height || draw()).observe(svg);
dark.addEventListener("change", draw);
draw();
