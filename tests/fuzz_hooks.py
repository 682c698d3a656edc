"""What schemathesis must know to get past the door: who may call what, which things there are, how a webhook is signed."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import pathlib
import re
import time
import urllib.error
import urllib.request

import schemathesis

FACTS = json.loads(pathlib.Path(os.environ["OTKLIK_FUZZ_FACTS"]).read_text())
TOKENS = FACTS["tokens"]
CALLS = itertools.count()

# The first that fits says whose call it is.
WHOSE = [
    (r"/(staff|sources|policy-versions)|(PUT|POST|DELETE) .*/(routes|calendars|terms|organisations)", "administrator"),
    (r"/(submission|work)$|POST .*/answers$", "executor"),
    (r"/(approval|rework)$", "approver"),
    (r"/(delivery|failure|retry|outside-answers)$", "integration"),
    (r"/(passes|returns|deferrals)$", "coordinator"),
    (r"", "moderator"),
]


def whose(operation, call):
    """Mostly somebody who may; now and then anybody, or nobody."""
    if call % 11 == 10:
        return None
    if call % 7 == 6:
        return sorted(TOKENS)[call // 7 % len(TOKENS)]
    return next(role for pattern, role in WHOSE if re.search(pattern, operation))


def fresh_token():
    """For calls that end the sign-in they are made with."""
    body = json.dumps({"login": "controller", "password": FACTS["password"]}).encode()
    request = urllib.request.Request(FACTS["url"] + "/api/v1/session", body, {"content-type": "application/json"})
    for _ in range(20):
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)["access_token"]
        except urllib.error.HTTPError:
            # The other worker has signed the same account out everywhere in this very moment.
            time.sleep(0.05)
    return "none"  # A call with a bad token is a call worth making, too.


def signed(request):
    """Signs a webhook as it goes out."""
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    stamp = str(int(time.time()))
    key = base64.b64decode(FACTS["secret"].removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"msg.{stamp}.".encode() + body, hashlib.sha256)).decode()
    request.headers.update({"webhook-id": "msg", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"})
    return request


@schemathesis.hook
def before_call(context, case, kwargs):
    call = next(CALLS)
    operation = f"{case.method.upper()} {case.operation.path}"
    if "/hooks/" in operation:
        if call % 5:
            case.path_parameters["source"] = FACTS["source"]
            kwargs["auth"] = signed
        return
    kind = next((kind for kind in FACTS["known"] if f"/{kind}/{{id}}" in operation), None)
    if kind and call % 6:
        things = FACTS["known"][kind]
        case.path_parameters["id"] = things[call % len(things)]
        if "n" in case.path_parameters and call % 4:
            case.path_parameters["n"] = 1
    if case.operation.path in ("/api/v1/session", "/api/v1/session/refresh") and case.method.upper() == "POST":
        return
    if operation.startswith("DELETE /api/v1/session"):
        token = fresh_token()
    else:
        role = whose(operation, call)
        if role is None:
            return
        token = TOKENS[role]

    def bearer(request):
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    kwargs["auth"] = bearer
