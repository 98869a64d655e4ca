// Paths that the documentation names exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
const PATH = /(?<![\w/.$~-])(?:src|tests|docs|bench|scripts|bin)\/[\w./-]*[\w/]/g;

for (const page of pages.filter((name) => existsSync(join(root, name)))) {
  test(`${page} names only files and folders that exist`, () => {
    const named = new Set(readFileSync(join(root, page), 'utf8').match(PATH) ?? []);
    const generic = (path: string) => /[/-](NAME|GUEST|name)\b/.test(path); // placeholders are written in capitals
    expect([...named].filter((path) => !generic(path) && !existsSync(join(root, path)))).toEqual([]);
  });
}
