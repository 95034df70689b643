// Live operations: what was, then each second as it comes. Nothing is asked for while nobody looks.
import "./spark-chart.js";
import { call } from "./api.js";
import { make, standstill } from "./elements.js";
import { say } from "./format.js";
import { continueTables, fillTables, refreshQueues } from "./operations-tables.js";

const list = document.getElementById("charts");
/** Between two looks at what no single second tells: the queues, and stretches of several seconds. */
const lookPause = 5000;
/** Seconds beyond which the oldest go. */
const mostStretches = 720;
let times = [];
let values = new Map();
let source;
let failures = 0;
let timer;
let notice;

if (list) begin();

async function begin() {
  offerTime();
  await load();
  list.addEventListener("range", ({ detail: { from, to } }) => {
    look(from, to);
  });
  if (!("live" in list.dataset)) return;
  follow();
  setInterval(() => {
    if (document.hidden) return;
    refreshQueues();
    if (Number(list.dataset.step) > 1000) load();
  }, lookPause);
  document.addEventListener("visibilitychange", async () => {
    clearTimeout(timer);
    if (document.hidden) return source?.close();
    await load();
    follow();
  });
}

function look(from, to) {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  if (list.dataset.node) query.set("node", list.dataset.node);
  location.assign(`/operations?${query}`);
}

/** The form with a beginning and an end: in UTC as the server writes it, here in the reader's own time. */
function offerTime() {
  const form = document.getElementById("range");
  form.classList.add("scripted");
  const fields = [form.elements.from, form.elements.to];
  for (const field of fields) {
    const time = new Date(`${field.value}Z`);
    field.value = new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look(...fields.map((field) => new Date(field.value)));
  });
}

/** Reads the time that the page is about. A live one ends now, whenever the page was made. Gives the status of the answer. */
async function load() {
  const query = new URLSearchParams(list.dataset.query);
  if ("live" in list.dataset && times.length) {
    const length = times.at(-1) - times[0];
    query.set("from", new Date(Date.now() - length).toISOString());
  }
  const answer = await call(`/api/v1/operations/samples?${query}`).catch(() => null);
  if (!answer?.ok) return answer?.status ?? 0;
  const series = await answer.json();
  const start = Date.parse(series.from);
  times = series.measured_ms.map((_, index) => new Date(start + index * series.step_ms));
  values = new Map(Object.entries(series.values));
  list.dataset.step = series.step_ms;
  fillTables(series);
  show();
  return answer.status;
}

function follow() {
  source?.close();
  // A stretch of several seconds is not mended by one; the next look reads them together.
  if (Number(list.dataset.step) > 1000) return;
  const query = list.dataset.node ? `?${new URLSearchParams({ node: list.dataset.node })}` : "";
  source = new EventSource(`/api/v1/operations/samples/live${query}`);
  source.addEventListener("operations:sample", ({ data }) => add(JSON.parse(data)));
  source.onopen = () => {
    failures = 0;
    tell();
  };
  source.onerror = ({ target }) => {
    if (target !== source) return;
    tell(make("p", { class: "notice", role: "status" }, say("js_offline")));
    // A connection that broke the browser makes again; one that was refused, never.
    if (target.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    timer = setTimeout(again, Math.random() * Math.min(30_000, 1_000 * 2 ** failures++));
  };
}

/** After a refusal: what was missed is read as well, and says whether the reader may still read. */
async function again() {
  const status = await load();
  if (status === 401 || status === 403) tell(standstill(status));
  else if (!document.hidden) follow();
}

/** Says above the charts why they stand still; nothing when they go on. */
function tell(text) {
  notice?.remove();
  notice = text;
  if (text) list.before(text);
}

function add({ at, values: now, ...rest }) {
  document.getElementById("unmeasured")?.remove();
  const time = new Date(at);
  if (times.length && time <= times.at(-1)) return;
  times.push(time);
  continueTables(rest);
  const beyond = Math.max(0, times.length - mostStretches);
  times.splice(0, beyond);
  for (const name of new Set([...values.keys(), ...Object.keys(now)])) {
    const line = values.get(name) ?? Array(times.length - 1 + beyond).fill(null);
    line.push(now[name] ?? null);
    line.splice(0, beyond);
    values.set(name, line);
  }
  for (const light of document.querySelectorAll("[data-light]")) {
    const isUp = (now[light.dataset.light] ?? 1) > 0.5;
    light.toggleAttribute("data-up", isUp);
    // The colour in words, for those who do not see it.
    const words = light.querySelector(".visually-hidden");
    const text = say(isUp ? "js_light_up" : "js_light_down");
    if (words.textContent !== text) words.textContent = text;
  }
  show();
}

let isDue = false;
/** At most once for each picture of the screen, and only what is in sight. */
function show() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    for (const chart of list.querySelectorAll("spark-chart")) chart.show(times, values);
  });
}
