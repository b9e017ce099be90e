// What everything else needs: elements, texts, times. Texts of a log enter a page by `textContent` alone.

const $ = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// A name out of a log: isolated, so that its direction of writing ends where it ends.
const named = (text) => element("bdi", {}, text);

function duration(nanoseconds) {
  const steps = [["ns", 1], ["µs", 1e3], ["ms", 1e6], ["s", 1e9]];
  if (nanoseconds === 0) return "0";
  for (const [unit, factor] of steps) {
    const value = nanoseconds / factor;
    if (Number(value.toPrecision(3)) < 1000 || unit === "s") return `${Number(value.toPrecision(3))} ${unit}`;
  }
}

// A moment, exact enough to tell it from its neighbours in a view of that length.
function moment(nanoseconds, span) {
  const [unit, factor] = span < 5e3 ? ["µs", 1e3] : span < 5e6 ? ["µs", 1e3] : span < 5e9 ? ["ms", 1e6] : ["s", 1e9];
  const digits = Math.max(0, Math.min(3, Math.ceil(-Math.log10(span / factor / 1000))));
  return `${(nanoseconds / factor).toFixed(digits)} ${unit}`;
}

// 1234567 as 1,234,567; what browsers have for it takes them 15 ms the first time.
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

const count = (number, word) => `${grouped(number)} ${word}${number === 1 ? "" : "s"}`;

// The first index whose value is not below; `values` never go down between `from` and `to`.
function lower(values, value, from, to) {
  while (from < to) {
    const middle = (from + to) >> 1;
    if (values[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

function measured(name, work) {
  const start = performance.now();
  const result = work();
  performance.measure(name, { start, end: performance.now() });
  return result;
}
