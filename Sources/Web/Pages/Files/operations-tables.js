// The tables of live operations, which go on with each second as the charts do.
import { readOnce } from "./api.js";
import { label, localizeTimes } from "./format.js";
import { make } from "./elements.js";

const [failures, queues, shares] = ["failures", "queues", "shares"].map((id) => document.getElementById(id));
const waiting = ["scheduled", "blocked", "parked", "ready"];
/** Attempts that failed in the time that is shown, by kind and code. */
let counts = new Map();

/** Begins with what the whole time has. */
export function fillTables(series) {
  counts = new Map();
  failures.closest("section").hidden = true;
  continueTables(series);
}

/** Adds what one second has. */
export function continueTables({ failures: failed = [], workspaces = [] }) {
  for (const { kind, code, count } of failed) {
    const key = JSON.stringify([kind, code]);
    counts.set(key, { kind, code, count: count + (counts.get(key)?.count ?? 0) });
  }
  const most = [...counts.values()].sort((left, right) => right.count - left.count);
  if (failed.length) {
    put(failures, most.map(({ kind, code, count }) => [head(label("kind", kind)), cell(make("code", {}, code)), number(count)]));
  }
  // Not every second says how the workers are shared.
  if (workspaces.length) {
    put(shares, workspaces.map(({ workspace, running, waiting, weight, share_percent: percent }) => [
      head(make("code", {}, workspace)), number(running), number(waiting), number(weight),
      cell(make("progress", { max: 100, value: Math.round(percent), "aria-label": workspace }, `${Math.round(percent)} %`)),
    ]));
  }
}

/** Reads the queues again and gives the status. Rows stay where they are: somebody may be about to follow the link of one. */
export async function refreshQueues() {
  const { status, document: answer } = await readOnce("/api/v1/queues");
  if (answer) showQueues(answer.items);
  return status;
}

function showQueues(items) {
  const rows = new Map([...queues.rows].map((row) => [row.dataset.kind, row]));
  for (const { kind, mode, states, oldest_waiting: oldest } of items) {
    const row = rows.get(kind) ?? queues.appendChild(queueRow(kind));
    rows.delete(kind);
    const texts = [label("queue", mode), waiting.reduce((sum, state) => sum + (states[state] ?? 0), 0), states.leased ?? 0];
    texts.forEach((text, index) => write(row.cells[index + 1], String(text)));
    if (row.querySelector("time")?.dateTime !== oldest) row.cells[4].replaceChildren(...(oldest ? [make("time", { datetime: oldest })] : []));
  }
  for (const row of rows.values()) row.remove();
  localizeTimes(queues);
  const isEmpty = queues.rows.length === 0;
  queues.closest(".scroll").hidden = isEmpty;
  queues.closest("section").querySelector(".empty").hidden = !isEmpty;
}

function queueRow(kind) {
  const row = make("tr", {}, head(make("a", { href: `/jobs?${new URLSearchParams({ kind })}` }, label("kind", kind))),
    make("td", { class: "short" }), number(""), number(""), make("td", { class: "short" }));
  row.dataset.kind = kind;
  return row;
}

function put(body, rows) {
  body.replaceChildren(...rows.map((cells) => make("tr", {}, ...cells)));
  body.closest("section").hidden = false;
}

function write(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}

const head = (content) => make("th", { scope: "row" }, content);
const cell = (content) => make("td", {}, content);
const number = (value) => make("td", { class: "number" }, String(value));
