// Gaps of package-lock.json: optional packages of other platforms that npm left out because its registry lacked them.
// `npm ci` refuses such a file. Must not read the disk or ask a registry.

type Entry = { readonly version?: string; readonly optionalDependencies?: Readonly<Record<string, string>> };
export type Lockfile = { readonly packages: Readonly<Record<string, Entry>> };

// Node's own way up from a package to the copy that it would load.
function resolveFrom(packages: Lockfile["packages"], from: string, name: string): Entry | undefined {
  const own = packages[`${from === "" ? "" : `${from}/`}node_modules/${name}`];
  if (own !== undefined || from === "") return own;
  return resolveFrom(packages, from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/"))), name);
}

/** One line per optional dependency with an exact version that the lock does not hold. */
export function findLockGaps({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([from, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name, version]) => {
        const found = resolveFrom(packages, from, name);
        return found === undefined || (/^\d/.test(version) && found.version !== version);
      })
      .map(([name, version]) => `package-lock.json: ${from} wants ${name} ${version}, which is missing; npm ci will refuse the file`),
  );
}
