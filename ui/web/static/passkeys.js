// Passkeys. A form with data-passkey asks the browser for one, puts what it says into its own
// field, and is sent like any other form. Without script the form stays hidden; everything else works.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function said(address) {
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const { publicKey } = await answer.json();
  publicKey.challenge = bytes(publicKey.challenge);
  for (const one of publicKey.excludeCredentials ?? publicKey.allowCredentials ?? []) {
    one.id = bytes(one.id);
  }
  if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
  const made = publicKey.user
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = text(made.response[name]);
  }
  return JSON.stringify({
    id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {},
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) break;
  form.hidden = false;
  const field = form.querySelector("input[data-said]");
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    const sorry = form.querySelector("[role=alert]");
    sorry.hidden = true;
    try {
      field.value = await said(form.dataset.passkey);
      form.submit();
    } catch {
      sorry.hidden = false;
    }
  });
}
