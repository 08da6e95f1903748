// <clinic-chat>: the conversation on another site's page, in a shadow root of its own. What can be set and called
// stands in the README. The server puts CLINIC before this script, the build puts STYLES into it.
/* global CLINIC, STYLES */

import { Chat } from "./chat.js";
import { Client } from "./client.js";
import { breath, CROSS, el, icon, unseen } from "./elements.js";

const script = document.currentScript;
const server = (script?.dataset.server ?? new URL(script?.src ?? location).origin).replace(/\/+$/, "");
const abroad = server !== location.origin;
const small = matchMedia("(max-width: 30rem), (max-height: 30rem)");
const PRESSABLE = "a, button, input, select, textarea, summary, [tabindex]";

const heard = {};
const waiting = [];
let element = null;
let more = null;
let tries = "";

class ClinicChat extends HTMLElement {
  connectedCallback() {
    if (element?.isConnected && element !== this) {
      this.remove(); // a page out of a router's cache brings a copy of what lives already
      return;
    }
    element = this;
    if (!this.root) this.root = this.#build();
    else if (this.panel?.open && small.matches) this.#show(); // a modal that was moved is modal no more
  }

  /** A router that swaps the page's body drops the element: it goes back, with its state, unless it was told to go. */
  disconnectedCallback() {
    this.drops = (this.drops ?? 0) + 1; // a page that will not have it gets its way in the end
    if (this.option("auto") === "false" || this.drops > 99) return;
    queueMicrotask(() => element === this && !this.isConnected && document.body?.append(this));
  }

  option(name) {
    return this.dataset[name] ?? script?.dataset[name];
  }

  open() {
    if (this.panel.open) return;
    this.#show();
    if (!this.begun && this.client.token) this.chat.restore();
    this.begun = true;
    tell("open");
  }

  close() {
    if (!this.panel.open) return;
    this.panel.close();
    this.#shown(false);
    this.launcher.focus();
    tell("close");
  }

  destroy() {
    element = null;
    this.chat.destroy();
    this.remove();
  }

  /** Piece by piece, each a task of its own: on a slow telephone the page answers to the finger in between. */
  async #build() {
    await breath();
    const label = this.option("label") ?? "Ask a question";
    this.launcher = el("button.launcher", { "aria-expanded": "false", "aria-haspopup": "dialog", onclick: api.open }, icon("M4 5.5h16v11h-9L6.5 20v-3.5H4zM8 9.5h8M8 12.5h5"), el("span", label));
    this.root = el(`section.widget.${this.option("position") === "left" ? "left" : "right"}`, { lang: this.option("lang") ?? "en-CA", dir: this.dir || "ltr", "aria-label": label }, this.launcher);
    this.#dress();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet(STYLES)];
    shadow.append(this.root);

