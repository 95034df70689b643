// How far a job is, while it runs.
import { label, remaining, say } from "./format.js";
import { follow } from "./live.js";

class JobProgress extends HTMLElement {
  connectedCallback() {
    const bar = this.querySelector("progress");
    const percent = this.querySelector("[data-percent]");
    const eta = this.querySelector("[data-eta]");
    const operation = this.querySelector("[data-operation]");
    const notice = this.querySelector(".notice");
    const badge = document.querySelector(".job-head .badge");
    const title = document.querySelector(".job-head h1").textContent;
    const stages = [...this.querySelectorAll("[data-stage]")];
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
    this.leave = follow(this.dataset.job, this.dataset.position, {
      progress: (report) => {
        shown = Math.max(shown, report.percent);
        bar.value = shown;
        percent.textContent = Math.floor(shown);
        document.title = `${Math.floor(shown)} % · ${title}`;
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
        this.querySelector("[data-failure]").textContent = error.message;
        notice.hidden = false;
      },
      connection: (works) => (works || (eta.textContent = say("js_offline"))),
      // The server draws the finished page.
      ended: () => location.reload(),
    });
  }

  disconnectedCallback() {
    this.leave?.();
  }
}
customElements.define("job-progress", JobProgress);
