// RISC-V instructions that the installed qemu-riscv lacks or has wrong, against what the manual says.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Xlen } from '../../src/guests/riscv/state.ts';
import { random } from './program.ts';
import { SCRATCH, assembler, riscvProgram, type RiscvCase } from './riscv-program.ts';

const a = assembler(64), a32 = assembler(32);
const RECORD = 65 * 8;

/** What a case leaves: registers, flags, and memory around the middle of its scratch. */
type Left = { x(n: number): bigint; f(n: number): bigint; flags: number; memory(offset: number): bigint };

/** Runs a case, and answers how the program ended and what it wrote. */
function run(tier: string, build: RiscvCase['build'], xlen: Xlen): { readonly stdout: Buffer; readonly end: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-instructions-'));
  try {
    const path = join(folder, 'program');
    writeFileSync(path, riscvProgram(xlen, [{ name: 'case', build }], random(1)).bytes, { mode: 0o755 });
    const { stdout, status, signal, stderr } = spawnSync(join(__dirname, `../../bin/tsemu-riscv${xlen}`), [path], { env: { ...process.env, TSEMU_TIER: tier }, timeout: 30_000 });
    return { stdout, end: `${signal ?? status} ${String(stderr)}`.trim() };
  } finally { rmSync(folder, { recursive: true, force: true }); }
}

function runCase(tier: string, build: RiscvCase['build'], xlen: Xlen = 64): Left {
  const { stdout, end } = run(tier, build, xlen);
  if (end !== '0') throw new Error(`ended ${end}`);
  return {
    x: (n) => (xlen === 64 ? stdout.readBigUInt64LE(8 * n) : BigInt(stdout.readUInt32LE(8 * n))), f: (n) => stdout.readBigUInt64LE(8 * (32 + n)), flags: stdout.readUInt32LE(8 * 64) & 31,
    memory: (offset) => stdout.readBigUInt64LE(RECORD + SCRATCH / 2 + offset),
  };
}

