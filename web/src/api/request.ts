// How requests are sent: typed by the generated schema; each either gives the body or throws a
// Problem (or the abort of its caller, which is nobody's fault).
import createClient from "openapi-fetch";

import { problemFromAnswer, problemFromThrown } from "./problem";
import type { paths } from "./schema";

const REQUEST_TIMEOUT_MS = 20_000;

/** The REST interface of the server that the page came from. */
export const client = createClient<paths, "application/json">({
  baseUrl: "",
  headers: { Accept: "application/json" },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

type Send<T> = (signal: AbortSignal) => Promise<Answer<T>>;

export async function answered<T>(send: Send<T>, caller?: AbortSignal): Promise<Answer<T>> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  let answer: Answer<T>;
  try {
    answer = await send(caller ? AbortSignal.any([caller, timeout]) : timeout);
  } catch (thrown) {
    if (caller?.aborted) throw thrown;
    throw problemFromThrown(thrown);
  }
  if (!answer.response.ok) throw problemFromAnswer(answer.response, answer.error);
  return answer;
}

/** The body of the answer. */
export async function body<T>(send: Send<T>, caller?: AbortSignal): Promise<T> {
  const { data, response } = await answered(send, caller);
  if (data === undefined) throw problemFromAnswer(response, undefined);
  return data;
}

/** For answers without a body. */
export async function done(send: Send<unknown>): Promise<void> {
  await answered(send);
}
