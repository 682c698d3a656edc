#!/usr/bin/env python3
"""Pushes a table of complaints through the webhook and compares where Otklik routes them with where they went.

The table is CSV with the columns id, text, topic, municipality and, where known, department; others are ignored. Standard
library only. Example:

    tests/push_csv.py complaints.csv --base http://127.0.0.1:8080 --source trial --secret whsec_... \
        --login moderator --password ...

Prints how many were taken in and, of the rows with a department, the share routed to just that organisation.
"""

import argparse
import base64
import csv
import datetime
import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request


def call(url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{url}: {error.code} {error.read().decode()}")


def push(args, messages):
    body = json.dumps(messages, ensure_ascii=False).encode()
    sent = str(int(time.time()))
    identity = "push_" + hashlib.sha256(body).hexdigest()[:24]
    key = base64.b64decode(args.secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{identity}.{sent}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": sent,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    return call(f"{args.base}/hooks/webhook/{args.source}", body, headers)["results"]


def message(row, now):
    return {
        "external_id": f"row-{row['id']}",
        "account": "table",
        "author": {"id": f"author-{row['id']}"},
        "text": row["text"],
        "topic": row["topic"] or None,
        "place": {"municipality": row["municipality"]} if row["municipality"] else None,
        "published_at": now,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    for name in ("base", "source", "secret", "login", "password"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    with open(args.table, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    results = []
    for start in range(0, len(rows), 100):
        results += push(args, [message(row, now) for row in rows[start : start + 100]])
    taken = {}
    for result in results:
        taken[result["status"]] = taken.get(result["status"], 0) + 1
    print(f"{len(results)} of {len(rows)} rows taken in: {taken}")

    session = json.dumps({"login": args.login, "password": args.password}).encode()
    token = call(f"{args.base}/api/v1/session", session, {"content-type": "application/json"})["access_token"]
    auth = {"authorization": f"Bearer {token}"}
    titles = {}

    def title(identity):
        if identity not in titles:
            titles[identity] = call(f"{args.base}/api/v1/organisations/{identity}", headers=auth)["title"]
        return titles[identity]

    def normal(name):
        return " ".join(name.replace("«", '"').replace("»", '"').split()).casefold()

    known = right = 0
    for row, result in zip(rows, results):
        if not row.get("department"):
            continue
        incident = call(f"{args.base}/api/v1/incidents/{result['incident']}", headers=auth)
        picked = title(incident["organisation"]) if incident["organisation"] else "nobody yet"
        known += 1
        right += normal(picked) == normal(row["department"])
        if normal(picked) != normal(row["department"]):
            print(f"  row {row['id']}: {picked!r}, the table says {row['department']!r} ({row['topic']})")
    if known:
        print(f"{right} of {known} rows with a department went to just that organisation ({right / known:.1%})")


if __name__ == "__main__":
    main()