const scratch = new DataView(new ArrayBuffer(8));
const double = (value: number): bigint => { scratch.setFloat64(0, value); return scratch.getBigUint64(0); };
const single = (value: number): bigint => { scratch.setFloat32(0, value); return 0xffffffff00000000n | BigInt(scratch.getUint32(0)); };
const D = 1, S = 0;
const clear = [a('csrrwi', { csr: 3, uimm: 0 }), 4] as const;
describe.each(['0', '1'])('in tier %s', (tier) => {
  test('czero chooses zero or the operand', () => {
    const left = runCase(tier, () => ({
      units: [[a('czero_eqz', { rd: 10, rs1: 5, rs2: 6 }), 4], [a('czero_eqz', { rd: 11, rs1: 5, rs2: 0 }), 4], [a('czero_nez', { rd: 12, rs1: 5, rs2: 6 }), 4], [a('czero_nez', { rd: 13, rs1: 5, rs2: 0 }), 4]],
      registers: { 5: 77, 6: 1 },
    }));
    expect([10, 11, 12, 13].map((n) => left.x(n))).toEqual([77n, 0n, 0n, 77n]);
  });

  test('ctzw counts 32 for a word that is zero', () => {
    expect(runCase(tier, () => ({ units: [[a('ctzw', { rd: 10, rs1: 5 }), 4]], registers: { 5: 2 ** 40 } })).x(10)).toBe(32n);
  });

  test('cbo.zero clears the block that holds the address', () => {
    const left = runCase(tier, ({ scratch: at }) => ({ units: [[a('cbo_zero', { rs1: 5 }), 4]], registers: { 5: at - (at % 64) + 70 } }));
    const offsets = Array.from({ length: 32 }, (_, i) => 8 * i - 64).filter((o) => left.memory(o) === 0n);
    expect(offsets.length).toBe(8);
    expect(offsets.at(-1)! - offsets[0]!).toBe(56);
  });

  test('amocas stores only where the value is as expected, and answers what was there', () => {
    const left = runCase(tier, ({ scratch: at }) => ({
      units: [
        [a('sd', { rs1: 5, rs2: 6, simm: 0 }), 4], [a('amocas_d', { rd: 10, rs1: 5, rs2: 7 }), 4], [a('amocas_d', { rd: 11, rs1: 5, rs2: 9 }), 4],
        [a('sw', { rs1: 12, rs2: 6, simm: 0 }), 4], [a('amocas_w', { rd: 13, rs1: 12, rs2: 7 }), 4],
      ],
      registers: { 5: at, 6: 1234, 7: 5678, 9: 9999, 10: 1234, 11: 1234, 12: at + 8, 13: 1234 },
    }));
    expect([left.x(10), left.x(11), left.memory(0), left.x(13), left.memory(8) & 0xffffffffn]).toEqual([1234n, 5678n, 5678n, 1234n, 5678n]);
  });

  test('amocas.q takes pairs of registers', () => {
    const left = runCase(tier, ({ scratch: at }) => ({
      units: [
        [a('sd', { rs1: 5, rs2: 6, simm: 0 }), 4], [a('sd', { rs1: 5, rs2: 7, simm: 8 }), 4], [a('amocas_q', { rd: 10, rs1: 5, rs2: 12 }), 4],
        [a('amocas_q', { rd: 14, rs1: 5, rs2: 0 }), 4], [a('amocas_q', { rd: 0, rs1: 5, rs2: 16 }), 4],
      ],
      registers: { 5: at, 6: 1234, 7: 2 ** 40, 10: 1234, 11: 2 ** 40, 12: 11, 13: 2 ** 41 + 5, 14: 11, 15: 5 },
    }));
    expect([10, 11, 14, 15].map((n) => left.x(n))).toEqual([1234n, 2n ** 40n, 11n, 2n ** 41n + 5n]);
    expect([left.memory(0), left.memory(8)]).toEqual([11n, 2n ** 41n + 5n]);
  });

  test('Zcb loads, stores, extends and multiplies', () => {
    const left = runCase(tier, ({ scratch: at }) => ({
      units: [
        [a('sd', { rs1: 8, rs2: 9, simm: 0 }), 4], [a('c_lbu', { rdp: 2, rs1p: 0, uimm: 3 }), 2], [a('c_lhu', { rdp: 3, rs1p: 0, uimm: 2 }), 2], [a('c_lh', { rdp: 4, rs1p: 0, uimm: 2 }), 2],
        [a('sd', { rs1: 8, rs2: 0, simm: 8 }), 4], [a('addi', { rd: 15, rs1: 8, simm: 8 }), 4],
        [a('c_sb', { rs1p: 7, rs2p: 1, uimm: 1 }), 2], [a('c_sh', { rs1p: 7, rs2p: 1, uimm: 2 }), 2],
        [a('c_mul', { rdp: 5, rs2p: 6 }), 2],
      ],
      registers: { 8: at, 9: 0xf1a2b3c4, 13: 100003, 14: 1000000007 },
    }));
    expect([10, 11, 12, 13].map((n) => left.x(n))).toEqual([0xf1n, 0xf1a2n, 2n ** 64n - 0xe5en, 100003000700021n]);
    expect(left.memory(8)).toBe(0xb3c4c400n);
  });

  test.each([
    ['c_zext_b', 0xa5n], ['c_sext_b', 2n ** 64n - 0x5bn], ['c_zext_h', 0x84a5n], ['c_sext_h', 2n ** 64n - 0x7b5bn], ['c_zext_w', 0xf00084a5n], ['c_not', 2n ** 64n - 1n - 0x7f00084a5n],
  ] as const)('%s changes one register', (row, result) => {
    expect(runCase(tier, () => ({ units: [[a(row, { rdp: 1 }), 2]], registers: { 9: 0x7f00084a5 } })).x(9)).toBe(result);
  });

  test('RV32 has Zcb but for its words', () => {
    const left = runCase(tier, () => ({ units: [[a32('c_sext_h', { rdp: 1 }), 2], [a32('c_mul', { rdp: 2, rs2p: 3 }), 2]], registers: { 9: 0x84a5, 10: 65537, 11: 65539 } }), 32);
    expect([left.x(9), left.x(10)]).toEqual([0xffff84a5n, 0x40003n]);
    expect(run(tier, () => ({ units: [[a('c_zext_w', { rdp: 1 }), 2]] }), 32).end).toBe('SIGILL');
  });

  test('may-be-operations give zero, and short ones do nothing', () => {
    const left = runCase(tier, () => ({
      units: [[a('mop_r', { rd: 10, rs1: 5, n: 31 }), 4], [a('mop_rr', { rd: 11, rs1: 5, rs2: 6, n: 7 }), 4], [a('mop_r', { rd: 0, rs1: 5, n: 28 }), 4], [a('c_mop', { n: 0 }), 2], [a('c_mop', { n: 4 }), 2]],
      registers: { 1: 11, 5: 55, 6: 66, 10: 77, 11: 88 },
    }));
    expect([1, 5, 6, 10, 11].map((n) => left.x(n))).toEqual([11n, 55n, 66n, 0n, 0n]);
  });

  test('fli loads the constants of the table', () => {
    const left = runCase(tier, () => ({ units: [[0, 16], [1, 1], [2, 30], [3, 29], [4, 9]].map(([rd, rs1]) => [a('fli', { fmt: D, rd: rd!, rs1: rs1! }), 4]) }));
    expect([0, 1, 2, 3, 4].map((n) => left.f(n))).toEqual([1, 2 ** -1022, Infinity, 65536, 0.3125].map(double));
    const singles = runCase(tier, () => ({ units: [[0, 0], [1, 1]].map(([rd, rs1]) => [a('fli', { fmt: S, rd: rd!, rs1: rs1! }), 4]) }));
    expect([0, 1].map((n) => singles.f(n))).toEqual([-1, 2 ** -126].map(single));
  });

  test('fround rounds to an integral value, froundnx tells', () => {
    const build = (row: string): RiscvCase['build'] => () => ({
      units: [clear, [a('fli', { fmt: D, rd: 1, rs1: 21 }), 4], [a(row, { fmt: D, rd: 2, rs1: 1, rm: 0 }), 4], [a(row, { fmt: D, rd: 3, rs1: 1, rm: 3 }), 4], [a(row, { fmt: D, rd: 5, rs1: 1, rm: 4 }), 4]],
    });
    const quiet = runCase(tier, build('fround')), loud = runCase(tier, build('froundnx'));
    expect([2, 3, 5].map((n) => quiet.f(n))).toEqual([2, 3, 3].map(double));
    expect([quiet.flags, loud.flags]).toEqual([0, 1]);
  });

  test('fminm and fmaxm give a NaN for a NaN; fleq does not signal for a quiet one', () => {
    const left = runCase(tier, () => ({
      units: [clear, [a('fli', { fmt: D, rd: 1, rs1: 31 }), 4], [a('fli', { fmt: D, rd: 2, rs1: 16 }), 4], [a('fminm', { fmt: D, rd: 3, rs1: 1, rs2: 2 }), 4], [a('fmaxm', { fmt: D, rd: 4, rs1: 2, rs2: 1 }), 4], [a('fli', { fmt: D, rd: 5, rs1: 17 }), 4], [a('fmaxm', { fmt: D, rd: 6, rs1: 2, rs2: 5 }), 4],
        [a('fleq', { fmt: D, rd: 10, rs1: 1, rs2: 2 }), 4], [a('fltq', { fmt: D, rd: 11, rs1: 0, rs2: 2 }), 4]],
    }));
    expect([left.f(3), left.f(4), left.f(6), left.x(10)]).toEqual([0x7ff8000000000000n, 0x7ff8000000000000n, double(1.25), 0n]);
  });

  test('fcvtmod.w.d takes the integer modulo 2^32', () => {
    const left = runCase(tier, () => ({
      units: [clear, [a('addi', { rd: 5, rs1: 0, simm: 3 }), 4], [a('slli', { rd: 6, rs1: 5, shamt: 31 }), 4], [a('fcvt_f_x', { fmt: D, from: 2, rd: 1, rs1: 6, rm: 0 }), 4], [a('fcvtmod_w_d', { rd: 10, rs1: 1 }), 4]],
    }));
    expect([left.x(10), left.flags]).toEqual([0xffffffff80000000n, 16]);
  });

  test('the halves of a double move to and from pairs of RV32 registers', () => {
    const left = runCase(tier, () => ({
      units: [[a32('fmvp_d_x', { rd: 1, rs1: 5, rs2: 6 }), 4], [a32('fmvh_x_d', { rd: 10, rs1: 1 }), 4]], registers: { 5: 0x12345678, 6: 0x400921fb },
    }), 32);
    expect([left.f(1), left.x(10)]).toEqual([0x400921fb12345678n, 0x400921fbn]);
  });

  test('cleaning and flushing the cache changes nothing', () => {
    const left = runCase(tier, ({ scratch: at }) => ({ units: [[a('sd', { rs1: 5, rs2: 6, simm: 0 }), 4], [a('cbo_clean', { rs1: 5 }), 4], [a('cbo_flush', { rs1: 5 }), 4]], registers: { 5: at, 6: 77 } }));
    expect(left.memory(0)).toBe(77n);
  });

  test.each([['ebreak', 4, 'SIGTRAP'], ['c_ebreak', 2, 'SIGTRAP'], ['cbo_inval', 4, 'SIGILL']] as const)('%s ends the program', (row, bytes, signal) => {
    expect(run(tier, () => ({ units: [[a(row, { rs1: 5 }), bytes]] }), 64).end).toBe(signal);
  });

  test('Zawrs and prefetches do nothing', () => {
    const left = runCase(tier, () => ({ units: [[a('wrs_nto'), 4], [a('wrs_sto'), 4], [a('ori', { rd: 0, rs1: 5, simm: 1 }), 4]], registers: { 5: 42 } }));
    expect(left.x(5)).toBe(42n);
  });
});
