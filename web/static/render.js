// Draws replies: the JSON of a reply in, elements out. templates/_replies.html draws the same for pages without script.
// Nothing here reads markup: every word goes in as text.

const HEADINGS = {
  "911": ["Immediate action required: ", "Call 9-1-1 now"],
  emergency_department: ["Immediate action required: ", "Go to an emergency department now"],
  support_line: ["Immediate action required: ", "Talk to someone now"],
  same_day: ["Urgent advice: ", "Get medical advice today"],
};

const OFFERS = {
  personal_clinical: "This depends on you. Talk it over with the clinic.",
  human_request: "Talk to a person",
  booking: "Book by phone",
  price: "Ask about prices by phone",
  complaint: "Tell the clinic",
  same_day: "Questions about your care?",
};

const REASONS = [
  ["not_asked", "Not what I asked"],
  ["unclear", "Hard to understand"],
  ["wrong", "Seems wrong"],
  ["missing", "Something is missing"],
];

const KINDS = { webpage: "Web page", rct: "Randomized trial" };
const CROSS = "M6 6l12 12M18 6 6 18";
const NUMBER = /(?<![\d-])(?:\d-\d-\d|(?:1-)?\d{3}-\d{3}-\d{4}|\d{3}-\d{4})(?![\d-])/g;

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["focusable", "false"]]) svg.setAttribute(name, value);
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const unseen = (text) => el("span", { class: "unseen" }, text);

/** The address if a click on it can only open a page. */
export function safeLink(url) {
  return typeof url === "string" && /^(https?:\/\/|\/[^/\\])/.test(url) ? url : null;
}

export function tel(number) {
  const digits = number.replace(/\D/g, "");
  return digits.length < 10 ? `tel:${digits}` : `tel:+1${digits.slice(-10)}`;
}

/** `text` in pieces, each with whether it is quoted; overlapping quotes become one piece. */
export function marked(text, quotes) {
  const quoted = new Array(text.length).fill(false);
  for (const quote of quotes) {
    const start = quote ? text.indexOf(quote) : -1;
    if (start >= 0) quoted.fill(true, start, start + quote.length);
  }
  const pieces = [];
  for (let at = 0; at < text.length; at += 1) {
    const last = pieces.at(-1);
    if (last && last[1] === quoted[at]) last[0] += text[at];
    else pieces.push([text[at], quoted[at]]);
  }
  return pieces;
}

export class Replies {
  /** `context`: server (before links to our own articles), callbackDays, onFollowUp, onCallBack, onFeedback. */
  constructor(context) {
    this.context = context;
    this.made = 0;
  }

  /** What stands in the transcript for `reply`; an emergency is drawn by `urgent`. */
  draw(reply) {
    if (reply.kind === "emergency") return [this.urgent(reply)];
    if (reply.kind === "answer") return [reply.handoff && this.offer(reply), this.answer(reply)].filter(Boolean);
    if (reply.handoff) return [this.offer(reply)];
    return [el("div", { class: "answer" }, el("p", {}, reply.text))];
  }

  /** What follows the newest reply only: further questions and the visitor's verdict. */
  drawAfter(reply) {
    const after = [];
    if (reply.follow_ups.length) after.push(this.chips("You could also ask", reply.follow_ups));
    if (["answer", "abstention"].includes(reply.kind)) after.push(this.judge(reply.id));
    return after;
  }

  urgent(reply) {
    const [hidden, shown] = HEADINGS[reply.level];
    const named = [...(reply.level === "911" ? ["9-1-1"] : []), ...(reply.text.match(NUMBER) ?? [])];
    const calls = [...new Set(named)].map((number) => el("a", { class: "button", href: tel(number) }, `Call ${number}`));
    const message = el("p", {}, reply.text);
    const numbers = calls.length ? el("p", { class: "calls" }, calls) : null;
    return el(
      "section",
      { class: `urgent ${reply.level === "same_day" ? "soon" : "now"}` },
      el("h3", {}, unseen(hidden), shown),
      reply.level === "911" ? [numbers, message] : [message, numbers],
    );
  }

  chips(label, questions) {
    return el(
      "div",
      { class: "chips" },
      el("p", { class: "chips-label" }, label),
      questions.map((question) => el("button", { type: "button", class: "chip", onclick: () => this.context.onFollowUp(question) }, question)),
    );
  }

