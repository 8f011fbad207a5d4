// New passwords: <input data-meter="/address"> gets a line below that says how strong it is, as the server judges it.
// The server decides anyway when the form is sent; without script nothing is missing.

const PAUSE = 400; // milliseconds without a key before the server is asked

export function strengthMeters(root) {
  for (const field of root.querySelectorAll("input[data-meter]")) wire(root, field);
}

function wire(root, field) {
  const line = root.createElement("div");
  line.className = "strength";
  line.hidden = true;
  const bars = root.createElement("span");
  bars.setAttribute("aria-hidden", "true");
  for (let n = 0; n < 4; n += 1) bars.append(root.createElement("i"));
  const words = root.createElement("span");
  words.setAttribute("role", "status");
  line.append(bars, words);
  field.after(line);
  let timer, asked;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    asked?.abort();
    if (!field.value) {
      line.hidden = true;
      return;
    }
    timer = setTimeout(async () => {
      asked = new AbortController();
      const found = await judge(field, asked.signal);
      line.hidden = found === null;
      if (found === null) return;
      line.dataset.score = found.score;
      words.textContent = found.hint ? `${found.word}. ${found.hint}` : found.word;
    }, PAUSE);
  });
}

async function judge(field, signal) {
  const body = new URLSearchParams({ csrf_token: field.form.elements.csrf_token.value, password: field.value });
  try {
    const response = await fetch(field.dataset.meter, { method: "POST", body, signal });
    return response.ok ? await response.json() : null;
  } catch {
    return null; // no answer, no line: the form still says it
  }
}
