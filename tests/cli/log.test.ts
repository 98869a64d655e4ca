// What -d shows of the translator, of a program for each guest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launcher, root } from '../support/guest.ts';
import { testGuests } from '../support/guests.ts';

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'tsemu-log-')); });
afterAll(() => rmSync(folder, { recursive: true }));

test.each(testGuests)('out_asm prints regions of $name as WebAssembly text', (guest) => {
  const log = join(folder, guest.name);
  const run = spawnSync(launcher(guest), ['-d', 'out_asm', '-D', log, join(root, 'tests/fixtures', guest.name, 'exercise'), join(root, 'tests/fixtures', guest.name, 'hello')], {
    encoding: 'utf8', timeout: 60_000, env: { ...process.env, TSEMU_TIER: '1', TSEMU_CACHE_DIR: folder },
  });
  expect([run.status, run.stderr]).toEqual([0, '']);
  const regions = readFileSync(log, 'utf8').split(/^OUT: region 0x[0-9a-f]+, \d+ bytes\n/m);
  expect(regions.shift()).toBe('');
  expect(regions.length).toBeGreaterThan(0);
  for (const text of regions) {
    expect(text).toMatch(/^\(module \$tsemu-r\d+\n[^]*\n\)\n$/);
    expect(text).toContain('    i32.load $state offset=64 align=1 ;; pending\n');
  }
  // The comment over what may fault is the guest's instruction.
  expect(regions.join('')).toMatch(/^ +;; 0x[0-9a-f]+: \S.*\n +local\.get/m);
});
