// Stands in for what SwiftPM generates from Pages/Files once the target Web is declared with
// `resources: [.embedInCode("Pages/Files")]`. Delete this file in the same change.

struct PackageResources {
    static let format_js: [UInt8] = [UInt8](
        ###"""
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

        /** Turns every time of the page into the reader's own. */
        export function localizeTimes(root = document) {
          const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
          const absolute = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
          for (const element of root.querySelectorAll("time[datetime]")) {
            const date = new Date(element.dateTime);
            const minutes = Math.round((date - Date.now()) / 60000);
            element.title = absolute.format(date);
            element.textContent =
              Math.abs(minutes) < 60 ? relative.format(minutes, "minute")
              : Math.abs(minutes) < 1440 ? relative.format(Math.round(minutes / 60), "hour")
              : absolute.format(date);
          }
        }

        """###.utf8)
    static let home_js: [UInt8] = [UInt8](
        ###"""
        // The first page: takes a file in and follows the newest jobs.
        import { label, localizeTimes, say, size } from "./format.js";
        import { follow } from "./live.js";

        localizeTimes();
        followRows();
        const form = document.getElementById("start");
        if (form) takeFiles(form);

        function takeFiles(form) {
          const input = form.elements.file;
          const notice = form.querySelector(".notice");
          const uploading = form.querySelector(".uploading");
          const status = uploading.querySelector("[role=status]");
          const bar = uploading.querySelector("progress");
          form.classList.add("scripted");

          input.addEventListener("change", () => input.files.length && offer(input.files));
          form.addEventListener("submit", (event) => {
            event.preventDefault();
            if (input.files.length) offer(input.files);
          });

          // The whole window takes drops, so that a near miss does not replace the page with the file.
          let depth = 0;
          const marks = (event) => event.dataTransfer?.types.includes("Files");
          addEventListener("dragenter", (event) => marks(event) && (depth++, form.classList.add("over")));
          addEventListener("dragleave", (event) => marks(event) && --depth <= 0 && form.classList.remove("over"));
          addEventListener("dragover", (event) => marks(event) && event.preventDefault());
          addEventListener("drop", (event) => {
            if (!marks(event)) return;
            event.preventDefault();
            depth = 0;
            form.classList.remove("over");
            if (uploading.hidden) offer(event.dataTransfer.files);
          });

          function refuse(text) {
            notice.textContent = text;
            notice.hidden = false;
            input.value = "";
          }

          function offer(files) {
            notice.hidden = true;
            const file = files[0];
            if (files.length > 1) return refuse(say("js_one_file"));
            if (file.size === 0) return refuse(say("js_empty_file"));
            const limit = Number(form.dataset.limit);
            if (file.size > limit) {
              return refuse(say("js_too_large", { size: size(file.size), limit: form.dataset.limitText }));
            }
            upload(file);
          }

          function upload(file) {
            // Text before the file: the server reads the form as it arrives.
            const data = new FormData();
            data.append("kind", form.elements.kind.value);
            if (form.elements.language.value) data.append("language", form.elements.language.value);
            data.append("file", file);

            const request = new XMLHttpRequest();
            request.responseType = "json";
            request.upload.onprogress = ({ loaded, total }) => {
              const percent = Math.floor((100 * loaded) / total);
              bar.value = percent;
              status.textContent = percent < 100 ? say("js_uploading", { name: file.name, percent }) : say("js_storing");
            };
            request.onload = () => {
              if (request.status < 300) location.assign(`/jobs/${request.response.id}`);
              else end(request.response?.detail ?? say("js_upload_failed"));
            };
            request.onerror = () => end(say("js_upload_failed"));
            request.onabort = () => end();
            uploading.querySelector("button").onclick = () => request.abort();

            bar.value = 0;
            status.textContent = say("js_uploading", { name: file.name, percent: 0 });
            uploading.hidden = false;
            form.classList.add("busy");
            request.open("POST", "/api/v1/jobs");
            request.setRequestHeader("Idempotency-Key", randomKey());
            request.send(data);
          }

          function end(text) {
            uploading.hidden = true;
            form.classList.remove("busy");
            if (text) refuse(text);
          }
        }

        function randomKey() {
          return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
        }

        // Three at most: a browser opens no more than six connections to one server.
        function followRows() {
          for (const row of [...document.querySelectorAll(".row[data-active]")].slice(0, 3)) {
            const bar = row.querySelector("progress");
            const badge = row.querySelector(".badge");
            follow(row.dataset.job, row.dataset.position, {
              state: (name) => {
                badge.textContent = label("state", name);
                badge.dataset.tone = name === "leased" ? "running" : "waiting";
              },
              progress: ({ percent }) => (bar.value = percent),
              ended: () => refresh(row, badge, bar),
            });
          }
        }

        async function refresh(row, badge, bar) {
          const answer = await fetch(`/api/v1/jobs/${row.dataset.job}`);
          if (!answer.ok) return;
          const { state } = await answer.json();
          badge.textContent = label("state", state);
          badge.dataset.tone = state === "succeeded" ? "done" : state === "dead" ? "failed" : "ended";
          bar.remove();
        }

        """###.utf8)
    static let home_mustache: [UInt8] = [UInt8](
        ###"""
        {{<layout}}
        {{$head}}<script type="module" src="/assets/home.js"></script>{{/head}}
        {{$main}}
        {{#start}}
        <section class="hero">
        <h1>{{text.hero_title}}</h1>
        <p>{{text.hero_text}}</p>
        <form id="start" class="drop" method="post" action="/" enctype="multipart/form-data" data-limit="{{limitBytes}}" data-limit-text="{{limit}}">
        <input type="hidden" name="kind" value="{{kind}}">
        <div class="drop-body">
        <svg class="wave" viewBox="0 0 120 48" aria-hidden="true"><path d="M6 24v0M16 16v16M26 20v8M36 8v32M46 14v20M56 4v40M66 14v20M76 10v28M86 18v12M96 13v22M106 20v8M115 24v0"/></svg>
        <p class="drop-title">{{text.drop_title}}</p>
        <p class="drop-or">{{text.drop_or}}</p>
        <label class="button" for="file">{{text.drop_choose}}</label>
        <input id="file" class="visually-hidden" type="file" name="file" accept="{{accepts}}" required aria-describedby="hint">
        <p id="hint" class="hint">{{hint}}</p>
        </div>
        <div class="drop-options">
        <label>{{text.language_label}}
        <select name="language">
        <option value="">{{text.language_auto}}</option>
        {{#languages}}<option value="{{code}}">{{name}}</option>{{/languages}}
        </select>
        </label>
        <button class="no-script">{{text.start_button}}</button>
        </div>
        <div class="uploading" hidden>
        <p role="status"></p>
        <progress max="100" value="0"></progress>
        <button type="button" class="plain">{{text.upload_cancel}}</button>
        </div>
        <p class="notice" role="alert" hidden></p>
        </form>
        {{#hasSample}}<form method="post" action="/sample" enctype="multipart/form-data" class="sample"><button class="plain">{{text.sample_button}}</button></form>{{/hasSample}}
        </section>
        {{/start}}
        <section aria-labelledby="recent">
        <h2 id="recent">{{text.recent_title}}</h2>
        <ul class="rows">
        {{#jobs}}{{>job-row}}{{/jobs}}
        </ul>
        {{^jobs}}<div class="empty"><p><strong>{{text.recent_empty_title}}</strong></p><p>{{text.recent_empty_text}}</p></div>{{/jobs}}
        {{#older}}<p class="older"><a href="{{older}}" rel="next">↓</a></p>{{/older}}
        </section>
        {{/main}}
        {{/layout}}

        """###.utf8)
    static let icon_svg: [UInt8] = [UInt8](
        ###"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="none" stroke="#0b7285" stroke-width="2.4" stroke-linecap="round"><circle cx="16" cy="16" r="9"/><path d="M16 2.5v27M2.5 16h27M6.5 6.5l19 19M25.5 6.5l-19 19"/></g><circle cx="16" cy="16" r="3.4" fill="#f59f00"/></svg>

        """###.utf8)
    static let job_row_mustache: [UInt8] = [UInt8](
        ###"""
        <li class="row" data-job="{{id}}"{{#active}} data-active data-position="{{position}}"{{/active}}>
        <a href="{{url}}">
        <span class="row-title">{{title}}</span>
        <span class="badge" data-tone="{{tone}}">{{stateLabel}}</span>
        <span class="row-meta"><span>{{kindLabel}}</span> <time datetime="{{createdAt}}">{{createdText}}</time></span>
        {{#active}}<progress max="100" value="{{percent}}" aria-label="{{title}}">{{percent}} %</progress>{{/active}}
        </a>
        </li>

        """###.utf8)
    static let job_js: [UInt8] = [UInt8](
        ###"""
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

        """###.utf8)
    static let job_mustache: [UInt8] = [UInt8](
        ###"""
        {{<layout}}
        {{$head}}<script type="module" src="/assets/job.js"></script>
        {{#job.active}}<noscript><meta http-equiv="refresh" content="3"></noscript>{{/job.active}}{{/head}}
        {{$main}}
        <article class="job" data-job="{{job.id}}" data-position="{{job.position}}"{{#job.active}} data-active{{/job.active}}>
        <p class="crumb"><a href="/">← {{text.home}}</a></p>
        <header class="job-head">
        <h1>{{job.title}}</h1>
        <span class="badge" data-tone="{{job.tone}}">{{job.stateLabel}}</span>
        <p class="row-meta"><span>{{job.kindLabel}}</span> <span>{{text.started}} <time datetime="{{job.createdAt}}">{{job.createdText}}</time></span>{{#duration}} <span>{{duration}}</span>{{/duration}}</p>
        </header>

        {{#job.active}}
        <section class="card live" aria-labelledby="progress-title">
        <h2 id="progress-title" class="visually-hidden">{{text.progress_title}}</h2>
        <div class="live-head"><p class="percent"><span data-percent>{{job.percent}}</span><small> %</small></p><p class="eta" data-eta data-low="{{etaLow}}" data-high="{{etaHigh}}"></p></div>
        <progress max="100" value="{{job.percent}}" aria-labelledby="progress-title"></progress>
        <p class="operation" role="status" data-operation>{{job.operation}}</p>
        <ol class="stages">
        {{#stages}}<li data-stage="{{name}}" data-status="{{status}}"><span>{{label}}</span></li>{{/stages}}
        </ol>
        <p class="notice" role="alert"{{^failure}} hidden{{/failure}}>{{text.failed_attempt}} <span data-failure>{{failure.message}}</span></p>
        <form method="post" action="{{job.url}}/cancel" enctype="multipart/form-data">
        {{#cancelRequested}}<p class="hint">{{text.cancel_requested}}</p>{{/cancelRequested}}
        {{^cancelRequested}}<button class="secondary">{{text.cancel_button}}</button>{{/cancelRequested}}
        </form>
        </section>
        {{/job.active}}

        {{#ended}}
        <section class="card ended" data-tone="{{job.tone}}">
        <h2>{{title}}</h2>
        <p>{{message}}</p>
        {{#code}}<p class="hint"><code>{{code}}</code></p>{{/code}}
        <form method="post" action="{{job.url}}/retry" enctype="multipart/form-data"><button>{{text.retry_button}}</button></form>
        </section>
        {{/ended}}

        {{#hasResult}}
        <div class="result{{#video}} with-video{{/video}}">
        {{#video}}
        <section class="stage-area" aria-label="{{text.video_title}}">
        <video controls playsinline preload="metadata" src="{{url}}"{{#poster}} poster="{{poster}}"{{/poster}}>
        {{#captions}}<track kind="captions" src="{{captions}}" label="{{text.transcript_title}}">{{/captions}}
        {{#chapters}}<track kind="chapters" src="{{chapters}}" default>{{/chapters}}
        </video>
        <ol class="chapters" hidden></ol>
        </section>
        {{/video}}
        {{#transcript}}
        <section class="transcript card" aria-labelledby="transcript-title" data-transcript="{{transcript}}">
        <h2 id="transcript-title">{{text.transcript_title}}</h2>
        {{#video}}<p class="hint">{{text.transcript_hint}}</p>{{/video}}
        <div class="lines" tabindex="0" aria-labelledby="transcript-title"></div>
        </section>
        {{/transcript}}
        </div>
        {{#hasPictures}}
        <section aria-labelledby="pictures-title">
        <h2 id="pictures-title">{{text.pictures_title}}</h2>
        <ul class="pictures">
        {{#pictures}}<li><a href="{{url}}"><img src="{{url}}" alt="{{name}}" loading="lazy"></a></li>{{/pictures}}
        </ul>
        </section>
        {{/hasPictures}}
        {{/hasResult}}

        {{#hasDownloads}}
        <section aria-labelledby="downloads-title">
        <h2 id="downloads-title">{{text.downloads_title}}</h2>
        <ul class="downloads">
        {{#downloads}}<li><a href="{{url}}?download=1" download><span>{{name}}</span> <small>{{size}}</small></a></li>{{/downloads}}
        </ul>
        </section>
        {{/hasDownloads}}

        <details class="log"><summary>{{text.log_title}}</summary><pre tabindex="0"></pre></details>
        </article>
        {{/main}}
        {{/layout}}

        """###.utf8)
    static let layout_mustache: [UInt8] = [UInt8](
        ###"""
        <!doctype html>
        <html lang="{{language}}">
        <head>
        <meta charset="utf-8">
        <title>{{title}} · {{text.app_name}}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/assets/style.css">
        {{$head}}{{/head}}
        </head>
        <body>
        <a class="skip" href="#main">{{text.skip}}</a>
        <header class="bar">
        <a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="28" height="28"><span>{{text.app_name}}</span></a>
        <nav>
        <a href="/language?to={{otherLanguage}}&amp;back={{path}}" lang="{{otherLanguage}}" hreflang="{{otherLanguage}}">{{text.other_language}}</a>
        {{#signedIn}}<form method="post" action="/sign-out" enctype="multipart/form-data"><button class="plain">{{text.sign_out}}</button></form>{{/signedIn}}
        </nav>
        </header>
        <main id="main">
        {{$main}}{{/main}}
        </main>
        <footer><span>{{text.app_name}} {{version}}</span> <a href="/api/v1/openapi.json">{{text.api_reference}}</a></footer>
        <script type="application/json" id="texts">{{{scriptTexts}}}</script>
        </body>
        </html>

        """###.utf8)
    static let live_js: [UInt8] = [UInt8](
        ###"""
        // Follows one job over server-sent events.

        /**
         * Calls back for everything that happens to the job after `position`; the browser reconnects by itself and goes on where
         * the stream broke.
         */
        export function follow(job, position, { progress, stage, log, failure, state, ended, connection }) {
          const source = new EventSource(`/api/v1/jobs/${job}/events?after=${position}`);
          const read = (handler) => (event) => handler(JSON.parse(event.data));
          source.onopen = () => connection?.(true);
          source.addEventListener("job:progress", read((data) => {
            if (data.state) state?.(data.state);
            if (data.stage) stage?.(data.stage);
            if (data.progress) progress?.(data.progress);
          }));
          source.addEventListener("job:log", read((line) => log?.(line)));
          source.addEventListener("job:error", read((data) => {
            if (data.state === "dead") finish();
            else failure?.(data.error);
          }));
          source.addEventListener("job:complete", finish);
          source.onerror = () => {
            // 204 after the end, or 401 after the session: the page itself knows more.
            if (source.readyState === EventSource.CLOSED) setTimeout(finish, 1500);
            else connection?.(false);
          };
          function finish() {
            source.close();
            ended();
          }
          return source;
        }

        """###.utf8)
    static let player_js: [UInt8] = [UInt8](
        ###"""
        // A transcript and chapters that follow a video and seek in it.
        import { clock, say } from "./format.js";

        /** Fills `section` from transcript.json: one line for each segment, one mark for each word. */
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
          const words = transcript.words ?? [];
          let next = 0;
          const marks = [];
          const lines = segments.map((segment) => {
            const line = document.createElement(video ? "button" : "p");
            line.className = "line";
            const time = document.createElement("span");
            time.className = "line-time";
            time.textContent = clock(segment.start);
            const text = document.createElement("span");
            text.className = "line-text";
            const own = [];
            while (next < words.length && words[next].start < segment.end - 0.001) own.push(words[next++]);
            writeWords(text, segment.text.trim(), own, marks);
            line.append(time, text);
            if (video) line.addEventListener("click", () => seek(video, segment.start));
            return line;
          });
          box.replaceChildren(...lines);
          if (video) followPlayback(video, box, segments, lines, marks);
        }

        /** Keeps the text as it is written and wraps the words that are found in it, in order. */
        function writeWords(element, text, words, marks) {
          let from = 0;
          for (const word of words) {
            const spelled = word.word.trim();
            const at = spelled ? text.indexOf(spelled, from) : -1;
            if (at < 0) continue;
            element.append(text.slice(from, at));
            const mark = document.createElement("span");
            mark.textContent = spelled;
            element.append(mark);
            marks.push({ start: word.start, end: word.end, mark });
            from = at + spelled.length;
          }
          element.append(text.slice(from));
        }

        function followPlayback(video, box, segments, lines, marks) {
          let current = -1;
          let spoken = null;
          let scrolledByHand = 0;
          for (const event of ["wheel", "touchmove", "keydown"]) {
            box.addEventListener(event, () => (scrolledByHand = Date.now()), { passive: true });
          }

          function update() {
            const now = video.currentTime + 0.05;
            const index = lastStarted(segments, now);
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

        """###.utf8)
    static let problem_mustache: [UInt8] = [UInt8](
        ###"""
        {{<layout}}
        {{$main}}
        <section class="card narrow">
        <p class="problem-status">{{status}}</p>
        <h1>{{title}}</h1>
        <p>{{detail}}</p>
        <p><a class="button" href="/">{{text.problem_home}}</a></p>
        <p class="hint">{{text.problem_request}} <code>{{request}}</code></p>
        </section>
        {{/main}}
        {{/layout}}

        """###.utf8)
    static let sign_in_js: [UInt8] = [UInt8](
        ###"""
        // A link with a code signs in by itself; the button stays for browsers that block scripts.
        const form = document.getElementById("code");
        if (form) {
          history.replaceState(null, "", "/sign-in");
          form.submit();
        }

        """###.utf8)
    static let sign_in_mustache: [UInt8] = [UInt8](
        ###"""
        {{<layout}}
        {{$head}}<script type="module" src="/assets/sign-in.js"></script>{{/head}}
        {{$main}}
        <section class="card narrow">
        <h1>{{text.sign_in_title}}</h1>
        {{#notice}}<p class="notice" role="alert">{{notice}}</p>{{/notice}}
        {{#code}}
        <p>{{text.sign_in_code_text}}</p>
        <form id="code" method="post" action="/sign-in" enctype="multipart/form-data">
        <input type="hidden" name="code" value="{{code}}"><input type="hidden" name="next" value="{{next}}">
        <button>{{text.sign_in_button}}</button>
        </form>
        {{/code}}
        {{^code}}
        <p>{{text.sign_in_text}}</p>
        <form method="post" action="/sign-in" enctype="multipart/form-data">
        <input type="hidden" name="next" value="{{next}}">
        <label for="token">{{text.sign_in_token}}</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus spellcheck="false">
        <button>{{text.sign_in_button}}</button>
        </form>
        <p class="hint">{{text.sign_in_where}}</p>
        {{/code}}
        </section>
        {{/main}}
        {{/layout}}

        """###.utf8)
    static let style_css: [UInt8] = [UInt8](
        ###"""
        /* Colours, type and layout of every page. Dark follows the reader's system. */

        :root {
          color-scheme: light dark;
          --paper: light-dark(#f5f7f6, #0e1517);
          --card: light-dark(#ffffff, #162023);
          --ink: light-dark(#16262b, #e4eeee);
          --soft: light-dark(#53666c, #93a8ac);
          --line: light-dark(#d9e1e1, #2a383c);
          --water: light-dark(#0b7285, #4cc3d4);
          --water-strong: light-dark(#095c6b, #7ad8e4);
          --water-wash: light-dark(#e2f1f2, #14323a);
          --on-water: light-dark(#ffffff, #06242a);
          --amber: light-dark(#b35c00, #ffb454);
          --amber-wash: light-dark(#fff1dc, #382a14);
          --red: light-dark(#b3261e, #ff8f85);
          --red-wash: light-dark(#fdeceb, #3a1d1b);
          --green: light-dark(#1f7a45, #6fd698);
          --green-wash: light-dark(#e2f5e9, #173324);
          --radius: 14px;
          --shadow: 0 1px 2px light-dark(#16262b14, #0006), 0 8px 28px light-dark(#16262b12, #0005);
          font: 16px/1.6 system-ui, "Inter", "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", sans-serif;
        }

        *, ::before, ::after { box-sizing: border-box; }
        [hidden] { display: none !important; }

        body {
          margin: 0;
          min-height: 100vh;
          display: flex;
          flex-direction: column;
          background: var(--paper);
          color: var(--ink);
          overflow-wrap: anywhere;
          line-break: strict;
        }

        a { color: var(--water); text-underline-offset: 0.2em; }
        :focus-visible { outline: 3px solid var(--water); outline-offset: 2px; border-radius: 6px; }
        h1, h2 { line-height: 1.25; text-wrap: balance; word-break: auto-phrase; }
        h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.4rem); letter-spacing: -0.015em; margin: 0; }
        h2 { font-size: 1.1rem; margin: 0 0 0.75rem; }
        p { margin: 0 0 0.75rem; }
        code { font: 0.9em ui-monospace, "DejaVu Sans Mono", monospace; }

        .visually-hidden {
          position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0;
          overflow: hidden; clip-path: inset(50%); white-space: nowrap;
        }
        .skip { position: absolute; left: -999px; }
        .skip:focus { left: 1rem; top: 0.5rem; z-index: 1; background: var(--card); padding: 0.5rem 1rem; }

        /* Frame */

        .bar, main, footer { width: 100%; max-width: 1160px; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
        .bar { display: flex; align-items: center; justify-content: space-between; padding-block: 1rem; }
        .brand { display: flex; align-items: center; gap: 0.6rem; color: inherit; text-decoration: none; font-weight: 700; letter-spacing: 0.01em; }
        .bar nav { display: flex; align-items: center; gap: 1.1rem; font-size: 0.92rem; }
        .bar nav a { color: var(--soft); text-decoration: none; }
        .bar nav a:hover { color: var(--water); }
        main { flex: 1; padding-block: 1rem 3rem; display: grid; gap: 2.5rem; align-content: start; grid-template-columns: minmax(0, 1fr); }
        footer { display: flex; gap: 1rem; padding-block: 1.25rem; color: var(--soft); font-size: 0.85rem; border-top: 1px solid var(--line); }
        footer a { color: inherit; }

        .card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: clamp(1.1rem, 3vw, 1.75rem); box-shadow: var(--shadow); }
        .narrow { width: 100%; max-width: 30rem; margin: 6vh auto; }
        .narrow h1 { margin-bottom: 0.75rem; font-size: 1.6rem; }
        .hint { color: var(--soft); font-size: 0.88rem; margin: 0.5rem 0 0; }
        .notice { background: var(--red-wash); color: var(--red); border-radius: 10px; padding: 0.7rem 1rem; margin: 1rem 0 0; }
        .problem-status { color: var(--soft); font-weight: 700; font-variant-numeric: tabular-nums; margin: 0; }

        /* Controls */

        button, .button {
          display: inline-block; font: inherit; font-weight: 600; cursor: pointer; text-decoration: none;
          color: var(--on-water); background: var(--water); border: 1px solid transparent; border-radius: 999px; padding: 0.55rem 1.4rem;
        }
        button:hover, .button:hover { background: var(--water-strong); }
        button.secondary { color: var(--ink); background: transparent; border-color: var(--line); }
        button.secondary:hover { border-color: var(--water); color: var(--water); }
        button.plain { color: var(--soft); background: none; padding: 0; font-weight: 400; font-size: inherit; border-radius: 4px; }
        button.plain:hover { color: var(--water); text-decoration: underline; }
        select, input[type="password"] {
          font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.45rem 0.7rem;
        }
        .narrow form { display: grid; gap: 0.6rem; }
        .narrow form button { justify-self: start; margin-top: 0.4rem; }

        progress { appearance: none; display: block; width: 100%; height: 0.5rem; border: 0; border-radius: 99px; overflow: hidden; background: var(--line); color: var(--water); }
        progress::-webkit-progress-bar { background: var(--line); }
        progress::-webkit-progress-value { background: var(--water); border-radius: 99px; transition: width 0.3s ease-out; }
        progress::-moz-progress-bar { background: var(--water); border-radius: 99px; }

        .badge { display: inline-block; font-size: 0.8rem; font-weight: 650; padding: 0.12rem 0.7rem; border-radius: 99px; white-space: nowrap; background: var(--line); color: var(--soft); }
        .badge[data-tone="running"] { background: var(--water-wash); color: var(--water); }
        .badge[data-tone="waiting"] { background: var(--amber-wash); color: var(--amber); }
        .badge[data-tone="done"] { background: var(--green-wash); color: var(--green); }
        .badge[data-tone="failed"] { background: var(--red-wash); color: var(--red); }

        /* First page */

        .hero { text-align: center; padding-top: clamp(0.5rem, 3vw, 2rem); }
        .hero > p { color: var(--soft); max-width: 38rem; margin: 0.75rem auto 1.75rem; text-wrap: pretty; word-break: auto-phrase; }
        .drop {
          max-width: 46rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 2.25rem);
          background: var(--card); border: 2px dashed color-mix(in srgb, var(--water) 45%, var(--line)); border-radius: 22px; box-shadow: var(--shadow);
          transition: border-color 0.15s, background 0.15s;
        }
        .drop.over { border-color: var(--water); border-style: solid; background: var(--water-wash); }
        .drop:has(#file:focus-visible) { outline: 3px solid var(--water); outline-offset: 3px; }
        .drop p { margin: 0; }
        .wave { width: 7.5rem; height: 3rem; }
        .wave path { fill: none; stroke: var(--water); stroke-width: 4; stroke-linecap: round; }
        .drop-title { font-size: 1.25rem; font-weight: 650; }
        .drop-or { color: var(--soft); font-size: 0.9rem; padding-block: 0.2rem 0.6rem; }
        .drop .hint { margin-top: 1rem; }
        .drop-options { display: flex; justify-content: center; align-items: center; gap: 1rem; flex-wrap: wrap; margin-top: 1.25rem; font-size: 0.92rem; color: var(--soft); }
        .drop-options select { margin-inline-start: 0.4rem; color: var(--ink); }
        .scripted .no-script, .busy .drop-body, .busy .drop-options { display: none; }
        .uploading { display: grid; gap: 0.8rem; justify-items: center; padding-block: 2rem; }
        .sample { margin-top: 1rem; }
        .sample button { text-decoration: underline; text-underline-offset: 0.2em; }

        .rows { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.6rem; }
        .row a {
          display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.1rem 1rem; align-items: center; padding: 0.85rem 1.1rem;
          background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); color: inherit; text-decoration: none;
        }
        .row a:hover { border-color: var(--water); }
        .row-title { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .row-meta { grid-column: 1 / -1; color: var(--soft); font-size: 0.87rem; display: flex; flex-wrap: wrap; gap: 0 0.9rem; margin: 0; }
        .row progress { grid-column: 1 / -1; margin-top: 0.45rem; height: 0.35rem; }
        .empty { text-align: center; color: var(--soft); padding: 2.25rem 1rem; border: 1px dashed var(--line); border-radius: var(--radius); }
        .empty p { margin: 0; }
        .older { text-align: center; margin-top: 1rem; }
        .older a { display: inline-block; padding: 0.2rem 1.4rem; text-decoration: none; border: 1px solid var(--line); border-radius: 99px; }

        /* Page of a job */

        .job { display: grid; gap: 1.75rem; grid-template-columns: minmax(0, 1fr); }
        .crumb { margin: 0; font-size: 0.9rem; }
        .crumb a { color: var(--soft); text-decoration: none; }
        .crumb a:hover { color: var(--water); }
        .job-head { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 0.9rem; margin-top: -1.1rem; }
        .job-head h1 { font-size: clamp(1.35rem, 1.1rem + 1.2vw, 1.9rem); }
        .job-head .row-meta { flex-basis: 100%; }

        .live-head { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
        .percent { font-size: 2.6rem; font-weight: 700; line-height: 1; margin-bottom: 0.8rem; font-variant-numeric: tabular-nums; letter-spacing: -0.02em; }
        .percent small { font-size: 1.1rem; color: var(--soft); font-weight: 500; }
        .eta { color: var(--soft); font-variant-numeric: tabular-nums; }
        .operation { color: var(--soft); min-height: 1.6em; margin: 0.6rem 0 0; }
        .stages { list-style: none; padding: 0; margin: 1.1rem 0 1.4rem; display: grid; gap: 0.55rem; }
        .stages li { display: flex; align-items: center; gap: 0.7rem; color: var(--soft); }
        .stages li::before { content: ""; flex: none; width: 1.15rem; height: 1.15rem; border-radius: 50%; border: 2px solid var(--line); display: grid; place-items: center; font-size: 0.75rem; line-height: 1; }
        .stages [data-status="done"] { color: var(--ink); }
        .stages [data-status="done"]::before { content: "✓"; background: var(--green); border-color: var(--green); color: var(--card); font-weight: 800; }
        .stages [data-status="now"] { color: var(--ink); font-weight: 650; }
        .stages [data-status="now"]::before { border-color: var(--water-wash); border-top-color: var(--water); border-right-color: var(--water); animation: turn 1.1s linear infinite; }
        @keyframes turn { to { rotate: 1turn; } }

        .ended[data-tone="failed"] { border-color: var(--red); }
        .ended[data-tone="failed"] h2 { color: var(--red); }
        .ended form { margin-top: 1rem; }

        .result { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
        video { display: block; width: 100%; aspect-ratio: 16 / 9; background: #000; border-radius: var(--radius); box-shadow: var(--shadow); }
        .chapters { list-style: none; display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.9rem 0 0; padding: 0; }
        .chapter { color: var(--ink); background: var(--card); border: 1px solid var(--line); font-weight: 500; font-size: 0.9rem; padding: 0.25rem 0.9rem; }
        .chapter small { color: var(--soft); font-variant-numeric: tabular-nums; }
        .chapter:hover, .chapter[aria-current] { background: var(--water-wash); border-color: var(--water); color: var(--water-strong); }
        .transcript { display: flex; flex-direction: column; padding: 1.1rem 0.6rem 0.6rem; min-height: 12rem; max-height: 34rem; }
        .transcript h2, .transcript .hint { margin: 0 0.7rem; }
        .transcript .hint { margin-bottom: 0.6rem; }
        .lines { overflow-y: auto; overscroll-behavior: contain; flex: 1; min-height: 0; padding: 0.2rem; }
        .line { display: flex; gap: 0.8rem; width: 100%; margin: 0; padding: 0.45rem 0.55rem; text-align: start; font-weight: 400; color: inherit; background: none; border: 0; border-radius: 10px; }
        button.line:hover { background: color-mix(in srgb, var(--water-wash) 55%, transparent); }
        .line[aria-current] { background: var(--water-wash); }
        .line-time { flex: none; min-width: 2.6rem; color: var(--soft); font-size: 0.85rem; line-height: 1.9; font-variant-numeric: tabular-nums; }
        .spoken { background: var(--water); color: var(--on-water); border-radius: 4px; box-shadow: 0 0 0 2px var(--water); }

        .pictures { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.9rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
        .pictures a { display: block; border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; background: #fff; }
        .pictures a:hover { border-color: var(--water); }
        .pictures img { display: block; width: 100%; aspect-ratio: 16 / 9; object-fit: contain; }
        .downloads { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.55rem; }
        .downloads a { display: flex; gap: 0.6rem; align-items: baseline; padding: 0.35rem 0.9rem; background: var(--card); border: 1px solid var(--line); border-radius: 99px; text-decoration: none; font-size: 0.92rem; }
        .downloads a:hover { border-color: var(--water); }
        .downloads small { color: var(--soft); white-space: nowrap; }
        .log summary { cursor: pointer; color: var(--soft); }
        .log pre { max-height: 20rem; overflow: auto; margin: 0.7rem 0 0; padding: 0.9rem; font: 0.82rem/1.6 ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK JP", monospace; background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); white-space: pre-wrap; }

        @media (min-width: 62rem) {
          .with-video:has(.transcript) { grid-template-columns: minmax(0, 1.75fr) minmax(0, 1fr); }
          .with-video .transcript { max-height: none; height: 0; min-height: 100%; }
          .stages { grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-flow: row; }
        }
        @media (prefers-reduced-motion: reduce) {
          *, ::before, ::after { animation-duration: 4s !important; transition: none !important; }
        }

        """###.utf8)
    static let texts_en_json: [UInt8] = [UInt8](
        ###"""
        {
          "app_name": "Suisha",
          "skip": "Skip to the content",
          "other_language": "日本語",
          "sign_out": "Sign out",
          "home": "All jobs",
          "api_reference": "API",

          "hero_title": "Turn a talk into a video",
          "hero_text": "Drop a recording. You get a narrated video with diagrams, a transcript that follows along, and subtitles.",
          "drop_title": "Drop a recording here",
          "drop_or": "or",
          "drop_choose": "Choose a file",
          "drop_hint": "Audio or video of up to {limit} and four hours. It stays on this server.",
          "language_label": "Spoken language",
          "language_auto": "Find out",
          "language_en": "English",
          "language_ja": "Japanese",
          "start_button": "Start",
          "sample_button": "Try it with a sample",
          "upload_cancel": "Stop the upload",

          "recent_title": "Recent jobs",
          "recent_empty_title": "Nothing here yet",
          "recent_empty_text": "Your recordings will show up here with their progress.",

          "untitled": "Untitled",
          "started": "Submitted",
          "took": "took {time}",
          "cancel_button": "Cancel",
          "cancel_requested": "Stopping…",
          "retry_button": "Try again",
          "again_button": "Make another",
          "progress_title": "Progress",
          "failed_title": "This did not work",
          "failed_attempt": "An attempt failed; another one follows.",
          "canceled_title": "Canceled",
          "canceled_text": "This job was ended on request. What it had finished is kept, so trying again goes on from there.",
          "expired_title": "Expired",
          "expired_text": "This job was not started before its deadline.",
          "empty_title": "Done",
          "empty_text": "The job made no files.",
          "video_title": "Video",
          "transcript_title": "Transcript",
          "transcript_hint": "Select a line to jump there.",
          "pictures_title": "Diagrams",
          "downloads_title": "Downloads",
          "log_title": "Log",

          "sign_in_title": "Sign in",
          "sign_in_text": "This server is private. Use the link that it printed in its terminal, or paste its token.",
          "sign_in_code_text": "One more step to sign this browser in.",
          "sign_in_button": "Sign in",
          "sign_in_token": "Token",
          "sign_in_where": "The command 'suisha config' says which file holds the token.",
          "sign_in_bad_code": "This link was used before or is older than ten minutes. Restart the server for a new one, or paste the token.",
          "sign_in_bad_token": "This is not the token of this server.",

          "problem_home": "To the start page",
          "problem_request": "Request",
          "problem_not-found": "There is nothing here",
          "problem_forbidden": "This is not allowed",
          "problem_unavailable": "Not ready right now",
          "problem_internal-error": "Something failed on this side",
          "problem_too-large": "This file is too large",
          "problem_unsupported-media-type": "This kind of file is not taken here",
          "problem_unprocessable": "This cannot be used",
          "problem_invalid-request": "The request is not valid",
          "problem_storage-full": "The server has no room left",

          "state_scheduled": "Waiting",
          "state_blocked": "Waiting",
          "state_parked": "Waiting",
          "state_ready": "Waiting",
          "state_leased": "Running",
          "state_succeeded": "Done",
          "state_dead": "Failed",
          "state_canceled": "Canceled",
          "state_expired": "Expired",

          "kind_generate-video": "Video",
          "kind_generate-diagram": "Diagram",
          "kind_transcribe": "Transcript",
          "stage_probe": "Look at the file",
          "stage_normalize": "Prepare the sound",
          "stage_transcribe": "Write down what is said",
          "stage_analyse": "Find what to draw",
          "stage_draw": "Draw the diagrams",
          "stage_render": "Render the scenes",
          "stage_mux": "Put the video together",

          "js_uploading": "Uploading {name}: {percent} %",
          "js_storing": "Almost there…",
          "js_upload_failed": "The upload did not arrive. Check the connection and try again.",
          "js_too_large": "The file has {size}; the server takes up to {limit}.",
          "js_empty_file": "The file is empty.",
          "js_one_file": "One file at a time, please.",
          "js_remaining": "about {time} left",
          "js_remaining_range": "{low} to {high} left",
          "js_estimating": "estimating…",
          "js_offline": "Connection lost; trying again…",
          "js_nothing_said": "Nothing was said in this recording.",
          "js_transcript_failed": "The transcript could not be loaded; it is among the downloads.",
          "js_log_empty": "No lines yet.",
          "js_done": "Done",
          "js_seconds": "{n} s",
          "js_minutes": "{n} min",
          "js_hours": "{n} h"
        }

        """###.utf8)
    static let texts_ja_json: [UInt8] = [UInt8](
        ###"""
        {
          "app_name": "Suisha",
          "skip": "本文へ移動",
          "other_language": "English",
          "sign_out": "サインアウト",
          "home": "ジョブ一覧",
          "api_reference": "API",

          "hero_title": "話した内容を、動画に。",
          "hero_text": "録音をドロップするだけで、図解とナレーション入りの動画、再生に合わせて進む文字起こし、字幕ができあがります。",
          "drop_title": "ここに録音をドロップ",
          "drop_or": "または",
          "drop_choose": "ファイルを選ぶ",
          "drop_hint": "音声・動画、{limit}・4時間まで。ファイルはこのサーバーの外に出ません。",
          "language_label": "話している言語",
          "language_auto": "自動判定",
          "language_en": "英語",
          "language_ja": "日本語",
          "start_button": "開始",
          "sample_button": "サンプルで試す",
          "upload_cancel": "アップロードを中止",

          "recent_title": "最近のジョブ",
          "recent_empty_title": "まだ何もありません",
          "recent_empty_text": "アップロードした録音と進み具合がここに表示されます。",

          "untitled": "無題",
          "started": "受付",
          "took": "所要時間 {time}",
          "cancel_button": "キャンセル",
          "cancel_requested": "停止しています…",
          "retry_button": "もう一度実行",
          "again_button": "新しく作る",
          "progress_title": "進み具合",
          "failed_title": "処理できませんでした",
          "failed_attempt": "失敗しましたが、もう一度試みます。",
          "canceled_title": "キャンセルしました",
          "canceled_text": "このジョブは途中で終了しました。完了した段階は保存されているので、再実行すると続きから始まります。",
          "expired_title": "期限切れ",
          "expired_text": "このジョブは期限までに開始されませんでした。",
          "empty_title": "完了",
          "empty_text": "このジョブが作成したファイルはありません。",
          "video_title": "動画",
          "transcript_title": "文字起こし",
          "transcript_hint": "行を選ぶと、その場面へ移動します。",
          "pictures_title": "図解",
          "downloads_title": "ダウンロード",
          "log_title": "ログ",

          "sign_in_title": "サインイン",
          "sign_in_text": "このサーバーは非公開です。ターミナルに表示されたリンクを開くか、トークンを貼り付けてください。",
          "sign_in_code_text": "このブラウザーでサインインします。",
          "sign_in_button": "サインイン",
          "sign_in_token": "トークン",
          "sign_in_where": "トークンのファイルは「suisha config」コマンドで確認できます。",
          "sign_in_bad_code": "このリンクは使用済みか、発行から10分を過ぎています。サーバーを再起動して新しいリンクを使うか、トークンを貼り付けてください。",
          "sign_in_bad_token": "このサーバーのトークンではありません。",

          "problem_home": "最初のページへ",
          "problem_request": "リクエスト",
          "problem_not-found": "ここには何もありません",
          "problem_forbidden": "許可されていません",
          "problem_unavailable": "ただいま準備中です",
          "problem_internal-error": "サーバー側で問題が起きました",
          "problem_too-large": "ファイルが大きすぎます",
          "problem_unsupported-media-type": "この種類のファイルは受け付けていません",
          "problem_unprocessable": "この内容は処理できません",
          "problem_invalid-request": "リクエストが正しくありません",
          "problem_storage-full": "サーバーの空き容量がありません",

          "state_scheduled": "待機中",
          "state_blocked": "待機中",
          "state_parked": "待機中",
          "state_ready": "待機中",
          "state_leased": "処理中",
          "state_succeeded": "完了",
          "state_dead": "失敗",
          "state_canceled": "キャンセル",
          "state_expired": "期限切れ",

          "kind_generate-video": "動画",
          "kind_generate-diagram": "図解",
          "kind_transcribe": "文字起こし",
          "stage_probe": "ファイルを確認",
          "stage_normalize": "音声を整える",
          "stage_transcribe": "文字に起こす",
          "stage_analyse": "図にする内容を探す",
          "stage_draw": "図を描く",
          "stage_render": "場面を描画",
          "stage_mux": "動画にまとめる",

          "js_uploading": "{name} をアップロード中：{percent} %",
          "js_storing": "まもなく開始します…",
          "js_upload_failed": "アップロードできませんでした。接続を確認して、もう一度お試しください。",
          "js_too_large": "このファイルは {size} です。上限は {limit} です。",
          "js_empty_file": "ファイルが空です。",
          "js_one_file": "ファイルは一つずつお願いします。",
          "js_remaining": "残り約{time}",
          "js_remaining_range": "残り{low}〜{high}",
          "js_estimating": "残り時間を計算中…",
          "js_offline": "接続が切れました。再接続しています…",
          "js_nothing_said": "この録音に発話はありませんでした。",
          "js_transcript_failed": "文字起こしを読み込めませんでした。ダウンロードからご覧ください。",
          "js_log_empty": "まだ記録はありません。",
          "js_done": "完了",
          "js_seconds": "{n}秒",
          "js_minutes": "{n}分",
          "js_hours": "{n}時間"
        }

        """###.utf8)
}
