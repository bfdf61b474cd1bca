// The transcript of one attempt: a bounded file of redacted text, read back in frames by byte offset.
// Must not know who sends the frames.
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { Redactor } from "./redact.ts";

/** Bytes kept of one attempt; what comes after is dropped, visibly. */
export const TRANSCRIPT_CAP = 16 * 1024 * 1024;
/** Bytes in one mission.log frame. JSON may make six of one (control characters), which still fits a frame. */
const FRAME_BYTES = 64 * 1024;
/** How far to go back after a reconnect: frames are not acknowledged, and serve ignores what it has. */
const REWIND_BYTES = 256 * 1024;

export type LogFrame = { readonly offset: number; readonly text: string };

export type Transcript = {
  /** Appends text of one source (each has its own place in its redaction). */
  write(source: "agent" | "stderr" | "own", text: string): void;
  /** Gives out what redaction held back. */
  flush(): void;
  /** The next frame to send, or undefined if all was taken. */
  take(): LogFrame | undefined;
  /** True if there is something to take. */
  hasMore(): boolean;
  /** Called when the link is new: what may have been lost with the old one is taken again. */
  rewind(): void;
  close(): void;
};

// Bytes at the end that are the beginning of an unfinished UTF-8 character.
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return need > back ? back : 0;
  }
  return 0;
}

/** Opens (or goes on with) the file at `path`. `onText` is called after each write, so that the sender wakes up. */
export function openTranscript(path: string, redactor: Redactor, onText: () => void, cap = TRANSCRIPT_CAP): Transcript {
  const file = openSync(path, "a+", 0o600);
  const streams = { agent: redactor.stream(), stderr: redactor.stream(), own: redactor.stream() };
  let size = fstatSync(file).size;
  let isCut = size >= cap;
  let taken = 0;
  let isOpen = true;

  const append = (text: string): void => {
    if (text === "" || isCut || !isOpen) return;
    let bytes = Buffer.from(text, "utf8");
    if (size + bytes.length > cap) {
      isCut = true;
      const kept = bytes.subarray(0, cap - size);
      bytes = Buffer.concat([kept.subarray(0, kept.length - unfinished(kept)), Buffer.from(`\n[transcript cut: ${cap} bytes reached]\n`)]);
    }
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    size += bytes.length;
    onText();
  };

  return {
    write(source, text) {
      if (!isCut) append(streams[source].write(text));
    },
    flush() {
      for (const stream of Object.values(streams)) append(stream.end());
    },
    hasMore: () => isOpen && taken < size,
    take() {
      if (!isOpen || taken >= size) return undefined;
      const buffer = Buffer.alloc(Math.min(FRAME_BYTES, size - taken));
      const read = readSync(file, buffer, 0, buffer.length, taken);
      const whole = buffer.subarray(0, read);
      const bytes = whole.subarray(0, whole.length - unfinished(whole));
      if (bytes.length === 0) return undefined;
      const frame = { offset: taken, text: bytes.toString("utf8") };
      taken += bytes.length;
      return frame;
    },
    rewind() {
      if (!isOpen) return;
      let at = Math.max(0, taken - REWIND_BYTES);
      const byte = Buffer.alloc(1);
      while (at > 0 && readSync(file, byte, 0, 1, at) === 1 && ((byte[0] ?? 0) & 0xc0) === 0x80) at -= 1;
      taken = at;
    },
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}
