import * as fs from 'node:fs';
import * as os from 'node:os';
import { GuestMemory } from '../memory/guest-memory.ts';
import type { CpuModel } from '../guests/guest.ts';
import { Engine } from './engine.ts';
import { parseProfile, serialiseProfile } from './profile.ts';
import { createThreadState } from './state.ts';
import { insn, toy } from './toy-guest.ts';

const CODE = 0x10000;
const guest = { ...toy, name: 'toy' };
/** A loop that runs r1 times, and a system call; the same around a loop that runs r5 times. */
const loop = [insn('addi', 2, 2, 3), insn('addi', 1, 1, -1), insn('bnez', 1, 0, -2), insn('syscall'), insn('jump', 0, 0)];
const nest = [insn('addi', 3, 5, 0), insn('addi', 2, 2, 3), insn('addi', 3, 3, -1), insn('bnez', 3, 0, -2), ...loop.slice(1, 2), insn('bnez', 1, 0, -5), ...loop.slice(3)];

let folder: string;
beforeEach(() => { folder = fs.mkdtempSync(`${os.tmpdir()}/tsemu-profile-test-`); });
afterEach(() => fs.rmSync(folder, { recursive: true }));

const INNER = 20;
const run = (rounds: number, command: string): number => regionsOf(loop, rounds, command).length;

/** Runs a program; answers of how many units each region is that this made. */
function regionsOf(words: readonly number[], rounds: number, command: string): number[] {
  const file = `${folder}/program`;
  if (!fs.existsSync(file)) fs.writeFileSync(file, new Uint8Array(Int32Array.from(words).buffer));
  const state = createThreadState();
  const memory = new GuestMemory(guest, state);
  const fd = fs.openSync(file, 'r');
  memory.map({ address: CODE, length: words.length * 4, prot: 5, flags: 0x12, fd, offset: 0 });
  fs.closeSync(fd);
  let done = false;
  const regions: number[] = [];
  const engine = new Engine(guest, { name: 'only' } as CpuModel, memory, state, { tier: 'auto', oneInsnPerTb: false, without: new Set(), cache: `${folder}/cache` }, {
    leave: () => { done = true; return false; }, fetchFault: () => { throw new Error('no code'); }, command: () => command,
  });
  engine.trace.region = (_entry, { units }) => { regions.push(units.length); };
  state.cpu.i32[1] = rounds;
  state.cpu.i32[5] = INNER;
  for (let at = CODE; !done;) at = engine.run(at, 0) ?? CODE;
  expect(state.cpu.i32[2]).toBe(rounds * 3 * (words === nest ? INNER : 1));
  engine.save();
  return regions;
}

test('a unit that became a region in one run becomes one early in the next', () => {
  expect(run(1000, 'before')).toBe(0);
  expect(run(50_000, 'first')).toBeGreaterThan(0);
  expect(run(1000, 'second')).toBeGreaterThan(0);
});

test('a command whose last run was short makes regions no earlier than in a first run', () => {
  run(50_000, 'again'); // a second of processor time is what is not short
  expect(run(1000, 'again')).toBe(0);
  expect(run(1000, 'another')).toBeGreaterThan(0);
});

test('a loop is a region without the loop around it, unless that ran often in the same run', () => {
  expect(regionsOf(nest, 3000, 'first')[0]).toBeGreaterThan(1);
  expect(regionsOf(nest, 100, 'second')[0]).toBe(1);
});

test('a profile that is not intact is none', () => {
  const files = new Map([['one', Uint32Array.of(3, 0xfffffff4)], ['a longer key', Uint32Array.of()]]);
  const bytes = serialiseProfile(files);
  expect(parseProfile(bytes)).toEqual(files);
  for (let at = 0; at < bytes.length; at++) {
    const broken = bytes.slice();
    broken[at]! ^= 0x10;
    expect(parseProfile(broken).size).toBe(0);
    expect(parseProfile(bytes.subarray(0, at)).size).toBe(0);
  }
});
