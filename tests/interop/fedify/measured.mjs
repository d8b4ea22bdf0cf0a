// Fedify as the benchmarks measure it: the least server that hears of activities, keeps their ids and sends one on.
//   node measured.mjs PORT DATABASE
// POST /inbox; POST /bench/send {"inboxes": […]}
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore } from "@fedify/fedify";
import { Create, Endpoints, Note, Organization } from "@fedify/vocab";

const [port, file] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
  CREATE TABLE activity(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, actor TEXT, object TEXT);`);
const insert = database.prepare("INSERT OR IGNORE INTO activity(id, actor, object) VALUES(?, ?, ?)");

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue(), // Fedify's default
  allowPrivateAddress: true, // everything happens on loopback
  firstKnock: "draft-cavage-http-signatures-12",
});
const pair = await generateCryptoKeyPair("RSASSA-PKCS1-v1_5");

federation
  .setActorDispatcher("/users/{identifier}", async (context, identifier) =>
    new Organization({
      id: context.getActorUri(identifier),
      preferredUsername: identifier,
      inbox: context.getInboxUri(identifier),
      endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKeys: (await context.getActorKeyPairs(identifier)).map((key) => key.cryptographicKey),
    }),
  )
  .setKeyPairsDispatcher(() => [pair]);

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Create, (_context, activity) => {
    insert.run(activity.id.href, activity.actorId.href, activity.objectId?.href ?? null);
  })
  .onError((_context, error) => console.error(error));

async function send({ inboxes }) {
  const context = federation.createContext(new URL(`http://127.0.0.1:${port}/`));
  const recipients = inboxes.map((inbox) => ({
    id: new URL(inbox.replace("/inbox", "/actor")),
    inboxId: new URL(inbox),
    endpoints: null,
  }));
  const id = crypto.randomUUID();
  const actor = context.getActorUri("coop");
  const note = new Note({ id: new URL(`/o/${id}`, actor), attribution: actor, content: "x".repeat(1500) });
  await context.sendActivity({ identifier: "coop" }, recipients, new Create({ id: new URL(`/a/${id}`, actor), actor, object: note }));
}

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (request.url === "/bench/send") {
    response.statusCode = 202;
    response.end();
    return send(JSON.parse(body));
  }
  const answer = await federation.fetch(
    new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method,
      headers: request.headers,
      body: request.method === "POST" ? body : undefined,
    }),
    { contextData: undefined },
  );
  response.statusCode = answer.status;
  answer.headers.forEach((value, name) => response.setHeader(name, value));
  response.end(Buffer.from(await answer.arrayBuffer()));
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
