// What the whole emulator does with files that are unusual or broken: src/loader has the cases one by one, on a memory of its own.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from '../support/build.ts';
import { launcher, root } from '../support/guest.ts';
import { testGuests } from '../support/guests.ts';

let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-loading-')); });
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe.each(testGuests.map((guest) => [guest.name, guest] as const))('tsemu-%s', (name, guest) => {
  const hello = path.join(root, 'tests/fixtures', name, 'hello');

  test('runs a static program that can be anywhere, and one that does not', () => {
    const flags = ['-Os', '-fPIE', '-ffreestanding', '-nostdlib', '-fno-stack-protector', '-Wl,--no-dynamic-linker'];
    const source = path.join(root, 'tests/fixtures', fs.existsSync(`${hello}.c`) ? name : 'riscv64', 'hello.c');
    const [pie, fixed] = [['-static-pie'], ['-static', '-no-pie']].map((how) => build(guest, source, [...flags, ...how]));
    expect([pie, fixed].map((program) => fs.readFileSync(program!).readUInt16LE(16))).toEqual([3, 2]); // ET_DYN, ET_EXEC
    for (const program of [pie!, fixed!]) expect(spawnSync(launcher(guest), [program], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^Hello from /) });
  });

  test('answers a broken file with a line, if it does not run', () => {
    const whole = fs.readFileSync(hello);
    const headers = guest.name.endsWith('64') ? 64 + 2 * 56 : 52 + 2 * 32;
    const cut = [0, 3, 19, 40, headers - 1, whole.length >> 1].map((length) => whole.subarray(0, length));
    const flipped = Array.from({ length: headers / 8 }, (_, i) => {
      const bytes = Buffer.from(whole);
      bytes[i * 8 + (i & 7)]! ^= 0x80 >> (i % 7);
      return bytes;
    });
    const file = path.join(folder, name);
    const ends = new Set<number | string>();
    for (const bytes of [...cut, ...flipped]) {
      fs.writeFileSync(file, bytes, { mode: 0o755 });
      const { status, signal, stderr } = spawnSync(launcher(guest), [file], { encoding: 'utf8', timeout: 20_000 });
      ends.add(status ?? signal!);
      if (status === 126) expect(stderr).toMatch(/^tsemu-\w+: .+\n( {2}hint: .+\n)?$/);
      else expect(stderr).toBe('');
    }
    // Otherwise the byte does not matter, or what is at the entry now is not what it was: any end but a time-out or a bug of ours.
    for (const end of [70, 'SIGTERM']) expect(ends).not.toContain(end);
    expect(ends).toContain(126);
    expect(ends).toContain(0);
  });
});
