// The conversation: binds a client and the drawing of replies to the parts of a page (or of an embedded panel).

import { Problem } from "./client.js";
import { breath, counted, el, unbroken, unseen } from "./elements.js";
import { Replies } from "./render.js";

const LOOKING = "Looking through the articles…";
const LONGEST = 4000;
const SPOKEN = 300;

export class Chat {
  /**
   * `parts`: transcript, alarm, status, intro, ask, text, send, stop, offline, told. `tell` hears what
   * happened, in ids and flags: never a word that somebody wrote. `more` resolves to what more.js holds.
   */
  constructor({ parts, client, phone, callbackDays, more, tell = () => {} }) {
    this.parts = parts;
    this.client = client;
    this.phone = phone;
    this.tell = tell;
    this.person = {};
    this.pending = null;
    this.ids = new Set();
    this.after = [];
    this.gone = new AbortController();
    this.more = more;
    this.callbackDays = callbackDays;
    this.missing = `This cannot be reached right now. Please try again, or call ${phone}.`;
    this.replies = new Replies(this);
    this.#listen();
  }

  /** Shows the conversation that the token stands for, as far as the server still has it. */
  async restore() {
    let turns = [];
    try {
      turns = await this.client.conversation();
    } catch (problem) {
      if (problem.status === 401) this.client.keep("");
      return;
    }
    if (!turns.length) return;
    const { transcript } = this.parts;
    const meanwhile = this.ids.size ? [...transcript.children] : []; // asked before this came
    this.#begin();
    if (!meanwhile.length) this.#empty();
    const missing = turns.filter(({ id }) => !this.ids.has(id)).map(({ text, reply }) => [this.#exchange(text), reply]);
    transcript.append(...meanwhile);
    for (const [exchange, reply] of missing) {
      await breath();
      if (exchange === transcript.lastElementChild) await this.#show(exchange, reply);
      else exchange.append(...this.replies.draw(reply));
    }
    transcript.lastElementChild?.scrollIntoView({ block: "start" });
  }

  async ask(question, id = crypto.randomUUID(), exchange = null) {
    const text = question.trim();
    if (!text || this.pending) return;
    this.#begin();
    this.#settle();
    const stopping = new AbortController();
    this.pending = stopping;
    this.#busy(true);

    const here = exchange ?? this.#exchange(text);
    const words = el("span", LOOKING);
    const waiting = el("div.waiting", { "aria-hidden": "true" }, el("span.breath"), words);
    const growing = el("div.answer.growing", { "aria-hidden": "true" });
    here.append(waiting, growing);
    here.scrollIntoView({ block: "start" });
    this.say(LOOKING);
    this.ids.add(id);
    this.tell("message", { id });
    await breath();
    this.more().catch(() => {}); // on its way while the answer is; tried again where it is needed

    try {
      const reply = await this.client.ask(
        { id, text, page: location.href.split(/[?#]/)[0] },
        {
          signal: stopping.signal,
          onStatus: (status) => {
            const offline = status === "offline";
            words.textContent = offline ? "Waiting for the connection…" : status;
            this.parts.offline.hidden = !offline;
          },
          onDelta: (statement) => growing.append(el("p", statement.text)),
        },
      );
      waiting.remove();
      growing.remove();
      await this.#show(here, reply);
      if (reply.kind !== "emergency") here.scrollIntoView({ block: "start" });
      this.#announce(reply);
      this.#report(reply);
    } catch (error) {
      waiting.remove();
      growing.remove();
      const stopped = stopping.signal.aborted;
      if (!stopped) this.tell("error", { id, status: error.status || 0 });
      this.#fail(here, text, stopped ? "Stopped." : this.told(error), stopped || !(error.status === 409) ? id : undefined);
    } finally {
      this.pending = null;
      this.parts.offline.hidden = navigator.onLine !== false;
      this.#busy(false);
    }
  }

  stop() {
    this.pending?.abort();
  }

  /** Deletes the conversation, here and on the server. */
  async erase() {
    this.stop();
    await this.client.erase();
    this.#clear("Your conversation was deleted.");
  }

  /** Leaves the conversation as it is on the server and begins another. */
  startOver() {
    this.stop();
    this.client.keep("");
    this.#clear("A new conversation.");
  }

  destroy() {
    this.stop();
    this.gone.abort();
  }

  #listen() {
    const { ask, text, stop, transcript, offline, told } = this.parts;
    ask.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    text.addEventListener("keydown", (event) => {
      // 229: an input method is choosing characters, and its Enter is not ours (Safari ends composing first).
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#send();
    });
    text.addEventListener("input", () => {
      const length = text.value.trim().length;
      told.hidden = length <= LONGEST;
      told.textContent = `That is ${length} characters. I can answer up to ${LONGEST}.`;
    });
    stop.addEventListener("click", () => this.stop());
    const { signal } = this.gone;
    addEventListener("offline", () => { offline.hidden = false; }, { signal });
    addEventListener("online", () => { offline.hidden = true; }, { signal });
    addEventListener("beforeprint", () => { for (const list of transcript.querySelectorAll(".sources")) list.open = true; }, { signal });
  }

  #empty() {
    this.parts.transcript.replaceChildren();
    this.parts.alarm.replaceChildren();
    this.after = [];
  }

  #clear(said) {
    this.#empty();
    this.parts.intro.classList.remove("past");
    this.parts.intro.scrollIntoView({ block: "nearest" });
    this.note(said);
    this.parts.text.focus();
  }

  #send() {
    const question = this.parts.text.value;
    if (!question.trim() || this.pending) return;
    this.parts.text.value = "";
    this.parts.told.hidden = true;
    this.ask(question);
  }

  #begin() {
    this.parts.intro.classList.add("past");
  }

