import { GuestMemory } from '../memory/guest-memory.ts';
import { Engine } from './engine.ts';
import { CODE, DATA, modes, runToy as run } from './toy-run.ts';
import { insn, toy } from './toy-guest.ts';
import { createThreadState, PENDING } from './state.ts';
import type { CpuModel } from '../guests/guest.ts';

describe.each(modes)('the engine with %s', (_name, options) => {
  test('runs a loop that sums', () => {
    const { r } = run([
      insn('add', 2, 2, 1), insn('addi', 1, 1, -1), insn('bnez', 1, 0, -2), insn('syscall'),
    ], options, [0, 5000]);
    expect(r[2]).toBe(5000 * 5001 / 2);
  });

  test('loads and stores', () => {
    const { r, memory } = run([
      insn('store', 1, 3, 8), insn('load', 4, 3, 8), insn('mulAdd', 4, 1), insn('syscall'),
    ], options, [0, 0x01020304, 0, DATA]);
    expect(memory.u32(DATA + 8)).toBe(0x01020304);
    expect(r[4]).toBe((Math.imul(0x01020304, 31) + 0x04030201) | 0);
  });

  test('calls and returns many times, also indirectly', () => {
    const { r } = run([
      insn('call', 0, 5), insn('callReg', 5), insn('addi', 1, 1, -1), insn('bnez', 1, 0, -3), insn('syscall'),
      insn('addi', 2, 2, 3), insn('ret'),
    ], options, [0, 2000, 0, 0, 0, CODE + 20]);
    expect(r[2]).toBe(12000);
  });

  test('returns to a place that no call expects', () => {
    const { r } = run([
      insn('call', 0, 3), insn('addi', 2, 2, 100), insn('syscall'),
      insn('addi', 6, 6, 4), insn('ret'),
    ], options);
    expect(r[2]).toBe(0);
  });

  test('recurses deeper than the Wasm stack may nest', () => {
    // f(n): if n: save r6 on a stack, n--, f, restore r6; r2++
    const { r } = run([
      insn('call', 0, 2), insn('syscall'),
      insn('bnez', 1, 0, 2), insn('ret'),
      insn('store', 6, 3, 0), insn('addi', 3, 3, 4), insn('addi', 1, 1, -1), insn('call', 0, -5),
      insn('addi', 2, 2, 1), insn('addi', 3, 3, -4), insn('load', 6, 3, 0), insn('ret'),
    ], options, [0, 1000, 0, DATA]);
    expect(r[2]).toBe(1000);
  });

  test('runs the body of a condition only when it holds', () => {
    const { r } = run([
      insn('skipz', 4, 2, 5), insn('skipz', 3, 2, 7), insn('addi', 1, 1, -1), insn('bnez', 1, 0, -3), insn('syscall'),
    ], options, [0, 1000, 0, 0, 1]);
    expect(r[2]).toBe(5000);
  });

  test('goes on in place after a system call', () => {
    const { r, seen } = run([
      insn('syscall'), insn('addi', 0, 0, -1), insn('addi', 2, 2, 1), insn('jump', 0, -3),
    ], options, [500]);
    expect(r[2]).toBe(500);
    expect(seen).toHaveLength(501);
  });

  test('knows the instruction of a fault, and the registers where the guest can look at them', () => {
    const { r, fault } = run([
      insn('addi', 2, 2, 1), insn('addi', 3, 3, 64), insn('store', 2, 3, 0), insn('addi', 4, 4, 1), insn('jump', 0, -4),
    ], options, [0, 0, 0, DATA], (memory) => memory.makePrecise());
    expect(fault).toMatchObject({ pc: CODE + 8 });
    expect(r[2]).toBe(64);
    expect(r[3]).toBe(DATA + 4096);
    expect(r[4]).toBe(63);
  });

  test('knows the instruction of a fault in a small callee', () => {
    const { r, fault } = run([
      insn('addi', 2, 2, 1), insn('call', 0, 2), insn('jump', 0, -2),
      insn('addi', 3, 3, 64), insn('store', 2, 3, 0), insn('ret'),
    ], options, [0, 0, 0, DATA], (memory) => memory.makePrecise());
    expect(fault).toMatchObject({ pc: CODE + 16 });
    expect(r.slice(2, 4)).toEqual([64, DATA + 4096]);
    expect(r[6]).toBe(CODE + 8);
  });

  test('returns from a small callee to a place that its call does not expect', () => {
    const { r } = run([
      insn('call', 0, 5), insn('addi', 2, 2, 1), insn('addi', 1, 1, -1), insn('bnez', 1, 0, -3), insn('syscall'),
      insn('bnez', 1, 0, 2), insn('ret'), insn('skipz', 5, 6, 4), insn('ret'), // with r5 set, past what follows the call
    ], options, [0, 15000, 0, 0, 0, 1]);
    expect(r[2]).toBe(0);
    expect(r[1]).toBe(0);
  });

  test('unrolls a function that calls itself, and gives what it gives', () => {
    // f(n): if n: n--, f, f with n restored; r2 counts the calls.
    const { r } = run([
      insn('call', 0, 2), insn('syscall'),
      insn('addi', 2, 2, 1), insn('bnez', 1, 0, 2), insn('ret'),
      insn('store', 6, 3, 0), insn('addi', 3, 3, 4), insn('addi', 1, 1, -1), insn('call', 0, -6), insn('call', 0, -7),
      insn('addi', 1, 1, 1), insn('addi', 3, 3, -4), insn('load', 6, 3, 0), insn('ret'),
    ], options, [0, 13, 0, DATA]);
    expect(r[2]).toBe(2 ** 14 - 1);
    expect(r[1]).toBe(13);
  });

  test('jumps where registers say: to what it knows, and at last to what it has never seen', () => {
    const handler = (i: number) => [insn('addi', 2, 2, i + 1), insn('addi', 1, 1, -1), insn('load', 5, 3, 4 * i), insn('bnez', 1, 0, 2), insn('load', 5, 3, 16), insn('jumpReg', 5)];
    const { r } = run([...[0, 1, 2, 3].flatMap(handler), insn('addi', 4, 4, 7), insn('syscall')], options, [0, 40_000, 0, DATA], (memory) => {
      [1, 2, 3, 0, 4].forEach((next, i) => memory.setU32(DATA + 4 * i, CODE + 24 * next));
    });
    expect(r[2]).toBe(100_000);
    expect(r[4]).toBe(7);
  });

  test('runs a changed callee as it is now', () => {
    const words = [insn('call', 0, 4), insn('addi', 1, 1, -1), insn('bnez', 1, 0, -2), insn('syscall'), insn('addi', 2, 2, 1), insn('ret')];
    const state = createThreadState();
    const memory = new GuestMemory(toy, state);
    memory.map({ address: CODE, length: 4096, prot: 3, flags: 0x32, fd: -1, offset: 0 });
    words.forEach((w, i) => memory.setU32(CODE + 4 * i, w));
    memory.protect(CODE, 4096, 5);
    let rounds = 0;
    const engine = new Engine(toy, {} as CpuModel, memory, state, { tier: 'auto', oneInsnPerTb: false, without: new Set(), ...options }, {
      leave: () => {
        rounds++;
        memory.protect(CODE, 4096, 3);
        memory.setU32(CODE + 16, insn('addi', 2, 2, 10));
        memory.protect(CODE, 4096, 5);
        toy.setLocation(state.cpu, CODE);
        return false;
      },
      fetchFault: () => {},
    });
    for (let at = CODE; rounds < 2; at = engine.run(at, 0) ?? CODE) state.cpu.i32[1] ||= 14_000;
    expect(state.cpu.i32[2]).toBe(14_000 * 11);
  });

  test('traps on a constant address that is not mapped', () => {
    const { fault } = run([insn('addi', 2, 2, 1), insn('loadAt', 4, 3, 0), insn('syscall')], options);
    expect(fault).toMatchObject({ pc: CODE + 4 });
  });

  test('leaves a loop when the pending cell is set', () => {
    const state = createThreadState();
    const memory = new GuestMemory(toy, state);
    memory.map({ address: CODE, length: 4096, prot: 3, flags: 0x32, fd: -1, offset: 0 });
    [insn('addi', 1, 1, 1), insn('jump', 0, -1)].forEach((w, i) => memory.setU32(CODE + 4 * i, w));
    memory.protect(CODE, 4096, 5);
    const engine = new Engine(toy, {} as CpuModel, memory, state, { tier: 'auto', oneInsnPerTb: false, without: new Set(), ...options }, { leave: () => false, fetchFault: () => {} });
    Atomics.or(state.i32, PENDING >> 2, 1);
    expect([CODE, CODE + 4]).toContain(engine.run(CODE, 0));
  });
});
