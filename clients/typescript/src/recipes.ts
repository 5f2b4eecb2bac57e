// Runs what docs/clients.md shows against a live service: HESTAMI_URL, and the folder of its mails in HESTAMI_MAILBOX.
import { createHmac, randomBytes, randomUUID } from 'node:crypto';

import { addProperty } from '../guide/lib/add-property';
import { api } from '../guide/lib/api';
import { saveAccount, showAccount } from '../guide/lib/edit-account';
import { averageColour } from '../guide/lib/average-colour';
import { everyItem } from '../guide/lib/every-item';
import { exportFile } from '../guide/lib/export';
import {
  confirmTotpEnrolment,
  listProperties,
  login,
  logout,
  register,
  startTotpEnrolment,
  verifyEmail,
  type DataExport,
  type Photo,
  type PropertyCreate,
  type TokenPair,
} from '../guide/lib/hestami';
import type { Client } from '../guide/lib/hestami/client';
import { passOn } from '../guide/lib/pass-on';
import photoLoader from '../guide/lib/photo-loader';
import { renew } from '../guide/lib/renew';
import { repeat } from '../guide/lib/repeat';
import { secondStep } from '../guide/lib/second-step';
import { sessionOf } from '../guide/lib/session';
import { settled } from '../guide/lib/settled';
import { ACCESS, cookiesOf, DEVICE, REFRESH } from '../guide/lib/tokens';
import { watch } from '../guide/lib/watch';
import { Mailbox } from './mailbox';
import { Teller } from './telling';

const HOUSE: PropertyCreate = {
  label: 'Home on Alder Street',
  type: 'SINGLE_FAMILY_HOME',
  address: { line1: '1421 SE Alder Street', city: 'Portland', country: 'US' },
};
// A PNG of 32 by 16 pixels, all of them teal.
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAQCAIAAAD4YuoOAAAAIElEQVR42mNkaGhgoCVgYqAxGLVg1IJRC0YtGLWAGgAAdOoBILlDdlUAAAAASUVORK5CYII=';
const teller = new Teller();
const mailbox = new Mailbox(process.env.HESTAMI_MAILBOX ?? '../../.data/mailbox');
const person = { email: `hazel.${randomBytes(4).toString('hex')}@example.com`, password: 'Copper-Kettle-58' };

async function signIn(): Promise<TokenPair> {
  const body = { login: person.email, password: person.password };
  return (await teller.done('Hazel signs in', 200, login({ client: api(), body }))).data;
}

