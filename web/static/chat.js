// The conversation: binds a client and the drawing of replies to the parts of a page (or of an embedded panel).

import { Problem } from "./client.js";
import { el, Replies } from "./render.js";

const LOOKING = "Looking through the articles…";
const LONGEST = 4000;
const SPOKEN = 300;

export class Chat {
  /** `parts`: transcript, alarm, status, intro, ask, text, send, stop, offline, tooLong. */
  constructor({ parts, client, phone, callbackDays }) {
    this.parts = parts;
    this.client = client;
    this.phone = phone;
    this.pending = null;
    this.after = [];
    this.replies = new Replies({
      server: client.server,
      callbackDays,
      onFollowUp: (question) => this.ask(question),
      onFeedback: (id, helpful, reason) => this.#judge(id, helpful, reason),
    });
    this.#listen();
  }

  /** Shows the conversation that the token stands for, as far as the server still has it. */
  async restore() {
    let turns = [];
    try {
      turns = await this.client.conversation();
    } catch (problem) {
      if (problem.status === 401) this.client.forget();
      return;
    }
    if (!turns.length) return;
    this.#begin();
    this.parts.transcript.replaceChildren();
    this.parts.alarm.replaceChildren();
    for (const { text, reply } of turns) {
      this.#settle();
      this.#show(this.#exchange(text), reply);
    }
    this.parts.transcript.lastElementChild.scrollIntoView({ block: "start" });
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
    const words = el("span", {}, LOOKING);
    const waiting = el("div", { class: "waiting", "aria-hidden": "true" }, el("span", { class: "breath" }), words);
    const growing = el("div", { class: "answer growing", "aria-hidden": "true" });
    here.append(waiting, growing);
    here.scrollIntoView({ block: "start" });
    this.#say(LOOKING);

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
          onDelta: (statement) => growing.append(el("p", {}, statement.text)),
        },
      );
      waiting.remove();
      growing.remove();
      this.#show(here, reply);
      this.#announce(reply);
    } catch (error) {
      waiting.remove();
      growing.remove();
      const stopped = stopping.signal.aborted;
      this.#fail(here, text, stopped ? "Stopped." : this.#told(error), stopped || !(error.status === 409) ? id : undefined);
    } finally {
      this.pending = null;
      this.parts.offline.hidden = navigator.onLine !== false;
      this.#busy(false);
    }
  }

  stop() {
    this.pending?.abort(new DOMException("stopped by the visitor", "AbortError"));
  }

  async erase() {
    this.stop();
    await this.client.erase();
    this.parts.transcript.replaceChildren();
    this.parts.alarm.replaceChildren();
    this.after = [];
    this.parts.intro?.classList.remove("past");
    this.#say("Your conversation was deleted.");
    this.parts.text.focus();
  }

  #listen() {
    const { ask, text, stop, transcript, offline, tooLong } = this.parts;
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
      tooLong.hidden = length <= LONGEST;
      tooLong.textContent = `That is ${length.toLocaleString()} characters. I can answer up to ${LONGEST.toLocaleString()}.`;
    });
    stop.addEventListener("click", () => this.stop());
    transcript.addEventListener("submit", (event) => {
      if (event.target.dataset.does !== "call-back") return;
      event.preventDefault();
      this.#callBack(event.target);
    });
    addEventListener("offline", () => { offline.hidden = false; });
    addEventListener("online", () => { offline.hidden = true; });
  }

  #send() {
    const question = this.parts.text.value;
    if (!question.trim() || this.pending) return;
    this.parts.text.value = "";
    this.parts.tooLong.hidden = true;
    this.ask(question);
  }

  #begin() {
    const { intro } = this.parts;
    intro?.classList.add("past");
    intro?.querySelector(".chips")?.remove();
  }

  /** The newest reply becomes one of many: an alarm moves into the transcript, follow-ups go. */
  #settle() {
    const { alarm, transcript } = this.parts;
    if (alarm.childElementCount) transcript.lastElementChild?.append(...alarm.children);
    for (const element of this.after) element.remove();
    this.after = [];
  }

  #exchange(text) {
    const item = el("li", { class: "exchange" }, el("h2", { class: "asked" }, el("span", { class: "unseen" }, "You asked: "), text));
    this.parts.transcript.append(item);
    return item;
  }

  #show(here, reply) {
    if (reply.kind === "emergency") {
      this.parts.alarm.replaceChildren(this.replies.urgent(reply));
      this.parts.alarm.scrollIntoView({ block: "nearest" });
      return;
    }
    this.after = this.replies.drawAfter(reply);
    here.append(...this.replies.draw(reply), ...this.after);
  }

  /** Once, when all of it is there. An emergency has spoken for itself by then: it stands in the alert. */
  #announce(reply) {
    if (reply.kind === "emergency") {
      this.#say("");
      return;
    }
    const spoken = reply.statements.length ? reply.statements[0].text : reply.text;
    const short = spoken.length > SPOKEN ? `${spoken.slice(0, SPOKEN - 1)}…` : spoken;
    const count = reply.evidence.length;
    const sources = count ? ` ${count} source${count === 1 ? "" : "s"}.` : "";
    const phone = reply.handoff ? " The clinic's phone number is offered." : "";
    this.#say(`Answer ready. ${short}${sources}${phone}`);
  }

  #fail(here, text, detail, id) {
    const again = el("button", { type: "button", class: "button" }, "Try again");
    const failed = el("div", { class: "failed" }, el("p", {}, detail), again);
    again.addEventListener("click", () => {
      failed.remove();
      this.ask(text, id, here);
      this.parts.text.focus();
    });
    here.append(failed);
    this.#say(detail);
  }

  #told(error) {
    return error instanceof Problem ? error.message : `Something went wrong. Please try again, or call ${this.phone}.`;
  }

  async #callBack(form) {
    const button = form.querySelector("button");
    const given = new FormData(form);
    form.querySelector(".mistake")?.remove();
    button.disabled = true;
    try {
      const { reference } = await this.client.callBack({
        id: form.dataset.id,
        name: given.get("name"),
        phone: given.get("phone"),
        best_time: given.get("best_time"),
        consent: given.get("consent") === "yes",
      });
      const called = this.replies.called(reference);
      form.closest(".call-back").replaceWith(called);
      called.focus();
    } catch (error) {
      button.disabled = false;
      form.prepend(el("p", { class: "mistake" }, this.#told(error)));
      this.#say(this.#told(error));
    }
  }

  async #judge(id, helpful, reason) {
    try {
      await this.client.feedback(id, helpful, reason);
      this.#say(helpful || reason ? "Thank you." : "Thank you. You can say why.");
    } catch (error) {
      this.#say(this.#told(error));
    }
  }

  #busy(busy) {
    this.parts.send.hidden = busy;
    this.parts.stop.hidden = !busy;
  }

  #say(text) {
    this.parts.status.textContent = text;
  }
}
