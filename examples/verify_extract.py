#!/usr/bin/env python3
"""Checks an extract of Kinstead's access log, offline. Written from docs/access-log.md alone.

    pip install cryptography
    python3 verify_extract.py EXTRACT --key LOG_KEY [--key WITNESS_KEY ...] [--witnesses N]
        [--since FILE] [--leaves FILE] [--receipts FILE]

Prints what was proven and the first thing that is wrong; ends with 0 if all is proven, with 1 if not.
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import json
import os
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "kinstead-access-log/1"
MAX_SIZE = 2**53 - 1


class Wrong(Exception):
    """The first thing that is wrong: the check and why."""


def demand(condition, check, why):
    if not condition:
        raise Wrong(check, why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# -- values ------------------------------------------------------------------------------------------


def no_repeats(pairs):
    members = dict(pairs)
    demand(len(members) == len(pairs), "form", "a member is repeated")
    return members


def no_fraction(text):
    raise Wrong("form", f"{text} is no whole number")


def read_json(data):
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=no_repeats,
            parse_float=no_fraction,
            parse_constant=no_fraction,
        )
    except (ValueError, RecursionError) as error:
        raise Wrong("form", f"it is not JSON: {error}") from None


def canonical(value):
    """RFC 8785, for values without fractions and with ASCII names, which entries are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def unbase64(text, length):
    demand(isinstance(text, str), "form", "a text is missing")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong("form", f"{text} is not base64") from None
    demand(len(data) == length, "form", f"{text} has {len(data)} bytes instead of {length}")
    demand(base64.b64encode(data).decode() == text, "form", f"{text} is not the one spelling of its bytes")
    return data


def whole(value):
    fine = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SIZE
    demand(fine, "form", f"{value!r} is no position")
    return value


def members(value, needed, optional=()):
    fine = isinstance(value, dict) and set(needed) <= set(value) <= set(needed) | set(optional)
    demand(fine, "form", f"an object needs the members {', '.join(needed)}")
    demand(None not in value.values(), "form", "a member is null")
    return value


def hashes(value):
    demand(isinstance(value, list) and len(value) <= 54, "form", "a path is no short list")
    return [unbase64(item, 32) for item in value]


# -- trees: RFC 6962; the ways of checking are those of RFC 9162, 2.1.3.2 and 2.1.4.2 -------------------


def leaf_hash(leaf):
    return sha256(b"\x00", leaf)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def root_of(leaves):
    """The root, with a stack of complete subtrees."""
    stack = []
    for count, leaf in enumerate(leaves, 1):
        stack.append(leaf_hash(leaf))
        while count % 2 == 0:
            right, left = stack.pop(), stack.pop()
            stack.append(node_hash(left, right))
            count //= 2
    if not stack:
        return sha256()
    root = stack.pop()
    while stack:
        root = node_hash(stack.pop(), root)
    return root


def is_included(leaf, index, size, path, root):
    if index >= size:
        return False
    first, last, current = index, size - 1, leaf_hash(leaf)
    for sibling in path:
        if last == 0:
            return False
        if first % 2 == 1 or first == last:
            current = node_hash(sibling, current)
            while first % 2 == 0 and first != 0:
                first, last = first // 2, last // 2
        else:
            current = node_hash(current, sibling)
        first, last = first // 2, last // 2
    return last == 0 and current == root


def is_consistent(old_size, old_root, new_size, new_root, path):
    if not 0 < old_size < new_size or not path:
        return False
    path = list(path)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    first, last = old_size - 1, new_size - 1
    while first % 2 == 1:
        first, last = first // 2, last // 2
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first % 2 == 1 or first == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while first % 2 == 0 and first != 0:
                first, last = first // 2, last // 2
        else:
            new = node_hash(new, sibling)
        first, last = first // 2, last // 2
    return last == 0 and old == old_root and new == new_root


# -- checkpoints: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature -------------------------------


def read_key(text):
    """(name, id) and (type, key) of `name+id+base64(type, key)`."""
    try:
        name, identity, data = text.split("+", 2)
        data = base64.b64decode(data, validate=True)
    except ValueError:
        sys.exit(f"{text!r} is no verifier key")
    expected = sha256(name.encode(), b"\n", data)[:4]
    if identity != expected.hex() or data[:1] not in (b"\x01", b"\x04") or len(data) != 33:
        sys.exit(f"{text!r} is no verifier key of the log or of a witness")
    return (name, expected), (data[0], Ed25519PublicKey.from_public_bytes(data[1:]))


