// panva's oidc-provider, certified by the OpenID Foundation, with its own sign-in and consent pages. It ends with its test.
import { randomBytes, webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import { argv, exit, stdin } from 'node:process';
import { Provider } from 'oidc-provider';

const { issuer, port, client, claims } = JSON.parse(argv[2]);

// Keys of this start only, so that starting again is what a provider does that lost its old ones.
const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const key = await webcrypto.subtle.exportKey('jwk', pair.privateKey);
const kid = randomBytes(8).toString('hex');

const of = (login) => JSON.parse(JSON.stringify(claims).replaceAll('LOGIN', login));

const provider = new Provider(issuer, {
  clients: [{ ...client, id_token_signed_response_alg: 'ES256' }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  findAccount: (_, login) => ({ accountId: login, claims: () => ({ sub: login, ...of(login) }) }),
  jwks: { keys: [{ kty: key.kty, crv: key.crv, x: key.x, y: key.y, d: key.d, kid, use: 'sig', alg: 'ES256' }] },
  pkce: { required: () => true },
  ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 600, Session: 3600 },
});

// Its pages would ask another host for a font.
provider.use(async (context, next) => {
  await next();
  if (typeof context.body === 'string') context.body = context.body.replace(/@import url\([^)]*\);/, '');
});

stdin.on('end', () => exit(0)).resume();
createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log('ready'));
