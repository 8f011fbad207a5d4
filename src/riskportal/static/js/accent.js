// The brand page: the typed colour is shown and its contrast worked out while typing (WCAG 2.2, 1.4.3).
// The server decides when the form is sent (riskportal.tenancy.brand); this says the same earlier.

const HEX = /^#[0-9a-f]{6}$/i;
const PAPER = 3, WHITE = "#ffffff", INK = "#14171a";

/** Follows the colour field that data-accent-preview names, and gives it the browser's colour picker. */
export function accentPreview(root) {
  const preview = root.querySelector("[data-accent-preview]");
  const field = preview && root.getElementById(preview.dataset.accentPreview);
  const says = root.querySelector("[data-accent-says]");
  if (!field || !says) return;
  const picker = pickerFor(field, preview.dataset.pick);
  const follow = () => {
    const accent = field.value.trim().toLowerCase();
    const known = HEX.test(accent);
    if (known) {
      picker.value = accent;
      preview.style.setProperty("--accent", accent);
      preview.style.setProperty("--accent-ink", inkFor(accent));
    }
    says.textContent = known ? judged(accent, preview.dataset) : preview.dataset.odd;
    says.classList.toggle("problem", !known || contrast(accent, WHITE) < PAPER);
  };
  field.addEventListener("input", follow);
  picker.addEventListener("input", () => {
    field.value = picker.value;
    follow();
  });
  if (HEX.test(field.value)) follow();
}

function pickerFor(field, label) {
  const picker = document.createElement("input");
  picker.type = "color";
  picker.className = "input";
  picker.setAttribute("aria-label", label);
  const row = document.createElement("span");
  row.className = "with-unit";
  field.replaceWith(row);
  row.append(field, picker);
  return picker;
}

function judged(accent, texts) {
  const page = contrast(accent, WHITE);
  const text = contrast(accent, inkFor(accent));
  const wanted = page < PAPER ? texts.pale : texts.good;
  const shown = (ratio) => ratio.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
  return wanted.replace("{page}", shown(page)).replace("{text}", shown(text));
}

function inkFor(accent) {
  return contrast(WHITE, accent) >= contrast(INK, accent) ? WHITE : INK;
}

function contrast(first, second) {
  const [dark, light] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
