// Core files: what a debugger finds in one after a fault in hot code, and after a signal that nobody caught.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from '../support/build.ts';
import { crossPrefix, launcher } from '../support/guest.ts';
import { testGuests, type TestGuest } from '../support/guests.ts';

/** Loads a word 100,000 times, and then from where nothing is; a thread waits meanwhile. Given a signal, it waits for that instead. */
const source = `
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static const char *volatile kept;
static pthread_barrier_t barrier;
static void *waits(void *p) { pthread_barrier_wait(&barrier); for (;;) pause(); return p; }
int main(int argc, char **argv) {
  pthread_t thread;
  char *text = malloc(32);
  for (int i = 0; i < 16; i++) text[i] = "found on a heap"[i];
  kept = text;
  pthread_barrier_init(&barrier, 0, 2);
  pthread_create(&thread, 0, waits, 0);
  pthread_barrier_wait(&barrier);
  if (argc > 1) { kill(getpid(), atoi(argv[1])); for (;;) pause(); }
  int word = 7;
#ifdef __arm__
  asm volatile("vmov.f64 d9, #2.5\\n mov r4, #0\\n mov r6, %0\\n ldr r8, =100000\\n"
    "1: ldr r5, [r6]\\n add r4, r4, #1\\n cmp r4, r8\\n bne 1b\\n ldr r6, =0x12345678\\n b 1b\\n .ltorg" :: "r"(&word) : "r4", "r5", "r6", "r8", "memory");
#else
  double half = 2.5;
  asm volatile("fmv.d fs1, %1\\n li s4, 0\\n mv s6, %0\\n li s8, 100000\\n"
    "1: lw s5, 0(s6)\\n addi s4, s4, 1\\n bne s4, s8, 1b\\n li s6, 0x12345678\\n j 1b" :: "r"(&word), "f"(half) : "s4", "s5", "s6", "s8", "fs1", "memory");
#endif
  return 0;
}`;

/** Where things are in the notes: bytes into struct elf_prstatus and its registers, by their numbers there. */
type Places = { readonly wide: boolean; readonly registers: number; readonly counter: number; readonly address: number; readonly float: readonly [type: number, offset: number]; readonly siAddr: number };
const places: Readonly<Record<string, Places>> = {
  arm: { wide: false, registers: 72, counter: 4, address: 6, float: [0x400, 9 * 8], siAddr: 12 },
  riscv64: { wide: true, registers: 112, counter: 20, address: 22, float: [2, 9 * 8], siAddr: 16 },
};

type Note = { readonly type: number; readonly bytes: Buffer };
type Core = { readonly notes: readonly Note[]; readonly file: Buffer };

function readCore(file: Buffer, wide: boolean): Core {
  const long = (at: number): number => (wide ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at));
  const head = long(wide ? 32 : 28);
  const [from, size] = wide ? [long(head + 8), long(head + 32)] : [long(head + 4), long(head + 16)];
  const notes: Note[] = [];
  const up = (n: number): number => (n + 3) & ~3;
  for (let at = from; at < from + size;) {
    const [name, bytes, type] = [0, 4, 8].map((i) => file.readUInt32LE(at + i)) as [number, number, number];
    const content = at + 12 + up(name);
    notes.push({ type, bytes: file.subarray(content, content + bytes) });
    at = content + up(bytes);
  }
  return { notes, file };
}

// A program that the kernel would pipe a core to wants the kernel's: then there is none of ours.
const piped = fs.readFileSync('/proc/sys/kernel/core_pattern', 'utf8').startsWith('|');
const signals = { SIGABRT: 6, SIGSEGV: 11 } as const;

describe.each(testGuests.filter(({ name }) => name in places).map((guest) => [guest.name, guest] as const))('%s', (name, guest: TestGuest) => {
  const { wide, registers, counter, address, float, siAddr } = places[name]!;
  let folder: string, program: string;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-core-'));
    fs.writeFileSync(path.join(folder, 'crash.c'), source);
    program = build(guest, path.join(folder, 'crash.c'), ['-O1', '-pthread', '-marm'].slice(0, name === 'arm' ? 3 : 2));
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  /** Runs the program in a folder of its own; answers the core file that is there afterwards. */
  function crash(limit: string, signal: keyof typeof signals, ...args: string[]): Core | null {
    const cwd = fs.mkdtempSync(path.join(folder, 'run-'));
    const run = spawnSync('/bin/sh', ['-c', `ulimit -S -c ${limit}; exec "$@"`, 'sh', launcher(guest), '-L', crossPrefix(guest), program, ...args], { cwd, timeout: 60_000, encoding: 'utf8' });
    expect([run.signal, run.stderr]).toEqual([signal, '']);
    const files = fs.readdirSync(cwd);
    expect(files.length).toBe(limit === '0' || piped ? 0 : 1);
    return files.length === 0 ? null : readCore(fs.readFileSync(path.join(cwd, files[0]!)), wide);
  }

  const of = ({ notes }: Core, type: number): Buffer[] => notes.filter((note) => note.type === type).map(({ bytes }) => bytes);
  const word = (bytes: Buffer, at: number): number => (wide ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at));

  test('after a fault in hot code', () => {
    const core = crash('unlimited', 'SIGSEGV');
    if (core === null) return; // a pipe: that there is no file has been checked
    const threads = of(core, 1);
    const register = (n: number): number => word(threads[0]!, registers + n * (wide ? 8 : 4));
    expect(threads.map((thread) => thread.readUInt16LE(12))).toEqual([11, 11]);
    expect([register(counter), register(address), register(counter + 1)]).toEqual([100_000, 0x12345678, 7]);
    expect(of(core, float[0])[0]!.readDoubleLE(float[1])).toBe(2.5);
    const info = of(core, 0x53494749)[0]!;
    expect([info.readInt32LE(0), info.readInt32LE(8), word(info, siAddr)]).toEqual([11, 1, 0x12345678]);
    expect(of(core, 0x46494c45)[0]!.toString('latin1')).toContain(`${program}\0`);
    expect(of(core, 3)[0]!.toString('latin1')).toContain(program.slice(0, 40));
    expect(of(core, 6)[0]!.length).toBeGreaterThan(100);
    expect(core.file.includes('found on a heap')).toBe(true);
  });

  test('after a signal at its default, and none without a limit', () => {
    const core = crash('unlimited', 'SIGABRT', '6');
    if (core !== null) expect(of(core, 1).map((thread) => thread.readUInt16LE(12))).toEqual([6, 6]);
    expect(crash('0', 'SIGABRT', '6')).toBeNull();
  });

  test('never over a file that has another name too, which may be anybody\'s', () => {
    const cwd = fs.mkdtempSync(path.join(folder, 'run-')), kept = path.join(folder, `kept-${path.basename(cwd)}`);
    fs.writeFileSync(kept, 'kept');
    fs.linkSync(kept, path.join(cwd, 'core'));
    const run = spawnSync('/bin/sh', ['-c', 'ulimit -S -c unlimited; exec "$@"', 'sh', launcher(guest), '-L', crossPrefix(guest), program, '6'], { cwd, timeout: 60_000, encoding: 'utf8' });
    expect([run.signal, run.stderr, fs.readFileSync(kept, 'utf8')]).toEqual(['SIGABRT', '', 'kept']);
  });

  test('no longer than the limit', () => {
    const core = crash('100', 'SIGSEGV');
    if (core === null) return;
    expect(core.file.length).toBe(100 * 512);
    expect(of(core, 1).length).toBe(2);
  });
});
