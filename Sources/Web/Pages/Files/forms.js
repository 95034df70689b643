// Forms that say what is wrong where they stand, ask before what cannot be undone, and cannot be sent twice.
import { say } from "./format.js";
import { make } from "./elements.js";

for (const element of document.querySelectorAll("[data-sends-itself]")) {
  element.classList.add("scripted");
  element.addEventListener("change", () => element.requestSubmit());
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.confirm && !("confirmed" in form.dataset)) {
    event.preventDefault();
    ask(form.dataset.confirm, event.submitter).then((agreed) => {
      if (!agreed) return;
      form.dataset.confirmed = "";
      form.requestSubmit(event.submitter);
      delete form.dataset.confirmed;
    });
    return;
  }
  const { pathname } = new URL(form.action);
  if ("native" in form.dataset || !(pathname.startsWith("/forms/") || pathname.endsWith("/again"))) return;
  event.preventDefault();
  send(form, event.submitter);
});

async function send(form, submitter) {
  if (form.getAttribute("aria-busy") === "true") return;
  const notice = form.querySelector(".notice");
  const data = new FormData(form, submitter);
  form.setAttribute("aria-busy", "true");
  if (notice) notice.hidden = true;
  let problem;
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
    if (answer.headers.get("content-type")?.startsWith("text/html")) return form.submit();
    const document = await answer.json();
    if (answer.ok) return location.assign(document.location);
    problem = document.detail;
  } catch {
    problem = say("js_failed");
  }
  form.removeAttribute("aria-busy");
  if (!notice) return tell(problem);
  notice.textContent = problem;
  notice.hidden = false;
}

/** Shows a problem of a form that has no place for it. */
function tell(text) {
  document.querySelector(".flash")?.remove();
  document.getElementById("main").prepend(make("p", { class: "notice", role: "alert" }, text));
}

/** Asks in a dialog; resolves to the answer. */
function ask(question, opener) {
  const dialog = make("dialog", { class: "ask", "aria-labelledby": "question" },
    make("form", { method: "dialog" },
      make("p", { id: "question" }, question),
      make("div", { class: "actions" },
        make("button", { value: "no", class: "secondary" }, say("js_cancel")),
        make("button", { value: "yes", class: opener?.classList.contains("danger") ? "danger" : null }, say("js_confirm")))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      opener?.focus();
      resolve(dialog.returnValue === "yes");
    });
  });
}
