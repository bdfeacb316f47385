// The example in TypeScript against a demo that changes meanwhile: killed again and again, it ends with a true copy.
//
// Run by contract/run.sh: KINSTEAD_DEMO names the demo.json of a running demo; the compiled example lies in build/.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as rest } from "node:timers/promises";
import sqlite from "node-sqlite3-wasm";

const KINDS = ["child", "relation", "legal_status"];
const demo = JSON.parse(readFileSync(process.env.KINSTEAD_DEMO, "utf8"));
const national = demo.personas.national_authority.token;

async function ask(token, method, path, body, headers = {}) {
  const answer = await fetch(demo.base_url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return { body: path.startsWith("/v1/snapshot") ? text : JSON.parse(text), etag: answer.headers.get("etag") };
}

/** Changes a child, as the national authority. */
async function change(id, members) {
  const { etag } = await ask(national, "GET", `/v1/children/${id}`);
  return (await ask(national, "PATCH", `/v1/children/${id}`, members, { "if-match": etag })).body;
}

// A system of the area in which most children live, and another area to which one of them moves.
const some = (await ask(national, "GET", "/v1/children?limit=200")).body.data;
const living = (area) => some.filter((child) => child.area_code === area);
const areas = [...new Set(some.map((child) => child.area_code))].sort((one, other) => living(other).length - living(one).length);
const [home, away, children] = [areas[0], areas[1], living(areas[0])];
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const folder = mkdtempSync(join(tmpdir(), "true-copy-"));
writeFileSync(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
const authority = (await ask(national, "GET", `/v1/children/${children[0].id}`)).body.organisation_id;
const client = (await ask(national, "POST", "/v1/clients", {
  name: `True copy ${Date.now()}`, roles: ["sync_client"], area_codes: [home], organisation_id: authority,
  purposes: ["case_management"], default_purpose: "case_management",
})).body;
const { kty, crv, x } = publicKey.export({ format: "jwk" });
const { kid } = (await ask(national, "POST", `/v1/clients/${client.id}/keys`, { jwk: { kty, crv, x } })).body;
await rest(4000); // within that time every service knows of a new client

const file = join(folder, "copy.sqlite");
const program = join(import.meta.dirname, "typescript/build/true_copy.js");
const arguments_ = Object.entries({
  url: demo.base_url, client: client.id, kid, key: join(folder, "key.pem"), kinds: KINDS.join(","), name: "True copy", db: file,
}).flatMap(([name, value]) => [`--${name}`, value]);
const start = (...more) => spawn(process.execPath, [program, ...arguments_, ...more], { stdio: "inherit" });
const end = (child) => new Promise((done) => child.on("exit", done));

async function caughtUp() {
  await rest(500); // what was changed gets its place
  assert.equal(await end(start("--once")), 0);
  rmSync(`${file}.lock`, { recursive: true, force: true });
  const db = new sqlite.Database(file, { readOnly: true });
  const held = db.all("SELECT kind, id, version, body FROM records ORDER BY kind, id");
  db.close();
  return held.map(({ body, ...row }) => ({ ...row, body: JSON.parse(body) }));
}

/** What the registry answers the client itself. */
async function told() {
  const { issuer } = (await ask("", "GET", "/.well-known/oauth-authorization-server")).body;
  const iat = Math.floor(Date.now() / 1000);
  const parts = [{ alg: "EdDSA", kid }, { iss: client.id, sub: client.id, aud: issuer, jti: randomUUID(), iat, exp: iat + 60 }];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion: `${text}.${sign(null, Buffer.from(text), privateKey).toString("base64url")}`,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  });
  const granted = await fetch(`${demo.base_url}/oauth/token`, { method: "POST", body: form });
  const token = (await granted.json()).access_token;
  const records = [];
  for (const kind of [...KINDS].sort()) {
    const lines = (await ask(token, "GET", `/v1/snapshot/${kind}`)).body.split("\n").filter(Boolean);
    const read = lines.map((line) => JSON.parse(line)).sort((one, other) => (one.id < other.id ? -1 : 1));
    records.push(...read.map((body) => ({ kind, id: body.id, version: body.version, body })));
  }
  return { records, token };
}

try {
  for (const [round, pause] of [0, 200, 500, 900, 1400].entries()) {
    const running = start();
    await rest(pause);
    const { languages = [] } = await change(children[0].id, { languages: round % 2 ? ["sr", "de"] : ["sr", "en"] });
    assert.equal(languages.length, 2);
    await rest(pause / 2);
    running.kill("SIGKILL");
    await end(running);
  }
  const before = await caughtUp();
  assert.ok(before.length >= children.length && children.length > 1, `${before.length}`);
  assert.deepEqual(before, (await told()).records);
  await change(children[0].id, { area_code: away });
  const after = await caughtUp();
  const { records, token } = await told();
  assert.deepEqual(after, records);
  assert.ok(before.some(({ id }) => id === children[0].id) && !after.some(({ id }) => id === children[0].id));
  for (const { id, body } of after.filter(({ kind }) => kind === "child").slice(0, 5)) {
    assert.deepEqual((await ask(token, "GET", `/v1/children/${id}`)).body, body);
  }
  await change(children[0].id, { area_code: home });
  assert.equal((await caughtUp()).length, before.length);
  const consumers = (await ask(token, "GET", "/v1/consumers")).body.data;
  assert.deepEqual(consumers.map(({ name, progress }) => [name, progress.copy]), [["True copy", "followed"]]);
  console.log(`the example keeps a true copy of ${before.length} records, killed five times`);
} finally {
  rmSync(folder, { recursive: true });
}
