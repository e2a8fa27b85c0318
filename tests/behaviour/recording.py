"""The recordings of a real control plane: phases of one request each, and the events that followed."""

from pathlib import Path

import attrs
import orjson

from simulator.jsontypes import JSONObject

FOLDER = Path(__file__).parent / "recordings"


@attrs.frozen
class Happened:
    """One watch event, reduced to what controllers decide."""

    phase: int
    kind: str
    """Plural: `pods`."""
    type: str
    name: str
    """Generated ones as `<pod1>`; `-` for Events."""
    seen: JSONObject


@attrs.frozen
class Phase:
    """One request of the recording's client."""

    title: str
    method: str
    path: str
    body: JSONObject
    seconds: float
    """For how long events followed."""


@attrs.frozen
class Recording:
    """One scenario."""

    scenario: str
    phases: tuple[Phase, ...]
    events: tuple[Happened, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """What was watched; other kinds are not compared."""
        return frozenset(event.kind for event in self.events)


def scenarios() -> list[str]:
    """Names of all recordings."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(scenario: str) -> Recording:
    """Read one recording."""
    document = orjson.loads((FOLDER / f"{scenario}.json").read_bytes())
    phases, events = [], []
    for number, phase in enumerate(document["phases"]):
        request = phase["request"]
        followed = [event["after_s"] for event in phase["events"]]
        phases.append(
            Phase(
                phase["do"],
                request["method"],
                request["path"],
                request.get("body") or {},
                max(followed, default=0.0),
            )
        )
        events += [
            Happened(number, event["kind"], event["type"], event["name"], event["seen"])
            for event in phase["events"]
        ]
    return Recording(scenario, tuple(phases), tuple(events))
