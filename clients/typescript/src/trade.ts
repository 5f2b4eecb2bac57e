// The part of the story from a question to an accepted quote: three businesses are asked, and one is chosen.
import { randomUUID } from 'node:crypto';

import {
  acceptQuote,
  createInquiry,
  createQuote,
  declineInquiry,
  getCategoryQuestions,
  getInquiry,
  getQuote,
  getQuoteDocument,
  getReceivedInquiry,
  listReceivedInquiryMessages,
  listReceivedQuotes,
  matchProviders,
  sendQuote,
  sendRecipientMessage,
  type Inquiry,
  type InquiryCreate,
  type InquiryRecipientChoice,
  type Quote,
  type QuoteCreate,
  type QuoteLineCreate,
  type Service,
} from '../guide/lib/hestami';
import type { Client } from '../guide/lib/hestami/client';
import { answersTo } from './answers';
import type { Teller } from './telling';

const TAP: QuoteLineCreate = {
  description: 'Mixer tap',
  quantity_thousandths: 1000,
  unit: 'piece',
  unit_price_minor: 12_000,
  tax_basis_points: 1000,
};

/** A provider of the story, with the client that they are signed in with, and their page. */
export interface Business {
  name: string;
  client: Client;
  profileId: string;
  slug: string;
}

/** A house, and the work that is to be done there. */
export interface Home {
  propertyId: string;
  street: string;
  service: Service;
}

export class Trade {
  constructor(
    private readonly teller: Teller,
    private readonly stranger: Client,
    private readonly homeowner: Client,
    private readonly home: Home,
  ) {}

  /** Asks the business that offers the service, and others by their names. */
  async ask(chosen: Business, ...others: Business[]): Promise<Inquiry> {
    const { teller, homeowner: client, home } = this;
    const { category } = home.service;
    teller.chapter(`Homer asks ${1 + others.length} businesses`);
    const work = { property_id: home.propertyId, category_id: category.id };
    const { items } = (await teller.done('he is proposed who would fit', 200, matchProviders({ client, body: work }))).data;
    const sums = items.map((one) => one.reasons.reduce((sum, reason) => sum + reason.points, 0));
    teller.expect(items.map((one) => one.score), sums, 'each proposal is explained');
    const read = getCategoryQuestions({ client: this.stranger, path: { slug: category.slug } });
    const asked = (await teller.done('he sees what is asked about such work', 200, read)).data;
    const recipients: InquiryRecipientChoice[] = [
      { kind: 'SERVICE', id: home.service.id },
      ...others.map((one) => ({ kind: 'PROVIDER' as const, id: one.profileId })),
    ];
    const body: InquiryCreate = {
      ...work,
      title: 'The kitchen tap drips',
      details: 'It has dripped for a week. Call me at +1 503 555 0142.',
      questions_version: asked.version,
      answers: answersTo(asked.questions),
      timing: { kind: 'FLEXIBLE' },
      budget: { amount_minor: 40_000, currency: 'USD' },
      recipients,
    };
    const request = { client, body, headers: { 'Idempotency-Key': randomUUID() } };
    const inquiry = (await teller.done('he asks them', 201, createInquiry(request))).data;
    const again = await teller.done('his browser sends it once more', 201, createInquiry(request));
    teller.expect(again.data, inquiry, 'nobody is asked twice');
    await this.readBeforeTheAcceptance(inquiry, chosen, others.length);
    return inquiry;
  }

  /** Lets one of them decline, for a reason that the homeowner reads. */
  async decline(inquiry: Inquiry, by: Business): Promise<void> {
    const { teller } = this;
    const path = { inquiry_id: inquiry.id };
    teller.chapter(`${by.name} has no time`);
    const body = { decline_reason: 'TOO_FAR', note: 'It is across the river.' } as const;
    const declined = await teller.done('and declines', 200, declineInquiry({ client: by.client, path, body }));
    teller.expect(declined.data.state, 'DECLINED', 'that is an answer, too');
    const late = createQuote({ client: by.client, path, body: offer(9000) });
    const over = await teller.refused('quoting after all', 'invalid-transition', late);
    teller.expect(over.state, 'DECLINED', 'the problem tells the state');
    const seen = await teller.done('Homer looks', 200, getInquiry({ client: this.homeowner, path }));
    teller.expect(seen.data.recipients.some((one) => one.decline_reason === 'TOO_FAR'), true, 'he reads why');
  }

  /** Writes to one of them, who reads it without the number in it. */
  async write(inquiry: Inquiry, to: Business): Promise<void> {
    const { teller } = this;
    const path = { inquiry_id: inquiry.id, recipient_id: recipientOf(inquiry, to) };
    teller.chapter(`Homer writes to ${to.name}`);
    const body = { text: 'Is the valve yours as well? +1 503 555 0142' };
    const sent = await teller.done('he sends a message', 201, sendRecipientMessage({ client: this.homeowner, path, body }));
    teller.expect(sent.data.masked, ['PHONE'], 'he is told that the number is not shown');
    const listed = listReceivedInquiryMessages({ client: to.client, path: { inquiry_id: inquiry.id } });
    const page = await teller.done('it is read', 200, listed);
    teller.expect(page.data.items.some((one) => one.text?.includes('555')), false, 'without the number');
  }

