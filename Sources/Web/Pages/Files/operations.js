// Live operations: what was, then each second as it comes. Nothing is asked for while nobody looks.
import "./spark-chart.js";
import { call } from "./api.js";

const list = document.getElementById("charts");
/** Seconds beyond which the oldest go. */
const mostStretches = 720;
let times = [];
let values = new Map();
let source;

if (list) begin();

async function begin() {
  await load();
  list.addEventListener("range", ({ detail: { from, to } }) => {
    const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
    if (list.dataset.node) query.set("node", list.dataset.node);
    location.assign(`/operations?${query}`);
  });
  if (!("live" in list.dataset)) return;
  follow();
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden) return source?.close();
    await load();
    follow();
  });
}

/** Reads the time that the page is about. A live one ends now, whenever the page was made. */
async function load() {
  const query = new URLSearchParams(list.dataset.query);
  if ("live" in list.dataset && times.length) {
    const length = times.at(-1) - times[0];
    query.set("from", new Date(Date.now() - length).toISOString());
  }
  const answer = await call(`/api/v1/operations/samples?${query}`).catch(() => null);
  if (!answer?.ok) return;
  const series = await answer.json();
  const start = Date.parse(series.from);
  times = series.measured_ms.map((_, index) => new Date(start + index * series.step_ms));
  values = new Map(Object.entries(series.values));
  list.dataset.step = series.step_ms;
  show();
}

function follow() {
  source?.close();
  // A stretch of several seconds is not mended by one; the next look reads them together.
  if (Number(list.dataset.step) > 1000) return;
  const query = list.dataset.node ? `?${new URLSearchParams({ node: list.dataset.node })}` : "";
  source = new EventSource(`/api/v1/operations/samples/live${query}`);
  source.addEventListener("operations:sample", ({ data }) => add(JSON.parse(data)));
}

function add({ at, values: now }) {
  document.getElementById("unmeasured")?.remove();
  const time = new Date(at);
  if (times.length && time <= times.at(-1)) return;
  times.push(time);
  const beyond = Math.max(0, times.length - mostStretches);
  times.splice(0, beyond);
  for (const name of new Set([...values.keys(), ...Object.keys(now)])) {
    const line = values.get(name) ?? Array(times.length - 1 + beyond).fill(null);
    line.push(now[name] ?? null);
    line.splice(0, beyond);
    values.set(name, line);
  }
  for (const light of document.querySelectorAll("[data-light]")) {
    light.toggleAttribute("data-up", (now[light.dataset.light] ?? 1) > 0.5);
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
