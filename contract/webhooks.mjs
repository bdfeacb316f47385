// Real deliveries of a running demo, checked by the library standardwebhooks from npm.
//
// Run by contract/run.sh: KINSTEAD_DEMO names the demo.json of a demo that may send to this machine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const demo = JSON.parse(readFileSync(process.env.KINSTEAD_DEMO, "utf8"));
const token = demo.personas.sync_client.token;

async function ask(method, path, body, headers = {}) {
  const answer = await fetch(demo.base_url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return { ...JSON.parse(text), etag: answer.headers.get("etag") };
}

const waiting = [];
const received = [];
const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    response.writeHead(204).end();
    const message = { headers: request.headers, body: Buffer.concat(parts).toString() };
    const next = waiting.shift();
    if (next) next(message);
    else received.push(message);
  });
});
const message = () =>
  received.length ? received.shift() : new Promise((resolve, reject) => {
    waiting.push(resolve);
    setTimeout(() => reject(new Error("nothing came")), 30_000).unref();
  });

await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const url = `http://127.0.0.1:${server.address().port}/hooks`;
const made = await ask("POST", "/v1/webhook-endpoints", { url, kinds: ["child"] });
const path = `/v1/webhook-endpoints/${made.endpoint.id}`;
const sent = await ask("POST", `${path}/test`);
const first = await message();
const told = new Webhook(made.secret).verify(first.body, first.headers);
assert.equal(told.type, "webhook.test");
assert.equal(first.headers["webhook-id"], sent.id);

// By both secrets after a rotation, and by no other.
const rotated = await ask("POST", `${path}/rotate-secret`, undefined, { "if-match": made.etag });
await ask("POST", `${path}/test`);
const second = await message();
for (const secret of [made.secret, rotated.secret]) new Webhook(secret).verify(second.body, second.headers);
assert.throws(() => new Webhook(rotated.secret).verify(first.body, first.headers));
assert.throws(() => new Webhook(made.secret).verify(`${first.body} `, first.headers));

// An event of the feed, as it happens.
const child = (await ask("GET", "/v1/children?limit=1")).data[0];
const before = await ask("GET", `/v1/children/${child.id}`);
const languages = ["sr", "en", "de"].filter((tag) => !(before.languages ?? []).includes(tag));
const after = await ask("PATCH", `/v1/children/${child.id}`, { languages }, { "if-match": before.etag });
const { body, headers } = await message();
const got = new Webhook(rotated.secret).verify(body, headers);
assert.deepEqual([got.type, got.data.id, got.data.version], ["child.changed", child.id, after.version]);
assert.deepEqual(got.data.changed, ["languages"]);
console.log("standardwebhooks of npm took a test, a rotation and a change");
server.close();
server.closeAllConnections();
