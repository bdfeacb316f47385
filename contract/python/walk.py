"""The README's walk through the registry, done by a client generated with openapi-python-client.

Run by contract/run.sh: KINSTEAD_DEMO names the demo.json of a running demo.
"""

import importlib
import json
import os
import pkgutil
from datetime import date
from pathlib import Path
from uuid import uuid4

import kinstead_client
from kinstead_client import AuthenticatedClient
from kinstead_client.api.carers import list_carer_families
from kinstead_client.api.children import (
    get_child_timeline,
    list_child_relations,
    search_children,
)
from kinstead_client.api.placements import create_placement, create_sibling_placements
from kinstead_client.models import ChildSearch, NewPlacement, NewSiblingPlacements, Problem
from kinstead_client.types import Response

# Each client walks with children and families of its own, so that they can follow one another on one demo.
NAME = "Jovana"
NEAR = "44.80,20.46"  # Belgrade
WITHIN_KM = 100


def must(answer: Response):
    """The body of an answer that must be a success."""
    ok = 200 <= answer.status_code < 300 and not isinstance(answer.parsed, Problem)
    assert ok, f"{answer.status_code}: {answer.content.decode()}"
    return answer.parsed


def import_everything() -> int:
    """Imports each generated module: one that does not load is a fault of the contract."""
    modules = pkgutil.walk_packages(kinstead_client.__path__, "kinstead_client.")
    return sum(1 for module in modules if importlib.import_module(module.name))


def walk(client: AuthenticatedClient) -> None:
    today = date.today()
    last_year = today.replace(year=today.year - 1, day=min(today.day, 28))

    # 1. Find a child, and a sibling she should stay with.
    found = must(search_children.sync_detailed(client=client, body=ChildSearch(name=NAME))).data
    assert found, f"no child called {NAME}"
    siblings = None
    for child in found:
        relations = must(list_child_relations.sync_detailed(child.id, client=client)).data
        others = [r.related_child_id for r in relations if r.kind == "sibling"]
        if others:
            siblings = [child.id, others[0]]
            break
    assert siblings, f"no child called {NAME} has a sibling in care"

    # 2. See where she lives.
    timeline = must(get_child_timeline.sync_detailed(siblings[0], client=client))
    print("lives now:", timeline.entries[-1].kind if timeline.entries else "unknown")

    # 3. Find a foster family near her with room for exactly two.
    families = must(
        list_carer_families.sync_detailed(
            client=client, purpose=["foster"], places_min=2, near=NEAR, within_km=WITHIN_KM
        )
    ).data
    family = next((f for f in families if f.places_free == 2), None)
    assert family, f"no foster family within {WITHIN_KM} km of {NEAR} has two places"

    # 4. Place both, together or not at all.
    placed = must(
        create_sibling_placements.sync_detailed(
            client=client,
            body=NewSiblingPlacements(
                child_ids=siblings, carer_family_id=family.id, starts_on=today
            ),
            idempotency_key=str(uuid4()),
        )
    ).data
    assert len(placed) == 2

    # 5. A third child is refused: the family is full.
    third = next((c for c in found if c.id not in siblings), None)
    assert third, f"only the siblings are called {NAME}"
    refusal = create_placement.sync_detailed(
        client=client,
        body=NewPlacement(child_id=third.id, carer_family_id=family.id, starts_on=today),
        idempotency_key=str(uuid4()),
    )
    assert refusal.status_code == 409, refusal.content
    assert isinstance(refusal.parsed, Problem)
    print("third child:", int(refusal.status_code), refusal.parsed.code)

    # 6. Read her history as it was a year ago.
    history = must(
        get_child_timeline.sync_detailed(siblings[0], client=client, as_of=last_year)
    )
    print(f"on {last_year}: {len(history.entries)} entries")


if __name__ == "__main__":
    print("generated modules that load:", import_everything())
    demo = json.loads(Path(os.environ["KINSTEAD_DEMO"]).read_text(encoding="utf-8"))
    token = demo["personas"]["national_authority"]["token"]
    with AuthenticatedClient(base_url=demo["base_url"], token=token) as client:
        walk(client)
