// Menus are <details class="menu">; the phone's sheet is a native popover and needs no help.

/** Close open menus on Escape (focus returns to the summary), on a click outside and when focus leaves. */
export function closeMenus(root) {
  const open = () => root.querySelectorAll("details.menu[open]");
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      if (menu.contains(root.activeElement)) menu.querySelector("summary").focus();
    }
  });
  const leave = (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  };
  root.addEventListener("click", leave);
  root.addEventListener("focusin", leave);
}

/** "/" moves to the table's filter or else to the search field, unless the person is typing somewhere. */
export function focusSearch(root) {
  // Where a filter answers to the key, the search above doesn't, and must not say so.
  const filter = root.querySelector("[data-filter]"), search = root.querySelector("[data-search]");
  if (filter && search) {
    search.removeAttribute("aria-keyshortcuts");
    search.parentElement.querySelector("kbd")?.remove();
  }
  root.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const fields = [root.querySelector("[data-filter]"), root.querySelector("[data-search]")];
    const field = fields.find((found) => found && found.offsetParent !== null);
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}
