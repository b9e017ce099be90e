// What every page has: tables that sort, light and dark, keys, help.

function sortable(table) {
  const body = table.tBodies[0];
  table.querySelectorAll("th[data-sort]").forEach((head) => {
    const column = head.cellIndex;
    head.replaceChildren(element("button", { type: "button", onclick: () => sort(head, column) }, head.textContent));
  });
  function sort(head, column) {
    const numbers = head.dataset.sort === "n";
    const down = head.getAttribute("aria-sort") === (numbers ? null : "ascending") || head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th[data-sort]").forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const order = (a, b) => (numbers ? Number(value(a)) - Number(value(b)) : value(a).localeCompare(value(b)));
    body.append(...[...body.rows].sort((a, b) => (down ? -order(a, b) : order(a, b))));
  }
}

function themed(redraw) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try { chosen = localStorage.getItem("threadbench-theme"); } catch { /* some browsers keep nothing for a file */ }
  const apply = () => {
    const theme = chosen || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    $("theme").textContent = theme === "dark" ? "Light" : "Dark";
    $("theme").setAttribute("aria-label", `switch to ${theme === "dark" ? "light" : "dark"}`);
    redraw();
  };
  dark.addEventListener("change", apply);
  $("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("threadbench-theme", chosen); } catch { /* see above */ }
    apply();
  });
  // Paper is white.
  window.addEventListener("beforeprint", () => { document.documentElement.dataset.theme = "light"; redraw(); });
  window.addEventListener("afterprint", apply);
  apply();
}

function keyed(actions) {
  document.addEventListener("keydown", (key) => {
    if (key.ctrlKey || key.metaKey || key.altKey || $("help").open) return;
    if (key.target.closest("input:not([type=range]), select, textarea")) return;
    if (key.target.closest("button, summary, [role=tab], input") && ["Enter", " ", "ArrowLeft", "ArrowRight", "Home", "End"].includes(key.key)) return;
    const action = actions[key.key];
    if (action) { key.preventDefault(); action(); }
  });
}

function say(text) {
  $("status").textContent = "";
  $("status").textContent = text;
}
