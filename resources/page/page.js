// The page: reads its content, holds what is shown, and connects the views with the controls.

const element = (id) => document.getElementById(id);
const FLIGHT_MS = 420;
const DEGREES_PER_PIXEL = 0.4;
const CLICK_PIXELS = 4;
const REST_MS = 250;
const REST_SAMPLES = 2;
const DIRECTIONS = ["sagittal", "coronal", "axial"];
const TITLES = { sagittal: "Sagittal", coronal: "Coronal", axial: "Axial" };

/** Make an element with text and attributes; text is never read as HTML. */
function make(name, text = "", attributes = {}) {
  const found = document.createElement(name);
  found.textContent = text;
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  return found;
}

/** Unpack all arrays; each leaves the document once it is read. */
async function readArrays(entries) {
  const numbers = [];
  for (const [n, entry] of entries.entries()) {
    element("loading").textContent = `Loading … ${Math.round((100 * n) / entries.length)} %`;
    const packed = element(`array-${n}`);
    numbers.push(await unpack(entry, packed.textContent.trim()));
    packed.remove();
  }
  numbers.shaped = (n) => ({ numbers: numbers[n], shape: entries[n].shape });
  return numbers;
}

class Page {
  constructor(content, arrays) {
    const { scan, maps, view } = content;
    this.content = content;
    this.arrays = arrays;
    this.scan = new Volume(scan.grid, scan.values, arrays[scan.values.array]);
    this.maps = maps.map((map) => ({
      ...map,
      volume: new Volume(map.grid, map.values, arrays[map.values.array]),
      drawn: new Volume(map.grid, map.drawn, arrays[map.drawn.array]),
      level: map.start,
    }));
    this.state = {
      map: maps.length ? 0 : -1,
      crosshair: view.crosshair,
      camera: view.camera,
      theme: view.theme,
      glass: view.glass,
      shadows: view.shadows,
      follow: view.walls.follow,
      overlay: view.overlay,
      convention: view.convention,
    };
    this.middle = view.walls.at || toWorld(scan.grid, scan.grid.shape.map((count) => (count - 1) / 2));
    this.planes = Object.fromEntries(
      Object.entries(scan.planes).map(([name, planes]) => [name, planes.map((plane) => new Plane(scan.grid, plane))]),
    );
    this.slices = DIRECTIONS.map((name) => new SliceView(element(name)));
    try {
      this.box = new Box(element("box"), view, scan.box, this.scan, arrays[scan.box.mask], arrays);
    } catch (error) {
      this.tell(`The box cannot be drawn: ${error.message}. Slices and numbers are complete.`);
    }
    this.connect();
    this.showMap();
  }

  get map() {
    return this.maps[this.state.map];
  }

  get level() {
    return this.map && this.map.levels[this.map.level];
  }

  tell(text) {
    element("failed").textContent = text;
    element("failed").hidden = false;
  }

  change(changes) {
    Object.assign(this.state, changes);
    this.refresh();
  }

  /** Draw once before the next frame, however often it is asked. */
  refresh() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  draw() {
    const { state } = this;
    document.documentElement.dataset.theme = state.theme;
    this.drawBox();
    const planes = this.planes[state.convention];
    const over = this.overlay();
    planes.forEach((plane, n) => {
      const index = plane.index(state.crosshair);
      const key = [state.convention, index, over ? `${state.map} ${this.map.level}` : ""].join(" ");
      const image = () => drawSlice(plane, this.scan, this.content.scan.range, state.crosshair, over);
      this.slices[n].draw(plane, state.crosshair, key, image);
      const caption = plane.caption(state.crosshair);
      const canvas = this.slices[n].canvas;
      canvas.nextElementSibling.textContent = `${TITLES[plane.orientation]} ${caption}`;
      const [left, right] = plane.letters;
      canvas.setAttribute("aria-label", `${TITLES[plane.orientation]} slice at ${caption} mm, ${left} on the left, ${right} on the right`);
    });
    element("crosshair").textContent = this.describe(state.crosshair);
    this.markCluster();
  }

