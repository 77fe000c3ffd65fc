// A small server on Fedify: `node peer.mjs PORT`. Its members are /u/<name>, all names exist.
// POST /_do {"what": …} makes it act; GET /_requests tells what reached its inboxes, as text, with the status it gave;
// GET /_understood tells what its listeners were handed, after Fedify had verified and parsed it.
import { Temporal } from "@js-temporal/polyfill";
globalThis.Temporal ??= Temporal;
const { createFederation, MemoryKvStore, generateCryptoKeyPair } = await import("@fedify/fedify");
const { signObject, signRequest, verifyProof } = await import("@fedify/fedify/sig");
const { LanguageString, parseDecimal } = await import("@fedify/vocab-runtime");
const V = await import("@fedify/vocab");
const { serve } = await import("@hono/node-server");

const port = Number(process.argv[2]);
const origin = `http://localhost:${port}`;
const CAVAGE = "draft-cavage-http-signatures-12";
const requests = [];
const understood = [];
const served = new Map(); // path -> the object that Fedify serves there
const keys = new Map();
const follows = new Map(); // id of a follow of ours -> its object

async function keysOf(name) {
  if (!keys.has(name)) {
    keys.set(name, Promise.all(["RSASSA-PKCS1-v1_5", "Ed25519"].map((algorithm) => generateCryptoKeyPair(algorithm))));
  }
  return await keys.get(name);
}

function federation(firstKnock) {
  const made = createFederation({ kv: new MemoryKvStore(), allowPrivateAddress: true, origin, firstKnock });
  made
    .setActorDispatcher("/u/{identifier}", async (ctx, name) => {
      const pairs = await ctx.getActorKeyPairs(name);
      return new V.Person({
        id: ctx.getActorUri(name),
        preferredUsername: name,
        name,
        inbox: ctx.getInboxUri(name),
        outbox: ctx.getOutboxUri(name),
        endpoints: new V.Endpoints({ sharedInbox: ctx.getInboxUri() }),
        publicKey: pairs[0].cryptographicKey,
        assertionMethods: pairs.map((pair) => pair.multikey),
      });
    })
    .setKeyPairsDispatcher((_ctx, name) => keysOf(name));
  made.setOutboxDispatcher("/u/{identifier}/outbox", () => ({ items: [] }));
  made.setObjectDispatcher(V.Proposal, "/p/{number}", (ctx, { number }) => served.get(`/p/${number}`) ?? null);
  made.setObjectDispatcher(V.Note, "/n/{number}", (ctx, { number }) => served.get(`/n/${number}`) ?? null);
  made.setObjectDispatcher(V.Follow, "/f/{number}", (ctx, { number }) => follows.get(`${origin}/f/${number}`) ?? null);
  made
    .setInboxListeners("/u/{identifier}/inbox", "/inbox")
    .on(V.Activity, async (ctx, activity) => {
      understood.push(await told(ctx, activity));
      if (activity instanceof V.Follow) await accept(ctx, activity);
    });
  return made;
}

const federations = { rfc9421: federation("rfc9421"), cavage: federation(CAVAGE) };
const main = federations.rfc9421;

/** What Fedify made of an activity, in words of our own: only what its classes hold. */
async function told(ctx, activity) {
  const here = { documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader, suppressError: true };
  const thing = await activity.getObject(here);
  return {
    type: activity.constructor.name,
    id: activity.id?.href,
    actor: activity.actorId?.href,
    object: thing == null ? { id: activity.objectId?.href ?? null } : await described(thing, here),
    result: activity.resultId === undefined ? null : await result(activity, here),
  };
}

async function result(activity, here) {
  const thing = await activity.getResult(here);
  return thing && (await described(thing, here));
}

