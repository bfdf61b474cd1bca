// Cuts a stream of text into lines with a bound on their length. Must not know what the lines mean.

/** Takes chunks, gives each whole line (without its end) to `onLine`; a line longer than `max` characters is dropped and counted once through `onLong`. */
export function splitLines(max: number, onLine: (line: string) => void, onLong: () => void = () => {}): { write(chunk: string): void; end(): void } {
  let rest = "";
  let skipping = false;
  const emit = (line: string): void => onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  return {
    write(chunk) {
      let from = 0;
      for (let at = chunk.indexOf("\n"); at >= 0; at = chunk.indexOf("\n", from)) {
        if (skipping) skipping = false;
        else if (rest.length + at - from > max) onLong();
        else emit(rest + chunk.slice(from, at));
        rest = "";
        from = at + 1;
      }
      if (skipping) return;
      rest += chunk.slice(from);
      if (rest.length > max) {
        rest = "";
        skipping = true;
        onLong();
      }
    },
    /** The last line, if the stream ended without a line end. */
    end() {
      if (!skipping && rest !== "") emit(rest);
      rest = "";
    },
  };
}
