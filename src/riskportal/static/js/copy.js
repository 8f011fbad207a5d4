/** Buttons with data-copy="text": shown only where the clipboard works; the result is said aloud. */
export function copyButtons(root) {
  if (!navigator.clipboard) return;
  const status = root.createElement("p");
  status.className = "vh";
  status.setAttribute("role", "status");
  root.body.append(status);
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button, status));
  }
}

async function copy(button, status) {
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return; // the text stays selectable beside the button
  }
  label.textContent = button.dataset.copied ?? before;
  status.textContent = label.textContent;
  setTimeout(() => {
    label.textContent = before;
    status.textContent = "";
  }, 2000);
}

/** Buttons with data-print: the page on paper, or as a file where the browser offers that. */
export function printButtons(root) {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}
