"""In what sense words are meant: denied, long past (or still ahead), or only asked about."""

import re
from collections.abc import Collection
from itertools import pairwise

from assistant.language import STARTERS, SUBJECTS, Words, word_set

_BREAKS = word_set(
    "but however although though except yet whereas still mais pero lekin 但 ਪਰ when since until "
    "unless because after before if while started began"
)
DENIERS = word_set(
    "no not never without denies deny denied denying neither nor none zero dont doesnt didnt isnt "
    "arent wasnt werent havent hasnt hadnt aint wouldnt nope sans pas sin tampoco nahi nahin 没 沒 無 无 "
    "ਨਹੀਂ"
)
_DENIED_BEFORE = word_set("nahi nahin ਨਹੀਂ")
"""Deniers that follow what they deny."""

_UNABLE = word_set("cant couldnt wont unable hardly barely never")
_DENIED_TO_COMMA = word_set("没 沒 無 无")
_NOT_DOING = word_set("dont doesnt didnt wont wouldnt havent hasnt hadnt")
_HAVING = word_set("have any feel felt get been hurt hurts ache noticed notice think")
_DENYING_PAIRS = frozenset(
    [("free", "of"), ("negative", "for"), ("lack", "of"), ("absence", "of"), ("clear", "of")]
)
_NEGATIVE_WORDS = DENIERS | frozenset(["cant", "couldnt", "wont", "unable"])
_JOINING = word_set(
    "between under inside near behind over into onto through across along in on of with to at from around for have had having feel any do does by up down"
)
# "no injury, calf swollen": what is denied here is a cause, and the list of signs starts after the comma.
_CAUSES = word_set(
    "injury injuries trauma accident fall falls reason cause warning idea history clue luck relief "
    "change known obvious recent previous apparent particular clear way need insurance"
)
# Words that state something: after a comma they end a denied list ("no fever, dizzy since noon").
_STATING = word_set(
    "is are was were has lost losing lose swells swelled hurts hurt aches burns feel feels felt feeling went going gone got getting "
    "keeps keep started start starts cant couldnt wont swollen swelled numb weak hot red dizzy sore "
    "slurred drooping confused sudden suddenly severe worst worse new just now today yesterday since "
    "tonight only mostly mainly also looks barely hardly broke broken threw throwing passed vomited "
    "fainted collapsed coughing bleeding peeing please help should what how"
)

_ALL_ANSWERED = re.compile(
    r"\b(?:(?:i|he|she|they) (?:have|has|had|got) none(?: of \S+)?"
    r"|none of (?:it|that|those|these|them|this|the above)|no to (?:all|everything))\b"
)

_LONG_AGO = re.compile(
    r"\b(?:\S+ )?(?:years|year|decades|decade) (?:ago|back|earlier)\b|\b(?:\S+ )?months ago and (?:fine|ok)\b|\blast year\b"
    r"|\b(?:back )?in (?:19|20)\d\d\b|\bas an? (?:kid|child|teen|teenager|baby|infant|toddler|youngster|student)\b|\blong (?:time )?ago\b"
    r"|\bwhen i was (?:a |an )?(?:young|little|kid|child|teen|teenager|baby|\d+)\b|\ba while (?:back|ago)\b|\bages ago\b"
    r"|\bin (?:college|university|high school|my (?:teens|twenties|thirties|youth))\b|\boverdose survivor\b"
    r"|\bhad an? (?:\S+ ){1,2}(?:once )?(?:at|when) (?:age )?\d\d?$|\b(?:once|back) (?:at|when i was) (?:age )?\d\d?\b"
    r"|\ben (?:19|20)\d\d\b|\bil y a (?:\S+ )?ans\b|\bhace (?:\S+ )?anos\b|\bl an(?:nee)? (?:passee?|derniere?)\b|\bel ano pasado\b"
    r"|以 前 (?:\S ){2,5}过|\b(?:19|20)\d\d (?:vich|ch|mein|ਵਿੱਚ|ਵਿਚ)(?= |$)"
    r"|[去前] 年|\S 年 (?:以 )?前|ਪਿਛਲੇ ਸਾਲ|ਸਾਲ ਪਹਿਲਾਂ|\b(?:pichle saal|saal pehla\S?)\b"
    r"|\b(?:next|in \S+) (?:month|months|week|weeks|year)(?: time)?$|\bnext (?:month|week|year|summer|winter|spring)\b|\bupcoming\b"
)
_AHEAD_AGO = re.compile(
    r"\b(?:history of|hx of|used to (?:have|get)|previous|scheduled for|planning to have"
    r"|old (?:injury|achilles|ankle|knee|hip|shoulder|back|neck|fracture|break|rupture|sprain|tear|dislocation))\b"
)
_AHEAD = 7
_AHEAD_ENDS = frozenset(["and", "now", "new", "with", "then", "today", "since"])
_WEEKS_AGO = re.compile(
    r"\b(?:\S+ )?(?:weeks|months|month) (?:ago|back|earlier)\b|\blast (?:month|fall|spring|summer|winter|season)\b"
    r"|\bover a (?:week|month) ago\b"
)

