// The second script of the embedded panel: what more.js holds, its styles, and the menu. The build puts MORE_STYLES into it.
/* global MORE_STYLES */

import { away, el, IN_TAB } from "./elements.js";
import { act } from "./more.js";

export * from "./more.js";

export const styles = MORE_STYLES;

const alone = new CSSStyleSheet();
alone.replaceSync("@media print { body :not(clinic-chat, :has(clinic-chat)) { display: none !important } }");

/** What can be done with the conversation `desk`, drawn in `root`; `chosen` hears that something was. */
export function menu(desk, root, clinic, chosen) {
  const { server } = desk.client;
  const does = (action) => {
    chosen();
    if (action === "print") printed(root);
    else act(action, desk, clinic);
  };
  const row = (action, words) => el("button.row", { onclick: () => does(action) }, words);
  return el(
    "div.menu-panel",
    row("download", "Download as text"),
    row("print", "Print"),
    row("new", "New conversation"),
    el(
      "details",
      el("summary.row", "Delete my data"),
      el(
        "div",
        el("p", "This removes the conversation here and from our records. A call you asked for stays in the list, so that the clinic can reach you."),
        el("button.button.danger", { onclick: () => does("delete") }, "Delete it now"),
      ),
    ),
    away("a.row", `${server}/about`, "About this assistant", IN_TAB),
    away("a.row", `${server}/privacy`, "Privacy", IN_TAB),
  );
}

/** Prints the conversation, and nothing of the page around it. */
function printed(root) {
  const sheets = document.adoptedStyleSheets;
  document.adoptedStyleSheets = [...sheets, alone];
  root.classList.add("printed");
  print();
  root.classList.remove("printed");
  document.adoptedStyleSheets = sheets;
}
