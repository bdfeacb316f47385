// The README's walk through the registry, done by a client generated with openapi-typescript and openapi-fetch.
// Run by contract/run.sh: KINSTEAD_DEMO names the demo.json of a running demo.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

// Each client walks with children and families of its own, so that they can follow one another on one demo.
const NAME = "Milica";
const NEAR = "43.32,21.90"; // Niš
const WITHIN_KM = 100;

interface Demo {
  base_url: string;
  personas: Record<string, { token: string }>;
}

const demoFile = process.env["KINSTEAD_DEMO"];
assert(demoFile, "KINSTEAD_DEMO must name the demo.json of a running demo");
const demo = JSON.parse(readFileSync(demoFile, "utf8")) as Demo;
const api = createClient<paths>({
  baseUrl: demo.base_url,
  headers: { Authorization: `Bearer ${demo.personas["national_authority"]?.token}` },
});

/** The body of an answer that must be a success. */
function must<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert(
    answer.data !== undefined,
    `${answer.response.url} answered ${answer.response.status}: ${JSON.stringify(answer.error)}`,
  );
  return answer.data;
}

const idempotent = () => ({ "Idempotency-Key": randomUUID() });
const today = new Date().toISOString().slice(0, 10);
const lastYear = `${Number(today.slice(0, 4)) - 1}${today.slice(4).replace("02-29", "02-28")}`;

// 1. Find a child, and a sibling she should stay with.
const found = must(await api.POST("/v1/children:search", { body: { name: NAME } })).data;
assert(found.length > 0, `no child called ${NAME}`);

let siblings: [string, string] | undefined;
for (const child of found) {
  const relations = must(
    await api.GET("/v1/children/{id}/relations", { params: { path: { id: child.id } } }),
  ).data;
  const sibling = relations.find((relation) => relation.kind === "sibling");
  if (sibling) {
    siblings = [child.id, sibling.related_child_id];
    break;
  }
}
assert(siblings, `no child called ${NAME} has a sibling in care`);

// 2. See where she lives.
const timeline = must(
  await api.GET("/v1/children/{id}/timeline", { params: { path: { id: siblings[0] } } }),
);
console.log(`lives now: ${timeline.entries.at(-1)?.kind ?? "unknown"}`);

// 3. Find a foster family near her with room for exactly two.
const families = must(
  await api.GET("/v1/carer-families", {
    params: { query: { purpose: ["foster"], places_min: 2, near: NEAR, within_km: WITHIN_KM } },
  }),
).data;
const family = families.find((candidate) => candidate.places_free === 2);
assert(family, `no foster family within ${WITHIN_KM} km of ${NEAR} has two places`);

// 4. Place both, together or not at all.
const placed = must(
  await api.POST("/v1/sibling-placements", {
    params: { header: idempotent() },
    body: { child_ids: siblings, carer_family_id: family.id, starts_on: today },
  }),
).data;
assert.equal(placed.length, 2);

// 5. A third child is refused: the family is full.
const third = found.find((child) => !siblings.includes(child.id));
assert(third, `only the siblings are called ${NAME}`);
const refusal = await api.POST("/v1/placements", {
  params: { header: idempotent() },
  body: { child_id: third.id, carer_family_id: family.id, starts_on: today },
});
assert.equal(refusal.response.status, 409);
console.log(`third child: ${refusal.response.status} ${refusal.error?.code}`);

// 6. Read her history as it was a year ago.
const history = must(
  await api.GET("/v1/children/{id}/timeline", {
    params: { path: { id: siblings[0] }, query: { as_of: lastYear } },
  }),
);
console.log(`on ${lastYear}: ${history.entries.length} entries`);