class Checkpoint:
    def __init__(self, note, keys, check="signature"):
        demand(isinstance(note, str) and len(note.encode()) <= 16384, "form", "the checkpoint is too long")
        text, blank, signatures = note.rpartition("\n\n")
        text += "\n"
        lines = text.split("\n")
        demand(blank and len(lines) == 6 and lines[5] == "", "form", "the checkpoint has not its five lines")
        self.origin, size, root, tags, time = lines[:5]
        demand(size.isascii() and size.isdigit() and str(int(size)) == size, "form", "the size is no number")
        self.size = whole(int(size))
        self.root = unbase64(root, 32)
        demand(tags.startswith("tags ") and time.startswith("time "), "form", "a line is missing")
        self.tags = unbase64(tags[5:], 32)
        self.time = time[5:]
        self.witnesses = set()
        self.check(text, signatures, keys, check)

    def check(self, text, signatures, keys, check):
        by_the_log = False
        demand(signatures.endswith("\n"), "form", "the last signature is cut off")
        for line in signatures[:-1].split("\n"):
            parts = line.split(" ")
            demand(len(parts) == 3 and parts[0] == "\u2014", "form", "a signature is not one")
            try:
                data = base64.b64decode(parts[2], validate=True)
            except ValueError:
                raise Wrong("form", "a signature is not base64") from None
            demand(base64.b64encode(data).decode() == parts[2], "form", "a signature is spelt wrongly")
            kind, key = keys.get((parts[1], data[:4]), (None, None))
            signed, message = data[4:], text.encode()
            if kind is None:
                continue
            if kind == 0x04:
                demand(len(signed) == 72 and signed[0] < 128, check, f"the cosignature of {parts[1]} is not one")
                (time,) = struct.unpack(">Q", signed[:8])
                signed, message = signed[8:], b"cosignature/v1\ntime %d\n" % time + message
            try:
                key.verify(signed, message)
            except InvalidSignature:
                raise Wrong(check, f"the signature of {parts[1]} is not that of this checkpoint") from None
            if kind == 0x04:
                self.witnesses.add(parts[1])
            elif parts[1] == self.origin:
                by_the_log = True
        demand(by_the_log, check, f"no key that is believed signed the checkpoint of {self.origin}")


# -- the extract -----------------------------------------------------------------------------------------


def tag_of(key, number):
    return hmac.new(key, b"access-tag" + number.to_bytes(8, "big"), "sha256").digest()[:16]


def check_form(extract):
    needed = ["format", "subject", "key", "entries", "absent", "checkpoint"]
    members(extract, needed, ["consistency"])
    demand(extract["format"] == FORMAT, "form", f"it is not of the form {FORMAT}")
    members(extract["subject"], ["kind", "id"])
    unbase64(extract["key"], 32)
    members(extract["absent"], [], ["below", "above"])
    demand(isinstance(extract["entries"], list), "form", "the entries are no list")
    for entry in extract["entries"]:
        members(entry, ["index", "path", "tag_index", "tag_path", "commitment"], ["opening", "deferred"])
        if "opening" in entry:
            members(entry["opening"], ["salt", "entry"])
            demand(isinstance(entry["opening"]["entry"], dict), "form", "an entry is no object")
        if "deferred" in entry:
            members(entry["deferred"], ["ground", "until"])
    subject = extract["subject"]
    return f"{len(extract['entries'])} entries about {subject['kind']} {subject['id']}"


def check_history(extract, now, data, keys):
    earlier = None
    if data.lstrip().startswith(b"{"):
        earlier = read_json(data)
        check_form(earlier)
    old = Checkpoint(earlier["checkpoint"] if earlier else data.decode("utf-8", "replace"), keys, "history")
    demand(now.origin == old.origin, "history", f"it is of another log than {old.origin}")
    replay = now.size < old.size or now.time < old.time
    demand(not replay, "history", "the checkpoint is older than the one received earlier: a replay")
    if now.size == old.size:
        same = (now.root, now.tags) == (old.root, old.tags)
        demand(same, "history", "the log was rewritten: same size, other contents")
    elif old.size > 0:
        proof = extract.get("consistency")
        demand(proof is not None, "history", f"there is no proof of consistency since {old.size}")
        members(proof, ["from", "path"])
        demand(proof["from"] == old.size, "history", f"there is no proof of consistency since {old.size}")
        path = hashes(proof["path"])
        fine = is_consistent(old.size, old.root, now.size, now.root, path)
        demand(fine, "history", "the log does not continue what was received earlier")
    if earlier:
        same = (earlier["subject"], earlier["key"]) == (extract["subject"], extract["key"])
        demand(same, "history", "the earlier extract has another subject or key")
        places = [(entry["index"], entry["commitment"]) for entry in extract["entries"]]
        before = [(entry["index"], entry["commitment"]) for entry in earlier["entries"]]
        demand(places[: len(before)] == before, "history", "an entry of the earlier extract is gone")
    return f"continues the {old.size} leaves of {old.time}"


