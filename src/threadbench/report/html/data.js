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

async function columnsOf(data) {
  const types = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f8: Float64Array };
  const buffer = await unpacked(data.bytes);
  const columns = {};
  for (const [name, [type, offset, length]] of Object.entries(data.columns)) columns[name] = new types[type](buffer, offset, length);
  return columns;
}

const NONE = 0xffffffff;
const NOBODY = 0xffff;
const WAIT = 0, HOLD = 1, RUN = 2;
const CONTENDED = 1, TIMED_OUT = 2, OPEN = 4;

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

// All that is drawn of one run: `columns`, and where in them each lane begins.
async function modelOf(data) {
  const c = await columnsOf(data);
  const model = { ...data, c, text: (number) => (number === NONE ? "" : data.texts[number]) };
  model.tracks = data.lanes.map(() => []);
  for (let at = 0; at < c.lane.length; ) {
    const lane = c.lane[at], track = c.track[at];
    let end = at;
    while (end < c.lane.length && c.lane[end] === lane && c.track[end] === track) end++;
    model.tracks[lane][track] = [at, end];
    at = end;
  }
  model.eventsOf = data.lanes.map(() => []);
  for (let at = 0; at < c.t.length; at++) if (c.thread[at] !== NOBODY) model.eventsOf[c.thread[at]].push(at);
  model.out = chains(c.t.length, c.from_event);
  model.into = chains(c.t.length, c.to_event);
  model.edgeOrder = Uint32Array.from(c.to_t.keys()).sort((a, b) => c.to_t[a] - c.to_t[b]);
  model.edgeTimes = Float64Array.from(model.edgeOrder, (edge) => c.to_t[edge]);
  model.eventAt = (seq) => {
    const at = lower(c.seq, seq, 0, c.seq.length);
    return at < c.seq.length && c.seq[at] === seq ? at : -1;
  };
  return model;
}
