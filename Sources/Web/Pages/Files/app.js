// What every page has: times in the reader's zone, forms that answer in place, the command menu and the shortcuts.
import { localizeTimes, say } from "./format.js";
import { copy } from "./elements.js";
import "./forms.js";
import "./command-menu.js";

localizeTimes();
setInterval(() => document.hidden || localizeTimes(), 30000);

// What was done is said once: loading the page again does not say it again.
const address = new URL(location);
for (const name of ["done", "changed", "count", "skipped"]) address.searchParams.delete(name);
if (address.href !== location.href) history.replaceState(history.state, "", address);

// An open menu closes when the reader goes on elsewhere.
const menu = document.querySelector("details.switch");
if (menu) {
  addEventListener("click", (event) => menu.contains(event.target) || menu.removeAttribute("open"));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const source = button.parentElement.querySelector("pre");
  if ("address" in source.dataset) source.textContent = new URL(source.textContent.trim(), location).href;
  button.hidden = false;
  button.addEventListener("click", () => copy(source.textContent, button, say("js_copied"), say("js_copy_failed")));
}