async function described(thing, here) {
  const facts = { type: thing.constructor.name, id: thing.id?.href ?? null };
  for (const field of ["name", "content", "summary", "purpose", "unitBased"]) {
    if (thing[field] != null) facts[field] = thing[field] instanceof LanguageString ? `${thing[field]}` : String(thing[field]);
  }
  if (thing.url != null) facts.url = thing.url.href?.href ?? thing.url.href;
  if (thing.attributionId != null) facts.attributedTo = thing.attributionId.href;
  if (thing.actorId != null) facts.actor = thing.actorId.href;
  if (thing.objectId != null) facts.object = thing.objectId.href;
  if (thing.getAttachments) {
    facts.links = [];
    for await (const one of thing.getAttachments(here)) {
      if (one instanceof V.Link) facts.links.push({ href: one.href?.href, rel: one.rel, mediaType: one.mediaType });
    }
  }
  if (thing.publishes !== undefined) facts.publishes = intent(thing.publishes);
  if (thing.reciprocal !== undefined) facts.reciprocal = intent(thing.reciprocal);
  if (thing instanceof V.Agreement) {
    facts.stipulates = commitment(await thing.getStipulates?.(here) ?? thing.stipulates);
    facts.stipulatesReciprocal = commitment(await thing.getStipulatesReciprocal?.(here) ?? thing.stipulatesReciprocal);
  }
  return facts;
}

const measure = (given) => given && { unit: given.unit, amount: given.numericalValue == null ? null : `${given.numericalValue}` };
const intent = (given) =>
  given && { id: given.id?.href ?? null, action: given.action, quantity: measure(given.resourceQuantity) };
const commitment = (given) =>
  given && { satisfies: given.satisfies?.href ?? null, quantity: measure(given.resourceQuantity) };

async function accept(ctx, follow) {
  const { identifier } = ctx.parseUri(follow.objectId) ?? {};
  const who = await follow.getActor({ documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader });
  if (identifier == null || who == null) return;
  const id = new URL(`${origin}/a/${crypto.randomUUID()}`);
  await ctx.sendActivity({ identifier }, who, new V.Accept({ id, actor: follow.objectId, object: follow }));
}

let number = 0;
const fresh = (kind) => new URL(`${origin}/${kind}/${++number}`);
const quantity = (unit, amount) =>
  new V.Measure({ unit, ...(amount == null ? {} : { numericalValue: parseDecimal(amount) }) });

/** The objects and activities that Fedify's own classes make. */
const makers = {
  follow: (actor, { object }) => {
    const id = fresh("f");
    const made = new V.Follow({ id, actor, object: new URL(object) });
    follows.set(id.href, made);
    return made;
  },
  undo: (actor, { object }) => new V.Undo({ id: fresh("a"), actor, object: follows.get(object) ?? new URL(object) }),
  like: (actor, { object }) => new V.Like({ id: fresh("a"), actor, object: new URL(object) }),
  announce: (actor, { object }) => new V.Announce({ id: fresh("a"), actor, object: new URL(object), to: V.PUBLIC_COLLECTION }),
  delete: (actor, { object }) =>
    new V.Delete({ id: fresh("a"), actor, object: new V.Tombstone({ id: new URL(object) }), to: V.PUBLIC_COLLECTION }),
  note: (actor, { content }) => {
    const id = fresh("n");
    const published = globalThis.Temporal.Now.instant();
    const note = new V.Note({ id, attribution: actor, content, to: V.PUBLIC_COLLECTION, published });
    served.set(id.pathname, note);
    return new V.Create({ id: new URL(`${id}/create`), actor, object: note, to: V.PUBLIC_COLLECTION });
  },
  proposal: (actor, { name, amount, update }) => {
    const id = update ? new URL(update) : fresh("p");
    const now = globalThis.Temporal.Now.instant();
    const proposal = new V.Proposal({
      id, attribution: actor, name, content: `<p>${name}</p><script>alert(1)</script>`, purpose: "offer",
      unitBased: true, published: now, updated: now, to: V.PUBLIC_COLLECTION,
      publishes: new V.Intent({
        id: new URL(`${id}#primary`), action: "deliverService", resourceQuantity: quantity("hour", "1"),
      }),
      reciprocal: new V.Intent({
        id: new URL(`${id}#reciprocal`), action: "transfer", resourceQuantity: quantity("one", amount),
        resourceConformsTo: new URL("https://www.wikidata.org/wiki/Q4916"),
      }),
    });
    served.set(id.pathname, proposal);
    const Wrapper = update ? V.Update : V.Create;
    return new Wrapper({ id: new URL(`${id}/${fresh("x").pathname.slice(3)}`), actor, object: proposal, to: V.PUBLIC_COLLECTION });
  },
  offer: (actor, { primary, reciprocal, hours, amount, to }) => {
    const said = (satisfies, unit, value) =>
      new V.Commitment({ satisfies: new URL(satisfies), resourceQuantity: quantity(unit, value) });
    const agreement = new V.Agreement({
      stipulates: said(primary, "hour", hours), stipulatesReciprocal: said(reciprocal, "one", amount),
    });
    return new V.Offer({ id: fresh("a"), actor, object: agreement, to: new URL(to) });
  },
};

