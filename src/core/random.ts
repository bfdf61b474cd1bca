// Randomness from the platform's web crypto, so that core runs in Node and in browsers. Must not know its uses.

/** `n` bytes from the cryptographic generator. */
export function getRandomValues(n: number): Uint8Array<ArrayBuffer> {
  return globalThis.crypto.getRandomValues(new Uint8Array(n));
}
