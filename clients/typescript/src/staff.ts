// A moderator of the story: of the demo, or HESTAMI_STAFF (e-mail, space, password).
import { login } from '../guide/lib/hestami';
import { createClient, createConfig, type Client } from '../guide/lib/hestami/client';
import type { Teller } from './telling';

/** Signs a moderator in. */
export async function moderator(teller: Teller, stranger: Client): Promise<Client> {
  const staff = process.env.HESTAMI_STAFF ?? 'ada.admin@example.com Maple-Street-42';
  // A password may have spaces of its own.
  const body = { login: staff.replace(/ .*/, ''), password: staff.replace(/^\S+ /, '') };
  const tokens = await teller.done('a moderator signs in', 200, login({ client: stranger, body }));
  const { baseUrl } = stranger.getConfig();
  return createClient(createConfig({ baseUrl, auth: tokens.data.access_token }));
}
