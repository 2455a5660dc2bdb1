// The box: walls with slices and shadows, bodies between them. WebGL 2, with the window's own shaders.

/** Compile a vertex and a fragment shader into a program with its uniforms by name. */
function compile(gl, [vertex, fragment]) {
  const program = gl.createProgram();
  for (const [kind, code] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, code);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  ["place", "normal", "light"].forEach((name, n) => gl.bindAttribLocation(program, n, name));
  gl.bindAttribLocation(program, 1, "coordinates");
  gl.bindAttribLocation(program, 0, "corner");
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    const said = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`${said.join(" ")} ${gl.getProgramInfoLog(program)}`);
  }
  const uniforms = {};
  for (let n = 0; n < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); n++) {
    const { name } = gl.getActiveUniform(program, n);
    uniforms[name] = gl.getUniformLocation(program, name);
  }
  return { program, uniforms };
}

/** Return vertices in mm, normals, light and triangles of a surface. */
function readSurface(surface, arrays, steps) {
  const [places, normals, triangles] = ["places", "normals", "triangles"].map((name) => arrays[surface[name]]);
  const count = places.length / 3;
  const vertices = new Float32Array(3 * count);
  const turned = new Float32Array(3 * count);
  for (let axis = 0; axis < 3; axis++)
    for (let n = 0; n < count; n++) {
      vertices[3 * n + axis] = surface.low[axis] + surface.step[axis] * places[axis * count + n];
      turned[3 * n + axis] = normals[axis * count + n] / steps.normal - 1;
    }
  const dim = surface.light === undefined ? null : arrays[surface.light];
  const light = Float32Array.from({ length: count }, (_, n) => (dim ? dim[n] / steps.light : 1));
  return { vertices, normals: turned, light, triangles };
}

