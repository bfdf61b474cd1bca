import { expect, test } from "vitest";
import { sourceSpec } from "./spec.ts";

const github = { form: "git", url: "https://github.com/acme/context.git", ref: null, sub: "", label: "context" };

test("each form of a source means one thing", () => {
  const cases: readonly (readonly [string, object])[] = [
    ["./team", { form: "folder", path: "./team" }],
    ["/team", { form: "folder", path: "/team" }],
    ["~/team", { form: "folder", path: "~/team" }],
    ["..", { form: "folder", path: ".." }],
    ["acme/context", github],
    ["acme/context.git", github],
    ["acme/context#v1.0", { ...github, ref: "v1.0" }],
    ["acme/context/packs/web#feature/x", { ...github, ref: "feature/x", sub: "packs/web", label: "web" }],
    ["git+https://host/a/b.git#main", { form: "git", url: "https://host/a/b.git", ref: "main", sub: "", label: "b" }],
    ["git+ssh://git@host/a/b.git", { form: "git", url: "ssh://git@host/a/b.git", ref: null, sub: "", label: "b" }],
    ["git+file:///srv/b", { form: "git", url: "file:///srv/b", ref: null, sub: "", label: "b" }],
    ["npm:pkg", { form: "npm", name: "pkg", range: "latest", label: "pkg" }],
    ["npm:@acme/pkg@^1.2 || 3.x", { form: "npm", name: "@acme/pkg", range: "^1.2 || 3.x", label: "pkg" }],
    ["./team-1.2.0.tgz", { form: "archive", at: { path: "./team-1.2.0.tgz" }, label: "team" }],
    ["team.tar.gz", { form: "archive", at: { path: "team.tar.gz" }, label: "team" }],
    ["https://host/x/team.tgz?y=1", { form: "archive", at: { url: "https://host/x/team.tgz?y=1" }, label: "team" }],
    ["http://127.0.0.1:8080/team.tgz", { form: "archive", at: { url: "http://127.0.0.1:8080/team.tgz" }, label: "team" }],
  ];
  for (const [text, spec] of cases) expect(sourceSpec(text), text).toEqual(spec);
});

test("what could run something, leak something or mean something else is refused", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["git+ext::sh -c x", /https, git\+ssh or git\+file only|no valid address/],
    ["git+http://host/a", /git\+https/],
    ["git+ssh://-oProxyCommand=x/a", /no valid (?:host|address)/],
    ["git+file://host/a", /no valid host/],
    ["git+file:../g", /no absolute path/],
    ["git+file:g", /no absolute path/],
    ["git+file://../g", /no valid (?:host|address)/],
    ["git+https://host/a#--upload-pack=x", /does not end with the name/],
    ["git+https://host/a#main:refs/heads/x", /does not end with the name/],
    ["git+https://host/a#a..b", /does not end with the name/],
    ["acme/context#", /does not end with the name/],
    ["acme/..", /is not understood/],
    ["acme/context/../x", /may not have/],
    ["git+https://me:secret@host/a", /user name or password/],
    ["https://me@host/a.tgz", /user name or password/],
    ["npm:git+https://host/a", /does not name an npm package/],
    ["npm:pkg@file:../x", /no valid version/],
    ["npm:pkg@npm:other", /no valid version/],
    ["npm:--ignore-scripts=false", /does not name/],
    ["npm:pkg@-x", /no valid version/],
    ["http://host/a.tgz", /not encrypted/],
    ["https://host/a.zip", /not the address of an archive/],
    ["ftp://host/a.tgz", /is not understood/],
    ["a\nb/c", /control character/],
  ];
  for (const [text, message] of cases)
    expect(() => sourceSpec(text), text).toThrow(expect.objectContaining({ code: "usage", message: expect.stringMatching(message) }));
});
