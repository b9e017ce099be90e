// Lanes on a canvas. Three states differ in height and pattern as well as in colour: running is a thin line, waiting a
// tall hatched box, holding a strip below; a hold that others wait for is dotted.

const BAR = 15, GAP = 5, STRIP = 12, COUNTER = 44;
// Spans of a lane that are drawn one by one: fewer where levels of detail are as fine as pixels.
const EXACT = 6000, EXACT_OF_FINE = 1500;

function laneHeight(lane) {
  return 2 * GAP + BAR + Math.max(1, lane.rows) * (STRIP + 1) + 3;
}

// Where each lane and each counter stands, from the top.
function rowsOf(model) {
  const rows = [];
  let y = 0;
  model.lanes.forEach((lane, number) => {
    rows.push({ lane: number, y, height: laneHeight(lane) });
    y += laneHeight(lane);
  });
  model.counters.forEach((counter, number) => {
    rows.push({ counter: number, y, height: COUNTER });
    y += COUNTER;
  });
  rows.total = y;
  return rows;
}

function paintsOf(context) {
  const style = getComputedStyle(document.documentElement);
  const paints = {};
  for (const name of ["paper", "sheet", "line", "strong-line", "ink", "soft", "run", "wait", "wait-back", "hold", "hold-back", "hold-ink", "contended", "contended-back", "contended-ink", "arrow", "queue", "queue-back", "pick", "path", "bad", "good"]) {
    paints[name] = style.getPropertyValue(`--${name}`).trim();
  }
  paints.font = getComputedStyle(document.body).fontFamily;
  paints.hatch = pattern(context, paints["wait-back"], paints.wait, (p) => { p.moveTo(-1, 7); p.lineTo(7, -1); p.moveTo(2, 10); p.lineTo(10, 2); });
  paints.dots = pattern(context, paints["contended-back"], paints.contended, (p) => { p.moveTo(1, 3); p.lineTo(3, 3); p.moveTo(5, 7); p.lineTo(7, 7); });
  return paints;
}

function pattern(context, back, fore, path) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const on = tile.getContext("2d", SOFT);
  on.fillStyle = back;
  on.fillRect(0, 0, 8, 8);
  on.strokeStyle = fore;
  on.lineWidth = 1.5;
  on.beginPath();
  path(on);
  on.stroke();
  return context.createPattern(tile, "repeat");
}

const SOFT = { willReadFrequently: true };
function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d", SOFT);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function label(on, text, x, right, y, ink, font) {
  const room = right - x - 8;
  if (room < 18) return;
  on.font = font;
  on.fillStyle = ink;
  let shown = text;
  if (on.measureText(shown).width > room) {
    const each = on.measureText("n").width;
    shown = text.slice(0, Math.max(0, Math.floor(room / each) - 1)) + "…";
    if (shown.length < 5) return;
  }
  on.fillText(shown, x + 4, y);
}

function box(on, state, flags, x, y, width, height, paints) {
  if (state === RUN) {
    on.fillStyle = paints.run;
    on.fillRect(x, y + height / 2 - 2, width, 4);
    return;
  }
  const waits = state === WAIT;
  on.fillStyle = waits ? paints.hatch : flags & CONTENDED ? paints.dots : paints.hold;
  on.fillRect(x, y, width, height);
  if (width > 3) {
    on.strokeStyle = waits ? paints.wait : flags & CONTENDED ? paints.contended : paints.hold;
    on.lineWidth = 1;
    on.beginPath();
    on.moveTo(x + width - 0.5, y + 0.5);
    on.lineTo(x + 0.5, y + 0.5);
    on.lineTo(x + 0.5, y + height - 0.5);
    on.lineTo(x + width - 0.5, y + height - 0.5);
    if (!(flags & OPEN)) on.closePath();
    on.stroke();
  }
  if (flags & OPEN && width > 10) {
    on.fillStyle = paints.paper;
    for (let at = 0; at < height; at += 5) {
      on.beginPath();
      on.moveTo(x + width, y + at);
      on.lineTo(x + width - 4, y + at + 2.5);
      on.lineTo(x + width, y + at + 5);
      on.fill();
    }
  }
}

class Painter {
  constructor(model, canvas) {
    this.model = model;
    this.canvas = canvas;
    this.rows = rowsOf(model);
    this.recolour();
  }

  recolour() {
    this.paints = paintsOf(this.canvas.getContext("2d", SOFT));
  }

