"""The six claims of the tour, each decided from what was seen, and its figures. Pure."""

from collections.abc import Mapping

import attrs

from simulator.demo.sightings import Inventory, LeaseSighting, PodSighting


@attrs.frozen
class Verdict:
    """One line at the end of the tour."""

    claim: str
    holds: bool
    figures: str


def every_lease_ready(seen: Mapping[str, LeaseSighting]) -> Verdict:
    """`seen`: by lease, the best that was seen of each."""
    whole = sum(sighting.whole for sighting in seen.values())
    running = sum(sighting.running for sighting in seen.values())
    pods = sum(len(sighting.pods) for sighting in seen.values())
    return Verdict(
        "every lease was seen Ready with all its pods Running",
        bool(seen) and whole == len(seen),
        f"{whole} of {len(seen)} leases Ready, {running} of {pods} pods Running",
    )


def only_the_image_changed(
    before: Mapping[str, LeaseSighting],
    after: Mapping[str, LeaseSighting],
    *,
    lease: str,
    service: str,
    image: str,
) -> Verdict:
    """
    Decide whether an update of one service did what it should and nothing else.

    Args:
        before: by lease, seen before the update.
        after: the same leases, later.
        lease: whose service was updated.
        service: the one with the new image.
        image: the new image.
    """
    updated = [pod for pod in after[lease].pods if pod.service == service]
    changed = sum(pod.image == image and pod.running for pod in updated)
    others_before = _others(before, lease, service)
    others_after = _others(after, lease, service)
    kept = sum(others_after.get(name) == pod for name, pod in others_before.items())
    return Verdict(
        "the update changed its image and restarted nothing else",
        0 < changed == len(updated) and kept == len(others_before) == len(others_after),
        f"{changed} of {len(updated)} pods on {image}, "
        f"{kept} of {len(others_before)} others with the same uid and restart count",
    )


def _others(
    seen: Mapping[str, LeaseSighting], lease: str, service: str
) -> dict[tuple[str, str], PodSighting]:
    return {
        (name, pod.name): pod
        for name, sighting in seen.items()
        for pod in sighting.pods
        if (name, pod.service) != (lease, service)
    }


def outage_did_no_harm(
    before: Inventory, after: Inventory, *, seconds: float, deletes: int, closes: int
) -> Verdict:
    """
    Decide whether anything was lost while the API server was away.

    Args:
        before: every object of every lease.
        after: the same, when the server was back.
        seconds: how long it was away.
        deletes: delete requests of the daemon, from the beginning of the outage on.
        closes: what the daemon sent to the market beyond questions.
    """
    kept = sum(after.get(name) == uid for name, uid in before.items())
    return Verdict(
        "during the outage nothing was deleted and no close was sent",
        kept == len(before) > 0 and deletes == 0 and closes == 0,
        f"{seconds:.0f} s away: {kept} of {len(before)} objects kept, "
        f"{deletes} deletes, {closes} closes",
    )


def restart_was_silent(
    *, writes: int, reads: int, seconds: float, adopted: int, held: int
) -> Verdict:
    """
    Decide whether a new daemon took over what was there without touching it.

    Args:
        writes: requests of the daemon that could change something, dry runs included; renewals of its
            own Lease are no change of anything that is leased, and not counted.
        reads: its other requests; none would mean that it never looked.
        seconds: how long it was listened to.
        adopted: leases that it reported as deployed by then; the only figure that is its own word.
        held: leases that it should have adopted.
    """
    return Verdict(
        "after the restart the daemon sent no write for 60 s",
        writes == 0 and reads > 0 and seconds >= 60 and adopted == held > 0,
        f"{writes} writes and {reads} reads in {seconds:.0f} s, {adopted} of {held} leases adopted",
    )


def closed_in_mid_deploy(present: Inventory, whole: Inventory) -> Verdict:
    """`present`: the lease's objects when it was closed; `whole`: another's, of the same definition."""
    return Verdict(
        "the lease closed in mid-deploy had at least one and not all of its objects",
        0 < len(present) < len(whole),
        f"{len(present)} of {len(whole)} objects",
    )


def nothing_is_left(seen: Inventory, left: Inventory) -> Verdict:
    """`seen`: every object that any lease ever had; `left`: what is still there at the end."""
    shown = ", ".join(sorted(left)[:3])
    return Verdict(
        "at the end nothing of any lease is left",
        len(seen) > 0 and not left,
        f"{len(left)} of {len(seen)} objects left" + (f": {shown}" if left else ""),
    )
