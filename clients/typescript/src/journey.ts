// The whole story through the generated client: newcomers, a service that is published and found, a lost password.
import { randomBytes, randomUUID } from 'node:crypto';

import {
  confirmPasswordReset,
  createProperty,
  createService,
  deleteProperty,
  getAccount,
  getCurrentSession,
  getProperty,
  getProviderProfile,
  getService,
  listCategories,
  listProperties,
  login,
  logout,
  refreshSession,
  register,
  replaceProviderProfile,
  requestPasswordReset,
  searchServices,
  submitProviderProfile,
  submitService,
  updateAccount,
  verifyEmail,
  type CategoryNode,
  type PropertyCreate,
  type ProviderProfileReplace,
  type SearchServicesData,
  type Service,
  type ServiceCreate,
} from '../guide/lib/hestami';
import { createClient, createConfig, type Client } from '../guide/lib/hestami/client';
import { prove } from './licence';
import type { Mailbox } from './mailbox';
import { Person } from './people';
import { adviseOnRegistration, adviseOnSubmission } from './problems';
import type { Teller } from './telling';
import { Trade, type Business, type Home } from './trade';
import { Trust } from './trust';
import { Work } from './work';

const PRICE = 12_900;

const STREET = '1421 SE Alder Street';

const HOUSE: PropertyCreate = {
  label: 'Home on Alder Street',
  type: 'SINGLE_FAMILY_HOME',
  address: { line1: STREET, city: 'Portland', region: 'OR', country: 'US' },
  coordinates: { latitude: 45.5179, longitude: -122.6512 },
};

const PROFILE: ProviderProfileReplace = {
  business_name: 'Rose City Plumbing',
  about: 'Family plumbers on the east side of Portland since 1998.',
  phone: '+15035550170',
  base_point: { latitude: 45.5231, longitude: -122.6765 },
  service_radius_km: 40,
};

const OFFER: Omit<ServiceCreate, 'category_id'> = {
  title: 'Leaking tap repaired',
  description: 'We replace worn washers and cartridges. Common parts are included.',
  pricing: { kind: 'FIXED', price: { amount_minor: PRICE, currency: 'USD' } },
  duration_minutes: 60,
};

export class Journey {
  private readonly stranger: Client;
  private readonly pat: Person;
  private readonly homer: Person;
  private readonly rita: Person;
  private readonly ron: Person;
  private readonly nora: Person;

  constructor(
    private readonly teller: Teller,
    baseUrl: string,
    private readonly mailbox: Mailbox,
  ) {
    const mark = randomBytes(4).toString('hex');
    this.stranger = createClient(createConfig({ baseUrl }));
    this.pat = new Person('Pat the provider', `pat.${mark}@example.com`, 'Gravel-Path-2031', ['SERVICE_PROVIDER'], baseUrl);
    this.homer = new Person('Homer the homeowner', `homer.${mark}@example.com`, 'Copper-Kettle-58', ['HOMEOWNER'], baseUrl);
    this.rita = new Person('Rita', `rita.${mark}@example.com`, 'Copper-Elbow-77', ['SERVICE_PROVIDER'], baseUrl);
    this.ron = new Person('Ron', `ron.${mark}@example.com`, 'Brass-Valve-209', ['SERVICE_PROVIDER'], baseUrl);
    this.nora = new Person('Nora the neighbour', `nora.${mark}@example.com`, 'Willow-Fence-64', ['HOMEOWNER'], baseUrl);
  }

  private get people(): Person[] {
    return [this.pat, this.rita, this.ron, this.homer, this.nora];
  }

  async walk(): Promise<void> {
    await this.registerAll();
    await this.verifyAll();
    await this.signIn();
    await this.presentTheBusiness();
    const service = await this.publishAService();
    await prove(this.teller, this.stranger, this.pat.client, service);
    const house = await this.addAProperty();
    await this.find(service);
    await new Trust(this.teller, this.stranger, this.homer.client).walk(service);
    await this.trade({ propertyId: house, street: STREET, service });
    await this.stayAmongOnesOwn(service, house);
    await this.changeTheAccount();
    await this.refresh();
    await this.resetThePassword();
    await this.logOut();
  }

