// A provider's system that is sent a webhook: it verifies the signature with the published library, and reads the event by its generated type.
import { readFileSync } from 'node:fs';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { PingEvent } from '../guide/lib/hestami';

interface Sent {
  secret: string;
  body: string;
  headers: Record<string, string>;
}

const file = process.env["HESTAMI_WEBHOOK"];
if (file === undefined) throw new Error("HESTAMI_WEBHOOK names no file");
const sent = JSON.parse(readFileSync(file, "utf8")) as Sent;

const event = new Webhook(sent.secret).verify(sent.body, sent.headers) as PingEvent;
console.log(`verified: ${event.type} of ${event.data.webhook_id}`);

for (const [what, secret, body] of [
  ["another body", sent.secret, sent.body.replace("ping", "pong")],
  ["another secret", `whsec_${"A".repeat(32)}`, sent.body],
] as const) {
  try {
    new Webhook(secret).verify(body, sent.headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log(`refused: ${what}`);
  }
}
