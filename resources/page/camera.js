// The camera of the box: the poses of viewer/scene/camera.py, and the matrices of WebGL.

const radians = (degrees) => (degrees * Math.PI) / 180;
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const STEEPEST = 89;
const CLOSEST = 8;
const FARTHEST = 0.25;

/** Return unit vectors to the right, to the top and towards the camera. */
function viewAxes(azimuth, elevation) {
  const a = radians(azimuth);
  const e = radians(elevation);
  return [
    [Math.cos(a), Math.sin(a), 0],
    [-Math.sin(a) * Math.sin(e), Math.cos(a) * Math.sin(e), Math.cos(e)],
    [Math.sin(a) * Math.cos(e), -Math.cos(a) * Math.cos(e), Math.sin(e)],
  ];
}

const extremes = (values) => [Math.min(...values), Math.max(...values)];

/** Return the distance at which corners just fit into the opening, and the shift that centres them. */
function fitDistance(axes, corners, tangents) {
  const seen = corners.map((corner) => axes.map((axis) => dot(axis, corner)));
  const sides = [0, 1].map((n) => ({
    low: Math.min(...seen.map((s) => s[n] - s[2] * tangents[n])),
    high: Math.max(...seen.map((s) => s[n] + s[2] * tangents[n])),
  }));
  const distances = sides.map(({ low, high }, n) => (high - low) / (2 * tangents[n]));
  return { distance: Math.max(...distances), shift: sides.map(({ low, high }) => (high + low) / 2) };
}

/** Return the closest pose that shows the whole box: see `fit_pose` in viewer/scene/camera.py. */
function fitPose(camera, corners, aspect, lens) {
  const up = Math.tan(radians(lens.angle) / 2);
  const opening = aspect < 1 ? [up, up / aspect] : [up * aspect, up];
  const fitted = opening.map((tangent) => tangent * (1 - 2 * lens.margin));
  const middle = [0, 1, 2].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
  const around = corners.map((corner) => corner.map((mm, axis) => mm - middle[axis]));
  const axes = viewAxes(camera.azimuth, camera.elevation);
  const first = fitDistance(axes, around, fitted);
  let distance = first.distance;
  for (let azimuth = 0; azimuth < 360; azimuth += 15)
    distance = Math.max(distance, fitDistance(viewAxes(azimuth, camera.elevation), around, fitted).distance);
  const seen = around.map((corner) => axes.map((axis) => dot(axis, corner)));
  let shift = first.shift;
  for (let n = 0; n < lens.centrings; n++)
    shift = shift.map((old, side) => {
      const [low, high] = extremes(seen.map((s) => (s[side] - old) / (distance - s[2])));
      return old + (distance * (low + high)) / 2;
    });
  const away = [...shift, distance];
  const position = middle.map((mm, axis) => mm + axes.reduce((sum, row, n) => sum + row[axis] * away[n], 0));
  const radius = Math.max(...around.map((corner) => Math.hypot(...corner)));
  return {
    position,
    axes,
    tangents: opening.map((tangent) => tangent / camera.zoom),
    near: Math.max(distance - 2 * radius, 0.05 * distance),
    far: distance + 3 * radius,
  };
}

/** Project a point in mm to pixels from the left and from the top. */
function project(pose, point, width, height) {
  const from = point.map((mm, axis) => mm - pose.position[axis]);
  const [right, up, back] = pose.axes.map((axis) => dot(axis, from));
  const x = right / -back / pose.tangents[0];
  const y = up / -back / pose.tangents[1];
  return [((x + 1) / 2) * width, ((1 - y) / 2) * height];
}

/** Return the direction of the ray through a pixel. */
function ray(pose, x, y, width, height) {
  const across = ((2 * x) / width - 1) * pose.tangents[0];
  const up = (1 - (2 * y) / height) * pose.tangents[1];
  return [0, 1, 2].map((axis) => across * pose.axes[0][axis] + up * pose.axes[1][axis] - pose.axes[2][axis]);
}

/** Return the matrices from mm to the eye and to the screen, column by column as WebGL has them. */
function matrices(pose) {
  const [right, up, back] = pose.axes;
  const shift = pose.axes.map((axis) => -dot(axis, pose.position));
  const toEye = [right[0], up[0], back[0], 0, right[1], up[1], back[1], 0, right[2], up[2], back[2], 0, ...shift, 1];
  const { near, far, tangents } = pose;
  const depth = near - far;
  const toScreen = [1 / tangents[0], 0, 0, 0, 0, 1 / tangents[1], 0, 0];
  toScreen.push(0, 0, (near + far) / depth, -1, 0, 0, (2 * near * far) / depth, 0);
  return { toEye: new Float32Array(toEye), toScreen: new Float32Array(toScreen) };
}

/** Return the camera after a drag by degrees to the right and to the top. */
function orbit(camera, across, up) {
  const azimuth = ((((camera.azimuth - across + 180) % 360) + 360) % 360) - 180;
  return { ...camera, azimuth, elevation: Math.min(Math.max(camera.elevation - up, -STEEPEST), STEEPEST) };
}

/** Return the camera with the box drawn `factor` times as large, within limits. */
function zoomed(camera, factor) {
  return { ...camera, zoom: Math.min(Math.max(camera.zoom * factor, FARTHEST), CLOSEST) };
}

/** Interpolate between two cameras, eased, the shorter way round. */
function between(start, end, share) {
  if (share >= 1) return { ...end };
  const s = share * share * (3 - 2 * share);
  const turn = ((((end.azimuth - start.azimuth + 180) % 360) + 360) % 360) - 180;
  return {
    azimuth: start.azimuth + s * turn,
    elevation: start.elevation + s * (end.elevation - start.elevation),
    zoom: start.zoom * (end.zoom / start.zoom) ** s,
  };
}
