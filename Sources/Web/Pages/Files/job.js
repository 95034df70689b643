// The page of one job: follows it while it runs, then plays what it made.
import "./job-progress.js";
import "./log-view.js";
import { showTranscript, showChapters } from "./player.js";

const page = document.querySelector(".job");
const video = page.querySelector("video");
const transcript = page.querySelector(".transcript");
if (transcript) showTranscript(transcript, video ?? page.querySelector("audio"));
if (video) showChapters(page.querySelector(".chapters"), video);
