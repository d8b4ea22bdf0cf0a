// What a test may tell the peer to do, or ask it: each is POST /_test/NAME with a JSON object.
import { signRequest } from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import { newId } from "./federation.mjs";

export function buildControls(federation, origin, settings, journal) {
  const { name, knock } = settings;
  const sender = { identifier: name };
  const context = federation.createContext(new URL(origin), undefined);
  const me = context.getActorUri(name);
  const loaderOf = (identifier) => context.getDocumentLoader({ identifier });

  async function resolve(target) {
    const found = await context.lookupObject(target, { documentLoader: await loaderOf("instance") });
    if (!found) throw new Error(`nothing of ActivityPub was found at ${target}`);
    return found;
  }

  const deliver = (recipients, activity, options = {}) =>
    context.sendActivity(sender, recipients, activity, { immediate: true, ...options });

  return {
    received: () => journal.received,
    raw: () => journal.raw,
    errors: () => ({ errors: journal.errors, unverified: journal.unverified }),
    followers: () => [...journal.followers.keys()],
    clear: () => journal.clear(),

    /** Waits for `count` verified activities of a type (any type without one), oldest first. */
    expect({ type, count, seconds }) {
      const matching = () => journal.received.filter((activity) => !type || activity.type === type);
      return new Promise((done, fail) => {
        const look = () => {
          if (matching().length < count) return;
          finish();
          done(matching());
        };
        const tooLate = setTimeout(() => {
          finish();
          const seen = journal.received.map((activity) => activity.type).join(", ") || "nothing";
          const trouble = JSON.stringify([...journal.errors, ...journal.unverified]);
          fail(new Error(`waited ${seconds} s for ${count} × ${type ?? "any activity"}; got ${seen}; errors ${trouble}`));
        }, seconds * 1000);
        const finish = () => {
          clearTimeout(tooLate);
          journal.watchers.delete(look);
        };
        journal.watchers.add(look);
        look();
      });
    },

    async follow({ target }) {
      const followed = await resolve(target);
      const follow = new vocab.Follow({ id: newId(origin), actor: me, object: followed.id, to: followed.id });
      await deliver(followed, follow);
      return { id: follow.id.href };
    },

    /** An activity through Fedify's own vocabulary, HTTP-signed and with its proofs; terms that Fedify does not know fall away. */
    async send({ to, activity, shared }) {
      const id = activity.id ?? newId(origin).href;
      const document = { "@context": "https://www.w3.org/ns/activitystreams", actor: me.href, ...activity, id };
      const parsed = await vocab.Activity.fromJsonLd(document, context);
      const recipients = to === "followers" ? [...journal.followers.values()] : await Promise.all([to].flat().map(resolve));
      await deliver(recipients, parsed, { preferSharedInbox: shared });
      return { id };
    },

    /** Exactly this body, HTTP-signed and nothing else; the answer comes back whatever it is. */
    async sendRaw({ inbox, body, spec, contentType }) {
      const [key] = await context.getActorKeyPairs(name);
      const request = new Request(inbox, { method: "POST", headers: { "content-type": contentType }, body });
      const answer = await fetch(await signRequest(request, key.privateKey, key.keyId, { spec: spec ?? knock }));
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
    },

    async note({ content }) {
      const id = crypto.randomUUID();
      const note = new vocab.Note({
        id: context.getObjectUri(vocab.Note, { id }),
        attribution: me,
        content,
        to: vocab.PUBLIC_COLLECTION,
      });
      journal.notes.set(id, note);
      const create = new vocab.Create({ id: newId(origin), actor: me, object: note, to: vocab.PUBLIC_COLLECTION });
      await deliver([...journal.followers.values()], create);
      return { id: note.id.href };
    },

    /** What Fedify's vocabulary makes of a listing: nothing here is read from the JSON. */
    async proposal({ target }) {
      const found = await resolve(target);
      if (!(found instanceof vocab.Proposal)) throw new Error(`${target} is a ${found.constructor.name}`);
      const [intent, price] = [found.publishes, found.reciprocal];
      return {
        name: found.name.toString(),
        purpose: found.purpose,
        unitBased: found.unitBased,
        author: found.attributionId.href,
        action: intent.action,
        unit: intent.resourceQuantity.unit,
        price: price.resourceQuantity.numericalValue,
        currency: price.resourceConformsTo.href,
      };
    },

    lookup: async ({ target }) => (await resolve(target)).toJsonLd(),
    fetchSigned: async ({ url }) => (await (await loaderOf(name))(url)).document,
    webfinger: ({ target }) => context.lookupWebFinger(target),
    nodeinfo: ({ target }) => context.lookupNodeInfo(target, { parse: "none" }),
  };
}
