"""The README's walk through the registry, done by a client generated with openapi-python-client.

Run by contract/run.sh: KINSTEAD_DEMO names the demo.json of a running demo.
"""

import importlib
import json
import os
import pkgutil
from datetime import date, datetime, timezone
from pathlib import Path
from uuid import UUID, uuid4

import kinstead_client
from kinstead_client import AuthenticatedClient
from kinstead_client.api.carers import list_carer_families
from kinstead_client.api.children import list_relations, search_children
from kinstead_client.api.placements import (
    create_placement,
    create_sibling_placements,
    read_child_timeline,
)
from kinstead_client.models import (
    CareEntry,
    ChildSearch,
    NewPlacement,
    PlacementIntent,
    Problem,
    Provider,
    ProviderKind,
    SiblingPlacements,
    SiblingWish,
)
from kinstead_client.types import Response

# People that every demo country has; each client walks with its own, so that they can follow one another.
SISTER = "Jovana Oblakolović"
THIRD = "Uroš Leptirkovski"
NEAR = "44.81,20.49"  # Belgrade
WITHIN_KM = 30


def must(answer: Response):
    """The body of an answer that must be a success."""
    ok = 200 <= answer.status_code < 300 and not isinstance(answer.parsed, Problem)
    assert ok, f"{answer.status_code}: {answer.content.decode()}"
    return answer.parsed


def import_everything() -> int:
    """Imports each generated module: one that does not load is a fault of the contract."""
    modules = pkgutil.walk_packages(kinstead_client.__path__, "kinstead_client.")
    return sum(1 for module in modules if importlib.import_module(module.name))


def find(client: AuthenticatedClient, name: str) -> UUID:
    """The one child of that name: the best match of a search that forgives typing errors."""
    found = must(search_children.sync_detailed(client=client, body=ChildSearch(name=name))).data
    best = next((match for match in found if match.matched_name == name), None)
    assert best, f"no child is called {name}"
    return best.child.id


def stay(child_id: UUID, family_id: UUID, day: date) -> NewPlacement:
    return NewPlacement(
        child_id=child_id,
        intent=PlacementIntent.START,
        care_type="foster_long_term",
        planned_kind="long_term",
        starts_on=day,
        legal_basis="Family Act, art. 113",
        provider=Provider(kind=ProviderKind.CARER_FAMILY, carer_family_id=family_id),
        care_entry=CareEntry(
            entry_reason="parent_illness", entry_route="from_family", emergency=True
        ),
    )


def walk(client: AuthenticatedClient) -> None:
    today = datetime.now(timezone.utc).date()
    last_year = today.replace(year=today.year - 1, day=min(today.day, 28))

    # 1. Find a child.
    sister = find(client, SISTER)

    # 2. See where she lives now, and where she lived a year ago.
    now = must(read_child_timeline.sync_detailed(sister, client=client))
    assert not now.lives, f"{SISTER} is in care already: the walk was done on this demo before"
    then = must(read_child_timeline.sync_detailed(sister, client=client, as_of=last_year))
    print(f"lives now: at home; on {last_year}: {then.lives.care_type if then.lives else 'at home'}")

    # 3. Find a sibling she should stay with.
    relations = must(list_relations.sync_detailed(sister, client=client)).data
    kept = (r.related_child_id for r in relations if r.to_be_kept_together == SiblingWish.YES)
    brother = next(kept, None)
    assert brother, f"{SISTER} has no sibling to be kept with"

    # 4. Find a foster family near her with room for exactly two, and for the younger one's age.
    families = must(
        list_carer_families.sync_detailed(
            client=client,
            purpose_query=["foster"],
            places_min=2,
            age=6,
            sibling_group=2,
            near=NEAR,
            within_km=WITHIN_KM,
        )
    ).data
    family = next((f for f in families if f.places_free == 2), None)
    assert family, f"no foster family within {WITHIN_KM} km of {NEAR} has two places"
    print(f"family: {family.places_free} places, {family.distance_km:.1f} km away")

    # 5. Place both, together or not at all; sent again, the request gets the same answer and places nobody.
    body = SiblingPlacements(
        placements=[stay(child, family.id, today) for child in (sister, brother)]
    )
    key = str(uuid4())
    placed, again = (
        create_sibling_placements.sync_detailed(client=client, body=body, idempotency_key=key)
        for _ in range(2)
    )
    assert len(must(placed).data) == 2
    assert again.headers["Idempotency-Replayed"] == "true"
    assert must(again) == must(placed)

    # 6. A third child is refused: the family is full.
    refusal = create_placement.sync_detailed(
        client=client,
        body=stay(find(client, THIRD), family.id, today),
        idempotency_key=str(uuid4()),
    )
    assert refusal.status_code == 409, refusal.content
    assert isinstance(refusal.parsed, Problem) and refusal.parsed.rule == "PL-12", refusal.content
    print(f"third child: {int(refusal.status_code)} {refusal.parsed.rule}: {refusal.parsed.detail}")

    # 7. Where she lives now has changed; what was a year ago has not.
    now = must(read_child_timeline.sync_detailed(sister, client=client))
    assert now.lives and now.lives.provider.carer_family_id == family.id
    past = must(read_child_timeline.sync_detailed(sister, client=client, as_of=last_year))
    assert past.lives == then.lives


if __name__ == "__main__":
    demo = json.loads(Path(os.environ["KINSTEAD_DEMO"]).read_text(encoding="utf-8"))
    token = demo["personas"]["national_authority"]["token"]
    with AuthenticatedClient(base_url=demo["base_url"], token=token) as client:
        walk(client)
