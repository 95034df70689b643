// Small charts. One with a table inside draws its rows as bars; one with a list of lines draws what it is shown. Either way the
// figures are there as a table, for whoever reads figures rather than pictures.
import { language, say, size, span, timeOfDay } from "./format.js";
import { make } from "./elements.js";

const namespace = "http://www.w3.org/2000/svg";
const [width, height] = [600, 120];
/** Rows of a table that somebody reads. */
const mostRows = 60;

const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** A number with its unit. */
export function amount(value, unit) {
  if (value == null) return "–";
  if (unit === "bytes") return size(Math.round(value));
  if (unit === "speed") return `${size(Math.round(value))}/s`;
  if (unit === "time") return value >= 10_000 ? span(value) : say("js_milliseconds", { n: value < 10 ? value.toFixed(1) : Math.round(value) });
  if (unit === "percent") return `${Math.round(value)} %`;
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
}

class SparkChart extends HTMLElement {
  #svg;
  #times = [];
  #lines = [];

  connectedCallback() {
    const rows = [...this.querySelectorAll("tbody tr")].map((row) => ({
      label: row.cells[0].textContent, text: row.cells[1].textContent, value: Number(row.cells[1].dataset.value),
    }));
    if (rows.length > 0) this.prepend(bars(rows));
  }

  /**
   * Draws lines over time.
   * @param {Date[]} times when each value was
   * @param {Map<string, (number | null)[]>} values the lines by the names of their fields
   */
  show(times, values) {
    this.#times = times;
    this.#lines = [...this.querySelectorAll("[data-field]")].map((element) => ({
      element, number: element.dataset.line, values: values.get(element.dataset.field) ?? [],
    }));
    if (!this.#svg) this.#build();
    const { unit, title } = this.dataset;
    const most = Math.max(unit === "percent" ? 100 : 0, ...this.#lines.flatMap(({ values }) => values.map((value) => value ?? 0))) || 1;
    this.#top.textContent = amount(most, unit);
    for (const line of this.#lines) {
      const path = this.#svg.querySelector(`path[data-line="${line.number}"]`);
      path.setAttribute("d", outline(line.values, most));
      if (!this.#reads) line.element.querySelector("dd").textContent = amount(line.values.findLast((value) => value != null), unit);
    }
    this.#svg.setAttribute("aria-label", say("js_chart_of", {
      title, values: this.#lines.map(({ element }) => element.textContent).join(", "),
    }));
    if (this.#table.open) this.#fill();
  }

  #top = make("span", { class: "chart-top", "aria-hidden": "true" });
  #table = make("details", { class: "chart-table" }, make("summary", {}, say("js_chart_table")));
  #time = make("span", { class: "chart-time", "aria-hidden": "true" });
  #reads = false;

  #build() {
    this.#svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img" });
    for (const { number } of this.#lines) this.#svg.append(shape("path", { "data-line": number, "vector-effect": "non-scaling-stroke" }));
    const mark = shape("rect", { class: "mark", y: 0, width: 0, height });
    this.#svg.append(mark);
    this.prepend(make("div", { class: "chart-area" }, this.#svg, this.#top, this.#time));
    this.append(this.#table);
    this.#table.addEventListener("toggle", () => this.#table.open && this.#fill());

    // Who points at a moment reads its values; who drags over a time looks closer at it.
    let from = null;
    const place = (event) => {
      const box = this.#svg.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      return Math.round(share * (this.#times.length - 1));
    };
    const x = (index) => (width * index) / Math.max(this.#times.length - 1, 1);
    this.#svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      from = place(event);
      this.#svg.setPointerCapture(event.pointerId);
    });
    this.#svg.addEventListener("pointermove", (event) => {
      const index = place(event);
      const [left, right] = from == null ? [x(index), x(index)] : [x(Math.min(from, index)), x(Math.max(from, index))];
      mark.setAttribute("x", left);
      mark.setAttribute("width", Math.max(right - left, 1));
      this.#read(index);
    });
    this.#svg.addEventListener("pointerup", (event) => {
      const [start, end] = [from, place(event)].sort((left, right) => left - right);
      if (from != null && end - start >= 3) {
        this.dispatchEvent(new CustomEvent("range", { bubbles: true, detail: { from: this.#times[start], to: this.#times[end] } }));
      }
      from = null;
    });
    this.#svg.addEventListener("pointerleave", () => {
      mark.setAttribute("width", 0);
      this.#read(null);
    });
  }

  /** Shows the values of one moment, or the newest ones. */
  #read(index) {
    this.#reads = index != null;
    this.#time.textContent = this.#reads && this.#times[index] ? this.#moment(this.#times[index]) : "";
    for (const { element, values } of this.#lines) {
      const value = this.#reads ? values[index] : values.findLast((value) => value != null);
      element.querySelector("dd").textContent = amount(value, this.dataset.unit);
    }
  }

  #moment(time) {
    return this.#times.at(-1) - this.#times[0] > 43_200_000 ? day.format(time) : timeOfDay(time);
  }

  #fill() {
    const from = Math.max(0, this.#times.length - mostRows);
    const head = make("tr", {}, make("th", {}, say("js_chart_time")),
      ...this.#lines.map(({ element }) => make("th", { class: "number" }, element.querySelector("dt").textContent)));
    const rows = this.#times.slice(from).map((time, index) => make("tr", {}, make("th", { scope: "row" }, this.#moment(time)),
      ...this.#lines.map(({ values }) => make("td", { class: "number" }, amount(values[from + index], this.dataset.unit)))));
    const table = make("table", { class: "table" }, make("thead", {}, head), make("tbody", {}, ...rows.reverse()));
    this.#table.querySelector(".scroll")?.remove();
    this.#table.append(make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": this.dataset.title }, table));
  }
}
customElements.define("spark-chart", SparkChart);

/** A line with gaps where nothing was measured. A value alone between gaps is a dot: a line too short to see, with round ends. */
function outline(values, most) {
  const step = width / Math.max(values.length - 1, 1);
  let path = "";
  let isDrawing = false;
  values.forEach((value, index) => {
    if (value == null) isDrawing = false;
    else {
      path += `${isDrawing ? "L" : "M"}${(index * step).toFixed(1)} ${(height - 2 - ((height - 6) * value) / most).toFixed(1)}`;
      if (!isDrawing) path += "h.01";
      isDrawing = true;
    }
  });
  return path;
}

function bars(rows) {
  const most = Math.max(...rows.map(({ value }) => value), 1);
  const svg = shape("svg", { viewBox: `0 0 ${Math.max(rows.length, 7) * 10} 48`, preserveAspectRatio: "none", role: "img" });
  svg.setAttribute("aria-label", say("js_chart_range", { from: rows[0].label, until: rows.at(-1).label }));
  rows.forEach(({ label, text, value }, index) => {
    const tall = value === 0 ? 0 : Math.max(1.5, (46 * value) / most);
    const bar = shape("rect", { x: index * 10 + 1, y: 48 - tall, width: 8, height: tall });
    const title = shape("title", {});
    title.textContent = `${label}: ${text}`;
    bar.append(title);
    svg.append(bar);
  });
  return svg;
}

function shape(name, attributes) {
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
