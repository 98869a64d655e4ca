import { insn } from './toy-guest.ts';
import { CODE, DATA, modes, runToy } from './toy-run.ts';

/** A generator of 32-bit numbers (xorshift), so that a failure can be repeated from its seed. */
function random(seed: number): (below: number) => number {
  let x = seed | 1;
  return (below) => { x ^= x << 13; x ^= x >>> 17; x ^= x << 5; return (x >>> 0) % below; };
}

/** A program of loops, calls, conditional bodies and accesses that ends: r1 counts the outer loop, r3 points to data. */
function program(seed: number): number[] {
  const next = random(seed);
  const register = () => [0, 2, 4, 5][next(4)]!;
  const body = (n: number): number[] => Array.from({ length: n }, () => {
    switch (next(8)) {
      case 0: return insn('addi', register(), register(), next(256) - 128);
      case 1: return insn('add', register(), register(), register());
      case 2: return insn('mulAdd', register(), register());
      case 3: return insn('load', register(), 3, 4 * next(16));
      case 4: return insn('store', register(), 3, 4 * next(16));
      case 5: return insn('skipz', register(), register(), next(100));
      case 6: return insn('bnez', register(), 0, 1 + next(2));
      default: return insn('add', register(), register(), register());
    }
  });
  const leaf = [...body(6), insn('addi', 2, 2, 0), insn('addi', 2, 2, 0), insn('ret')];
  const head = body(12);
  const tail = body(8);
  const main = [...head, insn('addi', 4, 4, 0), insn('addi', 4, 4, 0)];
  const callAt = main.length;
  const length = callAt + 1 + tail.length + 2 + 2 + 2;
  return [...main, insn('call', 0, length - callAt), ...tail, insn('addi', 4, 4, 0), insn('addi', 4, 4, 0),
    insn('addi', 1, 1, -1), insn('bnez', 1, 0, -(length - 3)), insn('load', 0, 3, 100), insn('syscall'), ...leaf];
}

test.each(Array.from({ length: 40 }, (_, i) => i * 7919 + 1))('all tiers agree on random program %i', (seed) => {
  const words = program(seed);
  const results = modes.map(([name, options]) => {
    const { r, memory } = runToy(words, options, [1, 700, 3, DATA, 5, 6]);
    return { name, r, data: Buffer.from(memory.read(DATA, 96)).toString('hex') };
  });
  for (const { name, ...rest } of results) expect({ ...rest, code: CODE, mode: name }).toEqual({ r: results[0]!.r, data: results[0]!.data, code: CODE, mode: name });
});
