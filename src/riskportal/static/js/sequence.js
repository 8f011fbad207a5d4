// Lists of fields: <div data-rp-seq data-min data-max> with .items, a <template data-prototype>
// and an add button. Without script the server always offers a few empty rows.

const MARK = "__row__";
let counter = 0;

/** Wire every sequence of the page. */
export function sequences(root) {
  for (const seq of root.querySelectorAll("[data-rp-seq]")) wire(seq);
}

function wire(seq) {
  const items = seq.querySelector(".items");
  const add = seq.querySelector("[data-seq-add]");
  const prototype = seq.querySelector("template[data-prototype]");
  if (!items || !add || !prototype) return;
  add.hidden = false;
  for (const spare of items.querySelectorAll("[data-spare]")) spare.remove();
  for (const button of items.querySelectorAll("[data-seq-remove]")) button.hidden = false;
  add.addEventListener("click", () => {
    const item = grow(prototype);
    items.append(item);
    item.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    limits(seq, items, add);
  });
  seq.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-seq-remove]");
    if (!remove || remove.closest("[data-rp-seq]") !== seq) return;
    const item = remove.closest(".item");
    const next = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    limits(seq, items, add);
    (next?.querySelector("input:not([type=hidden]), select, textarea") ?? add).focus();
  });
  limits(seq, items, add);
}

/** A copy of the prototype whose ids are its own, built by cloning nodes (Trusted Types clean). */
function grow(prototype) {
  counter += 1;
  const item = prototype.content.firstElementChild.cloneNode(true);
  for (const node of [item, ...item.querySelectorAll("*")]) {
    for (const attribute of [...node.attributes]) {
      if (attribute.value.includes(MARK)) node.setAttribute(attribute.name, attribute.value.replaceAll(MARK, `n${counter}`));
    }
  }
  for (const button of item.querySelectorAll("[data-seq-remove]")) button.hidden = false;
  return item;
}

function limits(seq, items, add) {
  const count = items.children.length;
  add.hidden = Boolean(seq.dataset.max) && count >= Number(seq.dataset.max);
  const fixed = count <= Number(seq.dataset.min || 0);
  for (const button of items.querySelectorAll(":scope > .item > [data-seq-remove]")) button.disabled = fixed;
}