  // view: from, to (ns), width, height, scroll (px), picked event, whether each span and event matches the filter.
  draw(view) {
    const on = sized(this.canvas, view.width, view.height);
    const { paints } = this;
    this.view = view;
    this.scale = view.width / (view.to - view.from);
    on.textBaseline = "middle";
    on.save();
    on.translate(0, -view.scroll);
    on.strokeStyle = paints.line;
    for (const [x] of ticksOf(view)) {
      on.beginPath();
      on.moveTo(Math.round(x) + 0.5, 0);
      on.lineTo(Math.round(x) + 0.5, this.rows.total);
      on.stroke();
    }
    let dots = 0;
    const seen = this.rows.filter((row) => row.y + row.height >= view.scroll && row.y <= view.scroll + view.height);
    const room = seen.reduce((sum, row) => sum + (row.lane === undefined ? 0 : this.between(row.lane)[2]), 0);
    for (const row of seen) {
      on.strokeStyle = paints.line;
      on.beginPath();
      on.moveTo(0, row.y + row.height - 0.5);
      on.lineTo(view.width, row.y + row.height - 0.5);
      on.stroke();
      if (row.lane === undefined) this.counter(on, row);
      else {
        this.lane(on, row);
        if (room < 1500) dots += this.events(on, row);
      }
    }
    this.gap(on);
    if (view.path) this.path(on, seen);
    this.edges(on, room);
    this.pick(on);
    on.restore();
    return dots;
  }

  x(time) {
    return (time - this.view.from) * this.scale;
  }

  // Events of a lane in view: from, to (places in its list), how many.
  between(lane) {
    const list = this.model.eventsOf[lane], { t } = this.model.c;
    let low = 0, high = list.length;
    while (low < high) { const middle = (low + high) >> 1; if (t[list[middle]] < this.view.from) low = middle + 1; else high = middle; }
    let end = low, top = list.length;
    while (end < top) { const middle = (end + top) >> 1; if (t[list[middle]] <= this.view.to) end = middle + 1; else top = middle; }
    return [low, end, end - low];
  }

  lane(on, row) {
    const { c } = this.model, { view } = this;
    const tracks = this.model.tracks[row.lane];
    const ranges = [];
    let spans = 0;
    tracks.forEach((range, track) => {
      if (!range) return;
      const first = lower(c.end, view.from, range[0], range[1]);
      const last = lower(c.start, view.to, first, range[1]);
      ranges.push([track, first, last]);
      spans += last - first;
    });
    const gap = this.model.gap;
    if (!this.model.whole) return this.levels(on, row);
    const fine = this.model.levels[row.lane].levels[0][0] * this.scale <= 1.5;
    if ( spans > (fine ? EXACT_OF_FINE : EXACT) || (gap && view.from < gap[1] && view.to > gap[0])) return this.levels(on, row);
    const { paints } = this;
    const small = `11px ${paints.font}`, smaller = `10px ${paints.font}`;
    for (const [track, first, last] of ranges) {
      const y = row.y + GAP + (track ? BAR + 2 + (track - 1) * (STRIP + 1) : 0);
      const height = track ? STRIP : BAR;
      let painted = -1, paintedState = -1;
      for (let at = first; at < last; at++) {
        const x = Math.max(-2, this.x(c.start[at]));
        const right = Math.min(view.width + 2, this.x(c.end[at]));
        const width = Math.max(1, right - x);
        const state = c.state[at];
        if (right <= painted && state === paintedState) continue;
        on.globalAlpha = view.spanMatches && !view.spanMatches[at] ? 0.22 : 1;
        box(on, state, c.flags[at], x, y, width, height, paints);
        if (width > 26 && state !== RUN) {
          const contended = c.flags[at] & CONTENDED;
          const text = this.model.text(c.what[at]) + (c.flags[at] & TIMED_OUT ? " (timed out)" : "");
          this.plate(on, text, x, x + width, y, height, state, contended, track ? smaller : small);
        }
        if (width <= 1) { painted = Math.floor(x) + 1; paintedState = state; }
      }
    }
    on.globalAlpha = 1;
  }

  // What a box is about, on a plate of one colour: letters on a hatched ground are hard to read.
  plate(on, text, x, right, y, height, state, contended, font) {
    const { paints } = this;
    const from = Math.max(x, 0) + 1;
    on.font = font;
    const wide = Math.min(on.measureText(text).width + 8, right - from - 2);
    if (wide < 20 || (wide < 34 && on.measureText(text).width + 8 > wide)) return;
    const ground = state === WAIT ? paints["wait-back"] : contended ? paints["contended-back"] : null;
    if (ground) {
      on.fillStyle = ground;
      on.fillRect(from, y + 1, wide, height - 2);
    }
    label(on, text, from - 1, from + wide + 3, y + height / 2 + 0.5, state === WAIT ? paints.ink : contended ? paints["contended-ink"] : paints["hold-ink"], font);
  }

