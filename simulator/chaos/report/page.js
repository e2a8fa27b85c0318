"use strict";
// The page's own script: no library, no network. It draws lanes of spans and points on canvases, all on
// one axis of time, and shows the entries around a moment. Texts only ever enter as text nodes.
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const tip = document.getElementById("tip");
  const GUTTER = 62, MARGIN = 8, ROW = 17, GAP = 3, PAD = 6, BIN = 4, HEIGHT_OF_BARS = 30;
  const TONES = { good: "well, as wanted", busy: "at work", waiting: "waiting", ending: "being torn down", over: "over, nothing", bad: "bad", unknown: "unknown, silent", fault: "a fault in force", idle: "a fault that never fired" };
  const SORTS = { deed: "deed of a tenant or operator", ending: "kill, SIGTERM, cancellation", fires: "a fault strikes", transaction: "close transaction", violation: "violation" };
  const BARS = { read: "over", trial: "ending", write: "busy", refused: "bad" };
  const BAR_WORDS = { read: "reads", trial: "trials", write: "writes", refused: "refused or failed" };
  const views = [];
  let active = null;

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") element.className = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };
  const two = (n) => String(n).padStart(2, "0");
  const clock = (seconds, digits = 3) => {
    const t = Math.max(seconds, 0), s = (t % 60).toFixed(digits);
    if (t < 60) return `${s} s`;
    const rest = s.padStart(digits ? digits + 3 : 2, "0");
    return `${Math.floor(t / 3600)}:${two(Math.floor(t / 60) % 60)}:${rest}`;
  };

  // ── colours ──────────────────────────────────────────────────────────────────────────────────
  let colours = {};
  const readColours = () => {
    const style = getComputedStyle(root);
    for (const name of ["paper", "card", "ink", "quiet", "line", "faint", "accent", "on", ...Object.keys(TONES)]) colours[name] = style.getPropertyValue(`--${name}`).trim();
  };
  const setTheme = (name) => { root.dataset.theme = name; readColours(); views.forEach((view) => view.draw()); };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));

  const fit = (canvas, width, height) => {
    const ratio = window.devicePixelRatio || 1, w = Math.round(width * ratio), h = Math.round(height * ratio);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; canvas.style.height = `${height}px`; }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  };
  const shape = (c, sort, x, y) => {
    c.beginPath();
    if (sort === "deed") { c.moveTo(x, y - 5); c.lineTo(x + 5, y + 4); c.lineTo(x - 5, y + 4); c.closePath(); c.fillStyle = colours.ink; c.fill(); }
    else if (sort === "ending") { c.strokeStyle = colours.bad; c.lineWidth = 2.4; c.moveTo(x - 4, y - 4); c.lineTo(x + 4, y + 4); c.moveTo(x + 4, y - 4); c.lineTo(x - 4, y + 4); c.stroke(); }
    else if (sort === "fires") { c.moveTo(x + 2, y - 6); c.lineTo(x - 4, y + 1); c.lineTo(x, y + 1); c.lineTo(x - 2, y + 6); c.lineTo(x + 4, y - 1); c.lineTo(x, y - 1); c.closePath(); c.fillStyle = colours.fault; c.fill(); c.strokeStyle = colours.ink; c.lineWidth = .6; c.stroke(); }
    else if (sort === "transaction") { c.rect(x - 4, y - 4, 8, 8); c.fillStyle = colours.ending; c.fill(); }
    else { c.moveTo(x, y - 6); c.lineTo(x + 6, y); c.lineTo(x, y + 6); c.lineTo(x - 6, y); c.closePath(); c.fillStyle = colours.bad; c.fill(); c.strokeStyle = colours.card; c.lineWidth = 1.4; c.stroke(); }
  };

  class View {
    constructor(element, replay, number) {
      Object.assign(this, { element, replay, number, from: 0, to: replay.ends, text: "", what: "", lease: "", only: false, cursor: null, here: null });
      this.least = Math.min(0.02, replay.ends / 10);
      this.violations = replay.entries.map((e, place) => [e[0], place]).filter(([, place]) => replay.entries[place][1] === "violation");
      this.lanes = replay.lanes.map((lane) => this.lane(lane));
      this.build();
      this.filter();
    }
    lane(lane) {
      const bars = lane.points.filter((p) => p[1] in BARS), marks = lane.points.filter((p) => !(p[1] in BARS));
      const rows = lane.tracks.map((track) => track.name);
      const height = PAD * 2 + rows.length * (ROW + GAP) + (marks.length ? ROW + GAP : 0) + (bars.length ? HEIGHT_OF_BARS + GAP : 0);
      return { ...lane, bars, marks, height: Math.max(height, 34), hits: [] };
    }
    build() {
      const words = [...new Set(this.replay.entries.map((e) => e[1]))].sort();
      const choose = (label, values, set) => make("select", { "aria-label": label, onchange: (event) => { set(event.target.value); this.filter(); } }, make("option", { value: "" }, label), ...values.map((v) => make("option", { value: v }, v)));
      this.search = make("input", { type: "search", placeholder: "filter by text", "aria-label": "filter by text", oninput: (event) => { this.text = event.target.value.toLowerCase(); this.filter(); } });
      this.onlyButton = make("button", { type: "button", "aria-pressed": "false", onclick: () => this.toggleOnly() }, "only violations");
      this.windowText = make("span", { class: "window" });
      const tools = make("div", { class: "tools" },
        make("span", { class: "group-of" }, make("button", { type: "button", title: "zoom in (+)", "aria-label": "zoom in", onclick: () => this.zoom(.5) }, "+"), make("button", { type: "button", title: "zoom out (−)", "aria-label": "zoom out", onclick: () => this.zoom(2) }, "−"), make("button", { type: "button", title: "the whole run (0)", onclick: () => this.show(0, this.replay.ends) }, "all")),
        ...(this.violations.length ? [make("span", { class: "group-of" }, make("button", { type: "button", onclick: () => this.next(-1) }, "‹"), make("button", { type: "button", onclick: () => this.next(1) }, "next violation ›"))] : []),
        choose("all leases", this.lanes.map((lane) => lane.title), (value) => { this.lease = value; }),
        choose("all kinds", words, (value) => { this.what = value; }),
        this.search, ...(this.violations.length ? [this.onlyButton] : []), this.windowText);
      const used = new Set(this.lanes.flatMap((lane) => lane.tracks.flatMap((track) => track.spans.map((span) => span[3]))));
      const sorts = new Set(this.lanes.flatMap((lane) => lane.points.map((point) => point[1])));
      this.legend = make("div", { class: "legend" },
        ...Object.entries(TONES).filter(([tone]) => used.has(tone)).map(([tone, word]) => { const box = make("i"); box.style.background = `var(--${tone})`; return make("span", {}, box, word); }),
        ...Object.entries(BARS).filter(([sort]) => sorts.has(sort)).map(([sort, tone]) => { const box = make("i"); box.style.background = `var(--${tone})`; box.style.width = "4px"; return make("span", {}, box, BAR_WORDS[sort]); }),
        ...Object.entries(SORTS).filter(([sort]) => sorts.has(sort)).map(([sort, word]) => make("span", {}, make("canvas", { "data-sort": sort, width: 14, height: 14 }), word)));
      this.ruler = make("canvas", { tabindex: "0", "aria-label": "time; drag to zoom into a stretch" });
      const ruler = make("div", { class: "ruler" }, make("div"), this.ruler);
      this.body = make("div", { class: "lanes" });
      for (const lane of this.lanes) {
        lane.canvas = make("canvas", { tabindex: "0", role: "img", "aria-label": `timeline of ${lane.title}` });
        const title = make("div", { class: "lane-title" }, lane.title, ...(lane.violations ? [make("span", { class: "badge" }, String(lane.violations))] : []));
        lane.section = make("section", { class: "lane" }, make("div", { class: "lane-head" }, title, make("div", { class: "lane-about" }, lane.about)), lane.canvas);
        this.body.append(lane.section);
        this.listen(lane);
      }
      this.hair = make("div", { class: "hair", hidden: true });
      this.list = make("ol");
      this.listTitle = make("span");
      this.panel = make("section", { class: "entries", hidden: true, "aria-label": "entries" }, make("div", { class: "entries-head" }, this.listTitle, make("button", { type: "button", onclick: () => this.close() }, "close")), this.list);
      this.body.append(this.hair);
      this.element.append(tools, this.legend, ruler, this.body, this.panel);
      this.listenRuler();
      new ResizeObserver(() => this.draw()).observe(this.element);
      this.element.addEventListener("pointerenter", () => { active = this; });
      this.element.addEventListener("pointerleave", () => { this.hair.hidden = true; tip.hidden = true; });
    }

    // ── time and place ─────────────────────────────────────────────────────────────────────────
    get width() { return this.ruler.clientWidth; }
    get plot() { return Math.max(this.width - GUTTER - MARGIN - 10, 1); }
    x(time) { return GUTTER + MARGIN + (time - this.from) / (this.to - this.from) * this.plot; }
    time(x) { return this.from + (x - GUTTER - MARGIN) / this.plot * (this.to - this.from); }
    show(from, to) {
      const wide = Math.min(Math.max(to - from, this.least), this.replay.ends);
      this.from = Math.min(Math.max(from, 0), this.replay.ends - wide);
      this.to = this.from + wide;
      this.draw();
    }
    zoom(by, at = (this.from + this.to) / 2) { this.show(at - (at - this.from) * by, at + (this.to - at) * by); }
    pan(share) { const by = (this.to - this.from) * share; this.show(this.from + by, this.to + by); }
    jump(place) {
      const time = this.replay.entries[place][0], half = Math.min(20, this.replay.ends / 6);
      this.show(time - half, time + half);
      this.open(time, this.replay.entries[place][2], place);
    }
    next(step) {
      const at = this.here == null ? -1 : this.violations.findIndex(([, place]) => place === this.here);
      const length = this.violations.length;
      if (length) this.jump(this.violations[at < 0 ? (step > 0 ? 0 : length - 1) : (at + step + length) % length][1]);
    }
    toggleOnly() { this.only = !this.only; this.onlyButton.setAttribute("aria-pressed", String(this.only)); this.filter(); }

    // ── filters ────────────────────────────────────────────────────────────────────────────────
    passes(place) {
      const [, what, lease, , line, details] = this.replay.entries[place];
      if (this.only && what !== "violation") return false;
      if (this.what && what !== this.what) return false;
      return !this.text || `${line} ${lease} ${details.join(" ")}`.toLowerCase().includes(this.text);
    }
    filter() {
      const isFiltered = this.only || this.what || this.text;
      for (const lane of this.lanes) {
        lane.shown = isFiltered ? lane.bars.filter((p) => this.passes(p[2])) : lane.bars;
        lane.shownMarks = isFiltered ? lane.marks.filter((p) => this.passes(p[2])) : lane.marks;
        const hidden = (this.lease && lane.title !== this.lease) || (this.only && !lane.violations);
        lane.section.classList.toggle("hidden", Boolean(hidden));
      }
      if (!this.panel.hidden) this.open(this.cursor, this.cursorLease, this.here);
      this.draw();
    }

    // ── drawing ────────────────────────────────────────────────────────────────────────────────
    draw() {
      if (this.pending) return;
      this.pending = requestAnimationFrame(() => { this.pending = 0; this.drawNow(); });
    }
    drawNow() {
      if (!this.element.offsetParent || this.width < 50) return;
      this.windowText.textContent = `${clock(this.from)} – ${clock(this.to)}`;
      for (const canvas of this.legend.querySelectorAll("canvas")) shape(fit(canvas, 14, 14), canvas.dataset.sort, 7, 7);
      this.drawRuler();
      for (const lane of this.lanes) if (!lane.section.classList.contains("hidden")) this.drawLane(lane);
    }
    ticks() {
      const least = (this.to - this.from) / Math.max((this.width - GUTTER) / 96, 1);
      const step = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400].find((s) => s >= least) || 86400;
      const ticks = [];
      for (let n = Math.ceil(this.from / step); n * step <= this.to + 1e-9; n += 1) ticks.push(n * step);
      return [ticks, step < 1 ? Math.ceil(-Math.log10(step) - 1e-9) : 0];
    }
    drawRuler() {
      const c = fit(this.ruler, this.width, 26), [ticks, digits] = this.ticks();
      c.font = "11px system-ui, sans-serif"; c.textBaseline = "middle"; c.textAlign = "center";
      for (const time of ticks) {
        const x = this.x(time), text = clock(time, digits), half = c.measureText(text).width / 2;
        c.fillStyle = colours.line; c.fillRect(x, 20, 1, 6);
        c.fillStyle = colours.quiet; c.fillText(text, Math.min(Math.max(x, half + 2), this.width - half - 2), 11);
      }
      for (const [time, name] of [[this.replay.healed, "healed"], [this.replay.quiet, "quiet"]]) {
        if (time == null || time < this.from || time > this.to) continue;
        c.fillStyle = colours.good; c.beginPath(); c.moveTo(this.x(time) - 5, 26); c.lineTo(this.x(time) + 5, 26); c.lineTo(this.x(time), 19); c.fill();
      }
      for (const [time] of this.violations) if (time >= this.from && time <= this.to) { c.fillStyle = colours.bad; c.fillRect(this.x(time) - 1, 18, 2, 8); }
      if (this.brush) { const [a, b] = this.brush; c.globalAlpha = .25; c.fillStyle = colours.accent; c.fillRect(Math.min(a, b), 0, Math.abs(b - a), 26); c.globalAlpha = 1; }
    }
    drawLane(lane) {
      const width = lane.canvas.clientWidth, c = fit(lane.canvas, width, lane.height), [ticks] = this.ticks();
      lane.hits = [];
      c.save(); c.beginPath(); c.rect(GUTTER, 0, width - GUTTER, lane.height); c.clip();
      c.fillStyle = colours.faint;
      for (const time of ticks) c.fillRect(Math.round(this.x(time)), 0, 1, lane.height);
      for (const track of lane.tracks) if (track.name === "faults") this.bands(c, lane, track);
      if (this.replay.healed != null) { c.strokeStyle = colours.good; c.setLineDash([3, 3]); c.lineWidth = 1; c.beginPath(); c.moveTo(this.x(this.replay.healed), 0); c.lineTo(this.x(this.replay.healed), lane.height); c.stroke(); c.setLineDash([]); }
      let y = PAD;
      const labels = [];
      for (const track of lane.tracks) { labels.push([track.name, y + ROW / 2]); this.spans(c, lane, track, y); y += ROW + GAP; }
      if (lane.bars.length) { labels.push(["requests", y + HEIGHT_OF_BARS / 2]); this.requests(c, lane, y); y += HEIGHT_OF_BARS + GAP; }
      if (lane.marks.length) { labels.push(["events", y + ROW / 2]); this.marks(c, lane, y + ROW / 2); }
      if (this.cursor != null) { c.fillStyle = colours.accent; c.fillRect(this.x(this.cursor), 0, 1, lane.height); }
      c.restore();
      c.font = "10.5px system-ui, sans-serif"; c.textAlign = "right"; c.textBaseline = "middle"; c.fillStyle = colours.quiet;
      let last = "";
      for (const [name, at] of labels) { if (name !== last) c.fillText(name, GUTTER - 7, at); last = name; }
    }
    bands(c, lane, track) {
      c.fillStyle = colours.fault; c.globalAlpha = root.dataset.theme === "dark" ? .1 : .09;
      for (const [begins, ends, , tone] of track.spans) if (ends >= this.from && begins <= this.to && tone === "fault") c.fillRect(this.x(begins), 0, Math.max(this.x(ends) - this.x(begins), 1), lane.height);
      c.globalAlpha = 1;
    }
    spans(c, lane, track, y) {
      c.font = "11px system-ui, sans-serif"; c.textAlign = "left"; c.textBaseline = "middle";
      let covered = -1;
      for (const span of track.spans) {
        const [begins, ends, text, tone, detail] = span;
        if (ends < this.from || begins > this.to) continue;
        const x = Math.max(this.x(begins), GUTTER - 2), end = Math.min(this.x(ends), this.width), wide = Math.max(end - x, 1.5);
        if (wide <= 1.5 && x + wide <= covered) continue;
        covered = x + wide;
        const isThin = tone === "over", colour = colours[tone] || colours.unknown;
        c.fillStyle = colour;
        if (isThin) { c.globalAlpha = .55; c.fillRect(x, y + ROW / 2 - 1, wide, 2); c.globalAlpha = 1; }
        else {
          const isSoft = tone === "good" && wide > 8;
          c.globalAlpha = tone === "unknown" ? .3 : isSoft ? .2 : 1;
          c.beginPath(); c.roundRect(x, y, Math.max(wide - .75, 1), ROW, wide > 8 ? 3 : 0); c.fill(); c.globalAlpha = 1;
          if (isSoft) c.fillRect(x, y, 2.5, ROW);
          if (tone === "unknown" && wide > 6) { c.save(); c.clip(); c.strokeStyle = colour; c.lineWidth = 1; c.beginPath(); for (let at = x - ROW - (x % 7); at < x + wide; at += 7) { c.moveTo(at, y + ROW); c.lineTo(at + ROW, y); } c.stroke(); c.restore(); }
        }
        lane.hits.push([x, y, wide, ROW, () => [text, `${clock(begins)} – ${clock(ends)}, ${clock(ends - begins)} long`, detail]]);
        if (wide < 18) continue;
        c.save(); c.beginPath(); c.rect(x, y, wide - 3, ROW); c.clip();
        const label = c.measureText(text).width + 10 <= wide || wide > 64 ? text : "";
        if (isThin) { const long = c.measureText(label).width; if (label) { c.fillStyle = colours.card; c.fillRect(x + 4, y, long + 6, ROW); c.fillStyle = colours.quiet; c.fillText(label, x + 7, y + ROW / 2 + .5); } }
        else { c.fillStyle = tone === "good" || tone === "unknown" || tone === "idle" ? colours.ink : colours.on; c.fillText(label, x + 5, y + ROW / 2 + .5); }
        c.restore();
      }
    }
    requests(c, lane, y) {
      const bins = new Map(), base = y + HEIGHT_OF_BARS;
      for (const point of lane.shown) {
        if (point[0] < this.from || point[0] > this.to) continue;
        const at = Math.floor(this.x(point[0]) / BIN);
        if (!bins.has(at)) bins.set(at, []);
        bins.get(at).push(point);
      }
      c.fillStyle = colours.line; c.fillRect(GUTTER, base - 1, this.width, 1);
      for (const [at, points] of bins) {
        const tall = Math.min(4 + 5.2 * Math.log2(points.length), HEIGHT_OF_BARS - 1);
        let top = base - 1;
        for (const sort of Object.keys(BARS)) {
          const share = points.filter((p) => p[1] === sort).length / points.length;
          if (!share) continue;
          c.fillStyle = colours[BARS[sort]]; top -= tall * share; c.fillRect(at * BIN, top, BIN - 1, tall * share);
        }
        lane.hits.push([at * BIN - 1, y, BIN + 1, HEIGHT_OF_BARS, () => [`${points.length} request${points.length > 1 ? "s" : ""}`, clock(points[0][0]), ...points.slice(0, 7).map((p) => this.replay.entries[p[2]][4]), points.length > 7 ? `and ${points.length - 7} more` : ""]]);
      }
    }
    marks(c, lane, y) {
      const order = ["fires", "deed", "transaction", "ending", "violation"];
      const shown = lane.shownMarks.filter((p) => p[0] >= this.from && p[0] <= this.to).sort((a, b) => order.indexOf(a[1]) - order.indexOf(b[1]));
      for (const point of shown) {
        const x = this.x(point[0]), [sort, place] = [point[1], point[2]];
        if (sort === "violation") { c.fillStyle = colours.bad; c.globalAlpha = .8; c.fillRect(x - .75, 0, 1.5, lane.height); c.globalAlpha = 1; }
        shape(c, sort, x, y);
        const entry = this.replay.entries[place];
        lane.hits.push([x - 6, y - 7, 12, 14, () => [entry[4], clock(entry[0]), ...entry[5]]]);
      }
    }

    // ── hands ──────────────────────────────────────────────────────────────────────────────────
    listen(lane) {
      let down = null;
      const canvas = lane.canvas;
      canvas.addEventListener("pointerdown", (event) => { down = { x: event.offsetX, from: this.from, to: this.to, moved: false }; canvas.setPointerCapture(event.pointerId); });
      canvas.addEventListener("pointermove", (event) => {
        active = this;
        if (down && Math.abs(event.offsetX - down.x) > 3) down.moved = true;
        if (down && down.moved) { const by = (down.x - event.offsetX) / this.plot * (down.to - down.from); this.show(down.from + by, down.to + by); }
        this.hover(lane, event);
      });
      canvas.addEventListener("pointerup", (event) => { if (down && !down.moved && event.offsetX >= GUTTER) this.open(this.time(event.offsetX), this.replay.lanes[0].title === lane.title ? "" : lane.title); down = null; });
      canvas.addEventListener("pointercancel", () => { down = null; });
      canvas.addEventListener("dblclick", (event) => this.zoom(.25, this.time(event.offsetX)));
      canvas.addEventListener("wheel", (event) => {
        if (event.ctrlKey || event.metaKey) { event.preventDefault(); this.zoom(event.deltaY > 0 ? 1.25 : .8, this.time(event.offsetX)); }
        else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) { event.preventDefault(); this.pan(event.deltaX / this.width); }
      }, { passive: false });
    }
    hover(lane, event) {
      const box = this.body.getBoundingClientRect(), own = lane.canvas.getBoundingClientRect();
      this.hair.hidden = event.offsetX < GUTTER;
      this.hair.style.left = `${own.left - box.left + event.offsetX}px`;
      const hit = lane.hits.findLast(([x, y, w, h]) => event.offsetX >= x && event.offsetX <= x + w && event.offsetY >= y && event.offsetY <= y + h);
      tip.hidden = !hit;
      if (!hit) return;
      const [head, when, ...rest] = hit[4]();
      tip.replaceChildren(make("b", {}, head), make("div", { class: "quiet" }, when), ...rest.filter(Boolean).map((line) => make("div", {}, line)));
      const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8), below = event.clientY + 18;
      tip.style.left = `${Math.max(left, 4)}px`;
      tip.style.top = `${below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : below}px`;
    }
    listenRuler() {
      let start = null;
      const canvas = this.ruler;
      canvas.addEventListener("pointerdown", (event) => { start = event.offsetX; canvas.setPointerCapture(event.pointerId); });
      canvas.addEventListener("pointermove", (event) => { if (start != null) { this.brush = [start, event.offsetX]; this.draw(); } });
      canvas.addEventListener("pointerup", (event) => {
        if (start != null && Math.abs(event.offsetX - start) > 5) this.show(...[this.time(start), this.time(event.offsetX)].sort((a, b) => a - b));
        start = null; this.brush = null; this.draw();
      });
      canvas.addEventListener("dblclick", () => this.show(0, this.replay.ends));
    }

    // ── entries ────────────────────────────────────────────────────────────────────────────────
    open(time, lease = "", place = null) {
      Object.assign(this, { cursor: time, cursorLease: lease, here: place });
      const wanted = this.lease && this.lease !== this.replay.lanes[0].title ? this.lease : lease;
      const fitting = [];
      this.replay.entries.forEach((entry, n) => { if ((!wanted || entry[2] === wanted || (!entry[2] && entry[1] !== "request" && entry[1] !== "commit" && entry[1] !== "log")) && this.passes(n)) fitting.push(n); });
      let at = fitting.findIndex((n) => this.replay.entries[n][0] >= time);
      if (at < 0) at = fitting.length;
      if (place != null && fitting.includes(place)) at = fitting.indexOf(place);
      const from = Math.max(at - 120, 0), slice = fitting.slice(from, at + 180);
      this.listTitle.textContent = `${wanted ? `Lease ${wanted}` : "Everything"} around ${clock(time)}: ${fitting.length} entries`;
      let first = null;
      const items = slice.map((n) => {
        const [when, what, whose, daemon, line, details, tone] = this.replay.entries[n];
        const item = make("li", { class: `${tone} ${n === place ? "here" : ""}` }, make("time", {}, clock(when)), make("span", { class: "sort" }, what), make("span", { class: "sort" }, whose || (daemon ? `daemon ${daemon}` : "")), make("span", { class: "text" }, line, ...details.map((one) => make("small", {}, one))));
        if (!first && (n === place || (place == null && when >= time))) { first = item; item.classList.add("now"); }
        return item;
      });
      this.list.replaceChildren(...(items.length ? items : [make("li", { class: "empty-note" }, "nothing here passes the filters")]));
      this.panel.hidden = false;
      const target = first || items[items.length - 1];
      if (target) this.list.scrollTop = target.offsetTop - this.list.offsetTop - this.list.clientHeight / 3;
      this.draw();
    }
    close() { this.panel.hidden = true; this.cursor = null; this.here = null; this.draw(); }
    key(event) {
      const act = { "+": () => this.zoom(.5), "=": () => this.zoom(.5), "-": () => this.zoom(2), "−": () => this.zoom(2), ArrowLeft: () => this.pan(-.2), ArrowRight: () => this.pan(.2), "0": () => this.show(0, this.replay.ends), n: () => this.next(1), p: () => this.next(-1), v: () => this.toggleOnly(), "/": () => this.search.focus(), Escape: () => this.close() }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    }
  }

  // ── the page ─────────────────────────────────────────────────────────────────────────────────
  setTheme(dark.matches ? "dark" : "light");
  const view = (number) => {
    const element = document.getElementById(`replay-${number}`);
    if (!element) return null;
    if (!views[number]) views[number] = new View(element, data.replays[number], number);
    return views[number];
  };
  const reveal = (number) => { const run = document.getElementById(`run-${number}`); if (run && run.tagName === "DETAILS") run.open = true; active = view(number); active.draw(); return active; };
  data.replays.forEach((_, number) => {
    const run = document.getElementById(`run-${number}`);
    if (run.tagName !== "DETAILS") active = view(number);
    else run.addEventListener("toggle", () => { if (run.open) reveal(number); });
  });
  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]"), open = event.target.closest(".open-run");
    if (copy) {
      const done = () => { const before = copy.textContent; copy.textContent = "copied"; setTimeout(() => { copy.textContent = before; }, 1200); };
      const byHand = () => { const area = make("textarea"); area.value = copy.dataset.copy; document.body.append(area); area.select(); document.execCommand("copy"); area.remove(); done(); };
      if (navigator.clipboard && isSecureContext) navigator.clipboard.writeText(copy.dataset.copy).then(done, byHand); else byHand();
    }
    if (open) reveal(Number(open.dataset.run));
  });
  const follow = () => {
    const [, number, place] = location.hash.match(/^#entry-(\d+)-(\d+)$/) || [];
    if (!number || !data.replays[number] || !data.replays[number].entries[place]) return;
    reveal(Number(number)).jump(Number(place));
    document.getElementById(`replay-${number}`).scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => { const link = event.target.closest(".jump"); if (link && link.hash === location.hash) { event.preventDefault(); follow(); } });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey) { if (event.key === "Escape") event.target.blur(); return; }
    if (active) active.key(event);
  });
  document.getElementById("theme-button").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
  document.getElementById("help-button").addEventListener("click", () => document.getElementById("help").showModal());
  follow();
  root.dataset.drawn = "yes";
})();