async function arrive(): Promise<TokenPair> {
  await teller.done('Hazel registers', 202, register({ client: api(), body: { ...person, full_name: 'Hazel' } }));
  const token = await mailbox.token(person.email, 0);
  const body = { token, password: person.password };
  return (await teller.done('Hazel follows the link, which signs in', 200, verifyEmail({ client: api(), body }))).data;
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

async function edit(client: Client): Promise<void> {
  teller.chapter('An edit');
  const shown = await showAccount(client);
  if (shown === null) throw new Error('there is no account to edit');
  const faster = await saveAccount(client, shown.version, { full_name: 'Hazel Nutt' });
  teller.expect(faster.kind, 'saved', 'who is faster is saved');
  const slower = await saveAccount(client, shown.version, { full_name: 'Hazel Tree' });
  const now = slower.kind === 'changed-meanwhile' ? slower.account.full_name : slower.kind;
  teller.expect(now, 'Hazel Nutt', 'who is slower sees what is there now');
  const version = slower.kind === 'changed-meanwhile' ? slower.version : '';
  const refused = await saveAccount(client, version, { username: 'x' });
  const places = refused.kind === 'refused' ? Object.keys(refused.faults) : [];
  teller.expect(places, ['/username'], 'the fault is at the field');
  const saved = await saveAccount(client, version, { full_name: 'Hazel Tree' });
  teller.expect(saved.kind, 'saved', 'with the version that is there now it is saved');
}

async function takeAllPages(client: Client): Promise<void> {
  teller.chapter('A list to its end');
  const listed: string[] = [];
  for await (const house of everyItem((cursor) => listProperties({ client, query: { limit: 1, cursor } }))) {
    listed.push(house.id);
  }
  teller.expect([listed.length, new Set(listed).size], [2, 2], 'everything is listed, and once');
  const refusal = await everyItem((cursor) => listProperties({ client: api(), query: { cursor } })).next().catch(typeOf);
  teller.expect(refusal, 'https://api.hestami.ai/problems/unauthenticated', 'a refused page is not taken for the end');
}

function typeOf(error: unknown): unknown {
  return (error as { type?: unknown }).type;
}

async function download(client: Client): Promise<void> {
  teller.chapter('A download');
  const file = await exportFile(client);
  const name = /^attachment; filename="hestami-export-[0-9TZ]+\.json"$/.test(file.headers.get('Content-Disposition') ?? '');
  teller.expect([file.status, name], [200, true], 'it is a file with a name');
  const told = (await file.json()) as DataExport;
  teller.expect(told.account?.email, person.email, 'all of it is there');
  const stranger = await exportFile(api());
  teller.expect([stranger.status, stranger.headers.has('Content-Disposition')], [401, false], 'a refusal is no file');
}

async function refreshOnce(): Promise<void> {
  teller.chapter('A page that refreshes by itself');
  const told: (TokenPair | null)[] = [];
  const client = sessionOf({ ...(await signIn()), access_token: 'this.has.expired' }, (pair) => told.push(pair));
  const sent: string[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (...request) => {
    const [asked] = request;
    sent.push((asked instanceof Request ? asked.url : String(asked)).replace(/^.*\/api\/v1/, ''));
    return real(...request);
  };
  try {
    const houses = await Promise.all([1, 2, 3].map(() => listProperties({ client })));
    teller.expect(houses.map(({ response }) => response.status), [200, 200, 200], 'three calls at once succeed');
    teller.expect(sent.filter((path) => path === '/auth/refresh').length, 1, 'after one refresh');
    teller.expect(told.length, 1, 'and the new pair is told once');
    const added = await addProperty(client, randomUUID(), { ...HOUSE, label: 'With a body' });
    teller.expect(added.kind, 'saved', 'a call with a body goes through as well');
    await logout({ client });
    const { response } = await listProperties({ client });
    teller.expect([response.status, told.at(-1)], [401, null], 'a session that is over is told to be');
  } finally {
    globalThis.fetch = real;
  }
}

async function signInWithACode(): Promise<void> {
  teller.chapter('A second factor');
  const client = api((await signIn()).access_token);
  const { secret } = (await teller.done('Hazel enrols', 200, startTotpEnrolment({ client }))).data;
  const confirmed = await teller.done('and confirms', 200, confirmTotpEnrolment({ client, body: { code: totp(secret, 0) } }));
  const asked = await teller.refused(
    'her password alone does not sign in',
    'mfa-required',
    login({ client: api(), body: { login: person.email, password: person.password } }),
  );
  const wrong = await secondStep(api(), asked.mfa_token, '000 000');
  teller.expect(wrong.kind, 'again', 'a wrong code is asked for again');
  const right = await secondStep(api(), asked.mfa_token, totp(secret, 1));
  teller.expect(right.kind, 'in', 'a code of the app signs in');
  const used = await secondStep(api(), asked.mfa_token, totp(secret, 1));
  teller.expect(used.kind, 'from-the-start', 'and the token is used up');
  const again = await teller.refused(
    'she signs in once more',
    'mfa-required',
    login({ client: api(), body: { login: person.email, password: person.password } }),
  );
  const recovered = await secondStep(api(), again.mfa_token, confirmed.data.recovery_codes[0] ?? '');
  teller.expect(recovered.kind, 'in', 'as does a recovery code');
}

/** RFC 6238: the code of this time step, or of a later one. */
function totp(secret: string, later: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const digest = createHmac('sha1', key).update(step).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function sendAPhoto(client: Client, token: string): Promise<void> {
  teller.chapter('A photo');
  const houses = await teller.done('Hazel chooses a property', 200, listProperties({ client, query: { limit: 1 } }));
  const form = new FormData();
  form.set('file', new Blob([Buffer.from(PICTURE, 'base64')]), 'kitchen.png');
  form.set('alt_text', 'The kitchen');
  const sent = new Request('http://localhost/', { method: 'POST', body: form, headers: { 'Idempotency-Key': randomUUID() } });
  const answer = await passOn(sent, `/homeowners/properties/${houses.data.items[0]?.id}`, token);
  teller.expect(answer.status, 201, 'it is passed on as a stream');
  const photo = await settled(client, ((await answer.json()) as Photo).id);
  if (!photo?.files || !photo.placeholder) throw new Error(`the photo is ${photo?.state}`);
  const widths = [160, 320, 640, 1200].map((width) => photoLoader({ src: photo.files?.full.webp ?? '', width }));
  teller.expect(widths.map((url) => /(\w+)\.webp\?/.exec(url)?.[1]), ['thumb', 'thumb', 'card', 'full'], 'each width has its file');
  const files = await Promise.all(widths.map(async (url) => (await fetch(url)).headers.get('Content-Type')));
  teller.expect(new Set(files), new Set(['image/webp']), 'which is there, and signed');
  teller.expect(averageColour(photo.placeholder), '#008080', 'and a colour until then');
}

async function watchWhatHappens(token: string): Promise<void> {
  teller.chapter('What happens, as it happens');
  const url = process.env.HESTAMI_URL ?? 'http://127.0.0.1:8000';
  const asked: (string | null)[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (target, options) => {
    asked.push(new Headers(options?.headers).get('Last-Event-ID'));
    return real(target, options);
  };
  try {
    const told: string[] = [];
    for await (const event of watch({ url, token: async () => token })) {
      told.push(event.event);
      if (told.length === 2) break;
    }
    teller.expect(told, ['OPENED', 'OPENED'], 'a stream that ends is opened again');
    teller.expect(asked, [null, '0'], 'after the last event of the one before');
  } finally {
    globalThis.fetch = real;
  }
  const strangers: string[] = [];
  for await (const event of watch({ url, token: async () => 'of.no.use' })) strangers.push(event.event);
  teller.expect(strangers, [], 'and ends for good where the session is over');
}

async function walk(): Promise<void> {
  const tokens = await arrive();
  const client = api(tokens.access_token);
  await fillAForm(api(tokens.access_token));
  await loseAnAnswer(api(tokens.access_token, '203.0.113.7'));
  await edit(client);
  await takeAllPages(client);
  await download(client);
  await sendAPhoto(client, tokens.access_token);
  await watchWhatHappens(tokens.access_token);
  await refreshOnce();
  await staySignedIn(tokens);
  await signInWithACode();
}

walk()
  .then(() => console.log('\nEvery recipe holds.'))
  .catch((surprise: unknown) => {
    console.error(`\nSurprise: ${surprise instanceof Error ? surprise.message : String(surprise)}`);
    process.exitCode = 1;
  });
