// What TradingView is to send so that a webhook's template finds what it looks for.

type Json = Record<string, unknown>;

/** What the server takes where no template is given: for what TradingView's strategies usually send. */
export const USUAL_TEMPLATE = {
  id: "{{id|alert_id?}}",
  symbol: "{{ticker|symbol}}",
  side: "{{strategy.order.action|action|side}}",
  kind: "{{kind|type?}}",
  time_in_force: "{{time_in_force?}}",
  quantity: "{{strategy.order.contracts|contracts|quantity|qty?}}",
  quote_quantity: "{{quote_quantity?}}",
  limit_price: "{{limit_price?}}",
  stop_price: "{{stop_price?}}",
  interval: "{{interval?}}",
};

const SYMBOL = "{{exchange}}:{{ticker}}";
const ACTION = "{{strategy.order.action}}";
const CONTRACTS = "{{strategy.order.contracts}}";
const ID = "{{timenow}}-{{strategy.order.id}}";
/** What TradingView puts in the place of what a template calls so. */
const TOLD: Record<string, string> = {
  ...{ id: ID, alert_id: ID, ticker: SYMBOL, symbol: SYMBOL },
  ...{ action: ACTION, side: ACTION, contracts: CONTRACTS, quantity: CONTRACTS, qty: CONTRACTS },
  ...{ comment: "{{strategy.order.comment}}", price: "{{strategy.order.price}}" },
};
/** What TradingView calls so itself. */
const OWN = /^(open|high|low|close|volume|time|timenow|interval|exchange|strategy\..+)$/;
const PLACE = /\{\{([^{}]*)\}\}/g;
/** What has to be written by hand. */
const OPEN = "…";

const told = (name: string): string | null => TOLD[name] ?? (OWN.test(name) ? `{{${name}}}` : null);

export interface Message {
  /** The text of the alert, as JSON. */
  text: string;
  /** What TradingView doesn't tell, and the template needs. */
  open: string[];
}

/** The message of an alert for a template, with the webhook's secret in it. */
export function messageOf(template: Json, secret: string): Message {
  const fields: Record<string, string> = {};
  const open: string[] = [];
  for (const text of inOrder(template)) {
    for (const [, place = ""] of text.matchAll(PLACE)) {
      const optional = place.trim().endsWith("?");
      const names = place
        .replace(/\?\s*$/, "")
        .split("|")
        .map((name) => name.trim());
      const known = names.filter((name) => told(name) !== null);
      // Rather `action` than `strategy.order.action`: people are to read it.
      const name = known.find((each) => !each.includes(".")) ?? known[0];
      if (name !== undefined) fields[name] = told(name) ?? OPEN;
      else if (!optional && names[0]) {
        fields[names[0]] = OPEN;
        open.push(names[0]);
      }
    }
  }
  return { text: JSON.stringify({ ...fields, secret }, null, 2), open };
}

/** The texts of a template, in the order in which an order is told; the server keeps none. */
function inOrder(template: Json): string[] {
  const order = Object.keys(USUAL_TEMPLATE);
  const rank = (field: string) => (order.includes(field) ? order.indexOf(field) : order.length);
  return Object.entries(template)
    .sort(([a], [b]) => rank(a) - rank(b))
    .flatMap(([, text]) => (typeof text === "string" ? [text] : []));
}

const PRIVATE = /^(localhost|127\..*|10\..*|192\.168\..*|172\.(1[6-9]|2\d|3[01])\..*|\[.*\])$/;

/** Why TradingView can't send to an address; null where nothing speaks against it. */
export function outOfReach(origin: string): string | null {
  const { hostname, port } = new URL(origin);
  if (PRIVATE.test(hostname) || hostname.endsWith(".local")) {
    return `TradingView can’t reach ${hostname}: it is of this machine or network.`;
  }
  // Those of http and https are left out of an origin; no other scheme brought the page.
  if (port === "" || port === "80" || port === "443") return null;
  return `TradingView sends to ports 80 and 443 only, not to ${port}.`;
}
