// Passkeys. A form with data-passkey holds the options of a ceremony; pressing its
// button asks the browser, whose answer goes along in the form. Where there are no
// passkeys the form stays hidden and the other ways beside it do.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// What the browser wants as bytes is base64url in the page.
function ready(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const c of list ?? []) c.id = bytes(c.id);
  }
  return options;
}

function written(made) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = text(made.response[name]);
  }
  if (made.response.getTransports) response.transports = made.response.getTransports();
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response,
    authenticatorAttachment: made.authenticatorAttachment ?? undefined, clientExtensionResults: {} });
}

export function passkey() {
  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) begin(form);
}

function begin(form) {
  const failed = form.querySelector("[data-failed]");
  const publicKey = ready(JSON.parse(form.dataset.options));
  let waits = new AbortController();
  const send = (made) => {
    form.elements.answer.value = written(made);
    form.submit();
  };
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    waits.abort();
    waits = new AbortController();
    failed.hidden = true;
    const ask = { publicKey, signal: waits.signal };
    try {
      send(await (form.dataset.passkey === "create" ? navigator.credentials.create(ask) : navigator.credentials.get(ask)));
    } catch {
      failed.hidden = false;
      failed.focus();
    }
  }, true);
  // The browser offers passkeys in the box of the sign-in name, without a press.
  if (form.dataset.offer !== undefined) {
    PublicKeyCredential.isConditionalMediationAvailable?.().then(async (can) => {
      if (can) send(await navigator.credentials.get({ publicKey, mediation: "conditional", signal: waits.signal }));
    }).catch(() => {});
  }
}
