// Grids, points in mm (RAS+) and values. Every way from voxels to the screen goes through an affine.

/** Apply the upper three rows of a 4 × 4 matrix (rows one after the other) to a point. */
function transform(matrix, [x, y, z]) {
  const row = (n) => matrix[4 * n] * x + matrix[4 * n + 1] * y + matrix[4 * n + 2] * z + matrix[4 * n + 3];
  return [row(0), row(1), row(2)];
}

const toWorld = (grid, voxel) => transform(grid.affine, voxel);
const toVoxel = (grid, point) => transform(grid.inverse, point);

/** Return the index of the nearest voxel of a point in mm, or null outside of the grid's voxels. */
function nearestVoxel(grid, point) {
  const voxel = toVoxel(grid, point);
  const found = voxel.map((place, axis) => Math.min(Math.max(Math.floor(place + 0.5), 0), grid.shape[axis] - 1));
  const inside = voxel.every((place, axis) => place >= -0.5 && place <= grid.shape[axis] - 0.5);
  return inside ? found : null;
}

/** Return a point in mm unchanged if it lies in the grid, else taken to the nearest outer voxel. */
function nearestPoint(grid, point) {
  if (nearestVoxel(grid, point)) return point;
  return toWorld(grid, toVoxel(grid, point).map((v, axis) => Math.min(Math.max(v, 0), grid.shape[axis] - 1)));
}

/** Values of a scan or a map on its grid: whole numbers of steps from an offset. */
class Volume {
  constructor(grid, values, numbers) {
    this.grid = grid;
    this.numbers = numbers;
    this.step = values.step;
    this.offset = values.offset;
    this.exact = values.exact;
    this.strides = [grid.shape[1] * grid.shape[2], grid.shape[2], 1];
  }

  index(voxel) {
    return voxel[0] * this.strides[0] + voxel[1] * this.strides[1] + voxel[2];
  }

  /** Return the value of the nearest voxel of a point in mm, or null outside. */
  at(point) {
    const voxel = nearestVoxel(this.grid, point);
    return voxel && this.offset + this.step * this.numbers[this.index(voxel)];
  }

  /** Format a value no finer than it is stored. */
  format(value) {
    return formatValue(value, this.exact ? 0 : this.step);
  }
}

const MINUS = "\u2212";

/** Format a value rounded to a power of ten that is not smaller than `step`; 0 is exact. */
function formatValue(value, step) {
  if (step === 0) return String(Number(value.toPrecision(7))).replace("-", MINUS);
  const exponent = Math.ceil(Math.log10(step) - 1e-9);
  const size = Math.abs(value);
  let text;
  if (exponent >= 0) text = String(Math.round(size / 10 ** exponent) * 10 ** exponent);
  else if (exponent >= -7) text = size.toFixed(-exponent);
  else if (size < 10 ** exponent / 2) text = "0";
  else text = size.toExponential(Math.max(Math.floor(Math.log10(size)) - exponent, 0));
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** Format a number with some significant digits, for what is computed and not read from a voxel. */
function formatNumber(value, digits = 3) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e-4 && size < 1e6 ? String(Number(size.toPrecision(digits))) : size.toExponential(digits - 1);
  return value < 0 ? MINUS + text : text;
}

/** Format a share of 0 to 1 in percent; what is little, but not nothing, is "< 0.1 %". */
function formatShare(share) {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  const text = (100 * share).toFixed(1);
  return share < 1 && text === "100.0" ? "> 99.9 %" : `${text} %`;
}

/** Format a point in mm, such as "R 17.6  P 35.3  S 12.1 mm". */
function formatPoint(point) {
  const letters = ["LR", "PA", "IS"];
  return `${point.map((mm, axis) => `${letters[axis][mm >= 0 ? 1 : 0]} ${Math.abs(mm).toFixed(1)}`).join("  ")} mm`;
}
