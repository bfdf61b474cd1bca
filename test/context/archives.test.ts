// Archives from elsewhere, most of them hostile: a clear error, nothing kept, nothing outside touched.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createGzip, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { artifactId, diagnosticText } from "../../src/context/model.ts";
import { cached, fetchFrom, type Ground, newGround, serveHttp, SKILL, type TarEntry, tarEntry, tgz, type Wish } from "./elsewhere.ts";

const MIB = 1024 * 1024;

function putArchive(ground: Ground, bytes: Uint8Array): string {
  writeFileSync(join(ground.work, "team.tgz"), bytes);
  return "./team.tgz";
}

async function refused(entries: readonly TarEntry[] | Uint8Array, error: object, wish: Wish = {}): Promise<void> {
  const ground = newGround();
  writeFileSync(join(ground.outside, "mine"), "mine");
  const source = putArchive(ground, entries instanceof Uint8Array ? entries : tgz(entries));
  await expect(fetchFrom(ground, source, wish)).rejects.toMatchObject(error);
  expect(cached(ground)).toEqual([]);
  expect(readdirSync(ground.outside)).toEqual(["mine"]);
  expect(readFileSync(join(ground.outside, "mine"), "utf8")).toBe("mine");
  expect(readdirSync(ground.dir).toSorted()).toEqual(existsSync(ground.cache) ? ["cache", "home", "outside", "work"] : ["home", "outside", "work"]);
}

test("an archive is a bundle, packed in a folder of any name or in none", async () => {
  for (const top of ["package/", "team-1.0/", ""]) {
    const ground = newGround();
    const script = { path: `${top}skills/a/run.sh`, text: "#!/bin/sh\n", mode: 0o755 };
    const source = putArchive(ground, tgz([{ path: `${top}skills/a/SKILL.md`, text: SKILL }, script, { path: `./${top}rules/r.md`, text: "Be nice.\n" }]));
    const { bundle, rev, folder, lines } = await fetchFrom(ground, source);
    expect(bundle.artifacts.map(artifactId), top).toEqual(["rule/r", "skill/a"]);
    expect(bundle).toMatchObject({ name: "team", diagnostics: [] });
    expect(rev).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    expect(statSync(join(folder, "skills/a/run.sh")).mode & 0o777).toBe(0o755);
    expect(lines).toEqual(["fetching ./team.tgz"]);
  }
});

test("an archive with nothing but skills keeps their folder", async () => {
  const ground = newGround();
  const { bundle } = await fetchFrom(ground, putArchive(ground, tgz([{ path: "skills/a/SKILL.md", text: SKILL }])));
  expect(bundle.artifacts.map(artifactId)).toEqual(["skill/a"]);
});

test("what GNU tar writes is read, links and long names included", async () => {
  const ground = newGround();
  const long = `${"deep-folder-name/".repeat(12)}SKILL-notes.md`;
  execFileSync("sh", [
    "-c",
    `mkdir -p "$1/t/skills/a/$(dirname "$2")" && printf '%s' "$3" > "$1/t/skills/a/SKILL.md" && echo n > "$1/t/skills/a/$2" && ln -s SKILL.md "$1/t/skills/a/link.md" && ln "$1/t/skills/a/SKILL.md" "$1/t/skills/a/twin.md" && tar -C "$1" -czf "$4" t`,
    "sh",
    ground.dir,
    long,
    SKILL,
    join(ground.work, "team.tgz"),
  ]);
  const { bundle } = await fetchFrom(ground, "./team.tgz");
  const [skill] = bundle.artifacts;
  expect(bundle.diagnostics).toEqual([]);
  expect(skill?.kind === "skill" && skill.files.map(({ path }) => path)).toEqual(["SKILL.md", long, "link.md", "twin.md"]);
});

