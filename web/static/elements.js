// What all of the visitor's scripts draw with: elements out of names, attributes and words. Nothing here reads markup:
// every word goes in as text.

export const IN_TAB = " (opens in a new tab)";
export const CROSS = "M6 6l12 12M18 6 6 18";
export const NUMBER = /(?<![\d-])(?:\d-\d-\d|(?:1-)?\d{3}-\d{3}-\d{4}|\d{3}-\d{4})(?![\d-])/g;

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

/** The end of one task: what the visitor did meanwhile is heeded, and what changed is painted, before the next. */
export const breath = (pause) => new Promise((done) => setTimeout(done, pause));

/** A number to dial stays on one line. */
export const unbroken = (text) => text.replace(NUMBER, (number) => number.replaceAll("-", "\u2011"));

export const unseen = (text) => el("span.unseen", text);

/** A link to somewhere else; `rest` completes its words for those who do not see what stands around it. */
export const away = (name, href, words, rest) => el(name, { href, target: "_blank", rel: "noopener noreferrer" }, words, unseen(rest));

export function tel(number) {
  const digits = number.replace(/\D/g, "");
  return digits.length < 10 ? `tel:${digits}` : `tel:+1${digits.slice(-10)}`;
}

export function counted(sources) {
  return `${sources} source${sources === 1 ? "" : "s"}`;
}

/** What `statements` quote from evidence `number`. */
export function quotes(statements, number) {
  return statements.flatMap((item) => item.citations).filter((citation) => citation.evidence === number).map((citation) => citation.quote);
}
