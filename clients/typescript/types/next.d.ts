// The few signatures of Next.js 16 that docs/clients.md uses. The package itself is 200 MB and asks for binaries of every
// platform, only to compile five files; its own types accept these files too.
declare module 'next/headers' {
  interface Cookie {
    name: string;
    value: string;
    httpOnly?: boolean;
    secure?: boolean;
    sameSite?: 'lax' | 'strict' | 'none';
    path?: string;
    maxAge?: number;
    expires?: Date;
  }
  interface CookieJar {
    get(name: string): { name: string; value: string } | undefined;
    has(name: string): boolean;
    set(cookie: Cookie): CookieJar;
    delete(name: string): CookieJar;
  }
  function cookies(): Promise<CookieJar>;
  function headers(): Promise<Headers>;
}

declare module 'next/navigation' {
  function redirect(url: string): never;
}

declare module 'next/server' {
  import type { Cookie } from 'next/headers';

  function connection(): Promise<void>;
  class NextRequest extends Request {
    get cookies(): {
      get(name: string): { name: string; value: string } | undefined;
      has(name: string): boolean;
      set(name: string, value: string): unknown;
      delete(name: string): unknown;
    };
  }
  class NextResponse extends Response {
    static next(init?: { request?: { headers?: Headers } }): NextResponse;
    // The DOM's `redirect` has the same parameters; only the result is narrower.
    static override redirect(url: string | URL, status?: number): NextResponse;
    get cookies(): { set(cookie: Cookie): unknown; delete(name: string): unknown };
  }
}