class Box {
  constructor(canvas, view, box, scan, mask, arrays) {
    Object.assign(this, { canvas, view, box, scan, mask, arrays });
    // As in the window: plain pixels while something moves, several samples of each at rest.
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false });
    if (!gl) throw new Error("this browser shows no WebGL 2");
    this.gl = gl;
    this.programs = Object.fromEntries(Object.entries(view.shaders).map(([name, code]) => [name, compile(gl, code)]));
    this.weights = gaussian(view.wall.coverSigma, view.wall.coverReach);
    this.walls = [0, 1, 2].map((axis) => ({
      axis,
      slice: this.texture(),
      shadow: this.texture(),
      buffer: gl.createBuffer(),
      vertices: gl.createVertexArray(),
      shown: "",
      cast: null,
    }));
    this.background = this.quad();
    this.glass = this.upload(readSurface(box.glass, arrays, view.steps));
    this.bodies = [];
    this.surfaces = new Map();
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  }

  texture() {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const name of ["TEXTURE_MIN_FILTER", "TEXTURE_MAG_FILTER"]) gl.texParameteri(gl.TEXTURE_2D, gl[name], gl.NEAREST);
    for (const name of ["TEXTURE_WRAP_S", "TEXTURE_WRAP_T"]) gl.texParameteri(gl.TEXTURE_2D, gl[name], gl.CLAMP_TO_EDGE);
    return texture;
  }

  quad() {
    const { gl } = this;
    const vertices = gl.createVertexArray();
    gl.bindVertexArray(vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    return vertices;
  }

  upload({ vertices, normals, light, triangles }) {
    const { gl } = this;
    const object = gl.createVertexArray();
    gl.bindVertexArray(object);
    [
      [vertices, 3],
      [normals, 3],
      [light, 1],
    ].forEach(([values, size], n) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(n);
      gl.vertexAttribPointer(n, size, gl.FLOAT, false, 0, 0);
    });
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, triangles, gl.STATIC_DRAW);
    return { object, count: triangles.length, vertices, triangles };
  }

  /** Show a level of a map, or no map. */
  setLevel(map, level) {
    this.map = map;
    this.level = level;
    this.bodies = (level ? level.bodies : []).map((body) => {
      if (!this.surfaces.has(body)) this.surfaces.set(body, this.upload(readSurface(body, this.arrays, this.view.steps)));
      return { ...body, mesh: this.surfaces.get(body) };
    });
  }

  /** Say for each axis whether its wall is the one on the high face, farther from the camera. */
  highWalls() {
    const eye = toVoxel(this.scan.grid, this.pose.position);
    return eye.map((place, axis) => place < (this.box.low[axis] + this.box.high[axis] - 1) / 2);
  }

  /** Return the slice of each wall through a point in mm. */
  slices(point) {
    const { low, high } = this.box;
    return toVoxel(this.scan.grid, point).map((v, n) => Math.min(Math.max(Math.round(v), low[n]), high[n] - 1));
  }

  face(axis, share) {
    const { low, high } = this.box;
    return low[axis] - 0.5 + share * (high[axis] - low[axis]);
  }

  updateWall(wall, high, index) {
    const { gl, box } = this;
    const [b, c] = [0, 1, 2].filter((other) => other !== wall.axis);
    const key = `${index}`;
    if (wall.shown !== key) {
      const { texels, rows, columns } = wallTexels(this.scan, this.mask, box, wall.axis, index, this.weights);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.bindTexture(gl.TEXTURE_2D, wall.slice);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG8, columns, rows, 0, gl.RG, gl.UNSIGNED_BYTE, texels);
      wall.shown = key;
    }
    if (wall.cast !== this.level) {
      this.castShadow(wall);
      wall.cast = this.level;
    }
    const corners = [];
    for (const [s, t] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]) {
      const voxel = [0, 0, 0];
      voxel[wall.axis] = this.face(wall.axis, high[wall.axis] ? 1 : 0);
      const at = [];
      for (const [other, end] of [
        [c, s],
        [b, t],
      ]) {
        const out = Boolean(end) !== high[other] ? this.view.wall.rim : 0;
        const share = end + (out / box.size[other]) * (end ? 1 : -1);
        at.push(share);
        voxel[other] = this.face(other, share);
      }
      corners.push(...toWorld(this.scan.grid, voxel), ...at);
    }
    gl.bindVertexArray(wall.vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, wall.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(corners), gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 20, 0);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 2, gl.FLOAT, false, 20, 12);
  }

  castShadow(wall) {
    const { gl, level, map } = this;
    gl.bindTexture(gl.TEXTURE_2D, wall.shadow);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    if (!level) {
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG8, 1, 1, 0, gl.RG, gl.UNSIGNED_BYTE, new Uint8Array(2));
      return;
    }
    const { numbers, shape } = this.arrays.shaped(level.shadows[wall.axis]);
    const [, rows, columns] = shape;
    const count = rows * columns;
    const texels = new Float32Array(2 * count);
    for (const [channel, sign] of [1, -1].entries())
      if (map.signs.includes(sign))
        for (let n = 0; n < count; n++) texels[2 * n + channel] = numbers[channel * count + n] / this.view.steps.shadow;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32F, columns, rows, 0, gl.RG, gl.FLOAT, texels);
  }

  /**
   * Draw everything. `state` has the camera, theme, crosshair and what is switched on; `samples` are those
   * of a pixel along each side of a picture at rest, which is drawn finely; 0 while something moves.
   */
  draw(state, samples = 0) {
    const { gl, canvas, box, view } = this;
    const fine = samples > 0;
    const ratio = (window.devicePixelRatio || 1) * Math.max(samples, 1);
    const width = Math.max(Math.round(canvas.clientWidth * ratio), 1);
    const height = Math.max(Math.round(canvas.clientHeight * ratio), 1);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.pose = fitPose(state.camera, box.corners, width / height, view.lens);
    this.matrices = matrices(this.pose);
    this.high = this.highWalls();
    this.at = this.slices(state.wallsAt);
    const theme = view.themes[state.theme];
    gl.viewport(0, 0, width, height);
    gl.depthMask(true);
    gl.clear(gl.DEPTH_BUFFER_BIT);
    this.drawBackground(theme);
    for (const wall of this.walls) this.updateWall(wall, this.high, this.at[wall.axis]);
    gl.enable(gl.BLEND);
    for (const wall of this.walls) this.drawWall(wall, state, theme, height, fine);
    gl.enable(gl.CULL_FACE);
    gl.disable(gl.BLEND);
    for (const body of this.bodies.filter((one) => !one.outer))
      this.drawSurface("solid", body.mesh, this.map.colours[body.sign].body, { rim_share: theme.rim });
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    const [opacity, clear] = view.glassSurface.outer;
    for (const body of this.bodies.filter((one) => one.outer))
      this.drawSurface("outer", body.mesh, this.map.colours[body.sign].halo, { glass_share: opacity, floor_share: clear });
    if (state.glass)
      this.drawSurface("glass", this.glass, theme.glass, {
        glass_share: theme.glass_share,
        floor_share: view.glassSurface.clear,
      });
    gl.depthMask(true);
    gl.disable(gl.CULL_FACE);
    gl.disable(gl.BLEND);
  }

  use(name, values) {
    const { gl } = this;
    const { program, uniforms } = this.programs[name];
    gl.useProgram(program);
    for (const [key, value] of Object.entries(values)) {
      if (uniforms[key] === undefined) continue;
      if (typeof value === "number") gl.uniform1f(uniforms[key], value);
      else gl[`uniform${value.length}fv`](uniforms[key], value);
    }
    for (const [key, value] of [
      ["to_eye", this.matrices.toEye],
      ["to_screen", this.matrices.toScreen],
    ])
      if (uniforms[key]) gl.uniformMatrix4fv(uniforms[key], false, value);
    return uniforms;
  }

  drawBackground(theme) {
    const { gl } = this;
    gl.depthMask(false);
    this.use("background", { top_colour: theme.top, bottom_colour: theme.bottom });
    gl.bindVertexArray(this.background);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.depthMask(true);
  }

  drawWall(wall, state, theme, rows, fine) {
    const { gl, box, view, high, level } = this;
    const [b, c] = [0, 1, 2].filter((other) => other !== wall.axis);
    const reach = view.wall.cornerReach;
    const place = toVoxel(this.scan.grid, state.crosshair).map((v, n) => (v - this.face(n, 0)) * this.scan.grid.spacing[n]);
    const shaded = level && state.shadows;
    const uniforms = this.use("wall", {
      face_size: [box.size[c], box.size[b]],
      corner_reach: [1 / (reach * box.size[c]), 1 / (reach * box.size[b])],
      shared_high: [Number(high[c]), Number(high[b])],
      shade_at: shaded ? level.shadowAt : [2, 2],
      shade_share: shaded ? [view.nested ? view.wall.outerShade * theme.shadow : 0, theme.shadow] : [0, 0],
      cross_at: [place[c], place[b]],
      fine: Number(fine),
      cross_share: state.follow ? view.wall.crossShare : 0,
      wall_colour: theme.wall,
      edge_colour: theme.edge,
      cross_colour: theme.cross,
      shade_positive: view.shades["1"],
      shade_negative: view.shades["-1"],
      corner_share: 1 - theme.corner,
      grey_low: theme.grey[0],
      grey_span: theme.grey[1] - theme.grey[0],
      soft_mm: view.wall.soft,
      line_pixels: Math.max(1, rows / view.wall.rowsPerLine),
    });
    ["slice", "shadow"].forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, wall[name]);
      gl.uniform1i(uniforms[`${name}_texture`], unit);
    });
    gl.activeTexture(gl.TEXTURE0);
    gl.bindVertexArray(wall.vertices);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  drawSurface(name, mesh, colour, values) {
    const { gl } = this;
    this.use(name, { base_colour: colour, ...values });
    gl.bindVertexArray(mesh.object);
    gl.drawElements(gl.TRIANGLES, mesh.count, gl.UNSIGNED_INT, 0);
  }

  /** Return the point in mm at a pixel of the canvas: on a body, else in the slice of a wall, else null. */
  pick(x, y) {
    const direction = ray(this.pose, x, y, this.canvas.clientWidth, this.canvas.clientHeight);
    const eye = this.pose.position;
    let nearest = Infinity;
    for (const { mesh } of this.bodies) nearest = Math.min(nearest, hit(mesh, eye, direction));
    if (nearest < Infinity) return eye.map((mm, axis) => mm + nearest * direction[axis]);
    return this.pickWall(eye, direction);
  }

  pickWall(eye, direction) {
    const { grid } = this.scan;
    const start = toVoxel(grid, eye);
    const ahead = toVoxel(grid, eye.map((mm, axis) => mm + direction[axis]));
    const step = ahead.map((place, axis) => place - start[axis]);
    for (let axis = 0; axis < 3; axis++) {
      const distance = (this.face(axis, Number(this.high[axis])) - start[axis]) / step[axis];
      const place = start.map((begin, n) => begin + distance * step[n]);
      const others = [0, 1, 2].filter((n) => n !== axis);
      if (distance > 0 && others.every((n) => place[n] >= this.face(n, 0) && place[n] <= this.face(n, 1))) {
        place[axis] = this.at[axis];
        return toWorld(grid, place);
      }
    }
    return null;
  }

  /** Return letters beside the walls' outer edges and their places in pixels: `place_orientation_labels`. */
  letters(width, height) {
    const size = Math.max(0.0155 * Math.min(height, width / 1.2), 11);
    const { codes } = this.scan.grid;
    const opposite = { L: "R", R: "L", P: "A", A: "P", I: "S", S: "I" };
    const found = [];
    for (let axis = 0; axis < 3; axis++) {
      const edges = [0, 1, 2]
        .filter((free) => free !== axis)
        .map((free) => this.edge(axis, free, width, height))
        .filter(([start, end]) => Math.hypot(end[0] - start[0], end[1] - start[1]) > 4 * size);
      if (!edges.length) continue;
      const side = "SI".includes(codes[axis]) ? 0 : 1;
      const [start, end, inside] = edges.reduce((best, edge) => (edge[0][side] + edge[1][side] > best[0][side] + best[1][side] ? edge : best));
      const length = Math.hypot(end[0] - start[0], end[1] - start[1]);
      let out = [(end[1] - start[1]) / length, -(end[0] - start[0]) / length];
      if (out[0] * (inside[0] - start[0]) + out[1] * (inside[1] - start[1]) > 0) out = out.map((part) => -part);
      for (const [first, second, text] of [
        [start, end, opposite[codes[axis]]],
        [end, start, codes[axis]],
      ]) {
        let place;
        for (const inset of this.view.labels.insets) {
          place = [0, 1].map((n) => first[n] + inset * (second[n] - first[n]) + 1.5 * size * out[n]);
          const [x, y] = place;
          if (found.every((other) => Math.hypot(x - other.x, y - other.y) > 1.9 * size)) break;
        }
        const [x, y] = [width, height].map((room, n) => Math.min(Math.max(place[n], 8), room - 8));
        found.push({ text, x, y });
      }
    }
    return found;
  }

  edge(axis, free, width, height) {
    const points = [0, 1, 2].map(() =>
      [0, 1, 2].map((other) => this.face(other, Number(other === free ? !this.high[other] : this.high[other]))),
    );
    points[0][axis] = this.face(axis, 0);
    points[1][axis] = this.face(axis, 1);
    for (const other of [axis, free]) points[2][other] = this.face(other, 0.5);
    return points.map((voxel) => project(this.pose, toWorld(this.scan.grid, voxel), width, height));
  }

  /** Return the longest round length that fits beside the box and its pixels at the depth of the middle. */
  scaleBar(width, height) {
    const middle = toWorld(this.scan.grid, [0, 1, 2].map((axis) => this.face(axis, 0.5)));
    const ends = [-0.5, 0.5].map((half) => middle.map((mm, axis) => mm + half * this.pose.axes[0][axis]));
    const [a, b] = ends.map((end) => project(this.pose, end, width, height));
    const scale = Math.hypot(b[0] - a[0], b[1] - a[1]);
    const fitting = this.view.labels.lengths.filter((length) => length * scale <= this.view.labels.longest * width);
    const length = fitting.at(-1);
    return length === undefined ? null : { length, pixels: length * scale };
  }
}

