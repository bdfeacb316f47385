"""Tokens and assertions that must be refused, and honest ones, signed by joserfc.

Reads one object from standard input: the names and keys of the test. Writes one object a line:
`kind` (token or assertion), `what` is wrong with it, whether it is `honest`, and its `text`.
Told to by tests/clients/independent.rs, which shares no code for tokens with it.
"""

import base64
import hmac
import json
import sys
import uuid
import warnings

from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

warnings.simplefilter("ignore")

GIVEN = json.load(sys.stdin)
NOW = GIVEN["now"]
ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "ES384", "ES512", "HS256", "HS512", "RS256", "PS256", "none"]
REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
STRANGER = OKPKey.generate_key("Ed25519")


def compact(header, claims, key):
    """Signs claims, or any text in their place, under any header: joserfc signs, but does not judge."""
    payload = claims.encode() if isinstance(claims, str) else json.dumps(claims).encode()
    text = f"{encoded(header)}.{encoded(payload)}"
    mark = jws.JWSRegistry.algorithms[header["alg"]].sign(text.encode(), key)
    return f"{text}.{encoded(mark)}"


def encoded(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public(key):
    return key.as_dict(private=False)


class Maker:
    """Makes variants of one honest token or assertion."""

    def __init__(self, kind, key, header, claims):
        self.kind, self.key, self.header, self.claims = kind, key, header, claims
        self.counted = 0

    def tell(self, what, text, honest=False):
        self.counted += not honest
        print(json.dumps({"kind": self.kind, "what": what, "honest": honest, "text": text}))

    def fresh(self, **changes):
        claims = {**self.claims, "jti": str(uuid.uuid4()), **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def honest(self, what="honest"):
        self.tell(what, compact(self.header, self.fresh(), self.key), honest=True)

    def with_claims(self, what, **changes):
        self.tell(what, compact(self.header, self.fresh(**changes), self.key))

    def with_header(self, what, key=None, **changes):
        header = {**self.header, **changes}
        header = {name: value for name, value in header.items() if value is not None}
        self.tell(what, compact(header, self.fresh(), key or self.key))

    def keys(self):
        """Other keys, other algorithms, and keys that come along."""
        kid = self.header["kid"]
        raw = base64.urlsafe_b64decode(public(self.key)["x"] + "==")
        self.with_header("alg none", key=OctKey.import_key("unused"), alg="none")
        for size, alg in ((256, "HS256"), (512, "HS512")):
            self.with_header(f"{alg} with the public key", key=OctKey.import_key(raw.ljust(size // 8, b"0")), alg=alg)
        pem = self.key.as_pem(private=False)
        text = f"{encoded({**self.header, 'alg': 'HS256'})}.{encoded(self.fresh())}"
        mark = hmac.digest(pem, text.encode(), "sha256")  # joserfc refuses to make this one
        self.tell("HS256 with the public key as PEM", f"{text}.{encoded(mark)}")
        self.with_header("HS256 with the kid", key=OctKey.import_key(kid.encode()), alg="HS256")
        self.with_header("RS256", key=RSAKey.generate_key(2048), alg="RS256")
        self.with_header("PS256", key=RSAKey.generate_key(2048), alg="PS256")
        self.with_header("ES384", key=ECKey.generate_key("P-384"), alg="ES384")
        self.with_header("ES512", key=ECKey.generate_key("P-521"), alg="ES512")
        other = ECKey.generate_key("P-256") if self.header["alg"] == "EdDSA" else STRANGER
        self.with_header("the other algorithm", key=other, alg="ES256" if other is not STRANGER else "EdDSA")
        same = STRANGER if self.header["alg"] == "EdDSA" else ECKey.generate_key("P-256")
        self.with_header("a stranger's key", key=same)
        self.with_header("a stranger's key that comes along", key=same, jwk=public(same))
        self.with_header("its own key that comes along", jwk=public(self.key))
        self.with_header("a stranger's key under its own name", key=same, kid=same.thumbprint())
        self.with_header("an address of keys", jku="https://evil.example/keys")
        self.with_header("an address of certificates", x5u="https://evil.example/chain")
        self.with_header("certificates", x5c=["AAAA"])
        self.with_header("an extension", crit=["exp"], exp=NOW + 60)
        self.with_header("a payload that is not encoded", crit=["b64"], b64=True)
        self.with_header("a kid that leads elsewhere", kid="../../etc/passwd")
        self.with_header("a kid with quotes", kid="' OR 1=1 --")
        self.with_header("content of another type", cty="JWT")
        self.with_header("typ of something else", typ="secevent+jwt")

    def forms(self):
        """What is not signed, not whole, or not JSON."""
        good = compact(self.header, self.fresh(), self.key)
        head, body, signature = good.split(".")
        self.tell("no signature", f"{head}.{body}.")
        self.tell("two parts", f"{head}.{body}")
        self.tell("other claims under the signature", f"{head}.{encoded(self.fresh())}.{signature}")
        self.tell("another header over the signature", f"{encoded({**self.header, 'x': 1})}.{body}.{signature}")
        whole = jws.serialize_json({"protected": self.header}, json.dumps(self.fresh()), self.key, registry=REGISTRY)
        self.tell("JSON form", json.dumps(whole))
        self.tell("claims that are no JSON", compact(self.header, "not json", self.key))
        self.tell("claims that are a list", compact(self.header, "[]", self.key))
        self.tell("claims that are a text", compact(self.header, '"text"', self.key))
        doubled = json.dumps(self.fresh()).replace("{", '{"exp": %d, ' % (NOW + 60), 1)
        self.tell("a claim twice", compact(self.header, doubled, self.key))
        self.tell("deeply nested claims", compact(self.header, '{"a":' * 500 + "1" + "}" * 500, self.key))
        key = OctKey.generate_key(256)
        self.tell("encrypted", jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, json.dumps(self.fresh()), key))
        nested = compact({**self.header, "cty": "JWT"}, good, self.key)
        self.tell("one inside another", nested)

    def times(self):
        for name in ("exp", "iss", "sub", "aud", "jti"):
            self.with_claims(f"no {name}", **{name: None})
        for what, exp in (("over", NOW - 1), ("over just now", NOW), ("for years", NOW + 10**8), ("a text", "soon"), ("beyond numbers", 10**30)):
            self.with_claims(f"exp {what}", exp=exp)
        self.with_claims("not yet", nbf=NOW + 60)
        self.with_claims("made in the future", iat=NOW + 60)


def tokens():
    key = OKPKey.import_key(GIVEN["service_key"])
    header = {"alg": "EdDSA", "typ": "at+jwt", "kid": key.thumbprint()}
    claims = {"iss": GIVEN["issuer"], "aud": GIVEN["audience"], "sub": GIVEN["subject"], "iat": NOW, "exp": NOW + 300}
    make = Maker("token", key, header, claims)
    make.honest()
    make.keys()
    make.forms()
    make.times()
    make.with_claims("no iat", iat=None)
    make.with_claims("audience as a list", aud=[GIVEN["audience"]])
    make.with_claims("another audience", aud=GIVEN["issuer"])
    make.with_claims("another issuer", iss="https://evil.example")
    make.with_claims("an unknown client", sub=str(uuid.uuid4()))
    make.with_claims("a key that the client does not have", client_key=str(uuid.uuid4()))
    make.with_header("typ of an assertion", typ="JWT")
    make.with_header("no typ", typ=None)
    make.with_header("no kid", kid=None)
    make.honest("still honest")
    return make.counted


def assertions(client):
    key = (OKPKey if client["algorithm"] == "EdDSA" else ECKey).import_key(client["key"])
    header = {"alg": client["algorithm"], "typ": "JWT", "kid": key.thumbprint()}
    claims = {"iss": client["id"], "sub": client["id"], "aud": GIVEN["issuer"], "iat": NOW, "exp": NOW + 60}
    make = Maker("assertion", key, header, claims)
    make.honest()
    make.keys()
    make.forms()
    make.times()
    make.with_claims("audience as a list", aud=[GIVEN["issuer"]])
    make.with_claims("several audiences", aud=[GIVEN["issuer"], "https://evil.example"])
    make.with_claims("the token endpoint as audience", aud=GIVEN["issuer"] + "/oauth/token")
    make.with_claims("another issuer's audience", aud="https://evil.example")
    make.with_claims("in another client's name", iss=GIVEN["subject"], sub=GIVEN["subject"])
    make.with_claims("iss and sub apart", iss=GIVEN["subject"])
    make.with_claims("longer than five minutes", exp=NOW + 3600)
    make.with_header("typ of an access token", typ="at+jwt")
    make.honest("still honest")
    return make.counted


def main():
    counted = [tokens(), *(assertions(client) for client in GIVEN["clients"])]
    print(json.dumps({"kind": "end", "what": "", "honest": False, "text": str(min(counted))}))


if __name__ == "__main__":
    main()