  overlay() {
    const { level, map } = this;
    if (!this.state.overlay || !level || level.cutoff === null) return null;
    const omitted = level.omitted === null ? null : this.arrays[level.omitted];
    return { sampler: new MapSampler(map.drawn, omitted, this.scan.grid), colour: colourOf(map, level) };
  }

  drawBox() {
    if (!this.box) return;
    const { state } = this;
    const canvas = element("box");
    const shown = { ...state, wallsAt: state.follow ? state.crosshair : this.middle };
    this.box.draw(shown);
    clearTimeout(this.rest);
    // Finer at rest, as in the window; the pixels of a dense screen are fine enough.
    const samples = window.devicePixelRatio < REST_SAMPLES ? REST_SAMPLES : 1;
    this.rest = setTimeout(() => this.box.draw(shown, samples), REST_MS);
    const { azimuth, elevation } = state.camera;
    canvas.setAttribute(
      "aria-label",
      `Box with the slices on its walls${this.map ? ` and the bodies of ${this.map.name}` : ""}, seen from azimuth ${Math.round(azimuth)}°, elevation ${Math.round(elevation)}°`,
    );
    const { clientWidth: width, clientHeight: height } = canvas;
    const spans = this.box.letters(width, height).map(({ text, x, y }) => {
      const span = make("span", text);
      span.style.left = `${x}px`;
      span.style.top = `${y}px`;
      return span;
    });
    const bar = this.content.view.scaleBar && this.box.scaleBar(width, height);
    if (bar) {
      const span = make("span", `${bar.length} mm`, { class: "scale" });
      span.style.width = `${bar.pixels}px`;
      spans.push(span);
    }
    const [red, green, blue] = this.content.view.themes[state.theme].letter.map((share) => Math.round(255 * share));
    element("letters").style.color = `rgb(${red} ${green} ${blue})`;
    element("letters").replaceChildren(...spans);
  }

  /** Return a point in mm with the values there: those of the nearest voxels. */
  describe(point) {
    const parts = [formatPoint(point)];
    const value = this.scan.at(point);
    parts.push(value === null ? "outside the scan" : `scan ${this.scan.format(value)}`);
    if (this.map) {
      const found = this.map.volume.at(point);
      const unit = this.map.unit ? ` ${this.map.unit}` : "";
      parts.push(found === null ? "outside the map" : `map ${this.map.volume.format(found)}${unit}`);
    }
    return parts.join(" \u00b7 ");
  }

  // The map, its threshold and its clusters

  showMap() {
    const { map } = this;
    for (const id of ["threshold-section", "clusters-section"]) element(id).hidden = !map;
    document.querySelectorAll("[data-map]").forEach((one) => {
      one.hidden = Number(one.dataset.map) !== this.state.map;
    });
    if (map) {
      element("threshold").max = map.levels.length - 1;
      element("threshold").value = map.level;
      element("map-name").textContent = this.maps.length > 1 ? "" : map.name;
    }
    this.showLevel();
  }

  showLevel() {
    const { map, level } = this;
    if (this.box) this.box.setLevel(map, level && level.cutoff !== null ? level : null);
    if (map) {
      const text = this.describeLevel();
      element("threshold-text").textContent = text;
      element("threshold").setAttribute("aria-valuetext", text);
      this.drawColours();
      this.listClusters();
    }
    this.refresh();
  }

  describeLevel() {
    const { map, level } = this;
    if (level.cutoff === null) return `the map ${map.absent}`;
    const size = map.signs.length > 1 || map.signs[0] < 0 ? "|value|" : "value";
    const volume = (level.voxels * map.voxelVolume) / 1000;
    const smoothed = map.smoothing ? `, smoothed by ${formatNumber(map.smoothing)} mm` : "";
    const own = map.level === map.start ? " (as given)" : "";
    const constant = map.constant ? `; the map ${map.constant}` : "";
    return `${size} ≥ ${formatNumber(level.cutoff)}${smoothed}${own}: ${level.voxels.toLocaleString("en")} voxels, ${formatNumber(volume)} ml${constant}`;
  }