  offer(reply) {
    const { handoff } = reply;
    const open = handoff.open_now;
    return el(
      "section",
      { class: "offer" },
      el("h3", {}, OFFERS[handoff.reason] ?? "The clinic can help"),
      reply.kind === "answer" ? null : el("p", {}, reply.text),
      open === null ? null : el("p", { class: "opening" }, el("span", { class: `dot ${open ? "open" : "closed"}`, "aria-hidden": "true" }), handoff.hours || (open ? "Open now" : "Closed now")),
      el("p", { class: "calls" }, el("a", { class: "button primary", href: handoff.tel }, `Call ${handoff.phone}`)),
      this.callBackForm(),
    );
  }

  callBackForm() {
    const form = el(
      "form",
      { "data-does": "call-back" },
      el("label", {}, "Your name ", el("input", { name: "name", autocomplete: "name", required: true, maxlength: 80 })),
      el("label", {}, "Phone number ", el("input", { name: "phone", type: "tel", autocomplete: "tel", required: true, maxlength: 40 })),
      el("label", {}, el("span", {}, "Best time to call ", el("span", { class: "facts" }, "(if you like)")), " ", el("input", { name: "best_time", maxlength: 120 })),
      el(
        "label",
        { class: "consent" },
        el("input", { type: "checkbox", name: "consent", value: "yes", required: true }),
        el("span", {}, `The clinic may use my name and number to call me back about this. They are kept for ${this.context.callbackDays} days at most, then deleted.`),
      ),
      el("button", { class: "button primary" }, "Request the call"),
      el("p", { class: "hint" }, "Please leave out health details here. The clinic will ask you."),
    );
    form.dataset.id = crypto.randomUUID();
    return el("details", { class: "call-back" }, el("summary", {}, "Ask to be called back"), form);
  }

  called(reference) {
    return el(
      "div",
      { class: "called", tabindex: "-1" },
      el("h4", {}, "The clinic will call you"),
      el("p", {}, "Your reference number is ", el("strong", { class: "number" }, reference), ". Please keep it for the call."),
    );
  }