  private async registerAll(): Promise<void> {
    const { teller, homer, stranger: client } = this;
    teller.chapter('Newcomers register');
    const weak = { email: homer.email, password: 'password1', full_name: 'Homer Harper' };
    const problem = await teller.refused('a password that everybody uses', 'weak-password', register({ client, body: weak }));
    teller.expect(adviseOnRegistration(problem), '/password: password_common', 'the problem points at the field');
    await teller.refused(
      'a role that nobody may take',
      'validation-failed',
      // @ts-expect-error: the contract has no such role to ask for.
      register({ client, body: { email: homer.email, password: homer.password, full_name: 'Homer', roles: ['STAFF_ADMIN'] } }),
    );
    for (const { name, email, password, roles } of this.people) {
      await teller.done(`${name} registers`, 202, register({ client, body: { email, password, full_name: name, roles } }));
    }
  }

  private async verifyAll(): Promise<void> {
    const { teller, homer, stranger: client } = this;
    teller.chapter('They verify their addresses by the mailed links');
    await teller.refused(
      'Homer logs in before verifying',
      'invalid-credentials',
      login({ client, body: { login: homer.email, password: homer.password } }),
    );
    for (const person of this.people) {
      const token = await this.mailbox.token(person.email, 0);
      const body = { token, password: person.password };
      await teller.done(`${person.name} follows the link, which signs in`, 200, verifyEmail({ client, body }));
      if (person === homer) {
        await teller.refused('the same link once more', 'already-used', verifyEmail({ client, body }));
      }
    }
  }

  private async signIn(): Promise<void> {
    const { teller, homer, stranger: client } = this;
    teller.chapter('They sign in');
    await teller.refused(
      'a wrong password',
      'invalid-credentials',
      login({ client, body: { login: homer.email, password: 'Copper-Kettle-59' } }),
    );
    for (const person of this.people) {
      await this.login(person, `${person.name} logs in`);
    }
    const me = await teller.done('Homer asks who he is', 200, getCurrentSession({ client: homer.client }));
    teller.expect(me.data.roles, ['HOMEOWNER'], 'Homer is a homeowner');
    teller.expect(me.data.permissions.includes('property:write'), true, 'his menu may offer to add a property');
  }

  private async presentTheBusiness(): Promise<void> {
    const { teller } = this;
    const { client } = this.pat;
    teller.chapter('Pat presents the business');
    await teller.refused('reading a profile that is not there yet', 'not-found', getProviderProfile({ client }));
    const far = { ...PROFILE, service_radius_km: 4000 };
    await teller.refused('a service radius beyond 300 km', 'validation-failed', replaceProviderProfile({ client, body: far }));
    await teller.done('Pat fills the profile', 201, replaceProviderProfile({ client, body: PROFILE }));
  }

  private async publishAService(): Promise<Service> {
    const { teller } = this;
    const { client } = this.pat;
    const categories = await teller.done('Pat looks for a category', 200, listCategories({ client: this.stranger }));
    const category = leaf(categories.data.items);
    const request = { client, body: { ...OFFER, category_id: category.id }, headers: { 'Idempotency-Key': randomUUID() } };
    const made = await teller.done(`Pat adds a service in ${category.slug}`, 201, createService(request));
    const again = await teller.done("the answer got lost, Pat's client sends it again", 201, createService(request));
    teller.expect(again.data, made.data, 'the same request with the same key gives the same answer');
    teller.expect(again.headers.get('Idempotent-Replayed'), 'true', 'and says that it is the first one');
    const submit = { client, path: { service_id: made.data.id } };
    const early = await teller.refused(
      'publishing before the profile was submitted',
      'profile-required',
      submitService(submit),
    );
    teller.expect(adviseOnSubmission(early), 'Submit your business profile first.', 'the problem tells what to do');
    const profile = await teller.done('Pat submits the profile', 200, submitProviderProfile({ client }));
    teller.expect(profile.data.state, 'APPROVED', 'the profile is approved (MODERATION=auto)');
    const published = await teller.done('Pat submits the service', 200, submitService(submit));
    teller.expect(published.data.state, 'PUBLISHED', 'the service is published');
    const twice = await teller.refused('submitting it twice', 'invalid-transition', submitService(submit));
    teller.expect(twice.state, 'PUBLISHED', 'the problem tells the state');
    return published.data;
  }

  private async addAProperty(): Promise<string> {
    const { teller } = this;
    const { client } = this.homer;
    teller.chapter('Homer adds a property');
    const unknown = { ...HOUSE, owner_id: 'mine' };
    await teller.refused('a field that nobody knows', 'validation-failed', createProperty({ client, body: unknown }));
    const made = await teller.done('Homer adds his house', 201, createProperty({ client, body: HOUSE }));
    const { id } = made.data;
    teller.expect(made.headers.get('Location')?.endsWith(`/homeowners/properties/${id}`), true, 'Location leads to it');
    const listed = await teller.done('Homer lists his properties', 200, listProperties({ client, query: { country: 'US' } }));
    const ids = listed.data.items.map((item) => item.id);
    teller.expect(ids, [id], 'the list holds that house and nothing else');
    return id;
  }

