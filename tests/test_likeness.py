"""Emergencies told in words that no rule knows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import hashing_embedder
from langchain_core.embeddings import Embeddings

from assistant.language import words
from assistant.likeness import SILENT, WEIGHTS, Likely, Likeness, Piece, Weights, bars, features, pieces
from assistant.model import AssistantError, Turn
from assistant.safety import Triage
from benchmarks.fit_triage import fitted, lessons
from index.embedding import MINILM, MINILM_WEIGHTS, Embedder, open_embedder
from index.model import IndexNotReady

TRIAGE = Triage.load()


PARTS = ("back", "neck", "hip", "knee", "foot", "wrist", "elbow", "shoulder")


def read(text: str) -> list[Piece]:
    said = words(text)
    return pieces(text, said, TRIAGE.flags.lexicon.read(said))


class Hearing:
    """Finds what holds a word, and remembers what it was asked."""

    def __init__(self, word: str, flag: str = "stroke", level: str = "911") -> None:
        self.word, self.flag, self.level = word, flag, level
        self.asked: list[str] = []

    def __call__(self, found: Sequence[Piece]) -> Likely | None:
        self.asked += [piece.text for piece in found]
        told = next((piece.text for piece in found if self.word in piece.words), None)
        return Likely(self.flag, self.level, 0.9, told) if told else None


def hearing(word: str) -> Triage:
    return Triage.load(likeness=Hearing(word))


def test_a_message_without_denial_is_read_as_it_was_typed_so_that_its_vector_serves_the_search() -> None:
    text = "My calf is sore, can I stretch it?"

    assert read(text)[0].text == text


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("No numbness in my groin, just a stiff back", "numbness"),
        ("I had a stroke in 2015, my arm is stiff", "stroke"),
        ("I don't have a fever but my back hurts", "fever"),
    ],
)
def test_what_is_denied_or_long_past_is_left_out(text: str, gone: str) -> None:
    assert gone not in read(text)[0].words


def test_what_somebody_does_not_do_stays_in() -> None:
    assert "answer" in read("my dad doesn't answer me and looks grey")[0].words


def test_a_question_about_the_signs_leaves_nothing_to_compare() -> None:
    assert read("what are the signs of a stroke?") == []


def test_a_long_story_is_read_sentence_by_sentence_as_well() -> None:
    text = (
        "I have seen your therapist for years and I love it. Yesterday my arm dropped and my words were odd. "
        "Do you have an opening on Friday in the afternoon?"
    )

    said = [piece.text for piece in read(text)]

    assert said[0] == text
    assert "yesterday my arm dropped and my words were odd" in said


def test_an_alarm_by_likeness_speaks_with_the_message_and_sources_of_its_rule() -> None:
    alarm = hearing("wobblish")("everything feels wobblish today")

    assert alarm is not None
    rule = next(rule for rule in TRIAGE.flags.rules if rule.flag == "stroke")
    assert (alarm.flag, alarm.level, alarm.sources) == ("stroke", "911", rule.sources)
    assert alarm.message == rule.steps[0].message
    assert "wobblish" in alarm.because[0]


def test_a_rule_that_fires_is_not_asked_again() -> None:
    likeness = Hearing("chest")

    alarm = Triage.load(likeness=likeness)("crushing chest pain and sweating")

    assert alarm is not None
    assert alarm.flag == "heart-attack"
    assert likeness.asked == []


def test_a_likeness_to_a_rule_that_a_clinic_took_out_raises_nothing() -> None:
    triage = Triage.load(likeness=Hearing("wobblish", flag="no-such-rule"))

    assert triage("everything feels wobblish") is None


def test_a_short_message_is_heard_together_with_the_one_before() -> None:
    turn = Turn("my wobblish arm dropped while I was eating", "…")
    triage = Triage.load(likeness=Hearing("face"))

    assert triage("and what does it cost", [turn]) is None
    assert triage("now my face too", [turn]) is not None


def test_what_was_alarming_before_is_not_raised_again_by_the_next_short_message() -> None:
    turn = Turn("everything feels wobblish", "Call 9-1-1 now.", kind="emergency")

    assert hearing("wobblish")("my back is sore", [turn]) is None


def weights(threshold: float = 0.5) -> Weights:
    dimension = 8
    matrix = np.zeros((dimension + 1, 2), dtype=np.float32)
    matrix[dimension, 0] = 20  # the one known word speaks for the alarm
    constant = np.array([-10, 0], dtype=np.float32)
    return Weights("fake", ("stroke@911", SILENT), (), ("drooping",), matrix, constant, threshold)


def embedder(fingerprint: str = "fake") -> Embedder:
    return hashing_embedder(fingerprint, 8)


def test_the_likeliest_answer_is_given_from_the_threshold_on() -> None:
    found = Likeness(weights(), embedder)(read("his mouth is drooping"))

    assert found is not None
    assert (found.flag, found.level) == ("stroke", "911")
    assert Likeness(weights(threshold=1.1), embedder)(read("his mouth is drooping")) is None
    assert Likeness(weights(), embedder)(read("his mouth is dry")) is None


class Counting(Embeddings):
    """Counts the texts that are embedded."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_query(self, text: str) -> list[float]:
        self.texts.append(text)
        return [0.0] * 8

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


