#!/usr/bin/env python3
# ruff: noqa: B905, C901, FURB171, RET504, TID251  # runs alone, in real time, against any server
"""Replay recorded Kubernetes API exchanges against a server and report every difference.

Each ``*.json`` case beside this file was recorded from a real kube-apiserver (Kubernetes 1.36.2,
etcd 3.6, RBAC on, no controllers, no nodes). A case is a list of steps; every step is one HTTP
request and the answer that the real server gave, normalised so that values which
differ from run to run (uids, resource versions, times, allocated addresses) compare equal.

    run.py --server http://127.0.0.1:8001 [--token T] [--insecure] [CASE_GLOB ...]

Needs httpx only. Exit status 0 when every step matches, 1 otherwise, 2 on unusable arguments.
``--record`` (used once, against the real server) writes the answers into the cases.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import httpx

UID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\b")
VOLATILE = {
    "resourceVersion": "<rv>",
    "creationTimestamp": "<time>",
    "deletionTimestamp": "<time>",
    "time": "<time>",
    "clusterIP": "<ip>",
    "clusterIPs": ["<ip>"],
    "nodePort": "<nodePort>",
    "continue": "<continue>",
    "selfLink": None,
    "uid": "<uid>",
}
KEEP_NONE = {"clusterIP": "None"}


def normalise(value: Any, key: str = "") -> Any:
    """Replace run-dependent parts of a decoded body with placeholders."""
    if isinstance(value, dict):
        out = {}
        for name, item in value.items():
            if name in VOLATILE and item not in (None, "", 0, []):
                if name == "resourceVersion" and item == "0":
                    out[name] = "0"
                elif name == "clusterIP" and item == "None":
                    out[name] = "None"
                elif name == "clusterIPs" and item == ["None"]:
                    out[name] = ["None"]
                elif isinstance(item, (dict, list)) and name not in ("clusterIPs",):
                    out[name] = normalise(item, name)
                else:
                    out[name] = VOLATILE[name]
            else:
                out[name] = normalise(item, name)
        return out
    if isinstance(value, list):
        return [normalise(item, key) for item in value]
    if isinstance(value, str):
        value = UID.sub("<uid>", value)
        value = TIME.sub("<time>", value)
        return value
    return value


def lookup(doc: Any, path: str) -> Any:
    for part in path.split("."):
        doc = doc[int(part)] if isinstance(doc, list) else doc[part]
    return doc


def substitute(value: Any, variables: dict[str, str]) -> Any:
    """Fill ``${name}`` in paths, headers and bodies with what earlier steps saved."""
    if isinstance(value, str):
        for name, item in variables.items():
            value = value.replace("${" + name + "}", str(item))
        return value
    if isinstance(value, dict):
        return {k: substitute(v, variables) for k, v in value.items()}
    if isinstance(value, list):
        return [substitute(v, variables) for v in value]
    return value


def unsubstitute(value: Any, variables: dict[str, str]) -> Any:
    text = json.dumps(value)
    for name, item in variables.items():
        if name == "run" or name.startswith("name_"):
            text = text.replace(str(item), "<" + name + ">")
    return json.loads(text)


def decode(response: httpx.Response, watch: bool) -> Any:
    kind = response.headers.get("content-type", "").split(";")[0]
    if watch and response.status_code == 200:
        return [json.loads(line) for line in response.text.split("\n") if line.strip()]
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return response.json()
        except ValueError:
            return response.text
    return response.text


def prune(value: Any, ignored: list[str]) -> Any:
    """Drop the dotted paths that a step does not compare ('*' steps into every list item)."""
    for path in ignored:
        value = _drop(value, path.split("."))
    return value


def _drop(value: Any, parts: list[str]) -> Any:
    head, rest = parts[0], parts[1:]
    if isinstance(value, list):
        return [_drop(item, rest if head == "*" else parts) for item in value]
    if not isinstance(value, dict):
        return value
    if head == "*":
        return {k: _drop(v, rest) for k, v in value.items()}
    if head in value:
        value = dict(value)
        if rest:
            value[head] = _drop(value[head], rest)
        else:
            del value[head]
    return value


def compare(want: Any, got: Any, mode: str) -> list[str]:
    """Differences between the recorded and the received body, one line each."""
    out: list[str] = []
    _compare(want, got, mode, "$", out)
    return out


def _compare(want: Any, got: Any, mode: str, at: str, out: list[str]) -> None:
    if isinstance(want, dict) and isinstance(got, dict):
        for key in want:
            if key not in got:
                out.append(f"{at}.{key}: missing, recorded {json.dumps(want[key])[:120]}")
            else:
                _compare(want[key], got[key], mode, f"{at}.{key}", out)
        if mode == "exact":
            for key in got:
                if key not in want:
                    out.append(f"{at}.{key}: unexpected {json.dumps(got[key])[:120]}")
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            out.append(f"{at}: {len(got)} items, recorded {len(want)}")
        for index, (a, b) in enumerate(zip(want, got)):
            _compare(a, b, mode, f"{at}[{index}]", out)
    elif want != got:
        out.append(f"{at}: {json.dumps(got)[:160]}, recorded {json.dumps(want)[:160]}")


def run_case(client: httpx.Client, case: dict, record: bool) -> tuple[int, list[str]]:
    variables: dict[str, str] = {
        "run": format(0x80000000 | int(time.time() * 1000) & 0x7FFFFFFF, "x")
    }
    good, bad = 0, []
    for number, step in enumerate(case["steps"]):
        request = substitute(step["request"], variables)
        headers = dict(request.get("headers", {}))
        content = None
        if "body" in request:
            content = json.dumps(request["body"]).encode()
            headers.setdefault("content-type", "application/json")
        if "raw" in request:
            content = request["raw"].encode()
        deadline = time.monotonic() + step.get("eventually", 0)
        while True:
            label = f"{case['case']}[{number}] {request['method']} {request['path']}"
            try:
                response = client.request(
                    request["method"], request["path"], headers=headers, content=content
                )
            except httpx.HTTPError as error:
                bad.append(f"{label}: {error!r}")
                return good, bad
            body = decode(response, step.get("watch", False))
            for name, path in step.get("save", {}).items():
                try:
                    variables[name] = lookup(body, path)
                except (KeyError, IndexError, TypeError):
                    variables.pop(name, None)
            seen = unsubstitute(normalise(body), variables)
            seen = prune(seen, step.get("ignore", []))
            if record:
                step["response"] = {
                    "status": response.status_code,
                    "type": response.headers.get("content-type", "").split(";")[0],
                    "body": None if step.get("status_only") else seen,
                }
                if response.headers.get_list("warning"):
                    step["response"]["warning"] = unsubstitute(
                        response.headers.get_list("warning"), variables
                    )
                settled = response.status_code < 300 or not step.get("eventually")
                differences = [] if settled else ["not settled"]
            else:
                want = step["response"]
                differences = []
                if response.status_code != want["status"]:
                    differences.append(f"status {response.status_code}, recorded {want['status']}")
                    text = response.text[:300]
                    differences.append(f"body {text}")
                else:
                    kind = response.headers.get("content-type", "").split(";")[0]
                    if kind != want["type"]:
                        differences.append(f"content-type {kind}, recorded {want['type']}")
                    if not step.get("status_only"):
                        differences += compare(want["body"], seen, step.get("mode", "exact"))
                    if want.get("warning") and not response.headers.get_list("warning"):
                        differences.append(f"no Warning header, recorded {want['warning']}")
            if not differences or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        differences += [
            f"cannot save {name} from {step['save'][name]}"
            for name in step.get("save", {})
            if name not in variables
        ]
        if differences:
            bad.append("\n    ".join([label, *differences[:12]]))
        else:
            good += 1
    return good, bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--token")
    parser.add_argument("--insecure", action="store_true")
    parser.add_argument("--dir", type=Path, default=Path(__file__).parent)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("globs", nargs="*", default=["*"])
    args = parser.parse_args()
    if "://" not in args.server:
        parser.error("--server needs http:// or https://")
    if args.record and os.environ.get("RECORD") != "1":
        parser.error("--record overwrites the recordings; set RECORD=1 to mean it")
    files = [
        f
        for f in sorted(args.dir.glob("*.json"))
        if any(fnmatch.fnmatch(f.stem, g) or fnmatch.fnmatch(f.name, g) for g in args.globs)
    ]
    if not files:
        print("no case matches", file=sys.stderr)
        return 2
    headers = {"authorization": f"Bearer {args.token}"} if args.token else {}
    total = passed = 0
    with httpx.Client(
        base_url=args.server, headers=headers, verify=not args.insecure, timeout=60
    ) as client:
        for file in files:
            document = json.loads(file.read_text())
            for case in document["cases"]:
                good, bad = run_case(client, case, args.record)
                total += len(case["steps"])
                passed += good
                if not args.quiet:
                    for line in bad:
                        print("FAIL", line)
            if args.record:
                file.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    print(f"{passed} of {total} recorded steps match")
    return 0 if passed == total else 1


if __name__ == "__main__":
    sys.exit(main())
