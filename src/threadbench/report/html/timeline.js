// The view of a run: what part of it is shown, what is picked, and how mouse and keys change that.

class Timeline {
  constructor(model) {
    this.model = model;
    this.canvas = $("canvas");
    this.painter = new Painter(model, this.canvas);
    this.end = Math.max(model.end, 1) * 1.005;
    this.least = 50;
    this.view = { from: 0, to: this.end, end: this.end, width: 0, height: 0, scroll: 0, picked: -1, path: model.path.length > 0, eventMatches: null, spanMatches: null };
    this.onpick = () => {};
    this.labels();
    this.listen();
    this.measure();
  }

  labels() {
    const { model } = this;
    const cycle = new Set(model.cycle || []);
    this.names = this.painter.rows.map((row) => {
      const made = element("div");
      if (row.lane !== undefined) {
        const lane = model.lanes[row.lane];
        const end = lane.crashed ? "crashed" : lane.open ? "did not end" : "";
        const told = [lane.id === null ? "" : `id ${lane.id}`, lane.daemon ? "daemon" : "", end].filter(Boolean).join(" · ");
        made.append(element("b", { title: lane.name }, named(lane.name)), element("small", {}, told));
        if (cycle.has(row.lane)) made.classList.add("cycle");
      } else {
        const counter = model.counters[row.counter];
        made.append(element("b", { title: counter.object }, named(counter.object)), element("small", {}, `${counter.what}, at most ${counter.most}`));
      }
      made.style.top = `${row.y}px`;
      made.style.height = `${row.height}px`;
      return made;
    });
    $("labels").replaceChildren(...this.names);
    $("labels").style.height = $("plot").style.height = `${this.painter.rows.total}px`;
  }

  // Whether there is more room than before, or less.
  measure() {
    const { view } = this, { width, height } = view;
    view.width = Math.max(50, $("plot").clientWidth);
    view.height = Math.min(this.painter.rows.total, $("chart").clientHeight);
    return view.width !== width || view.height !== height;
  }

  draw() {
    this.view.scroll = $("chart").scrollTop;
    measured("threadbench:draw", () => {
      this.painter.draw(this.view);
      drawAxis($("axis"), this.view, this.painter.paints);
      drawOverview($("overview"), this.model, this.view, this.painter.paints);
    });
    const { from, to } = this.view;
    $("shown").textContent = `${moment(from, to - from)} – ${moment(Math.min(to, this.model.end), to - from)}`;
    const data = $("chart").dataset;
    data.from = Math.round(from);
    data.to = Math.round(to);
    data.picked = this.view.picked < 0 ? "" : this.model.c.seq[this.view.picked];
  }

  show(from, to) {
    const span = Math.min(this.end, Math.max(this.least, to - from));
    this.view.from = Math.max(0, Math.min(from, this.end - span));
    this.view.to = this.view.from + span;
    this.draw();
  }

  zoom(factor, at = null) {
    measured("threadbench:zoom", () => {
      const { from, to } = this.view;
      const still = at ?? (this.view.picked >= 0 && this.inView(this.view.picked) ? this.model.c.t[this.view.picked] : (from + to) / 2);
      this.show(still - (still - from) * factor, still + (to - still) * factor);
    });
  }

  pan(share) {
    const span = this.view.to - this.view.from;
    this.show(this.view.from + share * span, this.view.to + share * span);
  }

  criticalPath() {
    const { view } = this;
    if (!this.model.path.length) return;
    view.path = !view.path;
    $("path").setAttribute("aria-pressed", view.path);
    this.draw();
  }

  all() {
    this.show(0, this.end);
  }

  inView(event) {
    const t = this.model.c.t[event];
    return t >= this.view.from && t <= this.view.to;
  }

