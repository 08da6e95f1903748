"""The one way out: what it opens, how politely it asks, and how much it swallows."""

import logging
from datetime import UTC, datetime, timedelta

import httpcore
import pytest
from fake_services import Page, Services, bomb, serving

from corpus.connectors import guarding
from corpus.connectors.cache import Cache
from corpus.connectors.faults import (
    Moved,
    NotAllowed,
    NotCached,
    NotThere,
    SourceDown,
    SourceError,
    TooLarge,
    Unusable,
)
from corpus.connectors.http import Client, Limits, Robot
from corpus.connectors.pacing import Pace, retry_after

KEY = "0123456789secretkey"
CONTACT = "web@clinic.example"


class TurnableClock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.passed += seconds


@pytest.fixture
def services():
    with serving() as services:
        yield services


@pytest.fixture
def client(services, tmp_path):
    made = []

    def client(**options):
        clock = options.pop("clock", TurnableClock())
        settings = {
            "hosts": {services.host}, "seconds": {services.host: 0.0}, "trusted": {services.host},
            "cache": Cache(tmp_path / "cache"), "secrets": (KEY,), "clock": clock,
        } | options  # fmt: skip
        made.append(Client(Robot(CONTACT, "https://clinic.example"), **settings))
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8",
        "198.18.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_open_internet_are_known(address):
    assert not guarding.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_addresses_of_the_open_internet_are_known(address):
    assert guarding.is_public(address)


@pytest.mark.parametrize(
    "host", ["localhost", "0x7f000001", "2130706433", "127.1", "127.0.0.1", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_of_this_machine_is_opened(host, services, client):
    address = f"https://{host}/secret"

    with pytest.raises((NotAllowed, SourceDown)):
        client(hosts={host, host.strip("[]")}, trusted=(), seconds={}).get(address, most=100)
    assert services.asked == []


def test_a_name_that_changes_its_meaning_after_the_check_opens_nothing(services, client):
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    looked_up = []

    def resolve(host, port):
        looked_up.append(host)
        return answers[min(len(looked_up) - 1, 1)]

    # Looked up once more, this name would mean this machine, where somebody listens on this port.
    backend = guarding.GuardedBackend(resolve=resolve)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("localhost", int(services.host.split(":")[1]), timeout=1)
    assert looked_up == ["localhost"]
    with pytest.raises(NotAllowed):
        backend.connect_tcp("localhost", 443)
    assert services.asked == []


def test_a_host_whose_name_means_this_machine_after_the_check_is_not_asked(services, client):
    """The whole way: the address is on the list, and what its name means is judged where the socket is opened."""
    meanings = iter([["93.184.215.14"], ["127.0.0.1"]])
    assert all(map(guarding.is_public, next(meanings)))  # what a check before the request would have seen
    asking = client(hosts={"page.example"}, trusted=(), resolve=lambda host, port: next(meanings))

    with pytest.raises(NotAllowed, match="not on the open internet"):
        asking.get("https://page.example/a", most=100)
    assert services.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    backend = guarding.GuardedBackend(resolve=lambda host, port: ["93.184.215.14", "10.0.0.7"])

    with pytest.raises(NotAllowed, match=r"page\.example"):
        backend.connect_tcp("page.example", 443)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("http://good.example/a", NotAllowed),
        ("https://good.example:8443/a", NotAllowed),
        ("https://user:pw@good.example/a", NotAllowed),
        ("ftp://good.example/a", NotAllowed),
        ("file:///etc/passwd", NotAllowed),
        ("https://evil.example/a", Moved),
        ("https://good.example.evil.example/a", Moved),
        ("https://good.example@evil.example/a", NotAllowed),
        ("https://good.example\\@evil.example/a", NotAllowed),
        ("https://gооd.example/a", NotAllowed),
        ("https://good.example:port/", NotAllowed),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC1/", NotAllowed),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1/", NotAllowed),
    ],
)
def test_addresses_outside_the_list_are_not_asked(address, fault):
    with pytest.raises(fault):
        guarding.check(address, {"good.example", "pmc.ncbi.nlm.nih.gov", "www.ncbi.nlm.nih.gov"})


def test_an_address_on_the_list_is_fine():
    guarding.check("https://good.example/a?b=c", {"good.example"})


def test_who_asks_is_said(services, client):
    services.pages["/a"] = Page("hello")

    answer = client().get(f"{services.base}a", most=100)

    assert (answer.status, answer.data) == (200, b"hello")
    assert services.agents == {
        "SoftTissueAssistantBot/0.1 (+https://clinic.example; mailto:web@clinic.example)"
    }


