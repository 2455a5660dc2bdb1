// What the walls of the box carry: a slice with the cover of the head, as `ScanRenderData.slice` makes it.

/** Return the weights of a truncated Gaussian, as scipy.ndimage.gaussian_filter has them. */
function gaussian(sigma, reach) {
  const radius = Math.floor(reach * sigma + 0.5);
  const weights = [];
  for (let n = -radius; n <= radius; n++) weights.push(Math.exp((-0.5 * n * n) / (sigma * sigma)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** Set holes of a slice of cover that its border does not reach to full: bone in a head is not air. */
function fillHoles(cover, rows, columns) {
  const outside = new Uint8Array(cover.length);
  const queue = [];
  const reach = (at) => {
    if (cover[at] < 128 && !outside[at]) {
      outside[at] = 1;
      queue.push(at);
    }
  };
  for (let r = 0; r < rows; r++) [r * columns, r * columns + columns - 1].forEach(reach);
  for (let c = 0; c < columns; c++) [c, (rows - 1) * columns + c].forEach(reach);
  while (queue.length) {
    const at = queue.pop();
    const c = at % columns;
    if (c > 0) reach(at - 1);
    if (c < columns - 1) reach(at + 1);
    if (at >= columns) reach(at - columns);
    if (at < cover.length - columns) reach(at + columns);
  }
  const holes = [];
  for (let at = 0; at < cover.length; at++) if (cover[at] < 128 && !outside[at]) holes.push(at);
  for (const at of holes) {
    const c = at % columns;
    for (const near of [at, c > 0 ? at - 1 : at, c < columns - 1 ? at + 1 : at, at - columns, at + columns])
      if (near >= 0 && near < cover.length) cover[near] = 255;
  }
}

/** Return brightness and cover of the slice of a wall over its face: texels of two bytes. */
function wallTexels(scan, mask, box, axis, index, weights) {
  const [b, c] = [0, 1, 2].filter((other) => other !== axis);
  const { shape } = scan.grid;
  const rows = box.high[b] - box.low[b];
  const columns = box.high[c] - box.low[c];
  const inside = (voxel) => voxel.every((place, n) => place >= 0 && place < shape[n]);
  const radius = (weights.length - 1) / 2;
  const scale = box.range[1] > box.range[0] ? 255 / (box.range[1] - box.range[0]) : 0;
  const texels = new Uint8Array(2 * rows * columns);
  const soft = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < columns; k++) {
      const voxel = [0, 0, 0];
      voxel[b] = box.low[b] + r;
      voxel[c] = box.low[c] + k;
      voxel[axis] = index;
      if (!inside(voxel)) continue;
      const at = scan.index(voxel);
      const value = scan.offset + scan.step * scan.numbers[at];
      texels[2 * (r * columns + k)] = Math.min(Math.max((value - box.range[0]) * scale, 0), 255);
      for (let n = -radius; n <= radius; n++) {
        const place = Math.min(Math.max(index + n, 0), shape[axis] - 1);
        soft[r * columns + k] += weights[n + radius] * mask[at + (place - index) * scan.strides[axis]];
      }
    }
  const blurred = blur(blur(soft, rows, columns, weights, columns), rows, columns, weights, 1);
  const cover = Uint8Array.from(blurred, (share) => share * 255 + 0.5);
  fillHoles(cover, rows, columns);
  for (let n = 0; n < cover.length; n++) texels[2 * n + 1] = cover[n];
  return { texels, rows, columns };
}

/** Blur along rows (stride 1) or columns (stride of a row). */
function blur(values, rows, columns, weights, stride) {
  const radius = (weights.length - 1) / 2;
  const found = new Float32Array(values.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const [place, count] = stride === 1 ? [c, columns] : [r, rows];
      const at = r * columns + c;
      for (let n = -radius; n <= radius; n++)
        if (place + n >= 0 && place + n < count) found[at] += weights[n + radius] * values[at + n * stride];
    }
  return found;
}
