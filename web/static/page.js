// The chat page: takes over the forms that the server drew.

import { Chat } from "./chat.js";
import { Client } from "./client.js";

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
const parts = { ...Object.fromEntries(names.map((name) => [name, part(name)])), tooLong: part("too-long") };
const chat = new Chat({ parts, client, phone, callbackDays });

document.documentElement.classList.add("has-script");
parts.intro.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.value) chat.ask(event.submitter.value);
});

const menu = part("menu");
const close = () => { menu.open = false; };
menu.addEventListener("submit", async (event) => {
  event.preventDefault();
  close();
  try {
    if (event.target.dataset.does === "delete") await chat.erase();
    else save(await client.asText());
  } catch (error) {
    parts.status.textContent = error.message;
  }
});
menu.querySelector('[data-does="print"]').addEventListener("click", () => { close(); print(); });
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  close();
  menu.querySelector("summary").focus();
});
document.addEventListener("click", (event) => { if (!menu.contains(event.target)) close(); });

function save(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${clinic} conversation.txt`;
  link.click();
  URL.revokeObjectURL(address);
}

client.adopt(parts.ask.elements.token.value);
chat.restore();
