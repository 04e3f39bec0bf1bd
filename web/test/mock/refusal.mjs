/** Thrown by a route, sent as problem+json. */
export class Refusal extends Error {
  /** @param {number} status @param {string} code @param {string} title @param {string} detail */
  constructor(status, code, title, detail) {
    super(detail);
    this.body = { type: `/docs#${code}`, title, status, code, detail };
  }
}
