// A real OpenID Connect provider on this machine, for tests/e2e/provider.py. Its development forms take every name
// and password: the name says who somebody is, as ADDRESS or, where the provider doesn't know that it is theirs,
// as ADDRESS?. It says its address in one line of JSON, and ends with its standard input.
//
//   node provider.mjs REDIRECT_URI
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import Provider from "oidc-provider";

const key = () => ({
  ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }),
  kid: "one",
  use: "sig",
  alg: "RS256",
});
const server = createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "chandlery",
      client_secret: "a secret: with signs & blanks",
      redirect_uris: [process.argv[2]],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["of this test"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: id.replace("?", ""),
      email_verified: !id.endsWith("?"),
      name: "Somebody",
    }),
  }),
  jwks: { keys: [key()] },
  pkce: { required: () => true },
});

// From then on the published key is not the one that signs.
let lies = false;
const answer = provider.callback();
const { d, p, q, dp, dq, qi, ...foreign } = key();
server.on("request", (request, response) => {
  if (request.url === "/lie") {
    lies = true;
    response.end();
  } else if (lies && request.url === "/jwks") {
    response.setHeader("Content-Type", "application/json").end(JSON.stringify({ keys: [foreign] }));
  } else {
    answer(request, response);
  }
});
console.log(JSON.stringify({ issuer }));
process.stdin.resume().on("end", () => process.exit(0));