def check_entries(extract):
    for number, logged in enumerate(extract["entries"], 1):
        told = "opening" in logged
        demand(told != ("deferred" in logged), "entries", f"entry {number} is neither told nor deferred")
        if not told:
            continue
        entry, salt = logged["opening"]["entry"], unbase64(logged["opening"]["salt"], 32)
        demand(entry.get("subject") == extract["subject"], "entries", f"entry {number} is about another")
        demand(entry.get("number") == number, "entries", f"entry {number} is missing")
        try:
            commitment = sha256(salt, canonical(entry))
        except UnicodeEncodeError:
            raise Wrong("form", f"entry {number} is no text") from None
        fine = commitment == unbase64(logged["commitment"], 32)
        demand(fine, "entries", f"entry {number} is not what the log committed to")
    return "all that are told are as they were logged"


def check_log(extract, checkpoint, key):
    before = -1
    for number, logged in enumerate(extract["entries"], 1):
        index = whole(logged["index"])
        demand(index > before, "log", f"entry {number} does not follow the one before it")
        before = index
        leaf = tag_of(key, number) + unbase64(logged["commitment"], 32)
        fine = is_included(leaf, index, checkpoint.size, hashes(logged["path"]), checkpoint.root)
        demand(fine, "log", f"entry {number} is not in the log at position {index}")
    return "each entry is in the log, under its number"


def check_tags(extract, checkpoint, key):
    for number, logged in enumerate(extract["entries"], 1):
        place, path = whole(logged["tag_index"]), hashes(logged["tag_path"])
        fine = is_included(tag_of(key, number), place, checkpoint.size, path, checkpoint.tags)
        demand(fine, "tags", f"the tag of entry {number} is not among the sorted tags")
    return "the tag of each entry is among the sorted tags"


def check_end(extract, checkpoint, key):
    number = len(extract["entries"]) + 1
    tag = tag_of(key, number)
    found = {}
    for side in ("below", "above"):
        if side in extract["absent"]:
            neighbour = members(extract["absent"][side], ["tag", "index", "path"])
            found[side] = (unbase64(neighbour["tag"], 16), whole(neighbour["index"]))
            path = hashes(neighbour["path"])
            fine = is_included(*found[side], checkpoint.size, path, checkpoint.tags)
            demand(fine, "end", "a neighbour is not among the sorted tags")
    below, above = found.get("below", (None, -1)), found.get("above", (None, checkpoint.size))
    demand(below[1] + 1 == above[1], "end", "the neighbours do not stand side by side")
    fine = (below[0] is None or below[0] < tag) and (above[0] is None or tag < above[0])
    demand(fine, "end", f"it is not shown that there is no entry {number}")
    return f"there is no entry {number}, as far as the tags are sorted"


def check_mirror(extract, checkpoint, key, data):
    fine = len(data) == 48 * checkpoint.size
    demand(fine, "mirror", f"the mirror has not {checkpoint.size} leaves")
    leaves = [data[at : at + 48] for at in range(0, len(data), 48)]
    demand(root_of(leaves) == checkpoint.root, "mirror", "the leaves are not those of the log")
    tags = sorted(leaf[:16] for leaf in leaves)
    demand(len(set(tags)) == len(tags), "mirror", "two leaves have the same tag")
    demand(root_of(tags) == checkpoint.tags, "mirror", "the sorted tags are not those of the leaves")
    known, number = set(tags), len(extract["entries"])
    for ahead in range(number + 1, number + 1001):
        demand(tag_of(key, ahead) not in known, "mirror", f"the log has an entry {ahead} that is not told")
    return f"both trees are those of the {checkpoint.size} leaves in the mirror"


