import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guests } from '../guests/index.ts';
import { supportPage } from './support.ts';
import { syscalls } from './table.ts';

test('docs/syscalls.md is what scripts/syscall-support.mjs writes', () => {
  expect(readFileSync(join(__dirname, '../../docs/syscalls.md'), 'utf8')).toBe(supportPage(guests));
});

test('a row is done, or says what is missing, or why there is nothing', () => {
  for (const [name, row] of Object.entries<{ partly?: string; never?: string }>(syscalls)) {
    expect([name, row.partly !== undefined && row.never !== undefined]).toEqual([name, false]);
  }
});

/** Numbers of no call, or of none that the guest's Linux has. */
const holes: Readonly<Record<string, readonly number[]>> = { arm: [415, 447], riscv64: [], riscv32: [415] };

test('no call is missing from where the numbers are common to all, up to mseal of Linux 6.10', () => {
  for (const guest of guests) {
    const first = guest.data.pointer === 8 ? 424 : 403;
    const missing = Array.from({ length: 463 - first }, (_, i) => first + i).filter((n) => !(n in guest.syscalls));
    expect([guest.name, missing]).toEqual([guest.name, holes[guest.name]]);
  }
});
