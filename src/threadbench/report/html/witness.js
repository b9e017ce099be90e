// Schedules that a search kept: a tab for each, and in it a step forwards and back, with the code of every thread.

class Stepper {
  constructor(panel, witness) {
    this.panel = panel;
    this.witness = witness;
    this.at = 0;
    const find = (name) => panel.querySelector(`[data-part="${name}"]`);
    this.slider = find("slider");
    this.output = find("output");
    this.slider.max = witness.steps.length - 1;
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    const moves = { first: () => this.go(0), back: () => this.go(this.at - 1), on: () => this.go(this.at + 1), last: () => this.go(Infinity), cause: () => this.mark() };
    for (const [name, move] of Object.entries(moves)) find(name)?.addEventListener("click", move);
    this.values = find("values");
    this.threads = witness.columns.map((number) => this.column(number));
    find("columns").replaceChildren(...this.threads.map((thread) => thread.box));
    this.rows = [...find("steps").tBodies[0].rows];
    this.rows.forEach((row, number) => row.addEventListener("click", () => this.go(number)));
    this.go(this.first());
  }

  first() {
    return 0;
  }

  // The code that a thread comes past, with a few lines around.
  column(number) {
    const { witness } = this;
    const visited = new Map();
    for (const step of witness.steps) {
      if (step.thread !== number || !step.file) continue;
      if (!visited.has(step.file)) visited.set(step.file, new Set());
      visited.get(step.file).add(step.line);
    }
    const code = element("pre", { class: "code", tabindex: "0", "aria-label": `code of ${witness.threads[number]}` });
    const lines = new Map();
    for (const [file, touched] of visited) {
      code.append(element("span", { class: "file" }, named(file)));
      const texts = witness.files[file] || {};
      const near = Object.keys(texts).map(Number).filter((line) => [...touched].some((each) => Math.abs(each - line) <= 2)).sort((a, b) => a - b);
      let before = null;
      for (const line of near) {
        if (before !== null && line !== before + 1) code.append(element("span", { class: "row other" }, element("i", {}, "⋮"), " "));
        const row = element("span", { class: `row ${touched.has(line) ? "past" : "other"}` }, element("i", {}, String(line)), texts[line] || " ");
        lines.set(`${file}:${line}`, row);
        code.append(row);
        before = line;
      }
    }
    if (!visited.size) code.append(element("span", { class: "file" }, "no code under test"));
    const state = element("span", {}, "");
    const said = element("div", { class: "said" });
    const box = element("div", { class: "thread", role: "group", "aria-label": `thread ${witness.threads[number]}` }, element("div", { class: "who" }, element("b", {}, named(witness.threads[number])), state), code, said);
    return { number, box, code, lines, state, said };
  }

  go(to) {
    const { witness } = this, { steps } = witness;
    const was = this.rows[this.at];
    this.at = Math.max(0, Math.min(steps.length - 1, to));
    was?.removeAttribute("aria-current");
    this.rows[this.at]?.setAttribute("aria-current", "step");
    this.slider.value = this.at;
    this.output.textContent = `step ${this.at + 1} of ${steps.length}`;
    this.slider.setAttribute("aria-valuetext", this.output.textContent);
    this.panel.dataset.step = this.at + 1;
    const acts = steps[this.at];
    for (const thread of this.threads) this.place(thread, acts);
    const values = new Map();
    for (let at = 0; at <= this.at; at++) for (const [name, value] of Object.entries(steps[at].values)) values.set(name, value);
    this.values.replaceChildren(...[...values].map(([name, value]) => element("li", { class: name in acts.values ? "new" : null }, named(name), " = ", named(value))));
    const row = this.rows[this.at], frame = row?.closest(".tall");
    if (frame) {
      if (row.offsetTop < frame.scrollTop + 30) frame.scrollTop = row.offsetTop - 30;
      else if (row.offsetTop + row.offsetHeight > frame.scrollTop + frame.clientHeight) frame.scrollTop = row.offsetTop + row.offsetHeight - frame.clientHeight;
    }
  }

  place(thread, acts) {
    const { steps } = this.witness;
    let last = null, later = false;
    for (let at = this.at; at >= 0 && !last; at--) if (steps[at].thread === thread.number) last = steps[at];
    for (let at = this.at + 1; at < steps.length && !later; at++) later = steps[at].thread === thread.number;
    const mine = acts.thread === thread.number;
    thread.box.classList.toggle("unborn", !last);
    for (const row of thread.lines.values()) row.classList.remove("here", "was");
    const row = last && thread.lines.get(`${last.file}:${last.line}`);
    if (row) {
      row.classList.add(mine ? "here" : "was");
      const { code } = thread;
      if (code.scrollHeight > code.clientHeight) code.scrollTop = row.offsetTop - code.clientHeight / 2;
    }
    thread.box.classList.toggle("acts", mine);
    const state = !last ? "not yet in this code" : last.kind === "end" ? "has ended" : mine ? "acts" : last.kind === "wait" ? "waits" : later ? "is interrupted" : "is done";
    thread.state.textContent = state;
    const begins = steps.findIndex((step) => step.thread === thread.number) + 1;
    const notes = last ? last.notes : [[`comes to it in step ${begins}`, null]];
    thread.said.replaceChildren(...notes.map(([text, mark]) => element("p", {}, named(text), mark ? " " : null, mark ? element("em", {}, `◀ ${mark}`) : null)));
  }

  // The next step that explains what went wrong.
  mark() {
    const { steps } = this.witness;
    for (let by = 1; by <= steps.length; by++) {
      const at = (this.at + by) % steps.length;
      if (steps[at].notes.some((note) => note[1])) return this.go(at);
    }
  }
}

function tabbed(list, shown) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const panels = tabs.map((tab) => $(tab.getAttribute("aria-controls")));
  const choose = (number, focus) => {
    tabs.forEach((tab, each) => {
      tab.setAttribute("aria-selected", each === number);
      tab.tabIndex = each === number ? 0 : -1;
      panels[each].hidden = each !== number;
    });
    if (focus) tabs[number].focus();
    shown(panels[number]);
  };
  tabs.forEach((tab, number) => {
    tab.addEventListener("click", () => choose(number, false));
    tab.addEventListener("keydown", (key) => {
      const to = { ArrowRight: number + 1, ArrowLeft: number - 1, Home: 0, End: tabs.length - 1 }[key.key];
      if (to !== undefined) { key.preventDefault(); choose((to + tabs.length) % tabs.length, true); }
    });
  });
  if (tabs.length) choose(0, false);
  return (number) => choose(number, false);
}
