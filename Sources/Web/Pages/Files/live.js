// Follows jobs live. Those who follow the same job share one subscription, and all jobs of a page one connection.
import { call } from "./api.js";
import { LiveClient } from "./live-client.js";

const { workspace } = document.documentElement.dataset;
const jobs = new Map();
let connected;

/** The connection of this page, made when the first one wants it. */
function client() {
  return (connected ??= new LiveClient({ workspace }));
}

/**
 * Calls back for everything that happens to the job after `position`, once and in order, whatever becomes of the connection.
 * `log` also gets the position of the line. Returns how to stop.
 */
export function follow(job, position, handlers) {
  const followed = jobs.get(job) ?? open(job, Number(position));
  followed.add(handlers);
  return () => {
    followed.delete(handlers);
    if (followed.size === 0) followed.close();
  };
}

function open(job, position) {
  const listeners = new Set();
  const tell = (name, ...values) => listeners.forEach((handlers) => handlers[name]?.(...values));
  let last = position;
  // One after the other, because what was missed is read before what comes.
  let work = Promise.resolve();
  const next = (step) => (work = work.then(step).catch(() => {}));
  const live = client();
  const connection = ({ detail }) => tell("connection", detail !== "connecting");
  live.addEventListener("state", connection);
  live.addEventListener("close", finish);
  const subscription = live.subscribe(`job:${job}`, { from: `1:${position}` }, {
    onEvent: (event) => next(() => show(event)),
    onProgress: ({ data }) => next(() => tell("progress", data.progress)),
    onSnapshot: (now, { seq }) => next(() => catchUp(now, seq)),
    onProblem: () => next(finish),
  });

  function show({ type, seq, data }) {
    last = seq;
    if (type === "job:complete" || (type === "job:error" && isOver(data.state))) return finish();
    if (type === "job:log") return tell("log", data, seq);
    if (type === "job:error") return tell("failure", data.error);
    if (data.state) tell("state", data.state);
    if (data.stage) tell("stage", data.stage);
  }

  /** More was missed than the server keeps at hand; the journal has it. */
  async function catchUp(now, end) {
    while (last < end) {
      const reply = await call(`/api/v1/jobs/${job}/events?after=${last}`);
      const { items } = reply.ok ? await reply.json() : { items: [] };
      if (!items.length) break;
      for (const { position: seq, type, data } of items) show({ type, seq, data });
    }
    if (isOver(now.state)) finish();
    else if (now.progress) tell("progress", now.progress);
  }

  function finish() {
    if (!jobs.has(job)) return;
    listeners.close();
    tell("ended");
  }

  listeners.close = () => {
    subscription.close();
    live.removeEventListener("state", connection);
    live.removeEventListener("close", finish);
    jobs.delete(job);
  };
  jobs.set(job, listeners);
  return listeners;
}

/** Calls back with each job of the workspace that changes or is new; before that with the newest ones as they are. */
export function followJobs(take) {
  const subscription = client().subscribe(`workspace:${workspace}/jobs`, {}, {
    onSnapshot: ({ items }) => items.toReversed().forEach(take),
    onEvent: ({ data }) => take(data),
  });
  return () => subscription.close();
}

export function isOver(state) {
  return ["succeeded", "dead", "canceled", "expired"].includes(state);
}
