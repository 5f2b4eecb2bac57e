// A provider's system that is sent a webhook: it verifies the signature as docs/webhooks.md shows, and reads the event by its generated type.
import { readFileSync } from 'node:fs';
import { WebhookVerificationError } from 'standardwebhooks';
import type { PingEvent } from '../guide/lib/hestami';
import { eventOf } from '../guide/lib/webhook';

interface Sent {
  secret: string;
  body: string;
  headers: Record<string, string>;
}

const file = process.env["HESTAMI_WEBHOOK"];
if (file === undefined) throw new Error("HESTAMI_WEBHOOK names no file");
const sent = JSON.parse(readFileSync(file, "utf8")) as Sent;

const event = eventOf(sent.secret, sent.body, sent.headers) as PingEvent;
console.log(`verified: ${event.type} of ${event.data.webhook_id}`);

for (const [what, secret, body] of [
  ["another body", sent.secret, sent.body.replace("ping", "pong")],
  ["another secret", `whsec_${"A".repeat(32)}`, sent.body],
] as const) {
  try {
    eventOf(secret, body, sent.headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log(`refused: ${what}`);
  }
}