_LEAD_IN = re.compile(
    r"^(?:(?:hi|hey|hello|so|ok|okay|and|also|btw|um|well|please|pls|quick question|just curious|curious|question|just|"
    r"i was wondering|was wondering|wondering|i wonder|im wondering|if|can you tell me|could you tell me|can you explain|"
    r"could you explain|do you know|any idea|random question|out of curiosity|hypothetically|asking for a friend) )+"
)
_ASKING = re.compile(
    r"^(?:what (?:is|are|were) |what (?:causes|cause|does|do|happens|counts|should (?!i |we |my )|would a|might)\b"
    r"|how (?:do|does|can|would|should) (?:you|we|people|doctors|physios|a |an |the |therapists|one|someone)"
    r"|how (?:is|are|common|likely|long|often)\b|how to (?:diagnose|test|screen|check|assess|prevent)\b"
    r"|(?:is|was) it true|(?:exercises?|stretches|rehab) (?:for|after)\b|what helps\b"
    r"|(?:explain|define|describe|tell me about|difference between|info on|list)\b"
    r"|(?:the )?(?:early |warning |classic )?(?:signs|symptoms|red flags|causes|meaning|definition) (?:of|for|that)\b"
    r"|is there (?:a )?(?:link|evidence|research|such)|which |(?:at what point|when) (?:is|are|does|do|to|should|would|will|can)\b|who |why (?:do|does|is|are|would|can) (?:people|you|some|it|the|a)\b)"
)
_CAUSING = re.compile(
    r"^(?:can|could|do|does|did|will|would|may|might|is|are|has|have)\b.*\b(?:cause|causes|causing|caused|lead to|leads to|"
    r"result in|trigger|triggers|happen|mean|look like|feel like|sign of|signs of|symptom of|symptoms of|same as|side effects? of|make you|"
    r"give you|make (?:your|a|the|people|someone)|always|ever serious|get|contagious|hereditary|spread|move|dangerous for|safe)\b"
)
# Whether one thing brings on another, asked in another language.
_CAUSING_ELSEWHERE = re.compile(
    r"\bpeu(?:t|vent) (?:\S+ ){0,2}(?:causer|provoquer)\b|\bpuede(?:n)? (?:\S+ ){0,3}(?:causar|provocar)\b"
    r"|会 (?:\S ){0,3}(?:引 起|导 致|造 成)|會 (?:\S ){0,3}(?:引 起|導 致|造 成)|只 是 好 奇|ਸਿਰਫ਼ ਜਾਣਕਾਰੀ"
)
_HEARSAY = re.compile(
    r"\bi (?:read|heard|saw|watched|learned|wonder|was wondering|was reading|know|get|am curious)\b"
    r"|\b(?:signs?|symptoms?) that (?:my|your)\b|\b(?:where|what|how|when) (?:do|does|should|would) i (?:start|begin|look for|watch|call|go|see|put|write|tell)\b"
    r"|\bim (?:curious|wondering|reading|studying|a student|learning|writing|revising|prepping|taking)\b"
    r"|\b(?:should|would|could|can|do|might|will) i (?:know|get|have|be at risk|worry|need|expect)\b|\bam i at risk\b"
    r"|\b(?:for )?my \S* ?\S* ?(?:exam|exams|boards|class|course|quiz|teacher|textbook|essay|assignment|homework|thesis|book|"
    r"novel|blog|students|research|final|finals|midterm|test)\b|\bhelp me (?:study|understand|learn|revise)\b|\btell me\b"
)
_STUDY = re.compile(
    r"\b(?:studying|exam|exams|boards|quiz|essay|homework|textbook|coursework|course reading|for school|for class|"
    r"case study|(?:my|our|the) (?:prof|professor|instructor|lecturer|tutor)|flash ?cards|(?:first aid|cpr|bls|kin|kinesiology|anatomy|rmt|nursing|paramedic) (?:course|class|training|school|exam|program)|practice question|mcq|vignette|research paper|osce|anatomy question|preparing a talk|workshop|lecture|(?:my|a|the) (?:novel|screenplay|short story|assignment|midterm))\b"
)
_PERSONAL = word_set(
    "my me mine i im ive he she his her him hers our us we husband wife partner mom mum mother dad "
    "father son daughter kid baby toddler grandma grandpa grandmother grandfather nana brother sister "
    "friend roommate"
)
_FIRST_PERSON = frozenset(["my", "me", "i", "im", "ive"])
# Somebody who asks in general does not say when it began.
_BEGUN = re.compile(
    r"\b(?:now|today|tonight|yesterday|since|suddenly|started|this (?:morning|afternoon|evening)|last night"
    r"|(?:hours?|minutes?) ago|all of a sudden)\b"
)
_PET = re.compile(
    r"\b(?:my|our|the|his|her) (?:dog|cat|puppy|pup|kitten|rabbit|parrot|hamster) "
    r"(?:has|had|is|was|just|got|keeps|collapsed|fainted|seems|cant|wont|started|threw|broke|limps)\b"
)
_FALLS_PREVENTED = re.compile(
    r"(?<!cant )(?<!wont )(?<!doesnt )(?<!dont )\b(?:stop|stopping|prevent|preventing) (?:\S+ ){0,3}?"
    r"(?=(?:from )?(?:tripping|falling|slipping|trips|falls)\b)"
)
_HYPOTHETICAL = re.compile(
    r"\b(?:risks? of|chances? of|odds of|prevent|prevents|preventing|prevention of|avoid|avoiding|fear of|afraid of|"
    r"worried about falling|scared of falling|screening for|screen for|tests? for|rule out|instead of|"
    r"if (?:a|an|the|someone|somebody|you|your|any) ?(?:client|clients|patient|person|one)?|in case of)\b"
)


