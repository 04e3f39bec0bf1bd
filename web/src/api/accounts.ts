// What the pages of accounts read and change.
import { readCsv } from "./csv";
import { body, client, done } from "./request";
import type { components } from "./schema";

export type Me = components["schemas"]["MeBody"];
export type User = components["schemas"]["UserBody"];
export type Session = components["schemas"]["SessionBody"];
export type UserChange = components["schemas"]["UserChange"];
export type NewUser = components["schemas"]["NewUser"];
export type Key = components["schemas"]["KeyBody"];
export type MadeKey = components["schemas"]["MadeKey"];
export type NewKey = components["schemas"]["NewKeyBody"];
export type TotpState = components["schemas"]["TotpState"];
export type TotpEnrolment = components["schemas"]["TotpEnrolment"];
export type Provider = components["schemas"]["ProviderBody"];
export type Identity = components["schemas"]["IdentityBody"];
export type Reset = components["schemas"]["Reset"];
export type AuditEntry = components["schemas"]["AuditEntry"];
export type AuditPage = components["schemas"]["AuditPage"];
export type UsageBody = components["schemas"]["UsageBody"];
export type UsageCount = components["schemas"]["UsageCount"];

/** The roles, those that may do most first. */
export const ROLES = ["admin", "trader", "analyst", "viewer"] as const;

/** Who is logged in. */
export function fetchMe(signal: AbortSignal): Promise<Me> {
  return body((signal) => client.GET("/v1/auth/me", { signal }), signal);
}

export function logIn(login: { email: string; password: string }): Promise<Me> {
  return body((signal) => client.POST("/v1/auth/login", { body: login, signal }));
}

/** The second step, where the first was answered by second_factor_required with a token. */
export function logInSecond(step: { token: string; code: string }): Promise<Me> {
  return body((signal) => client.POST("/v1/auth/login/second", { body: step, signal }));
}

export function logOut(): Promise<void> {
  return done((signal) => client.POST("/v1/auth/logout", { signal }));
}

export function changePassword(change: { old: string; new: string }): Promise<void> {
  return done((signal) => client.POST("/v1/auth/password", { body: change, signal }));
}

/** The answer is the same whether the address is known or not. */
export function requestReset(who: { email: string }): Promise<void> {
  return done((signal) => client.POST("/v1/auth/reset/request", { body: who, signal }));
}

export function confirmReset(reset: Reset): Promise<void> {
  return done((signal) => client.POST("/v1/auth/reset/confirm", { body: reset, signal }));
}

/** Makes the first administrator. */
export function setUp(admin: Reset): Promise<void> {
  return done((signal) => client.POST("/v1/auth/setup", { body: admin, signal }));
}

export function requestVerification(): Promise<void> {
  return done((signal) => client.POST("/v1/auth/verify/request", { signal }));
}

export function confirmVerification(code: { code: string }): Promise<void> {
  return done((signal) => client.POST("/v1/auth/verify/confirm", { body: code, signal }));
}

export async function fetchSessions(signal: AbortSignal): Promise<Session[]> {
  return (await body((signal) => client.GET("/v1/auth/sessions", { signal }), signal)).sessions;
}

export function endSession(id: string): Promise<void> {
  const params = { path: { id } };
  return done((signal) => client.DELETE("/v1/auth/sessions/{id}", { params, signal }));
}

export function endOtherSessions(): Promise<void> {
  return done((signal) => client.DELETE("/v1/auth/sessions", { signal }));
}

export async function fetchKeys(signal: AbortSignal): Promise<Key[]> {
  return (await body((signal) => client.GET("/v1/auth/keys", { signal }), signal)).keys;
}

export function createKey(key: NewKey): Promise<MadeKey> {
  return body((signal) => client.POST("/v1/auth/keys", { body: key, signal }));
}

export function revokeKey(id: string): Promise<void> {
  const params = { path: { id } };
  return done((signal) => client.DELETE("/v1/auth/keys/{id}", { params, signal }));
}

/** Other providers to log in at. */
export async function fetchProviders(signal: AbortSignal): Promise<Provider[]> {
  return (await body((signal) => client.GET("/v1/auth/oidc", { signal }), signal)).providers;
}

/** How one is known at them. */
export async function fetchIdentities(signal: AbortSignal): Promise<Identity[]> {
  return (await body((signal) => client.GET("/v1/auth/identities", { signal }), signal)).identities;
}

/** Begins to link the account; the browser is to go to the address that comes back. */
export async function linkIdentity(provider: string, password: string): Promise<string> {
  const params = { path: { provider } };
  const own = { password, next: "/settings" };
  const address = "/v1/auth/identities/{provider}";
  return (await body((signal) => client.POST(address, { params, body: own, signal }))).url;
}

export function unlinkIdentity(provider: string): Promise<void> {
  const params = { path: { provider } };
  return done((signal) => client.DELETE("/v1/auth/identities/{provider}", { params, signal }));
}

export function fetchTotp(signal: AbortSignal): Promise<TotpState> {
  return body((signal) => client.GET("/v1/auth/totp", { signal }), signal);
}

export function enrolTotp(own: { password: string }): Promise<TotpEnrolment> {
  return body((signal) => client.POST("/v1/auth/totp", { body: own, signal }));
}

/** Gives the recovery codes. */
export async function confirmTotp(code: { code: string }): Promise<string[]> {
  const codes = await body((signal) =>
    client.POST("/v1/auth/totp/confirm", { body: code, signal }),
  );
  return codes.recovery_codes;
}

export function disableTotp(own: { password: string }): Promise<void> {
  return done((signal) => client.POST("/v1/auth/totp/disable", { body: own, signal }));
}

export async function fetchUsers(signal: AbortSignal): Promise<User[]> {
  return (await body((signal) => client.GET("/v1/auth/users", { signal }), signal)).users;
}

export function createUser(user: NewUser): Promise<User> {
  return body((signal) => client.POST("/v1/auth/users", { body: user, signal }));
}

export function changeUser({ id, ...change }: UserChange & { id: string }): Promise<User> {
  const params = { path: { id } };
  return body((signal) => client.PATCH("/v1/auth/users/{id}", { params, body: change, signal }));
}

/** Which entries of the record; `from` and `to` as RFC 3339. */
export interface AuditSearch {
  user?: string;
  action?: string;
  /** A person's number, an address, … */
  resource?: string;
  /** An address or a network. */
  ip?: string;
  from?: string;
  to?: string;
}

/** A page of the record, newest first. */
export function fetchAudit(
  search: AuditSearch,
  cursor: string | null,
  signal: AbortSignal,
): Promise<AuditPage> {
  const query = { ...search, ...(cursor === null ? {} : { cursor }), limit: 50 };
  return body((signal) => client.GET("/v1/auth/audit", { params: { query }, signal }), signal);
}

/** All entries that fit, as CSV. */
export function fetchAuditCsv(search: AuditSearch): Promise<string> {
  return readCsv((cursor, signal) => {
    const query = { ...search, ...(cursor === null ? {} : { cursor }), limit: 1000 };
    const headers = { Accept: "text/csv" };
    return client.GET("/v1/auth/audit", { params: { query }, headers, parseAs: "text", signal });
  });
}

/** Requests by hour, caller and endpoint, the newest hour first; `from` as RFC 3339. */
export function fetchUsage(
  search: { user?: string; from: string },
  signal: AbortSignal,
): Promise<UsageBody> {
  const query = { ...search, limit: 1000 };
  return body((signal) => client.GET("/v1/auth/usage", { params: { query }, signal }), signal);
}