/** What `POST /_do` can be asked. `form` is the first knock; `other_key`: signed with a key that nobody published. */
const tasks = {
  make: async (ctx, given) => {
    const actor = ctx.getActorUri(given.who);
    const activity = makers[given.kind](actor, given);
    return { id: activity.id.href, object: activity.objectId?.href ?? null, ...(await deliver(ctx, given, activity)) };
  },
  lookup: async (ctx, { address, who }) => {
    const documentLoader = who ? await ctx.getDocumentLoader({ identifier: who }) : ctx.documentLoader;
    const found = await ctx.lookupObject(address, { documentLoader });
    if (found == null) return { found: null };
    return { found: await described(found, { documentLoader, contextLoader: ctx.contextLoader }) };
  },
  webfinger: async (ctx, { resource }) => ({ found: await ctx.lookupWebFinger(resource) }),
  multikeys: async (ctx, { address }) => {
    const actor = await ctx.lookupObject(address);
    const found = [];
    for await (const one of actor.getAssertionMethods(ctx)) found.push(one.id.href);
    return { type: actor.constructor.name, found };
  },
  sign: async (ctx, { who, document }) => {
    const [, pair] = await keysOf(who);
    const id = new URL(`${ctx.getActorUri(who)}#multikey-2`);
    const object = await V.Object.fromJsonLd(document, ctx);
    const signed = await signObject(object, pair.privateKey, id, ctx);
    return { document: await signed.toJsonLd({ ...ctx, format: "compact" }) };
  },
  check: async (ctx, { text }) => {
    const document = JSON.parse(text);
    const proof = await V.DataIntegrityProof.fromJsonLd(document.proof, ctx);
    const key = await verifyProof(document, proof, { documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader });
    return { key: key?.id?.href ?? null };
  },
  // A message signed by Fedify, then altered on its way.
  altered: async (ctx, { who, inbox, activity, form, change }) => {
    const [pair] = await keysOf(who);
    const body = JSON.stringify(activity);
    const headers = { "content-type": "application/activity+json" };
    const request = new Request(inbox, { method: "POST", headers, body });
    const keyId = new URL(`${ctx.getActorUri(who)}#main-key`);
    const signed = await signRequest(request, pair.privateKey, keyId, { spec: form === "cavage" ? CAVAGE : "rfc9421" });
    const sent = change ? body.replace(change[0], change[1]) : body;
    const answer = await fetch(inbox, { method: "POST", headers: signed.headers, body: sent });
    return { status: answer.status, body: await answer.text() };
  },
};

async function deliver(ctx, given, activity) {
  let sender = { identifier: given.who };
  if (given.other_key) {
    const { privateKey } = await generateCryptoKeyPair("RSASSA-PKCS1-v1_5");
    sender = [{ keyId: new URL(`${ctx.getActorUri(given.who)}#main-key`), privateKey }];
  }
  try {
    await ctx.sendActivity(sender, { id: new URL(given.recipient), inboxId: new URL(given.inbox) }, activity);
    return { sent: true };
  } catch (error) {
    return { sent: false, status: error.statusCode ?? 0, error: String(error) };
  }
}

async function act(request) {
  const given = await request.json();
  const chosen = federations[given.form ?? "rfc9421"];
  const ctx = chosen.createContext(new Request(`${origin}/`), {});
  try {
    return Response.json(await tasks[given.what](ctx, given));
  } catch (error) {
    return Response.json({ error: error.stack ?? String(error) }, { status: 500 });
  }
}

async function answer(request) {
  const path = new URL(request.url).pathname;
  if (path === "/_do") return await act(request);
  if (path === "/_requests") return Response.json(requests);
  if (path === "/_understood") return Response.json(understood);
  if (request.method !== "POST") return await main.fetch(request, {});
  const kept = { path, text: await request.clone().text(), headers: Object.fromEntries(request.headers) };
  const given = await main.fetch(request, {});
  requests.push({ ...kept, status: given.status });
  return given;
}

serve({ hostname: "127.0.0.1", port, fetch: answer });
