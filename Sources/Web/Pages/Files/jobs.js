// The list of jobs: follows its rows, and counts those that are ticked.
import { say } from "./format.js";
import "./live-list.js";

const form = document.getElementById("change");
if (form) {
  const boxes = [...document.querySelectorAll(".row input[type=checkbox]")];
  const all = form.querySelector("[data-selects-all]");
  const text = form.querySelector("[data-count]");
  const buttons = [...form.querySelectorAll("button")];
  all.hidden = boxes.length === 0;
  form.classList.add("scripted");
  let last = -1;

  function count() {
    const chosen = boxes.filter((box) => box.checked).length;
    text.textContent = chosen ? say("js_selected", { n: chosen }) : say("js_select_all");
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    for (const button of buttons) button.disabled = chosen === 0;
  }

  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  boxes.forEach((box, index) => {
    // With the shift key everything in between goes along.
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last >= 0) {
        for (const other of boxes.slice(Math.min(last, index), Math.max(last, index))) other.checked = box.checked;
      }
      last = index;
      count();
    });
  });
  // A page that comes back from the browser's memory keeps its ticks.
  addEventListener("pageshow", count);
  count();
}
