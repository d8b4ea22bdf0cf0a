// Foreign ActivityPub servers to federate with: node peer.mjs, then a line {"name": "alice"} for each.
//
// Each listens on a free loopback port of its own; one line of JSON says that it is ready. The
// control "close" ends one of them, the end of the input all. Settings beside those of buildFederation: host (the name in its ids, localhost), certificate and
// key (PEM files: serve https), trades (the actor says that it reads listings), debug (Fedify's own
// log on stderr, which says why a signature failed).
import dns from "node:dns";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createInterface } from "node:readline";
import { configure, getStreamSink } from "@logtape/logtape";
import { buildControls } from "./controls.mjs";
import { buildFederation, Journal } from "./federation.mjs";

const DEFAULTS = { name: "peer", kind: "Organization", knock: "rfc9421", trades: false, secure: false, window: 3600, host: "localhost" };
const CONTROL = "/_test/";

resolveLocalhostNames();
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await startPeer({ ...DEFAULTS, ...JSON.parse(line) })));
}
process.exit(0);

async function startPeer(settings) {
  if (settings.debug) await logToStderr();
  const server = settings.certificate
    ? https.createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.key) })
    : http.createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

  const scheme = settings.certificate ? "https" : "http";
  const origin = `${scheme}://${settings.host}:${server.address().port}`;
  const journal = new Journal();
  const federation = await buildFederation(origin, settings, journal);
  const controls = { ...buildControls(federation, origin, settings, journal), close: () => end(server) };
  const peer = { settings, origin, federation, journal, controls };
  server.on("request", (request, response) => {
    answer(peer, request).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      (error) => response.writeHead(500, { "content-type": "text/plain" }).end(String(error?.stack ?? error)),
    );
  });
  return { ready: true, origin, actor: `${origin}/users/${settings.name}` };
}

/** Soon, so that whoever asked for it still hears that it was done. */
function end(server) {
  server.close();
  setTimeout(() => server.closeAllConnections(), 20);
}

async function answer({ settings, origin, federation, journal, controls }, request) {
  const url = new URL(request.url, origin);
  const body = Buffer.concat(await Array.fromAsync(request));
  if (url.pathname.startsWith(CONTROL)) return control(controls[url.pathname.slice(CONTROL.length)], body);
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
    body: isOurActor && settings.trades ? await withTrade(origin, response) : Buffer.from(await response.arrayBuffer()),
  };
}

/** The actor, saying that its server reads listings: Fedify's vocabulary has no FEP-844e. */
async function withTrade(origin, response) {
  const actor = await response.json();
  const implemented = { href: "https://w3id.org/fep/0837", name: "FEP-0837: Federated Marketplace" };
  actor["@context"] = [actor["@context"], { implements: "https://w3id.org/fep/844e/implements" }].flat();
  actor.generator = { id: `${origin}/users/instance`, type: "Application", implements: [implemented] };
  return JSON.stringify(actor);
}

async function control(asked, body) {
  const result = await asked(JSON.parse(body));
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
