// The log of a job: the newest thousand lines at once, new ones as they come, older ones on request.
import { say, timeOfDay } from "./format.js";
import { breath, copy, make } from "./elements.js";
import { call, readPatiently } from "./api.js";
import { follow } from "./live.js";

/** Lines of one block; the browser lays out only the blocks in sight. */
const blockSize = 100;
/** More lines than these are not kept here; the file has all. */
const mostLines = 100_000;
const pageSize = 1000;
/** Characters of the file that are searched at once. */
const pieceSize = 65_536;

class LogView extends HTMLElement {
  #first = Infinity;
  #last = 0;
  #count = 0;
  #isCut = false;
  #waiting = [];
  #search = 0;
  #turn = Promise.resolve();

  async connectedCallback() {
    this.#build();
    // Nothing turns and blinks for what is there in a moment.
    const patience = setTimeout(() => (this.status.textContent = say("js_loading")), 200);
    const position = Number(this.dataset.position);
    this.#last = position;
    // From the start, before anything is read: others follow the same job already, and nobody is told of it twice. What comes
    // meanwhile is shown after what was.
    let show;
    this.#inTurn(() => new Promise((resolve) => (show = resolve)));
    if ("active" in this.dataset) {
      this.leave = follow(this.dataset.job, this.dataset.position, { log: (line, at) => this.#receive(line, at) });
    }
    let window = pageSize;
    let items = [];
    try {
      // Other entries of the journal stand between the lines, so a stretch holds fewer lines than positions.
      for (; ; window *= 4) {
        items = await this.#read(Math.max(0, position - window), position);
        if (items.length >= pageSize / 2 || window >= position) break;
      }
    } catch {
      clearTimeout(patience);
      this.leave?.();
      this.status.textContent = say("js_log_failed");
      return;
    }
    clearTimeout(patience);
    this.#first = Math.max(1, position - window + 1);
    items = items.slice(-pageSize);
    if (items.length === pageSize) this.#first = items[0].position;
    if (items.length === 0 && this.#first <= 1 && !("active" in this.dataset)) {
      this.replaceChildren(make("p", { class: "hint" }, say("js_log_none")));
      return;
    }
    await this.#append(items);
    this.#offerEarlier();
    this.box.scrollTop = this.box.scrollHeight;
    show();
  }

  disconnectedCallback() {
    this.leave?.();
  }

  #build() {
    const id = this.dataset.job;
    this.box = make("div", { class: "log-lines", tabindex: "0", role: "log", "aria-live": "off", "aria-label": say("js_log_lines", { n: "" }) });
    this.lines = make("div");
    this.found = make("div", { hidden: true });
    this.earlier = make("button", { type: "button", class: "link", hidden: true }, say("js_log_earlier"));
    this.box.append(this.earlier, this.lines, this.found);
    this.field = make("input", { type: "search", placeholder: say("js_log_search"), "aria-label": say("js_log_search"), spellcheck: "false" });
    this.following = make("input", { type: "checkbox" });
    this.following.checked = "active" in this.dataset;
    this.status = make("span", { role: "status", class: "hint" });
    const copyButton = make("button", { type: "button", class: "secondary small" }, say("js_log_copy"));
    copyButton.addEventListener("click", () => copy(this.#text(), copyButton, say("js_copied"), say("js_copy_failed")));
    this.replaceChildren(
      make("div", { class: "log-tools" }, this.field, this.status,
        make("label", { class: "check", hidden: !("active" in this.dataset) }, this.following, make("span", {}, say("js_log_follow"))),
        copyButton, make("a", { class: "button secondary small", href: `/jobs/${id}/log`, download: true }, say("js_log_download"))),
      this.box);
    this.earlier.addEventListener("click", () => this.#readEarlier());
    let pause;
    this.field.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(() => this.#find(this.field.value.trim().toLocaleLowerCase()), 150);
    });
    // Who scrolls up wants to read; who comes back to the end wants to follow.
    this.box.addEventListener("wheel", (event) => event.deltaY < 0 && (this.following.checked = false), { passive: true });
    this.following.addEventListener("change", () => this.#tell());
  }

  async #read(after, until) {
    const items = [];
    for (let next = String(after); next; ) {
      const address = `/api/v1/jobs/${this.dataset.job}/logs?limit=${pageSize}&after=${next}`;
      const page = await readPatiently(address, () => this.isConnected);
      if (!page) return items;
      items.push(...page.items.filter(({ position }) => position <= until));
      next = page.next && Number(page.next) < until ? page.next : null;
    }
    return items;
  }

  #receive(line, at) {
    if (at <= this.#last) return;
    this.#last = at;
    this.#waiting.push({ at: new Date().toISOString(), ...line });
    if (this.#waiting.length > 1) return;
    requestAnimationFrame(() => this.#inTurn(() => {
      const lines = this.#waiting;
      this.#waiting = [];
      return this.#append(lines);
    }));
  }

  /** One after the other, so that lines stay in order. */
  #inTurn(work) {
    this.#turn = this.#turn.then(work).then(() => this.#tell());
  }

  async #append(items) {
    for (let from = 0; from < items.length; ) {
      let block = this.lines.lastElementChild;
      if (!block || block.childElementCount >= blockSize) this.lines.append((block = make("div", { class: "block" })));
      const part = items.slice(from, from + blockSize - block.childElementCount);
      block.append(...part.map(row));
      this.#count += part.length;
      from += part.length;
      if (from < items.length) await breath();
    }
    while (this.#count > mostLines) {
      this.#count -= this.lines.firstElementChild.childElementCount;
      this.lines.firstElementChild.remove();
      this.#isCut = true;
      this.#offerEarlier();
    }
  }

