import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEntry, writeEntry } from './cache-files.ts';

test('an entry is there afterwards, below folders that were not', () => {
  const top = mkdtempSync(join(tmpdir(), 'tsemu-'));
  const folder = join(top, 'a/b/c');
  writeEntry(folder, 'key', Uint8Array.of(1, 2, 3));
  expect(readEntry(folder, 'key')).toEqual(Uint8Array.of(1, 2, 3));
  rmSync(top, { recursive: true });
});

test.each(['/proc/x/y', '/dev/null/x', '/proc/version/x'])('%s, where no folder can be made, means no entry', (folder) => {
  writeEntry(folder, 'key', Uint8Array.of(1));
  expect(existsSync(folder)).toBe(false);
  expect(readEntry(folder, 'key')).toBeNull();
});