  /** The newest reply becomes one of many: an alarm moves into the transcript, follow-ups go. */
  #settle() {
    const { alarm, transcript } = this.parts;
    if (alarm.childElementCount) transcript.lastElementChild?.append(...alarm.children);
    for (const element of this.after) element.remove();
    this.after = [];
  }

  #exchange(text) {
    const item = el("li.exchange", el("h2.asked", unseen("You asked: "), text));
    this.parts.transcript.append(item);
    return item;
  }

  async #show(here, reply) {
    if (reply.kind === "emergency") {
      this.parts.alarm.replaceChildren(this.replies.urgent(reply));
      this.parts.alarm.scrollIntoView({ block: innerHeight < 400 ? "start" : "nearest" });
      return;
    }
    here.append(...this.replies.draw(reply));
    await breath();
    this.after = this.replies.drawAfter(reply);
    here.append(...this.after);
  }

  /** Once, when all of it is there. An emergency has spoken for itself by then: it stands in the alert. */
  #announce({ kind, statements, text, evidence, handoff }) {
    if (kind === "emergency") return this.say("");
    const spoken = statements[0]?.text ?? text;
    const short = spoken.length > SPOKEN ? `${spoken.slice(0, SPOKEN - 1)}…` : spoken;
    const sources = evidence.length ? ` ${counted(evidence.length)}.` : "";
    return this.say(`Answer ready. ${short}${sources}${handoff ? " The clinic's phone number is offered." : ""}`);
  }

  #report({ id, kind, level, handoff, reason, evidence }) {
    if (kind === "emergency") this.tell("emergency", { id, level });
    else this.tell("answer", { id, kind, reason, sources: evidence.length });
    if (handoff) this.tell("handoff", { id, reason: handoff.reason, requested: false });
  }

  #fail(here, text, detail, id) {
    const again = el("button.button", "Try again");
    const failed = el("div.failed", el("p", unbroken(detail)), again);
    again.addEventListener("click", () => {
      failed.remove();
      this.ask(text, id, here);
      this.parts.text.focus();
    });
    here.append(failed);
    failed.scrollIntoView({ block: "nearest" });
    this.say(detail);
  }

  told(error) {
    return error instanceof Problem ? error.message : `Something went wrong. Please try again, or call ${this.phone}.`;
  }

  #busy(busy) {
    this.parts.send.hidden = busy;
    this.parts.stop.hidden = !busy;
  }

  /** For eyes and ears, until the visitor types on. */
  note(text) {
    this.parts.told.textContent = text;
    this.parts.told.hidden = false;
    this.say(text);
  }

  say(text) {
    this.parts.status.textContent = text;
  }
}
