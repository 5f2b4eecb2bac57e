import { join } from 'node:path';
import type { NextConfig } from 'next';

const nextConfig: NextConfig = {
  // As create-next-app sets them.
  cacheComponents: true,
  partialPrefetching: true,
  // tsc compiles the guide after the build, with stricter options.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: join(__dirname, '..') },
};

export default nextConfig;
