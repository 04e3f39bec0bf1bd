// What a login at another provider leaves behind the # of the address, where no server sees it.
import { Problem } from "../api/problem";

export interface CameBack {
  /** There is a session. */
  in: boolean;
  /** A second factor is to follow with this. */
  token: string | null;
  /** It came to nothing. */
  problem: Problem | null;
}

const WORDS: Record<string, string> = {
  login_refused:
    "Nobody here has the address that the provider confirmed, or the account is closed: ask an administrator",
  login_expired: "It took too long, or began in another window: begin again",
  login_locked: "Too many logins were refused; try again in a while",
  provider_unavailable: "The provider can't be reached; try again soon, or use your password",
  identity_taken: "Somebody else here is known by this identity",
};

export function cameBack(hash: string): CameBack {
  const fragment = new URLSearchParams(hash.slice(1));
  const code = fragment.get("problem");
  const words = WORDS[code ?? ""] ?? "The server's log says more";
  return {
    in: fragment.has("in"),
    token: fragment.get("second"),
    problem: code === null ? null : new Problem("The login came to nothing", words, 0, code),
  };
}

/** Where a browser goes to log in at a provider, and back to `next`. */
export function departure(provider: string, next: string): string {
  return `/v1/auth/oidc/${encodeURIComponent(provider)}/begin?next=${encodeURIComponent(next)}`;
}
