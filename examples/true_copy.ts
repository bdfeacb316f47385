// Keeps a true copy in SQLite of what a client may read of a Kinstead registry. Needs node-sqlite3-wasm of npm.
//   node true_copy.js --url https://kinstead.example --client ID --kid KEY_ID --key private.pem
//       --kinds child,case --name "Case system" --db copy.sqlite [--once]
// It may be killed at any moment: records and cursor are written together. With --once it ends when it is up to date.
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { setTimeout as rest } from "node:timers/promises";
import { parseArgs } from "node:util";
import sqlite from "node-sqlite3-wasm";

interface Thing { id: string; version: number }
interface Change extends Thing { type: string; kind: string; href: string; merged_into?: string }
interface Page { data: Change[]; to: number; head: number; next_cursor: string }
class Refused extends Error { constructor(readonly status: number, text: string) { super(`${status}: ${text}`); } }

/** The registry, asked with a token of the client's own (private_key_jwt, EdDSA). */
class Registry {
  private token = ""; private until = 0;
  constructor(readonly url: string, readonly client: string, readonly kid: string, readonly key: string) {}
  /** The answer; asked again while the registry is busy or not there. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    for (;;) {
      const answer = await fetch(this.url + path, init).catch(() => undefined);
      if (answer?.ok) return answer;
      if (answer && ![429, 503].includes(answer.status)) throw new Refused(answer.status, await answer.text());
      await rest(2000);
    }
  }

  private async assertion(): Promise<string> {
    const { issuer } = await (await this.send("/.well-known/oauth-authorization-server")).json() as { issuer: string };
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: this.client, sub: this.client, aud: issuer, jti: randomUUID(), iat, exp: iat + 60 };
    const parts = [{ alg: "EdDSA", typ: "JWT", kid: this.kid }, claims];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${signed}.${sign(null, Buffer.from(signed), createPrivateKey(readFileSync(this.key))).toString("base64url")}`;
  }

  async ask(path: string, body?: unknown): Promise<Response> {
    if (Date.now() > this.until - 30_000) {
      const form = { grant_type: "client_credentials", client_assertion: await this.assertion(),
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" };
      const granted = await this.send("/oauth/token", { method: "POST", body: new URLSearchParams(form) });
      const { access_token, expires_in } = await granted.json() as { access_token: string; expires_in: number };
      [this.token, this.until] = [access_token, Date.now() + expires_in * 1000];
    }
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    return this.send(path, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
  }
}

const text = { type: "string", default: "" } as const;
const { values: asked } = parseArgs({ options: {
  url: text, client: text, kid: text, key: text, kinds: text, name: text, db: text, once: { type: "boolean", default: false } } });
const { name, db: file, once } = asked;
const [registry, kinds] = [new Registry(asked.url, asked.client, asked.kid, asked.key), asked.kinds.split(",")];
rmSync(`${file}.lock`, { recursive: true, force: true }); // left by a run that was killed: nobody else writes this file
const db = new sqlite.Database(file);
db.exec(`CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, kind TEXT, version INTEGER, body TEXT);
         CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT)`);

async function together(work: () => void | Promise<void>): Promise<void> {
  db.exec("BEGIN");
  try { await work(); db.exec("COMMIT"); } catch (trouble) { db.exec("ROLLBACK"); throw trouble; }
}
const keep = (kind: string, record: Thing) =>
  db.run("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", [record.id, kind, record.version, JSON.stringify(record)]);

/** Every record as it is now, in the place of all that was there; to be followed from before the first kind. */
const begin = () => together(async () => {
  db.run("DELETE FROM records");
  const cursors: string[] = [];
  for (const kind of kinds) {
    const answer = await registry.ask(`/v1/snapshot/${kind}`);
    cursors.push(answer.headers.get("feed-cursor") ?? "");
    let begun = "";
    for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (begun + part).split("\n");
      begun = lines.pop()!;
      for (const line of lines) keep(kind, JSON.parse(line) as Thing);
    }
  }
  db.run("INSERT OR REPLACE INTO place VALUES (1, ?)", [cursors[0] ?? ""]);
});

/** The record as it is now, or as it is held if the event is no newer; nothing if it has to go. */
async function read(event: Change): Promise<Thing | undefined> {
  const held = db.get("SELECT version, body FROM records WHERE id = ?", [event.id]) as { version: number; body: string } | null;
  if (event.type === "left_scope" || event.merged_into) return undefined; // of a merged record the other one is told, too
  if (held && held.version >= event.version) return JSON.parse(held.body) as Thing;
  const gone = (refusal: Refused) => { if (refusal.status !== 404) throw refusal; return undefined; }; // it left meanwhile
  return registry.ask(event.href).then((answer) => answer.json() as Promise<Thing>, gone);
}

/** Applies a page of changes; says whether there may be more. */
async function follow(consumer: string): Promise<boolean> {
  const place = () => db.get("SELECT cursor FROM place") as { cursor: string } | null;
  if (!place()) await begin();
  const answer = await registry.ask(`/v1/changes?consumer=${consumer}&after=${place()?.cursor}${once ? "" : "&wait=30s"}`);
  const page = await answer.json() as Page;
  const last = new Map(page.data.map((event) => [event.id, event])); // the last event about a record says it all
  const news: [Change, Thing | undefined][] = [];
  for (const event of last.values()) news.push([event, await read(event)]);
  await together(() => {
    for (const [event, record] of news) {
      db.run("DELETE FROM records WHERE id = ?", [event.id]);
      if (record) keep(event.kind, record);
    }
    db.run("UPDATE place SET cursor = ?", [page.next_cursor]);
  });
  return !once || page.to < page.head || news.length > 0;
}

// A consumer has a name in the registry, which tells how far it lags.
const all = (await (await registry.ask("/v1/consumers?limit=200")).json() as { data: { id: string; name: string; state: string }[] }).data;
const { id: consumer } = all.find((it) => it.name === name && it.state === "active")
  ?? await (await registry.ask("/v1/consumers", { name, kinds })).json() as Thing;
const ended = async (refusal: Refused) => { if (refusal.status !== 410) throw refusal; await begin(); return true; };
while (await follow(consumer).catch(ended));
