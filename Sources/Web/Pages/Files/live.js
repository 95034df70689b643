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