def test_twenty_requests_take_as_long_as_the_host_wants(services, client):
    services.pages["/a"] = Page("hello")
    clock = TurnableClock()
    asking = client(clock=clock, seconds={services.host: 0.4})

    for _ in range(20):
        asking.get(f"{services.base}a", most=100)

    assert clock.passed == pytest.approx(19 * 0.4)


@pytest.mark.parametrize(("pace", "refusals"), [(0.4, False), (0.0, True)])
def test_a_host_that_counts_answers_all_twenty_in_the_time_that_it_wants(pace, refusals, services, client):
    """At the right pace it never has to refuse; a host that wants less than is known of it is asked again later."""
    services.pages["/a"] = Page("hello")
    clock = TurnableClock()
    services.rate = (3, clock.monotonic)
    asking = client(clock=clock, seconds={services.host: pace})

    for _ in range(20):
        assert asking.get(f"{services.base}a", most=100).data == b"hello"

    assert clock.passed >= 20 / 3 - 1
    assert (len(services.asked) > 20) is refusals


@pytest.mark.parametrize("said", ["7", "Tue, 24 Nov 2026 12:00:07 GMT"])
def test_a_host_that_asks_for_time_is_given_it(said, services, client):
    answers = iter([Page(status=429, headers={"Retry-After": said}), Page("hello"), Page("hello")])

    class Once(dict):
        def get(self, path, default=None):
            return next(answers)

    services.pages = Once()
    clock = TurnableClock()

    assert client(clock=clock).get(f"{services.base}a", most=100).data == b"hello"
    assert clock.passed == pytest.approx(7)


def test_a_host_that_asks_for_a_long_time_is_left_alone(services, client):
    services.pages["/a"] = Page(status=503, headers={"Retry-After": "7200"})

    with pytest.raises(SourceDown, match="120 minutes"):
        client().get(f"{services.base}a", most=100)
    assert len(services.asked) == 1


@pytest.mark.parametrize(("fault", "tries"), [("503*2", 3), ("503", 5), ("429", 5), ("500", 5)])
def test_a_failing_host_is_asked_again_a_few_times_with_growing_pauses(fault, tries, services, client):
    services.pages["/x/a"] = Page("hello")
    services.faults["x"] = fault
    clock = TurnableClock()

    if tries == 5:
        with pytest.raises(SourceDown, match="5 times"):
            client(clock=clock).get(f"{services.base}x/a", most=100)
    else:
        assert client(clock=clock).get(f"{services.base}x/a", most=100).data == b"hello"
    assert len(services.asked) == tries
    assert clock.passed >= 3


@pytest.mark.parametrize(
    ("status", "fault"),
    [(404, NotThere), (410, NotThere), (400, NotAllowed), (401, NotAllowed), (403, NotAllowed)],
)
def test_a_plain_no_is_not_asked_again(status, fault, services, client):
    services.pages["/a"] = Page("no", status=status)

    with pytest.raises(fault):
        client().get(f"{services.base}a", most=100)
    assert len(services.asked) == 1


@pytest.mark.parametrize(
    "leads_to",
    [
        "http://127.0.0.1:9/x",
        "http://169.254.169.254/latest/",
        "https://evil.example/",
        "file:///etc/passwd",
        "//10.0.0.1/x",
    ],
)
def test_a_redirect_is_checked_like_any_address(leads_to, services, client):
    services.pages["/a"] = Page(status=302, headers={"Location": leads_to})

    with pytest.raises((NotAllowed, Moved)):
        client().get(f"{services.base}a", most=100)
    assert len(services.asked) == 1


def test_a_redirect_on_the_same_host_is_followed_with_its_own_check(services, client):
    services.pages["/a"] = Page(status=301, headers={"Location": "/b#part"})
    services.pages["/b"] = Page("hello")
    hops = []

    answer = client().get(f"{services.base}a", most=100, before_hop=hops.append)

    assert (answer.address, answer.data, hops) == (f"{services.base}b", b"hello", [f"{services.base}b"])


def test_circles_and_endless_chains_end(services, client):
    services.pages["/a"] = Page(status=302, headers={"Location": "/b"})
    services.pages["/b"] = Page(status=302, headers={"Location": "/a"})
    services.pages |= {f"/{n}": Page(status=302, headers={"Location": f"/{n + 1}"}) for n in range(20)}

    for start in ("a", "0"):
        with pytest.raises(Unusable):
            client().get(f"{services.base}{start}", most=100)
    assert len(services.asked) == 2 + 6


