"""What kind of thing is asked, by a visitor or by a heading: how long, is it safe, may I, does it help …"""

import re
from functools import lru_cache

_KINDS = {
    kind: re.compile(says, re.IGNORECASE)
    for kind, says in {
        "how long": r"\bhow (long|soon|quick)|\bhow many (days|weeks|months|years|minutes|hours)\b|\b(duration|prognosis|natural history)\b"
        r"|\bwhen (will|can) (i|it|my)\b|\b(last|heal|recover)\w*\b.{0,12}$",
        "how often": r"\bhow (often|frequent)|\bhow many (?!days|weeks|months|years|minutes|hours)|\btoo often\b"
        r"|\b(times?|x|sessions?|visits?) (a|per|each) (day|week|month)\b|\d ?x (a|per) ",
        "what is": r"^(so |ok |hi |hey )?(what('s| is| are)|define|explain|meaning)\b|\bwhat (a|an|the)?\b.{1,40}\b(is|are|means?)\b",
        "does it help": r"\b(do(es)?|can|will|would|could|is|are)\b.{1,60}\b(help|work|fix|ease|cure|good for|effective|worth|relieve|get rid|benefit)"
        r"|\b(do|does|is|are|any)\b.{0,40}\b(any(thing)? (real|good|use)|do anything|really|hype|legit|any use|proven)\b"
        r"|\b(lower|reduce|lessen|stop|take away)s?\b.{0,20}\bpain\b|\bevidence\b",
        "what helps": r"\b(what|which|how).{0,30}\b(helps?|treat\w*|fix|exercises?|stretch\w*|do (about|for)|tips|cure|remed\w+|get rid)\b|\btreatments?\b|\btips\b",
        "safe": r"\b(safe|risks?|risky|danger\w*|side effects?|harm\w*|careful|avoid|contraindicat\w+|should ?n[o']?t|not (get|have))\b"
        r"|\b(ok(ay)?|all ?right|allowed|bad idea|rules? (it |them |me |him |her )?out|wait with)\b"
        r"|\bcan (i|we|he|she|my \w+) (still |safely )?(have|get|do|use|take|go)\b",
        "may": r"\b(can|may|could|should|(ok|okay|fine|safe) to) (i |we |he |she |my \w+ )?.{0,25}"
        r"\b(exercis\w+|work|run\w*|train\w*|bik\w+|cycl\w+|sport|gym|play|drive|fly|walk|rest|lift\w*)\b",
        "why": r"\bwhy\b|\bcauses?\b|\bfrom\?",
        "feel": r"\b(feels?|hurts?|painful|tingl\w+|sting\w*|sore)\b",
        "cost": r"\b(costs?|cover\w*|pays?|msp|icbc|insurance|benefits plan)\b",
        "urgent": r"\b(when should|should i).{0,30}\b(doctor|medical|urgent|help|emergency|worr\w+)\b|\b(serious|emergency|red flags?|warning signs?)\b",
        "clinic": r"\b(call|phone) the clinic\b",
    }.items()
}
_ONLY_WHEN_ASKED = frozenset(("urgent", "clinic"))


def kinds(text: str) -> frozenset[str]:
    return frozenset(kind for kind, says in _KINDS.items() if says.search(text))


_of_heading = lru_cache(8192)(kinds)
"""The same few headings are candidates for every question."""


def agreement(asked: frozenset[str], heading: str) -> float:
    """1 where a heading asks a kind of thing that the question asks, -1 where it is about calling for help and the
    question is not, else 0."""
    answered = _of_heading(heading)
    if asked & answered:
        return 1.0
    return -1.0 if answered & _ONLY_WHEN_ASKED else 0.0
