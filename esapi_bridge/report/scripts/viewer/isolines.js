// Lines of equal value by marching squares.

// Which edges (0 top, 1 right, 2 bottom, 3 left) a line crosses, by the corners at or above the level (1 top left,
// 2 top right, 4 bottom right, 8 bottom left).
const CROSSED = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

// Call `segment(column, row, column, row)` for each piece of line between voxel centres of a plane. Corners with NaN have
// no line; beyond the border of the plane is `outside`, where that is given. `dashed` leaves out every other square.
function isolines({ columns, rows, values }, level, segment, { outside = NaN, dashed = false } = {}) {
  const border = Number.isNaN(outside) ? 0 : 1;
  const at = (column, row) =>
    column < 0 || row < 0 || column >= columns || row >= rows ? outside : values[row * columns + column];
  for (let row = -border; row < rows - 1 + border; row++) {
    for (let column = -border; column < columns - 1 + border; column++) {
      const a = at(column, row);
      const b = at(column + 1, row);
      const c = at(column + 1, row + 1);
      const d = at(column, row + 1);
      const which = (a >= level ? 1 : 0) | (b >= level ? 2 : 0) | (c >= level ? 4 : 0) | (d >= level ? 8 : 0);
      if (which === 0 || which === 15 || Number.isNaN(a + b + c + d)) continue;
      if (dashed && ((column + row) >> 1) % 2 !== 0) continue;
      const along = (low, high) => (level - low) / (high - low);
      const place = (edge) => {
        if (edge === 0) return [column + along(a, b), row];
        if (edge === 1) return [column + 1, row + along(b, c)];
        if (edge === 2) return [column + along(d, c), row + 1];
        return [column, row + along(a, d)];
      };
      for (const [from, to] of CROSSED[which]) segment(...place(from), ...place(to));
    }
  }
}
