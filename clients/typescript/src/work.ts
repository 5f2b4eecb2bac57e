// The part of the story from a visit to a rating: a job is changed, completed and reviewed, and another one disputed.
import {
  acceptVisit,
  completeJob,
  createReview,
  decideDispute,
  deliverJob,
  disputeJob,
  getJob,
  getJobAddress,
  getProvider,
  listDisputes,
  listJobReviews,
  listJobs,
  listNotifications,
  listProviderReviews,
  listSlots,
  listVisits,
  markNotificationsRead,
  replaceAvailability,
  replyToReview,
  requestJobChanges,
  requestVisit,
  scheduleJob,
  startJob,
  type Inquiry,
  type Job,
  type NotificationKind,
  type ReviewCreate,
  type Slot,
  type Weekday,
} from '../guide/lib/hestami';
import type { Client } from '../guide/lib/hestami/client';
import { moderator } from './staff';
import type { Teller } from './telling';
import { recipientOf, type Business } from './trade';

const DAYS: Weekday[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const HOUR = 3_600_000;
const STATEMENT = 'The photos show that the second tap was not part of it. What was agreed is done.';

export class Work {
  constructor(
    private readonly teller: Teller,
    private readonly stranger: Client,
    private readonly homeowner: Client,
    private readonly business: Business,
  ) {}

  /** Says when the business works. */
  async sayWhen(): Promise<void> {
    const { teller } = this;
    const { client, name } = this.business;
    teller.chapter(`${name} says when he works`);
    const weekly = DAYS.map((weekday) => ({ weekday, starts: '08:00', ends: '18:00' }));
    const body = { time_zone: 'America/Los_Angeles', weekly } as const;
    await teller.done('every day from eight to six', 201, replaceAvailability({ client, body }));
  }

  /** Has the business come and look, at a time that it is free. */
  async visit(inquiry: Inquiry): Promise<void> {
    const { teller, homeowner: client, business } = this;
    teller.chapter('Homer asks for a visit before there is a quote');
    const { starts_at } = first(await this.free('he looks when Pat is free'));
    const path = { inquiry_id: inquiry.id, recipient_id: recipientOf(inquiry, business) };
    const asked = await teller.done('he asks for the first hour', 201, requestVisit({ client, path, body: { starts_at } }));
    const { id: visit_id } = asked.data;
    const agreed = await teller.done('Pat will come', 200, acceptVisit({ client: business.client, path: { visit_id } }));
    teller.expect(agreed.data.state, 'BOOKED', 'the visit is booked');
    const query = { side: 'HOMEOWNER', inquiry_id: inquiry.id } as const;
    const planned = await teller.done('Homer lists his visits', 200, listVisits({ client, query }));
    teller.expect(planned.data.items.map((one) => one.id), [visit_id], 'it is there');
    const free = await this.free('and looks again');
    teller.expect(free.some((slot) => slot.starts_at === starts_at), false, 'the hour is taken');
  }

  /** Agrees on a time, begins, delivers, changes and completes the job of an inquiry; returns its id. */
  async carryOut(inquiry: Inquiry, street: string, notFor: Business): Promise<string> {
    const { teller, homeowner } = this;
    const { client } = this.business;
    teller.chapter('Pat comes, and Homer gets what was agreed');
    const path = { job_id: (await this.jobOf(inquiry)).id };
    await this.agreeOnATime(path);
    const unchosen = getJobAddress({ client: notFor.client, path });
    await teller.refused(`${notFor.name} reading where it is`, 'not-found', unchosen);
    const place = await teller.done('Pat reads where to go', 200, getJobAddress({ client, path }));
    teller.expect(place.data.address.line1, street, "it is Homer's house");
    const early = completeJob({ client: homeowner, path });
    const refused = await teller.refused('completing what has not begun', 'invalid-transition', early);
    teller.expect(refused.state, 'SCHEDULED', 'the problem tells the state');
    await teller.done('Pat begins', 200, startJob({ client, path }));
    await teller.done('and says that it is done', 200, deliverJob({ client, path }));
    const drips = { text: 'It still drips at night.' };
    const changed = await teller.done('Homer asks for changes', 200, requestJobChanges({ client: homeowner, path, body: drips }));
    teller.expect(changed.data.state, 'CHANGES_REQUESTED', 'Pat has to come again');
    await teller.done('Pat delivers again', 200, deliverJob({ client, path }));
    const { data: ended } = await teller.done('Homer accepts it', 200, completeJob({ client: homeowner, path }));
    teller.expect([ended.state, ended.completed_by], ['COMPLETED', 'HOMEOWNER'], 'the job is completed');
    return path.job_id;
  }

  /** Lets both say how it was; neither reads the words of the other first. */
  async review(job_id: string): Promise<void> {
    const { teller, homeowner } = this;
    const { client, slug } = this.business;
    const path = { job_id };
    teller.chapter('Homer and Pat say how it was');
    const mine: ReviewCreate = { rating: 4, punctuality: 3, quality: 5, value: 4, text: 'Quiet again, at the second try.' };
    await teller.done('Homer reviews the job', 201, createReview({ client: homeowner, path, body: mine }));
    const twice = createReview({ client: homeowner, path, body: mine });
    await teller.refused('reviewing it again', 'already-reviewed', twice);
    const blind = await teller.done('Pat looks', 200, listJobReviews({ client, path }));
    teller.expect(blind.data.items, [], "he does not read Homer's words before he has written");
    const theirs = { rating: 5, text: 'Friendly, and the way was free.' };
    await teller.done('Pat reviews Homer', 201, createReview({ client, path, body: theirs }));
    const page = await teller.until(
      'a stranger reads the reviews',
      () => listProviderReviews({ client: this.stranger, path: { slug } }),
      ({ items }) => items.length === 1,
    );
    teller.expect(page.items[0]?.text, mine.text, 'it is what Homer wrote');
    const body = { text: 'The first washer was of the wrong size.' };
    await teller.done('Pat replies', 200, replyToReview({ client, path, body }));
  }

  /** Lets the job of an inquiry end in a dispute, which staff decide. */
  async dispute(inquiry: Inquiry): Promise<void> {
    const { teller } = this;
    const { client } = this.business;
    teller.chapter('They cannot agree about a second job, and staff decide');
    const path = { job_id: (await this.jobOf(inquiry)).id };
    await teller.done('Pat begins', 200, startJob({ client, path }));
    const words = { text: 'The second tap was not changed.' };
    await teller.done('Homer opens a dispute', 200, disputeJob({ client: this.homeowner, path, body: words }));
    await teller.refused('delivering meanwhile', 'invalid-transition', deliverJob({ client, path }));
    const body = { outcome: 'COMPLETED', statement: STATEMENT } as const;
    await teller.refused('Pat deciding it himself', 'forbidden', decideDispute({ client, path, body }));
    const staff = await moderator(teller, this.stranger);
    const waiting = await teller.done('and looks what waits', 200, listDisputes({ client: staff, query: { limit: 100 } }));
    teller.expect(waiting.data.items.some((one) => one.id === path.job_id), true, 'it is there');
    await teller.done('and decides', 200, decideDispute({ client: staff, path, body }));
    const told = await teller.done('Pat reads it', 200, getJob({ client, path }));
    teller.expect(told.data.dispute?.decision?.statement, STATEMENT, 'with the reasons');
  }

  /** Shows the new rating to a second homeowner. */
  async beRated(client: Client): Promise<void> {
    const { teller } = this;
    teller.chapter('Nora compares businesses');
    const page = await teller.done("she opens Pat's page", 200, getProvider({ client, path: { slug: this.business.slug } }));
    const { average, review_count, punctuality, quality, value } = page.data.rating;
    teller.expect([average, review_count], [4, 1], 'she sees the new rating');
    teller.expect([punctuality, quality, value], [3, 5, 4], 'and what it is made of');
  }

  /** Shows the homeowner what has happened meanwhile. */
  async beTold(...kinds: NotificationKind[]): Promise<void> {
    const { teller, homeowner: client } = this;
    teller.chapter('Homer reads what has happened');
    const page = await teller.until(
      'he opens his notifications',
      () => listNotifications({ client, query: { limit: 100 } }),
      ({ items }) => kinds.every((kind) => items.some((one) => one.kind === kind)),
    );
    teller.expect(page.unread_count, page.items.length, 'he has read none of them yet');
    const body = { last_number: page.items[0]?.number ?? 0 };
    const left = await teller.done('now he has', 200, markNotificationsRead({ client, body }));
    teller.expect(left.data.unread_count, 0, 'none is left');
  }

  private async agreeOnATime(path: { job_id: string }): Promise<void> {
    const { teller } = this;
    // More than a day away, so that nobody has to confirm it.
    const { starts_at } = first(await this.free('Pat looks when he is free', 3));
    const ends_at = new Date(Date.parse(starts_at) + 2 * HOUR).toISOString();
    const set = scheduleJob({ client: this.business.client, path, body: { starts_at, ends_at } });
    const agreed = await teller.done('he sets a time', 200, set);
    teller.expect([agreed.data.starts_at, agreed.data.proposal], [starts_at, null], 'it holds at once');
    const free = await this.free('Homer looks, too', 3);
    teller.expect(free.some((slot) => slot.starts_at === starts_at), false, 'the time is taken');
  }

  private async jobOf(inquiry: Inquiry): Promise<Job> {
    const query = { side: 'HOMEOWNER', inquiry_id: inquiry.id } as const;
    const jobs = await this.teller.done('there is a job now', 200, listJobs({ client: this.homeowner, query }));
    return first(jobs.data.items);
  }

  private async free(words: string, days = 0): Promise<Slot[]> {
    const from_date = new Date(Date.now() + days * 24 * HOUR).toISOString().slice(0, 10);
    const slots = listSlots({ client: this.stranger, path: { slug: this.business.slug }, query: { from_date } });
    return (await this.teller.done(words, 200, slots)).data.items;
  }
}

function first<T>(items: readonly T[]): T {
  const [one] = items;
  if (one === undefined) {
    throw new Error('there is nothing');
  }
  return one;
}
