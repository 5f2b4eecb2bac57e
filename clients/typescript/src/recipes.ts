// Runs what docs/clients.md shows against a live service: HESTAMI_URL, and the folder of its mails in HESTAMI_MAILBOX.
import { randomBytes, randomUUID } from 'node:crypto';

import { addProperty } from '../guide/lib/add-property';
import { api } from '../guide/lib/api';
import { listProperties, login, logout, register, verifyEmail, type PropertyCreate, type TokenPair } from '../guide/lib/hestami';
import type { Client } from '../guide/lib/hestami/client';
import { renew } from '../guide/lib/renew';
import { repeat } from '../guide/lib/repeat';
import { ACCESS, cookiesOf, DEVICE, REFRESH } from '../guide/lib/tokens';
import { Mailbox } from './mailbox';
import { Teller } from './telling';

const HOUSE: PropertyCreate = {
  label: 'Home on Alder Street',
  type: 'SINGLE_FAMILY_HOME',
  address: { line1: '1421 SE Alder Street', city: 'Portland', country: 'US' },
};
const teller = new Teller();
const mailbox = new Mailbox(process.env.HESTAMI_MAILBOX ?? '../../.data/mailbox');
const person = { email: `hazel.${randomBytes(4).toString('hex')}@example.com`, password: 'Copper-Kettle-58' };

async function signIn(): Promise<TokenPair> {
  const body = { login: person.email, password: person.password };
  return (await teller.done('Hazel signs in', 200, login({ client: api(), body }))).data;
}

async function arrive(): Promise<TokenPair> {
  const body = { ...person, full_name: 'Hazel' };
  await teller.done('Hazel registers', 202, register({ client: api(), body }));
  const token = await mailbox.token(person.email, 0);
  const proof = { method: 'PASSWORD', password: person.password } as const;
  await teller.done('Hazel follows the link', 204, verifyEmail({ client: api(), body: { token, proof } }));
  return signIn();
}

async function fillAForm(client: Client): Promise<void> {
  teller.chapter('A form');
  const wrong = { ...HOUSE, address: { ...HOUSE.address, city: '', country: 'usa' } };
  const key = randomUUID();
  // @ts-expect-error: the contract lists the codes of countries.
  const refused = await addProperty(client, key, wrong);
  const places = refused.kind === 'refused' ? Object.keys(refused.faults).sort() : [];
  teller.expect(places, ['/address/city', '/address/country'], 'the faults are at the fields');

  const outcome = await addProperty(client, key, HOUSE);
  teller.expect(outcome.kind, 'saved', 'the corrected form is saved under the same key');
  const changed = await addProperty(client, key, { ...HOUSE, label: 'Another' });
  teller.expect(
    changed.kind === 'refused' && changed.message,
    'This form was saved before you changed it: look at your list of properties.',
    'a form that was changed after it was saved is not saved again',
  );
  const stranger = await addProperty(api(), randomUUID(), HOUSE);
  teller.expect(stranger.kind, 'sign-in', 'a stranger is asked to sign in');
  client.setConfig({ fetch: () => Promise.reject(new TypeError('no way there')) });
  const lost = await addProperty(client, randomUUID(), HOUSE);
  teller.expect(lost.kind === 'refused' && lost.message.startsWith('We cannot be reached.'), true, 'no answer is said to be one');
}

async function loseAnAnswer(client: Client): Promise<void> {
  teller.chapter('An answer that got lost');
  let sent = 0;
  const lossy: typeof fetch = async (...request) => {
    const answer = await fetch(...request);
    sent += 1;
    if (sent === 1) {
      throw new TypeError('the connection broke before the answer came');
    }
    return answer;
  };
  client.setConfig({ fetch: lossy });
  const outcome = await addProperty(client, randomUUID(), { ...HOUSE, label: 'Added once' });
  const listed = await teller.done('Hazel lists her properties', 200, listProperties({ client }));
  const once = listed.data.items.filter((item) => item.label === 'Added once');
  teller.expect(outcome.kind === 'saved' && once.map((item) => item.id), once.map((item) => item.id), 'it is saved');
  teller.expect([sent, once.length], [3, 1], 'it was sent twice and added once');

  let attempts = 0;
  const refusing = async (status: number, type: string): Promise<{ error: unknown; response: Response }> => {
    attempts += 1;
    return { error: { type }, response: new Response(null, { status, headers: { 'Retry-After': '0' } }) };
  };
  await repeat(() => refusing(422, 'validation-failed'));
  teller.expect(attempts, 1, 'what is refused for good is not repeated');
  await repeat(() => refusing(409, 'https://api.hestami.ai/problems/idempotency-in-flight'));
  teller.expect(attempts, 4, 'what is in flight is asked for again, three times in all');
}

async function staySignedIn(first: TokenPair): Promise<void> {
  teller.chapter('Staying signed in');
  const cookies = cookiesOf(first);
  teller.expect(cookies.map((cookie) => cookie.name), [ACCESS, REFRESH, DEVICE], 'the tokens are three cookies');
  const [one, other] = await Promise.all([renew(first.refresh_token), renew(first.refresh_token)]);
  if (one === 'over' || one === 'later' || other === 'over' || other === 'later') {
    throw new Error(`two tabs got ${JSON.stringify([one, other])}`);
  }
  teller.expect(one.refresh_token, other.refresh_token, 'two tabs that refresh at once get the same successor');
  const client = api(one.access_token);
  await teller.done('its access token is good', 200, listProperties({ client }));
  await teller.done('Hazel signs out', 204, logout({ client }));
  teller.expect(await renew(one.refresh_token), 'over', 'after signing out the session is over');
  teller.expect(await renew('of no use'), 'over', 'as it is with a cookie that somebody wrote himself');
}

async function walk(): Promise<void> {
  const tokens = await arrive();
  await fillAForm(api(tokens.access_token));
  await loseAnAnswer(api(tokens.access_token, '203.0.113.7'));
  await staySignedIn(tokens);
}

walk()
  .then(() => console.log('\nEvery recipe holds.'))
  .catch((surprise: unknown) => {
    console.error(`\nSurprise: ${surprise instanceof Error ? surprise.message : String(surprise)}`);
    process.exitCode = 1;
  });
