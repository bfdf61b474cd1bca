// git over https on loopback, as forges serve it: with a password, a redirect, or something else than git. Must not know what a test expects.
import { spawn } from "node:child_process";
import { createServer, type ServerOptions } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

// Of no use anywhere else: clients are told not to look at it.
const CERTIFICATE: ServerOptions = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7ZaccWub/voZlFrW
LzKCI3lbOw3uiN+JG9bb4Hhc4pyhRANCAATsHtJqMW8raf35bIvldgKZs+04QoO0
KsGte+74p1h6H0hNhPB+oYKwU4we2kfLyFhgjrk2sQ2sbQhf51ad28Gj
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUERgd8DhtPPrky8S/OeWA4uxtL7AwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjE3MjYwOVoYDzIxMjYxMTAy
MTcyNjA5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATsHtJqMW8raf35bIvldgKZs+04QoO0KsGte+74p1h6H0hNhPB+oYKw
U4we2kfLyFhgjrk2sQ2sbQhf51ad28Gjo1MwUTAdBgNVHQ4EFgQUe0tRioimlelv
sDA+bphckvQB3KgwHwYDVR0jBBgwFoAUe0tRioimlelvsDA+bphckvQB3KgwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAz1tjg7I8tL02MK5iDbrF
loVFJiJHbcaaljGAD00jocICIQDQMMLhrxFlM9W5w4nQq1lrH3oPE3BOChCqpPHn
G6kwRA==
-----END CERTIFICATE-----`,
};

/** Believe that certificate. */
export const TRUSTING = { GIT_SSL_NO_VERIFY: "1" };

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An https server that ends with the test; answers with its address. */
export async function serveHttps(answer: Answer): Promise<string> {
  const server = createServer(CERTIFICATE, answer);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Repositories below `folder`, by git's own program for it, for whoever gives the password. */
export function gitBackend(folder: string, password: string): Answer {
  const wanted = `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;
  return (request, response) => {
    if (request.headers.authorization !== wanted) return void response.writeHead(401, { "www-authenticate": 'Basic realm="t"' }).end();
    const url = new URL(request.url ?? "/", "https://x");
    const child = spawn("git", ["http-backend"], {
      env: {
        ...{ PATH: process.env["PATH"], GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: "1", REMOTE_USER: "me" },
        ...{ PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), REQUEST_METHOD: request.method ?? "GET" },
        ...{ CONTENT_TYPE: request.headers["content-type"] ?? "", GIT_PROTOCOL: String(request.headers["git-protocol"] ?? "") },
        ...{ HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "" },
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    request.pipe(child.stdin);
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("close", () => {
      const all = Buffer.concat(chunks);
      const end = all.indexOf("\r\n\r\n");
      const heads = all
        .toString("latin1", 0, end)
        .split("\r\n")
        .map((line) => line.split(": ", 2) as [string, string]);
      const status = Number(heads.find(([name]) => name === "Status")?.[1].slice(0, 3) ?? 200);
      response.writeHead(status, Object.fromEntries(heads.filter(([name]) => name !== "Status"))).end(all.subarray(end + 4));
    });
  };
}
