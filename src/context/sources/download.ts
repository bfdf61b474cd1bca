// One file fetched over https: bounded in time and size, redirected only within the scheme. Must not know what it is for.
import { AiwgError, isAiwgError, messageOf } from "../../core/errors.ts";
import { humanBytes, oneLine } from "../../core/text.ts";
import { isGzip } from "./archive.ts";
import type { FetchLimits } from "./limits.ts";

const MAX_REDIRECTS = 3;
const RETRY = "Check the address and your network, then run it again; nothing was written.";

const shownUrl = (url: URL): string => oneLine(`${url.origin}${url.pathname}`, 200);

function redirectOf(from: URL, response: Response): URL {
  const to = URL.parse(response.headers.get("location") ?? "", from.href);
  if (to === null || to.protocol !== from.protocol || to.username !== "" || to.password !== "")
    throw new AiwgError(
      "source_unusable",
      `${shownUrl(from)} redirects to ${to === null ? "no valid address" : oneLine(to.protocol, 20)}, which is not followed`,
      {
        hint: "Name the address that the file really has.",
      },
    );
  return to;
}

function refusal(url: URL, { status }: Response): AiwgError {
  const said = `${shownUrl(url)} answered ${status}`;
  if (status === 404 || status === 410)
    return new AiwgError("not_found", `${said}: there is no such file`, { hint: "Check the address; nothing was written." });
  if (status === 401 || status === 403) return new AiwgError("forbidden", said, { hint: "Use a source that git or npm can log in to; nothing was written." });
  return new AiwgError("unreachable", said, { hint: RETRY });
}

async function readBody(url: URL, response: Response, limits: FetchLimits, alive: (bytes: number) => void): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    alive(size);
    if (size > limits.packedBytes)
      throw new AiwgError("too_large", `${shownUrl(url)} is larger than ${humanBytes(limits.packedBytes)}`, {
        hint: "Use a smaller source; nothing was written.",
      });
    if (size >= 2 && !isGzip(chunks.length === 1 ? chunk : Buffer.concat(chunks))) {
      const type = oneLine(response.headers.get("content-type") ?? "something else", 60);
      throw new AiwgError("source_unusable", `${shownUrl(url)} is no gzipped archive, but ${type}`, {
        hint: "Is that the address of the file itself? Nothing was written.",
      });
    }
    if (chunks.length > 1_000) chunks.splice(0, chunks.length, Buffer.concat(chunks));
  }
  if (size < 2) throw new AiwgError("source_unusable", `${shownUrl(url)} is empty`, { hint: RETRY });
  const told = Number(response.headers.get("content-length") ?? size);
  if (told !== size) throw new AiwgError("unreachable", `${shownUrl(url)} was cut off after ${size} of ${told} bytes`, { hint: RETRY });
  return Buffer.concat(chunks);
}

/**
 * The bytes of a gzipped file. Throws `unreachable`, `timeout`, `not_found`, `forbidden`, `too_large`, and `source_unusable` for what is
 * no gzip or redirects elsewhere.
 */
export async function download(address: string, limits: FetchLimits, told: (bytes: number) => void): Promise<Buffer> {
  const stop = new AbortController();
  const expire = (): void => stop.abort();
  let idle = setTimeout(expire, limits.idleMs);
  const total = setTimeout(expire, limits.totalMs);
  const alive = (bytes: number): void => {
    told(bytes);
    clearTimeout(idle);
    idle = setTimeout(expire, limits.idleMs);
  };
  let url = new URL(address);
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await fetch(url, { redirect: "manual", signal: stop.signal, headers: { "accept-encoding": "identity", "user-agent": "aiwg" } });
      alive(0);
      if (response.status < 300 || response.status >= 400) {
        if (!response.ok) throw refusal(url, response);
        return await readBody(url, response, limits, alive);
      }
      await response.body?.cancel();
      url = redirectOf(url, response);
    }
    throw new AiwgError("source_unusable", `${oneLine(address, 200)} redirects more than ${MAX_REDIRECTS} times`, {
      hint: "Name the address that the file really has.",
    });
  } catch (error) {
    if (isAiwgError(error)) throw error;
    if (stop.signal.aborted) throw new AiwgError("timeout", `${shownUrl(url)} did not send anything for too long`, { hint: RETRY, cause: error });
    const why = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new AiwgError("unreachable", `${shownUrl(url)} cannot be fetched: ${oneLine(why, 200)}`, { hint: RETRY, cause: error });
  } finally {
    clearTimeout(idle);
    clearTimeout(total);
    stop.abort();
  }
}
