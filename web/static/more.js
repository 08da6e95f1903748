// What is not needed to ask and to be answered: passages and their references, the verdict, the form for a call, the
// conversation as a file. Fetched at the first question, or when one of them is first opened.

import { away, CROSS, el, icon, IN_TAB, quotes, unbroken } from "./elements.js";

const REASONS = [
  ["not_asked", "Not what I asked"],
  ["unclear", "Hard to understand"],
  ["wrong", "Seems wrong"],
  ["missing", "Something is missing"],
];

const KINDS = { web: "Web page", rct: "Randomized trial" };
const MONTHS = "January February March April May June July August September October November December".split(" ");
const ASKED = "Was this helpful?";

/** The address if a click on it can only open a page. */
export function safeLink(url) {
  return /^(https?:\/\/|\/[^/\\])/.test(url) ? url : null;
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

/** The list of a reply's sources; `opener(number, words)` makes what opens a passage. */
export function sourceList({ evidence }, opener) {
  const listed = (item) => el("li", { value: item.number }, opener(item), " ", el("span.facts", item.section), " ", provenance(item));
  return el("ol", evidence.map(listed));
}

/**
 * Gets the passage ready that `button` is about to open, drawn at the first time. What the button's own statement
 * quotes (`said`) stands out from what the others do; without any, all of it does.
 */
export function present(button, id, { item, reply, said, server }) {
  const root = button.getRootNode();
  const passage = root.getElementById(id) ?? source(id, item, quotes(reply.statements, item.number), server);
  passage.opener = button;
  for (const mark of passage.querySelectorAll("mark")) {
    mark.classList.toggle("pointed", said.some((quote) => mark.textContent.includes(quote)));
  }
  if (!passage.isConnected) button.closest(".answer").append(passage);
}

function source(id, item, said, server) {
  const link = safeLink(item.url);
  const opened = link?.startsWith("/") ? server + link : link;
  return el(
    "div.source",
    { popover: true, id, role: "dialog", "aria-labelledby": `${id}-title`, tabindex: -1, autofocus: true, ontoggle: giveBack },
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

/** In a shadow root, the browser closes a passage and leaves the focus in it, where it is lost. */
function giveBack({ newState, target }) {
  if (newState === "closed" && target.contains(target.getRootNode().activeElement)) target.opener.focus();
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

function provenance({ reviewed, approved_by, certainty, licence, licence_url }) {
  const [year, month, day] = reviewed?.split("-") ?? [];
  const spelled = `${MONTHS[month - 1]} ${+day}, ${year}`; // toLocaleDateString takes a sixteenth of a second to begin
  return el(
    "p.facts",
    approved_by ? [`The clinic’s answer, approved by ${approved_by}`, reviewed ? " on " : ". "] : null,
    reviewed ? [approved_by ? null : "Last checked ", el("time", { datetime: reviewed }, spelled), ". "] : null,
    certainty ? `Certainty of the evidence: ${certainty}. ` : null,
    licence ? `Licence: ${licence}. ` : null,
    safeLink(licence_url) ? away("a", licence_url, "Its terms", IN_TAB) : null,
  );
}

/** Fills `group` with the question whether the reply with this id helped. */
export function judge(group, id, desk) {
  const send = async (helpful, reason) => {
    try {
      await desk.client.send("POST", "/api/v1/feedback", { id, helpful, reason });
      desk.say(helpful || reason ? "Thank you." : "Thank you. You can say why.");
    } catch (error) {
      desk.say(desk.told(error));
    }
  };
  const reasons = el("div.reasons", { hidden: true });
  const button = (words, helpful, reason) =>
    el("button.chip.small", {
      "aria-pressed": "false",
      onclick: ({ target }) => {
        for (const rival of target.parentElement.querySelectorAll(":scope > button")) rival.setAttribute("aria-pressed", rival === target);
        reasons.hidden = helpful;
        send(helpful, reason);
      },
    }, words);
  reasons.append(...REASONS.map(([key, words]) => button(words, false, key)));
  group.setAttribute("aria-label", ASKED);
  group.append(el("span", { "aria-hidden": "true" }, ASKED), button("Yes", true, ""), button("No", false, ""), reasons);
}

/** The form that asks for a call; it gives way to the reference number. */
export function callBackForm(desk) {
  const { client, person, callbackDays } = desk;
  const field = (words, name, attributes) => el("label", el("span", words), el("input", { name, ...attributes }));
  const id = crypto.randomUUID();
  const button = el("button.button.primary", { type: "submit" }, "Request the call");
  const send = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    form.querySelector(".mistake")?.remove();
    button.disabled = true;
    try {
      const { reference } = await client.send("POST", "/api/v1/handoffs", { ...given, id, consent: given.consent === "yes" });
      const here = called(reference);
      form.closest(".call-back").replaceWith(here);
      here.focus();
      desk.tell("handoff", { reference, requested: true });
    } catch (error) {
      button.disabled = false;
      button.before(el("p.mistake", unbroken(desk.told(error))));
      button.scrollIntoView({ block: "nearest" });
      desk.say(desk.told(error));
    }
  };
  const form = el(
    "form",
    { onsubmit: send },
    field("Your name", "name", { autocomplete: "name", required: true, maxlength: 80, value: person.name }),
    field("Phone number", "phone", { type: "tel", autocomplete: "tel", required: true, maxlength: 40, value: person.phone }),
    field(["Best time to call ", el("span.facts", "(if you like)")], "best_time", { maxlength: 120 }),
    el(
      "label.consent",
      el("input", { type: "checkbox", name: "consent", value: "yes", required: true }),
      el("span", `The clinic may use my name and number to call me back about this. They are kept for ${callbackDays} days at most, then deleted.`),
    ),
    button,
    el("p.hint", "Please leave out health details here. The clinic will ask you."),
  );
  return form;
}

function called(reference) {
  return el(
    "div.called",
    { tabindex: -1 },
    el("h4", "The clinic will call you"),
    el("p", "Your reference number is ", el("strong.number", reference), ". Please keep it for the call."),
  );
}

/** What somebody chose in the menu: told when it does not work. */
export async function act(action, desk, clinic) {
  try {
    if (action === "delete") await desk.erase();
    else if (action === "new") desk.startOver();
    else if (desk.client.token) await download(desk.client, clinic);
    else desk.note("There is nothing to download yet.");
  } catch (error) {
    desk.note(desk.told(error));
  }
}

/** Saves the conversation as a file of text. */
async function download(client, clinic) {
  const text = await client.send("GET", "/api/v1/conversation", null, "text/plain");
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  el("a", { href: address, download: `${clinic} conversation.txt` }).click();
  URL.revokeObjectURL(address);
}
