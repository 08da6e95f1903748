// Draws replies: the JSON of a reply in, elements out. templates/_replies.html draws the same for pages without script.

import { counted, el, NUMBER, quotes, tel, unbroken, unseen } from "./elements.js";

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

export class Replies {
  /** `desk` is the conversation: whom to ask, to tell and to send to, and what resolves to more.js or is `missing`. */
  constructor(desk) {
    this.desk = desk;
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
    if (["answer", "abstention"].includes(reply.kind)) {
      const judge = el("div.judge", { role: "group" });
      this.#later((more) => more.judge(judge, reply.id, this.desk));
      after.push(judge);
    }
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
    const chip = (question) => el("button.chip", { onclick: () => this.desk.ask(question) }, question);
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
      this.fold("call-back", el("summary", "Ask to be called back"), (more) => more.callBackForm(this.desk)),
    );
  }

  /** What opens and shows what `draw` makes of more.js at the first time; without that, the phone is still there. */
  fold(name, summary, draw) {
    const failed = el("p.mistake", this.desk.missing);
    const open = async ({ target }) => {
      if (!target.open) return;
      failed.remove();
      if (!summary.nextSibling) target.append(await this.desk.more().then(draw).catch(() => failed));
      target.scrollIntoView({ block: "nearest" });
    };
    return el(`details.${name}`, { ontoggle: open }, summary);
  }

  answer(reply) {
    this.made += 1;
    const { evidence, standalone, statements } = reply;
    const open = this.#opens(`source-${this.made}`, reply);
    const sources = el("details.sources", el("summary", counted(evidence.length)));
    this.#later((more) => sources.append(more.sourceList(reply, (item) => el("button.linklike", open(item, []), item.title))));
    return el(
      "div.answer",
      el("h3.unseen", "Answer"),
      standalone && standalone !== reply.question ? el("p.searched", `Searched for: ${standalone}`) : null,
      paragraphs(statements).map((together) => el("p", together.map((item) => [statement(item, evidence, open), " "]))),
      sources,
    );
  }

  /** A source's passage is drawn when it is first opened: the press waits for what draws it, should that not be here yet. */
  #opens = (name, reply) => (item, said) => {
    const id = `${name}-${item.number}`;
    const press = ({ currentTarget: button }) => {
      if (this.drawing) this.drawing.present(button, id, { item, reply, said, server: this.desk.client.server });
      else this.#later(() => button.click(), () => this.desk.note(this.desk.missing));
    };
    return { popovertarget: id, onclick: press };
  };

  /** Without what more.js draws, an answer still is one. */
  #later(then, otherwise = () => {}) {
    this.desk.more().then((more) => {
      this.drawing = more;
      then(more);
    }, otherwise);
  }
}

/** The last word keeps its numbers beside it: a number never begins a line. */
function statement({ text, citations }, evidence, open) {
  const end = text.lastIndexOf(" ") + 1;
  const cites = [...new Set(citations.map((citation) => citation.evidence))].map((number) => {
    const item = evidence.find((one) => one.number === number);
    return el("button.cite", { "aria-label": `Source ${number}: ${item.title}`, ...open(item, quotes([{ citations }], number)) }, number);
  });
  return el("span", text.slice(0, end), el("span.together", text.slice(end), cites));
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
