// Which serve to talk to, as a value that can change while a process runs. Must not know where the answer comes from.

/** Serve's base URL and a token issued for exactly that origin. */
export type Target = {
  readonly url: string;
  readonly token: string;
  /** Which serve that is, where it is known already: a token that may only enrol cannot ask. */
  readonly serveId?: string | undefined;
};

/** Why there is no target now; a sentence for people. */
export type TargetFault = { readonly fault: string };

/** Where bridge and executor ask for their serve; a serve that is away is a fault, never an exception. */
export interface TargetSource {
  resolve(): Promise<Target | TargetFault>;
  /** Calls `changed` when the answer may be another one; returns how to stop. */
  subscribe(changed: () => void): () => void;
}
