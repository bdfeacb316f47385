"""Says of each message whether standardwebhooks takes it.

Reads a list from standard input: `secret`, `headers`, `body`, and what to `change` first, if anything. Writes
a list: whether it was `fine`, and the `message`. The tests' clock stands elsewhere than the machine's, so the
library is told what time it is. Told to by tests/webhooks/independent.rs.
"""

import json
import sys
from datetime import datetime, timezone
from unittest import mock

from standardwebhooks import webhooks


def verdict(given):
    headers, body, change = dict(given["headers"]), given["body"], given["change"]
    now = datetime.fromtimestamp(int(headers["webhook-timestamp"]), timezone.utc)
    if change == "body":
        body = body.replace("child", "child's", 1)
    elif change == "webhook-timestamp":
        headers[change] = str(int(headers[change]) + 1)
    elif change == "webhook-id":
        headers[change] = headers[change][::-1]
    elif change == "webhook-signature":
        parts = [part.split(",") for part in headers[change].split(" ")]
        headers[change] = " ".join(f"{version},{text[::-1].lstrip('=').ljust(len(text), '=')}" for version, text in parts)
    with mock.patch.object(webhooks, "datetime", mock.Mock(wraps=datetime)) as clock:
        clock.now.side_effect = lambda tz=None: now
        try:
            message = webhooks.Webhook(given["secret"]).verify(body, headers)
        except webhooks.WebhookVerificationError as refused:
            return {"fine": False, "message": str(refused)}
    return {"fine": True, "message": message}


json.dump([verdict(given) for given in json.load(sys.stdin)], sys.stdout)
