// Runs toy programs for the translator's tests.
import { GuestMemory } from '../memory/guest-memory.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { toy } from './toy-guest.ts';
import { createThreadState } from './state.ts';
import type { End } from './ir.ts';
import type { CpuModel } from '../guests/guest.ts';

export const CODE = 0x10000, DATA = 0x20000;

/** Runs a toy program until it makes system call 0; answers its registers. `prepare` is called before. */
export function runToy(words: readonly number[], options: Partial<EngineOptions> = {}, registers: readonly number[] = [], prepare: (memory: GuestMemory) => void = () => {}) {
  const state = createThreadState();
  const memory = new GuestMemory(toy, state);
  memory.map({ address: CODE, length: 4096, prot: 3, flags: 0x32, fd: -1, offset: 0 });
  words.forEach((w, i) => memory.setU32(CODE + 4 * i, w));
  memory.protect(CODE, 4096, 5);
  memory.map({ address: DATA, length: 4096, prot: 3, flags: 0x32, fd: -1, offset: 0 });
  registers.forEach((v, i) => { state.cpu.i32[i] = v; });
  prepare(memory);
  const seen: End[] = [];
  let done = false;
  const engine = new Engine(toy, {} as CpuModel, memory, state, { tier: 'auto', oneInsnPerTb: false, without: new Set(), ...options }, {
    leave: (end) => {
      seen.push(end);
      if (end.kind === 'syscall') { toy.setLocation(state.cpu, end.next); done = state.cpu.i32[0] === 0; return !done; }
      done = true;
      return false;
    },
    fetchFault: () => { done = true; },
  });
  let location = CODE;
  let fault: { pc: number } | null = null;
  while (!done) {
    try { location = engine.run(location, 0) ?? toy.location(state.cpu); } catch (e) {
      fault = engine.faultLocation(e as Error);
      if (!fault) throw e;
      break;
    }
  }
  return { r: [...state.cpu.i32.subarray(0, 8)], memory, seen, fault, engine, state };
}

/** Every way to run the same program: all must give the same. */
export const modes: readonly (readonly [string, Partial<EngineOptions>])[] = [
  ['tier 0', { tier: '0' }], ['tier 1', { tier: '1' }], ['both tiers', {}], ['one instruction a block', { oneInsnPerTb: true }],
  ['tier 1, one instruction a block', { oneInsnPerTb: true, tier: '1' }],
  ['always precise', { without: new Set(['imprecise']) }], ['tier 1, always precise', { tier: '1', without: new Set(['imprecise']) }],
  ['tier 1 without sinking', { tier: '1', without: new Set(['sink']) }], ['tier 1 without lanes', { tier: '1', without: new Set(['lanes']) }],
  ['tier 1 without offsets', { tier: '1', without: new Set(['offsets']) }], ['tier 1 without inlining', { tier: '1', without: new Set(['inline']) }],
  ['tier 1 without switches', { tier: '1', without: new Set(['switches']) }],
  ['without folding', { without: new Set(['fold']) }], ['tier 1 without folding', { tier: '1', without: new Set(['fold']) }],
];
