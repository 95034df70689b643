// Calls of the API, in the workspace that this page shows: another tab may have chosen another one since.

/** Like fetch, with the workspace of the page. */
export function call(path, { headers = {}, ...options } = {}) {
  return fetch(path, { ...options, headers: { Accept: "application/json", ...workspaceHeader(), ...headers } });
}

export function workspaceHeader() {
  const { workspace } = document.documentElement.dataset;
  return workspace ? { "X-Workspace": workspace } : {};
}

const longestPause = 30_000;

/** Reads a document once. Gives the status, 0 unless the answer came in time and whole, and the document if any. */
export async function readOnce(path) {
  try {
    const reply = await call(path, { signal: AbortSignal.timeout(longestPause) });
    return { status: reply.status, document: reply.ok ? await reply.json() : undefined };
  } catch {
    return { status: 0 };
  }
}

/**
 * Reads a document, asking again after pauses that grow while the network fails or the server is busy or away.
 *
 * Throws when the server refuses for good, with the `status`; gives nothing once it is not wanted any more.
 */
export async function readPatiently(path, isWanted = () => true) {
  for (let failures = 0; isWanted(); failures++) {
    let least = 0;
    try {
      const reply = await call(path, { signal: AbortSignal.timeout(longestPause) });
      // A connection may break in the middle of a document, too.
      if (reply.ok) return await reply.json();
      if (reply.status < 500 && reply.status !== 429) throw new Refusal(reply.status);
      least = 1000 * Number(reply.headers.get("Retry-After")) || 0;
    } catch (problem) {
      if (problem instanceof Refusal) throw problem;
    }
    // A random time, so that not everybody asks again at once; never before the server wants to be asked.
    const pause = least + Math.random() * Math.min(longestPause, 500 * 2 ** failures);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return null;
}

/** The server does not want to answer: trying again would not help. */
class Refusal extends Error {
  constructor(status) {
    super(`The server answered ${status}.`);
    this.status = status;
  }
}

/** A key for a submission that may be repeated. */
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