  // Pick an event and have it in view.
  pick(event) {
    this.view.picked = event;
    const lane = event < 0 ? NOBODY : this.model.c.thread[event];
    this.names.forEach((name, number) => name.classList.toggle("picked", number === lane));
    if (event >= 0 && !this.inView(event)) {
      const half = (this.view.to - this.view.from) / 2, t = this.model.c.t[event];
      this.show(t - half, t + half);
    }
    if (lane !== NOBODY) {
      const row = this.painter.rows[lane], chart = $("chart");
      if (row.y < chart.scrollTop) chart.scrollTop = row.y;
      else if (row.y + row.height > chart.scrollTop + chart.clientHeight) chart.scrollTop = row.y + row.height - chart.clientHeight;
    }
    this.draw();
    this.onpick(event);
  }

  // The next event (or the one before) that matches the filter.
  step(way) {
    const { t } = this.model.c, matches = this.view.eventMatches;
    let at = this.view.picked;
    if (at < 0) at = (way > 0 ? lower(t, this.view.from, 0, t.length) : lower(t, this.view.to, 0, t.length)) - (way > 0 ? 1 : 0);
    do at += way; while (at >= 0 && at < t.length && matches && !matches[at]);
    if (at >= 0 && at < t.length) this.pick(at);
    return at >= 0 && at < t.length;
  }

  edge(way) {
    const { picked } = this.view, { model } = this;
    const ends = way > 0 ? model.c.to_event : model.c.from_event;
    const edge = picked < 0 ? undefined : (way > 0 ? model.out : model.into)(picked).find((each) => ends[each] !== NONE);
    if (edge === undefined) return false;
    this.pick(ends[edge]);
    return true;
  }

  // What is at a point of the canvas: a lane, the nearest event, the span.
  at(x, y) {
    const { model, view, painter } = this, { c } = model;
    const below = y + view.scroll;
    const row = painter.rows.find((each) => below >= each.y && below < each.y + each.height);
    const time = view.from + (x / view.width) * (view.to - view.from);
    if (!row) return { time };
    if (row.lane === undefined) {
      const counter = model.counters[row.counter];
      const sample = lower(c.sample_t, time, counter.from, counter.to) - 1;
      return { time, counter, value: sample >= counter.from ? c.sample[sample] : 0 };
    }
    const list = model.eventsOf[row.lane];
    let low = 0, high = list.length;
    while (low < high) { const middle = (low + high) >> 1; if (c.t[list[middle]] < time) low = middle + 1; else high = middle; }
    let event = -1, best = 7;
    for (const near of [list[low - 1], list[low]]) {
      if (near === undefined) continue;
      const away = Math.abs(painter.x(c.t[near]) - x);
      if (away < best) { best = away; event = near; }
    }
    const depth = below - row.y - GAP - BAR - 2;
    const track = depth < 0 ? 0 : 1 + Math.floor(depth / (STRIP + 1));
    let span = -1;
    const range = model.tracks[row.lane][track];
    if (range) {
      const found = lower(c.end, time, range[0], range[1]);
      if (found < range[1] && c.start[found] <= time) span = found;
    }
    return { time, lane: row.lane, event, span };
  }

