// Live updates that survive lost connections.
//
// One LiveClient serves a whole page over one WebSocket. Where none is to be had it listens by server-sent events, one for each
// stream, and where these are held back it asks every few seconds; it changes over by itself, and nothing is lost on the way.
//
//   const live = new LiveClient();
//   const subscription = live.subscribe(`job:${id}`, { from: "1:17" }, {
//     onSnapshot(data, { epoch, seq }) {},      // the whole state; replaces everything that was shown
//     onEvent({ type, seq, at, data }) {},      // each event once, in order
//     onProgress({ data }) {},                  // a report that only counts until the next one
//     onProblem(problem) {},                    // refused for good: a problem document with `status`
//   });
//   subscription.position;                      // "epoch:seq" of the last event, to go on from later
//   subscription.close();
//   const { status, data } = await live.send("job:cancel", { job: id });    // throws a LiveProblem
//   live.addEventListener("state", ({ detail }) => {});  // "connecting", "websocket", "events", "polling", "closed"
//   live.addEventListener("close", ({ detail }) => {});  // { code } when the server will have no more of us: 4401, 4403
//   live.close();
//
// Without `from` a subscription begins with a snapshot; with it, with the events after that position, or with a snapshot if they
// are not kept any more. Streams: `job:job_…`, `workspace:ws_…/jobs`, `system`. A snapshot of a job is what getJob answers; that
// of a list is `{ items }`, and its events carry one job each as `data`: show it if its `position` is greater than that shown.

const SHORTEST = 500;
const LONGEST = 30_000;
/** How long a connection may be silent: the server pings every 25 s, but scripts do not see pings. */
const ANSWER_LIMIT = 30_000;
/** Attempts that never opened before the next way is tried. */
const ATTEMPTS = 2;
/** How often a page without a better way asks. */
const POLL = 3_000;
/** How long after the change to a lesser way the better one is tried again. */
const RETURN = 300_000;

/** A random time that doubles with each failure: full jitter, so that not everybody comes back at once. */
function pause(failures, longest = LONGEST) {
  return Math.random() * Math.min(longest, SHORTEST * 2 ** failures);
}

/** What server-sent events are called. */
const TYPES = [
  "answer", "resync", "reconnect", "job:progress", "job:complete", "job:error", "job:log", "system:notification",
];

/** A refusal: `status`, and the server's problem document as `problem`. */
export class LiveProblem extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

/** One stream: where the reader is in it, and what is new to it. Knows nothing of connections. */
export class StreamReader {
  constructor(stream, from) {
    this.stream = stream;
    const [epoch, seq] = from ? String(from).split(":") : [];
    this.epoch = seq === undefined ? undefined : epoch;
    this.seq = seq === undefined ? undefined : Number(seq);
  }

  get position() {
    return this.seq === undefined ? undefined : `${this.epoch}:${this.seq}`;
  }

  /** The answer to its subscription; true when it holds a snapshot to show. */
  begin({ epoch, seq, recovered }) {
    if (recovered) return false;
    this.epoch = epoch;
    this.seq = seq;
    return true;
  }

  /** What to do with an event: "show", "drop" what is known already, or "resync" after a gap. */
  take({ epoch, seq }) {
    if (epoch !== this.epoch) return "resync";
    if (seq <= this.seq) return "drop";
    if (seq !== this.seq + 1) return "resync";
    this.seq = seq;
    return "show";
  }
}

export class LiveClient extends EventTarget {
  #url;
  #workspace;
  #ticket;
  #subscriptions = new Map();
  #waiting = new Map();
  #number = 0;
  #way = "websocket";
  #failures = 0;
  #unopened = 0;
  #hasOpened = false;
  #reached = 0;
  #socket;
  #timer;
  #lesser = new Map();
  #lesserSince = 0;
  #state = "connecting";
  #isClosed = false;

