// Events as text: what is picked, what the filter leaves, and a table of that, which says what the canvas shows.

const PAGE = 100;

class Events {
  constructor(timeline) {
    this.timeline = timeline;
    this.model = timeline.model;
    this.first = 0;
    this.matching = null;
    timeline.onpick = (event) => this.picked(event);
    this.choices();
    $("all-events").addEventListener("toggle", () => this.table());
    $("page-back").addEventListener("click", () => this.page(-1));
    $("page-on").addEventListener("click", () => this.page(1));
    $("events").tBodies[0].addEventListener("click", (click) => {
      const row = click.target.closest("tr");
      if (row) timeline.pick(Number(row.dataset.at));
    });
    this.sift();
    this.picked(-1);
  }

  choices() {
    const { model } = this;
    const fill = (id, entries) => {
      for (const [value, text] of entries) $(id).append(element("option", { value }, text));
    };
    fill("by-thread", model.lanes.map((lane, number) => [number, lane.name]));
    fill("by-object", model.objects.map((number) => [number, model.text(number)]));
    fill("by-event", model.kinds.map((number) => [number, model.text(number)]));
    let later = 0;
    $("search").addEventListener("input", () => { clearTimeout(later); later = setTimeout(() => this.filter(), 120); });
    for (const id of ["by-thread", "by-object", "by-event"]) $(id).addEventListener("change", () => this.filter());
    $("clear").addEventListener("click", () => {
      for (const id of ["search", "by-thread", "by-object", "by-event"]) $(id).value = "";
      this.filter();
    });
    $("search").addEventListener("keydown", (key) => {
      if (key.key === "Enter") { this.filter(); this.timeline.step(key.shiftKey ? -1 : 1); }
      if (key.key === "Escape") { $("search").value = ""; this.filter(); $("chart").focus(); }
    });
  }

  // What the four fields leave; the rest is drawn pale.
  filter() {
    measured("threadbench:filter", () => this.sift());
    this.timeline.draw();
    this.table();
  }

  sift() {
    const { model } = this, { c } = model, { view } = this.timeline;
    const words = $("search").value.trim().toLowerCase();
    const [thread, object, kind] = ["by-thread", "by-object", "by-event"].map((id) => ($(id).value === "" ? -1 : Number($(id).value)));
    this.first = 0;
    if (!words && thread < 0 && object < 0 && kind < 0) {
      view.eventMatches = view.spanMatches = this.matching = null;
      $("found").textContent = count(c.t.length, "event");
      $("clear").disabled = true;
      return;
    }
    const hit = words ? Uint8Array.from(model.lowered(), (text) => (text.includes(words) ? 1 : 0)) : [];
    const lane = Uint8Array.from(model.lanes, (each) => (each.name.toLowerCase().includes(words) ? 1 : 0));
    const has = (number) => number !== NONE && hit[number];
    const events = new Uint8Array(c.t.length), matching = [];
    for (let at = 0; at < events.length; at++) {
      if (thread >= 0 && c.thread[at] !== thread) continue;
      if (object >= 0 && c.obj[at] !== object) continue;
      if (kind >= 0 && c.kind[at] !== kind) continue;
      if (words && !(has(c.kind[at]) || has(c.obj[at]) || has(c.at[at]) || has(c.data[at]) || (c.thread[at] !== NOBODY && lane[c.thread[at]]))) continue;
      events[at] = 1;
      matching.push(at);
    }
    const spans = new Uint8Array(c.lane.length);
    for (let at = 0; at < spans.length; at++) {
      if (thread >= 0 && c.lane[at] !== thread) continue;
      if (object >= 0 && c.what[at] !== object) continue;
      if (words && !(has(c.what[at]) || has(c.where[at]) || lane[c.lane[at]])) continue;
      spans[at] = 1;
    }
    view.eventMatches = events;
    view.spanMatches = kind >= 0 && thread < 0 && object < 0 && !words ? null : spans;
    this.matching = matching;
    $("found").textContent = `${grouped(matching.length)} of ${count(c.t.length, "event")}`;
    $("clear").disabled = false;
  }

  page(way) {
    this.first = Math.max(0, this.first + way * PAGE);
    this.table();
  }

  table() {
    if (!$("all-events").open) return;
    const { model } = this, { c } = model, { picked } = this.timeline.view;
    const total = this.matching ? this.matching.length : c.t.length;
    this.first = Math.min(this.first, Math.max(0, total - 1));
    const last = Math.min(total, this.first + PAGE);
    const rows = [];
    for (let place = this.first; place < last; place++) {
      const at = this.matching ? this.matching[place] : place;
      const text = (number) => element("td", {}, named(model.text(number)));
      rows.push(element("tr", { "data-at": at, "aria-current": at === picked ? "true" : null },
        element("td", { class: "n" }, element("button", { class: "link", type: "button", "aria-label": `pick event ${c.seq[at]}` }, String(c.seq[at]))),
        element("td", { class: "n" }, moment(c.t[at], 5e6)),
        element("td", {}, named(c.thread[at] === NOBODY ? "" : model.lanes[c.thread[at]].name)),
        text(c.kind[at]), text(c.obj[at]), text(c.at[at]), text(c.data[at])));
    }
    $("events").tBodies[0].replaceChildren(...rows);
    $("page-shown").textContent = total ? `${grouped(this.first + 1)}–${grouped(last)} of ${grouped(total)}` : "no event matches";
    $("page-back").disabled = this.first === 0;
    $("page-on").disabled = last >= total;
  }

  // The panel below the lanes: all of the picked event, what woke it and what it woke.
  picked(event) {
    const { model } = this, { c } = model, panel = $("detail");
    if (event < 0) {
      panel.replaceChildren(element("p", {}, "Nothing is picked. Click an event or a span, or press ", element("kbd", {}, "n"), " for the next event; ", element("kbd", {}, "?"), " lists all keys."));
      return;
    }
    const pair = (name, text) => (text === "" ? null : element("div", {}, element("span", {}, name), named(text)));
    const line = element("div", { class: "line" },
      element("div", {}, element("b", {}, `#${c.seq[event]} ${model.text(c.kind[event])}`)),
      pair("at", moment(c.t[event], 5e6)), pair("thread", c.thread[event] === NOBODY ? "" : model.lanes[c.thread[event]].name),
      pair("object", model.text(c.obj[event])), pair("line", model.text(c.at[event])), pair("values", model.text(c.data[event])));
    const does = element("div", { class: "does" });
    const arrow = (edge, other, word) => {
      if (other === NONE) return;
      const waited = c.to_t[edge] - c.from_t[edge];
      const who = c.thread[other] === NOBODY ? "" : model.lanes[c.thread[other]].name;
      does.append(element("span", {}, `${word} `, element("button", { class: "link", type: "button", onclick: () => this.timeline.pick(other) }, named(who), `: ${model.text(c.kind[other])} #${c.seq[other]}`), ` (${duration(waited)}${word === "wakes" ? " later" : " earlier"}${c.sure[edge] ? "" : ", the likeliest"})`));
    };
    for (const edge of model.into(event)) arrow(edge, c.from_event[edge], "woken by");
    for (const edge of model.out(event)) arrow(edge, c.to_event[edge], "wakes");
    panel.replaceChildren(line, does);
    if ($("all-events").open) {
      const place = this.matching ? this.matching.indexOf(event) : event;
      if (place >= 0 && (place < this.first || place >= this.first + PAGE)) this.first = Math.floor(place / PAGE) * PAGE;
      this.table();
    }
  }
}
