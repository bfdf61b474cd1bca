// A JSON body read from a request: type, size while it streams, encoding, nesting. Must not know any schema.
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { AiwgError } from "../core/errors.ts";
import { LIMITS } from "./limits.ts";

function judgeType(request: IncomingMessage): void {
  const [type, ...parameters] = (request.headers["content-type"] ?? "").split(";").map((part) => part.trim().toLowerCase());
  if (type !== "application/json") throw new AiwgError("unsupported_media_type", "the body must be sent as application/json");
  const charset = parameters
    .find((parameter) => parameter.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") throw new AiwgError("unsupported_media_type", "the body must be UTF-8");
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") throw new AiwgError("unsupported_media_type", "the body must not be compressed");
}

/** The bytes of the body. Beyond `limit` nothing more is kept; the rest is discarded as it arrives. */
function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = (): AiwgError => new AiwgError("too_large", `the body is larger than ${limit} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > limit) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      chunks = [];
      request.off("data", onData);
      request.resume();
      reject(tooLarge());
    };
    request.on("data", onData);
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", (cause) => reject(new AiwgError("request_timeout", "the body did not arrive whole", { cause })));
    request.on("close", () => {
      if (!request.complete) reject(new AiwgError("request_timeout", "the body did not arrive whole"));
    });
  });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isOpening = (code: number): boolean => code === 0x5b || code === 0x7b;
const isClosing = (code: number): boolean => code === 0x5d || code === 0x7d;

// Where the string that begins at `start` ends: at the first quote after an even number of backslashes.
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

/** True if arrays and objects nest deeper than `limit`, seen without recursion. */
function nestsDeeper(text: string, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (isOpening(code) && ++depth > limit) return true;
    else if (isClosing(code)) depth -= 1;
  }
  return false;
}

// JSON may spell half of a surrogate pair, which UTF-8 cannot store: two such texts would become one (RFC 8785 §3.2.2.2).
function refuseHalfCharacters(key: string, value: unknown): unknown {
  if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed()))
    throw new AiwgError("invalid_request", "the body has a string with half of a surrogate pair");
  return value;
}

const hasBody = (request: IncomingMessage): boolean => request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;

/**
 * The JSON value of the body; `{}` where a body is optional and none was sent. Throws unsupported_media_type, too_large,
 * request_timeout or invalid_request.
 */
export async function readJson(request: IncomingMessage, limit: number, isOptional: boolean): Promise<unknown> {
  if (isOptional && !hasBody(request)) return {};
  judgeType(request);
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) throw new AiwgError("invalid_request", "the body is empty; send a JSON object");
  if (!isUtf8(bytes)) throw new AiwgError("invalid_request", "the body is not valid UTF-8");
  const text = bytes.toString();
  if (nestsDeeper(text, LIMITS.jsonDepth)) throw new AiwgError("invalid_request", `the body nests deeper than ${LIMITS.jsonDepth} levels`);
  try {
    return JSON.parse(text, /\\u[dD]/.test(text) ? refuseHalfCharacters : undefined) as unknown;
  } catch (error) {
    if (error instanceof AiwgError) throw error;
    throw new AiwgError("invalid_request", "the body is not valid JSON", { cause: error });
  }
}
