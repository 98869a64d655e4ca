// The modes that programs hardly ever enter: VFP's short vectors, on the processors that have them and on those that have not, and
// big-endian data. Registers, flags, FPSCR and memory are compared with qemu-arm's, after instructions that run before and in the mode.
import { models } from '../../src/guests/arm/models.ts';
import { answers, probes } from './probes.ts';
import { a32, compare, halvesOf, program, random, type Case, type Program, type RowCase } from './program.ts';
import { integerTables, isMemory, rowCases } from './rows.ts';
import { differences, runFile } from './run.ts';
import { vectorCases, vectorTables } from './vectors.ts';

const seed = Number(process.env.TSEMU_TEST_SEED ?? 1);
const times = Number(process.env.TSEMU_TEST_TIMES ?? 1);
const three = ['vmla', 'vmls', 'vnmla', 'vnmls', 'vmul', 'vnmul', 'vadd', 'vsub', 'vdiv'];
const two = ['vabs', 'vneg', 'vsqrt', 'vmov'];
/** Len and Stride with which a vector fits into a bank: of eight singles, of four doubles. */
const lengths = { 0: [[1, 0], [3, 0], [7, 0], [1, 3], [3, 3]], 1: [[1, 0], [2, 0], [3, 0], [1, 3]] } as const;

type Vector = { readonly name: string; readonly sz: 0 | 1; readonly Len: number; readonly Stride: number; readonly registers: readonly number[]; readonly imm: number; readonly control: number; readonly thumb: boolean };

/** The word of an instruction on registers by number: destination, first operand, second operand. */
function wordOf({ name, sz, imm }: Vector, registers: readonly number[]): number {
  const [Vd, Vn, Vm] = registers.map((n) => (sz ? n & 15 : n >> 1));
  const [D, N, M] = registers.map((n) => (sz ? n >> 4 : n & 1));
  return a32(name, { sz, Vd: Vd!, D: D!, Vn: Vn!, N: N!, Vm: Vm!, M: M!, imm });
}

/** What a vector instruction stands for, an element a word. */
function elements(v: Vector): number[] {
  const bank = v.sz ? 4 : 8, scalars = v.sz ? [0, 4] : [0];
  const isScalar = (n: number): boolean => scalars.includes(Math.floor(n / bank));
  const step = v.Stride === 0 ? 1 : 2;
  const at = (n: number, i: number): number => Math.floor(n / bank) * bank + (n + i * step) % bank;
  const [d, n, m] = v.registers as [number, number, number];
  const count = isScalar(d) ? 1 : v.Len + 1;
  return Array.from({ length: count }, (_, i) => wordOf(v, [at(d, i), at(n, i), isScalar(m) ? m : at(m, i)]));
}

function vectors(): Vector[] {
  const next = random(seed);
  const pick = <T>(of: readonly T[]): T => of[next() % of.length]!;
  return Array.from({ length: 300 * times }, () => {
    const sz = pick([0, 1] as const);
    const [Len, Stride] = pick<readonly [number, number]>(lengths[sz]);
    const registers = [0, 1, 2].map(() => next() & 31);
    return { name: pick([...three, ...two, 'vmovImmediate']), sz, Len, Stride, registers, imm: next() & 255, control: (next() & 3) << 22 | (next() & 1) << 4, thumb: next() % 3 === 0 };
  });
}

const vectorCase = (v: Vector, words: readonly number[], len: number): Case =>
  ({ name: `${v.name} of ${v.sz ? 'doubles' : 'singles'}, Len ${v.Len}, Stride ${v.Stride}`, thumb: v.thumb, build: () => ({ units: v.thumb ? words.flatMap(halvesOf) : words, fpscr: v.control | len }) });
const asVector = (v: Vector): Case => vectorCase(v, [wordOf(v, v.registers)], v.Len << 16 | v.Stride << 20);
const asScalars = (v: Vector): Case => vectorCase(v, elements(v), 0);
const LEN_AND_STRIDE = 0x0037_0000, FPSCR_WORD = 16;

/** qemu-arm 7.2 moves singles four registers further, not two, when Stride is 3, and takes the first element for all where a double has one operand. */
const qemuKnows = ({ name, sz, Stride, registers }: Vector): boolean => (sz ? !two.includes(name) || registers[0]! % 16 < 4 : Stride === 0);