test("entries that would be put outside refuse the archive", async () => {
  const good = { path: "skills/a/SKILL.md", text: SKILL };
  for (const path of ["../outside/mine", "skills/../../outside/mine", "/etc/aiwg-test", "..", "skills\\..\\..\\x", "C:/x"])
    await refused([good, { path, text: "x" }], { code: "path_escape", message: expect.stringContaining("leads out") });
  await refused([good, { path: "../outside/folder", type: "5" }], { code: "path_escape" });
  await refused([good, { path: "../outside/link", type: "2", target: "/etc" }], { code: "path_escape" });
});

test("nothing is written through a link of the archive", async () => {
  const ground = newGround();
  const through = [
    { path: "skills/out", type: "2", target: ground.outside },
    { path: "skills/out/evil", text: "x" },
  ];
  for (const entries of [through, through.toReversed()]) await refused(entries, { code: "source_unusable", message: expect.stringContaining("there twice") });
  await refused(
    [
      { path: "skills/a/SKILL.md", type: "2", target: join(ground.outside, "mine") },
      { path: "skills/a/SKILL.md", text: "x" },
    ],
    { code: "source_unusable" },
  );
  await refused([{ path: "skills/a/SKILL.md", type: "1", target: join(ground.outside, "mine") }], { message: expect.stringContaining("hard link") });
  await refused([{ path: "skills/a/SKILL.md", type: "1", target: "../outside/mine" }], { message: expect.stringContaining("hard link") });
});

test("a link that leads out makes its artifact a defect, and is not followed", async () => {
  const ground = newGround();
  writeFileSync(join(ground.outside, "secret"), "secret");
  const source = putArchive(
    ground,
    tgz([
      { path: "rules/r.md", text: "Be nice.\n" },
      { path: "skills/a/SKILL.md", text: SKILL },
      { path: "skills/a/key", type: "2", target: join(ground.outside, "secret") },
    ]),
  );
  const { bundle } = await fetchFrom(ground, source);
  expect(bundle.artifacts.map(artifactId)).toEqual(["rule/r"]);
  expect(bundle.diagnostics.map(diagnosticText)).toEqual(["./team.tgz/skills/a/key: is a link that leads out of the bundle"]);
});

test("devices, pipes and other oddities refuse the archive", async () => {
  const names = { "3": "character-device", "4": "block-device", "6": "fifo" };
  for (const [type, name] of Object.entries(names))
    await refused([{ path: "skills/a/dev", type }], { code: "source_unusable", message: expect.stringContaining(`is a ${name}`) });
  await refused(
    [
      { path: "a\0b".replace("\0", ""), text: "x" },
      { path: "a//b", text: "x" },
    ],
    { code: "source_unusable" },
  );
});

test("bombs are stopped while they unpack", async () => {
  const ground = newGround();
  const three = [{ path: "rules/a.md" }, { path: "rules/b.md" }];
  expect((await fetchFrom(ground, putArchive(ground, tgz(three)), { limits: { entries: 3 } })).bundle.artifacts).toHaveLength(2);
  await refused([...three, { path: "rules/c.md" }], { code: "too_large" }, { limits: { entries: 3 } });
  const folders = Array.from({ length: 101 }, (_, i) => ({ path: `skills/s${i}/x`, text: "" }));
  await refused(folders, { code: "too_large", message: expect.stringContaining("100 files and folders") }, { limits: { entries: 100 } });
  await refused([{ path: Array.from({ length: 45 }, () => "a").join("/") + "/f", text: "" }], { code: "too_large" }, { limits: { entries: 40 } });
  const twins = Array.from({ length: 40 }, (_, i) => ({ path: `rules/r${i}.md`, type: "1", target: "rules/r.md" }));
  await refused(
    [{ path: "rules/r.md", text: "x".repeat(100_000) }, ...twins],
    { code: "too_large", message: expect.stringContaining("MiB") },
    { limits: { contentBytes: MIB } },
  );
  // A file that is too large to be read counts as well.
  const large = { path: "skills/a/large", text: "x".repeat(MIB + 1) };
  await refused(
    [...three, large],
    { code: "too_large", message: expect.stringContaining("has more than") },
    { limits: { fileBytes: 1024, contentBytes: MIB } },
  );
  // One megabyte of zeros is a kilobyte when packed.
  const swelling = gzipSync(Buffer.concat([tarEntry({ path: "x", size: 8 * MIB }), Buffer.alloc(8 * MIB)]));
  expect(swelling.length).toBeLessThan(20_000);
  await refused(swelling, { code: "too_large", message: expect.stringContaining("unpacks to more") }, { limits: { unpackedBytes: 2 * MIB } });
});