  /**
   * @param {object} [options]
   * @param {string} [options.url] where the server is, if not where the page comes from
   * @param {string} [options.workspace] the workspace to listen in, if not the one that the browser has chosen
   * @param {() => Promise<string>} [options.ticket] gets a ticket for each connection, where cookies do not reach
   */
  constructor({ url = "/api/v1/live", workspace, ticket } = {}) {
    super();
    this.#url = new URL(url, globalThis.location?.href);
    this.#workspace = workspace;
    this.#ticket = ticket;
    globalThis.addEventListener?.("online", () => this.#hurry());
    globalThis.document?.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  get state() {
    return this.#state;
  }

  /** Listens to a stream. @returns {{ close(): void, position: string | undefined }} */
  subscribe(stream, { from } = {}, handlers = {}) {
    const subscription = { reader: new StreamReader(stream, from), handlers };
    this.#subscriptions.set(stream, subscription);
    if (this.#way !== "websocket") this.#followLesser(subscription);
    else if (this.#isOpen) this.#ask(subscription);
    else this.#connect();
    return {
      close: () => this.#unsubscribe(stream, subscription),
      get position() {
        return subscription.reader.position;
      },
    };
  }

  /** Sends a command and gives its answer. Throws a LiveProblem when it is refused or the connection broke before the answer. */
  async send(type, message = {}) {
    if (this.#isOpen) return this.#request(type, message);
    return this.#call(type, message);
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const stop of this.#lesser.values()) stop();
    this.#lesser.clear();
    this.#socket?.close(1000);
    this.#tell("closed");
  }

  // --- the WebSocket

  get #isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  async #connect() {
    if (this.#isClosed || this.#socket || this.#timer) return;
    const url = new URL(this.#url);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (this.#workspace) url.searchParams.set("workspace", this.#workspace);
    // Taken at once, so that nobody else begins a second one while the ticket comes.
    this.#socket = { readyState: 0, close() {} };
    try {
      if (this.#ticket) url.searchParams.set("ticket", await this.#ticket());
      if (this.#isClosed) return;
      this.#socket = new WebSocket(url);
    } catch {
      this.#socket = undefined;
      return this.#later();
    }
    const socket = this.#socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#hasOpened = true;
      this.#unopened = 0;
      this.#reached = 0;
      this.#tell("websocket");
      for (const subscription of this.#subscriptions.values()) this.#ask(subscription);
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      for (const { reject } of this.#waiting.values()) reject(new LiveProblem(0, { detail: "The connection broke." }));
      this.#waiting.clear();
      if (this.#isClosed) return;
      if (code === 4401 || code === 4403) return this.#refused(code);
      if (!opened && ++this.#unopened >= ATTEMPTS) this.#probe();
      else this.#later();
    };
  }

  /**
   * A WebSocket that does not open is either refused, or the server is away, and a browser does not say which. So the server is
   * asked another way: only if it answers are WebSockets given up. Where one has worked before the server may just have come back.
   */
  async #probe() {
    this.#tell("connecting");
    // Nobody begins another connection meanwhile.
    const socket = (this.#socket = { readyState: 0, close() {} });
    let status = 0;
    try {
      const url = this.#address({ reader: new StreamReader("system") });
      if (this.#ticket) url.searchParams.set("ticket", await this.#ticket());
      const signal = AbortSignal.timeout(ANSWER_LIMIT);
      ({ status } = await fetch(url, { headers: { Accept: "application/json" }, signal }));
    } catch {
      // It is away.
    }
    if (this.#isClosed || this.#socket !== socket) return;
    this.#socket = undefined;
    if (status === 401) return this.#refused(4401);
    if (status === 403) return this.#refused(4403);
    this.#reached = status === 200 ? this.#reached + 1 : 0;
    if (this.#reached >= (this.#hasOpened ? 2 : 1)) this.#fallBack("events");
    else this.#later();
  }

  #later(least = 0) {
    if (this.#isClosed || this.#timer) return;
    this.#tell("connecting");
    this.#timer = setTimeout(() => this.#retry(), least || pause(this.#failures++));
  }

  #retry() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#way === "websocket") this.#connect();
  }

  /** The network is back, or somebody looks: no need to wait any longer. */
  #hurry() {
    if (!this.#timer) return;
    this.#failures = 0;
    this.#retry();
  }

  #ask(subscription) {
    const { stream, epoch, seq } = subscription.reader;
    this.#request("subscribe", seq === undefined ? { stream } : { stream, epoch, seq })
      .then(({ data }) => this.#begin(subscription, data))
      .catch((problem) => this.#settle(subscription, problem));
  }

  #request(type, message) {
    const id = String(++this.#number);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new LiveProblem(0, { detail: "The server did not answer." }));
        // Whatever became of it, this connection is of no use.
        this.#socket?.close();
      }, ANSWER_LIMIT);
      const done = (settle) => (value) => (clearTimeout(timer), settle(value));
      this.#waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      this.#socket.send(JSON.stringify({ type, id, ...message }));
    });
  }

  #unsubscribe(stream, subscription) {
    if (this.#subscriptions.get(stream) !== subscription) return;
    this.#subscriptions.delete(stream);
    this.#lesser.get(stream)?.();
    this.#lesser.delete(stream);
    if (this.#isOpen) this.#request("unsubscribe", { stream }).catch(() => {});
  }

  // --- what comes, whichever way

  #receive(message) {
    const { type } = message;
    if (type === "answer") return this.#answered(message);
    if (type === "reconnect") return this.#leave(message.after_ms);
    const subscription = this.#subscriptions.get(message.stream);
    if (!subscription) return;
    if (type === "resync") return this.#resync(subscription);
    // Events that overtook the answer to a subscription belong to the one before it.
    if (subscription.begun === false) return;
    if (message.seq === undefined) return subscription.handlers.onProgress?.(message);
    const step = subscription.reader.take(message);
    if (step === "show") subscription.handlers.onEvent?.(message);
    if (step === "resync") this.#resync(subscription);
  }

  #answered({ id, status, data, problem }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (status >= 400) return waiting?.reject(new LiveProblem(status, problem));
    this.#failures = 0;
    waiting?.resolve({ status, data });
  }

  #begin(subscription, data) {
    subscription.begun = true;
    subscription.refusals = 0;
    const { reader, handlers } = subscription;
    if (reader.begin(data)) handlers.onSnapshot?.(data.snapshot, { epoch: data.epoch, seq: data.seq });
  }

  #resync(subscription) {
    // From where it is: the server knows best whether that is enough, and answers with a snapshot if not.
    subscription.begun = false;
    if (this.#way !== "websocket") return this.#followLesser(subscription);
    if (this.#isOpen) this.#ask(subscription);
  }

  /** Refused for good, or until the next try. */
  #settle(subscription, problem) {
    const { stream } = subscription.reader;
    if (this.#subscriptions.get(stream) !== subscription) return;
    if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
      this.#unsubscribe(stream, subscription);
      return subscription.handlers.onProblem?.({ status: problem.status, ...problem.problem });
    }
    if (!problem.status) return;
    subscription.refusals = (subscription.refusals ?? 0) + 1;
    const socket = this.#socket;
    // Another connection asks for all of its own accord.
    setTimeout(() => {
      const isWanted = this.#subscriptions.get(stream) === subscription && this.#socket === socket;
      if (isWanted && this.#isOpen) this.#ask(subscription);
    }, pause(subscription.refusals + 1));
  }

  /** The server stops: goes, and comes back when it said. */
  #leave(after) {
    const socket = this.#socket;
    if (this.#way !== "websocket" || !socket) return;
    this.#socket = undefined;
    socket.close(1000);
    for (const { reject } of this.#waiting.values()) reject(new LiveProblem(0, { detail: "The server restarts." }));
    this.#waiting.clear();
    this.#later(Math.max(1, after));
  }

  #refused(code) {
    this.#isClosed = true;
    this.#tell("closed");
    this.dispatchEvent(new CustomEvent("close", { detail: { code } }));
  }

  #tell(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  // --- lesser ways: server-sent events, and asking again and again

  #fallBack(way) {
    this.#way = way;
    this.#lesserSince = Date.now();
    for (const subscription of this.#subscriptions.values()) this.#followLesser(subscription);
  }

  /** Tries the WebSocket again when it has been away for long. */
  #goUp() {
    if (Date.now() - this.#lesserSince < RETURN) return false;
    for (const stop of this.#lesser.values()) stop();
    this.#lesser.clear();
    this.#way = "websocket";
    this.#unopened = 0;
    this.#connect();
    return true;
  }

  #followLesser(subscription) {
    const { stream } = subscription.reader;
    this.#lesser.get(stream)?.();
    const stop = this.#way === "events" ? this.#listen(subscription) : this.#poll(subscription);
    this.#lesser.set(stream, stop);
  }

  #address({ reader }) {
    const url = new URL(this.#url);
    url.searchParams.set("stream", reader.stream);
    if (this.#workspace) url.searchParams.set("workspace", this.#workspace);
    if (reader.position) url.searchParams.set("after", reader.position);
    return url;
  }

  #listen(subscription) {
    let source;
    let timer;
    let silent = 0;
    let stopped = false;
    const open = async () => {
      const url = this.#address(subscription);
      if (this.#ticket) url.searchParams.set("ticket", await this.#ticket());
      if (stopped) return;
      source = new EventSource(url);
      let heard = false;
      const take = ({ type, data }) => {
        heard = true;
        silent = 0;
        const message = JSON.parse(data);
        if (type === "reconnect") return again(message.after_ms);
        this.#failures = 0;
        this.#tell("events");
        if (type === "answer") return this.#begin(subscription, message.data);
        this.#receive(message);
      };
      for (const type of TYPES) source.addEventListener(type, take);
      // The browser would come back with the address of the first time; ours tells where we are now.
      source.onerror = () => {
        if (!heard && ++silent >= ATTEMPTS) return this.#downgrade();
        this.#tell("connecting");
        again(pause(this.#failures++));
      };
      // A proxy that holds everything back never errs.
      timer = setTimeout(() => heard || this.#downgrade(), ANSWER_LIMIT / 3);
    };
    const again = (delay) => {
      if (stopped) return;
      leave();
      timer = setTimeout(() => this.#goUp() || open().catch(() => again(LONGEST)), delay);
    };
    const leave = () => {
      source?.close();
      clearTimeout(timer);
    };
    open().catch(() => again(pause(this.#failures++)));
    return () => {
      stopped = true;
      leave();
    };
  }

  #downgrade() {
    if (this.#way === "polling") return;
    for (const stop of this.#lesser.values()) stop();
    this.#lesser.clear();
    this.#fallBack("polling");
  }

  #poll(subscription) {
    let timer;
    let stopped = false;
    const ask = async () => {
      if (this.#goUp() || stopped) return;
      try {
        const url = this.#address(subscription);
        if (this.#ticket) url.searchParams.set("ticket", await this.#ticket());
        const signal = AbortSignal.timeout(ANSWER_LIMIT);
        const reply = await fetch(url, { headers: { Accept: "application/json" }, signal });
        if (!reply.ok) throw new LiveProblem(reply.status, await reply.json().catch(() => undefined));
        const { messages } = await reply.json();
        if (stopped) return;
        this.#failures = 0;
        this.#tell("polling");
        for (const message of messages) {
          if (message.type === "answer") this.#begin(subscription, message.data);
          else this.#receive(message);
        }
      } catch (problem) {
        if (stopped) return;
        if (problem.status === 401) return this.#refused(4401);
        if (problem.status === 403 || problem.status === 404) return this.#settle(subscription, problem);
        this.#tell("connecting");
        this.#failures++;
        // A server that was away is back at once for a WebSocket; one that asks for patience gets it.
        if (problem.status !== 429) this.#lesserSince = 0;
      }
      if (!stopped) {
        const pause = globalThis.document?.hidden ? LONGEST : POLL * (0.75 + Math.random() / 2);
        timer = setTimeout(ask, Math.min(LONGEST, pause + this.#failures * SHORTEST));
      }
    };
    ask();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  /** Commands without a WebSocket. */
  async #call(type, message) {
    const [method, path, body] = {
      "job:start": () => ["POST", "jobs", message.body],
      "job:cancel": () => ["POST", `jobs/${message.job}/cancel`],
      "settings:update": () => ["PUT", "workspace", message.body],
    }[type]();
    const headers = { Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (message.idempotency_key) headers["Idempotency-Key"] = message.idempotency_key;
    if (this.#workspace) headers["X-Workspace"] = this.#workspace;
    const reply = await fetch(new URL(path, this.#url), {
      method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_LIMIT),
    });
    const data = await reply.json().catch(() => undefined);
    if (!reply.ok) throw new LiveProblem(reply.status, data);
    return { status: reply.status, data };
  }
}
