// The README's walk through the registry, done by a client generated with openapi-typescript and openapi-fetch.
// Run by contract/run.sh: KINSTEAD_DEMO names the demo.json of a running demo.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

// People that every demo country has; each client walks with its own, so that they can follow one another.
const SISTER = "Milica Zvezdobrojić";
const THIRD = "Vuk Maslačkovski";
const NEAR = "43.32,21.90"; // Niš
const WITHIN_KM = 30;

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

/** The one child of that name: the best match of a search that forgives typing errors. */
async function find(name: string): Promise<string> {
  const found = must(await api.POST("/v1/children:search", { body: { name } })).data;
  const best = found.find((match) => match.matched_name === name);
  assert(best, `no child is called ${name}`);
  return best.child.id;
}

// 1. Find a child.
const sister = await find(SISTER);

// 2. See where she lives now, and where she lived a year ago.
const timeline = (as_of?: string) =>
  api.GET("/v1/children/{id}/timeline", {
    params: { path: { id: sister }, query: as_of ? { as_of } : {} },
  });
const now = must(await timeline());
assert.equal(now.lives, undefined, `${SISTER} is in care already: the walk was done on this demo before`);
const then = must(await timeline(lastYear));
console.log(`lives now: at home; on ${lastYear}: ${then.lives?.care_type ?? "at home"}`);

// 3. Find a sibling she should stay with.
const relations = must(
  await api.GET("/v1/children/{id}/relations", { params: { path: { id: sister } } }),
).data;
const brother = relations.find((relation) => relation.to_be_kept_together === "yes")?.related_child_id;
assert(brother, `${SISTER} has no sibling to be kept with`);

// 4. Find a foster family near her with room for exactly two, and for the younger one's age.
const families = must(
  await api.GET("/v1/carer-families", {
    params: {
      query: {
        purpose: ["foster"],
        places_min: 2,
        age: 6,
        sibling_group: 2,
        near: NEAR,
        within_km: WITHIN_KM,
        sort: ["distance"],
      },
    },
  }),
).data;
const family = families.find((candidate) => candidate.places_free === 2);
assert(family, `no foster family within ${WITHIN_KM} km of ${NEAR} has two places`);
console.log(`family: ${family.places_free} places, ${family.distance_km?.toFixed(1)} km away`);

const stay = (child_id: string): components["schemas"]["NewPlacement"] => ({
  child_id,
  intent: "start",
  care_type: "foster_long_term",
  planned_kind: "long_term",
  starts_on: today,
  legal_basis: "Family Act, art. 113",
  provider: { kind: "carer_family", carer_family_id: family.id },
  care_entry: { entry_reason: "parent_illness", entry_route: "from_family", emergency: true },
});

// 5. Place both, together or not at all; sent again, the request gets the same answer and places nobody.
const request = { params: { header: idempotent() }, body: { placements: [stay(sister), stay(brother)] } };
const placed = must(await api.POST("/v1/sibling-placements", request)).data;
assert.equal(placed.length, 2);
const again = await api.POST("/v1/sibling-placements", request);
assert.equal(again.response.headers.get("Idempotency-Replayed"), "true");
assert.deepEqual(must(again).data, placed);

// 6. A third child is refused: the family is full.
const refusal = await api.POST("/v1/placements", {
  params: { header: idempotent() },
  body: stay(await find(THIRD)),
});
assert.equal(refusal.response.status, 409);
assert.equal(refusal.error?.rule, "PL-12");
console.log(`third child: ${refusal.response.status} ${refusal.error.rule}: ${refusal.error.detail}`);

// 7. Where she lives now has changed; what was a year ago has not.
const placedWith = must(await timeline()).lives?.provider.carer_family_id;
assert.equal(placedWith, family.id);
assert.deepEqual(must(await timeline(lastYear)).lives, then.lives);
