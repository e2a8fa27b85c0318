"""
Opens pages of the chaos report in a real, headless Chromium: `scripts/chaos report-check`.

Every page is opened wide and narrow, light and dark, with a fresh profile each time. It fails when the
browser's console holds an error, when the page's script did not draw, when a lane stayed empty, or
when the picture is of one colour. Screenshots are left in the folder that `--keep` names.

Without an executable it prints one line and says how many checks did not run; CHROMIUM names one.
"""

import argparse
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from simulator.chaos import planfile, run
from simulator.chaos.report import page
from simulator.chaos.report.campaign import Campaign, FailureGroup, Row
from simulator.chaos.report.gathering import gather
from tests.unit.chaos.report import made

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--virtual-time-budget=5000",
)
VIEWS = {
    "wide-light": ("1400,3200", "1"),
    "wide-dark": ("1400,3200", "0"),
    "narrow-light": ("480,5600", "1"),
    "narrow-dark": ("480,5600", "0"),
}
"""Size of the window, and Chromium's number of the colour scheme that is asked for. So high that no
page is scrolled: pictures of scrolled pages are shifted."""

SECONDS = 90
EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

PLAN = """
name: report-check
about: Two leases; one is updated while answers get lost, one is closed; the daemon is killed once.
seed: 1
leases: [{name: A, definition: everything}, {name: B}]
daemon: {leased_ips: true}
actions:
  - {do: open, lease: A, at: 1}
  - {do: open, lease: B, at: 2}
  - {do: update, lease: A, at: 60}
  - {do: kill, at: 90}
  - {do: start, at: 95}
  - {do: close, lease: B, at: 150}
faults:
  - {what: answer-lost, name: lost, kind: deployments, lease: A, generation: 2}
  - {what: node-dark, name: dark, node: node1, at: 100, for: 60}
heal_at: 240
bound_seconds: 300
look_seconds: 15
"""


def executable() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next((found for name in EXECUTABLES if (found := shutil.which(name))), None)


def pages() -> dict[str, str]:
    """A replay of a real run, one with every sort of entry and hostile texts, a campaign of both, a search."""
    played = run.play(planfile.loads(PLAN))
    real, hostile = gather(played), made.full()
    rows = tuple(Row(outcome=trace.header.outcome) for trace in (real, hostile))
    group = FailureGroup(
        invariant="I1",
        key="I1 left",
        count=1,
        smallest_seed=hostile.header.seed,
        text=made.NASTY,
        plan=real.header.plan,
        replay=hostile.header.replay,
    )
    campaign = Campaign(title="report-check", rows=rows, groups=(group,), seconds=1.0)
    violation = next(n for n, one in enumerate(hostile.entries) if one.what == "violation")
    return {
        "replay.html": page.replay_page(real),
        f"hostile.html#entry-0-{violation}": page.replay_page(hostile),
        f"campaign.html#entry-1-{violation}": page.campaign_page(campaign, [real, hostile]),
        "exploration.html": page.exploration_page(made.exploration()),
    }


def chromium(browser: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run it with a profile of its own; whatever it starts ends with it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [browser, *FLAGS, f"--user-data-dir={profile}", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            err += f"\nno end within {SECONDS} s"
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def colours(png: bytes) -> int:
    """How many different rows of pixels a picture has: 1 for an empty page."""
    assert png.startswith(b"\x89PNG"), "no picture"
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8, "another depth than the browser's"
    packed, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += length + 12
    stride = width * (4 if kind == 6 else 3) + 1
    raw = zlib.decompress(packed)
    return len({raw[row * stride + 1 : (row + 1) * stride] for row in range(height)})


def faults_of(browser: str, address: str, view: str, picture: Path) -> list[str]:
    """What is wrong with one page in one view."""
    size, scheme = VIEWS[view]
    options = (f"--window-size={size}", f"--blink-settings=preferredColorScheme={scheme}")
    document = chromium(browser, *options, "--dump-dom", f"--screenshot={picture}", address)
    found = [line for line in document.stderr.splitlines() if "CONSOLE" in line or "no end" in line]
    if not picture.exists():
        return [*found, f"no picture: {document.stderr.strip().splitlines()[-1:]}"]
    if colours(picture.read_bytes()) < 50:
        found.append("the picture is empty")
    if 'data-drawn="yes"' not in document.stdout:
        found.append("its script did not come to its end")
    if "#entry-" in address and 'class="entries" hidden' in document.stdout:
        found.append("a link to a violation opened nothing")
    lanes = re.findall(r'<section class="lane[^"]*">.*?</section>', document.stdout, re.DOTALL)
    # A search has points instead of times: tables, and no lane.
    if not lanes and "exploration.html" not in address:
        found.append("no lane was drawn")
    wanted = "dark" if scheme == "0" else "light"
    if f'data-theme="{wanted}"' not in document.stdout:
        found.append(f"it is not {wanted}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/chaos report-check", description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave pages and pictures here")
    arguments = parser.parse_args()
    made_pages, browser = pages(), executable()
    if browser is None:
        print(f"no Chromium here: {len(made_pages) * len(VIEWS)} checks of the page did not run")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in made_pages.items():
            file, _, place = name.partition("#")
            (folder / file).write_text(text, encoding="utf-8")
            for view in VIEWS:
                address = f"{(folder / file).resolve().as_uri()}{'#' if place else ''}{place}"
                picture = folder / f"{Path(file).stem}-{view}.png"
                found = faults_of(browser, address, view, picture)
                failed += bool(found)
                print(f"{'FAILED' if found else 'ok':7}{file} {view}")
                for one in found:
                    print(f"       {one}")
    print(f"{len(made_pages) * len(VIEWS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
