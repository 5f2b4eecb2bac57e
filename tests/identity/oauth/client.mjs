// A client as a back end in JavaScript would write it, with openid-client; what each step gave is a line of JSON.
import { argv, stdin } from 'node:process';
import { createInterface } from 'node:readline';
import * as oauth from 'openid-client';

const { issuer, client, redirectUri, provider } = JSON.parse(argv[2]);
const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();
const say = (what) => console.log(JSON.stringify(what));
const refusal = (promise) => promise.then(() => 'accepted', (error) => error.error ?? error.cause?.message ?? error.message);

// Plain HTTP is for loopback.
const config = await oauth.discovery(new URL(issuer), client, undefined, oauth.None(), {
  algorithm: 'oauth2',
  execute: [oauth.allowInsecureRequests],
});
const verifier = oauth.randomPKCECodeVerifier();
const state = oauth.randomState();
const challenge = await oauth.calculatePKCECodeChallenge(verifier);
const asked = { redirect_uri: redirectUri, state, code_challenge: challenge, code_challenge_method: 'S256', provider };
say({ address: oauth.buildAuthorizationUrl(config, asked) });

const landed = new URL((await lines.next()).value);
const check = { pkceCodeVerifier: verifier, expectedState: state };
const elsewhere = new URL(landed);
elsewhere.searchParams.set('iss', 'https://elsewhere.test');
const swapped = await refusal(oauth.authorizationCodeGrant(config, elsewhere, check));
const tokens = await oauth.authorizationCodeGrant(config, landed, check);
const me = await oauth.fetchProtectedResource(config, tokens.access_token, new URL(`${issuer}/api/v1/users/me`), 'GET');
say({ swapped, tokens, me: await me.json() });

const renewed = await oauth.refreshTokenGrant(config, tokens.refresh_token);
await oauth.tokenRevocation(config, renewed.refresh_token, { token_type_hint: 'refresh_token' });
const revoked = await refusal(oauth.refreshTokenGrant(config, renewed.refresh_token));
say({ renewed, revoked, replayed: await refusal(oauth.authorizationCodeGrant(config, landed, check)) });