def denied(text: Words, kept: Collection[int] = (), firmly: bool = False) -> frozenset[int]:
    """The words that are said not to be so.

    `firmly` leaves out what somebody does not do ("doesn't answer", "haven't had my period since May"):
    only what they do not have, feel or turn out to be is denied then.

    `kept` are the words of phrases whose "no" is itself the sign ("no feeling", "not breathing"): they
    neither deny what follows nor are they denied by an earlier word.
    """
    found: set[int] = set()
    said = text.words
    for i, word in enumerate(said):
        if i in kept:
            continue
        if word in DENIERS:
            if firmly and word in _NOT_DOING and not _HAVING & set(said[i + 1 : i + 3]):
                continue
            if word == "without" and _UNABLE & set(said[max(0, i - 8) : i]):
                continue  # "I can't climb a stair without gasping" tells of the gasping
            if _answers_the_question(text, i):
                found.update(j for j in range(i) if text.clause[j] == text.clause[i - 1])
                continue
            if word in _DENIED_BEFORE:
                found.update(j for j in range(max(0, i - 2), i) if text.clause[j] == text.clause[i])
            start = i + 1
        elif i + 1 < len(said) and (word, said[i + 1]) in _DENYING_PAIRS:
            start = i + 2
        else:
            continue
        found.update(_reach(text, start, kept))
    found.update(_listed(text))
    found.update(_all_answered(text))
    return frozenset(found)


def _answers_the_question(text: Words, i: int) -> bool:
    """Whether this "no" stands alone after a sign: "Fever? No." or "numbness: none"."""
    alone_after = i + 1 == len(text.words) or text.clause[i + 1] != text.clause[i]
    alone_before = i > 0 and text.clause[i - 1] != text.clause[i]
    return alone_before and alone_after and text.words[i] in ("no", "none", "nope", "denied")


def _reach(text: Words, start: int, kept: Collection[int]) -> list[int]:
    said = text.words
    reached: list[int] = []
    names_cause = start < len(said) and said[start] in _CAUSES
    for j in range(start, len(said)):
        if text.sentence[j] != text.sentence[start] or (
            j > start and text.sentence[j - 1] != text.sentence[j]
        ):
            break
        word = said[j]
        if j in kept and word in _NEGATIVE_WORDS:
            break
        if word in _BREAKS or word in _NEGATIVE_WORDS:
            break
        if word in SUBJECTS and j > start and said[j - 1] not in _JOINING:
            break
        if word == "and" and j + 1 < len(said) and (said[j + 1] in STARTERS or j + 1 in kept):
            break
        if j in text.comma and j > start and said[start - 1] in _DENIED_TO_COMMA:
            break
        if j in text.comma and j > start and ((names_cause and not _has_or(text, j)) or _states(text, j)):
            break
        reached.append(j)
    return reached