  // Shares of time instead of spans: of the finest level whose buckets are no narrower than needed.
  levels(on, row) {
    const { levels, at } = this.model.levels[row.lane], { shares } = this.model.c, { view, paints } = this;
    let offset = at, chosen = 0;
    const wanted = (this.model.whole ? 1.2 : 2.4) / this.scale;  // what is seen first need not be the finest
    while (chosen + 1 < levels.length && levels[chosen + 1][0] <= wanted) {
      offset += 3 * levels[chosen][1];
      chosen++;
    }
    if (!levels.length) return;
    const [width, buckets] = levels[chosen];
    const first = Math.max(0, Math.floor(view.from / width)), last = Math.min(buckets - 1, Math.floor(view.to / width));
    const y = row.y + GAP;
    // Whole pixels are quick to fill; neighbours that look the same are filled at once.
    const fill = (offset, colour, high, shade) => {
      on.fillStyle = colour;
      let from = 0, to = 0, level = 0;
      const put = () => {
        if (!level) return;
        if (shade) on.globalAlpha = 0.35 + (0.65 * level) / high;
        const tall = shade ? 4 : Math.max(2, level);
        on.fillRect(from, shade ? y + BAR / 2 - 1.5 : shade === false ? y + BAR + 2 + STRIP - tall : y + ((BAR - tall) >> 1), to - from, tall);
      };
      for (let bucket = first; bucket <= last; bucket++) {
        const share = Math.ceil((shares[offset + bucket] * high) / 255);
        const x = Math.floor(this.x(bucket * width)), right = Math.max(x + 1, Math.floor(this.x((bucket + 1) * width)));
        if (share === level && x <= to) { to = right; continue; }
        put();
        from = x; to = right; level = share;
      }
      put();
      on.globalAlpha = 1;
    };
    fill(offset + 2 * buckets, paints.run, 4, true);
    fill(offset, paints.wait, BAR, null);
    fill(offset + buckets, paints.hold, STRIP, false);
  }

  events(on, row) {
    const { c, checks, crashes } = this.model, { view, paints } = this;
    const list = this.model.eventsOf[row.lane];
    const [first, last] = this.between(row.lane);
    for (let place = first; place < last; place++) {
      const at = list[place], x = this.x(c.t[at]), y = row.y + GAP - 1;
      const check = checks.has(c.kind[at]);
      on.globalAlpha = view.eventMatches && !view.eventMatches[at] ? 0.15 : 1;
      on.fillStyle = paints.soft;
      if (check || crashes.has(c.kind[at])) {
        const fine = check && !this.model.text(c.data[at]).includes("ok=false");
        on.fillStyle = fine ? paints.good : paints.bad;
        on.beginPath();
        on.moveTo(x, y - 4); on.lineTo(x + 5, y + 1); on.lineTo(x, y + 6); on.lineTo(x - 5, y + 1);
        on.fill();
      } else on.fillRect(x - 0.75, y - 2, 1.5, 5);
    }
    on.globalAlpha = 1;
    return last - first;
  }

  counter(on, row) {
    const { c } = this.model, { view, paints } = this;
    const counter = this.model.counters[row.counter];
    const bottom = row.y + COUNTER - 6, high = COUNTER - 14;
    let at = Math.max(counter.from, lower(c.sample_t, view.from, counter.from, counter.to) - 1);
    const last = lower(c.sample_t, view.to, at, counter.to);
    on.beginPath();
    on.moveTo(this.x(Math.max(view.from, c.sample_t[at] || 0)), bottom);
    let column = -1, most = 0, end = Math.max(0, this.x(Math.max(view.from, c.sample_t[at] || 0)));
    const level = (value) => bottom - (high * value) / Math.max(1, counter.most);
    let y = bottom;
    for (; at < last; at++) {
      const x = Math.max(0, this.x(c.sample_t[at]));
      const pixel = Math.floor(x);
      if (pixel === column) {
        if (c.sample[at] > most) { most = c.sample[at]; on.lineTo(x, level(most)); }
      } else {
        on.lineTo(end, y);
        on.lineTo(x, y);
        column = pixel;
        most = c.sample[at];
        on.lineTo(x, level(most));
      }
      y = level(c.sample[at]);
      end = x;
    }
    on.lineTo(end, y);
    const stop = Math.max(end, Math.min(view.width, this.x(this.model.end)));
    on.lineTo(stop, y);
    on.lineTo(stop, bottom);
    on.fillStyle = paints["queue-back"];
    on.fill();
    on.strokeStyle = paints.queue;
    on.lineWidth = 1.25;
    on.stroke();
    on.lineWidth = 1;
  }

