// Arrays as the page carries them: base64 of zlib of what packing.py writes.

async function inflate(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Counts (x fastest) of a packed volume: undoes the byte planes, the folded signs and the differences along each axis.
async function unpackCounts(packed) {
  const bytes = await inflate(packed.data);
  const [nx, ny, nz] = packed.size;
  const total = nx * ny * nz;
  if (bytes.length !== total * packed.bytes) throw new Error("the page holds an array of another size than it states");
  const counts = packed.bytes === 2 ? new Uint16Array(total) : new Uint8Array(total);
  counts.set(bytes.subarray(0, total));
  if (packed.bytes === 2) for (let i = 0; i < total; i++) counts[i] |= bytes[total + i] << 8;
  for (let i = 0; i < total; i++) counts[i] = (counts[i] >>> 1) ^ -(counts[i] & 1);
  const plane = nx * ny;
  if (packed.differences.includes("x")) {
    for (let row = 0; row < total; row += nx) for (let i = row + 1; i < row + nx; i++) counts[i] += counts[i - 1];
  }
  if (packed.differences.includes("y")) {
    for (let z = 0; z < total; z += plane) for (let i = z + nx; i < z + plane; i++) counts[i] += counts[i - nx];
  }
  if (packed.differences.includes("z")) for (let i = plane; i < total; i++) counts[i] += counts[i - plane];
  return counts;
}

// Bits of a packed mask, rows padded to bytes: undoes the comparison of each slice with the one below.
async function unpackMask(packed) {
  const bytes = await inflate(packed.data);
  const slice = Math.ceil(packed.size[0] / 8) * packed.size[1];
  for (let i = slice; i < bytes.length; i++) bytes[i] ^= bytes[i - slice];
  return bytes;
}
