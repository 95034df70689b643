// The page of one job: follows it while it runs, then plays what it made.
import { label, localizeTimes, remaining, say } from "./format.js";
import { follow } from "./live.js";
import { showTranscript, showChapters } from "./player.js";

localizeTimes();
const page = document.querySelector(".job");
const id = page.dataset.job;
const log = page.querySelector(".log");
let source;
if ("active" in page.dataset) followProgress();

const video = page.querySelector("video");
const transcript = page.querySelector(".transcript");
if (transcript) showTranscript(transcript, video);
if (video) showChapters(page.querySelector(".chapters"), video);

log.addEventListener("toggle", () => log.open && loadLog(), { once: true });

function followProgress() {
  const bar = page.querySelector("progress");
  const percent = page.querySelector("[data-percent]");
  const eta = page.querySelector("[data-eta]");
  const operation = page.querySelector("[data-operation]");
  const badge = page.querySelector(".badge");
  const notice = page.querySelector(".live .notice");
  const stages = [...page.querySelectorAll("[data-stage]")];
  let shown = Number(bar.value);

  function mark(name) {
    const now = stages.findIndex((stage) => stage.dataset.stage === name);
    stages.forEach((stage, index) => {
      stage.dataset.status = index < now ? "done" : index === now ? "now" : "next";
      if (index === now) stage.setAttribute("aria-current", "step");
      else stage.removeAttribute("aria-current");
    });
  }

  function tell(low, high) {
    eta.textContent = low === "" || low == null ? say("js_estimating") : remaining(Number(low), Number(high));
  }

  if (stages.some((stage) => stage.dataset.status === "now")) tell(eta.dataset.low, eta.dataset.high);
  source = follow(id, page.dataset.position, {
    progress: (report) => {
      shown = Math.max(shown, report.percent);
      bar.value = shown;
      percent.textContent = Math.floor(shown);
      document.title = `${Math.floor(shown)} % · ${page.querySelector("h1").textContent}`;
      operation.textContent = report.operation ?? label("stage", report.stage);
      mark(report.stage);
      tell(report.eta?.low_ms, report.eta?.high_ms);
    },
    stage: (name) => {
      notice.hidden = true;
      mark(name);
      operation.textContent = label("stage", name);
    },
    state: (name) => {
      badge.textContent = label("state", name);
      badge.dataset.tone = name === "leased" ? "running" : "waiting";
    },
    failure: (error) => {
      page.querySelector("[data-failure]").textContent = error.message;
      notice.hidden = false;
    },
    log: (line) => log.open && addLine({ ...line, at: new Date().toISOString() }),
    connection: (works) => (works || (eta.textContent = say("js_offline"))),
    // The server draws the finished page.
    ended: () => location.reload(),
  });
}

async function loadLog() {
  const pre = log.querySelector("pre");
  let after = "0";
  while (after) {
    const answer = await fetch(`/api/v1/jobs/${id}/logs?limit=1000&after=${after}`);
    if (!answer.ok) break;
    const { items, next } = await answer.json();
    items.forEach(addLine);
    after = next;
  }
  if (!pre.textContent) pre.textContent = say("js_log_empty");
}

function addLine({ at, level, message }) {
  const pre = log.querySelector("pre");
  pre.append(`${new Date(at).toLocaleTimeString()}  ${level.padEnd(7)}  ${message}\n`);
  pre.scrollTop = pre.scrollHeight;
}
