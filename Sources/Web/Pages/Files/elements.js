// Small things that several modules build pages from.
import { say } from "./format.js";

/** An element with attributes and children; text goes in as text, never as markup. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** A sentence that says why something stands still, for the top of it; with a way to sign in if that is what it takes. */
export function standstill(status) {
  const notice = make("p", { class: "notice", role: "status" });
  if (status !== 401) notice.append(say("js_not_allowed"));
  // The server asks who it is, and leads back to this page.
  else notice.append(`${say("js_signed_out")} `, make("a", { href: location.href }, say("js_sign_in")));
  return notice;
}

/** Lets the browser draw and listen between two pieces of work. */
export function breath() {
  return globalThis.scheduler?.yield ? scheduler.yield() : new Promise((resolve) => setTimeout(resolve));
}

/** Copies text and says so on the button for a moment. */
export async function copy(text, button, done, failed) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = done;
  } catch {
    button.textContent = failed;
  }
  setTimeout(() => (button.textContent = label), 2000);
}
