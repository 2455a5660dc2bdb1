// One slice of the scan with a map over it. Planes, their letters and directions come from the affine,
// computed by viewer/scene/slice_plane.py.

const CROSSHAIR = "#7ee0a2";
const LETTER = "#d5dbe4";
const GAP = 7;

/** Geometry of a slice: between mm, voxels and its picture, whose places are in mm from the upper left. */
class Plane {
  constructor(grid, plane) {
    Object.assign(this, plane);
    this.grid = grid;
    this.columns = grid.shape[this.across];
    this.rows = grid.shape[this.up];
    this.width = this.columns * grid.spacing[this.across];
    this.height = this.rows * grid.spacing[this.up];
  }

  /** Return the index of the slice through a point; the nearest one for a point outside. */
  index(point) {
    const place = Math.floor(toVoxel(this.grid, point)[this.through] + 0.5);
    return Math.min(Math.max(place, 0), this.grid.shape[this.through] - 1);
  }

  toPicture(point) {
    const voxel = toVoxel(this.grid, point);
    const x = (voxel[this.across] + 0.5) * this.grid.spacing[this.across];
    const y = (voxel[this.up] + 0.5) * this.grid.spacing[this.up];
    return [this.acrossGrows ? x : this.width - x, this.upGrows ? this.height - y : y];
  }

  /** Return the point in mm at a place of the picture, on the slice through another point. */
  toPoint(x, y, through) {
    const voxel = toVoxel(this.grid, through);
    voxel[this.across] = (this.acrossGrows ? x : this.width - x) / this.grid.spacing[this.across] - 0.5;
    voxel[this.up] = (this.upGrows ? this.height - y : y) / this.grid.spacing[this.up] - 0.5;
    return toWorld(this.grid, voxel);
  }

  /** Move a point by voxels to the right, to the top and through the slices, within the grid. */
  step(point, across, up, through) {
    const voxel = toVoxel(this.grid, point);
    if (through) voxel[this.through] = this.index(point);
    voxel[this.across] += this.acrossGrows ? across : -across;
    voxel[this.up] += this.upGrows ? up : -up;
    voxel[this.through] += "RAS".includes(this.axis) ? through : -through;
    const inside = voxel.map((v, axis) => Math.min(Math.max(v, 0), this.grid.shape[axis] - 1));
    return toWorld(this.grid, inside);
  }

  /** Return the voxel of the upper left pixel, and the steps to the next column and row. */
  walk(index) {
    const start = [0, 0, 0];
    start[this.through] = index;
    start[this.across] = this.acrossGrows ? 0 : this.columns - 1;
    start[this.up] = this.upGrows ? this.rows - 1 : 0;
    const column = [0, 0, 0];
    const row = [0, 0, 0];
    column[this.across] = this.acrossGrows ? 1 : -1;
    row[this.up] = this.upGrows ? -1 : 1;
    return { start, column, row };
  }

  /** Return the position of the slice, such as "S 12.1". */
  caption(point) {
    const pair = ["LR", "PA", "IS"].findIndex((letters) => letters.includes(this.axis));
    return formatPoint(point).replace(" mm", "").split("  ")[pair];
  }
}

/** Values of a map at voxels of another grid, interpolated linearly: 0 outside, as `resample` gives. */
class MapSampler {
  constructor(volume, omitted, grid) {
    this.volume = volume;
    this.omitted = omitted;
    const columns = [0, 1, 2].map((axis) => {
      const step = [0, 0, 0];
      step[axis] = 1;
      const origin = toVoxel(volume.grid, toWorld(grid, [0, 0, 0]));
      return toVoxel(volume.grid, toWorld(grid, step)).map((place, n) => place - origin[n]);
    });
    this.origin = toVoxel(volume.grid, toWorld(grid, [0, 0, 0]));
    this.columns = columns;
  }

  /** Return the place in the map's voxels of a voxel of the other grid, or of a step if `origin` is 0. */
  place(voxel, origin = 1) {
    return [0, 1, 2].map(
      (n) => origin * this.origin[n] + this.columns.reduce((sum, column, axis) => sum + column[n] * voxel[axis], 0),
    );
  }

  /** Return the value at fractional voxels of the map. */
  value(x, y, z) {
    const [a, b, c] = this.volume.grid.shape;
    if (x < -0.500001 || y < -0.500001 || z < -0.500001) return 0;
    if (x > a - 0.499999 || y > b - 0.499999 || z > c - 0.499999) return 0;
    x = Math.min(Math.max(x, 0), a - 1);
    y = Math.min(Math.max(y, 0), b - 1);
    z = Math.min(Math.max(z, 0), c - 1);
    const i = Math.min(Math.floor(x), Math.max(a - 2, 0));
    const j = Math.min(Math.floor(y), Math.max(b - 2, 0));
    const k = Math.min(Math.floor(z), Math.max(c - 2, 0));
    const [s, t, u] = [x - i, y - j, z - k];
    const { strides, numbers, offset, step } = this.volume;
    const omitted = this.omitted;
    const first = i * strides[0] + j * strides[1] + k;
    let sum = 0;
    for (let corner = 0; corner < 8; corner++) {
      const weight = (corner & 4 ? s : 1 - s) * (corner & 2 ? t : 1 - t) * (corner & 1 ? u : 1 - u);
      if (weight === 0) continue;
      const at = first + (corner & 4 ? strides[0] : 0) + (corner & 2 ? strides[1] : 0) + (corner & 1);
      if (!omitted || !omitted[at]) sum += weight * (offset + step * numbers[at]);
    }
    return sum;
  }
}

