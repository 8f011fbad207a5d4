// Passkeys: <form data-passkey="get|create" data-options="/where/the/challenge/is" hidden> with a field `credential`.
// The form is shown where the browser can; its press asks the server for a challenge, the browser for an answer,
// and sends the form with it. Everything else is the server's business.

/** Show and wire every passkey form of the page. */
export function passkeys(root) {
  const able = isSecureContext && "PublicKeyCredential" in globalThis && "credentials" in navigator;
  for (const note of root.querySelectorAll("[data-passkey-none]")) note.hidden = able;
  if (!able) return;
  for (const form of root.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.credential.value) return; // answered: on to the server
      event.preventDefault();
      press(form);
    });
    suggest(root, form);
  }
  // The back button may show the page as it was left; an answer counts once.
  addEventListener("pageshow", () => {
    for (const field of root.querySelectorAll("form[data-passkey] [name=credential]")) field.value = "";
  });
}

// The browser's suggestion beside the address field, as long as it stands; only one request may wait at a time.
let suggestion;

/** Who goes into the address field is offered their passkeys there, like addresses they typed before. That the page
    puts the focus there itself says nothing yet about what its reader wants. */
function suggest(root, form) {
  const field = root.querySelector("input[autocomplete~=webauthn]");
  if (!field || form.dataset.passkey !== "get") return;
  let begun = false;
  const begin = async () => {
    if (begun) return;
    begun = true;
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    suggestion = new AbortController();
    try {
      await answer(form, { mediation: "conditional", signal: suggestion.signal });
    } catch {
      // Nobody asked for anything aloud: the button is still there.
    }
  };
  for (const sign of ["pointerdown", "keyup", "input"]) field.addEventListener(sign, begin, { once: true });
}

async function press(form) {
  const problem = form.querySelector("[data-passkey-problem]");
  const button = form.querySelector("button[type=submit]");
  if (button.disabled) return;
  suggestion?.abort();
  problem.hidden = true;
  button.disabled = true;
  try {
    await answer(form);
  } catch (error) {
    problem.textContent = ["NotAllowedError", "AbortError"].includes(error.name) ? form.dataset.cancelled : form.dataset.failed;
    problem.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

/** Ask server and browser, and send the form with what came of it. */
async function answer(form, how = {}) {
  const publicKey = readable(await challenge(form));
  const make = form.dataset.passkey === "create";
  const credential = make ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey, ...how });
  form.elements.credential.value = JSON.stringify(writable(credential));
  const button = form.querySelector("button[type=submit]");
  button.disabled = false;
  form.requestSubmit(button);
}

async function challenge(form) {
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
  const response = await fetch(form.dataset.options, { method: "POST", body });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}

/** The server's JSON with bytes where the browser wants bytes. */
function readable(options) {
  const bytes = (list) => list?.map((item) => ({ ...item, id: decode(item.id) }));
  const ready = { ...options, challenge: decode(options.challenge) };
  if (options.user) ready.user = { ...options.user, id: decode(options.user.id) };
  if (options.excludeCredentials) ready.excludeCredentials = bytes(options.excludeCredentials);
  if (options.allowCredentials) ready.allowCredentials = bytes(options.allowCredentials);
  return ready;
}

/** The browser's answer as JSON (WebAuthn level 3, 5.1): its toJSON isn't everywhere yet. */
function writable(credential) {
  const { response } = credential;
  const plain = { id: credential.id, rawId: encode(credential.rawId), type: credential.type, response: {} };
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) plain.response[name] = encode(response[name]);
  }
  if (response.getTransports) plain.response.transports = response.getTransports();
  if (credential.authenticatorAttachment) plain.authenticatorAttachment = credential.authenticatorAttachment;
  return plain;
}

function decode(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function encode(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
