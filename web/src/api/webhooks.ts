// Webhooks of bots, and what came to them.
import { body, client, done } from "./request";
import type { components } from "./schema";

export type Webhook = components["schemas"]["WebhookBody"];
export type MadeWebhook = components["schemas"]["MadeWebhookBody"];
export type NewWebhook = components["schemas"]["NewWebhookBody"];
export type WebhookChange = components["schemas"]["WebhookChangeBody"];
export type Alert = components["schemas"]["AlertBody"];

const ONE = "/v1/trading/bots/{id}/webhooks/{webhook}";

/** Which webhook: it is asked for by its bot and its own number. */
type Place = Pick<Webhook, "bot" | "id">;
const placed = ({ bot, id }: Place) => ({ path: { id: bot, webhook: id } });

/** The webhooks of a bot, the oldest first. */
export async function fetchWebhooks(bot: string, signal: AbortSignal): Promise<Webhook[]> {
  const params = { path: { id: bot } };
  const address = "/v1/trading/bots/{id}/webhooks";
  return (await body((signal) => client.GET(address, { params, signal }), signal)).webhooks;
}

export function createWebhook({ bot, ...hook }: NewWebhook & { bot: string }) {
  const params = { path: { id: bot } };
  const address = "/v1/trading/bots/{id}/webhooks";
  return body((signal) => client.POST(address, { params, body: hook, signal }));
}

export function changeWebhook({ bot, id, ...change }: WebhookChange & Place): Promise<Webhook> {
  const params = placed({ bot, id });
  return body((signal) => client.PATCH(ONE, { params, body: change, signal }));
}

/** Gives it another secret; the one before opens nothing from then on. */
export function rotateWebhook(hook: Place): Promise<MadeWebhook> {
  const params = placed(hook);
  return body((signal) => client.POST(`${ONE}/rotate`, { params, signal }));
}

export function deleteWebhook(hook: Place): Promise<void> {
  const params = placed(hook);
  return done((signal) => client.DELETE(ONE, { params, signal }));
}

/** A page of what came to it, the newest first. */
export function fetchAlerts(hook: Place, cursor: string | null, signal: AbortSignal) {
  const query = { limit: 20, ...(cursor === null ? {} : { cursor }) };
  const params = { ...placed(hook), query };
  return body((signal) => client.GET(`${ONE}/log`, { params, signal }), signal);
}

/** Tries an alert once more, by the template as it is now. */
export function retryAlert({ hook, alert }: { hook: Place; alert: string }): Promise<Alert> {
  const { path } = placed(hook);
  const params = { path: { ...path, alert } };
  return body((signal) => client.POST(`${ONE}/log/{alert}/retry`, { params, signal }));
}