  drawColours() {
    const { map, level } = this;
    const canvas = element("colours");
    const ratio = window.devicePixelRatio || 1;
    Object.assign(canvas, { width: canvas.clientWidth * ratio, height: canvas.clientHeight * ratio });
    const paint = canvas.getContext("2d");
    paint.scale(ratio, ratio);
    const width = canvas.clientWidth;
    if (level.cutoff === null || !width) return;
    const style = getComputedStyle(document.documentElement);
    const [low, high] = map.range || [level.cutoff, map.largest];
    const end = Math.max(high, level.cutoff);
    const two = map.signs.length > 1;
    const zero = two ? width / 2 : map.signs[0] < 0 ? width : 0;
    const reach = two ? width / 2 : width;
    const one = high <= level.cutoff && level.cutoff <= map.largest;
    paint.fillStyle = style.getPropertyValue("--line");
    paint.fillRect(0, 0, width, 12);
    for (let x = 0.5; x < width; x++) {
      const value = one ? Math.sign(x - zero) * end : ((x - zero) / reach) * end;
      const colours = map.colours[value > 0 ? "1" : "-1"];
      if (!colours || Math.abs(value) < level.cutoff) continue;
      const share = high > low ? Math.min(Math.max((Math.abs(value) - low) / (high - low), 0), 1) : 1;
      const colour = colours.opaque[Math.trunc(share * (colours.opaque.length - 1))];
      paint.fillStyle = `rgb(${(colour >>> 16) & 255} ${(colour >>> 8) & 255} ${colour & 255})`;
      paint.fillRect(x - 0.5, 0, 1.5, 12);
    }
    paint.fillStyle = style.getPropertyValue("--text");
    paint.font = "12px system-ui, sans-serif";
    paint.textBaseline = "top";
    const marks = one ? [] : map.signs.map((sign) => [sign * level.cutoff, zero + (sign * reach * level.cutoff) / end]);
    for (const [, x] of marks) paint.fillRect(Math.min(Math.max(x - 1, 0), width - 2), 0, 2, 16);
    const ends = one
      ? map.signs.map((sign) => [sign * level.cutoff, zero + (sign * reach) / 2])
      : map.signs.map((sign) => [sign * end, zero + sign * reach]).concat([[0, zero]]);
    const rule = (value) => (!one || level.cutoff === map.largest ? "" : value > 0 ? "≥ " : "≤ ");
    const taken = [];
    for (const [value, x] of [...marks, ...ends]) {
      const text = rule(value) + formatNumber(value);
      const room = paint.measureText(text).width;
      const left = Math.min(Math.max(x - room / 2, 0), width - room);
      if (taken.some(([begin, stop]) => left < stop + 6 && left + room > begin - 6)) continue;
      taken.push([left, left + room]);
      paint.fillText(text, left, 19);
    }
    const label = one ? `One colour, of ${formatNumber(level.cutoff)}` : `Colours from ${formatNumber(low)} to ${formatNumber(high)}`;
    canvas.setAttribute("aria-label", label);
  }

