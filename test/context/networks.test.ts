// Networks that hang, cut, redirect or answer something else: a clear error in bounded time, nothing kept.
import { expect, test } from "vitest";
import { cached, closedPort, fetchFrom, newGround, serveHttp, serveSilence, tgz, type Wish } from "./elsewhere.ts";

const GOOD = tgz([{ path: "rules/r.md", text: "x\n" }]);

async function refused(source: string, error: object, wish: Wish = {}): Promise<void> {
  const ground = newGround();
  await expect(fetchFrom(ground, source, wish)).rejects.toMatchObject(error);
  expect(cached(ground)).toEqual([]);
}

test("a server that says nothing is given up, over http and over git", async () => {
  const port = await serveSilence();
  const limits = { idleMs: 300 };
  await refused(`http://127.0.0.1:${port}/team.tgz`, { code: "timeout" }, { limits });
  await refused(`git+https://127.0.0.1:${port}/team.git`, { code: "timeout", message: expect.stringContaining("sent nothing for 0.3 s") }, { limits });
});

test("a server that stops in the middle is given up", async () => {
  const url = await serveHttp((_request, response) => void response.write(GOOD.subarray(0, 20)));
  await refused(`${url}/team.tgz`, { code: "timeout" }, { limits: { idleMs: 300 } });
});

test("a server that drips for ever is given up", async () => {
  const url = await serveHttp((_request, response) => {
    response.write(GOOD.subarray(0, 10));
    const drip = setInterval(() => response.write("\0"), 50);
    response.on("close", () => clearInterval(drip));
  });
  await refused(`${url}/team.tgz`, { code: "timeout" }, { limits: { idleMs: 5_000, totalMs: 400 } });
});

test("a connection that is cut is unreachable", async () => {
  const url = await serveHttp((request, response) => {
    if (request.url === "/early.tgz") return void response.destroy();
    response.writeHead(200, { "content-length": GOOD.length });
    response.write(GOOD.subarray(0, 30), () => response.destroy());
  });
  for (const name of ["early.tgz", "late.tgz"]) await refused(`${url}/${name}`, { code: "unreachable", message: expect.stringContaining("cannot be fetched") });
  const port = await closedPort();
  await refused(`http://127.0.0.1:${port}/team.tgz`, { code: "unreachable", message: expect.stringContaining("ECONNREFUSED") });
  await refused(`git+https://127.0.0.1:${port}/team.git`, { code: "unreachable", hint: expect.stringContaining("network") });
});

test("HTML and other answers are no archive", async () => {
  const url = await serveHttp((request, response) => {
    if (request.url === "/gone.tgz") return void response.writeHead(404).end("<html>");
    if (request.url === "/private.tgz") return void response.writeHead(403).end();
    if (request.url === "/broken.tgz") return void response.writeHead(502).end();
    if (request.url === "/empty.tgz") return void response.writeHead(200).end();
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Log in</title>");
  });
  await refused(`${url}/login.tgz`, { code: "source_unusable", message: expect.stringContaining("no gzipped archive, but text/html") });
  await refused(`${url}/gone.tgz`, { code: "not_found" });
  await refused(`${url}/private.tgz`, { code: "forbidden" });
  await refused(`${url}/broken.tgz`, { code: "unreachable", message: expect.stringContaining("502") });
  await refused(`${url}/empty.tgz`, { code: "source_unusable", message: expect.stringContaining("is empty") });
});

test("a redirect is followed three times, and never to another scheme", async () => {
  const url = await serveHttp((request, response) => {
    const to: Readonly<Record<string, string>> = {
      "/1.tgz": "/2",
      "/2": "/3",
      "/3": "/good",
      "/loop.tgz": "/loop.tgz",
      "/file.tgz": "file:///etc/passwd",
      "/tls.tgz": "https://127.0.0.1:9/x",
      "/user.tgz": "http://a:b@127.0.0.1/x",
      "/none.tgz": "http://",
    };
    const location = to[request.url ?? ""];
    if (location !== undefined) return void response.writeHead(302, { location }).end();
    response.end(GOOD);
  });
  expect((await fetchFrom(newGround(), `${url}/1.tgz`)).bundle.artifacts).toHaveLength(1);
  await refused(`${url}/loop.tgz`, { code: "source_unusable", message: expect.stringContaining("more than 3 times") });
  await refused(`${url}/file.tgz`, { code: "source_unusable", message: expect.stringContaining("redirects to file:") });
  await refused(`${url}/tls.tgz`, { code: "source_unusable", message: expect.stringContaining("redirects to https:") });
  for (const name of ["user.tgz", "none.tgz"]) await refused(`${url}/${name}`, { code: "source_unusable" });
});

test("a body beyond the limit is stopped, whatever its head says", async () => {
  const url = await serveHttp((_request, response) => {
    response.write(GOOD.subarray(0, 10));
    const more = (): void => {
      while (!response.destroyed) if (!response.write(Buffer.alloc(64 * 1024))) return void response.once("drain", more);
    };
    more();
  });
  await refused(`${url}/team.tgz`, { code: "too_large" }, { limits: { packedBytes: 1024 * 1024 } });
});
