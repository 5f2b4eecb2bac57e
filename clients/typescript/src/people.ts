// The people of the story.
import type { RegistrationRole, TokenPair } from '../guide/lib/hestami';
import { createClient, createConfig, type Client } from '../guide/lib/hestami/client';

/** Somebody in the story, with a client that sends their newest access token. */
export class Person {
  tokens: TokenPair | undefined;
  readonly client: Client;

  constructor(
    readonly name: string,
    readonly email: string,
    public password: string,
    readonly roles: RegistrationRole[],
    baseUrl: string,
  ) {
    this.client = createClient(createConfig({ baseUrl, auth: () => this.tokens?.access_token }));
  }

  get refreshToken(): string {
    return this.tokens?.refresh_token ?? '';
  }
}