  /** Lets one of them write a quote and send it; the discount is in hundredths of a percent. */
  async quote(inquiry: Inquiry, by: Business, price: number, discount?: number): Promise<Quote> {
    const { teller } = this;
    const { client } = by;
    teller.chapter(`${by.name} quotes`);
    const headers = { 'Idempotency-Key': randomUUID() };
    const written = createQuote({ client, path: { inquiry_id: inquiry.id }, headers, body: offer(price, discount) });
    const draft = await teller.done('a draft is written', 201, written);
    const path = { quote_id: draft.data.id };
    teller.expect(draft.data.state, 'DRAFT', 'which nobody else sees');
    await teller.refused('Homer reading the draft', 'not-found', getQuote({ client: this.homeowner, path }));
    const { data: sent } = await teller.done('and sent', 200, sendQuote({ client, path }));
    const net = sent.lines.reduce((sum, line) => sum + line.net_minor, 0) - sent.discount_minor;
    teller.expect(sent.gross_minor, net + sent.tax_minor, 'the service has added it up');
    return sent;
  }

  /** Compares what they offer, and accepts one quote. */
  async accept(inquiry: Inquiry, best: Quote, revised: Quote): Promise<void> {
    const { teller, homeowner: client } = this;
    const asked = { inquiry_id: inquiry.id };
    const path = { quote_id: best.id };
    teller.chapter('Homer compares the quotes, and accepts one');
    teller.expect(best.revises_id, revised.id, 'a quote says which one it takes the place of');
    const listed = await teller.done('he compares them', 200, listReceivedQuotes({ client, path: asked }));
    const states = listed.data.items.map((one) => one.state).toSorted();
    teller.expect(states, ['SENT', 'SENT', 'WITHDRAWN'], 'two are open');
    const paper = await teller.done('he keeps it on paper', 200, getQuoteDocument({ client, path, parseAs: 'blob' }));
    teller.expect(paper.headers.get('Content-Type'), 'application/pdf', 'as a PDF');
    const gone = acceptQuote({ client, path: { quote_id: revised.id } });
    await teller.refused('accepting what was revised', 'invalid-transition', gone);
    const read = await teller.done('he reads the best', 200, getQuote({ client, path }));
    const headers = { 'If-Match': read.headers.get('ETag') ?? '' };
    const accepted = await teller.done('and accepts just what he has read', 200, acceptQuote({ client, path, headers }));
    teller.expect(accepted.data.state, 'ACCEPTED', 'that is agreed');
    const ended = await teller.done('he looks at his inquiry', 200, getInquiry({ client, path: asked }));
    const found = [ended.data.state, ...ended.data.recipients.map((one) => one.state).toSorted()];
    teller.expect(found, ['ACCEPTED', 'DECLINED', 'LOST', 'QUOTED'], 'one is chosen');
  }

  /** Comes to a second job with a business: asks nobody else, and accepts its first quote. */
  async agreeAgain(business: Business): Promise<Inquiry> {
    const inquiry = await this.ask(business);
    const { id } = await this.quote(inquiry, business, 9000);
    const accepted = acceptQuote({ client: this.homeowner, path: { quote_id: id } });
    await this.teller.done('Homer accepts it', 200, accepted);
    return inquiry;
  }

  private async readBeforeTheAcceptance(inquiry: Inquiry, reader: Business, others: number): Promise<void> {
    const { teller } = this;
    const received = getReceivedInquiry({ client: reader.client, path: { inquiry_id: inquiry.id } });
    const { data: read } = await teller.done(`${reader.name} reads it`, 200, received);
    teller.expect([read.state, read.others_asked], ['VIEWED', others], 'and how many others were asked');
    teller.expect(JSON.stringify(read).includes(this.home.street), false, 'but not where Homer lives');
    teller.expect(read.details.includes('555'), false, 'nor his number');
  }
}

/** The recipient that a business is in an inquiry. */
export function recipientOf(inquiry: Inquiry, business: Business): string {
  const found = inquiry.recipients.find((one) => one.provider?.id === business.profileId);
  if (found === undefined) {
    throw new Error(`${business.name} was not asked`);
  }
  return found.id;
}

function offer(price: number, discount?: number): QuoteCreate {
  const hours = {
    description: 'Tap fitted',
    quantity_thousandths: 2000,
    unit: 'hour',
    unit_price_minor: price,
    tax_basis_points: 0,
  };
  return {
    currency: 'USD',
    lines: [hours, TAP],
    valid_days: 14,
    terms: 'Two years of warranty.',
    discount: discount === undefined ? null : { kind: 'PERCENT', basis_points: discount },
  };
}
