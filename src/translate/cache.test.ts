import * as fs from 'node:fs';
import * as os from 'node:os';
import { GuestMemory } from '../memory/guest-memory.ts';
import type { CpuModel } from '../guests/guest.ts';
import { parseEntries, serialise } from './cache.ts';
import { Engine } from './engine.ts';
import { createThreadState } from './state.ts';
import { insn, toy } from './toy-guest.ts';

const CODE = 0x10000;
const guest = { ...toy, name: 'toy' };
const model = { name: 'only' } as CpuModel;
/** Forty functions that are called in turn, so that there is enough to keep, and a system call at the end. */
const words = [
  ...Array.from({ length: 40 }, (_, i) => insn('call', 0, 42 - i + 2 * i)), insn('syscall'), insn('jump', 0, 0),
  ...Array.from({ length: 40 }, (_, i) => [insn('addi', 2, 2, i), insn('ret')]).flat(),
];

let folder: string;
beforeEach(() => { folder = fs.mkdtempSync(`${os.tmpdir()}/tsemu-cache-test-`); });
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Runs the file's program with the cache in `folder`, from `start`; answers r2 and how many units were translated. */
function run(file: string, start = CODE): { r2: number; translated: number } {
  const state = createThreadState();
  const memory = new GuestMemory(guest, state);
  const fd = fs.openSync(file, 'r');
  memory.map({ address: CODE, length: fs.fstatSync(fd).size, prot: 5, flags: 0x12, fd, offset: 0 });
  fs.closeSync(fd);
  let done = false;
  let translated = 0;
  const engine = new Engine(guest, model, memory, state, { tier: 'auto', oneInsnPerTb: false, without: new Set(), cache: `${folder}/cache` }, {
    leave: () => { done = true; return false; }, fetchFault: () => { throw new Error('no code'); },
  });
  engine.trace.unit = () => { translated++; };
  for (let at = start; !done;) at = engine.run(at, 0) ?? CODE;
  engine.save();
  return { r2: state.cpu.i32[2]!, translated };
}

const program = (): string => {
  const file = `${folder}/program`;
  fs.writeFileSync(file, Uint8Array.from(new Uint8Array(Int32Array.from(words).buffer)));
  return file;
};

test('a second run translates nothing and does the same', () => {
  const file = program();
  const first = run(file);
  expect(first.translated).toBeGreaterThan(40);
  expect(run(file)).toEqual({ r2: first.r2, translated: 0 });
});

test('a changed file is translated anew', () => {
  const file = program();
  run(file);
  fs.writeFileSync(file, Uint8Array.from(new Uint8Array(Int32Array.from(words.map((w) => (w === insn('addi', 2, 2, 7) ? insn('addi', 2, 2, 100) : w))).buffer)));
  const changed = run(file);
  expect(changed.translated).toBeGreaterThan(40);
  expect(changed.r2).toBe(40 * 39 / 2 - 7 + 100);
});

test('entries that are cut, changed or writable by others are not used', () => {
  const file = program();
  const { r2, translated } = run(file);
  const entry = `${folder}/cache/${fs.readdirSync(`${folder}/cache`)[0]!}`;
  const good = fs.readFileSync(entry);
  for (const bad of [good.subarray(0, 10), good.subarray(0, good.length - 4), Buffer.alloc(0), Buffer.from(good).fill(7, 100, 104)]) {
    fs.writeFileSync(entry, bad);
    expect(run(file)).toEqual({ r2, translated });
  }
  fs.writeFileSync(entry, good);
  fs.chmodSync(entry, 0o666);
  expect(run(file)).toEqual({ r2, translated });
});

test('serialise and parseEntries are inverse, up to what is damaged', () => {
  const entry = { words: Int32Array.of(1, 2, 3), relocations: Int32Array.of(2), units: Int32Array.of(5, 0, 0, 2, 3), siteWords: Int32Array.of(1), sites: [{ kind: 'syscall', next: 4 }] as const };
  const other = { ...entry, words: Int32Array.of(4) };
  const both = Buffer.concat([serialise(entry), serialise(other)]);
  expect(parseEntries(both)).toEqual({ entries: [entry, other], whole: true });
  expect(parseEntries(both.subarray(0, both.length - 4))).toEqual({ entries: [entry], whole: false });
});

test('what a run has beyond the entry is added to it', () => {
  const file = program();
  run(file, CODE + 4 * 20);
  const entry = `${folder}/cache/${fs.readdirSync(`${folder}/cache`)[0]!}`;
  const before = fs.readFileSync(entry);
  const { translated } = run(file);
  expect(translated).toBeGreaterThan(10);
  expect(translated).toBeLessThan(60);
  expect(fs.readFileSync(entry).subarray(0, before.length)).toEqual(before);
  expect(parseEntries(fs.readFileSync(entry)).entries.length).toBe(2);
  expect(run(file)).toEqual({ r2: 40 * 39 / 2, translated: 0 });
});

test('a copy of a file has its entry, and adds to it', () => {
  const file = program();
  run(file, CODE + 4 * 20);
  const copy = `${folder}/copy`, other = `${folder}/other`;
  fs.copyFileSync(file, copy);
  fs.copyFileSync(file, other);
  const { translated } = run(copy);
  expect(translated).toBeGreaterThan(10);
  expect(translated).toBeLessThan(60);
  expect(run(file)).toEqual({ r2: 40 * 39 / 2, translated: 0 });
  expect(run(other)).toEqual({ r2: 40 * 39 / 2, translated: 0 });
  fs.writeFileSync(other, Uint8Array.from(new Uint8Array(Int32Array.from(words.map((w) => (w === insn('addi', 2, 2, 7) ? insn('addi', 2, 2, 100) : w))).buffer)));
  expect(run(other)).toMatchObject({ r2: 40 * 39 / 2 - 7 + 100 });
});
