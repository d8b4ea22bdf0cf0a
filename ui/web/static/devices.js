// A delegate's own key, which never leaves this browser (RFC 8032, made so that it cannot be read).
// A form with data-makes-key makes one and says its public half; a form with data-ballot signs that with
// its key, if it is here (FEP-8b32, eddsa-jcs-2022). Both are sent like any other form.
"use strict";

const kept = (mode, work) => new Promise((done, failed) => {
  const opening = indexedDB.open("delegate", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  opening.onerror = () => failed(opening.error);
  opening.onsuccess = () => {
    const all = opening.result.transaction("keys", mode);
    const asked = work(all.objectStore("keys"));
    all.oncomplete = () => { opening.result.close(); done(asked.result); };
    all.onabort = () => failed(all.error);
  };
});

const SIGNS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

function base58(bytes) {
  let rest = bytes.reduce((sum, one) => sum * 256n + BigInt(one), 0n);
  let text = "";
  for (; rest; rest /= 58n) text = SIGNS[rest % 58n] + text;
  return `z${"1".repeat(bytes.findIndex((one) => one))}${text}`;
}

function canonical(value) {  // RFC 8785; a ballot has no fractions
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
}

const hashed = async (value) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(value))));

async function made() {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const name = base58(Uint8Array.of(0xed, 0x01, ...raw));
  await kept("readwrite", (keys) => keys.put(pair.privateKey, name));
  return name;
}

async function signed(ballot) {
  const key = await kept("readonly", (keys) => keys.get(ballot.delegate));
  const options = {
    type: "DataIntegrityProof",
    cryptosuite: "eddsa-jcs-2022",
    created: ballot.published,
    verificationMethod: `did:key:${ballot.delegate}#${ballot.delegate}`,
    proofPurpose: "assertionMethod",
  };
  const data = Uint8Array.of(...(await hashed(options)), ...(await hashed(ballot)));
  const proofValue = base58(new Uint8Array(await crypto.subtle.sign("Ed25519", key, data)));
  return canonical({ ...ballot, proof: [{ ...options, proofValue }] });
}

for (const form of document.querySelectorAll("form[data-makes-key], form[data-ballot]")) {
  if (!window.crypto?.subtle || !window.indexedDB) break;
  const { makesKey, ballot } = form.dataset;
  if (makesKey !== undefined) form.hidden = false;
  const field = form.querySelector("[data-said]");
  const sorry = form.querySelector("[role=alert]");
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    sorry.hidden = true;
    try {
      field.value = makesKey === undefined ? await signed(JSON.parse(ballot)) : await made();
      form.requestSubmit();
    } catch {
      sorry.hidden = false;
    }
  });
}
