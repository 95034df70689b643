// The first page: takes a file in and follows the newest jobs.
import { say, size } from "./format.js";
import { randomKey, workspaceHeader } from "./api.js";
import "./live-list.js";

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
    for (const [name, value] of Object.entries(workspaceHeader())) request.setRequestHeader(name, value);
    request.send(data);
  }

  function end(text) {
    uploading.hidden = true;
    form.classList.remove("busy");
    if (text) refuse(text);
  }
}