  /** There are earlier lines that nobody gets here: as many as may be are shown. */
  get #isFull() {
    return this.#isCut || (this.#first > 1 && this.#count >= mostLines);
  }

  #offerEarlier() {
    this.earlier.hidden = this.lines.hidden || this.#first <= 1 || this.#isFull;
  }

  async #readEarlier() {
    const until = this.#first - 1;
    const after = Math.max(0, until - pageSize);
    this.earlier.disabled = true;
    try {
      const items = await this.#read(after, until);
      // What came meanwhile took the lines away that these belong to.
      if (this.#isCut) return;
      const height = this.box.scrollHeight;
      for (let end = items.length; end > 0; end -= blockSize) {
        this.lines.prepend(make("div", { class: "block" }, ...items.slice(Math.max(0, end - blockSize), end).map(row)));
      }
      this.#count += items.length;
      this.#first = after + 1;
      this.box.scrollTop += this.box.scrollHeight - height;
      this.#offerEarlier();
      this.#tell();
    } catch {
      this.status.textContent = say("js_log_failed");
    } finally {
      this.earlier.disabled = false;
    }
  }

  #tell() {
    const words = this.#isFull ? "js_log_cut" : this.#count ? "js_log_lines" : "js_log_empty";
    this.status.textContent = say(words, { n: this.#count });
    if (this.following.checked) this.box.scrollTop = this.box.scrollHeight;
  }

  /** Shows the lines that hold the words, of the whole log: what is not here is read from the file. */
  async #find(words) {
    const search = ++this.#search;
    this.found.hidden = !words;
    this.lines.hidden = Boolean(words);
    this.#offerEarlier();
    if (!words) return this.#tell();
    this.status.textContent = say("js_loading");
    const fitting = [];
    let all = 0;
    try {
      for await (const lines of this.#everything()) {
        all += lines.length;
        for (const line of lines) if (line.toLocaleLowerCase().includes(words)) fitting.push(line);
        if (fitting.length > 2 * pageSize) fitting.splice(0, fitting.length - pageSize);
        await breath();
        if (search !== this.#search) return;
      }
    } catch {
      this.status.textContent = say("js_log_failed");
      return;
    }
    const shown = fitting.slice(-pageSize);
    this.found.replaceChildren();
    for (let from = 0; from < shown.length; from += blockSize) {
      this.found.append(make("div", { class: "block" }, ...shown.slice(from, from + blockSize).map((text) => row(parse(text)))));
      await breath();
      if (search !== this.#search) return;
    }
    this.status.textContent = say("js_log_found", { n: fitting.length, all });
    this.box.scrollTop = this.box.scrollHeight;
  }

  async *#everything() {
    const answer = await call(`/jobs/${this.dataset.job}/log`, { headers: { Accept: "text/plain" } });
    if (!answer.ok) throw new Error(String(answer.status));
    let rest = "";
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      // However much comes at once, it is taken in small pieces, between which the page can answer.
      for (let from = 0; from < piece.value.length; from += pieceSize) {
        const lines = (rest + piece.value.slice(from, from + pieceSize)).split("\n");
        rest = lines.pop();
        yield lines;
      }
    }
    if (rest) yield [rest];
  }

  #text() {
    const source = this.found.hidden ? this.lines : this.found;
    return [...source.querySelectorAll(".line-of-log")].map((line) => line.textContent).join("\n");
  }
}
customElements.define("log-view", LogView);

/** "2026-03-01T12:00:00.000Z info text" as its parts. */
function parse(text) {
  const [at, level, ...message] = text.split(" ");
  return { at, level, message: message.join(" ") };
}

function row({ at, level, message }) {
  return make("div", { class: "line-of-log", "data-level": level }, `${timeOfDay(at)} ${level.padEnd(7)} ${message}`);
}
