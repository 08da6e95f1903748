// Speaks to the assistant's API: one question at a time, sent until it has exactly one answer.

const PAUSES = [500, 1000, 2000];
const SILENCE = 45_000; // the server breathes every 15 s; after three missed breaths the line is dead
const TAKEN_OVER = 40_000; // a question that a crashed server was answering is free for another try after half a minute
const LONGEST_WAIT = 65; // seconds that a "slow down" is obeyed without asking the visitor

/** Something that the visitor is told. `retry` says whether sending again may help. */
export class Problem extends Error {
  constructor(detail, { retry = true, status = 0, wait = 0 } = {}) {
    super(detail);
    this.retry = retry;
    this.status = status;
    this.wait = wait;
  }
}

export class Client {
  /** `server` is "" on the assistant's own pages; `store` keeps the token (sessionStorage, or nothing). */
  constructor({ server = "", store = null, phone = "" } = {}) {
    this.server = server;
    this.store = store;
    this.phone = phone;
    this.token = this.#kept();
  }

  /**
   * Sends a question and resolves to its reply. The id is the question's own: whatever is sent again
   * under it gets the same answer.
   */
  async ask({ id, text, page }, { signal, onStatus = () => {}, onDelta = () => {} } = {}) {
    let lastEvent = "";
    let renewed = false;
    const until = Date.now() + TAKEN_OVER;
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await this.#stream({ id, text, page }, { signal, onStatus, onDelta, lastEvent, seen: (n) => { lastEvent = n; } });
      } catch (error) {
        signal?.throwIfAborted();
        if (error.status === 401 && this.token && !renewed) {
          renewed = true;
          this.keep("");
          continue;
        }
        if (error instanceof Problem && !error.retry) throw error;
        if (navigator.onLine === false) {
          onStatus("offline");
          await online(signal);
          attempt = -1;
          continue;
        }
        const busy = error.status === 503 && error.wait && Date.now() < until;
        if (busy) {
          onStatus("Still looking…");
          await pause(3000, signal);
          continue;
        }
        if (attempt >= PAUSES.length) throw error instanceof Problem ? error : this.#unreachable();
        await pause(error.wait ? error.wait * 1000 : PAUSES[attempt] * (0.75 + Math.random() / 2), signal);
      }
    }
  }

  async conversation() {
    return this.token ? (await this.send("GET", "/api/v1/conversation")).turns : [];
  }

  async erase() {
    if (this.token) await this.send("DELETE", "/api/v1/conversation");
    this.keep("");
  }

  async #stream(message, { signal, onStatus, onDelta, lastEvent, seen }) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE);
    const stop = () => silence.abort();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const response = await this.#fetch("POST", "/api/v1/messages", {
        body: message,
        accept: "text/event-stream",
        signal: silence.signal,
        headers: lastEvent ? { "Last-Event-ID": lastEvent } : {},
      });
      for await (const frame of frames(response.body, () => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE);
      })) {
        if (frame.id) seen(frame.id);
        const data = JSON.parse(frame.data);
        if (frame.event === "status") onStatus(data.text);
        else if (frame.event === "delta") onDelta(data);
        else if (frame.event === "answer") return data;
        else if (frame.event === "error") throw new Problem(data.detail, { status: data.status });
      }
      throw new Error(); // ended before the answer: asked again
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** The answer to a request of one piece; null where there is nothing to say. `accept` may ask for text instead. */
  async send(method, path, body, accept = "application/json") {
    let response;
    try {
      response = await this.#fetch(method, path, { body, accept });
    } catch (error) {
      throw error instanceof Problem ? error : this.#unreachable();
    }
    return response.status === 204 ? null : accept.startsWith("text") ? response.text() : response.json();
  }

  async #fetch(method, path, { body, accept, signal, headers = {} }) {
    const sent = { Accept: accept, ...headers };
    if (body) sent["Content-Type"] = "application/json";
    if (this.token) sent.Authorization = `Bearer ${this.token}`;
    const response = await fetch(this.server + path, {
      method, signal, headers: sent, body: body && JSON.stringify(body), credentials: "omit", cache: "no-store",
    });
    if (!response.ok) throw await this.#problem(response);
    const token = response.headers.get("X-Visitor-Token");
    if (token) this.keep(token);
    return response;
  }

  async #problem(response) {
    const told = await response.json().catch(() => ({}));
    const wait = Number(response.headers.get("Retry-After")) || 0;
    const soon = response.status === 429 && wait > 0 && wait <= LONGEST_WAIT;
    return new Problem(told.detail || this.#unreachable().message, { status: response.status, retry: soon || response.status >= 500, wait });
  }

  #unreachable() {
    return new Problem(`The assistant cannot be reached right now. Please try again, or call ${this.phone}.`);
  }

  #kept() {
    try {
      return this.store?.getItem("clinic-chat.token") || "";
    } catch {
      return "";
    }
  }

  /** Holds on to the token of a conversation; an empty one lets go of it. */
  keep(token) {
    this.token = token;
    try {
      if (token) this.store?.setItem("clinic-chat.token", token);
      else this.store?.removeItem("clinic-chat.token");
    } catch {
      // Storage is refused in some private windows: the token then lives as long as the page.
    }
  }
}

/** Server-sent events out of a body, comments left out. */
async function* frames(body, alive) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const fields = { id: "", event: "message", data: "" };
        for (const line of block.split(/\r?\n/)) {
          const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
          if (name) fields[name] = value;
        }
        if (fields.data) yield fields;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

function online(signal) {
  return new Promise((resolve, reject) => {
    addEventListener("online", resolve, { once: true });
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