    await breath();
    const { name, phone, tel, emergency, emergencyTel, callbackDays, starters } = CLINIC;
    const parts = {
      intro: el("div.intro", el("p.lead", "Ask about massage and soft tissue therapy. This is an automated assistant: it answers word for word from articles, with every source a tap away.")),
      transcript: el("ol.transcript", { "aria-label": "Conversation" }),
      alarm: el("div.alarm", { role: "alert" }),
      status: el("div.unseen", { role: "status" }),
      offline: el("p.offline", { hidden: navigator.onLine }, "You are offline. Your question is kept here and sent when you are back."),
      told: el("p.told", { hidden: true }),
      text: el("textarea", { id: "text", rows: 1, autofocus: true, maxlength: 16000, placeholder: "Type your question", "aria-describedby": "note", enterkeyhint: "send", autocomplete: "off" }),
      send: el("button.send", { type: "submit", "data-part": "send" }, icon("M5 12h13M12.5 5.5 19 12l-6.5 6.5"), unseen("Send")),
      stop: el("button.send.stop", { hidden: true }, icon("M7 7h10v10H7z"), unseen("Stop")),
    };
    parts.ask = el(
      "form.ask",
      parts.offline,
      parts.told,
      el("div.field", el("label.unseen", { for: "text" }, "Your question"), parts.text, parts.send, parts.stop),
      el("p.note", { id: "note" }, "General information, not a diagnosis. In an emergency, call ", el("a", { href: emergencyTel }, emergency), "."),
    );
    this.text = parts.text;
    this.client = new Client({ server: abroad ? server : "", store: store(this.option("remember")), phone });
    this.chat = new Chat({ parts, client: this.client, phone, callbackDays, more: this.#more, tell: (event, detail) => this.#told(event, detail) });

    await breath();
    this.menu = this.#menu();
    const panel = el(
      "dialog.panel",
      { "aria-labelledby": "title", onkeydown: (event) => this.#typed(event), oncancel: (event) => this.#escape(event) },
      el(
        "header.head",
        el("h2", { id: "title" }, name),
        el("a.call", { href: tel }, icon("M6.6 3.5 9 3l2 5-2.2 1.6a12 12 0 0 0 5.6 5.6L16 13l5 2-.5 2.4A3.3 3.3 0 0 1 17 20.2 14.3 14.3 0 0 1 3.8 7a3.3 3.3 0 0 1 2.8-3.5Z"), `Call ${phone}`),
        this.menu,
        el("button.plain", { "aria-label": "Close", onclick: () => this.close() }, icon(CROSS)),
      ),
    );
    this.root.append(panel);

    await breath(20);
    panel.append(el("div.talk", { role: "region", "aria-label": "Questions and answers", tabindex: 0 }, parts.intro, parts.transcript, parts.alarm), parts.status, parts.ask);
    this.panel = panel;
    if (this.option("suggestions") !== "off") parts.intro.append(this.chat.replies.chips("For example", starters));
    this.#watch();
    if (this.option("open") != null) this.open();
    tell("ready");
    for (const call of waiting.splice(0)) call();
  }

  #menu() {
    const summary = el("summary", unseen("More: keep, print or delete this conversation"), icon("M4 7h16M4 12h16M4 17h16"));
    return this.chat.replies.fold("menu", summary, (more) => more.menu(this.chat, this.root, CLINIC.name, () => { this.menu.open = false; }));
  }

  /** The second script, with its styles: fetched at the first question, or what it draws being opened. */
  #more = () => {
    more ??= import(`${server}${CLINIC.more}${tries}`).then(
      (drawing) => {
        this.shadowRoot.adoptedStyleSheets.push(sheet(drawing.styles));
        return drawing;
      },
      (error) => {
        more = null;
        tries += "&"; // a browser may remember that an address failed
        throw error;
      },
    );
    return more;
  };

