// A transcript and chapters that follow a video and seek in it.
import { clock, say } from "./format.js";

/** Fills `section` from transcript.json: one line for each sentence, one mark for each word. */
export async function showTranscript(section, video) {
  const box = section.querySelector(".lines");
  let transcript;
  try {
    const answer = await fetch(section.dataset.transcript);
    if (!answer.ok) throw new Error(answer.status);
    transcript = await answer.json();
  } catch {
    box.textContent = say("js_transcript_failed");
    return;
  }
  const segments = transcript.segments ?? [];
  if (segments.length === 0) {
    box.textContent = say("js_nothing_said");
    return;
  }
  box.lang = transcript.language || "";
  const marks = [];
  const sentences = splitIntoSentences(segments, transcript.words ?? []);
  const lines = sentences.map((sentence) => {
    const line = document.createElement(video ? "button" : "p");
    line.className = "line";
    const time = document.createElement("span");
    time.className = "line-time";
    time.textContent = clock(sentence.start);
    const text = document.createElement("span");
    text.className = "line-text";
    writeWords(text, sentence, marks);
    line.append(time, text);
    if (video) line.addEventListener("click", () => seek(video, sentence.start));
    return line;
  });
  box.replaceChildren(...lines);
  if (video) followPlayback(video, box, sentences, lines, marks);
}

/** One entry for each sentence of each segment, with the words that are found in it, in order. */
function splitIntoSentences(segments, words) {
  const splitter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  let next = 0;
  return segments.flatMap((segment) => {
    const found = [];
    let from = 0;
    for (; next < words.length && words[next].start < segment.end - 0.001; next++) {
      const spelled = words[next].word.trim();
      const at = spelled ? segment.text.indexOf(spelled, from) : -1;
      if (at < 0) continue;
      from = at + spelled.length;
      found.push({ at, spelled, start: words[next].start, end: words[next].end });
    }
    return Array.from(splitter.segment(segment.text), ({ segment: text, index }) => {
      const own = found.filter(({ at }) => at >= index && at < index + text.length)
        .map((word) => ({ ...word, at: word.at - index }));
      // Without words nobody knows when a sentence starts within its segment.
      return { text, words: own, start: own[0]?.start ?? segment.start };
    }).filter(({ text }) => text.trim());
  });
}

/** Keeps the text as it is written and wraps its words. */
function writeWords(element, { text, words }, marks) {
  let from = 0;
  for (const { at, spelled, start, end } of words) {
    const mark = document.createElement("span");
    mark.textContent = spelled;
    element.append(text.slice(from, at), mark);
    marks.push({ start, end, mark });
    from = at + spelled.length;
  }
  element.append(text.slice(from).trimEnd());
}

function followPlayback(video, box, sentences, lines, marks) {
  let current = -1;
  let spoken = null;
  let scrolledByHand = 0;
  for (const event of ["wheel", "touchmove", "keydown"]) {
    box.addEventListener(event, () => (scrolledByHand = Date.now()), { passive: true });
  }

  function update() {
    const now = video.currentTime + 0.05;
    const index = lastStarted(sentences, now);
    if (index !== current) {
      lines[current]?.removeAttribute("aria-current");
      current = index;
      lines[current]?.setAttribute("aria-current", "true");
      // A reader who scrolls is not torn back.
      if (current >= 0 && Date.now() - scrolledByHand > 4000) reveal(box, lines[current]);
    }
    const word = marks[lastStarted(marks, now)];
    const mark = word && now < word.end + 0.3 ? word.mark : null;
    if (mark !== spoken) {
      spoken?.classList.remove("spoken");
      mark?.classList.add("spoken");
      spoken = mark;
    }
    if (!video.paused && !video.ended) requestAnimationFrame(update);
  }
  for (const event of ["play", "seeked", "pause", "timeupdate"]) video.addEventListener(event, update);
}

/** The index of the last item that starts at or before `time`, or -1. */
function lastStarted(items, time) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function reveal(box, line) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const top = line.offsetTop - box.offsetTop - (box.clientHeight - line.offsetHeight) / 2;
  box.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
}

function seek(video, seconds) {
  video.currentTime = seconds;
  video.play().catch(() => {});
}

/** Shows the chapters of the video as buttons. */
export function showChapters(list, video) {
  const track = [...video.textTracks].find((candidate) => candidate.kind === "chapters");
  if (!track) return;
  track.mode = "hidden";
  const element = [...video.querySelectorAll("track")].find((candidate) => candidate.track === track);
  const show = () => {
    const cues = [...(track.cues ?? [])];
    if (cues.length < 2) return;
    list.replaceChildren(...cues.map((cue) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.className = "chapter";
      const time = document.createElement("small");
      time.textContent = clock(cue.startTime);
      button.append(time, ` ${cue.text}`);
      button.addEventListener("click", () => seek(video, cue.startTime));
      item.append(button);
      cue.onenter = () => button.setAttribute("aria-current", "true");
      cue.onexit = () => button.removeAttribute("aria-current");
      return item;
    }));
    list.hidden = false;
  };
  if (track.cues?.length) show();
  else element.addEventListener("load", show, { once: true });
}
