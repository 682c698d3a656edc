#!/usr/bin/env python3
"""Computes again, with libraries that know nothing of Otklik, what tests/ways/agreement.rs computed, and names each disagreement.

    tests/oracle.py deadlines       against PyPI businesstimedelta: a line of JSON for each case
    tests/oracle.py days            against PyPI holidays (Russia): a line of JSON for each date

Reads standard input. Writes a line for each disagreement, and then how many were compared; fails if any disagreed.
"""

import datetime
import json
import sys


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def deadlines(cases):
    import businesstimedelta
    import pytz

    for case in cases:
        zone = pytz.timezone(case["zone"])
        rules = businesstimedelta.Rules([
            businesstimedelta.WorkDayRule(*map(datetime.time.fromisoformat, window), working_days=[day], tz=zone)
            for day, windows in enumerate(case["week"])
            for window in windows
        ])
        start, until = instant(case["start"]), instant(case["until"])
        due = start + businesstimedelta.BusinessTimeDelta(rules, seconds=case["seconds"])
        worked = rules.difference(start, until).timedelta.total_seconds()
        agrees = due == instant(case["due"]) and worked == case["worked"]
        yield agrees, {**case, "due by businesstimedelta": due.isoformat(), "worked by businesstimedelta": worked}


def days(cases):
    import holidays

    russia = holidays.RU(years=[2024, 2025, 2026])
    for case in cases:
        works = russia.is_working_day(datetime.date.fromisoformat(case["date"]))
        yield works == case["works"], {**case, "works by holidays": works}


def main():
    compared = disagreed = 0
    compare = {"deadlines": deadlines, "days": days}[sys.argv[1]]
    for agrees, case in compare(map(json.loads, sys.stdin.readlines())):
        compared += 1
        if not agrees:
            disagreed += 1
            print("disagreement:", json.dumps(case, ensure_ascii=False))
    print(f"compared {compared}")
    sys.exit(1 if disagreed else 0)


main()
