// Reads the folder of .eml files into which a service in development puts its mail.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 25;

export class Mailbox {
  constructor(private readonly folder: string) {}

  /** How many mails with a token the address has received so far. */
  async count(address: string): Promise<number> {
    return (await this.tokens(address)).length;
  }

  /** Waits for a mail to the address, beyond the first so many, and returns the token of its link. */
  async token(address: string, after: number): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const tokens = await this.tokens(address);
      const newest = tokens.at(-1);
      if (newest !== undefined && tokens.length > after) {
        return newest;
      }
      await pause(LOOK_EVERY_MS);
    }
    throw new Error(`no mail to ${address} came into ${this.folder} within ${PATIENCE_MS / 1000} s`);
  }

  /** Tokens that were mailed to the address, oldest first: the names of the files begin with ids that grow. */
  private async tokens(address: string): Promise<string[]> {
    const names = (await readdir(this.folder).catch(nothingYet)).filter((name) => name.endsWith('.eml')).sort();
    const mails = await Promise.all(names.map((name) => readFile(join(this.folder, name), 'latin1')));
    return mails
      .filter((mail) => recipients(mail).includes(address))
      .flatMap((mail) => /https?:\/\/[^\s<>"#]+#([A-Za-z0-9._~-]+)/.exec(plainText(mail))?.[1] ?? []);
  }
}

/** The service makes the folder with the first mail. */
function nothingYet(error: NodeJS.ErrnoException): string[] {
  if (error.code !== 'ENOENT') {
    throw error;
  }
  return [];
}

function recipients(mail: string): string {
  return /^To: (.*(?:\r?\n[ \t].*)*)/m.exec(mail)?.[1] ?? '';
}

function plainText(mail: string): string {
  const boundary = /boundary="?([^"\r\n]+)"?/.exec(mail)?.[1];
  const parts = boundary === undefined ? [mail] : mail.split(`--${boundary}`);
  const part = parts.find((candidate) => /^Content-Type: text\/plain/im.test(candidate)) ?? '';
  const [head = '', ...body] = part.split(/\r?\n\r?\n/);
  const text = body.join('\n\n');
  const encoding = /^Content-Transfer-Encoding: (\S+)/im.exec(head)?.[1]?.toLowerCase();
  switch (encoding) {
    case 'base64':
      return Buffer.from(text, 'base64').toString('utf8');
    case 'quoted-printable':
      return text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    default:
      return text;
  }
}
