"""Writes expected-ticks.txt: ticks of random cron expressions as an independent program, cronsim, sees them.

    python3 -m venv venv && venv/bin/pip install cronsim==2.8 tzdata
    PYTHONTZPATH= venv/bin/python expected_ticks.py > expected-ticks.txt

PYTHONTZPATH= makes Python use the package tzdata and not the machine's zones. Half of the searches begin within two days of a
clock change. One line a case:

    expression;zone;minute of the start;minutes from each tick to the next, the first from the start

with minutes counted from 1970 UTC. cronsim follows the rules of Debian cron, which are ours too. Left out is what it does
otherwise:
  - `a-a/n`, a range of one number with a step: it reads `a/n`.
  - Where clocks move by half an hour or at midnight it may lose ticks of a rhythm; `differs` recounts rhythms by the minute.
"""

import random
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

ZONES = [
    "UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata",
    "America/Sao_Paulo", "Africa/Cairo", "Asia/Tehran", "America/St_Johns", "Pacific/Auckland", "Europe/London",
    "America/Havana", "Asia/Kathmandu", "Atlantic/Azores",
]
CASES, TICKS, SEED = 2_000, 5, 20_261_121
FIRST, LAST = datetime(1999, 1, 1, tzinfo=timezone.utc), datetime(2023, 1, 1, tzinfo=timezone.utc)
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()


def changes(zone):
    """Minutes at which the zone's offset changes."""
    found, at = [], FIRST
    offset = lambda moment: moment.astimezone(zone).utcoffset()
    while at < LAST:
        after = at + timedelta(hours=6)
        if offset(at) != offset(after):
            low, high = at, after
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) // 2
                middle = middle.replace(second=0, microsecond=0)
                if offset(middle) == offset(at):
                    low = middle
                else:
                    high = middle
            found.append(high)
        at = after
    return found


def item(rng, low, high, names):
    name = lambda n: rng.choice([names[n - low], str(n)]) if names else str(n)
    shape = rng.random()
    first = rng.randint(low, high)
    if shape < 0.5:
        return name(first)
    last = rng.randint(first, high)
    text = f"{name(first)}-{name(last)}"
    return text if shape < 0.8 or first == last else f"{text}/{rng.randint(1, high - low)}"


def field(rng, low, high, star, names=None):
    shape = rng.random()
    if shape < star:
        return "*"
    if shape < star + 0.15:
        return f"*/{rng.randint(2, max(2, (high - low) // 2))}"
    return ",".join(item(rng, low, high, names) for _ in range(rng.choice([1, 1, 1, 2, 3])))


def expression(rng):
    hour = rng.choice(["1", "2", "0,2", "1-3", "23", "0"]) if rng.random() < 0.3 else field(rng, 0, 23, 0.3)
    return " ".join([
        field(rng, 0, 59, 0.15), hour, field(rng, 1, 31, 0.6), field(rng, 1, 12, 0.7, MONTHS),
        field(rng, 0, 6, 0.6, DAYS),
    ])


def differs(simulation, start, ticks, zone):
    """True when a rhythm's ticks are not exactly the minutes that fit, looked at one by one for at most 40 days."""
    if simulation.fixup_tz:
        return False
    expected, at = [], start
    end = min(ticks[-1], start + timedelta(days=40)) if ticks else start
    while at < end:
        at += timedelta(minutes=1)
        local = at.astimezone(zone)
        if (local.minute in simulation.minutes and local.hour in simulation.hours
                and local.month in simulation.months and simulation.match_day(local.date())):
            expected.append(at)
    return expected != [tick for tick in ticks if tick <= end]


def main():
    rng = random.Random(SEED)
    shifts = {name: changes(ZoneInfo(name)) for name in ZONES}
    written = left_out = 0
    while written < CASES:
        name, text = rng.choice(ZONES), expression(rng)
        zone = ZoneInfo(name)
        if shifts[name] and rng.random() < 0.5:
            start = rng.choice(shifts[name]) + timedelta(minutes=rng.randint(-2_880, 2_880))
        else:
            start = FIRST + timedelta(minutes=rng.randrange(int((LAST - FIRST).total_seconds()) // 60))
        try:
            simulation = CronSim(text, start.astimezone(zone))
        except CronSimError:
            continue
        ticks = []
        for tick in simulation:
            ticks.append(tick.astimezone(timezone.utc))
            if len(ticks) == TICKS:
                break
        ticks = [tick for tick in ticks if tick.year < 2024]
        if differs(simulation, start, ticks, zone):
            left_out += 1
            print(f"left out: {text} in {name} from {start}", file=sys.stderr)
            continue
        moments = [int(moment.timestamp()) // 60 for moment in [start] + ticks]
        steps = ",".join(str(after - before) for before, after in zip(moments, moments[1:]))
        print(f"{text};{name};{moments[0]};{steps}")
        written += 1
    print(f"{written} cases, {left_out} left out", file=sys.stderr)


main()
