// Everything that can go wrong with a request, as one error with a title and a detail a person
// can act on. The server's own problem+json is shown as it is.

/** A failed request. `status` is 0 where no answer came. */
export class Problem extends Error {
  readonly title: string;
  readonly detail: string;
  readonly status: number;
  readonly code: string;
  /** After how many seconds another try makes sense, where the server says so. */
  readonly retryAfterS: number | null;
  /** What the next step of a login takes, where there is one. */
  readonly token: string | null;
  /** The field or parameter that is wrong, where it is one. */
  readonly parameter: string | null;

  constructor(
    title: string,
    detail: string,
    status: number,
    code: string,
    retryAfterS: number | null = null,
    token: string | null = null,
    parameter: string | null = null,
  ) {
    super(`${title}: ${detail}`);
    this.name = "Problem";
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
    this.token = token;
    this.parameter = parameter;
  }
}

/** The problem in an error answer, whatever its body is. */
export function problemFromAnswer(
  { status, headers }: Pick<Response, "status" | "headers">,
  body: unknown,
): Problem {
  const field = (name: string): string | undefined => {
    if (typeof body !== "object" || body === null) return undefined;
    const value: unknown = Reflect.get(body, name);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return new Problem(
    field("title") ?? `The server answered ${status}`,
    field("detail") ?? "It gave no reason. Its log may say more.",
    status,
    field("code") ?? "unknown",
    Number.parseInt(headers.get("Retry-After") ?? "", 10) || null,
    field("token") ?? null,
    field("parameter") ?? null,
  );
}

/** The problem in anything that was thrown; a Problem stays what it is. */
export function problemFromThrown(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return new Problem(
      "The server takes too long",
      "No answer within 20 seconds. It may be starting, or its database may be busy.",
      0,
      "timeout",
    );
  }
  if (thrown instanceof SyntaxError) {
    return new Problem("The answer can't be read", thrown.message, 0, "bad_answer");
  }
  return new Problem(
    "The server can't be reached",
    "No connection to it. Check that chandlery is running and that this machine is online.",
    0,
    "unreachable",
  );
}
