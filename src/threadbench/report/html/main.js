// Everything begins here, once the page has been read.

// A page of no more events is drawn with all of them at once.
const FEW = 20000;

async function drawRun(data, begun) {
  const model = modelOf(data);
  const few = data.count < FEW;
  if (few) await completed(model);
  const timeline = new Timeline(model);
  timeline.draw();
  performance.measure("threadbench:open", { start: begun, end: performance.now() });
  if (!few) {
    await new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });  // let it be seen
    await completed(model);
  }
  const events = measured("threadbench:rows", () => new Events(timeline));
  if (!few) timeline.draw();
  performance.measure("threadbench:ready", { start: begun, end: performance.now() });
  $("zoom-in").addEventListener("click", () => timeline.zoom(0.5));
  $("zoom-out").addEventListener("click", () => timeline.zoom(2));
  $("zoom-all").addEventListener("click", () => timeline.all());
  $("path")?.addEventListener("click", () => timeline.criticalPath());
  const last = model.c.t.length - 1;
  keyed({
    ArrowLeft: () => timeline.pan(-0.2), ArrowRight: () => timeline.pan(0.2), a: () => timeline.pan(-0.2), d: () => timeline.pan(0.2),
    "+": () => timeline.zoom(0.5), "=": () => timeline.zoom(0.5), w: () => timeline.zoom(0.5), "-": () => timeline.zoom(2), s: () => timeline.zoom(2), 0: () => timeline.all(),
    n: () => timeline.step(1) || say("no later event"), p: () => timeline.step(-1) || say("no earlier event"),
    "]": () => timeline.edge(1) || say("this event wakes nobody"), "[": () => timeline.edge(-1) || say("nobody woke this event"),
    Home: () => timeline.pick(0), End: () => timeline.pick(last), Escape: () => timeline.pick(-1),
    f: () => { const { picked } = timeline.view; if (picked >= 0) { const t = model.c.t[picked], half = (timeline.view.to - timeline.view.from) / 2; timeline.show(t - half, t + half); } },
    c: () => timeline.criticalPath(), "/": () => $("search").focus(), "?": () => $("help").showModal(),
  });
  document.querySelectorAll(".legend canvas").forEach((canvas) => legend(canvas, timeline.painter));
  return { timeline, events, redraw: () => { timeline.painter.recolour(); timeline.draw(); document.querySelectorAll(".legend canvas").forEach((canvas) => legend(canvas, timeline.painter)); } };
}

function legend(canvas, painter) {
  const on = sized(canvas, 34, 16);
  const { paints } = painter;
  const what = canvas.dataset.what;
  if (what === "arrow") {
    on.strokeStyle = on.fillStyle = paints.arrow;
    on.lineWidth = 1.5;
    on.beginPath(); on.moveTo(4, 3); on.bezierCurveTo(10, 9, 20, 5, 25, 10); on.stroke();
    on.beginPath(); on.arc(4, 3, 2.5, 0, 7); on.fill();
    on.beginPath(); on.moveTo(29, 14); on.lineTo(21, 11.5); on.lineTo(27, 6.5); on.fill();
  } else if (what === "path") { on.fillStyle = paints.path; on.fillRect(1, 6, 32, 1.5); on.fillRect(1, 8.5, 32, 1.5); }
  else if (what === "run") box(on, RUN, 0, 1, 1, 32, 14, paints);
  else if (what === "wait") box(on, WAIT, 0, 1, 1, 32, 14, paints);
  else box(on, HOLD, what === "contended" ? CONTENDED : 0, 1, 3, 32, 11, paints);
}

function drawSearches(data) {
  const steppers = new Map();
  let current = null;
  for (const list of document.querySelectorAll('[role="tablist"]')) {
    const choose = tabbed(list, (panel) => {
      if (!steppers.has(panel.id)) steppers.set(panel.id, new Stepper(panel, data.witnesses[Number(panel.dataset.witness)]));
      current = steppers.get(panel.id);
    });
    list.closest("section").querySelectorAll("button[data-tab]").forEach((button) => button.addEventListener("click", () => choose(Number(button.dataset.tab))));
  }
  const step = (by) => () => current?.go(current.at + by);
  keyed({ ArrowLeft: step(-1), ArrowRight: step(1), p: step(-1), n: step(1), Home: () => current?.go(0), End: () => current?.go(Infinity), m: () => current?.mark(), "?": () => $("help").showModal() });
}

(async () => {
  const begun = performance.now();
  const data = JSON.parse($("data").textContent);
  let redraw = () => {};
  themed(() => redraw());
  document.querySelectorAll("table.sortable").forEach(sortable);
  $("help-open").addEventListener("click", () => $("help").showModal());
  $("help-close").addEventListener("click", () => $("help").close());
  if (data.timeline) ({ redraw } = await drawRun(data.timeline, begun));
  else if (data.witnesses) drawSearches(data);
  else keyed({ "?": () => $("help").showModal() });
  document.documentElement.dataset.ready = "yes";
})();
