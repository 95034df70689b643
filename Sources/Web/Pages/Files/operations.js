// Live operations: what was, then each second as it comes. Nothing is asked for while nobody looks.
import "./spark-chart.js";
import { readOnce } from "./api.js";
import { make, standstill } from "./elements.js";
import { say } from "./format.js";
import { continueTables, fillTables, refreshQueues } from "./operations-tables.js";

const list = document.getElementById("charts");
/** Between two looks at what no single second tells: the queues, and stretches of several seconds. */
const lookPause = 5000;
/** Between two readings of the whole time by a page that follows seconds: its tables forget what is not shown now. */
const wholePause = 60_000;
/** So much less is asked for, because the answer takes time, and more than an hour has coarser stretches. */
const margin = 1000;
/** Seconds beyond which the oldest go. */
const mostStretches = 720;
let times = [];
let values = new Map();
/** Up to when seconds are known. */
let known;
/** What came since the reading that is under way began. */
let came = [];
let readings = 0;
/** The server's time at a moment of this page; the browser's may be wrong. */
let clock;
let source;
let failures = 0;
let timer;
let notice;
let isRefused = false;
let isLooking = false;

if (list) begin();

async function begin() {
  offerTime();
  const isLive = "live" in list.dataset;
  if (isLive) {
    const from = new URLSearchParams(list.dataset.query).get("from");
    clock = { time: Date.parse(from) + length(), at: performance.now() };
  }
  const status = await load();
  list.addEventListener("range", ({ detail: { from, to } }) => {
    look(from, to);
  });
  if (!isLive) return;
  judge(status);
  follow();
  setInterval(refresh, lookPause);
  document.addEventListener("visibilitychange", async () => {
    clearTimeout(timer);
    if (document.hidden) return leave();
    judge(await load());
    follow();
  });
}

/** How much time a live page shows, in milliseconds. */
function length() {
  return Number(list.dataset.live) * 1000;
}

/** Whether the page goes on second by second: a stretch of several seconds is not mended by one. */
function isBySeconds() {
  return Number(list.dataset.step) === 1000;
}

function look(from, to) {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  if (list.dataset.node) query.set("node", list.dataset.node);
  location.assign(`/operations?${query}`);
}

/** Reads again what the seconds do not tell. */
async function refresh() {
  if (document.hidden || isRefused || isLooking) return;
  isLooking = true;
  try {
    const isWhole = !isBySeconds() || performance.now() - clock.at > wholePause;
    const statuses = await Promise.all(isWhole ? [refreshQueues(), load()] : [refreshQueues()]);
    judge(statuses.find((status) => status !== 200) ?? 200);
    if (!source || !isBySeconds()) follow();
  } finally {
    isLooking = false;
  }
}

/** Says after an answer why the page stands still, if it does. Who is refused asks no more until it is shown again. */
function judge(status) {
  isRefused = status === 401 || status === 403;
  if (isRefused) {
    leave();
    tell(standstill(status));
  } else if (status === 0 || status >= 500) {
    tell(offline());
  } else if (status === 200 && (!source || source.readyState === EventSource.OPEN)) {
    tell();
  }
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

/** Reads the time that the page is about. A live one ends now, whenever the page was made. Gives the status. */
async function load() {
  const query = new URLSearchParams(list.dataset.query);
  if (clock) {
    const now = clock.time + performance.now() - clock.at;
    query.set("from", new Date(now - length() + margin).toISOString());
  }
  const reading = ++readings;
  came = [];
  const { status, document: series } = await readOnce(`/api/v1/operations/samples?${query}`);
  // Another one began meanwhile, and knows more.
  if (!series || reading !== readings) return status;
  if (clock) clock = { time: Date.parse(series.to), at: performance.now() };
  const start = Date.parse(series.from);
  times = series.measured_ms.map((_, index) => new Date(start + index * series.step_ms));
  values = new Map(Object.entries(series.values));
  known = times[series.measured_ms.findLastIndex((measured) => measured > 0)];
  list.dataset.step = series.step_ms;
  fillTables(series);
  came.forEach(add);
  show();
  return status;
}

function follow() {
  leave();
  if (document.hidden || isRefused || !isBySeconds()) return;
  const query = list.dataset.node ? `?${new URLSearchParams({ node: list.dataset.node })}` : "";
  source = new EventSource(`/api/v1/operations/samples/live${query}`);
  source.addEventListener("operations:sample", ({ data }) => {
    const sample = JSON.parse(data);
    came.push(sample);
    add(sample);
  });
  source.onopen = () => {
    failures = 0;
    tell();
  };
  source.onerror = ({ target }) => {
    if (target !== source) return;
    tell(offline());
    // A connection that broke the browser makes again; one that was refused, never.
    if (target.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    timer = setTimeout(again, Math.random() * Math.min(30_000, 1_000 * 2 ** failures++));
  };
}

function leave() {
  clearTimeout(timer);
  source?.close();
  source = undefined;
}

/** After a refusal: what was missed is read as well, and says whether the reader may still read. */
async function again() {
  judge(await load());
  follow();
}

function offline() {
  return make("p", { class: "notice", role: "status" }, say("js_offline"));
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
  if (known && time <= known) return;
  known = time;
  // What was read may end with a second that was not over.
  while (times.length && times.at(-1) >= time) {
    times.pop();
    for (const line of values.values()) line.pop();
  }
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