def test_of_a_long_story_only_the_parts_whose_words_promise_an_alarm_are_embedded() -> None:
    told = [f"My {part} has been sore after work on most days of the week. " for part in PARTS]
    embeddings = Counting()
    counting = Embedder("fake", embeddings, len, 256)
    story = "".join([*told, "Yesterday his mouth was drooping a bit while he ate his dinner. ", *told[::-1]])

    found = Likeness(weights(), lambda: counting)(read(story))

    assert found is not None
    assert "drooping" in found.said
    assert len(embeddings.texts) <= 10


def test_weights_of_another_embedder_are_not_used() -> None:
    assert Likeness(weights(), lambda: embedder("other"))(read("his mouth is drooping")) is None


def test_without_an_index_only_the_rules_are_used() -> None:
    def missing() -> Embedder:
        raise IndexNotReady("There is no index yet.")

    assert Likeness(weights(), missing)(read("his mouth is drooping")) is None


def test_the_shipped_weights_fit_the_default_embedder_and_the_shipped_rules() -> None:
    shipped = Weights.load()
    steps = {f"{rule.flag}@{step.level}" for rule in TRIAGE.flags.rules for step in rule.steps}

    assert shipped.embedder == f"{MINILM}@{MINILM_WEIGHTS[:16]}"
    assert set(shipped.answers) - {SILENT} <= steps
    assert {answer.partition("@")[0] for answer in shipped.answers} >= {
        rule.flag for rule in TRIAGE.flags.rules if rule.steps[0].level != "referral"
    }
    assert shipped.matrix.shape == (
        384 + len(shipped.vocabularies) + len(shipped.words),
        len(shipped.answers),
    )
    assert WEIGHTS.stat().st_size <= 200_000


def test_weights_that_cannot_be_read_are_told_with_the_next_step(tmp_path: Path) -> None:
    path = tmp_path / "likeness.npz"
    path.write_bytes(b"not weights")

    with pytest.raises(AssistantError, match="fit_triage"):
        Weights.load(path)


def test_each_piece_has_its_vector_its_vocabularies_and_its_words() -> None:
    found = [Piece("a b", frozenset({"a", "b"}), frozenset({"pain"}))]

    rows = features([[1.0, 0.0]], found, ("numb", "pain"), ("b",))

    assert rows.shape == (1, 5)
    assert rows[0, 2:4].tolist() == [0.0, 1.0]
    assert rows[0, 4] > 0


def test_a_history_of_many_sentences_is_read_in_stretches_and_not_added_up() -> None:
    text = " ".join(f"The {part} has been a little sore since the spring." for part in PARTS)

    found = read(text)

    assert found
    assert all(piece.part and len(piece.text.split()) <= 45 for piece in found)


def test_a_stretch_of_a_long_text_must_be_surer_than_a_message_of_its_own() -> None:
    piece = Piece("a b", frozenset(), frozenset())

    whole, part = bars([piece, piece._replace(part=True)], 0.7)

    assert part > whole == pytest.approx(0.7)


def test_the_shipped_weights_were_made_from_the_messages_rules_and_settings_of_today() -> None:
    made_from = lessons(TRIAGE).digest

    assert Weights.load().made_from == made_from, "Fit them anew: python -m benchmarks.fit_triage"


def test_the_same_rows_are_fitted_to_the_same_weights() -> None:
    rows = np.random.default_rng(1).normal(size=(60, 12)).astype(np.float32)
    labels = np.array(["silent", "stroke@911", "dvt@same_day"])[np.arange(60) % 3]

    one, other = fitted(rows, labels), fitted(rows, labels)

    assert one[0] == other[0]
    assert one[1].tobytes() == other[1].tobytes()
    assert one[2].tobytes() == other[2].tobytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("his grin has gone crooked and the cup slipped from his right hand", "stroke"),
        ("I'm 33 weeks along, it's so quiet in my belly since last night", "preg-bleed"),
    ],
)
def test_the_real_model_hears_what_the_rules_do_not(text: str, flag: str, tmp_path: Path) -> None:
    model = open_embedder(MINILM, tmp_path, threads=1, prepare=print)

    alarm = Triage.load(likeness=Likeness(Weights.load(), lambda: model))(text)

    assert TRIAGE(text) is None
    assert alarm is not None
    assert alarm.flag == flag
