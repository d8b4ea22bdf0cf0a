// A foreign ActivityPub server to federate with: node peer.mjs '{"name": "alice"}'
//
// It listens on a free loopback port, prints one line of JSON when it is ready, and stops at SIGTERM.
// Settings beside those of buildFederation: host (the name in its ids, localhost), certificate and
// key (PEM files: serve https), trades (the actor says that it reads listings), debug (Fedify's own
// log on stderr, which says why a signature failed).
import dns from "node:dns";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { configure, getStreamSink } from "@logtape/logtape";
import { buildControls } from "./controls.mjs";
import { buildFederation, Journal } from "./federation.mjs";

const DEFAULTS = { name: "peer", kind: "Organization", knock: "rfc9421", trades: false, secure: false, window: 3600, host: "localhost" };
const CONTROL = "/_test/";

const settings = { ...DEFAULTS, ...JSON.parse(process.argv[2] ?? "{}") };
const journal = new Journal();

resolveLocalhostNames();
if (settings.debug) await logToStderr();

const server = settings.certificate
  ? https.createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.key) })
  : http.createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const scheme = settings.certificate ? "https" : "http";
const origin = `${scheme}://${settings.host}:${server.address().port}`;
const federation = await buildFederation(origin, settings, journal);
const controls = buildControls(federation, origin, settings, journal);
server.on("request", (request, response) => {
  answer(request).then(
    ({ status, headers, body }) => response.writeHead(status, headers).end(body),
    (error) => response.writeHead(500, { "content-type": "text/plain" }).end(String(error?.stack ?? error)),
  );
});
process.once("SIGTERM", () => process.exit(0));
console.log(JSON.stringify({ ready: true, origin, actor: `${origin}/users/${settings.name}` }));

async function answer(request) {
  const url = new URL(request.url, origin);
  const body = Buffer.concat(await Array.fromAsync(request));
  if (url.pathname.startsWith(CONTROL)) return control(url.pathname.slice(CONTROL.length), body);
  if (request.method === "POST") {
    journal.raw.push({ path: url.pathname, headers: request.headers, body: body.toString() });
  }
  const response = await federation.fetch(
    new Request(url, { method: request.method, headers: headersOf(request), body: body.length ? body : undefined }),
    { contextData: undefined },
  );
  const isOurActor = url.pathname === `/users/${settings.name}` && response.ok;
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: isOurActor && settings.trades ? await withTrade(response) : Buffer.from(await response.arrayBuffer()),
  };
}

/** The actor, saying that its server reads listings: Fedify's vocabulary has no FEP-844e. */
async function withTrade(response) {
  const actor = await response.json();
  const implemented = { href: "https://w3id.org/fep/0837", name: "FEP-0837: Federated Marketplace" };
  actor["@context"] = [actor["@context"], { implements: "https://w3id.org/fep/844e/implements" }].flat();
  actor.generator = { id: `${origin}/users/instance`, type: "Application", implements: [implemented] };
  return JSON.stringify(actor);
}

async function control(name, body) {
  const result = await controls[name](JSON.parse(body));
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(result ?? null) };
}

function headersOf(request) {
  const headers = new Headers();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    headers.append(request.rawHeaders[at], request.rawHeaders[at + 1]);
  }
  return headers;
}

/** RFC 6761 gives *.localhost to the loopback address; glibc does not know that. */
function resolveLocalhostNames() {
  const lookup = dns.lookup;
  dns.lookup = (name, options, callback) =>
    lookup(name === "localhost" || name.endsWith(".localhost") ? "127.0.0.1" : name, options, callback);
}

async function logToStderr() {
  const { Writable } = await import("node:stream");
  await configure({
    sinks: { stderr: getStreamSink(Writable.toWeb(process.stderr)) },
    loggers: [
      { category: "fedify", lowestLevel: "debug", sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    ],
  });
}
