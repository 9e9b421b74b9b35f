// Unpack what the page carries and show it; where that fails the still pictures below remain.

async function start() {
  const section = document.getElementById("viewer");
  const status = section.querySelector("[data-part=status]");
  section.hidden = false;
  if (typeof DecompressionStream === "undefined") {
    status.textContent = "This browser is too old to unpack the volumes; the pictures below show the same plan.";
    section.dataset.state = "failed";
    return;
  }
  try {
    const scene = JSON.parse(document.getElementById("viewer-data").textContent);
    const volume = async (packed) => new Volume(packed, await unpackCounts(packed));
    const [ct, doses, gamma, masks] = await Promise.all([
      volume(scene.ct),
      Promise.all(scene.doses.map(volume)),
      scene.gamma && volume(scene.gamma),
      Promise.all(scene.structures.map(async (packed) => new Mask(packed, await unpackMask(packed)))),
    ]);
    section.querySelector("[data-part=body]").hidden = false;
    const [, network] = doses;
    const layers = makeLayers(doses.map((dose) => onLattice(dose, network)), gamma, scene);
    const viewer = new Viewer(section, scene, { ct, layers, masks });
    connect(viewer);
    viewer.draw();
    status.hidden = true;
    section.dataset.state = "ready";
    performance.mark("first picture");
  } catch (error) {
    status.textContent = `The volumes could not be shown (${error.message}); the pictures below show the same plan.`;
    section.dataset.state = "failed";
  }
}

start();
