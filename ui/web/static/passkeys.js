// Passkeys. A form with data-passkey asks the browser for one, puts what it says into its own
// field, and is sent like any other form. Without script the form stays hidden, or the part of it that
// makes a passkey instead of a password; everything else works.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function said(address, { handle, name }) {
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" } })
    .catch(() => { throw Object.assign(new Error("away"), { told: "away" }); });
  if (!answer.ok) throw Object.assign(new Error("refused"), { told: "refused", status: answer.status });
  const { publicKey } = await answer.json();
  publicKey.challenge = bytes(publicKey.challenge);
  for (const one of publicKey.excludeCredentials ?? publicKey.allowCredentials ?? []) {
    one.id = bytes(one.id);
  }
  const { user } = publicKey;
  if (user) user.id = bytes(user.id);
  if (user && handle) [user.name, user.displayName] = [handle.value, name.value];
  const made = user
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
  const instead = form.querySelector("[data-instead]");
  const part = instead ?? form;
  part.hidden = false;
  const field = form.querySelector("input[data-said]");
  const sorry = part.querySelector("[role=alert]");
  const why = sorry.querySelector("span");
  const none = why.textContent;
  const ask = async (event) => {
    if (instead) field.value = "";  // what was said before is used up, or was lost on its way
    if (field.value) return;
    event.preventDefault();
    if (instead && ![...form.elements].every((one) => one.type === "password" || one.reportValidity())) return;
    sorry.hidden = true;
    try {
      field.value = await said(form.dataset.passkey, form.elements);
      form.submit();
    } catch ({ told, status }) {
      if (instead && status === 404) return location.assign(form.action);  // the link has ended
      why.textContent = sorry.dataset[told] ?? none;
      sorry.hidden = false;
    }
  };
  if (!instead) {
    form.addEventListener("submit", ask);
    continue;
  }
  instead.querySelector("button").addEventListener("click", ask);
  for (const one of form.querySelectorAll("[type=password]")) {
    one.addEventListener("input", () => { field.value = ""; });
  }
}
