"""The fixed sentences of the chain. Those that depend on a kind of message stand in routes.yaml."""

NOT_COVERED = (
    "I could not find an answer to that in the articles I work from, and I would rather not guess. "
    "The clinic can help you at {phone}."
)
OFF_TOPIC = (
    "That is outside what I can help with. I answer questions about soft tissue therapy, such as massage "
    "techniques, common aches, safety and first visits."
)
UNSUPPORTED = (
    "I found something close, but nothing I can quote that answers your question. "
    "The clinic can help you at {phone}."
)
PERSONAL_CLINICAL = (
    "That depends on you, so it needs a person who can ask questions and examine you. "
    "Please call the clinic at {phone}."
)
STILL_STUCK = (
    "I have not been able to help with this, and I do not want to keep you going in circles. "
    "A person at the clinic can: please call {phone}, or ask to be called back."
)
TO_THE_DESK = "The clinic can help you with that. Please call {phone}, or ask to be called back."
ENOUGH = (
    "We have been through a lot of questions here, so this conversation ends. You are welcome to begin a new one, "
    "and a person at the clinic can take more time for you: please call {phone}, or ask to be called back."
)
TOO_LONG = (
    "Your message is longer than I can answer well. Please ask again in fewer words, with one question at "
    "a time, or call the clinic at {phone}."
)