  answer(reply) {
    this.made += 1;
    const name = `source-${this.made}`;
    const evidence = new Map(reply.evidence.map((item) => [item.number, item]));
    const count = reply.evidence.length;
    return el(
      "div",
      { class: "answer" },
      el("h3", { class: "unseen" }, "Answer"),
      reply.standalone && reply.standalone !== reply.question ? el("p", { class: "searched" }, `Searched for: ${reply.standalone}`) : null,
      paragraphs(reply.statements).map((statements) => el("p", {}, statements.map((item) => [this.#statement(name, evidence, item), " "]))),
      el(
        "details",
        { class: "sources" },
        el("summary", {}, `${count} source${count === 1 ? "" : "s"}`),
        el("ol", {}, reply.evidence.map((item) => el("li", { value: item.number }, el("button", { type: "button", class: "linklike", popovertarget: `${name}-${item.number}` }, item.title), " ", el("span", { class: "facts" }, item.section), " ", provenance(item)))),
      ),
      reply.evidence.map((item) => this.#source(name, item, quotes(reply, item.number))),
    );
  }

  /** The numbers of a sentence's sources never stand on a line without its last word. */
  #statement(name, evidence, statement) {
    const end = statement.text.lastIndexOf(" ") + 1;
    const cites = cited(statement).map((number) => this.#cite(name, evidence.get(number), statement));
    return el("span", {}, statement.text.slice(0, end), el("span", { class: "together" }, statement.text.slice(end), cites));
  }

  #cite(name, item, statement) {
    const id = `${name}-${item.number}`;
    const quotes = statement.citations.filter((citation) => citation.evidence === item.number).map((citation) => citation.quote);
    const point = (event) => {
      for (const mark of event.target.getRootNode().getElementById(id).querySelectorAll("mark")) {
        mark.classList.toggle("pointed", quotes.some((quote) => mark.textContent.includes(quote)));
      }
    };
    return el("button", { type: "button", class: "cite", popovertarget: id, "aria-label": `Source ${item.number}: ${item.title}`, onclick: point }, String(item.number));
  }

  #source(name, item, said) {
    const id = `${name}-${item.number}`;
    const link = safeLink(item.url);
    const opened = link && (link.startsWith("/") ? this.context.server + link : link);
    return el(
      "div",
      { class: "source", popover: true, id, role: "dialog", "aria-labelledby": `${id}-title`, tabindex: "-1", autofocus: true },
      el(
        "div",
        { class: "source-head" },
        el("p", { class: "source-number", "aria-hidden": "true" }, String(item.number)),
        el("div", {}, el("h4", { id: `${id}-title` }, item.title), el("p", { class: "facts" }, item.section)),
        el("button", { type: "button", class: "plain", popovertarget: id, popovertargetaction: "hide", "aria-label": `Close source ${item.number}` }, icon(CROSS)),
      ),
      el("blockquote", {}, marked(item.text, said).map(([piece, quoted]) => (quoted ? el("mark", {}, piece) : piece))),
      item.references.length ? [el("h5", {}, "This passage leans on"), el("ul", { class: "references" }, item.references.map(reference))] : null,
      provenance(item),
      opened ? el("p", {}, el("a", { class: "read", href: opened + fragment(item, said), target: "_blank", rel: "noopener noreferrer" }, "Read the whole article", unseen(" (opens in a new tab)"))) : null,
    );
  }

  judge(id) {
    const group = el("div", { class: "judge", role: "group", "aria-label": "Was this helpful?" }, el("span", { "aria-hidden": "true" }, "Was this helpful?"));
    const reasons = el("div", { class: "reasons", hidden: true }, REASONS.map(([key, words]) => el("button", { type: "button", class: "chip small", "aria-pressed": "false", onclick: (event) => give(false, key, event.target) }, words)));
    const buttons = [["Yes", true], ["No", false]].map(([words, helpful]) => el("button", { type: "button", class: "chip small", "aria-pressed": "false", onclick: (event) => give(helpful, "", event.target) }, words));
    const give = (helpful, reason, pressed) => {
      const rivals = reason ? [...reasons.children] : buttons;
      for (const rival of rivals) rival.setAttribute("aria-pressed", String(rival === pressed));
      reasons.hidden = helpful;
      this.context.onFeedback(id, helpful, reason);
    };
    group.append(...buttons, reasons);
    return group;
  }
}

function cited(statement) {
  return [...new Set(statement.citations.map((citation) => citation.evidence))];
}

function quotes(reply, number) {
  return reply.statements.flatMap((item) => item.citations).filter((citation) => citation.evidence === number).map((citation) => citation.quote);
}

/** Statements that lean on the same evidence read on in one paragraph. */
function paragraphs(statements) {
  const together = [];
  for (const statement of statements) {
    const last = together.at(-1);
    if (last && last[0].citations[0].evidence === statement.citations[0].evidence) last.push(statement);
    else together.push([statement]);
  }
  return together;
}

/** Takes a browser that can to the quoted words. Only our own articles hold them letter for letter. */
function fragment(item, said) {
  if (!said.length || !item.url.startsWith("/")) return "";
  const words = encodeURIComponent(said[0]).replaceAll("-", "%2D");
  return `${item.url.includes("#") ? "" : "#"}:~:text=${words}`;
}

function reference(item) {
  const facts = [item.kind && (KINDS[item.kind] ?? sentence(item.kind)), item.year].filter(Boolean).join(", ");
  const about = item.citation.length > 60 ? `${item.citation.slice(0, 57)}…` : item.citation;
  const links = [
    item.doi && [`https://doi.org/${item.doi}`, "DOI", ` of ${about}`],
    item.pmid && [`https://pubmed.ncbi.nlm.nih.gov/${item.pmid}/`, "PubMed", ` entry of ${about}`],
    !item.doi && !item.pmid && safeLink(item.url) && [item.url, "Web page", ` of ${about}`],
  ].filter(Boolean);
  return el(
    "li",
    {},
    item.citation,
    " ",
    el("span", { class: "facts" }, facts),
    el("span", { class: "links" }, links.map(([href, words, rest]) => el("a", { href, rel: "noopener noreferrer", target: "_blank" }, words, unseen(rest)))),
  );
}

function sentence(kind) {
  const words = kind.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

function spelled(day) {
  return new Date(`${day}T00:00Z`).toLocaleDateString("en-CA", { dateStyle: "long", timeZone: "UTC" });
}

function provenance(item) {
  return el(
    "p",
    { class: "facts" },
    item.reviewed ? ["Last checked ", el("time", { datetime: item.reviewed }, spelled(item.reviewed)), ". "] : null,
    item.certainty ? `Certainty of the evidence: ${item.certainty}. ` : null,
    item.licence ? `Licence: ${item.licence}.` : null,
  );
}