  private async find(service: Service): Promise<void> {
    const { teller, stranger: client } = this;
    teller.chapter('Homer finds the service by category and price');
    const category = service.category.slug;
    const near = { category, currency: 'USD', min_price_minor: PRICE - 100, max_price_minor: PRICE + 100, sort: 'price' } as const;
    const misspelt = { ...near, prize: 1 };
    await teller.refused('a filter that is misspelt', 'validation-failed', searchServices({ client, query: misspelt }));
    await teller.refused(
      'a price without its currency',
      'validation-failed',
      searchServices({ client, query: { category, max_price_minor: 100 } }),
    );
    const found = await this.search('Homer searches around the price', near);
    teller.expect(found.includes(service.id), true, 'the service is among what was found');
    const cheap = await this.search('Homer searches far below it', { category, currency: 'USD', max_price_minor: 100 });
    teller.expect(cheap.includes(service.id), false, 'the service is not among what costs a dollar');
    const named = await this.search('Homer searches by words as he types them', { category, q: 'TÁP leak' });
    teller.expect(named.includes(service.id), true, 'the service is among what was found');
    const one = { client, path: { service_id: service.id } };
    const read = await teller.done('Homer reads it', 200, getService(one));
    teller.expect(read.data.title, OFFER.title, 'it is the service that Pat wrote');
    const { pricing } = read.data;
    teller.expect(pricing.kind === 'FIXED' && pricing.price.amount_minor, PRICE, 'at its fixed price');
    const known = { 'If-None-Match': read.headers.get('ETag') ?? '' };
    // The generated client takes all but 2xx for an error; 304 is told by the status.
    const { response } = await getService({ ...one, headers: known });
    teller.expect(response.status, 304, 'it has not changed since');
  }

  /** Three businesses are asked and one is hired; Homer and Pat come to two jobs, the second by staff. */
  private async trade(home: Home): Promise<void> {
    const { teller, stranger } = this;
    const { client } = this.homer;
    const pat = await this.businessOf('Pat', this.pat);
    const rita = await this.openABusiness(this.rita);
    const ron = await this.openABusiness(this.ron);
    const trade = new Trade(teller, stranger, client, home);
    const work = new Work(teller, stranger, client, pat);
    await work.sayWhen();
    const inquiry = await trade.ask(pat, rita, ron);
    await trade.decline(inquiry, ron);
    await trade.write(inquiry, pat);
    await work.visit(inquiry);
    const revised = await trade.quote(inquiry, pat, 9000);
    await trade.quote(inquiry, rita, 7500);
    await trade.accept(inquiry, await trade.quote(inquiry, pat, 8000, 1000), revised);
    await work.review(await work.carryOut(inquiry, home.street, rita));
    await work.beRated(this.nora.client);
    await work.dispute(await trade.agreeAgain(pat));
    await work.beTold('INQUIRY_DECLINED', 'QUOTE_RECEIVED', 'QUOTE_REVISED', 'VISIT_BOOKED', 'DISPUTE_DECIDED');
  }

  private async openABusiness(person: Person): Promise<Business> {
    const { teller } = this;
    const { client, name } = person;
    teller.chapter(`${name} opens a business, too`);
    const body = { ...PROFILE, business_name: `${name}'s Pipes` };
    await teller.done('the profile is filled', 201, replaceProviderProfile({ client, body }));
    await teller.done('and submitted', 200, submitProviderProfile({ client }));
    return this.businessOf(name, person);
  }

  private async businessOf(name: string, { client }: Person): Promise<Business> {
    const profile = await this.teller.done(`${name} looks at the profile`, 200, getProviderProfile({ client }));
    return { name, client, profileId: profile.data.id, slug: profile.data.slug };
  }

  private async stayAmongOnesOwn(service: Service, house: string): Promise<void> {
    const { teller } = this;
    const path = { property_id: house };
    const offer = { ...OFFER, category_id: service.category.id };
    teller.chapter('Everybody keeps to what is theirs');
    await teller.refused(
      'Homer offering a service (wrong role)',
      'forbidden',
      createService({ client: this.homer.client, body: offer }),
    );
    await teller.refused("Pat reading Homer's house (wrong role)", 'forbidden', getProperty({ client: this.pat.client, path }));
    const { client } = this.nora;
    await teller.refused("Nora reading Homer's house (foreign id)", 'not-found', getProperty({ client, path }));
    await teller.refused("Nora deleting Homer's house (foreign id)", 'not-found', deleteProperty({ client, path }));
    await teller.refused('a stranger listing properties', 'unauthenticated', listProperties({ client: this.stranger }));
  }

