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

const KINDS = { web: "Web page", rct: "Randomized trial" };
export const IN_TAB = " (opens in a new tab)";
const ASKED = "Was this helpful?";
export const CROSS = "M6 6l12 12M18 6 6 18";
const NUMBER = /(?<![\d-])(?:\d-\d-\d|(?:1-)?\d{3}-\d{3}-\d{4}|\d{3}-\d{4})(?![\d-])/g;

/**
 * `el("p.facts", { lang: "fr" }, "words", other)`: a name may carry classes, attributes may be left out, null and
 * false are no children. A button sends no form unless its type says so.
 */
export function el(name, attributes, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  const given = attributes?.constructor === Object;
  if (classes.length) element.className = classes.join(" ");
  if (tag === "button") element.type = "button";
  for (const [key, value] of Object.entries(given ? attributes : {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...[given ? [] : attributes, children].flat(9).filter((child) => child != null && child !== false));
  return element;
}

export function icon(path) {
  const [svg, line] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** A number to dial stays on one line. */
const unbroken = (text) => text.replace(NUMBER, (number) => number.replaceAll("-", "\u2011"));

export const unseen = (text) => el("span.unseen", text);

/** A link to somewhere else; `rest` completes its words for those who do not see what stands around it. */
export const away = (name, href, words, rest) => el(name, { href, target: "_blank", rel: "noopener noreferrer" }, words, unseen(rest));

/** The address if a click on it can only open a page. */
export function safeLink(url) {
  return /^(https?:\/\/|\/[^/\\])/.test(url) ? url : null;
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
    if (last?.[1] === quoted[at]) last[0] += text[at];
    else pieces.push([text[at], quoted[at]]);
  }
  return pieces;
}

export class Replies {
  /** `context`: server (before links to our own articles), callbackDays, person (name and phone as far as known), onFollowUp, onFeedback. */
  constructor(context) {
    this.context = context;
    this.made = 0;
  }

  /** What stands in the transcript for `reply`; an emergency is drawn by `urgent`. */
  draw(reply) {
    if (reply.kind === "emergency") return [this.urgent(reply)];
    if (reply.kind === "answer") return [...(reply.handoff ? [this.offer(reply)] : []), this.answer(reply)];
    return [reply.handoff ? this.offer(reply) : el("div.answer", el("p", unbroken(reply.text)))];
  }

  /** What follows the newest reply only: further questions and the visitor's verdict. */
  drawAfter(reply) {
    const after = [];
    if (reply.follow_ups.length) after.push(this.chips("You could also ask", reply.follow_ups));
    if (["answer", "abstention"].includes(reply.kind)) after.push(this.judge(reply.id));
    return after;
  }

  urgent({ level, text }) {
    const [hidden, shown] = HEADINGS[level];
    const now = level === "911";
    const named = new Set([...(now ? ["9-1-1"] : []), ...(text.match(NUMBER) ?? [])]);
    const calls = [...named].map((number) => el("a.button", { href: tel(number) }, `Call ${number}`));
    const message = [el("p", unbroken(text)), calls.length ? el("p.calls", calls) : null];
    return el(`section.urgent.${level === "same_day" ? "soon" : "now"}`, el("h3", unseen(hidden), shown), now ? message.reverse() : message);
  }

  chips(label, questions) {
    const chip = (question) => el("button.chip", { onclick: () => this.context.onFollowUp(question) }, question);
    return el("div.chips", el("p.chips-label", label), questions.map(chip));
  }

  offer({ kind, text, handoff }) {
    const open = handoff.open_now;
    const state = open ? "open" : "closed";
    return el(
      "section.offer",
      el("h3", OFFERS[handoff.reason] ?? "The clinic can help"),
      kind === "answer" ? null : el("p", unbroken(text)),
      open === null ? null : el("p.opening", el(`span.dot.${state}`, { "aria-hidden": "true" }), handoff.hours || `The phone is ${state} now`),
      el("p.calls", el("a.button.primary", { href: handoff.tel }, `Call ${handoff.phone}`)),
      this.callBackForm(),
    );
  }

  callBackForm() {
    const { person, callbackDays } = this.context;
    const field = (words, name, attributes) => el("label", el("span", words), el("input", { name, ...attributes }));
    const form = el(
      "form",
      { "data-does": "call-back", "data-id": crypto.randomUUID() },
      field("Your name", "name", { autocomplete: "name", required: true, maxlength: 80, value: person.name }),
      field("Phone number", "phone", { type: "tel", autocomplete: "tel", required: true, maxlength: 40, value: person.phone }),
      field(["Best time to call ", el("span.facts", "(if you like)")], "best_time", { maxlength: 120 }),
      el(
        "label.consent",
        el("input", { type: "checkbox", name: "consent", value: "yes", required: true }),
        el("span", `The clinic may use my name and number to call me back about this. They are kept for ${callbackDays} days at most, then deleted.`),
      ),
      el("button.button.primary", { type: "submit" }, "Request the call"),
      el("p.hint", "Please leave out health details here. The clinic will ask you."),
    );
    return el("details.call-back", { ontoggle: ({ target }) => target.scrollIntoView({ block: "nearest" }) }, el("summary", "Ask to be called back"), form);
  }

  called(reference) {
    return el(
      "div.called",
      { tabindex: -1 },
      el("h4", "The clinic will call you"),
      el("p", "Your reference number is ", el("strong.number", reference), ". Please keep it for the call."),
    );
  }

  answer(reply) {
    this.made += 1;
    const name = `source-${this.made}`;
    const { evidence, standalone } = reply;
    const found = new Map(evidence.map((item) => [item.number, item]));
    const listed = (item) => el("li", { value: item.number }, el("button.linklike", { popovertarget: `${name}-${item.number}`, onclick: this.#opens }, item.title), " ", el("span.facts", item.section), " ", provenance(item));
    return el(
      "div.answer",
      el("h3.unseen", "Answer"),
      standalone && standalone !== reply.question ? el("p.searched", `Searched for: ${standalone}`) : null,
      paragraphs(reply.statements).map((statements) => el("p", statements.map((item) => [this.#statement(name, found, item), " "]))),
      el("details.sources", el("summary", counted(evidence.length)), el("ol", evidence.map(listed))),
      evidence.map((item) => this.#source(name, item, quotes(reply.statements, item.number))),
    );
  }

  /** The last word keeps its numbers beside it: a number never begins a line. */
  #statement(name, found, statement) {
    const end = statement.text.lastIndexOf(" ") + 1;
    const numbers = [...new Set(statement.citations.map((citation) => citation.evidence))];
    const cites = numbers.map((number) => this.#cite(`${name}-${number}`, found.get(number), quotes([statement], number)));
    return el("span", statement.text.slice(0, end), el("span.together", statement.text.slice(end), cites));
  }

  #opens = (event) => { this.opener = event.currentTarget; };

  /** In a shadow root, the browser closes a passage and leaves the focus in it, where it is lost. */
  #back = ({ newState, target }) => {
    if (newState === "closed" && target.contains(target.getRootNode().activeElement)) this.opener.focus();
  };

  #cite(id, item, said) {
    const point = (event) => {
      this.#opens(event);
      for (const mark of event.target.getRootNode().getElementById(id).querySelectorAll("mark")) {
        mark.classList.toggle("pointed", said.some((quote) => mark.textContent.includes(quote)));
      }
    };
    return el("button.cite", { popovertarget: id, "aria-label": `Source ${item.number}: ${item.title}`, onclick: point }, item.number);
  }

  #source(name, item, said) {
    const id = `${name}-${item.number}`;
    const link = safeLink(item.url);
    const opened = link?.startsWith("/") ? this.context.server + link : link;
    return el(
      "div.source",
      { popover: true, id, role: "dialog", "aria-labelledby": `${id}-title`, tabindex: -1, autofocus: true, ontoggle: this.#back },
      el(
        "div.source-head",
        el("p.source-number", { "aria-hidden": "true" }, item.number),
        el("div", el("h4", { id: `${id}-title` }, item.title), el("p.facts", item.section)),
        el("button.plain", { popovertarget: id, popovertargetaction: "hide", "aria-label": `Close source ${item.number}` }, icon(CROSS)),
      ),
      el("blockquote", marked(item.text, said).map(([piece, quoted]) => (quoted ? el("mark", piece) : piece))),
      item.references.length ? [el("h5", "This passage leans on"), el("ul.references", item.references.map(reference))] : null,
      provenance(item),
      opened ? el("p", away("a.read", opened + fragment(item, said), "Read the whole article", IN_TAB)) : null,
    );
  }

  judge(id) {
    const reasons = el("div.reasons", { hidden: true });
    const button = (words, helpful, reason) =>
      el("button.chip.small", {
        "aria-pressed": "false",
        onclick: ({ target }) => {
          for (const rival of target.parentElement.querySelectorAll(":scope > button")) rival.setAttribute("aria-pressed", rival === target);
          reasons.hidden = helpful;
          this.context.onFeedback(id, helpful, reason);
        },
      }, words);
    reasons.append(...REASONS.map(([key, words]) => button(words, false, key)));
    return el("div.judge", { role: "group", "aria-label": ASKED }, el("span", { "aria-hidden": "true" }, ASKED), button("Yes", true, ""), button("No", false, ""), reasons);
  }
}

export function counted(sources) {
  return `${sources} source${sources === 1 ? "" : "s"}`;
}

/** What `statements` quote from evidence `number`. */
function quotes(statements, number) {
  return statements.flatMap((item) => item.citations).filter((citation) => citation.evidence === number).map((citation) => citation.quote);
}

/** Statements that lean on the same evidence read on in one paragraph. */
function paragraphs(statements) {
  const together = [];
  for (const statement of statements) {
    const last = together.at(-1);
    if (last?.[0].citations[0].evidence === statement.citations[0].evidence) last.push(statement);
    else together.push([statement]);
  }
  return together;
}

/** Takes a browser that can to the quoted words. Only our own articles hold them letter for letter. */
function fragment({ url }, said) {
  if (!said.length || !url.startsWith("/")) return "";
  const words = encodeURIComponent(said[0]).replaceAll("-", "%2D");
  return `${url.includes("#") ? "" : "#"}:~:text=${words}`;
}

function reference({ citation, kind, year, doi, pmid, url }) {
  const about = citation.length > 60 ? `${citation.slice(0, 57)}…` : citation;
  const links = [
    doi && away("a", `https://doi.org/${doi}`, "DOI", ` of ${about}`),
    pmid && away("a", `https://pubmed.ncbi.nlm.nih.gov/${pmid}/`, "PubMed", ` entry of ${about}`),
    !doi && !pmid && safeLink(url) && away("a", url, "Web page", ` of ${about}`),
  ];
  const facts = [kind && (KINDS[kind] ?? sentence(kind)), year].filter(Boolean).join(", ");
  return el("li", citation, " ", el("span.facts", facts), el("span.links", links.filter(Boolean)));
}

function sentence(kind) {
  return kind[0].toUpperCase() + kind.slice(1).replace("eta_a", "eta-a").replaceAll("_", " ");
}

function provenance({ reviewed, approved_by, certainty, licence }) {
  const spelled = reviewed && new Date(`${reviewed}T00:00Z`).toLocaleDateString("en-CA", { dateStyle: "long", timeZone: "UTC" });
  return el(
    "p.facts",
    approved_by ? [`The clinic’s answer, approved by ${approved_by}`, reviewed ? " on " : ". "] : null,
    reviewed ? [approved_by ? null : "Last checked ", el("time", { datetime: reviewed }, spelled), ". "] : null,
    certainty ? `Certainty of the evidence: ${certainty}. ` : null,
    licence ? `Licence: ${licence}.` : null,
  );
}