test("100,000 entries are the most, as they come", async () => {
  const ground = newGround();
  const bytes = Buffer.concat([...Array.from({ length: 100_001 }, (_, i) => tarEntry({ path: `rules/${i}.md` })), Buffer.alloc(1024)]);
  await expect(fetchFrom(ground, putArchive(ground, gzipSync(bytes, { level: 1 })))).rejects.toMatchObject({
    code: "too_large",
    message: expect.stringContaining("100,000"),
  });
  expect(cached(ground)).toEqual([]);
});

test("a file of 2 GB is stopped early", async () => {
  // Never made: the head says 2 GB, and zeros follow for as long as somebody reads.
  let sent = 0;
  const url = await serveHttp((_request, response) => {
    const gzip = createGzip({ level: 1 });
    gzip.pipe(response);
    gzip.write(tarEntry({ path: "skills/a/huge", size: 2 ** 31 }).subarray(0, 512));
    const zeros = Buffer.alloc(MIB);
    const more = (): void => {
      while (!response.destroyed && sent < 2048) {
        sent += 1;
        if (!gzip.write(zeros)) return void gzip.once("drain", more);
      }
      gzip.end();
    };
    response.on("close", () => gzip.destroy());
    more();
  });
  const ground = newGround();
  await expect(fetchFrom(ground, `${url}/team.tgz`, { limits: { packedBytes: 256 * 1024 } })).rejects.toMatchObject({ code: "too_large" });
  expect(sent).toBeLessThan(1024);
  expect(cached(ground)).toEqual([]);
});

test("a file beyond 10 MiB is a defect of its artifact, and of no other", async () => {
  const ground = newGround();
  const big = "x".repeat(10 * MIB + 1);
  const source = putArchive(
    ground,
    tgz([
      { path: "rules/r.md", text: "Be nice.\n" },
      { path: "skills/a/SKILL.md", text: SKILL },
      { path: "skills/a/big", text: big },
      { path: "docs/big.mp4", text: big },
    ]),
  );
  const { bundle } = await fetchFrom(ground, source);
  expect(bundle.artifacts.map(artifactId)).toEqual(["rule/r"]);
  expect(bundle.diagnostics.map(diagnosticText)).toEqual(["./team.tgz/skills/a/big: is larger than 10 MiB"]);
});

test("what is no whole archive is refused", async () => {
  const whole = tgz([{ path: "skills/a/SKILL.md", text: SKILL }]);
  const tar = Buffer.concat([tarEntry({ path: "skills/a/SKILL.md", text: SKILL }), Buffer.alloc(1024)]);
  const damaged = Buffer.from(tar);
  damaged[5] = 0x41;
  const broken: readonly (readonly [Uint8Array, RegExp])[] = [
    [Buffer.from("<html>"), /it is not gzipped$/],
    [Buffer.from("PK\u0003\u0004 and so on"), /it is a zip archive$/],
    [whole.subarray(0, whole.length - 20), /unexpected end of file$/],
    [Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8)]), /incorrect data check$/],
    [gzipSync(tar.subarray(0, 600)), /truncated\.$/],
    [gzipSync(damaged), /: \S/],
    [gzipSync("text"), /: \S/],
    [Buffer.alloc(0), /it is empty$/],
  ];
  for (const [bytes, why] of broken) {
    await refused(bytes, { code: "source_unusable", message: expect.stringContaining("is not a whole gzipped tar archive: ") });
    await refused(bytes, { message: expect.stringMatching(why) });
  }
});