def test_a_bomb_stops_at_the_limit(services, client):
    import tracemalloc

    services.faults["cloud"] = "bomb"
    bomb()
    tracemalloc.start()

    with pytest.raises(TooLarge):
        client().get(f"{services.base}cloud/x.xml", most=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_packed_answers_are_unpacked(services, client):
    services.pages["/a"] = Page("hello " * 50_000, headers={"Content-Encoding": "gzip"})

    assert client().get(f"{services.base}a", most=1_000_000).data == b"hello " * 50_000


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (Page("x" * 101), TooLarge),
        (Page(b"\x1f\x8b broken", headers={"Content-Encoding": "br"}), Unusable),
        (Page("hello", headers={"Content-Length": "50"}), SourceDown),
    ],
)
def test_answers_that_are_too_large_oddly_packed_or_broken_off_are_refused(page, fault, services, client):
    services.pages["/a"] = page

    with pytest.raises(fault):
        client().get(f"{services.base}a", most=100)


def test_an_answer_that_drips_is_given_up(services, client):
    from corpus.connectors.pacing import WallClock

    services.pages["/x/a"] = Page("x" * 100)
    services.faults["x"] = "slow"

    with pytest.raises(SourceDown, match="longer than"):
        client(clock=WallClock(), limits=Limits(whole=0.2)).get(f"{services.base}x/a", most=100)


def test_what_still_holds_is_not_sent_again(services, client):
    services.pages["/a"] = Page(
        "hello", headers={"ETag": '"1"', "Last-Modified": "Tue, 24 Nov 2026 12:00:00 GMT"}
    )

    first = client().get(f"{services.base}a", most=100)
    second = client().get(f"{services.base}a", most=100, etag=first.headers["etag"])

    assert (second.status, second.data) == (304, b"")


def test_a_run_can_be_repeated_without_the_network(services, client):
    services.pages["/a"] = Page("hello")
    online = client().get(f"{services.base}a", {"q": "calf pain"}, most=100)
    services.asked.clear()

    offline = client(offline=True)
    again = offline.get(f"{services.base}a", {"q": "calf pain"}, most=100)

    assert again == online
    with pytest.raises(NotCached, match=r"/a was not asked this before\. Run once without --offline"):
        offline.get(f"{services.base}a", {"q": "other"}, most=100)
    assert services.asked == []


def test_a_key_is_sent_and_appears_nowhere_else(services, client, tmp_path, caplog):
    services.pages["/x/a"] = Page("hello")
    services.pages["/b"] = Page(status=302, headers={"Location": f"/x/a?api_key={KEY}"})
    private = {"api_key": KEY, "email": CONTACT}
    asking = client()
    with caplog.at_level(logging.DEBUG):
        told = [
            asking.get(f"{services.base}{path}", {"q": "1"}, most=100, private=private)
            for path in ("x/a", "b")
        ]
        for fault in ("429", "403", "bomb", "503"):
            services.faults["x"] = fault
            with pytest.raises(SourceError) as raised:
                asking.get(f"{services.base}x/a", {"q": "2"}, most=100, private=private)
            told.append(str(raised.value))

    assert any(KEY in path for path in services.asked)
    kept = [path.read_text("latin-1") for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    names = [str(path) for path in (tmp_path / "cache").rglob("*")]
    shown = [*map(repr, told), caplog.text, *kept, *names]
    assert not [text for text in shown if KEY in text or CONTACT in text or "203.0.113.7" in text]


def test_a_pace_is_only_ever_slowed():
    pace = Pace(TurnableClock(), {"a": 1.0})

    pace.slow("a", 0.1)
    assert pace.seconds("a") == 1.0
    pace.slow("a", 3)
    assert pace.seconds("a") == 3
    assert pace.seconds("unknown") == 5


@pytest.mark.parametrize(("said", "seconds"), [(None, None), ("", None), ("3", 3), ("soon", None)])
def test_what_a_host_asks_for_is_read(said, seconds):
    assert retry_after(said, datetime(2026, 11, 24, tzinfo=UTC)) == seconds


def test_the_fake_services_are_reached_over_a_real_socket():
    with serving(Services()) as services:
        assert services.base.startswith("http://127.0.0.1:")