  /** Dark where the visitor asks for it and the page goes along, or data-dark says on; the site's accent, if it has one. */
  #dress() {
    const page = getComputedStyle(document.documentElement).colorScheme + document.querySelector("meta[name=color-scheme]")?.content;
    const accent = this.option("accent");
    if ((this.option("dark") ?? (page.includes("dark") ? "on" : "off")) === "off") this.root.classList.add("light");
    if (!accent) return;
    this.root.classList.add("tinted");
    this.root.style.setProperty("--tint", accent);
  }

  #told(name, detail) {
    if (name === "error" && !detail.status && abroad) {
      console.error(`<clinic-chat>: no answer from ${server}. Is ${location.origin} in its web.origins? See: assistant doctor --embed ${location}`);
    }
    if (name === "message") this.menu.open = false;
    tell(name, detail);
  }

  /** Fills a small screen, where nothing behind it could be used; elsewhere the page stays usable beside it. */
  #show() {
    this.panel.close();
    this.#fit();
    this.#shown(true);
    if (small.matches) this.panel.showModal();
    else this.panel.show();
  }

  #shown(open) {
    this.root.classList.toggle("opened", open);
    this.launcher.setAttribute("aria-expanded", open);
  }

  /** The page sees keys pressed here as pressed on no field at all, and would take letters for its shortcuts. */
  #typed(event) {
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing) this.#escape(event);
  }

  #escape(event) {
    if (this.root.querySelector(":popover-open")) return; // the browser closes that one
    event.preventDefault();
    if (!this.menu.open) return this.close();
    this.menu.open = false;
    this.menu.firstChild.focus();
  }

  #watch() {
    const heed = { signal: this.chat.gone.signal, passive: true, capture: true };
    let timer;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#clear(), 120);
    };
    for (const happening of ["resize", "scroll", "load", "focusin"]) addEventListener(happening, later, heed);
    for (const happening of ["resize", "scroll"]) visualViewport.addEventListener(happening, () => this.#fit(), heed);
    small.addEventListener("change", () => this.panel.open && this.#show(), heed);
    this.root.addEventListener("click", (event) => { if (!this.menu.contains(event.target)) this.menu.open = false; });
    later();
  }

  /** iOS lays its keyboard over the page: what is left to see is the visual viewport. */
  #fit() {
    const { height, offsetTop, scale } = visualViewport;
    this.panel.style.cssText = small.matches && scale === 1 ? `block-size: ${height}px; inset-block-start: ${offsetTop}px` : "";
  }

  /** The launcher goes up from the site's own fixed buttons, from what has the focus, and at the page's end from all. */
  #clear() {
    const { launcher } = this;
    launcher.style.translate = "";
    const { left, right, top, bottom } = launcher.getBoundingClientRect();
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    const covered = [left, right - 1]
      .flatMap((x) => [top, bottom - 1].flatMap((y) => document.elementsFromPoint(x, y)))
      .map((found) => found !== this && found.closest(PRESSABLE))
      .filter((found) => found && (atEnd || found === document.activeElement || stays(found)))
      .map((found) => found.getBoundingClientRect().top);
    const up = bottom + 8 - Math.min(...covered);
    if (up < innerHeight / 2) launcher.style.translate = `0 ${-up}px`;
  }
}

function stays(found) {
  return found && (/fixed|sticky/.test(getComputedStyle(found).position) || stays(found.parentElement));
}

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

/** Where the token is kept: for the tab, or as long as the server believes it. */
function store(remember) {
  try {
    return remember === "30d" ? localStorage : sessionStorage;
  } catch {
    return null; // refused by the browser: the conversation then lasts as long as the page
  }
}

function tell(name, detail = {}) {
  for (const listener of heard[name] ?? []) {
    try {
      listener(detail);
    } catch (error) {
      console.error(error); // a listener's fault is the site's, and ends nothing here
    }
  }
}

/** Calls that need the element wait until there is one. */
const later = (call) => (...given) => (element?.panel ? call(...given) : void waiting.push(() => call(...given)));

const api = {
  open: later(() => element.open()),
  close: later(() => element.close()),
  toggle: later(() => (element.panel.open ? element.close() : element.open())),
  ask: later((text) => {
    element.open();
    element.chat.ask(`${text}`);
  }),
  identify: later(({ name, phone }) => { Object.assign(element.chat.person, { name, phone }); }),
  erase: later(() => element.chat.erase()),
  destroy: later(() => element.destroy()),
  on(name, listener) {
    (heard[name] ??= new Set()).add(listener);
    if (name === "ready" && element?.panel) listener({});
    return () => { heard[name].delete(listener); };
  },
  /** A call as it is written before this script is there: ["ask", "What is a trigger point?"]. */
  push: ([name, ...given]) => api[name](...given),
};

function start() {
  if (script?.dataset.auto !== "false" && !element) document.body.append(document.createElement("clinic-chat"));
}

if (!customElements.get("clinic-chat")) {
  const early = window.ClinicChat;
  window.ClinicChat = api;
  if (Array.isArray(early)) early.forEach(api.push);
  customElements.define("clinic-chat", ClinicChat);
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start, { once: true });
}