  // The critical path: a double line below each lane that it is on, and where it goes from one to another, down or up.
  // Of what falls on the same pixel one line is drawn.
  path(on, seen) {
    const { view, paints } = this, { path } = this.model;
    const bottom = (lane) => this.rows[lane].y + this.rows[lane].height - 5;
    const lines = new Map(seen.filter((row) => row.lane !== undefined).map((row) => [row.lane, { from: 0, to: -9 }]));
    on.fillStyle = paints.path;
    const line = (lane, { from, to }) => {
      if (to <= from) return;
      on.fillRect(from, bottom(lane), to - from, 1);
      on.fillRect(from, bottom(lane) + 3, to - from, 1);
    };
    let before = null, column = -1, top = 0, low = 0;
    const first = path.findIndex((step) => step[2] >= view.from), last = path.findLastIndex((step) => step[1] <= view.to);
    const few = last - first < 120;  // more of them would be a curtain before the lanes
    const jump = () => { if (few && column >= 0) on.fillRect(column, top, 1, low - top); };
    for (const [lane, start, end] of path) {
      if (end < view.from || start > view.to) { before = null; continue; }
      const x = Math.floor(Math.max(0, this.x(start))), right = Math.max(x + 1, Math.ceil(Math.min(view.width, this.x(end))));
      const drawn = lines.get(lane);
      if (drawn && x <= drawn.to) drawn.to = Math.max(drawn.to, right);
      else if (drawn) { line(lane, drawn); Object.assign(drawn, { from: x, to: right }); }
      if (before !== null && before !== lane) {
        const high = Math.min(bottom(lane), bottom(before)) + 1, deep = Math.max(bottom(lane), bottom(before)) + 3;
        if (x === column) { top = Math.min(top, high); low = Math.max(low, deep); }
        else { jump(); column = x; top = high; low = deep; }
      }
      before = lane;
    }
    jump();
    lines.forEach((drawn, lane) => line(lane, drawn));
  }

  gap(on) {
    const { gap } = this.model, { paints } = this;
    if (!gap) return;
    const x = Math.max(0, this.x(gap[0])), right = Math.min(this.view.width, this.x(gap[1]));
    if (right <= x) return;
    on.strokeStyle = paints.soft;
    on.setLineDash([6, 5]);
    on.strokeRect(x + 0.5, this.view.scroll + 1.5, right - x - 1, this.view.height - 3);
    on.setLineDash([]);
  }

  barOf(lane) {
    return this.rows[lane].y + GAP + BAR / 2;
  }

  edges(on, room) {
    const { to_t } = this.model.c, { view, paints } = this;  // edges are in the order of their ends
    const chosen = new Set(view.picked < 0 ? [] : [...this.model.out(view.picked), ...this.model.into(view.picked)]);
    const first = lower(to_t, view.from, 0, to_t.length), last = lower(to_t, view.to, first, to_t.length);
    if (last - first <= 300 && room < 1500) {
      for (let at = first; at < last; at++) if (!chosen.has(at)) this.arrow(on, at, paints.arrow, 1, view.eventMatches && view.picked < 0 ? 0.35 : 0.8);
    }
    for (const edge of chosen) this.arrow(on, edge, paints.pick, 2.25, 1);
  }

  arrow(on, edge, colour, width, alpha) {
    const { c } = this.model;
    const x0 = this.x(c.from_t[edge]), x1 = this.x(c.to_t[edge]);
    const up = c.to_lane[edge] < c.from_lane[edge];
    const y0 = this.barOf(c.from_lane[edge]), y1 = this.barOf(c.to_lane[edge]) + (up ? BAR / 2 : -BAR / 2);
    const bend = Math.max(10, Math.min(60, (x1 - x0) / 2));
    on.globalAlpha = alpha;
    on.strokeStyle = on.fillStyle = colour;
    on.lineWidth = width;
    if (!c.sure[edge]) on.setLineDash([4, 3]);
    on.beginPath();
    on.moveTo(x0, y0);
    on.bezierCurveTo(x0 + bend * 0.3, (y0 + y1) / 2, x1 - bend * 0.3, (y0 + y1) / 2, x1, y1);
    on.stroke();
    on.setLineDash([]);
    const way = up ? 1 : -1;
    on.beginPath();
    on.moveTo(x1, y1);
    on.lineTo(x1 - 3.5, y1 + 7 * way);
    on.lineTo(x1 + 3.5, y1 + 7 * way);
    on.fill();
    on.beginPath();
    on.arc(x0, y0, 2.5, 0, 7);
    on.fill();
    on.globalAlpha = 1;
    on.lineWidth = 1;
  }

