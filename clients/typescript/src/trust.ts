// The part of the story from a search to what is kept: a typo, distances, a public page, favourites, a saved search.
import {
  countServices,
  createSavedSearch,
  getProvider,
  keepProvider,
  keepService,
  listFavourites,
  listSavedSearches,
  searchProviders,
  searchServices,
  suggestPlaces,
  type Service,
} from '../guide/lib/hestami';
import type { Client } from '../guide/lib/hestami/client';
import type { Teller } from './telling';

const TYPO = 'laeking';
const CORRECTED = 'leaking';

export class Trust {
  constructor(
    private readonly teller: Teller,
    private readonly stranger: Client,
    private readonly homeowner: Client,
  ) {}

  async walk(service: Service): Promise<void> {
    const place = await this.place();
    await this.compare(service, place);
    await this.openThePage(service);
    await this.keep(service);
    await this.saveTheSearch(place);
  }

  private async place(): Promise<string> {
    const { teller, stranger: client } = this;
    teller.chapter('Homer says where he lives');
    const query = { q: '97214', country: 'US' } as const;
    const found = await teller.done('he types his postal code', 200, suggestPlaces({ client, query }));
    teller.expect(found.data.items.map((place) => place.name), ['97214'], 'it is suggested');
    return found.data.items[0]?.id ?? '';
  }

  private async compare(service: Service, place: string): Promise<void> {
    const { teller, stranger: client } = this;
    teller.chapter('Homer searches with a typo, and compares by distance');
    const query = { q: TYPO, category: service.category.slug, place, radius_km: 50, sort: 'distance', limit: 100 } as const;
    // The words of what was published a moment ago are known after some seconds.
    const page = await teller.until(
      'he types in a hurry',
      () => searchServices({ client, query }),
      ({ items }) => items.length > 0,
    );
    teller.expect(page.corrected_query, CORRECTED, 'what he meant is searched for');
    const distances = page.items.flatMap((item) => item.distance_km ?? []);
    teller.expect(distances.length, page.items.length, 'everything has a distance');
    teller.expect(distances, distances.toSorted((one, other) => one - other), 'the nearest come first');
    const verbatim = searchServices({ client, query: { ...query, verbatim: true } });
    const typed = await teller.done('he insists on his spelling', 200, verbatim);
    teller.expect([typed.data.items, typed.data.corrected_query], [[], null], 'nothing is found');
    const narrow = { q: CORRECTED, category: service.category.slug, place, currency: 'USD' } as const;
    const facets = await teller.done('he looks what he could narrow by', 200, countServices({ client, query: narrow }));
    const fixed = facets.data.pricing.find((facet) => facet.pricing === 'FIXED');
    teller.expect((fixed?.count.count ?? 0) > 0, true, 'there is something at a fixed price');
    const nowhere = { q: CORRECTED, sort: 'distance' } as const;
    await teller.refused('a distance from nowhere', 'validation-failed', searchServices({ client, query: nowhere }));
  }

  private async openThePage(service: Service): Promise<void> {
    const { teller, stranger: client } = this;
    const { slug, business_name: q } = providerOf(service);
    teller.chapter('Homer opens the page of the business');
    const cards = await teller.done('he looks for it by its name', 200, searchProviders({ client, query: { q, limit: 100 } }));
    teller.expect(cards.data.items.some((card) => card.slug === slug), true, 'it is found');
    const page = await teller.done('he opens it', 200, getProvider({ client, path: { slug } }));
    const shown = page.data.services.flatMap((group) => group.items.map((item) => item.id));
    teller.expect(shown.includes(service.id), true, 'the service is there');
    const headers = { 'If-None-Match': page.headers.get('ETag') ?? '' };
    const { response } = await getProvider({ client, path: { slug }, headers });
    teller.expect(response.status, 304, 'it has not changed since');
  }

  private async keep(service: Service): Promise<void> {
    const { teller, homeowner: client } = this;
    teller.chapter('Homer keeps what he liked');
    await teller.done('the service', 200, keepService({ client, path: { service_id: service.id } }));
    await teller.done('its business', 200, keepProvider({ client, path: { profile_id: providerOf(service).id } }));
    const kept = await teller.done('he lists them', 200, listFavourites({ client }));
    teller.expect(kept.data.items.map((one) => one.available), [true, true], 'both are available');
  }

  private async saveTheSearch(place: string): Promise<void> {
    const { teller, homeowner: client } = this;
    teller.chapter('Homer saves the search');
    const body = { name: 'Taps near home', filters: { q: CORRECTED, place, radius_km: 50 }, frequency: 'DAILY' } as const;
    const saved = await teller.done('with a daily mail', 201, createSavedSearch({ client, body }));
    const listed = await teller.done('he lists them', 200, listSavedSearches({ client }));
    teller.expect(listed.data.items.map((one) => one.id), [saved.data.id], 'there it is');
  }
}

function providerOf(service: Service): NonNullable<Service['provider']> {
  if (service.provider === null) {
    throw new Error('a published service has a business');
  }
  return service.provider;
}
