// Mouse, keys and form: what the user does to a viewer, and what the page says back.

const AXES = { x: 0, y: 1, z: 2 };
const STEPS = { PageUp: 10, PageDown: -10, Home: Infinity, End: -Infinity };

// Connect a viewer with the controls of its section.
function connect(viewer) {
  connectForm(viewer);
  connectKeys(viewer);
  for (const view of viewer.views) connectMouse(viewer, view);
  viewer.onDraw = () => {
    showForm(viewer);
    showValues(viewer);
  };
  new ResizeObserver(() => viewer.ask()).observe(viewer.section);
  window.addEventListener("resize", () => viewer.ask());
}

function connectMouse(viewer, view) {
  const { canvas, slider, plane, name } = view;
  let dragged = null;
  const follow = (event) => {
    if (dragged?.window) {
      const [low, high] = dragged.window;
      const width = Math.max(LEAST_WINDOW_HU, high - low + 3 * (event.clientX - dragged.x));
      const level = (low + high) / 2 + 3 * (event.clientY - dragged.y);
      viewer.change({ window: [Math.round(level - width / 2), Math.round(level + width / 2)] });
    } else if (dragged) {
      viewer.moveTo(view.point(event, viewer.state.cursor));
    }
    const point = view.point(event, viewer.state.cursor);
    viewer.state.pointer = viewer.isWithin(point) ? viewer.snapped(point) : null;
    showValues(viewer);
  };
  canvas.addEventListener("pointerdown", (event) => {
    dragged = { x: event.clientX, y: event.clientY };
    if (event.button === 2 || event.shiftKey) dragged.window = viewer.state.window;
    canvas.setPointerCapture(event.pointerId);
    follow(event);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", follow);
  canvas.addEventListener("pointerup", () => (dragged = null));
  canvas.addEventListener("pointercancel", () => (dragged = null));
  canvas.addEventListener("pointerenter", () => canvas.focus({ preventScroll: true }));
  canvas.addEventListener("pointerleave", () => {
    viewer.state.pointer = null;
    showValues(viewer);
  });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", () => viewer.change({ main: name }));
  let rest = 0;
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && viewer.isLast(plane.cut, -Math.sign(event.deltaY))) return; // the page scrolls on
    event.preventDefault();
    if (event.ctrlKey) {
      viewer.zoomBy(event.deltaY < 0 ? 1.25 : 0.8);
      return;
    }
    // A wheel gives about a hundred a notch, a touch pad many small ones.
    rest += event.deltaMode === 0 ? event.deltaY / 100 : Math.sign(event.deltaY);
    const voxels = Math.trunc(rest) || (Math.abs(event.deltaY) >= 50 ? Math.sign(event.deltaY) : 0);
    rest = voxels ? 0 : rest;
    if (voxels) viewer.step(plane.cut, -voxels);
  }, { passive: false });
  const [first, last] = viewer.range[plane.cut];
  Object.assign(slider, { min: first, max: last, step: 1 });
  slider.addEventListener("input", () => {
    const point = [...viewer.state.cursor];
    point[plane.cut] = viewer.lattice.coordinate(plane.cut, Number(slider.value));
    viewer.moveTo(point);
  });
}

function connectKeys(viewer) {
  const { section, state } = viewer;
  const shown = { i: "input", n: "network", r: "reference", d: "change", e: "error", g: "gamma" };
  const keys = {
    l: () => viewer.change({ lines: !state.lines }),
    x: () => viewer.change({ crosshair: !state.crosshair }),
    s: () => toggleStructures(viewer),
    b: () => viewer.change(state.other ? { shown: state.other, other: state.shown } : {}),
    w: () => nextWindow(viewer),
    m: () => viewer.showWorst("difference", true),
    M: () => viewer.showWorst("difference", false),
    k: () => viewer.showWorst("gamma", true),
    K: () => viewer.showWorst("gamma", false),
    1: () => viewer.change({ main: "axial" }),
    2: () => viewer.change({ main: "coronal" }),
    3: () => viewer.change({ main: "sagittal" }),
    "+": () => viewer.zoomBy(1.25),
    "-": () => viewer.zoomBy(0.8),
    0: () => viewer.zoomBy(0),
    "[": () => viewer.change({ opacity: Math.max(0, state.opacity - 0.1) }),
    "]": () => viewer.change({ opacity: Math.min(1, state.opacity + 0.1) }),
    "?": () => toggleHelp(section),
  };
  section.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input[type=range]")) return;
    const { key } = event;
    if (key in keys) keys[key]();
    else if (key in shown && viewer.layer(shown[key])) viewer.change({ shown: shown[key] });
    else if (!moveByKey(viewer, key)) return;
    event.preventDefault();
  });
}

// Arrows move the crosshair on the main plane, Page Up and Down and the points go through its planes.
function moveByKey(viewer, key) {
  const { plane } = viewer.view(viewer.state.main);
  const arrows = { ArrowLeft: [plane.right, -1], ArrowRight: [plane.right, 1] };
  arrows.ArrowUp = [plane.down, plane.up ? 1 : -1];
  arrows.ArrowDown = [plane.down, plane.up ? -1 : 1];
  if (key in arrows) viewer.step(...arrows[key]);
  else if (key === "." || key === ",") viewer.step(plane.cut, key === "." ? 1 : -1);
  else if (key in STEPS) viewer.step(plane.cut, STEPS[key]);
  else return false;
  return true;
}

function nextWindow(viewer) {
  const names = Object.keys(viewer.windows);
  const at = names.findIndex((name) => viewer.windows[name][1].every((hu, n) => hu === viewer.state.window[n]));
  viewer.change({ window: [...viewer.windows[names[(at + 1) % names.length]][1]] });
}

