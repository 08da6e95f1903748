"""From a question to a finished reply: cold, warm, and by the length of the question."""

from collections.abc import Sequence

from benchmarks.measuring import milliseconds, p50_p95, process, resident_mb

SHORT = (
    "does massage help sore muscles after exercise",
    "what is a trigger point",
    "how long does plantar fasciitis take to heal",
    "is deep tissue massage safe if I take blood thinners",
    "how often should I have soft tissue therapy for low back pain",
    "what should I wear to my first visit and will I have to undress for the treatment",
    "my neck is stiff after sitting at a desk all day what can I do at home",
    "does cupping work or is it just hype, and are the marks it leaves dangerous",
)
OPENERS = (
    "",
    "hi,",
    "hello there,",
    "please tell me,",
    "just wondering,",
    "quick question,",
    "good morning,",
    "thanks for this,",
    "sorry to ask,",
    "I would like to know,",
    "one more thing,",
    "my friend asks,",
)
"""Each question is asked in other words every time: an embedder keeps the vectors of the last ones."""
STORY = (
    "I have had an ache on the right side of my low back since I moved house in March and it comes and goes. "
    "There is no numbness, no fever, and no problem with my bladder. Sitting makes it worse and walking eases it. "
)


def main() -> None:
    help = process("assistant", "--help")
    ask = process("assistant", "ask", SHORT[0])
    print(f"--help, cold: {help.cpu:.2f} s CPU, {help.peak_mb:.0f} MB")
    print(f"ask, cold: {ask.cpu:.2f} s CPU, {ask.peak_mb:.0f} MB ({ask.cpu / help.cpu:.1f} × --help)")
    warm()


def warm() -> None:
    from assistant import wiring
    from assistant.model import Question
    from assistant.settings import load

    wiring.prepare_process()
    settings = load()
    searcher = wiring.searcher(settings)
    chain = wiring.chain(settings, searcher)
    for question in SHORT:
        chain.invoke(Question(question))
    print(f"resident memory of the serving parts: {resident_mb():.0f} MB")
    encoder = wiring.built_embedder(settings, searcher.manifest.embedder).embeddings
    encode = p50_p95([milliseconds(lambda q=q: encoder.embed_query(q)) for q in opened(SHORT)])
    print(f"encode alone, up to 25 words: p50 {encode[0]:.1f} ms, p95 {encode[1]:.1f} ms")
    for name, questions in (
        ("up to 25 words", SHORT),
        ("about 45 words", (STORY,)),
        ("about 180 words", (STORY * 4,)),
        ("4,000 characters", ((STORY * 25)[:4000],)),
    ):
        spent = [milliseconds(lambda q=q: chain.invoke(Question(q))) for q in opened(questions)]
        p50, p95 = p50_p95(spent)
        print(f"reply, {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms ({p50 / encode[0]:.2f} × encode alone)")
    searcher.close()


def opened(questions: Sequence[str]) -> list[str]:
    """Every question with every opener."""
    return [f"{opener} {question}".strip() for opener in OPENERS for question in questions]