test("names that differ in case or Unicode form only are told, the first one counts", async () => {
  const ground = newGround();
  const rules = ["rules/Style.md", "rules/style.md", "rules/caf\u00e9.md", "rules/cafe\u0301.md", "rules/other.md"];
  const { bundle } = await fetchFrom(ground, putArchive(ground, tgz(rules.map((path) => ({ path, text: "x\n" })))));
  expect(bundle.artifacts.map(artifactId)).toEqual(["rule/Style", "rule/other"]);
  const told = bundle.diagnostics.map(diagnosticText).join("\n");
  expect(told).toContain('rules/style.md: differs from "Style.md" only in case');
  expect(told).toContain("only in case or Unicode form");
});

test("10 MB of front matter and a bomb of YAML aliases are defects of their artifacts", async () => {
  const ground = newGround();
  const aliases = `---\na: &a [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, i) => `${"bcdefghijklmn"[i]}: &${"bcdefghijklmn"[i]} [${Array.from({ length: 9 }, () => `*${"abcdefghijklm"[i]}`).join(",")}]\n`).join("")}---\nx\n`;
  const long = `---\ndescription: ${"x".repeat(10_000_000)}\n---\nx\n`;
  const { bundle } = await fetchFrom(
    ground,
    putArchive(
      ground,
      tgz([
        { path: "rules/a.md", text: aliases },
        { path: "rules/b.md", text: long },
        { path: "rules/c.md", text: "fine\n" },
      ]),
    ),
  );
  expect(bundle.artifacts.map(artifactId)).toEqual(["rule/c"]);
  expect(bundle.diagnostics.map(diagnosticText)).toEqual([
    expect.stringMatching(/^\.\/team\.tgz\/rules\/a\.md:\d+: front matter is not valid YAML: .*anchors are not read/),
    "./team.tgz/rules/b.md:1: front matter is longer than 64 KiB, or has no closing ---",
  ]);
});

test("an archive is what the lock says, or it is refused; the cache needs no network", async () => {
  const ground = newGround();
  let bytes = tgz([{ path: "rules/r.md", text: "one\n" }]);
  let asked = 0;
  const url = await serveHttp((_request, response) => {
    asked += 1;
    response.end(bytes);
  });
  const source = `${url}/team.tgz`;
  const first = await fetchFrom(ground, source);
  const pin = { rev: first.rev, integrity: `sha256-${first.bundle.integrity}` };
  bytes = tgz([{ path: "rules/r.md", text: "two\n" }]);
  const again = await fetchFrom(ground, source, { pin });
  expect([again.bundle.integrity, again.lines, asked]).toEqual([first.bundle.integrity, [], 1]);
  const elsewhere = newGround();
  const error = await fetchFrom(elsewhere, source, { pin }).catch((thrown: unknown) => thrown);
  const now = await fetchFrom(newGround(), source);
  expect(error).toMatchObject({ code: "state_conflict", message: expect.stringContaining(pin.rev) });
  expect(error).toMatchObject({ message: expect.stringContaining(now.rev) });
  expect(cached(elsewhere)).toEqual([]);
});

test("what somebody changed in the cache is fetched again", async () => {
  const ground = newGround();
  const source = putArchive(ground, tgz([{ path: "rules/r.md", text: "one\n" }]));
  const first = await fetchFrom(ground, source);
  writeFileSync(join(first.folder, "rules/r.md"), "changed\n");
  const again = await fetchFrom(ground, source, { pin: { rev: first.rev, integrity: `sha256-${first.bundle.integrity}` } });
  expect(readFileSync(join(again.folder, "rules/r.md"), "utf8")).toBe("one\n");
});

test("two runs at once on one cache are safe", async () => {
  const ground = newGround();
  const source = putArchive(ground, tgz([{ path: "rules/r.md", text: "one\n" }]));
  const all = await Promise.all(Array.from({ length: 6 }, () => fetchFrom(ground, source)));
  expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
  expect(cached(ground)).toHaveLength(1);
});