/** Return a function from a value of the map to a premultiplied ARGB colour: see `map_colours`. */
function colourOf(map, level) {
  const [low, high] = map.range || [level.cutoff, map.largest];
  const span = high - low;
  const positive = map.colours["1"]?.table;
  const negative = map.colours["-1"]?.table;
  return (value) => {
    const size = Math.abs(value);
    if (size < level.isovalue || size === 0) return 0;
    const table = value > 0 ? positive : negative;
    if (!table) return 0;
    const share = span > 0 ? Math.min(Math.max((size - low) / span, 0), 1) : 1;
    return table[Math.trunc(share * (table.length - 1))];
  };
}

/** Return a slice as an image of a pixel a voxel. `over` has the sampler and colours of a map, or is null. */
function drawSlice(plane, scan, range, point, over) {
  const image = new ImageData(plane.columns, plane.rows);
  const { start, column, row } = plane.walk(plane.index(point));
  const scale = range[1] > range[0] ? 255 / (range[1] - range[0]) : 0;
  const across = scan.index(column);
  const down = scan.index(row);
  const begin = over && over.sampler.place(start);
  const right = over && over.sampler.place(column, 0);
  const below = over && over.sampler.place(row, 0);
  let pixel = 0;
  for (let r = 0; r < plane.rows; r++) {
    let at = scan.index(start) + r * down;
    for (let c = 0; c < plane.columns; c++, at += across, pixel += 4) {
      const value = scan.offset + scan.step * scan.numbers[at];
      let red = Math.min(Math.max((value - range[0]) * scale, 0), 255);
      let green = red;
      let blue = red;
      if (over) {
        const found = over.sampler.value(
          begin[0] + c * right[0] + r * below[0],
          begin[1] + c * right[1] + r * below[1],
          begin[2] + c * right[2] + r * below[2],
        );
        const colour = found === 0 ? 0 : over.colour(found);
        if (colour) {
          const rest = 1 - (colour >>> 24) / 255;
          red = red * rest + ((colour >>> 16) & 255);
          green = green * rest + ((colour >>> 8) & 255);
          blue = blue * rest + (colour & 255);
        }
      }
      image.data[pixel] = red;
      image.data[pixel + 1] = green;
      image.data[pixel + 2] = blue;
      image.data[pixel + 3] = 255;
    }
  }
  return image;
}

/** A canvas that shows a slice with crosshair and letters, the head in it as large as fits. */
class SliceView {
  constructor(canvas) {
    this.canvas = canvas;
    this.picture = document.createElement("canvas");
    this.key = "";
  }

  /** Draw the slice through a point; the picture of voxels is made again only if `key` changes. */
  draw(plane, point, key, makeImage) {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(Math.round(this.canvas.clientWidth * ratio), 1);
    const height = Math.max(Math.round(this.canvas.clientHeight * ratio), 1);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    if (key !== this.key) {
      const image = makeImage();
      Object.assign(this.picture, { width: image.width, height: image.height });
      this.picture.getContext("2d").putImageData(image, 0, 0);
      this.key = key;
    }
    const border = 18 * ratio;
    const [x, y, wide, tall] = plane.focus;
    const scale = Math.min((width - 2 * border) / wide, (height - 2 * border) / tall);
    this.plane = plane;
    this.scale = scale;
    this.left = width / 2 - scale * (x + wide / 2);
    this.top = height / 2 - scale * (y + tall / 2);
    const paint = this.canvas.getContext("2d");
    paint.fillStyle = "#000";
    paint.fillRect(0, 0, width, height);
    paint.imageSmoothingQuality = "high";
    paint.drawImage(this.picture, this.left, this.top, scale * plane.width, scale * plane.height);
    this.drawCrosshair(paint, plane.toPicture(point), ratio);
    this.drawLetters(paint, width, height, ratio);
  }

  drawCrosshair(paint, [x, y], ratio) {
    const [right, bottom] = [this.left + this.scale * this.plane.width, this.top + this.scale * this.plane.height];
    const across = Math.round(this.left + this.scale * x) + 0.5;
    const down = Math.round(this.top + this.scale * y) + 0.5;
    const gap = GAP * ratio;
    paint.strokeStyle = CROSSHAIR;
    paint.globalAlpha = 0.75;
    paint.lineWidth = ratio;
    paint.beginPath();
    for (const [a, b, c, d] of [
      [this.left, down, across - gap, down],
      [across + gap, down, right, down],
      [across, this.top, across, down - gap],
      [across, down + gap, across, bottom],
    ])
      if (c > a || d > b) {
        paint.moveTo(a, b);
        paint.lineTo(c, d);
      }
    paint.stroke();
    paint.globalAlpha = 1;
  }

  drawLetters(paint, width, height, ratio) {
    const [left, right, top, bottom] = this.plane.letters;
    paint.font = `bold ${13 * ratio}px system-ui, sans-serif`;
    paint.textAlign = "center";
    paint.textBaseline = "middle";
    paint.fillStyle = LETTER;
    const edge = 10 * ratio;
    const [, , wide, tall] = this.plane.focus.map((mm) => (mm * this.scale) / 2 + edge);
    paint.fillText(left, Math.max(width / 2 - wide, edge), height / 2);
    paint.fillText(right, Math.min(width / 2 + wide, width - edge), height / 2);
    paint.fillText(top, width / 2, Math.max(height / 2 - tall, edge));
    paint.fillText(bottom, width / 2, Math.min(height / 2 + tall, height - edge));
  }

  /** Return the point in mm under a pointer, on the slice through another point; it may lie outside. */
  pointAt(event, through) {
    if (!this.plane) return through;
    const bounds = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / bounds.width;
    const x = ((event.clientX - bounds.left) * ratio - this.left) / this.scale;
    const y = ((event.clientY - bounds.top) * ratio - this.top) / this.scale;
    return this.plane.toPoint(x, y, through);
  }
}
