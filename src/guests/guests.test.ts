// What every guest must be, whichever it is; and that shared code asks guests instead of naming them.
import { newFrame } from '../signals/frame.ts';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createThreadState, FLOAT_ENVIRONMENT } from '../translate/state.ts';
import { guests } from './index.ts';

const root = join(__dirname, '../..');
const WASM_PAGE = 65536, MOST_PAGES = 262144;

describe.each(guests.map((guest) => [guest.name, guest] as const))('%s', (name, guest) => {
  test('has a command and a first program', () => {
    expect([`bin/tsemu-${name}`, `tests/fixtures/${name}/hello`].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('is the only one for its programs', () => {
    expect(guests.filter(({ elf }) => elf.machine === guest.elf.machine && elf.bits === guest.elf.bits && elf.bigEndian === guest.elf.bigEndian)).toEqual([guest]);
  });

  test('has its roles among its slots, and these within its state', () => {
    const roles = [guest.pc, guest.sp, guest.call.number, guest.call.result, ...guest.call.args];
    expect(roles.filter((slot) => !guest.slots.includes(slot)).map((slot) => slot.name)).toEqual([]);
    expect(guest.slots.filter((slot) => slot.offset < 0 || slot.offset + 4 > guest.stateBytes).map((slot) => slot.name)).toEqual([]);
    expect(guest.stateBytes).toBeLessThanOrEqual(FLOAT_ENVIRONMENT);
    expect(guest.call.args.length).toBeGreaterThanOrEqual(6);
  });

  test('has an address space that a Wasm memory can be', () => {
    const { layout, memoryPages, addressType } = guest;
    expect(memoryPages).toBeLessThanOrEqual(addressType === 'i64' ? MOST_PAGES : WASM_PAGE);
    expect(layout.taskSize).toBeLessThanOrEqual(memoryPages * WASM_PAGE);
    expect([layout.dynBase, layout.mmapTop].filter((at) => at >= layout.taskSize || at % 4096 !== 0)).toEqual([]);
    expect(addressType === 'i64' && guest.accessAddress === undefined).toBe(false);
  });

  test('numbers each system call once', () => {
    const names = Object.values(guest.syscalls);
    expect(names.filter((call, i) => names.indexOf(call) !== i)).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['read', 'write', 'exit_group', 'rt_sigreturn', 'clone', 'futex_time64', 'execve'].filter((call) => call !== 'futex_time64' || guest.elf.bits === 32)));
  });

  test('starts a program where it is told to, with the stack that it is given', () => {
    const { cpu } = createThreadState();
    guest.reset(cpu, 0x10000, 0x7fff_f000);
    expect(guest.address(guest.location(cpu))).toBe(0x10000);
    expect(cpu.u32[guest.sp.offset >> 2]).toBe(0x7fff_f000);
    expect(guest.context(cpu)).toBe(0);
  });

  test('delivers a signal and comes back from it with the registers that there were', () => {
    const { cpu } = createThreadState();
    const { signalFrame } = guest;
    guest.reset(cpu, 0x10000, 0x7fff_f000);
    for (const slot of guest.call.args) cpu.i32[slot.offset >> 2] = slot.offset;
    const before = guest.dump(cpu); // slots may hold one state in several forms
    const frame = newFrame(signalFrame), at = 0x7fff_f000 - Math.ceil(signalFrame.size / 16) * 16;
    const rt = 4; // SA_SIGINFO
    const delivery = {
      signal: 10, handler: 0x20000, restorer: 0x30000, flags: rt, mask: [0x200, 1] as const, info: new Uint8Array(128),
      altstack: { sp: 0, flags: 2, size: 0 }, fault: { trap: 0, error: 0, address: 0 },
    };
    signalFrame.save(cpu, frame, delivery);
    signalFrame.start(cpu, at, delivery);
    expect(guest.address(guest.location(cpu))).toBe(0x20000);
    expect(signalFrame.restore(cpu, frame, true)!.mask).toEqual([0x200, 1]);
    expect(guest.dump(cpu)).toBe(before);
  });
});

/** Files outside this folder that may name processors, and why. */
const mayName: Readonly<Record<string, string>> = {
  'loader/elf.ts': 'it tells users what a program is for, whether tsemu knows that processor or not',
  'loader/native.ts': 'it knows the machines of hosts',
  'syscalls/testing.ts': 'it is for tests',
};

test('shared code names no guest', () => {
  const files = (readdirSync(join(root, 'src'), { recursive: true }) as string[])
    .filter((file) => file.endsWith('.ts') && !file.startsWith('guests/') && !file.endsWith('.test.ts') && !(file in mayName));
  // System calls have the names that Linux gives them.
  const names = new RegExp(`['"\`](${guests.map(({ name, machine }) => `${name}|${machine}`).join('|')})['"\`]|guests/(?!guest\\.ts|index\\.ts)`);
  const found = files.flatMap((file) => readFileSync(join(root, 'src', file), 'utf8').split('\n').flatMap((line, i) => (names.test(line.replace(/\/\/.*|^\s*\*.*/, '')) ? [`${file}:${i + 1}: ${line.trim()}`] : [])));
  expect(found).toEqual([]);
});
