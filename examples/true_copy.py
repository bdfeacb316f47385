#!/usr/bin/env python3
"""Keeps a true copy in SQLite of what a client may read of a Kinstead registry. It needs `cryptography` of PyPI.

    python3 true_copy.py --url https://kinstead.example --client ID --kid KEY_ID --key private.pem
        --kinds child,case --name "Case system" --db copy.sqlite [--once]
It may be killed at any moment: records and cursor are written together. With --once it ends when it is up to date.
"""
import argparse, base64, json, sqlite3, time, uuid  # noqa: E401
from urllib import error, parse, request

from cryptography.hazmat.primitives.serialization import load_pem_private_key


class Registry:
    """The registry, asked with a token of the client's own (private_key_jwt, EdDSA)."""

    def __init__(self, url, client, kid, key):
        self.url, self.client, self.kid, self.token, self.until = url, client, kid, None, 0
        self.key = load_pem_private_key(open(key, "rb").read(), password=None)
        self.issuer = json.load(self.send("/.well-known/oauth-authorization-server"))["issuer"]

    def send(self, path, data=None, headers=None):
        """The answer; asked again while the registry is busy or not there."""
        while True:
            try:
                return request.urlopen(request.Request(self.url + path, data, headers or {}), timeout=90)
            except (error.URLError, ConnectionError) as trouble:  # a refusal has a code
                if getattr(trouble, "code", 503) not in (409, 429, 503):
                    raise
                time.sleep(1)

    def assertion(self):
        now, encoded = int(time.time()), lambda text: base64.urlsafe_b64encode(text).rstrip(b"=")
        claims = {"iss": self.client, "sub": self.client, "aud": self.issuer, "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60}
        parts = {"alg": "EdDSA", "typ": "JWT", "kid": self.kid}, claims
        signed = b".".join(encoded(json.dumps(part).encode()) for part in parts)
        return signed + b"." + encoded(self.key.sign(signed))

    def ask(self, path, body=None):
        if time.time() > self.until - 30:
            form = {"grant_type": "client_credentials", "client_assertion": self.assertion(),
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
            granted = json.load(self.send("/oauth/token", parse.urlencode(form).encode()))
            self.token, self.until = granted["access_token"], time.time() + granted["expires_in"]
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        key = {"Idempotency-Key": str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body)))} if body else {}
        return self.send(path, body and json.dumps(body).encode(), headers | key)


class Copy:
    def __init__(self, file, registry, name, kinds):
        self.db, self.registry, self.kinds = sqlite3.connect(file), registry, kinds
        self.db.execute("CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, kind TEXT, version INTEGER, body TEXT)")
        self.db.execute("CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT)")
        # A consumer has a name in the registry, which tells how far it lags.
        known = [it for it in json.load(registry.ask("/v1/consumers?limit=200"))["data"] if (it["name"], it["state"]) == (name, "active")]
        self.consumer = (known or [json.load(registry.ask("/v1/consumers", {"name": name, "kinds": kinds}))])[0]["id"]

    def begin(self):
        """Every record as it is now, in the place of all that was there; to be followed from before the first kind."""
        with self.db:
            self.db.execute("DELETE FROM records")
            cursors = []
            for kind in self.kinds:
                with self.registry.ask(f"/v1/snapshot/{kind}") as answer:
                    cursors.append(answer.headers["Feed-Cursor"])
                    for line in answer:
                        self.keep(kind, json.loads(line))
            self.db.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", cursors[:1])
        return cursors[:1]

    def follow(self, once):
        """Applies a page of changes; says whether there may be more."""
        (cursor,) = self.db.execute("SELECT cursor FROM place").fetchone() or self.begin()
        page = json.load(self.registry.ask(f"/v1/changes?consumer={self.consumer}&after={cursor}{'' if once else '&wait=30s'}"))
        last = {event["id"]: event for event in page["data"]}.values()  # the last event about a record says it all
        news = [(event, self.read(event)) for event in last]
        with self.db:
            for event, record in news:
                self.db.execute("DELETE FROM records WHERE id = ?", (event["id"],))
                if record:
                    self.keep(event["kind"], record)
            self.db.execute("UPDATE place SET cursor = ?", (page["next_cursor"],))
        return not once or page["to"] < page["head"] or bool(news)

    def read(self, event):
        """The record as it is now, or as it is held if the event is no newer; nothing if it has to go."""
        held = self.db.execute("SELECT version, body FROM records WHERE id = ?", (event["id"],)).fetchone()
        if event["type"] == "left_scope" or "merged_into" in event:
            return None  # of a merged record the other one is told, too
        if held and held[0] >= event["version"]:
            return json.loads(held[1])
        try:
            return json.load(self.registry.ask(event["href"]))
        except error.HTTPError as refusal:
            if refusal.code == 404:
                return None  # it left meanwhile, as a later event says
            raise

    def keep(self, kind, record):
        self.db.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", (record["id"], kind, record["version"], json.dumps(record)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("url", "client", "kid", "key", "kinds", "name", "db"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--once", action="store_true")
    asked = parser.parse_args()
    registry = Registry(asked.url, asked.client, asked.kid, asked.key)
    copy = Copy(asked.db, registry, asked.name, asked.kinds.split(","))
    more = True
    while more:
        try:
            more = copy.follow(asked.once)
        except error.HTTPError as refusal:
            if refusal.code != 410:
                raise
            copy.begin()  # the copy cannot go on
