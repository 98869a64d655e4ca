import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guests } from '../src/guests/index.ts';

const root = join(__dirname, '..');
const bin = join(root, 'bin');

// npm leaves links out of packages, so each command is a file of its own.
test('all launchers are the same file, and each guest has one, and the command tsemu', () => {
  const names = readdirSync(bin).filter((name) => /^tsemu(-|$)/.test(name));
  expect(new Set(names.map((name) => readFileSync(join(bin, name), 'utf8'))).size).toBe(1);
  const declared = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> }).bin;
  for (const name of ['tsemu', ...guests.map((guest) => `tsemu-${guest.name}`)]) {
    expect(names).toContain(name);
    expect(declared[name]).toBe(`bin/${name}`);
  }
});
