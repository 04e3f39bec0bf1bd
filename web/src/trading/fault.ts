// Which field of a form a refusal is about, so that it is said there.
import type { Problem } from "../api/problem";

export interface Fault {
  field: string;
  /** Where within a configuration, as a JSON pointer; empty for the whole. */
  place: string;
  reason: string;
}

/** `quantity is …` and `config/fast: …`, as the ledger and schemas say it. */
const NAMED = /^([a-z_]+)((?:\/[^:]*)?)(?:: | is | are )(.*)$/s;

/** The fault in one of a form's fields; null where the refusal is about none of them. */
export function faultOf(problem: Problem | null, fields: readonly string[]): Fault | null {
  if (problem === null || problem.status < 400 || problem.status >= 500) return null;
  const [, field = "", place = "", rest = ""] = NAMED.exec(problem.detail) ?? [];
  if (fields.includes(field)) {
    const isSchema = problem.detail.startsWith(`${field}${place}: `);
    return { field, place, reason: isSchema ? rest : problem.detail };
  }
  const { parameter } = problem;
  if (parameter === null || !fields.includes(parameter)) return null;
  return { field: parameter, place: "", reason: problem.detail };
}

/** The last part of a JSON pointer, as it is written in the object. */
export function lastOf(pointer: string): string {
  const last = pointer.slice(pointer.lastIndexOf("/") + 1);
  return last.replaceAll("~1", "/").replaceAll("~0", "~");
}