  listen() {
    const { canvas } = this;
    const place = (move) => { const box = canvas.getBoundingClientRect(); return [move.clientX - box.left, move.clientY - box.top]; };
    let held = null;
    canvas.addEventListener("pointerdown", (down) => {
      if (down.button) return;
      held = { x: place(down)[0], from: this.view.from, to: this.view.to, moved: false };
      canvas.setPointerCapture(down.pointerId);
    });
    canvas.addEventListener("pointermove", (move) => {
      const [x, y] = place(move);
      if (held) {
        const by = x - held.x;
        if (Math.abs(by) > 3 || held.moved) {
          held.moved = true;
          canvas.classList.add("dragged");
          $("tip").hidden = true;
          const per = (held.to - held.from) / this.view.width;
          this.show(held.from - by * per, held.to - by * per);
        }
      } else this.hover(x, y, move);
    });
    canvas.addEventListener("pointerup", (up) => {
      const moved = held && held.moved;
      held = null;
      canvas.classList.remove("dragged");
      if (moved) return;
      const found = this.at(...place(up));
      if (found.event >= 0) this.pick(found.event);
      else if (found.span >= 0) this.pick(this.model.eventAt(this.model.c.first[found.span]));
      else this.pick(-1);
    });
    canvas.addEventListener("pointerleave", () => { $("tip").hidden = true; });
    canvas.addEventListener("dblclick", (click) => this.zoom(0.25, this.at(...place(click)).time));
    canvas.addEventListener("wheel", (wheel) => {
      if (wheel.ctrlKey || wheel.metaKey) {
        wheel.preventDefault();
        this.zoom(Math.exp(Math.max(-60, Math.min(60, wheel.deltaY)) * 0.01), this.at(...place(wheel)).time);
      } else if (wheel.shiftKey || Math.abs(wheel.deltaX) > Math.abs(wheel.deltaY)) {
        wheel.preventDefault();
        this.pan((wheel.deltaX || wheel.deltaY) / this.view.width);
      }
    }, { passive: false });
    $("chart").addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.measure() && this.draw()).observe($("plot"));
    this.window();
  }

  // The overview: a press moves the window there, a drag chooses a new one.
  window() {
    const overview = $("overview");
    let begun = null;
    const time = (move) => { const box = overview.getBoundingClientRect(); return ((move.clientX - box.left) / box.width) * this.end; };
    overview.addEventListener("pointerdown", (down) => { begun = time(down); overview.setPointerCapture(down.pointerId); });
    overview.addEventListener("pointermove", (move) => {
      if (begun === null) return;
      const now = time(move);
      if (Math.abs(now - begun) > this.end / 200) this.show(Math.min(begun, now), Math.max(begun, now));
    });
    overview.addEventListener("pointerup", (up) => {
      const now = time(up), span = this.view.to - this.view.from;
      if (begun !== null && Math.abs(now - begun) <= this.end / 200) this.show(now - span / 2, now + span / 2);
      begun = null;
    });
  }

  hover(x, y, move) {
    const { model } = this, { c } = model, tip = $("tip");
    const found = this.at(x, y);
    const rows = [];
    if (found.counter) rows.push(element("b", {}, named(found.counter.object)), `${found.counter.what}: ${found.counter.width ? "up to " : ""}${found.value}`);
    else if (found.event >= 0) {
      const at = found.event;
      rows.push(element("b", {}, model.text(c.kind[at]), c.obj[at] === NONE ? "" : " ", named(model.text(c.obj[at]))));
      rows.push(...[`#${c.seq[at]} at ${moment(c.t[at], (this.view.to - this.view.from) / 50)} in `, named(model.lanes[found.lane].name)]);
      for (const more of [c.at[at], c.data[at]]) if (more !== NONE) rows.push(element("br"), named(model.text(more)));
    } else if (found.span >= 0) {
      const at = found.span, state = c.state[at];
      const what = state === RUN ? "runs" : state === WAIT ? "waits for " : "holds ";
      rows.push(element("b", {}, what, named(state === RUN ? "" : model.text(c.what[at]))));
      const flags = [c.flags[at] & CONTENDED ? "others wait for it" : "", c.flags[at] & TIMED_OUT ? "timed out" : "", c.flags[at] & OPEN ? "never ended" : ""].filter(Boolean);
      rows.push([duration(c.end[at] - c.start[at]), ...flags].join(", "), " in ", named(model.lanes[found.lane].name));
      if (c.where[at] !== NONE) rows.push(element("br"), named(model.text(c.where[at])));
    }
    tip.hidden = !rows.length;
    tip.replaceChildren(...rows);
    const right = move.clientX + 16 + tip.offsetWidth > window.innerWidth;
    tip.style.left = `${right ? move.clientX - tip.offsetWidth - 12 : move.clientX + 14}px`;
    tip.style.top = `${Math.min(move.clientY + 16, window.innerHeight - tip.offsetHeight - 4)}px`;
  }
}