def instant(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Wrong("receipts", f"{text} is no instant") from None


def read_receipt(line, origin, keys):
    """The time, id, digest of what is said, and marks of a receipt that the log signed."""
    parts = line.split(" ")
    of_many = parts[0] == "kinstead-access-receipt/2"
    demand(not of_many or len(parts) != 7, "receipts", "the list of a receipt's persons is missing")
    fine = len(parts) == 8 if of_many else len(parts) == 7 and parts[0] == "kinstead-access-receipt/1"
    demand(fine, "receipts", "it is no receipt")
    demand(parts[1] == origin, "receipts", f"a receipt is of another log than {origin}")
    text = " ".join(parts[:6])
    try:
        signed = base64.b64decode(parts[6], validate=True)
        marks = base64.b64decode(parts[7] if of_many else parts[5], validate=True)
    except ValueError:
        raise Wrong("receipts", "a receipt is not base64") from None
    fine = not of_many or unbase64(parts[5], 32) == sha256(marks)
    demand(fine, "receipts", "the list of a receipt's persons is another one")

    def is_signed(key):
        try:
            key.verify(signed, text.encode())
        except InvalidSignature:
            return False
        return True

    believed = [key for (name, _), (kind, key) in keys.items() if kind == 0x01 and name == origin]
    demand(any(map(is_signed, believed)), "receipts", "the log did not sign a receipt")
    answer, said = unbase64(parts[3], 16), unbase64(parts[4], 32)
    return parts[2], answer, said, {marks[at : at + 8] for at in range(0, len(marks), 8)}


SAID = ("client", "organisation", "purpose", "legal_basis", "operation", "field_classes", "request_id")


def check_receipts(extract, checkpoint, keys, lines):
    subject = f"{extract['subject']['kind']} {extract['subject']['id']}".encode()
    entries = extract["entries"]
    told = [logged["opening"]["entry"] for logged in entries if "opening" in logged]
    named = {entry["answer"]: entry for entry in told if "answer" in entry}
    seen, found, young, others, unseen = set(), 0, 0, 0, []
    for line in filter(None, map(str.strip, lines.splitlines())):
        time, answer, said, marks = read_receipt(line, checkpoint.origin, keys)
        entry = named.get(base64.b64encode(answer).decode())
        if sha256(answer, subject)[:8] not in marks:
            others += 1
        elif answer in seen:
            continue
        elif entry:
            common = {member: entry[member] for member in SAID if member in entry}
            same = entry["at"] == time and sha256(answer, canonical(common)) == said
            demand(same, "receipts", f"entry {entry['number']} says something else than its receipt")
            found += 1
        elif instant(time) + datetime.timedelta(minutes=5) > instant(checkpoint.time):
            young += 1
        else:
            unseen.append(time)
        seen.add(answer)
    # Each entry that is not told yet may be one of those that were not found, but no more of them.
    hidden = len(entries) - len(told)
    fine = len(unseen) <= hidden
    demand(fine, "receipts", f"the answer of {unseen[-1] if unseen else ''} is not in the log")
    return f"{found} answers are in the log, {len(unseen)} may be deferred, {young} are too young, {others} are about others"


def verify(data, keys, witnesses, since, leaves, receipts):
    """Yields each check with what it proved."""
    extract = read_json(data)
    yield "form", check_form(extract)
    checkpoint = Checkpoint(extract["checkpoint"], keys)
    yield "signature", f"{checkpoint.origin} signed the state of its {checkpoint.size} leaves as of {checkpoint.time}"
    if witnesses:
        found = sorted(checkpoint.witnesses)
        demand(len(found) >= witnesses, "witnesses", f"{len(found)} of {witnesses} witnesses cosigned it")
        yield "witnesses", f"cosigned by {', '.join(found)}"
    if since is not None:
        yield "history", check_history(extract, checkpoint, since, keys)
    key = unbase64(extract["key"], 32)
    yield "entries", check_entries(extract)
    yield "log", check_log(extract, checkpoint, key)
    yield "tags", check_tags(extract, checkpoint, key)
    yield "end", check_end(extract, checkpoint, key)
    if leaves is not None:
        yield "mirror", check_mirror(extract, checkpoint, key, leaves)
    if receipts is not None:
        yield "receipts", check_receipts(extract, checkpoint, keys, receipts)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description="Checks an extract of Kinstead's access log, offline.")
    parser.add_argument("file", help="the extract")
    parser.add_argument("--key", action="append", required=True, help="verifier key, or a file of them")
    parser.add_argument("--since", help="a checkpoint or an extract that was received earlier")
    parser.add_argument("--leaves", help="all leaves of the log, from a mirror")
    parser.add_argument("--receipts", help="receipts that came with answers, one a line")
    parser.add_argument("--witnesses", type=int, help="how many must have cosigned; all unless said")
    given = parser.parse_args()
    keys = {}
    for text in given.key:
        text = contents(text).decode() if os.path.isfile(text) else text
        lines = (line.strip() for line in text.splitlines())
        keys.update(read_key(line) for line in lines if line and not line.startswith("#"))
    witnesses = given.witnesses
    if witnesses is None:
        witnesses = len({name for (name, _), (kind, _) in keys.items() if kind == 0x04})
    since = contents(given.since) if given.since else None
    leaves = contents(given.leaves) if given.leaves else None
    receipts = contents(given.receipts).decode("utf-8", "replace") if given.receipts else None
    try:
        for check, detail in verify(contents(given.file), keys, witnesses, since, leaves, receipts):
            print(f"ok       {check}: {detail}")
    except Wrong as wrong:
        check, why = wrong.args
        print(f"fault    {check}: {why}")
        sys.exit(1)


if __name__ == "__main__":
    main()