function toggleStructures(viewer) {
  const shown = viewer.state.hidden.size > 0;
  for (const { number } of viewer.masks) tell("structure-shown", { number, shown });
}

function toggleHelp(section) {
  const help = section.querySelector("[data-part=help]");
  help.hidden = !help.hidden;
}

function connectForm(viewer) {
  const { section, state } = viewer;
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  for (const layer of viewer.layers) {
    part("shown").append(new Option(layer.name, layer.key));
    part("other").append(new Option(layer.name, layer.key));
  }
  for (const [name, [text]] of Object.entries(viewer.windows)) part("window").append(new Option(text, name));
  part("shown").addEventListener("change", (event) => viewer.change({ shown: event.target.value }));
  part("other").addEventListener("change", (event) => viewer.change({ other: event.target.value }));
  part("window").addEventListener("change", (event) => {
    if (event.target.value) viewer.change({ window: [...viewer.windows[event.target.value][1]] });
  });
  for (const name of ["blend", "opacity"]) {
    part(name).addEventListener("input", (event) => viewer.change({ [name]: Number(event.target.value) / 100 }));
  }
  for (const name of ["lines", "crosshair"]) {
    part(name).addEventListener("change", (event) => viewer.change({ [name]: event.target.checked }));
  }
  for (const which of ["difference", "gamma"]) {
    part(`worst-${which}`).hidden = !viewer.worst[which];
    part(`worst-${which}`).addEventListener("click", (event) => viewer.showWorst(which, !event.shiftKey));
  }
  part("help-button").addEventListener("click", () => toggleHelp(section));
  part("all")?.addEventListener("click", () => toggleStructures(viewer));
  for (const box of section.querySelectorAll("[data-structure]")) {
    const number = Number(box.dataset.structure);
    box.addEventListener("change", () => tell("structure-shown", { number, shown: box.checked }));
    const chip = box.closest("label");
    chip.addEventListener("pointerenter", () => tell("structure-marked", { number }));
    chip.addEventListener("pointerleave", () => tell("structure-marked", { number: null }));
  }
  document.addEventListener("structure-shown", ({ detail: { number, shown } }) => {
    if (shown) state.hidden.delete(number);
    else state.hidden.add(number);
    viewer.ask();
  });
  document.addEventListener("structure-marked", ({ detail: { number } }) => {
    viewer.change({ marked: number });
    for (const box of section.querySelectorAll("[data-structure]")) {
      box.closest("label").classList.toggle("marked", Number(box.dataset.structure) === number);
    }
  });
  makeLegend(viewer, part("legend"));
  makeTable(viewer, part("values"));
}

// Tell all parts of the page, this one included.
function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

function makeLegend(viewer, place) {
  const { full_gy: full, full_name: name, percent } = viewer.scene.isodoses;
  const dose = viewer.layer("network");
  place.append(`100 % = ${full.toPrecision(3)} Gy, ${name}`);
  for (const share of [...percent].reverse()) {
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = dose.css((full * share) / 100);
    const item = document.createElement("span");
    item.append(swatch, `${share} %, ${((full * share) / 100).toPrecision(3)} Gy`);
    place.append(item);
  }
}

// One row a quantity, one column for the crosshair and one for the pointer.
function makeTable(viewer, table) {
  const rows = [["x", "x, mm"], ["y", "y, mm"], ["z", "z, mm"], ["ct", `${viewer.ct.name}, HU`]];
  for (const { key, name, unit } of viewer.layers) rows.push([key, unit ? `${name}, ${unit}` : name]);
  for (const [key, name] of [...rows, ["structures", "structures"]]) {
    const row = table.tBodies[0].insertRow();
    const head = document.createElement("th");
    head.textContent = name;
    row.append(head);
    for (const at of ["cursor", "pointer"]) Object.assign(row.insertCell().dataset, { at, of: key });
  }
}

function showValues(viewer) {
  const { section, state } = viewer;
  for (const at of ["cursor", "pointer"]) {
    const cells = section.querySelectorAll(`td[data-at=${at}]`);
    const point = state[at];
    for (const cell of cells) cell.textContent = point ? textOf(viewer, cell.dataset.of, point) : "";
  }
}

function textOf(viewer, key, point) {
  const { ct, masks } = viewer;
  if (key in AXES) return point[AXES[key]].toFixed(2);
  if (key === "structures") return masks.filter((mask) => mask.inside(point)).map((mask) => mask.name).join(", ") || "–";
  if (key !== "ct") return viewer.layer(key).text(point);
  const flat = ct.flat(point);
  return flat < 0 ? "–" : (ct.offset + ct.step * ct.counts[flat]).toFixed(ct.digits);
}

// Make the controls say what the state says.
function showForm(viewer) {
  const { section, state } = viewer;
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  part("shown").value = state.shown;
  part("other").value = state.other;
  part("blend").value = 100 * state.blend;
  part("blend").disabled = !state.other || state.other === state.shown;
  part("opacity").value = 100 * state.opacity;
  part("lines").checked = state.lines;
  part("crosshair").checked = state.crosshair;
  const named = Object.entries(viewer.windows).find(([, [, hu]]) => hu.every((limit, n) => limit === state.window[n]));
  part("window").value = named ? named[0] : "";
  const [low, high] = state.window;
  part("window-text").textContent = `level ${(low + high) / 2}, width ${high - low} HU`;
  part("told").textContent = state.told ?? "";
  for (const box of section.querySelectorAll("[data-structure]")) {
    box.checked = !state.hidden.has(Number(box.dataset.structure));
  }
  for (const view of viewer.views) view.slider.value = viewer.lattice.voxel(view.plane.cut, state.cursor[view.plane.cut]);
}