  listClusters() {
    const { map, level } = this;
    const regions = level.clusters.some((one) => one.region);
    const heads = ["#", "mm³", "peak", regions ? "position in mm, region" : "position in mm", "share"];
    const row = make("tr");
    row.append(...heads.map((text) => make("th", text, { scope: "col" })));
    document.querySelector("#clusters thead").replaceChildren(row);
    const rows = level.clusters.map((cluster) => {
      const line = make("tr", "", { "data-cluster": cluster.number });
      const go = make("button", String(cluster.number), {
        type: "button",
        "aria-label": `Go to cluster ${cluster.number}, ${formatPoint(cluster.at)}`,
      });
      const cell = make("td");
      cell.append(go);
      const sign = map.signs.length > 1 ? (cluster.sign > 0 ? "+" : "") : "";
      const place = make("td", formatPoint(cluster.at).replace(" mm", ""), { class: "region", title: cluster.regions });
      if (cluster.region) place.append(make("small", cluster.region));
      line.append(
        cell,
        make("td", String(Math.round(cluster.volume))),
        make("td", sign + formatNumber(cluster.peak)),
        place,
        make("td", formatShare(cluster.share)),
      );
      line.addEventListener("click", () => this.moveCrosshair(cluster.at));
      return line;
    });
    document.querySelector("#clusters tbody").replaceChildren(...rows);
    const all = level.clusterCount;
    const listed = rows.length < all ? `the ${rows.length} largest of ${all}` : `${all} cluster${all === 1 ? "" : "s"}`;
    const none = map.absent ? `the map ${map.absent}` : "no cluster reaches this threshold";
    element("clusters-text").textContent = all ? `${listed}; choose one to go to its peak` : none;
    document.querySelector("#clusters-section .scroll").hidden = !all;
  }

  markCluster() {
    const at = this.state.crosshair;
    for (const [n, row] of [...document.querySelectorAll("#clusters tbody tr")].entries()) {
      const here = this.level.clusters[n].at.every((mm, axis) => Math.abs(mm - at[axis]) < 1e-6);
      row.setAttribute("aria-current", String(here));
    }
  }

  moveCrosshair(point) {
    this.change({ crosshair: nearestPoint(this.content.scan.grid, point) });
  }

  // Controls

  connect() {
    const { state } = this;
    const choose = element("map");
    choose.replaceChildren(...this.maps.map((map, n) => make("option", map.name, { value: n })));
    element("map-row").hidden = this.maps.length < 2;
    choose.addEventListener("change", () => {
      state.map = Number(choose.value);
      this.showMap();
    });
    element("threshold").addEventListener("input", () => {
      this.map.level = Number(element("threshold").value);
      this.showLevel();
    });
    for (const id of ["glass", "shadows", "follow", "overlay"]) {
      element(id).checked = state[id];
      element(id).addEventListener("change", () => this.change({ [id]: element(id).checked }));
    }
    element("radiological").checked = state.convention === "radiological";
    element("radiological").addEventListener("change", () =>
      this.change({ convention: element("radiological").checked ? "radiological" : "neurological" }),
    );
    const showTheme = () => {
      element("theme").textContent = state.theme === "light" ? "Dark theme" : "Light theme";
    };
    element("theme").addEventListener("click", () => {
      this.change({ theme: state.theme === "light" ? "dark" : "light" });
      document.documentElement.dataset.theme = state.theme;
      showTheme();
      if (this.map) this.drawColours();
    });
    showTheme();
    this.slices.forEach((slice, n) => this.connectSlice(slice, n));
    if (this.box) this.connectBox(element("box"));
    new ResizeObserver(() => {
      if (this.map) this.drawColours();
      this.refresh();
    }).observe(element("views"));
  }

  connectSlice(slice, n) {
    const { canvas } = slice;
    const plane = () => this.planes[this.state.convention][n];
    const go = (event) => this.moveCrosshair(slice.pointAt(event, this.state.crosshair));
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
      go(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      element("mouse").textContent = this.describe(slice.pointAt(event, this.state.crosshair));
      if (canvas.hasPointerCapture(event.pointerId)) go(event);
    });
    canvas.addEventListener("pointerleave", () => {
      element("mouse").textContent = "";
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        // In one column the wheel scrolls the page, unless the slice was chosen.
        const column = matchMedia("(max-width: 900px)").matches;
        if (event.ctrlKey || (column && document.activeElement !== canvas)) return;
        event.preventDefault();
        this.change({ crosshair: plane().step(this.state.crosshair, 0, 0, event.deltaY < 0 ? 1 : -1) });
        element("mouse").textContent = this.describe(slice.pointAt(event, this.state.crosshair));
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 5 : 1;
      const steps = {
        ArrowLeft: [-step, 0, 0],
        ArrowRight: [step, 0, 0],
        ArrowUp: [0, step, 0],
        ArrowDown: [0, -step, 0],
        PageUp: [0, 0, step],
        PageDown: [0, 0, -step],
      }[event.key];
      if (!steps || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.change({ crosshair: plane().step(this.state.crosshair, ...steps) });
    });
  }

