// Venue accounts, strategies and bots: what their pages read and change.
import { body, client, done } from "./request";
import type { components } from "./schema";

export type VenueAccount = components["schemas"]["AccountBody"];
export type NewAccount = components["schemas"]["NewAccountBody"];
export type Bot = components["schemas"]["BotBody"];
export type NewBot = components["schemas"]["NewBotBody"];
export type BotChange = components["schemas"]["BotChangeBody"];
export type Heartbeat = components["schemas"]["HeartbeatBody"];
export type Strategy = components["schemas"]["StrategyBody"];
export type NewStrategy = components["schemas"]["NewStrategyBody"];
export type Version = components["schemas"]["VersionBody"];
export type NewVersion = components["schemas"]["NewVersionBody"];
export type Template = components["schemas"]["TemplateBody"];
export type NewTemplate = components["schemas"]["NewTemplateBody"];
export type TemplateChange = components["schemas"]["TemplateChangeBody"];

/** What its owner may want of a bot. */
export type BotCommand = "start" | "pause" | "stop";

export async function fetchAccounts(signal: AbortSignal): Promise<VenueAccount[]> {
  return (await body((signal) => client.GET("/v1/trading/accounts", { signal }), signal)).accounts;
}

export function createAccount(account: NewAccount): Promise<VenueAccount> {
  return body((signal) => client.POST("/v1/trading/accounts", { body: account, signal }));
}

export function archiveAccount(id: string): Promise<VenueAccount> {
  const params = { path: { id } };
  return body((signal) => client.POST("/v1/trading/accounts/{id}/archive", { params, signal }));
}

/** One's bots, up to 1,000. */
export async function fetchBots(signal: AbortSignal): Promise<Bot[]> {
  const params = { query: { limit: 1000 } };
  return (await body((signal) => client.GET("/v1/trading/bots", { params, signal }), signal)).bots;
}

export function fetchBot(id: string, signal: AbortSignal): Promise<Bot> {
  const params = { path: { id } };
  return body((signal) => client.GET("/v1/trading/bots/{id}", { params, signal }), signal);
}

export function createBot(bot: NewBot): Promise<Bot> {
  return body((signal) => client.POST("/v1/trading/bots", { body: bot, signal }));
}

export function changeBot({ id, ...change }: BotChange & { id: string }): Promise<Bot> {
  const params = { path: { id } };
  return body((signal) => client.PATCH("/v1/trading/bots/{id}", { params, body: change, signal }));
}

export function deleteBot(id: string): Promise<void> {
  const params = { path: { id } };
  return done((signal) => client.DELETE("/v1/trading/bots/{id}", { params, signal }));
}

export function commandBot({ id, command }: { id: string; command: BotCommand }): Promise<Bot> {
  const params = { path: { id } };
  return body((signal) => client.POST(`/v1/trading/bots/{id}/${command}`, { params, signal }));
}

/** A page of what a bot told of itself, newest first. */
export function fetchHeartbeats(id: string, cursor: string | null, signal: AbortSignal) {
  const query = { limit: 20, ...(cursor === null ? {} : { cursor }) };
  const params = { path: { id }, query };
  return body(
    (signal) => client.GET("/v1/trading/bots/{id}/heartbeats", { params, signal }),
    signal,
  );
}

export async function fetchStrategies(signal: AbortSignal): Promise<Strategy[]> {
  const list = await body((signal) => client.GET("/v1/trading/strategies", { signal }), signal);
  return list.strategies;
}

export function createStrategy(strategy: NewStrategy): Promise<Strategy> {
  return body((signal) => client.POST("/v1/trading/strategies", { body: strategy, signal }));
}

export function deleteStrategy(id: string): Promise<void> {
  const params = { path: { id } };
  return done((signal) => client.DELETE("/v1/trading/strategies/{id}", { params, signal }));
}

/** The versions of a strategy, newest first. */
export async function fetchVersions(id: string, signal: AbortSignal): Promise<Version[]> {
  const params = { path: { id } };
  const list = await body(
    (signal) => client.GET("/v1/trading/strategies/{id}/versions", { params, signal }),
    signal,
  );
  return list.versions;
}

export function createVersion({ id, ...version }: NewVersion & { id: string }): Promise<Version> {
  const params = { path: { id } };
  const address = "/v1/trading/strategies/{id}/versions";
  return body((signal) => client.POST(address, { params, body: version, signal }));
}

/** Templates of one's own and those that are shared, up to 1,000. */
export async function fetchTemplates(signal: AbortSignal): Promise<Template[]> {
  const params = { query: { limit: 1000 } };
  const list = await body(
    (signal) => client.GET("/v1/trading/templates", { params, signal }),
    signal,
  );
  return list.templates;
}

export function createTemplate(template: NewTemplate): Promise<Template> {
  return body((signal) => client.POST("/v1/trading/templates", { body: template, signal }));
}

export function changeTemplate(wanted: TemplateChange & { id: string }): Promise<Template> {
  const { id, ...change } = wanted;
  const params = { path: { id } };
  return body((signal) =>
    client.PATCH("/v1/trading/templates/{id}", { params, body: change, signal }),
  );
}

export function deleteTemplate(id: string): Promise<void> {
  const params = { path: { id } };
  return done((signal) => client.DELETE("/v1/trading/templates/{id}", { params, signal }));
}
