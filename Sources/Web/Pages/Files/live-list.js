// A list of jobs whose rows change where they stand: none moves while somebody reads or is about to click. New ones are counted
// and shown when the reader wants them.
import { label, say } from "./format.js";
import { make, standstill } from "./elements.js";
import { readPatiently } from "./api.js";
import { follow, followJobs, isOver } from "./live.js";

/** Where there are no WebSockets each takes a connection, and a browser opens no more than six to one server. */
const mostWatched = 3;
/** Rows that are read by themselves when the list was begun anew without them. */
const mostRead = 50;
const tones = { leased: "running", succeeded: "done", dead: "failed", canceled: "ended", expired: "ended" };

class LiveList extends HTMLElement {
  #rows = new Map();
  #newest = "";
  #more = new Set();
  #watched = new Map();
  #reading = 0;

  connectedCallback() {
    for (const row of this.querySelectorAll("[data-job]")) {
      this.#rows.set(row.dataset.job, row);
      // Ids are made in the order of time.
      if (row.dataset.job > this.#newest) this.#newest = row.dataset.job;
    }
    this.leave = followJobs({
      job: (job) => this.#take(job),
      newest: (ids) => this.#readOthers(ids),
      refused: (status) => this.querySelector(":scope > .notice") ?? this.prepend(standstill(status)),
    });
    for (const row of this.querySelectorAll('[data-active]:has([data-tone="running"])')) this.#watch(row);
  }

  disconnectedCallback() {
    this.leave?.();
    for (const leave of this.#watched.values()) leave();
  }

  /** Rows of older jobs that have not ended may have changed before the list was followed, or while it was not. */
  async #readOthers(ids) {
    const reading = ++this.#reading;
    const isWanted = () => this.isConnected && this.#reading === reading;
    const others = [...this.#rows.values()].filter((row) => "active" in row.dataset && !ids.has(row.dataset.job));
    for (const row of others.slice(0, mostRead)) {
      // One that is gone, or not ours any more, stays as it is until the page is loaded again.
      const job = await readPatiently(`/api/v1/jobs/${row.dataset.job}`, isWanted).catch(() => null);
      if (!isWanted()) return;
      if (job) this.#show(row, job);
    }
  }

  /** Follows how far the job of a row is, which the list does not tell. */
  #watch(row) {
    const { job, position } = row.dataset;
    if (this.#watched.has(job) || this.#watched.size >= mostWatched) return;
    this.#watched.set(job, follow(job, position, { progress: (progress) => this.#advance(row, progress) }));
  }

  #unwatch(row) {
    this.#watched.get(row.dataset.job)?.();
    this.#watched.delete(row.dataset.job);
  }

  #take(job) {
    const row = this.#rows.get(job.id);
    if (row) return this.#show(row, job);
    if (!("first" in this.dataset) || job.id <= this.#newest || !this.#fits(job)) return;
    this.#more.add(job.id);
    if (!this.button) {
      this.button = make("button", { type: "button", class: "secondary small more" });
      this.button.addEventListener("click", () => location.reload());
      // Over the list and always as high, so that nothing moves.
      this.previousElementSibling?.append(this.button);
    }
    this.button.textContent = say("js_new_jobs", { n: this.#more.size });
  }

  #fits({ state, kind, batch }) {
    const { states, kind: onlyKind, batch: onlyBatch } = this.dataset;
    return (!states || states.split(",").includes(state)) && (!onlyKind || kind === onlyKind) && (!onlyBatch || batch === onlyBatch);
  }

  #show(row, { state, progress, position }) {
    if (position < Number(row.dataset.position ?? 0)) return;
    row.dataset.position = position;
    row.toggleAttribute("data-active", !isOver(state));
    const badge = row.querySelector(".badge");
    const text = label("state", state);
    if (badge.textContent !== text) badge.textContent = text;
    badge.dataset.tone = tones[state] ?? "waiting";
    if (state === "leased") {
      if (progress) this.#advance(row, progress);
      return this.#watch(row);
    }
    this.#unwatch(row);
    if (isOver(state)) row.querySelector("progress")?.remove();
  }

  #advance(row, { percent }) {
    let bar = row.querySelector("progress");
    if (!bar) {
      bar = make("progress", { max: "100", "aria-label": row.querySelector(".row-title").textContent });
      row.querySelector(".row-progress").append(bar);
    }
    bar.value = percent;
  }
}
customElements.define("live-list", LiveList);
