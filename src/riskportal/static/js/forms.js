// Forms: one submission per press, the list of problems first, codes that are easy to read.

/** After a form is sent its button rests, so that a second click can't send it again.
    The button is disabled after the event, else its own name and value would not be posted. */
export function guardSubmit(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    // The answer appears in a frame of this page: nothing to guard, but to look at.
    const frame = event.submitter?.formTarget;
    if (frame) {
      forget(form);
      root.querySelector(`iframe[name="${CSS.escape(frame)}"]`)?.scrollIntoView({ block: "nearest" });
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    // A download leaves the page standing: give the button back after a while.
    setTimeout(() => rest(button, true));
    setTimeout(() => release(form, button), 8000);
  });
  // The back button may show the page as it was left.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of root.querySelectorAll("form[data-sent]")) {
      for (const button of form.querySelectorAll("[data-busy]")) rest(button, false);
      delete form.dataset.sent;
    }
  });
}

/** What an earlier answer found wrong with a form is no longer true of what is sent now. */
function forget(form) {
  for (const told of form.querySelectorAll("[data-errors], .problem")) told.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** <iframe name data-show-form="id">: the frame shows what stands in the form, which isn't saved yet. */
export function showForms(root) {
  for (const frame of root.querySelectorAll("iframe[data-show-form]")) {
    const form = root.getElementById(frame.dataset.showForm);
    const button = form?.querySelector(`button[formtarget="${CSS.escape(frame.name)}"]`);
    if (!button) continue;
    // Not before the frame has loaded what it names itself, which would come after it.
    addEventListener("load", () => {
      const { action, target } = form;
      Object.assign(form, { action: button.formAction, target: frame.name });
      form.submit(); // No event, no scrolling: nobody pressed anything.
      Object.assign(form, { action, target });
    });
  }
}

function rest(button, busy) {
  if (!button) return;
  button.disabled = busy;
  if (busy) button.dataset.busy = "yes";
  else delete button.dataset.busy;
}

function release(form, button) {
  delete form.dataset.sent;
  rest(button, false);
}

/** The summary of problems takes the focus; its links move into the fields. */
export function focusErrors(root) {
  const summary = root.querySelector("[data-errors]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && root.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const target = field.matches("input, select, textarea, button") ? field : field.querySelector("input:not([type=hidden]), select, textarea");
    (target ?? field).focus();
    (target ?? field).scrollIntoView({ block: "center" });
  });
}

/** data-code="4": shows a typed or pasted code in groups; the server ignores spaces and case. */
export function groupCode(root) {
  for (const field of root.querySelectorAll("input[data-code]")) {
    const size = Number(field.dataset.code) || 4;
    field.addEventListener("input", () => {
      if (field.selectionStart !== field.value.length) return; // never move the caret of a correction
      const plain = field.value.replace(/[^0-9a-z]/gi, "").toUpperCase();
      field.value = plain.match(new RegExp(`.{1,${size}}`, "g"))?.join(" ") ?? "";
    });
  }
}