/** Loads and stores of every kind, between SETEND BE and SETEND LE, or moves of the same to CPSR_x. */
function bigEndianCases(): { readonly core: Case[]; readonly floats: Case[] } {
  const next = random(seed);
  const within = (one: RowCase): RowCase => {
    const [be, le] = one.thumb ? [0xb658, 0xb650] : next() % 3 ? [0xf1010200, 0xf1010000] : [0xe322fc02, 0xe322f000];
    return { ...one, name: `big-endian ${one.name}`, build: (place) => { const built = one.build(place); return { ...built, units: [be, ...built.units, le] }; } };
  };
  const core = Object.values(integerTables).flatMap((table) => rowCases(table, next, 4 * times).filter(({ row }) => isMemory(row)));
  const floats = ['VFP', 'VFP halves', 'NEON loads and stores'].flatMap((name) => [false, true].flatMap((thumb) => vectorCases(vectorTables[name]!, thumb, next, 6 * times))).filter(({ row }) => /^v(ld|st)/.test(row));
  return { core: core.map(within), floats: floats.map(within) };
}

describe.each(['0', '1'])('in tier %s', (tier) => {
  test.each(['cortex-a8', 'max'])('short vectors of a %s', (cpu) => {
    const known = vectors().filter(qemuKnows);
    expect(known.length).toBeGreaterThan(100);
    expect(differences(known.map(asVector), seed, tier, { vectors: true, cpu })).toEqual([]);
  });

  test('short vectors are their elements, one after the other', () => {
    const all = vectors();
    const [made, single] = [asVector, asScalars].map((as) => program(all.map(as), seed, true)) as [Program, Program];
    const { tsemu } = runFile(made.bytes, tier, 'cortex-a8');
    const { qemu } = runFile(single.bytes, tier, 'cortex-a8');
    expect([tsemu.end, qemu.end]).toEqual(['0', '0']);
    const words = new Uint32Array(Uint8Array.from(tsemu.output).buffer);
    all.forEach((_, i) => { words[made.recordWords * i + FPSCR_WORD]! &= ~LEN_AND_STRIDE; });
    expect(compare(made, all.map(asVector), new Uint8Array(words.buffer), qemu.output).map(({ text }) => text)).toEqual([]);
  });

  test('big-endian data', () => {
    const { core, floats } = bigEndianCases();
    expect(Math.min(core.length, floats.length)).toBeGreaterThan(100);
    expect([...differences(core, seed, tier), ...differences(floats, seed, tier, { vectors: true })]).toEqual([]);
  });
});

/** Instructions as arm-linux-gnueabihf-as makes them, once FPSCR.Len is 1. */
const withLen = {
  'mov r12, #0x10000': 0xe3a0c801, 'vmsr fpscr, r12': 0xeee1ca10,
  'vadd.f32 s8, s9, s10': 0xee344a85, 'vadd.f32 s0, s9, s10': 0xee340a85, 'vmla.f64 d4, d5, d6': 0xee054b06, 'vneg.f32 s8, s9': 0xeeb14a64, 'vmov.f32 s8, s9': 0xeeb04a64, 'vmov.f32 s8, #1': 0xeeb74a00,
  'vcmp.f32 s8, s9': 0xeeb44a64, 'vcvt.f64.f32 d4, s9': 0xeeb74ae4, 'vcvt.s32.f32 s8, s9': 0xeebd4ae4, 'vmov s8, r1': 0xee041a10,
  'vfma.f32 s8, s9, s10': 0xeea44a85, 'vseleq.f32 s8, s9, s10': 0xfe044a85, 'vmaxnm.f32 s8, s9, s10': 0xfe844a85, 'vrintz.f32 s8, s9': 0xeeb64ae4, 'vrinta.f32 s8, s9': 0xfeb84a64,
  'vadd.f16 s8, s9, s10': 0xee344985, 'vneg.f16 s8, s9': 0xeeb14964, 'vmov.f16 s8, #1': 0xeeb74900, 'vcmp.f16 s8, s9': 0xeeb44964, 'vmovx.f16 s8, s9': 0xfeb04a64, 'vins.f16 s8, s9': 0xfeb04ae4, 'vmov.f16 s8, r1': 0xee041910,
  'vadd.f32 d4, d5, d6': 0xf2054d06,
};

test.each(models.map(({ name }) => name).filter((name) => name !== 'cortex-a5'))('what is undefined with short vectors on %s', (name) => {
  const { tsemu, qemu } = runFile(probes(Object.values(withLen)), '0', name);
  expect([tsemu.end, qemu.end, qemu.output.length]).toEqual(['0', '0', 4 * Object.keys(withLen).length]);
  const undefinedOnes = (output: Uint8Array): string[] => Object.keys(withLen).filter((_, i) => answers(output)[i] === 1);
  expect(undefinedOnes(tsemu.output)).toEqual(undefinedOnes(qemu.output));
});