/** Return the distance at which a ray meets the nearest triangle of a mesh, or infinity. */
function hit({ vertices, triangles }, eye, direction) {
  let nearest = Infinity;
  for (let n = 0; n < triangles.length; n += 3) {
    const [a, b, c] = [3 * triangles[n], 3 * triangles[n + 1], 3 * triangles[n + 2]];
    const [ux, uy, uz] = [vertices[b] - vertices[a], vertices[b + 1] - vertices[a + 1], vertices[b + 2] - vertices[a + 2]];
    const [vx, vy, vz] = [vertices[c] - vertices[a], vertices[c + 1] - vertices[a + 1], vertices[c + 2] - vertices[a + 2]];
    // Möller and Trumbore, J. Graphics Tools 2(1):21, 1997.
    const px = direction[1] * vz - direction[2] * vy;
    const py = direction[2] * vx - direction[0] * vz;
    const pz = direction[0] * vy - direction[1] * vx;
    const determinant = ux * px + uy * py + uz * pz;
    if (Math.abs(determinant) < 1e-12) continue;
    const [tx, ty, tz] = [eye[0] - vertices[a], eye[1] - vertices[a + 1], eye[2] - vertices[a + 2]];
    const u = (tx * px + ty * py + tz * pz) / determinant;
    if (u < 0 || u > 1) continue;
    const [qx, qy, qz] = [ty * uz - tz * uy, tz * ux - tx * uz, tx * uy - ty * ux];
    const v = (direction[0] * qx + direction[1] * qy + direction[2] * qz) / determinant;
    if (v < 0 || u + v > 1) continue;
    const distance = (vx * qx + vy * qy + vz * qz) / determinant;
    if (distance > 0 && distance < nearest) nearest = distance;
  }
  return nearest;
}
