"""A page is one file that asks for nothing, runs nothing but its own script, and holds everything."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import attrs
import orjson
import pytest

from simulator.chaos.outcome import Outcome, Violation
from simulator.chaos.report import page
from simulator.chaos.report.campaign import Campaign, FailureGroup, Row
from tests.unit.chaos.report import made

FETCHING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "ping", "cite"}
VOID = {"meta", "input", "br", "hr", "img", "link"}


class Page(HTMLParser):
    """What a browser makes of it, as far as these tests ask."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.scripts, self.styles, self.policy = [], [], [], [], ""
        self._open = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.elements.append((tag, given))
        if tag not in VOID:
            self._open.append(tag)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if tag == "script":
            self.scripts.append([given, ""])

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] == "script":
            self.scripts[-1][1] += data
        elif self._open and self._open[-1] == "style":
            self.styles.append(data)
        else:
            self.texts.append(data)

    @property
    def text(self):
        return "".join(self.texts)

    @property
    def data(self):
        return orjson.loads(self.scripts[0][1])


def campaign(nasty=made.NASTY):
    clean = Outcome(
        plan="p",
        seed=1,
        trace="a" * 64,
        requests=400,
        commits=300,
        faults_fired=6,
        fired={"hang": 3, nasty: 1},
    )
    failed = attrs.evolve(clean, seed=2, trace="b" * 64, violations=(Violation("I1", nasty, 3.0),))
    return Campaign(
        title=f"swarm {nasty}",
        rows=(
            *(Row(outcome=attrs.evolve(clean, seed=n, requests=300 + n)) for n in range(30)),
            Row(outcome=failed),
            Row(outcome=attrs.evolve(clean, seed=99), lacks=("requests",)),
        ),
        groups=(
            FailureGroup(
                invariant="I1",
                key=f"I1 {nasty}",
                count=1,
                smallest_seed=7,
                text=nasty,
                plan="name: small\nleases: [{name: A}]\n",
                replay="simulator chaos run found-i1.yaml",
            ),
        ),
        seconds=12.5,
        about={"commit": nasty},
    )


PAGES = {
    "replay": lambda: page.replay_page(made.full()),
    "campaign": lambda: page.campaign_page(campaign(), [made.full()]),
    "exploration": lambda: page.exploration_page(made.exploration()),
    "empty campaign": lambda: page.campaign_page(Campaign(title="nothing")),
}


@pytest.fixture(params=PAGES, scope="module")
def shown(request):
    return Page(PAGES[request.param]())


def test_nothing_is_fetched_from_anywhere(shown):
    for tag, given in shown.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "audio", "video"}
        assert not FETCHING & set(given)
        assert given.get("href", "#").startswith("#")
    for style in shown.styles:
        assert "@import" not in style
        assert "url(" not in style


def test_the_policy_forbids_everything_but_the_pages_own_script_and_style(shown):
    rules = dict(rule.strip().split(" ", 1) for rule in shown.policy.split(";"))

    digest = base64.b64encode(hashlib.sha256(shown.scripts[1][1].encode()).digest()).decode()
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "script-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_what_tenants_wrote_is_text_and_no_program(shown):
    assert len(shown.scripts) == 2
    assert shown.scripts[0][0] == {"type": "application/json", "id": "data"}
    assert not any(key.startswith("on") for _, given in shown.elements for key in given)


def test_the_data_cannot_leave_its_element():
    text = page.replay_page(made.full())

    inside = re.search('id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert not set("<>&") & set(inside)
    assert made.NASTY in repr(orjson.loads(inside)).encode().decode("unicode_escape") or any(
        made.NASTY in entry[4] for entry in orjson.loads(inside)["replays"][0]["entries"]
    )


def test_a_replay_holds_every_lease_fault_violation_and_the_command():
    trace = made.full()
    shown = Page(page.replay_page(trace))

    (replay,) = shown.data["replays"]
    assert [lane["title"] for lane in replay["lanes"]] == ["world", "A", "B"]
    assert len(replay["entries"]) == len(trace.entries)
    for fault in trace.header.faults:
        assert fault.name in shown.text
    for violation in trace.of("violation"):
        assert violation.fields["text"] in shown.text
    jumps = [given["href"] for _, given in shown.elements if given.get("class") == "jump"]
    places = [n for n, entry in enumerate(trace.entries) if entry.what == "violation"]
    assert jumps == [f"#entry-0-{place}" for place in places]
    assert trace.header.replay in shown.text
    assert trace.header.plan in shown.text
    assert "12 watches" in shown.text
    assert "2 violations" in shown.text


def test_faults_in_force_are_spans_of_the_lane_that_they_are_about():
    (replay,) = Page(page.replay_page(made.full())).data["replays"]

    spans = {
        (lane["title"], span[2])
        for lane in replay["lanes"]
        for track in lane["tracks"]
        if track["name"] == "faults"
        for span in track["spans"]
    }
    assert spans == {("A", "lost"), ("world", f"dark {made.NASTY}")}


def test_a_run_that_held_says_so():
    shown = Page(page.replay_page(made.trace()))

    assert ("span", {"class": "verdict good"}) in shown.elements
    assert "Violated" not in shown.text


def test_a_campaign_tells_its_numbers_groups_plans_and_kinds_of_faults():
    shown = Page(page.campaign_page(campaign(), [made.full()]))

    assert "1 of 32 failed" in shown.text
    assert "name: small" in shown.text
    assert "simulator chaos run found-i1.yaml" in shown.text
    assert "hang" in shown.text
    assert "Too few: requests in 1." in shown.text
    assert [given for tag, given in shown.elements if tag == "figure"] == [{"class": "plot"}] * 4
    assert ("a", {"class": "open-run", "href": "#run-0", "data-run": "0"}) in shown.elements


def test_a_campaign_masks_what_its_plans_keep_secret():
    group = attrs.evolve(campaign().groups[0], text="quotes topsecret-a-1 here", key="I1 x")

    text = page.campaign_page(attrs.evolve(campaign(), groups=(group,)))

    assert "topsecret" not in text
    assert "quotes ••• here" in text


def test_a_page_is_written_where_it_is_wanted(tmp_path):
    page.write_replay(made.full(), tmp_path / "r.html")
    page.write_campaign(campaign(), [], tmp_path / "c.html")

    assert (tmp_path / "r.html").read_text() == page.replay_page(made.full())
    assert (tmp_path / "c.html").read_text() == page.campaign_page(campaign())


def test_a_search_holds_every_kind_of_strike_what_was_violated_and_the_command_that_replays_it():
    found = made.exploration()
    shown = Page(page.exploration_page(found))

    for one in found.struck:
        assert one.kind in shown.text
        assert one.about in shown.text
    cells = re.findall(r'<td class="number">([\d,]+)</td>', page.exploration_page(found))
    assert cells[:5] == ["365", "364", "2", "17", "3"]
    (trouble,) = found.troubles
    assert {"I1", trouble.strike} <= set(re.findall(r"I1|cancel at 137", shown.text))
    for text in (trouble.there, trouble.text, trouble.replay, *found.failures[0]):
        assert text in shown.text
    assert "1 violations" in shown.text


def test_a_search_in_which_a_strike_missed_its_point_did_not_hold():
    missed = attrs.evolve(made.exploration(""), troubles=(), failures=(), failed=0)
    exact = tuple(attrs.evolve(one, fell=one.runs) for one in missed.struck)

    assert "not all fell" in Page(page.exploration_page(missed)).text
    assert "all held" in Page(page.exploration_page(attrs.evolve(missed, struck=exact))).text
