// What tsemu takes for no instruction is none for qemu-arm either: random words of every space, of those that are undefined here,
// are SIGILL under both. So no instruction of qemu-arm's is missing. Of vectors that includes words with a row whose operands do not go
// together; elsewhere these are UNPREDICTABLE, and qemu-arm does something.
import { decodeAt } from '../../src/guests/arm/decode.ts';
import { models } from '../../src/guests/arm/models.ts';
import { Machine } from '../../src/guests/arm/semantics/machine.ts';
import { Builder } from '../../src/translate/builder.ts';
import { answers, probes } from './probes.ts';
import { random, type Random } from './program.ts';
import { runFile } from './run.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const COUNT = 1500;

type Space = { readonly tops: readonly number[]; readonly thumb?: true; readonly vectors?: true };
/** The words' upper bytes by space. */
const spaces: Readonly<Record<string, Space>> = {
  'A32 data processing and media': { tops: [0xe0, 0xe1, 0xe1, 0xe3, 0xe6, 0xe7] },
  'A32 unconditional': { tops: [0xf0, 0xf1, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9] },
  'A32 coprocessors and vectors': { tops: [0xec, 0xed, 0xee, 0xee, 0xf2, 0xf3, 0xf4, 0xfc, 0xfd, 0xfe], vectors: true },
  T32: { tops: [0xe8, 0xe9, 0xea, 0xeb, 0xf3, 0xf7, 0xf8, 0xfa, 0xfb], thumb: true },
  'T32 coprocessors and vectors': { tops: [0xec, 0xed, 0xee, 0xef, 0xfc, 0xfd, 0xfe, 0xff], thumb: true, vectors: true },
};

/** qemu-arm has the floating-point accelerator of old (coprocessors 1 and 2), which no kernel for this ABI has. */
const isFpa = (word: number): boolean => (word >>> 26 & 3) === 3 && (word >>> 24 & 3) !== 3 && (word >>> 8 & 15) - 1 < 2 && (word >>> 8 & 15) !== 0;
/** What we make undefined of what the manual calls UNPREDICTABLE, and qemu-arm does somehow. */
const unpredictable = /^v((ld|st)(Multiple|Lane|AllLanes)|mov(To|From).*|cvt(To|From)Fixed.*)$/;

function isUndefined(word: number, thumb: boolean, vectors: boolean): boolean {
  const fetch = { u32: () => word, u16: (at: number) => (at & 2 ? word & 0xffff : word >>> 16) };
  const { instruction, word: operandsOf } = decodeAt(thumb ? 1 : 0, fetch);
  if (instruction === undefined) return true;
  if (!vectors || !instruction.row.name.startsWith('v') || unpredictable.test(instruction.row.name)) return false;
  const b = new Builder();
  const m = new Machine(b, models[0]!, fetch);
  m.thumb = thumb;
  b.start(0);
  instruction.run(m, instruction.row.operands(operandsOf));
  if (!b.hasEnded) { b.end({ kind: 'goto', target: 0 }); return false; }
  const { end } = b.finish(0, 0, 0).blocks.at(-1)!;
  return end.kind === 'trap' && end.code === 'illegal';
}

function words(next: Random, { tops, thumb, vectors }: Space): number[] {
  const found: number[] = [];
  while (found.length < COUNT) {
    const word = (tops[next() % tops.length]! << 24 | next() & 0xffffff) >>> 0;
    if (!isFpa(word) && isUndefined(word, thumb === true, vectors === true)) found.push(word);
  }
  return found;
}

test.each(Object.keys(spaces))('%s', (name) => {
  const space = spaces[name]!;
  const tried = words(random(seed), space);
  const { tsemu, qemu } = runFile(probes(tried, space.thumb), '0');
  expect([tsemu.end, qemu.end]).toEqual(['0', '0']);
  for (const output of [tsemu.output, qemu.output]) expect(tried.filter((_, i) => answers(output)[i] !== 1).map((word) => word.toString(16))).toEqual([]);
});
