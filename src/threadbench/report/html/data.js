// The columns that were squeezed into the page, as typed arrays.

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const decoded = atob(text);
  const bytes = new Uint8Array(decoded.length);
  for (let at = 0; at < decoded.length; at++) bytes[at] = decoded.charCodeAt(at);
  return bytes;
}

async function unpacked(squeezed) {
  const stream = new Blob([fromBase64(squeezed)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

// The columns that are squeezed, or those that are not; the others are empty.
function columnsOf(data, squeezed, buffer) {
  const types = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f8: Float64Array };
  const columns = {};
  for (const [name, [type, where, offset, length]] of Object.entries(data.columns)) columns[name] = Boolean(where) === squeezed ? new types[type](buffer, offset, length) : new types[type](0);
  return columns;
}

const NONE = 0xffffffff;
const NOBODY = 0xffff;
const WAIT = 0, HOLD = 1, RUN = 2;
const CONTENDED = 1, TIMED_OUT = 2, OPEN = 4;

// Texts stay bytes until one is shown; a search reads all of them, once.
function textsOf(c) {
  const decoder = new TextDecoder(), known = new Map();
  const text = (number) => {
    if (number === NONE) return "";
    let shown = known.get(number);
    if (shown === undefined) known.set(number, shown = decoder.decode(c.text.subarray(c.text_at[number], c.text_at[number + 1] - 1)));
    return shown;
  };
  let low = null;
  const lowered = () => {
    if (!low) { low = decoder.decode(c.text).toLowerCase().split("\n"); low.pop(); }
    return low;
  };
  return { text, lowered };
}

// The events of each lane, in their order: views into one array.
function byLane(thread, lanes) {
  const begins = new Uint32Array(lanes + 1);
  for (let at = 0; at < thread.length; at++) if (thread[at] !== NOBODY) begins[thread[at] + 1]++;
  for (let lane = 0; lane < lanes; lane++) begins[lane + 1] += begins[lane];
  const ordered = new Uint32Array(begins[lanes]), next = begins.slice();
  for (let at = 0; at < thread.length; at++) if (thread[at] !== NOBODY) ordered[next[thread[at]]++] = at;
  return Array.from({ length: lanes }, (_, lane) => ordered.subarray(begins[lane], begins[lane + 1]));
}

// Which edges each event has: a function from an event to their numbers.
function chains(events, ends) {
  const first = new Int32Array(events).fill(-1), next = new Int32Array(ends.length);
  for (let edge = ends.length - 1; edge >= 0; edge--) {
    if (ends[edge] === NONE) continue;
    next[edge] = first[ends[edge]];
    first[ends[edge]] = edge;
  }
  return (event) => {
    const edges = [];
    for (let edge = first[event]; edge >= 0; edge = next[edge]) edges.push(edge);
    return edges;
  };
}

// What the first view is drawn from: coarse levels of detail, and no event yet.
function modelOf(data) {
  const lanes = data.lanes.map(() => []);
  const c = columnsOf(data, false, fromBase64($("plain").textContent).buffer);
  c.shares = c.first_shares;
  const levels = data.lanes.map((_, lane) => data.first_levels[lane] ?? { at: 0, levels: [] });
  return { ...data, levels, c, whole: false, tracks: lanes, eventsOf: lanes, checks: new Set(), crashes: new Set(), all: data.levels };
}

// All the rest: spans, events and arrows, and how they are found.
async function completed(model) {
  const buffer = await unpacked($("squeezed").textContent);
  measured("threadbench:events", () => {
    const c = model.c = columnsOf(model, true, buffer);
    model.levels = model.all;
    model.tracks = model.lanes.map(() => []);
    for (let at = 0; at < c.lane.length; ) {
      const lane = c.lane[at], track = c.track[at];
      let end = at;
      while (end < c.lane.length && c.lane[end] === lane && c.track[end] === track) end++;
      model.tracks[lane][track] = [at, end];
      at = end;
    }
    Object.assign(model, textsOf(c));
    for (const kind of model.kinds) {
      if (model.text(kind) === "check") model.checks.add(kind);
      if (model.text(kind) === "thread.crashed") model.crashes.add(kind);
    }
    model.eventsOf = byLane(c.thread, model.lanes.length);
    model.out = chains(c.t.length, c.from_event);
    model.into = chains(c.t.length, c.to_event);
    model.eventAt = (seq) => {
      const at = lower(c.seq, seq, 0, c.seq.length);
      return at < c.seq.length && c.seq[at] === seq ? at : -1;
    };
    model.whole = true;
  });
}
