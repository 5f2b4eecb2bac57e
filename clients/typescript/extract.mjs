// Writes the files that docs/clients*.md and docs/webhooks.md show into an application as create-next-app makes it, so that they are built and run as a reader would copy them.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const fence = /^```tsx?\n\/\/ (\S+\.tsx?)\n(.*?)^```$/gms;
const docs = join(import.meta.dirname, '../../docs');
const pages = readdirSync(docs).filter((name) => /^(clients.*|webhooks)\.md$/.test(name));
const guide = pages.sort().map((name) => readFileSync(join(docs, name), 'utf8')).join('');
const blocks = [...guide.matchAll(fence)];
const fences = guide.match(/^```tsx?$/gm) ?? [];
if (blocks.length === 0 || blocks.length !== fences.length) {
  throw new Error(`${fences.length} blocks of TypeScript, but ${blocks.length} name their file in the first line`);
}
rmSync(join(import.meta.dirname, 'guide'), { recursive: true, force: true });
cpSync(join(import.meta.dirname, 'next'), join(import.meta.dirname, 'guide'), { recursive: true });
// Our folder is the root, and tsc compiles the guide after the build, with stricter options.
const ours = `  turbopack: { root: ${JSON.stringify(import.meta.dirname)} },\n  typescript: { ignoreBuildErrors: true },\n`;
// Nobody downloads what is built here: it stays large, which takes a quarter off the build.
const large = ' turbopackMinify: false,';
const configured = (shown) => shown.replace('NextConfig = {\n', (begin) => begin + ours).replace('experimental: {', (begin) => begin + large);
for (const [, name, shown] of blocks) {
  const code = name === 'next.config.ts' ? configured(shown) : shown;
  const file = join(import.meta.dirname, 'guide', name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
}
