// The command menu, the sheet of shortcuts, and the keys that lead to both.
import { say } from "./format.js";
import { make } from "./elements.js";

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
const links = [...document.querySelectorAll("nav.pages a")];

/** A dialog with a field and what fits in it: pages, and what can be done here. */
class CommandMenu extends HTMLElement {
  #dialog = make("dialog", { class: "commands", "aria-label": say("js_commands_title") });
  #field = make("input", {
    type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "command-list", "aria-autocomplete": "list",
    "aria-label": say("js_commands_title"), placeholder: say("js_commands_hint"), spellcheck: "false", autocomplete: "off",
  });
  #list = make("ul", { id: "command-list", role: "listbox", "aria-label": say("js_commands_title") });
  #none = make("p", { class: "hint", role: "status" });
  #current = 0;

  connectedCallback() {
    this.#dialog.append(this.#field, this.#list, this.#none);
    this.append(this.#dialog);
    this.#field.addEventListener("input", () => this.#show());
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    this.#list.addEventListener("click", (event) => this.#run(event.target.closest("li")));
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
  }

  open() {
    if (document.querySelector("dialog[open]")) return;
    this.#field.value = "";
    this.#show();
    this.#dialog.showModal();
    this.#field.focus();
  }

  #commands() {
    const jump = document.querySelector("#file");
    return [
      ...links.map((link) => ({ label: link.textContent, keys: ["g", link.dataset.key], run: () => link.click() })),
      ...(jump ? [{ label: say("js_command_upload"), run: () => jump.click() }] : []),
      ...[...document.querySelectorAll("details.switch button")].map((button) => (
        { label: `${document.querySelector("details.switch summary").getAttribute("aria-label")}: ${button.textContent}`, run: () => button.click() })),
      ...[...document.querySelectorAll("[data-theme-choice]")].map((link) => (
        { label: say(`js_command_theme_${link.dataset.themeChoice}`), run: () => link.click() })),
      ...[...document.querySelectorAll(".choices a[hreflang]")].map((link) => (
        { label: link.textContent, language: link.lang, run: () => link.click() })),
      { label: say("js_shortcuts_title"), keys: ["?"], run: showShortcuts },
      ...[...document.querySelectorAll(".choices form button")].map((button) => (
        { label: button.textContent, run: () => button.click() })),
    ];
  }

  #show() {
    const words = this.#field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const fitting = this.#commands().filter(({ label }) => words.every((word) => label.toLocaleLowerCase().includes(word)));
    this.#list.replaceChildren(...fitting.map(({ label, keys = [], language, run }, index) => {
      const item = make("li", { id: `command-${index}`, role: "option", lang: language },
        make("span", {}, label), ...keys.map((key) => make("kbd", { "aria-hidden": "true" }, key)));
      item.run = run;
      return item;
    }));
    this.#none.textContent = fitting.length ? "" : say("js_commands_none");
    this.#select(0);
  }

  #select(index) {
    const items = [...this.#list.children];
    this.#current = items.length ? (index + items.length) % items.length : 0;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === this.#current)));
    const item = items[this.#current];
    if (item) this.#field.setAttribute("aria-activedescendant", item.id);
    else this.#field.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }

  #press(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") this.#select(this.#current + 1);
    else if (event.key === "ArrowUp") this.#select(this.#current - 1);
    else if (event.key === "Enter") this.#run(this.#list.children[this.#current]);
    else return;
    event.preventDefault();
  }

  #run(item) {
    if (!item) return;
    this.#dialog.close();
    item.run();
  }
}
customElements.define("command-menu", CommandMenu);

const menu = document.body.classList.contains("console") ? document.createElement("command-menu") : null;
if (menu) document.body.append(menu);

function showShortcuts() {
  if (document.querySelector("dialog[open]")) return;
  const rows = [
    [[isApple ? "⌘" : "Ctrl", "K"], say("js_shortcut_commands")], [["?"], say("js_shortcut_sheet")],
    [["/"], say("js_shortcut_search")], [["j"], say("js_shortcut_next")], [["k"], say("js_shortcut_previous")],
    ...links.map((link) => [["g", link.dataset.key], say("js_shortcut_go", { page: link.textContent })]),
  ];
  const dialog = make("dialog", { class: "shortcuts", "aria-labelledby": "shortcuts-title" },
    make("h2", { id: "shortcuts-title" }, say("js_shortcuts_title")),
    make("dl", {}, ...rows.map(([keys, meaning]) => make("div", {},
      make("dt", {}, ...keys.map((key) => make("kbd", {}, key))), make("dd", {}, meaning)))),
    make("form", { method: "dialog" }, make("button", { class: "secondary" }, say("js_close"))));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

const openers = { commands: () => menu?.open(), shortcuts: showShortcuts };
for (const button of document.querySelectorAll("[data-opens]")) {
  button.hidden = false;
  button.addEventListener("click", openers[button.dataset.opens]);
}
for (const place of document.querySelectorAll("[data-shortcut=commands]")) place.textContent = isApple ? "⌘K" : "Ctrl K";

let waitsForPage = 0;
addEventListener("keydown", (event) => {
  if ((isApple ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k" && menu) {
    event.preventDefault();
    menu.open();
    return;
  }
  const isTyping = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "?" && menu) return showShortcuts();
  if (event.key === "/") {
    const field = document.querySelector("log-view input[type=search]");
    if (!field) return;
    event.preventDefault();
    return field.focus();
  }
  const isSecond = Date.now() - waitsForPage < 1500;
  waitsForPage = event.key === "g" && !isSecond ? Date.now() : 0;
  if (isSecond) links.find((link) => link.dataset.key === event.key)?.click();
  else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
});

/** Moves along the rows of a list. */
function step(by) {
  const rows = [...document.querySelectorAll(".row a, .table tbody tr a")];
  const next = rows.indexOf(document.activeElement) + by;
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
}