  pick(on) {
    const { view, paints } = this, { c } = this.model;
    if (view.picked < 0) return;
    const x = this.x(c.t[view.picked]);
    on.strokeStyle = paints.pick;
    on.lineWidth = 1.5;
    on.setLineDash([3, 3]);
    on.beginPath();
    on.moveTo(x, view.scroll);
    on.lineTo(x, view.scroll + view.height);
    on.stroke();
    on.setLineDash([]);
    const lane = c.thread[view.picked];
    if (lane !== NOBODY) {
      const row = this.rows[lane];
      on.lineWidth = 2;
      on.strokeRect(x - 5, row.y + 2, 10, GAP + BAR + 1);
    }
    on.lineWidth = 1;
  }
}

function ticksOf(view) {
  const span = view.to - view.from;
  const rough = (span * 110) / Math.max(view.width, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const ticks = [];
  for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) ticks.push([((time - view.from) / span) * view.width, time]);
  return ticks;
}

function drawAxis(canvas, view, paints) {
  const on = sized(canvas, view.width, 24);
  on.font = `11px ${paints.font}`;
  on.textBaseline = "middle";
  for (const [x, time] of ticksOf(view)) {
    on.fillStyle = paints["strong-line"];
    on.fillRect(Math.round(x), 17, 1, 7);
    on.fillStyle = paints.soft;
    const text = moment(time, view.to - view.from);
    const wide = on.measureText(text).width;
    if (x + wide / 2 < view.width && x > wide / 2) on.fillText(text, x - wide / 2, 9);
    else if (x <= wide / 2) on.fillText(text, x + 3, 9);
  }
}

// The whole run, a thin row for each lane, and the window that is shown.
function drawOverview(canvas, model, view, paints) {
  const width = view.width, height = 46;
  const on = sized(canvas, width, height);
  const kept = canvas.kept ??= { sheet: document.createElement("canvas") };
  if (kept.width !== width || kept.paints !== paints) {
    wholeRun(kept.sheet, model, view, paints, height);
    kept.width = width;
    kept.paints = paints;
  }
  on.drawImage(kept.sheet, 0, 0, width, height);
  const x = (view.from / view.end) * width, right = (view.to / view.end) * width;
  on.fillStyle = paints.soft;
  on.globalAlpha = 0.28;
  on.fillRect(0, 0, x, height);
  on.fillRect(right, 0, width - right, height);
  on.globalAlpha = 1;
  on.strokeStyle = paints.pick;
  on.lineWidth = 2;
  on.strokeRect(Math.min(x + 1, width - 4), 1, Math.max(3, right - x - 2), height - 2);
  on.lineWidth = 1;
}

// What of the overview stays the same however the window is moved.
function wholeRun(canvas, model, view, paints, height) {
  const { width } = view, on = sized(canvas, width, height);
  const lanes = Math.min(model.lanes.length, 40);
  const each = Math.min(8, (height - 8) / Math.max(1, lanes));
  for (let lane = 0; lane < lanes; lane++) {
    const { levels, at } = model.levels[lane];
    let offset = at, chosen = 0;
    while (chosen + 1 < levels.length && levels[chosen + 1][0] * width <= 2 * view.end) { offset += 3 * levels[chosen][1]; chosen++; }
    if (!levels.length) continue;
    const [bucket, buckets] = levels[chosen];
    const y = Math.round(4 + lane * each), tall = Math.max(1, Math.round(each) - 1), thin = Math.max(1, tall >> 1);
    let from = 0, to = 0, shown = 0;
    const put = () => {
      if (!shown) return;
      on.fillStyle = shown === 1 ? paints.wait : paints.run;
      on.fillRect(from, shown === 1 ? y : y + ((tall - thin) >> 1), to - from, shown === 1 ? tall : thin);
    };
    for (let number = 0; number < buckets; number++) {
      const wait = model.c.shares[offset + number], run = model.c.shares[offset + 2 * buckets + number];
      const kind = wait > run ? 1 : run ? 2 : 0;
      const x = Math.floor((number * bucket * width) / view.end), right = Math.max(x + 1, Math.floor(((number + 1) * bucket * width) / view.end));
      if (kind === shown && x <= to) { to = right; continue; }
      put();
      from = x; to = right; shown = kind;
    }
    put();
  }
}
