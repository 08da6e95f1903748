"""The widget in Chromium at a quarter of this machine's speed: how long what a visitor does takes, and the longest task in it.

During a task of 50 ms or more a page is deaf to the finger. Tasks are told by the clock and by their thread's processor
time: what else the machine is doing counts in the one and not in the other, as an empty page shows, told beside them.
"""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import p50_p95

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VISITS = 15
THROTTLE = 4
LONG = 50.0
ARRIVING = """console.timeStamp("loading"); window.shifts = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts += entry.value; }).observe({ type: "layout-shift", buffered: true });"""
EMPTY = "<!doctype html><html lang=en><meta charset=utf-8><title>A page</title><p>A page."
EMBEDDED = EMPTY + '<script src="/widget/v1.js" async></script>'
VISIT = """async () => {
  const times = {};
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const requests = performance.getEntriesByType("resource").filter((entry) => /\\/(widget|api)\\//.test(entry.name)).length;
  const root = document.querySelector("clinic-chat").shadowRoot;
  const first = (selector) => root.querySelector(selector);
  const does = async (name, act, until = () => true, pause = 500) => {
    console.timeStamp(name);
    const began = performance.now();
    act();
    do await painted(); while (!until());
    times[name] = performance.now() - began;
    await new Promise((done) => setTimeout(done, pause));
  };
  await does("opening", () => ClinicChat.open());
  const shifted = shifts; // what a finger asks for may move things, and a script's click is not known to be one
  first("textarea").value = "What is a trigger point?";
  await does("sending to a status", () => first("form.ask").requestSubmit(), () => first(".waiting, .cite"), 0);
  await does("from there to an answer", () => {}, () => first(".cite"));
  await does("a passage", () => first(".cite").click(), () => first(".source:popover-open"));
  first(".source .plain").click();
  await does("the sources", () => first(".sources summary").click());
  await does("the menu", () => first(".menu summary").click());
  await does("closing", () => ClinicChat.close());
  await does("opening again", () => ClinicChat.open());
  return { times, requests, shifted };
}"""


@dataclass(frozen=True, slots=True)
class Task:
    """What kept the page's main thread at once, in milliseconds, and what the visitor was doing."""

    during: str
    clock: float
    processor: float


def widget(port: int) -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        print("the widget's opening: not measured, as there is no chromium on the PATH")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        site = f"http://127.0.0.1:{port}"
        empty, visits = [], []
        for _ in range(VISITS):
            empty.append(visited(browser, site, EMPTY)[1])
            visits.append(visited(browser, site, EMBEDDED, VISIT))
        browser.close()
    print(f"in Chromium at {THROTTLE}× throttle, {VISITS} visits:")
    for name in visits[0][0]["times"]:
        p50, p95 = p50_p95([told["times"][name] for told, _ in visits])
        print(f"  {name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    print(f"  requests before opening: {max(told['requests'] for told, _ in visits)}")
    print(f"  layout shift until it is open: {max(told['shifted'] for told, _ in visits):.3f}")
    print("  longest task of a visit:")
    longest("an empty page, loading", empty, "loading")
    for name in ("loading", *visits[0][0]["times"]):
        longest(name, [tasks for _, tasks in visits], name)


def longest(what: str, visits: Sequence[Sequence[Task]], during: str) -> None:
    here = [[task for task in tasks if task.during == during] for tasks in visits]
    clock = [max((task.clock for task in tasks), default=0) for tasks in here]
    processor = [max((task.processor for task in tasks), default=0) for tasks in here]
    told = (f"p50 {median(values):.0f} ms, p95 {p50_p95(values)[1]:.0f} ms, over {LONG:.0f} ms in {over(values)}"
            for values in (clock, processor))  # fmt: skip
    print(f"    {what}: by the clock {next(told)}; processor time {next(told)}")


def over(values: Sequence[float]) -> int:
    return sum(value >= LONG for value in values)


def visited(
    browser: "Browser", site: str, html: str, visit: str = "() => null"
) -> tuple[Any, tuple[Task, ...]]:
    """What the visit told, and the tasks that it was made of."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(ARRIVING)
    page.route("**/a-page", lambda route: route.fulfill(body=html, content_type="text/html"))
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    page.goto(f"{site}/a-page")
    page.wait_for_timeout(1500)
    told = page.evaluate(visit)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    return told, tasks_of(events)


def tasks_of(events: Sequence[dict[str, Any]]) -> tuple[Task, ...]:
    """Those of the thread that ran the page's scripts, from the first of its own time stamps on."""
    stamps = sorted(
        (event["ts"], event["args"]["data"]["message"], event["pid"], event["tid"])
        for event in events
        if event["name"] == "TimeStamp"
    )
    _, _, *thread = stamps[0]

    def during(event: dict[str, Any]) -> str | None:
        begun = [message for at, message, *_ in stamps if at <= event["ts"] + event["dur"]]
        return begun[-1] if event["ts"] >= stamps[0][0] else None

    return tuple(
        Task(what, event["dur"] / 1000, event.get("tdur", 0) / 1000)
        for event in events
        if event.get("ph") == "X" and event["name"].endswith("RunTask")
        if [event["pid"], event["tid"]] == thread and (what := during(event))
    )


if __name__ == "__main__":
    widget(int(sys.argv[1]))
