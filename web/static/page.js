// The chat page: takes over the forms that the server drew.

import { Chat } from "./chat.js";
import { Client } from "./client.js";
import { act } from "./more.js";

const part = (name) => document.querySelector(`[data-part="${name}"]`);
const root = part("root");
const { clinic, phone, callbackDays } = root.dataset;

function sessionStore() {
  try {
    return window.sessionStorage;
  } catch {
    return null; // refused by the browser: the conversation then lasts as long as the page
  }
}

const client = new Client({ store: sessionStore(), phone });
const names = ["transcript", "alarm", "status", "intro", "ask", "text", "send", "stop", "offline"];
const parts = { ...Object.fromEntries(names.map((name) => [name, part(name)])), told: part("told") };
const chat = new Chat({ parts, client, phone, callbackDays, more: () => import("./more.js"), tell: (name) => name === "message" && close() });

document.documentElement.classList.add("has-script");
parts.intro.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.value) chat.ask(event.submitter.value);
});

const menu = part("menu");
const close = () => { menu.open = false; };
menu.addEventListener("submit", (event) => {
  event.preventDefault();
  close();
  act(event.target.dataset.does, chat, clinic);
});
menu.addEventListener("click", (event) => {
  const chosen = event.target.dataset.does;
  if (chosen !== "print" && chosen !== "new") return;
  event.preventDefault();
  close();
  if (chosen === "print") print();
  else act(chosen, chat, clinic);
});
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  close();
  menu.querySelector("summary").focus();
});
document.addEventListener("click", (event) => { if (!menu.contains(event.target)) close(); });

// iOS lays its keyboard over the page: the field stays above it.
visualViewport?.addEventListener("resize", () => {
  const { height, offsetTop, scale } = visualViewport;
  parts.ask.style.insetBlockEnd = scale === 1 ? `${Math.max(0, innerHeight - height - offsetTop)}px` : "";
});

const drawn = parts.ask.elements.token.value;
if (drawn) client.keep(drawn);
chat.restore();
