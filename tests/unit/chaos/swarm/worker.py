"""A worker process that plays nothing: what becomes of a seed follows from its number."""

import os
import sys

import orjson

from tests.unit.chaos.swarm.builders import result, violation


def seed(item):
    number = item["seed"]
    if number % 100 == 99:
        os._exit(3)
    found = [violation()] if number % 10 == 5 else []
    few = {"requests": 10} if number % 10 == 8 else {}
    return result(number, *found, worker=os.getpid(), **few).as_json()


def least(item):
    assert item["outcome"]["violations"]
    assert f"seed: {item['seed']}\n" in item["plan"]
    # Without `planfile`, which would load a world for nothing.
    return {
        "plan": "name: least\nexpects: [I1]\n",
        "outcome": item["outcome"],
        "runs": 9,
        "is_least": True,
    }


for line in sys.stdin.buffer:
    question = orjson.loads(line)
    job = seed if question["job"].endswith(":seed") else least
    answer = {"number": question["number"], "result": job(question["item"]), "megabytes": 50}
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()
