// Follows jobs live. Those who follow the same job share one subscription, and all jobs of a page one connection.
import { readPatiently } from "./api.js";
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
 * `log` also gets the position of the line. Returns how to stop. Who joins others who follow the same job is told what comes from
 * then on, so all elements of a page begin when they are made.
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
  let isClosed = false;
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

  /** An end that others follow is one of an earlier run: the job was retried since. */
  function show({ type, seq, data }, end = seq) {
    if (isClosed) return;
    last = seq;
    const isEnd = type === "job:complete" || (type === "job:error" && isOver(data.state));
    if (isEnd) return seq < end ? undefined : finish();
    if (type === "job:log") return tell("log", data, seq);
    if (type === "job:error") return tell("failure", data.error);
    if (data.state) tell("state", data.state);
    if (data.stage) tell("stage", data.stage);
  }

  /** More was missed than the server keeps at hand; the journal has it. */
  async function catchUp(now, end) {
    while (last < end && !isClosed) {
      const page = await readPatiently(`/api/v1/jobs/${job}/events?after=${last}`, () => !isClosed).catch(() => null);
      // Signed out, not allowed any more, or gone.
      if (!page) return finish();
      if (!page.items.length) break;
      for (const { position: seq, type, data } of page.items) show({ type, seq, data }, end);
    }
    last = Math.max(last, end);
    if (isOver(now.state)) finish();
    else if (now.progress) tell("progress", now.progress);
  }

  function finish() {
    if (isClosed) return;
    listeners.close();
    tell("ended");
  }

  listeners.close = () => {
    isClosed = true;
    subscription.close();
    live.removeEventListener("state", connection);
    live.removeEventListener("close", finish);
    jobs.delete(job);
  };
  jobs.set(job, listeners);
  return listeners;
}

/**
 * Calls back with each `job` of the workspace that changes or is new. Before that, and whenever changes were missed, with the
 * newest ones as they are, and then with `newest`, their ids: of the others nobody knows what became of them. When the server
 * will have no more of us, with `refused` and why: 401 after signing out, 403 without the right.
 */
export function followJobs({ job, newest, refused }) {
  const live = client();
  const close = ({ detail }) => refused(detail.code === 4401 ? 401 : 403);
  live.addEventListener("close", close);
  const subscription = live.subscribe(`workspace:${workspace}/jobs`, {}, {
    onProblem: ({ status }) => refused(status),
    onSnapshot: ({ items }) => {
      items.toReversed().forEach(job);
      newest(new Set(items.map(({ id }) => id)));
    },
    onEvent: ({ data }) => job(data),
  });
  return () => {
    live.removeEventListener("close", close);
    subscription.close();
  };
}

export function isOver(state) {
  return ["succeeded", "dead", "canceled", "expired"].includes(state);
}