  connectBox(canvas) {
    canvas.addEventListener("webglcontextlost", () => {
      this.tell("The browser took the graphics memory back; reload the page to see the box again.");
    });
    const turn = (across, up) => this.turn(orbit(this.state.camera, across, up));
    const zoom = (factor) => this.turn(zoomed(this.state.camera, factor));
    let last = null;
    let moved = 0;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      last = [event.clientX, event.clientY];
      moved = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
      if (moved === 0 && Math.hypot(dx, dy) < CLICK_PIXELS) return;
      moved += Math.hypot(dx, dy);
      canvas.classList.add("turning");
      last = [event.clientX, event.clientY];
      turn(dx * DEGREES_PER_PIXEL, -dy * DEGREES_PER_PIXEL);
    });
    const end = (event) => {
      canvas.classList.remove("turning");
      if (last && moved === 0 && event.type === "pointerup") {
        const bounds = canvas.getBoundingClientRect();
        const point = this.box.pick(event.clientX - bounds.left, event.clientY - bounds.top);
        if (point && nearestVoxel(this.content.scan.grid, point)) this.moveCrosshair(point);
      }
      last = null;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener(
      "wheel",
      (event) => {
        const column = matchMedia("(max-width: 900px)").matches;
        if (column && document.activeElement !== canvas) return;
        event.preventDefault();
        zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 15 : 5;
      const act = {
        ArrowLeft: () => turn(-step, 0),
        ArrowRight: () => turn(step, 0),
        ArrowUp: () => turn(0, step),
        ArrowDown: () => turn(0, -step),
        "+": () => zoom(1.15),
        "=": () => zoom(1.15),
        "-": () => zoom(1 / 1.15),
        Home: () => this.flyTo(this.content.view.camera),
      }[event.key];
      if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      act();
    });
    element("zoom-in").addEventListener("click", () => zoom(1.15));
    element("zoom-out").addEventListener("click", () => zoom(1 / 1.15));
    element("preset").addEventListener("change", () => {
      const chosen = this.content.view.presets[element("preset").value];
      if (chosen) this.flyTo(chosen);
    });
  }

  /** Set the camera at once; a flight ends. */
  turn(camera) {
    this.flight = null;
    element("preset").value = "";
    this.change({ camera });
  }

  /** Move to a camera, at once where the reader wants less motion. */
  flyTo(camera) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.change({ camera });
      return;
    }
    const flight = { start: this.state.camera, begin: performance.now() };
    this.flight = flight;
    const tick = (now) => {
      if (this.flight !== flight) return;
      const share = Math.min(Math.max((now - flight.begin) / FLIGHT_MS, 0), 1);
      this.state.camera = between(flight.start, camera, share);
      this.draw();
      if (share < 1) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }
}

async function start() {
  try {
    const content = JSON.parse(element("content").textContent);
    const arrays = await readArrays(content.arrays);
    element("loading").hidden = true;
    new Page(content, arrays).draw();
    document.body.dataset.state = "ready";
  } catch (error) {
    element("loading").hidden = true;
    element("failed").textContent = `This page cannot be shown in this browser: ${error.message}`;
    element("failed").hidden = false;
    document.body.dataset.state = "failed";
  }
}

start();
