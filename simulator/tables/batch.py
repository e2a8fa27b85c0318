"""The columns of Jobs and CronJobs."""

from simulator import timestamps
from simulator.jsontypes import JSONObject, JSONValue
from simulator.tables.cells import (
    NONE,
    age,
    container_names,
    human_duration,
    images,
    label_selector,
    status,
)
from simulator.tables.columns import AGE, NAME, Column, column, wide


def _completions(job: JSONObject) -> str:
    done, wanted = status(job).get("succeeded", 0), job["spec"].get("completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    parallel = job["spec"].get("parallelism", 0)
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _job_status(job: JSONObject) -> str:
    conditions = status(job).get("conditions") or ()
    true = {entry["type"] for entry in conditions if entry["status"] == "True"}
    if "Complete" in true:
        return "Complete"
    if "Failed" in true:
        return "Failed"
    if "deletionTimestamp" in job["metadata"]:
        return "Terminating"
    if "Suspended" in true:
        return "Suspended"
    if "FailureTarget" in true:
        return "FailureTarget"
    return "SuccessCriteriaMet" if "SuccessCriteriaMet" in true else "Running"


def _duration(job: JSONObject, now: float) -> JSONValue:
    told = status(job)
    if "startTime" not in told:
        return ""
    end = timestamps.seconds(told["completionTime"]) if "completionTime" in told else now
    return human_duration(end - timestamps.seconds(told["startTime"]))


def _pod_template(job: JSONObject) -> JSONObject:
    """What cells about containers look at: an object with the template in its spec."""
    return {"spec": job["spec"]["jobTemplate"]["spec"]}


JOBS = (
    NAME,
    column("Status", _job_status),
    column("Completions", _completions),
    Column("Duration", _duration),
    AGE,
    wide("Containers", container_names),
    wide("Images", images),
    wide("Selector", lambda job: label_selector(job["spec"].get("selector"))),
)


def _last_schedule(job: JSONObject, now: float) -> JSONValue:
    last = status(job).get("lastScheduleTime")
    return age(last, now) if last else NONE


CRON_JOBS = (
    NAME,
    column("Schedule", lambda job: job["spec"].get("schedule", "")),
    column("Timezone", lambda job: job["spec"].get("timeZone") or NONE),
    column("Suspend", lambda job: "True" if job["spec"].get("suspend") else "False"),
    column("Active", lambda job: len(status(job).get("active") or ()), type_="integer"),
    Column("Last Schedule", _last_schedule),
    AGE,
    wide("Containers", lambda job: container_names(_pod_template(job))),
    wide("Images", lambda job: images(_pod_template(job))),
    wide("Selector", lambda _job: NONE),
)
