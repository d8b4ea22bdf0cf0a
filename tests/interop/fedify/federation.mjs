// The foreign side of Rochdale's interop tests: one organisation and its instance actor, on Fedify.
import { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore } from "@fedify/fedify";
import * as vocab from "@fedify/vocab";

const INSTANCE = "instance";

/** What reached the peer and what went wrong, for tests to ask about. `watchers` run at each change. */
export class Journal {
  received = []; // verified activities, as JSON-LD
  raw = []; // every POST as it came: path, headers, body
  errors = []; // what Fedify reported, as text
  unverified = []; // {id, reason} of activities whose signatures did not hold
  followers = new Map(); // actor URI -> actor
  notes = new Map(); // id -> Note
  watchers = new Set();

  changed() {
    for (const watcher of [...this.watchers]) watcher();
  }

  clear() {
    for (const list of [this.received, this.raw, this.errors, this.unverified]) list.length = 0;
  }
}

/**
 * settings: {name, kind, knock, secure, window}
 *   knock   which signature is tried first: "rfc9421" or "draft-cavage-http-signatures-12"
 *   secure  answer unsigned GETs with 401, but for the instance actor's
 *   window  seconds a signature's date may be off; 0 leaves it unchecked
 */
export async function buildFederation(origin, settings, journal) {
  const { name, kind, knock, secure, window } = settings;
  const keyPairs = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];
  const isOurs = (identifier) => identifier === name || identifier === INSTANCE;

  const federation = createFederation({
    kv: new MemoryKvStore(),
    queue: new InProcessMessageQueue({ pollInterval: { milliseconds: 50 } }),
    origin, // ids keep it whatever the Host header says
    allowPrivateAddress: true, // everything happens on loopback, which Fedify refuses otherwise
    firstKnock: knock,
    signatureTimeWindow: window === 0 ? false : { seconds: window },
    onOutboxError: (error) => journal.errors.push(`outbox: ${error}`),
  });

  const actors = federation
    .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
      if (!isOurs(identifier)) return null;
      const keys = await context.getActorKeyPairs(identifier);
      const Actor = identifier === INSTANCE ? vocab.Application : vocab[kind];
      return new Actor({
        id: context.getActorUri(identifier),
        preferredUsername: identifier,
        name: `Peer ${identifier}`,
        url: context.getActorUri(identifier),
        inbox: context.getInboxUri(identifier),
        outbox: context.getOutboxUri(identifier),
        followers: context.getFollowersUri(identifier),
        endpoints: new vocab.Endpoints({ sharedInbox: context.getInboxUri() }),
        publicKey: keys[0].cryptographicKey,
        assertionMethods: keys.map((key) => key.multikey),
      });
    })
    .mapHandle((_context, username) => (isOurs(username) ? username : null))
    .setKeyPairsDispatcher((_context, identifier) => (isOurs(identifier) ? keyPairs : []));

  if (secure) {
    // Keys are fetched signed by the instance actor, which is readable unsigned: otherwise two
    // servers that both insist would ask each other for keys for ever.
    actors.authorize(async (context, identifier) => {
      if (identifier === INSTANCE) return true;
      const documentLoader = await context.getDocumentLoader({ identifier: INSTANCE });
      return (await context.getSignedKeyOwner({ documentLoader })) != null;
    });
  }

  federation
    .setFollowersDispatcher("/users/{identifier}/followers", (_context, identifier) => ({
      items: identifier === name ? [...journal.followers.values()] : [],
    }))
    .setCounter((_context, identifier) => (identifier === name ? journal.followers.size : 0));
  federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
  federation.setObjectDispatcher(vocab.Note, "/notes/{id}", (_context, { id }) => journal.notes.get(id) ?? null);
  federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
    software: { name: "rochdale-test-peer", version: "1.0.0" },
    protocols: ["activitypub"],
    usage: { users: { total: 1 }, localPosts: journal.notes.size, localComments: 0 },
  }));
  federation.setOutboxPermanentFailureHandler((_context, failure) => {
    journal.errors.push(`gave up on ${failure.inbox?.href}: HTTP ${failure.statusCode}`);
  });

  const record = async (context, activity) => {
    journal.received.push(await activity.toJsonLd(context));
    journal.changed();
  };
  federation
    .setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .setSharedKeyDispatcher(() => ({ identifier: INSTANCE }))
    .on(vocab.Follow, async (context, follow) => {
      const follower = await follow.getActor(context);
      if (!follower?.id) return;
      journal.followers.set(follower.id.href, follower);
      await record(context, follow);
      const accept = new vocab.Accept({
        id: newId(origin),
        actor: context.getActorUri(name),
        to: follower.id,
        object: follow,
      });
      await context.sendActivity({ identifier: name }, follower, accept);
    })
    .on(vocab.Undo, async (context, undo) => {
      if ((await undo.getObject(context)) instanceof vocab.Follow) journal.followers.delete(undo.actorId?.href);
      await record(context, undo);
    })
    .on(vocab.Activity, record)
    .onUnverifiedActivity((_context, activity, reason) => {
      journal.unverified.push({ id: activity.id?.href ?? null, reason: reason.type });
    })
    .onError((_context, error) => {
      journal.errors.push(`inbox: ${error}`);
    });

  return federation;
}

export function newId(origin) {
  return new URL(`/activities/${crypto.randomUUID()}`, origin);
}
