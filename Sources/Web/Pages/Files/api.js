// Calls of the API, in the workspace that this page shows: another tab may have chosen another one since.

/** Like fetch, with the workspace of the page. */
export function call(path, { headers = {}, ...options } = {}) {
  return fetch(path, { ...options, headers: { Accept: "application/json", ...workspaceHeader(), ...headers } });
}

export function workspaceHeader() {
  const { workspace } = document.documentElement.dataset;
  return workspace ? { "X-Workspace": workspace } : {};
}

/** A key for a submission that may be repeated. */
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
