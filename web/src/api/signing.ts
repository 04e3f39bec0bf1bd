// Keys of accounts by which programs made for Binance sign their requests.
import { body, client, done } from "./request";
import type { components } from "./schema";

export type SigningKey = components["schemas"]["SigningKeyBody"];
export type MadeSigningKey = components["schemas"]["MadeSigningKeyBody"];

const ALL = "/v1/trading/accounts/{id}/signing-keys";

/** The keys of an account, the oldest first. */
export async function fetchSigningKeys(id: string, signal: AbortSignal): Promise<SigningKey[]> {
  const params = { path: { id } };
  return (await body((signal) => client.GET(ALL, { params, signal }), signal)).keys;
}

export function createSigningKey(key: { account: string; name: string }): Promise<MadeSigningKey> {
  const params = { path: { id: key.account } };
  return body((signal) => client.POST(ALL, { params, body: { name: key.name }, signal }));
}

export function revokeSigningKey({ account, id }: SigningKey): Promise<void> {
  const params = { path: { id: account, key: id } };
  return done((signal) => client.DELETE(`${ALL}/{key}`, { params, signal }));
}
