"""
One self-contained HTML file for a replay or a campaign: it asks no network, and opens from a disk.

What tenants wrote is data and nothing else: HTML is escaped, the data of the timeline stands in a
JSON element in which no `<` is left, and the page's policy lets no script run but its own.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

import orjson

from simulator.chaos.report import campaign, exploration, replay
from simulator.chaos.report.campaign import Campaign
from simulator.chaos.report.exploration import Exploration
from simulator.chaos.report.trace import Trace
from simulator.jsontypes import JSONObject


def write_replay(trace: Trace, path: Path) -> None:
    """
    Write the page of one run.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(replay_page(trace), encoding="utf-8")


def write_campaign(found: Campaign, traces: Iterable[Trace], path: Path) -> None:
    """
    Write the page of a campaign.

    Args:
        found: its numbers and groups of failures.
        traces: replays to show in it, at most a few: each is a few hundred kilobytes.
        path: of the page; one that is there is replaced.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(campaign_page(found, traces), encoding="utf-8")


def write_exploration(found: Exploration, path: Path) -> None:
    """
    Write the page of a search.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(exploration_page(found), encoding="utf-8")


def replay_page(trace: Trace) -> str:
    """The page of one run."""
    title = f"{trace.header.name}, seed {trace.header.seed}"
    return _page(title, replay.section(trace, 0), {"replays": [replay.data(trace)]})


def campaign_page(found: Campaign, traces: Iterable[Trace] = ()) -> str:
    """The page of a campaign."""
    shown = tuple(traces)
    sections = "".join(
        replay.section(trace, number, is_folded=True) for number, trace in enumerate(shown)
    )
    data = {"replays": [replay.data(trace) for trace in shown]}
    return _page(found.title, campaign.section(found, shown) + sections, data)


def exploration_page(found: Exploration) -> str:
    """The page of a search."""
    return _page(found.title, exploration.section(found), {"replays": []})


def _page(title: str, body: str, data: JSONObject) -> str:
    style, script = _part("page.css"), _part("page.js")
    return Template(_part("page.html")).substitute(
        title=escape(title),
        script_hash=_digest(script),
        style=style,
        body=body,
        data=_inert(data),
        script=script,
    )


def _part(name: str) -> str:
    return (resources.files("simulator.chaos.report") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """As a page's policy names what may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(data: JSONObject) -> str:
    """JSON that cannot end the element that it stands in, nor open a comment."""
    text = orjson.dumps(data).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
