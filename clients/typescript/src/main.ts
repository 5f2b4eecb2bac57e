// Walks the story: HESTAMI_URL is the service's address, HESTAMI_MAILBOX the folder of its development mails.
import { Journey } from './journey';
import { Mailbox } from './mailbox';
import { Teller } from './telling';

const url = process.env.HESTAMI_URL ?? 'http://127.0.0.1:8000';
const teller = new Teller();

new Journey(teller, `${url}/api/v1`, new Mailbox(process.env.HESTAMI_MAILBOX ?? '../../.data/mailbox'))
  .walk()
  .then(() => console.log(`\nThe story ended well, after ${teller.steps} steps, ${teller.refusals} of them refused.`))
  .catch((surprise: unknown) => {
    console.error(`\nSurprise: ${surprise instanceof Error ? surprise.message : String(surprise)}`);
    process.exitCode = 1;
  });
