// Missions that wait for each other, found among many. Pure.

/** The first circle that is found, in order, its first id again at the end. */
function circleAmong(waitsFor: ReadonlyMap<string, readonly string[]>, settled: Set<string>): string[] | undefined {
  for (const start of waitsFor.keys()) {
    // Depth first without recursion: a chain may be as long as a file.
    const path: string[] = [];
    const onPath = new Set<string>();
    const stack: { readonly id: string; readonly leave: boolean }[] = [{ id: start, leave: false }];
    for (let at = stack.pop(); at; at = stack.pop()) {
      if (at.leave) {
        onPath.delete(at.id);
        path.pop();
        settled.add(at.id);
        continue;
      }
      if (onPath.has(at.id)) return [...path.slice(path.indexOf(at.id)), at.id];
      if (settled.has(at.id)) continue;
      onPath.add(at.id);
      path.push(at.id);
      stack.push({ id: at.id, leave: true });
      for (const next of waitsFor.get(at.id) ?? []) stack.push({ id: next, leave: false });
    }
  }
  return undefined;
}

/** Circles that share no mission with one before them, each as its ids in order, at most `most` of them. */
export function circlesAmong(waitsFor: ReadonlyMap<string, readonly string[]>, most: number): string[][] {
  const settled = new Set<string>();
  const found: string[][] = [];
  for (let circle = circleAmong(waitsFor, settled); circle && found.length < most; circle = circleAmong(waitsFor, settled)) {
    found.push(circle);
    for (const id of circle) settled.add(id);
  }
  return found;
}
