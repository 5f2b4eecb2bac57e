// The provider proves a licence; a moderator verifies it.
import { createVerification, decideVerification, getProvider, searchServices, type Service } from '../guide/lib/hestami';
import type { Client } from '../guide/lib/hestami/client';
import { moderator } from './staff';
import type { Teller } from './telling';

const PDF = '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n';
const LICENCE = {
  kind: 'LICENCE',
  title: 'Master plumber',
  number: 'PL-20931',
  authority: 'Oregon Building Codes Division',
  country: 'US',
} as const;

/** Sends a licence in, has it verified, and finds the service among those whose provider has one. */
export async function prove(teller: Teller, stranger: Client, provider: Client, service: Service): Promise<void> {
  teller.chapter('Pat proves that he has a licence');
  const document = new File([PDF], 'licence.pdf', { type: 'application/pdf' });
  const sent = await teller.done('he sends it in', 201, createVerification({ client: provider, body: { ...LICENCE, document } }));
  const decision = { path: { verification_id: sent.data.id }, body: { decision: 'VERIFY' } } as const;
  await teller.refused('verifying it himself', 'forbidden', decideVerification({ client: provider, ...decision }));
  const client = await moderator(teller, stranger);
  const decided = await teller.done('and verifies it', 200, decideVerification({ client, ...decision }));
  teller.expect(decided.data.state, 'VERIFIED', 'it counts from now on');
  const path = { slug: service.provider?.slug ?? '' };
  const page = await teller.done('a stranger opens the page', 200, getProvider({ client: stranger, path }));
  teller.expect(page.data.licences.map((one) => one.title), [LICENCE.title], 'the licence is there');
  const query = { q: service.title, verified: true, limit: 100 };
  const found = await teller.done('and looks for those who have one', 200, searchServices({ client: stranger, query }));
  teller.expect(found.data.items.some((one) => one.id === service.id), true, 'the service is among them');
}