def _has_or(text: Words, start: int) -> bool:
    rest = [
        w for w, s in zip(text.words[start:], text.sentence[start:], strict=True) if s == text.sentence[start]
    ]
    return "or" in rest or "nor" in rest


def _states(text: Words, start: int) -> bool:
    """Whether the piece after this comma says something of its own instead of naming one more thing."""
    size = 0
    for j in range(start, len(text.words)):
        if (j > start and j in text.comma) or text.sentence[j] != text.sentence[start]:
            break
        word = text.words[j]
        if word in ("or", "nor", "any"):
            return False
        if (
            word in _STATING
            or word.endswith("ed")
            or (word in SUBJECTS and text.words[j - 1] not in _JOINING)
            or word in ("the", "this")
        ):
            return True
        size += 1
    return size > 4


def _listed(text: Words) -> list[int]:
    """The words of "fever no, weakness no", a list in which each piece is answered."""
    answered = [
        (first, last)
        for first, last in _spans(text.clause)
        if 2 <= last - first <= 4 and text.words[last - 1] in ("yes", "no", "none")
    ]
    no = [(first, last) for first, last in answered if text.words[last - 1] != "yes"]
    if len(answered) < 2 or any({"or", "said", "told"} & set(text.words[a:b]) for a, b in no):
        return []
    return [j for first, last in no for j in range(first, last)]


def _all_answered(text: Words) -> list[int]:
    """The words that "I have none of it" or "no to all" answers: those before it in its sentence, or in the one before
    where it begins its own."""
    found: list[int] = []
    spans = _spans(text.sentence)
    for place, (first, last) in enumerate(spans):
        match = _ALL_ANSWERED.search(" ".join(text.words[first:last]))
        if match is None:
            continue
        before = first + " ".join(text.words[first:last])[: match.start()].count(" ")
        end = before + match.group().count(" ") + 1
        if end < last and text.clause[end] == text.clause[end - 1]:
            continue  # "none of it helped" says nothing of the signs
        start = first if before > first or not place else spans[place - 1][0]
        found.extend(range(start, before))
    return found


LONG_AGO, WEEKS_AGO, PRESENT = 2, 1, 0


def ages(text: Words) -> tuple[int, ...]:
    """For each word whether its clause puts it in the present, some weeks or months back, or long ago (or ahead)."""
    found = [PRESENT] * len(text.words)
    for first, last in _spans(text.clause):
        joined = " ".join(text.words[first:last])
        for age, pattern in ((WEEKS_AGO, _WEEKS_AGO), (LONG_AGO, _LONG_AGO)):
            for match in pattern.finditer(joined):
                before = joined[: match.start()].count(" ")
                through = before + match.group().count(" ") + 1
                # "ten years ago I had a clot" looks forward, "I had a clot ten years ago" looks back.
                reach = range(first, last) if before < 2 else range(first, first + through)
                for j in reach:
                    found[j] = max(found[j], age)
        for match in _AHEAD_AGO.finditer(joined):
            start = first + joined[: match.start()].count(" ")
            for j in range(start, min(last, start + _AHEAD)):
                if text.words[j] in _AHEAD_ENDS:
                    break
                found[j] = max(found[j], LONG_AGO)
    return tuple(found)


def asked(text: Words) -> frozenset[int]:
    """The words that are only asked about, studied or feared, with nobody said to have them."""
    studies = bool(_STUDY.search(" ".join(text.words)))
    found: set[int] = set()
    for first, last in _spans(text.sentence):
        sentence = " ".join(text.words[first:last])
        bare = _HEARSAY.sub(" ", _LEAD_IN.sub("", sentence + " "))
        whose = _FIRST_PERSON if studies else _PERSONAL
        general = _ASKING.search(_LEAD_IN.sub("", sentence + " ")) or _CAUSING.search(bare.strip())
        wondering = studies or (general and not _BEGUN.search(sentence))
        elsewhere = _CAUSING_ELSEWHERE.search(sentence)
        if elsewhere or (wondering and not whose & set(bare.split())):
            found.update(range(first, last))
            continue
        for pattern in (_HYPOTHETICAL, _PET, _FALLS_PREVENTED):
            for match in pattern.finditer(sentence):
                start = first + sentence[: match.end()].rstrip().count(" ") + 1
                for j in range(start, last):
                    if text.clause[j] != text.clause[start] or text.words[j] in _PERSONAL:
                        break
                    found.add(j)
    return frozenset(found)


def _spans(numbers: tuple[int, ...]) -> list[tuple[int, int]]:
    starts = [i for i in range(len(numbers)) if not i or numbers[i] != numbers[i - 1]]
    return list(pairwise([*starts, len(numbers)]))
