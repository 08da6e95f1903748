"""Which language a message is in, as far as the assistant has to know: English, or which other one."""

import re

_SCRIPTS = (
    ("pa", re.compile(r"[\u0a00-\u0a7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("fa", re.compile(r"[\u0600-\u06ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)

# Little words that a language cannot do without and that English does not have.
_LITTLE_WORDS = {
    "fr": "je tu il elle nous vous les des une est suis avez avoir pour avec dans mon ma mes le la du au sur pas que "
    "qui quoi quel quelle comment pourquoi bonjour merci mal dos jambe cou est-ce cest jai",
    "es": "el los las una es soy estoy tengo tiene para con por que qué como cómo cuanto cuánto mi mis muy pero donde "
    "dónde puedo hola gracias dolor espalda la de me duele cuesta",
    "de": "ich du er sie wir ihr der die das ein eine ist bin habe haben für mit und nicht wie was warum mein meine "
    "schmerzen rücken hilft bei kann",
    "pt": "eu você ele ela nós os as uma é sou estou tenho para com por que como meu minha muito mas onde posso olá "
    "obrigado dor costas não",
    "it": "io lui lei noi gli una è sono ho hai per con che come perché mio mia molto ma dove posso ciao grazie dolore "
    "schiena mal di",
    "tl": "ako ikaw siya kami po ang ng mga sa ay hindi paano bakit magkano masakit ko mo ba salamat kumusta likod pwede",
    "pa": "mainu mera meri mere tusi tuhada hai han nahi kiven kida kado dard pith lakk gal karna chahida sat sri akal "
    "vich nu da di",
    "vi": "tôi bạn là không có của và cho với bị đau lưng làm sao thế nào cảm ơn",
}
_WORDS = {code: frozenset(words.split()) for code, words in _LITTLE_WORDS.items()}

# English has these too often to let them speak for another language on their own.
_ENGLISH = frozenset(
    "the a an is are was were be i im my me you your we it its this that these those and or but of to in on at for with "
    "from by as do does did can could will would should what when where which who why how not no yes if so have has had "
    "get got there here than then too very after before about during pain hurt massage please hi hello thanks ok".split()
)


def tongue(text: str) -> str:
    """An ISO 639-1 code: "en" unless another script fills the message, or another language's little words do."""
    letters = [letter for letter in text if letter.isalpha()]
    for code, script in _SCRIPTS:
        if letters and len(script.findall(text)) > 0.3 * len(letters):
            return code
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.casefold().replace("’", "").replace("'", ""))
    english = sum(word in _ENGLISH for word in words)
    scores = {code: sum(word in known for word in words) for code, known in _WORDS.items()}
    best = max(scores, key=lambda code: scores[code])
    enough = scores[best] >= max(2, 0.34 * len(words)) and scores[best] > 1.5 * english
    return best if enough else "en"
