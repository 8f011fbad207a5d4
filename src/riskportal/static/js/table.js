// Tables of the console by keyboard: a row is moved to by moving to its link, so Enter opens it by itself
// and assistive technology hears where one is.

const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

/** j and k (anywhere) and the arrow keys (inside the table) move from row to row, Home and End to the ends. */
export function rowKeys(root) {
  const table = root.querySelector("table[data-rows]");
  if (!table) return;
  for (const hint of root.querySelectorAll("[data-keys]")) hint.hidden = false;
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable], [popover], details[open]")) return;
    const inside = table.contains(event.target);
    if (event.key.length > 1 && !inside) return;
    const links = [...table.querySelectorAll("tbody [data-open]")];
    const next = target(links, event.key, event.target.closest("tr"));
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });
}

function target(links, key, row) {
  if (key === "Home") return links.at(0);
  if (key === "End") return links.at(-1);
  if (!(key in STEPS)) return undefined;
  const at = links.findIndex((link) => row?.contains(link));
  if (at < 0) return STEPS[key] > 0 ? links.at(0) : links.at(-1);
  return links[at + STEPS[key]];
}
