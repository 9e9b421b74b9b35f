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
    const ct = await volume(scene.ct);
    const network = await volume(scene.doses[1]);
    const masks = await Promise.all(scene.structures.map(async (packed) => new Mask(packed, await unpackMask(packed))));
    section.querySelector("[data-part=body]").hidden = false;
    const viewer = new Viewer(section, scene, ct, [doseLayer(network, scene, "network")], masks);
    viewer.draw();
    performance.mark("first picture");
    await new Promise((done) => setTimeout(done)); // let it be seen before the rest is unpacked
    const unpacked = async (packed, n) => (n === 1 ? network : onLattice(await volume(packed), network));
    const doses = await Promise.all(scene.doses.map(unpacked));
    viewer.complete(makeLayers(doses, scene.gamma && (await volume(scene.gamma)), scene));
    connect(viewer);
    viewer.draw();
    status.hidden = true;
    section.dataset.state = "ready";
  } catch (error) {
    status.textContent = `The volumes could not be shown (${error.message}); the pictures below show the same plan.`;
    section.dataset.state = "failed";
  }
}

start();