  private async changeTheAccount(): Promise<void> {
    const { teller } = this;
    const { client } = this.homer;
    teller.chapter('Homer changes his profile');
    const account = await teller.done('Homer reads his account', 200, getAccount({ client }));
    const headers = { 'If-Match': account.headers.get('ETag') ?? '' };
    const phone = '+15035550142';
    const changed = await teller.done('Homer gives his phone number', 200, updateAccount({ client, headers, body: { phone } }));
    teller.expect(changed.data.phone, phone, 'the phone number is kept');
    const stale = updateAccount({ client, headers, body: { phone: null } });
    await teller.refused('his other tab still holds the old version', 'precondition-failed', stale);
    const body = { roles: ['STAFF_ADMIN'] };
    // @ts-expect-error: an account's roles are not among what its owner changes.
    await teller.refused('making himself an administrator', 'validation-failed', updateAccount({ client, body }));
  }

  private async refresh(): Promise<void> {
    const { teller, homer, stranger: client } = this;
    teller.chapter("Homer's tokens are refreshed");
    const first = homer.refreshToken;
    for (const words of ["Homer's client refreshes its tokens", 'and once more, later']) {
      const pair = await teller.done(words, 200, refreshSession({ client, body: { refresh_token: homer.refreshToken } }));
      homer.tokens = pair.data;
    }
    await teller.done('the new access token is good', 200, getCurrentSession({ client: homer.client }));
    await teller.refused(
      'somebody presents a refresh token of long ago',
      'invalid-refresh-token',
      refreshSession({ client, body: { refresh_token: first } }),
    );
    const ended = getCurrentSession({ client: homer.client });
    await teller.refused('which ended the session, as it may have been stolen', 'invalid-token', ended);
    await this.login(homer, 'Homer logs in again');
  }

  private async resetThePassword(): Promise<void> {
    const { teller, homer, stranger: client } = this;
    teller.chapter('Homer forgets his password');
    const before = await this.mailbox.count(homer.email);
    await teller.done('Homer asks for a mail', 202, requestPasswordReset({ client, body: { email: homer.email } }));
    const token = await this.mailbox.token(homer.email, before);
    const weak = { token, new_password: 'password1' };
    const strong = { token, new_password: 'Birch-Window-77' };
    await teller.refused('a new password that everybody uses', 'weak-password', confirmPasswordReset({ client, body: weak }));
    await teller.done('Homer sets a new one', 204, confirmPasswordReset({ client, body: strong }));
    await teller.refused('the same link once more', 'already-used', confirmPasswordReset({ client, body: strong }));
    await teller.refused('the old access token', 'invalid-token', getAccount({ client: homer.client }));
    const old = { login: homer.email, password: homer.password };
    await teller.refused('the old password', 'invalid-credentials', login({ client, body: old }));
    homer.password = strong.new_password;
    await this.login(homer, 'Homer logs in with the new one');
  }

  private async logOut(): Promise<void> {
    const { teller, homer } = this;
    teller.chapter('Homer goes home');
    await teller.done('Homer logs out', 204, logout({ client: homer.client }));
    const after = getCurrentSession({ client: homer.client });
    await teller.refused('the token of the ended session', 'invalid-token', after);
    const body = { refresh_token: homer.refreshToken };
    await teller.refused('its refresh token', 'invalid-refresh-token', refreshSession({ client: this.stranger, body }));
  }

  private async login(person: Person, words: string): Promise<void> {
    const body = { login: person.email, password: person.password };
    person.tokens = (await this.teller.done(words, 200, login({ client: this.stranger, body }))).data;
  }

  /** The ids on all pages, following the cursor. */
  private async search(words: string, filters: NonNullable<SearchServicesData['query']>): Promise<string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.teller.done(words, 200, searchServices({ client: this.stranger, query: { ...filters, cursor } }));
      found.push(...page.data.items.map((item) => item.id));
      cursor = page.data.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return found;
  }
}

function leaf(nodes: readonly CategoryNode[]): CategoryNode {
  const [node] = nodes;
  if (node === undefined) {
    throw new Error('there is no category');
  }
  return node.children.length === 0 ? node : leaf(node.children);
}
