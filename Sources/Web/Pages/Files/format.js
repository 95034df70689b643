// Words, times and sizes in the language of the page.

const texts = JSON.parse(document.getElementById("texts").textContent);
export const language = document.documentElement.lang;

/** The text of that name with its {blanks} filled in. */
export function say(name, values = {}) {
  return texts[name].replace(/\{(\w+)\}/g, (blank, key) => values[key] ?? blank);
}

/** A name from the server, such as a state, as people say it. */
export function label(group, name) {
  return texts[`${group}_${name}`] ?? name;
}

/** 83 -> "1:23". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** Milliseconds as one rounded word: "40 s", "3 min". */
export function span(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 55) return say("js_seconds", { n: seconds < 10 ? Math.ceil(seconds) : Math.ceil(seconds / 5) * 5 });
  if (seconds < 3300) return say("js_minutes", { n: Math.ceil(seconds / 60) });
  return say("js_hours", { n: (seconds / 3600).toFixed(1) });
}

/** Remaining time from two estimates. */
export function remaining(low, high) {
  const [least, most] = [span(low), span(high)];
  return least === most ? say("js_remaining", { time: most }) : say("js_remaining_range", { low: least, high: most });
}

/** Bytes in binary units, as the server writes them. */
export function size(bytes) {
  for (const [unit, shift] of [["GiB", 30], ["MiB", 20], ["KiB", 10]]) {
    if (bytes >= 2 ** shift) return `${(bytes / 2 ** shift).toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
let complete;

/** The whole time with its zone is made when somebody points at it: many times, and few are pointed at. */
addEventListener("pointerover", ({ target }) => {
  if (target.localName !== "time" || target.title) return;
  complete ??= new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
  target.title = complete.format(new Date(target.dateTime));
});

/** Turns every time of the page into the reader's own: how long ago where it is recent, else the day and time. */
export function localizeTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.valueOf())) continue;
    const minutes = Math.round((date - Date.now()) / 60000);
    const text =
      "exact" in element.dataset ? exact.format(date)
      : Math.abs(minutes) < 60 ? relative.format(minutes, "minute")
      : Math.abs(minutes) < 1440 ? relative.format(Math.round(minutes / 60), "hour")
      : absolute.format(date);
    if (element.textContent !== text) element.textContent = text;
  }
}

/** The time of day of a moment, for lines that come one after the other. */
export function timeOfDay(text) {
  return exact.format(new Date(text));
}
