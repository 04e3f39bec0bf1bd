// What programs made for Binance are told, so that they read and trade here.

/** What a key is shown as where it is no longer known. */
export const UNKNOWN = { apiKey: "chr_…", secret: "chx_…" };

/** What stands before the paths of Binance's interface. */
export const baseUrl = (origin: string) => `${origin}/compat/binance`;

/** For ccxt, in Python. */
export function ccxtText(origin: string, { apiKey, secret } = UNKNOWN): string {
  const base = baseUrl(origin);
  return `exchange = ccxt.binance({
    "apiKey": "${apiKey}",
    "secret": "${secret}",
    "options": {"fetchMarkets": {"types": ["spot"]}},
})
exchange.urls["api"].update({
    "public": "${base}/api/v3",
    "private": "${base}/api/v3",
    "sapi": "${base}/sapi/v1",
    "sapiV3": "${base}/sapi/v3",
})`;
}

/** For python-binance; the addresses are to be set before a client is made. */
export function pythonBinanceText(origin: string, { apiKey, secret } = UNKNOWN): string {
  const base = baseUrl(origin);
  return `from binance.client import Client
Client.API_URL = "${base}/api"
Client.MARGIN_API_URL = "${base}/sapi"
client = Client("${apiKey}", "${secret}")`;
}
