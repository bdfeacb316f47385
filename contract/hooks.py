"""What Schemathesis cannot know by itself; named by schemathesis.toml."""

import itertools
import os
import re

import requests
import schemathesis

_keys = itertools.count(1)


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """A file of lines goes as it is."""
    return value.encode()


@schemathesis.hook
def filter_case(context, case):
    """Leaves out files of lines that are no text: whatever is sent is one."""
    return case.media_type != "application/x-ndjson" or isinstance(case.body, str)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives requests that are well formed a key of their own and the version that the record has now.

    Otherwise nearly all of them would end at the example's key, which belongs to another request, or at
    412, and the rules behind would never be tried. What is malformed on purpose stays as it is.
    """
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    headers = case.headers
    if headers.get("Idempotency-Key"):
        headers["Idempotency-Key"] = f"schemathesis-{os.getpid()}-{next(_keys)}"
    if headers.get("If-Match"):
        tag = _current_tag(case)
        if tag:
            headers["If-Match"] = tag


def _current_tag(case):
    """The entity tag of the record that the case changes: the path up to its last parameter with a UUID."""
    found = re.match(r"(.*\{\w*id\})", case.operation.path)
    if not found:
        return None
    path = found.group(1)
    if case.method == "PUT":
        path = case.operation.path
    for name, value in (case.path_parameters or {}).items():
        path = path.replace("{%s}" % name, str(value))
    answer = requests.get(
        case.operation.base_url + path,
        headers={"Authorization": f"Bearer {os.environ['KINSTEAD_TOKEN']}"},
        timeout=10,
    )
    return answer.headers.get("ETag")
